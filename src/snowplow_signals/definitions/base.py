"""What all definitions share: frozen values that name every problem they have, and read and write JSON.

pydantic checks each field by itself; methods marked with `concerning` check fields against each other, also when other
fields are wrong. The user sees one `DefinitionError` that lists all problems in the words of the definition, never
pydantic's own report.
"""

import json
import sys
import warnings
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextvars import ContextVar
from types import FrameType
from typing import Annotated, Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError, model_validator
from pydantic.fields import FieldInfo
from pydantic_core import PydanticCustomError

from snowplow_signals.definitions.reporting import below, located_problems, problems_of, subject_of, where_of
from snowplow_signals.errors import DefinitionError, Problem


def refused(*messages: str, whole: bool = False) -> PydanticCustomError:
    """The error to raise inside a validator; each message stands by itself and names its field.

    `whole` says that it is about the definition, not about the one field that is being validated.
    """
    context = {"text": "; ".join(messages), "messages": list(messages), "whole": whole}
    return PydanticCustomError("definition", "{text}", context)


class Located(str):
    """A message about something inside the definition that is checked: `place` are the keys and indexes to it."""

    place: tuple[str | int, ...]

    def __new__(cls, place: tuple[str | int, ...], message: str) -> Self:
        text = super().__new__(cls, message)
        text.place = place
        return text


class Collector:
    """Gathers the problems of a whole file, so that one look at it is enough.

    While a collector is active, a definition that has problems does not raise: they are noted here, and the half-made
    object stands in for it, so that the rest of the file can be executed and looked at too.
    """

    def __init__(self, filename: str, shown: str) -> None:
        self.filename = filename  # as the file was compiled, to find its frames
        self.shown = shown  # as messages name it
        self.problems: list[Problem] = []
        self._lines: dict[int, int | None] = {}
        self._kept: list[object] = []  # ids stay unique only while the objects live
        self._broken: set[int] = set()

    def note(self, definition: object, located: Iterable[tuple[tuple[str | int, ...], Problem]], data: object) -> None:
        """`located` are problems with the keys and indexes that lead to them through `data`."""
        self.made(definition)
        self._broken.add(id(definition))
        for steps, problem in dict.fromkeys(located):
            place = self.place(self._innermost(definition, steps, data))
            self.problems.append(Problem(f"{place} {problem.where}".rstrip(), problem.message))

    def _innermost(self, definition: object, steps: tuple[str | int, ...], data: object) -> object:
        """The definition that a problem is in, of those that the file made one by one."""
        for step in steps:
            data = below(data, step)
            definition = data if id(data) in self._lines else definition
        return definition

    def made(self, definition: object) -> None:
        self._kept.append(definition)
        self._lines[id(definition)] = self._line()

    def place(self, definition: object) -> str:
        """`file.py:12`, the line of the file that made the definition."""
        line = self._lines.get(id(definition))
        return f"{self.shown}:{line}" if line else self.shown

    def is_broken(self, definition: object) -> bool:
        return id(definition) in self._broken

    def _line(self) -> int | None:
        frame: FrameType | None = sys._getframe()
        while frame is not None and frame.f_code.co_filename != self.filename:
            frame = frame.f_back
        return frame.f_lineno if frame else None


collecting: ContextVar[Collector | None] = ContextVar("collecting", default=None)


def is_broken(value: object) -> bool:
    """Whether the value stands in for a definition whose problems were already collected."""
    collector = collecting.get()
    return collector is not None and collector.is_broken(value)


_Check = Callable[[Any], Iterator[str]]


def concerning(*fields: str) -> Callable[[_Check], _Check]:
    """Marks a method that yields what is wrong about these fields together. It runs when each is right by itself."""

    def mark(check: _Check) -> _Check:
        check.concerns = frozenset(fields)  # type: ignore[attr-defined]
        return check

    return mark


