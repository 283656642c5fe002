"""Generated events: what a seed promises, the rates asked for, and that the scenario in them holds together."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from snowplow_signals.errors import UsageError
from snowplow_signals.events.loading import schema
from snowplow_signals.events.synthetic.generate import generate_events

START = date(2025, 3, 1)
_DAY = "least(coalesce(derived_tstamp, collector_tstamp), load_tstamp)::DATE"
_ACTION = f"{schema.ECOMMERCE_ACTION}.type"


def _ask(path: Path, query: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.execute(query).fetchall()


def _rows(path: Path) -> list[tuple[Any, ...]]:
    """Every row as text, in the table's own order."""
    return _ask(path, "SELECT md5(events::VARCHAR) FROM atomic.events")


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("many") / "events.duckdb"
    generate_events(path, days=30, users=600, start=START, late=0.03, duplicates=0.01, incomplete=0.005, bots=0.05)
    return path


def test_a_seed_is_a_scenario(tmp_path: Path) -> None:
    made = {}
    for name, options in {"one": {"threads": 1}, "two": {"threads": 2}, "other": {"seed": 8}}.items():
        path = tmp_path / f"{name}.duckdb"
        result = generate_events(path, **{"days": 3, "users": 60, "start": START, **options})
        made[name] = _rows(path)
        assert result.rows == len(made[name]) > 0
    assert made["one"] == made["two"]
    assert not set(made["one"]) & set(made["other"])


def test_appended_days_are_those_of_one_longer_run(tmp_path: Path) -> None:
    whole, parts = tmp_path / "whole.duckdb", tmp_path / "parts.duckdb"
    rates = {"users": 60, "late": 0.1, "duplicates": 0.05, "incomplete": 0.01}
    generate_events(whole, days=9, start=START, **rates)
    generate_events(parts, days=5, start=START, **rates)
    generate_events(parts, days=1, append=True, **rates)
    result = generate_events(parts, days=3, start=START + timedelta(days=6), append=True, **rates)
    assert result.first_load == START + timedelta(days=6)
    assert _rows(parts) == _rows(whole)
    late = _ask(
        parts, f"SELECT count(*) FROM atomic.events WHERE load_tstamp >= '2025-03-06' AND {_DAY} < '2025-03-05'"
    )
    assert late[0][0] > 0


def test_a_folder_has_a_file_per_load_date(tmp_path: Path) -> None:
    folder, table = tmp_path / "lake", tmp_path / "same.duckdb"
    generate_events(table, days=4, users=60, start=START)
    generate_events(folder, days=3, users=60, start=START)
    generate_events(folder, days=1, users=60, append=True)
    files = sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
    assert files == [f"load_date=2025-03-0{day}/part-0.parquet" for day in (1, 2, 3, 4)]
    query = f"SELECT md5(e::VARCHAR) FROM read_parquet('{folder}/*/*.parquet', hive_partitioning = false) AS e"
    assert duckdb.sql(query).fetchall() == _rows(table)
    query = f"SELECT DISTINCT load_tstamp::DATE FROM read_parquet('{folder}/load_date=2025-03-02/part-0.parquet')"
    assert duckdb.sql(query).fetchall() == [(date(2025, 3, 2),)]


@pytest.mark.parametrize(
    ("days", "events", "users"),
    [(60, 1_000, 2000), (60, 10, 5), (1, 1, 1), pytest.param(7, 20_000, 2000, marks=pytest.mark.slow)],
)
def test_exactly_as_many_events_as_asked(tmp_path: Path, days: int, events: int, users: int) -> None:
    made = [tmp_path / "one.duckdb", tmp_path / "two.duckdb"]
    for path in made:
        assert generate_events(path, days=days, events=events, users=users, start=START).rows == events
    assert _rows(made[0]) == _rows(made[1])
    assert len(_rows(made[0])) == events


def test_ends_yesterday_by_default(tmp_path: Path) -> None:
    result = generate_events(tmp_path / "e.duckdb", days=2, users=5)
    assert result.first_load == datetime.now(UTC).date() - timedelta(days=2)


