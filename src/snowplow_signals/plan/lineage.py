"""Where attributes come from: column of the events -> property -> slot -> attribute -> view -> service.

The graph is worked out from the plan alone, so it is known before anything runs, and is the same on every engine.
Columns are named as the loaders name them, in lower case; a recovery column of a schema counts as the schema's column.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from snowplow_signals.definitions import AtomicProperty, EntityProperty, Event, Service, SourceProperty, View
from snowplow_signals.definitions.names import sql_name
from snowplow_signals.definitions.paths import render_path
from snowplow_signals.loader_names import entity_column, event_column
from snowplow_signals.plan.planned import Plan, PlannedAttribute, Slot, set_fields
from snowplow_signals.plan.planner import relevant_events

Kind = Literal["column", "property", "slot", "attribute", "view", "service"]
KINDS: tuple[Kind, ...] = ("column", "property", "slot", "attribute", "view", "service")
"""The layers of the graph, from the events to who reads attributes."""

Role = Literal["value", "order", "criterion", "event", "identifier", "time", "scope"]
"""What a property is used for. `value`: the attribute is made of it. `order`: it says which event is the first or the
last. `criterion`, `event`: it decides which events count. Of a view as a whole: `identifier` says whose event it is;
`time` on which day it counts; `scope` which rows are events of the view at all, and which copies are one event."""

EVENT_TIME = ("derived_tstamp", "collector_tstamp", "load_tstamp")
"""The columns of which the time of an event is made."""
COPIES = ("event_id",)
"""By what copies of an event are known to be one, and ties are decided."""
ORDERED = frozenset({"first", "last"})
TIMED = frozenset({"first_seen", "last_seen", "days"})
"""States that are times of events."""


@dataclass(frozen=True)
class Node:
    """Something in the graph. `name` is unique among nodes of the kind.

    A property is named by its column and path, such as `contexts_com_acme_product_1[0].price`; an attribute by its
    view's full name and its own, such as `shop_v1:spent`; a view by its full name.
    """

    kind: Kind
    name: str
    detail: str = ""
    """Of a slot its state; of an attribute its aggregation and window; else empty."""


@dataclass(frozen=True)
class Edge:
    """`source` goes into `target`; `role` is said where a property goes into a slot or a view."""

    source: Node
    target: Node
    role: Role | None = None


@dataclass(frozen=True)
class Lineage:
    """The graph of a plan. Nodes and edges are in the order of the plan, each once."""

    edges: tuple[Edge, ...]

    @cached_property
    def nodes(self) -> tuple[Node, ...]:
        """By kind, from columns to services."""
        found = dict.fromkeys(node for edge in self.edges for node in (edge.source, edge.target))
        return tuple(sorted(found, key=lambda node: KINDS.index(node.kind)))

    def of(self, kind: Kind) -> tuple[Node, ...]:
        """The nodes of a kind."""
        return tuple(node for node in self.nodes if node.kind == kind)

    def into(self, node: Node) -> tuple[Edge, ...]:
        """The edges that end in a node."""
        return self._into.get(node, ())

    def out_of(self, node: Node) -> tuple[Edge, ...]:
        """The edges that begin in a node."""
        return self._out_of.get(node, ())

    def attribute(self, view: View, name: str) -> Node:
        """The node of a view's attribute, by its declared name. Raises KeyError when the plan has no such one."""
        return self._attributes[f"{view.full_name}:{name}"]

    def sources(self, node: Node) -> dict[str, tuple[Role, ...]]:
        """The columns of the events table that an attribute or a view is made of, each with what it is used for.

        Of an attribute those that are its own; what decides about all rows of its view is the view's.
        """
        direct = node.kind == "view"
        found: dict[str, dict[Role, None]] = {}
        for prop, role in self._properties(node, direct=direct):
            for edge in self.into(prop):
                found.setdefault(edge.source.name, {})[role] = None
        return {column: tuple(roles) for column, roles in found.items()}

    def properties(self, node: Node) -> dict[str, tuple[Role, ...]]:
        """The same by property, with its path: `contexts_com_acme_product_1[0].price`."""
        found: dict[str, dict[Role, None]] = {}
        for prop, role in self._properties(node, direct=node.kind == "view"):
            found.setdefault(prop.name, {})[role] = None
        return {name: tuple(roles) for name, roles in found.items()}

    def _properties(self, node: Node, *, direct: bool) -> Iterator[tuple[Node, Role]]:
        for edge in self.into(node):
            if edge.source.kind == "property":
                if edge.role is not None:
                    yield edge.source, edge.role
            elif not direct:
                yield from self._properties(edge.source, direct=False)

    @cached_property
    def _into(self) -> dict[Node, tuple[Edge, ...]]:
        return _grouped((edge.target, edge) for edge in self.edges)

    @cached_property
    def _out_of(self) -> dict[Node, tuple[Edge, ...]]:
        return _grouped((edge.source, edge) for edge in self.edges)

    @cached_property
    def _attributes(self) -> dict[str, Node]:
        return {node.name: node for node in self.of("attribute")}


