"""Queries through the dbt profile's own connection, so that credentials live in one place.

A `Warehouse` is the project's target as dbt sees it: the same adapter, profile and session settings. It is read in
plain SQL and through the DB-API of any driver; no engine is named here, except in the pattern of messages that say that
a database is locked.
"""

from __future__ import annotations

import gc
import json
import os
import re
import threading
import time
from argparse import Namespace
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from textwrap import indent
from typing import TYPE_CHECKING, Any, Self

from snowplow_signals.dialects import TARGET_TYPES, dialect_named, session_named
from snowplow_signals.distribution import installing
from snowplow_signals.errors import BusyError, EngineMemoryError, RunError, SourceError, UsageError, did_you_mean
from snowplow_signals.project.packages import PROFILES_FILE as PROFILES_FILE  # for those who connect
from snowplow_signals.project.packages import PROJECT_FILE, is_package, root_of
from snowplow_signals.project.yaml_files import read_mapping

if TYPE_CHECKING:
    from dbt.adapters.base.impl import BaseAdapter
    from dbt.adapters.contracts.connection import Connection, Credentials
    from dbt.config.runtime import RuntimeConfig

PROFILE_ONLY = Path(__file__).with_name("profile_only")
"""A dbt project that has nothing but the name of the profile."""

BUSY = re.compile(r"Could not set lock on file|being used by another process", re.IGNORECASE)
"""The messages of engines that say that another process holds the database."""

BATCH_ROWS = 5_000
BATCH_BYTES = 8 << 20
"""About how many bytes of text and lists a batch holds at most."""
FIRST_PIECE, LARGEST_PIECE = 16, 1_024
WEIGHED = 16
"""How many rows of a piece are measured: measuring all takes longer than fetching them."""

LOCK_SECONDS = 60.0
"""How long to wait for another process that holds the database, unless SNOWPLOW_LOCK_SECONDS is set."""
LOCK_PAUSE_SECONDS = 0.25


def lock_seconds() -> float:
    """How long a run, a sync or a look waits for another process that holds the database. Raises UsageError."""
    text = os.environ.get("SNOWPLOW_LOCK_SECONDS", "")
    try:
        return float(text) if text else LOCK_SECONDS
    except ValueError:
        raise UsageError(f"SNOWPLOW_LOCK_SECONDS must be a number of seconds, not {text!r}") from None


_CONFIGURING = threading.Lock()
"""dbt reads a project through settings that are global to the process."""