def test_what_makes_no_sense_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "e.duckdb"
    for options in (
        {"days": 0},
        {"users": 0},
        {"events": 0},
        {"late": 1.5},
        {"bots": -0.1},
        {"days": 36_501},
        {"start": date.min},
        {"start": date.max},
    ):
        with pytest.raises(UsageError):
            generate_events(path, **options)
        assert not path.exists()
    generate_events(path, days=2, users=20, start=START)
    before = _rows(path)
    with pytest.raises(UsageError, match="--append"):
        generate_events(path, days=2, users=20)
    with pytest.raises(UsageError, match="must be later"):
        generate_events(path, days=2, users=20, start=START, append=True)
    text = tmp_path / "notes.db"
    text.write_text("no database, and long enough to be taken for one " * 100)
    with pytest.raises(UsageError, match="cannot be opened"):
        generate_events(text)
    with pytest.raises(UsageError, match="is a file"):
        generate_events(text.rename(tmp_path / "notes"))
    assert _rows(path) == before


def test_an_interrupted_run_leaves_nothing(tmp_path: Path) -> None:
    def interrupt(step: str, _done: int, _total: int) -> None:
        if step == "events":
            raise KeyboardInterrupt

    for out in (tmp_path / "e.duckdb", tmp_path / "lake"):
        with pytest.raises(KeyboardInterrupt):
            generate_events(out, days=1, users=5, start=START, progress=interrupt)
        assert not out.exists()


def test_rates(many: Path) -> None:
    ((rows, incomplete, repeated, late, robots, before),) = _ask(
        many,
        f"""SELECT count(*),
            avg((event_id IS NULL OR coalesce(derived_tstamp, collector_tstamp) IS NULL)::INT),
            1 - count(DISTINCT event_id) / count(event_id),
            avg((load_tstamp > derived_tstamp + INTERVAL 10 MINUTE)::INT),
            (SELECT count(DISTINCT network_userid) FILTER (WHERE {schema.SPIDERS}[1].spider_or_robot)
                / count(DISTINCT network_userid) FROM atomic.events),
            count(*) FILTER (WHERE {_DAY} < DATE '{START}')
        FROM atomic.events WHERE event_id IS DISTINCT FROM ''""",
    )
    assert rows > 20_000
    # Empty ids are left out above: they are a quarter of the incomplete rows.
    assert incomplete == pytest.approx(0.005 * 3 / 4, rel=0.4)
    assert repeated == pytest.approx(0.01, rel=0.3)
    assert late == pytest.approx(0.03, rel=0.3)
    # Robots come more often than most people do, some of whom are not seen at all.
    assert 0.03 < robots < 0.12
    assert before == 0


def test_repeated_rows_are_of_every_kind(many: Path) -> None:
    kinds = _ask(
        many,
        """SELECT count(DISTINCT collector_tstamp) > 1 AS sent_twice, count(DISTINCT load_tstamp) > 1 AS loaded_twice,
            count(DISTINCT load_tstamp::DATE) > 1 AS on_two_days, count(*)
        FROM atomic.events WHERE event_id <> '' GROUP BY event_id HAVING count(*) > 1""",
    )
    assert {kind[:3] for kind in kinds} >= {(False, False, False), (False, True, False), (False, True, True)}
    assert any(kind[0] for kind in kinds)


def test_loads_are_batches_shortly_after_the_collector(many: Path) -> None:
    ((batches, rows, least, usual),) = _ask(
        many,
        """SELECT count(DISTINCT load_tstamp), count(*), min(load_tstamp - collector_tstamp),
            quantile_cont(epoch(load_tstamp - etl_tstamp), 0.9) FROM atomic.events""",
    )
    assert batches < rows / 2
    assert timedelta(0) < least
    assert usual < 600


