"""The views that the benchmarks compute: a shop's attributes of every kind of state, over three windows."""

from __future__ import annotations

from datetime import timedelta

from snowplow_signals import (
    AtomicProperty,
    Attribute,
    Criteria,
    Criterion,
    EntityProperty,
    Event,
    EventProperty,
    PageView,
    View,
    user_entity,
)

SHOP = "com.snowplowanalytics.snowplow.ecommerce"
WEEK, MONTH = timedelta(days=7), timedelta(days=30)
action = Event(vendor=SHOP, name="snowplow_ecommerce_action")
action_type = EventProperty(vendor=SHOP, name="snowplow_ecommerce_action", major_version=1, path="type")
price = EntityProperty(vendor=SHOP, name="product", major_version=1, path="price")
category = EntityProperty(vendor=SHOP, name="product", major_version=1, path="category")
device = EntityProperty(vendor="nl.basjes", name="yauaa_context", major_version=1, path="deviceClass")


def _of(kind: str) -> Criteria:
    return Criteria(all=[Criterion.eq(action_type, kind)])


attributes = [
    Attribute(name="page_views", type="int64", aggregation="counter", events=[PageView()]),
    Attribute(name="page_views_last_7_days", type="int64", aggregation="counter", events=[PageView()], period=WEEK),
    Attribute(name="page_views_last_30_days", type="int64", aggregation="counter", events=[PageView()], period=MONTH),
    Attribute(
        name="added_to_cart_last_7_days",
        type="int64",
        aggregation="counter",
        events=[action],
        criteria=_of("add_to_cart"),
        period=WEEK,
    ),
    Attribute(
        name="spent", type="double", aggregation="sum", events=[action], property=price, criteria=_of("transaction")
    ),
    Attribute(
        name="spent_last_30_days",
        type="double",
        aggregation="sum",
        events=[action],
        property=price,
        criteria=_of("transaction"),
        period=MONTH,
    ),
    Attribute(name="cheapest_seen", type="double", aggregation="min", events=[action], property=price),
    Attribute(
        name="dearest_seen_last_30_days",
        type="double",
        aggregation="max",
        events=[action],
        property=price,
        period=MONTH,
    ),
    Attribute(
        name="first_source",
        type="string",
        aggregation="first",
        events=[PageView()],
        property=AtomicProperty(name="mkt_source"),
    ),
    Attribute(
        name="last_source_last_30_days",
        type="string",
        aggregation="last",
        events=[PageView()],
        property=AtomicProperty(name="mkt_source"),
        period=MONTH,
    ),
    Attribute(name="last_device", type="string", aggregation="last", events=[PageView()], property=device),
    Attribute(
        name="last_country",
        type="string",
        aggregation="last",
        events=[PageView()],
        property=AtomicProperty(name="geo_country"),
    ),
    Attribute(
        name="categories_last_30_days",
        type="string_list",
        aggregation="unique_list",
        events=[action],
        property=category,
        period=MONTH,
    ),
]

view = View(
    name="benchmark", version=1, entity=user_entity, offline=True, attributes=attributes, owner="bench@example.com"
)
