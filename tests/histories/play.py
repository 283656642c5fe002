"""Plays a history on the engine and on the model, and compares them after every step."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from tests import harness
from tests.histories.compared import Compared, alike, by_key, sorted_rows, unequal
from tests.histories.engine import Engine, Failed, Killed, Tables
from tests.histories.model import Asked, Course, Scenario, State, course_of
from tests.histories.recording import Recording
from tests.histories.steps import START, Change, Dbt, Define, History, Limits, Load, Run, Step, Wait
from tests.histories.together import VARIANTS, plan_of, problems

from snowplow_signals import View
from snowplow_signals.project.models.attributes import output_columns

BOOKKEEPING = ("run_history", "publication_manifest", "lease")
"""Tables whose lines tell of runs: no data."""


class Wrong(AssertionError):
    """The engine is not where it should be; the message says after which step, and what differs."""


class Player(Compared):
    """Plays one history. `played` counts what was done."""

    def __init__(self, engine: Engine, view: View, history: History) -> None:
        super().__init__(view)
        self.engine = engine
        self.history = history
        self.now = START
        self.limits = Limits()
        self.scenario = Scenario(view, history.start_date, history.app_ids)
        self.state = State(self.scenario)
        self.rows: list[dict[str, Any]] = []
        """All that was ever loaded."""
        self.is_redefined = False
        """Whether the definition is another one than that of the last run."""
        self.may_fail: str | None = None
        """An error that a run may end with, by the name of its class."""
        self.failed: Failed | None = None
        self.was_killed = False
        self.recording = Recording(view, self.played)

    def play(self) -> None:
        """All steps, then everything is brought in. Raises Wrong at the first difference."""
        for step in self.history.steps:
            self.take(step)
        self.end()

    def take(self, step: Step) -> None:
        """One step. Raises Wrong when the tables are not as they should be."""
        where = f"step {self.played['steps']}, {_short(step)}"
        self.played["steps"] += 1
        if isinstance(step, Load):
            self.load(step.rows)
        elif isinstance(step, Wait):
            self.now += timedelta(hours=step.hours)
        elif isinstance(step, Change):
            self.limits = step.limits
        elif isinstance(step, Define):
            self.define(step)
        elif isinstance(step, Dbt):
            self.dbt(step, where)
        else:
            self.run(step, where)

    def end(self) -> None:
        """Everything is brought in, and compared with the interpreter over the rows alone."""
        self.drain()
        self.played["histories"] += 1

    def load(self, rows: Iterable[dict[str, Any]]) -> None:
        rows = list(rows)
        self.engine.load(rows)
        self.rows += rows
        self.scenario.add(rows)
        self.played["loads"] += 1
        self.played["rows"] += len(rows)

    # --- definitions

    def define(self, step: Define) -> None:
        """The project computes another view from now on, which has its name and version, or from an earlier day on."""
        self.view = VARIANTS[self.history.view][step.variant]
        self.engine.redefine(self.view, step.variant)
        if self.tables:
            self.engine.let_time_pass()  # the process that had the engine is gone
        if step.start_date is not None:
            self.history = replace(self.history, start_date=step.start_date)
        self.scenario = Scenario(self.view, self.history.start_date, self.history.app_ids)
        self.scenario.add(self.rows)
        self.is_redefined = bool(self.tables)
        self.state = replace(self.state, scenario=self.scenario)
        self.played["definitions"] += 1

    def _run_redefined(self, step: Run, where: str) -> None:
        """The first run by another definition: until it is through, what was published stays as it was; then it is what
        the events say. A run after it brings in what it left."""
        asked, before = self._asked(step), self.tables
        try:
            self._start(step, asked)
        except Killed:
            self.played["kills"] += 1
            self.engine.let_time_pass()
            killed = True
        else:
            killed = False
            self.played["runs"] += 1
        self.now += timedelta(minutes=1)
        self._look(where, is_complete=not killed, has_seen_all=not step.publish_each)
        was, found = before.get("attributes", []), self.tables.get("attributes", [])
        is_as_before = sorted_rows(was) == sorted_rows(found)
        names = set(output_columns(plan_of(self.view)))
        if not is_as_before and found and set(found[0]) != names:
            raise Wrong(f"{where}: what was published is neither as it was nor what is defined now")
        if not is_as_before or not (killed or step.plain):
            self._check_published(self._as_published(asked) if killed else asked, where)
        self.state, self.is_redefined = self.state.redefined(self.scenario), False
        self._bring_in(step.as_of, where, None)

    def _as_published(self, asked: Asked) -> Asked:
        """With the day of what is published: of a killed run only derived attributes may be there, over what was."""
        known = self.tables.get("publication_manifest", [])
        return replace(asked, as_of=known[0]["as_of"]) if known else asked

    def _check_published(self, asked: Asked, where: str) -> None:
        """What is published is what the events say, if no event waits and no row came to an hour that was taken."""
        ledger = {row["bucket"]: row["bucket_rows"] for row in self.tables.get("incremental_manifest", [])}
        loads = self.scenario.loads
        if self._flagged() or any(len(loads.get(bucket, ())) != rows for bucket, rows in ledger.items()):
            return
        rows = [row for bucket in ledger for row in loads[bucket]]
        include = self.limits.include_current_day_in_windows
        expected = self.scenario.attributes(rows, asked.as_of, include)
        lines = harness.differences(self.view, self._attributes(), expected)
        if lines:
            raise Wrong(f"{where}, by another definition:\n" + "\n".join(lines[:20]))
        self.played["redefined"] += 1

    # --- runs

    def run(self, step: Run, where: str) -> Any:
        """One run, checked; returns its result, None when it was killed or a plain build."""
        if "atomic" not in self.tables and not self.played["loads"]:
            self.load([])
        if self.is_redefined:
            return self._run_redefined(step, where)
        asked = self._asked(step)
        before = self.tables
        try:
            result = self._start(step, asked)
        except Killed:
            result, killed = None, True
            self.played["kills"] += 1
            self.engine.let_time_pass()
            if not self.engine.has_transactions:
                self.now += timedelta(minutes=1)
                if self.view.snapshot:
                    self._look(where, is_complete=False, has_seen_all=not asked.publish_each)
                return self._recover(step, where)
        except Failed as error:
            if error.kind == self.may_fail:  # what it left behind is judged like what a killed run leaves
                self.engine.leave()
                result, killed = None, True
                self.played["failures"] += 1
                self.failed = error
            elif error.kind == "AssertionError":  # the project's own tests of its data
                raise Wrong(f"{where}: {error.message}") from error
            else:
                raise
        else:
            killed = False
            self.played["builds" if step.plain else "runs"] += 1
        self.now += timedelta(minutes=1)
        self.was_killed = killed
        self._look(where, is_complete=not killed, has_seen_all=not asked.publish_each)
        course = course_of(self.state, asked, self._settled())
        if killed:
            self._find(course, where)
        else:
            self._compare(course, asked, before, result, where)
        self.state = self.state if killed else course.last
        self._keep_marks()
        self._check_updates(before, exact=len(course.states) <= 5, where=where)
        if step.again and not step.plain and not killed:
            self._check_idle(replace(step, kill=None), where)
        return result

    def _asked(self, step: Run) -> Asked:
        return Asked(
            now=self.now,
            as_of=step.as_of or self.now.date(),
            limits=self.limits,
            plain=step.plain,
            full_scan=step.full_scan,
            reprocess_late=step.reprocess_late,
            publish_each=step.publish_each and not self.marked,
            chunk_rows=step.chunk_rows,
            counts_rows=self.engine.counts_rows(plain=step.plain),
            is_unsure=all(row["part"] != "rows elsewhere" for row in self.tables.get("definition", [])),
        )

    def _start(self, step: Run, asked: Asked) -> Any:
        variables = self._variables()
        if step.plain:
            return self.engine.build(self.now, kill=step.kill, as_of=step.as_of, variables=variables)
        return self.engine.run(
            self.now,
            kill=step.kill,
            chunk_rows=step.chunk_rows,
            as_of=step.as_of,
            full_scan=step.full_scan,
            reprocess_late=step.reprocess_late,
            publish_each=asked.publish_each,
            variables=variables,
        )

    def _variables(self) -> dict[str, Any]:
        return self.limits.variables() | {
            "snowplow__start_date": self.history.start_date.isoformat(),
            "snowplow__app_id": list(self.history.app_ids),
            "snowplow__accept_changes": True,
            "signals__history_days": 1,
        }

    def dbt(self, step: Dbt, where: str) -> list[str]:
        """dbt commands, then a run, which is checked. Returns what the macros said."""
        if "atomic" not in self.tables and not self.played["loads"]:
            self.load([])
        said: list[str] = []
        kill = step.kill
        for command in step.commands:
            if isinstance(command, Load):
                self.load(command.rows)
                continue
            try:
                said += self.engine.dbt(self.now, command, kill=kill, as_of=step.as_of, variables=self._variables())
                self.played["commands"] += 1
            except Killed:
                self.played["kills"] += 1
                kill = None
                self.engine.let_time_pass()
            except Failed as error:
                raise Wrong(f"{where}, {' '.join(command)}: {error.message}") from error
            self.now += timedelta(minutes=1)
            if self.view.snapshot:
                self._look(where, is_complete=False)
        if self.is_redefined:
            self.state, self.is_redefined = self.state.redefined(self.scenario), False
        self._bring_in(step.as_of, where, None)
        return said

    def _look(self, where: str, *, is_complete: bool, has_seen_all: bool = True) -> None:
        """What the tables hold now. Of a view whose history is kept, that is held to what they held before."""
        self.tables = self.engine.snapshot()
        lines = self.recording.see(self.view, self.tables, is_complete=is_complete, has_seen_all=has_seen_all)
        if lines:
            raise Wrong(f"{where}, the history:\n" + "\n".join(lines[:20]))

    def _settled(self) -> dict[date, bool]:
        """Of the days that only a killed run's mark makes out of date: whether they are aggregated now."""
        flagged = self._flagged()
        return {day: day not in flagged for day in self.marked}

    def _keep_marks(self) -> None:
        rows = {row["day"]: row for row in self.tables.get("daily_aggregation_manifest", [])}
        out_of_date = self.state.out_of_date()
        extra = self._flagged() - out_of_date
        for day in out_of_date & rows.keys():
            row, known = rows[day], self.state.days[day]
            is_left = (row["left_chunk"] or 0) > (row["aggregated_chunk"] or 0)
            if is_left and not known.is_left:
                extra.add(day)
        self.marked = extra

    # --- after a kill

    def _find(self, course: Course, where: str) -> None:
        """The state on the course of the run in which the tables are."""
        problems = {}
        for number, (name, state) in enumerate(course.states):
            found = [*self._differences(state), *self._lost_marks(state)]
            if not found:
                self.state = state
                return
            problems[f"{number} {name}"] = found
        nearest = min(problems, key=lambda name: len(problems[name]))
        raise Wrong(
            f"{where}: the tables are in none of the states that the run goes through; "
            f"nearest is {nearest!r}:\n" + "\n".join(problems[nearest][:12])
        )

    def _recover(self, step: Run, where: str) -> None:
        """What a run leaves that died between two statements of a model may lie between the states that the model of
        histories knows; but a run that brings everything in comes where it had come without the other."""
        killed = course_of(self.state, self._asked(step), {}).last
        self._bring_in(step.as_of, where, set(killed.published or ()))

    def _bring_in(self, as_of: date | None, where: str, may_be_removed: set[str] | None) -> None:
        """A run that brings everything in, and comes where it had come without what was done before it. Who has no row
        then may be among the removed if he may have had one (None: anyone)."""
        step = Run(as_of=as_of, full_scan=True, reprocess_late=True)
        asked, before = self._asked(step), self.tables
        self._start(step, asked)
        self.played["runs"] += 1
        self.now += timedelta(minutes=1)
        self.was_killed = False
        self._look(where, is_complete=True)
        state, lines = course_of(self.state, asked, {}).last, []
        removed = frozenset(row[self.view.entity.identifier] for row in self.tables["removed_entities"])
        if may_be_removed is None:
            # of what was stored before the commands, something may have been published by them
            stored = (*self.state.stored.values(), *state.stored.values())
            may_be_removed = {event["identifier"] for event in stored}
            may_be_removed |= {row[self.view.entity.identifier] for row in before.get("attributes", [])}
        may_be = state.removed | (may_be_removed - set(state.published))
        if not state.removed <= removed <= may_be:
            lines.append(f"removed_entities: {sorted(removed)}, should be from {state.removed} to {may_be}")
        state = replace(state, removed=removed)
        lines += self._differences(state)
        lines += self._left_over(self._flagged())
        lines += self._line_by_line(by_key(self.tables["run_history"], "run_id", lines))
        if lines:
            raise Wrong(f"{where}, and a run after it:\n" + "\n".join(lines[:20]))
        self.state, self.marked = state, set()
        self._check_updates(before, exact=False, where=where)

    # --- comparisons

    def _compare(self, course: Course, asked: Asked, before: Tables, result: Any, where: str) -> None:
        """After a run that ended well."""
        state, outcome = course.last, course.outcome
        lines = self._differences(state)
        deferred = {day: state.pending_late(day) for day in state.out_of_date()}
        manifest = by_key(self.tables["daily_aggregation_manifest"], "day", lines)
        flagged = {day: row["pending_late_events"] for day, row in manifest.items() if row["is_out_of_date"]}
        marked = {day: n for day, n in flagged.items() if day in self.marked and day not in deferred}
        lines += unequal("days that wait, with their late events", flagged, deferred | marked)
        removed = {row[self.view.entity.identifier] for row in self.tables["removed_entities"]}
        lines += unequal("removed_entities", removed, set(state.removed))
        lines += self._left_over(set(flagged))
        lines += self._accounting(outcome, deferred | marked, before, result)
        if lines:
            raise Wrong(f"{where}:\n" + "\n".join(lines[:20]))

    def _check_updates(self, before: Tables, *, exact: bool, where: str) -> None:
        """A row's `updated_at` changes when, and only when, one of its values does."""
        key = self.view.entity.identifier
        old, new = by_key(before.get("attributes", []), key), by_key(self.tables.get("attributes", []), key)
        newest = max((row["updated_at"] for row in old.values()), default=datetime.min)
        lines = []
        for one, row in new.items():
            was = old.get(one)
            if was is not None and was.keys() != row.keys():
                continue  # every row is another one by another definition
            if was is not None and was["updated_at"] == row["updated_at"]:
                lines += [] if alike(was, row, 0.0) else [f"{one!r} changed, its updated_at did not"]
            elif row["updated_at"] <= newest:
                lines.append(f"updated_at of {one!r} is not later than that of rows before")
            elif was is not None and exact and alike(was, row, 1e-12):
                lines.append(f"updated_at of {one!r} changed, its values did not")
        if not self.was_killed:
            lines += problems(plan_of(self.view), before, self.tables, exact=exact)
        if lines:
            raise Wrong(f"{where}:\n" + "\n".join(lines))

    def _check_idle(self, step: Run, where: str) -> None:
        before, self.now = self.tables, self.now - timedelta(minutes=1)
        result = self._start(step, self._asked(step))
        self.now += timedelta(minutes=1)
        self._look(where, is_complete=True)
        self.played["runs"] += 1
        lines = [] if result.changed_nothing else ["a run with nothing to do does not say so"]
        lines += [
            f"a run with nothing to do changed {name}"
            for name in before
            if (not result.chunks or name not in BOOKKEEPING)
            and sorted_rows(before[name]) != sorted_rows(self.tables[name])
        ]
        self.played["idle"] += not result.chunks
        if lines:
            raise Wrong(f"{where}, again:\n" + "\n".join(lines))

    # --- the end

    def drain(self) -> None:
        """Bring everything in, and compare with the interpreter over the rows alone."""
        where = "at the end"
        self.now = max([self.now, *(hour + timedelta(hours=1) for hour in self.scenario.loads)])
        as_of = self.history.last_as_of or self.now.date()
        step = Run(as_of=as_of, full_scan=True, reprocess_late=True, again=True)
        if self.is_redefined:
            self.run(replace(step, again=False), where)
        self.run(step, where)
        rows = [row for rows in self.scenario.loads.values() for row in rows]
        include = self.limits.include_current_day_in_windows
        lines = harness.differences(self.view, self._attributes(), self.scenario.attributes(rows, as_of, include))
        winners = self.scenario.winners(rows)
        stored = {row["event_id"]: row["day"] for row in self.tables["filtered_events"]}
        lines += unequal("filtered_events", stored, {one: event["day"] for one, event in winners.items()})
        days = Counter((event["identifier"], event["day"]) for event in winners.values())
        lines += unequal("daily_aggregates", dict(self._aggregated()), dict(days))
        if self._flagged() or self.tables["entity_day_manifest"]:
            lines.append("marks are left")
        left = [name for name in self.tables if "__dbt" in name]
        lines += [f"tables are left: {left}"] if left else []
        if lines:
            raise Wrong(f"{where}, against the rows alone:\n" + "\n".join(lines[:20]))


def _short(step: Any) -> str:
    shown = repr(step)
    return shown if len(shown) < 300 else f"{type(step).__name__} of {len(getattr(step, 'rows', ()))} rows"


def play(engine: Engine, view: View, history: History) -> Counter[str]:
    """Play it; returns what was done."""
    player = Player(engine, view, history)
    player.play()
    return player.played