def test_every_kind_of_event_is_there(many: Path) -> None:
    kinds = dict(
        _ask(many, f"SELECT coalesce({_ACTION}, event_name) AS kind, count(*) FROM atomic.events GROUP BY kind")
    )
    assert set(kinds) == {
        *("page_view", "page_ping", "link_click", "consent_preferences", "play_event", "pause_event", "end_event"),
        *("product_view", "add_to_cart", "remove_from_cart", "checkout_step", "transaction"),
    }
    assert kinds["page_view"] > kinds["product_view"] > kinds["add_to_cart"] > kinds["transaction"]


def test_scroll_depth_grows_within_a_page_view(many: Path) -> None:
    pings, shrinking = _ask(
        many,
        f"""SELECT count(*), count(*) FILTER (WHERE pp_yoffset_max < before OR pp_yoffset_min > pp_yoffset_max)
        FROM (SELECT *, lag(pp_yoffset_max) OVER (PARTITION BY {schema.WEB_PAGE}[1].id ORDER BY dvce_created_tstamp)
            AS before FROM atomic.events WHERE event_name = 'page_ping')""",
    )[0]
    assert pings > 1000
    assert shrinking == 0


def test_money_adds_up(many: Path) -> None:
    products = f"[x.price * x.quantity for x in {schema.PRODUCT}]"
    orders, with_several, wrong = _ask(
        many,
        f"""SELECT count(*), count(*) FILTER (WHERE len({schema.PRODUCT}) > 1),
            count(*) FILTER (WHERE abs(list_sum({products}) - {schema.TRANSACTION}[1].revenue) > 0.001)
        FROM atomic.events WHERE {_ACTION} = 'transaction'""",
    )[0]
    assert orders > with_several > 0
    assert wrong == 0
    # One price per product and week, and a cart never worth less than what was just put into it.
    assert _ask(
        many,
        f"""SELECT count(*) FROM (SELECT 1 FROM (SELECT unnest({schema.PRODUCT}) AS p, {_DAY} AS day FROM atomic.events)
        GROUP BY p.id HAVING count(DISTINCT p.price) > 2)""",
    ) == [(0,)]
    assert _ask(
        many,
        f"""SELECT count(*) FROM atomic.events WHERE {_ACTION} = 'add_to_cart'
        AND {schema.CART}[1].total_value < {schema.PRODUCT}[1].price * {schema.PRODUCT}[1].quantity - 0.001""",
    ) == [(0,)]


def test_sessions_are_counted_per_cookie(many: Path) -> None:
    ((sessions, wrong),) = _ask(
        many,
        """SELECT count(*), count(*) FILTER (WHERE domain_sessionidx <> before + 1) FROM (
            SELECT *, lag(domain_sessionidx) OVER (PARTITION BY domain_userid ORDER BY first) AS before FROM (
                SELECT domain_userid, domain_sessionid, any_value(domain_sessionidx) AS domain_sessionidx,
                    min(derived_tstamp) AS first
                FROM atomic.events WHERE domain_userid IS NOT NULL GROUP BY ALL
                HAVING count(DISTINCT domain_sessionidx) = 1 AND min(page_urlpath) IS NOT NULL))""",
    )
    assert sessions > 1000
    # Sessions whose only event is late or lost leave a gap.
    assert wrong <= sessions * 0.02


def test_people_come_back_log_in_and_some_keep_no_cookie(many: Path) -> None:
    ((returning, known, anonymous, busiest, median),) = _ask(
        many,
        """SELECT avg((days > 1)::INT), avg((user_id IS NOT NULL)::INT), avg((domain_userid IS NULL)::INT), max(n),
            median(n)
        FROM (SELECT network_userid, any_value(domain_userid) AS domain_userid, max(user_id) AS user_id, count(*) AS n,
            count(DISTINCT derived_tstamp::DATE) AS days FROM atomic.events GROUP BY ALL)""",
    )
    assert returning > 0.3
    assert 0.1 < known < 0.6
    assert anonymous < 0.05
    assert busiest > 5 * median


def test_most_columns_are_there_and_many_filled(many: Path) -> None:
    filled = _ask(many, "SELECT count(COLUMNS(*)) FROM atomic.events")[0]
    assert len(filled) == len(schema.COLUMN_TYPES) > 140
    assert sum(count > 0 for count in filled) > 80
