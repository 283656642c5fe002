"""The model that describes each publication: of every attribute counts, quantiles, frequent values and bins."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from textwrap import wrap

from sqlglot import exp

from snowplow_signals.aggregates import BY_NAME
from snowplow_signals.dialects.base import LARGEST_EXACT_INTEGER, Dialect
from snowplow_signals.plan import Plan, PlannedAttribute, PlannedDerived, Slot
from snowplow_signals.plan.planned import NUMERIC_TYPES
from snowplow_signals.project.models.attributes import output_names
from snowplow_signals.project.models.layout import comma_lines, jinja_safe, skeleton
from snowplow_signals.project.models.leaves import rendered
from snowplow_signals.project.models.views import columns_of_view

FREQUENT = 10
"""The most frequent values that are named, of each attribute."""
NAMED_FROM = 5
"""Entities that have to share a value before it is named: what few have may tell who they are."""
LONGEST_WORD = 200
"""Characters of a text by which it is known."""
EDGES = 9
"""The deciles between ten bins of numbers."""
BINS = FREQUENT + 1
"""Bins of texts: one of each frequent value, and the rest. Numbers have ten."""
QUANTILES = (1, 5, 25, 50, 75, 95, 99)
LARGEST, SMALLEST = "1e100", "1e-100"
"""Numbers whose squares and sums stay within a double on every engine; the mean takes smaller ones as zero."""

_AS_OF = "{{ as_of }}"

COLUMNS: tuple[tuple[str, str], ...] = (
    ("statistic", "text"),
    ("view_name", "text"),
    ("attribute", "text"),
    ("type", "text"),
    ("run_id", "text"),
    ("chunk", "count"),
    ("planned_at", "time"),
    ("as_of", "day"),
    ("changed_at", "time"),
    ("pinned_at", "time"),
    ("baseline_run_id", "text"),
    ("baseline_chunk", "count"),
    ("entities", "count"),
    ("null_values", "count"),
    ("defaults", "count"),
    ("distinct_values", "count"),
    ("smallest", "number"),
    *((f"p{share:02}", "number") for share in QUANTILES),
    ("largest", "number"),
    ("mean", "number"),
    ("deviation", "number"),
    *((f"value_{place}", "text") for place in range(1, FREQUENT + 1)),
    *((f"count_{place}", "count") for place in range(1, FREQUENT + 1)),
    *((f"edge_{place}", "number") for place in range(1, EDGES + 1)),
    *((f"bin_{place}", "count") for place in range(1, BINS + 1)),
    *((f"pinned_{place}", "count") for place in range(1, BINS + 1)),
    ("day", "day"),
    ("day_active", "count"),
    ("day_events", "count"),
    ("day_entities", "count"),
    ("day_amount", "number"),
    ("psi_baseline", "number"),
    ("psi_before", "number"),
)
"""The columns of the table, and what each holds."""

_ZEROS = ("entities", "null_values", "defaults", "distinct_values",
          *(f"{stem}_{place}" for stem in ("bin", "pinned") for place in range(1, BINS + 1)))  # fmt: skip
"""The counts that are zero where there is no entity."""


def column_names() -> list[str]:
    return [name for name, _ in COLUMNS]


def attribute_statistics(plan: Plan, dialect: Dialect) -> str:
    given = list(_given(plan))
    fed = [line for place, slot in enumerate(plan.day_slots, 1) for line in _fed(place, slot, plan, dialect)]
    kept_for_good = dialect.kept_for_good.strip().rstrip(",")
    return skeleton(
        "attribute_statistics.sql",
        p=plan.project_name,
        after=_after(plan),
        kept_for_good=f",\n    {kept_for_good}" if kept_for_good else "",
        identifier=plan.identifier,
        output_names="\n".join(wrap(output_names(plan), 100, break_long_words=False)),
        frequent=str(FREQUENT),
        edges=str(EDGES),
        bins=str(BINS),
        named_from=str(NAMED_FROM),
        smallest=SMALLEST,
        largest=LARGEST,
        quantiles=repr(list(QUANTILES)),
        types="signals_statistics_columns()",
        zeros="signals_statistics_counts()",
        measures="signals_measures()",
        long_ago=dialect.timestamp_literal("1970-01-01 00:00:00"),
        given=_inline(given, dialect),
        cells=_cells(plan, given, dialect),
        of_views="where is_of_view = 1" if plan.views else "",
        digits=_digits(exp.column("number"), dialect),
        comma="," if fed else "",
        fed=comma_lines(fed),
        fed_values=skeleton("fed_values.sql", p=plan.project_name, identifier=plan.identifier).rstrip("\n")
        if plan.value_slots
        else "",
        fed_join="left join fed_values on fed_values.slot = given.slot" if plan.value_slots else "",
        day_entities=_of_day("entities", plan, dialect),
        day_amount=_of_day("amount", plan, dialect),
        text_type=dialect.kind_type("text"),
    )


def _after(plan: Plan) -> str:
    """The model that is built before this one: the last that publishes."""
    if plan.views:
        return f"{plan.views[-1].view.project_name}_attributes"
    return f"{plan.project_name}_attributes{'_history' if plan.keeps_history else ''}"


@dataclass(frozen=True)
class _Given:
    """An attribute of a view that is a column of the attributes table."""

    number: int
    view_name: str
    name: str
    attribute: PlannedAttribute | PlannedDerived
    first_event: str | None
    """Of one of several views the column that says whether the entity has a row of it."""

    @property
    def slot(self) -> str:
        """Where the day keeps what it brought; empty: what is computed from others is brought by no day."""
        return self.attribute.slot.name if isinstance(self.attribute, PlannedAttribute) else ""


def _given(plan: Plan) -> Iterator[_Given]:
    if not plan.views:
        for number, attribute in enumerate(plan.outputs, 1):
            yield _Given(number, plan.project_name, attribute.column, attribute, None)
        return
    of_all = ((view, name, attribute) for view in plan.views for name, attribute in columns_of_view(view))
    for number, (view, name, attribute) in enumerate(of_all, 1):
        yield _Given(number, view.view.project_name, name, attribute, view.first_event.column)


def _inline(given: list[_Given], dialect: Dialect) -> str:
    def text(value: str) -> str:
        return jinja_safe(dialect.sql(exp.Literal.string(value)))

    rows = [(str(one.number), *map(text, (one.view_name, one.name, one.attribute.type, one.slot))) for one in given]
    return dialect.inline_rows(("attribute_number", "view_name", "attribute", "type", "slot"), rows)


def _cells(plan: Plan, given: list[_Given], dialect: Dialect) -> str:
    """A query of the value of each attribute of each entity."""
    names = ["attribute_number", "number", "word", "is_default"]
    rows = [[str(one.number), *_cell(one.attribute, dialect)] for one in given]
    if plan.views:
        names.append("is_of_view")
        for row, one in zip(rows, given, strict=True):
            row.append(f"case when published.{one.first_event} is not null then 1 else 0 end")
    return dialect.from_columns("{{ published }}", names, rows)


def _cell(attribute: PlannedAttribute | PlannedDerived, dialect: Dialect) -> list[str]:
    """A value as a number, as a word, and whether it is that of nothing."""
    column, type_name = exp.column(attribute.column, table="published"), column_type(attribute)
    number, word = _number(column, type_name, dialect), _word(column, type_name)
    is_default = exp.case().when(_is_default(column, attribute, type_name, dialect), exp.Literal.number(1))
    return [
        dialect.sql(_as(exp.null() if number is None else number, "number", dialect)),
        dialect.sql(dialect.by_code_point(_as(exp.null(), "text", dialect) if word is None else word)),
        rendered(is_default.else_(exp.Literal.number(0)), dialect),
    ]


def column_type(attribute: PlannedAttribute | PlannedDerived) -> str:
    """The type of an attribute's column."""
    return "timestamp" if _is_elapsed(attribute) else attribute.type


