"""Staged events into the table of a DuckDB file, in one transaction."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from snowplow_signals.errors import UsageError
from snowplow_signals.events.loading import loaded_files, numbers, shapes
from snowplow_signals.events.loading.casting import cast_sql
from snowplow_signals.events.loading.schema import ATOMIC_NUMBERS, ATOMIC_TYPES, quoted
from snowplow_signals.events.loading.shapes import Shape
from snowplow_signals.events.loading.sources import EventFile
from snowplow_signals.events.loading.staging import LOADED_AT, ParquetFiles, Staged
from snowplow_signals.events.loading.targets import attach, one_file, text
from snowplow_signals.events.loading.widening import Held, widened

if TYPE_CHECKING:
    import duckdb


def take(staged: Staged, into: Path, files: Sequence[tuple[EventFile, str]]) -> int:
    """Widen the table, insert everything and remember the files; returns the number of rows."""
    import duckdb

    into.parent.mkdir(parents=True, exist_ok=True)
    is_new = not into.exists()
    connection = duckdb.connect()
    try:
        connection.execute("SET TimeZone = 'UTC'")
        attach(connection, into)
        connection.execute("BEGIN")
        relation, columns = widened(connection, staged.shapes, staged.numbers, list(_held(staged)))
        rows = 0
        for what, query in _queries(staged, columns):
            rows += _insert(connection, f"INSERT INTO {relation} BY NAME {query}", into, what)
        loaded_files.remember(connection, files, staged.loaded_at)
        connection.execute("COMMIT")
    except BaseException as error:
        connection.close()
        if is_new:
            into.unlink(missing_ok=True)
            into.with_name(f"{into.name}.wal").unlink(missing_ok=True)
        if isinstance(error, duckdb.Error):
            raise _refusal(into, "these events", error) from error
        raise
    connection.close()
    return rows


def _insert(connection: "duckdb.DuckDBPyConnection", statement: str, into: Path, what: str) -> int:
    import duckdb

    try:
        counted = connection.execute(statement).fetchone()
    except duckdb.Error as error:
        raise _refusal(into, what, error) from error
    return counted[0] if counted else 0


def _refusal(into: Path, what: str, error: Exception) -> UsageError:
    return UsageError(f"{into} cannot take {what}: {' '.join(str(error).split())}")


def _held(staged: Staged) -> Iterator[Held]:
    """Columns that files of Parquet hold and that the table may have to be widened for."""
    for described, paths in staged.parquet_files.items():
        yield Held(described.source(paths), dict(_widening(_own(described))))


def _widening(own: Mapping[str, Shape]) -> Iterator[tuple[str, Shape]]:
    """All but the atomic columns, whose types do not change; of those only numbers, which must not lose digits."""
    for name, shape in own.items():
        if name.lower() in ATOMIC_NUMBERS:
            if isinstance(shape, str) and numbers.is_number(shape):
                yield name, shape
        elif name.lower() not in ATOMIC_TYPES:
            yield name, shape


def _own(described: ParquetFiles) -> dict[str, Shape]:
    import duckdb

    return {name: shapes.shape_of_type(duckdb.sqltype(kind)) for name, kind in described.types}


def _queries(staged: Staged, columns: dict[str, Shape]) -> Iterator[tuple[str, str]]:
    """A SELECT for each set of staged files, with the columns as the table has them, and what to call it."""
    types = dict(ATOMIC_TYPES)
    for name in (*staged.shapes, *staged.numbers):
        if (made := shapes.sql_type(columns.get(name))) is not None:
            types[name] = made
    described = ", ".join(f"{text(name)}: {text(kind)}" for name, kind in types.items())
    # Four bytes a character is the most that UTF-8 takes; the reader wants to know before.
    size = max(16_777_216, 4 * staged.longest)
    for path in staged.json_files:
        yield (
            "these events",
            f"SELECT * FROM read_json({one_file(path)}, format = 'newline_delimited', columns = {{{described}}}, "
            f"maximum_object_size = {size})",
        )
    for files, paths in staged.parquet_files.items():
        chosen = ", ".join(_from_parquet(files, columns, staged))
        more = f" and {len(paths) - 1} more" if len(paths) > 1 else ""
        yield f"the events of {paths[0]}{more}", f"SELECT {chosen} FROM {files.source(paths)}"


def _from_parquet(files: ParquetFiles, columns: dict[str, Shape], staged: Staged) -> Iterator[str]:
    own = _own(files)
    for name in own:
        target = name.lower()
        taken = cast_sql(quoted(name), own[name], columns[target])
        if target == LOADED_AT:
            taken = f"coalesce({taken}, TIMESTAMP {text(staged.loaded_at)})"
        yield f"{taken} AS {quoted(target)}"
    for name, value in files.partition:
        given = "NULL" if value is None else text(value)
        taken = f"CAST({given} AS {shapes.sql_type(columns[name])})"
        if name == LOADED_AT:
            taken = f"coalesce({taken}, TIMESTAMP {text(staged.loaded_at)})"
        yield f"{taken} AS {quoted(name)}"
    if not any(name.lower() == LOADED_AT for name in (*own, *dict(files.partition))):
        yield f"TIMESTAMP {text(staged.loaded_at)} AS {LOADED_AT}"
