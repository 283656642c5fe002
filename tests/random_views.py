"""Random views over the events of the tests: every aggregation, type, operator, kind of property, window and default.

A few properties are asked for that the events table does not have. What the meaning leaves to the engine is not asked
for: the text form of numbers with a fraction and of timestamps, and sums whose last digits decide whether a fraction is
left.
"""

from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import Any

from tests.random_events import TEXTS, VALUES

from snowplow_signals import (
    AtomicProperty,
    Attribute,
    CalculatedProperty,
    Criteria,
    Criterion,
    Entity,
    EntityProperty,
    Event,
    EventProperty,
    View,
)
from snowplow_signals.definitions.aggregations import OVER_ELEMENTS, WITHOUT_PROPERTY
from snowplow_signals.errors import DefinitionError

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


def _product(path: str, index: Any = 0, vendor: str = "com.acme", date_part: str | None = None) -> EntityProperty:
    return EntityProperty(vendor=vendor, name="product", major_version=1, path=path, index=index, date_part=date_part)


ATOMIC = (
    Known(AtomicProperty(name="platform"), "text", "text"),
    Known(AtomicProperty(name="se_label"), "text", "text"),
    Known(AtomicProperty(name="se_property"), "spelled", "text"),
    Known(AtomicProperty(name="page_urlpath"), "iso", "text"),
    Known(AtomicProperty(name="mkt_term"), "absent", "text"),
    Known(AtomicProperty(name="domain_userid"), "id", "text"),
    Known(AtomicProperty(name="event_id"), "text", "text"),
    Known(AtomicProperty(name="event_name"), "text", "text"),
    Known(AtomicProperty(name="app_id"), "text", "text"),
    Known(AtomicProperty(name="se_value"), "dyadic", "number"),
    Known(AtomicProperty(name="tr_total"), "decimal", "number"),
    Known(AtomicProperty(name="domain_sessionidx"), "integer", "integer"),
    Known(AtomicProperty(name="pp_yoffset_max"), "integer", "integer"),
    Known(AtomicProperty(name="br_cookies"), "boolean", "boolean"),
    Known(AtomicProperty(name="collector_tstamp"), "time", "timestamp"),
    Known(AtomicProperty(name="derived_tstamp"), "time", "timestamp"),
    Known(AtomicProperty(name="load_tstamp"), "time", "timestamp"),
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
    Known(_acme("3dSecure"), "boolean"),
    Known(_acme("$amount"), "dyadic"),
    Known(_acme('["price:eur.net"]'), "spelled"),
    Known(_acme("Größe.utm source"), "text"),
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
EVERY = (
    Known(_product("label", "all"), "text"),
    Known(_product("unitPrice", "all"), "dyadic"),
    Known(_product("id", "all"), "id"),
    Known(_product("tags", "all"), "nested"),
    Known(_product("tags[1]", "all"), "text"),
    Known(_product("madeAt", "all"), "iso"),
    Known(_product("madeAt", "all", "com.acme", "day_of_week"), "part"),
    Known(_product("madeAt", "all", "com.acme", "active_week"), "day"),
    Known(_product("unitPrice", "all", "org.other"), "spelled"),
    Known(_product("missing", "all"), "absent"),
    Known(_product("label", "all", "net.never"), "absent"),
)
"""Of every element: for attributes."""
ANY = tuple(Known(one.property.model_copy(update={"index": "any"}), one.kind) for one in EVERY if one.kind != "nested")
"""Of at least one: for criteria."""
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


def _of(operation: str, *operands: Any, separator: str | None = None) -> CalculatedProperty:
    return CalculatedProperty(operation=operation, properties=operands, separator=separator)


_LABEL, _VALUE = AtomicProperty(name="se_label"), AtomicProperty(name="se_value")
CALCULATED = (
    Known(_of("concat", _LABEL, _acme("label"), _product("label")), "text"),
    Known(_of("concat", _acme("quantity"), _acme("done"), _acme("missing"), separator=" it's {{x}}\n"), "text"),
    Known(_of("sum", _VALUE, AtomicProperty(name="tr_total"), _acme("unitPrice")), "score"),
    Known(_of("product", _acme("unitPrice"), _product("unitPrice", 1)), "score"),
    Known(_of("min", _acme("quantity"), AtomicProperty(name="se_property")), "dyadic"),
    Known(_of("max", _VALUE, _acme("quantity"), _product("unitPrice", vendor="net.never")), "dyadic"),
    Known(_of("coalesce", _acme("label"), _LABEL), "text"),
    Known(_of("coalesce", AtomicProperty(name="se_property"), _acme("quantity")), "spelled"),
    Known(_of("coalesce", _acme("at"), AtomicProperty(name="page_urlpath")), "time"),
    Known(_of("coalesce", _acme("missing"), _product("label", vendor="net.never")), "absent"),
)
PARTS = ("hour_of_day", "day_of_week", "month_of_year", "active_day", "active_week", "active_month")
DATED = tuple(
    Known(made.property, "part" if part in PARTS[:3] else "day", made.atomic)
    for part in PARTS
    for made in (make(part) for make in _DATED)
)
KNOWN = (*ATOMIC, *NESTED, *DATED, *CALCULATED)
COMMON = (*ATOMIC, *NESTED, *ATOMIC, *NESTED, *DATED[::2], *CALCULATED)

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
PATTERNS = (
    "a%",
    "%",
    "%b",
    "_",
    "__",
    "a_b",
    "%\n%",
    "%'%",
    "{{%",
    "%\\%",
    "",
    "100%",
    "%😀%",
    "A",
    "5",
    "%-%",
    "\\_",
    "%ß%",
    "É%",
)
NUMBER_LITERALS = (0, 1, 5, 7, -2.25, 0.5, 0.1, 1000, 2.5, 3, 8, 100.0, 2**53 + 1, 1e300, -4)
COMPARED = ("=", "!=", "<", ">", "<=", ">=", "between", "in", "not in")
OPERATORS_OF = {
    "text": (*COMPARED, "starts with", "like", "not like", "ilike", "not ilike"),
    "number": COMPARED,
    "boolean": ("=", "!=", "in"),
}


def criterion(random: Random) -> Criterion:
    """A criterion whose literal the definitions accept for the property."""
    chosen = random.choice(ANY if random.random() < 0.15 else COMMON)
    literal = random.choice(_literal_kinds(chosen))
    if literal == "null":
        return Criterion(property=chosen.property, operator=random.choice(("is null", "is not null")))
    operator = random.choice(OPERATORS_OF[literal])
    pool = {"text": TEXT_LITERALS, "number": NUMBER_LITERALS, "boolean": (True, False)}[literal]
    if literal == "text" and isinstance(VALUES.get(chosen.kind, (None,))[0], str):
        pool = (*VALUES[chosen.kind][:4] * 5, *VALUES[chosen.kind], *TEXT_LITERALS)
    if operator in ("in", "not in"):
        value: Any = random.choices(pool, k=random.randint(1, 4))
    elif operator == "between":
        value = random.choices(pool, k=2)
        value = sorted(value) if random.random() < 0.8 else value
    elif operator == "starts with":
        value = random.choice([one[: random.randint(1, 3)] for one in pool if one])
    else:
        value = random.choice(PATTERNS if operator.endswith("like") else pool)
    return Criterion(property=chosen.property, operator=operator, value=value)


def _literal_kinds(chosen: Known) -> list[str]:
    allowed = ["null"]
    if chosen.atomic in ("text", None) and chosen.has_text_form:
        allowed += ["text", "text"]
    if chosen.atomic in ("number", "integer", None):
        allowed += ["number", "number"]
    if chosen.atomic in ("boolean", None):
        allowed += ["boolean"]
    if chosen.atomic == "part":
        allowed += ["number"] if chosen.kind == "part" else ["text"]
    return allowed


def of_two(random: Random) -> Criterion:
    """Two properties of an event, as what they are, or as what is said of them."""
    ones = [known for known in COMMON if known.atomic != "timestamp" or random.random() < 0.2]
    while True:
        one, other = random.sample(ones, 2)
        kind = random.choice(("text", "number", "boolean", "time"))
        operator = random.choice(("=", "!=") if kind == "boolean" else ("=", "!=", "<", ">", "<=", ">="))
        is_unclear = kind == "text" and not (one.has_text_form and other.has_text_form)
        if is_unclear or one.property == other.property:
            continue
        try:
            return Criterion(property=one.property, operator=operator, other_property=other.property, compare_as=kind)
        except DefinitionError:  # one of them is of another kind
            continue


def condition(random: Random, depth: int) -> Criterion | Criteria:
    chosen = random.random()
    if depth < 3 and chosen < 0.15:
        return criteria_of_form(random, random.choice(("all", "any", "both")), depth + 1)
    return of_two(random) if chosen < 0.3 else criterion(random)


def criteria(random: Random) -> Criteria | None:
    form = random.choice(("none", "none", "none", "none", "all", "any", "both"))
    return None if form == "none" else criteria_of_form(random, form, 1)


def criteria_of_form(random: Random, form: str, depth: int) -> Criteria:
    every, some = ([condition(random, depth) for _ in range(random.randint(1, 2))] for _ in range(2))
    return Criteria(all=every if form in ("all", "both") else None, any=some if form in ("any", "both") else None)


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
    "count_distinct": NUMERIC,
    "mode_share": ("double", "float"),
    "exists": ("bool",),
    "rate": ("double", "float"),
    "days_active": NUMERIC,
    "stddev": ("double",),
    "variance": ("double",),
    "percentile": ("double", "float"),
    "first_n": LISTS,
    "last_n": LISTS,
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
    return True


SENSIBLE: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("int32", "int64"), ("integer", "big", "dyadic", "spelled", "part")),
    **dict.fromkeys(("double", "float"), ("dyadic", "score", "decimal", "integer", "spelled")),
    **dict.fromkeys(("string", "bytes", "dict"), ("text", "id", "nested", "day", "iso", "boolean", "integer", "part")),
    **dict.fromkeys(("timestamp", "unix_timestamp"), ("time", "iso")),
    "bool": ("boolean", "spelled"),
}


