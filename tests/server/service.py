"""The service, called without a network, and requests to begin with."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from starlette.testclient import TestClient

from snowplow_signals.server.app import create_app
from snowplow_signals.server.backend import Backend
from snowplow_signals.server.settings import Settings

API = "/api/v1"
READ = f"{API}/get-online-attributes"

CLICKS = {"name": "clicks", "type": "int64", "aggregation": "counter"}
SHOP: dict[str, Any] = {
    "name": "shop",
    "version": 1,
    "attribute_key": {"name": "domain_userid", "key": "domain_userid", "is_published": False},
    "offline": True,
    "online": True,
    "attributes": [CLICKS],
    "owner": "a@b.example",
    "is_published": True,
}
SOURCE = {
    "database": "DB",
    "wh_schema": "S",
    "table": "shop_1_attributes",
    "name": "shop",
    "timestamp_field": "updated_at",
    "owner": "",
}


def group(**changes: Any) -> dict[str, Any]:
    """The body of a group, with other fields; None leaves one out."""
    data = copy.deepcopy(SHOP) | changes
    return {name: value for name, value in data.items() if value is not None}


class Client:
    """A client of a service that runs in this process; the answers it gives are JSON, or it fails."""

    def __init__(self, http: TestClient, backend: Backend) -> None:
        self.http = http
        self.backend = backend

    def call(self, method: str, path: str, body: Any = None, **more: Any) -> Any:
        """Status and JSON."""
        full = path if path.startswith(("/", "http")) else f"{API}/registry/{path}"
        answer = (
            self.http.request(method, full, json=body, **more)
            if body is not None
            else self.http.request(method, full, **more)
        )
        assert answer.headers["content-type"] == "application/json", (answer.status_code, answer.text)
        assert answer.status_code < 300 or answer.status_code >= 400
        return answer.status_code, answer.json()

    def done(self, method: str, path: str, body: Any = None, **more: Any) -> Any:
        """The JSON of a call that succeeds."""
        status, data = self.call(method, path, body, **more)
        assert status in (200, 201), (status, data)
        return data

    def refused(self, status: int, method: str, path: str, body: Any = None, **more: Any) -> Any:
        """The reason of a call that is refused with this status."""
        given, data = self.call(method, path, body, **more)
        assert given == status, (given, data)
        return data["detail"]

    def invalid(self, method: str, path: str, body: Any = None, **more: Any) -> dict[str, str]:
        """Field -> reason of a call that is refused as invalid."""
        detail = self.refused(422, method, path, body, **more)
        return {".".join(map(str, one["loc"])): one["msg"] for one in detail}

    def read(self, attributes: list[str], keys: dict[str, Any] | None = None, **more: Any) -> Any:
        """The answer to a read of attributes of u1."""
        keys = keys or {"domain_userid": ["u1"]}
        return self.done("POST", READ, {"attribute_keys": keys, "attributes": attributes} | more)


@contextmanager
def served(folder: Path, **settings: Any) -> Iterator[Client]:
    """A service that keeps everything in a folder."""
    app = create_app(Settings(**{"folder": folder, "sync_seconds": 0} | settings))
    headers = {"Authorization": f"Bearer {settings['token']}"} if settings.get("token") else {}
    with TestClient(app, base_url="http://localhost", headers=headers, raise_server_exceptions=False) as http:
        yield Client(http, app.state.backend)
