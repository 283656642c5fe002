"""What a request for profiles asks for: which attributes of which views, by which key."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from snowplow_signals.definitions import View
from snowplow_signals.definitions.names import sql_name
from snowplow_signals.errors import NotFoundError, did_you_mean
from snowplow_signals.registry.snapshot import Snapshot
from snowplow_signals.server.invalid import InvalidError
from snowplow_signals.server.profiles.questions import Question
from snowplow_signals.stores.serving import Served, served_attributes

_QUALIFIED = re.compile(r"(?P<view>[A-Za-z0-9_]+_v[0-9]+):(?P<attribute>[A-Za-z0-9_]+)", re.ASCII)
_AT = ("body", "attributes")


@dataclass(frozen=True, slots=True)
class Selected:
    """Attributes of one view, with the names they have in the answer.

    `key` is the request's own spelling of the key that the view is read by; None when the request gives no such key.
    """

    view: str
    """Its full name, as it is declared."""
    stored: str
    """How its profiles are kept."""
    key: str | None
    names: tuple[str, ...]
    attributes: tuple[Served, ...]


@dataclass(frozen=True, slots=True)
class Selection:
    """Everything that a request asks for, view by view."""

    parts: tuple[Selected, ...]


REMEMBERED = 1_000
REMEMBERED_CHARACTERS = 2_000_000


class Selections:
    """Selections by way of asking, found once and remembered while the definitions stay as they are.

    What is refused is remembered too. Ways of asking come from clients, so what is remembered of them is bounded.
    """

    def __init__(self) -> None:
        self._revision = -1
        self._characters = 0
        self._known: dict[tuple[object, ...], Selection | NotFoundError | InvalidError] = {}

    def of(self, question: Question, snapshot: Snapshot) -> Selection:
        """Raises what `select` raises."""
        is_full = len(self._known) >= REMEMBERED or self._characters >= REMEMBERED_CHARACTERS
        if snapshot.revision != self._revision or is_full:
            self._revision = snapshot.revision
            self._characters = 0
            self._known.clear()
        found = self._known.get(question.way)
        if found is None:
            try:
                found = select(
                    snapshot,
                    tuple(question.identifiers),
                    service=question.service,
                    attributes=question.attributes,
                    has_full_names=question.has_full_names,
                )
            except (NotFoundError, InvalidError) as error:
                found = error
            self._characters += sum(map(len, question.attributes)) + sum(map(len, question.identifiers))
            self._known[question.way] = found
        if isinstance(found, Selection):
            return found
        raise found.with_traceback(None)  # else it would keep what stood around each time it was raised


def select(
    snapshot: Snapshot, keys: Sequence[str], *, service: str | None, attributes: Sequence[str], has_full_names: bool
) -> Selection:
    """What is asked for by the name of a service, or of attributes.

    An attribute is named `shop_v1:clicks`, or `clicks` alone when only one view has it. Raises NotFoundError for a
    service, view, attribute or key that is not there, InvalidError for names that could be of several attributes, or
    that several have in the answer.
    """
    wanted = _of_service(snapshot, service) if service is not None else _of_names(snapshot, attributes, keys)
    parts = []
    for view, names in wanted.items():
        key = _key_of(snapshot, view, keys)
        if key is None and service is None:
            raise NotFoundError(f"{view.full_name} is read by {view.entity.identifier!r}, not by {_all(keys)}")
        served = {one.name: one for one in served_attributes(view)}  # by the names that `wanted` took from the view
        shown = tuple(f"{view.full_name}:{name}" if has_full_names else name for name in names)
        parts.append(Selected(view.full_name, view.store_name, key, shown, tuple(served[name] for name in names)))
    if not any(part.key for part in parts):
        needed = _all(sorted({view.entity.identifier for view in wanted}))
        raise NotFoundError(f"service {service!r} is read by {needed}, not by {_all(keys)}")
    _check_names(parts, keys)
    return Selection(tuple(parts))


def _of_service(snapshot: Snapshot, name: str) -> dict[View, list[str]]:
    found = snapshot.services.get(sql_name(name))
    if found is None:
        raise NotFoundError(f"there is no service {name!r}{did_you_mean(name, snapshot.services)}")
    views = (snapshot.views[one.store_name] for one in found.views)
    return {view: [part.name for part in view.served] for view in views}


def _of_names(snapshot: Snapshot, names: Sequence[str], keys: Sequence[str]) -> dict[View, list[str]]:
    wanted: dict[View, list[str]] = {}
    for name in dict.fromkeys(names):
        qualified = _QUALIFIED.fullmatch(name)
        view = _named(snapshot, qualified["view"]) if qualified else _only_one_with(snapshot, name, keys)
        attribute = qualified["attribute"] if qualified else name
        known = {sql_name(part.name): part.name for part in view.served}
        if sql_name(attribute) not in known:
            hint = did_you_mean(attribute, known.values())
            raise NotFoundError(f"{view.full_name} has no attribute {attribute!r}{hint}")
        attribute = known[sql_name(attribute)]
        if attribute not in wanted.setdefault(view, []):
            wanted[view].append(attribute)
    return wanted


def _named(snapshot: Snapshot, full_name: str) -> View:
    found = snapshot.views.get(sql_name(full_name))
    if found is None:
        raise NotFoundError(f"there is no view {full_name!r}{did_you_mean(full_name, snapshot.views)}")
    return found


def _only_one_with(snapshot: Snapshot, name: str, keys: Sequence[str]) -> View:
    """The view that has the attribute, in its latest version; older clients leave its name out."""
    having = [view for view in snapshot.by_attribute.get(sql_name(name), ()) if _key_of(snapshot, view, keys)]
    if len(having) == 1:
        return having[0]
    if having:
        choices = ", ".join(sorted(f"{view.full_name}:{name}" for view in having)[:10])
        raise InvalidError([(_AT, f"several views have an attribute {name!r}; name one: {choices}")])
    shown = name if len(name) <= 100 else f"{name[:100]}..."
    raise NotFoundError(f"no view read by {_all(keys)} has an attribute {shown!r}; write it as 'shop_v1:clicks'")


def _key_of(snapshot: Snapshot, view: View, keys: Sequence[str]) -> str | None:
    """Which of the keys the view is read by: that of its entity, by its name, or by that of its column."""
    for key in keys:
        if sql_name(key) in (sql_name(view.entity.name), view.entity.column):
            return key
    for key in keys:
        entity = snapshot.entities.get(sql_name(key))
        if entity is not None and entity.column == view.entity.column:
            return key
    return None


def _check_names(parts: Sequence[Selected], keys: Sequence[str]) -> None:
    owner: dict[str, str] = {}
    asked = {sql_name(key) for key in keys}
    for part in parts:
        for name in part.names:
            if sql_name(name) in asked:
                reason = f"{part.view}:{name} has the name of a key of the request; ask for full_attribute_names"
                raise InvalidError([(_AT, reason)])
            other = owner.setdefault(sql_name(name), part.view)
            if other != part.view:
                reason = f"{other}:{name} and {part.view}:{name} have one name; ask for full_attribute_names"
                raise InvalidError([(_AT, reason)])


def _all(names: Sequence[str]) -> str:
    shown = [repr(name if len(name) <= 100 else f"{name[:100]}...") for name in names[:10]]
    return ", ".join(shown)
