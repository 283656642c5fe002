"""What the attributes should be, by one plain query over the events table."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from sqlglot import exp

from snowplow_signals.definitions import AtomicProperty, Attribute, EntityProperty
from snowplow_signals.definitions.fields import DAY
from snowplow_signals.deployment.deployed import Deployed, Published
from snowplow_signals.deployment.source_columns import SourceColumns
from snowplow_signals.inspect.verify.aggregating import (
    RANKED,
    RANKED_CTE,
    Fed,
    of_elements,
    over_events,
    over_joined,
    ranked_parts,
    scale,
)
from snowplow_signals.inspect.verify.feeding import (
    ColumnOf,
    Read,
    date_literal,
    elements_of,
    feeds,
    in_window,
    is_relevant,
    meets,
    reads_of,
    value_of,
)
from snowplow_signals.inspect.verify.numbers import OF_NUMBERS, numbers_cte
from snowplow_signals.inspect.verify.skeletons import (
    APART,
    COMPARED,
    ELEMENTS,
    EVENTS,
    FEEDING,
    OVER_ELEMENTS,
    PROCESSED,
    PROCESSED_JOINS,
    RECOMPUTED,
    STORED,
    VALUES,
    one_line,
    whole,
)
from snowplow_signals.project.models.layout import comma_lines, fill


@dataclass(frozen=True)
class PlainQuery:
    """The query of one project, as of what is published now.

    With `from_source` it covers whatever the events table holds; else what runs have processed, as far as it was
    aggregated. With `since` (UTC) only events that happened then or later.
    """

    deployed: Deployed
    published: Published
    source: SourceColumns
    from_source: bool
    since: datetime | None = None

    @cached_property
    def _names(self) -> dict[Read, str]:
        wanted = reads_of(self.deployed.plan.view)
        return {item: f"value_{number}" for number, item in enumerate(wanted, start=1)}

    def _recomputed_column(self, read: Read) -> exp.Expr:
        return exp.column(self._names[read])

    def _stored_column(self, read: Read) -> exp.Expr:
        compared = None if read.criterion is None else (read.criterion.operator, read.criterion.value)
        wanted = (read.property, read.kind, read.reduction, compared)
        columns = self.deployed.plan.columns
        found = (one.name for one in columns if (one.property, one.kind, one.reduction, one.compared) == wanted)
        return exp.column(next(found), table="events")

    def _fed(self, attribute: Attribute, column_of: ColumnOf) -> Fed:
        days = self._in_window(attribute)
        read = value_of(attribute)
        value = None if read is None else column_of(read)
        among = attribute.model_copy(update={"criteria": None})
        feeding, possible = (feeds(one, column_of, days.copy(), self.deployed.dialect) for one in (attribute, among))
        return Fed(attribute, feeding, value, None if read is None else read.kind, possible)

    def _in_window(self, attribute: Attribute) -> exp.Expr:
        period = attribute.period
        if isinstance(period, timedelta) and period % DAY:  # no run computes these: they are previewed
            return exp.column("event_tstamp") >= self._moment(self.published.planned_at - period)
        return in_window(attribute, self.published.as_of, self.deployed.windows_end_with_as_of(self.published))

    def _texts(self, values: Collection[str]) -> str:
        return one_line(", ".join(self.deployed.text(value) for value in values) or "null")

    def _sql(self, expression: exp.Expr) -> str:
        return one_line(self.deployed.dialect.sql(expression))

    def _moment(self, moment: datetime) -> exp.Expr:
        kind = exp.DataType.build(self.deployed.dialect.kind_type("time"), dialect=self.deployed.dialect.sqlglot_name)
        return exp.Cast(this=exp.Literal.string(f"{moment:%Y-%m-%d %H:%M:%S.%f}"), to=kind)

    def _read(self, read: Read) -> str:
        prop, dialect, criterion = read.property, self.deployed.dialect, read.criterion
        if not isinstance(prop, EntityProperty) or read.reduction is None:
            return one_line(self.source.sql(prop, read.kind))

        def of_one(value: exp.Expr) -> exp.Expr:
            part = dialect.date_part(value, prop.date_part, read.kind) if prop.date_part else value
            return part if criterion is None else meets(part, criterion, dialect)

        read_as = "time" if prop.date_part else read.kind
        return self._sql(self.source.of_elements(prop, read_as, read.kind, read.reduction, of_one))

    def _events(self, entities: Collection[str] | None, with_properties: bool = True) -> str:
        """The events that count, each once, as `chosen`; only those of `entities` if they are given."""
        deployed, source = self.deployed, self.source
        identifier = one_line(source.sql(deployed.plan.identifier_property, "text"))
        event_id = source.atomic("event_id", "text")
        only, chosen = [], ""
        if entities is not None:
            ids = self._texts(entities)
            only = [f"{event_id} in (select {event_id} from {deployed.events} where {identifier} in ({ids}))"]
            chosen = f" and entity in ({ids})"
        if self.since is not None:  # no event happened after it was loaded: older loads need not be read
            only += [f"{source.atomic('load_tstamp', 'time')} >= {self._sql(self._moment(self.since))}"]
        processed = "" if self.from_source else self._processed()
        return fill(
            EVENTS,
            columns=comma_lines(self._columns(identifier, with_properties)),
            events=deployed.events,
            only=f"where {' and '.join(only)}" if only else "",
            processed=processed,
            **self._copies(),
            joins="" if self.from_source else self._processed_joins(),
            stays="\nand ".join(self._stays()),
            as_of=self._sql(date_literal(self.published.as_of)),
            entities=chosen,
            once=deployed.dialect.computed_once,
        )

    def _copies(self) -> dict[str, str]:
        """Which rows are copies of one event."""
        bound, dialect = self.deployed.duplicate_days, self.deployed.dialect
        if bound < 0:
            return {"apart": "", "event": "event_id", "copies": "in_scope"}
        apart = fill(APART, bound=str(bound), days_after_before=self._sql(dialect.days_after_copy_before()))
        return {"apart": apart, "event": "event_id, occurrence", "copies": "apart"}

    def _processed(self) -> str:
        deployed = self.deployed
        return fill(
            PROCESSED,
            ledger=deployed.table("incremental_manifest"),
            source_hour=self.hour(self.source.read(AtomicProperty(name="load_tstamp"), "time")),
            hour=self.hour(exp.column("load_tstamp")),
            events=deployed.events,
            filtered_events=deployed.table("filtered_events"),
            days=deployed.table("daily_aggregation_manifest"),
        )

    def _processed_joins(self) -> str:
        bound, near = self.deployed.duplicate_days, ""
        if bound >= 0:
            days = self.deployed.dialect.days_between(exp.column("day", "pending"), exp.column("day", "dated"))
            near = f" and abs({self._sql(days)}) <= {bound}"
        return fill(PROCESSED_JOINS, dated_hour=self.hour(exp.column("load_tstamp", table="dated")), near=near)

    def hour(self, time: exp.Expr) -> str:
        """The hour that a timestamp is in."""
        return self._sql(self.deployed.dialect.hour(time))

    def _columns(self, identifier: str, with_properties: bool) -> list[str]:
        atomic = self.source.atomic
        columns = [
            f"{atomic('event_id', 'text')} as event_id",
            f"{atomic('load_tstamp', 'time')} as load_tstamp",
            f"{atomic('collector_tstamp', 'time')} as collector_tstamp",
            f"coalesce({atomic('derived_tstamp', 'time')}, {atomic('collector_tstamp', 'time')}) as claimed_tstamp",
            f"{atomic('app_id', 'text')} as app_id",
            f"{identifier} as entity",
            *(f"{atomic(name, 'text')} as {name}" for name in ("event_vendor", "event_name", "event_version")),
        ]
        if with_properties:
            columns += [f"{self._read(wanted)} as {name}" for wanted, name in self._names.items()]
        return columns

    def _stays(self) -> list[str]:
        """What keeps a row in scope."""
        deployed = self.deployed
        start = self._sql(date_literal(deployed.start_date))
        rules = [
            "dated.event_id <> ''",
            "dated.claimed_tstamp is not null",
            f"cast(dated.load_tstamp as date) >= {start} and dated.day >= {start}",
            "dated.entity <> ''",
            self._sql(exp.Paren(this=is_relevant(deployed.plan.view, deployed.dialect))),
        ]
        if self.since is not None:
            rules.append(f"dated.event_tstamp >= {self._sql(self._moment(self.since))}")
        if deployed.app_ids:
            rules.append(f"dated.app_id in ({self._texts(deployed.app_ids)})")
        if not self.from_source:
            rules.append("(pending.event_id is null or hours.chunk <= pending.aggregated_chunk)")
            rules.append("(hours.is_settled or known.event_id is not null)")
        return rules

    def sample(self, size: int, seed: int) -> str:
        """The identifiers of `size` entities, of the events as well as of the attributes table; `seed` says which."""
        deployed = self.deployed
        known = f"select {deployed.plan.identifier} as entity from {deployed.table('attributes')}"
        salted = exp.MD5(this=exp.DPipe(this=exp.column("entity"), expression=exp.Literal.string(f" {seed}")))
        order = self._sql(salted)
        events = self._events(None, with_properties=False)
        found = f"{events}\n\nselect entity from (select entity from chosen union distinct {known}) as entities"
        return f"{found}\norder by {order}, entity\nlimit {size}".replace("\0", "\n")

    def recomputed(self, entities: Collection[str] | None) -> str:
        """For each entity that differs: the stored values and the recomputed ones.

        Columns: number of entities compared, entity, is expected, is stored, then per attribute the stored value, the
        recomputed value and the size of the numbers that it was made of. At least one row, with a null entity if
        nothing differs.
        """
        deployed, cells, differs, names = self.deployed, [], [], []
        for number, attribute in enumerate(deployed.plan.view.aggregated, start=1):
            cells.append(f"stored.{attribute.column} as stored_{number}")
            cells += [f"recomputed.value_{number}", f"recomputed.scale_{number}"]
            kind = "timestamp" if attribute.aggregation.startswith("time_since") else attribute.type
            differing = deployed.dialect.differs(exp.column(f"stored_{number}"), exp.column(f"value_{number}"), kind)
            names += [f"different.{part}_{number}" for part in ("stored", "value", "scale")]
            differs.append(f"or {self._sql(exp.Paren(this=differing))}")
        stored = "" if entities is None else f"\nwhere {deployed.plan.identifier} in ({self._texts(entities)})"
        return whole(
            COMPARED,
            recomputed=self._recomputed(entities),
            attributes=deployed.table("attributes"),
            stored_entities=stored,
            identifier=deployed.plan.identifier,
            cells=comma_lines(cells),
            names=", ".join(names),
            once=deployed.dialect.computed_once,
            differs="\n".join(differs),
        )

    def values(self, entities: Collection[str] | None, limit: int) -> str:
        """The attributes of the first `limit` entities, by identifier, that have an event; only of `entities` if given.

        Columns: entity, number of entities that have an event, then a value per attribute.
        """
        numbers = range(1, len(self.deployed.plan.view.aggregated) + 1)
        values = ", ".join(f"value_{number}" for number in numbers)
        return whole(VALUES, recomputed=self._recomputed(entities), values=values, limit=str(limit))

    def _recomputed(self, entities: Collection[str] | None) -> str:
        """Per entity with an event, as `recomputed`, each attribute's value and scale, by its number."""
        dialect = self.deployed.dialect
        plain, finals, ranked, joins = [], [], [], []
        for number, attribute in enumerate(self.deployed.plan.view.aggregated, start=1):
            fed, events = self._fed(attribute, self._recomputed_column), "chosen"
            listed = elements_of(attribute)
            if listed is not None:
                events = f"elements_{number}"
                ranked.append(self._elements(events, self._names[listed], fed))
                fed = of_elements(fed)
                if attribute.aggregation not in RANKED:
                    name = f"over_{events}"
                    ranked.append(fill(OVER_ELEMENTS, name=name, events=events, values=self._values(fed, number)))
                    joins.append(f"left join {name} on {name}.entity = plain.entity")
                    finals += [f"{self._sql(over_joined(fed, name, f'value_{number}', dialect))} as value_{number}"]
                    finals += [f"{name}.scale_{number}"]
                    continue
            if attribute.aggregation in OF_NUMBERS:
                name = f"numbers_{number}"
                skeleton, parts = numbers_cte(fed, dialect)
                ranked.append(fill(skeleton, name=name, **parts))
                joins.append(f"left join {name} on {name}.entity = plain.entity")
                finals += [f"{self._sql(over_joined(fed, name, 'collected', dialect))} as value_{number}"]
                finals += [f"{name}.scale as scale_{number}"]
            elif attribute.aggregation in RANKED:
                name = f"ranked_{number}"
                ranked.append(fill(RANKED_CTE, name=name, events=events, **ranked_parts(fed, dialect)))
                joins.append(f"left join {name} on {name}.entity = plain.entity")
                finals += [f"{self._sql(over_joined(fed, name, 'collected', dialect))} as value_{number}"]
                finals += [f"null as scale_{number}"]
            else:
                plain.append(self._values(fed, number))
                finals += [f"plain.value_{number}", f"plain.scale_{number}"]
        return fill(
            RECOMPUTED,
            events=self._events(entities),
            ranked="".join(f"{cte},\n\n" for cte in ranked),
            plain=comma_lines(plain or ["count(*) as events"]),
            finals=comma_lines(finals),
            joins="\n".join(joins),
        )

    def _values(self, fed: Fed, number: int) -> str:
        dialect = self.deployed.dialect
        lines = [f"{self._sql(over_events(fed, dialect))} as value_{number}"]
        return comma_lines([*lines, f"{self._sql(scale(fed, dialect))} as scale_{number}"])

    def _elements(self, name: str, column: str, fed: Fed) -> str:
        """The elements of events, as if each were an event, with whether they feed the attribute."""
        dialect = self.deployed.dialect
        elements = dialect.listed_elements(f"chosen.{column}")
        value = dialect.convert(exp.Var(this=elements.value), "text", fed.kind)
        return fill(
            ELEMENTS,
            name=name,
            place=elements.place,
            value=self._sql(value),
            feeds=self._sql(fed.feeds),
            join=elements.join,
        )

    def feeding(self, entities: Collection[str]) -> str:
        """The events of `entities` that count: entity, id, load and event time, and per attribute its value or null."""
        return whole(FEEDING, events=self._events(entities), flags=self._flags(self._recomputed_column))

    def stored(self, entities: Collection[str]) -> str:
        """The same out of filtered_events, and whether the event is pending."""
        deployed = self.deployed
        return whole(
            STORED,
            identifier=deployed.plan.identifier,
            filtered_events=deployed.table("filtered_events"),
            days=deployed.table("daily_aggregation_manifest"),
            flags=self._flags(self._stored_column, "events"),
            as_of=self._sql(date_literal(self.published.as_of)),
            entities=self._texts(entities),
        )

    def _flags(self, column_of: ColumnOf, table: str | None = None) -> str:
        """Per attribute: the value that an event contributes ("" if it needs none); null if it does not feed it."""
        dialect, lines = self.deployed.dialect, []
        text = exp.DataType.build(dialect.kind_type("text"), dialect=dialect.sqlglot_name)
        for number, attribute in enumerate(self.deployed.plan.view.aggregated, start=1):
            fed = self._fed(attribute, column_of)
            value = exp.Literal.string("") if fed.read is None else exp.Cast(this=fed.read, to=text)
            condition = fed.feeds.copy()
            for column in condition.find_all(exp.Column):
                if table and not column.table:
                    column.set("table", exp.to_identifier(table))
            lines.append(f"{self._sql(exp.case().when(condition, value))} as feeds_{number}")
        return comma_lines(lines)
