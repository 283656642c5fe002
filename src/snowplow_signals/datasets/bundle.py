"""A training set from the events table alone, as three statements: anchors, attributes, and both together.

It needs no project and no run: views may never have been published. Values are those of `exact`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from snowplow_signals.datasets.anchors import Anchors, of_sessions, of_table
from snowplow_signals.datasets.dataset import Dataset
from snowplow_signals.datasets.query import TSTAMP, DatasetQuery
from snowplow_signals.datasets.scratch import Scratch, quoted
from snowplow_signals.datasets.sessions import LABEL
from snowplow_signals.datasets.source_events import SourceEvents
from snowplow_signals.definitions import SessionAnchors, View
from snowplow_signals.deployment.deployed import Deployed
from snowplow_signals.deployment.unrun import opened_without_project
from snowplow_signals.errors import UsageError
from snowplow_signals.plan import Plan, plan_view
from snowplow_signals.project.models.layout import block, comma_lines, fill, without_jinja
from snowplow_signals.warehouse.connection import Warehouse

ANCHORS, DATASET = "signals_anchors", "signals_dataset"
"""Tables whose names nobody said."""


@dataclass(frozen=True)
class Place:
    """A table; where `database` or `schema` is None, the profile's target says."""

    table: str
    database: str | None = None
    schema: str | None = None


@dataclass(frozen=True)
class BundleRequest:
    """What is wanted. `views` are of one entity, as JSON; `sessions` as JSON, or `source`, a table of anchors."""

    folder: str
    target: str | None
    views: list[dict[str, Any]]
    sessions: dict[str, Any] | None
    source: Place | None
    has_label: bool
    anchors: Place | None
    attributes: Place
    dataset: Place
    lookback_days: int | None

    def as_data(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_data(cls, data: dict[str, Any]) -> BundleRequest:
        places = {
            name: None if data[name] is None else Place(**data[name])
            for name in ("source", "anchors", "attributes", "dataset")
        }
        return cls(**{**data, **places})


@dataclass(frozen=True)
class Written:
    """A table, and the statement that creates it; None where it is there already."""

    place: Place
    sql: str | None

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self.place), "sql": self.sql}


