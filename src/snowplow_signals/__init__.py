"""Batch engine of Signals: attributes of users, computed in the warehouse by a dbt project you own.

Names are imported when they are first used, so that `import snowplow_signals`, and with it the command line's
`--help`, costs next to nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from snowplow_signals.distribution import VERSION, warn_if_mixed

if TYPE_CHECKING:
    from snowplow_signals.client import *  # noqa: F403
    from snowplow_signals.definitions import *  # noqa: F403
    from snowplow_signals.errors import *  # noqa: F403

_DEFINITIONS = """
AGGREGATIONS ATTRIBUTE_TYPES DATE_PARTS OPERATORS TIME_UNITS
View Attribute Expect Entity Criteria Criterion BatchSource Field Service ViewReference
Derived Value value when coalesce time_between
Event PageView PagePing StructuredEvent
AtomicProperty EventProperty EntityProperty CalculatedProperty Property
user_entity session_entity domain_userid domain_sessionid user_id network_userid
AttributeKey AttributeGroup BatchAttributeGroup StreamAttributeGroup ExternalBatchAttributeGroup
user_attribute_key session_attribute_key LinkAttributeKey LinkEntity
BatchView ExternalBatchView StreamView
SessionAnchors TrainingSpan
load_goal load_views
"""

_ERRORS = """
SignalsError DefinitionError UnsupportedError UsageError WorkspaceError
SourceError RunError BusyError QualityError EngineMemoryError StoreError LeaseLostError UnexpectedError Problem
RegistryError AlreadyExistsError NotFoundError InUseError ConflictError UnreadableError
AlertError ServiceError SignalsAPIError
"""

_CLIENT = "Signals SignalsSandbox Rows"

_MODULE_OF = {
    **dict.fromkeys(_DEFINITIONS.split(), "snowplow_signals.definitions"),
    **dict.fromkeys(_ERRORS.split(), "snowplow_signals.errors"),
    **dict.fromkeys(_CLIENT.split(), "snowplow_signals.client"),
}

__all__ = sorted(_MODULE_OF)
__version__ = VERSION

warn_if_mixed()


def __getattr__(name: str) -> Any:
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(_MODULE_OF[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_MODULE_OF})
