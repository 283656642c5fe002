"""Commands of Redis' protocol, packed by hiredis, or of parts that are packed already."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import hiredis

packed: Callable[[tuple[Any, ...]], bytes] = hiredis.pack_command  # its types know one argument only
"""A command, of its name and arguments, as it is sent."""

LINE_END = b"\r\n"


class BulkStrings:
    """Pairs of arguments that are packed already, after the key of a command."""

    def __init__(self, key: str, pairs: Sequence[bytes]) -> None:
        self._key = key
        self._pairs = pairs

    def __str__(self) -> str:
        return f"{self._key} and {len(self._pairs):,} pairs"  # in the driver's errors

    def after(self, name: str) -> bytes:
        """The command of this name."""
        arguments = (bulk_string(name.encode()), bulk_string(self._key.encode()), *self._pairs)
        return b"".join((b"*%d\r\n" % (2 + 2 * len(self._pairs)), *arguments))


def bulk_string(content: bytes) -> bytes:
    """An argument as it is sent."""
    return b"$%d\r\n%b\r\n" % (len(content), content)


def contents(pair: bytes) -> tuple[bytes, bytes]:
    """What two bulk strings hold."""
    end = pair.index(LINE_END)
    second = end + len(LINE_END) + int(pair[1:end]) + len(LINE_END)
    return pair[end + 2 : second - 2], pair[pair.index(LINE_END, second) + 2 : -2]


class Packer:
    """What redis-py packs by. Its own looks at every argument first, in Python, which takes longer than packing it."""

    def pack(self, name: str | bytes, *arguments: Any) -> list[bytes]:
        """As redis-py's own: the name of a command may be two words."""
        if arguments and isinstance(arguments[0], BulkStrings):
            return [arguments[0].after(str(name))]
        return [packed((*name.split(), *arguments))]
