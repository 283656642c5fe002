"""Files as other programs write them: marks, tables of CSV, arrays, Snowplow Micro, folders by column, Delta tables."""

import csv
import gzip
import io
import json
import shutil
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from snowplow_signals.errors import UsageError
from snowplow_signals.events.loading.load import load_events
from snowplow_signals.events.loading.schema import TSV_FIELDS

MARK = b"\xef\xbb\xbf"


@pytest.fixture
def into(tmp_path: Path) -> Path:
    return tmp_path / "events.duckdb"


def _rows(path: Path, query: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.execute(query).fetchall()


def _file(path: Path, content: str | bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def _tsv(**values: str) -> bytes:
    return "\t".join(values.get(name, "") for name in TSV_FIELDS).encode() + b"\n"


def _self_describing(name: str, data: Any, vendor: str = "com.acme") -> dict[str, Any]:
    return {"schema": f"iglu:{vendor}/{name}/jsonschema/1-0-0", "data": data}


CONTEXTS = _self_describing("contexts", [_self_describing("part", {"skuCode": 2**53 + 1})])
BODY = _self_describing("unstruct_event", _self_describing("buyNow", {"$amount": 1.5}))
NESTED = "event_id, app_id, contexts_com_acme_part_1, unstruct_event_com_acme_buy_now_1"
EXPECTED = ("e1", "shop", [{"sku_code": 2**53 + 1}], {"_amount": 1.5})


def test_a_byte_order_mark_is_no_part_of_a_value(tmp_path: Path, into: Path) -> None:
    files = [
        _file(tmp_path / "a.tsv", MARK + _tsv(app_id="shop", event_id="e1")),
        _file(tmp_path / "b.tsv.gz", gzip.compress(MARK + _tsv(app_id="shop", event_id="e2"))),
        _file(tmp_path / "c.jsonl", MARK + b'{"app_id": "shop", "event_id": "e3"}\r\n'),
        _file(tmp_path / "d.json", MARK + b'[{"app_id": "shop", "event_id": "e4"}]'),
        _file(tmp_path / "e.csv", MARK + b"app_id,event_id\r\nshop,e5\r\n"),
        _file(tmp_path / "f", MARK + _tsv(app_id="shop", event_id="e6")),
    ]
    assert load_events(files, into).bad_rows == 0
    assert _rows(into, "SELECT event_id FROM atomic.events WHERE app_id = 'shop' ORDER BY 1") == [
        (f"e{number}",) for number in range(1, 7)
    ]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        *(
            (f"events.{kind}", content)
            for kind in ("tsv", "csv", "json", "jsonl")
            for content in (b"", b"\n", b"  \n \n", MARK)
        ),
        ("events.json", b"[]"),
        ("events.json", b" [ ] "),
        ("events.csv", b"event_id,app_id\n"),
        ("events.tsv.gz", gzip.compress(b"", mtime=0)),
    ],
)
def test_a_file_without_events_is_read_and_changes_nothing(
    tmp_path: Path, into: Path, name: str, content: bytes
) -> None:
    result = load_events([_file(tmp_path / name, content)], into)
    assert (result.rows, result.bad_rows, result.files) == (0, 0, 1)
    assert not into.exists()


@pytest.mark.parametrize("name", ["events.gz", "events.tsv", "events.dat"])
def test_what_is_gzipped_is_seen_by_its_content(tmp_path: Path, into: Path, name: str) -> None:
    assert load_events([_file(tmp_path / name, gzip.compress(_tsv(event_id="e1")))], into).rows == 1


