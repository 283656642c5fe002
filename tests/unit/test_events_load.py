"""Loading a user's own events: every format, what cannot be read, and tables that must make room."""

import gzip
import json
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
from snowplow_analytics_sdk.event_transformer import ENRICHED_EVENT_FIELD_TYPES

from snowplow_signals.errors import UsageError
from snowplow_signals.events.loading.load import load_events
from snowplow_signals.events.loading.schema import ATOMIC_TYPES
from snowplow_signals.events.synthetic.generate import generate_events

_JSON_FIELDS = {"contexts": 52, "unstruct_event": 58, "derived_contexts": 122}


def _tsv_fields() -> list[str]:
    """The canonical order of an enriched event's 131 fields: the atomic columns and three JSON fields between them."""
    names = [name for name in ATOMIC_TYPES if name != "load_tstamp"]
    for name, position in _JSON_FIELDS.items():
        names.insert(position, name)
    return names


def _self_describing(vendor: str, name: str, data: Any, version: str = "1-0-0") -> dict[str, Any]:
    return {"schema": f"iglu:{vendor}/{name}/jsonschema/{version}", "data": data}


def _tsv(**values: Any) -> str:
    for name in ("contexts", "derived_contexts"):
        if name in values:
            values[name] = json.dumps(_self_describing("com.snowplowanalytics.snowplow", "contexts", values[name]))
    if "unstruct_event" in values:
        wrapped = _self_describing("com.snowplowanalytics.snowplow", "unstruct_event", values["unstruct_event"])
        values["unstruct_event"] = json.dumps(wrapped)
    return "\t".join(str(values.get(name, "")) for name in _tsv_fields())


def _rows(path: Path, query: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.execute(query).fetchall()


def _lines(path: Path, *lines: str | dict[str, Any]) -> Path:
    path.write_text("".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines))
    return path


@pytest.fixture
def into(tmp_path: Path) -> Path:
    return tmp_path / "events.duckdb"


def test_tsv_has_131_fields_in_the_order_of_the_sdk() -> None:
    names = [name for name, _ in ENRICHED_EVENT_FIELD_TYPES]
    assert [name.replace("refr_dvce_tstamp", "refr_device_tstamp") for name in _tsv_fields()] == names
    assert len(names) == 131


def test_tsv(tmp_path: Path, into: Path) -> None:
    line = _tsv(
        app_id="shop",
        event_id="e1",
        collector_tstamp="2025-03-01 10:00:00.123",
        refr_dvce_tstamp="2025-02-01 00:00:00.000",
        domain_sessionidx="3",
        se_value="1.50",
        br_cookies="1",
        geo_latitude="51.5",
        geo_longitude="-0.1",
        page_title="a \u2028 b\u0085",
        contexts=[_self_describing("com.acme-x", "userThing", {"userId": 1, "deep": {"someURL": "u"}})],
        derived_contexts=[_self_describing("com.acme-x", "userThing", {"userId": 2})],
        unstruct_event=_self_describing("com.acme", "buy", {"List-Price": 3}, "2-0-1"),
    )
    result = load_events([_lines(tmp_path / "a.tsv", line)], into)
    assert (result.rows, result.bad_rows, result.files, result.bad_path) == (1, 0, 1, None)
    columns = "app_id, collector_tstamp, refr_dvce_tstamp, domain_sessionidx, se_value, br_cookies, page_title"
    entities, event = "contexts_com_acme_x_user_thing_1", "unstruct_event_com_acme_buy_2"
    assert _rows(into, f"SELECT {columns}, {entities}, {event}, load_tstamp IS NOT NULL FROM atomic.events") == [
        (
            "shop",
            datetime(2025, 3, 1, 10, 0, 0, 123000),
            datetime(2025, 2, 1),
            3,
            1.5,
            True,
            "a \u2028 b\u0085",
            [{"user_id": 1, "deep": {"some_url": "u"}}, {"user_id": 2, "deep": None}],
            {"list_price": 3},
            True,
        )
    ]


def test_json_lines_gzipped_in_a_folder_and_by_pattern(tmp_path: Path, into: Path) -> None:
    folder = tmp_path / "archive"
    (folder / "run=1").mkdir(parents=True)
    event = {"event_id": "e1", "collector_tstamp": "2025-03-01T11:00:00.5+01:00", "geo_location": "1,2"}
    (folder / "run=1" / "part-0.gz").write_bytes(gzip.compress(json.dumps(event).encode()))
    (folder / "run=1" / "part-1.tsv.gz").write_bytes(gzip.compress(_tsv(event_id="e2").encode()))
    (folder / "_SUCCESS").touch()
    assert load_events([folder], into).rows == 2
    assert load_events([tmp_path / "arch*" / "run=*" / "*.gz"], into, again=True).rows == 2
    rows = _rows(into, "SELECT event_id, collector_tstamp FROM atomic.events ORDER BY ALL")
    assert rows == [("e1", datetime(2025, 3, 1, 10, 0, 0, 500000))] * 2 + [("e2", None)] * 2


