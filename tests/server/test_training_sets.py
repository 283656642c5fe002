"""Training sets over HTTP: their SQL, and runs that build them, held to the interpreter."""

from __future__ import annotations

import json
import os
import time
import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from tests import harness, reference, reference_datasets, reference_sessions
from tests.server.service import Client, group, served

from snowplow_signals import Rows, ServiceError, SessionAnchors, Signals, UsageError
from snowplow_signals.definitions.entities import BUILT_IN
from snowplow_signals.server.dataset_runs import LOST_SECONDS
from snowplow_signals.server.wire import read_view

API = "/api/v1/datasets"
START = datetime(2025, 3, 1)
GOAL = "it's\n a {{ goal }}"
LABEL = {"type": "atomic", "name": "se_label"}
GROUP = group(
    attributes=[
        {"name": "clicks", "type": "int64", "aggregation": "counter"},
        {
            "name": "spent_2_days",
            "type": "double",
            "aggregation": "sum",
            "property": {"type": "atomic", "name": "se_value"},
            "period": "P2D",
            "default_value": 0.5,
        },
        {
            "name": "labels",
            "type": "string_list",
            "aggregation": "unique_list",
            "property": {"type": "atomic", "name": "se_label"},
            "criteria": {
                "all": [{"property": {"type": "atomic", "name": "se_label"}, "operator": "!=", "value": "a\nb"}]
            },
        },
    ]
)
SESSIONS = {
    "mode": "session",
    "goal_criteria": {"any": [{"property": {"type": "atomic", "name": "se_label"}, "operator": "=", "value": GOAL}]},
    "training_span": {"start_time": "2025-03-01T00:00:00Z", "end_time": "2025-04-01T00:00:00Z"},
}


