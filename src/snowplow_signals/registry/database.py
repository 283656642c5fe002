"""The registry in a database: entities, views with their versions, services, batch sources.

Every change is one transaction, and increases the registry's revision: changes of several processes are serialized, and
whoever keeps a snapshot knows when it is stale.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self, TypeVar, cast

from sqlalchemy import Connection, Engine, Row, and_, func, select, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from snowplow_signals.definitions import BatchSource, Definition, Entity, Service, View, ViewReference
from snowplow_signals.definitions.entities import BUILT_IN
from snowplow_signals.definitions.names import sql_name
from snowplow_signals.errors import (
    AlreadyExistsError,
    InUseError,
    NotFoundError,
    RegistryError,
    SignalsError,
    UnreadableError,
)
from snowplow_signals.registry import tables
from snowplow_signals.registry.checks import check_service
from snowplow_signals.registry.connection import engine_of
from snowplow_signals.registry.erasures import Erasures, Execute, Values
from snowplow_signals.registry.keys import ApiKeys
from snowplow_signals.registry.snapshot import Snapshot

D = TypeVar("D", bound=Definition)

NAMED = 10
"""How many others a message names at most."""


class Registry:
    """Published definitions. May be used from several threads, and by several processes at once.

    All methods raise RegistryError when the database cannot be reached.
    """

    def __init__(self, engine: Engine, where: str) -> None:
        self._engine = engine
        self.where = where
        self.keys = ApiKeys(self._reading, self._writing)
        self.erasures = Erasures(self._remembering)

    @classmethod
    def open(cls, url: str | Path) -> Self:
        """The registry at `url`: a path, `sqlite:///path`, or `postgresql://...`; its tables are created or migrated.

        Raises UsageError for another kind of URL, RegistryError when it cannot be opened.
        """
        registry = cls(*engine_of(url))
        registry.prepare()
        return registry

    def prepare(self) -> None:
        """Create or migrate the tables. Nothing is written when nothing is to be done: a replica can be read."""
        with self._transaction(writes=False) as connection:
            if tables.are_current(connection):
                return
        with self._transaction(writes=True) as connection:
            tables.migrate(connection, self.where)

    def close(self) -> None:
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # entities

    def create_entity(self, entity: Entity) -> None:
        """Raises AlreadyExistsError, also for the name of a built-in one, which can be replaced."""
        with self._writing() as connection:
            if sql_name(entity.name) in BUILT_IN or _one(connection, tables.entities, name=entity.name):
                raise AlreadyExistsError(f"entity {entity.name!r} already exists")
            connection.execute(tables.entities.insert().values(name=entity.name, body=_text(entity)))

    def replace_entity(self, entity: Entity) -> None:
        """Raises NotFoundError. Views keep the entity as it was when they were written."""
        with self._writing() as connection:
            stored = _one(connection, tables.entities, name=entity.name)
            if not stored and sql_name(entity.name) not in BUILT_IN:
                raise NotFoundError(f"there is no entity {entity.name!r}")
            values = {"name": entity.name, "body": _text(entity)}
            if not stored:
                connection.execute(tables.entities.insert().values(**values))
            else:
                same = _named(tables.entities, name=entity.name)
                connection.execute(tables.entities.update().where(same).values(**values))

    def entity(self, name: str) -> Entity:
        """Raises NotFoundError."""
        with self._reading() as connection:
            row = _one(connection, tables.entities, name=name)
        if row:
            return _named_definition(Entity, row)
        if sql_name(name) in BUILT_IN:
            return BUILT_IN[sql_name(name)]
        raise NotFoundError(f"there is no entity {name!r}")

    def entities(self) -> list[Entity]:
        """By name, the built-in ones included."""
        with self._reading() as connection:
            found = _entities(connection)
        return [found[name] for name in sorted(found)]

    def delete_entity(self, name: str) -> None:
        """Raises NotFoundError; InUseError for a built-in one, and while a view is about it.

        A built-in one that was replaced gets its original form back.
        """
        with self._writing() as connection:
            if not _one(connection, tables.entities, name=name):
                if sql_name(name) in BUILT_IN:
                    raise InUseError(f"entity {name!r} is built in and cannot be deleted")
                raise NotFoundError(f"there is no entity {name!r}")
            query = tables.views.select().order_by(tables.views.c.name, tables.views.c.version)
            about = (
                view for view in map(_view, connection.execute(query)) if sql_name(view.entity.name) == sql_name(name)
            )
            views = [view.full_name for view in about]
            if views:
                some = f"{', '.join(views[:NAMED])}{f' and {len(views) - NAMED:,} more' if len(views) > NAMED else ''}"
                raise InUseError(
                    f"entity {name!r} is what {some} {'are' if len(views) > 1 else 'is'} about: delete "
                    f"{'these views' if len(views) > 1 else 'this view'} first, or publish with another entity"
                )
            connection.execute(tables.entities.delete().where(_named(tables.entities, name=name)))

    # views

    def create_view(self, view: View) -> View:
        """The view as it is kept. Raises AlreadyExistsError."""
        with self._writing() as connection:
            if _one(connection, tables.views, name=view.name, version=view.version):
                raise AlreadyExistsError(f"view {view.name!r} version {view.version} already exists")
            connection.execute(tables.views.insert().values(name=view.name, version=view.version, **_columns(view)))
        return view

    def replace_view(self, view: View) -> View:
        """The view as it is kept: without a batch source, it keeps the one that was registered.

        Raises NotFoundError; ConflictError when an attribute would get a name that a service already has.
        """
        with self._writing() as connection:
            before = _found(_one(connection, tables.views, name=view.name, version=view.version), view)
            if view.batch_source is None and before.batch_source is not None:
                view = view.model_copy(update={"batch_source": _parsed(BatchSource, before.batch_source)})
            values = _columns(view) | {"name": view.name}  # its case may have changed
            connection.execute(tables.views.update().where(_is(view.name, view.version)).values(**values))
            for service in self._services_of(connection, view):
                self._check(connection, service)
        return view

    def view(self, name: str, version: int | None = None) -> View:
        """One version of a view, the latest without one. Raises NotFoundError."""
        condition = _named(tables.views, name=name) if version is None else _is(name, version)
        query = tables.views.select().where(condition).order_by(tables.views.c.version.desc()).limit(1)
        with self._reading() as connection:
            row = connection.execute(query).one_or_none()
        if row is None:
            raise NotFoundError(f"there is no view {name!r}" + (f" version {version}" if version else ""))
        return _view(row)

    def views(self, *, offline: bool | None = None) -> list[View]:
        """All versions of all views, by name and version; only those that are (not) `offline` if it is given.

        Those that cannot be read are left out: `snapshot` names them.
        """
        query = tables.views.select().order_by(tables.views.c.name, tables.views.c.version)
        with self._reading() as connection:
            found = list(_Aside().readable(connection.execute(query), View.noun, _view))
        return [view for view in found if offline is None or view.offline is offline]

    def delete_view(self, name: str, version: int) -> None:
        """Its values must then be removed from the profiles store: `deleted_views`.

        Raises NotFoundError; InUseError while a service names it.
        """
        with self._writing() as connection:
            reference = ViewReference(name=name, version=version)
            _found(_one(connection, tables.views, name=name, version=version), reference)
            services = [repr(service.name) for service in self._services_of(connection, reference)]
            if services:
                named = f"service{'s' if len(services) > 1 else ''} {', '.join(services)}"
                raise InUseError(f"view {name!r} version {version} is in {named}: remove it there first")
            connection.execute(tables.views.delete().where(_is(name, version)))
            if not _one(connection, tables.deleted_views, name=name, version=version):
                connection.execute(tables.deleted_views.insert().values(name=sql_name(name), version=version))

    def deleted_views(self) -> list[str]:
        """The views that were deleted, and whose values may still be in the profiles store, as it names them."""
        with self._reading() as connection:
            return [f"{row.name}_v{row.version}" for row in connection.execute(tables.deleted_views.select())]

    def forget_deleted(self, view: str) -> None:
        """The values of a deleted view, given by its name in the store, are gone."""
        name, version = _split(view)
        known = tables.deleted_views
        with self._transaction(writes=True) as connection:  # no definition changes
            connection.execute(known.delete().where(known.c.name == name, known.c.version == version))

    def is_current(self, view: View) -> bool:
        """Whether there is such a view, exactly as it is given."""
        with self._reading() as connection:
            row = _one(connection, tables.views, name=view.name, version=view.version)
        return row is not None and _view(row) == view

    def set_published(self, references: Sequence[ViewReference] | None, is_published: bool) -> list[View]:
        """Publish or unpublish views, all without `references`; returns those that this changed.

        Raises NotFoundError, and changes nothing, when one is not there.
        """
        changed: list[View] = []
        with self._writing() as connection:
            rows = (
                connection.execute(tables.views.select()).all()
                if references is None
                else [_found(_one(connection, tables.views, name=r.name, version=r.version), r) for r in references]
            )
            # of all there are, those that can be read; of those that were named, each
            readable = _Aside().readable(rows, View.noun, _view) if references is None else map(_view, rows)
            for view in readable:
                if view.is_published is not is_published:
                    changed.append(view.model_copy(update={"is_published": is_published}))
            for view in changed:
                connection.execute(tables.views.update().where(_is(view.name, view.version)).values(**_columns(view)))
        return changed

    # batch sources

    def register_batch_source(self, view: str, source: BatchSource) -> bool:
        """Store `source` as the one of a view, given by its full name; returns whether it changed. Raises
        NotFoundError.
        """
        with self._writing() as connection:
            name, version = _split(view)
            row = _found(_one(connection, tables.views, name=name, version=version), view)
            text = _text(source)
            if row.batch_source == text:
                return False
            connection.execute(tables.views.update().where(_is(name, version)).values(batch_source=text))
        return True

    def batch_source(self, view: str) -> BatchSource | None:
        """The registered source of a view, given by its full name, or None."""
        name, version = _split(view)
        with self._reading() as connection:
            row = _one(connection, tables.views, name=name, version=version)
        return _parsed(BatchSource, row.batch_source) if row and row.batch_source else None

    def published_views(self) -> list[View]:
        """What is to be synced: views that are published, offline, and have a batch source; by name and version."""
        return [view for view in self.views(offline=True) if view.is_published and view.batch_source]

    # services

    def create_service(self, service: Service) -> None:
        """Raises AlreadyExistsError; NotFoundError for views that are not there, ConflictError for those that share an
        attribute's name.
        """
        with self._writing() as connection:
            if _one(connection, tables.services, name=service.name):
                raise AlreadyExistsError(f"service {service.name!r} already exists")
            self._check(connection, service)
            connection.execute(tables.services.insert().values(name=service.name, body=_text(service)))

    def replace_service(self, service: Service) -> None:
        """Raises NotFoundError, for views too; ConflictError for views that share an attribute's name."""
        with self._writing() as connection:
            if not _one(connection, tables.services, name=service.name):
                raise NotFoundError(f"there is no service {service.name!r}")
            self._check(connection, service)
            same = _named(tables.services, name=service.name)
            connection.execute(tables.services.update().where(same).values(name=service.name, body=_text(service)))

    def service(self, name: str) -> Service:
        """Raises NotFoundError."""
        with self._reading() as connection:
            row = _one(connection, tables.services, name=name)
        if row is None:
            raise NotFoundError(f"there is no service {name!r}")
        return _named_definition(Service, row)

    def services(self) -> list[Service]:
        """By name."""
        with self._reading() as connection:
            found = _definitions(connection, Service, tables.services)
        return [found[name] for name in sorted(found)]

    def delete_service(self, name: str) -> None:
        """Raises NotFoundError."""
        with self._writing() as connection:
            if not connection.execute(tables.services.delete().where(_named(tables.services, name=name))).rowcount:
                raise NotFoundError(f"there is no service {name!r}")

    # as a whole

    def revision(self) -> int:
        """A number that grows with every change."""
        with self._reading() as connection:
            return _revision(connection)

    def snapshot(self) -> Snapshot:
        """Everything there is, at one moment."""
        with self._reading() as connection:
            revision = _revision(connection)
            aside = _Aside()
            views = list(aside.readable(connection.execute(tables.views.select()), View.noun, _view))
            keys = connection.execute(select(tables.api_keys.c.key_id, tables.api_keys.c.revoked_at)).all()
            return Snapshot(
                revision=revision,
                entities=_entities(connection, aside),
                views={view.store_name: view for view in views},
                services=_definitions(connection, Service, tables.services, aside),
                unreadable=aside.unreadable,
                active_keys=frozenset(key.key_id for key in keys if key.revoked_at is None),
                has_keys=bool(keys),
            )

    @staticmethod
    def _services_of(connection: Connection, view: View | ViewReference) -> Iterator[Service]:
        for service in _definitions(connection, Service, tables.services).values():
            if any(one.store_name == view.store_name for one in service.views):
                yield service

    @staticmethod
    def _check(connection: Connection, service: Service) -> None:
        rows = [_one(connection, tables.views, name=one.name, version=one.version) for one in service.views]
        check_service(service, [_view(row) if row else None for row in rows])

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with self._transaction(writes=False) as connection:
            yield connection

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with self._transaction(writes=True) as connection:
            # also a lock: on PostgreSQL the next writer blocks on this row
            connection.execute(tables.state.update().values(revision=tables.state.c.revision + 1))
            yield connection

    @contextmanager
    def _remembering(self, *, writes: bool) -> Iterator[Execute]:
        """A transaction for erasures: one writer at a time, but definitions stay as they are."""
        with self._transaction(writes=writes) as connection:
            if writes:  # a lock on PostgreSQL; SQLite has one writer anyway
                connection.execute(select(tables.state.c.layout).with_for_update())
            yield lambda sql, values: _executed(connection, sql, values)

    @contextmanager
    def _transaction(self, *, writes: bool) -> Iterator[Connection]:
        try:
            with self._engine.connect().execution_options(writes=writes) as connection, connection.begin():
                yield connection
        except SQLAlchemyError as error:
            reason = error.orig if isinstance(error, DBAPIError) else error
            raise RegistryError(f"the registry {self.where} could not be reached: {reason}") from error


