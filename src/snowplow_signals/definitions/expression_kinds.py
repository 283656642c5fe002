"""Of which kind the value of an expression is, and what in it does not fit together."""

from collections.abc import Mapping

from snowplow_signals.definitions.expressions import ARITHMETIC, COMPARISONS, LITERALS, Expression
from snowplow_signals.definitions.names import sql_name

KIND_OF: dict[str, str] = {
    **dict.fromkeys(("int32", "int64", "double", "float", "unix_timestamp"), "number"),
    "string": "text",
    "bool": "boolean",
    "timestamp": "time",
}
"""Of the types of attributes that an expression can read, what they are in it. A unix_timestamp is its seconds."""
TYPES_OF_KIND: dict[str, tuple[str, ...]] = {
    "number": ("double", "float", "int32", "int64"),
    "text": ("string",),
    "boolean": ("bool",),
    "time": ("timestamp", "unix_timestamp"),
}
"""The types that can hold a value of a kind."""
RESULT_TYPES = tuple(dict.fromkeys(name for names in TYPES_OF_KIND.values() for name in names))
_PLURALS = {"number": "numbers", "text": "texts", "boolean": "booleans", "time": "times"}


class Kinds:
    """Checks expressions over attributes of given types, by their columns; None for one that is wrong by itself."""

    def __init__(self, types: Mapping[str, str | None]) -> None:
        self._types = types
        self.problems: list[str] = []

    def of(self, one: Expression) -> str | None:
        """The kind of the expression's value; None where a problem, or a wrong attribute, leaves it open."""
        operation = one.operation
        if operation in LITERALS:
            return operation
        if operation == "attribute":
            return self._of_attribute(str(one.argument))
        if operation == "case":
            for condition, _ in one.branches:
                self._need(condition, "boolean", "when(...)")
            values = [value for _, value in one.branches] + ([one.otherwise] if one.otherwise else [])
            return self._alike(values, "the values of when(...).then(...)")
        if operation in COMPARISONS:
            kind = self._alike(one.operands, f"'{COMPARISONS[operation]}' compares")
            if kind == "boolean" and operation not in ("equal", "not_equal"):
                self.problems.append(f"{one}: booleans are compared with = and != only")
            return "boolean"
        if operation == "coalesce":
            return self._alike(one.operands, "coalesce takes")
        if operation == "is_null":
            self.of(one.operands[0])
            return "boolean"
        if operation in ("and", "or", "not"):
            needed, word = "boolean", operation
        elif operation == "time_between":
            needed, word = "time", operation
        else:
            needed, word = "number", ARITHMETIC.get(operation, "-" if operation == "negate" else operation)
        for operand in one.operands:
            self._need(operand, needed, f"'{word}'")
        return "boolean" if needed == "boolean" else "number"

    def _of_attribute(self, name: str) -> str | None:
        type_name = self._types[sql_name(name)]
        if type_name is None:
            return None
        if type_name not in KIND_OF:
            self.problems.append(
                f"attribute {name!r} is of type {type_name!r}, which an expression cannot read; it reads "
                f"{', '.join(KIND_OF)}"
            )
        return KIND_OF.get(type_name)

    def _need(self, one: Expression, kind: str, what: str) -> None:
        found = self.of(one)
        if found not in (None, kind):
            hint = ""
            if kind == "number" and found == "time":
                hint = "; the time between two times is time_between(first, last, unit)"
            elif kind == "time" and found == "number" and one.operation == "attribute":
                hint = "; give that attribute the type 'timestamp'"
            elif kind == "boolean" and found == "number":
                hint = "; compare it, such as > 0"
            self.problems.append(f"{what} takes {_PLURALS[kind]}, and {one} is a {found}{hint}")

    def _alike(self, operands: "tuple[Expression, ...] | list[Expression]", what: str) -> str | None:
        found = {kind: one for one in reversed(operands) if (kind := self.of(one)) is not None}
        if len(found) > 1:
            listed = ", and ".join(f"{one} is a {kind}" for kind, one in reversed(found.items()))
            self.problems.append(f"{what} values of one kind: {listed}")
            return None
        return next(iter(found), None)
