"""Batch engine of Signals: attributes of users, computed in the warehouse by a dbt project you own.

Names are imported when they are first used, so that `import snowplow_signals`, and with it the command line's
`--help`, costs next to nothing.
"""

# ruff: noqa: F401 - the imports at the end are for type checkers; a test holds them against the table
from importlib import import_module
from typing import TYPE_CHECKING, Any

_EXPORTS = {
    "snowplow_signals.definitions.attributes": ("AGGREGATIONS", "ATTRIBUTE_TYPES", "TIME_UNITS", "Attribute"),
    "snowplow_signals.definitions.criteria": ("OPERATORS", "Criteria", "Criterion"),
    "snowplow_signals.definitions.entities": (
        "AttributeKey",
        "Entity",
        "domain_sessionid",
        "domain_userid",
        "network_userid",
        "session_attribute_key",
        "session_entity",
        "user_attribute_key",
        "user_entity",
        "user_id",
    ),
    "snowplow_signals.definitions.events": ("Event", "PagePing", "PageView", "StructuredEvent"),
    "snowplow_signals.definitions.loading": ("load_views",),
    "snowplow_signals.definitions.properties": (
        "DATE_PARTS",
        "AtomicProperty",
        "EntityProperty",
        "EventProperty",
        "Property",
    ),
    "snowplow_signals.definitions.services": ("Service", "ViewReference"),
    "snowplow_signals.definitions.sources": ("BatchSource", "Field"),
    "snowplow_signals.definitions.views": (
        "AttributeGroup",
        "BatchAttributeGroup",
        "ExternalBatchAttributeGroup",
        "StreamAttributeGroup",
        "View",
    ),
    "snowplow_signals.errors": (
        "BusyError",
        "DefinitionError",
        "Problem",
        "RunError",
        "SignalsError",
        "SourceError",
        "StoreError",
        "UnsupportedError",
        "UsageError",
        "WorkspaceError",
    ),
}
_MODULE_OF = {name: module for module, names in _EXPORTS.items() for name in names}

__all__ = sorted(_MODULE_OF)


def __getattr__(name: str) -> Any:
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(_MODULE_OF[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_MODULE_OF})


if TYPE_CHECKING:
    from snowplow_signals.definitions.attributes import AGGREGATIONS, ATTRIBUTE_TYPES, TIME_UNITS, Attribute
    from snowplow_signals.definitions.criteria import OPERATORS, Criteria, Criterion
    from snowplow_signals.definitions.entities import (
        AttributeKey,
        Entity,
        domain_sessionid,
        domain_userid,
        network_userid,
        session_attribute_key,
        session_entity,
        user_attribute_key,
        user_entity,
        user_id,
    )
    from snowplow_signals.definitions.events import Event, PagePing, PageView, StructuredEvent
    from snowplow_signals.definitions.loading import load_views
    from snowplow_signals.definitions.properties import (
        DATE_PARTS,
        AtomicProperty,
        EntityProperty,
        EventProperty,
        Property,
    )
    from snowplow_signals.definitions.services import Service, ViewReference
    from snowplow_signals.definitions.sources import BatchSource, Field
    from snowplow_signals.definitions.views import (
        AttributeGroup,
        BatchAttributeGroup,
        ExternalBatchAttributeGroup,
        StreamAttributeGroup,
        View,
    )
    from snowplow_signals.errors import (
        BusyError,
        DefinitionError,
        Problem,
        RunError,
        SignalsError,
        SourceError,
        StoreError,
        UnsupportedError,
        UsageError,
        WorkspaceError,
    )
