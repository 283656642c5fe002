"""Where generated events go: a table in a DuckDB file, or a folder of Parquet files, one per load date."""

import os
import re
import shutil
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from snowplow_signals.errors import UsageError
from snowplow_signals.events.loading import rows, schema
from snowplow_signals.events.synthetic.scenario import Scenario

if TYPE_CHECKING:
    import duckdb

Progress = Callable[[str, int, int], None]

_LAKE = "lake"
RELATION = f"{_LAKE}.{schema.SCHEMA_NAME}.{schema.TABLE_NAME}"
# Rows made by one statement: enough to be quick, few enough to be held in memory at full width.
_ROWS_PER_SLICE = 1_000_000
_DAY_MS = 86_400_000
_PARTITION = "load_date="


def attach(connection: "duckdb.DuckDBPyConnection", path: Path, alias: str = _LAKE) -> None:
    """Attach the DuckDB file at `path`, made when it is missing. Raises UsageError when it cannot be opened."""
    import duckdb

    if re.search(r"[?\\]", str(path)) and os.sep != "\\":
        raise UsageError(f"{path}: DuckDB cannot use a path with a '?' or '\\' in it; choose another place")
    try:
        connection.execute(f"ATTACH {text(path.absolute())} AS {alias}")
    except (duckdb.IOException, duckdb.CatalogException, duckdb.BinderException) as error:
        raise UsageError(f"{path} cannot be opened as a DuckDB file: {_first_line(error)}") from error


def text(value: object) -> str:
    """An SQL text literal, for the statements that take no parameters."""
    return "'" + str(value).replace("'", "''") + "'"


def one_file(path: Path) -> str:
    """A path as an SQL literal for DuckDB's readers of files, which take `*`, `?` and `[` in it for a pattern."""
    return text(re.sub(r"[*?\[]", r"[\g<0>]", str(path)))


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]


class Table:
    """`atomic.events` in a DuckDB file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def loads(self) -> tuple[date | None, date | None]:
        """The dates of the oldest and the newest load that is there; none without a table or without rows."""
        import duckdb

        if not self.path.exists():
            return None, None
        with duckdb.connect() as connection:
            attach(connection, self.path)
            if not existing_columns(connection):
                return None, None
            return connection.execute(
                f"SELECT min(load_tstamp)::DATE, max(load_tstamp)::DATE FROM {RELATION}"
            ).fetchone() or (None, None)

    def write(self, connection: "duckdb.DuckDBPyConnection", scenario: Scenario, report: Progress) -> int:
        """Write the scenario's arrivals in one transaction; returns the number of rows."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        is_new = not self.path.exists()
        attach(connection, self.path)
        try:
            connection.execute("BEGIN")
            written = self._insert(connection, scenario, report)
            connection.execute("COMMIT")
        except BaseException:
            connection.close()
            if is_new:
                self.path.unlink(missing_ok=True)
                self.path.with_name(self.path.name + ".wal").unlink(missing_ok=True)
            raise
        connection.execute(f"DETACH {_LAKE}")
        return written

    def _insert(self, connection: "duckdb.DuckDBPyConnection", scenario: Scenario, report: Progress) -> int:
        present = existing_columns(connection)
        if not present:
            connection.execute(f"CREATE SCHEMA IF NOT EXISTS {_LAKE}.{schema.SCHEMA_NAME}")
            connection.execute(schema.table_sql(RELATION, schema.COLUMN_TYPES))
        chosen = list(rows.columns())
        lacking = [name for name in chosen if present and name not in present]
        if lacking:
            raise UsageError(f"{self.path}: atomic.events has no column {lacking[0]!r}; generate into another file.")
        written = 0
        slices = list(_slices(connection, scenario))
        for number, (first, end) in enumerate(slices):
            report("events", number, len(slices))
            connection.execute(rows.in_order(_ms(first), _ms(end)))
            counted = connection.execute(f"INSERT INTO {RELATION} BY NAME {rows.select(chosen)}").fetchone()
            written += counted[0] if counted else 0
        report("events", len(slices), len(slices))
        return written


