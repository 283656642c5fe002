"""The service as it is run: processes, PostgreSQL and Redis behind it, TLS, and what it says."""

from __future__ import annotations

import json
import os
import re
import signal
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import trustme
from tests.server.service import READ, SOURCE, group
from tests.servers import PostgresServer, RedisServer, free_port
from typer.testing import CliRunner

from snowplow_signals.cli.app import app

COMMAND = [sys.executable, "-m", "snowplow_signals.cli"]
START_SECONDS = 30
ASKED = {"attribute_keys": {"domain_userid": ["u1"]}, "attributes": ["shop_v1:clicks"]}


class Process:
    """A running service."""

    def __init__(self, process: subprocess.Popen[str], url: str) -> None:
        self.process = process
        self.url = url

    def call(self, method: str, path: str, body: Any = None, token: str = "", **more: Any) -> tuple[int, Any]:
        headers = {"Content-Type": "application/json", **({"Authorization": f"Bearer {token}"} if token else {})}
        headers |= more.pop("headers", {})
        data = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(self.url + path, data, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=20, **more) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)


@contextmanager
def serving(
    folder: Path,
    *options: str,
    environment: Mapping[str, str] | None = None,
    ends_with: signal.Signals = signal.SIGTERM,
) -> Iterator[Process]:
    """The command, run; it is stopped by SIGTERM, and must end well, or as the signal that it was sent lets it."""
    command = [*COMMAND, "serve", "--repo-path", str(folder), "--port", "0", "--sync-interval", "0", *options]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=log, text=True, env={**os.environ, **(environment or {})}
        )
        try:
            first = process.stdout.readline() if process.stdout else ""
            found = re.search(r"https?://\S+(?=,)", first)
            assert found, first + (folder / "log").read_text()
            service = Process(process, found[0])
            yield service
            process.send_signal(ends_with)
            assert process.wait(START_SECONDS) in (0, -ends_with)
        finally:
            process.kill()
            process.wait()


def until(expected: int, service: Process, *call: Any, **more: Any) -> Any:
    """Calls until the status is this one."""
    end = time.monotonic() + START_SECONDS
    while True:
        status, answer = service.call(*call, **more)
        if status == expected:
            return answer
        assert time.monotonic() < end, (status, answer)
        time.sleep(0.1)


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*COMMAND, *arguments], text=True, capture_output=True, env={**os.environ, **environment})


def test_two_processes_on_one_registry_and_store(tmp_path: Path, postgres_url: str, redis_url: str) -> None:
    places = ("--registry", postgres_url, "--store", redis_url)
    with serving(tmp_path, *places) as one, serving(tmp_path, *places) as other:
        assert one.call("POST", "/api/v1/registry/views", group())[0] == 201
        assert other.call("POST", "/api/v1/registry/views", group())[0] == 400
        assert other.call("POST", READ, ASKED) == (200, {"domain_userid": ["u1"], "clicks": [None]})
        assert one.call("PUT", "/api/v1/registry/views/shop/versions/1/batch_source", SOURCE)[0] == 200
        assert other.call("GET", "/api/v1/registry/views/shop")[1]["batch_source"]["schema"] == "S"
        assert one.call("DELETE", "/api/v1/registry/views/shop/versions/1") == (200, {"ok": True})
        until(404, other, "POST", READ, ASKED)


def test_keys_as_json(tmp_path: Path) -> None:
    def asked(*words: str) -> Any:
        done = CliRunner().invoke(app, ["keys", *words, "--repo-path", str(tmp_path), "--format", "json"])
        assert done.exit_code == 0, done
        return json.loads(done.stdout)

    made = asked("create", "--org-id", "acme", "--note", "it's \x1b[31mred", "--read-only")
    assert (made["org_id"], made["rights"], made["api_key"] != "") == ("acme", ["read"], True)
    (listed,) = asked("list")["keys"]
    assert {name: listed[name] for name in ("api_key_id", "note", "revoked_at")} == {
        "api_key_id": made["api_key_id"],
        "note": "it's \x1b[31mred",
        "revoked_at": None,
    }
    assert made["api_key"] not in str(listed)


def test_keys_by_the_command_line(tmp_path: Path) -> None:
    with serving(tmp_path) as service:
        assert service.call("GET", "/api/v1/registry/views")[0] == 200
        made = run("keys", "create", "--repo-path", str(tmp_path), "--org-id", "acme", "--note", "web", "--read-only")
        key = dict(line.split(None, 1) for line in made.stdout.splitlines()[:3])
        headers = {"X-API-Key-Id": key["api_key_id"], "X-API-Key": key["api_key"]}
        path = "/api/msc/v1/organizations/acme/credentials/v3/token"
        status, answer = service.call("GET", path, headers=headers)
        assert status == 200
        token = answer["accessToken"]
        assert service.call("GET", "/api/v1/registry/views", token=token) == (200, [])
        assert service.call("GET", "/api/v1/registry/views")[0] == 401
        assert service.call("POST", "/api/v1/registry/views", group(), token=token)[0] == 403
        listed = run("keys", "list", "--repo-path", str(tmp_path)).stdout
        assert re.search(rf"{key['api_key_id']}  acme  read  made .*  active  web\n1 key\n", listed)
        assert key["api_key"] not in listed
        revoked = run("keys", "revoke", key["api_key_id"], "--repo-path", str(tmp_path), "--format", "json")
        assert json.loads(revoked.stdout) == {"api_key_id": key["api_key_id"], "is_revoked": True}
        until(401, service, "GET", "/api/v1/registry/views", token=token)
        assert service.call("GET", path, headers=headers)[0] == 401
    assert "revoked" in run("keys", "list", "--repo-path", str(tmp_path)).stdout
    failed = run("keys", "revoke", "nobody", "--repo-path", str(tmp_path))
    assert (failed.returncode, failed.stderr.count("\n")) == (1, 1)


