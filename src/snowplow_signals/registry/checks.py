"""What must hold between definitions: a service's attributes have names of their own, and everything named exists."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from snowplow_signals.definitions import Service, View
from snowplow_signals.definitions.names import sql_name
from snowplow_signals.errors import ConflictError, NotFoundError


def served_names(view: View) -> tuple[str, ...]:
    """The names of the attributes that a view serves."""
    return tuple(part.name for part in view.served)


def check_service(service: Service, views: Sequence[View | None]) -> None:
    """`views` are those that the service names, in its order; None for a missing one. Raises NotFoundError naming each
    missing view, ConflictError with each pair of views that have attributes
    of one name: an application reads them side by side, by their names alone.
    """
    missing = [
        f"{one.name!r} version {one.version}" for one, view in zip(service.views, views, strict=True) if not view
    ]
    if missing:
        raise NotFoundError(f"service {service.name!r}: there is no view {', nor '.join(missing)}")
    clashes = list(_clashes([view for view in views if view]))
    if clashes:
        raise ConflictError("\n".join(f"service {service.name!r}: {clash}" for clash in clashes))


def _clashes(views: Sequence[View]) -> Iterator[str]:
    owner: dict[str, View] = {}
    for view in views:
        for name in served_names(view):
            other = owner.setdefault(sql_name(name), view)
            if other is not view:
                yield (
                    f"{other.full_name} and {view.full_name} both have an attribute {name!r}; "
                    "rename one of them, or put the views into services of their own"
                )
    for view in views:
        for key in {sql_name(view.entity.name), view.entity.column} & set(owner):
            yield (
                f"attribute {key!r} of {owner[key].full_name} has the name of the key of {view.full_name}; rename it, "
                "or put the views into services of their own"
            )
