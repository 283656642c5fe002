"""Processes that really die, meet, or run out of disk: nothing is lost, and the next run puts everything right."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
from tests import harness, reference
from tests.e2e import shop
from tests.histories.by_hand import day, event
from tests.histories.engine import Engine, Failed, Server
from tests.histories.made_up import LOADS_AND_RUNS, history_of_seed
from tests.histories.play import Player, play
from tests.histories.steps import Dbt, History, Load, Run, noon
from tests.histories.views import EVERYTHING

from snowplow_signals.workspace import generate

COMMAND = Path(sys.executable).with_name("snowplow-batch-engine")
KILLS = 6
"""Of each of the two tests that kill processes at random moments."""


# --- SIGKILL


@pytest.mark.parametrize("seed", [pytest.param(seed, marks=pytest.mark.long) for seed in (1, 2, 3, 4)])
def test_a_killed_process_leaves_what_the_next_run_completes(server: Server, seed: int, record_property) -> None:
    """Histories whose runs are killed by a signal, at moments drawn over the time that a run takes."""
    random = Random(seed)
    folder = server.project(EVERYTHING)
    played: dict[str, int] = {}
    milliseconds = 1500
    for number in range(60):
        history = history_of_seed(1000 * seed + number, {EVERYTHING.name: EVERYTHING}, 10, LOADS_AND_RUNS)
        with Engine(server, folder, threads=2) as engine:
            started = time.monotonic()
            done = play(engine, EVERYTHING, _with_signals(history, random, milliseconds))
            milliseconds = 1000 * (time.monotonic() - started) / (done["runs"] + done["kills"])
        played = {name: played.get(name, 0) + done[name] for name in {*played, *done}}
        if played.get("kills", 0) >= KILLS:
            break
    record_property("played", played)
    assert played["kills"] >= KILLS


def _with_signals(history: History, random: Random, milliseconds: float) -> History:
    """Every load is followed by a run that is killed and one that is not."""
    steps = []
    for step in history.steps:
        steps.append(replace(step, kill=None) if isinstance(step, Run | Dbt) else step)
        if isinstance(step, Load):
            steps.append(Run(kill=("process", round(random.uniform(0.1, 1) * milliseconds), "")))
    return replace(history, steps=tuple(steps))


def test_the_command_is_killed(tmp_path: Path) -> None:
    """The installed command, at moments spread over what it does."""
    project = _made(tmp_path)
    killed = 0
    for number in range(3):
        process = _start_run(project)
        _wait_for_first_write(project.database, process)
        time.sleep(0.7 * number)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        killed += process.returncode == -signal.SIGKILL
        # near the newest load: what comes later under older times is looked at no more, once that was processed
        project.load(shop.event(100 + number, "user-0", 5 - number))
    assert killed >= 2
    _finish(project)


def _made(root: Path) -> shop.Shop:
    project = shop.make(root, [shop.event(number, f"user-{number % 4}", number % 6) for number in range(40)])
    generate(root, force=True)
    return project


def _start_run(project: shop.Shop) -> subprocess.Popen:
    arguments = ["run", "--repo-path", str(project.root), "--as-of", shop.AS_OF.isoformat()]
    return subprocess.Popen(
        [COMMAND, *arguments], cwd=project.root, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def _wait_for_first_write(database: Path, process: subprocess.Popen) -> None:
    before = database.stat().st_mtime_ns
    while process.poll() is None:
        wal = database.with_name(database.name + ".wal")
        if wal.exists() or database.stat().st_mtime_ns != before:
            return
        time.sleep(0.01)


def _finish(project: shop.Shop) -> None:
    process = _start_run(project)
    said = process.communicate()
    assert process.returncode == 0, said
    _is_right(project)


def _is_right(project: shop.Shop) -> None:
    rows = harness.read_table(project.database, "atomic.events")
    expected = reference.compute(project.view, rows, as_of=shop.AS_OF)
    assert harness.differences(project.view, harness.attributes_of(project.database, project.view), expected) == []
    history = project.table("run_history", harness.MANIFEST)
    used = sum(row["rows_used"] - row["winners_replaced"] for row in history)
    assert used == len(project.table("filtered_events"))


# --- two at once

WAITING_RUN = """
import sys
from pathlib import Path
from snowplow_signals.run.runner import run_project