@pytest.mark.parametrize("dialect", [",", ";", "\t", "|"])
def test_csv_as_enriched_events_and_as_a_warehouse_exports(tmp_path: Path, into: Path, dialect: str) -> None:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=dialect)
    writer.writerow(
        ["EVENT_ID", "app_id", "contexts", "unstruct_event", "collector_tstamp", "br_cookies", "page_title"]
    )
    at = "2025-03-01 10:00:00.250 UTC"
    writer.writerow(["e1", "shop", json.dumps(CONTEXTS), json.dumps(BODY), at, "t", 'two\nlines, "quoted"; |\t'])
    writer.writerow(["e2", "shop", "", "\\N", "2025-03-01 12:00:00 +0200", "FALSE", ""])
    enriched = _file(tmp_path / "enriched.csv", text.getvalue())
    text = io.StringIO()
    writer = csv.writer(text, delimiter=dialect)
    writer.writerow(["event_id", "contexts_com_acme_part_1", "unstruct_event_com_acme_buy_now_1"])
    writer.writerow(["e3", '[{"sku_code": 1}]', '{"_amount": 2}'])
    wide = _file(tmp_path / "wide.tsv", text.getvalue())
    assert load_events([enriched, wide], into).rows == 3
    assert _rows(into, f"SELECT {NESTED} FROM atomic.events ORDER BY 1") == [
        EXPECTED,
        ("e2", "shop", None, None),
        ("e3", None, [{"sku_code": 1}], {"_amount": 2.0}),
    ]
    assert _rows(into, "SELECT collector_tstamp, br_cookies, page_title FROM atomic.events ORDER BY event_id") == [
        (datetime(2025, 3, 1, 10, 0, 0, 250000), True, 'two\nlines, "quoted"; |\t'),
        (datetime(2025, 3, 1, 10), False, None),
        (None, None, None),
    ]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("event_id,evnt_name\ne1,x\n", "line 1: unknown column 'evnt_name'; did you mean 'event_name'"),
        ("a,b\n1,2\n", r"line 1: a CSV file begins with the names of an event's columns, not \['a', 'b'\]"),
        ("event_id,EVENT_ID\ne1,e2\n", "line 1: column 'EVENT_ID' appears twice"),
        ('event_id,app_id\ne1,shop\ne2,"open\n', "line 3: this is not CSV"),
    ],
)
def test_csv_that_is_wrong_as_a_whole(tmp_path: Path, into: Path, content: str, said: str) -> None:
    good = _file(tmp_path / "good.csv", "event_id\ne0\n")
    with pytest.raises(UsageError, match=f"bad.csv, {said}"):
        load_events([good, _file(tmp_path / "bad.csv", content)], into)
    assert not into.exists()


def test_records_of_csv_that_are_no_events(tmp_path: Path, into: Path) -> None:
    file = _file(tmp_path / "a.csv", b'event_id,se_value\ne1,1\ne2\n"e\n3",x\ne4,2,3\n\xff,1\ne5,2\n')
    result = load_events([file], into)
    assert (result.rows, result.bad_rows) == (2, 4)
    bad = [json.loads(line) for line in result.bad_path.read_text().splitlines()]
    assert [one["line"] for one in bad] == [3, 4, 6, 7]
    assert [one["reason"].split(",")[0] for one in bad] == [
        "Expected 2 fields", "se_value must be a number", "Expected 2 fields",
        "not valid Unicode text: surrogates not allowed",
    ]  # fmt: skip


GOOD = {
    "rawEvent": {"api": {"vendor": "x", "version": "tp2"}, "parameters": {"e": "ue"}},
    "eventType": "unstruct",
    "schema": "iglu:com.acme/buyNow/jsonschema/1-0-0",
    "contexts": ["iglu:com.acme/part/jsonschema/1-0-0"],
    "event": {
        "app_id": "shop",
        "event_id": "e1",
        "event": "unstruct",
        "collector_tstamp": "2021-08-29T12:01:05.787Z",
        "br_cookies": True,
        "contexts": CONTEXTS,
        "derived_contexts": {},
        "unstruct_event": BODY,
        "geo_latitude": None,
    },
    "incomplete": False,
}


@pytest.mark.parametrize("indent", [None, 2])
def test_an_array_as_snowplow_micro_answers(tmp_path: Path, into: Path, indent: int | None) -> None:
    other = {**GOOD, "event": {**GOOD["event"], "event_id": "e2", "unstruct_event": {}, "contexts": {}}}
    file = _file(tmp_path / "good.json", json.dumps([GOOD, other], indent=indent))
    assert load_events([file], into).rows == 2
    assert _rows(into, f"SELECT {NESTED} FROM atomic.events ORDER BY 1") == [EXPECTED, ("e2", "shop", None, None)]
    assert _rows(into, "SELECT DISTINCT event, br_cookies FROM atomic.events") == [("unstruct", True)]


@pytest.mark.parametrize("suffix", [".json", ".json.gz", ""])
def test_json_in_any_layout(tmp_path: Path, into: Path, suffix: str) -> None:
    events = [{"event_id": f"e{number}", "page_title": "é[{}]," * number} for number in range(5)]
    layouts = {
        "array": json.dumps(events),
        "lines": "\n\n".join(map(json.dumps, events)),
        "pretty": "\n".join(json.dumps(event, indent=2, ensure_ascii=False) for event in events),
        "one": json.dumps(events[0], indent=1),
        "arrays": json.dumps(events[:2]) + json.dumps(events[2:], indent=4),
        "one line": json.dumps(events[0]),
    }
    for name, text in layouts.items():
        content = gzip.compress(text.encode()) if suffix.endswith(".gz") else text
        database = into.with_name(f"{name}.duckdb")
        result = load_events([_file(tmp_path / f"{name}{suffix}", content)], database)
        assert (result.rows, result.bad_rows) == (1 if name.startswith("one") else 5, 0)


