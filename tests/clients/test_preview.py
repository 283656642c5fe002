"""Trying a view out: what the reference interpreter says of the events in the window, through service and client."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from tests import harness, reference
from tests.clients.conftest import connected
from tests.clients.test_client import CRM
from tests.server.service import Client, served
from tests.warehouses import QUICK, WAREHOUSES

from snowplow_signals import (
    AtomicProperty,
    Attribute,
    Criteria,
    Criterion,
    Event,
    Rows,
    Signals,
    SignalsAPIError,
    SourceError,
    UsageError,
    View,
    user_entity,
)
from snowplow_signals.inspect.preview import preview_view
from snowplow_signals.server.preview_processes import Previews
from snowplow_signals.server.settings import Limits

NOW = datetime.now(UTC).replace(tzinfo=None, microsecond=0)
LABEL, VALUE = AtomicProperty(name="se_label"), AtomicProperty(name="se_value")
VIEW = View(
    name="shop",
    entity=user_entity,
    owner="a@b.example",
    attributes=[
        Attribute(name="events", type="int64", aggregation="counter"),
        Attribute(name="events_7_days", type="int64", aggregation="counter", period=timedelta(days=7)),
        Attribute(name="spent", type="double", aggregation="sum", property=VALUE),
        Attribute(name="labels", type="string_list", aggregation="unique_list", property=LABEL),
        Attribute(name="how_often", type="dict", aggregation="category_count", property=LABEL),
        Attribute(name="last_label", type="string", aggregation="last", property=LABEL, default_value="none"),
        Attribute(name="newest", type="timestamp", aggregation="max", property=AtomicProperty(name="derived_tstamp")),
        Attribute(
            name="shown_in_the_shop",
            type="int32",
            aggregation="counter",
            events=[Event(name="view")],
            criteria=Criteria(all=[Criterion.eq(AtomicProperty(name="app_id"), "it's {{ the }} shop")]),
        ),
    ],
)


def rows() -> list[dict[str, Any]]:
    """Events of some users over twelve days, with copies. None for hours before the start of a window of two days: the
    service's windows move on while the tests run."""
    found = []
    for number in (*range(40), *range(51, 300)):
        at = NOW - timedelta(minutes=57 * number + 1)
        row = {
            "event_id": f"e{number}",
            "load_tstamp": at + timedelta(seconds=30),
            "derived_tstamp": at,
            "collector_tstamp": at,
            "event_vendor": "com.acme",
            "event_name": "view" if number % 3 else "buy",
            "event_version": "1-0-0",
            "app_id": ("web", "it's {{ the }} shop")[number % 2],
            "domain_userid": f"u{number % 7}" if number % 11 else None,
            "se_label": f"label {number % 5}" if number % 4 else None,
            "se_value": number / 8,
        }
        found.append(row)
        if number % 10 == 0:
            found.append(row | {"load_tstamp": row["load_tstamp"] + timedelta(seconds=20), "se_value": 1e6})
    return found


ROWS = rows()


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("preview")
    harness.make_workspace(folder, ROWS)
    return folder