# Names that the SQL around an attribute uses too.
NAMES = (
    "value", "n", "place", "collected", "fitting", "merged", "events", "days", "bucket", "chunk", "total", "count",
    "copies",
    "last_tstamp", "last_event_id", "lifetime", "in_last_7_days", "in_lifetime", "published", "stored",
    "touched",
    "is_winner", "is_stored", "reason", "se_label", "se_value", "domain_userid", "app_id", "event_name",
    "derived_tstamp",
    "collector_tstamp", "claimed_tstamp", "identifier", "entity", "status", "type", "name", "date", "first",
    "last", "min", "in_this_month",
    "last_7_days", "se_label_2", "shop_action_label", "is_events", "is_shop_action", "count_events", "source", "x",
)  # fmt: skip


def property_for(random: Random, aggregation: str, wanted: str) -> Any:
    """Mostly one whose values make sense as the type."""
    kinds = SENSIBLE[wanted.removesuffix("_list")] if random.random() < 0.75 else None
    if aggregation in ("approx_count_distinct", "count_distinct", "mode_share"):
        kinds = None
    return random.choice(
        [
            one
            for one in (EVERY if aggregation in OVER_ELEMENTS and random.random() < 0.25 else KNOWN)
            if fits(one, aggregation, wanted) and (kinds is None or one.kind in kinds)
        ]
    ).property


