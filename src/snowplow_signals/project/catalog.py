"""`catalog.json`: what a project computes, who owns it, and which columns of the events each attribute comes from.

It is for data catalogs and for people; nothing here reads it. dbt's own file of that name, in `target/`, has the types
of columns in the warehouse, and nothing of this.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from snowplow_signals.definitions import Service, View
from snowplow_signals.plan import Plan, PlannedAttribute, Window
from snowplow_signals.plan.lineage import Lineage, Node, lineage, view_node, views_of

CATALOG_FILE = "catalog.json"
FORMAT = 1


def catalog(plan: Plan, services: Sequence[Service] = ()) -> str:
    """The text of the file; of `services`, those that read a view of the plan."""
    graph = lineage(plan, services)
    reading = {node.name for node in graph.of("service")}
    data = {
        "made_by": "snowplow-batch-engine",
        "format": FORMAT,
        "project": plan.project_name,
        "views": [_view(graph, view, attributes) for view, attributes in views_of(plan)],
        "services": [_service(one) for one in services if one.name in reading],
    }
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


def _view(graph: Lineage, view: View, attributes: Sequence[tuple[str, PlannedAttribute]]) -> dict[str, Any]:
    node = view_node(view)
    declared = {attribute.name: attribute for attribute in view.attributes}
    return {
        "name": view.name,
        "version": view.version,
        "full_name": view.full_name,
        "description": view.description,
        "owner": str(view.owner),
        "entity": {"name": view.entity.name, "identifier": view.entity.identifier},
        "table": f"{view.project_name}_attributes",
        "rows_depend_on": sources(graph, node),
        "attributes": [
            {
                "name": name,
                "column": declared[name].column,
                "type": planned.type,
                "aggregation": planned.aggregation,
                **_window(planned.window),
                "description": planned.description,
                "slot": planned.slot.name,
                "comes_from": sources(graph, graph.attribute(view, name)),
            }
            for name, planned in attributes
        ],
        "services": [edge.target.name for edge in graph.out_of(node)],
    }


def _window(window: Window) -> dict[str, Any]:
    """`days` is null for the lifetime, and for a unit of the calendar, which is then beside it."""
    unit = {} if window.unit is None else {"unit": window.unit}
    return {"days": window.days} | unit | ({"offset": window.offset} if window.offset else {})


def sources(graph: Lineage, node: Node) -> list[dict[str, Any]]:
    """What an attribute or a view comes from: column of the events, property in it, and what that is used for."""
    return [
        {"column": graph.into(Node("property", name))[0].source.name, "property": name, "used_as": list(roles)}
        for name, roles in graph.properties(node).items()
    ]


def _service(service: Service) -> dict[str, Any]:
    return {
        "name": service.name,
        "description": service.description,
        "owner": str(service.owner),
        "views": [f"{view.name}_v{view.version}" for view in service.views],
    }
