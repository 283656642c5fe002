"""Several views of one entity, planned as one: their events, properties and states are there once.

The plan is that of a view that has all of their attributes, each under a name with its view's, so that whatever is done
with a view's plan is done with this one. Each view is then a part of its attributes table: its own attributes, of the
entities that have an event of it, with the time at which one of *them* last changed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace

from snowplow_signals.definitions import Attribute, Derived, Event, View
from snowplow_signals.errors import DefinitionError, Problem
from snowplow_signals.plan.planned import Plan, PlannedAttribute, PlannedDerived, PlannedView
from snowplow_signals.plan.planner import plan_view, relevant_events
from snowplow_signals.plan.refused import refuse_what_is_not_computed

FIRST_EVENT, UPDATED_AT = "signals_first_event", "updated_at"
"""Columns that a view has in the attributes table beside its attributes: when its first event was, which is null for an
entity that has none; and when one of its attributes last changed, or its first event came or went."""

LONGEST = 63
"""Characters of a column's name, which is what PostgreSQL keeps."""


def group_name(view: View) -> str:
    """The name of the project that computes all views of the view's entity."""
    return f"{view.entity.column}_views"


def plan_views(views: Sequence[View]) -> Plan:
    """The plan of the views of one entity, by name and version.

    Raises DefinitionError naming everything that cannot be computed: as for each view by itself; views of several
    entities; two views of one name and version; attributes whose names cannot be told apart in one table.
    """
    _refuse(views)
    in_order = sorted(views, key=lambda view: (view.name.lower(), view.version))
    joint = _joint(in_order)
    plan = plan_view(joint)
    by_column = {attribute.column: attribute for attribute in plan.attributes}
    named: dict[str, PlannedAttribute] = {}
    of_derived = {one.column: one for one in plan.derived}
    derived: dict[str, PlannedDerived] = {}
    parts = []
    for view in in_order:
        columns = []
        for attribute in view.aggregated:
            planned = by_column[_column(view, attribute.column)]
            named[planned.column] = replace(planned, name=f"{view.full_name}:{attribute.name}")
            columns.append((attribute.column, named[planned.column]))
        own_derived = []
        for one in view.derived:
            column = _column(view, one.column)
            derived[column] = replace(of_derived[column], name=f"{view.full_name}:{one.name}")
            own_derived.append((one.column, derived[column]))
        first_event = by_column[_column(view, FIRST_EVENT)]
        named[first_event.column] = replace(first_event, name=f"{view.full_name}:{FIRST_EVENT}")
        parts.append(
            PlannedView(view, tuple(columns), named[first_event.column], _column(view, UPDATED_AT), tuple(own_derived))
        )
    return replace(
        plan,
        attributes=tuple(named[one.column] for one in plan.attributes),
        derived=tuple(derived[one.column] for one in plan.derived),
        views=tuple(parts),
    )


def _refuse(views: Sequence[View]) -> None:
    problems: list[Problem] = []
    seen: dict[str, View] = {}
    for view in views:
        where = f"view {view.name!r} version {view.version}"
        try:
            refuse_what_is_not_computed(view)
        except DefinitionError as error:
            problems += error.problems
        if seen.setdefault(view.project_name, view) is not view:
            problems.append(Problem(where, "is there twice; give one of them another name or version"))
        if FIRST_EVENT in (attribute.column for attribute in view.attributes):
            reason = f"name {FIRST_EVENT!r} is reserved: views that are computed together have it; choose another"
            problems.append(Problem(f"{where}, attribute {FIRST_EVENT!r}", reason))
        if view.snapshot:
            reason = (
                "has snapshot=True, which is kept by a project of the view alone: leave out --group-by, or snapshot"
            )
            problems.append(Problem(where, reason))
        first = views[0]
        if _entity(view) != _entity(first):
            problems.append(
                Problem(
                    where,
                    f"is of entity {view.entity.name!r}, read by {view.entity.column}, and view {first.name!r} of "
                    f"{first.entity.name!r}, read by {first.entity.column}: views of one project are of one entity",
                )
            )
        if view.name.lower() == group_name(view):
            problems.append(Problem(where, "has the name of the project that computes the views together"))
    owners: dict[str, str] = {}
    for view in seen.values():
        for name in (*(one.column for one in view.attributes), FIRST_EVENT, UPDATED_AT):
            shown = f"{view.full_name}:{name}"
            other = owners.setdefault(_column(view, name), shown)
            if other != shown:
                column = _column(view, name)
                reason = f"{shown} and {other} would both be column {column!r}; name one of them differently"
                problems.append(Problem(f"view {view.name!r} version {view.version}", reason))
    if problems:
        raise DefinitionError(problems)


def _entity(view: View) -> tuple[object, ...]:
    return view.entity.column, view.entity.source_property


def _joint(views: Sequence[View]) -> View:
    """A view with the attributes of all of them, and when the first event of each was."""
    attributes: list[Attribute | Derived] = []
    for view in views:
        first = Attribute(
            name=_column(view, FIRST_EVENT),
            type="double",
            aggregation="time_since_first",
            time_unit="s",
            events=_events(view),
            description=f"When the first event of {view.full_name} was.",
        )
        names = {one.column: _column(view, one.column) for one in view.attributes}
        renamed = (_renamed(one, names) for one in view.attributes)
        attributes += [*renamed, first]
    return View(
        name=group_name(views[0]),
        version=1,
        entity=views[0].entity,
        attributes=attributes,
        offline=True,
        owner=views[0].owner,
        description=f"The attributes of {', '.join(view.full_name for view in views)}.",
    )


def _renamed(one: Attribute | Derived, names: Mapping[str, str]) -> Attribute | Derived:
    if isinstance(one, Derived):
        return one.model_copy(update={"name": names[one.column], "expression": one.expression.renamed(names)})
    return one.model_copy(update={"name": names[one.column]})


def _events(view: View) -> tuple[Event, ...]:
    """Which events are of the view: those that some attribute of it asks for; none: all are."""
    return tuple(sorted(relevant_events(view.aggregated), key=Event.model_dump_json))


def beginning_of_columns(view: View) -> str:
    """How the columns of a view begin in the table of all of them."""
    return f"{view.project_name}__"[: LONGEST - 9]


def _column(view: View, name: str) -> str:
    """A column of a view in the table of all of them; a long name ends in a digest of the whole."""
    whole = f"{view.project_name}__{name}"
    if len(whole) <= LONGEST:
        return whole
    digest = hashlib.sha256(whole.encode()).hexdigest()[:8]
    return f"{whole[: LONGEST - len(digest) - 1].rstrip('_')}_{digest}"
