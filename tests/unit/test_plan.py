"""The plan: what attributes share, how what they need is named, and when two plans mean the same."""

import re
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from snowplow_signals import (
    AtomicProperty,
    Attribute,
    BatchSource,
    Criteria,
    Criterion,
    DefinitionError,
    Entity,
    EntityProperty,
    Event,
    EventProperty,
    Field,
    PageView,
    View,
    user_entity,
)
from snowplow_signals.definitions.names import MAX_NAME, RESERVED
from snowplow_signals.definitions.paths import render_path
from snowplow_signals.plan import Plan, plan_view
from snowplow_signals.plan.column_names import LONGEST, OWN_COLUMNS
from snowplow_signals.plan.planned import PARTS_OF

LONGEST_OF_POSTGRESQL = 63
WEEK = timedelta(days=7)
PAGE = AtomicProperty(name="page_urlpath")


def product(path: str = "price", **more: Any) -> EntityProperty:
    return EntityProperty(**{"vendor": "com.acme", "name": "product", "major_version": 1, "path": path, **more})


def attribute(name: str = "a", aggregation: str = "sum", type: str = "double", **more: Any) -> Attribute:
    needs_property = aggregation not in ("counter", "time_since_first", "time_since_last")
    given = {"property": product(), **more} if needs_property else more
    return Attribute(name=name, aggregation=aggregation, type=type, **given)


def view(*attributes: Attribute, **more: Any) -> View:
    declared = {"name": "shop", "entity": user_entity, "owner": "owner@example.com", "offline": True, **more}
    return View(attributes=attributes, **declared)


def plan(*attributes: Attribute, **more: Any) -> Plan:
    return plan_view(view(*attributes, **more))


# --- what is shared


@pytest.mark.parametrize(
    "other",
    [
        attribute("b", period=timedelta(days=7)),
        attribute("b", type="int32"),
        attribute("b", default_value=5),
        attribute("b", description="the same", ttl=timedelta(days=1)),
    ],
)
def test_window_type_and_default_share_a_state(other: Attribute) -> None:
    found = plan(attribute("a"), other)
    assert len(found.slots) == 1
    assert [item.slot for item in found.attributes] == [found.slots[0]] * 2


@pytest.mark.parametrize(
    "other",
    [
        attribute("b", aggregation="mean"),
        attribute("b", property=product("price", index=1)),
        attribute("b", property=product("price", major_version=2)),
        attribute("b", property=product("price", vendor="org.acme")),
        attribute("b", events=[PageView()]),
        attribute("b", criteria=Criteria(all=[Criterion.eq(PAGE, "/")])),
    ],
)
def test_what_differs_in_more_has_its_own_state(other: Attribute) -> None:
    first, second = (item.slot for item in plan(attribute("a"), other).attributes)
    assert first.name != second.name


def test_sets_of_values_share_their_rows() -> None:
    types = {"unique_list": "string_list", "most_frequent": "string", "least_frequent": "int32"}
    types |= {"category_count": "dict", "approx_count_distinct": "int64"}
    found = plan(*(attribute(f"of_{name}", name, type, property=PAGE) for name, type in types.items()))
    assert [slot.name for slot in found.value_slots] == ["values_page_urlpath"]
    assert found.day_slots == ()
    assert len({item.collected for item in found.attributes}) == len(types)


def test_windows_are_merged_once() -> None:
    week = timedelta(days=7)
    found = plan(attribute("a", period=week), attribute("b", period=week, type="int64"), attribute("c"))
    assert [item.merged for item in found.attributes] == [
        "sum_product_price_as_number_last_7_days",
        "sum_product_price_as_number_last_7_days",
        "sum_product_price_as_number",
    ]
    assert [window.days for window in found.windows] == [None, 7]


