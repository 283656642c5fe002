"""What a run and a sync tell others: a file for Prometheus, events of OpenLineage, alerts; as commands are typed."""

import json
from pathlib import Path
from typing import Any

from prometheus_client.parser import text_string_to_metric_families
from tests.e2e import shop
from tests.e2e.command import typed
from tests.unit.test_alerts import Receiver

VIEW = shop.VIEW
EVENTS = [shop.event(number, f"user-{number % 3}", number % 5) for number in range(12)]


def lineage_into(file: Path) -> dict[str, str]:
    kind = {"TYPE": "file", "LOG_FILE_PATH": str(file), "APPEND": "true"}
    return {f"OPENLINEAGE__TRANSPORT__{name}": value for name, value in kind.items()}


def told(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text().splitlines()]


def metrics(file: Path) -> dict[str, float]:
    families = text_string_to_metric_families(file.read_text())
    return {sample.name: sample.value for family in families for sample in family.samples}


def test_runs_and_syncs_are_told(tmp_path: Path) -> None:
    place = shop.make(tmp_path / "shop", EVENTS)
    log, prom = tmp_path / "lineage.json", tmp_path / "shop.prom"
    asked = ("--repo-path", place.root, "--format", "json")
    receiver = Receiver()
    environment = lineage_into(log) | {"SNOWPLOW_ALERT_URL": receiver.url, "SNOWPLOW_ALERT_SECRET": "secret-of-tests"}
    run = ("run", *asked, "--as-of", shop.AS_OF, "--metrics-file", prom)
    try:
        generated = ("generate", "--repo-path", place.root, "--force")
        typed(*generated)
        [result] = json.loads(typed(*run, **environment).stdout)["projects"]
        assert receiver.requests == []
        start, complete = told(log)
        assert (start["eventType"], complete["eventType"]) == ("START", "COMPLETE")
        assert start["run"]["runId"] == complete["run"]["runId"] == result["run_id"]
        assert [one["name"].split(".")[-2:] for one in complete["inputs"]] == [["atomic", "events"]]
        [table] = complete["outputs"]
        assert table["name"].endswith(f"signals_derived.{VIEW.project_name}_attributes")
        columns = {VIEW.entity.column, *(attribute.column for attribute in VIEW.attributes)}
        assert set(table["facets"]["columnLineage"]["fields"]) == columns
        assert metrics(prom)["signals_run_success"] == 1
        assert metrics(prom)["signals_run_entities"] == result["entities"] > 0

        log.unlink()
        typed("sync", *asked, **lineage_into(log))
        copied = told(log)[-1]
        assert (copied["eventType"], copied["job"]["name"]) == ("COMPLETE", f"sync.{VIEW.project_name}")
        assert copied["inputs"][0]["name"] == table["name"]
        assert copied["outputs"][0]["outputFacets"]["outputStatistics"]["rowCount"] == result["entities"]

        log.unlink()
        (place.folder / "dbt_project.yml").unlink()
        receiver.answers = [(400, {}, 0)]  # does not take it: that is said, and is no other failure
        done = typed(*run, exit_code=2, **environment)
        assert json.loads(done.stdout)["projects"][0]["error"]["kind"] == "UsageError"
        assert "Warning: the alert was not taken by http://127.0.0.1:" in done.stderr
        assert "secret" not in done.stderr
        [alert] = json.loads(receiver.requests[0][2])["alerts"]
        assert (alert["kind"], alert["subject"]) == ("run_failed", VIEW.project_name)
        assert told(log)[-1]["eventType"] == "FAIL"
        assert metrics(prom)["signals_run_success"] == 0
        assert metrics(prom)["signals_run_last_success_timestamp_seconds"] > 0
    finally:
        receiver.stop()
