"""The page on schedules, done: its commands are run, and its Python with stand-ins for Airflow and Dagster."""

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from tests import harness
from tests.e2e.command import COMMAND
from tests.e2e.shop import VIEW, event

from snowplow_signals import workspace

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "schedule.md"
SNIPPETS = re.findall(r"^```(\w+)\n(.*?)^```", PAGE.read_text("utf-8"), re.M | re.S)


@pytest.fixture
def on_the_page(tmp_path: Path) -> Callable[[str, str], str]:
    """A snippet by its language and a word of it, about a workspace with one project."""
    harness.make_workspace(tmp_path, [event(number, f"user-{number}", number) for number in range(3)])
    workspace.init([VIEW], "duckdb", tmp_path)
    workspace.generate(tmp_path)

    def snippet(language: str, word: str) -> str:
        (text,) = (text for one, text in SNIPPETS if one == language and word in text)
        text = text.replace("/srv/signals/.venv/bin/snowplow-batch-engine", str(COMMAND))
        text = text.replace("\nsnowplow-batch-engine", f"\n{COMMAND}").replace("/var/log", str(tmp_path))
        return re.sub(r"^snowplow-batch-engine", str(COMMAND), text).replace("/srv/signals", str(tmp_path))

    return snippet


def is_synced(folder: Path) -> bool:
    return (folder / "profiles.sqlite").exists()


def bash(text: str) -> None:
    done = subprocess.run(["bash", "-ec", text], text=True, capture_output=True, check=False)
    assert done.returncode == 0, f"{text}\n{done.stdout}\n{done.stderr}"


def module(monkeypatch: pytest.MonkeyPatch, name: str, **content: Any) -> None:
    """A stand-in for a library, and for what it is in."""
    parts = name.split(".")
    for end in range(1, len(parts)):
        if ".".join(parts[:end]) not in sys.modules:
            monkeypatch.setitem(sys.modules, ".".join(parts[:end]), ModuleType(".".join(parts[:end])))
    made = ModuleType(name)
    made.__dict__.update(content)
    monkeypatch.setitem(sys.modules, name, made)


def test_every_snippet_is_tried_here() -> None:
    assert [language for language, _ in SNIPPETS] == ["bash", "cron", "python", "python"]


def test_the_two_commands(on_the_page: Callable[[str, str], str], tmp_path: Path) -> None:
    bash(on_the_page("bash", "sync"))
    assert is_synced(tmp_path)


@pytest.mark.long
def test_the_line_for_cron(on_the_page: Callable[[str, str], str], tmp_path: Path) -> None:
    variable, line = on_the_page("cron", "17").splitlines()
    bash(f"export {variable}\n{line.split(maxsplit=5)[5]}")
    assert is_synced(tmp_path)
    assert "shop_1: 3 rows changed" in (tmp_path / "signals.log").read_text()


@pytest.mark.long
def test_airflow(on_the_page: Callable[[str, str], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Dag:
        def __init__(self, name: str, **options: Any) -> None:
            assert options["max_active_runs"] == 1

        def __enter__(self) -> None: ...

        def __exit__(self, *_: object) -> None: ...

    class Task:
        def __init__(self, *, task_id: str, bash_command: str) -> None:
            self.command = bash_command

        def __rshift__(self, other: "Task") -> None:
            bash(self.command)
            assert not is_synced(tmp_path)
            bash(other.command)

    module(monkeypatch, "airflow.providers.standard.operators.bash", BashOperator=Task)
    module(monkeypatch, "airflow.sdk", DAG=Dag)
    exec(compile(on_the_page("python", "airflow"), str(PAGE), "exec"), {})
    assert is_synced(tmp_path)


@pytest.mark.long
def test_dagster(on_the_page: Callable[[str, str], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given: dict[str, Any] = {}
    module(
        monkeypatch,
        "dagster",
        asset=lambda function: function,
        MaterializeResult=lambda *, metadata: metadata,
        define_asset_job=lambda name, *, selection: name,
        ScheduleDefinition=lambda *, job, cron_schedule: (job, cron_schedule),
        Definitions=lambda *, assets, schedules: (assets, schedules),
    )
    exec(compile(on_the_page("python", "dagster"), str(PAGE), "exec"), given)
    (asset,), schedules = given["definitions"]
    assert schedules == [("signals", "17 * * * *")]
    metadata = asset()
    assert metadata["runs"]["projects"][0]["entities"] == 3
    assert is_synced(tmp_path)
