"""A run: take everything that was loaded, chunk by chunk, then bring the touched days up to date and publish, once."""

from __future__ import annotations

import gc
import logging
import time
import uuid
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import astuple, dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Protocol

from snowplow_signals.deployment.costs import ModelCost
from snowplow_signals.deployment.costs import remember as remember_costs
from snowplow_signals.deployment.dbt import Invocation
from snowplow_signals.deployment.deployed import deployed_in
from snowplow_signals.deployment.missing_properties import FROM_DBT, missing_in
from snowplow_signals.deployment.preflight import check_source
from snowplow_signals.deployment.unused_rows import rows_without_load, why_nothing, without_load
from snowplow_signals.dialects import dialect_named
from snowplow_signals.errors import RunError, SignalsError
from snowplow_signals.project.accounting import ROW_COUNTS
from snowplow_signals.run import idle
from snowplow_signals.run.lease import Lease
from snowplow_signals.run.quality import FailedExpectation, Quality
from snowplow_signals.run.settings import RunSettings, chunk_rows
from snowplow_signals.warehouse.connection import Warehouse, collector_resting

TAKE, PUBLISH = "signals_take", "signals_publish"
PHASES = {TAKE: "take", PUBLISH: "publish"}
PLAN = ("definition", "base_new_event_limits")
"""The models of the take phase that find out what there is to take."""

log = logging.getLogger("snowplow_signals.run")
CHUNKS_PER_COLLECTION = 5
FULL_SCAN = {"snowplow__load_lookback_days": -1}
ALL_LATE = {"snowplow__late_event_lookback_days": -1, "snowplow__min_late_events_to_process": 1}

OUTCOME = ("days_aggregated", "days_deferred", "events_deferred", "entities", "entities_changed")
LINE = (*ROW_COUNTS, *OUTCOME)


@dataclass(frozen=True)
class RunResult:
    """What a run did.

    `rows` holds the accounting by name: `rows_read` is the sum of the other `rows_*`; `winners_replaced` counts stored
    events that gave way. `models` has what each model cost, by its name without the project's; `seconds` is the whole.
    `expectations_failed`: what is published and not as expected.
    `changed_nothing`: nothing was read, no day aggregated, no row of attributes changed.
    """

    project: str
    run_id: str
    as_of: date
    chunks: int
    rows: dict[str, int]
    days_aggregated: int
    days_deferred: int
    events_deferred: int
    entities: int
    entities_changed: int
    models: dict[str, ModelCost]
    seconds: float
    warnings: tuple[str, ...]
    expectations_failed: tuple[FailedExpectation, ...]

    @property
    def changed_nothing(self) -> bool:
        return self.rows["rows_read"] == 0 and self.days_aggregated == 0 and self.entities_changed == 0


class RunProgress(Protocol):
    """Receives the progress of a run: called when a model starts and when it finishes."""

    def step(self, phase: str, model: str, done: int, total: int, rows_done: int, rows_in_sight: int) -> None:
        """`phase` is "take" or "publish"; `rows_done` of `rows_in_sight` rows of load are in finished chunks."""


