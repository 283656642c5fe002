"""A store of each kind that can be copied and put back as it was, and people to be erased from it."""

import shutil
from datetime import datetime
from pathlib import Path

import psycopg
import redis

from snowplow_signals.stores import open_store
from snowplow_signals.stores.packed import PackedStore

AT = datetime(2025, 3, 2)
VIEW, KEY = "shop_v1", "user_id"
EVERYBODY = [f"user-{number}" for number in range(20)]


def put(store: PackedStore, *identifiers: str, view: str = VIEW) -> int:
    store.declare(view, KEY)
    return store.write(view, [(one, {"n": 1}, AT) for one in identifiers], AT)


def names(store: PackedStore, view: str = VIEW) -> set[str]:
    return set(store.read(view, EVERYBODY))


class Place:
    """A store that can be copied and put back."""

    def __init__(self, kind: str, url: str, tmp_path: Path) -> None:
        self.kind = kind
        self.url = url
        self.copy = tmp_path / "copy"
        self.rows: dict[str, list] = {}
        self.store = open_store(url)

    def save(self) -> None:
        if self.kind == "sqlite":
            self.store.close()
            shutil.copy(self.url, self.copy)
        elif self.kind == "redis":
            with redis.Redis.from_url(self.url) as client:
                self.rows = {key: client.dump(key) for key in client.scan_iter()}
        else:
            with psycopg.connect(self.url) as connection:
                tables = connection.execute("select tablename from pg_tables where schemaname = 'public'").fetchall()
                self.rows = {table: connection.execute(f"select * from {table}").fetchall() for (table,) in tables}

    def put_back(self) -> None:
        self.store.close()
        if self.kind == "sqlite":
            for suffix in ("", "-wal", "-shm"):
                Path(self.url + suffix).unlink(missing_ok=True)
            shutil.copy(self.copy, self.url)
        elif self.kind == "redis":
            with redis.Redis.from_url(self.url) as client:
                client.flushall()
                for key, content in self.rows.items():
                    client.restore(key, 0, content)
        else:
            with psycopg.connect(self.url) as connection:
                for table, rows in self.rows.items():
                    connection.execute(f"truncate {table}")
                    for row in rows:
                        marks = ", ".join(["%s"] * len(row))
                        connection.execute(f"insert into {table} values ({marks})", row)
        self.store = open_store(self.url)
