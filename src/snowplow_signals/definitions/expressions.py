"""Expressions over the attributes of a view: what a derived attribute is computed by.

An expression is data: an operation, and what it is applied to. Python builds it in `values`; as JSON it is
`{"op": "divide", "operands": [{"op": "attribute", "name": "revenue"}, {"op": "attribute", "name": "orders"}]}`.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal, get_args

from pydantic import PlainSerializer, PlainValidator

from snowplow_signals.definitions.base import refused
from snowplow_signals.definitions.fields import text_problem
from snowplow_signals.definitions.names import name_problem, sql_name
from snowplow_signals.errors import did_you_mean

Operation = Literal[
    "attribute", "number", "text", "boolean", "time",
    "add", "subtract", "multiply", "divide", "negate", "round", "log", "time_between",
    "equal", "not_equal", "less", "less_or_equal", "greater", "greater_or_equal", "is_null",
    "and", "or", "not", "coalesce", "case",
]  # fmt: skip
OPERATIONS: tuple[str, ...] = get_args(Operation)
LITERALS = ("number", "text", "boolean", "time")
ARITHMETIC = {"add": "+", "subtract": "-", "multiply": "*", "divide": "/"}
COMPARISONS = {
    "equal": "=",
    "not_equal": "!=",
    "less": "<",
    "less_or_equal": "<=",
    "greater": ">",
    "greater_or_equal": ">=",
}
ARGUMENTS = {"attribute": "name", **dict.fromkeys(LITERALS, "value"), "round": "digits", "time_between": "unit"}
"""What an operation takes beside its operands, by the name that JSON has for it."""
UNITS = ("s", "min", "h", "d")
MOST_DIGITS = 15
DEEPEST, LARGEST = 16, 200
"""Operations inside each other, and in all, of one expression."""

OPERANDS: dict[str, tuple[int, int]] = {
    **dict.fromkeys(("attribute", *LITERALS), (0, 0)),
    **dict.fromkeys(("subtract", "divide", *COMPARISONS, "time_between"), (2, 2)),
    **dict.fromkeys(("negate", "round", "log", "is_null", "not"), (1, 1)),
    **dict.fromkeys(("add", "multiply", "and", "or", "coalesce"), (2, LARGEST)),
    "case": (2, LARGEST),
}
"""How many operands an operation takes, at least and at most."""
_PLACES = {"or": 1, "and": 2, "not": 3, **dict.fromkeys(COMPARISONS, 4), "add": 5, "subtract": 5}
_PLACES |= {"multiply": 6, "divide": 6, "negate": 7}
"""How tightly an operation binds when it is written between its operands."""


@dataclass(frozen=True)
class Expression:
    """An operation and its operands. Equal by value.

    `argument` is the name of an attribute, a literal's value, the digits of `round` or the unit of `time_between`. A
    `case` has a condition and a value by turns, and in the end perhaps the value where no condition holds.
    """

    operation: str
    operands: tuple["Expression", ...] = ()
    argument: str | float | None = None

    def __post_init__(self) -> None:
        if self.operation == "number" and self.argument is not None:
            object.__setattr__(self, "argument", float(self.argument))

    def walk(self) -> Iterator["Expression"]:
        """The expression and all that it is made of."""
        pending = [self]
        while pending:
            one = pending.pop()
            yield one
            pending += reversed(one.operands)

    @property
    def attributes(self) -> tuple[str, ...]:
        """The names of the attributes that it reads, as they were written, in the order in which they appear."""
        found = (str(one.argument) for one in self.walk() if one.operation == "attribute")
        return tuple({sql_name(name): name for name in found}.values())

    @property
    def branches(self) -> tuple[tuple["Expression", "Expression"], ...]:
        """Of a `case`, its conditions and their values."""
        return tuple(zip(self.operands[:-1:2], self.operands[1::2], strict=False))

    @property
    def otherwise(self) -> "Expression | None":
        """Of a `case`, the value where no condition holds."""
        return self.operands[-1] if len(self.operands) % 2 else None

    def renamed(self, names: Mapping[str, str]) -> "Expression":
        """The same over attributes of other names, which are found by their columns."""
        if self.operation == "attribute":
            return Expression("attribute", (), names[sql_name(str(self.argument))])
        return Expression(self.operation, tuple(one.renamed(names) for one in self.operands), self.argument)

    def to_json(self) -> dict[str, Any]:
        """The canonical form: whole numbers without a fraction."""
        data: dict[str, Any] = {"op": self.operation}
        if self.operands:
            data["operands"] = [one.to_json() for one in self.operands]
        if self.operation in ARGUMENTS:
            data[ARGUMENTS[self.operation]] = _written(self.argument, self.operation)
        return data

    def __str__(self) -> str:
        return _text(self)

    def __repr__(self) -> str:
        return f"<expression {self}>"


def literal(value: object) -> Expression:
    """A number, text, boolean, date or time as an expression. Raises ValueError, saying what else it is."""
    if isinstance(value, bool):
        return Expression("boolean", (), value)
    if isinstance(value, int | float):
        try:
            number = float(value)
        except OverflowError:
            number = math.inf
        if not math.isfinite(number):
            raise ValueError(f"{value!r} is not a finite double")
        return Expression("number", (), number)
    if isinstance(value, str):
        problem = text_problem(value)
        if problem:
            raise ValueError(f"text {value!r} {problem}")
        return Expression("text", (), value)
    if isinstance(value, date):
        return Expression("time", (), _moment_text(value))
    if value is None:
        raise ValueError("None is no value: a case without otherwise() is missing where no condition holds")
    hint = "; refer to an attribute as value(attribute)" if hasattr(value, "aggregation") else ""
    raise ValueError(f"{value!r} is neither a number, text, boolean, date nor datetime{hint}")


def parse(data: Any) -> Expression:
    """The expression of JSON. Raises ValueError, saying what is wrong and where."""
    return _parsed(data, "expression", 1)


def _parsed(data: Any, where: str, depth: int) -> Expression:
    if depth > DEEPEST:
        raise ValueError(f"the expression is more than {DEEPEST} operations deep; give a part of it a name of its own")
    if not isinstance(data, Mapping) or not isinstance(data.get("op"), str):
        raise ValueError(f"{where} must be an object with an op, such as {{'op': 'attribute', 'name': 'orders'}}")
    operation = data["op"]
    if operation not in OPERATIONS:
        hint = did_you_mean(operation, OPERATIONS) or f"; it is one of {', '.join(OPERATIONS)}"
        raise ValueError(f"{where}: unknown op {operation!r}{hint}")
    known = {"op", *(["operands"] if OPERANDS[operation][1] else []), *_argument_of(operation)}
    unknown = [name for name in data if name not in known]
    if unknown:
        raise ValueError(f"{where}: {operation!r} takes no {unknown[0]!r}; it takes {', '.join(sorted(known))}")
    given = data.get("operands", ())
    least, most = OPERANDS[operation]
    if not isinstance(given, list | tuple) or not least <= len(given) <= most:
        number = str(least) if least == most else f"{least} or more"
        raise ValueError(f"{where}: {operation!r} needs {number} operands, in a list")
    operands = tuple(_parsed(one, f"{where}.operands[{n}]", depth + 1) for n, one in enumerate(given))
    argument = _argument(operation, data, where) if operation in ARGUMENTS else None
    return Expression(operation, operands, argument)


def _argument_of(operation: str) -> tuple[str, ...]:
    return (ARGUMENTS[operation],) if operation in ARGUMENTS else ()


def _argument(operation: str, data: Mapping[str, Any], where: str) -> Any:
    name = ARGUMENTS[operation]
    if operation == "round":
        return _digits(data.get(name, 0), where)
    if name not in data:
        raise ValueError(f"{where}: {operation!r} needs a {name}")
    value = data[name]
    if operation == "attribute":
        problem = name_problem(value) if isinstance(value, str) else f"name {value!r} is not text"
        if problem:
            raise ValueError(f"{where}: {problem}")
        return value
    if operation == "time_between":
        if value not in UNITS:
            raise ValueError(f"{where}: unit {value!r} is not one of {', '.join(UNITS)}")
        return value
    if operation == "time":
        try:
            return _moment_text(datetime.fromisoformat(value))
        except (TypeError, ValueError, OverflowError):
            raise ValueError(f"{where}: {value!r} is not a date and time in ISO 8601") from None
    found = literal(value)
    if found.operation != operation:
        raise ValueError(f"{where}: value {value!r} is no {operation}")
    return found.argument


def _digits(value: object, where: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MOST_DIGITS:
        raise ValueError(f"{where}: digits {value!r} must be a whole number from 0 to {MOST_DIGITS}")
    return value


def _moment_text(value: date) -> str:
    """ISO 8601 in UTC, without a zone. Raises OverflowError outside the years 1 to 9999."""
    if not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day)
    return (value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value).isoformat(" ")


def _written(argument: str | float | None, operation: str) -> Any:
    if operation == "number" and isinstance(argument, float) and argument.is_integer() and abs(argument) < 2**53:
        return int(argument)
    return argument


def _text(one: Expression, place: int = 0) -> str:
    """As people write it: `revenue / orders`."""
    of = one.operands
    match one.operation:
        case "attribute":
            return str(one.argument)
        case "text" | "time":
            return repr(one.argument)
        case "number" | "boolean":
            return str(_written(one.argument, one.operation)).lower()
        case "negate":
            text = f"-{_text(of[0], 7)}"
        case "not":
            text = f"not {_text(of[0], 4)}"
        case "and" | "or":
            text = f" {one.operation} ".join(_text(item, _PLACES[one.operation]) for item in of)
        case "case":
            branches = " ".join(f"when {_text(condition)} then {_text(value)}" for condition, value in one.branches)
            last = f" otherwise {_text(one.otherwise)}" if one.otherwise else ""
            return f"({branches}{last})"
        case operation if operation in ARITHMETIC or operation in COMPARISONS:
            sign, own = {**ARITHMETIC, **COMPARISONS}[operation], _PLACES[operation]
            first = own + 1 if operation in COMPARISONS else own
            text = f" {sign} ".join(_text(item, own + 1 if n else first) for n, item in enumerate(of))
        case operation:
            arguments = [_text(item) for item in of]
            arguments += [str(one.argument)] if operation in ARGUMENTS else []
            return f"{operation}({', '.join(arguments)})"
    return f"({text})" if _PLACES[one.operation] < place else text


def _read(data: Any) -> Expression:
    if isinstance(data, Expression):
        found = data
    elif hasattr(data, "expression") and isinstance(data.expression, Expression):  # as Python builds it
        found = data.expression
    elif isinstance(data, Mapping):
        try:
            found = parse(data)
        except ValueError as error:
            raise refused(str(error)) from None
    else:
        raise refused(
            f"expression {data!r} is not one: build it of value(attribute), such as value('revenue') / value('orders')"
        )
    problems = tuple(_size_problems(found))
    if problems:
        raise refused(*problems)
    return found


def _size_problems(expression: Expression) -> Iterator[str]:
    if depth(expression) > DEEPEST:
        yield f"the expression is more than {DEEPEST} operations deep; give a part of it a name of its own"
    if sum(1 for _ in expression.walk()) > LARGEST:
        yield f"the expression has more than {LARGEST} operations; give a part of it a name of its own"


def depth(expression: Expression) -> int:
    """How many operations lie inside each other."""
    deepest, level = 0, [expression]
    while level:
        deepest, level = deepest + 1, [inner for one in level for inner in one.operands]
    return deepest


ExpressionField = Annotated[
    Expression, PlainValidator(_read), PlainSerializer(lambda expression: expression.to_json(), when_used="json")
]
