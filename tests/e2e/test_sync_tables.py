"""Syncs of tables that somebody else keeps in the warehouse."""

import re
import subprocess
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from tests.e2e.crm import LATER, SOURCE, Crm, T, view
from tests.warehouses import WAREHOUSES, connected

from snowplow_signals import Entity, Field
from snowplow_signals.dialects.duckdb import connection as duckdb_connection
from snowplow_signals.errors import BusyError, RunError, SourceError, UsageError
from snowplow_signals.stores import open_store
from snowplow_signals.stores.serving import read_profiles
from snowplow_signals.sync import copying
from snowplow_signals.sync.copying import UNREADABLE_TIMES
from snowplow_signals.sync.published import Published
from snowplow_signals.sync.regular import RegularSync
from snowplow_signals.warehouse.connection import Warehouse


@pytest.fixture
def crm(tmp_path: Path) -> Crm:
    return Crm(tmp_path)


def test_only_newer_rows_are_read_and_the_newest_wins(crm: Crm) -> None:
    crm.insert(("ann", T, 1), ("ann", T + 2 * LATER, 3), ("ann", T + LATER, 2), ("bob", T, 1))
    assert crm.sync() == (2, 2, 0)
    assert crm.scores() == {"ann": 3, "bob": 1}
    stored = crm.store.read("crm_v1", ["ann"])["ann"]
    assert stored.values == {"score": 3.0, "tags": None}
    assert stored.changed_at == T + 2 * LATER
    assert crm.sync() == (0, 0, 0)
    crm.insert(("bob", T + 3 * LATER, 9), ("eve", T + 3 * LATER, 5))
    assert crm.sync() == (2, 2, 0)
    assert crm.scores() == {"ann": 3, "bob": 9, "eve": 5}
    state = crm.store.state("crm_v1")
    assert (state.profiles, state.rows_written, state.failures, state.watermark) == (3, 2, 0, T + 3 * LATER)


def test_a_row_of_the_last_time_that_comes_late_is_not_lost(crm: Crm) -> None:
    crm.insert(("ann", T, 1))
    crm.sync()
    crm.insert(("bob", T, 2))
    crm.sync()
    assert crm.scores() == {"ann": 1, "bob": 2}
    assert crm.sync() == (0, 0, 0)
    crm.insert(("eve", T, 3), ("eve", T + LATER, 4))
    crm.sync()
    assert crm.scores() == {"ann": 1, "bob": 2, "eve": 4}


def test_a_row_of_the_last_time_for_one_who_is_there(crm: Crm) -> None:
    crm.insert(("ann", T, 1), ("bob", T + LATER, 1))
    crm.sync()
    crm.insert(("ann", T + LATER, 2))
    assert crm.sync()[:2] == (1, 1)  # both of that time are read again, one of them is as it was
    assert crm.scores() == {"ann": 2, "bob": 1}


def test_rows_without_key_or_time_are_counted(crm: Crm) -> None:
    crm.insert((None, T, 1), ("", T, 1), ("ann", None, 1), ("bob", T, 2))
    result = crm.published.sync(crm.view, crm.store)
    assert (result.rows_written, result.rows_unusable) == (1, 3)
    assert crm.store.state("crm_v1").rows_unusable == 3
    assert crm.scores() == {"bob": 2}
    assert crm.sync() == (0, 0, 0)


def test_deleted_rows_leave_the_store(crm: Crm) -> None:
    crm.insert(("ann", T, 1), ("bob", T + LATER, 2))
    crm.sync()
    crm.execute("delete from crm.scores where customer = 'ann'")
    assert crm.sync() == (0, 1, 1)
    assert crm.scores() == {"bob": 2}
    crm.execute("delete from crm.scores")
    assert crm.sync() == (0, 0, 1)
    assert crm.scores() == {}


