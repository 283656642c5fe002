"""How fast profiles are read over HTTP, on loopback, beside what the machine allows.

python benchmarks/serving.py [--profiles 1e6] [--stores redis,sqlite] [--rate 2000] [--seconds 20] [--processes 2]

The load generator (`load.py`) is a process of its own. Floors: the same HTTP server answering a constant, and a bare
HMGET of the same profiles.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psutil
from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks")]

import made_up_profiles  # noqa: E402
from tests import servers  # noqa: E402

from snowplow_signals.registry import Registry  # noqa: E402
from snowplow_signals.stores import open_store  # noqa: E402

RESULT = ROOT / "benchmarks" / "results" / "serving.json"
CONSTANT_NAME = "the HTTP server, a constant"
CONSTANT = """
import sys
import uvicorn
body = b"x" * 700
async def app(scope, receive, send):
    if scope["type"] == "http":
        while (await receive()).get("more_body"):
            pass
        headers = [(b"content-type", b"application/json"), (b"content-length", b"700")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})
uvicorn.run(app, port=int(sys.argv[1]), access_log=False, log_level="warning", lifespan="off", server_header=False)
"""


@contextmanager
def constant() -> Iterator[tuple[int, int]]:
    """The same HTTP server answering a constant: its port, and the number of its process."""
    port = servers.free_port()
    with _process([sys.executable, "-c", CONSTANT, str(port)]) as process:
        _wait_for(port)
        yield port, process.pid


@contextmanager
def service(folder: Path, store: str) -> Iterator[tuple[int, int]]:
    command = [sys.executable, "-m", "snowplow_signals.cli", "serve", "--repo-path", str(folder), "--port", "0"]
    environment = {**os.environ, "SNOWPLOW_STORE": store}
    with _process([*command, "--sync-interval", "0"], stdout=subprocess.PIPE, env=environment) as process:
        assert process.stdout is not None
        port = int(re.search(rb"served at http://[^:]+:(\d+)", process.stdout.readline())[1])
        _wait_for(port)
        yield port, process.pid


@contextmanager
def _process(command: list[str], **options: object) -> Iterator[subprocess.Popen]:
    process = subprocess.Popen(command, **options)
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


def _wait_for(port: int) -> None:
    import socket

    until = time.monotonic() + 60
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)


def load(*processes: int, port: Sequence[int], **options: object) -> dict:
    """What the load generator measured, and the share of a processor that the servers used meanwhile."""
    arguments = [part for name, value in options.items() for part in (f"--{name}", str(value))]
    arguments += ["--port", *map(str, port)]
    servers = [psutil.Process(process) for process in processes]

    def used_seconds() -> float:
        return sum(sum(server.cpu_times()[:2]) for server in servers)

    before, began, load_before = used_seconds(), time.monotonic(), os.getloadavg()[0]
    done = subprocess.run(
        [sys.executable, str(ROOT / "benchmarks" / "load.py"), *arguments], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(done.stderr)
    used = (used_seconds() - before) / (time.monotonic() - began)
    return {**json.loads(done.stdout), "server_cpu": used, "load_average": load_before}


def fill(folder: Path, store: str, profiles: int) -> None:
    from snowplow_signals.sync.published import Published

    with open_store(store) as opened:
        result = Published(folder).sync(made_up_profiles.view(), opened)
    assert result.rows_written == profiles
    print(f"{profiles:,} profiles written in {result.seconds:.0f} s", file=sys.stderr)


def benchmark(kind: str, folder: Path, given: argparse.Namespace) -> list[dict]:
    shared = {"profiles": int(given.profiles), "seconds": given.seconds}
    single = {**shared, "rate": given.rate}
    many = {**shared, "rate": given.many_rate, "identifiers": 100}
    found = []
    with ExitStack() as stack:
        store = str(folder / "profiles.sqlite")
        if kind == "redis":
            server = stack.enter_context(servers.RedisServer("--appendonly", "no"))
            store = server.url
        fill(folder, store, int(given.profiles))
        if kind == "redis":
            bare = {"kind": "redis", "path": "signals:profiles:speed_v1", "password": servers.PASSWORD}
            place = {"port": [server.port], **bare}
            found.append({"what": "bare HMGET", **load(server.process.pid, **single, **place)})
            found.append({"what": "bare HMGET, 100 identifiers", **load(server.process.pid, **many, **place)})
        else:
            Path(store).read_bytes()  # the file is in the system's memory, as that of a service that runs for a while
        port, pid = stack.enter_context(service(folder, store))
        found.append({"what": f"profiles in {kind}", **load(pid, **single, port=[port])})
        found.append({"what": f"profiles in {kind}, 100 identifiers", **load(pid, **many, port=[port])})
        for number in sorted({1, given.processes} - {0}):
            others = [stack.enter_context(service(folder, store)) for _ in range(number - 1)]
            ports, pids = zip((port, pid), *others, strict=True)
            most = load(*pids, **{**single, "rate": 0}, port=ports)
            processes = "one process" if number == 1 else f"{number} processes"
            found.append({"what": f"profiles in {kind}, the most of {processes}", **most})
    return found


def printed(results: dict) -> None:
    console = Console(width=150)
    console.print(", ".join(f"{name} {value}" for name, value in results["machine"].items()), highlight=False)
    title = f"Reads over HTTP, of {results['profiles']:,} profiles of {len(made_up_profiles.ATTRIBUTES)} attributes"
    table = Table(title=f"{title} (milliseconds)", title_justify="left", title_style="bold", box=None)
    columns = (
        "asked/s",
        "answered/s",
        "p50",
        "p90",
        "p99",
        "p99.9",
        "max",
        "failures",
        "bytes",
        "server's CPU",
        "load",
    )
    table.add_column("")
    for column in columns:
        table.add_column(column, justify="right")
    for one in results["loads"]:
        times = [f"{one[name]:.2f}" for name in ("p50_ms", "p90_ms", "p99_ms", "p999_ms", "max_ms")]
        rates = [f"{one['rate']:,.0f}" if one["rate"] else "-", f"{one['answered_per_second']:,.0f}"]
        rest = [
            str(one["failures"]),
            f"{one['answer_bytes']:,.0f}",
            f"{one['server_cpu']:.0%}",
            f"{one['load_average']:.1f}",
        ]
        table.add_row(one["what"], *rates, *times, *rest)
    console.print(table)
    by_name = {one["what"]: one for one in results["loads"]}
    constant_p99 = by_name[CONSTANT_NAME]["p99_ms"]
    for what, one in by_name.items():
        if what.startswith("profiles") and one["rate"] == by_name[CONSTANT_NAME]["rate"]:
            console.print(
                f"p99 of {what}: {one['p99_ms'] / constant_p99:.1f} times that of the constant", highlight=False
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--profiles", type=float, default=1e6)
    parser.add_argument("--stores", default="redis,sqlite")
    parser.add_argument("--rate", type=float, default=2_000)
    parser.add_argument("--many-rate", type=float, default=100, help="Requests a second for 100 identifiers each.")
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--processes", type=int, default=2, help="The most that so many answer, besides that of one.")
    parser.add_argument("--result", type=Path, default=RESULT)
    given = parser.parse_args()
    results: dict = {"profiles": int(given.profiles), "loads": []}
    with constant() as (port, pid):
        single = {"profiles": int(given.profiles), "seconds": given.seconds, "rate": given.rate, "port": [port]}
        results["loads"].append({"what": CONSTANT_NAME, **load(pid, **single)})
        most = load(pid, **{**single, "rate": 0})
        results["loads"].append({"what": "the HTTP server, a constant, the most of one process", **most})
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        made_up_profiles.make_warehouse(folder, int(given.profiles))
        with Registry.open(folder / "registry.sqlite") as registry:
            registry.create_view(made_up_profiles.view())
        for kind in given.stores.split(","):
            results["loads"] += benchmark(kind, folder, given)
    results["machine"] = {"processors": os.cpu_count(), "load": round(os.getloadavg()[0], 1)}
    given.result.parent.mkdir(exist_ok=True)
    given.result.write_text(json.dumps(results, indent=2) + "\n")
    printed(results)


if __name__ == "__main__":
    main()
