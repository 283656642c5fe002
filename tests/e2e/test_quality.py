"""What is expected of attributes: shown by `quality`, held by `run --fail-on-quality`, renewed by `quality accept`."""

import json
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from tests.e2e import shop
from tests.e2e.shop import event
from tests.unit.test_alerts import Receiver
from typer.testing import CliRunner

from snowplow_signals import Attribute, Derived, Expect, value, workspace
from snowplow_signals.cli.app import app
from snowplow_signals.deployment.deployed import opened
from snowplow_signals.errors import QualityError
from snowplow_signals.inspect.look import Look, look_at
from snowplow_signals.inspect.quality import ViewQuality, project_quality
from snowplow_signals.plan import plan_view
from snowplow_signals.workspace.last_run import last_run

EXPECTED = shop.VIEW.model_copy(
    update={
        "attributes": (
            Attribute(name="events", type="int64", aggregation="counter", expect=Expect(min=1, max=5)),
            Attribute(
                name="last_label",
                type="string",
                aggregation="last",
                property=shop.LABEL,
                expect=Expect(max_null_rate=0.5, max_psi=0.25),
            ),
            Derived(name="Share", type="double", expression=1 / value("events")),
        )
    }
)
FIRST, SECOND, THIRD = date(2025, 3, 3), date(2025, 3, 4), date(2025, 3, 5)


def users(first: int, number: int, day: int, label: str | None) -> Iterator[dict[str, Any]]:
    for one in range(first, first + number):
        yield event(one, f"user {one}", day, se_label=label)


@pytest.fixture
def project(tmp_path: Path) -> shop.Shop:
    made = shop.make(tmp_path, users(0, 20, 1, "a"), EXPECTED)
    workspace.generate(made.root, force=True)
    made.run(as_of=FIRST)
    return made


def quality_of(project: shop.Shop) -> ViewQuality:
    with opened(project.folder, project.view, "duckdb", project.root) as found:
        return project_quality(found)[0]


def seen_of(project: shop.Shop, before: Look | None = None) -> Look | None:
    """What a console sees of it; None: the same as before."""
    with opened(project.folder, project.view, "duckdb", project.root) as found:
        return look_at(found, datetime(2025, 3, 5), before.signature if before is not None else None)


def typed(project: shop.Shop, *arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, [*arguments, "--repo-path", str(project.root)])
    return done.exit_code, done.output


def test_what_is_as_expected(project: shop.Shop) -> None:
    code, said = typed(project, "quality")
    assert code == 0, said
    assert "shop_v1, published as of 2025-03-03" in said
    line = next(line for line in said.splitlines() if "last_label" in line)
    assert "a 100%" in line
    assert "0.0%" in line
    assert "FAILED" not in said
    found = quality_of(project)
    assert found.is_current
    assert not found.failures
    assert [(one.attribute, one.last and one.last.entities) for one in found.attributes] == [
        ("events", 20), ("last_label", 20), ("Share", 20),
    ]  # fmt: skip
    assert found.attributes[2].last is not None
    assert found.attributes[2].last.mean == 1.0


def test_values_that_are_not_as_expected_are_not_published(project: shop.Shop) -> None:
    """The former ones stay; the next run with the flag stops again, one without it publishes, and says so."""
    served = project.attributes()
    project.load(*users(20, 30, 2, None))
    for _ in range(2):
        with pytest.raises(
            QualityError, match=r"attribute 'last_label': 60\.00% of the entities have no value"
        ) as raised:
            project.run(as_of=SECOND, fail_on_quality=True)
        assert "'events'" not in str(raised.value)
        assert project.attributes() == served
        assert {row["as_of"] for row in project.table("attribute_statistics")} == {FIRST}
    assert quality_of(project).failures == ()

    result = project.run(as_of=SECOND)
    assert len(project.attributes()) == 50
    assert any("attribute 'last_label' is not as expected" in warning for warning in result.warnings)
    code, said = typed(project, "quality")
    assert code == 1
    assert "FAILED   last_label: 60.00% of the entities have no value, expected are 50.00% at most" in said

    again = project.run(as_of=SECOND)
    assert again.changed_nothing
    assert any("attribute 'last_label' is not as expected" in warning for warning in again.warnings)
    assert again.expectations_failed == result.expectations_failed
    assert [(one.view, one.attribute, one.rule) for one in result.expectations_failed] == [
        ("shop_v1", "last_label", "max_null_rate"),
        ("shop_v1", "last_label", "max_psi"),
    ]


