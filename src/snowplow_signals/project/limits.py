"""What an engine cannot do of a view that has a meaning, found when its project is made."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from snowplow_signals.definitions import EntityProperty, EventProperty, SourceProperty
from snowplow_signals.dialects.base import Dialect
from snowplow_signals.errors import Problem, UnsupportedError
from snowplow_signals.loader_names import entity_column, event_column
from snowplow_signals.plan import Plan
from snowplow_signals.project.models import MODELS
from snowplow_signals.project.models.attributes import value_names
from snowplow_signals.project.models.views import VIEW_MODELS, columns_of_view


def check_limits(plan: Plan, dialect: Dialect) -> None:
    """Raises UnsupportedError naming everything in the view that `dialect`'s engine cannot do."""
    problems = [*_long_names(plan, dialect), *_many_columns(plan, dialect), *_columns_cut_alike(plan, dialect)]
    if problems:
        raise UnsupportedError(problems)


def check_statements(plan: Plan, dialect: Dialect, files: Mapping[str, str]) -> None:
    """Raises UnsupportedError when a model's statement would be too long for the engine."""
    longest = dialect.longest_statement
    if longest is None:
        return
    models = (path for path in files if path.startswith("models/") and path.endswith(".sql"))
    size, path = max((len(files[path].encode()), path) for path in models)
    if size <= longest:
        return
    view = plan.view
    wordiest = max(view.attributes, key=lambda attribute: len(attribute.model_dump_json()))
    raise UnsupportedError(
        [
            Problem(
                f"view {view.name!r} version {view.version}, attribute {wordiest.name!r}",
                f"{dialect.title} takes statements of {longest:,} bytes, and {path} has {size:,}. Of the view's "
                f"{len(view.attributes)} attributes this is the longest; shorten its criteria, or make several views",
            )
        ]
    )


def _long_names(plan: Plan, dialect: Dialect) -> Iterator[Problem]:
    longest = dialect.longest_name
    if longest is None:
        return
    view = plan.view
    ending = max((f"_{name}" for _, name, _ in MODELS), key=len)
    names = [
        (view, "key", view.entity.identifier),
        *((view, "attribute", item.column) for item in plan.outputs),
    ]
    names += [(planned.view, "attribute", name) for planned in plan.views for name, _ in columns_of_view(planned)]
    for one, what, name in names:
        if len(name) > longest:
            yield Problem(
                f"view {one.name!r} version {one.version}, {what} {name!r}",
                f"{dialect.title} keeps {longest} characters of a name, and this one has {len(name)}",
            )
    ending_of_view = max((f"_{name}" for name in VIEW_MODELS), key=len)
    for one, end in ((view, ending), *((planned.view, ending_of_view) for planned in plan.views)):
        table = f"{one.project_name}{end}"
        if len(table) > longest:
            room = longest - len(end) - len(f"_{one.version}")
            yield Problem(
                f"view {one.name!r} version {one.version}",
                f"{dialect.title} keeps {longest} characters of a name, and the table {table!r} has {len(table)}; "
                f"give the view a name of at most {room} characters",
            )


def _many_columns(plan: Plan, dialect: Dialect) -> Iterator[Problem]:
    if dialect.most_columns is None:
        return
    room = dialect.most_columns - 2  # the identifier, and updated_at
    number = len(value_names(plan))
    if number > room:
        more = "compute them in several projects" if plan.views else "make several views"
        yield Problem(
            f"view {plan.view.name!r} version {plan.view.version}, attribute {plan.attributes[-1].name!r}",
            f"{dialect.title} has tables of at most {dialect.most_columns:,} columns, and the attributes need "
            f"{number + 2:,}; {more}",
        )


def _columns_cut_alike(plan: Plan, dialect: Dialect) -> Iterator[Problem]:
    """Columns of schemas whose names the engine cut so that they can no longer be distinguished."""
    known: dict[str, str] = {}
    for prop in (plan.identifier_property, *(one for column in plan.columns for one in column.sources)):
        column = _full_name(prop)
        if column is None:
            continue
        cut = dialect.access(prop).column
        other = known.setdefault(cut, column)
        if other != column:
            yield Problem(
                f"view {plan.view.name!r} version {plan.view.version}",
                f"{dialect.title} keeps {dialect.longest_name} characters of a name, so it cannot distinguish the "
                f"columns {other!r} and {column!r}; use one of them",
            )


def _full_name(prop: SourceProperty) -> str | None:
    if isinstance(prop, EventProperty):
        return event_column(prop.vendor, prop.name, prop.major_version)
    if isinstance(prop, EntityProperty):
        return entity_column(prop.vendor, prop.name, prop.major_version)
    return None
