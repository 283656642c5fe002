"""GoogleSQL itself: ZetaSQL's analyzer and reference implementation, in WebAssembly, as a server of the tests.

Its packages cannot live beside dbt's (another protobuf), so it has an environment of its own. Sessions are in a zone
with daylight-saving changes. What it can do is in tests/bigquery_emulator.
"""

from __future__ import annotations

import atexit
import functools
import os
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from tests.environments import CACHE, python_with
from tests.servers import free_port

PACKAGE = "zetasql==0.1.5"
START_SECONDS = 300
"""The first start compiles the language to this machine's code."""


class GoogleSqlError(Exception):
    """What GoogleSQL has against a statement."""


class GoogleSql:
    """The server, started when it is first asked."""

    def __init__(self, zone: str, url: str | None = None) -> None:
        """With the `url` of one that another process has started, that one."""
        self.zone = zone
        if url is not None:
            self.url = url

    @functools.cached_property
    def url(self) -> str:
        python = python_with("googlesql", PACKAGE)
        settings = CACHE / "wasmtime.toml"
        settings.write_text(f'[cache]\ndirectory = "{CACHE / "wasmtime"}"\n')
        port = free_port()
        log = CACHE / f"googlesql-{port}.log"
        with log.open("wb") as said:
            process = subprocess.Popen(
                [python, Path(__file__).with_name("bigquery_emulator"), str(port)],
                stdout=said,
                stderr=said,
                env={**os.environ, "SIGNALS_WASMTIME_CONFIG": str(settings), "SIGNALS_ZONE": self.zone},
            )
        atexit.register(process.kill)
        url = f"http://127.0.0.1:{port}"
        until = time.monotonic() + START_SECONDS
        while not _answers(url):
            if process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"GoogleSQL did not start:\n{log.read_text(errors='replace')}")
            time.sleep(0.05)
        log.unlink()
        return url

    @functools.cached_property
    def client(self) -> Any:
        """Google's own client, connected to it."""
        from google.auth.credentials import AnonymousCredentials
        from google.cloud import bigquery

        return bigquery.Client("emulated", AnonymousCredentials(), client_options={"api_endpoint": self.url})

    def rows(self, sql: str) -> list[dict[str, Any]]:
        """The rows of a query. Raises GoogleSqlError."""
        from google.api_core.exceptions import GoogleAPICallError

        try:
            found = self.client.query(sql, retry=None, job_retry=None).result(job_retry=None)
            maps = {field.name for field in found.schema if [inner.name for inner in field.fields] == ["key", "value"]}
            return [{name: _map(value) if name in maps else value for name, value in row.items()} for row in found]
        except GoogleAPICallError as error:
            raise GoogleSqlError(error.message) from error


def _map(entries: list[dict[str, Any]]) -> dict[str, Any]:
    return {entry["key"]: entry["value"] for entry in entries}


def _answers(url: str) -> bool:
    try:
        urllib.request.urlopen(f"{url}/bigquery/v2/projects/emulated/datasets").close()
    except urllib.error.URLError:
        return False
    return True
