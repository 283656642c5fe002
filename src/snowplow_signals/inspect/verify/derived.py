"""Derived attributes, computed once more in Python from the attributes that are stored beside them."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace

from snowplow_signals.definitions.evaluating import evaluate, fitted
from snowplow_signals.deployment.deployed import Deployed
from snowplow_signals.inspect.verify.result import CellDifference, EntityDifference, same
from snowplow_signals.stores.serving import typed


def derived_differences(deployed: Deployed, entities: Collection[str] | None) -> Iterator[tuple[str, CellDifference]]:
    """The cells that differ, with their entities; `entities` None: of all that have a row.

    Each is computed from what is stored of those that it reads, derived ones included: a wrong one is named once.
    """
    plan = deployed.plan
    if not plan.published:
        return
    columns = [one.column for one in plan.outputs]
    where = ""
    if entities is not None:
        if not entities:
            return
        where = f" where {plan.identifier} in ({', '.join(map(deployed.text, entities))})"
    rows = deployed.warehouse.rows(
        f"select {', '.join([plan.identifier, *columns])} from {deployed.table('attributes')}{where} order by 1"
    )
    for entity, *values in rows:
        stored = {name: typed(value, plan.types[name]) for name, value in zip(columns, values, strict=True)}
        for one in plan.published:
            recomputed = fitted(evaluate(one.expression, stored), one.type)
            if not same(stored[one.column], recomputed, one.type, None):
                yield str(entity), CellDifference(one.name, stored[one.column], recomputed)


def merged(found: list[EntityDifference], cells: Iterator[tuple[str, CellDifference]]) -> list[EntityDifference]:
    """Entities that differ, with these cells too."""
    by_entity = {one.entity: one for one in found}
    for entity, cell in cells:
        known = by_entity.get(entity, EntityDifference(entity, "differs"))
        by_entity[entity] = replace(known, cells=(*known.cells, cell))
    return list(by_entity.values())
