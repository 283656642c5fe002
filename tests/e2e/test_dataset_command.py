"""`dataset build` and `dataset sql` as they are typed, and `datasets.build`."""

import csv
import json
import shlex
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
from tests.e2e import shop
from typer.testing import CliRunner

from snowplow_signals import datasets
from snowplow_signals.cli.app import app
from snowplow_signals.datasets import dataset, query
from snowplow_signals.errors import UsageError

EVENTS = [
    shop.event(1, "ann", 0, domain_sessionid="s1"),
    shop.event(2, "ann", 1, domain_sessionid="s1", se_value=2.0),
    shop.event(3, "bob", 1, domain_sessionid="s2"),
    shop.event(4, "ann", 2, domain_sessionid="s1", loaded=9, se_value=4.0),
]
ANCHORS = [
    ("ann", "2025-03-02T00:00:00Z", "1"),
    ("ann", "2025-03-02T12:02:00", "0"),
    ("ann", "2025-03-05 01:00:00+01:00", "1"),
    ("nobody", "2025-03-05", "0"),
    ("bob", "2025-03-02T12:03:00.000001", 'say "hi", 5'),
]


def typed(*arguments: object, exit_code: int = 0) -> str:
    done = CliRunner().invoke(app, [str(argument) for argument in arguments], prog_name="snowplow-batch-engine")
    assert done.exit_code == exit_code, f"{shlex.join(map(str, arguments))}: {done.exit_code}\n{done.output}"
    return done.output


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dataset")
    (folder / "definitions.py").write_text(DEFINITIONS)
    typed(
        "init", "--definitions", folder / "definitions.py", "--repo-path", folder, "--database", folder / "shop.duckdb"
    )
    shop.harness.write_events(folder / "shop.duckdb", EVENTS)
    typed("generate", "--repo-path", folder)
    typed("run", "--repo-path", folder, "--as-of", "2025-03-20")
    with (folder / "anchors.csv").open("w", newline="") as opened:
        csv.writer(opened).writerows([("Domain_userid", "anchor_tstamp", "label"), *ANCHORS])
    with duckdb.connect() as connection:
        connection.execute(f"copy (select * from '{folder}/anchors.csv') to '{folder}/anchors.parquet'")
    return folder


DEFINITIONS = """
from datetime import timedelta
from snowplow_signals import AtomicProperty, Attribute, View, user_entity

VALUE, LABEL = AtomicProperty(name="se_value"), AtomicProperty(name="se_label")
shop = View(
    name="shop", version=1, entity=user_entity, offline=True, owner="ann@shop.com",
    attributes=[
        Attribute(name="events", type="int64", aggregation="counter"),
        Attribute(name="spent", type="double", aggregation="sum", property=VALUE, period=timedelta(days=2)),
        Attribute(name="labels", type="string_list", aggregation="unique_list", property=LABEL),
        Attribute(name="hours_since", type="double", aggregation="time_since_last", time_unit="h"),
    ],
)
"""


GOAL = """
from snowplow_signals import AtomicProperty, Criteria, Criterion, SessionAnchors, TrainingSpan

dear = SessionAnchors(
    goal_criteria=Criteria(all=[Criterion.eq(AtomicProperty(name="se_value"), 4.0)]),
    training_span=TrainingSpan(start_time="2025-03-01", end_time="2025-04-01"),
)
"""
GOAL_ANCHORS = [("ann", "2025-03-02 12", "true")]


def build(root: Path, out: str, *options: object, **more: Any) -> str:
    return typed("dataset", "build", "--repo-path", root, "--out", root / out, *options, **more)


