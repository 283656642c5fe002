"""What a view may declare, publish and serve, but cannot be computed here."""

from __future__ import annotations

from collections.abc import Iterator

from snowplow_signals.definitions import Attribute, View
from snowplow_signals.definitions.names import column_problem, identifier_problem, table_problem
from snowplow_signals.errors import DefinitionError, Problem


def refuse_what_is_not_computed(view: View) -> None:
    """Raises DefinitionError naming everything in the view that cannot be computed on any engine."""
    where = f"view {view.name!r} version {view.version}"
    if not view.offline:
        raise DefinitionError(
            [Problem(where, "is not offline: the batch engine computes offline views only; set offline=True")]
        )
    if not view.attributes:
        raise DefinitionError(
            [Problem(where, "has no attributes to compute: its fields come from a table that exists already")]
        )
    problems = [Problem(where, problem) for problem in _of_view(view)]
    for attribute in view.aggregated:
        at = f"{where}, attribute {attribute.name!r}"
        problems += [Problem(at, problem) for problem in _of_attribute(attribute)]
    for one in view.derived:
        problem = column_problem(one.name)
        problems += [Problem(f"{where}, attribute {one.name!r}", problem)] if problem else []
    if problems:
        raise DefinitionError(problems)


def _of_view(view: View) -> Iterator[str]:
    problem = table_problem(view.name)
    if problem:
        yield problem
    problem = identifier_problem(view.entity.identifier)
    if problem:
        yield f"{problem} as the key of entity {view.entity.name!r}"


def _of_attribute(attribute: Attribute) -> Iterator[str]:
    problem = column_problem(attribute.name)
    if problem:
        yield problem
    for _, problem in attribute.offline_problems():  # a view that was meant for streams can be previewed
        yield problem
    if any(event.event_specification_id for event in attribute.events):
        yield (
            "its events name an event_specification_id, which is not computed here; name the events by vendor, name "
            "and version, and say the rest with criteria"
        )
