"""The page about the HTTP API, from the service's own OpenAPI description."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.documentation_tables import prose, table

from snowplow_signals.server.app import create_app
from snowplow_signals.server.settings import Settings

Call = tuple[str, str, Mapping[str, Any]]
"""Method, path, and what the description says of it."""


def http(_: str) -> str:
    """A heading per tag, an entry per call, and the schemas that their bodies have."""
    with TemporaryDirectory() as folder:
        app = create_app(Settings(folder=Path(folder), sync_seconds=0))
        described = app.openapi()
        app.state.backend.close()
    calls = [
        (method.upper(), path, operation)
        for path, methods in described["paths"].items()
        for method, operation in methods.items()
    ]
    sections = [
        _section(tag, [call for call in calls if call[2]["tags"] == [tag["name"]]]) for tag in described["tags"]
    ]
    return "\n\n".join((*sections, _statuses(calls), *_schemas(described["components"]["schemas"])))


def _section(tag: Mapping[str, str], calls: list[Call]) -> str:
    text = [f"## {tag['name']}", f"{tag['description']}."]
    if tag["description"].startswith("The same as"):
        text.append("\n".join(f"- `{method} {path}`" for method, path, _ in calls))
    else:
        text += [_call(*call) for call in calls]
    return "\n\n".join(text)


def _statuses(calls: list[Call]) -> str:
    """What the statuses of refusals mean; they mean the same everywhere."""
    meanings = {
        status: answer["description"]
        for _, _, operation in calls
        for status, answer in operation["responses"].items()
        if not status.startswith("2")
    }
    return "\n\n".join(("## Statuses", table(("status", "meaning"), sorted(meanings.items()))))


def _call(method: str, path: str, operation: Mapping[str, Any]) -> str:
    lines = [f"### `{method} {path}`", operation.get("description", operation.get("summary", "")).strip()]
    rows = [
        (f"`{one['name']}`", one["in"], _shape(one["schema"]), "yes" if one.get("required") else "")
        for one in operation.get("parameters", [])
    ]
    if rows:
        lines.append(table(("parameter", "in", "type", "required"), rows))
    body = operation.get("requestBody")
    if body:
        schema = body["content"]["application/json"]["schema"]
        lines.append(f"Body: {_shape(schema)}{'' if body.get('required') else ', optional'}.")
    lines.append(f"Answers: {', '.join(sorted(operation['responses']))}.")
    return "\n\n".join(lines)


def _schemas(schemas: Mapping[str, Any]) -> Iterator[str]:
    yield "## Schemas"
    for name, schema in schemas.items():
        if name in _OF_FASTAPI:
            continue
        rows = list(_rows([schema] if "properties" in schema else schema.get("anyOf", [schema])))
        text = [f"### {name}"]
        if schema.get("description"):
            text.append(" ".join(str(schema["description"]).split()))
        text.append(table(("field", "type", "required", "meaning"), rows) if rows else _shape(schema))
        yield "\n\n".join(text)


def _rows(alternatives: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, str, str, str]]:
    """The fields of an object, or of objects one of which it is: where they differ in a field, all that it may be."""
    if not all("properties" in one for one in alternatives):
        return
    fields = dict.fromkeys(field for one in alternatives for field in one["properties"])
    for field in fields:
        values = [one["properties"][field] for one in alternatives if field in one["properties"]]
        is_needed = all(field in one.get("required", ()) for one in alternatives)
        yield f"`{field}`", _shape({"anyOf": _merged(values)}), "yes" if is_needed else "", _note(values[0])


def _merged(values: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Enumerations as one, and null last."""
    flat = [part for one in values for part in _parts(one)]
    enums = dict.fromkeys(word for one in flat for word in one.get("enum", ()))
    others = [one for one in flat if "enum" not in one]
    others.sort(key=lambda one: one.get("type") == "null")
    merged = [*([{"enum": list(enums)}] if enums else []), *others]
    is_of_any_kind = len({_shape(one) for one in merged}) > _MOST_KINDS
    return [{"type": "what fits the other fields"}, {"type": "null"}] if is_of_any_kind else merged


def _parts(schema: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for one in schema.get("anyOf", ()):
        yield from _parts(one)
    if "anyOf" not in schema:
        yield schema


def _note(schema: Mapping[str, Any]) -> str:
    return prose(str(schema.get("description", "")))


def _shape(schema: Mapping[str, Any]) -> str:
    """A type in a few words; those with a name are linked."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    for union in ("anyOf", "oneOf"):
        if union in schema:
            return " or ".join(dict.fromkeys(_shape(one) for one in schema[union]))
    if "enum" in schema:
        shown = ", ".join(f"`{value}`" for value in schema["enum"][:_MOST_SHOWN])
        return shown + (f" and {len(schema['enum']) - _MOST_SHOWN} more" if len(schema["enum"]) > _MOST_SHOWN else "")
    kind = schema.get("type", "anything")
    if kind == "object" and schema.get("properties"):
        return "object with " + ", ".join(f"`{name}`" for name in schema["properties"])
    if kind == "string" and "pattern" in schema:
        return f"string like `{schema['pattern']}`".replace("|", "\\|")
    if isinstance(kind, list):
        return " or ".join(kind)
    if kind == "array":
        return f"list of {_shape(schema.get('items', {}))}"
    return str(kind)


_MOST_SHOWN, _MOST_KINDS = 20, 6
_OF_FASTAPI = ("HTTPValidationError", "ValidationError")
"""Schemas that no call of ours names."""
