"""A run that slept, so that another one may have started, stops before its next model."""

from pathlib import Path

import pytest
from tests import harness, reference
from tests.e2e import shop

from snowplow_signals.errors import BusyError
from snowplow_signals.run import lease
from snowplow_signals.run.runner import run_project
from snowplow_signals.workspace import generate


class Sleep:
    """The lease is lost as soon as a model begins."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, at: str) -> None:
        self.monkeypatch, self.at, self.begun = monkeypatch, at, []

    def step(self, phase: str, model: str, done: int, total: int, rows_done: int, rows_in_sight: int) -> None:
        self.begun.append(model)
        if model == self.at:
            self.monkeypatch.setattr(lease.Lease, "is_lost", True)


@pytest.mark.parametrize("at", ["chunk_manifest", "daily_aggregates"])
def test_it_stops_before_the_next_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: str) -> None:
    project = shop.make(tmp_path, [shop.event(number, f"user-{number % 4}", number % 6) for number in range(20)])
    generate(tmp_path, force=True)
    with monkeypatch.context() as patch, pytest.raises(BusyError, match="could not renew its lease"):
        run_project(project.folder, profiles_dir=tmp_path, as_of=shop.AS_OF, progress=Sleep(patch, at))
    written = "daily_aggregation_manifest" if at == "chunk_manifest" else "attributes_this_run"
    schema = harness.MANIFEST if at == "chunk_manifest" else harness.SCRATCH
    with pytest.raises(Exception, match="does not exist"):
        project.table(written, schema)
    run_project(project.folder, profiles_dir=tmp_path, as_of=shop.AS_OF)
    rows = harness.read_table(project.database, "atomic.events")
    expected = reference.compute(project.view, rows, as_of=shop.AS_OF)
    assert harness.differences(project.view, harness.attributes_of(project.database, project.view), expected) == []
