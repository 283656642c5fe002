"""Every command that takes a store, with each kind of store; and none of them ever shows a password."""

import json
import signal
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import psutil
import pytest
from tests import servers
from tests.e2e.command import COMMAND, EXAMPLE, typed
from tests.e2e.test_cli_run import GENERATE
from tests.unit.test_places import REFUSED, has_secret

from snowplow_signals.stores import open_store

VIEW = "batch_ecommerce_attributes_v1"
SECRETS = (servers.PASSWORD, quote(servers.PASSWORD, safe=""), "S3cret")


@pytest.fixture(scope="module")
def repo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with a few events, run once."""
    folder = tmp_path_factory.mktemp("repo")
    typed(*GENERATE, "--out", folder / "events.duckdb")
    typed("init", "--definitions", EXAMPLE, "--repo-path", folder)
    typed("generate", "--repo-path", folder)
    typed("run", "--repo-path", folder, "--as-of", "2025-03-04")
    return folder


@pytest.fixture(params=["sqlite", "redis", "postgres"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty store of each kind, in the spelling that is the less usual one."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'p.sqlite'}"
    if request.param == "redis":
        return request.getfixturevalue("redis_url").removesuffix("0") + "5"
    return request.getfixturevalue("postgres_url").replace("postgresql://", "postgres://")


def clean(done: subprocess.CompletedProcess[str]) -> str:
    """What a command printed; fails when a password is in it."""
    text = done.stdout + done.stderr
    assert not any(secret in text for secret in SECRETS), text
    return text


def test_every_command(repo: Path, store: str) -> None:
    def asked(*words: object, exit_code: int = 0) -> str:
        return clean(typed(*words, "--repo-path", repo, "--store", store, exit_code=exit_code))

    assert " written to " in asked("sync")
    with open_store(store) as opened:
        number = opened.count(VIEW)
        assert number > 10
        user = next(one for one in everybody(repo) if opened.read(VIEW, [one]))
    listed = asked("profile", "get").split()
    assert len(listed) == 10 == len(set(listed) & set(everybody(repo)))
    assert json.loads(asked("profile", "get", "--format", "json")) == {"domain_userid": listed}
    assert "some that exist are " in asked("profile", "get", "nobody-has-this")
    assert asked("sync", "--quiet") == ""
    document = json.loads(asked("sync", "--format", "json"))
    (synced,) = document["projects"]
    assert "?" not in document["store"]  # nor the password, as `clean` sees to
    assert (synced["project"], synced["rows_changed"], synced["registered"]) == (VIEW[:-3] + "_1", 0, None)
    assert "--every cannot be combined with --quiet or --format json" in asked(
        "sync", "--every", 9, "--quiet", exit_code=2
    )
    assert f'"domain_userid": "{user}"' in asked("profile", "get", user, "--format", "json")
    shown = json.loads(asked("status", "--format", "json"))
    assert [(one["view"], one["profiles"]) for one in shown["syncs"]] == [(VIEW, number)]
    assert VIEW in clean(typed("status", "--repo-path", repo, "--verbose", SNOWPLOW_STORE=store))

    erase, restore = ("profile", "erase", user), ("profile", "restore", user)
    assert "did you mean" in asked(*erase, "--key", "domain_user", exit_code=2)
    assert f"did you mean '{VIEW}'" in asked(*erase, "--view", "batch_ecommerce_attributes", exit_code=2)
    assert "is empty" in asked("profile", "erase", "", "--key", "domain_userid", exit_code=2)
    for option in ("--key", "--view"):  # as of a variable that is not set
        for command in (erase, restore):
            asked(*command, option, "", exit_code=2)
    with open_store(store) as opened:
        assert opened.count(VIEW) == number
        assert opened.erasures() == []
    assert "from all views by domain_userid: 1 profile removed" in asked(*erase, "--key", "user")
    assert "0 rows changed, 0 written" in asked("sync")
    assert "restored" in asked(*restore, "--key", "user")
    assert "was not erased" in asked(*restore, "--key", "user", exit_code=2)
    assert f"{number:,} written" in clean(typed("sync", "--repo-path", repo, SNOWPLOW_STORE=store))
    erased = json.loads(asked(*erase, "--view", VIEW, "--format", "json"))
    assert (erased["view"], erased["key"], erased["profiles_removed"]) == (VIEW, None, 1)
    assert user not in json.dumps(erased)
    restored = json.loads(asked(*restore, "--view", VIEW, "--format", "json"))
    assert restored == {"view": VIEW, "key": None, "is_restored": True}


def everybody(repo: Path) -> list[str]:
    import duckdb

    with duckdb.connect(str(repo / "events.duckdb"), read_only=True) as connection:
        return [row[0] for row in connection.execute("select distinct domain_userid from atomic.events").fetchall()]


def test_serve_shows_no_password_nor_do_its_processes(tmp_path: Path, redis_url: str, postgres_url: str) -> None:
    """Both as an option, which is the user's own doing, and in the environment; not to its child processes."""
    command = [COMMAND, "serve", "--port", "0", "--repo-path", tmp_path, "--sync-interval", "1", "--verbose"]
    environment = {"SNOWPLOW_STORE": redis_url, "SNOWPLOW_REGISTRY": postgres_url, "PATH": ""}
    with subprocess.Popen(command, env=environment, stdout=-1, stderr=subprocess.STDOUT, text=True) as process:
        try:
            lines = [process.stdout.readline() for _ in range(6)]
            assert any("redis://127.0.0.1" in line for line in lines), lines
            found = psutil.Process(process.pid)
            while not found.children():
                assert process.poll() is None
            listed = [word for one in (found, *found.children(recursive=True)) for word in one.cmdline()]
        finally:
            process.send_signal(signal.SIGINT)
            rest = process.communicate(timeout=60)[0]
    output = "".join([*lines, rest, *listed])
    assert "--every" in output
    assert not any(secret in output for secret in SECRETS)


def test_no_message_shows_a_password(tmp_path: Path) -> None:
    """All commands with all URLs in one process, as starting it takes most of the time."""
    program = """
import json, sys
from snowplow_signals.cli.app import app
for url in json.loads(sys.argv[1]):
    for words in (
        ["profile", "erase", "x", "--key", "user", "--store", url], ["serve", "--port", "0", "--store", url],
        ["profile", "restore", "x", "--key", "user", "--store", url], ["serve", "--port", "0", "--registry", url],
        ["keys", "list", "--registry", url], ["profile", "get", "x", "--store", url], ["sync", "--store", url],
        ["status", "--store", url], ["test-connection", "--api-url", url], ["sync", "--help", "--store", url],
    ):
        try:
            app([*words, "--verbose"])
        except SystemExit as left:
            assert left.code == (0 if "--help" in words else 2), words
"""
    done = subprocess.run(
        [sys.executable, "-c", program, json.dumps(REFUSED)],
        cwd=tmp_path,
        text=True,
        capture_output=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-3_000:]
    output = done.stderr + done.stdout
    assert output.count("Error: ") >= len(REFUSED) * 8
    shown = [line for line in output.splitlines() if has_secret(line)]
    assert shown == []
