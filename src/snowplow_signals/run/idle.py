"""Two queries, sent before dbt is started, that find out whether there is anything to do; if not, the run ends.

A run that finishes leaves a file in the project's `target` folder, with its inputs and the queries that find out
whether anything is new. As long as the project, its profile, its variables, the columns of the events table and the
tables are as that run left them, the answer is exact. Otherwise the run proceeds as usual, and finds out by itself.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from snowplow_signals.distribution import VERSION
from snowplow_signals.errors import SignalsError
from snowplow_signals.project.packages import PROFILES_FILE, root_of

if TYPE_CHECKING:
    from snowplow_signals.deployment.dbt import Invocation
    from snowplow_signals.dialects.base import Dialect
    from snowplow_signals.warehouse.connection import Warehouse

FORMAT = 5
SINCE, NOW = "<since>", "<now>"
"""Placeholders in the query for the hours of load: the first hour to look at, and the current time."""
MOST_FILES = 20_000
MAY_BE_ABSENT = ("entity_history", "attribute_statistics")
_PASSED_OVER = frozenset({"target", "logs", ".git", ".venv", "venv", "__pycache__", "node_modules", ".user.yml"})
"""Written by dbt, Python and version control next to a project."""

_ENVIRONMENT = re.compile(rb"env_var\s*\(\s*(?:['\"\\]+(\w+))?")
_BY_THE_CLOCK = re.compile(rb"run_started_at|invocation_id|modules\s*\.\s*datetime")
"""In a user's own files: what makes a project or a profile differ from run to run."""

Fetch = Callable[[str], list[tuple[Any, ...]]]
Describe = Callable[[str, tuple[str | None, str, str]], list[tuple[Any, ...]]]
"""Of the query for a table's columns, and its place: those columns."""


@dataclass(frozen=True)
class Finished:
    """What a run left: its inputs, and the queries to send."""

    given: str
    """A digest of everything that a run depends on, except the clock and the loads."""
    run_id: str
    columns: str
    """A digest of the names and types of the events table's columns."""
    rows_without_load: int
    warnings: tuple[str, ...]
    """Warnings about missing properties and rows, which hold as long as nothing is new."""
    expectations_failed: tuple[tuple[str, str, str, str], ...]
    """The fields of what is not as expected, which holds as long."""
    lock: str
    start: str
    lookback_days: int
    counts_rows: bool
    """Whether `hours` also asks whether all rows add up, so that only the newest hours have to be compared."""
    describe: str
    """A query for the columns of `events_table`."""
    events_table: tuple[str | None, str, str]
    as_of: str
    """As of which day that run published."""
    newest: str | None
    """The newest hour of load that any run took."""
    state: str
    """A query for what the tables hold and what the events table holds, with SINCE and NOW in it."""
    database: str | None
    """The file of an embedded database that can be opened without dbt."""


@dataclass(frozen=True)
class Found:
    """What a run will find, as far as the tables show before it starts."""

    is_idle: bool
    """Nothing is new, nothing is due, and it is the same day."""
    is_unsure: bool
    """Rows were added to hours of load that were not compared, or taken from them."""
    narrow_since: str | None
    """The hour from which hours were compared, if all rows add up without those of the lookback, so that the run need
    compare no others. The first run as of a day compares those of the lookback all the same, in case rows were deleted
    and as many were added."""
    hours: int
    """Hours of load whose number of rows has changed since they were taken; `load_days`: the days that they lie on,
    `rows`: what they hold."""
    load_days: int
    rows: int
    hours_ahead: int
    rows_without_load: int
    days_deferred: int
    events_deferred: int
    entities: int
    columns: list[tuple[Any, ...]]
    """The events table's columns, as the engine describes them."""


