"""Regular sync in a process of its own, so that copying does not slow down serving profiles.

The process ends when the one that started it does, however that ends: it notices that its input does. Each time that it
looked for due views, it reports on its output whether anything can be synced.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import IO

STOP_SECONDS = 10.0
FIRST_PAUSE = 1.0
LONGEST_PAUSE = 60.0
RAN_WELL = 60.0
"""Seconds after which a process that ended is started again at once."""
SILENT = 180.0
"""Seconds after which a process that has not looked for due views counts as hanging; when everything fails it looks
once a minute.
"""
_WELL, _TROUBLED = b"well\n", b"troubled\n"


class SyncProcess:
    """`snowplow-batch-engine sync --every ...` as a child process, started again when it ends.

    `arguments` come after `sync`; `environment` holds what a list of processes must not show: URLs with passwords.
    `log` receives a line when the process ended by itself.
    """

    def __init__(
        self,
        arguments: Sequence[str],
        environment: Mapping[str, str],
        log: Callable[[str], None] = lambda line: None,
    ) -> None:
        self._command = [sys.executable, "-m", "snowplow_signals.cli", "sync", "--until-input-ends", *arguments]
        self._environment = {**os.environ, **environment}
        self._log = log
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._said, self._said_at = _WELL, 0.0

    @property
    def pid(self) -> int | None:
        """The process's id; None while there is none."""
        return self._process.pid if self._process is not None else None

    @property
    def is_running(self) -> bool:
        """Whether the process is running; false while it waits to be restarted."""
        return self._process is not None and self._process.poll() is None

    @property
    def trouble(self) -> str | None:
        """Why nothing is synced at the moment, in a word or two; None when everything works."""
        if not self.is_running:
            return "restarting"
        if time.monotonic() - self._said_at > SILENT:
            return "silent"
        return "nothing is synced" if self._said == _TROUBLED else None

    def start(self) -> None:
        """Start it, and keep it running from now on."""
        self._thread = threading.Thread(target=self._supervise, name="sync-process", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End it: after the batch that it writes, or at once when that takes long. A second call does nothing."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def _supervise(self) -> None:
        pause = FIRST_PAUSE
        while not self._stop.is_set():
            try:
                ran = self._run_once()
            except Exception as error:  # no memory or descriptors for a process, for example: retried
                self._process, ran = None, 0.0
                self._log(f"the sync process could not be started: {error}")
            if self._stop.is_set():
                return
            pause = FIRST_PAUSE if ran >= RAN_WELL else min(pause * 2, LONGEST_PAUSE)
            self._log(f"the sync process ended; restarting it in {pause:.0f} s")
            self._stop.wait(pause)

    def _run_once(self) -> float:
        began = time.monotonic()
        pipe = subprocess.PIPE
        with subprocess.Popen(self._command, stdin=pipe, stdout=pipe, env=self._environment) as process:
            assert process.stdout is not None
            self._said, self._said_at = _WELL, began
            self._process = process
            threading.Thread(target=self._listen, args=[process.stdout], name="sync-process-says", daemon=True).start()
            while process.poll() is None and not self._stop.wait(0.2):
                pass
            if process.poll() is None:
                _end(process)
            self._process = None
        return time.monotonic() - began

    def _listen(self, output: IO[bytes]) -> None:
        with suppress(ValueError):  # closed when the process ended
            for line in output:
                self._said, self._said_at = line, time.monotonic()


def report_to_parent() -> Callable[[str | None], None]:
    """The `looked` of a RegularSync in such a process. Everything else that is printed goes to stderr from now on."""
    output = os.dup(1)
    os.dup2(2, 1)

    def report(trouble: str | None) -> None:
        with suppress(OSError):  # the parent has ended, and so will this process
            os.write(output, _WELL if trouble is None else _TROUBLED)

    return report


def _end(process: subprocess.Popen[bytes]) -> None:
    assert process.stdin is not None
    process.stdin.close()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