@dataclass(frozen=True)
class Bundle:
    """A request, where its events are."""

    request: BundleRequest
    deployed: Sequence[Deployed]
    warehouse: Warehouse

    @classmethod
    @contextmanager
    def opened(cls, request: BundleRequest) -> Iterator[Bundle]:
        """Raises UsageError without a profile, DefinitionError, BusyError, RunError; its methods raise UsageError for
        views of several entities too, and SourceError without an events table."""
        views = [View.from_json(view) for view in request.views]
        folder = Path(request.folder)
        with opened_without_project(views, folder, _plan, target=request.target) as deployed:
            warehouse = deployed[0].warehouse
            assert isinstance(warehouse, Warehouse)
            yield cls(request, deployed, warehouse)

    def statements(self) -> tuple[Written, Written, Written]:
        """Those of the anchors, the attributes and the training set, to be run in this order."""
        request, anchors = self.request, self._anchors()
        at = request.source or request.anchors or Place(ANCHORS)
        create = self._dialect.create_table
        made = None if request.source else create(self._name(at), self._sql(anchors))
        given = replace(anchors, query=f"select *\nfrom {self._name(at)}") if request.source is None else anchors
        attributes = create(self._name(request.attributes), self._attributes(given))
        dataset = create(self._name(request.dataset), self._joined(given, self._name(request.attributes)))
        return Written(at, made), Written(request.attributes, attributes), Written(request.dataset, dataset)

    def run(self) -> Place:
        """Create the table of the training set; those of the anchors and attributes are dropped, but for the one of
        anchors if the request names it. Returns where it is. Raises UsageError where there is a table of that name."""
        request, dataset = self.request, self._dataset
        place = self._resolved(request.dataset)
        name = self._name(request.dataset)
        if self.warehouse.exists(name):
            raise UsageError(f"there is a table {place.schema}.{place.table} already; choose another name")
        self._create_schema(request.dataset)
        anchors = self._anchors()
        scratch_of = replace(self.deployed[0], scratch=(place.database, place.schema or self.warehouse.schema))
        with Scratch.opened(scratch_of) as scratch:
            if request.source is None and request.anchors is not None:
                self._create_schema(request.anchors)
                given = self._name(request.anchors)
                self.warehouse.execute(self._dialect.create_table(given, self._sql(anchors)))
            else:
                given = scratch.create("anchors", self._sql(anchors))
            dataset.require_usable(given, anchors.where)
            there = replace(anchors, query=f"select *\nfrom {given}")
            attributes = scratch.create("attributes", self._attributes(there))
            self.warehouse.execute(self._dialect.create_table(name, self._joined(there, attributes)))
        return place

    def preview(self, rows: int, offset: int) -> tuple[list[str], list[list[Any]]]:
        """The columns and some rows of the training set, by identifier and time."""
        name = self._name(self.request.dataset)
        dataset = self._over(self.deployed)  # of which only the names are asked: the events need not be looked at
        columns = self.warehouse.columns(name)
        attributes = set(map(str.lower, dataset.columns_of_tables))
        # who and when decide the attributes, so that rows which are equal in all else are the same
        others = [quoted(column, self._dialect) for column in columns if column.lower() not in attributes]
        order = ", ".join(dict.fromkeys([dataset.column_of_identifier, TSTAMP, *others]))
        query = without_jinja(f"select *\nfrom {name}\norder by {order}\nlimit {rows} offset {offset}")
        ours = attributes | {dataset.column_of_identifier, TSTAMP, LABEL}  # Snowflake shows them in capitals
        names = [column.lower() if column.lower() in ours else column for column in columns]
        return names, [list(row) for row in self.warehouse.rows(query)]

    @property
    def _dialect(self) -> Any:
        return self.deployed[0].dialect

    @cached_property
    def _dataset(self) -> Dataset:
        """Over the events of each view as a run would have stored them."""
        return self._over([replace(one, tables={"filtered_events": _stored(one)}) for one in self.deployed])

    def _over(self, deployed: Sequence[Deployed]) -> Dataset:
        days = self.request.lookback_days
        return Dataset([DatasetQuery(one, "exact", False, 0, lookback_days=days) for one in deployed])

    def _anchors(self) -> Anchors:
        request, first = self.request, self.deployed[0]
        if request.sessions is not None:
            return of_sessions(SessionAnchors.from_json(request.sessions), first)
        assert request.source is not None
        place = self._resolved(request.source)
        anchors = of_table((place.database, str(place.schema), place.table), f"{place.schema}.{place.table}", first)
        if request.has_label and "label" not in map(str.lower, anchors.others):
            raise UsageError(f"{anchors.where} has no column 'label'")
        return anchors

    def _attributes(self, anchors: Anchors) -> str:
        """The attributes of each entity and moment of the anchors."""
        dataset = self._dataset
        key = [dataset.column_of_identifier, TSTAMP]
        distinct = f"select distinct {', '.join(key)}\nfrom {block(anchors.query or '')} as anchors"
        return dataset.statement(replace(anchors, query=distinct, others=(), is_ordered=False)).rstrip("\n")

    def _joined(self, anchors: Anchors, attributes: str) -> str:
        dataset = self._dataset
        selected = [f"attributes.{one}" for one in dataset.columns_of_tables]
        joined = fill(
            JOINED,
            columns=comma_lines(["anchors.*", *selected]),
            anchors=anchors.query or "",
            attributes=attributes,
            identifier=dataset.column_of_identifier,
            tstamp=TSTAMP,
        )
        return without_jinja(joined).rstrip("\n")

    def _sql(self, anchors: Anchors) -> str:
        return without_jinja(anchors.query or "")

    def _resolved(self, place: Place) -> Place:
        database = place.database or self.warehouse.database or None
        return replace(place, database=database, schema=place.schema or self.warehouse.schema)

    def _name(self, place: Place) -> str:
        found = self._resolved(place)
        return self.warehouse.name_of(found.database, str(found.schema), found.table)

    def _create_schema(self, place: Place) -> None:
        """The profile's own schema may not be there before anything was built."""
        if place.schema is None:
            table = self.warehouse.name_of(None, self.warehouse.schema, place.table)
            self.warehouse.execute(f"create schema if not exists {table[: table.rindex('.')]}")


def _plan(view: View) -> Plan:
    """The plan of a view, which may be meant for streams."""
    return plan_view(view.model_copy(update={"offline": True}))


def _stored(deployed: Deployed) -> str:
    return block(SourceEvents.of(deployed).as_stored())


JOINED = """\
select
    $columns
from (
    $anchors
) as anchors
left join $attributes as attributes
    on attributes.$identifier = anchors.$identifier
    and attributes.$tstamp = anchors.$tstamp
"""