def _executed(connection: Connection, sql: str, values: Values) -> list[tuple[Any, ...]]:
    result = connection.execute(text(sql), values)
    return [tuple(row) for row in result] if result.returns_rows else []


def _text(definition: Definition) -> str:
    return json.dumps(definition.to_json(), ensure_ascii=False, separators=(",", ":"))


def _parsed(kind: type[D], body: str) -> D:
    return cast("D", _parsed_once(kind, body))


@functools.lru_cache(maxsize=10_000)
def _parsed_once(kind: type[Definition], body: str) -> Definition:
    return kind.from_json(body)


@functools.lru_cache(maxsize=10_000)
def _view_of(body: str, source: str | None) -> View:
    data = json.loads(body)
    if source is not None:
        data["batch_source"] = json.loads(source)
    return View.from_json(data)


@contextmanager
def _reading_definition(named: str) -> Iterator[None]:
    """Whatever fails while a stored definition is read becomes an UnreadableError with its name."""
    try:
        yield
    except (SignalsError, ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError) as error:
        reason = " ".join(str(error).split())[:500] or type(error).__name__
        raise UnreadableError(
            f"{named} was written by another version of this program, or damaged, and cannot be read: {reason}"
        ) from error


def _revision(connection: Connection) -> int:
    return int(connection.execute(select(tables.state.c.revision)).scalar_one())