def test_backfill_since(crm: Crm) -> None:
    crm.insert(("ann", T, 1), ("bob", T + LATER, 2), ("bob", T, 1), ("eve", T + 2 * LATER, 3))
    crm.view = view(backfill_since=(T + LATER).replace(tzinfo=UTC))
    assert crm.sync() == (2, 2, 0)
    assert crm.scores() == {"bob": 2, "eve": 3}
    assert crm.sync() == (0, 0, 0)
    crm.view = view(backfill_since=T.replace(tzinfo=UTC))  # more of it: copied again, as a whole
    crm.sync()
    assert crm.scores() == {"ann": 1, "bob": 2, "eve": 3}


@pytest.mark.parametrize(
    ("kind", "value"),
    [("timestamptz", T.replace(tzinfo=UTC)), ("date", T.date()), ("varchar", "2025-03-01T02:00:00+02:00")],
)
def test_times_of_all_kinds(crm: Crm, kind: str, value: object) -> None:
    crm.create(f"customer integer, changed {kind}, score decimal(10, 2), tags varchar[]")
    crm.insert((1, value, 1.5), (2, None, 1))
    assert crm.sync() == (1, 1, 0)
    assert crm.store.read("crm_v1", ["1"])["1"].changed_at == T
    assert crm.sync() == (0, 0, 0)


def test_names_in_any_case(crm: Crm) -> None:
    crm.create('"CUSTOMER" varchar, "Changed" timestamp, "SCORE" double, "select" int, tags varchar[]')
    crm.execute("insert into crm.scores values ('ann', timestamp '2025-03-01', 1, 2, ['a', 'b'])")
    assert crm.sync() == (1, 1, 0)
    assert crm.store.read("crm_v1", ["ann"])["ann"].values == {"score": 1.0, "tags": ["a", "b"]}


def test_a_snapshot_of_the_public_command_line(crm: Crm) -> None:
    crm.create(
        "attribute_key_or_name varchar, score double, tags varchar[], dbt_valid_from timestamp, dbt_valid_to int"
    )
    crm.execute("insert into crm.scores values ('ann', 1, null, '2025-03-01', 1), ('ann', 2, null, '2025-03-02', null)")
    crm.view = view(batch_source=SOURCE.model_copy(update={"timestamp_field": "dbt_valid_from"}))
    assert crm.sync() == (1, 1, 0)
    assert crm.scores() == {"ann": 2}


def test_a_column_of_another_name_may_hold_the_identifier(crm: Crm) -> None:
    crm.execute("alter table crm.scores rename customer to person")
    crm.view = view(entity=Entity(name="customer", external_column="PERSON"))
    crm.execute("insert into crm.scores (person, changed, score) values ('ann', '2025-03-01', 7)")
    assert crm.sync() == (1, 1, 0)
    assert crm.scores() == {"ann": 7}


def test_an_erased_person_does_not_come_back(crm: Crm) -> None:
    crm.insert(("ann", T, 1), ("bob", T, 2))
    crm.sync()
    crm.store.erase("ann", T, key="customer")
    assert crm.sync() == (0, 0, 0)
    crm.insert(("ann", T + LATER, 5), ("bob", T + LATER, 5))
    result = crm.published.sync(crm.view, crm.store)
    assert (result.rows_changed, result.rows_written, result.suppressed) == (2, 1, 1)
    crm.store.remove("crm_v1", ["bob"])  # the store lost one: everything is copied again
    assert crm.sync() == (0, 1, 0)
    assert crm.scores() == {"bob": 5}
    assert crm.store.restore("ann", key="customer")
    assert crm.sync() == (0, 1, 0)
    assert crm.scores() == {"ann": 5, "bob": 5}


