"""Hypothesis strategies of random views, events and settings of a run.

Views and events come from one drawn seed each: drawing thousands of values singly is slow, and gives mostly the
simplest ones. Tests that want the smallest failing case cut it down by themselves.
"""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random
from typing import Any

from hypothesis import strategies as st
from tests.events_table import EVENTS_COLUMNS, JSON_COLUMNS, ZONED_COLUMNS, as_tracked
from tests.random_events import FIRST_DAY, rows_of_seed
from tests.random_views import ENTITIES, view_of_seed
from tests.warehouses import Warehouse

from snowplow_signals import Entity, View

_seeds = st.integers(0, 2**64)
entities: st.SearchStrategy[Entity] = st.sampled_from((*ENTITIES[:1] * 8, *ENTITIES))


def views(entity: Entity, name: str = "v", max_attributes: int = 8) -> st.SearchStrategy[View]:
    return st.builds(view_of_seed, _seeds, st.just(entity), st.just(name), st.just(max_attributes))


def event_rows(entity: Entity, size: int | None = None) -> st.SearchStrategy[list]:
    """Rows of events; as many as chance wants when no size is given."""
    return st.builds(rows_of_seed, _seeds, st.just(entity), st.just(size))


# --- how a run is set


@dataclass(frozen=True)
class Settings:
    as_of: date
    start_date: date
    app_ids: tuple[str, ...]
    include_current_day: bool

    def for_reference(self) -> dict[str, Any]:
        return vars(self)

    def for_dbt(self) -> dict[str, Any]:
        return {
            "snowplow__as_of_date": self.as_of.isoformat(),
            "snowplow__start_date": self.start_date.isoformat(),
            "snowplow__app_id": list(self.app_ids),
            "snowplow__include_current_day_in_windows": self.include_current_day,
            "snowplow__backfill_limit_days": 36_500,  # everything in one run
        }


def settings_of_seed(seed: int) -> Settings:
    random = Random(seed)
    return Settings(
        as_of=FIRST_DAY + timedelta(days=random.choice((7, 8, 8, 9, 10, 12, 3, 40))),
        start_date=random.choice((date(2025, 1, 1),) * 3 + (FIRST_DAY + timedelta(days=4),)),
        app_ids=random.choice(((), (), ("web",), ("app's", "web"))),
        include_current_day=random.random() < 0.5,
    )


settings = st.builds(settings_of_seed, _seeds)
SETTINGS = Settings(FIRST_DAY + timedelta(days=8), date(2025, 1, 1), (), False)


@dataclass(frozen=True)
class Example:
    """Several views over the same events, in the same settings."""

    views: list[View]
    rows: list[dict[str, Any]]
    settings: Settings
    columns: dict[str, str]

    def for_warehouse(self, warehouse: Warehouse) -> "Example":
        """The same, with columns of types that the warehouse has."""
        columns = warehouse.columns(self.columns)
        rows = self.rows if columns is self.columns else [as_tracked(row) for row in self.rows]
        return replace(self, rows=rows, columns=columns)


def example_of_seed(seed: int, number_of_views: int = 3, max_attributes: int = 32) -> Example:
    random = Random(seed)
    entity = random.choice((*ENTITIES[:1] * 8, *ENTITIES))
    rows = rows_of_seed(random.getrandbits(64), entity)
    columns = random.choice((EVENTS_COLUMNS, EVENTS_COLUMNS, ZONED_COLUMNS, JSON_COLUMNS))
    return Example(
        [view_of_seed(random.getrandbits(64), entity, f"v{n}", max_attributes) for n in range(number_of_views)],
        [as_tracked(row) for row in rows] if columns is JSON_COLUMNS else rows,
        settings_of_seed(random.getrandbits(64)),
        columns,
    )


examples = st.builds(example_of_seed, _seeds)
