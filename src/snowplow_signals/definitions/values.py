"""How Python builds expressions over attributes: `value(revenue) / value(orders)`.

Operators on what `value` returns make expressions, `==` included; definitions themselves stay equal by value.
"""

from collections.abc import Callable
from typing import Any, NoReturn

from snowplow_signals.definitions.base import Definition
from snowplow_signals.definitions.expressions import MOST_DIGITS, UNITS, Expression, literal
from snowplow_signals.errors import DefinitionError, Problem

Operand = Any
"""What stands beside an expression: another one, or a number, text, boolean, date or datetime."""


class Value:
    """An expression over the attributes of a view, made with `value`, `when`, `coalesce` and `time_between`.

    - `+ - * /` and unary `-` are of numbers, which are doubles; `/` never is of integers.
    - `== != < <= > >=` compare two numbers, two texts (by code point), or two times; booleans know `==` and `!=`.
    - `& | ~` are of conditions, in three-valued logic. They bind tighter than comparisons: write
      `(value(a) > 1) & (value(b) > 2)`.
    """

    __slots__ = ("expression",)
    __hash__ = None  # type: ignore[assignment]  # == makes an expression

    def __init__(self, expression: Expression) -> None:
        self.expression = expression

    def __add__(self, other: Operand) -> "Value":
        return _made("add", self, other)

    def __radd__(self, other: Operand) -> "Value":
        return _made("add", other, self)

    def __sub__(self, other: Operand) -> "Value":
        return _made("subtract", self, other)

    def __rsub__(self, other: Operand) -> "Value":
        return _made("subtract", other, self)

    def __mul__(self, other: Operand) -> "Value":
        return _made("multiply", self, other)

    def __rmul__(self, other: Operand) -> "Value":
        return _made("multiply", other, self)

    def __truediv__(self, other: Operand) -> "Value":
        return _made("divide", self, other)

    def __rtruediv__(self, other: Operand) -> "Value":
        return _made("divide", other, self)

    def __neg__(self) -> "Value":
        return _made("negate", self)

    def __eq__(self, other: Operand) -> "Value":  # type: ignore[override]
        return _made("equal", self, other)

    def __ne__(self, other: Operand) -> "Value":  # type: ignore[override]
        return _made("not_equal", self, other)

    def __lt__(self, other: Operand) -> "Value":
        return _made("less", self, other)

    def __le__(self, other: Operand) -> "Value":
        return _made("less_or_equal", self, other)

    def __gt__(self, other: Operand) -> "Value":
        return _made("greater", self, other)

    def __ge__(self, other: Operand) -> "Value":
        return _made("greater_or_equal", self, other)

    def __and__(self, other: Operand) -> "Value":
        return _made("and", self, other)

    def __rand__(self, other: Operand) -> "Value":
        return _made("and", other, self)

    def __or__(self, other: Operand) -> "Value":
        return _made("or", self, other)

    def __ror__(self, other: Operand) -> "Value":
        return _made("or", other, self)

    def __invert__(self) -> "Value":
        return _made("not", self)

    def round(self, digits: int = 0) -> "Value":
        """Rounded to `digits` after the point, half away from zero."""
        if isinstance(digits, bool) or not isinstance(digits, int) or not 0 <= digits <= MOST_DIGITS:
            _refuse("round", f"digits {digits!r} must be a whole number from 0 to {MOST_DIGITS}")
        return Value(Expression("round", (self.expression,), digits))

    def log(self) -> "Value":
        """The natural logarithm; missing for 0 and less."""
        return _made("log", self)

    def is_null(self) -> "Value":
        """Whether it is missing; never missing itself."""
        return _made("is_null", self)

    def is_not_null(self) -> "Value":
        """Whether it is not missing."""
        return ~self.is_null()

    def __bool__(self) -> NoReturn:
        raise TypeError(f"{self.expression} has a value per entity, not here: use & | ~, and when(...) instead of if")

    def __repr__(self) -> str:
        return f"<expression {self.expression}>"


def value(attribute: Definition | str) -> Value:
    """The value of an attribute of the view, as an expression: of an Attribute, of a Derived, or by its name."""
    name = attribute if isinstance(attribute, str) else getattr(attribute, "name", None)
    if not isinstance(name, str):
        _refuse("value", f"takes an attribute, or the name of one, not {attribute!r}")
    return Value(Expression("attribute", (), name))


def coalesce(*values: Operand) -> Value:
    """The first of the values that is not missing. They are of one kind."""
    if len(values) < 2:
        _refuse("coalesce", f"takes two values or more, not {len(values)}")
    return _made("coalesce", *values)


def time_between(first: Operand, last: Operand, unit: str) -> Value:
    """How long after the time `first` the time `last` is, as a number of "s", "min", "h" or "d"; negative if before."""
    if unit not in UNITS:
        _refuse("time_between", f"unit {unit!r} is not one of {', '.join(UNITS)}")
    return Value(Expression("time_between", (_operand(first), _operand(last)), unit))


class Branch:
    """A condition, whose value is still to be given."""

    def __init__(self, before: tuple[Expression, ...], condition: Operand) -> None:
        self._before = (*before, _operand(condition))

    def then(self, value: Operand) -> "Case":
        """The value where the condition holds."""
        return Case((*self._before, _operand(value)))


class Case(Value):
    """The value of the first condition that holds; missing where none does, unless `otherwise` says more."""

    __slots__ = ()

    def __init__(self, operands: tuple[Expression, ...]) -> None:
        super().__init__(Expression("case", operands))

    def when(self, condition: Operand) -> Branch:
        """Another condition, for where those before do not hold."""
        return Branch(self.expression.operands, condition)

    def otherwise(self, value: Operand) -> Value:
        """The value where no condition holds."""
        return Value(Expression("case", (*self.expression.operands, _operand(value))))


def when(condition: Operand) -> Branch:
    """`when(condition).then(x)`, then `.when(...).then(...)` as often as needed, then perhaps `.otherwise(y)`.

    A condition that is missing does not hold.
    """
    return Branch((), condition)


def _made(operation: str, *operands: Operand) -> Value:
    found = [_operand(one) for one in operands]
    if operation in ("add", "multiply", "and", "or") and found[0].operation == operation:  # a + b + c is one operation
        found[:1] = found[0].operands
    return Value(Expression(operation, tuple(found)))


def _operand(value: Operand) -> Expression:
    if isinstance(value, Value):
        return value.expression
    make: Callable[[object], Expression] = literal
    try:
        return make(value)
    except (ValueError, OverflowError) as error:
        _refuse("expression", str(error))


def _refuse(where: str, message: str) -> NoReturn:
    raise DefinitionError(Problem(where, message))
