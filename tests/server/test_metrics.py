"""`/metrics`: what is counted, by which labels, and who may see it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families
from tests.server.service import READ, SOURCE, Client, group, served

from snowplow_signals.server.metrics import METRICS
from snowplow_signals.stores import SyncState
from snowplow_signals.workspace.last_run import FILE, LastRun, keep_last_run, last_run
from snowplow_signals.workspace.projects import BASE_CONFIG, MADE_BY

SCRAPE = "a-token-for-metrics-alone"
TOKEN = "sandbox-token-of-the-tests"


def scraped(client: Client, **more: Any) -> dict[tuple[str, ...], float]:
    """The samples: name and sorted labels to value."""
    answer = client.http.get("/metrics", **more)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/plain")
    return {
        (sample.name, *(f"{name}={value}" for name, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def published(client: Client, **changes: Any) -> None:
    client.done("POST", "attribute_groups", group(batch_source=SOURCE, **changes))


def test_reads_are_counted_by_view_and_status(client: Client) -> None:
    published(client)
    client.backend.store().declare("shop_v1", "domain_userid")
    client.backend.store().write("shop_v1", [("u1", {"clicks": 7}, datetime(2026, 1, 1))], datetime(2026, 1, 1))
    client.read(["shop_v1:clicks"], {"domain_userid": ["u1", "u2", "u3"]})
    client.read(["shop_v1:clicks"])
    found = scraped(client)
    assert found["signals_read_seconds_count", "status=200", "view=shop_v1"] == 2
    assert 0 < found["signals_read_seconds_sum", "status=200", "view=shop_v1"] < 60
    assert found["signals_read_seconds_bucket", "le=+Inf", "status=200", "view=shop_v1"] == 2
    assert found["signals_profiles_read_total", "found=true", "view=shop_v1"] == 2
    assert found["signals_profiles_read_total", "found=false", "view=shop_v1"] == 2


def test_a_request_that_reads_two_views_counts_for_both(client: Client) -> None:
    published(client)
    published(client, name="other")
    body = {"attribute_keys": {"domain_userid": ["u1"]}, "attributes": ["shop_v1:clicks", "other_v1:clicks"]}
    client.done("POST", READ, body | {"full_attribute_names": True})
    found = scraped(client)
    assert found["signals_read_seconds_count", "status=200", "view=shop_v1"] == 1
    assert found["signals_read_seconds_count", "status=200", "view=other_v1"] == 1


def test_what_a_request_holds_is_never_a_label(client: Client) -> None:
    published(client)
    for number in range(50):
        asked = {"attribute_keys": {"domain_userid": ["u1"]}, "attributes": [f"made_up{number}_v1:clicks"]}
        client.refused(404, "POST", READ, asked)
    client.http.post(READ, content=b"{")
    client.http.post(f"{READ}//", content=b"{}")
    client.http.get("/nothing/here")
    found = scraped(client)
    assert {label for name in found for label in name if label.startswith("view=")} <= {"view=", "view=shop_v1"}
    assert found["signals_read_seconds_count", "status=404", "view="] == 50
    assert found["signals_read_seconds_count", "status=422", "view="] == 2
    assert found["signals_requests_total", "status=404"] == 51


def test_a_store_that_is_away_is_said_and_nothing_else_breaks(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    from snowplow_signals.errors import StoreError

    published(client)

    def away(*_: object) -> None:
        raise StoreError("it is away")

    monkeypatch.setattr(type(client.backend.store()), "read", away)
    monkeypatch.setattr(type(client.backend.store()), "states", away)
    asked = {"attribute_keys": {"domain_userid": ["u1"]}, "attributes": ["shop_v1:clicks"]}
    client.refused(503, "POST", READ, asked)
    found = scraped(client)
    assert found["signals_up", "dependency=profiles_store"] == 0
    assert found["signals_up", "dependency=registry"] == 1
    assert found["signals_read_seconds_count", "status=503", "view=shop_v1"] == 1
    assert not any(name[0].startswith(("signals_view", "signals_sync")) for name in found)


def was_run_in(folder: Path, project: str, left: LastRun | None) -> None:
    """A project of the folder, and what its last run left there."""
    (folder / project / BASE_CONFIG).parent.mkdir(parents=True)
    (folder / project / BASE_CONFIG).write_text(json.dumps({"made_by": MADE_BY}))
    if left is not None:
        keep_last_run(folder / project, left)
    assert last_run(folder / project) == left


def test_what_runs_left_in_the_folder(tmp_path: Path) -> None:
    """Also where the store is away; of a project that was not run here nothing is said."""
    at = datetime(2026, 3, 1, 12)
    lefts = {"shop_1": LastRun(at, None, at, {"shop_v1": 0}), "cart_1": LastRun(at, "RunError", None, {"cart_v1": 2})}
    for name in ("shop_1", "cart_1", "elsewhere_1"):
        was_run_in(tmp_path, name, lefts.get(name))
    unix = at.replace(tzinfo=UTC).timestamp()
    with served(tmp_path) as client:
        found = {name: value for name, value in scraped(client).items() if name[0].startswith("signals_run")}
        assert found == {
            ("signals_run_success", "project=shop_1"): 1,
            ("signals_run_success", "project=cart_1"): 0,
            ("signals_run_timestamp_seconds", "project=shop_1"): unix,
            ("signals_run_timestamp_seconds", "project=cart_1"): unix,
            ("signals_run_last_success_timestamp_seconds", "project=shop_1"): unix,
            ("signals_run_expectations_failed", "project=shop_1", "view=shop_v1"): 0,
            ("signals_run_expectations_failed", "project=cart_1", "view=cart_v1"): 2,
        }
        (tmp_path / "cart_1" / FILE).write_text('{"ended_at": "soon"}')
        assert ("signals_run_success", "project=cart_1") not in scraped(client), "what cannot be read says nothing"


def test_the_age_of_a_view_and_its_sync(client: Client) -> None:
    published(client, refresh_rate="PT10M")
    published(client, name="never")
    client.done("POST", "attribute_groups", group(name="unpublished", batch_source=SOURCE, is_published=False))
    moment = datetime(2026, 3, 1, 12)
    state = SyncState(
        "shop_v1",
        watermark=moment,
        started_at=moment + timedelta(minutes=5),
        finished_at=moment + timedelta(minutes=6),
        seconds=60.0,
        rows_changed=4,
        rows_written=3,
        rows_removed=2,
        rows_unusable=1,
        profiles=9,
        failures=2,
    )
    client.backend.store().set_state(state)
    found = scraped(client)
    unix = moment.replace(tzinfo=UTC).timestamp()
    assert found["signals_view_changed_timestamp_seconds", "view=shop_v1"] == unix
    assert found["signals_view_confirmed_timestamp_seconds", "view=shop_v1"] == unix + 300
    assert found["signals_view_profiles", "view=shop_v1"] == 9
    assert found["signals_sync_interval_seconds", "view=shop_v1"] == 600
    assert found["signals_sync_seconds", "view=shop_v1"] == 60
    kinds = ("changed", "written", "removed", "unusable")
    assert [found["signals_sync_rows", f"kind={kind}", "view=shop_v1"] for kind in kinds] == [4, 3, 2, 1]
    assert found["signals_sync_failures", "view=shop_v1"] == 2
    assert found["signals_sync_interval_seconds", "view=never_v1"] == 300
    assert ("signals_view_confirmed_timestamp_seconds", "view=never_v1") not in found
    assert not any("view=unpublished_v1" in name for name in found)


def test_every_metric_is_described_and_every_described_one_is_there(client: Client, tmp_path: Path) -> None:
    published(client)
    moment = datetime(2026, 3, 1, 12)
    was_run_in(tmp_path, "shop_1", LastRun(moment, None, moment, {"shop_v1": 0}))
    client.backend.store().set_state(SyncState("shop_v1", watermark=moment, started_at=moment, finished_at=moment))
    client.read(["shop_v1:clicks"])
    families = {family.name: family for family in text_string_to_metric_families(client.http.get("/metrics").text)}
    assert set(families) == {one.name.removesuffix("_total") for one in METRICS}
    for one in METRICS:
        family = families[one.name.removesuffix("_total")]
        assert (family.type, family.documentation) == (one.kind, one.meaning)
        labels = {name for sample in family.samples for name in sample.labels}
        assert labels - {"le"} == set(one.labels)


def test_openmetrics_where_it_is_asked_for(client: Client) -> None:
    answer = client.http.get("/metrics", headers={"Accept": "application/openmetrics-text; version=1.0.0"})
    assert answer.headers["content-type"].startswith("application/openmetrics-text")
    assert answer.text.endswith("# EOF\n")


def test_the_metrics_token_grants_metrics_and_nothing_else(tmp_path: Path) -> None:
    with served(tmp_path, token=TOKEN, metrics_token=SCRAPE) as client:
        del client.http.headers["Authorization"]
        scraper = {"headers": {"Authorization": f"Bearer {SCRAPE}"}}
        assert scraped(client, **scraper)["signals_up", "dependency=registry"] == 1
        assert "right to read" in client.refused(403, "GET", "views", **scraper)
        asked = {"attribute_keys": {"domain_userid": ["u1"]}, "attributes": ["shop_v1:clicks"]}
        assert "right to read" in client.refused(403, "POST", READ, asked, **scraper)
        assert "right to write" in client.refused(403, "POST", "views", {}, **scraper)
        assert client.refused(401, "GET", "/metrics") == "a bearer token is required"
        assert client.refused(401, "GET", "/metrics", headers={"Authorization": "Bearer wrong"})


def test_whoever_may_read_may_see_metrics(tmp_path: Path) -> None:
    with served(tmp_path, token=TOKEN) as client:
        for scopes, status in ((("read",), 200), (("write",), 403)):
            key = client.backend.registry.keys.create("acme", scopes)[0]
            client.backend.definitions.refresh()
            token = client.backend.tokens.issue(key)
            answer = client.http.get("/metrics", headers={"Authorization": f"Bearer {token}"})
            assert answer.status_code == status
