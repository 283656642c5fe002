"""A training set held against what was served at its moments, where the view keeps that: `snapshot`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from snowplow_signals.datasets.anchors import Anchors
from snowplow_signals.datasets.dataset import Dataset, PartOf
from snowplow_signals.datasets.query import TSTAMP
from snowplow_signals.datasets.scratch import Scratch
from snowplow_signals.errors import UsageError
from snowplow_signals.project.models.layout import comma_lines, fill, without_jinja

HISTORY = "attributes_history"


@dataclass(frozen=True)
class ServedThen:
    """How a training set agrees with the history. Values are compared as runs compare them."""

    anchors: int
    not_served: int
    """Anchors whose entity had no row at that time: it was not known yet, or the history had not begun."""
    differing: dict[str, int]
    """Per attribute, for how many of the other anchors another value was served. That is no fault by itself: the run of
    the day may not have been through, events that were late are in the training set unless `known` leaves them out, and
    the definition may have been another one."""

    @property
    def values(self) -> int:
        """How many values were compared."""
        return (self.anchors - self.not_served) * len(self.differing)


def against_history(parts: Sequence[PartOf], anchors: Anchors, *, known: bool = False) -> ServedThen:
    """Compare `as_served` with the rows of the history that were in force at the anchors.

    Raises UsageError for several views, and for one that keeps no history; and what `Dataset` raises.
    """
    [first, *others] = parts
    deployed = first.deployed
    if others:
        raise UsageError("the history is one view's: choose one with --views")
    if not deployed.plan.keeps_history or not deployed.has(HISTORY):
        raise UsageError(
            f"{deployed.project} keeps no history of what it published; it does from the next run on if the view has "
            "snapshot=True"
        )
    dataset = Dataset.of(parts, mode="as_served", known=known)
    with Scratch.opened(deployed) as scratch:
        given, _ = dataset.staged(anchors, scratch)
        dataset.require_usable(given, anchors.where)
        key = [dataset.column_of_identifier, TSTAMP]
        result = scratch.create("result", dataset.computed(f"select *\nfrom {given}", key))
        compared = fill(
            COMPARED,
            identifier=dataset.column_of_identifier,
            tstamp=TSTAMP,
            differing=comma_lines(dataset.differing("given", "served", dataset.values_in("served"))),
            result=result,
            history=deployed.table(HISTORY),
        )
        number, without, *differing = map(int, deployed.warehouse.fetch(without_jinja(compared))[0])
    return ServedThen(number, without, dict(zip(dataset.columns, differing, strict=True)))


COMPARED = """\
select
    count(*) as anchors,
    count(case when served.$identifier is null then 1 end) as not_served,
    $differing
from $result as given
left join $history as served
    on served.$identifier = given.$identifier
    and served.valid_from <= given.$tstamp
    and (served.valid_to > given.$tstamp or served.valid_to is null)
"""
