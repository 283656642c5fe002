"""How fast profiles are synced from DuckDB to each store, beside the store's own bulk write.

python benchmarks/sync.py [--rows 1e6] [--stores sqlite,redis,postgres] [--floor-rows 2e5]
"""

import argparse
import json
import multiprocessing
import os
import queue
import resource
import shutil
import struct
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks")]

import made_up_profiles  # noqa: E402
from tests import servers  # noqa: E402

from snowplow_signals.stores import open_store  # noqa: E402
from snowplow_signals.stores.encoding import encoded, layout_digest  # noqa: E402

RESULT = ROOT / "benchmarks" / "results" / "sync.json"
MOMENT = datetime(2025, 3, 1)


@contextmanager
def store_of(kind: str, folder: Path) -> Iterator[str]:
    """The URL of an empty store."""
    if kind == "sqlite":
        yield str(folder / "profiles.sqlite")
    elif kind == "redis":
        with servers.RedisServer("--appendonly", "no") as server:
            yield server.url
    else:
        with servers.PostgresServer() as server:
            yield server.url


def measured(work: Callable[[], dict]) -> dict:
    """What the work gives, with the seconds, and the processor's seconds and memory of a process of its own."""
    results: multiprocessing.Queue = multiprocessing.get_context("fork").Queue()
    process = multiprocessing.get_context("fork").Process(target=_run, args=(work, results))
    process.start()
    while True:
        try:
            result = results.get(timeout=1)
        except queue.Empty:
            if not process.is_alive() and process.exitcode:
                raise RuntimeError("what was to be measured failed; see above") from None
            continue
        process.join()
        return result


def _run(work: Callable[[], dict], results: multiprocessing.Queue) -> None:
    began, cpu = time.perf_counter(), time.process_time()
    result = work()
    used = resource.getrusage(resource.RUSAGE_SELF)
    results.put(
        {
            "wall_seconds": time.perf_counter() - began,
            "cpu_seconds": time.process_time() - cpu,
            "peak_memory_bytes": used.ru_maxrss * 1024,
            **result,
        }
    )


def sync(folder: Path, url: str) -> dict:
    """One sync; its seconds are those without Python's imports and dbt's own start."""
    from snowplow_signals.sync import copying
    from snowplow_signals.sync.published import Published

    started: list[float] = []

    class Timed(copying._Sync):
        def run(self) -> copying.SyncResult:
            started.append(time.process_time())
            return super().run()

    copying._Sync = Timed
    with open_store(url) as store:
        result = Published(folder).sync(made_up_profiles.view(), store)
    used = time.process_time() - started[-1]
    return {
        "rows": result.rows_written,
        "removed": result.rows_removed,
        "seconds": result.seconds,
        "sync_cpu_seconds": used,
    }


def floor(kind: str, url: str, rows: int) -> dict:
    """Bodies that are ready made, written as fast as the store can be written to: nothing of ours is done meanwhile.

    Even what the store's protocol wants around them is made before the clock starts.
    """
    values = [1, 2.5, "value 17", MOMENT, ["item 1", "item 2", "item 3"], {"desktop": 1, "mobile": 3}] * 5
    body = layout_digest(["a"]) + encoded(values)
    names = [made_up_profiles.identifier(number) for number in range(rows)]
    return {"rows": rows, "seconds": FLOORS[kind](url, names, body), "body_bytes": len(body)}


def _sqlite_floor(url: str, names: list[str], body: bytes) -> float:
    """`executemany` in one transaction."""
    import sqlite3

    open_store(url).close()
    records = [("speed_v1", name, body, 1, 1) for name in names]
    with closing(sqlite3.connect(url, isolation_level=None)) as connection:
        connection.execute("pragma synchronous = normal")
        connection.execute("pragma cache_size = -64000")
        connection.execute("pragma wal_autocheckpoint = 10000")
        began = time.perf_counter()
        connection.execute("begin")
        connection.executemany("insert into profiles values (?, ?, ?, ?, ?)", records)
        connection.execute("commit")
        return time.perf_counter() - began