@pytest.fixture(scope="module", params=QUICK)
def place(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same events on each kind of warehouse."""
    folder = tmp_path_factory.mktemp(f"preview-{request.param}")
    columns = WAREHOUSES[request.param].columns(harness.EVENTS_COLUMNS)
    harness.make_workspace(folder, ROWS, columns, request.param)
    return folder


@pytest.fixture(scope="module")
def service(workspace: Path) -> Iterator[Client]:
    with served(workspace) as found:
        yield found


@pytest.fixture(scope="module")
def signals(service: Client) -> Signals:
    return connected(service)


def expected(window: timedelta, app_ids: tuple[str, ...] = (), ids: tuple[str, ...] = ()) -> dict[str, dict[str, Any]]:
    """What the interpreter makes of the events in the window."""
    recent = [row for row in ROWS if row["derived_tstamp"] >= NOW - window]
    found = reference.compute(VIEW, recent, as_of=NOW.date(), include_current_day=True, app_ids=app_ids)
    return {one: values for one, values in sorted(found.items()) if not ids or one in ids}


@pytest.mark.parametrize("window", [timedelta(hours=30), timedelta(days=8), timedelta(days=31)])
@pytest.mark.parametrize("app_ids", [(), ("it's {{ the }} shop", "other")])
@pytest.mark.parametrize("ids", [(), ("u3", "u1", "nobody")])
def test_a_preview_is_what_the_events_say(
    place: Path, window: timedelta, app_ids: tuple[str, ...], ids: tuple[str, ...]
) -> None:
    preview = preview_view(VIEW, place, window=window, app_ids=app_ids, ids=ids, now=NOW)
    wanted = expected(window, app_ids, ids)
    assert [row["domain_userid"] for row in preview.rows] == list(wanted)
    assert preview.entities == len(wanted)
    for row in preview.rows:
        for name, value in wanted[row["domain_userid"]].items():
            assert reference.same(row[name], value), (row["domain_userid"], name, row[name], value)


PARTS_OF_DAYS = [timedelta(minutes=90), timedelta(hours=5), timedelta(days=1, hours=12)]


@pytest.mark.parametrize("period", PARTS_OF_DAYS)
@pytest.mark.parametrize("window", [timedelta(hours=3), timedelta(days=8)])
def test_periods_of_streams_end_now(place: Path, period: timedelta, window: timedelta) -> None:
    short = [one.model_copy(update={"period": period, "name": f"{one.name}_now"}) for one in VIEW.attributes]
    view = VIEW.model_copy(update={"attributes": (*VIEW.attributes, *short), "offline": False})
    preview = preview_view(view, place, window=window, now=NOW)
    recent = [row for row in ROWS if row["derived_tstamp"] >= NOW - min(period, window)]
    lifetime = VIEW.model_copy(
        update={"attributes": tuple(one.model_copy(update={"period": None}) for one in VIEW.attributes)}
    )
    computed = reference.compute(lifetime, recent, as_of=NOW.date(), include_current_day=True)
    whole = expected(window)
    assert [row["domain_userid"] for row in preview.rows] == list(whole)
    for row in preview.rows:
        user = row["domain_userid"]
        for one in VIEW.attributes:
            value = computed[user][one.name] if user in computed else reference.aggregate(one, [])
            assert reference.same(row[one.name], whole[user][one.name]), (user, one.name)
            assert reference.same(row[f"{one.name}_now"], value), (user, one.name, row[f"{one.name}_now"], value)


def test_only_so_many_rows_are_given(workspace: Path) -> None:
    preview = preview_view(VIEW, workspace, window=timedelta(days=31), now=NOW, rows=2)
    assert [row["domain_userid"] for row in preview.rows] == ["u0", "u1"]
    assert preview.entities == 7


def test_nothing_is_written(workspace: Path) -> None:
    before = sorted(workspace.rglob("*"))
    preview_view(VIEW, workspace, window=timedelta(hours=1), now=NOW)
    assert sorted(workspace.rglob("*")) == before
    with duckdb.connect(str(workspace / harness.DATABASE)) as connection:
        assert connection.execute("select count(*) from information_schema.tables").fetchall() == [(1,)]


def test_time_since_is_computed_now(workspace: Path) -> None:
    since = Attribute(name="ago", type="double", aggregation="time_since_last", time_unit="min", default_value=-1.0)
    never = since.model_copy(update={"name": "never", "events": (Event(name="no_such"),)})
    view = VIEW.model_copy(update={"attributes": (since, never, VIEW.attributes[0])})
    (row,) = preview_view(view, workspace, window=timedelta(days=1), ids=("u1",), now=NOW).rows
    newest = max(one["derived_tstamp"] for one in ROWS if one["domain_userid"] == "u1")
    assert (row["ago"], row["never"]) == ((NOW - newest) / timedelta(minutes=1), -1.0)


def test_the_events_are_where_a_project_says(tmp_path: Path) -> None:
    database = harness.make_workspace(tmp_path, ROWS)
    with duckdb.connect(str(database)) as connection:
        connection.execute(
            "create schema raw; create table raw.web_events as from atomic.events; drop table atomic.events"
        )
    with pytest.raises(SourceError, match="there is no events table"):
        preview_view(VIEW, tmp_path, window=timedelta(days=1), now=NOW)
    other = tmp_path / "other_1"
    (other / "configs").mkdir(parents=True)
    (other / "configs" / "base_config.json").write_text('{"made_by": "snowplow-batch-engine"}')
    (other / "dbt_project.yml").write_text(
        "name: other_1\nvars:\n  snowplow__atomic_schema: raw\n  snowplow__events_table: web_events\n"
    )
    assert preview_view(VIEW, tmp_path, window=timedelta(days=1), now=NOW).entities == 7


def test_what_is_before_the_own_projects_start_does_not_count(tmp_path: Path) -> None:
    harness.make_workspace(tmp_path, ROWS)
    start = NOW.date() - timedelta(days=3)
    for name, is_own in (("other_1", False), ("shop_1", True)):
        project = tmp_path / name
        (project / "configs").mkdir(parents=True)
        (project / "configs" / "base_config.json").write_text('{"made_by": "snowplow-batch-engine"}')
        (project / "dbt_project.yml").write_text(f"name: {name}\nvars:\n  snowplow__start_date: {start}\n")
        (row, *_) = preview_view(VIEW, tmp_path, window=timedelta(days=8), now=NOW).rows
        events = {one["event_id"] for one in ROWS if one["domain_userid"] == "u0"}
        counted = [
            one for one in ROWS if one["event_id"] in events and one["derived_tstamp"] >= NOW - timedelta(days=8)
        ]
        if is_own:
            counted = [one for one in counted if one["derived_tstamp"].date() >= start]
        assert row["events"] == len({one["event_id"] for one in counted})


def test_no_warehouse(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"profiles\.yml"):
        preview_view(VIEW, tmp_path, window=timedelta(hours=1))


class TestThroughTheService:
    def test_a_data_frame(self, signals: Signals) -> None:
        import pandas

        frame = signals.test(VIEW, app_ids=["web"], window=timedelta(days=2), ids=["u1", "u2"])
        assert isinstance(frame, pandas.DataFrame)
        assert list(frame.columns) == ["domain_userid", *(one.name for one in VIEW.attributes)]
        wanted = expected(timedelta(days=2), ("web",), ("u1", "u2"))
        assert frame.set_index("domain_userid")["events"].to_dict() == {
            one: values["events"] for one, values in wanted.items()
        }
        assert frame["newest"][0] == f"{wanted['u1']['newest'].isoformat()}Z"
        assert frame["labels"][0] == list(wanted["u1"]["labels"])

    def test_rows_where_pandas_is_not_installed(self, signals: Signals, monkeypatch: pytest.MonkeyPatch) -> None:
        found = importlib.util.find_spec
        monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "pandas" else found(name))
        given = signals.test(VIEW, window=timedelta(days=2), attribute_key_ids=["u1"])
        assert isinstance(given, Rows)
        assert [row["domain_userid"] for row in given] == ["u1"]
        assert given.columns[:2] == ("domain_userid", "events")
        assert repr(given).splitlines()[0].split()[:2] == ["domain_userid", "events"]
        assert given._repr_html_().startswith("<table><thead><tr><th>domain_userid</th>")
        nothing = signals.test(VIEW, ids=["nobody"])
        assert (len(nothing), repr(nothing)[:26]) == (0, "no rows of domain_userid, ")

    def test_in_the_older_words(self, service: Client) -> None:
        view = VIEW.to_json() | {"entity": {"name": "user"}}
        body = {"view": view, "entity_ids": ["u1"], "app_ids": [], "window": "P2D"}
        assert [row["domain_userid"] for row in service.done("POST", "/api/v1/testing/views/", body)] == ["u1"]

    def test_more_than_is_given_is_warned_of(self, signals: Signals, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(
            signals._transport, "headers_and_rows", lambda *_: ({"X-Signals-Entities": "9"}, [{"a": 1}])
        )
        with pytest.warns(UserWarning, match="these are 1 of 9 entities; pass ids"):
            signals.test(VIEW)

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"window": "1 hour"}, "body.window"),
            ({"window": "PT0S"}, "body.window"),
            ({"window": "-PT1H"}, "body.window"),
            ({"window": "P32D"}, "body.window"),
            ({"window": 3600}, "body.window"),
            ({"app_ids": ["a"] * 11}, "body.app_ids"),
            ({"app_ids": "web"}, "body.app_ids"),
            ({"attribute_key_ids": [str(one) for one in range(51)]}, "body.attribute_key_ids"),
            ({"attribute_key_ids": ["a\0"]}, "body.attribute_key_ids"),
            ({"attribute_key_ids": [["a"]]}, "body.attribute_key_ids"),
            ({"attribute_group": None}, "body.attribute_group"),
            ({"attribute_group": {"name": "x"}}, "body.attribute_group.owner"),
            ({"attribute_group": CRM.to_json()}, "body.attribute_group.attributes"),
        ],
    )
    def test_what_is_too_much_or_wrong_is_named(self, service: Client, changes: dict[str, Any], field: str) -> None:
        body = {"attribute_group": VIEW.to_json(), **changes}
        assert field in service.invalid("POST", "/api/v1/testing/attribute_groups", body)

    def test_a_database_that_is_taken(self, service: Client, signals: Signals, workspace: Path) -> None:
        held = duckdb.connect(str(workspace / harness.DATABASE))
        try:
            with pytest.raises(SignalsAPIError, match="holds the database") as refused:
                signals.test(VIEW)
        finally:
            held.close()
        assert refused.value.status == 503

    @pytest.mark.long
    def test_many_at_once_queue(self, service: Client, signals: Signals) -> None:
        with ThreadPoolExecutor(5) as threads:
            tried = [threads.submit(signals.test, VIEW, window=timedelta(days=2), ids=["u1"]) for _ in range(5)]
            assert [len(one.result()) for one in tried] == [1] * 5

    def test_a_queue_that_is_full(self, service: Client, signals: Signals, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(service.backend, "previews", Previews(most_waiting=0))
        with pytest.raises(SignalsAPIError, match="other views are being previewed") as refused:
            signals.test(VIEW)
        assert refused.value.status == 503

    def test_what_takes_too_long_is_stopped(self, workspace: Path) -> None:
        served_in_haste = served(workspace, limits=Limits(seconds=0.7))
        with served_in_haste as hurried, pytest.raises(SignalsAPIError, match="took too long") as refused:
            connected(hurried).test(VIEW)
        assert refused.value.status == 504

    def test_a_service_without_a_warehouse(self, tmp_path: Path) -> None:
        with served(tmp_path) as without, pytest.raises(SignalsAPIError, match="has no warehouse") as refused:
            connected(without).test(VIEW)
        assert refused.value.status == 404

    def test_a_key_that_may_only_read(self, tmp_path: Path) -> None:
        with served(tmp_path) as guarded:
            key, secret = guarded.backend.registry.keys.create("ORG", ("read",))
            signals = connected(guarded, api_key=secret, api_key_id=key.key_id, org_id="ORG")
            with pytest.raises(SignalsAPIError, match="the right to write"):
                signals.test(VIEW)

    def test_only_views_are_previewed(self, signals: Signals) -> None:
        with pytest.raises(UsageError, match="test takes a view, not 'shop'"):
            signals.test("shop")  # type: ignore[arg-type]


def test_columns_are_read_as_rows_too() -> None:
    from snowplow_signals.client.signals import _rows

    assert _rows({"a": [1, 2], "b": [None, 1]}) == [{"a": 1, "b": None}, {"a": 2, "b": 1}]