def window(random: Random) -> dict[str, Any]:
    """None, one of days or one of the calendar; of three that end, one ended before."""
    period = random.choice((None, None, None, 30, 7, 7, 3, 2, 1, "week", "month", "quarter", "year"))
    offset = random.choice((0, 0, 0, 0, 1, random.choice((2, 3, 7, 30)))) if period else 0
    if not isinstance(period, int):
        return {"period": period, "offset": offset or None}
    return {"period": timedelta(days=period), "offset": timedelta(days=offset) or None}


def attribute(random: Random, name: str) -> Attribute:
    aggregation = random.choice(tuple(TYPES))
    wanted = random.choice(TYPES[aggregation])
    made: dict[str, Any] = {"name": name, "type": wanted, "aggregation": aggregation, "criteria": criteria(random)}
    if aggregation.startswith("time_since"):
        made["time_unit"] = random.choice(("s", "min", "h", "d"))
    elif aggregation == "rate":
        made["criteria"] = made["criteria"] or Criteria(all=[criterion(random)])
    elif aggregation not in WITHOUT_PROPERTY:
        if aggregation in ("first_n", "last_n"):
            made |= {"n": random.choice((1, 2, 3, 5, 100)), "distinct": random.choice((None, True, False))}
        if aggregation == "percentile":
            made["q"] = random.choice((0, 0.05, 0.25, 0.5, 0.5, 0.9, 0.95, 1))
        made["property"] = property_for(random, aggregation, wanted)
    elif aggregation == "counter" and random.random() < 0.3:
        made["property"] = random.choice(EVERY).property
    if random.random() < 0.3:
        pool = DEFAULTS[wanted.removesuffix("_list")]
        made["default_value"] = list(pool) if wanted.endswith("_list") else random.choice(pool)
    made |= window(random)
    made["description"] = random.choice((None, None, 'Counts {{ things }}: it\'s "so" -- {% raw %} \\ 😀'))
    return Attribute(**made, events=random.choices(EVENTS, k=random.choice((0, 0, 1, 1, 2, 3))))


ENTITIES = (
    Entity(name="user", key="domain_userid"),
    Entity(name="session", key="domain_sessionid"),
    Entity(name="user_id"),
    Entity(name="event_name"),
    Entity(name="visit", key="visit_number", property=AtomicProperty(name="domain_sessionidx")),
    Entity(name="shopper", property=_acme("product.label")),
    Entity(name="buyer", key="amount", property=_acme("quantity")),
    Entity(name="owner", key="platform", property=_product("id")),
    Entity(name="second_owner", key="counts", property=_product("id", index=1)),
)


def view(random: Random, entity: Entity, name: str, max_attributes: int) -> View:
    names = [f"{'aA'[number % 2]}{number}" for number in range(max_attributes)]
    for place, odd in enumerate(random.sample(NAMES, max_attributes // 3)):
        names[place * 3] = odd if odd != entity.identifier else names[place * 3]
    return View(
        name=name,
        version=random.choice((1, 1, 2)),
        entity=entity,
        attributes=[attribute(random, name) for name in names[: random.randint(1, max_attributes)]],
        owner="owner@example.com",
        offline=True,
    )


def view_of_seed(seed: int, entity: Entity, name: str = "v", max_attributes: int = 8) -> View:
    return view(Random(seed), entity, name, max_attributes)