@pytest.mark.parametrize("anchors", ["anchors.csv", "anchors.parquet"])
@pytest.mark.parametrize(
    ("mode", "known", "wanted"),
    [
        ("as_served", False, [1, 1, 3, None, None]),
        ("exact", False, [1, 1, 3, None, 1]),
        ("exact", True, [1, 1, 2, None, None]),
    ],
)
def test_a_row_per_anchor(root: Path, anchors: str, mode: str, known: bool, wanted: list[int | None]) -> None:
    said = build(root, "out.csv", "--anchors", root / anchors, "--mode", mode, *(["--known"] if known else []))
    rows = list(csv.DictReader((root / "out.csv").open()))
    assert list(rows[0]) == ["domain_userid", "anchor_tstamp", "label", "events", "spent", "labels", "hours_since"]
    assert [row["domain_userid"] for row in rows] == [anchor[0] for anchor in ANCHORS]
    assert [row["label"] for row in rows] == [anchor[2] for anchor in ANCHORS]
    assert [int(row["events"]) if row["events"] else None for row in rows] == wanted
    assert f"5 rows, {wanted.count(None)} of them without an event by then" in said
    assert f"events: {wanted.count(None) / 5:.1%} null" in said


def test_parquet_keeps_types(root: Path) -> None:
    said = build(root, "out.parquet", "--anchors", root / "anchors.csv", "--mode", "exact", "--format", "json")
    found = json.loads(said)
    assert (found["rows"], found["rows_without_events"], found["null_rates"]["spent"]) == (5, 1, 0.2)
    with duckdb.connect() as connection:
        rows = connection.execute(f"select * from '{root}/out.parquet'").fetchall()
        types = [row[1] for row in connection.execute(f"describe select * from '{root}/out.parquet'").fetchall()]
    assert types == ["VARCHAR", "TIMESTAMP", "VARCHAR", "BIGINT", "DOUBLE", "VARCHAR[]", "DOUBLE"]
    assert rows[2] == ("ann", datetime(2025, 3, 5), "1", 3, 4.0, ["label-1", "label-2", "label-4"], rows[2][6])
    assert rows[2][6] == pytest.approx(36 - 4 / 60)
    assert rows[3] == ("nobody", datetime(2025, 3, 5), "0", None, None, None, None)
    assert not list(root.glob(".dataset-*"))


def test_every_day_and_a_table(root: Path) -> None:
    build(root, "days.parquet", "--every-day", "2025-03-01..2025-03-04")
    with duckdb.connect(str(root / "shop.duckdb")) as connection:
        query = f"select domain_userid, anchor_tstamp::date, events from '{root}/days.parquet' order by all"
        days = connection.execute(query).fetchall()
        connection.execute(f"create table main.moments as select * from '{root}/anchors.parquet'")
    assert days == [
        ("ann", date(2025, 3, 2), 1), ("ann", date(2025, 3, 3), 2), ("ann", date(2025, 3, 4), 3),
        ("bob", date(2025, 3, 3), 1), ("bob", date(2025, 3, 4), 1),
    ]  # fmt: skip
    build(root, "table.csv", "--anchors", "main.moments", "--mode", "exact")
    build(root, "file.csv", "--anchors", root / "anchors.parquet", "--mode", "exact")
    # those of a table by identifier and time
    assert (root / "table.csv").read_text().splitlines()[1:] == sorted((root / "file.csv").read_text().splitlines()[1:])


@pytest.mark.parametrize("options", [("--mode", "exact"), ("--mode", "as_served"), ("--mode", "exact", "--known")])
def test_nothing_later_is_looked_at(root: Path, options: tuple[str, ...]) -> None:
    said = typed("dataset", "check", "--repo-path", root, "--every-day", "2025-03-02..2025-03-03", *options)
    assert "3 anchors of 3, 12 values: 0 changed when" in said
    assert "as of after the last event, 0 values changed" not in said


