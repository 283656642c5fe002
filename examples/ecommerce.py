"""Four attributes of a web shop's users, computed every night in the warehouse.

Try it:

    snowplow-batch-engine validate --definitions examples/ecommerce.py

A definitions file is plain Python: every `View` at its top level is picked up. Nothing here touches a database.
"""

# ruff: noqa: I001 - the line that a view needs stands by itself, so that it can be found and copied
from datetime import timedelta

from snowplow_signals import AtomicProperty, Attribute, Criteria, Criterion, EntityProperty, Event, EventProperty

from snowplow_signals import View, user_entity

# ---- Which events ------------------------------------------------------------------------------------------------

# A pattern: an event matches when it equals every field that is given. `version` is left out, so that the attributes
# keep counting when the tracker moves on to a newer version of the event's schema.
ecommerce_action = Event(vendor="com.snowplowanalytics.snowplow.ecommerce", name="snowplow_ecommerce_action")
page_view = Event(vendor="com.snowplowanalytics.snowplow", name="page_view")

# ---- Which values in them ----------------------------------------------------------------------------------------

# The ecommerce event says in its field `type` what happened: "product_view", "add_to_cart", "transaction", ...
action_type = EventProperty(
    vendor="com.snowplowanalytics.snowplow.ecommerce",
    name="snowplow_ecommerce_action",
    major_version=1,
    path="type",
)

# Entities are attached to events: to a transaction one for each product. With index="all" these are the prices of all
# of them; with index=0, the default, it would be the price of the first.
product_price = EntityProperty(
    vendor="com.snowplowanalytics.snowplow.ecommerce",
    name="product",
    major_version=1,
    path="price",
    index="all",
)

# The YAUAA enrichment attaches what it reads from the user agent: "Desktop", "Phone", "Tablet", ...
device_class = EntityProperty(vendor="nl.basjes", name="yauaa_context", major_version=1, path="deviceClass")

# One of the columns that every Snowplow event has.
marketing_source = AtomicProperty(name="mkt_source")

# ---- Attributes: one value per user ------------------------------------------------------------------------------

products_added_to_cart_last_7_days = Attribute(
    name="products_added_to_cart_last_7_days",
    description="How often the user put a product into the cart in the last 7 whole days",
    type="int64",
    aggregation="counter",
    events=[ecommerce_action],
    criteria=Criteria(all=[Criterion.eq(action_type, "add_to_cart")]),
    period=timedelta(days=7),
)

# No period: the user's lifetime.
total_product_price_clv = Attribute(
    name="total_product_price_clv",
    description="Sum of the prices of the products the user has bought: customer lifetime value",
    type="double",
    aggregation="sum",
    property=product_price,
    events=[ecommerce_action],
    criteria=Criteria(all=[Criterion.eq(action_type, "transaction")]),
)

# `first` skips events that have no value, so page views without a campaign need no criterion of their own.
first_mkt_source = Attribute(
    name="first_mkt_source",
    description="The marketing source that first brought the user here",
    type="string",
    aggregation="first",
    property=marketing_source,
    events=[page_view],
)

last_device_class = Attribute(
    name="last_device_class",
    description="The class of device the user was last seen with",
    type="string",
    aggregation="last",
    property=device_class,
    events=[page_view],
)

# ---- The view: what is computed, published and versioned together ------------------------------------------------

# `user_entity` says whom the attributes are about: a user, known by the column `domain_userid`.
# `offline=True`: computed in the warehouse. Raise `version` when you change what an attribute means.
# fmt: off
view = View(
    name="batch_ecommerce_attributes", version=1, entity=user_entity, offline=True,
    attributes=[products_added_to_cart_last_7_days, total_product_price_clv, first_mkt_source, last_device_class],
    owner="user@company.com",
)
# fmt: on