class Warehouse:
    """The target of a project's profile, connected.

    While it is open it keeps one connection of its own: on an engine that gives its database to one process at a time
    no other process can get in between two queries. Use it as a context manager.
    """

    def __init__(self, project: str, adapter: BaseAdapter, config: RuntimeConfig) -> None:
        self.project = project
        self._adapter = adapter
        self._config = config
        self.new_file = _missing_file(config.credentials)
        """The database's file, when connecting makes it: an embedded engine makes what is not there."""
        self._session = session_named(config.credentials.type)
        self._distrusts = False
        self._spared: str | None = None
        """The limit of memory that the engine had before `spare_memory`."""
        self._connection = self._connect()

    @classmethod
    def open(
        cls,
        folder: Path,
        profiles_dir: Path,
        target: str | None = None,
        variables: Mapping[str, object] | None = None,
        wait: float | None = None,
    ) -> Self:
        """Connect to the target of the dbt project in `folder`, or of the one that has it as a package; wait so many
        seconds for another process that holds it, without a number those of `lock_seconds`.

        Raises UsageError when the folder holds no project or `profiles_dir` no such profile or target, BusyError when
        another process holds the database, RunError when the engine cannot be reached for another reason.
        """
        with collector_resting():
            _import_dbt(_target_type(folder) or "duckdb")
            from dbt.adapters.factory import get_adapter_class_by_name
            from dbt.mp_context import get_mp_context

            with _CONFIGURING:
                config = _config(folder, profiles_dir, target, dict(variables or {}))
            _check_type(folder, profiles_dir, config)
            project = folder.name if is_package(folder) else config.project_name
            until = time.monotonic() + (lock_seconds() if wait is None else wait)
            while True:
                # an adapter of our own: dbt closes the connections of those that it registers after each command
                kind: Any = get_adapter_class_by_name(config.credentials.type)  # its protocol has no constructor
                adapter = kind(config, get_mp_context())
                try:
                    return cls(project, adapter, config)
                except BusyError:
                    if time.monotonic() >= until:
                        raise
                time.sleep(LOCK_PAUSE_SECONDS)

    @classmethod
    def of_profile(cls, profiles_dir: Path, target: str | None = None, wait: float | None = None) -> Self:
        """Connect to the target of our profile, without a project. Waits and raises as `open` does."""
        return cls.open(PROFILE_ONLY, profiles_dir, target, wait=wait)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self.close()
        if self.new_file is not None and kind is not None and issubclass(kind, SourceError | UsageError):
            self.new_file.unlink(missing_ok=True)  # refused before anything was computed: leave nothing behind

    def close(self) -> None:
        """Close the connection, and release the database. A second call does nothing."""
        manager = type(self._adapter.connections)
        manager.close(self._connection)
        self._connection.handle = None
        # an embedded engine's adapter keeps the database, and so its lock, until the process ends or this is called
        release = getattr(manager, "close_all_connections", None)
        if release is not None:
            release()

    def distrust_statistics(self) -> Self:
        """For large queries of tables that were just written, which the engine may have no statistics of yet."""
        self._distrusts = True
        with self._reported():
            self._session.distrust_statistics(self._connection.handle)
        return self

    def spare_memory(self) -> Self:
        """For work that only passes rows on: an engine in this process keeps little of them in memory."""
        with self._reported():
            self._spared = self._session.spare_memory(self._connection.handle)
        return self

    def take_memory(self) -> bool:
        """Undo `spare_memory`; returns whether the engine then has more."""
        limit, self._spared = self._spared, None
        if limit is not None:
            with self._reported():
                self._session.take_memory(self._connection.handle, limit)
        return limit is not None

    @property
    def kind(self) -> str:
        """Which kind of warehouse it is, as dbt and `--target-type` say it: `duckdb`."""
        return self._config.credentials.type

    @property
    def target_name(self) -> str:
        """The name of the profile's target."""
        return self._config.target_name

    @property
    def database(self) -> str:
        """The target's database."""
        return self._config.credentials.database

    @property
    def schema(self) -> str:
        """The target's schema, without a suffix."""
        return self._config.credentials.schema

    @property
    def lineage_namespace(self) -> str:
        """How OpenLineage names the database system."""
        return self._session.lineage_namespace(self._config.credentials)

    @property
    def embedded_file(self) -> str | None:
        """The file of an embedded database whose profile says no more than where it is; else None."""
        return self._session.embedded_file(self._config.credentials)

    def name_of(self, database: str | None, schema: str, name: str) -> str:
        """Any table as it is written in a query, quoted as dbt quotes."""
        return self._adapter.Relation.create(database=database, schema=schema, identifier=name).render()

    def fetch(self, sql: str) -> list[tuple[Any, ...]]:
        """All rows of a query; for few rows. Raises RunError with the engine's words."""
        cursor = self._session.cursor(self._connection.handle)
        return [tuple(map(_plain, row)) for batch in self._batches(cursor, sql, BATCH_ROWS) for row in batch]

    def rows(self, sql: str) -> Iterator[tuple[Any, ...]]:
        """The rows of a query as they come, on a connection of their own, so that memory stays flat.

        Values are Python's: lists, dictionaries for maps, timestamps without a zone in UTC. Raises RunError with the
        engine's words.
        """
        for batch in self.batches(sql):
            for row in batch:
                yield tuple(map(_plain, row))

    def batches(self, sql: str, size: int = BATCH_ROWS) -> Iterator[list[tuple[Any, ...]]]:
        """The same, so many rows at a time; timestamps with a time zone keep it."""
        connection = self._connect()
        try:
            yield from self._batches(self._session.stream(connection.handle), sql, size)
        finally:
            type(self._adapter.connections).close(connection)

    def packed_batches(
        self, sql: str, head: bytes, size: int, bulk_start: bytes | None = None
    ) -> tuple[Iterator[list[tuple[Any, ...]]], Iterator[list[tuple[Any, ...]]]] | None:
        """The rows as `Session.packed` returns them and the others, so many at a time; None if it cannot."""
        with self._reported():
            queries = self._session.packed(self._connection.handle, sql, head, bulk_start)
        return None if queries is None else (self.batches(queries.rows, size), self.batches(queries.others, size))

    def columns(self, relation: str) -> list[str]:
        """The names of a table's columns, in their order. Raises RunError when there is no such table."""
        with self._reported():
            return self._session.columns(self._connection.handle, relation)

    def described(self, query: str, place: tuple[str | None, str, str]) -> list[tuple[Any, ...]]:
        """The columns of the table at a place, as `query` asks for them, or as the engine says without one."""
        with self._reported():
            found = self._session.described(self._connection.handle, *place)
        return self.fetch(query) if found is None else found

    def counts_rows(self, place: tuple[str | None, str, str]) -> bool:
        """Whether the engine knows the number of rows of the table at a place without reading it."""
        with self._reported():
            found = self._session.counts_rows(self._connection.handle, *place)
        return dialect_named(self.kind).counts_without_reading if found is None else found

    def take_lease(self, name: str) -> None:
        """Hold that lock alone until the connection ends. Raises BusyError when another process holds it."""
        with self._reported():
            is_ours = self._session.take_lease(self._connection.handle, name)
        if not is_ours:
            raise BusyError(
                f"another run of {self.project} is in progress; nothing was done. Try again when it has finished",
                project=self.project,
            )

    def cancel_left_over(self, tables: Collection[str]) -> int:
        """Cancel what other invocations of dbt still write to these tables: a run that was killed leaves its last
        statement to the engine. Returns how many statements those were; for who holds the lease. Raises RunError.
        """
        with self._reported():
            return self._session.cancel_left_over(self._connection.handle, tables)

    def lease_end(self, seconds: int) -> str | None:
        """When a lease that is renewed now ends, in SQL; None where the connection holds it."""
        return self._session.lease_end(seconds)

    def execute(self, sql: str) -> None:
        """A statement that returns nothing, on a connection of its own. Raises RunError with the engine's words."""
        connection = self._connect()
        try:
            with self._reported():
                self._session.cursor(connection.handle).execute(sql)
        finally:
            type(self._adapter.connections).close(connection)

    def exists(self, relation: str) -> bool:
        """Whether there is such a table."""
        try:
            self.columns(relation)
        except RunError:
            return False
        return True

    def tables(self) -> list[tuple[str, str]]:
        """Schema and name of every table that the target's database shows; for messages, not for decisions."""
        return self._session.tables(self._connection.handle, self.fetch)

    def _connect(self) -> Connection:
        connection = self._session.connection(self._config.credentials, self.project)
        with self._reported():
            opened = type(self._adapter.connections).open(connection)
            self._session.begin(opened.handle)
            if self._distrusts:
                self._session.distrust_statistics(opened.handle)
        return opened

    def _batches(self, cursor: Any, sql: str, size: int) -> Iterator[list[tuple[Any, ...]]]:
        """So many rows at a time, or fewer that are wide: they are fetched in pieces, of which the first is small."""
        with self._reported():
            cursor.execute(sql)
        batch: list[tuple[Any, ...]] = []
        held, piece = 0, FIRST_PIECE
        while True:
            with self._reported():
                rows = cursor.fetchmany(min(piece, size - len(batch)))
            if not rows:
                break
            batch += rows
            weight = _weight(rows)
            held += weight
            piece = max(1, min(LARGEST_PIECE, piece * 4, BATCH_BYTES // 4 * len(rows) // max(weight, 1)))
            if len(batch) >= size or held >= BATCH_BYTES:
                yield batch
                batch, held = [], 0
        if batch:
            yield batch

    @contextmanager
    def _reported(self) -> Iterator[None]:
        """The error of the engine's driver, as one of ours: the adapter knows its driver's errors."""
        from dbt_common.exceptions import DbtBaseException

        try:
            with self._adapter.connections.exception_handler("signals"):
                yield
        except DbtBaseException as error:
            words = _words(error)
            if BUSY.search(words):
                raise busy(self.project, words) from error
            kind = EngineMemoryError if self._session.is_out_of_memory(words) else RunError
            raise kind(f"{self.project}: {words}", project=self.project) from error


def _weight(rows: Sequence[tuple[Any, ...]]) -> int:
    """About how many bytes some rows hold, beyond numbers and times."""
    some = rows[:: max(1, len(rows) // WEIGHED)]
    return sum(_size(value) for row in some for value in row) * len(rows) // len(some)


def _size(value: Any) -> int:
    if isinstance(value, str | bytes | bytearray | memoryview):
        return len(value)
    if isinstance(value, list | tuple):
        return 8 + sum(map(_size, value))
    if isinstance(value, dict):
        return 8 + sum(_size(key) + _size(one) for key, one in value.items())
    return 8


def _words(error: BaseException) -> str:
    """The engine's message. An adapter's handler may fail to roll back a connection that is not its thread's."""
    from dbt.adapters.exceptions.connection import InvalidConnectionError

    while isinstance(error, InvalidConnectionError) and error.__context__ is not None:
        error = error.__context__
    return str(getattr(error, "msg", None) or error).strip()


def busy(project: str, words: str) -> BusyError:
    """The error for a database that is locked; `words` is the engine's message."""
    return BusyError(
        f"another run, or another program, holds the database of {project}; nothing was done. "
        f"Try again when it has finished. The engine says: {words}",
        project=project,
    )


def _missing_file(credentials: Credentials) -> Path | None:
    path = getattr(credentials, "path", None)
    if not isinstance(path, str) or re.match(r"\w*:", path.removeprefix(Path(path).drive)) or Path(path).exists():
        return None
    return Path(path)


def _plain(value: Any) -> Any:
    if isinstance(value, memoryview):
        return bytes(value)
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.astimezone(UTC).replace(tzinfo=None)
    return value


@contextmanager
def collector_resting() -> Iterator[None]:
    """No garbage collection meanwhile: dbt makes a million objects that all stay, and looking through them again and
    again takes a tenth of a short run. For stretches that make little garbage."""
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def _import_dbt(target_type: str) -> None:
    try:
        import dbt.cli.main  # noqa: F401
    except ModuleNotFoundError as error:
        raise UsageError(f"dbt is not installed ({error}): {installing(target_type)}") from error


def _config(folder: Path, profiles_dir: Path, target: str | None, variables: dict[str, object]) -> RuntimeConfig:
    from dbt.config.runtime import RuntimeConfig, load_profile, load_project
    from dbt.exceptions import DbtProjectError
    from dbt.flags import set_from_args
    from dbt_common.context import set_invocation_context
    from dbt_common.exceptions import DbtBaseException

    if not (folder / PROJECT_FILE).is_file():
        raise UsageError(f"{folder} holds no dbt project (no {PROJECT_FILE}); run `generate` first")
    root = root_of(folder)
    # these name what is wrong with a file, where dbt would fail in many ways
    wanted = str(read_mapping(root / PROJECT_FILE).get("profile"))
    profile = read_mapping(file).get(wanted) if (file := profiles_dir / PROFILES_FILE).exists() else None
    named = profile.get("target", "") if isinstance(profile, dict) else ""
    if not isinstance(named, str):
        raise UsageError(f"{file}: `target` of profile {wanted!r} must be the name of one of its outputs, not {named}")
    arguments = Namespace(
        project_dir=str(root),
        profiles_dir=str(profiles_dir),
        target=target,
        vars=variables,
        profile=None,
        threads=None,
        which="run",
        send_anonymous_usage_stats=False,
    )
    try:
        set_from_args(arguments, {})
        set_invocation_context(os.environ)  # where env_var() of a profile looks
        profile = load_profile(str(root), variables, None, target, None)
        project = load_project(str(root), True, profile, variables)
        return RuntimeConfig.from_parts(project, profile, arguments)
    except DbtBaseException as error:
        problem = _profile_problem(folder, profiles_dir, target)
        missing = _missing_adapter(str(error))
        if problem is None and missing:
            problem = f"the dbt adapter for {missing} is not installed: {installing(missing)}"
        if problem is None:  # the project, or what a profile says
            file = root / PROJECT_FILE if isinstance(error, DbtProjectError) else profiles_dir / PROFILES_FILE
            problem = f"{file}: {getattr(error, 'msg', None) or error}"
        raise UsageError(problem) from error


_MISSING_ADAPTER = re.compile(r"Could not find adapter type (\w+)!|No module named 'dbt\.adapters\.(\w+)'")


def _missing_adapter(message: str) -> str | None:
    """The engine of ours whose dbt adapter is not installed, by what dbt says."""
    found = _MISSING_ADAPTER.search(message)
    name = (found[1] or found[2]) if found else None
    return name if name in TARGET_TYPES else None


def _target_type(folder: Path) -> str | None:
    """Which type of target the project was generated for; None where nothing says so."""
    file = folder / "configs" / "base_config.json"
    return json.loads(file.read_text("utf-8"))["target_type"] if file.is_file() else None


def _check_type(folder: Path, profiles_dir: Path, config: RuntimeConfig) -> None:
    wanted, found = _target_type(folder), config.credentials.type
    if wanted not in (None, found):
        raise UsageError(
            f"{folder.name} was generated for {wanted}, but target {config.target_name!r} in "
            f"{profiles_dir / PROFILES_FILE} is of type {found}; choose another with --target, or `init` for {found} "
            "into another repo path"
        )


def _profile_example(folder: Path, profile: str) -> str:
    example = indent(dialect_named(_target_type(folder) or "duckdb").profile_example, " " * 6)
    return f"{profile}:\n  target: dev\n  outputs:\n    dev:\n{example}"


def _profile_problem(folder: Path, profiles_dir: Path, target: str | None) -> str | None:
    """What to add and where, when there is no such profile or target; None when both exist."""
    file = profiles_dir / PROFILES_FILE
    wanted = str(read_mapping(root_of(folder) / PROJECT_FILE).get("profile"))
    example = f"Write there:\n\n{_profile_example(folder, wanted)}"
    if not file.is_file():
        return f"{file} does not exist; dbt needs it to connect to the warehouse. {example}"
    profiles = read_mapping(file)
    if wanted not in profiles:
        return f"{file} has no profile {wanted!r}{did_you_mean(wanted, map(str, profiles))}. {example}"
    outputs = profiles[wanted].get("outputs") if isinstance(profiles[wanted], dict) else None
    if target is None or not isinstance(outputs, dict) or target in outputs:
        return None
    there = ", ".join(map(str, outputs)) or "none"
    return (
        f"{file}: profile {wanted!r} has no target {target!r}{did_you_mean(target, map(str, outputs))}; "
        f"it has: {there}. Add it under `outputs`, or choose one of these with --target"
    )