def test_one_load_has_one_load_time_and_keeps_the_given_ones(tmp_path: Path, into: Path) -> None:
    given = {"event_id": "e3", "load_tstamp": "2025-03-01T00:00:00Z"}
    one = _lines(tmp_path / "a.jsonl", {"event_id": "e1"}, given)
    other = _lines(tmp_path / "b.jsonl", {"event_id": "e2"})
    load_events([one, other], into)
    times = dict(_rows(into, "SELECT event_id, load_tstamp FROM atomic.events"))
    assert times["e1"] == times["e2"] is not None
    assert times["e3"] == datetime(2025, 3, 1)


def test_parquet_as_generated(tmp_path: Path, into: Path) -> None:
    options = {"days": 2, "users": 20, "start": date(2025, 3, 1)}
    made = generate_events(tmp_path / "lake", **options)
    generate_events(tmp_path / "same.duckdb", **options)
    assert load_events([tmp_path / "lake"], into).rows == made.rows > 0
    with duckdb.connect() as connection:
        connection.execute(f"ATTACH '{into}' AS a (READ_ONLY); ATTACH '{tmp_path / 'same.duckdb'}' AS b (READ_ONLY)")
        for one, other in (("a", "b"), ("b", "a")):
            query = f"SELECT count(*) FROM (FROM {one}.atomic.events EXCEPT ALL BY NAME FROM {other}.atomic.events)"
            assert connection.execute(query.replace(" BY NAME", "")).fetchone() == (0,)


def test_parquet_with_time_zones_nested_conflicts_and_no_load_time(tmp_path: Path, into: Path) -> None:
    load_events([_lines(tmp_path / "a.jsonl", {"event_id": "e1", "contexts_a_b_1": [{"x": {"y": 1}, "z": 1}]})], into)
    file = tmp_path / "b.parquet"
    duckdb.execute(
        "COPY (SELECT 'e2' AS EVENT_ID, TIMESTAMPTZ '2025-03-01 12:00:00+02' AS collector_tstamp, "
        f"[{{'x': 'text', 'z': 2.5, 'new': [1]}}] AS contexts_a_b_1, 7 AS extra) TO '{file}'"
    )
    assert load_events([file], into).rows == 1
    rows = _rows(into, "SELECT event_id, collector_tstamp, contexts_a_b_1, extra FROM atomic.events ORDER BY 1")
    assert rows == [
        ("e1", None, [{"x": '{"y":1}', "z": 1.0, "new": None}], None),
        ("e2", datetime(2025, 3, 1, 10), [{"x": "text", "z": 2.5, "new": [1]}], 7),
    ]
    assert _rows(into, "SELECT count(load_tstamp) FROM atomic.events") == [(2,)]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{", "no JSON"),
        ("[]", "a JSON object"),
        ("{}", "no column"),
        ('{"evnt_id": "x"}', "unknown column 'evnt_id'; did you mean 'event_id'"),
        ('{"domain_sessionidx": 3000000000}', "domain_sessionidx must be a 32-bit integer"),
        ('{"domain_sessionidx": true}', "domain_sessionidx must be a 32-bit integer"),
        ('{"geo_latitude": "north"}', "geo_latitude must be a number"),
        ('{"br_cookies": "maybe"}', "br_cookies must be true or false"),
        ('{"collector_tstamp": "yesterday"}', "collector_tstamp must be a time"),
        ('{"contexts_a_b_1": [1]}', "contexts_a_b_1 must be a list of objects"),
        ('{"unstruct_event_a_b_1": "x"}', "unstruct_event_a_b_1 must be an object"),
        ('{"page_url": "\\ud800"}', "not valid Unicode text"),
        ('{"contexts_a_b_1": [{"a\\u0000": 1}]}', "NUL"),
        ('{"contexts_a_b_1": [' + '{"a":' * 100 + "1" + "}" * 100 + "]}", "nested deeper"),
        ('{"page_url": {"a": 1}}', "page_url must be text"),
    ],
)
def test_a_line_that_cannot_be_read(tmp_path: Path, into: Path, line: str, reason: str) -> None:
    source = _lines(tmp_path / "a.jsonl", {"event_id": "e1"}, line, {"event_id": "e2"})
    result = load_events([source], into)
    assert (result.rows, result.bad_rows) == (2, 1)
    assert result.bad_path == tmp_path / "events.duckdb.bad.jsonl"
    (bad,) = map(json.loads, result.bad_path.read_text().splitlines())
    assert (bad["source"], bad["line"], bad["text"]) == (str(source), 2, line)
    assert reason in bad["reason"]


def test_bad_tsv_lines_and_bytes(tmp_path: Path, into: Path) -> None:
    source = tmp_path / "a.tsv"
    broken = _tsv(event_id="e1", unstruct_event=_self_describing("com.acme", "x", {}, "one"))
    source.write_bytes(b"a\tb\n" + _tsv(event_id="e2").encode() + b"\n" + broken.encode() + b"\n\xff\n")
    result = load_events([source], into, bad=tmp_path / "bad" / "lines.jsonl")
    assert (result.rows, result.bad_rows, result.bad_path) == (1, 3, tmp_path / "bad" / "lines.jsonl")
    reasons = [json.loads(line)["reason"] for line in result.bad_path.read_text().splitlines()]
    assert "Expected 131 fields, received 2 fields." in reasons[0]
    assert "does not conform" in reasons[1]
    assert "not valid Unicode text" in reasons[2]


