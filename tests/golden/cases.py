"""Views whose expressions are kept to be read: one per aggregation, and what else decides how an expression looks.

All of them have one name, so that what is equal in two of them is equal to the letter.
"""

from datetime import timedelta
from typing import Any

from snowplow_signals import (
    AtomicProperty,
    Attribute,
    CalculatedProperty,
    Criteria,
    Criterion,
    Derived,
    Entity,
    EntityProperty,
    Event,
    EventProperty,
    PageView,
    View,
    coalesce,
    time_between,
    user_entity,
    value,
    when,
)

OWNER = "owner@example.com"
WEEK = timedelta(days=7)
TRANSACTION = Event(vendor="com.acme", name="transaction")


def event_property(path: str, **more: Any) -> EventProperty:
    return EventProperty(vendor="com.acme", name="transaction", major_version=1, path=path, **more)


def product(path: str, **more: Any) -> EntityProperty:
    return EntityProperty(**{"vendor": "com.acme", "name": "product", "major_version": 1, "path": path, **more})


def calculated(operation: str, *operands: Any, **more: Any) -> CalculatedProperty:
    return CalculatedProperty(operation=operation, properties=operands, **more)


STATUS, TOTAL, COUPON, PAID_AT = (event_property(path) for path in ("status", "orderTotal", "coupon", "paidAt"))
PAGE = AtomicProperty(name="page_urlpath")


def attribute(name: str, aggregation: str, type: str, prop: Any = None, **more: Any) -> Attribute:
    return Attribute(name=name, aggregation=aggregation, type=type, property=prop, **more)


def view(name: str, *attributes: Attribute | Derived, entity: Entity = user_entity) -> View:
    return View(name=name, entity=entity, attributes=attributes, owner=OWNER, offline=True)


def of_aggregation(aggregation: str, *declared: tuple[str, Any], **more: Any) -> View:
    """Over a week, and over the lifetime of one kind of event with another type: two windows, two filters."""
    (short, short_prop), (long, long_prop) = declared
    return view(
        aggregation,
        attribute(f"{aggregation}_last_7_days", aggregation, short, short_prop, period=WEEK, **more),
        attribute(f"{aggregation}_of_lifetime", aggregation, long, long_prop, events=[TRANSACTION], **more),
    )


WITH_COUPON = Criteria(all=[Criterion.is_not_null(COUPON)])

OF_AGGREGATIONS: dict[str, View] = {
    item.name: item
    for item in (
        of_aggregation("counter", ("int64", None), ("int32", None)),
        of_aggregation("sum", ("double", TOTAL), ("int64", TOTAL)),
        of_aggregation("mean", ("double", TOTAL), ("float", TOTAL)),
        of_aggregation("min", ("double", TOTAL), ("timestamp", PAID_AT)),
        of_aggregation("max", ("string", COUPON), ("unix_timestamp", PAID_AT)),
        of_aggregation("first", ("string", PAGE), ("int64", COUPON)),
        of_aggregation("last", ("string", PAGE), ("timestamp", PAID_AT)),
        of_aggregation("unique_list", ("string_list", PAGE), ("int64_list", COUPON)),
        of_aggregation("most_frequent", ("string", PAGE), ("bool", COUPON)),
        of_aggregation("least_frequent", ("string", PAGE), ("double", COUPON)),
        of_aggregation("category_count", ("dict", PAGE), ("dict", COUPON)),
        of_aggregation("approx_count_distinct", ("int64", PAGE), ("double", COUPON)),
        of_aggregation("time_since_first", ("double", None), ("double", None), time_unit="h"),
        of_aggregation("time_since_last", ("double", None), ("double", None), time_unit="d"),
        of_aggregation("count_distinct", ("int64", PAGE), ("double", COUPON)),
        of_aggregation("mode_share", ("double", PAGE), ("float", COUPON)),
        of_aggregation("exists", ("bool", None), ("bool", None)),
        of_aggregation("rate", ("double", None), ("float", None), criteria=WITH_COUPON),
        of_aggregation("stddev", ("double", TOTAL), ("double", TOTAL)),
        of_aggregation("variance", ("double", TOTAL), ("double", TOTAL)),
        of_aggregation("percentile", ("double", TOTAL), ("float", TOTAL), q=0.95),
        of_aggregation("first_n", ("string_list", PAGE), ("int64_list", COUPON), n=5),
        of_aggregation("last_n", ("string_list", PAGE), ("int64_list", COUPON), n=5, distinct=True),
        of_aggregation("days_active", ("int64", None), ("int32", None)),
    )
}


def counted(name: str, **criteria: Any) -> Attribute:
    return attribute(name, "counter", "int64", criteria=Criteria(**criteria))


