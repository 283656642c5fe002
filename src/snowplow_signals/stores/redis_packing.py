"""Commands of Redis' protocol, packed by hiredis."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import hiredis

packed: Callable[[tuple[Any, ...]], bytes] = hiredis.pack_command  # its types know one argument only
"""A command, of its name and arguments, as it is sent."""


class Packer:
    """What redis-py packs by. Its own looks at every argument first, in Python, which takes longer than packing it."""

    def pack(self, name: str | bytes, *arguments: Any) -> list[bytes]:
        """As redis-py's own: the name of a command may be two words."""
        return [packed((*name.split(), *arguments))]
