"""Events of OpenLineage: when they are sent, what they say, and that they never fail what they tell of."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from openlineage.client.client import OpenLineageClient
from openlineage.client.serde import Serde
from openlineage.client.transport.transport import Transport
from tests.unit.test_lineage import SPENT, view

from snowplow_signals.dialects import TARGET_TYPES, session_named
from snowplow_signals.openlineage.datasets import Table, facets_of_attributes, facets_of_profiles
from snowplow_signals.openlineage.sending import Job, Sender, is_configured, sender
from snowplow_signals.plan import plan_view
from snowplow_signals.plan.lineage import lineage

RUN = "9f5b1f0e-6a3e-4a0d-9f43-2d8a6a1f7c11"
EVENTS = Table.at("postgres://db:5432", ("signals", "atomic", "events"))


class Kept(Transport):
    kind = "kept"

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.fails = False

    def emit(self, event: Any) -> None:
        if self.fails:
            raise ConnectionError("https://user:password@lineage.example.com is down")
        self.events.append(json.loads(Serde.to_json(event)))


@pytest.fixture(autouse=True)
def nothing_configured(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import os

    for name in list(os.environ):
        if name.startswith("OPENLINEAGE"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")


@pytest.fixture
def kept() -> Kept:
    return Kept()


def sending(kept: Kept, said: list[str] | None = None) -> Sender:
    return Sender(OpenLineageClient(transport=kept), (said if said is not None else []).append)


def test_it_is_off_unless_the_client_is_configured(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    said: list[str] = []
    assert not is_configured()
    assert sender(said.append) is None
    for name in ("OPENLINEAGE_URL", "OPENLINEAGE__TRANSPORT__TYPE", "OPENLINEAGE_CONFIG"):
        monkeypatch.setenv(name, "x")
        assert is_configured()
        monkeypatch.setenv("OPENLINEAGE_DISABLED", "True")
        assert not is_configured()
        monkeypatch.delenv("OPENLINEAGE_DISABLED")
        monkeypatch.delenv(name)
    for folder in (Path.cwd(), tmp_path / "home" / ".openlineage"):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "openlineage.yml").write_text("transport: {type: noop}")
        assert is_configured()
        assert sender(said.append) is not None
        (folder / "openlineage.yml").unlink()
    assert said == []


def test_a_wrong_configuration_is_said_and_nothing_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    logging.getLogger("openlineage").setLevel(logging.CRITICAL)
    said: list[str] = []
    monkeypatch.setenv("OPENLINEAGE__TRANSPORT__TYPE", "no-such-transport")
    assert sender(said.append) is None
    assert len(said) == 1
    assert said[0].startswith("Warning: OpenLineage is not configured rightly")


def test_a_missing_package_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setenv("OPENLINEAGE_URL", "http://localhost:5000")
    monkeypatch.setattr("snowplow_signals.openlineage.sending.find_spec", lambda name: None)
    assert sender(said.append) is None
    assert said == [
        "Warning: OpenLineage is configured, and nothing is sent: pip install 'signals-batch-engine[openlineage]'"
    ]


def test_a_run_begins_and_ends(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENLINEAGE_NAMESPACE", "prod")
    monkeypatch.setenv("OPENLINEAGE_PARENT_ID", f"airflow/nightly.signals/{RUN}")
    told, job = sending(kept), Job("run", "shop_1", RUN, ["a@example.com", "b@example.com", "a@example.com"])
    told.started(job)
    told.completed(job, [EVENTS.read()], [Table("postgres://db:5432", "signals.x.shop_1_attributes").written({}, 7)])
    told.failed(job, "the engine said no")
    assert [event["eventType"] for event in kept.events] == ["START", "COMPLETE", "FAIL"]
    for event in kept.events:
        assert event["run"]["runId"] == RUN
        assert (event["job"]["namespace"], event["job"]["name"]) == ("prod", "run.shop_1")
        owners = [owner["name"] for owner in event["job"]["facets"]["ownership"]["owners"]]
        assert owners == ["a@example.com", "b@example.com"]
        assert event["job"]["facets"]["jobType"]["jobType"] == "RUN"
        parent = event["run"]["facets"]["parent"]
        assert (parent["job"]["namespace"], parent["job"]["name"]) == ("airflow", "nightly.signals")
        assert parent["run"]["runId"] == RUN
    start, complete, fail = kept.events
    assert start["inputs"] == start["outputs"] == []
    assert [(one["namespace"], one["name"]) for one in complete["inputs"]] == [
        ("postgres://db:5432", "signals.atomic.events")
    ]
    assert complete["outputs"][0]["outputFacets"]["outputStatistics"]["rowCount"] == 7
    assert fail["run"]["facets"]["errorMessage"]["message"] == "the engine said no"


def test_columns_come_from_columns_of_the_events() -> None:
    shop = view(SPENT, description="What was bought")
    facets = facets_of_attributes(shop, lineage(plan_view(shop)), EVENTS)
    found = json.loads(Serde.to_json(facets["columnLineage"]))
    assert set(found["fields"]) == {"domain_userid", "spent"}
    spent = {one["field"]: one for one in found["fields"]["spent"]["inputFields"]}
    assert set(spent) == {
        "contexts_com_acme_cart_product_1",
        "unstruct_event_com_acme_action_2",
        "platform",
        "event_vendor",
        "event_name",
    }
    product = spent["contexts_com_acme_cart_product_1"]
    assert (product["namespace"], product["name"]) == ("postgres://db:5432", "signals.atomic.events")
    assert [(one["type"], one["subtype"]) for one in product["transformations"]] == [("DIRECT", "AGGREGATION")]
    assert [(one["type"], one["subtype"]) for one in spent["platform"]["transformations"]] == [("INDIRECT", "FILTER")]
    [identifier] = found["fields"]["domain_userid"]["inputFields"]
    assert (identifier["field"], identifier["transformations"][0]["subtype"]) == ("domain_userid", "IDENTITY")
    rows = {one["field"]: one["transformations"][0]["subtype"] for one in found["dataset"]}
    assert rows["domain_userid"] == "GROUP_BY"
    assert rows["derived_tstamp"] == "WINDOW"
    assert rows["app_id"] == "FILTER"
    assert facets["documentation"].description == "What was bought"
    assert [(one.name, one.type) for one in facets["schema"].fields] == [
        ("domain_userid", "string"),
        ("spent", "double"),
    ]


def test_profiles_are_copies_of_the_columns_of_the_table() -> None:
    source = Table("duckdb:///srv/a.duckdb", "a.signals_derived.shop_1_attributes")
    found = facets_of_profiles(view(SPENT), source)["columnLineage"]
    fields = {
        name: [(one.field, one.transformations[0].subtype) for one in of.inputFields]
        for name, of in found.fields.items()
    }
    assert fields == {"domain_userid": [("domain_userid", "IDENTITY")], "Spent": [("spent", "IDENTITY")]}


def test_what_cannot_be_sent_is_said_once_without_its_address(kept: Kept) -> None:
    said: list[str] = []
    told, job = sending(kept, said), Job("run", "shop_1", RUN, [])
    kept.fails = True
    told.started(job)
    told.failed(job, "no")
    assert said == ["Warning: OpenLineage: an event could not be sent: ConnectionError"]


@pytest.mark.parametrize(
    ("engine", "given", "namespace"),
    [
        (
            "postgres",
            {"host": "db.internal", "port": 5433, "user": "u", "password": "p"},
            "postgres://db.internal:5433",
        ),
        ("snowflake", {"account": "org-account", "password": "p"}, "snowflake://org-account"),
        ("bigquery", {"project": "shop-1"}, "bigquery"),
        ("databricks", {"host": "dbc-1.cloud.databricks.com", "token": "t"}, "databricks://dbc-1.cloud.databricks.com"),
        ("duckdb", {"path": "/srv/events.duckdb"}, "duckdb:///srv/events.duckdb"),
        ("spark", {"host": "thrift.internal", "port": 10001, "password": "p"}, "spark://thrift.internal:10001"),
    ],
)
def test_databases_are_named_as_the_specification_names_them(engine: str, given: Any, namespace: str) -> None:
    assert session_named(engine).lineage_namespace(SimpleNamespace(type=engine, **given)) == namespace


def test_every_engine_has_a_namespace() -> None:
    given = SimpleNamespace(type="x", host=None, port=None, account="a", path="p")
    assert all(
        "://" in name or name == "bigquery"
        for name in (session_named(one).lineage_namespace(given) for one in TARGET_TYPES)
    )


def test_engines_without_databases_name_schema_and_table() -> None:
    assert Table.at("spark://localhost", (None, "atomic", "events")).name == "atomic.events"
