"""Anchors for a model of who will buy: moments of sessions, and whether the session went on to a transaction."""

from ecommerce import action_type

from snowplow_signals import Criteria, Criterion, SessionAnchors, TrainingSpan

purchase = SessionAnchors(
    goal_criteria=Criteria(all=[Criterion.eq(action_type, "transaction")]),
    training_span=TrainingSpan(start_time="2025-03-01", end_time="2025-04-01"),
    max_anchors_per_session=3,
)