def run_project(
    folder: Path,
    *,
    profiles_dir: Path,
    target: str | None = None,
    as_of: date | None = None,
    full_refresh: bool = False,
    full_scan: bool = False,
    reprocess_late: bool = False,
    publish_each: bool = False,
    fail_on_quality: bool = False,
    variables: Mapping[str, object] | None = None,
    progress: RunProgress | None = None,
    log: Callable[[str], None] | None = None,
    run_id: str | None = None,
    connected: Callable[[Warehouse, Invocation], None] | None = None,
) -> RunResult:
    """Bring the project in `folder` up to date with the events table.

    Where a dbt project has it as a package, `folder` is the one that it is installed in, and it is built as dbt does.

    `as_of`: the day as of which attributes are computed; without it `snowplow__as_of_date`, else the current UTC day.
    `full_refresh` computes everything anew; `full_scan` compares all loads with the ledger, not only recent ones;
    `reprocess_late` brings in deferred late events; `publish_each` publishes after every chunk; `fail_on_quality`
    checks what is expected of attributes before they are published. `variables` are the
    user's, over those of `dbt_project.yml`. `log` is given what dbt says, with the SQL that it sends.
    `run_id` is a UUID that the run gets; `connected` is called once the warehouse is reached and the project parsed.

    Raises UsageError (variables, profile, a refused full refresh), DefinitionError (the view changed under its
    version), SourceError (the events table), BusyError (another run; nothing was done), QualityError (values are not as
    expected), RunError (dbt or the engine).
    """
    started = time.perf_counter()
    settings = RunSettings.read(folder, dict(variables or {}))
    place = idle.Place(folder, profiles_dir, target, settings.given)
    given = place.given()
    before = None if full_refresh or given is None else idle.finished_before(place, given)
    planned_at = _now()
    day = settings.as_of(as_of, planned_at)

    def look(fetch: idle.Fetch | None, describe: idle.Describe | None = None) -> idle.Found | None:
        if before is None or fetch is None:
            return None
        return idle.look(
            before,
            fetch,
            describe,
            as_of=day,
            days_shifted=settings.days_shifted,
            now=planned_at,
            full_scan=full_scan,
            reprocess_late=reprocess_late,
        )

    def nothing(found: idle.Found, before: idle.Finished) -> RunResult:
        said = (*settings.warnings, *settings.odd_day(day, planned_at), *_ahead(found.hours_ahead, planned_at))
        return RunResult(
            project=folder.absolute().name,
            run_id=run_id or str(uuid.uuid4()),
            as_of=day,
            chunks=0,
            rows=dict.fromkeys(ROW_COUNTS, 0),
            days_aggregated=0,
            days_deferred=found.days_deferred,
            events_deferred=found.events_deferred,
            entities=found.entities,
            entities_changed=0,
            models={},
            seconds=time.perf_counter() - started,
            warnings=(*said, *before.warnings),
            expectations_failed=tuple(FailedExpectation(*one) for one in before.expectations_failed),
        )

    found = None
    if before is not None:
        with idle.embedded_database(before) as fetch:
            found = look(fetch)
        if found is not None and found.is_idle:
            return nothing(found, before)
    with collector_resting(), Warehouse.open(folder, profiles_dir, target, settings.given) as warehouse:
        planned_at = _now()  # another process may have had the database until now
        day = settings.as_of(as_of, planned_at)
        if before is not None and found is None:
            warehouse.take_lease(before.lock)
            found = look(warehouse.fetch, warehouse.described)
            if found is not None and found.is_idle:
                return nothing(found, before)
        invocation = Invocation(folder, profiles_dir, target, settings.given, log)
        if connected is not None:
            connected(warehouse, invocation)
        columns = check_source(warehouse, folder, invocation.events_table, found.columns if found else None)
        warehouse.take_lease(invocation.lock)
        run = _Run(warehouse, invocation, settings, progress, day, planned_at, run_id)
        run.quality = Quality(folder, warehouse, settings.given, invocation, stops=fail_on_quality)
        with run.lease:
            if found is not None:
                run.take_at_once(found, full_scan=full_scan, late=reprocess_late)
            if run.has_more:
                run.take_all(
                    full_refresh=full_refresh, full_scan=full_scan, late=reprocess_late, publish_each=publish_each
                )
        remember_costs(folder, invocation.project, run.run_id, run.costs)
        result = run.result(started, folder)
        if given is not None:
            run.remember(place, given, columns)
        return result


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)


def _ahead(hours: int, now: datetime) -> list[str]:
    """Warnings about hours of load that lie in the future."""
    if not hours:
        return []
    lie = "1 hour of load lies" if hours == 1 else f"{hours} hours of load lie"
    return [
        f"{lie} after {now:%Y-%m-%d %H:%M} UTC, when this run was planned, and will be taken when its time comes. "
        "Check the loader's clock"
    ]


