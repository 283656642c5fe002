"""Tables that are there while a training set is built."""

from __future__ import annotations

import json
import math
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import date, datetime
from decimal import Decimal
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlglot import exp

from snowplow_signals.deployment.deployed import Deployed
from snowplow_signals.dialects.base import Dialect
from snowplow_signals.errors import SignalsError
from snowplow_signals.project.models.layout import comma_lines, fill, jinja_safe, without_jinja

PREFIX = "signals_dataset_"
ROWS_PER_STATEMENT, BYTES_PER_STATEMENT = 5_000, 500_000
"""What an insert of literals holds: BigQuery takes a megabyte of SQL, Snowflake 16,384 rows of values
(https://cloud.google.com/bigquery/quotas#query_jobs, https://docs.snowflake.com/en/sql-reference/constructs/values)."""

Kind = str
"""What a column of rows from outside holds: text, integer, number, boolean, time or date."""


class Scratch:
    """Tables of one training set: in a database of this process where the engine has such, else beside the project's
    own in its scratch schema, under names that nothing else has."""

    def __init__(self, deployed: Deployed) -> None:
        self._warehouse, self._dialect = deployed.warehouse, deployed.dialect
        self._name = f"{PREFIX}{uuid.uuid4().hex[:12]}"
        self._place = deployed.scratch
        self._created: list[str] = []

    @classmethod
    @contextmanager
    def opened(cls, deployed: Deployed) -> Iterator[Scratch]:
        """Its tables are dropped at the end, whatever happens."""
        scratch = cls(deployed)
        database = scratch._dialect.scratch_database(scratch._name)
        if database is not None:
            scratch._warehouse.execute(database[0])
        try:
            yield scratch
        finally:
            ends = [f"drop table {table}" for table in scratch._created] if database is None else [database[1]]
            for statement in ends:
                with suppress(SignalsError):
                    scratch._warehouse.execute(statement)

    @property
    def is_here(self) -> bool:
        """Whether the engine works in this process, with its memory."""
        return self._dialect.scratch_database(self._name) is not None

    def add(self, table: str, query: str, columns: Sequence[str]) -> None:
        """Add the rows of a query, which has these columns, to one of its tables."""
        self._warehouse.execute(f"insert into {table} ({', '.join(columns)})\n{query}")

    def create(self, name: str, query: str) -> str:
        """A table with the rows of a query; returns what it is called in queries."""
        if self.is_here:
            table = f"{self._name}.{name}"
        else:
            assert self._place is not None  # a project was opened
            table = self._warehouse.name_of(*self._place, f"{self._name}_{name}")
        self._warehouse.execute(self._dialect.create_scratch(table, query))
        self._created.append(table)
        return table

    def load(
        self, name: str, columns: Sequence[str], rows: Iterable[Sequence[Any]], kinds: Sequence[Kind | None]
    ) -> str:
        """A table with rows of this process. `columns` are quoted where they must be; a kind of None is that of the
        values. Raises what `rows` raises, before there is a table."""
        with TemporaryDirectory(prefix="signals-dataset-") as folder:
            spool = _Spool(Path(folder) / "rows.json", kinds)
            spool.write(rows)
            types = {f"c{place}": _type_of(kind, self._dialect) for place, kind in enumerate(spool.kinds)}
            named = comma_lines([f"c{place} as {name}" for place, name in enumerate(columns)])
            query = self._dialect.rows_of_file(spool.file, types)
            if query is not None:
                return self.create(name, without_jinja(fill(NAMED, columns=named, rows=query)))
            return self._load_literals(name, spool, types, columns)

    def _load_literals(self, name: str, spool: _Spool, types: Mapping[str, str], columns: Sequence[str]) -> str:
        table: str | None = None
        cast = comma_lines(
            [f"cast({cell} as {kind}) as {name}" for (cell, kind), name in zip(types.items(), columns, strict=True)]
        )
        for batch in spool.batches():
            query = without_jinja(fill(NAMED, columns=cast, rows=self._literals(batch, list(types))))
            if table is None:
                table = self.create(name, query)
            else:
                self.add(table, query, [without_jinja(name) for name in columns])
        if table is None:
            nothing = self._literals([[None] * len(types)], list(types))
            query = without_jinja(fill(NAMED, columns=cast, rows=nothing))
            table = self.create(name, f"{query}\nwhere 1 = 0")
        return table

    def _literals(self, rows: Iterable[Sequence[str | None]], names: Sequence[str]) -> str:
        dialect = self._dialect
        nothing = f"cast(null as {dialect.kind_type('text')})"

        def cell(text: str | None) -> str:
            return nothing if text is None else jinja_safe(dialect.sql(dialect.literal(text)))

        return dialect.inline_rows(names, [[cell(text) for text in row] for row in rows])


class _Spool:
    """Rows in a file of JSON lines: their number does not matter, and the types of columns are known at the end."""

    def __init__(self, file: Path, kinds: Sequence[Kind | None]) -> None:
        self.file = file
        self._kinds = list(kinds)
        self._open = [place for place, kind in enumerate(kinds) if kind is None]

    @property
    def kinds(self) -> list[Kind]:
        return [kind or "text" for kind in self._kinds]

    def write(self, rows: Iterable[Sequence[Any]]) -> None:
        dump = json.JSONEncoder(ensure_ascii=False, default=_plain).encode
        names = [f"c{place}" for place in range(len(self._kinds))]
        with self.file.open("w", encoding="utf-8") as opened:
            for row in rows:
                cells = dict(zip(names, row, strict=True))
                for place in self._open:
                    if (cell := row[place]) is not None:
                        self._kinds[place] = _wider(self._kinds[place], _kind_of(cell))
                        if isinstance(cell, float) and not math.isfinite(cell):
                            cells[names[place]] = str(cell)
                opened.write(dump(cells) + "\n")

    def batches(self) -> Iterator[list[list[str | None]]]:
        """The rows again, as texts, so many at a time as a statement takes."""
        with self.file.open(encoding="utf-8") as opened:
            while lines := list(islice(opened, ROWS_PER_STATEMENT)):
                batch: list[list[str | None]] = []
                held = 0
                for line in lines:
                    if batch and held + len(line) > BYTES_PER_STATEMENT:
                        yield batch
                        batch, held = [], 0
                    batch.append([None if cell is None else _text(cell) for cell in json.loads(line).values()])
                    held += len(line)
                yield batch


def _type_of(kind: Kind, dialect: Dialect) -> str:
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


def _plain(cell: Any) -> str:
    if isinstance(cell, datetime):
        return cell.isoformat(" ", "microseconds")
    return str(cell)


def _text(cell: Any) -> str:
    if isinstance(cell, bool):
        return "true" if cell else "false"
    return cell if isinstance(cell, str) else json.dumps(cell, ensure_ascii=False)


def quoted(name: str, dialect: Dialect) -> str:
    """A column by the very name that it has; `without_jinja` makes SQL of it, once it is where it is to be."""
    return jinja_safe(dialect.sql(exp.to_identifier(name, quoted=True)))


NAMED = """\
select
    $columns
from (
    $rows
) as found"""
