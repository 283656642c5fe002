"""A versioned group of attributes about one entity."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, ClassVar

from pydantic import Discriminator, SerializerFunctionWrapHandler, Tag, model_serializer, model_validator
from pydantic import Field as field

from snowplow_signals.definitions.attributes import Attribute
from snowplow_signals.definitions.base import Definition, Located, concerning, is_broken, refused
from snowplow_signals.definitions.derived import Computed, Derived, computed_at_read, derived_problems, in_order
from snowplow_signals.definitions.entities import Entity, LinkEntity
from snowplow_signals.definitions.fields import (
    Duration,
    Flag,
    Moment,
    Name,
    NoneIsEmpty,
    Owner,
    Tags,
    Text,
    Version,
)
from snowplow_signals.definitions.names import sql_name
from snowplow_signals.definitions.sources import BatchSource, Field
from snowplow_signals.errors import DefinitionError, Problem


def _which_attribute(data: Any) -> str:
    is_derived = isinstance(data, Derived) or (isinstance(data, Mapping) and "expression" in data)
    return "derived" if is_derived else "attribute"


AnyAttribute = Annotated[
    Annotated[Attribute, Tag("attribute")] | Annotated[Derived, Tag("derived")], Discriminator(_which_attribute)
]
"""What is computed from events, or from other attributes: that has an `expression`."""

VALIDITY = ("valid_from", "valid_to")
"""The columns beside the attributes in the history of a view with `snapshot`."""


class View(Definition):
    """A versioned group of attributes about one entity, computed and published together.

    Either `attributes`, which are computed from events, or `fields` of a `batch_source`, which are served as they are.
    `offline` views are computed in the warehouse; `online` ones are served. `attribute_key` is accepted for `entity`.
    With `snapshot` the warehouse keeps what was published: a row per change of an entity's attributes, and from when
    until when it held.
    """

    noun: ClassVar[str] = "view"

    name: Name
    version: Version = 1
    entity: Entity
    attributes: Annotated[tuple[AnyAttribute, ...], NoneIsEmpty] = ()
    fields: Annotated[tuple[Field, ...], NoneIsEmpty] = ()
    batch_source: BatchSource | None = None
    offline: Flag = False
    online: Flag = True
    owner: Owner
    description: Text | None = None
    ttl: Duration | None = None
    is_published: Flag = False
    backfill_since: Moment | None = field(None, alias="backfill_since_tstamp")
    refresh_rate: Duration | None = None
    tags: Tags | None = None
    snapshot: Flag = False

    @model_validator(mode="before")
    @classmethod
    def _later_spelling(cls, data: Any) -> Any:
        if not isinstance(data, Mapping) or "attribute_key" not in data:
            return data
        if "entity" in data:
            raise refused("entity and attribute_key are the same argument; pass only one of them", whole=True)
        return {("entity" if name == "attribute_key" else name): value for name, value in data.items()}

    @model_serializer(mode="wrap")
    def _without_what_others_do_not_know(self, serialize: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """The public SDK has no snapshots: a view without them is written as it writes it."""
        data: dict[str, Any] = serialize(self)
        if not self.snapshot:
            data.pop("snapshot", None)
        return data

    @property
    def served(self) -> tuple[Computed | Field, ...]:
        """What the view serves: its attributes, or the fields of its batch source."""
        return (*self.attributes, *self.fields)

    @property
    def aggregated(self) -> tuple[Attribute, ...]:
        """Those of its attributes that are computed from events."""
        return tuple(one for one in self.attributes if isinstance(one, Attribute))

    @property
    def derived(self) -> tuple[Derived, ...]:
        """Those that are computed from other attributes, each after the ones that it reads."""
        return in_order(self.attributes)

    @property
    def computed_at_read(self) -> frozenset[str]:
        """The columns of derived attributes that the warehouse does not have: they depend on when they are read."""
        return computed_at_read(self.attributes)

    @concerning("attributes", "fields")
    def _name_problems(self) -> Iterator[str]:
        names = [part.name for part in self.served if isinstance(part.name, str)]
        counts = Counter(map(sql_name, names))
        for name in {sql_name(name): name for name in reversed(names)}.values():
            if counts[sql_name(name)] > 1:
                same = "" if names.count(name) == counts[sql_name(name)] else ", whatever its case"
                yield f"{counts[sql_name(name)]} attributes are named {name!r}{same}; each needs a name of its own"

    @concerning("entity", "attributes", "fields")
    def _entity_problems(self) -> Iterator[str]:
        if is_broken(self.entity):
            return
        names = {sql_name(part.name): part.name for part in self.served if not is_broken(part)}
        same = names.get(self.entity.column)
        if same is not None:
            yield f"attribute {same!r} has the name of the entity's identifier column; choose another"
        is_known = self.attributes and not isinstance(self.entity, LinkEntity)
        problem = self.entity.source_problem() if is_known else None
        if problem:
            yield f"entity {self.entity.name!r}: {problem}"

    @concerning("attributes", "fields", "batch_source")
    def _content_problems(self) -> Iterator[str]:
        if self.attributes and self.fields:
            yield "a view has attributes or fields, not both: put them into separate views"
        elif self.fields and self.batch_source is None:
            yield "fields need a batch_source: the table whose columns they are"
        elif not self.attributes and not self.fields:
            yield "the view is empty: give it attributes, or fields and their batch_source"

    @concerning("offline", "attributes")
    def _offline_problems(self) -> Iterator[str]:
        for number, attribute in enumerate(self.attributes):
            if not is_broken(attribute) and not isinstance(attribute, Derived):
                problems = attribute.offline_problems() if self.offline else attribute.stream_problems()
                for name, problem in problems:
                    yield Located(("attributes", number, name), problem)

    @concerning("offline", "attributes")
    def _derived_problems(self) -> Iterator[str]:
        for number, problem in derived_problems(self.attributes):
            yield Located(("attributes", number, "expression"), problem)
        if not self.offline and any(isinstance(one, Derived) for one in self.attributes):
            yield "derived attributes are computed in the warehouse: set offline=True, or leave them out"

    @concerning("snapshot", "offline", "attributes", "fields")
    def _snapshot_problems(self) -> Iterator[str]:
        if not self.snapshot:
            return
        if not self.offline:
            yield "snapshot keeps what is computed in the warehouse: set offline=True, or leave snapshot out"
        elif self.fields:
            yield "snapshot keeps attributes that are computed here; fields come from a table that is kept elsewhere"
        columns = (*(sql_name(part.name) for part in self.served if not is_broken(part)), self._identifier_column())
        for name in VALIDITY:
            if name in columns:
                yield f"snapshot keeps a column {name!r}, so no attribute or identifier can have that name"

    def _identifier_column(self) -> str:
        return "" if is_broken(self.entity) else self.entity.column

    def remarks_on_attributes(self) -> Iterator[str]:
        """Warnings about what attributes declare without effect."""
        for attribute in self.attributes:
            for remark in attribute.remarks():
                yield f"attribute {attribute.name!r}: {remark}"

    @property
    def full_name(self) -> str:
        """`name_v1`: how the view is named where attributes are read."""
        return f"{self.name}_v{self.version}"

    @property
    def store_name(self) -> str:
        """The full name without regard to case: how the view is distinguished, and its profiles are kept."""
        return store_name(self.name, self.version)

    @property
    def project_name(self) -> str:
        """`name_1` in lower case: the dbt project, and the beginning of its tables' names."""
        return f"{sql_name(self.name)}_{self.version}"

    def get_attributes(self, signals: Any, identifier: str | int | None = None, **more: Any) -> Any:
        """The attributes of one `identifier`, read through the client `signals`: its `get_view_attributes`."""
        return signals.get_view_attributes(self, identifier=identifier, **more)


