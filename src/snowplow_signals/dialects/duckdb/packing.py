"""Values as MessagePack, made by DuckDB itself: columns at a time, by all of its threads.

Reading 30 values through DuckDB's driver and packing them takes 16 microseconds a row of one thread, of which 7 go into
two maps; DuckDB needs 3.5, of both threads of two. What it makes is byte for byte what `stores.encoding` makes of what
the driver returns: https://github.com/msgpack/msgpack/blob/master/spec.md, with the shortest form of each value.

Only what is small is made here. Engines hold 2,048 rows at once (DuckDB's vectors), so copies of wide values would take
gigabytes: where a value is larger than that, the expression is null, and the row's values come as they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

TEXT_BYTES, NESTED_TEXT_BYTES = 512, 255
TEXTS_OF_A_ROW = 16_384
ENTRIES = 100
_SHORT = 16
"""A list or a map of fewer entries has a head of one byte."""
_NULL = r"'\xC0'::blob"
_INTEGERS = ("tinyint", "smallint", "integer", "bigint", "utinyint", "usmallint", "uinteger")
_LONG_INTEGERS = ("hugeint", "ubigint")
_TEXTS = ("varchar", "uuid", "enum")
_SIZES = {"varchar": "strlen", "json": "strlen", "blob": "octet_length"}
_WHOLE = (
    ("between 0 and 127", "", "utinyint"),
    ("between 128 and 255", "CC", "utinyint"),
    ("between 256 and 65535", "CD", "usmallint"),
    ("between 65536 and 4294967295", "CE", "uinteger"),
    ("> 4294967295", "CF", "bigint"),
    (">= -32", "", "tinyint"),
    (">= -128", "D0", "tinyint"),
    (">= -32768", "D1", "smallint"),
    (">= -2147483648", "D2", "integer"),
    ("is not null", "D3", "bigint"),
)
"""Condition, head, and the type whose bits follow it."""


def packed_row(columns: Sequence[tuple[str, Any]], head: bytes) -> str | None:
    """`head`, and an array of the columns' values; null for a row that holds something large.

    Columns are given as they are written in SQL, with their types as the driver names them. None when one of the types
    is not made here.
    """
    parts = [packed(column, kind) for column, kind in columns]
    if None in parts:
        return None
    row = _joined([_bytes(head + _array_head(len(parts))), *(f"({part})" for part in parts)])
    sizes = [f"coalesce({_SIZES[kind.id]}({column}), 0)" for column, kind in columns if kind.id in _SIZES]
    return f"case when {' + '.join(sizes)} <= {TEXTS_OF_A_ROW} then {row} end" if sizes else row


def _joined(parts: Sequence[str]) -> str:
    """One after the other, by halves: DuckDB keeps what each || makes."""
    if len(parts) == 1:
        return parts[0]
    half = len(parts) // 2
    return f"({_joined(parts[:half])} || {_joined(parts[half:])})"


def _array_head(number: int) -> bytes:
    if number < _SHORT:
        return bytes([0x90 + number])
    return b"\xdc" + number.to_bytes(2, "big") if number < 1 << 16 else b"\xdd" + number.to_bytes(4, "big")


def packed(value: str, kind: Any, depth: int = 0) -> str | None:
    """The value as MessagePack in SQL, null when it is large; None for a type that is not made here."""
    name = kind.id
    if str(kind).lower() == "json" or name in _TEXTS:
        return _text(value if name == "varchar" else f"{value}::varchar", depth)
    if name in _INTEGERS:
        return _integer(value)
    if name in _LONG_INTEGERS:  # beyond 64 bits they are rare, and are packed elsewhere
        small = f"(case when {value} between -9223372036854775808 and 9223372036854775807 then {value} end)::bigint"
        return f"case when {value} is null then {_NULL} when {small} is not null then {_integer(small)} end"
    if name in ("double", "float"):
        return rf"coalesce('\xCB'::blob || {value}::double::bit::blob, {_NULL})"
    if name == "boolean":
        return rf"case when {value} then '\xC3'::blob when not {value} then '\xC2'::blob else {_NULL} end"
    if name == "blob":
        return _sized(value, f"octet_length({value})", value, (None, "C4", "C5"), depth)
    if name in ("timestamp", "timestamp with time zone"):
        return _moment(value)
    if name == "date":
        return _date(value)
    if name == "decimal":
        return _decimal(value, dict(kind.children)["scale"])
    return _nested(value, kind, depth)


def _nested(value: str, kind: Any, depth: int) -> str | None:
    item = f"item_{depth}"
    if kind.id == "list":
        one = packed(item, dict(kind.children)["child"], depth + 1)
        return one and _entries(value, f"len({value})", value, item, one, (0x90, "DC"))
    if kind.id == "map":
        children = dict(kind.children)
        if children["key"].id != "varchar":
            return None
        key = packed(f"{item}.key", children["key"], depth + 1)
        one = packed(f"{item}.value", children["value"], depth + 1)
        number, items = f"cardinality({value})::bigint", f"map_entries({value})"
        return one and _entries(value, number, items, item, f"({key}) || ({one})", (0x80, "DE"))
    if kind.id == "struct":
        return _struct(value, kind, depth)
    return None


def _struct(value: str, kind: Any, depth: int) -> str | None:
    if len(kind.children) >= _SHORT:
        return None
    parts = [_bytes(bytes([0x80 + len(kind.children)]))]
    for name, inner in kind.children:
        one = packed(f'{value}."{name.replace(chr(34), chr(34) * 2)}"', inner, depth)
        if one is None or len(name.encode()) >= 32:
            return None
        parts += [_bytes(bytes([0xA0 + len(name.encode())]) + name.encode()), f"({one})"]
    return f"case when {value} is null then {_NULL} else {_joined(parts)} end"


def _entries(value: str, number: str, items: str, item: str, one: str, heads: tuple[int, str]) -> str:
    short, long = heads
    head = (
        f"case when {number} < {_SHORT} then ({number} + {short})::utinyint::bit::blob"
        f" else {_bytes(bytes.fromhex(long))} || {number}::usmallint::bit::blob end"
    )
    # a null among the items, which is something large, is not left out by ||, and would be by an aggregate
    all_of_them = f"list_reduce(list_transform({items}, lambda {item}: {one}), lambda a, b: a || b, {head})"
    return (
        f"case when {value} is null then {_NULL} when {number} = 0 then {_bytes(bytes([short]))}"
        f" when {number} <= {ENTRIES} then {all_of_them} end"
    )


def _integer(value: str) -> str:
    whole = value if value.endswith("::bigint") else f"{value}::bigint"
    cases = (
        f"when {whole} {condition} then {_bytes(bytes.fromhex(head))} || {whole}::{bits}::bit::blob"
        if head
        else f"when {whole} {condition} then {whole}::{bits}::bit::blob"
        for condition, head, bits in _WHOLE
    )
    return f"case {' '.join(cases)} else {_NULL} end"


def _text(value: str, depth: int) -> str:
    return _sized(value, f"strlen({value})", f"encode({value})", (0xA0, "D9", "DA"), depth)


def _sized(value: str, size: str, content: str, heads: tuple[int | None, str, str], depth: int) -> str:
    least, byte, two = heads
    short = f"when {size} < 32 then ({size} + {least})::utinyint::bit::blob || {content} " if least else ""
    longer = f"when {size} <= {TEXT_BYTES} then '\\x{two}'::blob || {size}::usmallint::bit::blob || {content} "
    return (
        f"case when {value} is null then {_NULL} {short}when {size} <= {NESTED_TEXT_BYTES}"
        f" then '\\x{byte}'::blob || {size}::utinyint::bit::blob || {content} {'' if depth else longer}end"
    )


def _moment(value: str) -> str:
    """An extension of type 1; outside the years 1 to 9999, where the driver returns text, null."""
    return (
        f"case when {value} is null then {_NULL}"
        f" when {value} >= '0001-01-01 00:00:00+00' and {value} < '9999-12-31 00:00:00+00'"
        rf" then '\xD7\x01'::blob || epoch_us({value})::bit::blob end"
    )


def _date(value: str) -> str:
    """An extension of type 2, of the ten characters of ISO 8601."""
    return (
        f"case when {value} is null then {_NULL} when {value} between date '0001-01-01' and date '9999-12-30'"
        rf" then '\xC7\x0A\x02'::blob || encode({value}::varchar) end"
    )


def _decimal(value: str, scale: int) -> str | None:
    """An extension of type 3, of its text; Python writes smaller fractions with an exponent."""
    if scale > 6:
        return None
    text = f"{value}::varchar"
    size = f"strlen({text})"
    fixed = " ".join(
        rf"when {size} = {length} then '\x{head}\x03'::blob || encode({text})"
        for length, head in ((1, "D4"), (2, "D5"), (4, "D6"), (8, "D7"), (16, "D8"))
    )
    return (
        f"case when {value} is null then {_NULL} {fixed}"
        rf" else '\xC7'::blob || {size}::utinyint::bit::blob || '\x03'::blob || encode({text}) end"
    )


def _bytes(content: bytes) -> str:
    return "'" + "".join(f"\\x{byte:02X}" for byte in content) + "'::blob"
