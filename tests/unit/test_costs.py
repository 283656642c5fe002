"""What models cost, as engines tell it through dbt."""

from pathlib import Path

from snowplow_signals.deployment.costs import MOST_RUNS, ModelCost, remember, remembered


def test_of_what_an_adapter_answers() -> None:
    bigquery = {"_message": "MERGE (3 rows, 1 KiB processed)", "rows_affected": 3, "bytes_processed": 1024}
    assert ModelCost.of(1.5, bigquery) == ModelCost(1.5, 3, 1024)
    assert ModelCost.of(1.5, {"_message": "SELECT 0", "rows_affected": 0}) == ModelCost(1.5, 0, None)
    assert ModelCost.of(1.5, {"_message": "OK", "rows_affected": -1}) == ModelCost(1.5)
    assert ModelCost.of(1.5, {"_message": "OK"}) == ModelCost(1.5)


def test_chunks_add_up() -> None:
    assert ModelCost(1.0, 3, None) + ModelCost(2.0, None, 5) == ModelCost(3.0, 3, 5)
    assert ModelCost(1.0) + ModelCost(2.0) == ModelCost(3.0)


def test_the_newest_runs_are_remembered(tmp_path: Path) -> None:
    for number in range(MOST_RUNS + 2):
        remember(tmp_path, "shop_1", str(number), {"attributes": ModelCost(float(number), number)})
    found = remembered(tmp_path, "shop_1")
    assert list(found) == [str(number) for number in range(2, MOST_RUNS + 2)]
    assert found["3"] == {"attributes": ModelCost(3.0, 3)}
    assert remembered(tmp_path, "other_1") == {}


def test_a_file_that_is_not_ours_is_no_cost(tmp_path: Path) -> None:
    remember(tmp_path, "shop_1", "1", {"attributes": ModelCost(1.0)})
    [file] = (tmp_path / "target").iterdir()
    for content in ("[]", "{", '{"1": {"attributes": {"minutes": 1}}}', '{"1": 2}'):
        file.write_text(content)
        assert remembered(tmp_path, "shop_1") == {}
    remember(tmp_path, "shop_1", "2", {"attributes": ModelCost(1.0)})
    assert "2" in remembered(tmp_path, "shop_1")


def test_a_folder_that_cannot_be_written_to(tmp_path: Path) -> None:
    (tmp_path / "target").write_text("a file")
    remember(tmp_path, "shop_1", "1", {"attributes": ModelCost(1.0)})
    assert remembered(tmp_path, "shop_1") == {}