@pytest.mark.parametrize(
    ("declared", "name", "meaning", "reach"),
    [
        ({}, "lifetime", "of all time", 0),
        ({"period": WEEK}, "last_7_days", "over the last 7 days", 7),
        ({"period": WEEK, "offset": WEEK}, "last_7_days_offset_7", "over the 7 days before the last 7 days", 14),
        ({"period": "week"}, "this_week", "over the week to date", 7),
        ({"period": "month", "offset": 1}, "last_month", "over the last complete month", 62),
        ({"period": "quarter", "offset": 2}, "quarter_offset_2", "over the quarter that was 2 quarters ago", 276),
        ({"period": "year"}, "this_year", "over the year to date", 366),
    ],
)
def test_windows(declared: dict[str, Any], name: str, meaning: str, reach: int) -> None:
    [window] = plan(attribute("a", **declared)).windows
    assert (window.name, window.meaning, window.reach) == (name, meaning, reach)
    assert window.is_lifetime == (name == "lifetime")
    key = Entity(name="user", key=f"in_{name}", property=AtomicProperty(name="user_id"))
    with pytest.raises(DefinitionError, match="is reserved"):
        plan(attribute("a"), entity=key)


def test_windows_share_states_and_an_offset_changes_the_attribute_only() -> None:
    windows: list[dict[str, Any]] = [{}, {"period": WEEK}, {"period": WEEK, "offset": WEEK}, {"period": "month"}]
    found = plan(*(attribute(f"a{number}", **one) for number, one in enumerate(windows)))
    assert len(found.slots) == 1
    parts = [plan(attribute("a", **one)).fingerprints() for one in windows]
    assert len({part.pop("attribute a") for part in parts}) == len(windows)
    assert parts == parts[:1] * len(windows)


def test_the_order_of_patterns_does_not_matter() -> None:
    one, two = Event(name="one"), Event(name="two")
    found = plan(attribute("a", events=[one, two, one]), attribute("b", events=[two, one]), attribute("c"))
    assert len(found.filters) == 1


def test_a_wildcard_pattern_is_every_event() -> None:
    found = plan(attribute("a", events=[Event(), PageView()]), attribute("b"))
    assert found.filters == ()
    assert found.patterns == ()
    assert len(found.slots) == 1


def test_one_property_read_in_two_ways_has_two_columns() -> None:
    found = plan(attribute("a"), attribute("b", "last", "double"), attribute("c", "max", "timestamp"))
    assert [(column.name, column.kind) for column in found.columns] == [
        ("product_price_as_number", "number"),
        ("product_price", "text"),
        ("product_price_as_time", "time"),
    ]


def test_a_literal_decides_how_its_property_is_read() -> None:
    criteria = Criteria(any=[Criterion.eq(product(), 1), Criterion.eq(product(), True), Criterion.eq(product(), "1")])
    found = plan(attribute("a", "counter", "int64", criteria=criteria))
    assert [column.kind for column in found.columns] == ["number", "boolean", "text"]


# --- names


def test_equal_last_segments_have_columns_of_their_own() -> None:
    properties = [
        product("label"),
        product("label", index=1),
        product("label", major_version=2),
        product("label", vendor="org.acme"),
        product("a.label"),
        EventProperty(vendor="com.acme", name="product", major_version=1, path="label"),
    ]
    found = plan(*(attribute(f"a{number}", "last", "string", property=item) for number, item in enumerate(properties)))
    assert [column.property for column in found.columns] == properties
    assert len({column.name for column in found.columns}) == len(properties)


def test_telling_names() -> None:
    found = plan(
        attribute("a", "counter", "int64", events=[PageView()]),
        attribute("b", "counter", "int64", events=[PageView()], criteria=Criteria(all=[Criterion.eq(PAGE, "/cart")])),
        attribute("c", "counter", "int64", criteria=Criteria(all=[Criterion.like(PAGE, "/%")])),
        attribute("d", "first", "string", property=product("a.b[0].skuCode", date_part="active_day")),
    )
    assert [item.slot.name for item in found.attributes] == [
        "count_page_view",
        "count_page_view_cart",
        "count_events_of_c",
        "first_product_a_b_0_sku_code_active_day",
    ]


@pytest.mark.parametrize(("name", "path"), [("group", "🎉"), ("order", "by"), ("_", "🎉"), ("-", "1")])
def test_keywords_and_nothing(name: str, path: str) -> None:
    prop = EventProperty(vendor="com.acme", name=name, major_version=1, path=path)
    assert_names_are_right(plan(attribute("a", "last", "string", property=prop)))