def test_a_table_is_the_same_in_every_store(tmp_path: Path, redis_url: str, postgres_url: str) -> None:
    """Rows that the engine packs, and others, in one table; who is erased before is in none."""
    columns = "'user ' || i as customer, timestamp '2025-03-01' + to_seconds(i) as changed, i / 3 as score"
    tags = "case when i % 1000 = 1 then [repeat('x', 300)] when i % 7 > 0 then range(i % 7)::varchar[] end as tags"
    found = []
    for number, store in enumerate((None, redis_url, postgres_url)):
        folder = tmp_path / str(number)
        folder.mkdir()
        crm = Crm(folder, store)
        crm.execute(f"create or replace table crm.scores as select {columns}, {tags} from range(12_000) as rows (i)")
        crm.store.erase("user 17", T, key="customer")
        assert crm.sync() == (12_000, 11_999, 0)
        assert crm.sync() == (0, 0, 0)
        everybody = [f"user {i}" for i in range(12_000)]
        read = crm.store.read("crm_v1", everybody)
        found.append({name: (one.values, one.changed_at) for name, one in read.items()})
        crm.store.close()
    assert len(found[0]) == 11_999
    assert found[0]["user 1"][0]["tags"] == ["x" * 300]
    assert found[0] == found[1] == found[2]


def test_an_erased_person_who_leaves_the_table(crm: Crm) -> None:
    crm.insert(("ann", T, 1), ("bob", T, 2))
    crm.store.erase("ann", T, view="crm_v1")
    crm.sync()
    crm.execute("delete from crm.scores where customer = 'ann'")
    crm.sync()
    assert crm.store.suppressed("crm_v1") == 0
    assert crm.sync() == (0, 0, 0)


def test_time_to_live(crm: Crm, monkeypatch: pytest.MonkeyPatch) -> None:
    crm.view = view(ttl=timedelta(days=10))
    crm.insert(("ann", T, 1), ("bob", T + timedelta(days=8), 2))

    def on(day: int, second: int = 0) -> tuple[int, int, int]:
        monkeypatch.setattr(copying, "now", lambda: T + timedelta(days=day, seconds=second))
        return crm.sync()

    assert on(9) == (2, 2, 0)
    assert on(9, 10) == (0, 0, 0)
    assert on(11) == (0, 0, 1)
    assert crm.scores() == {"bob": 2}
    assert on(11, 60) == (0, 0, 0)
    crm.store.remove("crm_v1", ["bob"])
    assert on(11, 120) == (0, 1, 0)  # copied again, but for what is over
    crm.view = view()  # for ever, from now on
    on(12)
    assert crm.scores() == {"ann": 1, "bob": 2}