@dataclass(frozen=True)
class Place:
    """Where a run reads its project and its profile, and its variables."""

    folder: Path
    profiles_dir: Path
    target: str | None
    variables: Mapping[str, object]

    @property
    def file(self) -> Path:
        name = f"signals_{self.folder.absolute().name}_{self.target or 'default'}.json"
        return root_of(self.folder) / "target" / name.replace(os.sep, "_")

    def given(self) -> str | None:
        """A digest of everything that a run depends on, except the clock and the loads; None when that is unknown."""
        digest = hashlib.sha256()
        variables = json.dumps(self.variables, sort_keys=True, default=str)
        for text in (VERSION, str(FORMAT), os.getcwd(), str(self.folder.absolute()), str(self.target), variables):
            digest.update(text.encode() + b"\0")
        names = {name for name in os.environ if name.startswith("DBT_")}
        with suppress(OSError):
            for number, (file, is_own) in enumerate(self._files()):
                if number >= MOST_FILES:
                    return None
                found = os.stat(file)
                said = (file, found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino)
                digest.update(repr(said).encode() + b"\0")
                if is_own:
                    content = Path(file).read_bytes()
                    asked = _ENVIRONMENT.findall(content)
                    if _BY_THE_CLOCK.search(content) or b"" in asked:
                        return None
                    names.update(name.decode() for name in asked)
            for name in sorted(names):
                digest.update(f"{name}={os.environ.get(name)}".encode("utf-8", "surrogateescape") + b"\0")
            return digest.hexdigest()
        return None

    def _files(self) -> Iterator[tuple[str, bool]]:
        """Every file that dbt may read, and whether it is the user's own, whose text is looked through."""
        yield str(self.profiles_dir / PROFILES_FILE), True
        made = str(self.folder.absolute())
        for folder, folders, files in os.walk(root_of(self.folder).absolute(), followlinks=True):
            folders[:] = sorted(name for name in folders if name not in _PASSED_OVER)
            for name in sorted(files):
                if name not in _PASSED_OVER:
                    is_macro = name.endswith((".sql", ".yml", ".yaml"))
                    is_ours = folder.startswith(made) and name.startswith(("signals_", os.path.basename(made)))
                    yield os.path.join(folder, name), is_macro and not is_ours


def finished_before(place: Place, given: str) -> Finished | None:
    """What the last run of this very project left, when nothing of what it was `given` has changed since."""
    try:
        content = json.loads(place.file.read_text("utf-8"))
        content |= {name: tuple(content[name]) for name in ("warnings", "events_table", "expectations_failed")}
        found = Finished(**content)
    except (OSError, ValueError, TypeError, KeyError):
        return None
    return found if found.given == given else None


def remember(place: Place, finished: Finished) -> None:
    """After a run; where the folder cannot be written to, the next run begins as usual."""
    with suppress(OSError):
        place.file.parent.mkdir(exist_ok=True)
        beside = place.file.with_suffix(f".{os.getpid()}")
        beside.write_text(json.dumps(asdict(finished)), "utf-8")
        beside.replace(place.file)


def forget(folder: Path) -> None:
    """Have the next run of the project begin as usual, with whatever target."""
    for file in (root_of(folder) / "target").glob(f"signals_{folder.absolute().name}_*.json"):
        with suppress(OSError):
            file.unlink()


def look(
    finished: Finished,
    fetch: Fetch,
    describe: Describe | None,
    *,
    as_of: date,
    days_shifted: int,
    now: datetime,
    full_scan: bool,
    reprocess_late: bool,
) -> Found | None:
    """What a run will find; `describe` knows the columns of the events table without a query, if the engine can. None
    when the engine cannot tell, or the tables are not as that run left them, so that the run begins as usual and says
    why.
    """
    try:
        described = describe(finished.describe, finished.events_table) if describe else fetch(finished.describe)
        since = finished.start
        is_narrow = finished.counts_rows and finished.as_of == as_of.isoformat()
        if finished.newest is not None and not full_scan and finished.lookback_days >= 0:
            lookback = timedelta(days=0 if is_narrow else finished.lookback_days)
            since = max(since, str(datetime.fromisoformat(finished.newest) - lookback))
        asked = finished.state.replace(SINCE, since).replace(NOW, now.isoformat(" ", "microseconds"))
        rows = fetch(asked)
    except SignalsError:
        return None
    if columns_digest(described) != finished.columns or len(rows) != 1:
        return None
    run_id, published_as_of, shifted, chunk, deferred, late, entities, dirty, marked, begun, _, *counted = rows[0]
    if run_id != finished.run_id or begun or not entities:
        return None
    *numbers, elsewhere, elsewhere_before = counted
    hours, days, rows_in_them, ahead, without = map(int, numbers)
    is_as_it_was_left = (
        (published_as_of, shifted) == (as_of, days_shifted)
        and dirty == (0 if reprocess_late else deferred)
        and marked <= chunk
    )
    is_unsure = elsewhere is not None and str(int(elsewhere)) != elsewhere_before
    return Found(
        is_idle=is_as_it_was_left and not hours and not is_unsure and without == finished.rows_without_load,
        is_unsure=is_unsure,
        narrow_since=since if is_narrow and not is_unsure else None,
        hours=hours,
        load_days=days,
        rows=rows_in_them,
        hours_ahead=ahead,
        rows_without_load=without,
        days_deferred=int(deferred),
        events_deferred=int(late),
        entities=int(entities),
        columns=described,
    )