def test_a_look_into_the_future_is_found(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(query, "STATES", query.STATES.replace("states.day < anchors.$day", "true"))
    said = typed("dataset", "check", "--repo-path", root, "--every-day", "2025-03-02..2025-03-03", exit_code=1)
    assert "values depend on what is later than their anchors: events (" in said


@pytest.mark.parametrize("options", [("--anchors", "anchors.csv"), ("--every-day", "2025-03-01..2025-03-06")])
def test_anchors_are_computed_in_batches(root: Path, monkeypatch: pytest.MonkeyPatch, options: tuple[str, str]) -> None:
    monkeypatch.chdir(root)
    build(root, "whole.csv", *options)
    monkeypatch.setattr(dataset, "BATCH_ANCHORS", 2)
    build(root, "batches.csv", *options)
    assert (root / "whole.csv").read_text() == (root / "batches.csv").read_text()
    assert len((root / "whole.csv").read_text().splitlines()) > 5


def test_what_was_served_is_what_is_computed(tmp_path: Path) -> None:
    """Of a view that was published on three days; a value that was changed by hand is found."""
    (tmp_path / "definitions.py").write_text(DEFINITIONS.replace("offline=True,", "offline=True, snapshot=True,"))
    database = tmp_path / "shop.duckdb"
    typed("init", "--definitions", tmp_path / "definitions.py", "--repo-path", tmp_path, "--database", database)
    shop.harness.write_events(database, [])
    typed("generate", "--repo-path", tmp_path)
    history = "signals_derived.shop_1_attributes_history"
    known: set[Any] = set()
    for number in range(4):
        shop.harness.write_events(
            database, [event for event in EVENTS[:3] if event["derived_tstamp"].day == number + 1]
        )
        typed("run", "--repo-path", tmp_path, "--as-of", f"2025-03-0{number + 2}")
        with duckdb.connect(str(database)) as connection:  # as if it had been the morning of that day
            times = connection.execute(f"select valid_from from {history} union select valid_to from {history}")
            for (time,) in [row for row in times.fetchall() if row[0] and row[0] not in known]:
                then = datetime(2025, 3, number + 2, 6)
                known.add(then)
                for column in ("valid_from", "valid_to"):
                    connection.execute(f"update {history} set {column} = ? where {column} = ?", [then, time])
    anchors = tmp_path / "anchors.csv"
    rows = [(user, f"2025-03-0{day}T12:00:00") for user in ("ann", "bob") for day in (1, 2, 3, 4)]
    anchors.write_text("identifier,anchor_tstamp\n" + "".join(f"{user},{at}\n" for user, at in rows))
    asked = ("dataset", "check", "--repo-path", tmp_path, "--anchors", anchors, "--against-history")
    assert "8 anchors, 3 of them not served then; of 20 values 0 were served as others" in typed(*asked)
    with duckdb.connect(str(database)) as connection:
        connection.execute(f"update {history} set spent = 99 where valid_from = timestamp '2025-03-02 06:00'")
    assert "1 were served as others\n  spent: 1" in typed(*asked)
    assert "leave --mode exact out" in typed(*asked, "--mode", "exact", exit_code=2)


def test_a_history_that_is_not_kept(root: Path) -> None:
    asked = ("dataset", "check", "--repo-path", root, "--anchors", root / "anchors.csv", "--against-history")
    assert "shop_1 keeps no history of what it published" in typed(*asked, exit_code=2)


def test_a_check_that_shows_nothing_says_so(root: Path) -> None:
    said = typed("dataset", "check", "--repo-path", root, "--every-day", "2025-04-02..2025-04-03")
    assert "so that this shows nothing" in said


def test_a_table_of_the_warehouse(root: Path) -> None:
    build(root, "out.parquet", "--anchors", root / "anchors.csv")
    typed("dataset", "build", "--repo-path", root, "--out", "main.training", "--anchors", root / "anchors.csv")
    with duckdb.connect(str(root / "shop.duckdb")) as connection:
        found = connection.execute("select * from main.training order by all").fetchall()
        assert found == connection.execute(f"select * from '{root}/out.parquet' order by all").fetchall()
        assert not connection.execute("select * from duckdb_databases() where database_name like 'signals%'").fetchall()
    again = ("--out", "main.training", "--anchors", root / "anchors.csv")
    assert "there is a table 'main.training' already" in typed(
        "dataset", "build", "--repo-path", root, *again, exit_code=2
    )
    with duckdb.connect(str(root / "shop.duckdb")) as connection:
        connection.execute("drop table main.training")


def parquet(file: Path, columns: str) -> Path:
    file.parent.mkdir(exist_ok=True)
    with duckdb.connect() as connection:
        connection.execute(f"copy (select {columns}) to '{file}' (format parquet)")
    return file


def test_a_parquet_file_is_itself(root: Path) -> None:
    """Whatever it and its folder are called, and however finely it says its times."""
    at = "'ann' as identifier, timestamp_ns '2025-03-01 23:59:59.999999999' as anchor_tstamp"
    parquet(root / "label=other" / "t1.parquet", f"{at}, 'of another' as label")
    file = parquet(root / "label=other" / "t[1].parquet", f"{at}, 'its own' as label, 7 as \"a\nb {{{{ c }}}} $d\"")
    build(root, "itself.csv", "--anchors", file)
    [row] = csv.DictReader((root / "itself.csv").open())
    assert list(row)[:4] == ["domain_userid", "anchor_tstamp", "label", "a\nb {{ c }} $d"]
    assert (row["label"], row["a\nb {{ c }} $d"], row["events"]) == ("its own", "7", "")
    assert row["anchor_tstamp"] == "2025-03-01 23:59:59.999999"
    build(root, "itself.parquet", "--anchors", file)
    with duckdb.connect() as connection:
        assert len(connection.execute(f"select * from '{root}/itself.parquet'").fetchall()) == 1


@pytest.mark.parametrize("identifier", ["'ann'::blob", "['ann']", "{'a': 1}"])
def test_identifiers_of_types_that_match_nobody(root: Path, identifier: str) -> None:
    file = parquet(root / "odd.parquet", f"{identifier} as identifier, timestamp '2025-03-05' as anchor_tstamp")
    said = build(root, "odd.csv", "--anchors", file, exit_code=2)
    assert "the column 'identifier' is of type" in " ".join(said.split())


def test_pairs_that_are_none(root: Path) -> None:
    moment = datetime(2025, 3, 5)
    for pair, words in (
        (("ann", float("nan")), "the anchor_tstamp is missing"),
        ((float("nan"), moment), "the identifier is missing"),
        ((b"ann", moment), "the identifier is b'ann', not a text or a number"),
        (("ann", moment, 1), "anchor 1 must be an identifier and a time"),
    ):
        with pytest.raises(UsageError, match=words):
            list(datasets.build(root / "shop_1", [pair]))  # type: ignore[list-item]
    [row] = datasets.build(root / "shop_1", [("ann", moment)], views="shop")
    assert row["events"] == 3


def test_sessions_that_reach_a_goal(root: Path) -> None:
    (root / "goal.py").write_text(GOAL)
    build(root, "goal.csv", "--goal", root / "goal.py")
    rows = list(csv.DictReader((root / "goal.csv").open()))
    assert [(row["domain_userid"], row["anchor_tstamp"][:13], row["label"]) for row in rows] == GOAL_ANCHORS
    said = typed("dataset", "sql", "--repo-path", root, "--goal", root / "goal.py")
    with duckdb.connect(str(root / "shop.duckdb"), read_only=True) as connection:
        assert len(connection.execute(said).fetchall()) == len(rows)
    assert "0 changed when" in typed("dataset", "check", "--repo-path", root, "--goal", root / "goal.py")


def test_a_goal_that_nobody_reaches(root: Path) -> None:
    (root / "nobody.py").write_text(GOAL.replace("4.0", "400.0"))
    assert "there are no anchors" in build(root, "goal.csv", "--goal", root / "nobody.py")
    assert (root / "goal.csv").read_text().splitlines()[1:] == []


def test_in_python(root: Path) -> None:
    pairs = [("ann", datetime(2025, 3, 5)), ("nobody", datetime(2025, 3, 5))]
    rows = list(datasets.build(root / "shop_1", pairs, mode="exact"))
    assert rows[0]["events"] == 3
    assert rows[1] == {
        "domain_userid": "nobody", "anchor_tstamp": datetime(2025, 3, 5),
        "events": None, "spent": None, "labels": None, "hours_since": None,
    }  # fmt: skip
    assert [row["label"] for row in datasets.build(root / "shop_1", root / "anchors.csv")] == [
        row[2] for row in ANCHORS
    ]
    with pytest.raises(UsageError, match="anchor 1: the anchor_tstamp is 'soon', not a time"):
        list(datasets.build(root / "shop_1", [("ann", "soon")]))  # type: ignore[list-item]


def test_the_statements_run_as_they_are_printed(root: Path) -> None:
    said = typed("dataset", "sql", "--repo-path", root, "--anchors", root / "anchors.csv", "--mode", "exact")
    with duckdb.connect(str(root / "shop.duckdb"), read_only=True) as connection:
        rows = connection.execute(said).fetchall()
    assert [row[:3] for row in rows if row[0] == "bob"] == [("bob", datetime(2025, 3, 2, 12, 3, 0, 1), 1)]
    assert max(map(len, said.splitlines())) <= 120


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("user,anchor_tstamp\nann,2025-03-05\n", "there is no column 'domain_userid' or 'identifier'"),
        ("domain_userid,at\nann,2025-03-05\n", "there is no column 'anchor_tstamp'. It has: domain_userid, at"),
        ("domain_userid,anchor_tstamp\nann,2025-03-05\nann,soon\n", "row 2: the anchor_tstamp is 'soon', not a time"),
        ("domain_userid,anchor_tstamp\n,2025-03-05\n", "row 1: the identifier is missing"),
        ("domain_userid,anchor_tstamp\nann\n", "row 1: 1 cells where the header has 2"),
        ("domain_userid,anchor_tstamp,Events\nann,2025-03-05,1\n", "the column 'Events' has the name of an attribute"),
        ("domain_userid,anchor_tstamp,x,X\nann,2025-03-05,1,2\n", "two columns have one name"),
        ("domain_userid,anchor_tstamp,\nann,2025-03-05,1\n", "a column has no name"),
        ("", "It has: nothing"),
    ],
)
def test_anchors_that_cannot_be_used(root: Path, content: str, words: str) -> None:
    (root / "wrong.csv").write_text(content)
    (root / "kept.csv").write_text("as it was")
    said = build(root, "kept.csv", "--anchors", root / "wrong.csv", exit_code=2)
    assert words in " ".join(said.split())
    assert (root / "kept.csv").read_text() == "as it was"


