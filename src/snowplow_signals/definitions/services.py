"""What an application reads by one name: the attributes of several views."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, model_validator

from snowplow_signals.definitions.base import Definition, concerning, is_broken, refused
from snowplow_signals.definitions.fields import Flag, Name, Owner, Tags, Text, Version
from snowplow_signals.definitions.views import View, store_name

MAX_VIEWS = 100


class ViewReference(Definition):
    """One version of a view, by name."""

    noun: ClassVar[str] = "view reference"

    name: Name
    version: Version = 1

    @property
    def store_name(self) -> str:
        """How the view is distinguished: its full name, without regard to case."""
        return store_name(self.name, self.version)


def _reference(view: Any) -> Any:
    return ViewReference(name=view.name, version=view.version) if isinstance(view, View) else view


class Service(Definition):
    """A stable name under which an application reads the attributes of several views.

    `views` takes views, or {"name": ..., "version": ...}; it keeps the names and versions.
    """

    noun: ClassVar[str] = "service"

    name: Name
    views: tuple[Annotated[ViewReference, BeforeValidator(_reference)], ...]
    owner: Owner
    description: Text | None = None
    is_published: Flag = False
    tags: Tags | None = None

    @model_validator(mode="before")
    @classmethod
    def _later_spelling(cls, data: Any) -> Any:
        if not isinstance(data, Mapping) or "attribute_groups" not in data:
            return data
        if "views" in data:
            raise refused("views and attribute_groups are the same argument; pass only one of them", whole=True)
        return {("views" if name == "attribute_groups" else name): value for name, value in data.items()}

    @concerning("views")
    def _view_problems(self) -> Iterator[str]:
        if not 1 <= len(self.views) <= MAX_VIEWS:
            yield f"views must name from 1 to {MAX_VIEWS} views, not {len(self.views)}"
        named = [view for view in self.views if not is_broken(view)]
        counts = Counter(view.store_name for view in named)
        for view in {view.store_name: view for view in named}.values():
            if counts[view.store_name] > 1:
                yield f"views names {view.name!r} version {view.version} {counts[view.store_name]} times"

    def get_attributes(
        self, signals: Any, attribute_key: Any = None, identifier: str | int | None = None, *, entity: Any = None
    ) -> Any:
        """The attributes of one `identifier`, read through the client `signals`: its `get_service_attributes`."""
        return signals.get_service_attributes(self, attribute_key, identifier, entity=entity)
