"""What each of several views of a project is to its users: its own attributes table, and who left it."""

from __future__ import annotations

from textwrap import wrap

from snowplow_signals.plan import Plan, PlannedAttribute, PlannedDerived, PlannedView
from snowplow_signals.project.models.layout import skeleton

VIEW_MODELS = ("removed_entities", "attributes")


def view_models(plan: Plan) -> dict[str, str]:
    """Name to text of the models of a plan's views, in the order in which they are built, one after the other as all
    models of a project are; their names begin as they would in a project of the view alone."""
    models: dict[str, str] = {}
    after = f"{plan.project_name}_attributes"
    for view in plan.views:
        for name in VIEW_MODELS:
            model = f"{view.view.project_name}_{name}"
            models[model] = skeleton(
                f"view_{name}.sql",
                p=plan.project_name,
                after=after,
                identifier=plan.identifier,
                reads=columns_read(plan, view, name),
                columns="\n".join(f"{attribute.column} as {own}," for own, attribute in columns_of_view(view)),
                first_event=view.first_event.column,
                updated_at=view.updated_at,
            )
            after = model
    return models


def columns_of_view(view: PlannedView) -> list[tuple[str, PlannedAttribute | PlannedDerived]]:
    """The attributes of a view that are columns: each one's own column, and what it is in the plan."""
    return [*view.columns, *((own, one) for own, one in view.derived if not one.is_read)]


def columns_read(plan: Plan, view: PlannedView, model: str) -> str:
    """The columns of the table of all attributes that a view's model reads, as a list's items."""
    attributes = [attribute.column for _, attribute in columns_of_view(view)] if model == "attributes" else []
    names = (plan.identifier, *attributes, view.first_event.column, view.updated_at)
    items = ", ".join(f"'{name}'" for name in names)
    return "\n".join(wrap(items, 100, break_long_words=False))