@pytest.mark.parametrize(
    ("options", "exit_code", "words"),
    [
        (("--out", "x.csv"), 2, "say one of --anchors, --every-day and --goal"),
        (("--out", "x.xls", "--every-day", "2025-03-01..2025-03-02"), 2, "must end in .csv or .parquet"),
        (("--out", "no/x.csv", "--every-day", "2025-03-01..2025-03-02"), 2, "there is no folder no"),
        (("--out", "x.csv", "--every-day", "2025-03-01"), 2, "must be two days, such as 2025-03-01..2025-03-31"),
        (("--out", "x.csv", "--every-day", "2025-03-02..2025-03-01"), 2, "is after the last one"),
        (("--out", "x.csv", "--every-day", "0025-03-02..2025-03-01"), 2, "730,485 days; 3,660 at most"),
        (("--out", "shop_1", "--every-day", "2025-03-01..2025-03-02"), 2, "must end in .csv or .parquet"),
        (("--out", "x.csv", "--views", "shpo"), 2, "holds no view 'shpo'; did you mean 'shop'"),
        (("--out", "x.csv", "--views", "shop@2"), 2, "holds no version 2 of view 'shop'; it holds: 1"),
        (("--out", "x.csv", "--views", "shop@new"), 2, "the version of view 'shop@new' must be a number"),
        (("--out", "x.csv", "--views", "shop,Shop@1"), 2, "a view is named twice: shop, Shop@1"),
        (("--out", "x.csv", "--anchors", "nowhere.csv"), 2, "nowhere.csv: No such file"),
        (("--out", "x.csv", "--anchors", "nowhere.parquet"), 2, "nowhere.parquet"),
        (("--out", "x.csv", "--anchors", "nothing"), 2, "neither a file that ends in .csv or .parquet, nor a table"),
        (("--out", "x.csv", "--anchors", "main.nothing"), 1, "there is no table 'main.nothing' with anchors"),
    ],
)
def test_options_that_cannot_be_meant(
    root: Path, options: tuple[str, ...], exit_code: int, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(root)
    said = typed("dataset", "build", "--repo-path", root, *options, exit_code=exit_code)
    assert words in " ".join(said.split())
    assert not (root / "x.csv").exists()