def _view(row: Row[Any]) -> View:
    with _reading_definition(f"view {row.name!r} version {row.version}"):
        return _view_of(row.body, row.batch_source)


def _named_definition(kind: type[D], row: Row[Any]) -> D:
    with _reading_definition(f"{kind.noun} {row.name!r}"):
        return _parsed(kind, row.body)


class _Aside:
    """Reads definitions one by one; those that cannot be read are set aside, with the reason, by their names."""

    def __init__(self) -> None:
        self.unreadable: dict[str, str] = {}

    def readable(self, rows: Iterable[Row[Any]], noun: str, read: Callable[[Row[Any]], D]) -> Iterator[D]:
        for row in rows:
            try:
                yield read(row)
            except UnreadableError as error:
                version = f" version {row.version}" if hasattr(row, "version") else ""
                self.unreadable[f"{noun} {row.name}{version}"] = str(error)


def _columns(view: View) -> dict[str, str | None]:
    source = view.batch_source
    return {
        "body": _text(view.model_copy(update={"batch_source": None})),
        "batch_source": _text(source) if source else None,
    }


def _one(connection: Connection, table: Any, **key: Any) -> Row[Any] | None:
    return connection.execute(table.select().where(_named(table, **key))).first()


def _named(table: Any, *, name: str, **key: Any) -> Any:
    """Names are kept as they were declared, and distinguished without regard to case."""
    others = (table.c[column] == value for column, value in key.items())
    return and_(func.lower(table.c.name) == sql_name(name), *others)


def _is(name: str, version: int) -> Any:
    return _named(tables.views, name=name, version=version)


def _found(row: Row[Any] | None, view: View | ViewReference | str) -> Row[Any]:
    if row is None:
        named = view if isinstance(view, str) else f"{view.name!r} version {view.version}"
        raise NotFoundError(f"there is no view {named}")
    return row


def _split(full_name: str) -> tuple[str, int]:
    name, _, version = full_name.rpartition("_v")
    if not name or not version.isdecimal() or len(version) > 9:
        raise NotFoundError(f"there is no view {full_name!r}; its full name ends with its version, as in shop_v1")
    return name, int(version)


def _definitions(connection: Connection, kind: type[D], table: Any, aside: _Aside | None = None) -> dict[str, D]:
    """By name, in lower case; without those that cannot be read."""
    rows = connection.execute(table.select())
    found = (aside or _Aside()).readable(rows, kind.noun, lambda row: _named_definition(kind, row))
    return {sql_name(one.name): one for one in found}  # type: ignore[attr-defined]


def _entities(connection: Connection, aside: _Aside | None = None) -> dict[str, Entity]:
    return BUILT_IN | _definitions(connection, Entity, tables.entities, aside)
