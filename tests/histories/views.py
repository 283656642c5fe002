"""The views whose histories are played: together they have every kind of state, and every kind of window."""

from datetime import timedelta

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
    View,
    coalesce,
    value,
    when,
)

PRODUCT = {"vendor": "com.acme", "name": "product", "major_version": 1}
OWNER = "owner@example.com"
LABEL = AtomicProperty(name="se_label")
VALUE = AtomicProperty(name="se_value")
CLICK = Event(vendor="com.acme", name="click", version="1-0-0")
VIEWED = Event(name="view")
BOUGHT = Criteria(all=[Criterion.gt(VALUE, 1)])
SKU = EventProperty(vendor="com.acme", name="shopAction", major_version=1, path="product.label")


Length = int | str | None
"""Of a window: so many days, a unit of the calendar, or all time."""


def attribute(name: str, aggregation: str, type_: str, length: Length = None, ago: int = 0, **more) -> Attribute:
    """`ago`: how many days, or units, ago the window ended."""
    if isinstance(length, int):
        more |= {"period": timedelta(days=length), "offset": timedelta(days=ago)}
    else:
        more |= {"period": length, "offset": ago}
    return Attribute(name=name, type=type_, aggregation=aggregation, **more)


def number(name: str, aggregation: str, length: Length = None, ago: int = 0, **more) -> Attribute:
    return attribute(name, aggregation, "double", length, ago, property=VALUE, **more)


def text(name: str, aggregation: str, length: Length = None, ago: int = 0, **more) -> Attribute:
    return attribute(name, aggregation, "string", length, ago, property=LABEL, **more)


EVERYTHING = View(
    name="everything",
    version=1,
    entity=Entity(name="user", key="domain_userid"),
    offline=True,
    owner=OWNER,
    attributes=[
        attribute("events", "counter", "int64"),
        attribute("events_1_day", "counter", "int64", 1),
        attribute("clicks_3_days", "counter", "int64", 3, events=[CLICK]),
        attribute("events_7_days", "counter", "int64", 7, default_value=-1),
        number("spent", "sum"),
        number("spent_3_days", "sum", 3, criteria=BOUGHT),
        number("usual", "mean"),
        number("usual_7_days", "mean", 7, default_value=0.5),
        number("least", "min", 7),
        number("most", "max"),
        text("first_label", "first"),
        text("first_label_3_days", "first", 3, default_value="none"),
        text("last_label", "last"),
        text("last_label_7_days", "last", 7, events=[CLICK]),
        attribute("since_first", "time_since_first", "double", time_unit="h"),
        attribute("since_last_7_days", "time_since_last", "double", 7, time_unit="d"),
        attribute("labels", "unique_list", "string_list", property=LABEL),
        attribute("labels_3_days", "unique_list", "string_list", 3, property=LABEL, default_value=["none"]),
        text("favourite", "most_frequent"),
        text("rarest_7_days", "least_frequent", 7),
        attribute("label_counts", "category_count", "dict", property=LABEL),
        attribute("label_counts_1_day", "category_count", "dict", 1, property=LABEL, criteria=BOUGHT),
        attribute("distinct_labels", "approx_count_distinct", "int64", property=LABEL),
        attribute("different_labels_7_days", "count_distinct", "int64", 7, property=LABEL),
        attribute("share_of_favourite", "mode_share", "double", property=LABEL),
        attribute("ever_bought", "exists", "bool", criteria=BOUGHT),
        attribute("clicked_3_days", "exists", "bool", 3, events=[CLICK]),
        attribute("bought_rate", "rate", "double", criteria=BOUGHT),
        attribute("bought_rate_of_clicks_7_days", "rate", "double", 7, events=[CLICK], criteria=BOUGHT),
        number("spread", "stddev"),
        number("spread_3_days", "variance", 3, criteria=BOUGHT),
        number("median", "percentile", q=0.5),
        number("upper_3_days", "percentile", 3, q=0.9),
        attribute("first_labels", "first_n", "string_list", property=LABEL, n=2),
        attribute("first_different", "first_n", "string_list", property=LABEL, n=3, distinct=True),
        attribute("last_labels_7_days", "last_n", "string_list", 7, property=LABEL, n=3),
        attribute("last_values", "last_n", "double_list", property=VALUE, n=2),
        attribute("last_different_3_days", "last_n", "string_list", 3, property=LABEL, n=2, distinct=True),
        attribute("days_active", "days_active", "int64"),
        attribute("days_with_clicks", "days_active", "int64", events=[CLICK]),
        attribute("days_bought_7_days", "days_active", "int32", 7, criteria=BOUGHT),
        attribute("events_this_week", "counter", "int64", "week"),
        number("spent_2_days_before_3", "sum", 2, 3),
    ],
)
"""Every kind of state over every window that reaches back a week at most."""

COUNTS = View(
    name="counts",
    version=2,
    entity=Entity(name="session", key="domain_sessionid"),
    offline=True,
    owner=OWNER,
    attributes=[
        attribute("clicks_1_day", "counter", "int64", 1, events=[CLICK]),
        attribute("clicks_7_days", "counter", "int64", 7, events=[CLICK]),
        number("most_3_days", "max", 3, events=[CLICK]),
    ],
)
"""No lists, no lifetime, and events that no attribute wants."""

