"""A project as dbt's own users use it: several targets in one database, and dbt's commands as they are typed."""

import json
import os
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import yaml
from tests import harness, reference, warehouses
from tests.e2e import shop
from tests.events_table import EVENTS_COLUMNS
from tests.warehouses import WAREHOUSES

from snowplow_signals import View
from snowplow_signals.deployment.deployed import opened
from snowplow_signals.run.runner import RunResult, run_project

QUIET = ("--quiet", "--log-level", "none", "--log-level-file", "none", "--no-use-colors", "--no-print")
PROJECT = shop.VIEW.project_name
ALL_DAYS = {"snowplow__as_of_date": shop.AS_OF.isoformat(), "snowplow__backfill_limit_days": 1000}
Stored = dict[str, harness.Table]


@dataclass(frozen=True)
class Place:
    """A workspace with the targets `dev`, `ci` and `prod`, whose schemas are called after them."""

    root: Path
    view: View = shop.VIEW

    @property
    def kind(self) -> str:
        return harness.warehouse_of(self.root).name

    @property
    def folder(self) -> Path:
        return self.root / self.view.project_name

    def load(self, *rows: Mapping[str, Any]) -> None:
        harness.write_events(self.root, rows, WAREHOUSES[self.kind].columns(EVENTS_COLUMNS))

    def dbt(
        self,
        command: str,
        *arguments: str,
        project: Path | None = None,
        succeeds: bool = True,
        manifest: Any = None,
    ) -> str:
        """What dbt said, of a command that succeeds or does not. With the `manifest` of a project it is not parsed."""
        os.environ |= {"DBT_SEND_ANONYMOUS_USAGE_STATS": "false", "DO_NOT_TRACK": "1"}
        from dbt.cli.main import dbtRunner

        said: list[str] = []
        runner = dbtRunner(
            manifest=manifest,
            callbacks=[lambda event: said.append(event.info.msg) if event.info.level != "debug" else None],
        )
        where = ["--project-dir", str(project or self.folder), "--profiles-dir", str(self.root)]
        named = [] if command in ("deps", "clone") else ["--vars", json.dumps(ALL_DAYS)]
        result = runner.invoke([*command.split(), *where, *named, *arguments, *QUIET])
        words = "\n".join([*said, str(result.exception or "")])
        assert result.success is succeeds, words
        return words

    def parsed(self) -> Any:
        """The project, for commands that need not parse it each for itself."""
        from dbt.cli.main import dbtRunner

        where = ["--project-dir", str(self.folder), "--profiles-dir", str(self.root), "--vars", json.dumps(ALL_DAYS)]
        return dbtRunner().invoke(["parse", *where, *QUIET]).result

    def keep_state(self) -> str:
        """What dbt wrote down of the last command, kept as the state to compare with or to defer to."""
        state = self.root / "state"
        state.mkdir(exist_ok=True)
        shutil.copy(self.folder / "target" / "manifest.json", state / "manifest.json")
        return str(state)

    def models(self) -> list[str]:
        """The project's models, each after those that it reads."""
        self.dbt("parse")
        found = json.loads((self.folder / "target" / "manifest.json").read_text())["nodes"]
        nodes = {key: node["depends_on"]["nodes"] for key, node in found.items() if node["resource_type"] == "model"}
        return [key.split(".")[-1] for key in TopologicalSorter(nodes).static_order() if key in nodes]

    def run(self, target: str, **options: Any) -> RunResult:
        return run_project(self.folder, profiles_dir=self.root, target=target, **{"as_of": shop.AS_OF, **options})

    def opened(self, target: str) -> Any:
        return opened(self.folder, self.view, self.kind, self.root, target=target)

    def stored(self, target: str) -> Stored:
        """All that a target holds, table by table, in one order."""
        with warehouses.connected(self.root) as (warehouse, connection):
            names = [f"{schema}.{table}" for schema, table in warehouse.tables(connection) if schema.startswith(target)]
            found = {name: warehouse.query(connection, f"select * from {name}") for name in names}
        return {name: sorted(rows, key=repr) for name, rows in found.items()}

    def execute(self, sql: str) -> None:
        with warehouses.connected(self.root) as (warehouse, connection):
            warehouse.execute(connection, sql)

    def wrong(self, attributes: str) -> list[str]:
        """How a table of attributes differs from what the interpreter says of all events."""
        found = {row["domain_userid"]: row for row in harness.read_table(self.root, attributes)}
        expected = reference.compute(self.view, harness.read_table(self.root, "atomic.events"), as_of=shop.AS_OF)
        read = WAREHOUSES[self.kind].value
        values = {
            one: {item.name: read(row[item.column], item.type) for item in harness.columns_of(self.view)}
            for one, row in found.items()
        }
        return harness.differences(self.view, values, expected)


def make(root: Path, kind: str, rows: Iterable[Mapping[str, Any]], view: View = shop.VIEW) -> Place:
    """A place with events and the generated project."""
    harness.make_workspace(root, rows, WAREHOUSES[kind].columns(EVENTS_COLUMNS), kind)
    file = root / "profiles.yml"
    profiles = yaml.safe_load(file.read_text())
    output = profiles["snowplow_batch_engine"]["outputs"]["dev"]
    profiles["snowplow_batch_engine"]["outputs"] = {
        target: {**output, "schema": target} for target in ("dev", "ci", "prod")
    }
    file.write_text(yaml.safe_dump(profiles))
    harness.write_project(root / view.project_name, view, kind)
    return Place(root, view)
