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
FEW = 4
"""Lists and maps of so few scalars are written entry by entry: it takes two thirds of the time."""
_SHORT = 16
"""A list or a map of fewer entries has a head of one byte."""
_NULL = r"'\xC0'::blob"
_INTEGERS = ("tinyint", "smallint", "integer", "bigint", "utinyint", "usmallint", "uinteger")
_LINE_END = b"\r\n"
BULK = r"encode(concat('$', strlen(key), e'\r\n', key, e'\r\n$', octet_length(packed) - 2, e'\r\n')) || packed"
"""The column `key`, and what `bulk_row` made of the same row, as bulk strings: https://redis.io/docs/latest/develop/reference/protocol-spec/"""
_LONG_INTEGERS = ("hugeint", "ubigint")
_NESTED = ("list", "map", "struct", "array")
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
    return _row(columns, [_bytes(head + _array_head(len(columns)))], [])


def bulk_row(columns: Sequence[tuple[str, Any]], head: bytes, start: bytes) -> str | None:
    """The same, after `start` and the time of the column `moment`, and before the line end of a bulk string: `BULK`."""
    first = [_bytes(start), "epoch_us(moment)::bit::blob", _bytes(head + _array_head(len(columns)))]
    return _row(columns, first, [_bytes(_LINE_END)])


def _row(columns: Sequence[tuple[str, Any]], first: list[str], last: list[str]) -> str | None:
    parts = [packed(column, kind) for column, kind in columns]
    if None in parts:
        return None
    row = _joined([*first, *(f"({part})" for part in parts), *last])
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
        child = dict(kind.children)["child"]
        one = packed(item, child, depth + 1)
        if depth or child.id in _NESTED:
            return one and _entries(value, f"len({value})", value, item, one, (0x90, "DC"))
        few = [packed(f"{value}[{place}]", child, depth + 1) for place in range(1, FEW + 1)]
        return one and _entries(value, f"len({value})", value, item, one, (0x90, "DC"), few)
    if kind.id == "map":
        children = dict(kind.children)
        if children["key"].id != "varchar":
            return None
        key = packed(f"{item}.key", children["key"], depth + 1)
        one = packed(f"{item}.value", children["value"], depth + 1)
        number, items = f"cardinality({value})::bigint", f"map_entries({value})"
        if one is None:
            return None
        few = []
        if not depth and children["value"].id not in _NESTED:
            few = [
                f"({packed(f'map_keys({value})[{place}]', children['key'], depth + 1)})"
                f" || ({packed(f'map_values({value})[{place}]', children['value'], depth + 1)})"
                for place in range(1, FEW + 1)
            ]
        return _entries(value, number, items, item, f"({key}) || ({one})", (0x80, "DE"), few)
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


def _entries(
    value: str,
    number: str,
    items: str,
    item: str,
    one: str,
    heads: tuple[int, str],
    few: Sequence[str | None] = (),
) -> str:
    """A list or a map. `few`: its first entries, which are written one by one where there are no others, if given."""
    short, long = heads
    head = (
        f"case when {number} < {_SHORT} then ({number} + {short})::utinyint::bit::blob"
        f" else {_bytes(bytes.fromhex(long))} || {number}::usmallint::bit::blob end"
    )
    # a null among the items, which is something large, is not left out by ||, and would be by an aggregate
    all_of_them = f"list_reduce(list_transform({items}, lambda {item}: {one}), lambda a, b: a || b, {head})"
    return (
        f"case when {value} is null then {_NULL} when {number} = 0 then {_bytes(bytes([short]))}"
        f"{_one_by_one(number, short, few)} when {number} <= {ENTRIES} then {all_of_them} end"
    )


def _one_by_one(number: str, short: int, few: Sequence[str | None]) -> str:
    if not few:
        return ""
    later = [f"case when {number} > {place} then {one} else ''::blob end" for place, one in enumerate(few) if place]
    parts = [_byte(number, short, len(few) + 1), f"({few[0]})", *later]
    return f" when {number} <= {len(few)} then {_joined(parts)}"


def _byte(number: str, least: int, how_many: int) -> str:
    """One byte, `least` and a number that is less than `how_many`; finding it takes a third of making it."""
    return f"[{', '.join(_bytes(bytes([least + one])) for one in range(how_many))}][{number} + 1]"


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
    short = f"when {size} < 32 then {_byte(size, least, 32)} || {content} " if least else ""
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
