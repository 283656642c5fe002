"""Training sets that are being built: one process each, one at a time, and a file each that says how it is.

The files lie in the service's folder, so that every process of the service answers for each run, also after a restart.
Whoever runs one touches its file; a run whose file was not touched for long is one whose service has ended.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import time
import uuid
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from fastapi import HTTPException

from snowplow_signals.server.asked_process import answer_of

FOLDER = "dataset_runs"
MOST_WAITING = 20
TOUCH_SECONDS = 2.0
LOST_SECONDS = 60.0
"""A run that nobody has touched for so long is lost."""
END_SECONDS = 5.0
"""How long a process that is cancelled may take to drop its tables."""
CANCELLED = "it was cancelled"
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")

Status = Literal["pending", "success", "failed"]


@dataclass(frozen=True)
class Run:
    """One training set. `request` is what its process is asked for, `dataset` where its table is."""

    id: str
    status: Status
    dataset: dict[str, Any]
    created_at: str
    request: dict[str, Any]
    error: str | None = None


class DatasetRuns:
    """Belongs to one event loop."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / FOLDER
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._turn = asyncio.Lock()

    def stop(self) -> None:
        """Give up all runs: the service is about to end."""
        for task in tuple(self._tasks.values()):
            task.cancel()

    async def start(self, request: dict[str, Any], id_: str) -> Run:
        """Begin to build a training set. Raises HTTPException: 503 when too many wait."""
        if len(self._tasks) > MOST_WAITING:
            raise HTTPException(503, "other training sets are being built; try again", {"Retry-After": "60"})
        run = Run(id_, "pending", request["dataset"], f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}", request)
        await asyncio.to_thread(self._keep, run)
        task = asyncio.create_task(self._run(run))
        self._tasks[run.id] = task
        task.add_done_callback(lambda _: self._tasks.pop(run.id, None))
        return run

    async def find(self, id_: str) -> Run:
        """Raises HTTPException 404 for a run that nobody knows."""
        return await asyncio.to_thread(self._read, id_)

    async def cancel(self, id_: str) -> Run:
        """End a run that is not finished; whichever process of the service has it sees that in a moment."""
        run = await self.find(id_)
        if run.status == "pending":
            await asyncio.to_thread(self._file(run.id).with_suffix(".cancel").touch)
            task = self._tasks.get(run.id)
            if task is not None:
                task.cancel()
                await asyncio.wait([task], timeout=2 * END_SECONDS)
            run = await self.find(id_)
        return run

    async def _run(self, run: Run) -> None:
        touching = asyncio.create_task(self._keep_touched(run, asyncio.current_task()))
        try:
            async with self._turn:
                outcome = await asked_in_process({"do": "run", "request": run.request})
            if "error" in outcome:
                run = replace(run, status="failed", error=str(outcome["message"]))
            else:
                run = replace(run, status="success", dataset=outcome)
        except asyncio.CancelledError:
            is_asked = self._file(run.id).with_suffix(".cancel").exists()
            run = replace(run, status="failed", error=CANCELLED if is_asked else "the service was stopped")
        except HTTPException as error:
            run = replace(run, status="failed", error=str(error.detail))
        finally:
            touching.cancel()
            self._keep(run)

    async def _keep_touched(self, run: Run, task: asyncio.Task[Any] | None) -> None:
        file = self._file(run.id)
        while True:
            await asyncio.sleep(TOUCH_SECONDS)
            with suppress(OSError):
                os.utime(file)
            if file.with_suffix(".cancel").exists() and task is not None:
                task.cancel()

    def _file(self, id_: str) -> Path:
        return self._folder / f"{id_}.json"

    def _keep(self, run: Run) -> None:
        self._folder.mkdir(exist_ok=True)
        beside = self._file(run.id).with_suffix(f".{os.getpid()}")
        beside.write_text(json.dumps(asdict(run)), "utf-8")
        beside.replace(self._file(run.id))
        if run.status != "pending":
            self._file(run.id).with_suffix(".cancel").unlink(missing_ok=True)

    def _read(self, id_: str) -> Run:
        file = self._file(id_)
        if not _ID.fullmatch(id_) or not file.is_file():
            raise HTTPException(404, f"there is no dataset run {id_!r}")
        run = Run(**json.loads(file.read_text("utf-8")))
        if run.status == "pending" and time.time() - file.stat().st_mtime > LOST_SECONDS:
            return replace(run, status="failed", error="the service that ran it has ended")
        return run


def new_id() -> str:
    """The identifier of another run."""
    return str(uuid.uuid4())


async def asked_in_process(question: dict[str, Any], seconds: float | None = None) -> dict[str, Any]:
    """What `snowplow_signals.datasets.process` answers, or its error. Raises HTTPException as `answer_of`."""
    return await answer_of(
        "snowplow_signals.datasets.process",
        question,
        seconds=seconds,
        too_slow="the warehouse took too long",
        doing="built the training set",
        grace=END_SECONDS,
    )
