"""Derived attributes, and the expressions that they are computed by."""

from __future__ import annotations

import sys

from snowplow_signals.definitions.expression_kinds import RESULT_TYPES
from snowplow_signals.definitions.expressions import LARGEST, MOST_DIGITS, OPERANDS, UNITS
from snowplow_signals.server.schemas.parts import BOOLEAN, MOMENT, TAGS, Schema, number, object_of, one_of, reference

_ARGUMENTS: dict[str, tuple[str, Schema]] = {
    "attribute": ("name", reference("Name")),
    "number": ("value", number(sys.float_info.max)),
    "text": ("value", reference("Text")),
    "boolean": ("value", BOOLEAN),
    "time": ("value", MOMENT),
    "time_between": ("unit", one_of(UNITS)),
}
_WHAT_FITS = (
    "That operands are of the kinds that an operation takes, and that the attributes are those of the view, is checked "
    "with the view; what does not fit is answered with 409."
)


def described() -> dict[str, Schema]:
    """By their names."""
    return {"Derived": _derived(), "Expression": _expression()}


def _derived() -> Schema:
    fields: dict[str, Schema] = {
        "name": reference("Name"),
        "type": one_of(RESULT_TYPES),
        "expression": reference("Expression"),
        "description": reference("Text"),
        "ttl": reference("Duration"),
        "tags": TAGS,
    }
    described = "An attribute that is computed from others of the view"
    return object_of(fields, ["name", "type", "expression"], description=described)


def _expression() -> Schema:
    """One schema for the operations that take as many operands, and one for each that takes something else."""
    by_number: dict[tuple[int, int], list[str]] = {}
    parts: list[Schema] = []
    for operation, operands in OPERANDS.items():
        if operation in _ARGUMENTS:
            name, kind = _ARGUMENTS[operation]
            needed = {"operands": _operands(*operands)} if operands[1] else {}
            parts.append(object_of({"op": one_of([operation]), **needed, name: kind}, ["op", *needed, name]))
        elif operation == "round":
            digits: Schema = {"type": "integer", "minimum": 0, "maximum": MOST_DIGITS}
            given = {"op": one_of([operation]), "operands": _operands(*operands), "digits": digits}
            parts.append(object_of(given, ["op", "operands"]))
        else:
            by_number.setdefault(operands, []).append(operation)
    for operands, operations in by_number.items():
        given = {"op": one_of(operations), "operands": _operands(*operands)}
        parts.append(object_of(given, ["op", "operands"]))
    return {"anyOf": parts, "description": f"An operation, and what it is applied to. {_WHAT_FITS}"}


def _operands(least: int, most: int) -> Schema:
    bound = {} if most == LARGEST else {"maxItems": most}
    return {"type": "array", "items": reference("Expression"), "minItems": least, **bound}
