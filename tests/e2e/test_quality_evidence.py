"""What goes wrong with events in practice, planted in generated ones: `quality` names the attribute at the next run.

Events are loaded and published day by day. Days on which nothing was planted flag nothing.
"""

import shutil
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest
from examples.ecommerce import action_type, device_class, ecommerce_action, marketing_source, page_view, product_price
from tests import harness
from tests.e2e import shop

from snowplow_signals import AtomicProperty, Attribute, Criteria, Criterion, View, user_entity
from snowplow_signals.deployment.deployed import opened
from snowplow_signals.events.synthetic.generate import generate_events
from snowplow_signals.inspect.quality import ViewQuality, project_quality
from snowplow_signals.run.runner import run_project

START = date(2025, 1, 1)
BACKFILL = 14
"""Days that were loaded before the project began."""
WEEK = timedelta(days=7)


def ecommerce(name: str, aggregation: str, type: str, action: str, **more: object) -> Attribute:
    criteria = Criteria(all=[Criterion.eq(action_type, action)])
    return Attribute(
        name=name, aggregation=aggregation, type=type, events=[ecommerce_action], criteria=criteria, **more
    )


VIEW = View(
    name="watched",
    entity=user_entity,
    owner="owner@example.com",
    offline=True,
    attributes=[
        Attribute(name="events", type="int64", aggregation="counter"),
        Attribute(name="page_views_7_days", type="int64", aggregation="counter", events=[page_view], period=WEEK),
        ecommerce("carts_7_days", "counter", "int64", "add_to_cart", period=WEEK),
        ecommerce("spent", "sum", "double", "transaction", property=product_price),
        Attribute(
            name="usual_price",
            type="double",
            aggregation="mean",
            property=product_price,
            events=[ecommerce_action],
            period=timedelta(days=30),
        ),
        Attribute(name="first_source", type="string", aggregation="first", property=marketing_source),
        Attribute(name="last_device", type="string", aggregation="last", property=device_class),
        Attribute(name="country", type="string", aggregation="last", property=AtomicProperty(name="geo_country")),
        Attribute(
            name="countries", type="string_list", aggregation="unique_list", property=AtomicProperty(name="geo_country")
        ),
        Attribute(name="since_last", type="double", aggregation="time_since_last", time_unit="d"),
    ],
)

NEW_ID = "cast(uuid() as varchar) as event_id"
PLANTED: dict[str, tuple[str, ...]] = {
    "a property is dead": ("update loaded set contexts_nl_basjes_yauaa_context_1 = null",),
    "a wave of bots": (
        f"""insert into loaded
            select one.* replace ({NEW_ID}, 'bot ' || range % 40 as domain_userid)
            from (
                select * from loaded
                where event_name = 'page_view' and cast(derived_tstamp as date) = cast(load_tstamp as date)
                limit 1
            ) as one, range(40 * (select count(distinct domain_userid) // 3 from loaded))""",
    ),
    "a day is loaded twice": ("insert into loaded select * from loaded",),
    "a day is loaded twice, with new ids": (f"insert into loaded select * replace ({NEW_ID}) from loaded",),
    "a value is renamed": ("update loaded set geo_country = 'UK' where geo_country = 'GB'",),
}


class Watched:
    """A workspace that is loaded and published day by day."""

    def __init__(self, root: Path, events: Path) -> None:
        self.root, self.events = root, events

    @property
    def folder(self) -> Path:
        return self.root / VIEW.project_name

    def load(self, first: date, last: date, planted: tuple[str, ...] = ()) -> None:
        """The rows that were loaded on these days, after what is planted in them."""
        with duckdb.connect(str(self.root / harness.DATABASE)) as connection:
            connection.execute(f"attach '{self.events}' as generated (read_only)")
            connection.execute(
                "create temporary table loaded as select * from generated.atomic.events "
                f"where load_tstamp >= '{first}' and load_tstamp < '{last + timedelta(days=1)}'"
            )
            for statement in planted:
                connection.execute(statement)
            connection.execute("create schema if not exists atomic")
            connection.execute("create table if not exists atomic.events as select * from loaded where false")
            connection.execute("insert into atomic.events select * from loaded")

    def publish(self, as_of: date) -> ViewQuality:
        run_project(self.folder, profiles_dir=self.root, as_of=as_of)
        with opened(self.folder, VIEW, "duckdb", self.root) as deployed:
            return project_quality(deployed)[0]

    def next_day(self, day: date, planted: tuple[str, ...] = ()) -> ViewQuality:
        self.load(day, day, planted)
        return self.publish(day + timedelta(days=1))

    def copy(self, root: Path) -> "Watched":
        shutil.copytree(self.root, root)
        profiles = root / "profiles.yml"
        profiles.write_text(profiles.read_text().replace(str(self.root), str(root)))
        return Watched(root, self.events)


def watched(root: Path, seed: int, users: int, days: int) -> Iterator[tuple[Watched, date]]:
    """The workspace, and the day that comes next; after it was published on `days` clean days, which flag nothing."""
    events = root / "generated.duckdb"
    generate_events(events, seed=seed, users=users, start=START, days=BACKFILL + days + 1)
    folder = root / "watched"
    folder.mkdir()
    harness.WAREHOUSES["duckdb"].make(folder)
    made = Watched(folder, events)
    shop.Shop(folder).write(VIEW)
    made.load(START, START + timedelta(days=BACKFILL - 1))
    day = START + timedelta(days=BACKFILL)
    assert made.publish(day).is_current
    for number in range(days):
        found = made.next_day(day + timedelta(days=number))
        assert found.flags == (), f"clean day {day + timedelta(days=number)}"
    yield made, day + timedelta(days=days)


def named(found: ViewQuality) -> set[str | None]:
    return {attribute for attribute, _ in found.flags}


def check_planted(made: Watched, day: date) -> None:
    found = {what: made.copy(made.root.parent / what).next_day(day, planted) for what, planted in PLANTED.items()}
    assert named(found["a property is dead"]) == {"last_device"}
    renamed = named(found["a value is renamed"])
    assert "country" in renamed
    assert renamed <= {"country", "countries"}  # both are made of that property
    assert "page_views_7_days" in named(found["a wave of bots"])  # which is what they send
    assert {"events", "page_views_7_days"} <= named(found["a day is loaded twice, with new ids"])
    ((attribute, finding),) = found["a day is loaded twice"].flags
    assert attribute is None
    assert "duplicate" in finding.text
    assert not any(view.failures for view in found.values())


def test_what_is_planted_is_named(tmp_path: Path) -> None:
    for made, day in watched(tmp_path, seed=1, users=1500, days=8):
        check_planted(made, day)


@pytest.mark.long
@pytest.mark.parametrize("seed", [2, 3, 4])
def test_sixty_days(tmp_path: Path, seed: int) -> None:
    for made, day in watched(tmp_path, seed=seed, users=3000, days=60):
        check_planted(made, day)
