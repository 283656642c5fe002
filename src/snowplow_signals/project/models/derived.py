"""Derived attributes as SQL: columns over the other columns of the attributes table."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import groupby

from sqlglot import exp

from snowplow_signals.definitions.evaluating import SECONDS
from snowplow_signals.definitions.expressions import COMPARISONS, Expression
from snowplow_signals.definitions.names import sql_name
from snowplow_signals.dialects.base import Dialect, Room, is_not_null
from snowplow_signals.dialects.expressions import call
from snowplow_signals.plan import Plan, PlannedDerived
from snowplow_signals.project.models.layout import comma_lines, skeleton
from snowplow_signals.project.models.leaves import rendered

_COMPARED = {
    "equal": exp.EQ,
    "not_equal": exp.NEQ,
    "less": exp.LT,
    "less_or_equal": exp.LTE,
    "greater": exp.GT,
    "greater_or_equal": exp.GTE,
}
_SMALLEST = math.ulp(0.0)
_VANISHES = 1e-300
_FAR = 1e20
"""A number may be multiplied or divided by one up to this size, if it is not very small itself."""


def derived_ctes(plan: Plan, dialect: Dialect) -> tuple[str, list[str]]:
    """What the query is called that has the attributes that are computed from events, and the queries after it, up to
    `computed`, which has all of them."""
    if not plan.published:
        return "computed", []
    groups = [list(group) for _, group in groupby(plan.published, key=lambda one: one.level)]
    names = ["aggregated", *(f"derived_{number}" for number in range(1, len(groups))), "computed"]
    texts = [
        skeleton(
            "derived_cte.sql", name=name, source=source, columns=comma_lines(columns_of(group, plan, dialect))
        ).rstrip("\n")
        for source, name, group in zip(names, names[1:], groups, strict=False)
    ]
    return names[0], texts


def columns_of(derived: Sequence[PlannedDerived], plan: Plan, dialect: Dialect) -> list[str]:
    """Columns over those of the attributes that they read."""
    return [
        f"{rendered(value_of(one, plan.types, dialect), dialect, is_arithmetic=True)} as {one.column}"
        for one in derived
    ]


def value_of(
    one: PlannedDerived, types: Mapping[str, str], dialect: Dialect, column: Callable[[str], exp.Expr] = exp.column
) -> exp.Expr:
    """The value in its type, over columns of these types; `column` is how one is read."""
    sql = _Sql(types, dialect, column)
    value = sql.of(one.expression)
    if one.kind in ("text", "boolean"):
        return value
    if one.kind == "number" and one.type == "double" and not sql.is_wild(one.expression):
        return value
    return dialect.cast(value, one.kind, one.type)


@dataclass(frozen=True)
class _Range:
    """How large a number other than 0 can be, and how small; whether it is whole."""

    most: float
    least: float = _SMALLEST
    is_whole: bool = False


_RANGES = {
    "int32": _Range(2.0**31, 1.0, True),
    "int64": _Range(2.0**63, 1.0, True),
    "unix_timestamp": _Range(2.0**63, 1.0, True),
    "float": _Range(3.5e38, 1e-46),
    "double": _Range(sys.float_info.max),
}


@dataclass(frozen=True)
class _Part:
    """A number as SQL."""

    sql: exp.Expr
    range: _Range
    is_literal: bool = False


class _Sql:
    """Expressions over columns of given types."""

    def __init__(self, types: Mapping[str, str], dialect: Dialect, read: Callable[[str], exp.Expr]) -> None:
        self._types = types
        self._dialect = dialect
        self._read = read

    def of(self, one: Expression) -> exp.Expr:
        operation, operands, dialect = one.operation, one.operands, self._dialect
        match operation:
            case "attribute":
                return self._column(one)
            case "number":
                return dialect.double(float(one.argument or 0.0))
            case "text" | "boolean":
                return dialect.literal(one.argument if isinstance(one.argument, bool) else str(one.argument))
            case "time":
                return dialect.timestamp(str(one.argument))
            case "case":
                return self._case(one)
            case "coalesce":
                return exp.func("coalesce", *(self._finite(item) for item in operands))
            case "is_null":
                return self._finite(operands[0]).is_(exp.null())
            case "not":
                if operands[0].operation == "is_null":
                    return is_not_null(self._finite(operands[0].operands[0]))
                return exp.Not(this=self._inner(operands[0]))
            case "and" | "or":
                join = exp.and_ if operation == "and" else exp.or_
                return join(*(self.of(item) for item in operands))
            case "negate":
                return exp.Neg(this=self._inner(operands[0]))
            case "round":
                return self._round(one)
            case "log":
                positive = exp.func("nullif", call("greatest", self.of(operands[0]), _zero()), _zero())
                return call("ln", positive)
            case "time_between":
                return self._time_between(one)
            case _ if operation in COMPARISONS:
                return self._comparison(one)
        return reduce(lambda left, right: self._combined(operation, left, right), self._parts(operands)).sql

    def is_wild(self, one: Expression) -> bool:
        """Whether the SQL of a number can be infinite or NaN."""
        return self._dialect.overflow_is_infinite and self._range(one).most > sys.float_info.max

    def _column(self, one: Expression) -> exp.Expr:
        name = sql_name(str(one.argument))
        column = self._read(name)
        if name in self._types and self._types[name] in _RANGES and self._types[name] != "double":
            return self._dialect.as_double(column)
        return column

    def _case(self, one: Expression) -> exp.Expr:
        found = exp.case()
        for condition, value in one.branches:
            found = found.when(self.of(condition), self.of(value))
        return found if one.otherwise is None else found.else_(self.of(one.otherwise))

    def _comparison(self, one: Expression) -> exp.Expr:
        left, right = (
            self._operand(item, other) for item, other in zip(one.operands, reversed(one.operands), strict=True)
        )
        is_ordered = one.operation not in ("equal", "not_equal")
        if is_ordered and any(self._is_text(item) for item in one.operands):
            left = self._dialect.by_code_point(left)
        return _COMPARED[one.operation](this=left, expression=right)

    def _is_text(self, one: Expression) -> bool:
        """Whether a value is a text; all values of a case or coalesce are of one kind."""
        if one.operation == "attribute":
            return self._types.get(sql_name(str(one.argument))) == "string"
        if one.operation == "case":
            return self._is_text(one.operands[1])
        return one.operation == "text" or (one.operation == "coalesce" and self._is_text(one.operands[0]))

    def _operand(self, one: Expression, other: Expression) -> exp.Expr:
        """One of two sides: a number beside what is a double need not be one itself."""
        if one.operation == "number" and other.operation != "number":
            return self._dialect.literal(_plain(one))
        return _enclosed(self._finite(one))

    def _round(self, one: Expression) -> exp.Expr:
        number, digits = self._inner(one.operands[0]), int(one.argument or 0)
        if not digits:
            return self._dialect.rounded(self.of(one.operands[0]))
        shift = exp.Literal.number(10**digits)
        factor = _Part(shift, _Range(10.0**digits, 10.0**digits, True), is_literal=True)
        shifted = self._combined("multiply", _Part(number, self._range(one.operands[0])), factor)
        return _divided(self._dialect.rounded(shifted.sql), shift)

    def _time_between(self, one: Expression) -> exp.Expr:
        first, last = map(self.of, one.operands)
        passed = self._dialect.as_double(self._dialect.microseconds_between(first, last))
        return _divided(passed, exp.Literal.number(SECONDS[str(one.argument)] * 1_000_000))

    def _parts(self, operands: Sequence[Expression]) -> list[_Part]:
        """Operands; beside what is a double, a literal need not be one."""
        all_literal = all(one.operation == "number" for one in operands)
        found = []
        for one in operands:
            is_literal = one.operation == "number"
            value = self._dialect.literal(_plain(one)) if is_literal and not all_literal else self._inner(one)
            found.append(_Part(value, self._range(one), is_literal))
        return found

    def _combined(self, operation: str, left: _Part, right: _Part) -> _Part:
        found, other = _range_of(operation, left.range, right.range), right.sql
        room = _room(operation, left.range, right.range, found)
        if operation == "multiply" and room != "enough" and left.range.least > right.range.least:
            left, right, other = right, left, left.sql
            room = _room(operation, left.range, right.range, found)
        if operation == "divide" and not (right.is_literal and right.range.most > 0):
            if self._dialect.overflow_is_infinite and right.range.most > sys.float_info.max:
                other = self._dialect.finite(_unwrapped(other))
            other = exp.func("nullif", _unwrapped(other), _zero())
        return _Part(self._dialect.combined(operation, left.sql, other, room), found)

    def _range(self, one: Expression) -> _Range:
        match one.operation:
            case "attribute":
                return _RANGES.get(self._types.get(sql_name(str(one.argument)), ""), _Range(sys.float_info.max))
            case "number":
                size = abs(float(one.argument or 0.0))
                return _Range(size, size or 1.0, size.is_integer())
            case "case" | "coalesce":
                values = [value for _, value in one.branches] if one.operation == "case" else list(one.operands)
                values += [one.otherwise] if one.operation == "case" and one.otherwise else []
                found = [self._range(value) for value in values]
                most = max(item.most for item in found)
                return _Range(
                    min(most, sys.float_info.max) if one.operation == "coalesce" else most,
                    min(item.least for item in found),
                    all(item.is_whole for item in found),
                )
            case "negate":
                return self._range(one.operands[0])
            case "round":
                inner = self._range(one.operands[0])
                digits = int(one.argument or 0)
                shifted = inner.most * 10.0**digits
                most = inner.most + 1 if shifted <= sys.float_info.max else math.inf
                return _Range(most, 10.0**-digits, digits == 0)
            case "log":
                return _Range(745.2 if self._range(one.operands[0]).most <= sys.float_info.max else math.inf, 1e-17)
            case "time_between":
                return _Range(3.2e17, 1e-12)
        ranges = [self._range(item) for item in one.operands]
        return reduce(lambda left, right: _range_of(one.operation, left, right), ranges)

    def _finite(self, one: Expression) -> exp.Expr:
        """A value that is missing where it is not finite."""
        value = self.of(one)
        return self._dialect.finite(value) if self._is_number(one) and self.is_wild(one) else value

    def _is_number(self, one: Expression) -> bool:
        if one.operation == "attribute":
            return self._types.get(sql_name(str(one.argument))) in _RANGES
        if one.operation == "case":
            return self._is_number(one.operands[1])
        if one.operation == "coalesce":
            return self._is_number(one.operands[0])
        return one.operation in (
            "number",
            "add",
            "subtract",
            "multiply",
            "divide",
            "negate",
            "round",
            "log",
            "time_between",
        )

    def _inner(self, one: Expression) -> exp.Expr:
        return _enclosed(self.of(one))


def _range_of(operation: str, left: _Range, right: _Range) -> _Range:
    if operation in ("add", "subtract"):
        is_whole = left.is_whole and right.is_whole
        return _Range(left.most + right.most, 1.0 if is_whole else _SMALLEST, is_whole)
    if 0.0 in (left.most, right.most):
        return _Range(0.0, 1.0, True)
    if operation == "multiply":
        least = max(left.least * right.least, _SMALLEST)
        return _Range(left.most * right.most, least, left.is_whole and right.is_whole)
    return _Range(left.most / right.least, max(left.least / right.most, _SMALLEST))


def _room(operation: str, left: _Range, right: _Range, found: _Range) -> Room:
    """Whether a result can be too large for a double, or so small that it vanishes."""
    if found.most > sys.float_info.max:
        return "none"
    if operation in ("add", "subtract") or found.least >= _VANISHES:
        return "enough"
    if operation == "divide" and right.most <= _FAR:
        return "left may vanish"
    if operation == "multiply" and right.least >= 1 / _FAR:
        return "left may vanish"
    return "none"


def _divided(number: exp.Expr, by: exp.Expr) -> exp.Expr:
    return exp.Div(this=_enclosed(number), expression=by, typed=True, safe=False)


def _enclosed(value: exp.Expr) -> exp.Expr:
    """A part of an operation, in parentheses where it would be read as another one."""
    is_negative = isinstance(value, exp.Neg)
    return exp.Paren(this=value) if isinstance(value, exp.Binary | exp.Not | exp.Connector) or is_negative else value


def _unwrapped(value: exp.Expr) -> exp.Expr:
    return value.this if isinstance(value, exp.Paren) else value


def _zero() -> exp.Expr:
    return exp.Literal.number(0)


def _plain(one: Expression) -> float | int:
    number = float(one.argument or 0.0)
    return int(number) if number.is_integer() and abs(number) < 2**53 else number