class TestWhatIsWrong:
    def test_no_table(self, crm: Crm) -> None:
        crm.execute("drop table crm.scores")
        with pytest.raises(
            SourceError, match=r"view crm_v1: its batch source names a table that does not exist: .*scores"
        ):
            crm.sync()
        state = crm.store.state("crm_v1")
        assert (state.failures, state.finished_at) == (1, None)
        assert "does not exist" in state.error
        assert state.retry_at - state.failed_at == timedelta(seconds=10)
        with pytest.raises(SourceError):
            crm.sync()
        state = crm.store.state("crm_v1")
        assert (state.failures, state.retry_at - state.failed_at) == (2, timedelta(seconds=20))
        crm.create("customer varchar, changed timestamp, score double, tags varchar[]")
        crm.sync()
        assert crm.store.state("crm_v1").error is None

    def test_no_column(self, crm: Crm) -> None:
        crm.execute("alter table crm.scores rename score to scor")
        with pytest.raises(SourceError, match=r"has no column 'score'; did you mean 'scor'"):
            crm.sync()

    @pytest.mark.parametrize(
        "kind", ["INTEGER", "TIME", "TIME WITH TIME ZONE", "INTERVAL", "UUID", "BLOB", "VARCHAR[]"]
    )
    def test_no_time(self, crm: Crm, kind: str) -> None:
        crm.create(f"customer varchar, changed {kind}, score double, tags varchar[]")
        with pytest.raises(SourceError, match=f"'changed' is of type {re.escape(kind)}, which is not a time"):
            crm.sync()

    def test_no_batch_source(self, crm: Crm) -> None:
        with pytest.raises(SourceError, match="no batch source"):
            crm.published.sync(crm.view.model_copy(update={"batch_source": None}), crm.store)

    def test_no_profile(self, crm: Crm) -> None:
        (crm.root / "profiles.yml").unlink()
        with pytest.raises(UsageError):
            crm.sync()
        assert crm.store.state("crm_v1").failures == 1

    def test_a_warehouse_that_another_process_holds(self, crm: Crm) -> None:
        crm.insert(("ann", T, 1))
        program = f"import duckdb; c = duckdb.connect({str(crm.database)!r}); print('held', flush=True); input()"
        with subprocess.Popen([sys.executable, "-c", program], stdin=-1, stdout=-1, text=True) as holder:
            assert holder.stdout.readline() == "held\n"
            with pytest.raises(BusyError, match="holds the database"):
                crm.sync()
            assert crm.store.state("crm_v1").failures == 0  # it is not a failure of the view
            holder.communicate("\n")
        assert crm.sync() == (1, 1, 0)

    def test_a_warehouse_that_another_process_holds_for_a_moment(self, crm: Crm) -> None:
        """They wait for each other."""
        crm.insert(("ann", T, 1))
        program = f"import duckdb; c = duckdb.connect({str(crm.database)!r}); print('held', flush=True); input()"
        with subprocess.Popen([sys.executable, "-c", program], stdin=-1, stdout=-1, text=True) as holder:
            assert holder.stdout.readline() == "held\n"
            tried = threading.Event()
            ends = threading.Thread(target=lambda: (tried.wait(30), holder.communicate("\n")))
            ends.start()
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr("snowplow_signals.sync.published.WAIT_SECONDS", 60)
                patch.setattr("snowplow_signals.warehouse.connection.time.sleep", lambda _: tried.set())
                assert crm.sync() == (1, 1, 0)
            ends.join()

    def test_a_view_that_another_process_syncs(self, crm: Crm) -> None:
        lease = crm.store.acquire("sync:crm_v1", 30)
        with pytest.raises(BusyError, match="another process is syncing crm_v1"):
            crm.sync()
        assert crm.store.states() == []
        crm.store.release(lease)
        assert crm.sync() == (0, 0, 0)

    def test_a_table_that_cannot_be_read(self, crm: Crm) -> None:
        crm.execute("drop table crm.scores")
        crm.execute(
            "create view crm.scores as select 'ann' as customer, timestamp '2025-03-01' as changed, 1.0 as score,"
            " error('broken')::varchar[] as tags"
        )
        with pytest.raises(RunError, match="broken"):
            crm.sync()
        assert "broken" in crm.store.state("crm_v1").error


@pytest.mark.parametrize("size", [600, 100_000, 1_000_000])
def test_wide_rows_that_compress_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    """An engine unpacks thousands of rows at once, and may need more memory for these than syncs keep to."""
    monkeypatch.setattr(duckdb_connection, "MOST_GIBIBYTES", 0.05)
    folder = tmp_path / "repo"
    WAREHOUSES["duckdb"].make(folder)
    with connected(folder) as (warehouse, connection):
        warehouse.execute(connection, "create schema crm")
        warehouse.execute(
            connection,
            "create table crm.scores as select 'user-' || i as customer, timestamp '2025-03-01' as changed,"
            f" case when i % 3 = 0 then i::varchar else repeat(i::varchar, {size}) end as score from range(100) r (i)",
        )
    with open_store(tmp_path / "profiles.sqlite") as store:
        result = Published(folder).sync(view(fields=[Field(name="score", type="string")]), store)
        assert result.rows_written == store.count("crm_v1") == 100
        found = store.read("crm_v1", ["user-3", "user-5"])
        assert [found[f"user-{n}"].values["score"] for n in (3, 5)] == ["3", "5" * size]


