"""Who holds a lease is known by a token, not by the names of hosts and the numbers of processes."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from snowplow_signals.stores import holders, open_store

LIVES = """
import sys
from snowplow_signals.stores.holders import new_holder
print(new_holder(), flush=True)
sys.stdin.read()
"""


@contextmanager
def process(folder: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A process that holds something, with a folder for its temporary files."""
    command = [sys.executable, "-c", LIVES]
    environment = {**os.environ, "TMPDIR": str(folder)}
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    ) as started:
        yield started, started.stdout.readline().strip()
        started.kill()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """This process's folder for temporary files."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_a_process_that_lives_and_one_that_was_killed(folder: Path) -> None:
    with process(folder) as (one, first), process(folder) as (other, second):
        assert not holders.is_gone(first)
        one.send_signal(signal.SIGKILL)
        one.wait()
        assert holders.is_gone(first)
        assert not holders.is_gone(second)
        assert other.poll() is None


def test_one_of_another_container_is_never_taken_for_one_that_ended(folder: Path, tmp_path: Path) -> None:
    """It has this host's name and a process number that nobody has here, and another folder for temporary files."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    with process(elsewhere) as (there, holder):
        assert not holders.is_gone(holder)
        there.send_signal(signal.SIGKILL)
        there.wait()
        assert not holders.is_gone(holder)  # nothing is known of it: its lease ends by itself
    assert not holders.is_gone(f"{socket.gethostname()}/999999999/{'0' * 16}")  # as earlier versions wrote it
    for odd in ("", "/", "../x", "x"):
        assert not holders.is_gone(odd)


def test_this_process(folder: Path) -> None:
    one, other = holders.new_holder(), holders.new_holder()
    assert one != other
    assert not holders.is_gone(one)
    holders.give_up(one)
    assert (holders.is_gone(one), holders.is_gone(other)) == (True, False)


def test_a_child_of_a_fork_is_another_process(folder: Path) -> None:
    holder = holders.new_holder()
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writing, f"{holders.new_holder()} {holders.is_gone(holder)}".encode())
        os._exit(0)
    os.waitpid(child, 0)
    theirs, parent_is_gone = os.read(reading, 200).decode().split()
    assert theirs.partition("/")[0] != holder.partition("/")[0]
    assert parent_is_gone == "False"
    assert not holders.is_gone(holder)
    os.close(reading)
    os.close(writing)


def test_two_containers_share_a_store(folder: Path, tmp_path: Path) -> None:
    """Neither takes the other's lease, however often it asks."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    with open_store(tmp_path / "profiles.sqlite") as store:
        held = store.acquire("sync", 30)
        program = f"""
from snowplow_signals.stores import open_store
with open_store({str(store.path)!r}) as store:
    print([store.acquire("sync", 30) for _ in range(20)] == [None] * 20)
"""
        environment = {**os.environ, "TMPDIR": str(elsewhere)}
        said = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True)
        assert said.stdout == "True\n", said.stderr
        assert store.renew(held, 30)


def test_files_are_removed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with process(folder) as (ends, holder):
        ends.stdin.close()
        ends.wait()
        assert list(folder.glob("signals-*/*")) == []
        assert not holders.is_gone(holder)
    with process(folder) as (killed, _):
        killed.send_signal(signal.SIGKILL)
        killed.wait()
    assert len(list(folder.glob("signals-*/*"))) == 1
    monkeypatch.setattr(holders, "KEPT_SECONDS", -1)
    with process(folder) as (_, holder):
        holders._remove_old(holders._folder())
        assert [file.name for file in folder.glob("signals-*/*")] == [holder.partition("/")[0]]


APART = ("unshare", "--pid", "--fork", "--mount-proc", "--uts", "--mount")
"""Namespaces of processes, host names and mounts of its own, as a container has them."""


def apart() -> list[str]:
    """What starts a process in namespaces of its own; nothing where the kernel does not let us make them."""
    tried = shutil.which("unshare") and subprocess.run([*APART, "true"], capture_output=True).returncode == 0
    return list(APART) if tried else []


@pytest.mark.parametrize("has_one_folder", [True, False], ids=["shared folder", "folders of their own"])
def test_containers_of_one_host_name_do_not_steal(tmp_path: Path, has_one_folder: bool) -> None:
    """Three at once ask for one lease again and again; in each the process has the same number and host name."""
    program = """
import os, socket, sys
from snowplow_signals.stores import open_store
with open_store(sys.argv[1]) as store:
    print(os.getpid(), socket.gethostname(), flush=True)
    sys.stdin.readline()
    had = [lease for lease in (store.acquire("sync", 60) for _ in range(40)) if lease]
    print(len(had), flush=True)
    sys.stdin.readline()
    print(all(store.renew(lease, 60) for lease in had), flush=True)
    sys.stdin.readline()
"""
    place = tmp_path / "profiles.sqlite"
    open_store(place).close()
    started, command = [], [*apart(), sys.executable, "-c", program, str(place)]
    for number in range(3):
        folder = tmp_path / ("shared" if has_one_folder else str(number))
        folder.mkdir(exist_ok=True)
        environment = {**os.environ, "TMPDIR": str(folder)}
        started.append(
            subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment)
        )
    try:
        names = {one.stdout.readline() for one in started}
        assert len(names) == (1 if apart() else 3)
        taken = []
        for _ in range(2):
            for one in started:
                one.stdin.write("\n")
                one.stdin.flush()
            taken.append([one.stdout.readline().strip() for one in started])
        assert sorted(taken[0]) == ["0", "0", "1"]
        assert taken[1] == ["True"] * 3
    finally:
        for one in started:
            one.stdin.close()
            one.wait()
            one.stdout.close()
