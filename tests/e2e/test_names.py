"""Names as people give them: of up to 128 characters, distinguished without regard to case, and served as declared."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from tests import harness
from tests.events_table import EVENTS_COLUMNS
from tests.server.service import served
from tests.warehouses import QUICK, WAREHOUSES
from typer.testing import CliRunner

from snowplow_signals import AtomicProperty, Attribute, Entity, View
from snowplow_signals.cli.app import app
from snowplow_signals.registry import Registry

WHEN = datetime(2025, 3, 5, 10)
ROWS = [
    {
        "event_id": f"e{number}",
        "domain_userid": f"u{number % 2}",
        "se_label": f"label {number}",
        "derived_tstamp": WHEN,
        "collector_tstamp": WHEN,
        "load_tstamp": WHEN,
    }
    for number in range(5)
]
LABEL = AtomicProperty(name="se_label")
NAME, LONG = "BatchEcommerceAttributes", "Cart" * 32
COUNT, LABELS = "cartCount", "SeenLabels"


def view(name: str = NAME, count: str = COUNT, key: str = "UserID") -> View:
    return View(
        name=name,
        entity=Entity(name="Customer", key=key, property=AtomicProperty(name="domain_userid")),
        offline=True,
        owner="a@b.example",
        attributes=[
            Attribute(name=count, type="int64", aggregation="counter"),
            Attribute(name=LABELS, type="string_list", aggregation="unique_list", property=LABEL),
            Attribute(name="meanLength", type="double", aggregation="time_since_last", time_unit="d"),
        ],
    )


def definitions(folder: Path, one: View) -> Path:
    file = folder / "definitions.py"
    file.write_text(f"from snowplow_signals import *\nview = View.from_json({one.to_json()!r})\n")
    return file


class Typing:
    """Commands on one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, *arguments: object, exit_code: int = 0) -> Result:
        words = [str(one) for one in arguments]
        words += ["--repo-path", str(self.folder)]
        done = CliRunner().invoke(app, words)
        assert done.exit_code == exit_code, (done.output, done.exception)
        return done

    def json(self, *arguments: object) -> Any:
        return json.loads(self(*arguments, "--format", "json").stdout)


@pytest.mark.parametrize("warehouse", QUICK)
def test_camel_case_on_the_whole_way(tmp_path: Path, warehouse: str) -> None:
    harness.make_workspace(tmp_path, ROWS, WAREHOUSES[warehouse].columns(EVENTS_COLUMNS), warehouse)
    typed = Typing(tmp_path)
    typed("init", "--definitions", definitions(tmp_path, view()), "--target-type", warehouse)
    project = "batchecommerceattributes_1"
    assert (tmp_path / project / "configs" / "base_config.json").is_file()
    typed("generate", "--project-name", "BatchEcommerceAttributes_1")
    typed("run")
    assert harness.attributes_of(tmp_path, view())["u0"][COUNT] == 3
    assert "0 of 2 entities differ" in typed("verify", "--all").output
    assert typed.json("status")["projects"][0]["project"] == project

    (explained,) = typed.json("explain", "u0", "--attribute", "CARTCOUNT")["attributes"]
    assert (explained["name"], explained["value"]) == (COUNT, 3)
    assert "UserID u0" in typed("explain", "u0", "--view-name", NAME.lower()).output
    assert "did you mean" in typed("explain", "u0", "--attribute", "cartCounts", exit_code=2).output

    typed("sync", "--view-name", NAME.upper())
    read = typed.json("profile", "get", "u0", "--view-name", NAME.lower())
    assert list(read) == ["UserID", COUNT, LABELS, "meanLength"]
    assert (read["UserID"], read[COUNT], read[LABELS]) == ("u0", 3, ["label 0", "label 2", "label 4"])
    assert read["meanLength"] > 0

    with Registry.open(tmp_path / "registry.sqlite") as registry:
        registry.create_view(view().model_copy(update={"is_published": True}))
    with served(tmp_path) as client:
        answer = client.read([f"{NAME}_v1:{COUNT}"], {"UserID": ["u0", "nobody"]})
        assert answer == {"UserID": ["u0", "nobody"], COUNT: [3, None]}
        answer = client.read([f"{NAME.lower()}_v1:{COUNT.upper()}"], {"userid": ["u0"]}, full_attribute_names=True)
        assert answer == {"userid": ["u0"], f"{NAME}_v1:{COUNT}": [3]}
    typed("profile", "erase", "u0", "--view", f"{NAME.upper()}_v1")
    typed("profile", "erase", "u1", "--key", "USERID")
    assert set(typed.json("profile", "get", "u0").values()) == {"u0", None}
    assert set(typed.json("profile", "get", "u1").values()) == {"u1", None}


def test_another_spelling_is_the_same_view(tmp_path: Path) -> None:
    harness.make_workspace(tmp_path, ROWS)
    typed = Typing(tmp_path)
    typed("init", "--definitions", definitions(tmp_path, view()), "--target-type", "duckdb")
    typed("generate")
    typed("run")
    typed("sync")
    respelled = view("batchEcommerceAttributes", "CartCount", "userID")
    said = typed("init", "--definitions", definitions(tmp_path, respelled), "--target-type", "duckdb")
    assert "from the previous definition" not in said.output  # nothing is computed anew for that
    typed("generate")
    assert "nothing changed" in typed("run").output
    typed("sync")
    assert typed.json("profile", "get", "u0")["CartCount"] == 3


def test_names_of_128_characters(tmp_path: Path) -> None:
    harness.make_workspace(tmp_path, ROWS)
    typed = Typing(tmp_path)
    long = view(LONG, "n" * 128, "k" * 128)
    typed("init", "--definitions", definitions(tmp_path, long), "--target-type", "duckdb")
    typed("generate")
    typed("run")
    typed("sync")
    assert typed.json("profile", "get", "u0")["n" * 128] == 3
    assert "0 of 2 entities differ" in typed("verify", "--all").output


def test_what_postgresql_cannot_hold_is_refused_by_generate(tmp_path: Path) -> None:
    typed = Typing(tmp_path)
    long = view(LONG, "n" * 64, "k" * 64)
    typed("init", "--definitions", definitions(tmp_path, long), "--target-type", "postgres")
    said = typed("generate", exit_code=2).output
    for named in (f"attribute {'n' * 64!r}", f"key {'k' * 64!r}", f"the table '{LONG.lower()}_1_"):
        assert named in said
    assert not (tmp_path / f"{LONG.lower()}_1" / "dbt_project.yml").exists()


def test_the_longest_names_that_postgresql_holds(tmp_path: Path) -> None:
    harness.make_workspace(tmp_path, ROWS, WAREHOUSES["postgres"].columns(EVENTS_COLUMNS), "postgres")
    typed = Typing(tmp_path)
    longest = view("V" * 34, "n" * 63, "k" * 63)
    typed("init", "--definitions", definitions(tmp_path, longest), "--target-type", "postgres")
    typed("generate")
    typed("run")
    typed("run", "--full-refresh")
    assert "0 of 2 entities differ" in typed("verify", "--all").output
    typed("sync")
    assert typed.json("profile", "get", "u0")["n" * 63] == 3
