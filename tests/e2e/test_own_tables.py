"""No dbt command writes to another target's tables: deferring, cloning."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.e2e import habits
from tests.e2e.habits import PROJECT, Place
from tests.e2e.shop import event
from tests.warehouses import WAREHOUSES

from snowplow_signals.errors import UsageError

ROWS = [event(number, f"user-{number % 3}", number % 5) for number in range(12)]
MORE = [event(20, "user-0", 2), event(21, "user-7", 6)]


@pytest.fixture(params=["duckdb", pytest.param("postgres", marks=pytest.mark.long)])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """Production has been built; more events have come."""
    made = habits.make(tmp_path, request.param, ROWS)
    made.dbt("build", "--target", "prod")
    made.keep_state()
    made.load(*MORE)
    yield made
    WAREHOUSES[request.param].drop(tmp_path)


def test_what_is_deferred_to_production_is_not_computed_with(place: Place) -> None:
    before = place.stored("prod")
    deferring = ("--defer", "--state", str(place.root / "state"))
    for selected, *favoring in (
        (f"{PROJECT}_days_out_of_date+", "--favor-state"),
        (f"{PROJECT}_publication_manifest",),
        ("tag:signals_publish", "--favor-state"),
        ("tag:signals_publish",),
    ):
        said = place.dbt("build", "--target", "ci", "--select", selected, *deferring, *favoring, succeeds=False)
        assert "Nothing was written" in said
        assert "prod" in said
        assert place.stored("prod") == before
    place.dbt("build", "--target", "ci")
    assert place.wrong(f"ci_derived.{PROJECT}_attributes") == []
    assert place.stored("prod") == before


@pytest.mark.long
def test_production_is_not_favoured_over_what_is_there(place: Place) -> None:
    place.dbt("build", "--target", "ci")
    place.load(event(30, "user-1", 7))
    before = place.stored("prod"), place.stored("ci")
    deferring = ("--defer", "--state", str(place.root / "state"))
    place.dbt("run", "--target", "ci", "--select", "tag:signals_take", *deferring, "--favor-state")
    place.dbt("build", "--target", "ci", "--select", "tag:signals_publish", *deferring, "--favor-state", succeeds=False)
    assert place.stored("prod") == before[0]
    place.dbt("build", "--target", "ci", "--select", "tag:signals_publish", *deferring)
    assert place.wrong(f"ci_derived.{PROJECT}_attributes") == []
    assert place.stored("prod") == before[0]


def test_a_whole_build_and_models_of_the_users_own_may_defer(place: Place) -> None:
    own = place.folder / "models" / "top.sql"
    own.write_text(f"select domain_userid, spent from {{{{ ref('{PROJECT}_attributes') }}}} where spent > 0")
    before = place.stored("prod")
    deferring = ("--defer", "--state", str(place.root / "state"))
    place.dbt("build", "--target", "ci", "--select", "top", *deferring)
    assert place.stored("prod") == before
    place.dbt("build", "--target", "ci", *deferring, "--favor-state")
    assert place.wrong(f"ci_derived.{PROJECT}_attributes") == []
    assert place.stored("prod") == before


def test_a_run_does_not_defer_whatever_the_environment_says(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DBT_DEFER", "1")
    monkeypatch.setenv("DBT_FAVOR_STATE", "1")
    monkeypatch.setenv("DBT_STATE", str(place.root / "state"))
    before = place.stored("prod")
    place.run("ci")
    assert place.wrong(f"ci_derived.{PROJECT}_attributes") == []
    assert place.stored("prod") == before


def test_nothing_is_written_through_what_was_cloned(place: Place) -> None:
    before = place.stored("prod")
    place.dbt("clone", "--target", "dev", "--state", str(place.root / "state"))
    said = place.dbt("build", "--target", "dev", succeeds=False)
    assert "Nothing was written" in said
    assert "--full-refresh" in said
    with pytest.raises(UsageError, match="Nothing was written"):
        place.run("dev")
    assert place.stored("prod") == before
    place.run("dev", full_refresh=True)
    assert place.wrong(f"dev_derived.{PROJECT}_attributes") == []
    assert place.stored("prod") == before
