"""What a user declares: values without SQL and without effects. One noun per file."""

from snowplow_signals.definitions.atomic import ATOMIC_COLUMNS, COLUMN_KINDS, ColumnKind
from snowplow_signals.definitions.attributes import (
    AGGREGATIONS,
    ATTRIBUTE_TYPES,
    TIME_UNITS,
    Aggregation,
    Attribute,
    AttributeType,
    TimeUnit,
)
from snowplow_signals.definitions.base import Definition
from snowplow_signals.definitions.criteria import OPERATORS, Criteria, Criterion, LiteralKind, Operator, literal_kind
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
from snowplow_signals.definitions.names import MAX_NAME, RESERVED
from snowplow_signals.definitions.properties import (
    DATE_PARTS,
    INTEGER_DATE_PARTS,
    AtomicProperty,
    CalculatedProperty,
    DatePart,
    EntityProperty,
    EventProperty,
    Property,
)
from snowplow_signals.definitions.services import Service, ViewReference
from snowplow_signals.definitions.sources import BatchSource, Field
from snowplow_signals.definitions.views import (
    AttributeGroup,
    BatchAttributeGroup,
    BatchView,
    ExternalBatchAttributeGroup,
    ExternalBatchView,
    StreamAttributeGroup,
    StreamView,
    View,
)

__all__ = [
    "AGGREGATIONS",
    "ATOMIC_COLUMNS",
    "ATTRIBUTE_TYPES",
    "COLUMN_KINDS",
    "DATE_PARTS",
    "INTEGER_DATE_PARTS",
    "MAX_NAME",
    "OPERATORS",
    "RESERVED",
    "TIME_UNITS",
    "Aggregation",
    "AtomicProperty",
    "Attribute",
    "AttributeGroup",
    "AttributeKey",
    "AttributeType",
    "BatchAttributeGroup",
    "BatchSource",
    "BatchView",
    "CalculatedProperty",
    "ColumnKind",
    "Criteria",
    "Criterion",
    "DatePart",
    "Definition",
    "Entity",
    "EntityProperty",
    "Event",
    "EventProperty",
    "ExternalBatchAttributeGroup",
    "ExternalBatchView",
    "Field",
    "LiteralKind",
    "Operator",
    "PagePing",
    "PageView",
    "Property",
    "Service",
    "StreamAttributeGroup",
    "StreamView",
    "StructuredEvent",
    "TimeUnit",
    "View",
    "ViewReference",
    "domain_sessionid",
    "domain_userid",
    "literal_kind",
    "load_views",
    "network_userid",
    "session_attribute_key",
    "session_entity",
    "user_attribute_key",
    "user_entity",
    "user_id",
]
