"""Aggregations over the numbers of an entity that need two looks at them: where the middle is, or which is where."""

from __future__ import annotations

from sqlglot import exp

from snowplow_signals.dialects.base import Dialect
from snowplow_signals.dialects.expressions import call
from snowplow_signals.inspect.verify.aggregating import Fed
from snowplow_signals.inspect.verify.skeletons import one_line

SPREADS = ("stddev", "variance")
OF_NUMBERS = (*SPREADS, "percentile")
_LARGEST, _LEAST = exp.Literal.number("1e150"), exp.Literal.number("1e-150")

SPREAD_CTE = """\
$name as (

    select entity, $collect as collected, $scale as scale
    from (
        select entity, number, avg($fitting) over (partition by entity) as centre
        from (select entity, $value as number from chosen where $feeds) as fed
    ) as centred
    group by entity

)"""

PERCENTILE_CTE = """\
$name as (

    select entity, $collect as collected, $scale as scale
    from (
        select
            entity,
            number,
            row_number() over (partition by entity order by number) - 1 as ranking,
            $wanted as wanted
        from (
            select entity, $fitting as number
            from (select entity, $value as value from chosen where $feeds) as fed
        ) as read
        where number is not null
    ) as ranked
    group by entity

)"""


def numbers_cte(fed: Fed, dialect: Dialect) -> tuple[str, dict[str, str]]:
    """A skeleton, and what fills it for the attribute: what is collected, and by what its rounding is measured."""
    if fed.attribute.aggregation == "percentile":
        skeleton, parts = PERCENTILE_CTE, _percentile(fed, dialect)
    else:
        skeleton, parts = SPREAD_CTE, _spread(fed, dialect)
    parts |= {"value": fed.value, "feeds": fed.feeds}
    return skeleton, {name: one_line(dialect.sql(part)) for name, part in parts.items()}


def _spread(fed: Fed, dialect: Dialect) -> dict[str, exp.Expr]:
    number, centre = exp.column("number"), exp.column("centre")
    size = exp.Abs(this=number)
    gap = exp.Sub(this=number.copy(), expression=centre)
    some = exp.and_(size < _LARGEST, exp.Abs(this=gap) > _LEAST)
    squares = exp.Avg(this=exp.case().when(some, call("power", gap, exp.Literal.number(2))).else_(dialect.literal(0)))
    found = exp.case().when(exp.Max(this=size.copy()) < _LARGEST.copy(), squares)
    middle = exp.Max(this=exp.Abs(this=centre.copy()))
    scale: exp.Expr = exp.Mul(this=exp.Literal.number("1e-14"), expression=call("power", middle, exp.Literal.number(2)))
    scale = exp.case().when(middle.copy() > _LEAST.copy(), scale)
    if fed.attribute.aggregation == "stddev":
        found = exp.case().when(exp.Max(this=size.copy()) < _LARGEST.copy(), call("sqrt", squares))
        scale = exp.Mul(this=exp.Literal.number("0.1"), expression=middle.copy())
    return {
        "collect": dialect.cast(found, "number", fed.attribute.type),
        "scale": scale,
        "fitting": exp.case().when(size.copy() < _LARGEST.copy(), number.copy()),
    }


def _percentile(fed: Fed, dialect: Dialect) -> dict[str, exp.Expr]:
    """The numbers beside the wanted place, each with the share that it is near."""
    number = exp.column("number")
    last = exp.cast(exp.Var(this="count(*) over (partition by entity) - 1"), dialect.kind_type("number"))
    wanted = exp.Mul(this=dialect.literal(fed.attribute.q or 0.0), expression=last)
    away = exp.Abs(this=exp.Sub(this=exp.column("ranking"), expression=exp.column("wanted")))
    near = exp.Paren(this=exp.Sub(this=exp.Literal.number(1), expression=away))
    found = exp.Sum(this=exp.case().when(away.copy() < 1, dialect.share_of(number, near)))
    return {
        "collect": dialect.cast(found, "number", fed.attribute.type),
        "scale": exp.Max(this=exp.Abs(this=number.copy())),
        "wanted": wanted,
        "fitting": dialect.cast(exp.column("value"), "text", "double"),
    }
