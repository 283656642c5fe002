"""Events read from the events table itself, each once: what needs no run of a project."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlglot import exp

from snowplow_signals.definitions import AtomicProperty
from snowplow_signals.deployment.deployed import Deployed
from snowplow_signals.deployment.source_columns import SourceColumns
from snowplow_signals.project.models.conditions import matches
from snowplow_signals.project.models.layout import comma_lines, fill
from snowplow_signals.project.models.leaves import rendered

COLLECTED = "collector_tstamp"
EVENT_FIELDS = ("event_vendor", "event_name", "event_version")


@dataclass(frozen=True)
class SourceEvents:
    """The events table of a project, or of what could be one."""

    deployed: Deployed
    columns: SourceColumns

    @classmethod
    def of(cls, deployed: Deployed, *required: tuple[AtomicProperty, str]) -> SourceEvents:
        """Raises SourceError for a table that is not there, or lacks what every event needs or what is `required`."""
        columns = SourceColumns.of(deployed)
        columns.require(AtomicProperty(name="event_id"), "to tell events apart")
        columns.require(AtomicProperty(name="load_tstamp"), "to tell loads apart")
        for prop, purpose in required:
            columns.require(prop, purpose)
        columns.require(deployed.plan.identifier_property, "for the entity's identifier")
        return cls(deployed, columns)

    def atomic(self, name: str, kind: str) -> exp.Expr:
        return self.columns.read(AtomicProperty(name=name), kind)

    def winners(self, read: Mapping[str, exp.Expr], stays: Sequence[str], last: Sequence[str] = ()) -> str:
        """CTEs of which the last one is `winners`: each event once, with its `event_id`, `load_tstamp`, `event_tstamp`,
        `day`, `entity` (null where it names none) and the columns `read`.

        `stays`: which rows count, besides those rules that hold for every event. `last`: columns that put copies in
        order which are equal in all else.
        """
        deployed, dialect = self.deployed, self.deployed.dialect
        entity = self.columns.read(deployed.plan.identifier_property, "text")
        columns = {
            "event_id": self.atomic("event_id", "text"),
            "load_tstamp": self.atomic("load_tstamp", "time"),
            COLLECTED: self.atomic(COLLECTED, "time"),
            "claimed_tstamp": exp.func(
                "coalesce", *(self.atomic(name, "time") for name in ("derived_tstamp", COLLECTED))
            ),
            "entity": exp.func("nullif", entity, exp.Literal.string("")),
            **({"app_id": self.atomic("app_id", "text")} if deployed.app_ids else {}),
            **read,
        }
        # an event of that day or later was loaded on no day before it either
        rules = ["event_id <> ''", "claimed_tstamp is not null", f"day >= date '{deployed.start_date}'", *stays]
        if deployed.app_ids:
            ids = [dialect.literal(one) for one in deployed.app_ids]
            rules.append(rendered(exp.In(this=exp.column("app_id"), expressions=ids), dialect))
        bound = deployed.duplicate_days
        apart = fill(APART, bound=str(bound), days=dialect.sql(dialect.days_after_copy_before()))
        return fill(
            WINNERS,
            columns=comma_lines([f"{rendered(value, dialect)} as {name}" for name, value in columns.items()]),
            events=deployed.events,
            stays="\nand ".join(rules),
            apart="" if bound < 0 else apart,
            event="event_id" if bound < 0 else "event_id, occurrence",
            copies="in_scope" if bound < 0 else "apart",
            order=", ".join(["load_tstamp", f"{COLLECTED} nulls last", "event_tstamp", "entity nulls last", *last]),
        ).rstrip("\n")

    def as_stored(self) -> str:
        """A query of the events that count, with the columns that the project's filtered_events has of them."""
        plan, dialect = self.deployed.plan, self.deployed.dialect
        read = {name: self.atomic(name, "text") for name in EVENT_FIELDS}
        read |= {column.name: self.columns.column(column) for column in plan.columns}
        relevant = matches(plan.patterns, dialect)
        stays = ["entity is not null"]
        if relevant is not None:
            stays.append(f"({rendered(relevant, dialect)})")
        kept = [*plan.kept_fields, *(column.name for column in plan.columns)]
        columns = [f"entity as {plan.identifier}", "event_id", "day", "event_tstamp", "load_tstamp", *kept]
        return fill(AS_STORED, winners=self.winners(read, stays), columns=comma_lines(columns)).rstrip("\n")


WINNERS = """\
loaded as (

    select
        $columns
    from $events

),

dated as (

    -- a clock that runs ahead creates no events in the future
    select
        *,
        least(claimed_tstamp, load_tstamp) as event_tstamp,
        cast(least(claimed_tstamp, load_tstamp) as date) as day
    from loaded
    where load_tstamp is not null

),

in_scope as (

    select *
    from dated
    where
        $stays

),

$apart
winners as (

    -- all rows with one event_id are one event: the copy that was loaded first
    select *
    from (
        select
            *,
            row_number() over (
                partition by $event
                order by
                    $order
            ) as copy
        from $copies
    ) as copies
    where copy = 1

)
"""

APART = """\
apart as (

    -- copies whose days are more than $bound apart are events of their own
    select *, sum(is_apart) over (partition by event_id order by day) as occurrence
    from (
        select *, case when $days <= $bound then 0 else 1 end as is_apart
        from in_scope
    ) as compared

),
"""

AS_STORED = """\
with $winners

select
    $columns
from winners
"""
