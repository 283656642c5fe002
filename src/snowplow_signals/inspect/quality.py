"""The quality of what a project publishes: each attribute's last publications, what is expected of it, what is unusual.

`project_quality` is what everything else asks: the command `quality`, `run`, metrics, the console.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from statistics import median

from snowplow_signals.definitions import Attribute, Derived, Expect
from snowplow_signals.deployment.deployed import Deployed
from snowplow_signals.inspect.flags import DAYS_BEFORE, LARGE_OUTCOME, Finding, active_entities, flags
from snowplow_signals.inspect.statistics import DAYS, TABLE, Statistics, key, statistics_of
from snowplow_signals.project.accounting import OUTCOME_COLUMNS


@dataclass(frozen=True)
class Level:
    """An attribute in one publication, as the few numbers that are drawn over time."""

    as_of: date
    null_rate: float
    mean: float | None
    psi: float | None
    """From the publication before."""


@dataclass(frozen=True)
class AttributeQuality:
    """One attribute of a view that is a column of its table."""

    attribute: str
    """As it was declared."""
    column: str
    type: str
    expect: Expect | None
    history: tuple[Statistics, ...]
    """Its publications, the last one of each day, oldest first; empty where none was described."""
    levels: tuple[Level, ...]
    """What of the same publications is drawn."""
    failed: tuple[Finding, ...]
    """Expectations that the last publication does not meet."""
    flagged: tuple[Finding, ...]
    """What is unusual about it."""

    @property
    def last(self) -> Statistics | None:
        return self.history[-1] if self.history else None

    @property
    def shortened(self) -> AttributeQuality:
        """The same with the last publication alone, to be kept: `levels` are a hundredth of it."""
        return replace(self, history=self.history[-1:])


@dataclass(frozen=True)
class ViewQuality:
    """One view of a project."""

    view: str
    """Its full name, `name_v1`."""
    as_of: date | None
    """The day as of which the last publication was that was described; None: there is none."""
    planned_at: datetime | None
    """When its run was planned (UTC)."""
    is_current: bool
    """Whether what is published now was described; not where statistics are off, or were until the last run."""
    attributes: tuple[AttributeQuality, ...]
    flagged: tuple[Finding, ...]
    """What is unusual about the rows that the last run read: of no attribute alone."""

    @property
    def failures(self) -> tuple[tuple[str, Finding], ...]:
        """Attribute and expectation that it does not meet."""
        return tuple((one.attribute, finding) for one in self.attributes for finding in one.failed)

    @property
    def flags(self) -> tuple[tuple[str | None, Finding], ...]:
        """What is unusual, and of which attribute; None: of the rows that were read."""
        of_attributes = ((one.attribute, finding) for one in self.attributes for finding in one.flagged)
        return (*((None, finding) for finding in self.flagged), *of_attributes)

    @property
    def shortened(self) -> ViewQuality:
        """The same with the last publication of each attribute alone."""
        return replace(self, attributes=tuple(one.shortened for one in self.attributes))


def project_quality(deployed: Deployed, days: int = DAYS) -> tuple[ViewQuality, ...]:
    """The quality of each view of a project, by the publications of the last `days` days.

    Two queries: of the statistics, and of the accounting of runs; neither reads attributes or events.
    """
    by_attribute = {
        key: tuple(rows) for key, rows in groupby(statistics_of(deployed, days), lambda one: (one.view, one.attribute))
    }
    published = deployed.published()
    of_rows = tuple(_accounting(deployed)) if by_attribute else ()
    plan = deployed.plan
    views = [view.view for view in plan.views] or [plan.view]
    found = []
    for view in views:
        attributes = tuple(
            quality_of_attribute(attribute, by_attribute.get((view.project_name, attribute.column), ()))
            for attribute in view.attributes
            if attribute.column not in view.computed_at_read
        )
        lasts = [one.last for one in attributes if one.last is not None]
        longest = max((one.history for one in attributes), key=len, default=())
        newest = max(lasts, key=lambda one: (one.planned_at, one.chunk), default=None)
        found.append(
            ViewQuality(
                view=view.full_name,
                as_of=newest.as_of if newest else None,
                planned_at=newest.planned_at if newest else None,
                is_current=bool(newest and published and newest.as_of == published.as_of),
                attributes=attributes,
                flagged=(*of_rows, *(active_entities(longest) if longest else ())),
            )
        )
    return tuple(found)


def quality_of_attribute(attribute: Attribute | Derived, history: tuple[Statistics, ...]) -> AttributeQuality:
    """Its publications, the last one of each day, oldest first, held to what is expected and usual."""
    expect = attribute.expect if isinstance(attribute, Attribute) else None
    failed = tuple(unmet(expect, history)) if expect and history else ()
    return AttributeQuality(
        attribute=attribute.name,
        column=attribute.column,
        type=attribute.type,
        expect=expect,
        history=history,
        levels=tuple(Level(one.as_of, one.null_rate, one.mean, one.psi_before) for one in history),
        failed=failed,
        flagged=tuple(flags(history)) if history else (),
    )


def unmet(expect: Expect, history: Sequence[Statistics]) -> Iterator[Finding]:
    """Which expectations the last of an attribute's publications does not meet."""
    last = history[-1]
    if expect.max_null_rate is not None and last.null_rate > expect.max_null_rate:
        text = f"{last.null_rate:.2%} of the entities have no value, expected are {expect.max_null_rate:.2%} at most"
        yield Finding("max_null_rate", text)
    if expect.min is not None and last.smallest is not None and last.smallest < expect.min:
        yield Finding("min", f"the smallest value is {last.smallest:,.6g}, expected is {expect.min:,.6g} at least")
    if expect.max is not None and last.largest is not None and last.largest > expect.max:
        yield Finding("max", f"the largest value is {last.largest:,.6g}, expected is {expect.max:,.6g} at most")
    is_baseline = last.is_pinned  # as soon as it was accepted, its distance from the one before says nothing
    if expect.max_psi is not None and not is_baseline and (last.psi_baseline or 0.0) > expect.max_psi:
        text = f"PSI {last.psi_baseline:.3f} from the baseline, expected is {expect.max_psi:.3f} at most"
        yield Finding("max_psi", text)
    if expect.max_change is not None and len(history) > 1:
        yield from _changed(expect.max_change, history[-2], last)


