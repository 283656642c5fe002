"""Properties as one line of text, in a warehouse's syntax: how older clients send and expect them.

    snowflake    contexts_nl_basjes_yauaa_context_1[0]:deviceClass
    bigquery     contexts_nl_basjes_yauaa_context_1[safe_offset(0)].device_class
    databricks   contexts_nl_basjes_yauaa_context_1[0].device_class

The text names the column of a warehouse, and so less than the property does: where the vendor ends and the name begins
is lost, in BigQuery and Databricks also the spelling of the JSON's keys. What is read back is the same column and field
in the warehouse that the text was for.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Annotated, Any, Literal, get_args

from pydantic import BeforeValidator

from snowplow_signals.definitions.base import Located, refused
from snowplow_signals.definitions.events import Event
from snowplow_signals.definitions.paths import parse_path, render_path
from snowplow_signals.definitions.properties import (
    AtomicProperty,
    CalculatedProperty,
    EntityProperty,
    EventProperty,
    Property,
    every_element,
)
from snowplow_signals.errors import DefinitionError, Problem, did_you_mean
from snowplow_signals.loader_names import entity_column, event_column, snake_field

PropertySyntax = Literal["snowflake", "bigquery", "databricks"]
PROPERTY_SYNTAXES: tuple[str, ...] = get_args(PropertySyntax)

DEFAULT_SYNTAX: PropertySyntax = "snowflake"
"""The syntax of text that does not name one."""

__all__ = [
    "DEFAULT_SYNTAX",
    "PROPERTY_SYNTAXES",
    "PropertyOrText",
    "PropertySyntax",
    "has_text",
    "parse_property",
    "render_property",
    "with_property",
]

_COLUMN = re.compile(
    r"(?P<kind>contexts|unstruct_event)_(?P<schema>[a-z0-9_]+)_(?P<major>[0-9]{1,10})"
    r"(\[(safe_offset\(|offset\()?(?P<index>[0-9]{1,10})\)?\])?[:.](?P<path>.+)",
    re.ASCII | re.DOTALL | re.IGNORECASE,
)
_OFFSET = re.compile(r"\[(?:safe_)?offset\(([0-9]+)\)\]", re.ASCII | re.IGNORECASE)

SNOWFLAKE_QUOTE = "'"
"""There, double quotes enclose names, also in brackets."""

# Vendors whose end is known; for others, the vendor is assumed to be two words: com_acme is com.acme.
_VENDORS = (
    "com.snowplowanalytics.snowplow.ecommerce",
    "com.snowplowanalytics.snowplow.media",
    "com.snowplowanalytics.snowplow",
    "com.snowplowanalytics.mobile",
    "com.snowplowanalytics.console",
    "com.google.analytics.measurement-protocol",
    "com.google.analytics.enhanced-ecommerce",
    "com.google.analytics",
    "com.google.tag-manager.server-side",
    "com.iab.snowplow",
    "com.dbip",
)


def render_property(prop: Property, syntax: str) -> str:
    """The property as text. Raises DefinitionError for a syntax that is unknown, and for what has no text form."""
    _check(syntax)
    if isinstance(prop, CalculatedProperty):
        raise DefinitionError(Problem(prop.noun, "has no text form"))
    if isinstance(prop, AtomicProperty):
        return prop.name
    if isinstance(prop, EventProperty):
        column = event_column(prop.vendor, prop.name, prop.major_version)
    elif isinstance(prop.index, str):
        raise DefinitionError(Problem(prop.noun, f"with index {prop.index!r} has no text form"))
    else:
        column = entity_column(prop.vendor, prop.name, prop.major_version) + _index(prop.index, syntax)
    if syntax == "snowflake":
        return f"{column}:{render_path(prop.segments, quote=SNOWFLAKE_QUOTE)}"
    steps = (_index(step, syntax) if isinstance(step, int) else f".{snake_field(step)}" for step in prop.segments)
    return column + "".join(steps)


def has_text(prop: Property) -> bool:
    """Whether text can express all of it: a part of a date would be read as the date itself, and `[*]` would not say
    whether all elements are meant or any."""
    return not isinstance(prop, CalculatedProperty) and prop.date_part is None and every_element(prop) is None


def parse_property(text: str, syntax: str = DEFAULT_SYNTAX, events: Iterable[Event] = ()) -> Property:
    """The property that `text` names. `events` are the patterns beside it: they may show vendor and name.

    Raises DefinitionError when it names none, and for a syntax that is unknown.
    """
    _check(syntax)
    found = _COLUMN.fullmatch(text)
    if found is None:
        return AtomicProperty(name=text.lower())
    path = _OFFSET.sub(r"[\1]", found["path"])
    try:
        parse_path(path)
    except ValueError as error:
        raise DefinitionError(Problem(f"property {text!r}", f"its path is invalid: {error}")) from None
    kind, index, major = found["kind"].lower(), found["index"], int(found["major"])
    if kind == "unstruct_event" and index is not None:
        raise DefinitionError(Problem(f"property {text!r}", "an event has one body: leave the index out"))
    vendor, name = _split(found["schema"].lower(), major, kind, events)
    if kind == "unstruct_event":
        return EventProperty(vendor=vendor, name=name, major_version=major, path=path)
    return EntityProperty(vendor=vendor, name=name, major_version=major, path=path, index=int(index or 0))


def with_property(data: Any, events: Iterable[Event] = (), place: tuple[str | int, ...] = ()) -> Any:
    """The arguments of an attribute or a criterion, with a property that is text read, in its `property_syntax`.

    `place` leads to them through the definition that is checked.
    """
    if not isinstance(data, Mapping):
        return data
    fields = {name: value for name, value in data.items() if name != "property_syntax"}
    syntax = data.get("property_syntax")
    syntax = DEFAULT_SYNTAX if syntax is None else str(syntax)
    texts = [name for name in ("property", "other_property") if isinstance(fields.get(name), str)]
    for name in texts:
        fields[name] = _read(fields[name], syntax, events, (*place, name))
    if not texts:  # nothing is read in it; a wrong one is refused all the same
        with _refusing((*place, "property_syntax")):
            _check(syntax)
    return fields


def _read(text: str, syntax: str, events: Iterable[Event] = (), place: tuple[str | int, ...] = ()) -> Property:
    with _refusing(place):
        return parse_property(text, syntax, events)


@contextmanager
def _refusing(place: tuple[str | int, ...]) -> Iterator[None]:
    try:
        yield
    except DefinitionError as error:
        messages = (Located(place, str(problem)) for problem in error.problems)
        raise refused(*messages, whole=bool(place)) from None


PropertyOrText = Annotated[
    Property, BeforeValidator(lambda value: _read(value, DEFAULT_SYNTAX) if isinstance(value, str) else value)
]
"""A property, or one as text in Snowflake's syntax."""


