"""Looks into the warehouse, kept in memory: pages show what was seen last, and a look is taken beside them.

A process of its own looks (`inspect.looking`): a page never waits for the warehouse, reads of profiles are not slowed
down, and an embedded database is held for the moment of a look only.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from snowplow_signals.inspect.explain import Explanation
from snowplow_signals.inspect.look import Look
from snowplow_signals.inspect.looking import Answer, ExplainValues, Failure, LookAt, Question, Unchanged

FRESH_SECONDS = 30.0
"""A page that shows an older look has a new one taken."""
LOOK_SECONDS = 120.0
EXPLAIN_SECONDS = 25.0
"""How long a look, and an explanation that somebody waits for, may take."""
IDLE_SECONDS = 300.0
"""The process ends when nobody has asked for so long: it holds a few hundred megabytes."""
LOCK_SECONDS = "2"
_PROGRAM = "from snowplow_signals.inspect.looking import main; main()"

BUSY_KINDS = frozenset({"BusyError"})


class Looker:
    """The process that looks, started when it is needed; one question at a time. May be used from several threads."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._used = 0.0
        self._is_closed = False

    def ask(self, question: Question, seconds: float) -> Answer:
        """The answer; a Failure when it takes longer, or the process ends."""
        until = time.monotonic() + seconds
        if not self._turn.acquire(timeout=seconds):
            return Failure("BusyError", "others are looking into the warehouse; try again")
        try:
            return self._asked(question, max(until - time.monotonic(), 1.0))
        finally:
            self._used = time.monotonic()
            self._turn.release()

    def end_if_idle(self) -> None:
        """End the process when it was not used for a while."""
        if time.monotonic() - self._used > IDLE_SECONDS and self._turn.acquire(blocking=False):
            try:
                self._end()
            finally:
                self._turn.release()

    def close(self) -> None:
        """End the process, whatever it does."""
        self._is_closed = True
        self._end()

    def _asked(self, question: Question, seconds: float) -> Answer:
        if self._is_closed:
            return Failure("BusyError", "the service is being stopped")
        process = self._running()
        assert process.stdin is not None
        assert process.stdout is not None
        is_late = threading.Event()

        def give_up() -> None:
            is_late.set()
            process.kill()

        timer = threading.Timer(seconds, give_up)
        timer.daemon = True
        timer.start()
        try:
            pickle.dump(question, process.stdin)
            process.stdin.flush()
            answer: Answer = pickle.load(process.stdout)
            return answer
        except (OSError, EOFError, pickle.UnpicklingError):
            self._end()
            if is_late.is_set():
                return Failure("BusyError", f"the warehouse did not answer within {seconds:.0f} seconds")
            return Failure("RunError", "the process that looks into the warehouse ended too early")
        finally:
            timer.cancel()

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self._process = subprocess.Popen(
                [sys.executable, "-c", _PROGRAM],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env={**os.environ, "SNOWPLOW_LOCK_SECONDS": LOCK_SECONDS},
            )
        return self._process

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()
        process.wait()


@dataclass(frozen=True)
class Seen:
    """What is known of a project. Neither `look` nor `problem`: nothing yet."""

    look: Look | None = None
    problem: Failure | None = None
    """Why the last look failed; `look` is then one of before."""
    confirmed_at: datetime | None = None
    """When it was last found to be like that (UTC)."""
    looked_at: float = field(default=float("-inf"), compare=False)
    """When a look was last taken, by the monotonic clock."""

    @property
    def is_pending(self) -> bool:
        return self.look is None and self.problem is None


class Looks:
    """The last look at each project of a folder. Closed with `close`."""

    def __init__(
        self, folder_of: Callable[[str], Path | None], target: str | None, looker: Looker | None = None
    ) -> None:
        self._folder_of = folder_of
        self._target = target
        self._looker = looker or Looker()
        self._seen: dict[str, Seen] = {}
        self._due: dict[str, None] = {}
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._is_closed = False

    def at(self, project: str, *, again: bool = False) -> Seen:
        """What is known of it now; a look is taken beside when that is old, or if it is asked for `again`."""
        with self._changed:
            seen = self._seen.get(project, Seen())
            if again or time.monotonic() - seen.looked_at > FRESH_SECONDS:
                self._due[project] = None
                self._start()
                self._changed.notify_all()
            return seen

    def wait(self, project: str, seconds: float) -> Seen:
        """What is known of it once it was looked at, or when the time is over."""
        with self._changed:
            self._changed.wait_for(lambda: project not in self._due, seconds)
            return self._seen.get(project, Seen())

    def explain(self, project: str, view: str, identifier: str, attribute: str | None) -> Explanation | Failure:
        """How the values of an entity came about."""
        folder = self._folder_of(project)
        if folder is None:
            return Failure("UsageError", f"there is no project {project!r} here")
        question = ExplainValues(folder, self._target, view, identifier, attribute)
        answer = self._looker.ask(question, EXPLAIN_SECONDS)
        if isinstance(answer, Explanation | Failure):
            return answer
        return Failure("RunError", "the process that looks into the warehouse answered another question")

    def close(self) -> None:
        """Stop looking."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()
        self._looker.close()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def _start(self) -> None:
        if self._thread is None and not self._is_closed:
            self._thread = threading.Thread(target=self._look, name="console-looks", daemon=True)
            self._thread.start()

    def _look(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._due or self._is_closed, IDLE_SECONDS)
                if self._is_closed:
                    return
                project = next(iter(self._due), None)
            if project is None:
                self._looker.end_if_idle()
                continue
            seen = self._taken(project, self._seen.get(project, Seen()))
            with self._changed:
                self._seen[project] = seen
                self._due.pop(project, None)
                self._changed.notify_all()

    def _taken(self, project: str, before: Seen) -> Seen:
        folder = self._folder_of(project)
        if folder is None:
            return Seen(problem=Failure("UsageError", f"there is no project {project!r} here"), looked_at=_now())
        known = before.look.signature if before.look is not None else None
        answer = self._looker.ask(LookAt(folder, self._target, known), LOOK_SECONDS)
        if isinstance(answer, Look):
            return Seen(answer, None, answer.at, _now())
        if isinstance(answer, Unchanged):
            return replace(before, problem=None, confirmed_at=answer.at, looked_at=_now())
        problem = answer if isinstance(answer, Failure) else Failure("RunError", "an answer to another question")
        return replace(before, problem=problem, looked_at=_now())


def _now() -> float:
    return time.monotonic()
