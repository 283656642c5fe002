"""The views whose histories are played: together they have every kind of state, and every kind of window."""

from datetime import timedelta

from snowplow_signals import AtomicProperty, Attribute, Criteria, Criterion, Entity, Event, EventProperty, View

OWNER = "owner@example.com"
LABEL = AtomicProperty(name="se_label")
VALUE = AtomicProperty(name="se_value")
CLICK = Event(vendor="com.acme", name="click", version="1-0-0")
VIEWED = Event(name="view")
BOUGHT = Criteria(all=[Criterion.gt(VALUE, 1)])
SKU = EventProperty(vendor="com.acme", name="shopAction", major_version=1, path="product.label")


def _attribute(name: str, aggregation: str, type_: str, days: int | None = None, **more) -> Attribute:
    period = None if days is None else timedelta(days=days)
    return Attribute(name=name, type=type_, aggregation=aggregation, period=period, **more)


def _number(name: str, aggregation: str, days: int | None = None, **more) -> Attribute:
    return _attribute(name, aggregation, "double", days, property=VALUE, **more)


def _text(name: str, aggregation: str, days: int | None = None, **more) -> Attribute:
    return _attribute(name, aggregation, "string", days, property=LABEL, **more)


EVERYTHING = View(
    name="everything",
    version=1,
    entity=Entity(name="user", key="domain_userid"),
    offline=True,
    owner=OWNER,
    attributes=[
        _attribute("events", "counter", "int64"),
        _attribute("events_1_day", "counter", "int64", 1),
        _attribute("clicks_3_days", "counter", "int64", 3, events=[CLICK]),
        _attribute("events_7_days", "counter", "int64", 7, default_value=-1),
        _number("spent", "sum"),
        _number("spent_3_days", "sum", 3, criteria=BOUGHT),
        _number("usual", "mean"),
        _number("usual_7_days", "mean", 7, default_value=0.5),
        _number("least", "min", 7),
        _number("most", "max"),
        _text("first_label", "first"),
        _text("first_label_3_days", "first", 3, default_value="none"),
        _text("last_label", "last"),
        _text("last_label_7_days", "last", 7, events=[CLICK]),
        _attribute("since_first", "time_since_first", "double", time_unit="h"),
        _attribute("since_last_7_days", "time_since_last", "double", 7, time_unit="d"),
        _attribute("labels", "unique_list", "string_list", property=LABEL),
        _attribute("labels_3_days", "unique_list", "string_list", 3, property=LABEL, default_value=["none"]),
        _text("favourite", "most_frequent"),
        _text("rarest_7_days", "least_frequent", 7),
        _attribute("label_counts", "category_count", "dict", property=LABEL),
        _attribute("label_counts_1_day", "category_count", "dict", 1, property=LABEL, criteria=BOUGHT),
        _attribute("distinct_labels", "approx_count_distinct", "int64", property=LABEL),
    ],
)
"""Every kind of state over every window."""

COUNTS = View(
    name="counts",
    version=2,
    entity=Entity(name="session", key="domain_sessionid"),
    offline=True,
    owner=OWNER,
    attributes=[
        _attribute("clicks_1_day", "counter", "int64", 1, events=[CLICK]),
        _attribute("clicks_7_days", "counter", "int64", 7, events=[CLICK]),
        _number("most_3_days", "max", 3, events=[CLICK]),
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
        _attribute("labels", "unique_list", "string_list", property=LABEL),
        _attribute("skus_3_days", "category_count", "dict", 3, property=SKU),
        _text("favourite_7_days", "most_frequent", 7, default_value="none"),
    ],
)
"""Nothing but lists, and an identifier that is a number."""

VIEWS = {view.name: view for view in (EVERYTHING, COUNTS, LISTS)}


def _with(view: View, *attributes: Attribute, without: tuple[str, ...] = ()) -> View:
    kept = (item for item in view.attributes if item.name not in without)
    return view.model_copy(update={"attributes": (*kept, *attributes)})


VARIANTS: dict[str, dict[str, View]] = {
    "everything": {
        "": EVERYTHING,
        "fewer": _with(EVERYTHING, without=("spent", "labels", "events_7_days", "since_first", "last_label_7_days")),
        "more": _with(
            EVERYTHING,
            _attribute("skus", "unique_list", "string_list", property=SKU),
            _attribute("a_session", "first", "string", 7, property=AtomicProperty(name="domain_sessionid")),
            _number("least_of_clicks", "min", events=[CLICK]),
            _attribute("sku_counts", "category_count", "dict", 3, property=SKU, criteria=BOUGHT),
        ),
        "same-names": _with(EVERYTHING, _number("most", "min", 3), without=("most",)),
        "other": _with(
            EVERYTHING,
            _number("most", "min", 3),
            _text("first_label", "last", 3),
            _attribute("apps", "approx_count_distinct", "int64", property=AtomicProperty(name="app_id")),
            without=("most", "first_label", "clicks_3_days"),
        ),
    },
    "counts": {
        "": COUNTS,
        "views": _with(
            COUNTS, _attribute("views", "counter", "int64", events=[VIEWED]), _text("viewed", "first", events=[VIEWED])
        ),
        "only-views": COUNTS.model_copy(
            update={"attributes": (_attribute("views", "counter", "int64", 7, events=[VIEWED]),)}
        ),
        "every-kind": _with(COUNTS, _attribute("events", "counter", "int64"), _text("labels", "most_frequent")),
        "more": _with(COUNTS, _text("label", "last", events=[CLICK]), _number("least", "min", events=[CLICK])),
    },
    "lists": {
        "": LISTS,
        "more": _with(LISTS, _text("rarest", "least_frequent"), _number("spent", "sum", 3)),
        "fewer": _with(LISTS, without=("labels",)),
    },
}
"""What a project can be redefined as, by the view that it began with."""
