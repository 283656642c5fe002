"""The file of a run for Prometheus: what is in it, and that it is replaced as a whole."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from snowplow_signals.errors import QualityError, RunError, UsageError
from snowplow_signals.project.accounting import ROW_COUNTS
from snowplow_signals.run.metrics_file import METRICS, ProjectRun, check, text_of, write
from snowplow_signals.run.quality import FailedExpectation
from snowplow_signals.run.runner import RunResult

ENDED = datetime(2026, 3, 2, 4, 5, 6, 500_000)
UNIX = 1_772_424_306.5


def result(**changes: Any) -> RunResult:
    given: dict[str, Any] = {
        "project": "shop_1",
        "run_id": "r",
        "as_of": date(2026, 3, 2),
        "chunks": 1,
        "rows": {name: number for number, name in enumerate(ROW_COUNTS)},
        "days_aggregated": 3,
        "days_deferred": 2,
        "events_deferred": 7,
        "entities": 11,
        "entities_changed": 5,
        "models": {},
        "seconds": 1.25,
        "warnings": ("one", "two"),
        "expectations_failed": (),
    }
    return RunResult(**given | changes)


def run(outcome: Any = None, project: str = "shop_1", ended_at: datetime = ENDED) -> ProjectRun:
    return ProjectRun(project, ("Shop_v1",), outcome or result(project=project), ended_at)


def samples(text: str) -> dict[tuple[Any, ...], float]:
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_what_a_run_did() -> None:
    found = samples(text_of([run()]))
    assert found["signals_run_success", "shop_1"] == 1
    assert found["signals_run_timestamp_seconds", "shop_1"] == UNIX
    assert found["signals_run_last_success_timestamp_seconds", "shop_1"] == UNIX
    assert found["signals_view_published_timestamp_seconds", "shop_1", "Shop_v1"] == UNIX
    assert found["signals_run_as_of_timestamp_seconds", "shop_1"] == 1_772_409_600
    assert found["signals_run_duration_seconds", "shop_1"] == 1.25
    assert found["signals_run_rows", "shop_1", "read"] == 0
    assert found["signals_run_rows", "shop_1", "used"] == 1
    assert found["signals_run_rows", "shop_1", "winners_replaced"] == len(ROW_COUNTS) - 1
    assert found["signals_run_events_deferred", "shop_1"] == 7
    assert found["signals_run_warnings", "shop_1"] == 2


def test_every_metric_is_written_with_its_labels_and_meaning() -> None:
    families = {family.name: family for family in text_string_to_metric_families(text_of([run()]))}
    assert list(families) == list(METRICS)
    for name, (labels, meaning) in METRICS.items():
        assert families[name].documentation == meaning
        assert families[name].type == "gauge"
        assert {label for sample in families[name].samples for label in sample.labels} == set(labels)


def test_a_failed_run_keeps_when_it_last_succeeded() -> None:
    before = text_of([run(), run(project="other_1")])
    later = datetime(2026, 3, 3)
    failed = text_of([run(RunError("no"), ended_at=later), run(project="other_1", ended_at=later)], before)
    found = samples(failed)
    assert found["signals_run_success", "shop_1"] == 0
    assert found["signals_run_last_success_timestamp_seconds", "shop_1"] == UNIX
    assert found["signals_view_published_timestamp_seconds", "shop_1", "Shop_v1"] == UNIX
    assert found["signals_run_last_success_timestamp_seconds", "other_1"] > UNIX
    assert ("signals_run_duration_seconds", "shop_1") not in found
    again = samples(text_of([run(RunError("no"), ended_at=later)], failed))
    assert again["signals_run_last_success_timestamp_seconds", "shop_1"] == UNIX
    assert not any("other_1" in name for name in again)


def test_a_run_that_never_succeeded_has_no_such_time() -> None:
    found = samples(text_of([run(RunError("no"))], before="signals_run_last_success_timestamp_seconds nonsense"))
    assert set(found) == {("signals_run_success", "shop_1"), ("signals_run_timestamp_seconds", "shop_1")}


def test_expectations_that_failed_are_of_what_is_published_or_was_refused() -> None:
    name = "signals_run_expectations_failed", "shop_1", "Shop_v1"
    failed = FailedExpectation("Shop_v1", "clicks", "min", "the smallest value is 0")
    assert samples(text_of([run()]))[name] == 0
    published = text_of([run(result(expectations_failed=(failed, failed)))])
    assert samples(published)[name] == 2
    assert samples(text_of([run(RunError("no"))], published))[name] == 2, "that is served still"
    assert samples(text_of([run(QualityError("no", failed=(failed,)))], published))[name] == 1
    assert samples(text_of([run()], published))[name] == 0


def test_names_are_escaped() -> None:
    odd = 'a"b\\c\nd'
    assert samples(text_of([run(project=odd)]))["signals_run_success", odd] == 1
    before = text_of([run(project=odd)])
    after = samples(text_of([run(RunError("no"), project=odd)], before))
    assert after["signals_run_last_success_timestamp_seconds", odd] == UNIX


def test_the_file_is_replaced_as_a_whole(tmp_path: Path) -> None:
    file = tmp_path / "signals.prom"
    write(file, [run()])
    first = file.read_text()
    write(file, [run(RunError("no"))])
    assert samples(file.read_text())["signals_run_success", "shop_1"] == 0
    assert first != file.read_text()
    assert list(tmp_path.iterdir()) == [file]
    assert file.stat().st_mode & 0o777 == 0o644


def test_what_cannot_be_read_or_written_is_refused_before_a_run(tmp_path: Path) -> None:
    check(tmp_path / "a.prom")
    with pytest.raises(UsageError, match=r"that end in \.prom"):
        check(tmp_path / "a.txt")
    with pytest.raises(UsageError, match="there is no folder"):
        check(tmp_path / "none" / "a.prom")


def test_a_part_is_not_left_behind(tmp_path: Path) -> None:
    file = tmp_path / "signals.prom"
    file.mkdir()
    with pytest.raises(OSError, match=r"."):
        write(file, [run()])
    assert list(tmp_path.iterdir()) == [file]