def _is_elapsed(attribute: PlannedAttribute | PlannedDerived) -> bool:
    return isinstance(attribute, PlannedAttribute) and attribute.time_unit is not None


def _number(column: exp.Expr, type_name: str, dialect: Dialect) -> exp.Expr | None:
    """Of a number itself; of a time its age in days; of a list or a map the number of its entries."""
    as_of = exp.Var(this=f"date '{_AS_OF}'")
    if type_name in NUMERIC_TYPES:
        return column
    if type_name == "timestamp":
        return dialect.days_between(exp.cast(column, "date", dialect=dialect.sqlglot_name), as_of)
    if type_name == "unix_timestamp":
        days = exp.Floor(this=exp.Div(this=column, expression=exp.Literal.number("86400e0")))
        return exp.Sub(this=dialect.days_between(exp.Var(this="date '1970-01-01'"), as_of), expression=days)
    if type_name.endswith("_list") or type_name in ("dict", "bytes"):
        is_there = exp.Is(this=column.copy(), expression=exp.Not(this=exp.null()))
        return exp.case().when(is_there, dialect.size(column, type_name))
    return None


def _word(column: exp.Expr, type_name: str) -> exp.Expr | None:
    if type_name == "bool":
        return exp.case().when(column, exp.Literal.string("true")).when(exp.not_(column), exp.Literal.string("false"))
    if type_name == "string":
        return exp.func("substr", column, exp.Literal.number(1), exp.Literal.number(LONGEST_WORD))
    return None


