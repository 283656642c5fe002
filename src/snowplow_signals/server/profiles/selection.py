"""What a request for profiles asks for: which attributes of which views, by which key."""

from __future__ import annotations

import asyncio
import heapq
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
CHARACTERS_OF_A_NAME = 40
"""What a name adds to those of its text: a name that is remembered is several objects, and the garbage collector, which
stops everybody, takes 70 ms for those of 300,000 names.
"""


class Selections:
    """Selections by way of asking, found once and remembered while the definitions stay as they are.

    What is refused is remembered too. Ways of asking come from clients, so what is remembered of them is bounded, and
    they are worked out by a thread: others are answered meanwhile. Belongs to one event loop.
    """

    def __init__(self) -> None:
        self._revision = -1
        self._characters = 0
        self._known: dict[tuple[object, ...], Selection | NotFoundError | InvalidError] = {}

    async def of(self, question: Question, snapshot: Snapshot) -> Selection:
        """Raises what `select` raises."""
        found = self._known.get(question.way) if snapshot.revision == self._revision else None
        if found is None:
            found = await asyncio.to_thread(_selected, question, snapshot)
            self._remember(question, snapshot.revision, found)
        if isinstance(found, Selection):
            return found
        raise found.with_traceback(None)  # without this it would keep the frames of each raise alive

    def _remember(self, question: Question, revision: int, found: Selection | NotFoundError | InvalidError) -> None:
        is_full = len(self._known) >= REMEMBERED or self._characters >= REMEMBERED_CHARACTERS
        if revision != self._revision or is_full:
            self._revision = revision
            self._characters = 0
            self._known.clear()
        names = (*question.attributes, *question.identifiers)
        self._characters += sum(map(len, names)) + CHARACTERS_OF_A_NAME * len(names)
        self._known[question.way] = found


def _selected(question: Question, snapshot: Snapshot) -> Selection | NotFoundError | InvalidError:
    try:
        return select(
            snapshot,
            tuple(question.identifiers),
            service=question.service,
            attributes=question.attributes,
            has_full_names=question.has_full_names,
        )
    except (NotFoundError, InvalidError) as error:
        return error


class _Keys:
    """The keys of a request, as it spells them, looked up once for all views."""

    def __init__(self, snapshot: Snapshot, spelled: Sequence[str]) -> None:
        self._named: dict[str, tuple[int, str]] = {}
        self._columns: dict[str, str] = {}
        """The columns of entities that the registry knows by these names."""
        for number, key in enumerate(spelled):
            self._named.setdefault(sql_name(key), (number, key))
            entity = snapshot.entities.get(sql_name(key))
            if entity is not None:
                self._columns.setdefault(entity.column, key)
        self.names = self._named.keys() | self._columns.keys()
        """Names of entities, and columns, one of which a view that is read by one of the keys has."""
        self.shown = ", ".join(map(_shown, spelled[:10]))

    def of(self, view: View) -> str | None:
        """Which of the keys the view is read by: that of its entity, by its name, or by that of its column."""
        names = (sql_name(view.entity.name), view.entity.column)
        named = min((self._named[name] for name in names if name in self._named), default=None)
        return named[1] if named is not None else self._columns.get(view.entity.column)


class _Wanted:
    """What is wanted of a view: attributes, by the names that they have there."""

    def __init__(self, view: View) -> None:
        self.view = view
        self.names: dict[str, None] = {}
        self._known = {sql_name(part.name): part.name for part in view.served}

    def add(self, attribute: str) -> None:
        name = self._known.get(sql_name(attribute))
        if name is None:
            hint = did_you_mean(attribute, self._known.values())
            raise NotFoundError(f"{self.view.full_name} has no attribute {attribute!r}{hint}")
        self.names[name] = None

    def add_all(self) -> None:
        self.names.update(dict.fromkeys(self._known.values()))


