"""What an application reads by one name: the attributes of several views."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, model_validator

from snowplow_signals.definitions.base import Definition, refused
from snowplow_signals.definitions.fields import Flag, Owner, Text, Version, WarehouseName
from snowplow_signals.definitions.views import View


class ViewReference(Definition):
    """One version of a view, by name."""

    noun: ClassVar[str] = "view reference"

    name: WarehouseName
    version: Version = 1


def _reference(view: Any) -> Any:
    return ViewReference(name=view.name, version=view.version) if isinstance(view, View) else view


class Service(Definition):
    """A stable name under which an application reads the attributes of several views.

    `views` takes views, or {"name": ..., "version": ...}; it keeps the names and versions.
    """

    noun: ClassVar[str] = "service"

    name: WarehouseName
    views: tuple[Annotated[ViewReference, BeforeValidator(_reference)], ...]
    owner: Owner
    description: Text | None = None
    is_published: Flag = False