def _is_default(
    column: exp.Expr, attribute: PlannedAttribute | PlannedDerived, type_name: str, dialect: Dialect
) -> exp.Expr:
    """Whether the value is what an entity has of whose events none matched; lists and maps go by their size. Of what is
    computed from others that is none."""
    nothing = None
    if isinstance(attribute, PlannedAttribute):
        nothing = BY_NAME[attribute.aggregation].nothing if attribute.default is None else attribute.default
    if nothing is None or _is_elapsed(attribute):
        return column.copy().is_(exp.null())
    if isinstance(nothing, tuple | dict):
        return dialect.size(column, type_name).eq(exp.Literal.number(len(nothing)))
    return column.copy().eq(dialect.default(nothing, type_name))


def _as(value: exp.Expr, kind: str, dialect: Dialect) -> exp.Expr:
    return exp.cast(value.copy(), dialect.kind_type(kind), dialect=dialect.sqlglot_name)


def sql_type(kind: str, dialect: Dialect) -> str:
    """The engine's type of what a column of the table holds."""
    if kind == "time":
        return dialect.timestamp_type
    return {"count": "bigint", "day": "date"}.get(kind) or dialect.kind_type(kind)


def _digits(number: exp.Expr, dialect: Dialect) -> str:
    """A number as text: its digits if it is whole."""
    bound = exp.Literal.number(f"{LARGEST_EXACT_INTEGER}e0")
    is_whole = exp.and_(exp.Abs(this=number.copy()) <= bound, number.copy().eq(exp.Floor(this=number.copy())))
    whole = _as(exp.cast(number.copy(), "bigint", dialect=dialect.sqlglot_name), "text", dialect)
    return rendered(exp.case().when(is_whole, whole).else_(_as(number, "text", dialect)), dialect)


def _fed(place: int, slot: Slot, plan: Plan, dialect: Dialect) -> Iterator[str]:
    """Of a slot: how many entities a day brought a value, and how much: events counted, or their total."""
    has_value = {
        "count": f"{slot.name} > 0",
        "mean": f"{slot.name}_count > 0",
        "spread": f"{slot.name}_count > 0",
        "days": f"{slot.name}_on is not null",
    }.get(slot.state, f"{slot.name} is not null")
    yield f"count(distinct case when {has_value} then {plan.identifier} end) as entities_{place}"
    if slot.state == "sum":
        yield f"{rendered(dialect.total(exp.column(slot.name)), dialect)} as amount_{place}"
        return
    counted = {"count": f"sum({slot.name})", "mean": f"sum({slot.name}_count)", "spread": f"sum({slot.name}_count)"}
    yield f"cast({counted.get(slot.state, 'null')} as {dialect.kind_type('number')}) as amount_{place}"


def _of_day(what: str, plan: Plan, dialect: Dialect) -> str:
    """What the day brought to an attribute's slot."""
    cases = [f"    when '{slot.name}' then fed.{what}_{place}" for place, slot in enumerate(plan.day_slots, 1)]
    if plan.published and plan.value_slots:
        cases.insert(0, "    when '' then null")
    of_values = f"coalesce(fed_values.{what}, 0)" if plan.value_slots else "null"
    if not cases:
        return f"{of_values} as day_{what}"
    return "\n".join(["case given.slot", *cases, f"    else {of_values}", f"end as day_{what}"])


def statistics_macros(dialect: Dialect) -> str:
    """The columns of the table, for the macros that name them."""
    columns = [f"('{name}', '{sql_type(kind, dialect)}')" for name, kind in COLUMNS]
    names = column_names()
    measures = names[names.index("smallest") : names.index("bin_1")]
    return skeleton(
        "statistics_macros.sql",
        columns="\n".join(wrap(", ".join(columns).replace("', '", "',~'"), 100)).replace("~", " "),
        zeros=_listed(_ZEROS),
        measures=_listed(measures),
        number=dialect.kind_type("number"),
    )


def _listed(names: Iterable[str]) -> str:
    return "\n".join(wrap(", ".join(f"'{name}'" for name in names), 100))