def select(
    snapshot: Snapshot, keys: Sequence[str], *, service: str | None, attributes: Sequence[str], has_full_names: bool
) -> Selection:
    """What is asked for by the name of a service, or of attributes.

    An attribute is named `shop_v1:clicks`, or `clicks` alone when only one view has it. Raises NotFoundError for a
    missing service, view, attribute or key, InvalidError for names that could be of several attributes, or
    that several have in the answer.
    """
    by = _Keys(snapshot, keys)
    parts = []
    wanted = _of_service(snapshot, service) if service is not None else _of_names(snapshot, attributes, by)
    for one in wanted:
        view, names = one.view, tuple(one.names)
        key = by.of(view)
        if key is None and service is None:
            raise NotFoundError(f"{view.full_name} is read by {view.entity.identifier!r}, not by {by.shown}")
        shown = tuple(f"{view.full_name}:{name}" for name in names) if has_full_names else names
        parts.append(Selected(view.full_name, view.store_name, key, shown, served_attributes(view, names)))
    if not any(part.key for part in parts):
        needed = ", ".join(map(_shown, sorted({one.view.entity.identifier for one in wanted})[:10]))
        raise NotFoundError(f"service {service!r} is read by {needed}, not by {by.shown}")
    _check_names(parts, keys)
    return Selection(tuple(parts))


def _of_service(snapshot: Snapshot, name: str) -> list[_Wanted]:
    found = snapshot.services.get(sql_name(name))
    if found is None:
        raise NotFoundError(f"there is no service {name!r}{did_you_mean(name, snapshot.services)}")
    wanted = [_Wanted(snapshot.views[one.store_name]) for one in found.views]
    for one in wanted:
        one.add_all()
    return wanted


def _of_names(snapshot: Snapshot, names: Sequence[str], keys: _Keys) -> list[_Wanted]:
    wanted: dict[str, _Wanted] = {}
    for name in dict.fromkeys(names):
        qualified = _QUALIFIED.fullmatch(name)
        view = _named(snapshot, qualified["view"]) if qualified else _only_one_with(snapshot, name, keys)
        stored = view.store_name
        if stored not in wanted:
            wanted[stored] = _Wanted(view)
        wanted[stored].add(qualified["attribute"] if qualified else name)
    return list(wanted.values())


def _named(snapshot: Snapshot, full_name: str) -> View:
    found = snapshot.views.get(sql_name(full_name))
    if found is None:
        raise NotFoundError(f"there is no view {full_name!r}{did_you_mean(full_name, snapshot.views)}")
    return found


def _only_one_with(snapshot: Snapshot, name: str, keys: _Keys) -> View:
    """The view that has the attribute, in its latest version; older clients leave its name out."""
    by_key = snapshot.by_attribute.get(sql_name(name), {})
    having = {view.full_name: view for key in keys.names & by_key.keys() for view in by_key[key] if keys.of(view)}
    if len(having) == 1:
        return next(iter(having.values()))
    if having:
        choices = ", ".join(f"{view}:{name}" for view in heapq.nsmallest(10, having))
        raise InvalidError([(_AT, f"several views have an attribute {name!r}; name one: {choices}")])
    raise NotFoundError(f"no view read by {keys.shown} has an attribute {_shown(name)}; write it as 'shop_v1:clicks'")


def _check_names(parts: Sequence[Selected], keys: Sequence[str]) -> None:
    owner: dict[str, str] = {}
    asked = {sql_name(key) for key in keys}
    for part in parts:
        for name in part.names:
            if sql_name(name) in asked:
                reason = f"{part.view}:{name} has the name of a key of the request; set full_attribute_names"
                raise InvalidError([(_AT, reason)])
            other = owner.setdefault(sql_name(name), part.view)
            if other != part.view:
                reason = f"{other}:{name} and {part.view}:{name} have the same name; set full_attribute_names"
                raise InvalidError([(_AT, reason)])


def _shown(name: str) -> str:
    return repr(name if len(name) <= 100 else f"{name[:100]}...")
