"""The statistics of publications, as the warehouse has computed them: of each attribute a row per publication."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlglot import exp

from snowplow_signals.deployment.deployed import Deployed
from snowplow_signals.project.models.statistics import BINS, EDGES, FREQUENT, QUANTILES, column_names

TABLE = "attribute_statistics"
DAYS = 60
"""How far back publications are looked at, from the last one."""


@dataclass(frozen=True)
class LastDay:
    """What the last whole day before a publication brought."""

    day: date
    active: int
    """Entities with an event in the project's scope."""
    events: int
    """Events in the project's scope."""
    entities: int | None
    """Entities to which the day brought a value of the attribute."""
    amount: float | None
    """Events that were counted, or the total of what was summed; None for other aggregations."""


@dataclass(frozen=True)
class Statistics:
    """An attribute in one publication.

    Numbers are described as they are, times by their age in days, lists, maps and bytes by their size; of these,
    `frequent` are the digits. Texts and booleans have no measures, and bins by their frequent values.
    """

    view: str
    """The project's name of the view, `<view>_<version>`."""
    attribute: str
    """The attribute's column."""
    type: str
    run_id: str
    chunk: int
    planned_at: datetime
    """When the run was planned that published (UTC)."""
    as_of: date
    is_pinned: bool
    """Whether it was ever pinned as the baseline of those after it."""
    entities: int
    null_values: int
    defaults: int
    """Entities with the value of whose events none matched."""
    distinct: int
    smallest: float | None
    quantiles: Mapping[int, float] | None
    """Percent to value: the least value that is reached by so many."""
    largest: float | None
    mean: float | None
    deviation: float | None
    frequent: tuple[tuple[str, int], ...]
    """The most frequent values, of those that five entities have at least, and how many have each."""
    edges: tuple[float, ...]
    """The deciles: a number is in the bin after as many as are below it."""
    bins: tuple[int, ...]
    """Entities in bins of this publication's own: by `edges`, or by `frequent` and the rest."""
    pinned_bins: tuple[int, ...]
    """Entities in the bins of the baseline."""
    psi_baseline: float | None
    """The population stability index: how far the bins are from those of the baseline; None: there is none before."""
    psi_before: float | None
    """The same, from those of the publication before; None where that was compared with another baseline."""
    last_day: LastDay

    @property
    def null_rate(self) -> float:
        return self.null_values / self.entities if self.entities else 0.0

    @property
    def is_measured(self) -> bool:
        """Whether the values are described as numbers."""
        return self.smallest is not None

    def count(self, value: str) -> int:
        """How many entities have a value; 0 for one that is not among the frequent ones."""
        return next((n for name, n in self.frequent if name == value), 0)

    def share(self, value: str) -> float:
        """Of the entities, those that have a frequent value."""
        return self.count(value) / self.entities if self.entities else 0.0


def statistics_of(deployed: Deployed, days: int = DAYS) -> list[Statistics]:
    """The statistics of the publications of the last `days` days, the last one of each day; by attribute, oldest
    first. Empty where there are none."""
    if not deployed.has(TABLE):
        return []
    table, names = deployed.table(TABLE), column_names()
    age = deployed.dialect.sql(deployed.dialect.days_between(exp.column("as_of"), exp.column("newest")))
    asked = f"""
        select {", ".join(names)}
        from (
            select
                {", ".join(names)},
                row_number() over (
                    partition by view_name, attribute, as_of order by planned_at desc, chunk desc
                ) as place
            from {table}
            cross join (select max(as_of) as newest from {table}) as last_one
            where {age} <= {days}
        ) as numbered
        where place = 1
        order by view_name, attribute, planned_at, chunk"""
    return [from_row(dict(zip(names, row, strict=True))) for row in deployed.warehouse.fetch(asked)]


def key(statistics: Statistics) -> str:
    """The key of a row of the table."""
    return f"{statistics.run_id}|{statistics.chunk}|{statistics.view}|{statistics.attribute}"


def from_row(row: Mapping[str, Any]) -> Statistics:
    """A row of the table, by its columns."""

    def several(stem: str, most: int) -> list[Any]:
        return [row[f"{stem}_{place}"] for place in range(1, most + 1)]

    quantiles = {share: row[f"p{share:02}"] for share in QUANTILES}
    named = zip(several("value", FREQUENT), several("count", FREQUENT), strict=True)
    return Statistics(
        view=row["view_name"],
        attribute=row["attribute"],
        type=row["type"],
        run_id=row["run_id"],
        chunk=int(row["chunk"]),
        planned_at=row["planned_at"],
        as_of=row["as_of"],
        is_pinned=row["pinned_at"] is not None,
        entities=int(row["entities"]),
        null_values=int(row["null_values"]),
        defaults=int(row["defaults"]),
        distinct=int(row["distinct_values"]),
        smallest=row["smallest"],
        quantiles=None if row["smallest"] is None else quantiles,
        largest=row["largest"],
        mean=row["mean"],
        deviation=row["deviation"],
        frequent=tuple((value, int(n)) for value, n in named if value is not None),
        edges=_without_nulls(several("edge", EDGES)),
        bins=tuple(map(int, several("bin", BINS))),
        pinned_bins=tuple(map(int, several("pinned", BINS))),
        psi_baseline=row["psi_baseline"],
        psi_before=row["psi_before"],
        last_day=LastDay(
            day=row["day"],
            active=int(row["day_active"]),
            events=int(row["day_events"]),
            entities=None if row["day_entities"] is None else int(row["day_entities"]),
            amount=row["day_amount"],
        ),
    )


def _without_nulls(values: Sequence[float | None]) -> tuple[float, ...]:
    return tuple(value for value in values if value is not None)
