"""Requests for training sets: the body of `datasets/sql` and of `datasets/runs`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pydantic import TypeAdapter, ValidationError

from snowplow_signals.definitions import Entity, SessionAnchors, View, WarehouseTable
from snowplow_signals.definitions.fields import MAX_VERSION
from snowplow_signals.errors import ConflictError
from snowplow_signals.server import wire
from snowplow_signals.server.invalid import InvalidError, Place
from snowplow_signals.server.vocabulary import LATER

TABLE_PREFIX = "signals_attributes"
_MOMENT = TypeAdapter(datetime)
MODES = ("session", "user_supplied")
_AT: Place = ("body",)
_FIELDS = ("anchors", "attributes", "dataset", "max_lookback_days")
_FIELDS_OF_ATTRIBUTES = (LATER.views, "database", "schema", "table_prefix")
_FIELDS_OF_SUPPLIED = ("mode", "source", "has_label")
_FIELDS_OF_SESSION = ("mode", "output", *SessionAnchors.model_fields)


@dataclass(frozen=True)
class SuppliedAnchors:
    """Anchors that are in a table already, with the column `label` if `has_label`."""

    source: WarehouseTable
    has_label: bool = True


@dataclass(frozen=True)
class DatasetRequest:
    """Which anchors, the attributes of which views, and what the tables are to be called."""

    anchors: SessionAnchors | SuppliedAnchors
    views: tuple[View, ...]
    output: WarehouseTable | None = None
    """Where the anchors of sessions are to be written; None where the warehouse's defaults say, as for the others."""
    attributes_database: str | None = None
    attributes_schema: str | None = None
    table_prefix: str = TABLE_PREFIX
    """The attributes of each key are in a table of this name, `_` and the key's name."""
    dataset: WarehouseTable | None = None
    max_lookback_days: int | None = None
    """How many days before an anchor an event may be to count for any attribute, also one without a period or with a
    longer one. None: as far back as each attribute's own period, and for ever without one."""


def read_dataset_request(data: Any, entity: Callable[[str], Entity]) -> DatasetRequest:
    """The request for a training set. `entity` finds one that is only named.

    Raises InvalidError with each field that is wrong, and ConflictError for two attributes of one name in a view, or a
    span that ends before it starts.
    """
    if not isinstance(data, Mapping):
        raise InvalidError([(_AT, "must be a JSON object")])
    found, problems = dict[str, Any](), _Problems()
    with problems.gathered():
        _require_known(data, _FIELDS, _AT)
    with problems.gathered():
        found |= _anchors(data.get("anchors"), (*_AT, "anchors"))
    attributes, at = data.get("attributes"), (*_AT, "attributes")
    with problems.gathered():
        found |= _attributes(attributes, at)
    with problems.gathered():
        found["views"] = _views(attributes, entity, (*at, LATER.views), problems)
    with problems.gathered():
        found["dataset"] = _table(data.get("dataset"), (*_AT, "dataset"))
    with problems.gathered():
        found["max_lookback_days"] = _days(data.get("max_lookback_days"), (*_AT, "max_lookback_days"))
    problems.raise_if_any()
    return DatasetRequest(**found)


class _Problems:
    """What is wrong with the parts of a request, so that all of it is said at once."""

    def __init__(self) -> None:
        self._found: list[tuple[Place, str]] = []

    @contextmanager
    def gathered(self) -> Iterator[None]:
        try:
            yield
        except InvalidError as error:
            self._found += [(tuple(one["loc"]), one["msg"]) for one in error.details]

    def raise_if_any(self) -> None:
        if self._found:
            raise InvalidError(self._found)


def _anchors(data: Any, at: Place) -> dict[str, Any]:
    if not isinstance(data, Mapping):
        raise InvalidError([(at, "must be a JSON object")])
    mode = data.get("mode")
    if mode == "session":
        _require_known(data, _FIELDS_OF_SESSION, at)
        fields = {name: value for name, value in data.items() if name not in ("mode", "output")}
        output = _table(data.get("output"), (*at, "output"))
        _require_order(data.get("training_span"))
        return {"anchors": wire.read_session_anchors(fields, at), "output": output}
    if mode == "user_supplied":
        _require_known(data, _FIELDS_OF_SUPPLIED, at)
        has_label = True if data.get("has_label") is None else data["has_label"]
        if not isinstance(has_label, bool):
            raise InvalidError([((*at, "has_label"), "must be true or false")])
        return {"anchors": SuppliedAnchors(wire.read_warehouse_table(data.get("source"), (*at, "source")), has_label)}
    raise InvalidError([((*at, "mode"), f"must be {' or '.join(map(repr, MODES))}, not {mode!r}")])


def _require_order(span: Any) -> None:
    """Raises ConflictError for a span that ends before it starts: each end by itself is right."""
    if not isinstance(span, Mapping):
        return
    try:
        start, end = (_MOMENT.validate_python(span.get(name)) for name in ("start_time", "end_time"))
    except ValidationError:
        return  # said of the one that is none
    if start.replace(tzinfo=start.tzinfo or UTC) >= end.replace(tzinfo=end.tzinfo or UTC):
        raise ConflictError(f"training_span: start_time {span['start_time']} is not before end_time {span['end_time']}")


def _attributes(data: Any, at: Place) -> dict[str, Any]:
    if not isinstance(data, Mapping):
        return {}  # said of its views
    problems = _Problems()
    with problems.gathered():
        _require_known(data, _FIELDS_OF_ATTRIBUTES, at)
    named: dict[str, Any] = {}
    for name, pattern, what in (
        ("database", "[A-Za-z0-9_-]{1,128}", "letters, digits, '_' and '-'"),
        ("schema", "[A-Za-z0-9_]{1,128}", "letters, digits and _"),
        ("table_prefix", "[A-Za-z0-9_]{1,128}", "letters, digits and _"),
    ):
        given = data.get(name)
        if given is None:
            continue
        with problems.gathered():
            if not isinstance(given, str) or not re.fullmatch(pattern, given, re.ASCII):
                raise InvalidError([((*at, name), f"must be {what}, 128 characters at most")])
        named[name if name == "table_prefix" else f"attributes_{name}"] = given
    problems.raise_if_any()
    return named


def _views(data: Any, entity: Callable[[str], Entity], at: Place, problems: _Problems) -> tuple[View, ...]:
    groups = data.get(LATER.views) if isinstance(data, Mapping) else None
    if not isinstance(groups, list) or not groups:
        raise InvalidError([(at, "must be a list of at least one")])
    views = []
    for number, group in enumerate(groups):
        with problems.gathered():
            views.append(wire.read_view(group, entity, (*at, number)))
            if not views[-1].attributes:
                raise InvalidError([((*at, number, "attributes"), "is empty: there is nothing to compute")])
    return tuple(views)


def _table(data: Any, at: Place) -> WarehouseTable | None:
    return None if data is None else wire.read_warehouse_table(data, at)


def _days(given: Any, at: Place) -> int | None:
    if given is None or (type(given) is int and 1 <= given <= MAX_VERSION):
        return given
    raise InvalidError([(at, f"must be a whole number from 1 to {MAX_VERSION}")])


def _require_known(data: Mapping[str, Any], known: tuple[str, ...], at: Place) -> None:
    """Raises InvalidError for a field that nobody knows, unless it is null."""
    unknown = [name for name, value in data.items() if name not in known and value is not None]
    if unknown:
        raise InvalidError(((*at, name), f"is unknown; known are {', '.join(known)}") for name in unknown)