LISTS = View(
    name="lists",
    version=1,
    entity=Entity(name="visit", key="visit_number", property=AtomicProperty(name="domain_sessionidx")),
    offline=True,
    owner=OWNER,
    attributes=[
        attribute("labels", "unique_list", "string_list", property=LABEL),
        attribute("skus_3_days", "category_count", "dict", 3, property=SKU),
        text("favourite_7_days", "most_frequent", 7, default_value="none"),
    ],
)
"""Nothing but lists, and an identifier that is a number."""

LABELS = EntityProperty(**PRODUCT, path="label", index="all")
PRICES = EntityProperty(**PRODUCT, path="unitPrice", index="all")
DEAR = Criteria(all=[Criterion.gt(EntityProperty(**PRODUCT, path="unitPrice", index="any"), 2)])
NOT_X = Criteria(all=[Criterion.neq(EntityProperty(**PRODUCT, path="label", index="any"), "x")])

KIND = CalculatedProperty(operation="concat", properties=[LABEL, SKU], separator="/")
WORTH = CalculatedProperty(operation="sum", properties=[VALUE, EntityProperty(**PRODUCT, path="unitPrice")])

CARTS = View(
    name="carts",
    version=1,
    entity=Entity(name="user", key="domain_userid"),
    offline=True,
    owner=OWNER,
    attributes=[
        attribute("products", "counter", "int64", property=LABELS),
        attribute("spent", "sum", "double", property=PRICES),
        attribute("spent_3_days", "sum", "double", 3, property=PRICES, criteria=NOT_X, default_value=-1.0),
        attribute("usual_7_days", "mean", "double", 7, property=PRICES),
        attribute("dearest", "max", "double", property=PRICES),
        attribute("last_label", "last", "string", property=LABELS),
        attribute("labels", "unique_list", "string_list", property=LABELS),
        attribute("label_counts_3_days", "category_count", "dict", 3, property=LABELS),
        attribute("favourite", "most_frequent", "string", property=LABELS),
        attribute("dear_carts", "counter", "int64", criteria=DEAR),
        attribute("kinds", "unique_list", "string_list", property=KIND),
    ],
)
"""Every element of a list."""

CALENDAR = View(
    name="calendar",
    version=1,
    entity=Entity(name="user", key="domain_userid"),
    offline=True,
    owner=OWNER,
    attributes=[
        attribute("events", "counter", "int64"),
        text("favourite", "most_frequent"),
        attribute("events_7_days_before_7", "counter", "int64", 7, 7),
        attribute("labels_1_day_before_30", "unique_list", "string_list", 1, 30, property=LABEL),
        number("spent_this_week", "sum", "week"),
        attribute("labels_last_week", "unique_list", "string_list", "week", 1, property=LABEL),
        attribute("clicks_2_weeks_ago", "counter", "int64", "week", 2, events=[CLICK]),
        number("most_this_month", "max", "month"),
        attribute("counts_this_month", "category_count", "dict", "month", property=LABEL),
        number("usual_last_month", "mean", "month", 1),
        text("rarest_last_month", "least_frequent", "month", 1, default_value="none"),
        text("first_label_this_quarter", "first", "quarter"),
        number("least_last_quarter", "min", "quarter", 1),
        attribute("events_this_year", "counter", "int64", "year"),
        attribute("since_last_of_last_year", "time_since_last", "double", "year", 1, time_unit="d"),
        attribute("kinds_last_year", "approx_count_distinct", "int64", "year", 1, property=LABEL),
    ],
)
"""Windows that ended some time ago, and those of the calendar."""

VIEWS = {view.name: view for view in (EVERYTHING, COUNTS, LISTS, CARTS, CALENDAR)}


RECORDED = View(
    name="recorded",
    version=1,
    entity=Entity(name="user", key="domain_userid"),
    offline=True,
    owner=OWNER,
    snapshot=True,
    attributes=[
        attribute("clicks_1_day", "counter", "int32", 1, events=[CLICK]),
        attribute("events_7_days", "counter", "int64", 7),
        number("spent", "sum"),
        text("last_label_3_days", "last", 3),
        attribute("since_last", "time_since_last", "double", time_unit="h"),
        attribute("labels_3_days", "unique_list", "string_list", 3, property=LABEL),
        attribute("label_counts_1_day", "category_count", "dict", 1, property=LABEL),
    ],
)
"""One whose history is kept. It is played by itself."""


def _with(view: View, *attributes: Attribute | Derived, without: tuple[str, ...] = ()) -> View:
    kept = (item for item in view.attributes if item.name not in without)
    return view.model_copy(update={"attributes": (*kept, *attributes)})