def test_a_window_is_not_taken_for_a_property_that_is_named_like_it() -> None:
    week, lifetime = product("x"), product("x_last_7_days")
    found = plan(
        attribute("a", "last", "string", property=week, period=timedelta(days=7)),
        attribute("b", "last", "string", property=lifetime),
    )
    assert_names_are_right(found)
    assert len({item.merged for item in found.attributes}) == 2


def test_names_do_not_depend_on_the_order_of_attributes() -> None:
    declared = [
        attribute("a", "last", "string", property=product("label", vendor="org.acme")),
        attribute("b", "last", "string", property=product("label")),
        attribute("c", "counter", "int64", events=[PageView()]),
    ]
    there, back = plan(*declared), plan(*reversed(declared))
    assert {item.name: item.slot.name for item in there.attributes} == {
        item.name: item.slot.name for item in back.attributes
    }
    assert [item.name for item in back.attributes] == ["c", "b", "a"]
    assert there.fingerprints() == back.fingerprints()


def names_of(found: Plan) -> dict[str, list[str]]:
    """The names of each table or query in which they must not meet."""
    states = {slot.name: slot.state for slot in found.day_slots}
    daily = [name + part for name, state in states.items() for part in PARTS_OF.get(state, ("",))]
    merged = {item.merged: item.slot.state for item in found.attributes if item.slot.state != "values"}
    rows = {item.merged for item in found.attributes if item.slot.state == "values"}
    events = [*(column.name for column in found.columns), *(item.name for item in found.filters)]
    return {
        "events": [found.identifier, *events],
        "days": [found.identifier, *daily, *(f"in_{window.name}" for window in found.windows)],
        "merged": [found.identifier, *(name + part for name, of in merged.items() for part in PARTS_OF.get(of, ("",)))],
        "queries": [*rows, *{item.collected for item in found.attributes if item.collected}],
        "slots": [slot.name for slot in found.slots],
    }


def assert_names_are_right(found: Plan) -> None:
    for where, names in names_of(found).items():
        made = [name for name in names if name != found.identifier]
        assert len(set(names)) == len(names), f"{where}: {sorted(names)}"
        assert OWN_COLUMNS.isdisjoint(made), where
        for name in made:
            assert re.fullmatch(r"[a-z_][a-z0-9_]*", name), f"{where}: {name!r}"
            assert len(name) <= LONGEST_OF_POSTGRESQL, f"{where}: {name!r}"
            assert name not in RESERVED, f"{where}: {name!r}"


KEYS = st.one_of(
    st.sampled_from(["price", "Price", "PRICE", "pri-ce", "1", "🛒", "é", "x_last_7_days", "x", "x_total"]),
    st.sampled_from(["x" * 200, "x" * 201, "_", " ", "is", "events", "value", "day", "select", "by", "İ"]),
    st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=8),
)
PATHS = st.lists(st.tuples(KEYS, st.sampled_from([(), (0,), (12,)])), min_size=1, max_size=3).map(
    lambda steps: render_path(tuple(part for key, indexes in steps for part in (key, *indexes)))
)
SCHEMAS = st.sampled_from(["product", "Product", "pro-duct", "group", "order", "_", "1", "is", "mean", "p" * 70])
PROPERTIES = st.one_of(
    st.builds(
        EventProperty, vendor=st.sampled_from(["a.b", "A-b"]), name=SCHEMAS, major_version=st.just(1), path=PATHS
    ),
    st.builds(
        EntityProperty,
        **{"vendor": st.just("a.b"), "name": SCHEMAS, "major_version": st.sampled_from([1, 10]), "path": PATHS},
        index=st.integers(0, 2),
    ),
    st.sampled_from([AtomicProperty(name=name) for name in ("event_id", "load_tstamp", "event_name", "app_id")]),
)
AGGREGATIONS = st.sampled_from(
    [("sum", "double"), ("mean", "double"), ("first", "string"), ("max", "double"), ("unique_list", "string_list")]
)
NAMES = st.sampled_from(["a", "b", "events", "value", "first_product_price", "mean_product_price_as_number_total"])
KEY_NAMES = st.sampled_from(["domain_userid", "product_price", "mean_product_price_as_number_count", "is_page_view"])


