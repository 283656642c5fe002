"""Values as bytes and back, each exactly as it was.

A profile is the digest of its attributes' names, and its values as MessagePack, in their order. The names themselves
are kept once per store: they would be half of a profile. What MessagePack has no type for (times, decimals) is an
extension of ours.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from hashlib import blake2b
from typing import Any
from uuid import UUID

import msgpack  # type: ignore[import-untyped]  # it has no types

DIGEST_BYTES = 8
_EPOCH = datetime(1970, 1, 1)
_MICROSECOND = timedelta(microseconds=1)
_TIME, _DATE, _DECIMAL, _INTEGER = range(1, 5)
_new = tuple.__new__
_LONG = struct.Struct(">q")


def microseconds(moment: datetime) -> int:
    """Microseconds since 1970; a moment without a zone is UTC."""
    if moment.tzinfo:
        moment = moment.astimezone(UTC).replace(tzinfo=None)
    since = moment - _EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def moment(number: int) -> datetime:
    """The moment, without a zone, that `microseconds` returned."""
    return _EPOCH + number * _MICROSECOND


def erasure_digest(identifier: str) -> bytes:
    """The digest of an erased identifier: it recognises the identifier, and cannot be read back."""
    return blake2b(identifier.encode("utf-8", "surrogatepass"), digest_size=16, person=b"signals.erased").digest()


def layout_digest(names: Sequence[str]) -> bytes:
    """The digest of the names of a profile's attributes."""
    return blake2b(json.dumps(list(names)).encode(), digest_size=DIGEST_BYTES, person=b"signals.layout").digest()


def encoder() -> Callable[[Sequence[Any]], bytes]:
    """A function from values to bytes, for one thread. It raises TypeError for a kind of value no attribute has."""
    pack: Callable[[Sequence[Any]], bytes] = msgpack.Packer(default=_extension).pack
    return pack


def encoded(values: Sequence[Any]) -> bytes:
    """The values as bytes. Raises TypeError for a value of a kind that no attribute has."""
    return encoder()(list(values))


def decoded(content: bytes) -> list[Any]:
    """The values that `encoded` wrote."""
    values: list[Any] = msgpack.unpackb(content, ext_hook=_value, strict_map_key=False, timestamp=0)
    return values


def _extension(value: Any) -> msgpack.ExtType | str:
    if isinstance(value, datetime):
        # as ExtType(...) would, without its checks, which take most of the time that writing a profile takes
        return _new(msgpack.ExtType, (_TIME, _LONG.pack(microseconds(value))))
    if isinstance(value, date):
        return msgpack.ExtType(_DATE, value.isoformat().encode())
    if isinstance(value, Decimal):
        return msgpack.ExtType(_DECIMAL, str(value).encode())
    if isinstance(value, int):  # beyond 64 bits
        return msgpack.ExtType(_INTEGER, str(value).encode())
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return duration_text(value)
    raise TypeError(f"{type(value).__name__} is not a kind of value that an attribute has")


def duration_text(duration: timedelta) -> str:
    """ISO 8601 in days, hours, minutes and seconds: `P1DT2H`, `-PT0.5S`."""
    sign, rest = ("-", -duration) if duration < timedelta(0) else ("", duration)
    minutes, seconds = divmod(rest.seconds, 60)
    hours, minutes = divmod(minutes, 60)
    fraction = f".{rest.microseconds:06}".rstrip("0") if rest.microseconds else ""
    parts = [f"{number}{unit}" for number, unit in ((hours, "H"), (minutes, "M")) if number]
    parts += [f"{seconds}{fraction}S"] if seconds or fraction else []
    days = f"{rest.days}D" if rest.days else ""
    clock = f"T{''.join(parts)}" if parts else ""
    return f"{sign}P{days}{clock}" if days or clock else "PT0S"


def _value(code: int, content: bytes) -> Any:
    if code == _TIME:
        return moment(_LONG.unpack(content)[0])
    return _READERS[code](content.decode())


_READERS: Mapping[int, Callable[[str], Any]] = {_DATE: date.fromisoformat, _DECIMAL: Decimal, _INTEGER: int}
