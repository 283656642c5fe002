"""Whether a training set looks into the future: it is computed again after what comes later was changed, in a copy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlglot import exp

from snowplow_signals.datasets.anchors import Anchors
from snowplow_signals.datasets.dataset import Dataset, PartOf
from snowplow_signals.datasets.query import TSTAMP, Mode
from snowplow_signals.datasets.scratch import Scratch
from snowplow_signals.deployment.deployed import Deployed
from snowplow_signals.project.models.layout import comma_lines, fill

ROUNDS = 3
"""How many anchors of an entity are looked at: what comes after one may come before the next."""


@dataclass(frozen=True)
class Leakage:
    """What a check found. Values are compared as runs compare them: numbers to a relative 1e-12."""

    anchors: int
    """Anchors that were looked at, and those that there are."""
    anchors_given: int
    values: int
    changed: dict[str, int]
    """Per attribute, of how many anchors the value became another one: each is a look into the future."""
    rows_later: int
    """Stored events, or states of days, that are later than an anchor of their entity and were changed."""
    changed_at_the_end: int
    """Values of the same entities that became others when they were computed as of after the last event: that the
    change is one that can be seen."""


def check(
    parts: Sequence[PartOf], anchors: Anchors, *, mode: Mode = "as_served", known: bool = False, rounds: int = ROUNDS
) -> Leakage:
    """Compute the training set, and again over copies of what the project keeps, in which everything later than the
    anchor is changed: of the days one third is dropped, one third is doubled. No value may become another.

    For each entity that is done for its first anchor, then for its second, up to `rounds`. Raises as `Dataset` does.
    """
    dataset = Dataset.of(parts, mode=mode, known=known)
    fetch = parts[0].deployed.warehouse.fetch
    with Scratch.opened(parts[0].deployed) as scratch:
        given, _ = dataset.staged(anchors, scratch)
        dataset.require_usable(given, anchors.where)
        found = Leakage(
            0, int(fetch(f"select count(*) from {given}")[0][0]), 0, dict.fromkeys(dataset.columns, 0), 0, 0
        )
        for number in range(1, rounds + 1):
            nth = fill(NTH, identifier=dataset.column_of_identifier, tstamp=TSTAMP, given=given, number=str(number))
            chosen = scratch.create(f"anchors_{number}", nth.rstrip("\n"))
            if not fetch(f"select count(*) from {chosen}")[0][0]:
                break
            found = _Round(parts, mode, known, dataset, scratch, chosen, number).added_to(found)
        return found


@dataclass(frozen=True)
class _Round:
    """One anchor of each entity, and everything later than it."""

    parts: Sequence[PartOf]
    mode: Mode
    known: bool
    dataset: Dataset
    scratch: Scratch
    chosen: str
    number: int

    def added_to(self, found: Leakage) -> Leakage:
        changed: dict[str, Deployed] = {}
        rows_later = 0
        for part in self.parts:
            if part.deployed.project not in changed:
                changed[part.deployed.project], rows = self._changed(part.deployed)
                rows_later += rows
        parts = [replace(part, deployed=changed[part.deployed.project]) for part in self.parts]
        after = Dataset.of(parts, mode=self.mode, known=self.known)
        anchors, leaks = self._differing(after, "moment", f"select *\nfrom {self.chosen}")
        _, at_the_end = self._differing(after, "end", self._at_the_end())
        names = self.dataset.columns
        return Leakage(
            anchors=found.anchors + anchors,
            anchors_given=found.anchors_given,
            values=found.values + anchors * len(names),
            changed={name: found.changed[name] + leaked for name, leaked in zip(names, leaks, strict=True)},
            rows_later=found.rows_later + rows_later,
            changed_at_the_end=found.changed_at_the_end + sum(at_the_end),
        )

    def _changed(self, deployed: Deployed) -> tuple[Deployed, int]:
        """The project over changed copies of what the training set is computed from, and how many rows were later."""
        identifier, tables, rows = deployed.plan.identifier, dict(deployed.tables), 0
        if self.mode == "exact" or self.known:
            names = ["filtered_events"]
        else:
            names = ["daily_aggregates", *(["daily_values"] if deployed.plan.value_slots else [])]
        for name in names:
            table = deployed.table(name)
            parts = {"table": table, "chosen": self.chosen, "identifier": identifier, "later": self._later()}
            rows += int(deployed.warehouse.fetch(fill(LATER, **parts))[0][0])
            columns = comma_lines([f"stored.{column}" for column in deployed.warehouse.columns(table)])
            copy = fill(CHANGED, **parts, columns=columns, third=_third(deployed))
            tables[name] = self.scratch.create(f"{deployed.project}_{name}_{self.number}", copy.rstrip("\n"))
        return replace(deployed, tables=tables), rows

    def _later(self) -> str:
        """Which stored rows are later than the anchor, or were not known then."""
        later = f"stored.day >= cast(chosen.{TSTAMP} as date)"
        if self.mode == "exact":
            later = f"stored.event_tstamp >= chosen.{TSTAMP}"
        return f"({later} or stored.load_tstamp > chosen.{TSTAMP})" if self.known else later

    def _differing(self, after: Dataset, name: str, given: str) -> tuple[int, list[int]]:
        """How many anchors there are, and per attribute how many values the change makes others."""
        key = [self.dataset.column_of_identifier, TSTAMP]
        tables = [
            self.scratch.create(f"{name}_{when}_{self.number}", dataset.computed(given, key))
            for when, dataset in (("before", self.dataset), ("after", after))
        ]
        [before, after_it] = tables
        compared = fill(
            COMPARED,
            identifier=self.dataset.column_of_identifier,
            tstamp=TSTAMP,
            differing=comma_lines(self.dataset.differing("before_it", "after_it")),
            before=before,
            after=after_it,
        )
        row = self.parts[0].deployed.warehouse.fetch(compared)[0]
        return int(row[0]), [int(one) for one in row[1:]]

    def _at_the_end(self) -> str:
        """The same entities, as of after the last event."""
        deployed = self.parts[0].deployed
        one_day = exp.Interval(this=exp.Literal.string("1"), unit=exp.Var(this="day"))
        return fill(
            AT_THE_END,
            identifier=self.dataset.column_of_identifier,
            tstamp=TSTAMP,
            chosen=self.chosen,
            timestamp=deployed.dialect.timestamp_type,
            events=deployed.table("filtered_events"),
            next_day=deployed.dialect.sql(exp.Add(this=exp.Var(this="max(day)"), expression=one_day)),
        ).rstrip("\n")


def _third(deployed: Deployed) -> str:
    """0, 1 or 2 of a stored row's day."""
    start = exp.cast(exp.Literal.string("2000-01-01"), "date")
    days = deployed.dialect.days_between(start, exp.column("day", table="stored"))
    return deployed.dialect.sql(exp.func("mod", exp.Paren(this=days), exp.Literal.number(3)))


LATER = """\
select count(*)
from $table as stored
inner join $chosen as chosen on chosen.$identifier = stored.$identifier
where $later
"""

COMPARED = """\
select
    count(*) as compared,
    $differing
from $before as before_it
inner join $after as after_it
    on after_it.$identifier = before_it.$identifier
    and after_it.$tstamp = before_it.$tstamp
"""

NTH = """\
select
    $identifier,
    $tstamp
from (
    select
        $identifier,
        $tstamp,
        row_number() over (partition by $identifier order by $tstamp) as nth
    from (
        select distinct
            $identifier,
            $tstamp
        from $given
    ) as anchors
) as numbered
where nth = $number
"""

CHANGED = """\
select
    $columns
from $table as stored
left join $chosen as chosen
    on chosen.$identifier = stored.$identifier
    and $later
where
    chosen.$identifier is null
    or $third > 0

union all

select
    $columns
from $table as stored
inner join $chosen as chosen
    on chosen.$identifier = stored.$identifier
    and $later
where $third = 2
"""

AT_THE_END = """\
select
    chosen.$identifier,
    cast(last_day.ends as $timestamp) as $tstamp
from $chosen as chosen
cross join (
    select $next_day as ends
    from $events
) as last_day
"""
