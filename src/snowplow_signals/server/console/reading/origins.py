"""Where the attributes of a view come from and who reads them, laid out to be drawn."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from snowplow_signals.definitions import Service, View
from snowplow_signals.plan import Plan
from snowplow_signals.plan.lineage import Edge, Lineage, Node, lineage, view_node

LAYERS = ("column", "slot", "attribute", "service")
TITLES = {
    "column": "Columns of the events",
    "slot": "States kept per day",
    "attribute": "Attributes",
    "service": "Read by",
}
ROW, TOP, BOX, GAP, TEXT = 34, 34, 236, 70, 32
"""Pixels: of a line, above the first, of a box's width, between boxes; and how many characters fit a box."""


@dataclass(frozen=True)
class Box:
    """A node where it is drawn: its left upper corner. `short` fits into the box."""

    name: str
    short: str
    detail: str
    layer: str
    x: int
    y: int


@dataclass(frozen=True)
class Line:
    """An edge as the path of a curve. `role` says what a column is used for."""

    path: str
    role: str


@dataclass(frozen=True)
class Origin:
    """One attribute in words: its columns, each with what it is used for."""

    attribute: str
    columns: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Origins:
    """The drawing of one view, and the same as a table."""

    titles: tuple[tuple[str, int], ...]
    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]
    width: int
    height: int
    table: tuple[Origin, ...]
    of_every_row: tuple[tuple[str, str], ...]
    """The columns that decide about all rows of the view, each with what for."""


def origins(plan: Plan, view: View, services: Sequence[Service]) -> Origins:
    """Where the view's attributes come from, of the plan that computes it."""
    graph = lineage(plan, services)
    node = view_node(view)
    attributes = [edge.source for edge in graph.into(node) if edge.source.kind == "attribute"]
    slots = _distinct(edge.source for one in attributes for edge in graph.into(one))
    used = [(column, slot, role) for slot in slots for column, role in _columns(graph, slot)]
    columns = _distinct(column for column, _, _ in used)
    readers = [edge.target for edge in graph.out_of(node)]
    boxes = {}
    layers = {"column": columns, "slot": slots, "attribute": attributes, "service": readers}
    shown = [layer for layer in LAYERS if layers[layer]]
    for number, layer in enumerate(shown):
        for index, one in enumerate(layers[layer]):
            name = one.name.rpartition(":")[2] if layer == "attribute" else one.name
            place = (number * (BOX + GAP), TOP + index * ROW)
            boxes[one] = Box(name, _short(name), one.detail, layer, *place)
    lines = [_line(boxes[column], boxes[slot], role) for column, slot, role in used]
    lines += [_line(boxes[edge.source], boxes[one], "") for one in attributes for edge in graph.into(one)]
    lines += [_line(boxes[one], boxes[reader], "") for reader in readers for one in attributes]
    most = max((len(layers[layer]) for layer in shown), default=0)
    return Origins(
        titles=tuple((TITLES[layer], number * (BOX + GAP)) for number, layer in enumerate(shown)),
        boxes=tuple(boxes.values()),
        lines=tuple(lines),
        width=len(shown) * (BOX + GAP) - GAP,
        height=TOP + most * ROW,
        table=tuple(Origin(boxes[one].name, _words(graph.sources(one))) for one in attributes),
        of_every_row=_words(graph.sources(node)),
    )


def _columns(graph: Lineage, slot: Node) -> list[tuple[Node, str]]:
    """The columns behind a slot's properties, each once, with all that it is used for."""
    found: dict[Node, dict[str, None]] = {}
    for into in graph.into(slot):
        for edge in _edges_into(graph, into):
            found.setdefault(edge.source, {})[into.role or ""] = None
    return [(column, ", ".join(roles)) for column, roles in found.items()]


def _edges_into(graph: Lineage, edge: Edge) -> tuple[Edge, ...]:
    return graph.into(edge.source) if edge.source.kind == "property" else (edge,)


def _words(sources: Mapping[str, tuple[str, ...]]) -> tuple[tuple[str, str], ...]:
    return tuple((column, ", ".join(roles)) for column, roles in sources.items())


def _line(source: Box, target: Box, role: str) -> Line:
    x1, y1 = source.x + BOX, source.y + 13
    x2, y2 = target.x, target.y + 13
    middle = (x1 + x2) // 2
    return Line(f"M{x1} {y1}C{middle} {y1} {middle} {y2} {x2} {y2}", role)


def _short(name: str) -> str:
    """The name as far as it fits, without its middle: both ends distinguish it."""
    if len(name) <= TEXT:
        return name
    return f"{name[: TEXT // 2 - 1]}…{name[-TEXT // 2 :]}"


def _distinct(nodes: Iterable[Node]) -> list[Node]:
    return list(dict.fromkeys(nodes))