def test_nothing_but_bad_lines_makes_no_table(tmp_path: Path, into: Path) -> None:
    assert load_events([_lines(tmp_path / "a.jsonl", "x")], into).bad_rows == 1
    assert not into.exists()


def test_types_and_fields_grow_without_loss(tmp_path: Path, into: Path) -> None:
    def load(*values: dict[str, Any]) -> None:
        lines = [{"event_id": f"e{value.pop('n')}", "unstruct_event_a_b_1": value} for value in values]
        load_events([_lines(tmp_path / "a.jsonl", *lines)], into)

    load({"n": 1, "whole": 1, "mixed": 1, "list": [1], "inner": {"aB": 1}, "empty": {}, "none": None})
    load({"n": 2, "whole": 2**40, "list": [], "inner": {"a-b": 2, "cD": "x"}, "empty": {"now": True}})
    load({"n": 3, "whole": 0.5, "mixed": {"k": [1]}, "list": ["x"], 'a "quoted"; name': "it's"})
    assert _rows(into, "SELECT unstruct_event_a_b_1 FROM atomic.events ORDER BY event_id") == [
        (
            {
                "whole": 1.0,
                "mixed": "1",
                "list": ["1"],
                "inner": {"a_b": 1, "c_d": None},
                "empty": None,
                "a__quoted___name": None,
            },
        ),
        (
            {
                "whole": float(2**40),
                "mixed": None,
                "list": [],
                "inner": {"a_b": 2, "c_d": "x"},
                "empty": {"now": True},
                "a__quoted___name": None,
            },
        ),
        (
            {
                "whole": 0.5,
                "mixed": '{"k":[1]}',
                "list": ["x"],
                "inner": None,
                "empty": None,
                "a__quoted___name": "it's",
            },
        ),
    ]


def test_generated_events_take_a_user_s_own(tmp_path: Path) -> None:
    into = tmp_path / "made.duckdb"
    made = generate_events(into, days=1, users=20, start=date(2025, 3, 1))
    product = "contexts_com_snowplowanalytics_snowplow_ecommerce_product_1"
    event = {"event_id": "mine", product: [{"id": 5, "price": 1, "quantity": 2**40, "myField": "x"}]}
    load_events([_lines(tmp_path / "a.jsonl", event)], into)
    ((taken,),) = _rows(into, f"SELECT {product}[1] FROM atomic.events WHERE event_id = 'mine'")
    assert (taken["id"], taken["price"], taken["quantity"], taken["my_field"]) == ("5", 1.0, 2**40, "x")
    assert _rows(into, "SELECT count(*) FROM atomic.events") == [(made.rows + 1,)]


def test_a_failure_changes_nothing(tmp_path: Path, into: Path) -> None:
    good = _lines(tmp_path / "a.jsonl", {"event_id": "e1"}, "bad")
    cut = tmp_path / "b.jsonl.gz"
    cut.write_bytes(gzip.compress(b'{"event_id": "e2"}\n' * 1000)[:40])
    text = _lines(tmp_path / "notes", "hello")
    broken = tmp_path / "c.parquet"
    broken.write_bytes(b"PAR1 and no more")
    other = tmp_path / "d.parquet"
    duckdb.execute(f"COPY (SELECT 1 AS a) TO '{other}'")
    missing, empty = tmp_path / "missing.tsv", tmp_path / "empty"
    empty.mkdir()
    for wrong in (cut, text, broken, other, missing, empty):
        with pytest.raises(UsageError, match=wrong.name):
            load_events([good, wrong], into)
        assert not into.exists()
        assert not list(tmp_path.glob("*.bad.jsonl"))
    with pytest.raises(UsageError, match="No source"):
        load_events([], into)
    with pytest.raises(UsageError, match="cannot be opened"):
        load_events([good], text)
    load_events([good], into)
    with pytest.raises(UsageError):
        load_events([_lines(tmp_path / "e.jsonl", {"event_id": "x", "contexts_a_b_1": [{"c": 1}]}), cut], into)
    assert _rows(into, "SELECT count(*) FROM atomic.events") == [(1,)]


def test_many_lines_are_staged_in_pieces(tmp_path: Path, into: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("snowplow_signals.events.loading.staging._LINES_PER_STAGE", 10)
    seen: list[tuple[str, int, int]] = []
    lines = [{"event_id": f"e{n}", **({"contexts_a_b_1": [{"n": n}]} if n == 34 else {})} for n in range(35)]
    source = _lines(tmp_path / "a.jsonl", *lines)
    assert load_events([source], into, progress=lambda *step: seen.append(step)).rows == 35
    assert _rows(into, "SELECT count(DISTINCT event_id), count(contexts_a_b_1) FROM atomic.events") == [(35, 1)]
    assert seen == [("read", 0, 1), ("read", 1, 1), ("write", 1, 1)]
