"""Training sets: the attributes of a project, for each anchor as they were at its moment."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from snowplow_signals.datasets.query import DatasetQuery, Mode
from snowplow_signals.deployment.deployed import Deployed
from snowplow_signals.errors import UsageError
from snowplow_signals.stores.serving import Served, served_attributes

TSTAMP = "anchor_tstamp"
ANCHORS_PER_STATEMENT = 5_000
"""A statement holds them as literals: BigQuery takes one megabyte, Snowflake 16,384 rows of values
(https://cloud.google.com/bigquery/quotas#query_jobs, https://docs.snowflake.com/en/sql-reference/constructs/values)."""


@dataclass(frozen=True)
class Anchor:
    """Who, at which moment (UTC, without a zone), and what else belongs to the row, such as a label."""

    entity: str
    moment: datetime
    others: tuple[Any, ...] = ()


@dataclass
class Report:
    """What a training set holds, as far as it was read."""

    rows: int = 0
    rows_without_events: int = 0
    """Whose entity had no event by then: all of their values are null, as for a read of an unknown identifier."""
    nulls: Counter[str] = field(default_factory=Counter)
    """Per attribute, in how many rows it is null."""


class Dataset:
    """A training set over one project, computed as its `rows` are read; `columns` are the attributes' names.

    `mode` is "as_served" (what the attributes table would have held at the start of the moment's day, UTC) or "exact"
    (of the events strictly before the moment, with windows that end at it); with `known` only events count that had
    been loaded by the moment. Raises UsageError for a project that was never run, whose definition has changed since,
    or that computes several views.
    """

    def __init__(self, deployed: Deployed, *, mode: Mode = "as_served", known: bool = False) -> None:
        if mode not in ("as_served", "exact"):
            raise UsageError(f"the mode of a training set is as_served or exact, not {mode!r}")
        if deployed.plan.views:
            raise UsageError(
                f"{deployed.project} computes several views, of which no training set can be built; use a project of "
                "the view alone, made by init without --group-by"
            )
        published = deployed.published()
        if published is None:
            raise UsageError(
                f"{deployed.project} has published nothing yet, so there is nothing to look back at; run it first"
            )
        deployed.require_its_definition()
        shifted = int(deployed.windows_end_with_as_of(published))
        self._query = DatasetQuery(deployed, mode, known, shifted)
        self._served: Sequence[Served] = served_attributes(deployed.plan.view)
        self.columns = tuple(one.name for one in self._served)
        self.report = Report()

    def header(self, others: Iterable[str]) -> list[str]:
        """The names of a whole row: whose, which moment, what is passed through, the attributes."""
        return [self._query.deployed.plan.view.entity.identifier, TSTAMP, *others, *self.columns]

    def statement(self, anchors: Iterable[Anchor]) -> str:
        """The statement that computes the attributes of these anchors."""
        return self._query.values([(one.entity, one.moment) for one in anchors])

    def rows(self, anchors: Iterable[Anchor]) -> Iterator[tuple[Anchor, list[Any]]]:
        """Each anchor, in their order, with its values. Raises RunError with the engine's words."""
        plan, warehouse = self._query.plan, self._query.deployed.warehouse
        names = [attribute.column for attribute in plan.attributes]
        left = iter(anchors)
        while some := list(islice(left, ANCHORS_PER_STATEMENT)):
            found = {
                (str(entity), moment): dict(zip(names, values, strict=True))
                for entity, moment, *values in warehouse.rows(self.statement(some))
            }
            for anchor in some:
                yield anchor, self._values(found.get((anchor.entity, anchor.moment)), anchor.moment)

    def whole_rows(self, anchors: Iterable[Anchor]) -> Iterator[list[Any]]:
        """The same as `header` names it."""
        for anchor, values in self.rows(anchors):
            yield [anchor.entity, anchor.moment, *anchor.others, *values]

    def _values(self, found: dict[str, Any] | None, moment: datetime) -> list[Any]:
        self.report.rows += 1
        self.report.rows_without_events += found is None
        values: list[Any] = []
        for one in self._served:
            value = None if found is None else found[one.stored]
            if found is not None and one.since is not None:
                value = one.since(value, moment)
            elif value is not None:
                value = one.convert(value)
            self.report.nulls[one.name] += value is None
            values.append(value)
        return values


def anchor_of(entity: object, moment: object, others: tuple[Any, ...], where: str) -> Anchor:
    """An anchor out of two cells. Raises UsageError that says `where` they are."""
    if entity is None or moment is None:
        missing = "identifier" if entity is None else TSTAMP
        raise UsageError(f"{where}: the {missing} is missing")
    if isinstance(moment, str):
        try:
            moment = datetime.fromisoformat(moment)
        except ValueError:
            raise UsageError(
                f"{where}: the anchor_tstamp is {moment!r}, not a time such as 2025-03-10T08:30:00Z"
            ) from None
    if not isinstance(moment, datetime):
        raise UsageError(f"{where}: the anchor_tstamp is {moment!r}, not a timestamp")
    if moment.tzinfo is not None:
        moment = moment.astimezone(UTC).replace(tzinfo=None)
    return Anchor(str(entity), moment, others)