@st.composite
def views(draw: st.DrawFn) -> View:
    attributes = []
    for number in range(draw(st.integers(1, 6))):
        aggregation, type_name = draw(AGGREGATIONS)
        literal = draw(st.sampled_from(["x", "🛒", "", "last_7_days", 1, True]))
        criteria = Criteria(all=[Criterion(property=draw(PROPERTIES.filter(is_nested)), operator="=", value=literal)])
        attributes.append(
            Attribute(
                name=f"{draw(NAMES)}_{number}" if draw(st.booleans()) else "n" * (MAX_NAME - 1) + str(number),
                aggregation=aggregation,
                type=type_name,
                property=draw(PROPERTIES),
                criteria=draw(st.none() | st.just(criteria)),
                events=draw(st.lists(st.sampled_from([PageView(), Event(name="addToCart-" * 8)]), max_size=2)),
                period=draw(st.none() | st.sampled_from([1, 7, 365, 36_500]).map(lambda days: timedelta(days=days))),
            )
        )
    key = Entity(name="user", key=draw(KEY_NAMES), property=AtomicProperty(name="user_id"))
    return view(*attributes, entity=key)


def is_nested(prop: Any) -> bool:
    return not isinstance(prop, AtomicProperty)


@pytest.mark.slow
@settings(max_examples=200)
@given(views())
def test_names_are_legal_and_never_meet(declared: View) -> None:
    found = plan_view(declared)
    assert_names_are_right(found)
    assert all(len(name) <= LONGEST for name in names_of(found)["slots"])


# --- what a plan means


BASE = attribute("a", property=product("price"), events=[PageView()])


@pytest.mark.parametrize(
    "same",
    [
        {"description": "words"},
        {"ttl": timedelta(days=3)},
    ],
)
def test_words_and_lifetimes_do_not_change_what_is_meant(same: dict) -> None:
    changed = attribute("a", property=product("price"), events=[PageView()], **same)
    assert plan(changed).fingerprints() == plan(BASE).fingerprints()


@pytest.mark.parametrize(
    "same",
    [
        {"owner": "somebody@example.com"},
        {"description": "words"},
        {"ttl": timedelta(days=3)},
        {"online": False},
        {"is_published": True},
        {"entity": Entity(name="customer", key="domain_userid", description="who", owner="a@example.com")},
    ],
)
def test_the_views_words_do_not_change_what_is_meant(same: dict) -> None:
    assert plan(BASE, **same).fingerprints() == plan(BASE).fingerprints()


@pytest.mark.parametrize(
    "other",
    [
        {"period": timedelta(days=7)},
        {"type": "float"},
        {"aggregation": "mean"},
        {"default_value": 0.0},
        {"criteria": Criteria(all=[Criterion.eq(PAGE, "/")])},
        {"events": [PageView(), Event(name="x")]},
        {"events": []},
        {"events": [Event(name="page_view")]},
        {"property": product("price", index=1)},
        {"property": product("price", major_version=2)},
        {"property": product("cost")},
    ],
)
def test_what_changes_the_numbers_changes_the_fingerprint(other: dict) -> None:
    changed = attribute(**{"name": "a", "property": product("price"), "events": [PageView()], **other})
    before, after = plan(BASE).fingerprints(), plan(changed).fingerprints()
    assert before["attribute a"] != after["attribute a"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (Criterion.eq(product(), 1), Criterion.eq(product(), True)),
        (Criterion.eq(product(), 1), Criterion.eq(product(), "1")),
        (Criterion.eq(product(), "a"), Criterion.neq(product(), "a")),
        (Criterion.in_list(product(), ["a"]), Criterion.in_list(product(), ["a", "b"])),
        (Criterion.is_null(product()), Criterion.is_not_null(product())),
    ],
)
def test_criteria_change_the_fingerprint(one: Criterion, other: Criterion) -> None:
    plans = [plan(attribute("a", "counter", "int64", criteria=Criteria(all=[item]))) for item in (one, other)]
    assert plans[0].fingerprints() != plans[1].fingerprints()
    either = plan(attribute("a", "counter", "int64", criteria=Criteria(any=[one])))
    assert either.fingerprints() != plans[0].fingerprints()