def rows() -> list[dict[str, Any]]:
    found = []
    for number in range(240):
        at = START + timedelta(hours=number * 5 // 2, minutes=number % 7)
        found.append(
            {
                "event_id": f"e{number % 220}",
                "load_tstamp": at + timedelta(minutes=number % 90),
                "derived_tstamp": at,
                "collector_tstamp": at,
                "event_vendor": "com.acme",
                "event_name": ("click", "page_ping", "buy")[number % 3],
                "event_version": "1-0-0",
                "domain_userid": f"u{number % 5}",
                "domain_sessionid": f"s{number // 12}",
                "se_label": GOAL if number % 24 == 9 else ("a\nb", "c", None, "d")[number % 4],
                "se_value": number / 8,
            }
        )
    return found


ROWS = rows()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("service")
    harness.make_workspace(folder, ROWS)
    with duckdb.connect(str(folder / harness.DATABASE)) as connection:
        connection.execute("create schema mine")
        connection.execute(
            "create table mine.moments as select domain_userid as identifier, derived_tstamp as anchor_tstamp, "
            "se_value > 10 as label from atomic.events where se_value < 20"
        )
    return folder


@pytest.fixture(scope="module")
def client(folder: Path) -> Iterator[Client]:
    with served(folder) as client:
        yield client


def body(anchors: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"anchors": anchors, "attributes": {"attribute_groups": [GROUP]}} | more


def supplied(table: str = "moments") -> dict[str, Any]:
    return {"mode": "user_supplied", "source": {"schema": "mine", "table": table}, "has_label": True}


def finished(client: Client, run_id: str) -> dict[str, Any]:
    end = time.monotonic() + 120
    while (found := client.done("GET", f"{API}/runs/{run_id}"))["status"] == "pending":
        assert time.monotonic() < end
        time.sleep(0.2)
    return found


def started(client: Client, asked: dict[str, Any]) -> dict[str, Any]:
    status, found = client.call("POST", f"{API}/runs", asked)
    assert status == 202
    return found


def expected(anchors: list[tuple[str, datetime]], lookback: timedelta | None = None) -> list[dict[str, Any] | None]:
    view = read_view(GROUP, lambda name: BUILT_IN[name])
    if lookback is None:
        return reference_datasets.training_set(view, ROWS, anchors, mode="exact")
    near = [
        reference_datasets.training_set(
            view, reference.winners(view, ROWS).values(), [one], mode="exact", since=one[1] - lookback
        )[0]
        for one in anchors
    ]
    return near


@pytest.mark.parametrize("lookback", [None, 1])
def test_a_training_set_of_sessions(client: Client, folder: Path, lookback: int | None) -> None:
    asked = body(SESSIONS, **({} if lookback is None else {"max_lookback_days": lookback}))
    run = started(client, asked)
    found = finished(client, run["id"])
    assert found["status"] == "success", found
    view = read_view(GROUP, lambda name: BUILT_IN[name])
    goal = SessionAnchors.model_validate({name: value for name, value in SESSIONS.items() if name != "mode"})
    anchors = reference_sessions.session_anchors(goal, view, ROWS)
    assert anchors
    assert {label for _, _, label in anchors} == {True, False}
    truth = expected([(who, when) for who, when, _ in anchors], lookback and timedelta(days=lookback))
    shown = client.done("GET", f"{API}/runs/{run['id']}/preview?limit=10000")
    names = ["domain_userid", "anchor_tstamp", "label", "clicks", "spent_2_days", "labels"]
    assert (shown["columns"], shown["row_count"]) == (names, len(anchors))
    compared = 0
    for row, (who, when, label), wanted in zip(shown["data"], anchors, truth, strict=True):
        values = dict(zip(names, row, strict=True))
        assert (values["domain_userid"], values["label"]) == (who, label)
        assert datetime.fromisoformat(values["anchor_tstamp"].removesuffix("Z")) == when
        for name in names[3:]:
            assert reference.same(values[name], None if wanted is None else wanted[name]), (who, when, name)
            compared += 1
    assert compared > 100
    place = found["dataset"]
    with duckdb.connect(str(folder / harness.DATABASE)) as connection:
        stored = connection.execute(f"select count(*) from {place['schema']}.{place['table']}").fetchone()
        left = connection.execute("select table_name from information_schema.tables where table_name like '%anchors%'")
        assert (stored, left.fetchall()) == ((len(anchors),), [])


def test_the_sql_does_the_same(client: Client, folder: Path) -> None:
    named = {"schema": "mine", "table": "by_hand"}
    bundle = client.done("POST", f"{API}/sql", body(SESSIONS | {"output": named | {"table": "a"}}, dataset=named))
    assert [bundle["anchors"]["table"], bundle["dataset"]["table"]] == ["a", "by_hand"]
    [attributes] = bundle["attributes"]
    assert attributes["table"] == "signals_attributes_domain_userid"
    assert attributes["attribute_key"]["name"] == "domain_userid"
    assert "blobl_path" in attributes["attribute_key"]
    built = finished(client, started(client, body(SESSIONS))["id"])["dataset"]
    with duckdb.connect(str(folder / harness.DATABASE)) as connection:
        connection.execute("create schema if not exists signals")
        for part in (bundle["anchors"], attributes, bundle["dataset"]):
            connection.execute(part["sql"])
        both = [
            connection.execute(f"select * from {table} order by all").fetchall()
            for table in ("mine.by_hand", f"{built['schema']}.{built['table']}")
        ]
    assert both[0] == both[1] != []


def test_anchors_of_a_table(client: Client) -> None:
    bundle = client.done("POST", f"{API}/sql", body(supplied()))
    assert bundle["anchors"] == {"database": None, "schema": "mine", "table": "moments", "sql": None}
    run = started(client, body(supplied(), dataset={"schema": "mine", "table": "trained"}))
    assert run["dataset"] == {"database": None, "schema": "mine", "table": "trained"}
    assert finished(client, run["id"])["status"] == "success"
    shown = client.done("GET", f"{API}/runs/{run['id']}/preview")
    assert shown["row_count"] == 100
    truth = expected([(row[0], datetime.fromisoformat(row[1].removesuffix("Z"))) for row in shown["data"]])
    for row, wanted in zip(shown["data"], truth, strict=True):
        assert row[3] == (wanted and wanted["clicks"])
    again = finished(client, started(client, body(supplied(), dataset={"schema": "mine", "table": "trained"}))["id"])
    assert again["status"] == "failed"
    assert "there is a table mine.trained already" in again["error"]


def test_our_client(client: Client) -> None:
    view = read_view(GROUP, lambda name: BUILT_IN[name])
    with Signals("http://localhost", transport=client.http._transport) as signals:
        built = signals.build_dataset(view, "mine.moments", has_label=True)
        whole = [dict(row) for row in _rows(built.to_dataframe())]
        parts = [dict(row) for chunk in built.chunks(70) for row in _rows(chunk)]
        assert len(whole) == 160
        assert parts == whole
        with pytest.raises(ServiceError, match=r"there is no table 'mine\.nowhere'"):
            signals.build_dataset([view], "mine.nowhere")
        with pytest.raises(UsageError, match="anchors 'nowhere' must be a table"):
            signals.build_dataset([view], "nowhere")
        with pytest.raises(UsageError, match="from 1 to 10,000 rows, not 0"):
            next(built.chunks(0))


def _rows(frame: Any) -> list[dict[str, Any]]:
    """Of a DataFrame or of our Rows, as JSON, in which no number is missing twice."""
    if not isinstance(frame, Rows):
        frame = json.loads(frame.to_json(orient="records"))
    return [dict(row) for row in frame]


def test_a_run_that_fails_says_why(client: Client) -> None:
    run = started(client, body(supplied("nowhere")))
    found = finished(client, run["id"])
    assert (found["status"], "there is no table 'mine.nowhere' with anchors" in found["error"]) == ("failed", True)
    assert "the run is failed" in client.refused(409, "GET", f"{API}/runs/{run['id']}/preview")


def test_a_run_is_cancelled(client: Client, folder: Path) -> None:
    with duckdb.connect(str(folder / harness.DATABASE)):  # which holds the database, so that the run waits
        run = started(client, body(supplied()))
        waiting = started(client, body(supplied()))
        assert client.done("GET", f"{API}/runs/{run['id']}")["status"] == "pending"
        assert "the run is pending" in client.refused(409, "GET", f"{API}/runs/{run['id']}/preview")
        for one in (waiting, run):
            assert client.done("POST", f"{API}/runs/{one['id']}/cancel") == {
                "id": one["id"],
                "message": "it was cancelled",
            }
            assert client.done("GET", f"{API}/runs/{one['id']}")["error"] == "it was cancelled"
    done = started(client, body(supplied()))
    assert finished(client, done["id"])["status"] == "success"
    assert client.done("POST", f"{API}/runs/{done['id']}/cancel")["message"] == "it was finished already"


def test_a_run_whose_service_has_ended(client: Client, folder: Path) -> None:
    id_ = str(uuid.uuid4())
    file = folder / "dataset_runs" / f"{id_}.json"
    file.parent.mkdir(exist_ok=True)
    kept = {"id": id_, "status": "pending", "dataset": {}, "created_at": "2025-03-01T00:00:00Z", "request": {}}
    file.write_text(json.dumps(kept))
    long_ago = time.time() - 2 * LOST_SECONDS
    os.utime(file, (long_ago, long_ago))
    assert client.done("GET", f"{API}/runs/{id_}")["error"] == "the service that ran it has ended"


@pytest.mark.parametrize("run_id", ["x", "../registry", str(uuid.UUID(int=7))])
@pytest.mark.parametrize(("method", "path"), [("GET", ""), ("GET", "/preview"), ("POST", "/cancel")])
def test_runs_that_nobody_knows(client: Client, run_id: str, method: str, path: str) -> None:
    status, _ = client.call(method, f"{API}/runs/{run_id}{path}")
    assert status == 404


def test_what_cannot_be_built_is_refused(client: Client, tmp_path: Path) -> None:
    other = group(name="other", attribute_key={"name": "user_id", "key": "user_id", "is_published": False})
    both = {"attribute_groups": [GROUP, other]}
    assert "of several keys, domain_userid, user_id: a training set is of one" in client.refused(
        409, "POST", f"{API}/runs", body(supplied(), attributes=both)
    )
    assert "body.anchors.mode" in client.invalid("POST", f"{API}/sql", body({"mode": "guess"}))
    assert "there is no table" in client.refused(404, "POST", f"{API}/sql", body(supplied("nowhere")))
    assert "query.limit" in client.invalid("GET", f"{API}/runs/{uuid.uuid4()}/preview?limit=0")
    with served(tmp_path) as elsewhere:
        said = elsewhere.refused(404, "POST", f"{API}/sql", body(supplied()))
        assert "this service has no warehouse: profiles.yml is missing" in said
