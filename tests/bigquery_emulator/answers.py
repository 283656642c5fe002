"""Types and values as BigQuery's REST interface answers with them."""

import base64
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from language import kind_name


def schema_of(columns: list[tuple[str, Any]]) -> dict[str, Any]:
    return {"fields": [_field(name or f"f{number}_", kind) for number, (name, kind) in enumerate(columns)]}


_API_NAMES = {"INT64": "INTEGER", "FLOAT64": "FLOAT", "BOOL": "BOOLEAN", "STRUCT": "RECORD"}


def _field(name: str, kind: Any) -> dict[str, Any]:
    is_list = kind_name(kind) == "ARRAY"
    inner = kind.array_type.element_type if is_list else kind
    answer = {"name": name, "mode": "REPEATED" if is_list else "NULLABLE"}
    answer["type"] = _API_NAMES.get(kind_name(inner), kind_name(inner))
    if kind_name(inner) == "STRUCT":
        answer["fields"] = [_field(part.field_name, part.field_type) for part in inner.struct_type.field]
    return answer


def cell_of(cell: Any, kind: Any) -> Any:
    """A value as the interface answers with it."""
    name = kind_name(kind)
    if name == "ARRAY":
        return [{"v": cell_of(one, kind.array_type.element_type)} for one in cell.array_value.element]
    which = cell.WhichOneof("value")
    if which is None:
        return None
    value = getattr(cell, which)
    if name == "STRUCT":
        parts = zip(value.field, kind.struct_type.field, strict=True)
        return {"f": [{"v": cell_of(one, part.field_type)} for one, part in parts]}
    return _TOLD.get(name, str)(value)


def _datetime(value: Any) -> str:
    bits = value.bit_field_datetime_seconds
    parts = [(bits >> shift) & mask for shift, mask in ((26, 0x3FFF), (22, 15), (17, 31), (12, 31), (6, 63), (0, 63))]
    return datetime(*parts, value.nanos // 1000).isoformat()


_TOLD: dict[str, Any] = {
    "BOOL": lambda value: str(value).lower(),
    "FLOAT64": repr,
    "BYTES": lambda value: base64.b64encode(value).decode(),
    "DATE": lambda days: str(date(1970, 1, 1) + timedelta(days=days)),
    "DATETIME": _datetime,
    "TIMESTAMP": lambda value: str(value.seconds * 1_000_000 + value.nanos // 1000),
    "NUMERIC": lambda value: str(Decimal(int.from_bytes(value, "little", signed=True)).scaleb(-9)),
}
