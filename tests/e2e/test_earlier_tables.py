"""Tables that an earlier version made: they are refused before anything is written, and the ways on are ways on.

`earlier/tables_of_layout_1.sql` was made by the last version before tables knew their layout, from `ROWS` and one event
more. `earlier/layout_<number>.txt` holds the columns of the tables that are kept from run to run.
"""

from pathlib import Path

import duckdb
import pytest
from tests import harness, reference
from tests.e2e import shop
from tests.e2e.command import typed
from tests.e2e.test_dbt_commands import Dbt

from snowplow_signals.errors import DefinitionError
from snowplow_signals.project.models.order import TABLES_LAYOUT

EARLIER = Path(__file__).parent / "earlier"
ROWS = [*(shop.event(number, f"user-{number % 3}", number % 5) for number in range(12)), shop.event(20, "user-1", 0)]
MADE_BY_ANOTHER = "another version of snowplow-batch-engine"


@pytest.fixture
def dbt(tmp_path: Path) -> Dbt:
    made = shop.make(tmp_path, [*ROWS, shop.event(30, "user-2", 5)])
    with duckdb.connect(str(made.database)) as connection:
        connection.execute((EARLIER / "tables_of_layout_1.sql").read_text("utf-8"))
    return Dbt(made)


def test_nothing_reads_or_writes_them(dbt: Dbt) -> None:
    before = dbt.tables()
    typed("generate", "--repo-path", dbt.project.root, "--force")
    for looking in (["status"], ["verify"], ["explain", "user-1"]):
        said = typed(*looking, "--repo-path", dbt.project.root, exit_code=2).stderr
        assert MADE_BY_ANOTHER in said
        assert "--full-refresh" in said
    with pytest.raises(DefinitionError, match=MADE_BY_ANOTHER):
        dbt.project.run()
    for command in (["build"], ["run", "--select", "shop_1_attributes"], ["build", "--exclude", "shop_1_definition"]):
        assert not dbt(*command)
        assert MADE_BY_ANOTHER in dbt.said
        assert "--full-refresh" in dbt.said
    assert dbt.tables() == before


def test_a_full_refresh_is_a_way_on(dbt: Dbt) -> None:
    dbt.project.run(full_refresh=True)
    dbt.is_right()
    typed("generate", "--repo-path", dbt.project.root, "--force")
    typed("status", "--repo-path", dbt.project.root)
    assert dbt("build")
    dbt.is_right()


def test_a_full_refresh_by_dbt_is_a_way_on(dbt: Dbt) -> None:
    assert dbt("build", "--full-refresh", snowplow__backfill_limit_days=99)
    dbt.is_right()


def test_a_new_version_of_the_view_is_a_way_on(dbt: Dbt) -> None:
    before = dbt.project.attributes()
    newer = dbt.project.write(dbt.project.view.model_copy(update={"version": 2}))
    newer.run()
    expected = reference.compute(newer.view, harness.read_table(newer.database, "atomic.events"), as_of=shop.AS_OF)
    assert harness.differences(newer.view, harness.attributes_of(newer.database, newer.view), expected) == []
    assert dbt.project.attributes() == before


def test_other_columns_have_another_number(tmp_path: Path) -> None:
    """What is kept from run to run, as it was when the number was given. Is it another now? Then raise TABLES_LAYOUT,
    and write down the columns under the new number."""
    made = shop.make(tmp_path, ROWS)
    made.run()
    with duckdb.connect(str(made.database)) as connection:
        columns = connection.execute(
            "select table_schema || '.' || table_name || '.' || column_name || ' ' || data_type"
            " from information_schema.columns where table_schema not in ('atomic', 'signals_scratch')"
            " and table_name not like '%entity_history' order by all"  # a cache, which is made anew
        ).fetchall()
    assert (EARLIER / f"layout_{TABLES_LAYOUT}.txt").read_text("utf-8").splitlines() == [name for (name,) in columns]
