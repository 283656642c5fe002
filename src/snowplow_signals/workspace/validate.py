"""`validate`: that views can be planned and compiled, without writing anything."""

from collections.abc import Iterable

from snowplow_signals.definitions import View
from snowplow_signals.dialects import dialect_named
from snowplow_signals.errors import DefinitionError, Problem, UnsupportedError
from snowplow_signals.project.compile import compile_project
from snowplow_signals.project.kept import Definition, plan_of
from snowplow_signals.workspace.init import by_entity, why_not_computed


def check_views(views: Iterable[View], target_type: str, *, together: bool = False) -> list[View]:
    """The views that the engine computes, each compiled for `target_type` as a check; `together`: those of an entity.

    Raises DefinitionError with the problems of all views, UnsupportedError when all of them are the engine's limits,
    UsageError for an unknown target type.
    """
    dialect = dialect_named(target_type)
    computed = [view for view in views if why_not_computed(view) is None]
    problems: list[Problem] = []
    only_limits = True
    definitions: list[Definition] = by_entity(computed) if together else [*computed]
    for definition in definitions:
        try:
            compile_project(plan_of(definition), dialect)
        except DefinitionError as error:
            problems += error.problems
            only_limits = only_limits and isinstance(error, UnsupportedError)
    if problems:
        raise (UnsupportedError if only_limits else DefinitionError)(problems)
    return computed
