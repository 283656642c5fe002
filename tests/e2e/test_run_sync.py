"""Syncs of a real project's attributes to a store."""

import json
import re
import shutil
from datetime import date, datetime
from pathlib import Path

import duckdb
import pytest
from tests import harness
from tests.e2e import shop
from tests.e2e.shop import event
from typer.testing import CliRunner

from snowplow_signals.cli.app import app
from snowplow_signals.errors import BusyError, DefinitionError, SignalsError, UsageError, WorkspaceError
from snowplow_signals.registry import BatchSourceFiles
from snowplow_signals.registry.erasures import FILE
from snowplow_signals.stores import Batch, Lease, open_store
from snowplow_signals.stores.serving import read_profiles
from snowplow_signals.stores.sqlite import SQLiteStore
from snowplow_signals.sync import sync_project

ROWS = [event(number, f"user-{number}", number) for number in range(5)]
VIEW = shop.VIEW.full_name


class Killed(BaseException):
    """As if the process had ended there: nobody takes it for a failure of the sync."""


class BreakingStore(SQLiteStore):
    """Breaks in the middle of what is written, once."""

    breaks_at: int | None = None

    def write_batch(self, view: str, batch: Batch, synced_at: datetime, lease: Lease | None = None) -> int:
        if self.breaks_at is None:
            return super().write_batch(view, batch, synced_at, lease)
        super().write_batch(view, type(batch)(batch.names, batch.records[: self.breaks_at]), synced_at, lease)
        self.breaks_at = None
        raise Killed


@pytest.fixture(scope="module")
def computed(tmp_path_factory: pytest.TempPathFactory) -> shop.Shop:
    """A project whose attributes have been computed once."""
    made = shop.make(tmp_path_factory.mktemp("computed"), ROWS)
    made.run()
    return made


@pytest.fixture
def project(computed: shop.Shop, tmp_path: Path) -> shop.Shop:
    """The same, to be changed."""
    return computed.copy(tmp_path / "copy")


def served(project: shop.Shop, store: SQLiteStore) -> dict[str, dict]:
    """Every profile of the store as it is stored, but for the time of the sync."""
    names = sorted({row["domain_userid"] for row in ROWS} | {"user-9"})
    return {name: {**one.values, "updated_at": one.changed_at} for name, one in store.read(VIEW, names).items()}


def test_only_what_changed_is_written(project: shop.Shop, tmp_path: Path) -> None:
    with open_store(tmp_path / "profiles.sqlite") as store:
        first = project.sync(store)
        assert (first.project, first.rows_changed, first.rows_written, first.rows_removed) == ("shop_1", 5, 5, 0)
        assert first.warnings == ()
        assert served(project, store) == project.attributes()
        source = BatchSourceFiles(project.root).batch_source(VIEW)
        assert (source.schema_, source.table, source.timestamp_field) == (
            "signals_derived",
            "shop_1_attributes",
            "updated_at",
        )

        again = project.sync(store)
        assert (again.rows_changed, again.rows_written, again.rows_removed) == (0, 0, 0)

        project.run()
        assert project.sync(store).rows_written == 0

        project.load(event(9, "user-9", 4), event(10, "user-0", 4))
        project.run()
        more = project.sync(store)
        assert (more.rows_changed, more.rows_written, more.rows_removed) == (2, 2, 0)
        assert served(project, store) == project.attributes()

        # back to a day on which user-4 and user-9 had not been seen
        assert project.run(as_of=date(2025, 3, 4)).entities == 4
        gone = project.sync(store)
        assert gone.rows_removed == 2
        assert set(served(project, store)) == {"user-0", "user-1", "user-2", "user-3"}
        profiles = read_profiles(store, project.view, ["user-4"])
        assert set(profiles["user-4"].values()) == {None}

        project.run()
        project.sync(store)
        assert served(project, store) == project.attributes()


