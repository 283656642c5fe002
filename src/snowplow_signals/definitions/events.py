"""Patterns that events are matched with."""

from typing import Annotated, ClassVar

from snowplow_signals.definitions.base import Definition
from snowplow_signals.definitions.fields import pattern
from snowplow_signals.definitions.properties import SchemaName, Vendor

EventVersion = Annotated[str, pattern("version", r"[0-9]+-[0-9]+-[0-9]+", "a full schema version, such as '1-0-0'")]


class Event(Definition):
    """A pattern: an event matches when it equals every field that is set. A field left out matches anything.

    `event_specification_id`, of an event specification in Snowplow's Console, is published and served; patterns with
    one are not computed here.
    """

    noun: ClassVar[str] = "event"

    name: SchemaName | None = None
    vendor: Vendor | None = None
    version: EventVersion | None = None
    event_specification_id: Annotated[str, pattern("event_specification_id", r"[^\0]+", "a text", 255)] | None = None


def PageView() -> Event:
    """The page views of Snowplow's trackers."""
    return Event(name="page_view", vendor="com.snowplowanalytics.snowplow", version="1-0-0")


def PagePing() -> Event:
    """The page pings (activity on a page that stays open) of Snowplow's trackers."""
    return Event(name="page_ping", vendor="com.snowplowanalytics.snowplow", version="1-0-0")


def StructuredEvent() -> Event:
    """Structured events: category, action, label, property and value in the columns `se_*`."""
    return Event(name="event", vendor="com.google.analytics", version="1-0-0")