def test_what_is_not_as_expected_is_told(project: shop.Shop, tmp_path: Path) -> None:
    """To a webhook, in the file for Prometheus, and beside the project for the service, also where it was refused."""
    project.load(*users(20, 30, 2, None))
    prom, receiver = tmp_path / "shop.prom", Receiver()
    told = ("--alert-url", receiver.url, "--alert-secret", "secret-of-tests", "--metrics-file", str(prom))
    try:
        assert typed(project, "run", "--as-of", str(SECOND), "--fail-on-quality", *told)[0] == 1
    finally:
        receiver.stop()
    [(_, headers, body)] = receiver.requests
    assert headers["x-signals-signature"].startswith("v1=")
    failed, unmet, far = json.loads(body)["alerts"]
    assert (failed["kind"], failed["subject"], failed["details"]["error"]) == ("run_failed", "shop_1", "QualityError")
    assert (unmet["kind"], unmet["subject"]) == ("expectation_failed", "shop_v1")
    rule = {"attribute": "last_label", "rule": "max_null_rate", "is_published": False}
    assert unmet["details"] == {"project": "shop_1"} | rule
    assert far["details"] == {"project": "shop_1"} | rule | {"rule": "max_psi"}
    assert 'signals_run_expectations_failed{project="shop_1",view="shop_v1"} 2' in prom.read_text()
    left = last_run(project.folder)
    assert left is not None
    assert (left.error, left.expectations_failed) == ("QualityError", {"shop_v1": 2})


def test_what_is_as_expected_is_published_with_the_flag_too(project: shop.Shop) -> None:
    project.load(*users(20, 5, 2, "a"))
    project.run(as_of=SECOND, fail_on_quality=True)
    assert len(project.attributes()) == 25
    assert [row["entities"] for row in project.table("attribute_statistics") if row["as_of"] == SECOND] == [25] * 3


def test_a_baseline_is_accepted(project: shop.Shop) -> None:
    """All labels are others: far from the baseline, until that is the last publication."""
    project.load(*users(0, 20, 2, "b"), *(event(100 + one, f"user {one}", 2, se_label="b") for one in range(20)))
    project.run(as_of=SECOND)
    failures = quality_of(project).failures
    assert [(attribute, finding.rule) for attribute, finding in failures] == [("last_label", "max_psi")]
    seen = seen_of(project)
    assert seen is not None
    assert [finding for _, finding in seen.quality[0].failures] == [finding for _, finding in failures]
    assert [[level.as_of for level in one.levels] for one in seen.quality[0].attributes] == [[FIRST, SECOND]] * 3
    assert [len(one.history) for one in seen.quality[0].attributes] == [1] * 3
    assert seen_of(project, seen) is None
    assert typed(project, "quality", "accept", "--attribute", "lst_label")[0] == 2
    assert typed(project, "quality", "accept", "--attribute", "last_label")[0] == 0
    assert quality_of(project).failures == ()
    assert project.run(as_of=SECOND).expectations_failed == (), "nor does one say so that finds nothing to do"
    seen_again = seen_of(project, seen)
    assert seen_again is not None, "what was accepted is seen although nothing was run"
    assert seen_again.quality[0].failures == ()
    project.load(event(200, "user 1", 3, se_label="b"))
    project.run(as_of=THIRD)
    rows = [row for row in project.table("attribute_statistics") if row["as_of"] == THIRD]
    by_name = {row["attribute"]: row for row in rows}
    assert by_name["last_label"]["psi_baseline"] == 0
    assert by_name["last_label"]["pinned_1"] == 20
    assert by_name["events"]["psi_baseline"] > 0
    assert quality_of(project).failures == ()


def test_as_json(project: shop.Shop) -> None:
    code, said = typed(project, "quality", "--format", "json")
    found = json.loads(said)
    assert code == 0
    assert found["is_as_expected"]
    (view,) = found["views"]
    assert [one["attribute"] for one in view["attributes"]] == ["events", "last_label", "Share"]
    assert view["attributes"][1]["last"]["frequent"] == [["a", 20]]
    assert view["attributes"][0]["expect"] == {"min": 1.0, "max": 5.0}


def test_statistics_can_be_off(tmp_path: Path) -> None:
    made = shop.make(tmp_path, users(0, 3, 1, "a"), EXPECTED)
    workspace.generate(made.root, force=True)
    made.run(as_of=FIRST, variables={"snowplow__attribute_statistics": False})
    assert len(made.attributes()) == 3
    code, said = typed(made, "quality")
    assert code == 0
    assert "no publication was described yet" in said
    seen = seen_of(made)
    assert seen is not None
    assert [(view.as_of, view.failures) for view in seen.quality] == [(None, ())]
    made.run(as_of=SECOND)
    assert quality_of(made).is_current


def test_an_expectation_is_no_part_of_what_is_computed() -> None:
    without = [one.model_copy(update={"expect": None}) for one in EXPECTED.attributes]
    other = EXPECTED.model_copy(update={"attributes": tuple(without)})
    assert plan_view(EXPECTED).fingerprints() == plan_view(other).fingerprints()