def _changed(most: float, before: Statistics, last: Statistics) -> Iterator[Finding]:
    if last.mean is not None and before.mean is not None:
        moved = abs(last.mean - before.mean)
        if moved > most * abs(before.mean):
            text = (
                f"the mean is {last.mean:,.6g}, {before.mean:,.6g} before; expected is a change of {most:.1%} at most"
            )
            yield Finding("max_change", text)
        return
    values = dict.fromkeys(value for one in (before, last) for value, _ in one.frequent)
    moves = {value: last.share(value) - before.share(value) for value in values}
    if moves:
        value = max(moves, key=lambda one: abs(moves[one]))
        if abs(moves[value]) > most:
            shares = f"{last.share(value):.1%} of the entities have {value!r}, {before.share(value):.1%} before"
            yield Finding("max_change", f"{shares}; expected is a change of {most:.1%} at most")


def _accounting(deployed: Deployed) -> Iterator[Finding]:
    """What became of the rows that the last run read, compared with the runs before it."""
    if not deployed.has("run_history"):
        return
    names = [name for name in OUTCOME_COLUMNS if name not in ("rows_used", "rows_seen_before")]
    asked = f"""
        select rows_read - rows_seen_before as rows_new, {", ".join(names)}
        from {deployed.table("run_history")}
        where finished_at is not null and rows_read > rows_seen_before
        order by planned_at desc
        limit 29"""
    rows = [[int(value) for value in row] for row in deployed.warehouse.fetch(asked)]
    if len(rows) <= DAYS_BEFORE:
        return
    (read, *last), *before = rows
    for place, name in enumerate(names):
        usual = median(row[place + 1] / row[0] for row in before)
        share = last[place] / read
        if share - usual > LARGE_OUTCOME and share > 2 * usual:
            what = name.removeprefix("rows_").replace("_", " ")
            yield Finding(
                "accounting",
                f"{share:.1%} of the {read:,} rows that the last run read were {what}, usually {usual:.1%}",
            )


def accept(deployed: Deployed, attributes: Sequence[str] = ()) -> int:
    """Pins the last publication as the baseline of the attributes with these columns, of all without; returns how many.

    It is one statement. The next publication is compared with the new baseline; those before it stay as they were.
    Raises RunError with the engine's words.
    """
    last: dict[tuple[str, str], Statistics] = {}
    for one in statistics_of(deployed, 0):
        if not attributes or one.attribute in attributes:
            last[one.view, one.attribute] = one
    if last:
        table = deployed.table(TABLE)
        pinned = deployed.warehouse.fetch(f"select max(pinned_at) from {table}")[0][0]
        # later than any other, whatever the clocks say
        moment = max(datetime.now(UTC).replace(tzinfo=None), pinned + timedelta(microseconds=1))
        keys = ", ".join(deployed.text(key(one)) for one in last.values())
        newest = deployed.dialect.timestamp_literal(f"{moment:%Y-%m-%d %H:%M:%S.%f}")
        deployed.warehouse.execute(f"update {table} set pinned_at = {newest} where statistic in ({keys})")
    return len(last)