def test_a_sync_that_died_is_done_again(project: shop.Shop, tmp_path: Path) -> None:
    with BreakingStore(tmp_path / "profiles.sqlite") as store:
        store.breaks_at = 3
        with pytest.raises(Killed):
            project.sync(store)
        assert project.sync(store).rows_written == 5
        project.load(event(10, "user-0", 4))
        project.run()
        store.breaks_at = 0
        with pytest.raises(Killed):
            project.sync(store)
        assert project.sync(store).rows_written == 1
        assert served(project, store) == project.attributes()


def test_a_table_that_was_replaced_is_copied_whole(project: shop.Shop, tmp_path: Path) -> None:
    table = f"{harness.DERIVED}.shop_1_attributes"
    with open_store(tmp_path / "profiles.sqlite") as store:
        project.sync(store)
        with harness.connected(project.database) as connection:  # other rows, and a clock that went back
            connection.execute(f"delete from {table} where domain_userid = 'user-1'")
            connection.execute(f"update {table} set updated_at = timestamp '2020-01-01', events = 99")
        result = project.sync(store)
        assert (result.rows_changed, result.rows_written, result.rows_removed) == (4, 4, 1)
        assert served(project, store) == project.attributes()

        with harness.connected(project.database) as connection:  # a column less, a row that nobody reported as gone
            connection.execute(f"alter table {table} drop column labels")
            connection.execute(f"delete from {table} where domain_userid = 'user-2'")
            connection.execute(f"update {table} set updated_at = timestamp '2020-01-02' where domain_userid = 'user-3'")
        result = project.sync(store)
        assert (result.rows_changed, result.rows_written, result.rows_removed) == (1, 4, 1)
        assert served(project, store) == project.attributes()


def test_an_empty_store_is_filled(project: shop.Shop, tmp_path: Path) -> None:
    with open_store(tmp_path / "a.sqlite") as store:
        project.sync(store)
    with open_store(tmp_path / "b.sqlite") as store:
        assert project.sync(store).rows_written == 5
        store.remove(VIEW, ["user-1"])
        assert project.sync(store).rows_written == 5
        assert served(project, store) == project.attributes()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("alter table {} drop column updated_at", "has no column 'updated_at'"),
        pytest.param(
            "alter table {} rename column domain_userid to who", "has no column 'domain_userid'", marks=pytest.mark.long
        ),
        pytest.param(
            "drop table {}; create table {} as select 1 as x",
            "has no column 'domain_userid', 'updated_at'",
            marks=pytest.mark.long,
        ),
        ("drop table {}", "there is no table"),
        ("alter table {} alter updated_at type date", "which is no time"),
        ("alter table {} alter updated_at type varchar", "shop_1_attributes.* a column updated_at of another type"),
        pytest.param(
            "alter table {} alter updated_at type time using updated_at::time",
            "a column updated_at of another type",
            marks=pytest.mark.long,
        ),
        (
            "insert into {removed} values ('gone', '2025-01-01'); alter table {removed} alter removed_at type varchar",
            "shop_1_removed_entities.* a column removed_at of another type, with '2025-01-01 00:00:00'",
        ),
        pytest.param("update {} set updated_at = timestamp '12000-01-01'", "without a time", marks=pytest.mark.long),
        ("update {} set updated_at = 'infinity'", "without a time"),
        pytest.param(
            "update {} set updated_at = timestamp '0044-03-15 (BC)'", "without a time", marks=pytest.mark.long
        ),
        pytest.param("update {} set updated_at = null", "without a time", marks=pytest.mark.long),
        pytest.param(
            "insert into {removed} values ('gone', timestamp '12000-01-01')",
            "shop_1_removed_entities.* without a time",
            marks=pytest.mark.long,
        ),
        ("insert into {removed} values ('gone', null)", "shop_1_removed_entities.* without a time"),
    ],
)
def test_a_table_that_somebody_changed_is_refused(project: shop.Shop, tmp_path: Path, change: str, words: str) -> None:
    """What was copied before is served on, and the view's failure says what to do; a run made anew mends it."""
    with open_store(tmp_path / "profiles.sqlite") as store:
        project.sync(store)
        before = served(project, store)
        with duckdb.connect(str(project.database)) as connection:
            attributes, removed = (f"{harness.DERIVED}.shop_1_{name}" for name in ("attributes", "removed_entities"))
            connection.execute(change.replace("{}", attributes).replace("{removed}", removed))
        with pytest.raises(SignalsError, match=words) as caught:
            project.sync(store)
        assert "run" in str(caught.value)
        assert served(project, store) == before
        assert re.search(words, store.state(VIEW).error)
        if "drop it" in str(caught.value):
            with duckdb.connect(str(project.database)) as connection:
                connection.execute(f"drop table {removed if 'removed' in change else attributes}")
        project.run(full_refresh=True)
        project.sync(store)
        assert served(project, store) == project.attributes()


