"""A small project with a handful of events, for tests of whole runs and syncs."""

import json
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from tests import harness

from snowplow_signals import AtomicProperty, Attribute, View, user_entity
from snowplow_signals.run.runner import RunResult, run_project
from snowplow_signals.stores import Store
from snowplow_signals.sync import SyncResult, sync_project
from snowplow_signals.workspace.projects import Project, batch_source

DAY = datetime(2025, 3, 1)
AS_OF = date(2025, 3, 10)
LABEL = AtomicProperty(name="se_label")
VALUE = AtomicProperty(name="se_value")

VIEW = View(
    name="shop",
    version=1,
    entity=user_entity,
    offline=True,
    owner="owner@example.com",
    attributes=[
        Attribute(name="events", type="int64", aggregation="counter"),
        Attribute(name="events_7_days", type="int64", aggregation="counter", period=timedelta(days=7)),
        Attribute(name="spent", type="double", aggregation="sum", property=VALUE),
        Attribute(name="labels", type="string_list", aggregation="unique_list", property=LABEL),
        Attribute(name="last_label", type="string", aggregation="last", property=LABEL),
        Attribute(name="hours_since_last", type="double", aggregation="time_since_last", time_unit="h"),
    ],
)


def event(number: int, user: str | None, day: int, *, loaded: int | None = None, **more: Any) -> dict[str, Any]:
    """Event `number` of `user`, which happened at noon of day `day` of the story and was loaded an hour later, or on
    day `loaded`."""
    at = DAY + timedelta(days=day, hours=12, minutes=number % 60)
    load = at + timedelta(hours=1) if loaded is None else DAY + timedelta(days=loaded, hours=13)
    row = {
        "event_id": f"event-{number}",
        "load_tstamp": load,
        "derived_tstamp": at,
        "collector_tstamp": at,
        "event_vendor": "com.acme",
        "event_name": "click",
        "event_version": "1-0-0",
        "app_id": "web",
        "domain_userid": user,
        "se_label": f"label-{number}",
        "se_value": 1.5,
    }
    return {name: value for name, value in (row | more).items() if value is not None}


@dataclass(frozen=True)
class Shop:
    """A workspace with the project of one view in it."""

    root: Path
    view: View = VIEW

    @property
    def folder(self) -> Path:
        return self.root / self.view.project_name

    @property
    def database(self) -> Path:
        return self.root / harness.DATABASE

    def write(self, view: View) -> "Shop":
        """The workspace with `view` declared and generated in it."""
        shutil.rmtree(self.root / view.project_name / "models", ignore_errors=True)
        harness.write_project(self.root / view.project_name, view)
        configs = self.root / view.project_name / "configs"
        configs.mkdir(exist_ok=True)
        project = Project(self.root / view.project_name, view, "duckdb")
        (configs / "base_config.json").write_text(project.base_config)
        source = batch_source(view, self.database.stem, "signals")
        (configs / "batch_source_config.json").write_text(json.dumps(source.to_json()))
        return Shop(self.root, view)

    def copy(self, root: Path) -> "Shop":
        """Another workspace with the same events, tables and project."""
        shutil.copytree(self.root, root)
        profiles = root / "profiles.yml"
        profiles.write_text(profiles.read_text().replace(str(self.root), str(root)))
        return Shop(root, self.view)

    def load(self, *rows: Mapping[str, Any]) -> None:
        """More events in the events table."""
        harness.write_events(self.database, rows)

    def run(self, **options: Any) -> RunResult:
        return run_project(self.folder, profiles_dir=self.root, **{"as_of": AS_OF, **options})

    def sync(self, store: Store, **options: Any) -> SyncResult:
        return sync_project(self.folder, profiles_dir=self.root, store=store, **options)

    def table(self, name: str, schema: str = harness.DERIVED) -> harness.Table:
        return harness.read_table(self.database, f"{schema}.{self.view.project_name}_{name}")

    def attributes(self) -> dict[str, dict[str, Any]]:
        """User -> column -> value, `updated_at` among them."""
        return {row.pop("domain_userid"): row for row in self.table("attributes")}


def make(root: Path, rows: Iterable[Mapping[str, Any]], view: View = VIEW) -> Shop:
    harness.make_workspace(root, rows)
    return Shop(root).write(view)