def test_a_long_array_is_read_in_pieces(tmp_path: Path, into: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    events = [{"event_id": f"é{number}", "page_title": "ö" * (number % 50)} for number in range(200)]
    file = _file(tmp_path / "a.json", json.dumps(events, ensure_ascii=False, indent=1))
    for chunk in (1, 2, 3, 7, 64):
        monkeypatch.setattr("snowplow_signals.events.loading.reading._CHUNK", chunk)
        assert load_events([file], into, again=True).rows == 200
    assert _rows(into, "SELECT count(DISTINCT event_id || page_title) FROM atomic.events") == [(200,)]


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ('[{"event_id": "e1"},\n{"event_id": "e2"', 2),
        ('[{"event_id": "e1"}\n\n{"event_id": "e2"}]', 3),
        ('[\n{"event_id": "e1"},\n', 3),
        ('[{"event_id": "e1"},\n{"event_id": e2}]', 2),
        ('{\n"event_id": "e1"\n}\n{\n"event_id": \n', 4),
        ("[" * 100_000, 1),
    ],
)
def test_a_broken_document_names_its_line_and_loads_nothing(
    tmp_path: Path, into: Path, content: str, line: int
) -> None:
    with pytest.raises(UsageError, match=rf"a\.json, line {line}: this is not valid JSON, or it is cut short"):
        load_events([_file(tmp_path / "a.json", content)], into)
    assert not into.exists()


def test_elements_that_are_no_events_are_set_aside(tmp_path: Path, into: Path) -> None:
    failed = _self_describing("schema_violations", {"failure": {}}, "com.snowplowanalytics.snowplow.badrows")
    file = _file(tmp_path / "a.json", json.dumps([1, failed, GOOD, {"event": {"contexts": {"schema": "x"}}}], indent=1))
    result = load_events([file], into)
    assert (result.rows, result.bad_rows) == (1, 3)
    reasons = [json.loads(line)["reason"] for line in result.bad_path.read_text().splitlines()]
    assert reasons[0].startswith("a JSON object was expected")
    assert "which is not an enriched event" in reasons[1]
    assert "contexts is not self-describing JSON" in reasons[2]


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"\x28\xb5\x2f\xfdxxxx", "zstd"),
        (b"PK\x03\x04xxxx", "zip"),
        ("event_id\ne1\n".encode("utf-16"), "UTF-16"),
        (b"Obj\x01xxxx", "Avro"),
    ],
)
def test_what_is_not_read_is_named(tmp_path: Path, into: Path, content: bytes, what: str) -> None:
    with pytest.raises(UsageError, match=f"a.csv is .*{what}"):
        load_events([_file(tmp_path / "a.csv", content)], into)