def _redis_floor(url: str, names: list[str], body: bytes) -> float:
    """What `redis-cli --pipe` does: commands as bytes, one after the other, while another thread reads the answers."""
    import redis

    value = b"0123456789abcdef" + body
    commands = []
    for start in range(0, len(names), 1_000):
        some = names[start : start + 1_000]
        parts = [b"HSET", b"floor", *(part for name in some for part in (name.encode(), value))]
        commands.append(b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%s\r\n" % (len(one), one) for one in parts))
    with redis.Redis.from_url(url) as client:
        client.ping()
        connection = client.connection_pool.get_connection()
        began = time.perf_counter()
        reader = threading.Thread(target=lambda: [connection.read_response() for _ in commands])
        reader.start()
        for command in commands:
            connection._sock.sendall(command)
        reader.join()
        return time.perf_counter() - began


def _postgres_floor(url: str, names: list[str], body: bytes) -> float:
    """`COPY` right into the table, in one transaction, of a stream that is ready made."""
    import psycopg

    def field(content: bytes) -> bytes:
        return struct.pack(">i", len(content)) + content

    open_store(url).close()
    number = field(struct.pack(">q", 1))
    start = struct.pack(">h", 5) + number + number + field(b"speed_v1")
    rows = [start + field(name.encode()) + field(body) for name in names]
    pieces = [b"PGCOPY\n\xff\r\n\0" + bytes(8)]
    pieces += [b"".join(rows[first : first + 1_000]) for first in range(0, len(rows), 1_000)]
    with psycopg.connect(url) as connection, connection.cursor() as cursor:
        began = time.perf_counter()
        sql = "copy signals_store_profiles (changed_at, synced_at, view, identifier, body) from stdin (format binary)"
        with cursor.copy(sql) as copy:
            for piece in pieces:
                copy.write(piece)
            copy.write(b"\xff\xff")
        connection.commit()
        return time.perf_counter() - began


FLOORS = {"sqlite": _sqlite_floor, "redis": _redis_floor, "postgres": _postgres_floor}


def benchmark(kind: str, folder: Path, floor_rows: int, *, only_first: bool) -> dict:
    place = folder / kind
    place.mkdir()
    shutil.copy(folder / "warehouse.duckdb", place / "warehouse.duckdb")
    profiles = (folder / "profiles.yml").read_text().replace(str(folder), str(place))
    (place / "profiles.yml").write_text(profiles)
    with store_of(kind, place) as url:
        first = measured(lambda: sync(place, url))
        if only_first:
            return {"store": kind, "first": first}
        idle = measured(lambda: sync(place, url))
        # all rows were of one time: some of them gone, the others are read again, this once
        made_up_profiles.change(place, 100)
        measured(lambda: sync(place, url))
        made_up_profiles.change(place, 100)
        changed = measured(lambda: sync(place, url))
        again = measured(lambda: _again(place, url))
    (place / "floor").mkdir()
    with store_of(kind, place / "floor") as url:
        least = measured(lambda: floor(kind, url, floor_rows))
    shutil.rmtree(place)
    return {"store": kind, "first": first, "idle": idle, "one_percent": changed, "whole_again": again, "floor": least}


def _again(folder: Path, url: str) -> dict:
    """Everything once more, over what is there: a profile was lost."""
    with open_store(url) as store:
        store.remove("speed_v1", [made_up_profiles.identifier(0)])
    return sync(folder, url)


def printed(results: dict) -> None:
    console = Console(width=130)
    console.print(", ".join(f"{name} {value}" for name, value in results["machine"].items()), highlight=False)
    title = f"{results['rows']:,} profiles of {len(made_up_profiles.ATTRIBUTES)} attributes from DuckDB"
    table = Table(title=title, title_justify="left", title_style="bold", box=None, header_style="dim")
    columns = ("first, rows/s", "over itself", "floor", "of floor", "1 %, s", "idle, s", "CPU us/row", "peak memory")
    table.add_column("store")
    for column in columns:
        table.add_column(column, justify="right")
    for one in results["stores"]:
        first = one["first"]
        rate = first["rows"] / first["seconds"]
        cells = ["-"] * 5
        if "floor" in one:
            least, again = one["floor"], one["whole_again"]
            best = least["rows"] / least["seconds"]
            cells = [f"{again['rows'] / again['seconds']:,.0f}", f"{best:,.0f}", f"{rate / best:.0%}"]
            cells += [f"{one['one_percent']['seconds']:.2f}", f"{one['idle']['seconds']:.2f}"]
        last = (f"{first['sync_cpu_seconds'] / first['rows'] * 1e6:.1f}", f"{first['peak_memory_bytes'] / 1e6:,.0f} MB")
        table.add_row(one["store"], f"{rate:,.0f}", *cells, *last)
    console.print(table)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=float, default=1e6)
    parser.add_argument("--floor-rows", type=float, help="By default as many as --rows.")
    parser.add_argument("--stores", default="sqlite,redis,postgres")
    parser.add_argument("--result", type=Path, default=RESULT)
    parser.add_argument("--only-first", action="store_true", help="Only the first sync: its speed and memory.")
    parser.add_argument("--engine-memory", default="80%", help="DuckDB's own limit: what it keeps is not ours.")
    given = parser.parse_args()
    results: dict = {"rows": int(given.rows), "engine_memory": given.engine_memory, "stores": []}
    with tempfile.TemporaryDirectory() as folder:
        made_up_profiles.make_warehouse(Path(folder), int(given.rows), given.engine_memory)
        for kind in given.stores.split(","):
            found = benchmark(kind, Path(folder), int(given.floor_rows or given.rows), only_first=given.only_first)
            results["stores"].append(found)
    results["machine"] = {"processors": os.cpu_count(), "load": round(os.getloadavg()[0], 1)}
    given.result.parent.mkdir(exist_ok=True)
    given.result.write_text(json.dumps(results, indent=2) + "\n")
    printed(results)


if __name__ == "__main__":
    main()
