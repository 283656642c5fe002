"""Anchors out of sessions: one query over the events table, which is there before any project was run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

from sqlglot import exp

from snowplow_signals.datasets.query import moment_sql
from snowplow_signals.datasets.source_events import EVENT_FIELDS, SourceEvents
from snowplow_signals.definitions import AtomicProperty, Attribute, SessionAnchors, View
from snowplow_signals.deployment.deployed import Deployed
from snowplow_signals.dialects.base import Dialect
from snowplow_signals.plan import Column, Condition, Filter, Group, plan_view
from snowplow_signals.project.models.conditions import condition, matches
from snowplow_signals.project.models.layout import fill, without_jinja
from snowplow_signals.project.models.leaves import rendered

SESSION = AtomicProperty(name="domain_sessionid")
LABEL = "label"
"""The name of the column that says whether the goal was reached."""


def session_rows(anchors: SessionAnchors, deployed: Deployed) -> Iterator[tuple[str, datetime, bool]]:
    """Identifier, moment (UTC, without a zone) and label of each anchor, ordered.

    Raises SourceError for an events table that is not there or lacks what is needed, RunError with the engine's words.
    """
    for entity, moment, label in deployed.warehouse.rows(session_query(anchors, deployed)):
        yield str(entity), moment, bool(label)


def session_query(anchors: SessionAnchors, deployed: Deployed) -> str:
    """The query for `identifier`, `anchor_tstamp` and `label`, as SQL of the project's warehouse.

    Raises SourceError for an events table that is not there, or lacks what is needed.
    """
    return without_jinja(session_template(anchors, deployed))


def session_template(anchors: SessionAnchors, deployed: Deployed) -> str:
    """The same, to be laid out within another query: `without_jinja` makes SQL of it."""
    source = SourceEvents.of(deployed, (SESSION, "to tell sessions apart"))
    return _Query(anchors, deployed, source).text()


@dataclass(frozen=True)
class _Query:
    anchors: SessionAnchors
    deployed: Deployed
    source: SourceEvents

    @property
    def dialect(self) -> Dialect:
        return self.deployed.dialect

    def text(self) -> str:
        anchors, dialect = self.anchors, self.dialect
        start, end = anchors.training_span.utc
        sampled = anchors.max_anchors_per_session
        pieces = {
            "winners": self.source.winners(self._columns(), ["session_id <> ''"], ["session_id"]),
            "goal": rendered(condition(self._goal, dialect), dialect),
            "start": moment_sql(dialect, start),
            "end": moment_sql(dialect, end),
            "min_events": str(anchors.min_events),
            "not_excluded": self._not_excluded(),
            "draw": self._draw(_joined("session_id", "event_id")),
            "sampled": "" if sampled is None else fill(SAMPLED, anchors=str(sampled)),
            "drawn_from": "candidates" if sampled is None else "sampled",
            "again": self._draw(exp.column("draw")),
            "few_negatives": self._few_negatives(),
        }
        return fill(QUERY, **pieces)

    # --- events

    def _columns(self) -> dict[str, exp.Expr]:
        """What is read of an event besides what every one has."""
        read = {"session_id": self.source.columns.read(SESSION, "text")}
        if self.anchors.excluded_events:
            read |= {name: self.source.atomic(name, "text") for name in EVENT_FIELDS}
        read |= {column.name: self.source.columns.column(column) for column in self._goal.columns}
        return read

    @cached_property
    def _goal(self) -> Filter:
        """The goal as the models have criteria, over columns whose names begin with `goal_`."""
        counter = Attribute(name="goal", type="int64", aggregation="counter", criteria=self.anchors.goal_criteria)
        entity, owner = self.deployed.plan.view.entity, self.deployed.plan.view.owner
        plan = plan_view(View(name="goal", entity=entity, owner=owner, offline=True, attributes=[counter]))

        def named(item: Condition) -> Condition:
            if isinstance(item, Group):
                return Group(tuple(map(named, item.all_of)), tuple(map(named, item.any_of)))
            return replace(item, column=_as_goal(item.column), other=item.other and _as_goal(item.other))

        [planned] = plan.attributes
        chosen = planned.slot.filter
        return replace(
            chosen, all_of=tuple(map(named, chosen.all_of)), any_of=tuple(map(named, chosen.any_of)), every_event=True
        )

    # --- anchors

    def _not_excluded(self) -> str:
        found = matches(self.anchors.excluded_events, self.dialect)
        if found is None:
            return ""
        return f"and {rendered(self.dialect.is_missing_or(exp.not_(found)), self.dialect)}"

    def _draw(self, text: exp.Expr) -> str:
        return self.dialect.sql(exp.MD5(this=text))

    def _few_negatives(self) -> str:
        ratio = self.anchors.max_negative_ratio
        if ratio is None:
            return ""
        return f"where label or place <= {self.dialect.sql(self.dialect.literal(ratio))} * positives"


def _as_goal(column: Column) -> Column:
    return replace(column, name=f"goal_{column.name}")


def _joined(first: str, second: str) -> exp.Expr:
    spaced = exp.DPipe(this=exp.column(first), expression=exp.Literal.string(" "))
    return exp.DPipe(this=spaced, expression=exp.column(second))


QUERY = """\
with $winners,

placed as (

    -- where each event is in its session: when that began, when its goal was reached, how many events came before
    select
        *,
        min(event_tstamp) over (partition by session_id) as began_at,
        min(goal_at) over (partition by session_id) as reached_at,
        rank() over (partition by session_id order by event_tstamp) - 1 as events_before
    from (
        select
            *,
            case
                when
                    $goal
                    then event_tstamp
            end as goal_at
        from winners
    ) as judged

),

candidates as (

    -- what may be an anchor, in sessions that began within the span: each moment of an entity once
    select session_id, entity, event_tstamp as anchor_tstamp, label, min(draw) as draw
    from (
        select
            session_id,
            entity,
            event_tstamp,
            reached_at is not null as label,
            $draw as draw
        from placed
        where
            began_at >= $start
            and began_at < $end
            and (reached_at is null or event_tstamp < reached_at)
            and events_before >= $min_events
            and entity is not null
            $not_excluded
    ) as eligible
    group by session_id, entity, event_tstamp, label

),

$sampled
drawn as (

    -- the order in which anchors without the goal are taken: a hash decides, which is the same on every engine
    select
        entity,
        anchor_tstamp,
        label,
        row_number() over (partition by label order by $again, anchor_tstamp) as place,
        count(case when label then 1 end) over () as positives
    from (
        select entity, anchor_tstamp, label, min(draw) as draw
        from $drawn_from
        group by entity, anchor_tstamp, label
    ) as each_once

)

select entity as identifier, anchor_tstamp, label
from drawn
$few_negatives
order by identifier, anchor_tstamp, label
"""

SAMPLED = """\
sampled as (

    -- of each session $anchors at most
    select *
    from (
        select *, row_number() over (partition by session_id order by draw, anchor_tstamp) as place
        from candidates
    ) as ordered
    where place <= $anchors

),
"""