def _grouped(pairs: Iterable[tuple[Node, Edge]]) -> dict[Node, tuple[Edge, ...]]:
    found: dict[Node, list[Edge]] = {}
    for node, edge in pairs:
        found.setdefault(node, []).append(edge)
    return {node: tuple(edges) for node, edges in found.items()}


def lineage(plan: Plan, services: Sequence[Service] = ()) -> Lineage:
    """The graph of a plan; of `services`, those that read its views."""
    edges: dict[Edge, None] = {}
    for view, attributes in views_of(plan):
        for name, attribute in attributes:
            node = attribute_node(view, name, attribute)
            for slot, _ in attribute.states:
                edges |= dict.fromkeys(_into_slot(slot))
                edges[Edge(slot_node(slot), node)] = None
            edges[Edge(node, view_node(view))] = None
        edges |= dict.fromkeys(_into_derived(view, dict(attributes)))
        edges |= dict.fromkeys(_into_view(plan, view))
        for service in services:
            if view.store_name in {reference.store_name for reference in service.views}:
                edges[Edge(view_node(view), Node("service", service.name))] = None
    return Lineage(tuple(edges))


def views_of(plan: Plan) -> Iterator[tuple[View, tuple[tuple[str, PlannedAttribute], ...]]]:
    """The views of a plan, each with its declared attributes by the name under which they were declared."""
    if not plan.views:
        yield plan.view, tuple((one.name, one) for one in plan.attributes)
    for part in plan.views:
        declared = zip(part.view.aggregated, part.columns, strict=True)
        yield part.view, tuple((attribute.name, planned) for attribute, (_, planned) in declared)


def view_node(view: View) -> Node:
    return Node("view", view.full_name)


def attribute_node(view: View, name: str, attribute: PlannedAttribute) -> Node:
    return Node("attribute", f"{view.full_name}:{name}", f"{attribute.aggregation} {attribute.window.meaning}")


def slot_node(slot: Slot) -> Node:
    return Node("slot", slot.name, slot.state)


def source_column(prop: SourceProperty) -> str:
    """The column of the events table that holds a property, as loaders name it."""
    if isinstance(prop, AtomicProperty):
        return prop.name
    column = entity_column if isinstance(prop, EntityProperty) else event_column
    return column(prop.vendor, prop.name, prop.major_version)


def property_name(prop: SourceProperty) -> str:
    """A property as it is shown: its column, the path in it, and the part of a time."""
    part = f" ({prop.date_part})" if prop.date_part else ""
    if isinstance(prop, AtomicProperty):
        return prop.name + part
    index = f"[{prop.index}]" if isinstance(prop, EntityProperty) else ""
    path = render_path(prop.segments)
    return f"{source_column(prop)}{index}{'' if path.startswith('[') else '.'}{path}{part}"


def _used(prop: SourceProperty, target: Node, role: Role) -> Iterator[Edge]:
    node = Node("property", property_name(prop))
    yield Edge(Node("column", source_column(prop)), node)
    yield Edge(node, target, role)


def _into_slot(slot: Slot) -> Iterator[Edge]:
    target = slot_node(slot)
    if slot.value is not None:
        for prop in slot.value.sources:
            yield from _used(prop, target, "value")
    if slot.state in ORDERED | TIMED:
        yield from _columns(EVENT_TIME, target, "value" if slot.state in TIMED else "order")
    if slot.state in ORDERED:
        yield from _columns(COPIES, target, "order")
    for column in slot.filter.columns:
        for prop in column.sources:
            yield from _used(prop, target, "criterion")
    yield from _columns(_event_columns(slot.filter.patterns), target, "event")


def _into_derived(view: View, attributes: Mapping[str, PlannedAttribute]) -> Iterator[Edge]:
    """What the derived attributes of a view are computed from: other attributes."""
    nodes = {sql_name(name): attribute_node(view, name, attribute) for name, attribute in attributes.items()}
    for one in view.derived:
        node = nodes[one.column] = Node("attribute", f"{view.full_name}:{one.name}", str(one.expression))
        for column in one.reads:
            yield Edge(nodes[column], node)
        yield Edge(node, view_node(view))


def _into_view(plan: Plan, view: View) -> Iterator[Edge]:
    """What decides about rows of the view, whichever the attribute."""
    target = view_node(view)
    yield from _used(plan.identifier_property, target, "identifier")
    yield from _columns(EVENT_TIME, target, "time")
    yield from _columns((*COPIES, "app_id"), target, "scope")
    yield from _columns(_event_columns(relevant_events(view.aggregated)), target, "event")


def _event_columns(patterns: Iterable[Event]) -> list[str]:
    """The columns that patterns look at."""
    used = {field for pattern in patterns for field in set_fields(pattern)}
    return [f"event_{field}" for field in ("vendor", "name", "version") if field in used]


def _columns(names: Iterable[str], target: Node, role: Role) -> Iterator[Edge]:
    for name in names:
        yield from _used(AtomicProperty(name=name), target, role)