VALUES = {
    "duckdb": {
        "timestamp '12000-01-01'": None, "timestamp '0044-03-15 (BC)'": None, "date '12000-01-01'": None,
        "timestamptz '12000-01-01'": None, "timestamp 'infinity'": None, "interval '1 day 2 hours'": "1 day 02:00:00",
        "interval '100000000 years'": "100000000 years", "time '12:30:00'": "12:30:00", "'24:00:00'::time": "24:00:00",
        "timetz '12:30:00+05'": "12:30:00+05:00", "timestamp '2025-01-01'": T.replace(month=1),
        "170141183460469231731687303715884105727::hugeint": 2**127 - 1, "'nan'::double": "nan", "map{'a': 1}": {"a": 1},
        "[1, 2]::int[2]": [1, 2], "{'a': time '10:00:00'}": {"a": "10:00:00"}, "'101'::bit": "101",
    },
    "postgres": {
        "timestamp '12000-01-01'": None, "timestamp '0044-03-15 BC'": None, "date '0044-03-15 BC'": None,
        "timestamptz '12000-01-01'": None, "timestamp 'infinity'": None, "date 'infinity'": None,
        "interval '1 day 2 hours'": "1 day 02:00:00", "interval '100000 years'": "100000 years",
        "time '12:30:00'": "12:30:00", "timetz '12:30:00+05'": "12:30:00+05",
        "timestamp '2025-01-01'": T.replace(month=1), "'nan'::float8": "nan", "'nan'::numeric": "nan",
        "array[1, 2]": [1, 2], "B'101'": "101", "inet '::1'": "::1", "int4range(1, 3)": "[1,3)",
        "'(1,2)'::point": "(1,2)",
    },
}  # fmt: skip


@pytest.mark.parametrize(("engine", "value"), [(engine, value) for engine in VALUES for value in VALUES[engine]])
def test_values_of_any_type(tmp_path: Path, engine: str, value: str) -> None:
    """Each comes as a value that an attribute can have, or is null; none fails the view, nor its neighbours."""
    folder = tmp_path / "repo"
    WAREHOUSES[engine].make(folder)
    with connected(folder) as (warehouse, connection), open_store(tmp_path / "profiles.sqlite") as store:
        warehouse.execute(connection, "create schema crm")
        warehouse.execute(
            connection,
            f"create table crm.scores as select 'ann' as customer, timestamp '2025-03-01' as changed, {value} as score"
            " union all select 'bob', timestamp '2025-03-01', null",
        )
    with open_store(tmp_path / "profiles.sqlite") as store:
        odd = view(fields=[Field(name="score", type="string")])
        result = Published(folder).sync(odd, store)
        assert (result.rows_written, result.rows_unusable) == (2, 0)
        assert sum(result.values_nulled.values()) == (VALUES[engine][value] is None)
        assert store.state("crm_v1").values_nulled == result.values_nulled
        found = store.read("crm_v1", ["ann", "bob"])
        expected = VALUES[engine][value]
        kept = found["ann"].values["score"]
        assert kept == expected or str(kept).lower() == expected
        assert found["bob"].values["score"] is None
        read_profiles(store, odd, ["ann"])


@pytest.mark.parametrize(
    ("value", "kept", "nulled"),
    [
        ("[timestamp '12000-01-01', null, timestamp '2025-03-01', 'infinity'::timestamp]", [None, None, T, None], 2),
        ("[[date '12000-01-01'], [], null]", [[None], [], None], 1),
        ("[]::timestamp[]", [], 0),
        ("[timestamptz '12000-01-01']", [None], 1),
        ("[1, null]", [1, None], 0),
    ],
)
def test_elements_of_lists_that_are_nulled_are_counted(crm: Crm, value: str, kept: list, nulled: int) -> None:
    crm.execute("drop table crm.scores")
    crm.execute(
        f"create table crm.scores as select 'ann' as customer, timestamp '2025-03-01' as changed, {value} as score"
        " union all select 'bob', timestamp '2025-03-01', null"
    )
    odd = view(fields=[Field(name="score", type="string_list")])
    result = crm.published.sync(odd, crm.store)
    assert dict(result.values_nulled) == ({f"score: {UNREADABLE_TIMES}": nulled} if nulled else {})
    assert crm.store.read("crm_v1", ["ann"])["ann"].values["score"] == kept


