"""The two tutorials of the batch engine, and their notebooks, as people type them: our own words, with their names.

One speaks of views and entities and of `materialize`, as in earlier years, the other of attribute groups and `sync`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest
from tests.server.test_processes import COMMAND, Process, serving

from snowplow_signals import Signals, View
from snowplow_signals.registry import Registry
from snowplow_signals.stores import open_store
from snowplow_signals.sync.published import Published

DBT = Path(sys.executable).with_name("dbt")

EARLIER = """
from datetime import timedelta
from snowplow_signals import Attribute, BatchView, Criteria, Criterion, Event, domain_userid

SHOP = "com.snowplowanalytics.snowplow.ecommerce"
ACTION = "unstruct_event_com_snowplowanalytics_snowplow_ecommerce_snowplow_ecommerce_action_1:type"
added = Criteria(all=[Criterion(property=ACTION, operator="=", value="add_to_cart")])
carts = Attribute(
    name="carts_of_a_month",
    type="string_list",
    events=[Event(vendor=SHOP, name="snowplow_ecommerce_action", version="1-0-2")],
    aggregation="unique_list",
    property="contexts_com_snowplowanalytics_snowplow_ecommerce_product_1[0].name",
    criteria=added,
    period=timedelta(days=30),
    tags={"team": "growth"},
)
source = Attribute(
    name="first_source",
    type="string",
    events=[Event(vendor="com.snowplowanalytics.snowplow", name="page_view", version="1-0-0")],
    aggregation="first",
    property="mkt_source",
)
device = Attribute(
    name="last_device",
    type="string",
    events=[Event(vendor="com.snowplowanalytics.snowplow", name="page_view", version="1-0-0")],
    aggregation="last",
    property="contexts_nl_basjes_yauaa_context_1[0]:deviceClass",
)
view = BatchView(
    name="earlier_shop",
    version=1,
    entity=domain_userid,
    attributes=[carts, source, device],
    owner="user@company.com",
    tags={"team": "growth"},
)
tried = signals.test(view, app_ids=["website"])
tried_by_name = signals.test(view=view, entity_ids=["nobody"])
applied = signals.apply([view])
"""

LATER = """
from datetime import timedelta
from snowplow_signals import (
    AtomicProperty, Attribute, BatchAttributeGroup, Criteria, Criterion, EntityProperty, Event, EventProperty,
    domain_userid,
)

SHOP = "com.snowplowanalytics.snowplow.ecommerce"
page_view = Event(vendor="com.snowplowanalytics.snowplow", name="page_view", version="1-0-0")
action = Event(vendor=SHOP, name="snowplow_ecommerce_action", version="1-0-2")
kind = EventProperty(vendor=SHOP, name="snowplow_ecommerce_action", major_version=1, path="type")
added = Criteria(all=[Criterion.eq(kind, "add_to_cart")])
price = EntityProperty(vendor=SHOP, name="product", major_version=1, path="price")
attribute_group = BatchAttributeGroup(
    name="LaterShop",
    version=1,
    attribute_key=domain_userid,
    attributes=[
        Attribute(name="cartValue", type="float", events=[action], aggregation="sum", property=price, criteria=added),
        Attribute(name="views_of_a_month", type="int32", events=[page_view], aggregation="counter",
                  period=timedelta(days=30)),
        Attribute(name="first_source", type="string", events=[page_view], aggregation="first",
                  property=AtomicProperty(name="mkt_source")),
    ],
    owner="user@company.com",
)
tried = signals.test(attribute_group=attribute_group, app_ids=["website"], window=timedelta(days=10))
created = signals.unpublish([attribute_group])
"""

EXTERNAL = """
from snowplow_signals import BatchSource, ExternalBatchAttributeGroup, Field, domain_userid

