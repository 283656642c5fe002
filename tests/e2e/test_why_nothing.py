"""When nobody has attributes, or a day is odd, commands say why: a run that did nothing is not a success in silence."""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from tests import harness, reference
from tests.e2e import shop
from tests.e2e.command import typed

from snowplow_signals import Attribute, Event, workspace
from snowplow_signals.errors import UsageError

ROWS = [shop.event(number, f"user-{number % 2}", number % 3) for number in range(6)]
ONLY_ORDERS = shop.VIEW.model_copy(
    update={
        "attributes": (
            Attribute(name="n", type="int64", aggregation="counter", events=[Event(vendor="x", name="order")]),
        )
    }
)
START = "snowplow__start_date"


@pytest.mark.parametrize(
    ("rows", "variables", "view", "words"),
    [
        ([], {}, shop.VIEW, "is empty: nothing has been loaded into it yet"),
        (
            ROWS,
            {START: "2025-06-01"},
            shop.VIEW,
            "none of the 6 rows is read: all were loaded before snowplow__start_date, which is 2025-06-01, the newest "
            "on 2025-03-03",
        ),
        (
            [shop.event(1, "a", 0, loaded=9)],
            {START: "2025-03-05"},
            shop.VIEW,
            "none of the 1 rows that were read is used: 1 happened before snowplow__start_date, which is 2025-03-05",
        ),
        (
            ROWS,
            {"snowplow__app_id": ["shop"]},
            shop.VIEW,
            "other than those in snowplow__app_id: shop (the events table has web)",
        ),
        ([shop.event(1, None, 0)], {}, shop.VIEW, "1 have no domain_userid, which identifies the view's entity"),
        (ROWS, {}, ONLY_ORDERS, "6 are of events that no attribute asks for (the events table has click)"),
    ],
    ids=["empty", "loads before the start", "events before the start", "other app", "no entity", "irrelevant"],
)
def test_why_nobody_has_attributes(
    tmp_path: Path, rows: list[dict[str, Any]], variables: dict[str, Any], view: Any, words: str
) -> None:
    made = shop.make(tmp_path, rows, view)
    workspace.generate(tmp_path, force=True)
    for _ in range(2):  # also a run that finds nothing new
        (found,) = [warning for warning in made.run(variables=variables).warnings if words in warning]
    assert made.run(variables=variables).entities == 0
    given = ("--repo-path", tmp_path, "--vars", json.dumps(variables), "--format", "json")
    (status,) = json.loads(typed("status", *given).stdout)["projects"]
    assert status["warnings"] == [found]
    (verified,) = json.loads(typed("verify", *given).stdout)["projects"]
    assert verified["warnings"] == [found]


def test_a_project_with_attributes_has_nothing_to_explain(tmp_path: Path) -> None:
    made = shop.make(tmp_path, ROWS)
    assert made.run().warnings == ()
    assert made.run().warnings == ()


def test_rows_that_belong_to_no_load(tmp_path: Path) -> None:
    made = shop.make(tmp_path, [*ROWS, {**shop.event(7, "a", 1), "load_tstamp": None}])
    words = "rows without load_tstamp: 1; they belong to no load and are never read"
    assert made.run().warnings == (words,)
    assert made.run().warnings == (words,)


def test_a_day_that_has_yet_to_come_or_is_before_all_events(tmp_path: Path) -> None:
    made = shop.make(tmp_path, ROWS)
    ahead = datetime.now(UTC).date() + timedelta(days=400)
    (said,) = made.run(as_of=ahead).warnings
    assert said.startswith(f"as of {ahead}, which is 400 days after today")
    (said, *_) = made.run(as_of=date(2024, 12, 31)).warnings
    assert said.startswith("as of 2024-12-31, which is before snowplow__start_date (2025-01-01)")
    for odd in (date.min, date.max):
        with pytest.raises(UsageError, match="the day must lie between 1900-01-01 and 9000-01-01"):
            made.run(as_of=odd)


def test_what_was_published_as_of_a_day_that_is_refused_now_goes_on(tmp_path: Path) -> None:
    """Earlier versions took any day; the windows of the last ones of the calendar have no event, as those before."""
    made = shop.make(tmp_path, ROWS)
    made.run(as_of=date(9000, 1, 1))
    for table in (
        "signals_snowplow_manifest.shop_1_publication_manifest",
        "signals_scratch.shop_1_base_new_event_limits",
    ):
        with duckdb.connect(str(made.database)) as connection:
            connection.execute(f"update {table} set as_of = date '9999-12-31'")
    typed("generate", "--repo-path", tmp_path, "--force")
    for command in (["status"], ["verify"], ["explain", "user-1"]):
        typed(*command, "--repo-path", tmp_path)
    made.run()
    expected = reference.compute(made.view, harness.read_table(made.database, "atomic.events"), as_of=shop.AS_OF)
    assert harness.differences(made.view, harness.attributes_of(made.database, made.view), expected) == []


def test_results_as_json_as_nothing_and_as_a_line_for_each_project(tmp_path: Path) -> None:
    made = shop.make(tmp_path, ROWS)
    other = shop.VIEW.model_copy(update={"name": "other"})
    made.write(other)
    (tmp_path / "other_1" / "models" / "sources.yml").unlink()
    typed("generate", "--repo-path", tmp_path, "--project-name", "shop_1", "--force")
    as_of = ("--repo-path", tmp_path, "--as-of", "2025-03-10")

    done = typed("run", *as_of, "--format", "json", exit_code=1)
    first, second = json.loads(done.stdout)["projects"]
    assert first == {
        "project": "other_1",
        "error": {"kind": first["error"]["kind"], "message": first["error"]["message"]},
    }
    assert first["error"]["message"] in done.stderr
    assert (second["project"], second["rows"]["rows_used"], second["entities"]) == ("shop_1", 6, 2)

    done = typed("run", *as_of, exit_code=1)
    assert [line.split()[:2] for line in done.stdout.splitlines()[-2:]] == [
        ["other_1", "failed"],
        ["shop_1", "nothing"],
    ]

    done = typed("run", *as_of, "--quiet", "--project-name", "shop_1")
    assert (done.stdout, done.stderr) == ("", "")