def _parquet(path: Path, query: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    duckdb.execute(f"COPY ({query}) TO '{path}' (FORMAT parquet)")
    return path


def test_columns_in_the_names_of_folders_are_kept(tmp_path: Path, into: Path) -> None:
    lake = tmp_path / "lake"
    _parquet(lake / "event_name=page_view" / "load_date=2025-03-01" / "a.parquet", "SELECT 'e1' AS event_id")
    _parquet(lake / "event_name=a%20b" / "a.parquet", "SELECT 'e2' AS event_id")
    _parquet(lake / "event_name=__HIVE_DEFAULT_PARTITION__" / "a.parquet", "SELECT 'e3' AS event_id")
    _parquet(lake / "event_name=other" / "b.parquet", "SELECT 'e4' AS event_id, 'own' AS Event_Name")
    _parquet(lake / "domain_sessionidx=7" / "b.parquet", "SELECT 'e5' AS event_id")
    _file(lake / "event_name=buy" / "a.jsonl", '{"event_id": "e6"}\n')
    _file(lake / "event_name=buy" / "b.csv", "event_id,event_name\ne7,own\ne8,\n")
    assert load_events([lake], into).rows == 8
    assert _rows(into, "SELECT event_id, event_name, domain_sessionidx FROM atomic.events ORDER BY 1") == [
        ("e1", "page_view", None), ("e2", "a b", None), ("e3", None, None), ("e4", "own", None), ("e5", None, 7),
        ("e6", "buy", None), ("e7", "own", None), ("e8", "buy", None),
    ]  # fmt: skip
    one = tmp_path / "one.duckdb"
    load_events([lake / "event_name=page_view"], one)
    assert _rows(one, "SELECT event_name FROM atomic.events") == [("page_view",)]


@pytest.mark.parametrize("name", ["lake [ab]", "lake *", "lake ?", "lake # {a,b}", "a [!b] [0-9]"])
def test_a_path_is_no_pattern_for_the_engine(tmp_path: Path, into: Path, name: str) -> None:
    """DuckDB would read the files of another folder that it takes for meant, and say nothing."""
    for other in ("lake a", "lake b", "lake x", "a x 1"):
        _parquet(tmp_path / other / "a.parquet", "SELECT 'of another folder' AS event_id")
    _parquet(tmp_path / "from.parquet", "SELECT 'e1' AS event_id")
    (tmp_path / name).mkdir()
    shutil.move(tmp_path / "from.parquet", tmp_path / name / "a.parquet")
    _file(tmp_path / name / "b.jsonl.gz", gzip.compress(b'{"event_id": "e2"}\r\n'))
    load_events([tmp_path / name], into)
    assert _rows(into, "SELECT event_id FROM atomic.events ORDER BY 1") == [("e1",), ("e2",)]


def test_a_carriage_return_inside_of_a_value(tmp_path: Path, into: Path) -> None:
    load_events([_file(tmp_path / "a.tsv", _tsv(event_id="e1", page_title="a\rb"))], into)
    load_events([_file(tmp_path / "b.csv", 'event_id,page_title\r\ne2,"a\rb"\r\n')], into)
    assert _rows(into, "SELECT page_title FROM atomic.events") == [("a\rb",)] * 2


def _commit(lake: Path, version: int, *actions: dict[str, Any]) -> None:
    _file(lake / "_delta_log" / f"{version:020}.json", "".join(json.dumps(action) + "\n" for action in actions))


def _delta(lake: Path) -> None:
    """A table of three commits: two files, one of which is removed again, and a third with a space in its folder."""
    _parquet(lake / "event_name=pv" / "a.parquet", "SELECT 'e1' AS event_id, 1 AS contexts_a_b_1")
    _parquet(lake / "event_name=pv" / "gone.parquet", "SELECT 'gone' AS event_id")
    _parquet(lake / "event_name=a%20b" / "c.parquet", "SELECT 'e3' AS event_id")
    meta = {"metaData": {"id": "x", "partitionColumns": ["load_tstamp_date", "event_name"], "configuration": {}}}

    def added(path: str, name: str | None) -> dict[str, Any]:
        return {"add": {"path": path, "partitionValues": {"event_name": name, "load_tstamp_date": "2025-03-01"}}}

    _commit(lake, 0, {"protocol": {"minReaderVersion": 1}}, meta, added("event_name=pv/a.parquet", "pv"))
    _commit(lake, 1, {"commitInfo": {}}, added("event_name=pv/gone.parquet", "pv"))
    _commit(lake, 2, {"remove": {"path": "event_name=pv/gone.parquet"}}, added("event_name=a%2520b/c.parquet", "a b"))


def test_a_delta_table_is_what_its_log_says(tmp_path: Path, into: Path) -> None:
    lake = tmp_path / "all" / "lake"
    _delta(lake)
    assert load_events([lake], into).rows == 2
    expected = [("e1", "pv"), ("e3", "a b")]
    assert _rows(into, "SELECT event_id, event_name FROM atomic.events ORDER BY 1") == expected
    for number, source in enumerate([lake.parent, lake / "*" / "*.parquet", lake / "event_name=pv"]):
        other = tmp_path / f"{number}.duckdb"
        assert load_events([source], other).rows == (1 if number == 2 else 2)
    with pytest.raises(UsageError, match=r"gone\.parquet is not, or is no longer, a file of the Delta table"):
        load_events([lake / "event_name=pv" / "gone.parquet"], into)


@pytest.mark.parametrize("parts", [1, 2])
def test_a_delta_table_with_a_checkpoint(tmp_path: Path, into: Path, parts: int) -> None:
    lake = tmp_path / "lake"
    _delta(lake)
    values = "MAP {'event_name': 'pv', 'load_tstamp_date': '2025-03-01'}"
    adds = [
        f"SELECT {{'path': 'event_name=pv/{name}.parquet', 'partitionValues': {values}}} AS add, "
        "NULL::STRUCT(path VARCHAR) AS remove"
        for name in ("a", "gone")
    ]
    log = lake / "_delta_log"
    if parts == 1:
        _parquet(log / f"{1:020}.checkpoint.parquet", " UNION ALL ".join(adds))
    else:
        for part, query in enumerate(adds, start=1):
            _parquet(log / f"{1:020}.checkpoint.{part:010}.{parts:010}.parquet", query)
    _parquet(log / f"{2:020}.checkpoint.{1:010}.{2:010}.parquet", adds[0])  # of which the second part is missing
    for version in (0, 1):
        (log / f"{version:020}.json").unlink()
    assert load_events([lake], into).rows == 2
    assert _rows(into, "SELECT event_id, event_name FROM atomic.events ORDER BY 1") == [("e1", "pv"), ("e3", "a b")]


def test_delta_tables_that_cannot_be_read_say_why(tmp_path: Path, into: Path) -> None:
    def refused(name: str, said: str, *actions: dict[str, Any], drop: int | None = None) -> None:
        lake = tmp_path / name
        _delta(lake)
        if actions:
            _commit(lake, 3, *actions)
        if drop is not None:
            (lake / "_delta_log" / f"{drop:020}.json").unlink()
        with pytest.raises(UsageError, match=said):
            load_events([lake], into)
        assert not into.exists()
        shutil.rmtree(lake)

    vector = {"storageType": "u", "pathOrInlineDv": "x", "cardinality": 1}
    path = "event_name=pv/a.parquet"
    mapped = {"metaData": {"configuration": {"delta.columnMapping.mode": "name"}}}
    refused("a", "marks rows inside", {"add": {"path": path, "deletionVector": vector}})
    refused("b", "maps columns to other names", mapped)
    refused("c", "missing.parquet is missing", {"add": {"path": "missing.parquet"}})
    refused("d", "not in its folder: s3://x/y.parquet", {"add": {"path": "s3://x/y.parquet"}})
    refused("e", "version 1 is missing", drop=1)
    refused("f", "version 0 is missing", drop=0)


def test_tables_of_other_formats_are_refused(tmp_path: Path, into: Path) -> None:
    lake = tmp_path / "iceberg"
    _parquet(lake / "data" / "a.parquet", "SELECT 'e1' AS event_id")
    _file(lake / "metadata" / "00000-x.metadata.json", "{}")
    for source in (lake, tmp_path):
        with pytest.raises(UsageError, match="iceberg is a table of Iceberg, which cannot be read"):
            load_events([source], into)


def test_the_same_file_twice(tmp_path: Path, into: Path) -> None:
    one = _file(tmp_path / "one.jsonl", '{"event_id": "e1"}\n')
    other = _file(tmp_path / "other.jsonl", '{"event_id": "e2"}\n')
    assert load_events([one], into).loaded_before == ()
    moved = shutil.copy(one, tmp_path / "copy.jsonl")
    result = load_events([tmp_path / "*.jsonl"], into)
    assert (result.rows, result.files) == (1, 1)
    assert [(before.path, before.as_path) for before in result.loaded_before] == [(moved, one), (one, one)]
    assert all(before.loaded_at is not None for before in result.loaded_before)
    assert load_events([one, other], into).rows == 0
    assert load_events([one], into, again=True).rows == 1
    assert _rows(into, "SELECT event_id FROM atomic.events ORDER BY 1") == [("e1",), ("e1",), ("e2",)]
    with duckdb.connect(str(into)) as connection:
        connection.execute("DELETE FROM atomic.events")
    assert load_events([one], into).rows == 1


def test_one_content_in_two_files_of_a_load(tmp_path: Path, into: Path) -> None:
    one, other = (_file(tmp_path / name, '{"event_id": "e1"}\n') for name in ("a.jsonl", "b.jsonl"))
    (before,) = load_events([one, other], into).loaded_before
    assert (before.path, before.as_path, before.loaded_at) == (other, one, None)


def test_a_load_that_fails_remembers_nothing(tmp_path: Path, into: Path) -> None:
    one = _file(tmp_path / "one.jsonl", '{"event_id": "e1"}\n')
    wrong = _parquet(tmp_path / "wrong.parquet", "SELECT 'x' AS event_id, 'many' AS domain_sessionidx")
    with pytest.raises(UsageError, match=r"cannot take the events of .*wrong\.parquet"):
        load_events([one, wrong], into)
    assert load_events([one], into).rows == 1


def test_a_file_of_bad_lines_only_can_be_loaded_when_it_is_mended(tmp_path: Path, into: Path) -> None:
    file = _file(tmp_path / "one.jsonl", "bad\n")
    assert load_events([file], into).bad_rows == 1
    assert load_events([file], into).bad_rows == 1
    _file(file, '{"event_id": "e1"}\n')
    assert load_events([file], into).rows == 1