table = BatchSource(
    name="interactions", database="events", schema="CRM", table="INTERACTIONS", timestamp_field="UPDATED_AT"
)
attribute_group = ExternalBatchAttributeGroup(
    name="interactions",
    version=1,
    attribute_key=domain_userid,
    fields=[Field(name="TOTAL_TRANSACTIONS", type="int32"), Field(name="TOTAL_REVENUE", type="int32")],
    batch_source=table,
    owner="user@company.com",
)
published = signals.publish([attribute_group])
"""


@dataclass
class Desk:
    """Where somebody follows a tutorial: a folder, a service, a key for it in the environment."""

    folder: Path
    service: Process
    key: dict[str, str]

    @property
    def signals(self) -> Signals:
        return Signals(api_url=self.service.url, **self.key)

    def notebook(self, cell: str, signals: Signals) -> dict[str, Any]:
        names: dict[str, Any] = {"signals": signals}
        exec(cell, names)
        return names

    def typed(self, *arguments: object, exit_code: int = 0, program: list[str] = COMMAND, where: str = ".") -> str:
        known = {"SNOWPLOW_API_URL": self.service.url, "SNOWPLOW_REPO_PATH": str(self.folder)}
        known |= {f"SNOWPLOW_{name.upper()}": value for name, value in self.key.items()}
        done = subprocess.run(
            [*map(str, program), *map(str, arguments)],
            cwd=self.folder / where,
            env={**os.environ, **known, "DBT_PROFILES_DIR": str(self.folder), "DO_NOT_TRACK": "1"},
            text=True,
            capture_output=True,
            timeout=300,
            check=False,
        )
        said = f"{done.stdout}\n{done.stderr}"
        assert done.returncode == exit_code, f"{arguments} left with {done.returncode}:\n{said}"
        return said

    def dbt(self, *arguments: str, project: str) -> str:
        return self.typed(*arguments, program=[str(DBT)], where=project)

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(self.folder / "events.duckdb") as connection:
            return connection.sql(sql).fetchall()

    def somebody(self, table: str, column: str) -> str:
        """An identifier that has a value."""
        found = self.query(f"select domain_userid from signals_derived.{table} where {column} is not null limit 1")
        return str(found[0][0])


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("repo")
    with serving(folder) as service, Registry.open(folder / "registry.sqlite") as registry:
        key, secret = registry.keys.create("company")
        desk = Desk(folder, service, {"api_key": secret, "api_key_id": key.key_id, "org_id": "company"})
        desk.typed("events", "generate", "--days", 3, "--users", 60, "--out", folder / "events.duckdb")
        # the profile of dbt, which these tutorials have one write oneself
        (folder / "profiles.yml").write_text(
            "snowplow_batch_engine:\n  target: dev\n  outputs:\n    dev:\n      type: duckdb\n"
            f"      path: {folder / 'events.duckdb'}\n      schema: signals\n"
        )
        yield desk


def fill_in(project: Path, **values: object) -> None:
    """What the tutorials have one change in the configuration of the table."""
    file = project / "configs" / "batch_source_config.json"
    content = json.loads(file.read_text())
    content.pop("schema")
    content |= {"database": "events", "wh_schema": "signals_derived", "tags": {}, "owner": "", **values}
    file.write_text(json.dumps(content))


@pytest.mark.long
def test_the_tutorial_of_views(desk: Desk) -> None:
    with desk.signals as signals:
        cell = desk.notebook(EARLIER, signals)
        view: View = cell["view"]
        assert [one.full_name for one in cell["applied"]] == ["earlier_shop_v1"]
        assert signals.get_view("earlier_shop").tags == {"team": "growth"}

        for command in ("test-connection", "test_connection"):
            assert "authentication  ok" in desk.typed(command, "--verbose")
        desk.typed("init", "--verbose", "--target-type", "duckdb", "--view-name", "earlier_shop", "--view-version", 1)
        key = [part for name, value in desk.key.items() for part in (f"--{name.replace('_', '-')}", value)]
        url = ("--api-url", desk.service.url, *key)
        desk.typed("generate", *url, "--repo-path", desk.folder, "--update", "--verbose")
        desk.typed("generate", "--project-name", "earlier_shop_1", "-v")
        desk.dbt("run", "--full-refresh", project="earlier_shop_1")
        fill_in(desk.folder / "earlier_shop_1", created_timestamp_column="valid_at_tstamp")
        said = desk.typed("materialize", "--view-name", "earlier_shop", "--view-version", 1, "--verbose")
        assert ", and published" in said

        somebody = desk.somebody("earlier_shop_1_attributes", "last_device")
        read = view.get_attributes(signals=signals, identifier=somebody)
        assert read.keys() == {"carts_of_a_month", "first_source", "last_device"}
        assert read["last_device"]
        assert (
            signals.get_view(name="earlier_shop", version=1).get_attributes(signals=signals, identifier=somebody)
            == read
        )
        rows = signals.get_online_attributes(source=view, identifiers=[somebody, "nobody"])
        assert rows[0] == {"domain_userid": somebody, **read}
        assert list(rows.to_dataframe()["domain_userid"]) == [somebody, "nobody"]


@pytest.mark.long
def test_the_tutorial_of_attribute_groups(desk: Desk) -> None:
    with desk.signals as signals:
        cell = desk.notebook(LATER, signals)
        group: View = cell["attribute_group"]
        assert [one.is_published for one in cell["created"]] == [False]
        assert list(cell["tried"].columns) == ["domain_userid", "cartValue", "views_of_a_month", "first_source"]

        said = desk.typed("init", "--target-type", "duckdb", "--verbose")
        assert f"{desk.folder / 'latershop_1'}: created" in said
        name = ("--attribute-group-name", "LaterShop", "--attribute-group-version", 1)
        assert "unchanged" in desk.typed("init", *name, "--target-type", "duckdb", "--verbose")
        assert "made for another warehouse" in desk.typed("generate", "--target-type", "snowflake", exit_code=2)
        desk.typed("generate", "--project-name", "LaterShop_1", "--target-type", "duckdb", "--verbose")
        desk.dbt("run", "--full-refresh", project="latershop_1")
        desk.dbt("run", project="latershop_1")
        desk.dbt("test", project="latershop_1")
        desk.dbt("snapshot", project="latershop_1")
        fill_in(desk.folder / "latershop_1")
        assert "made for another warehouse" in desk.typed("sync", *name, "--target-type", "bigquery", exit_code=2)
        desk.typed("sync", *name, "--target-type", "duckdb", "--verbose")
        assert signals.get_attribute_group("LaterShop").is_published
        source = signals.get_attribute_group("LaterShop", 1).batch_source
        assert source is not None
        assert (source.database, source.schema_, source.owner) == ("events", "signals_derived", None)

        somebody = desk.somebody("latershop_1_attributes", "first_source")
        read = group.get_attributes(signals=signals, identifier=somebody)
        ((value, views),) = desk.query(
            "select cartvalue, views_of_a_month from signals_derived.latershop_1_attributes"
            f" where domain_userid = '{somebody}'"
        )
        assert (read["cartValue"], read["views_of_a_month"]) == (value, views)
        assert read["first_source"]


def test_the_notebook_of_a_table_that_is_there(desk: Desk) -> None:
    desk.query("create schema if not exists crm")
    desk.query(
        "create table crm.interactions as select 'u1' as DOMAIN_USERID, 7 as TOTAL_TRANSACTIONS, 70 as TOTAL_REVENUE,"
        " timestamp '2025-01-01' as UPDATED_AT"
    )
    with desk.signals as signals:
        cell = desk.notebook(EXTERNAL, signals)
        assert len(cell["published"]) == 1
        with open_store(desk.folder / "profiles.sqlite") as store:
            Published(desk.folder).sync(cell["attribute_group"], store)
        read = cell["attribute_group"].get_attributes(signals=signals, identifier="u1")
        assert read == {"TOTAL_TRANSACTIONS": 7, "TOTAL_REVENUE": 70}
