"""Random definitions, events and settings of a run.

A few properties are asked for that the events table does not have. What the meaning leaves to the engine is not asked
for: the text form of numbers with a fraction and of timestamps, and sums whose last digits decide whether a fraction is
left.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st
from tests.events_table import EVENTS_COLUMNS
from tests.random_events import FIRST_DAY, TEXTS, VALUES, rows_of_seed

from snowplow_signals import (
    AtomicProperty,
    Attribute,
    Criteria,
    Criterion,
    Entity,
    EntityProperty,
    Event,
    EventProperty,
    View,
)

__all__ = ["EVENTS_COLUMNS", "SETTINGS", "Settings", "entities", "event_rows", "settings", "views"]

# --- properties, by what may be asked of them


@dataclass(frozen=True)
class Known:
    """A property and what is in it. `kind` is one of VALUES, or nested, absent, part (an integer), day (text)."""

    property: Any
    kind: str
    atomic: str | None = None  # the kind of the atomic column, as the definitions see it

    @property
    def has_text_form(self) -> bool:
        return self.kind not in ("dyadic", "score", "decimal", "time")


def _acme(path: str, date_part: str | None = None) -> EventProperty:
    return EventProperty(vendor="com.acme", name="shopAction", major_version=1, path=path, date_part=date_part)


def _other(path: str) -> EventProperty:
    return EventProperty(vendor="org.other", name="shop_action", major_version=1, path=path)


def _product(path: str, index: int = 0, vendor: str = "com.acme", date_part: str | None = None) -> EntityProperty:
    return EntityProperty(vendor=vendor, name="product", major_version=1, path=path, index=index, date_part=date_part)


ATOMIC = (
    Known(AtomicProperty(name="platform"), "text", "text"),
    Known(AtomicProperty(name="se_label"), "text", "text"),
    Known(AtomicProperty(name="se_property"), "spelled", "text"),
    Known(AtomicProperty(name="page_urlpath"), "iso", "text"),
    Known(AtomicProperty(name="mkt_term"), "absent", "text"),
    Known(AtomicProperty(name="domain_userid"), "id", "text"),
    Known(AtomicProperty(name="event_id"), "text", "text"),
    Known(AtomicProperty(name="se_value"), "dyadic", "number"),
    Known(AtomicProperty(name="tr_total"), "decimal", "number"),
    Known(AtomicProperty(name="domain_sessionidx"), "integer", "integer"),
    Known(AtomicProperty(name="pp_yoffset_max"), "integer", "integer"),
    Known(AtomicProperty(name="br_cookies"), "boolean", "boolean"),
    Known(AtomicProperty(name="collector_tstamp"), "time", "timestamp"),
    Known(AtomicProperty(name="dvce_created_tstamp"), "time", "timestamp"),
    Known(AtomicProperty(name="true_tstamp"), "time", "timestamp"),
)
NESTED = (
    Known(_acme("label"), "text"),
    Known(_acme("$.type"), "text"),
    Known(_acme("unitPrice"), "dyadic"),
    Known(_acme("score"), "score"),
    Known(_acme("quantity"), "integer"),
    Known(_acme("bigNumber"), "big"),
    Known(_acme("done"), "boolean"),
    Known(_acme("at"), "time"),
    Known(_acme("whenText"), "iso"),
    Known(_acme("spelled"), "spelled"),
    Known(_acme("we ird 'key\" {{ x }}"), "text"),
    Known(_acme("product"), "nested"),
    Known(_acme("product.label"), "text"),
    Known(_acme("product.tags[1]"), "text"),
    Known(_acme("product.size.SKU-code"), "integer"),
    Known(_acme("items[0].label"), "text"),
    Known(_acme("items[1].qty"), "integer"),
    Known(_acme("items[0]"), "nested"),
    Known(_acme("items"), "nested"),
    Known(_acme("codes"), "nested"),
    Known(_acme("codes[2]"), "integer"),
    Known(_acme("missing"), "absent"),
    Known(_acme("product.missing.deeper"), "absent"),
    Known(_acme("label.deeper"), "absent"),
    Known(_acme("label[0]"), "absent"),
    Known(_acme("items.label"), "absent"),
    Known(_acme("product[0]"), "absent"),
    Known(_acme("codes[7]"), "absent"),
    Known(_other("label"), "text"),
    Known(_other("type"), "integer"),
    Known(_other("unitPrice"), "spelled"),
    Known(EventProperty(vendor="com.acme", name="shop_action", major_version=2, path="label"), "text"),
    Known(EventProperty(vendor="com.acme", name="shop_action", major_version=10, path="label"), "text"),
    Known(EventProperty(vendor="com.acme", name="shop_action", major_version=3, path="label"), "absent"),
    Known(_product("label"), "text"),
    Known(_product("label", index=1), "text"),
    Known(_product("unitPrice"), "dyadic"),
    Known(_product("unitPrice", index=2), "dyadic"),
    Known(_product("tags"), "nested"),
    Known(_product("tags[0]"), "text"),
    Known(_product("label", vendor="org.other"), "text"),
    Known(_product("unitPrice", vendor="org.other"), "spelled"),
    Known(_product("label", vendor="net.never"), "absent"),
    Known(_product("id", index=1), "id"),
)
_DATED = (
    lambda part: Known(AtomicProperty(name="collector_tstamp", date_part=part), part, "part"),
    lambda part: Known(AtomicProperty(name="true_tstamp", date_part=part), part, "part"),
    lambda part: Known(AtomicProperty(name="page_urlpath", date_part=part), part, "part"),
    lambda part: Known(_acme("at", part), part),
    lambda part: Known(_acme("whenText", part), part),
    lambda part: Known(_acme("label", part), part),
    lambda part: Known(_acme("missing", part), part),
    lambda part: Known(_product("madeAt", 0, "com.acme", part), part),
)
PARTS = ("hour_of_day", "day_of_week", "month_of_year", "active_day", "active_week", "active_month")
DATED = tuple(
    Known(made.property, "part" if part in PARTS[:3] else "day", made.atomic)
    for part in PARTS
    for made in (make(part) for make in _DATED)
)
KNOWN = (*ATOMIC, *NESTED, *DATED)
COMMON = (*ATOMIC, *NESTED, *ATOMIC, *NESTED, *DATED[::2])

# --- criteria

TEXT_LITERALS = (
    *TEXTS,
    "u1",
    '{"label":"a","tags":null,"size":null}',
    "[]",
    "1",
    "-4",
    "10",
    "2025-03-10",
    "2025-03-03",
)
PATTERNS = ("a%", "%", "%b", "_", "__", "a_b", "%\n%", "%'%", "{{%", "%\\%", "", "100%", "%😀%", "A", "5", "%-%", "\\_")
NUMBER_LITERALS = (0, 1, 5, 7, -2.25, 0.5, 0.1, 1000, 2.5, 3, 8, 100.0, 2**53 + 1, 1e300, -4)
COMPARED = ("=", "!=", "<", ">", "<=", ">=", "in", "not in")
OPERATORS_OF = {"text": (*COMPARED, "like", "not like"), "number": COMPARED, "boolean": ("=", "!=", "in")}


def _literals(pool: tuple) -> st.SearchStrategy:
    return st.lists(st.sampled_from(pool), min_size=1, max_size=4)


@st.composite
def criteria_of_one(draw: st.DrawFn) -> Criterion:
    """A criterion whose literal the definitions accept for the property."""
    chosen = draw(st.sampled_from(COMMON))
    allowed = ["null"]
    if chosen.atomic in ("text", None) and chosen.has_text_form:
        allowed += ["text", "text"]
    if chosen.atomic in ("number", "integer", None):
        allowed += ["number", "number"]
    if chosen.atomic in ("boolean", None):
        allowed += ["boolean"]
    if chosen.atomic == "part":
        allowed += ["number"] if chosen.kind == "part" else ["text"]
    literal = draw(st.sampled_from(allowed))
    if literal == "null":
        return Criterion(property=chosen.property, operator=draw(st.sampled_from(("is null", "is not null"))))
    pool = {"text": TEXT_LITERALS, "number": NUMBER_LITERALS, "boolean": (True, False)}[literal]
    if literal == "text" and chosen.kind in VALUES:
        pool = (*VALUES[chosen.kind], *TEXT_LITERALS) if isinstance(VALUES[chosen.kind][0], str) else pool
    operator = draw(st.sampled_from(OPERATORS_OF[literal]))
    if operator in ("in", "not in"):
        return Criterion(property=chosen.property, operator=operator, value=draw(_literals(pool)))
    if operator in ("like", "not like"):
        pool = PATTERNS
    return Criterion(property=chosen.property, operator=operator, value=draw(st.sampled_from(pool)))


@st.composite
def criteria(draw: st.DrawFn) -> Criteria | None:
    form = draw(st.sampled_from(("none", "none", "none", "all", "any", "both")))
    if form == "none":
        return None
    some = st.lists(criteria_of_one(), min_size=1, max_size=2)
    return Criteria(
        all=draw(some) if form in ("all", "both") else None, any=draw(some) if form in ("any", "both") else None
    )


# --- attributes

EVENTS = (
    Event(name="page_view", vendor="com.snowplowanalytics.snowplow", version="1-0-0"),
    Event(name="shopAction", vendor="com.acme", version="1-0-0"),
    Event(name="shopAction"),
    Event(vendor="com.acme"),
    Event(version="1-0-0"),
    Event(vendor="org.other", version="2-0-0"),
    Event(name="page_view"),
    Event(),
)
patterns = st.one_of(st.just([]), st.just([]), st.lists(st.sampled_from(EVENTS), min_size=1, max_size=3))
SCALARS = ("string", "bytes", "int32", "int64", "double", "float", "bool", "timestamp", "unix_timestamp")
LISTS = tuple(f"{scalar}_list" for scalar in SCALARS if scalar != "timestamp")
NUMERIC = ("int32", "int64", "double", "float")
TYPES: dict[str, tuple[str, ...]] = {
    "counter": NUMERIC,
    "sum": NUMERIC,
    "mean": ("double", "float"),
    "min": (*NUMERIC, "string", "timestamp", "unix_timestamp"),
    "max": (*NUMERIC, "string", "timestamp", "unix_timestamp"),
    "first": SCALARS,
    "last": SCALARS,
    "most_frequent": SCALARS,
    "least_frequent": SCALARS,
    "unique_list": LISTS,
    "category_count": ("dict",),
    "approx_count_distinct": NUMERIC,
    "time_since_first": ("float", "double"),
    "time_since_last": ("float", "double"),
}
DEFAULTS: dict[str, tuple] = {
    "string": ("none", "", "it's {{ x }} \\ \n 😀"),
    "bytes": ("none", "ü'"),
    "int32": (0, -1, 7),
    "int64": (0, -1, 2**62),
    "double": (0.5, -1, 1e300),
    "float": (0.5, 0.1, -1),
    "bool": (True, False),
    "timestamp": ("2025-01-02", "2025-01-02T03:04:05.123456+01:00"),
    "unix_timestamp": (0, 1735700000),
    "dict": ({"a": 1}, {}, {"it's {{ x }}": 2, "b": 3}),
}


def fits(chosen: Known, aggregation: str, wanted: str) -> bool:
    """Whether the result is promised to be the same on all engines."""
    scalar = wanted.removesuffix("_list")
    if aggregation == "category_count" or scalar in ("string", "bytes"):
        return chosen.has_text_form
    if aggregation == "sum":
        return not (scalar in ("int32", "int64") and chosen.kind in ("score", "big"))
    if scalar == "unix_timestamp":  # what a number means as a time is not said
        return chosen.kind not in ("dyadic", "score", "decimal", "integer", "big", "part")
    return True


SENSIBLE: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("int32", "int64"), ("integer", "big", "dyadic", "spelled", "part")),
    **dict.fromkeys(("double", "float"), ("dyadic", "score", "decimal", "integer", "spelled")),
    **dict.fromkeys(("string", "bytes", "dict"), ("text", "id", "nested", "day", "iso", "boolean", "integer", "part")),
    **dict.fromkeys(("timestamp", "unix_timestamp"), ("time", "iso")),
    "bool": ("boolean", "spelled"),
}


@st.composite
def properties(draw: st.DrawFn, aggregation: str, wanted: str) -> Any:
    """Mostly one whose values make sense as the type."""
    sensible = draw(st.integers(0, 3)) and aggregation != "approx_count_distinct"
    kinds = SENSIBLE[wanted.removesuffix("_list")] if sensible else None
    return draw(
        st.sampled_from(
            [one for one in KNOWN if fits(one, aggregation, wanted) and (kinds is None or one.kind in kinds)]
        )
    ).property


@st.composite
def attributes(draw: st.DrawFn, name: str) -> Attribute:
    aggregation = draw(st.sampled_from(tuple(TYPES)))
    wanted = draw(st.sampled_from(TYPES[aggregation]))
    made: dict[str, Any] = {"name": name, "type": wanted, "aggregation": aggregation}
    if aggregation.startswith("time_since"):
        made["time_unit"] = draw(st.sampled_from(("s", "min", "h", "d")))
    elif aggregation != "counter":
        made["property"] = draw(properties(aggregation, wanted))
    if not draw(st.integers(0, 2)):
        pool = DEFAULTS[wanted.removesuffix("_list")]
        made["default_value"] = list(pool) if wanted.endswith("_list") else draw(st.sampled_from(pool))
    days = draw(st.sampled_from((None, None, 7, 30, 1, 2, 3)))
    made["period"] = None if days is None else timedelta(days=days)
    made["description"] = draw(st.sampled_from((None, None, 'Counts {{ things }}: it\'s "so" -- {% raw %} \\ 😀')))
    return Attribute(**made, events=draw(patterns), criteria=draw(criteria()))


ENTITIES = (
    Entity(name="user", key="domain_userid"),
    Entity(name="session", key="domain_sessionid"),
    Entity(name="user_id"),
    Entity(name="visit", key="visit_number", property=AtomicProperty(name="domain_sessionidx")),
    Entity(name="shopper", property=_acme("product.label")),
    Entity(name="buyer", property=_acme("quantity")),
    Entity(name="owner", property=_product("id")),
    Entity(name="second_owner", property=_product("id", index=1)),
)
entities = st.sampled_from((*ENTITIES[:1] * 8, *ENTITIES))


@st.composite
def views(draw: st.DrawFn, entity: Entity, name: str = "v", max_attributes: int = 8) -> View:
    size = draw(st.integers(1, max_attributes))
    return View(
        name=name,
        version=draw(st.sampled_from((1, 1, 2))),
        entity=entity,
        attributes=[draw(attributes(f"a{number}")) for number in range(size)],
        owner="owner@example.com",
        offline=True,
    )


# --- events


def event_rows(entity: Entity, sizes: tuple[int, ...] = (100, 150, 120, 40, 8, 0)) -> st.SearchStrategy:
    """Rows by one drawn seed: thousands of values drawn singly would be slow, and mostly the simplest ones."""
    return st.builds(rows_of_seed, st.integers(0, 2**64), st.sampled_from(sizes), st.just(entity))


# --- how a run is set


@dataclass(frozen=True)
class Settings:
    as_of: date
    start_date: date
    app_ids: tuple[str, ...]
    include_current_day: bool

    def for_reference(self) -> dict[str, Any]:
        return vars(self)

    def for_dbt(self) -> dict[str, Any]:
        return {
            "snowplow__as_of_date": self.as_of.isoformat(),
            "snowplow__start_date": self.start_date.isoformat(),
            "snowplow__app_id": list(self.app_ids),
            "snowplow__include_current_day_in_windows": self.include_current_day,
            "snowplow__backfill_limit_days": 100_000,  # everything in one run
        }


settings = st.builds(
    Settings,
    as_of=st.sampled_from([FIRST_DAY + timedelta(days=days) for days in (7, 8, 9, 3, 12, 40)]),
    start_date=st.sampled_from((date(2025, 1, 1), date(2025, 1, 1), FIRST_DAY + timedelta(days=4))),
    app_ids=st.sampled_from(((), (), ("web",), ("app's", "web"))),
    include_current_day=st.booleans(),
)
SETTINGS = Settings(FIRST_DAY + timedelta(days=8), date(2025, 1, 1), (), False)
