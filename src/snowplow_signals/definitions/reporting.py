"""pydantic's errors, in the terms of the definitions."""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from snowplow_signals.errors import Problem, did_you_mean


def problems_of(error: ValidationError, model: type[BaseModel], data: object) -> tuple[Problem, ...]:
    """One problem per thing that is wrong; `where` leads from the outermost definition to the one that is wrong."""
    return tuple(dict.fromkeys(problem for _, problem in located_problems(error, model, data)))


def located_problems(
    error: ValidationError, model: type[BaseModel], data: object
) -> Iterator[tuple[tuple[str | int, ...], Problem]]:
    """The same problems, each with the keys and indexes that lead to it through `data`; none for the whole."""
    subject = subject_of(getattr(model, "noun", model.__name__), data)
    for detail in error.errors(include_url=False):
        path, field = _split(detail)
        known = () if path else tuple(info.alias or name for name, info in model.model_fields.items())
        for message in _messages(detail, field, known):
            inside = getattr(message, "place", ())
            where = ", ".join([subject, *_steps([*path, *inside[:-1]], data)])
            yield (*_location(detail, data), *inside), Problem(where, message)


def _location(detail: ErrorDetails, data: object) -> tuple[str | int, ...]:
    """Without pydantic's own steps, such as the tag of a union: those that lead nowhere in the data."""
    place: list[str | int] = []
    for number, key in enumerate(detail["loc"], 1):
        found = below(data, key)
        is_field = number == len(detail["loc"]) and (detail["type"] == "missing" or not _is_same(detail["input"], data))
        if found is not None or is_field:
            place.append(key)
            data = found
    return tuple(place)


def _is_same(one: object, other: object) -> bool:
    return one is other or (isinstance(one, str | Mapping) and one == other)


def subject_of(noun: str, data: object) -> str:
    """`attribute 'x'`, or the noun alone when the data gives no name."""
    name = below(data, "name")
    return f"{noun} {name!r}" if isinstance(name, str) else noun


def where_of(noun: str, data: object, message: str) -> str:
    """The definition that a message is about: that of `data`, or one inside it, where the message has a place."""
    return ", ".join([subject_of(noun, data), *_steps([*getattr(message, "place", ())[:-1]], data)])


def below(data: object, key: str | int) -> Any:
    """What a key or an index leads to; None when it leads nowhere."""
    if isinstance(data, Mapping):
        return data.get(key)
    if isinstance(data, list | tuple) and isinstance(key, int) and key < len(data):
        return data[key]
    return getattr(data, key, None) if isinstance(data, BaseModel) and isinstance(key, str) else None


def _split(detail: ErrorDetails) -> tuple[list[str | int], str]:
    """The way to the definition that is wrong, and its wrong field; no field when the whole definition is meant."""
    path = list(detail["loc"])
    if detail["type"] == "model_type" and path[-1] in ("attribute", "derived", "criterion", "group"):
        path.pop()  # pydantic's own step: which of the two an element was taken for
    if detail["type"] == "definition" and detail["ctx"]["whole"]:
        return path, ""
    field = ""
    while path and isinstance(path[-1], int):
        field = f"[{path.pop()}]{field}"
    return path[:-1], f"{path[-1]}{field}" if path else field


def _steps(path: list[str | int], data: object) -> list[str]:
    steps: list[str] = []
    for key in path:
        found = below(data, key)
        if isinstance(key, int):
            name = below(found, "name")
            steps[-1:] = [f"{steps[-1] if steps else ''}[{key}]" + (f" {name!r}" if isinstance(name, str) else "")]
        elif found is not None:
            steps.append(key)
        else:
            continue  # pydantic's own step, such as the tag of a union
        data = found
    return steps


def _messages(detail: ErrorDetails, field: str, known: tuple[str, ...]) -> Iterator[str]:
    kind, context, given = detail["type"], detail.get("ctx", {}), detail["input"]
    if kind == "definition":
        yield from context["messages"]
    elif kind == "missing":
        yield f"{field} is required"
    elif kind == "extra_forbidden":
        rest = f"; valid arguments are {', '.join(known)}" if known else ""
        yield f"unknown argument {field!r}{did_you_mean(field, known) or rest}"
    elif kind == "literal_error":
        choices = str(context["expected"]).replace(" or ", ", ").replace("'", "").split(", ")
        yield f"{field} {given!r} is not one of {', '.join(choices)}{did_you_mean(str(given), choices)}"
    elif kind in ("union_tag_invalid", "union_tag_not_found", "model_attributes_type"):  # of unions, we have one
        kinds = "an AtomicProperty, an EventProperty, an EntityProperty or a CalculatedProperty"
        yield f"{field} must be {kinds}, not {_short(given)}"
    elif kind == "model_type":
        yield f"{field} must be of class {context['class_name']}, not {_short(given)}"
    else:
        reason = detail["msg"][0].lower() + detail["msg"][1:]
        yield f"{field} {_short(given)} is invalid: {reason}"


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."