def _check(syntax: str) -> None:
    if syntax not in PROPERTY_SYNTAXES:
        hint = did_you_mean(syntax, PROPERTY_SYNTAXES) or f"; use one of {', '.join(PROPERTY_SYNTAXES)}"
        raise DefinitionError(Problem("property_syntax", f"{syntax!r} is not supported{hint}"))


def _index(index: int, syntax: str) -> str:
    return f"[safe_offset({index})]" if syntax == "bigquery" else f"[{index}]"


def _split(schema: str, major: int, kind: str, events: Iterable[Event]) -> tuple[str, str]:
    """Vendor and name that produce the same column."""
    if kind == "unstruct_event":
        column = f"unstruct_event_{schema}_{major}"
        for event in events:
            if event.vendor and event.name and event_column(event.vendor, event.name, major) == column:
                return event.vendor, event.name
    for vendor in _VENDORS:
        stem = re.sub(r"[.\-]", "_", vendor)
        if schema.startswith(f"{stem}_") and schema != f"{stem}_":
            return vendor, schema.removeprefix(f"{stem}_")
    words = schema.split("_")
    vendor_words = 2 if len(words) > 2 and all(words[:3]) else 1
    vendor, name = ".".join(words[:vendor_words]), "_".join(words[vendor_words:])
    if not vendor or not name:
        raise DefinitionError(
            Problem(f"property {kind}_{schema}_{major}", "it names no schema: write vendor, name and major version")
        )
    return vendor, name