class Folder:
    """Parquet files `load_date=<date>/part-0.parquet`, hive-style, in the lake layout."""

    def __init__(self, path: Path) -> None:
        if path.exists() and not path.is_dir():
            raise UsageError(f"{path} is a file. Name a folder, or a file that ends in .duckdb.")
        self.path = path

    def loads(self) -> tuple[date | None, date | None]:
        """The dates of the oldest and the newest load that is there; none when there is no such file."""
        found = sorted(folder.name.removeprefix(_PARTITION) for folder in self.path.glob(f"{_PARTITION}*"))
        return (date.fromisoformat(found[0]), date.fromisoformat(found[-1])) if found else (None, None)

    def write(self, connection: "duckdb.DuckDBPyConnection", scenario: Scenario, report: Progress) -> int:
        """Write the scenario's arrivals beside `path`'s files first, and move them there when all are written."""
        is_new = not self.path.exists()
        unfinished = self.path / ".unfinished"
        unfinished.mkdir(parents=True)
        try:
            written = self._copy(connection, scenario, report, unfinished)
            for folder in sorted(unfinished.iterdir()):
                folder.rename(self.path / folder.name)
        finally:
            shutil.rmtree(unfinished)
            if is_new and not any(self.path.iterdir()):
                self.path.rmdir()
        return written

    def _copy(self, connection: "duckdb.DuckDBPyConnection", scenario: Scenario, report: Progress, into: Path) -> int:
        chosen = list(rows.columns())
        written = 0
        slices = list(_slices(connection, scenario))
        for number, (first, end) in enumerate(slices):
            report("events", number, len(slices))
            connection.execute(schema.table_sql("slice", schema.COLUMN_TYPES, temporary=True))
            connection.execute(rows.in_order(_ms(first), _ms(end)))
            connection.execute(f"INSERT INTO slice BY NAME {rows.select(chosen)}")
            for offset in range((end - first).days):
                day = first + timedelta(days=offset)
                folder = into / f"{_PARTITION}{day}"
                folder.mkdir()
                counted = connection.execute(
                    f"COPY (SELECT * FROM slice WHERE load_tstamp::DATE = DATE '{day}') "
                    f"TO {text(folder / 'part-0.parquet')} (FORMAT parquet, COMPRESSION zstd)"
                ).fetchone()
                written += counted[0] if counted else 0
            connection.execute("DROP TABLE slice")
        report("events", len(slices), len(slices))
        return written


def existing_columns(connection: "duckdb.DuckDBPyConnection", database: str = _LAKE) -> dict[str, str]:
    """Column name to DuckDB type of the attached database's `atomic.events`; empty when there is no such table."""
    found = connection.execute(
        "SELECT column_name, data_type FROM duckdb_columns() "
        "WHERE database_name = ? AND schema_name = ? AND table_name = ? ORDER BY column_index",
        [database, schema.SCHEMA_NAME, schema.TABLE_NAME],
    ).fetchall()
    return dict(found)


def _ms(day: date) -> int:
    return (day - date(1970, 1, 1)).days * _DAY_MS


def _slices(connection: "duckdb.DuckDBPyConnection", scenario: Scenario) -> Iterator[tuple[date, date]]:
    """Ranges of load dates that cover those asked for, each of about as many rows as one statement makes."""
    counts = dict(
        connection.execute("SELECT loaded_ms // ? AS day, count(*) FROM arrivals GROUP BY day", [_DAY_MS]).fetchall()
    )
    first, held = scenario.first_load, 0
    day = first
    while day < scenario.end:
        here = counts.get(_ms(day) // _DAY_MS, 0)
        if held and held + here > _ROWS_PER_SLICE:
            yield first, day
            first, held = day, 0
        held += here
        day += timedelta(days=1)
    yield first, scenario.end
