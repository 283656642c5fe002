"""Training sets: what the attributes of an entity were at any moment of the past."""

from snowplow_signals.datasets.anchors import Anchor, Anchors
from snowplow_signals.datasets.dataset import Dataset, PartOf, Report
from snowplow_signals.datasets.in_python import build
from snowplow_signals.datasets.query import Mode

__all__ = ["Anchor", "Anchors", "Dataset", "Mode", "PartOf", "Report", "build"]