def test_several_views_at_once(crm: Crm) -> None:
    """Each over a connection of its own to one database file, which is let go of when the last of them is through."""
    views = [crm.view.model_copy(update={"version": version}) for version in range(1, 9)]
    output: list[str] = []
    crm.insert(("ann", T, 0))
    regular = RegularSync(lambda: views, lambda: crm.store, crm.published.sync, timedelta(0), output.append)
    for number in range(1, 6):
        crm.insert(*((f"user-{one}", T + number * LATER, number) for one in range(200)))  # by another connection
        regular.round()
        assert [one.state.error for one in regular.status()] == [None] * 8
        found = [crm.store.read(one.full_name, ["user-199"])["user-199"].values["score"] for one in views]
        assert found == [number] * 8
    assert len(output) == 8 * 5


@pytest.mark.parametrize(("settings", "limit"), [("{}", "1.0 GiB"), ("{memory_limit: 512MiB}", "512.0 MiB")])
def test_the_engine_keeps_little_in_memory(crm: Crm, settings: str, limit: str) -> None:
    profiles = crm.root / "profiles.yml"
    profiles.write_text(f"{profiles.read_text()}      settings: {settings}\n")
    with Warehouse.of_profile(crm.root) as warehouse:
        warehouse.spare_memory()
        assert warehouse.fetch("select current_setting('memory_limit')") == [(limit,)]


def test_a_table_of_postgresql(tmp_path: Path) -> None:
    """With types of its own, several rows of one entity, and rows that come later."""
    folder = tmp_path / "repo"
    WAREHOUSES["postgres"].make(folder)
    with connected(folder) as (warehouse, connection), open_store(tmp_path / "profiles.sqlite") as store:
        warehouse.execute(connection, "create schema crm")
        types = 'customer uuid, "Changed" timestamptz, score numeric(10, 2), tags text[], counts jsonb, secret text'
        warehouse.execute(connection, f"create table crm.scores ({types})")

        def insert(number: int, moment: str, score: str) -> None:
            cells = f"'{number:032}', '{moment}', {score}, array['a', 'it''s'], '{{\"x\": {number}}}', 'no'"
            warehouse.execute(connection, f"insert into crm.scores values ({cells})")

        source = SOURCE.model_copy(update={"timestamp_field": "Changed"})
        fields = [*view().fields, Field(name="counts", type="dict")]
        crm_view = view(fields=fields, batch_source=source)
        published = Published(folder)
        insert(1, "2025-03-01 00:00:00-05", "1.5")
        insert(1, "2025-03-01 06:00:00+00", "2.25")
        insert(2, "2025-03-01 01:00:00+00", "null")
        assert published.sync(crm_view, store).rows_written == 2
        one, two = (str(UUID(int=int(f"{number:032}", 16))) for number in (1, 2))
        read = read_profiles(store, crm_view, [one, two])
        assert read[one] == {"score": 2.25, "tags": ["a", "it's"], "counts": {"x": 1}}
        assert read[two] == {"score": None, "tags": ["a", "it's"], "counts": {"x": 2}}
        assert store.read("crm_v1", [one])[one].changed_at == datetime(2025, 3, 1, 6)
        assert published.sync(crm_view, store).rows_written == 0
        insert(2, "2025-03-02 00:00:00+00", "7")
        assert published.sync(crm_view, store).rows_written == 1
        assert read_profiles(store, crm_view, [two])[two]["score"] == 7.0