def counting(name: str, entity: Entity) -> View:
    return view(name, attribute("page_views", "counter", "int64", events=[PageView()]), entity=entity)


_PARTS = ("hour_of_day", "day_of_week", "month_of_year", "active_day", "active_week", "active_month")

OTHERS: dict[str, View] = {
    item.name: item
    for item in (
        view(
            "date_parts",
            *(attribute(part, "last", "string", event_property("paidAt", date_part=part)) for part in _PARTS),
            attribute("latest_hour", "max", "int32", AtomicProperty(name="derived_tstamp", date_part="hour_of_day")),
        ),
        view(
            "criteria",
            counted("eq_text", all=[Criterion.eq(STATUS, "paid")]),
            counted("eq_number", all=[Criterion.eq(STATUS, 1)]),
            counted("eq_boolean", all=[Criterion.eq(STATUS, True)]),
            counted("neq", all=[Criterion.neq(STATUS, "paid")]),
            counted("between_two", all=[Criterion.gte(TOTAL, 10), Criterion.lt(TOTAL, 99.5)]),
            counted("outside", any=[Criterion.lte(TOTAL, -1), Criterion.gt(TOTAL, 1e300)]),
            counted("alike", all=[Criterion.like(PAGE, "/shop/%"), Criterion.not_like(PAGE, "%/_old")]),
            counted("any_case", any=[Criterion.ilike(PAGE, "%/Straße_%"), Criterion.not_ilike(PAGE, "%1%")]),
            counted("in_range", all=[Criterion.between(TOTAL, 10, 99.5), Criterion.between(COUPON, "A", "F")]),
            counted("in_shop", all=[Criterion.starts_with(PAGE, "/shop_100%/")]),
            counted(
                "nested",
                all=[
                    Criterion.neq(STATUS, "void"),
                    Criteria(
                        any=[
                            Criterion.is_null(COUPON),
                            Criteria(all=[Criterion.gt(TOTAL, 10), Criterion.lt(TOTAL, 99.5)]),
                        ]
                    ),
                ],
                any=[Criteria(all=[Criterion.eq(STATUS, "sent")], any=[Criterion.like(PAGE, "/a%")])],
            ),
            counted(
                "of_two",
                any=[
                    Criterion.lt(TOTAL, product("price"), "number"),
                    Criterion.neq(STATUS, PAGE),
                    Criterion.gt(AtomicProperty(name="derived_tstamp"), AtomicProperty(name="dvce_created_tstamp")),
                ],
            ),
            counted("listed", all=[Criterion.in_list(STATUS, ["paid", "sent"])]),
            counted("not_listed", all=[Criterion.not_in_list(TOTAL, [0, 0.5])]),
            counted("missing", any=[Criterion.is_null(COUPON), Criterion.is_not_null(product("id"))]),
            counted(
                "all_and_any", all=[Criterion.eq(STATUS, "paid")], any=[Criterion.gt(TOTAL, 1), Criterion.is_null(PAGE)]
            ),
        ),
        view(
            "every_element",
            attribute("products", "counter", "int64", product("sku", index="all")),
            attribute("spent", "sum", "double", product("price", index="all"), period=WEEK),
            attribute("mean_price", "mean", "double", product("price", index="all")),
            attribute("dearest", "max", "double", product("price", index="all")),
            attribute("first_size", "min", "string", product("size", index="all")),
            attribute("last_sku", "last", "string", product("sku", index="all")),
            attribute("skus", "unique_list", "string_list", product("sku", index="all"), period=WEEK),
            attribute("days", "category_count", "dict", product("madeAt", index="all", date_part="active_day")),
        ),
        view(
            "calculated",
            attribute("kinds", "unique_list", "string_list", calculated("concat", STATUS, PAGE, separator=" {{ / }} ")),
            attribute("paid", "sum", "double", calculated("sum", TOTAL, event_property("shipping"))),
            attribute("volume", "max", "double", calculated("product", product("price"), product("quantity"))),
            attribute("cheapest", "min", "double", calculated("min", TOTAL, product("price"))),
            attribute("last_code", "last", "string", calculated("coalesce", COUPON, STATUS)),
            attribute("first_number", "sum", "int64", calculated("coalesce", COUPON, TOTAL)),
            counted("dearer", all=[Criterion.gt(calculated("max", TOTAL, product("price")), 100)]),
        ),
        view(
            "any_element",
            counted("dear", all=[Criterion.gt(product("price", index="any"), 99.5)]),
            counted("not_shoes", all=[Criterion.neq(product("category", index="any"), "it's {{ x }}\n")]),
            counted(
                "listed_or_unpriced",
                any=[
                    Criterion.in_list(product("sku", index="any"), ["a", "b"]),
                    Criterion.is_null(product("price", index="any")),
                ],
            ),
        ),
        view(
            "windows",
            attribute("total_7_days_before_7", "sum", "double", TOTAL, period=WEEK, offset=WEEK),
            attribute("pages_last_month", "unique_list", "string_list", PAGE, period="month", offset=1),
            *(attribute(f"total_this_{unit}", "sum", "double", TOTAL, period=unit) for unit in ("week", "year")),
            attribute("total_2_quarters_ago", "sum", "double", TOTAL, period="quarter", offset=2),
        ),
        view(
            "event_patterns",
            attribute("any_event", "counter", "int64", events=[Event(name="page_view"), Event()]),
            attribute("page_views", "counter", "int64", events=[PageView()]),
            attribute("two_kinds", "counter", "int64", events=[Event(name="page_view"), TRANSACTION]),
        ),
        view(
            "awkward_text",
            counted("quoted", all=[Criterion.eq(PAGE, 'it\'s "so" \\ -- /* */ ; 🛒')]),
            counted("braces", all=[Criterion.eq(PAGE, "{{ x }} {% raw %} {# c #}")]),
            counted("lines", all=[Criterion.eq(PAGE, "a\r\n  b")]),
            attribute("of_keys", "last", "string", event_property("we ird 'key\" {{ x }}.SKU-code[3].🛒")),
            attribute("of_dots", "last", "bool", event_property('$amount["price:eur.net"]["3dSecure"]')),
            attribute("with_default", "last", "string", PAGE, default_value="it's {{ x }}\n"),
        ),
        view(
            "shared_states",
            *(
                attribute(f"total_{days}", "sum", "double", TOTAL, period=timedelta(days=days), default_value=days)
                for days in (1, 7, 365)
            ),
            attribute("total", "sum", "double", TOTAL),
            attribute("whole_total", "sum", "int64", TOTAL),
        ),
        view(
            "types_and_defaults",
            *(
                attribute(f"as_{type}", "last", type, COUPON, default_value=default)
                for type, default in (
                    *(("bytes", "none"), ("string", ""), ("int32", -1), ("int64", 2**40), ("double", 0.5)),
                    *(("float", 1), ("bool", False), ("unix_timestamp", 0), ("timestamp", "2025-01-01T00:00:00Z")),
                )
            ),
            attribute("as_list", "unique_list", "bool_list", COUPON, default_value=[True]),
            attribute("as_dict", "category_count", "dict", COUPON, default_value={"none": 1}),
        ),
        view(
            "derived",
            attribute("orders", "counter", "int64", events=[TRANSACTION]),
            attribute("revenue", "sum", "double", TOTAL),
            attribute("coupon", "last", "string", COUPON),
            attribute("first_paid_at", "first", "timestamp", PAID_AT),
            attribute("last_paid_at", "last", "timestamp", PAID_AT),
            attribute("days_idle", "time_since_last", "double", time_unit="d"),
            Derived(name="order_value", type="double", expression=(value("revenue") / value("orders")).round(2)),
            Derived(
                name="tier",
                type="string",
                expression=when(value("order_value") >= 100)
                .then("high")
                .when((value("revenue") > 20) & value("coupon").is_null())
                .then("middle")
                .otherwise("low"),
            ),
            Derived(name="has_spent", type="bool", expression=(value("revenue") > 0) | (value("coupon") != "FREE")),
            Derived(name="log_of_orders", type="float", expression=(value("orders") + 1).log()),
            Derived(name="cents", type="int64", expression=(coalesce(value("revenue"), 0) * 100).round()),
            Derived(
                name="orders_per_week",
                type="double",
                expression=value("orders") / time_between(value("first_paid_at"), value("last_paid_at"), "d") * 7,
            ),
            Derived(name="is_lapsing", type="bool", expression=(value("days_idle") > 30) & (value("tier") != "low")),
        ),
        view(
            "equal_names",
            attribute("a", "last", "string", product("label")),
            attribute("b", "last", "string", product("label", index=1)),
            attribute("c", "last", "string", product("label", vendor="org.other")),
            attribute("d", "last", "string", product("label", major_version=2)),
        ),
        counting("identifier_of_event", Entity(name="order", key="order_id", property=event_property("order.id"))),
        counting("identifier_of_entity", Entity(name="sku", property=product("SKU", index=1))),
        counting("identifier_of_scope", Entity(name="app_id")),
    )
}

NAME = "kept"
CASES: dict[str, View] = {
    case: found.model_copy(update={"name": NAME}) for case, found in {**OF_AGGREGATIONS, **OTHERS}.items()
}
ALL = view(NAME, *(one for found in CASES.values() if found.entity == user_entity for one in found.attributes))
"""The attributes of all of them whose entity is a user, in one project."""
