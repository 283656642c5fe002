"""Which of the matching events count: conditions on their properties, in groups."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, ClassVar

from pydantic import Discriminator, Tag, model_validator

from snowplow_signals.definitions.base import Definition, concerning, refused
from snowplow_signals.definitions.criterion import Criterion

DEEPEST = 10
"""Groups inside each other, the outermost counted."""


def is_group(data: Any) -> bool:
    """Whether something in a group is a group itself, as a definition or as plain data."""
    return isinstance(data, Criteria) or (isinstance(data, Mapping) and ("all" in data or "any" in data))


def _which(data: Any) -> str:
    return "group" if is_group(data) else "criterion"


class Criteria(Definition):
    """Conditions on an event: all of `all`, and at least one of `any`, must hold. Each is a `Criterion`, or again a
    group of them.
    """

    noun: ClassVar[str] = "criteria"

    all: tuple["Condition", ...] | None = None
    any: tuple["Condition", ...] | None = None

    @model_validator(mode="before")
    @classmethod
    def _check_depth(cls, data: Any) -> Any:
        level, depth = [data], 1
        while level := [inner for one in level for inner in _inside(one) if is_group(inner)]:
            depth += 1
            if depth > DEEPEST:
                raise refused(f"criteria are more than {DEEPEST} groups deep; say the same with fewer", whole=True)
        return data

    @concerning("all", "any")
    def _emptiness(self) -> Iterator[str]:
        if self.all is None and self.any is None:
            yield "criteria are empty; give all=[...], any=[...] or both, or leave criteria out"
        for name, criteria in (("all", self.all), ("any", self.any)):
            if criteria == ():
                yield f"{name} is an empty list; leave it out, or give it a Criterion"

    @property
    def criteria(self) -> Iterator[Criterion]:
        """Every condition, whichever group it is in."""
        for one in (*(self.all or ()), *(self.any or ())):
            if isinstance(one, Criteria):
                yield from one.criteria
            else:
                yield one


Condition = Annotated[Annotated[Criterion, Tag("criterion")] | Annotated[Criteria, Tag("group")], Discriminator(_which)]


def _inside(group: Any) -> Iterator[Any]:
    for name in ("all", "any"):
        some = group.get(name) if isinstance(group, Mapping) else getattr(group, name, None)
        if isinstance(some, list | tuple):
            yield from some


Criteria.model_rebuild()
