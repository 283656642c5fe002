"""What `test` returns: rows of attributes, as a pandas DataFrame where pandas is installed."""

from __future__ import annotations

import html
import importlib.util
from collections.abc import Iterator, Mapping, Sequence
from typing import Any


class Rows(Sequence[Mapping[str, Any]]):
    """Rows by column, for where pandas is not installed: a sequence of mappings, shown as a table.

    `columns` are their names, in order. `pandas.DataFrame(rows)` makes a DataFrame of it elsewhere.
    """

    def __init__(self, columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> None:
        self.columns = tuple(columns)
        self._rows = tuple(rows)

    def __getitem__(self, place: Any) -> Any:
        return Rows(self.columns, self._rows[place]) if isinstance(place, slice) else self._rows[place]

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[Mapping[str, Any]]:
        return iter(self._rows)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Rows):
            return NotImplemented
        return (self.columns, self._rows) == (other.columns, other._rows)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        cells = [list(self.columns), *([_shown(row.get(name)) for name in self.columns] for row in self._rows)]
        widths = [max(len(line[place]) for line in cells) for place in range(len(self.columns))]
        lines = ("  ".join(map(str.ljust, line, widths)).rstrip() for line in cells)
        return "\n".join(lines) if self._rows else f"no rows of {', '.join(self.columns)}"

    def to_dataframe(self) -> Any:
        """The rows as a pandas DataFrame; as they are where pandas is not installed."""
        return table(self.columns, self._rows)

    def _repr_html_(self) -> str:
        """The table that a notebook shows."""
        head = "".join(f"<th>{html.escape(name)}</th>" for name in self.columns)
        body = "".join(
            f"<tr>{''.join(f'<td>{html.escape(_shown(row.get(name)))}</td>' for name in self.columns)}</tr>"
            for row in self._rows
        )
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def table(columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> Any:
    """The rows as a pandas DataFrame; as `Rows` where pandas is not installed."""
    if importlib.util.find_spec("pandas") is None:
        return Rows(columns, rows)
    import pandas

    return pandas.DataFrame([[row.get(name) for name in columns] for row in rows], columns=list(columns))


def _shown(value: Any) -> str:
    return "" if value is None else str(value)