def store_name(name: str, version: int) -> str:
    """How a version of a view is distinguished from all others."""
    return f"{sql_name(name)}_v{version}"


AttributeGroup = View


def BatchAttributeGroup(**arguments: Any) -> View:
    """A view that is computed in the warehouse: `View(offline=True, ...)`. Also called `BatchView`."""
    return View(**_with_offline("BatchAttributeGroup", True, arguments))


def ExternalBatchAttributeGroup(**arguments: Any) -> View:
    """A view whose `fields` are read from a `batch_source` as they are: `View(offline=True, ...)`.

    Also called `ExternalBatchView`.
    """
    return View(**_with_offline("ExternalBatchAttributeGroup", True, arguments))


def StreamAttributeGroup(**arguments: Any) -> View:
    """A view that is computed as events arrive, not by this engine: `View(offline=False, ...)`.

    Also called `StreamView`.
    """
    return View(**_with_offline("StreamAttributeGroup", False, arguments))


BatchView, ExternalBatchView, StreamView = BatchAttributeGroup, ExternalBatchAttributeGroup, StreamAttributeGroup


def _with_offline(spelling: str, offline: bool, arguments: dict[str, Any]) -> dict[str, Any]:
    if arguments.get("offline", offline) is not offline:
        where = f"view {arguments.get('name')!r}"
        raise DefinitionError(Problem(where, f"{spelling} means offline={offline}; leave offline out, or use View"))
    return {**arguments, "offline": offline}