class Definition(BaseModel):
    """Base of all definitions: immutable, equal by value, unknown arguments refused.

    Making one with wrong arguments raises `DefinitionError` with all problems that were found.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, hide_input_in_errors=True)

    noun: ClassVar[str] = "definition"
    _checks: ClassVar[tuple[_Check, ...]] = ()

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        found = {name: check for base in reversed(cls.__mro__) for name, check in vars(base).items()}
        cls._checks = tuple(check for check in found.values() if hasattr(check, "concerns"))

    def __init__(self, **data: Any) -> None:
        collector = collecting.get()
        try:
            self.__pydantic_validator__.validate_python(data, self_instance=self)
        except ValidationError as error:
            located = list(located_problems(error, type(self), data))
            if not _of_whole(error):
                right = self._stand_in(data)
                located += [
                    (getattr(message, "place", ()), Problem(where_of(self.noun, data, message), message))
                    for message in self._messages(right)
                ]
            if collector is None:
                raise DefinitionError(dict.fromkeys(problem for _, problem in located)) from None
            collector.note(self, located, data)
        else:
            if collector is not None:
                collector.made(self)
                return
            for remark in self.remarks():
                warnings.warn(f"{subject_of(self.noun, data)}: {remark}", UserWarning, stacklevel=2)

    # Tells pydantic that this __init__ only wraps its own, so that nested data is validated in place and all of its
    # errors come together, instead of the first nested one escaping from here.
    __init__.__pydantic_base_init__ = True  # type: ignore[attr-defined]

    @classmethod
    def from_json(cls, data: str | bytes | Mapping[str, Any]) -> Self:
        """The definition that `to_json` wrote, from its text or from the parsed object.

        Raises `DefinitionError` with the path of each field that is wrong.
        """
        if not isinstance(data, Mapping):
            try:
                data = json.loads(data)
            except ValueError as error:
                raise DefinitionError(Problem(cls.noun, f"is not valid JSON: {error}")) from None
        if not isinstance(data, Mapping):
            raise DefinitionError(Problem(cls.noun, f"must be an object, not {data!r}"))
        try:
            return cls.model_validate(data)
        except ValidationError as error:
            raise DefinitionError(problems_of(error, cls, data)) from None

    def remarks(self) -> Iterator[str]:
        """What is accepted and has no effect."""
        yield from ()

    def to_json(self) -> dict[str, Any]:
        """The definition as data that `json.dumps` takes: durations in ISO 8601, fields that are null left out."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)

    @model_validator(mode="after")
    def _check(self) -> Self:
        messages = () if is_broken(self) else tuple(self._messages(type(self).model_fields))
        if messages:
            raise refused(*messages, whole=True)
        return self

    def _messages(self, right: Collection[str]) -> Iterator[str]:
        for check in self._checks:
            if check.concerns.issubset(right):  # type: ignore[attr-defined]
                yield from check(self)

    def _stand_in(self, data: Mapping[str, Any]) -> set[str]:
        """Fills in what can be: fields that are right as usual, others as they were given. Names those that are."""
        right: set[str] = set()
        values: dict[str, Any] = {}
        for name, field in type(self).model_fields.items():
            spelling = field.alias if field.alias is not None and field.alias in data else name
            values[name] = data.get(spelling, field.get_default(call_default_factory=True, validated_data={}))
            if spelling in data:
                try:
                    values[name] = _validated(field, data[spelling])
                except ValidationError:
                    continue
            elif field.is_required():
                values[name] = None
                continue
            right.add(name)
        object.__setattr__(self, "__dict__", values)
        for slot, value in (("fields_set", set(data)), ("extra", None), ("private", None)):
            object.__setattr__(self, f"__pydantic_{slot}__", value)
        return right

    def __repr_args__(self) -> Iterator[tuple[str, Any]]:
        for name, field in type(self).model_fields.items():
            value = getattr(self, name)
            if field.is_required() or value != field.get_default(call_default_factory=True):
                yield field.alias or name, list(value) if type(value) is tuple else value

    def __str__(self) -> str:
        return repr(self)


def _validated(field: FieldInfo, value: Any) -> Any:
    annotation: Any = Annotated[field.annotation, *field.metadata] if field.metadata else field.annotation
    return TypeAdapter[Any](annotation).validate_python(value)


def _of_whole(error: ValidationError) -> bool:
    """Whether the fields are right by themselves, and all checks of fields against each other were made."""
    return all(not detail["loc"] for detail in error.errors(include_url=False, include_input=False))
