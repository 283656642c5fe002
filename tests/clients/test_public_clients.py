"""Public clients of Signals, unmodified, against the service as it is run: SDKs of Python and Node, and the older CLIs.

They are installed from PyPI and npm, so these tests need the network.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from tests import harness
from tests.clients.console import Console, console_of
from tests.clients.public import NodeClient, PythonClient
from tests.server.test_processes import serving

from snowplow_signals.registry import Registry
from snowplow_signals.stores import open_store

pytestmark = [pytest.mark.clients, pytest.mark.long]

TOKEN = "a-token-of-the-sandbox"
NOW = datetime.now(UTC).replace(tzinfo=None, microsecond=0)
EVENTS = [
    {
        "event_id": f"e{number}",
        "load_tstamp": NOW - timedelta(minutes=10 * number),
        "derived_tstamp": NOW - timedelta(minutes=10 * number + 1),
        "collector_tstamp": NOW - timedelta(minutes=10 * number + 1),
        "event_vendor": "com.acme",
        "event_name": "click",
        "event_version": "1-0-0",
        "app_id": "web",
        "domain_userid": f"u{number % 3}",
        "se_label": f"label {number % 3}",
        "se_value": 1.5,
        "domain_sessionid": f"s{number % 3}",
        "se_property": "done" if number < 3 else "on the way",
    }
    for number in range(1, 7)
]
PROFILES: dict[str, dict[str, dict[str, Any]]] = {
    "later_v2": {
        "u1": {"clicks": 7, "labels": ["a", "b"], "spent": 1.5, "device": "Phone"},
        "u2": {"clicks": 0, "labels": ["c"]},
    },
    "later_table_v3": {"u1": {"segment": "gold"}},
    "older_v1": {"u1": {"clicks": 3, "label": "x", "device": "Tablet"}},
}


@dataclass(frozen=True)
class Running:
    """The service, with an API key, and the Console where it is exchanged."""

    url: str
    folder: Path
    console: Console
    key: dict[str, str]

    def options(self, mode: str) -> tuple[dict[str, Any], dict[str, str]]:
        """How the public SDK is constructed, and its environment."""
        if mode == "sandbox":
            return {"sandbox": {"api_url": self.url, "sandbox_token": TOKEN}}, {}
        return {"key": {"api_url": self.url, **self.key}}, self.console.environment

    def environment(self, mode: str) -> dict[str, str]:
        """What the public command line is told by its environment."""
        known = {"SNOWPLOW_API_URL": self.url, "SNOWPLOW_AUTH_MODE": mode}
        if mode == "sandbox":
            return known | {"SNOWPLOW_SANDBOX_TOKEN": TOKEN}
        return (
            known | {f"SNOWPLOW_{name.upper()}": value for name, value in self.key.items()} | self.console.environment
        )


def copy_profiles(folder: Path) -> None:
    """As a sync does. A view that is deleted takes its profiles with it."""
    with open_store(folder / "profiles.sqlite") as store:
        for view, profiles in PROFILES.items():
            store.declare(view, "domain_userid")
            store.write(view, [(one, values, NOW) for one, values in profiles.items()], NOW)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("service")
    harness.make_workspace(folder, EVENTS)
    with serving(folder, "--sandbox-token", TOKEN) as process, console_of(process.url, folder) as console:
        registry = Registry.open(folder / "registry.sqlite")
        key, secret = registry.keys.create("an-org")
        registry.close()
        copy_profiles(folder)
        known = {"api_key": secret, "api_key_id": key.key_id, "org_id": "an-org"}
        yield Running(process.url, folder, console, known)


@pytest.fixture(scope="session")
def cache(pytestconfig: pytest.Config) -> Path:
    assert pytestconfig.cache is not None
    return pytestconfig.cache.mkdir("clients")


@pytest.fixture(scope="session")
def later(cache: Path) -> PythonClient:
    return PythonClient.install(cache, "0.4.10", "snowplow-signals==0.4.10")


@pytest.fixture(scope="session")
def command_line(cache: Path) -> PythonClient:
    """The last one that there was; it does not say that it needs PyYAML."""
    return PythonClient.install(cache, "0.4.4", "snowplow-signals[batch-engine]==0.4.4", "pyyaml")


@pytest.fixture(scope="session")
def older(cache: Path) -> PythonClient:
    return PythonClient.install(cache, "0.2.0", "snowplow-signals[batch-engine]==0.2.0", "pyyaml")


@pytest.fixture(scope="session")
def node(cache: Path) -> NodeClient:
    return NodeClient.install(cache, "0.2.0")


def publish(running: Running, later: PythonClient, mode: str = "sandbox") -> dict[str, Any]:
    options, environment = running.options(mode)
    found: dict[str, Any] = later.drive("later.py", {"do": "publish", **options}, environment)
    copy_profiles(running.folder)
    return found


def delete(running: Running, later: PythonClient, mode: str = "sandbox") -> dict[str, Any]:
    options, environment = running.options(mode)
    found: dict[str, Any] = later.drive("later.py", {"do": "delete", **options}, environment)
    return found


@pytest.fixture
def published(running: Running, later: PythonClient) -> Iterator[None]:
    publish(running, later)
    yield
    delete(running, later)


@pytest.mark.parametrize("mode", ["sandbox", "bdp"])
def test_the_python_sdk(running: Running, later: PythonClient, mode: str) -> None:
    exchanged = len(running.console.asked)
    said = publish(running, later, mode)
    assert sorted(said["published"]) == ["AttributeGroup"] * 4 + ["AttributeKey", "Service"]
    assert said["again"] == [True] * 6
    assert said["latest"] == [2, "later_v2", True, "domain_userid"]
    device, kind = said["properties"][-2:]
    assert (device["type"], device["path"], kind["path"]) == ("entity", "deviceClass", "$.kind")
    assert (said["table"]["schema"], said["table"]["timestamp_field"]) == ("s", "changed_at")
    assert said["missing"] == 404

    options, environment = running.options(mode)
    said = later.drive("later.py", {"do": "read", **options}, environment)
    u1 = {"domain_userid": "u1"}
    assert said["group"] == {**u1, "clicks": 7, "labels": ["a", "b"]}
    assert said["one"] == {**u1, "spent": 1.5}
    whole = {**PROFILES["later_v2"]["u1"], "kind": None, "segment": "gold"}
    assert said["service"] == {**u1, **whole}
    assert said["nobody"] == {**dict.fromkeys(whole), "domain_userid": "nobody"}
    assert said["missing"] == 404
    assert said["test"] == [
        {"domain_userid": "u1", "clicks": 2, "labels": ["label 1"], "spent": 3.0},
        {"domain_userid": "u2", "clicks": 2, "labels": ["label 2"], "spent": 3.0},
    ]
    assert said["test_in_passing"] == 3

    said = delete(running, later, mode)
    assert said == {"unpublished": [False] * 6, "needed": 409, "gone": 404}
    assert len(running.console.asked) - exchanged == (3 if mode == "bdp" else 0)


@pytest.mark.parametrize("mode", ["sandbox", "bdp"])
def test_training_sets_of_the_python_sdk(running: Running, later: PythonClient, mode: str) -> None:
    with duckdb.connect(str(running.folder / harness.DATABASE)) as connection:
        connection.execute("create schema if not exists mine")
        connection.execute(
            "create or replace table mine.moments as "
            "select domain_userid, load_tstamp as anchor_tstamp, true as label from atomic.events"
        )
    options, environment = running.options(mode)
    said = later.drive("training_sets.py", options, environment)
    files = ["signals_anchors.sql", "signals_attributes_domain_userid.sql", "signals_dataset.sql"]
    assert said["files"] == sorted(["README.md", "manifest.json", *files])
    assert said["custom"] == files[1:]
    assert (said["sessions"], said["custom_run"], said["limited"]) == ("success", "success", 2)
    assert said["columns"] == ["domain_userid", "anchor_tstamp", "label", "clicks"]
    assert said["rows"] == [["u0", False, None], ["u0", False, 1], ["u1", True, None], ["u2", True, None]]


def test_the_python_sdk_of_earlier_years(running: Running, older: PythonClient) -> None:
    options, environment = running.options("bdp")
    said = older.drive("older.py", {"do": "publish", **options}, environment)
    assert sorted(said["published"]) == ["Entity", "Service", "View"]
    assert said["view"] == ["older", 1, "domain_userid", True]
    assert said["properties"] == [None, "se_label", "contexts_nl_basjes_yauaa_context_1[0]:deviceClass"]
    said = older.drive("older.py", {"do": "read", **options}, environment)
    assert said["view"] == {"user": "u1", "clicks": 3, "label": "x"}
    assert said["service"] == {"user": "u1", **PROFILES["older_v1"]["u1"]}
    assert said["test"] == [{"domain_userid": "u1", "clicks": 2, "label": "label 1", "device": None}]
    said = older.drive("older.py", {"do": "delete", **options}, environment)
    assert said == {"unpublished": [False], "gone": 404}


@pytest.mark.usefixtures("published")
@pytest.mark.parametrize("mode", ["sandbox", "bdp"])
def test_the_node_sdk(running: Running, node: NodeClient, mode: str) -> None:
    options: dict[str, str] = {"baseUrl": running.url}
    if mode == "sandbox":
        options["sandboxToken"] = TOKEN
    else:
        key = running.key
        options |= {"apiKey": key["api_key"], "apiKeyId": key["api_key_id"], "organizationId": key["org_id"]}
    said = node.drive("reads.mjs", {"options": options}, running.options(mode)[1])
    whole = {**PROFILES["later_v2"]["u1"], "kind": None, "segment": "gold", "domain_userid": "u1"}
    assert said["service"] == whole
    assert (said["group"]["clicks"], said["group"]["labels"]) == (7, ["a", "b"])
    # a list of one element is unwrapped by this client
    assert said["many"]["clicks"] == [0, 7, None]
    assert said["many"]["labels"] == ["c", ["a", "b"], None]
    assert "404" in said["missing"]


def fill(folder: Path, **values: str) -> None:
    """What the user of the public command line has to fill in."""
    file = folder / "configs" / "batch_source_config.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | values))


@pytest.mark.usefixtures("published")
@pytest.mark.parametrize("target", ["snowflake", "bigquery", "databricks"])
@pytest.mark.parametrize("mode", ["sandbox", "bdp"])
def test_the_command_line(running: Running, command_line: PythonClient, tmp_path: Path, target: str, mode: str) -> None:
    environment = running.environment(mode) | {"SNOWPLOW_REPO_PATH": str(tmp_path), "SNOWPLOW_TARGET_TYPE": target}

    def typed(*arguments: object, exit_code: int = 0) -> str:
        done = command_line.command("snowplow-batch-engine", *arguments, environment=environment, exit_code=exit_code)
        return done.stdout + done.stderr

    typed("test-connection")
    typed("init")
    project = tmp_path / "later_2"
    config = (project / "configs" / "base_config.json").read_text()
    assert "deviceClass" in config if target == "snowflake" else "device_class" in config
    typed("generate")
    assert list(project.rglob("*.sql"))
    named = ("--attribute-group-name", "later", "--attribute-group-version", 2)
    typed("sync", *named, exit_code=1)  # not filled in
    fill(project, database="db", wh_schema="derived")
    assert "ERROR" not in typed("sync", *named)
    registered = registered_source(running, "later", 2)
    assert (registered["database"], registered["schema"]) == ("db", "derived")
    assert registered["timestamp_field"] == "dbt_valid_from"


@pytest.mark.parametrize("target", ["snowflake", "bigquery"])
def test_the_command_line_of_earlier_years(running: Running, older: PythonClient, tmp_path: Path, target: str) -> None:
    environment = running.environment("bdp") | {"SNOWPLOW_REPO_PATH": str(tmp_path), "SNOWPLOW_TARGET_TYPE": target}
    options, proxied = running.options("bdp")
    older.drive("older.py", {"do": "publish", **options}, proxied)

    def typed(*arguments: object, exit_code: int = 0) -> str:
        done = older.command("snowplow-batch-autogen", *arguments, environment=environment, exit_code=exit_code)
        return done.stdout + done.stderr

    typed("test-connection")
    typed("init", "--view-name", "older", "--view-version", 1)
    project = tmp_path / "older_1"
    typed("generate")
    assert list(project.rglob("*.sql"))
    named = ("--view-name", "older", "--view-version", 1)
    typed("materialize", *named, exit_code=1)
    fill(project, database="db", wh_schema="derived")
    typed("materialize", *named)
    assert registered_source(running, "older", 1)["schema"] == "derived"
    older.drive("older.py", {"do": "delete", **options}, proxied)


def test_a_wrong_key_or_token_is_refused(running: Running, command_line: PythonClient) -> None:
    for mode, name in (("sandbox", "SNOWPLOW_SANDBOX_TOKEN"), ("bdp", "SNOWPLOW_API_KEY")):
        environment: Mapping[str, str] = running.environment(mode) | {name: "wrong"}
        done = command_line.command("snowplow-batch-engine", "test-connection", environment=environment, exit_code=1)
        assert "401" in done.stdout + done.stderr


def registered_source(running: Running, name: str, version: int) -> dict[str, Any]:
    registry = Registry.open(running.folder / "registry.sqlite")
    try:
        source = registry.view(name, version).batch_source
    finally:
        registry.close()
    assert source is not None
    return source.to_json()
