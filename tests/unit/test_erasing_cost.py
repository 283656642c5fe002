"""What one more erasure costs, in statements and round trips, however many are known."""

from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest
import sqlalchemy
from tests.unit.erasures import AT, EVERYBODY, KEY, Place, put

from snowplow_signals.registry import Registry
from snowplow_signals.registry.erasures import Erasures, erasure_file
from snowplow_signals.stores import Erasure, open_store
from snowplow_signals.stores.encoding import erasure_digest
from snowplow_signals.stores.packed import PackedStore
from snowplow_signals.stores.postgres import PostgresStore
from snowplow_signals.stores.redis import RedisStore
from snowplow_signals.stores.sqlite import SQLiteStore
from snowplow_signals.sync.erasing import agree, erase, erase_all, restore


class TestCost:
    """Statements, round trips: what one more erasure costs when 10 are known, and when 10,000 are."""

    MANY = 10_000

    @pytest.fixture
    def known(self) -> Callable[[int], list[Erasure]]:
        def erasures(number: int) -> list[Erasure]:
            return [Erasure(f"key:{KEY}", erasure_digest(f"known-{one}"), AT) for one in range(number)]

        return erasures

    def measured(
        self, store: PackedStore, ledger: Erasures, statements: Callable[[], int], number: int
    ) -> dict[str, int]:
        found, before, one = {}, 0, f"one-{number}"
        put(store, one)
        erase(store, f"first-{number}", AT, key=KEY, ledger=ledger)  # Redis is told the scripts
        restore(store, f"first-{number}", key=KEY, ledger=ledger)
        agree(store, ledger)
        for what, work in (
            ("erase one", lambda: erase(store, one, AT, key=KEY, ledger=ledger)),
            ("agree on one", lambda: agree(store, ledger)),
            ("agree on none", lambda: agree(store, ledger)),
            ("erase ten", lambda: erase_all(store, [f"x-{number}-{n}" for n in range(10)], AT, key=KEY, ledger=ledger)),
            ("restore one", lambda: restore(store, one, key=KEY, ledger=ledger)),
            ("agree on eleven", lambda: agree(store, ledger)),
        ):
            before = statements()
            work()
            found[what] = statements() - before
        return found

    @pytest.mark.parametrize("kind", ["sqlite", "postgres"])
    def test_of_a_registry(self, kind: str, request: pytest.FixtureRequest, tmp_path: Path, known: Callable) -> None:
        counts = {}
        for number in (10, self.MANY):
            url = str(tmp_path / f"{number}.sqlite")
            if kind == "postgres":
                url = request.getfixturevalue("postgres_url")
            with Registry.open(url) as registry, open_store(tmp_path / f"store-{number}.sqlite") as store:
                revision = registry.revision()
                registry.erasures.add(known(number))
                agree(store, registry.erasures)
                put(store, *EVERYBODY)
                seen: Counter[str] = Counter()
                sqlalchemy.event.listen(
                    registry._engine, "before_cursor_execute", lambda *about, seen=seen: seen.update(["statement"])
                )
                counts[number] = self.measured(store, registry.erasures, lambda seen=seen: seen["statement"], number)
                assert registry.revision() == revision  # no service reads the definitions again for that
                if kind == "postgres":
                    with psycopg.connect(url) as connection:
                        connection.execute("drop schema public cascade")
                        connection.execute("create schema public")
        assert counts[10] == counts[self.MANY]
        assert counts[10]["erase one"] <= 5
        assert counts[10]["agree on none"] <= 3

    def test_of_a_store(self, place: Place, ledger: Erasures, known: Callable, tmp_path: Path) -> None:
        counts = {}
        for number in (10, self.MANY):
            with ExitStack() as stack:
                ledger = stack.enter_context(erasure_file(tmp_path / str(number)))
                place.store.add_erasures(known(number))
                agree(place.store, ledger)
                put(place.store, *EVERYBODY)
                statements = {"sqlite": sqlite_statements, "redis": redis_commands, "postgres": postgres_statements}
                count = statements[place.kind](place.store, stack)
                counts[number] = self.measured(place.store, ledger, count, number) | written(place.store, count)
        assert counts[10] == counts[self.MANY]
        # in Redis most are within one script, which looks whether a part was lost
        assert counts[10]["agree on none"] <= (12 if place.kind == "redis" else 6)


def written(store: PackedStore, statements: Callable[[], int]) -> dict[str, int]:
    before = statements()
    put(store, *EVERYBODY)
    return {"write a batch": statements() - before}


def sqlite_statements(store: SQLiteStore, stack: ExitStack) -> Callable[[], int]:
    seen: list[str] = []
    store._connection().set_trace_callback(seen.append)
    return lambda: len(seen)


def redis_commands(store: RedisStore, stack: ExitStack) -> Callable[[], int]:
    return lambda: store._client.info("stats")["total_commands_processed"]


def postgres_statements(store: PostgresStore, stack: ExitStack) -> Callable[[], int]:
    seen: list[object] = []
    patch = stack.enter_context(pytest.MonkeyPatch.context())
    before = psycopg.Connection.execute

    def execute(self: psycopg.Connection, query: object, *rest: object, **more: object) -> psycopg.Cursor:
        seen.append(query)
        return before(self, query, *rest, **more)

    patch.setattr(psycopg.Connection, "execute", execute)
    return lambda: len(seen)