class _Run:
    """One run in progress."""

    def __init__(
        self,
        warehouse: Warehouse,
        invocation: Invocation,
        settings: RunSettings,
        progress: RunProgress | None,
        as_of: date,
        planned_at: datetime,
        run_id: str | None,
    ) -> None:
        self.warehouse = warehouse
        self.invocation = invocation
        self.progress = progress
        self.planned_at = planned_at
        self.run_id = run_id or str(uuid.uuid4())
        self.as_of = as_of
        self.warnings = [*settings.warnings, *settings.odd_day(self.as_of, self.planned_at)]
        self.costs: dict[str, ModelCost] = {}
        self.settings = settings
        self.quality: Quality | None = None
        self.failed: tuple[FailedExpectation, ...] = ()
        self.lasting: tuple[str, ...] = ()
        """Warnings that are repeated by runs that find nothing to do."""
        self.rows_without_load: int | None = None
        self.has_more = True
        self.line: tuple[Any, ...] | None = None
        """This run's line of run_history and the newest hour of load, if another query has returned them already."""
        self.newest: datetime | None = None
        self.chunks = self.rows_done = self.rows_planned = self.rows_in_sight = self.rows_gone = 0
        self.counts_rows = warehouse.counts_rows(invocation.events_table)
        self.is_unsure = False
        """Whether rows were added to hours of load that were not compared, or taken from them."""
        self.widened_left = 0
        self.steps = _Steps(self)
        limit_rows = settings.limit_rows
        self.limit_rows = chunk_rows(warehouse.kind) if limit_rows is None else limit_rows
        self.lease = Lease(warehouse, warehouse.name_of(*invocation.lease), self.run_id)
        self.given: dict[str, object] = {
            "run_id": self.run_id,
            "planned_at": self.planned_at.strftime("%Y-%m-%d %H:%M:%S.%f"),
            "as_of": self.as_of.isoformat(),
            "limit_days": settings.limit_days,
            "limit_rows": self.limit_rows,
            "has_lease": True,
            "counts_rows": self.counts_rows,
            "narrow_since": None,
        }
        self.variables: dict[str, object] = {"signals__run": self.given}

    def take_all(self, *, full_refresh: bool, full_scan: bool, late: bool, publish_each: bool) -> None:
        """Chunk by chunk until nothing is left, then publish; with `publish_each` after every chunk."""
        left = 1
        while left:
            left, models = self.plan(full_refresh=full_refresh and self.chunks == 0, full_scan=full_scan)
            if not left or (publish_each and not self.widened_left):
                self.publish(models, late=late)
            else:
                self._build(models, self.variables)
            if self.chunks % CHUNKS_PER_COLLECTION == 0:
                gc.collect()  # which rests otherwise

    def take_at_once(self, found: idle.Found, *, full_scan: bool, late: bool) -> None:
        """Plan, take and publish in one invocation of dbt, if everything that was found fits into one chunk. Rows that
        are loaded meanwhile may not fit; then there is more to take."""
        limit_days = self.settings.limit_days
        self.given["narrow_since"] = found.narrow_since
        if found.is_unsure or found.rows > self.limit_rows or (limit_days >= 0 and found.load_days > limit_days):
            return
        self.rows_without_load = found.rows_without_load
        take = [model for model in self.invocation.models(TAKE) if model in PLAN or found.hours]
        self.rows_planned = self.rows_in_sight = found.rows
        self.publish(take, late=late, full_scan=full_scan)
        self.given["narrow_since"] = None
        self.chunks += 1
        left, hours = self._planned(is_taken=True)
        self.has_more = bool(left or self.is_unsure or (hours and not found.hours))

    def plan(self, *, full_refresh: bool, full_scan: bool) -> tuple[int, list[str]]:
        """Decide on the next chunk; returns the hours of load that are left after it, and the models that take it."""
        self.steps.done.clear()
        was_narrow = self.given["narrow_since"] is not None
        self._build(PLAN, {**self.variables, **(FULL_SCAN if full_scan else {})}, full_refresh=full_refresh)
        self.chunks += 1
        left, hours = self._planned()
        self.given["narrow_since"] = None
        if self.is_unsure and was_narrow:
            self._build(PLAN, self.variables)
            left, hours = self._planned()
        if self.is_unsure and not full_scan:
            self._build(PLAN, {**self.variables, **FULL_SCAN})
            left, hours = self._planned()
        others = [model for model in self.invocation.models(TAKE) if model not in PLAN]
        # with nothing to take there is nothing for the others to do, once their tables are there
        if hours or not all(self.warehouse.exists(self.invocation.relation(model)) for model in others):
            return left, others
        return left, []

    def _planned(self, *, is_taken: bool = False) -> tuple[int, int]:
        """The planned chunk: hours of load left after it, and hours in it."""
        asked = (
            "select max(buckets_left) as buckets_left, max(rows_in_sight) as rows_in_sight, "
            "max(buckets_ahead) as buckets_ahead, max(rows_gone) as rows_gone, count(bucket) as buckets, "
            "coalesce(sum(bucket_rows), 0) as planned_rows, max(widened_left) as widened_left, "
            "max(rows_added_elsewhere) as rows_added_elsewhere "
            f"from {self.invocation.relation('base_new_event_limits')}"
        )
        if is_taken:
            asked = f"select * from ({asked}) as planned cross join ({self._line()}) as history"
        left, in_sight, ahead, gone, hours, rows, widened_left, elsewhere, *line = self.warehouse.fetch(asked)[0]
        self.is_unsure = bool(elsewhere)
        self.line = tuple(line) or None
        self.widened_left = int(widened_left)
        if not is_taken:
            self.rows_planned = int(rows)
            self.rows_in_sight = max(self.rows_in_sight, self.rows_done + int(in_sight))
        for warning in _ahead(int(ahead), self.planned_at):
            self._warn(warning)
        self.rows_gone += int(gone)
        return int(left), int(hours)

    def publish(self, take: list[str], *, late: bool, full_scan: bool = False) -> None:
        """Take what was planned, bring the touched days up to date and publish."""
        variables = {**self.variables, **(FULL_SCAN if full_scan else {}), **(ALL_LATE if late else {})}
        models = [*take, *self.invocation.models(PUBLISH)]
        if self.quality is not None and self.quality.stops:
            compared = [model for model in models if model in self.quality.models_before]
            self._build(compared, variables)
            if not self.widened_left:
                self.quality.check_candidate(self.given)
            models = [model for model in models if model not in compared]
        self._build(models, variables)

    def cancel_left_over(self) -> None:
        """What a run that was killed has left running costs, and may land in what this run does."""
        try:
            cancelled = self.warehouse.cancel_left_over(self.invocation.tables.values())
        except SignalsError as error:
            log.warning("what other runs have left running could not be cancelled: %s", error)
        else:
            if cancelled:
                statements = "statement" if cancelled == 1 else "statements"
                log.warning("%d %s that another run had left running: cancelled", cancelled, statements)

    def history(self) -> dict[str, int]:
        """This run's line of the history."""
        *line, self.newest = self.line or self.warehouse.fetch(self._line())[0]
        return {name: int(value) for name, value in zip(LINE, line, strict=True)}

    def _line(self) -> str:
        history = self.invocation.relation("run_history")
        newest = f"(select max(bucket) from {self.invocation.relation('incremental_manifest')}) as newest"
        return f"select {', '.join(LINE)}, {newest} from {history} where run_id = '{self.run_id}'"

    def result(self, started: float, folder: Path) -> RunResult:
        history = self.history()
        # that of an older name was shown before the run
        said = [warning for warning in self.invocation.warnings if "is an older name" not in warning]
        missing = tuple(warning for warning in said if FROM_DBT in warning)
        once = [warning for warning in said if FROM_DBT not in warning]
        if history["rows_read"] or missing:
            found = missing_in(folder, self.warehouse, self.settings.given, self.invocation)
            missing = missing if found is None else found
        self.lasting = (*missing, *self._unused(folder, history))
        self.failed = self.quality.failed() if self.quality is not None else ()
        self.lasting = (*self.lasting, *map(str, self.failed))
        for warning in (*missing, *once, *self.lasting, *self._gone()):
            self._warn(warning)
        return RunResult(
            project=self.invocation.project,
            run_id=self.run_id,
            as_of=self.as_of,
            chunks=self.chunks,
            rows={name: history[name] for name in ROW_COUNTS},
            **{name: history[name] for name in OUTCOME},
            models=self.costs,
            seconds=time.perf_counter() - started,
            warnings=tuple(self.warnings),
            expectations_failed=self.failed,
        )

    def _gone(self) -> list[str]:
        """Warnings about rows that somebody deleted from hours of load that were taken before."""
        if not self.rows_gone:
            return []
        rows = "1 row is" if self.rows_gone == 1 else f"{self.rows_gone:,} rows are"
        return [
            f"{rows} gone from the events table, taken by earlier runs. Their events stay in the attributes: `verify` "
            "names what differs, and `run --full-refresh` computes everything from what the table holds now"
        ]

    def _unused(self, folder: Path, history: Mapping[str, int]) -> list[str]:
        """Warnings about rows that no run reads or uses, with the reason when a project has no attributes at all."""
        if self.rows_without_load is None:
            events = self.warehouse.name_of(*self.invocation.events_table)
            self.rows_without_load = rows_without_load(self.warehouse, events)
        deployed = deployed_in(folder, self.warehouse, self.settings.given, self.invocation)
        if deployed is None:
            return without_load(self.rows_without_load)
        return [*without_load(self.rows_without_load), *(why_nothing(deployed) if not history["entities"] else [])]

    def remember(self, place: idle.Place, given: str, columns: Sequence[tuple[Any, ...]]) -> None:
        """Leave what the next run needs to find out that there is nothing to do."""
        dialect = dialect_named(self.warehouse.kind)
        start = f"{self.settings.setting('snowplow__start_date')} 00:00:00"
        planned = self.invocation.sent["base_new_event_limits"]
        state = idle.question(self.invocation, self.warehouse, dialect, planned, start, counts_rows=self.counts_rows)
        if state is None:
            return
        idle.remember(
            place,
            idle.Finished(
                given=given,
                run_id=self.run_id,
                columns=idle.columns_digest(columns),
                rows_without_load=self.rows_without_load or 0,
                warnings=self.lasting,
                expectations_failed=tuple(astuple(one) for one in self.failed),
                lock=self.invocation.lock,
                start=start,
                lookback_days=self.settings.lookback_days,
                counts_rows=self.counts_rows,
                describe=dialect.describe(*self.invocation.events_table),
                events_table=self.invocation.events_table,
                as_of=self.as_of.isoformat(),
                newest=None if self.newest is None else str(self.newest.replace(microsecond=0)),
                state=state,
                database=self.warehouse.embedded_file,
            ),
        )

    def _build(self, models: Sequence[str], variables: Mapping[str, object], *, full_refresh: bool = False) -> None:
        self.lease.check()
        try:
            built = self.invocation.run(models, variables, full_refresh=full_refresh, on_model=self.steps.on_model)
        except RunError:
            self.lease.check()  # which is why it was stopped
            raise
        for model, cost in built.items():
            self.costs[model] = self.costs[model] + cost if model in self.costs else cost

    def _warn(self, text: str) -> None:
        if text not in self.warnings:
            self.warnings.append(text)


class _Steps:
    """Passes the events of models on as the progress of their phases."""

    def __init__(self, run: _Run) -> None:
        self.run = run
        self.phases = {name: PHASES[tag] for tag in PHASES for name in run.invocation.models(tag)}
        self.done: Counter[str] = Counter()

    def on_model(self, model: str, is_finished: bool, is_built: bool) -> None:
        if is_built and model == PLAN[0]:  # which takes the lease
            self.run.cancel_left_over()
        if not is_finished and self.run.lease.is_lost:
            self.run.invocation.stop()
        phase = self.phases[model]
        total = sum(other == phase for other in self.phases.values())
        self.done[phase] += is_finished
        if is_finished and phase == PHASES[TAKE] and self.done[phase] == total:
            self.run.rows_done += self.run.rows_planned
        if self.run.progress is not None:
            done = self.done[phase]
            self.run.progress.step(phase, model, done, total, self.run.rows_done, self.run.rows_in_sight)