class Wait:
    waited = False
    def step(self, phase, model, done, total, rows_done, rows_in_sight):
        if model == "filtered_events" and not self.waited:
            self.waited = True
            print("here", flush=True)
            sys.stdin.readline()

folder = Path(sys.argv[1])
from datetime import date
run_project(folder, profiles_dir=folder.parent, as_of=date.fromisoformat(sys.argv[2]), progress=Wait())
"""


def test_of_two_runs_at_once_one_stops_and_nothing_is_lost(tmp_path: Path) -> None:
    project = _made(tmp_path)
    first = subprocess.Popen(
        [sys.executable, "-c", WAITING_RUN, str(project.folder), shop.AS_OF.isoformat()],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert first.stdout.readline() == "here\n"
        second = _start_run(project)
        said, complained = second.communicate()
        assert second.returncode == 1
        assert "another run, or another program, holds the database" in " ".join((said + complained).split())
        assert "Traceback" not in said + complained
    finally:
        first.communicate("go on\n")
    assert first.returncode == 0
    _is_right(project)
    assert len(project.table("run_history", harness.MANIFEST)) == 1
    _finish(project)


# --- a full disk


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[bool]:
    """A file system of that size, mounted on `folder`; False when this may not be done."""
    mounted = os.geteuid() == 0 and (
        subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)], capture_output=True, check=False
        ).returncode
        == 0
    )
    try:
        yield mounted
    finally:
        if mounted:
            subprocess.run(["umount", "--lazy", str(folder)], check=True)


def test_a_full_disk_stops_the_run_with_a_message_and_heals(server: Server, tmp_path: Path, record_property) -> None:
    """Runs with ever more room: each fails with a message, or is right; with room everything is brought in."""
    home = tmp_path / "disk"
    home.mkdir()
    with small_disk(home, 48) as is_small:
        engine = Engine(server, server.project(EVERYTHING), home=home)
        player = Player(engine, EVERYTHING, History(EVERYTHING.name, ()))
        player.may_fail = "RunError"
        player.now = noon(day(3))
        player.load(event(f"old {number}", f"user {number % 50}", number / 200) for number in range(200))
        player.run(Run(as_of=day(3)), "at first")
        messages = []
        for number, room in enumerate((0, 64, 128, 256, 512, 1024)):
            player.load(event(f"{number} {n}", f"user {n}", 1 + n / 100, label=f"label {n}") for n in range(100))
            _leave_room(engine, home, room * 1024, is_small)
            player.failed = None
            player.run(Run(as_of=day(3)), f"with {room} KB left")
            if player.failed is not None:
                messages.append(player.failed.message)
            _make_room(engine, home, is_small)
        record_property("played", dict(player.played))
        assert messages, "the disk was never full"
        wanted = "No space left on device" if is_small else "File too large"
        assert all(wanted in message for message in messages), messages
        player.drain()
        engine.leave()


def _leave_room(engine: Engine, home: Path, room: int, is_small: bool) -> None:
    if not is_small:
        engine.limit_files(engine.database.stat().st_size + room)
        return
    free = os.statvfs(home).f_bavail * os.statvfs(home).f_frsize
    with open(home / "filler", "wb") as filler:
        filler.write(b"\0" * max(free - room, 0))


def _make_room(engine: Engine, home: Path, is_small: bool) -> None:
    engine.leave()
    if is_small:
        (home / "filler").unlink()


def test_the_messages_of_failures_name_the_project(server: Server) -> None:
    with Engine(server, server.project(EVERYTHING)) as engine, pytest.raises(Failed, match="SourceError: everything_1"):
        engine.run(shop.DAY)
