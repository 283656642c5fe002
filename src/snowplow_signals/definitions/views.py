"""A versioned group of attributes about one entity."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, ClassVar

from pydantic import Field as field
from pydantic import model_validator

from snowplow_signals.definitions.attributes import Attribute
from snowplow_signals.definitions.base import Definition, concerning, is_broken, refused
from snowplow_signals.definitions.entities import Entity
from snowplow_signals.definitions.fields import Duration, Flag, Moment, NoneIsEmpty, Owner, Text, Version, ViewName
from snowplow_signals.definitions.sources import BatchSource, Field
from snowplow_signals.errors import DefinitionError, Problem


class View(Definition):
    """A versioned group of attributes about one entity, computed and published together.

    Either `attributes`, which are computed from events, or `fields` of a `batch_source`, which are served as they are.
    `offline` views are computed in the warehouse; `online` ones are served. `attribute_key` is accepted for `entity`.
    """

    noun: ClassVar[str] = "view"

    name: ViewName
    version: Version = 1
    entity: Entity
    attributes: Annotated[tuple[Attribute, ...], NoneIsEmpty] = ()
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

    @model_validator(mode="before")
    @classmethod
    def _later_spelling(cls, data: Any) -> Any:
        if not isinstance(data, Mapping) or "attribute_key" not in data:
            return data
        if "entity" in data:
            raise refused("entity and attribute_key are two spellings of one argument; give one of them", whole=True)
        return {("entity" if name == "attribute_key" else name): value for name, value in data.items()}

    @concerning("attributes", "fields")
    def _name_problems(self) -> Iterator[str]:
        names = [part.name for part in (*self.attributes, *self.fields) if isinstance(part.name, str)]
        for name, count in Counter(names).items():
            if count > 1:
                yield f"{count} attributes are named {name!r}; each needs a name of its own"

    @concerning("entity", "attributes", "fields")
    def _entity_problems(self) -> Iterator[str]:
        if is_broken(self.entity):
            return
        names = [part.name for part in (*self.attributes, *self.fields)]
        if self.entity.identifier in names:
            yield f"attribute {self.entity.identifier!r} has the name of the entity's identifier column; choose another"
        problem = self.entity.source_problem() if self.attributes else None
        if problem:
            yield f"entity {self.entity.name!r}: {problem}"

    @concerning("attributes", "fields", "batch_source")
    def _content_problems(self) -> Iterator[str]:
        if self.attributes and self.fields:
            yield "attributes and fields together: computed and ready-made attributes need views of their own"
        elif self.fields and self.batch_source is None:
            yield "fields need a batch_source: the table whose columns they are"
        elif not self.attributes and not self.fields:
            yield "the view holds nothing: give it attributes, or fields and their batch_source"

    @property
    def full_name(self) -> str:
        """`name_v1`: how the view is named where attributes are read."""
        return f"{self.name}_v{self.version}"

    @property
    def project_name(self) -> str:
        """`name_1`: the dbt project, and the beginning of its tables' names."""
        return f"{self.name}_{self.version}"


AttributeGroup = View


def BatchAttributeGroup(**arguments: Any) -> View:
    """A view that is computed in the warehouse: `View(offline=True, ...)`."""
    return View(**_with_offline("BatchAttributeGroup", True, arguments))


def ExternalBatchAttributeGroup(**arguments: Any) -> View:
    """A view whose `fields` are read from a `batch_source` as they are: `View(offline=True, ...)`."""
    return View(**_with_offline("ExternalBatchAttributeGroup", True, arguments))


def StreamAttributeGroup(**arguments: Any) -> View:
    """A view that is computed as events arrive, not by this engine: `View(offline=False, ...)`."""
    return View(**_with_offline("StreamAttributeGroup", False, arguments))


def _with_offline(spelling: str, offline: bool, arguments: dict[str, Any]) -> dict[str, Any]:
    if arguments.get("offline", offline) is not offline:
        where = f"view {arguments.get('name')!r}"
        raise DefinitionError(Problem(where, f"{spelling} means offline={offline}; leave offline out, or use View"))
    return {**arguments, "offline": offline}
