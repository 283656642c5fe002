"""What a user declares: values without SQL and without effects. One noun per file."""

from snowplow_signals.definitions.aggregations import (
    AGGREGATIONS,
    ATTRIBUTE_TYPES,
    TIME_UNITS,
    Aggregation,
    AttributeType,
    TimeUnit,
)
from snowplow_signals.definitions.atomic import ATOMIC_COLUMNS, COLUMN_KINDS, ColumnKind
from snowplow_signals.definitions.attributes import Attribute
from snowplow_signals.definitions.base import Definition
from snowplow_signals.definitions.criteria import Criteria
from snowplow_signals.definitions.criterion import OPERATORS, ComparedAs, Criterion, Operator
from snowplow_signals.definitions.derived import Computed, Derived
from snowplow_signals.definitions.entities import (
    AttributeKey,
    Entity,
    LinkAttributeKey,
    LinkEntity,
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
from snowplow_signals.definitions.expectations import Expect
from snowplow_signals.definitions.expressions import Expression
from snowplow_signals.definitions.loading import load_goal, load_views, load_views_and_services
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
    SourceProperty,
    every_element,
    source_property,
)
from snowplow_signals.definitions.services import Service, ViewReference
from snowplow_signals.definitions.sessions import SessionAnchors, TrainingSpan
from snowplow_signals.definitions.sources import BatchSource, Field, WarehouseTable
from snowplow_signals.definitions.values import Value, coalesce, time_between, value, when
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
from snowplow_signals.definitions.windows import CALENDAR_UNITS, CalendarUnit

__all__ = [
    "AGGREGATIONS",
    "ATOMIC_COLUMNS",
    "ATTRIBUTE_TYPES",
    "CALENDAR_UNITS",
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
    "CalendarUnit",
    "ColumnKind",
    "ComparedAs",
    "Computed",
    "Criteria",
    "Criterion",
    "DatePart",
    "Definition",
    "Derived",
    "Entity",
    "EntityProperty",
    "Event",
    "EventProperty",
    "Expect",
    "Expression",
    "ExternalBatchAttributeGroup",
    "ExternalBatchView",
    "Field",
    "LinkAttributeKey",
    "LinkEntity",
    "Operator",
    "PagePing",
    "PageView",
    "Property",
    "Service",
    "SessionAnchors",
    "SourceProperty",
    "StreamAttributeGroup",
    "StreamView",
    "StructuredEvent",
    "TimeUnit",
    "TrainingSpan",
    "Value",
    "View",
    "ViewReference",
    "WarehouseTable",
    "coalesce",
    "domain_sessionid",
    "domain_userid",
    "every_element",
    "load_goal",
    "load_views",
    "load_views_and_services",
    "network_userid",
    "session_attribute_key",
    "session_entity",
    "source_property",
    "time_between",
    "user_attribute_key",
    "user_entity",
    "user_id",
    "value",
    "when",
]