PER_EVENT = Derived(name="per_event", type="double", expression=(value("spent") / value("events")).round(3))
KIND = Derived(
    name="kind",
    type="string",
    expression=when(value("per_event") > 2).then("high").when(value("last_label") == "a").then(value("last_label")),
)
OTHER_PER_EVENT = Derived(name="per_event", type="int64", expression=coalesce(value("clicks_3_days"), 0) * 2)
IS_IDLE = Derived(name="is_idle", type="bool", expression=value("since_first") > 48)
RECORDED_DERIVED = Derived(name="per_click", type="double", expression=value("spent") / value("clicks_1_day"))

VARIANTS: dict[str, dict[str, View]] = {
    "everything": {
        "": EVERYTHING,
        "fewer": _with(EVERYTHING, without=("spent", "labels", "events_7_days", "since_first", "last_label_7_days")),
        "more": _with(
            EVERYTHING,
            attribute("days_bought", "days_active", "int64", criteria=BOUGHT),
            number("spread_of_clicks", "variance", events=[CLICK]),
            attribute("last_skus", "last_n", "string_list", property=SKU, n=2),
            attribute("first_skus", "first_n", "string_list", 7, property=SKU, n=2, distinct=True),
            attribute("viewed_rate", "rate", "double", 3, events=[VIEWED], criteria=BOUGHT),
            attribute("skus", "unique_list", "string_list", property=SKU),
            attribute("a_session", "first", "string", 7, property=AtomicProperty(name="domain_sessionid")),
            number("least_of_clicks", "min", events=[CLICK]),
            attribute("sku_counts", "category_count", "dict", 3, property=SKU, criteria=BOUGHT),
        ),
        "same-names": _with(EVERYTHING, number("most", "min", 3), without=("most",)),
        "derived": _with(EVERYTHING, KIND, PER_EVENT, IS_IDLE),
        "derived otherwise": _with(EVERYTHING, OTHER_PER_EVENT),
        "other": _with(
            EVERYTHING,
            number("most", "min", 3),
            text("first_label", "last", 3),
            attribute("apps", "approx_count_distinct", "int64", property=AtomicProperty(name="app_id")),
            without=("most", "first_label", "clicks_3_days"),
        ),
    },
    "counts": {
        "": COUNTS,
        "views": _with(
            COUNTS, attribute("views", "counter", "int64", events=[VIEWED]), text("viewed", "first", events=[VIEWED])
        ),
        "only-views": COUNTS.model_copy(
            update={"attributes": (attribute("views", "counter", "int64", 7, events=[VIEWED]),)}
        ),
        "every-kind": _with(COUNTS, attribute("events", "counter", "int64"), text("labels", "most_frequent")),
        "more": _with(COUNTS, text("label", "last", events=[CLICK]), number("least", "min", events=[CLICK])),
    },
    "recorded": {
        "": RECORDED,
        "off": RECORDED.model_copy(update={"snapshot": False}),
        "more": _with(
            RECORDED,
            text("label", "first"),
            number("most", "max", 3),
            attribute("all_labels", "unique_list", "string_list", property=LABEL),
            attribute("all_counts", "category_count", "dict", property=LABEL),
        ),
        "fewer": _with(RECORDED, without=("spent", "labels_3_days", "label_counts_1_day")),
        "derived": _with(RECORDED, RECORDED_DERIVED),
        "other": _with(
            RECORDED,
            attribute("clicks_1_day", "counter", "int64", 1, events=[CLICK]),  # wider
            attribute("events_7_days", "counter", "double", 7),  # nothing holds both
            text("spent", "first"),
            without=("clicks_1_day", "events_7_days", "spent"),
        ),
    },
    "carts": {
        "": CARTS,
        "more": _with(
            CARTS,
            attribute("first_label_3_days", "first", "string", 3, property=LABELS),
            attribute("least", "min", "double", property=PRICES, criteria=NOT_X),
            attribute("rarest", "least_frequent", "string", 7, property=LABELS, criteria=DEAR),
            attribute("prices", "counter", "int64", property=PRICES),
            attribute("worth_3_days", "sum", "double", 3, property=WORTH),
        ),
        "fewer": _with(CARTS, without=("labels", "label_counts_3_days", "favourite", "spent_3_days", "usual_7_days")),
        "other": _with(CARTS, attribute("spent", "mean", "double", property=PRICES), without=("spent",)),
    },
    "calendar": {
        "": CALENDAR,
        "fewer": _with(CALENDAR, without=("events", "favourite", "events_7_days_before_7", "most_this_month")),
        "other": _with(
            CALENDAR,
            attribute("events_this_year", "counter", "int64", "year", 1),  # the offset is another one
            number("most_this_month", "max", "quarter"),
            text("first_label_this_quarter", "first", 90),
            without=("events_this_year", "most_this_month", "first_label_this_quarter"),
        ),
        "of-days": _with(CALENDAR, number("spent", "sum", 3), without=tuple(one.name for one in CALENDAR.attributes)),
    },
    "lists": {
        "": LISTS,
        "more": _with(LISTS, text("rarest", "least_frequent"), number("spent", "sum", 3)),
        "fewer": _with(LISTS, without=("labels",)),
    },
}
"""What a project can be redefined as, by the view that it began with."""