def test_a_sync_waits_for_another_one_of_the_view(
    project: shop.Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A service that syncs it regularly, say: that is no error unless it takes long."""
    with open_store(tmp_path / "profiles.sqlite") as store:
        lease = store.acquire(f"sync:{VIEW}", 30)
        assert lease is not None
        monkeypatch.setattr("snowplow_signals.sync.leases.time.sleep", lambda _: store.release(lease))
        project.sync(store)
        assert served(project, store) == project.attributes()
        monkeypatch.setenv("SNOWPLOW_LOCK_SECONDS", "0")
        store.acquire(f"sync:{VIEW}", 30)
        with pytest.raises(BusyError, match="another process is syncing"):
            project.sync(store)
        assert store.state(VIEW).failures == 0


def test_another_table_than_the_batch_source_names_is_told(project: shop.Shop, tmp_path: Path) -> None:
    file = project.folder / "configs" / "batch_source_config.json"
    source = json.loads(file.read_text())
    file.write_text(json.dumps({**source, "schema": "elsewhere"}))
    with open_store(tmp_path / "profiles.sqlite") as store:
        (warning,) = project.sync(store).warnings
        assert "names elsewhere.shop_1_attributes" in warning
        file.write_text(json.dumps({**source, "table": ""}))
        with pytest.raises(DefinitionError, match=r"batch_source_config\.json.*table"):
            project.sync(store)
        file.unlink()
        with pytest.raises(UsageError, match=r"has no configs.batch_source_config"):
            project.sync(store)


def test_nothing_is_there_before_the_first_run(tmp_path: Path) -> None:
    project = shop.make(tmp_path, ROWS)
    with open_store(tmp_path / "profiles.sqlite") as store:
        with pytest.raises(UsageError, match=r"shop_1: there is no table .*run the project first"):
            project.sync(store)
        with pytest.raises(WorkspaceError, match="not a folder that `init` made"):
            sync_project(tmp_path, profiles_dir=tmp_path, store=store)


def test_a_person_who_was_erased_does_not_come_back_with_a_copy_of_the_store(
    project: shop.Shop, tmp_path: Path
) -> None:
    """Without a service: the folder knows who was erased."""

    def command(*arguments: str) -> str:
        done = CliRunner().invoke(app, [*arguments, "--repo-path", str(project.root)])
        assert done.exit_code == 0, done.output
        return done.output

    file, copy = project.root / "profiles.sqlite", tmp_path / "kept"
    command("generate")
    command("sync")
    assert not (project.root / FILE).exists()  # nobody was erased yet
    shutil.copy(file, copy)
    command("profile", "erase", "user-1", "--key", "domain_userid")
    for other in project.root.glob("profiles.sqlite*"):
        other.unlink()
    shutil.copy(copy, file)
    with open_store(file) as store:
        assert "user-1" in served(project, store)
    assert "1 profile of erased identifiers had come back and was removed" in command("sync")
    with open_store(file) as store:
        assert set(served(project, store)) == {"user-0", "user-2", "user-3", "user-4"}
    assert "come back" not in command("sync")
    file.unlink()  # lost as a whole
    command("sync")
    with open_store(file) as store:
        assert "user-1" not in served(project, store)
    command("profile", "restore", "user-1", "--key", "domain_userid")
    command("sync")
    with open_store(file) as store:
        assert "user-1" in served(project, store)
