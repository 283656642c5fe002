"""`init` from the service, and `test-connection`, against a service that runs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import Result
from tests.clients.test_client import CLICKS, CRM, VIEW
from tests.server.test_processes import Process, serving
from typer.testing import CliRunner

from snowplow_signals import Event, Signals, SignalsSandbox, View
from snowplow_signals.cli.app import app
from snowplow_signals.registry import Registry
from snowplow_signals.workspace import read_project

TOKEN = "a-token-for-tests"
OLD = VIEW.model_copy(update={"version": 1, "attributes": (CLICKS,)})
UNPUBLISHED = VIEW.model_copy(update={"name": "draft"})
STREAM = VIEW.model_copy(update={"name": "live", "offline": False})
OTHER = VIEW.model_copy(update={"name": "other", "version": 7, "attributes": (CLICKS,)})


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    folder = tmp_path_factory.mktemp("service")
    with serving(folder, "--sandbox-token", TOKEN) as found:
        with SignalsSandbox(found.url, TOKEN) as signals:
            signals.publish([OLD, VIEW, OTHER, STREAM, CRM])
            signals.unpublish(UNPUBLISHED)
        with Registry.open(folder / "registry.sqlite") as registry:
            found.key = registry.keys.create("ORG")  # type: ignore[attr-defined]
        yield found


@pytest.fixture(autouse=True)
def _no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("API_URL", "API_KEY", "API_KEY_ID", "ORG_ID", "AUTH_MODE", "SANDBOX_TOKEN", "CONSOLE_URL"):
        monkeypatch.delenv(f"SNOWPLOW_{name}", raising=False)


def typed(*arguments: object, exit_code: int = 0, **environment: str) -> Result:
    done = CliRunner().invoke(app, [str(one) for one in arguments], env=environment)
    assert done.exit_code == exit_code, (done.output, done.exception)
    return done


def init(service: Process, folder: Path, *arguments: object, exit_code: int = 0) -> str:
    given = ("--api-url", service.url, "--sandbox-token", TOKEN, "--repo-path", folder)
    return typed("init", *given, *arguments, exit_code=exit_code).output


def test_init_takes_the_latest_versions_published_or_not(service: Process, tmp_path: Path) -> None:
    said = init(service, tmp_path)
    assert sorted(one.name for one in tmp_path.iterdir()) == ["draft_2", "other_7", "profiles.yml", "shop_2"]
    assert not read_project(tmp_path / "draft_2").views[0].is_published
    assert read_project(tmp_path / "shop_2").views[0] == VIEW.model_copy(update={"is_published": True})
    assert "crm_v1 left out: nothing to compute" in said
    assert "unchanged" in init(service, tmp_path)
    init(service, tmp_path / "one", "--project-name", "Other_7")
    assert [one.name for one in (tmp_path / "one").iterdir() if one.is_dir()] == ["other_7"]
    assert "did you mean 'other_7'" in init(service, tmp_path, "--project-name", "othr_7", exit_code=2)


def test_init_takes_the_view_that_is_named(service: Process, tmp_path: Path) -> None:
    init(service, tmp_path, "--view-name", "shop", "--view-version", 1)
    init(service, tmp_path, "--attribute-group-name", "Other", "--attribute-group-version", 7)
    assert sorted(one.name for one in tmp_path.iterdir() if one.is_dir()) == ["other_7", "shop_1"]


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("--view-name", "shp"), "no offline view 'shp'; did you mean 'shop'?; it has: crm (version 1)"),
        (("--view-name", "shop", "--view-version", 3), "no offline view 'shop' of version 3"),
    ],
)
def test_init_says_what_is_there(service: Process, tmp_path: Path, arguments: tuple[object, ...], reason: str) -> None:
    assert reason in init(service, tmp_path, *arguments, exit_code=2)
    assert list(tmp_path.iterdir()) == []


def test_init_takes_what_has_changed_only_by_force(service: Process, tmp_path: Path) -> None:
    init(service, tmp_path, "--view-name", "other")
    changed = OTHER.attributes[0].model_copy(update={"period": timedelta(days=3)})
    with SignalsSandbox(service.url, TOKEN) as signals:
        signals.publish(OTHER.model_copy(update={"attributes": (changed,)}))
        assert "is not the one in" in init(service, tmp_path, "--view-name", "other", exit_code=2)
        assert "updated" in init(service, tmp_path, "--view-name", "other", "--force")
        signals.publish(OTHER)


def test_what_cannot_be_computed_is_left_out_unless_it_is_named(service: Process, tmp_path: Path) -> None:
    declared = CLICKS.model_copy(update={"events": (Event(event_specification_id="a1"),)})
    view = VIEW.model_copy(update={"name": "console", "attributes": (declared,)})
    with SignalsSandbox(service.url, TOKEN) as signals:
        signals.publish(view)
        assert signals.get_view("console").attributes == (declared,)
        assert "left out: view 'console' version 2, attribute 'clicks': its events name" in init(service, tmp_path)
        assert (tmp_path / "shop_2").is_dir()
        assert "event_specification_id" in init(service, tmp_path, "--view-name", "console", exit_code=2)
        assert not (tmp_path / "console_2").exists()
        signals.delete(view)


def test_init_needs_a_place_to_take_views_from(tmp_path: Path) -> None:
    assert "--definitions FILE.py, or --api-url" in typed("init", "--repo-path", tmp_path, exit_code=2).output


def test_a_definitions_file_goes_before_the_service(tmp_path: Path) -> None:
    file = tmp_path / "views.py"
    file.write_text(
        "from snowplow_signals import *\n"
        "v = View(name='mine', entity=user_entity, offline=True, owner='a@b.example',\n"
        "         attributes=[Attribute(name='n', type='int64', aggregation='counter')])\n"
    )
    typed("init", "--definitions", file, "--repo-path", tmp_path / "repo", SNOWPLOW_API_URL="http://127.0.0.1:1")
    assert (tmp_path / "repo" / "mine_1").is_dir()


def test_what_the_service_cannot_be_read_of_is_told_and_left_out(
    service: Process, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from snowplow_signals.client import wire

    read = wire.view_of

    def strange(data: dict[str, object]) -> View:
        return read(data | {"attributes": [{"name": "x", "aggregation": "guess"}]} if data["name"] == "other" else data)

    monkeypatch.setattr(wire, "view_of", strange)
    said = init(service, tmp_path)
    assert "other_v7 left out: " in said
    assert (tmp_path / "shop_2").is_dir()
    assert not (tmp_path / "other_7").exists()


class TestConnection:
    def test_well(self, service: Process) -> None:
        for command in ("test-connection", "test_connection"):
            said = typed(command, "--api-url", service.url, "--sandbox-token", TOKEN).output
            lines = [line.split(None, 1) for line in said.splitlines()]
            assert lines == [
                ["authentication", "ok, 5 offline views"],
                ["service", "ok"],
                ["registry", "ok"],
                ["profiles_store", "ok"],
            ]

    def test_with_a_key_from_the_environment(self, service: Process) -> None:
        key, secret = service.key  # type: ignore[attr-defined]
        known = {"SNOWPLOW_API_KEY": secret, "SNOWPLOW_API_KEY_ID": key.key_id, "SNOWPLOW_ORG_ID": "ORG"}
        said = typed("test-connection", "--api-url", service.url, "--auth-mode", "bdp", **known).output
        assert "authentication  ok" in said
        # a token that lies around does not matter when a key was chosen
        typed("test-connection", SNOWPLOW_API_URL=service.url, SNOWPLOW_SANDBOX_TOKEN="wrong", **known)

    def test_a_wrong_token_is_told_beside_what_works(self, service: Process) -> None:
        done = typed("test-connection", "--api-url", service.url, "--sandbox-token", "wrong", exit_code=1)
        assert "authentication  failed, GET " in done.output
        assert "401 the token is invalid, expired or revoked" in done.output
        assert "registry        ok" in done.output
        options = ("--sandbox-token", "wrong", "--no-check-auth")
        assert "authentication" not in typed("test-connection", "--api-url", service.url, *options).output

    def test_nobody_is_there(self) -> None:
        said = typed("test-connection", "--api-url", "http://127.0.0.1:1", exit_code=1).output
        assert said.count("cannot be reached") == 2

    def test_something_else_is_there(self, tmp_path: Path) -> None:
        import http.server
        import threading

        (tmp_path / "health-all").write_text(json.dumps({"hello": 1}))
        handler = lambda *a: http.server.SimpleHTTPRequestHandler(*a, directory=str(tmp_path))  # noqa: E731
        with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            said = typed("test-connection", "--api-url", f"http://127.0.0.1:{server.server_port}", exit_code=1).output
            server.shutdown()
        assert "is it a Signals service?" in said

    def test_a_dependency_that_is_down(self, tmp_path: Path) -> None:
        with serving(tmp_path, "--store", "redis://127.0.0.1:1/0") as service:
            said = typed("test-connection", "--api-url", service.url, exit_code=1).output
            assert Signals(service.url).health()["profiles_store"] == "unavailable"
        lines = [line.split() for line in said.splitlines()]
        assert ["profiles_store", "unavailable"] in lines
        assert ["registry", "ok"] in lines

    @pytest.mark.parametrize(
        ("options", "reason"),
        [
            ((), "--api-url, or SNOWPLOW_API_URL"),
            (("--api-url", "x"), "api_url 'x' must be a URL such as https://"),
            (("--api-url", "http://x", "--auth-mode", "sandbox"), "needs --sandbox-token"),
            (("--api-url", "http://x", "--auth-mode", "bdp"), "missing: --api-key, --api-key-id, --org-id"),
            (("--api-url", "http://x", "--api-key", "k"), "missing: --api-key-id, --org-id"),
        ],
    )
    def test_wrong_use(self, options: tuple[str, ...], reason: str) -> None:
        assert reason in typed("test-connection", *options, exit_code=2).output
