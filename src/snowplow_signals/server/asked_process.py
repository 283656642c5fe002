"""Programs of this package that answer one question, each in a process of its own."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, NoReturn

from fastapi import HTTPException

from snowplow_signals.server.invalid import InvalidError, Place


async def answer_of(
    module: str, question: Mapping[str, Any], *, seconds: float | None, too_slow: str, doing: str, grace: float = 0
) -> dict[str, Any]:
    """What the module answers to a line of JSON, or its error. `doing` says what the process did, for a message.

    Raises HTTPException: 504 with `too_slow` when it takes longer, 503 when it ends without an answer. The process is
    ended in any case, also when the caller is gone; it has `grace` seconds to put away what it made.
    """
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", module),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        start_new_session=True,  # so that what it starts itself can be ended with it
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        # its input stays open: when this process dies, however it does, the other sees the end of it and ends too
        process.stdin.write(json.dumps(question).encode() + b"\n")
        async with asyncio.timeout(seconds):
            written = await process.stdout.read()
            await process.wait()
    except TimeoutError:
        raise HTTPException(504, too_slow) from None
    finally:
        await _end(process, grace)
    try:
        return json.loads(written)  # type: ignore[no-any-return]
    except ValueError:
        raise HTTPException(503, f"the process that {doing} ended too early; try again") from None


async def _end(process: asyncio.subprocess.Process, grace: float) -> None:
    if process.returncode is None and grace:
        with suppress(ProcessLookupError):
            process.terminate()
        with suppress(TimeoutError):
            await asyncio.wait_for(asyncio.shield(process.wait()), grace)
    if process.returncode is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    if process.stdin is not None:
        process.stdin.close()
    await asyncio.shield(process.wait())


def refuse(outcome: Mapping[str, Any], at: Place, cannot: str = "") -> NoReturn:
    """Raises what an error that such a program answers is over HTTP. `at`: the part of the request that may be wrong;
    `cannot`: what stands before the words of a service that lacks something."""
    kind, message = outcome["error"], outcome["message"]
    if kind in ("DefinitionError", "UnsupportedError"):
        raise InvalidError([(at, message)])
    if kind == "UsageError":
        raise HTTPException(404, f"{cannot}{message}")
    if kind == "SourceError":
        raise HTTPException(404, message)
    if kind == "BusyError":
        raise HTTPException(503, message, {"Retry-After": "5"})
    raise HTTPException(503, f"the warehouse failed: {message}")
