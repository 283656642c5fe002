"""Attributes that are computed from other attributes of their view, and from no event."""

from collections.abc import Iterator, Mapping, Sequence
from typing import ClassVar

from snowplow_signals.definitions.aggregations import AttributeType
from snowplow_signals.definitions.attributes import Attribute
from snowplow_signals.definitions.base import Definition, concerning, is_broken
from snowplow_signals.definitions.expression_kinds import KIND_OF, RESULT_TYPES, TYPES_OF_KIND, Kinds
from snowplow_signals.definitions.expressions import Expression, ExpressionField
from snowplow_signals.definitions.fields import Duration, Name, Tags, Text
from snowplow_signals.definitions.names import sql_name
from snowplow_signals.errors import did_you_mean

LONGEST_CHAIN = 8
"""How many derived attributes may be computed one from the other."""


class Derived(Definition):
    """One value per entity, computed from other attributes of the view.

    - `name`: its column, in lower case; it is served as it is declared.
    - `type`: of the value that is served. What does not fit it is null.
    - `expression`: over attributes of the view, by `value`, such as `value(revenue) / value(orders)`, derived ones
      included. Attributes are lists or maps in no expression; a `unix_timestamp` is a number, its seconds.
    - `ttl`: how long a value is served after the profile last changed; those of the attributes that it is computed
      from do not matter.

    It is a column of the attributes table, computed when that is published; one that depends on a `time_since_*` is
    computed when it is read. A change of it reads neither events nor states.
    """

    noun: ClassVar[str] = "derived attribute"

    name: Name
    type: AttributeType
    expression: ExpressionField
    description: Text | None = None
    ttl: Duration | None = None
    tags: Tags | None = None

    @property
    def column(self) -> str:
        """Its column in generated SQL."""
        return sql_name(self.name)

    @property
    def reads(self) -> tuple[str, ...]:
        """The columns of the attributes that it reads."""
        return tuple(map(sql_name, self.expression.attributes))

    @concerning("type")
    def _type_problems(self) -> Iterator[str]:
        if self.type not in RESULT_TYPES:
            yield f"type {self.type!r} cannot hold the value of an expression; use one of {', '.join(RESULT_TYPES)}"


Computed = Attribute | Derived
"""What a view computes for an entity."""


def in_order(attributes: Sequence[Computed]) -> tuple[Derived, ...]:
    """The derived attributes, each after those that it reads; those of a circle are left out."""
    by_column = {one.column: one for one in attributes}
    done = {one.column for one in attributes if not isinstance(one, Derived)}
    left = {one.column: one for one in attributes if isinstance(one, Derived)}
    found: list[Derived] = []
    while ready := [one for one in left.values() if done.issuperset(set(one.reads) & by_column.keys())]:
        found += ready
        done |= {one.column for one in ready}
        left = {column: one for column, one in left.items() if column not in done}
    return tuple(found)


def computed_at_read(attributes: Sequence[Computed]) -> frozenset[str]:
    """The columns of the derived attributes whose value depends on when they are read: those over a `time_since_*`."""
    found = {one.column for one in attributes if isinstance(one, Attribute) and one.time_unit is not None}
    measured = set(found)
    for one in in_order(attributes):
        if found & set(one.reads):
            found.add(one.column)
    return frozenset(found - measured)


def levels(attributes: Sequence[Computed]) -> dict[str, int]:
    """By the column of each derived attribute, how many are computed one from the other up to it."""
    found: dict[str, int] = {}
    for one in in_order(attributes):
        found[one.column] = 1 + max((found.get(column, 0) for column in one.reads), default=0)
    return found


def derived_problems(attributes: Sequence[Computed]) -> Iterator[tuple[int, str]]:
    """What is wrong with the derived attributes of a view: each with the place of the attribute that it is about."""
    right = [one for one in attributes if not is_broken(one) or isinstance(getattr(one, "name", None), str)]
    types = {sql_name(one.name): None if is_broken(one) else str(one.type) for one in right}
    names = {sql_name(one.name): one.name for one in right}
    sound = [one for one in attributes if not is_broken(one)]
    ordered, chain = set(in_order(sound)), levels(sound)
    for number, one in enumerate(attributes):
        if is_broken(one) or not isinstance(one, Derived):
            continue
        if not one.reads:
            yield number, "the expression reads no attribute: it would be the same for everybody"
        unknown = [name for name in one.expression.attributes if sql_name(name) not in types]
        for name in unknown:
            yield number, _unknown(name, names)
        if one not in ordered:
            yield number, _circle(one, sound)
        elif chain[one.column] > LONGEST_CHAIN:
            yield (
                number,
                f"it is the {chain[one.column]}th in a row of derived attributes that are computed one from the other; "
                f"{LONGEST_CHAIN} at most",
            )
        if not unknown:
            yield from ((number, problem) for problem in _kind_problems(one, types))


def _unknown(name: str, names: Mapping[str, str]) -> str:
    hint = did_you_mean(name, list(names.values())) or f"; it has {', '.join(names.values())}"
    return f"the view has no attribute {name!r}{hint}"


def _circle(one: Derived, attributes: Sequence[Computed]) -> str:
    """Names the circle that the attribute is in, or that it depends on."""
    by_column = {other.column: other for other in attributes if isinstance(other, Derived)}
    ordered = {other.column for other in in_order(attributes)}
    path = [one.column]
    while path.count(path[-1]) == 1:
        inner = by_column[path[-1]].reads
        path.append(next(column for column in inner if column in by_column and column not in ordered))
    circle = path[path.index(path[-1]) :]
    return f"it is computed from itself: {' reads '.join(by_column[column].name for column in circle)}"


def _kind_problems(one: Derived, types: Mapping[str, str | None]) -> Iterator[str]:
    kinds = Kinds(types)
    kind = kinds.of(one.expression)
    yield from kinds.problems
    if kind is not None and not kinds.problems and one.type not in TYPES_OF_KIND[kind]:
        allowed = " or ".join(map(repr, TYPES_OF_KIND[kind]))
        yield f"{one.expression} is a {kind}, which type {one.type!r} cannot hold; use {allowed}"


def kind_of(expression: Expression, types: Mapping[str, str | None]) -> str:
    """The kind of the value of an expression that has no problem."""
    kind = Kinds(types).of(expression)
    if kind is None:
        raise ValueError(f"{expression} has problems")
    return kind


__all__ = [
    "KIND_OF",
    "LONGEST_CHAIN",
    "Computed",
    "Derived",
    "computed_at_read",
    "derived_problems",
    "in_order",
    "kind_of",
    "levels",
]