def columns_digest(described: Sequence[Sequence[Any]]) -> str:
    """Of what the engine says of a table's columns, in whatever order."""
    return hashlib.sha256(repr(sorted(map(repr, map(tuple, described)))).encode()).hexdigest()


@contextmanager
def embedded_database(finished: Finished) -> Iterator[Fetch | None]:
    """Queries to an embedded database without dbt, in a session that cannot write; None where that is not possible."""
    if finished.database is None or not os.path.isfile(finished.database):
        yield None
        return
    import duckdb

    try:
        connection = duckdb.connect(finished.database, read_only=True)
    except duckdb.Error:  # another process has it, or wrote it and died: the run waits, or says so
        yield None
        return

    def fetch(sql: str) -> list[tuple[Any, ...]]:
        try:
            return connection.execute(sql).fetchall()
        except duckdb.Error as error:
            raise SignalsError(str(error)) from error

    try:
        yield fetch
    finally:
        connection.close()


def question(
    invocation: Invocation, warehouse: Warehouse, dialect: Dialect, limits: str, start: str, *, counts_rows: bool
) -> str | None:
    """The query `state`; `limits` is the SQL that planned this run, of which the part is used that counts the hours of
    load: those since `start` when it was the first run. None when it is not what `generate` wrote."""
    counted = re.search(r"\bwith counted as \((.*?)\n\),\n\nprocessed as \(", limits, re.DOTALL)
    compared = re.search(r"\n    where bucket >= [^']*'(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)", limits)
    first = compared[1] if compared else start
    if counted is None or first not in counted[1]:
        return None
    counting = counted[1].replace(first, SINCE)
    table = invocation.relation
    since, now = dialect.timestamp_literal(SINCE), dialect.timestamp_literal(NOW)
    events = warehouse.name_of(*invocation.events_table)
    elsewhere, before = "null", "null"
    if counts_rows:
        elsewhere = f"""(select count(*) from {events})
            - (select coalesce(sum(bucket_rows), 0) from counted)
            - (select coalesce(sum(bucket_rows), 0) from {table("incremental_manifest")} where bucket < {since})"""
        before = f"(select max(fingerprint) from {table('definition')} where part = 'rows elsewhere')"
    hours = f"""
        with counted as ({counting}
        ),
        processed as (
            select bucket, bucket_rows from {table("incremental_manifest")} where bucket >= {since}
        ),
        compared as (
            select
                coalesce(counted.bucket, processed.bucket) as bucket,
                coalesce(counted.bucket_rows, 0) as bucket_rows,
                coalesce(counted.bucket > {now}, false) as is_ahead,
                coalesce(processed.bucket_rows, -1) <> coalesce(counted.bucket_rows, 0) as is_new
            from counted
            full outer join processed on processed.bucket = counted.bucket
        )
        select
            count(case when is_new and not is_ahead then 1 end) as hours,
            count(distinct case when is_new and not is_ahead then cast(bucket as date) end) as load_days,
            coalesce(sum(case when is_new and not is_ahead then bucket_rows end), 0) as load_rows,
            count(case when is_ahead then 1 end) as hours_ahead,
            (select count(*) from {events} where load_tstamp is null) as rows_without_load,
            {elsewhere} as rows_elsewhere,
            {before} as rows_elsewhere_before
        from compared"""
    days = table("daily_aggregation_manifest")
    # that cache may be dropped, and statistics may be off
    others = [relation for name, relation in invocation.tables.items() if name not in MAY_BE_ABSENT]
    there = " union all ".join(f"select 1 as one from {other} where 1 = 0" for other in others)
    lease = ""
    if (clock := warehouse.lease_end(0)) is not None:
        lease = f"and not exists (select 1 from {warehouse.name_of(*invocation.lease)} where until > {clock})"
    state = f"""
        select
            publication.run_id,
            publication.as_of,
            publication.days_shifted,
            history.chunk,
            history.days_deferred,
            history.events_deferred,
            history.entities,
            (select count(*) from {days} where is_out_of_date) as days_dirty,
            (select coalesce(max(marked_chunk), 0) from {days} where is_out_of_date) as marked,
            (select count(*) from {table("chunk_manifest")} where not is_stored)
            + (select count(*) from {table("entity_manifest")}) as begun,
            (select count(*) from ({there}) as tables_that_are_there) as there
        from {table("publication_manifest")} as publication
        inner join {table("run_history")} as history on history.run_id = publication.run_id
        where history.finished_at is not null {lease}"""
    return f"select * from ({state}) as state cross join ({hours}) as loads"
