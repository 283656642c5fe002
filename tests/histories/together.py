"""Views of one entity that one project computes: what it is played as, and what must hold of each of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests import reference
from tests.histories import views
from tests.histories.views import BOUGHT, CLICK, LABEL, OWNER, SKU, VIEWED, attribute, number, text

from snowplow_signals import AtomicProperty, Entity, View
from snowplow_signals.plan import Plan, PlannedView, plan_view, plan_views

SESSION = AtomicProperty(name="domain_sessionid")
USER = Entity(name="user", key="domain_userid")


def _view(name: str, version: int, *attributes: Any) -> View:
    return View(name=name, version=version, entity=USER, offline=True, owner=OWNER, attributes=attributes)


CLICKS = _view(
    "Clicks",
    2,
    attribute("clicks", "counter", "int64", events=[CLICK]),
    attribute("clicks_3_days", "counter", "int64", 3, events=[CLICK]),
    number("spent", "sum", events=[CLICK], criteria=BOUGHT),
    text("label", "last", events=[CLICK]),
)
VIEWED_ONLY = _view(
    "viewed",
    1,
    text("label", "first", events=[VIEWED], default_value="none"),
    attribute("labels_7_days", "unique_list", "string_list", 7, property=LABEL, events=[VIEWED]),
    attribute("since_first", "time_since_first", "double", time_unit="h", events=[VIEWED]),
)
EVERY_KIND = _view(
    "every_kind",
    1,
    number("most", "max"),
    text("favourite", "most_frequent", 7),
    attribute("clicks", "counter", "int64", events=[CLICK]),
)

GROUPS: dict[str, tuple[View, ...]] = {
    "": (CLICKS, VIEWED_ONLY),
    "another": (CLICKS, VIEWED_ONLY, EVERY_KIND),
    "one": (VIEWED_ONLY,),
    "others": (
        CLICKS.model_copy(
            update={
                "attributes": (
                    *CLICKS.attributes[2:],
                    attribute("skus", "category_count", "dict", 3, property=SKU, events=[CLICK]),
                )
            }
        ),
        VIEWED_ONLY.model_copy(
            update={"attributes": (*VIEWED_ONLY.attributes, number("usual", "mean", 7, events=[VIEWED]))}
        ),
    ),
    "redefined": (
        CLICKS.model_copy(
            update={"attributes": (number("clicks", "max", events=[CLICK]), *CLICKS.attributes[1:])},
        ),
        VIEWED_ONLY,
        _view(
            "sessions", 1, attribute("a_session", "first", "string", property=AtomicProperty(name="domain_sessionid"))
        ),
    ),
}
"""What a project of several views computes, and can be redefined as."""

JOINT = {variant: plan_views(group).view for variant, group in GROUPS.items()}
"""The view that has the attributes of all of them: what the project's own tables are held to."""


VIEWS = {**views.VIEWS, JOINT[""].name: JOINT[""]}
VARIANTS = {**views.VARIANTS, JOINT[""].name: JOINT}
"""All that is played, and what a project can be redefined as, by the view that it began with."""


def plan_of(view: View) -> Plan:
    """The plan of a view that is played, which may stand for several."""
    for variant, joint in JOINT.items():
        if view == joint:
            return plan_views(GROUPS[variant])
    return plan_view(view)


def problems(
    plan: Plan, before: dict[str, list[dict[str, Any]]], tables: dict[str, list[dict[str, Any]]], *, exact: bool
) -> Iterator[str]:
    """What is wrong with the views after a run that ended well: with their rows, with the time at which each last
    changed, and with who left them."""
    key = plan.identifier
    for view in plan.views:
        name = view.view.project_name
        if f"{name}_attributes" not in tables:
            yield f"{name}_attributes is not there"
            continue
        if any(key not in row for row in (*tables[f"{name}_attributes"], *tables[f"{name}_removed_entities"])):
            yield f"a view of {name} cannot be read"
            continue
        rows = {row[key]: row for row in tables[f"{name}_attributes"]}
        yield from _rows(view, rows, {row[key]: row for row in tables["attributes"]})
        was = {row[key]: row for row in before.get(f"{name}_attributes", []) if key in row}
        yield from _times(view, was, rows, exact=exact)
        removed = {row[key] for row in tables[f"{name}_removed_entities"]}
        yield from (f"{name}: {one!r} left, and is not among the removed" for one in was.keys() - rows.keys() - removed)
        yield from (f"{name}: {one!r} is among the removed, and has a row" for one in removed & rows.keys())


def _rows(view: PlannedView, rows: dict[str, dict[str, Any]], all_of_them: dict[str, dict[str, Any]]) -> Iterator[str]:
    name = view.view.project_name
    expected = {one for one, row in all_of_them.items() if row[view.first_event.column] is not None}
    if rows.keys() != expected:
        yield f"{name}: has rows of {sorted(rows)}, should have of {sorted(expected)}"
    for one in rows.keys() & expected:
        for own, attribute_ in view.columns:
            found, truth = rows[one].get(own), all_of_them[one][attribute_.column]
            if not reference.same(found, truth, 0.0):
                yield f"{name} {one!r} {own}: found {found!r}, should be {truth!r}"


def _times(
    view: PlannedView, was: dict[str, dict[str, Any]], rows: dict[str, dict[str, Any]], *, exact: bool
) -> Iterator[str]:
    """`updated_at` changes when, and only when, an attribute of the view does."""
    name = view.view.project_name
    for one, row in rows.items():
        old = was.get(one)
        if row["updated_at"] is None:
            yield f"{name} {one!r}: has no updated_at"
        elif old is not None and old.keys() == row.keys():
            is_same_time = old["updated_at"] == row["updated_at"]
            tolerance = 0.0 if is_same_time else 1e-12
            is_alike = all(reference.same(old[own], row[own], tolerance) for own, _ in view.columns)
            if is_same_time and not is_alike:
                yield f"{name}: {one!r} changed, its updated_at did not"
            if not is_same_time and is_alike and exact:
                yield f"{name}: updated_at of {one!r} changed, its values did not"
