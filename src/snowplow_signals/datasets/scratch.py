"""Tables that are there while a training set is built."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlglot import exp

from snowplow_signals.datasets.spool import Kind, Spool, type_of
from snowplow_signals.deployment.deployed import Deployed
from snowplow_signals.dialects.base import Dialect
from snowplow_signals.errors import SignalsError
from snowplow_signals.project.models.layout import comma_lines, fill, jinja_safe, without_jinja

PREFIX = "signals_dataset_"
ROWS_PER_STATEMENT, BYTES_PER_STATEMENT = 5_000, 500_000
"""What an insert of literals holds: BigQuery takes a megabyte of SQL, Snowflake 16,384 rows of values
(https://cloud.google.com/bigquery/quotas#query_jobs, https://docs.snowflake.com/en/sql-reference/constructs/values)."""


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
            spool = Spool(Path(folder) / "rows.json", kinds)
            with spool.file:
                for row in rows:
                    spool.write(row)
            types = {name: type_of(kind, self._dialect) for name, kind in zip(spool.names, spool.kinds, strict=True)}
            query = self._dialect.rows_of_file(spool.path, types)
            if query is not None:
                return self.create(name, without_jinja(renamed(query, spool.names, columns)))
            return self._load_literals(name, spool, types, columns)

    def _load_literals(self, name: str, spool: Spool, types: Mapping[str, str], columns: Sequence[str]) -> str:
        table: str | None = None
        cells = [f"cast({cell} as {kind})" for cell, kind in types.items()]
        for batch in spool.batches(ROWS_PER_STATEMENT, BYTES_PER_STATEMENT):
            query = without_jinja(renamed(self._literals(batch, list(types)), cells, columns))
            if table is None:
                table = self.create(name, query)
            else:
                self.add(table, query, [without_jinja(name) for name in columns])
        if table is None:
            nothing = self._literals([[None] * len(types)], list(types))
            query = without_jinja(renamed(nothing, cells, columns))
            table = self.create(name, f"{query}\nwhere 1 = 0")
        return table

    def _literals(self, rows: Iterable[Sequence[str | None]], names: Sequence[str]) -> str:
        dialect = self._dialect
        nothing = f"cast(null as {dialect.kind_type('text')})"

        def cell(text: str | None) -> str:
            return nothing if text is None else jinja_safe(dialect.sql(dialect.literal(text)))

        return dialect.inline_rows(names, [[cell(text) for text in row] for row in rows])


def quoted(name: str, dialect: Dialect) -> str:
    """A column by the very name that it has; `without_jinja` makes SQL of it, once it is where it is to be."""
    return jinja_safe(dialect.sql(exp.to_identifier(name, quoted=True)))


def renamed(rows: str, cells: Sequence[str], columns: Sequence[str]) -> str:
    """A query of expressions over the rows of another, as these columns."""
    named = [f"{cell} as {name}" for cell, name in zip(cells, columns, strict=True)]
    return fill(NAMED, columns=comma_lines(named), rows=rows)


NAMED = """\
select
    $columns
from (
    $rows
) as found"""
