"""Rows on their way, in a file of JSON lines: their number does not matter, and the types of columns are known at the
end."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any

from snowplow_signals.dialects.base import Dialect

Kind = str
"""What a column of rows from outside holds: text, integer, number, boolean, time or date."""


class Spool:
    """Takes rows, a list of cells each, until its `file` is closed. A kind of None is that of the values."""

    def __init__(self, path: Path, kinds: Sequence[Kind | None]) -> None:
        self.path = path
        self.file = path.open("w", encoding="utf-8")
        self.names = [f"c{place}" for place in range(len(kinds))]
        """The keys of the lines."""
        self._kinds = list(kinds)
        self._open = [place for place, kind in enumerate(kinds) if kind is None]
        self._dump = json.JSONEncoder(ensure_ascii=False, default=_text_of).encode

    @property
    def kinds(self) -> list[Kind]:
        return [kind or "text" for kind in self._kinds]

    def write(self, row: Sequence[Any]) -> None:
        for place in self._open:
            if (cell := row[place]) is not None:
                self._kinds[place] = _wider(self._kinds[place], _kind_of(cell))
        self.file.write(self._dump(dict(zip(self.names, map(_finite, row), strict=True))) + "\n")

    def batches(self, rows: int, size: int) -> Iterator[list[list[str | None]]]:
        """The rows again, as texts: at most so many at a time, and so many characters."""
        with self.path.open(encoding="utf-8") as opened:
            while lines := list(islice(opened, rows)):
                batch: list[list[str | None]] = []
                held = 0
                for line in lines:
                    if batch and held + len(line) > size:
                        yield batch
                        batch, held = [], 0
                    batch.append([None if cell is None else _text(cell) for cell in json.loads(line).values()])
                    held += len(line)
                yield batch


def type_of(kind: Kind, dialect: Dialect) -> str:
    """The engine's type for a kind."""
    if kind == "date":
        return "date"
    if kind == "integer":
        return dialect.column_type("int64")
    return dialect.kind_type(kind)


def _kind_of(cell: Any) -> Kind:
    match cell:
        case bool():
            return "boolean"
        case int():
            return "integer" if -(2**63) <= cell < 2**63 else "number"
        case float() | Decimal():
            return "number"
        case datetime():
            return "time"
        case date():
            return "date"
    return "text"


def _wider(one: Kind | None, other: Kind) -> Kind:
    if one is None or one == other:
        return other
    return "number" if {one, other} == {"integer", "number"} else "text"


def _finite(cell: Any) -> Any:
    """JSON has no other numbers."""
    if isinstance(cell, float) and not math.isfinite(cell):
        return str(cell)
    return list(map(_finite, cell)) if isinstance(cell, list | tuple) else cell


def _text_of(cell: Any) -> str:
    return cell.isoformat(" ", "microseconds") if isinstance(cell, datetime) else str(cell)


def _text(cell: Any) -> str:
    if isinstance(cell, bool):
        return "true" if cell else "false"
    return cell if isinstance(cell, str) else json.dumps(cell, ensure_ascii=False)