def test_another_name_is_another_attribute() -> None:
    before, after = plan(BASE).fingerprints(), plan(BASE.model_copy(update={"name": "b"})).fingerprints()
    assert before.keys() ^ after.keys() == {"attribute a", "attribute b"}


def test_another_identifier_is_said() -> None:
    entity = Entity(name="user", key="domain_userid", property=AtomicProperty(name="user_id"))
    before, after = plan(BASE).fingerprints(), plan(BASE, entity=entity).fingerprints()
    assert {name for name in before if before[name] != after[name]} == {"entity"}


def test_what_is_applied_when_read_does_not_change_what_is_stored() -> None:
    one = attribute("a", "time_since_last", "double", time_unit="h")
    other = attribute("a", "time_since_last", "float", time_unit="d", default_value=3.0)
    assert plan(one).fingerprints() == plan(other).fingerprints()


def parts_that_differ(one: Plan, other: Plan) -> set[str]:
    before, after = one.fingerprints(), other.fingerprints()
    return {name for name in before.keys() | after.keys() if before.get(name) != after.get(name)}


@pytest.mark.parametrize(
    ("more", "parts"),
    [
        ({"period": timedelta(days=7)}, set()),
        ({"aggregation": "mean"}, {"slot mean_product_price_as_number"}),
        ({"events": [PageView(), Event(name="x")]}, {"slot sum_product_price_as_number_2", "events with name x"}),
        (
            {"property": product("cost")},
            {"slot sum_product_cost_as_number", "property product_cost_as_number"},
        ),
    ],
)
def test_parts_say_what_is_computed_for_an_attribute_more(more: dict, parts: set[str]) -> None:
    added = attribute(**{"name": "b", "property": product("price"), "events": [PageView()], **more})
    assert parts_that_differ(plan(BASE), plan(BASE, added)) == {"attribute b", *parts}


def test_a_name_that_means_something_else_is_another_part() -> None:
    """Names are given in the order of the attributes' names: one more may take the name of another one's state."""
    clicks = attribute("b", "sum", "double", property=product("price"), events=[Event(name="click")])
    before, after = plan(clicks), plan(clicks, attribute(property=product("price"), events=[PageView()], name="a"))
    assert "slot sum_product_price_as_number" in parts_that_differ(before, after)


def test_fingerprints_stay_what_they_were() -> None:
    """Stored tables are compared with them: another value computes every project's tables anew."""
    assert plan(BASE).fingerprints() == {
        "entity": "c9cf3d83eee1708a",
        "events with vendor com.snowplowanalytics.snowplow, name page_view, version 1-0-0": "358a3bc58e26ae7b",
        "property event_vendor": "0fb2831ca419957a",
        "property event_name": "7bc545a44034b2dc",
        "property event_version": "7f755517cf48c105",
        "property product_price_as_number": "b9aa24f2536b897c",
        "slot sum_product_price_as_number": "1d3daa000ef552b9",
        "attribute a": "17e070c4c399db79",
    }


# --- what is refused


def test_views_that_are_not_offline() -> None:
    with pytest.raises(DefinitionError) as refused:
        plan(BASE, offline=False)
    assert str(refused.value) == (
        "view 'shop' version 1: is not offline: the batch engine computes offline views only; set offline=True"
    )


def test_views_of_fields() -> None:
    source = BatchSource(name="crm", schema="crm", table="users", timestamp_field="changed_at")
    with pytest.raises(DefinitionError) as refused:
        plan(fields=[Field(name="plan", type="string")], batch_source=source)
    assert str(refused.value) == (
        "view 'shop' version 1: has no attributes to compute: its fields come from a table that exists already"
    )