def test_a_store_that_is_killed_gives_503_until_it_is_back(tmp_path: Path) -> None:
    with RedisServer() as redis, serving(tmp_path, "--store", redis.url) as service:
        service.call("POST", "/api/v1/registry/views", group())
        assert service.call("POST", READ, ASKED)[0] == 200
        redis.kill()
        status, answer = service.call("POST", READ, ASKED)
        assert (status, "profiles store" in answer["detail"]) == (503, True)
        until(503, service, "GET", "/health-all")
        assert service.call("GET", "/api/v1/registry/views")[0] == 200
        redis.start()
        assert until(200, service, "POST", READ, ASKED)["clicks"] == [None]
        until(200, service, "GET", "/health-all")


def test_a_service_starts_while_its_store_is_away(tmp_path: Path) -> None:
    with RedisServer() as redis:
        redis.kill()
        with serving(tmp_path, "--store", redis.url) as service:
            service.call("POST", "/api/v1/registry/views", group())
            assert service.call("POST", READ, ASKED)[0] == 503
            redis.start()
            until(200, service, "POST", READ, ASKED)


def test_a_registry_that_is_gone_does_not_stop_reads(tmp_path: Path) -> None:
    with PostgresServer() as postgres:
        url = postgres.create_database("registry")
        with serving(tmp_path, "--registry", url) as service:
            service.call("POST", "/api/v1/registry/views", group())
            postgres.kill()
            assert service.call("POST", READ, ASKED)[0] == 200
            status, answer = service.call("GET", "/api/v1/registry/views")
            assert (status, answer["detail"]) == (503, "the registry cannot be reached now; try again")
            postgres.start()
            until(200, service, "GET", "/api/v1/registry/views")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("tls")
    file, key = folder / "cert.pem", folder / "key.pem"
    authority = trustme.CA()
    made = authority.issue_cert("localhost", "127.0.0.1")
    file.write_bytes(b"".join(one.bytes() for one in made.cert_chain_pems))
    key.write_bytes(made.private_key_pem.bytes())
    for one in (file, key):
        one.chmod(0o600)
    authority.cert_pem.write_to_path(str(folder / "authority.pem"))
    return file, key


def test_tls(tmp_path: Path, certificate: tuple[Path, Path]) -> None:
    files = ("--tls-certificate", str(certificate[0]), "--tls-key", str(certificate[1]))
    with serving(tmp_path, *files) as service:
        assert service.url.startswith("https://")
        trusted = ssl.create_default_context(cafile=str(certificate[0].with_name("authority.pem")))
        assert service.call("GET", "/health-all", context=trusted)[1]["status"] == "ok"
        with pytest.raises(urllib.error.URLError, match="CERTIFICATE_VERIFY_FAILED"):
            service.call("GET", "/health-all")


def test_what_is_printed(tmp_path: Path) -> None:
    secret = "a-token-that-nobody-sees"
    with serving(tmp_path, environment={"SNOWPLOW_SANDBOX_TOKEN": secret}) as service:
        said = [service.process.stdout.readline() for _ in range(5)]
        assert said[3] == "  access    by token\n"
        assert service.call("GET", "/api/v1/registry/views", token=secret) == (200, [])
        assert service.call("GET", "/api/v1/registry/views", token="wrong")[0] == 401
    assert secret not in "".join(said) + (tmp_path / "log").read_text()


def test_wrong_use(tmp_path: Path, certificate: tuple[Path, Path]) -> None:
    folder = ("serve", "--repo-path", str(tmp_path), "--port", str(free_port()))
    cert, key = map(str, certificate)
    wrong = {
        ("--host", "0.0.0.0"): "keys create",
        ("--host", "no.such.host.invalid", "--sandbox-token", "x"): "cannot listen",
        ("--tls-certificate", cert): "belong together",
        ("--tls-certificate", cert, "--tls-key", cert): "cannot be used",
        ("--tls-certificate", "no.pem", "--tls-key", key): "cannot be used",
        ("--sandbox-token", " "): "empty",
        ("--registry", "mysql://x"): "a registry of kind 'mysql' is not supported",
        ("--store", "mysql://x"): "a profiles store of kind 'mysql' is not supported",
    }
    for options, reason in wrong.items():
        failed = CliRunner().invoke(app, [*folder, *options])
        assert failed.exit_code == 2, (options, failed)
        assert failed.stderr.startswith("Error: ")
        assert failed.stderr.count("\n") == 1, failed.stderr
        assert reason in failed.stderr
    with serving(tmp_path) as service:
        port = service.url.rpartition(":")[2]
        assert "Address already in use" in run("serve", "--repo-path", str(tmp_path), "--port", port).stderr
