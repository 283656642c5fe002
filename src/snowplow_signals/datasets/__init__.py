"""Training sets: what the attributes of an entity were at any moment of the past."""

from snowplow_signals.datasets.anchors import Anchor, Anchors
from snowplow_signals.datasets.dataset import Dataset, PartOf, Report
from snowplow_signals.datasets.in_python import build
from snowplow_signals.datasets.query import Mode
from snowplow_signals.datasets.sessions import session_query, session_rows
from snowplow_signals.definitions import SessionAnchors, TrainingSpan, load_goal

__all__ = [
    "Anchor",
    "Anchors",
    "Dataset",
    "Mode",
    "PartOf",
    "Report",
    "SessionAnchors",
    "TrainingSpan",
    "build",
    "load_goal",
    "session_query",
    "session_rows",
]
