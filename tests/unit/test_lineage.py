"""Where attributes come from, by the plan: columns of the events, what each is used for, and who reads the view."""

import json
from datetime import timedelta
from typing import Any

import pytest

from snowplow_signals import (
    AtomicProperty,
    Attribute,
    Criteria,
    Criterion,
    EntityProperty,
    Event,
    EventProperty,
    Service,
    View,
    domain_sessionid,
    user_entity,
)
from snowplow_signals.plan import plan_view, plan_views
from snowplow_signals.plan.lineage import KINDS, Lineage, lineage, view_node
from snowplow_signals.project.catalog import catalog

PRICE = EntityProperty(vendor="com.acme", name="cartProduct", major_version=1, path="price.value", index=2)
TYPE = EventProperty(vendor="com.acme", name="action", major_version=2, path="$.type")
ACTION = Event(vendor="com.acme", name="action")
SPENT = Attribute(
    name="Spent",
    type="double",
    aggregation="sum",
    property=PRICE,
    events=[ACTION],
    criteria=Criteria(all=[Criterion.eq(TYPE, "buy")], any=[Criterion.eq(AtomicProperty(name="platform"), "web")]),
    period=timedelta(days=7),
)


def view(*attributes: Attribute, **more: Any) -> View:
    declared = {"name": "shop", "entity": user_entity, "owner": "owner@example.com", "offline": True, **more}
    return View(attributes=attributes, **declared)


def sources_of(attribute: Attribute) -> dict[str, tuple[str, ...]]:
    shop = view(attribute)
    graph = lineage(plan_view(shop))
    return dict(graph.sources(graph.attribute(shop, attribute.name)))


def test_an_attribute_is_made_of_its_value_its_criteria_and_its_events() -> None:
    assert sources_of(SPENT) == {
        "contexts_com_acme_cart_product_1": ("value",),
        "unstruct_event_com_acme_action_2": ("criterion",),
        "platform": ("criterion",),
        "event_vendor": ("event",),
        "event_name": ("event",),
    }


def test_properties_are_named_with_their_paths() -> None:
    shop = view(SPENT)
    graph = lineage(plan_view(shop))
    names = graph.properties(graph.attribute(shop, "Spent"))
    assert names["contexts_com_acme_cart_product_1[2].price.value"] == ("value",)
    assert names["unstruct_event_com_acme_action_2.type"] == ("criterion",)


@pytest.mark.parametrize(
    ("aggregation", "roles"),
    [
        ("first", ("order",)),
        ("last", ("order",)),
        ("time_since_last", ("value",)),
        ("days_active", ("value",)),
        ("sum", None),
    ],
)
def test_the_time_of_events_matters_to_what_depends_on_their_order(aggregation: Any, roles: Any) -> None:
    prop = {} if aggregation.startswith(("time", "days")) else {"property": AtomicProperty(name="tr_total")}
    given = {"time_unit": "d"} if aggregation.startswith("time") else {}
    made = Attribute(
        name="a", type="int64" if aggregation == "days_active" else "double", aggregation=aggregation, **prop, **given
    )
    found = sources_of(made)
    assert found.get("derived_tstamp") == found.get("load_tstamp") == roles
    assert ("event_id" in found) == (roles == ("order",))


def test_a_counter_reads_no_value() -> None:
    with pytest.warns(UserWarning, match="ignores its property"):
        counter = Attribute(name="n", type="int64", aggregation="counter", property=PRICE, events=[ACTION])
    assert sources_of(counter) == {"event_vendor": ("event",), "event_name": ("event",)}


def test_a_part_of_a_time_is_a_property_of_its_own() -> None:
    hour = AtomicProperty(name="derived_tstamp", date_part="hour_of_day")
    made = view(Attribute(name="hours", type="string_list", aggregation="unique_list", property=hour))
    graph = lineage(plan_view(made))
    assert graph.properties(graph.attribute(made, "hours")) == {"derived_tstamp (hour_of_day)": ("value",)}


def test_a_view_depends_on_what_decides_about_its_rows() -> None:
    shop = view(SPENT)
    graph = lineage(plan_view(shop))
    assert graph.sources(view_node(shop)) == {
        "domain_userid": ("identifier",),
        "derived_tstamp": ("time",),
        "collector_tstamp": ("time",),
        "load_tstamp": ("time",),
        "event_id": ("scope",),
        "app_id": ("scope",),
        "event_vendor": ("event",),
        "event_name": ("event",),
    }


def test_services_are_those_that_read_the_view_by_name_and_version() -> None:
    shop = view(SPENT)
    services = [
        Service(name="checkout", views=[shop], owner="o@example.com"),
        Service(name="other", views=[view(SPENT, version=2)], owner="o@example.com"),
        Service(name="spelled", views=[{"name": "SHOP", "version": 1}], owner="o@example.com"),
    ]
    graph = lineage(plan_view(shop), services)
    assert [node.name for node in graph.of("service")] == ["checkout", "spelled"]
    assert {edge.source.name for edge in graph.into(graph.of("service")[0])} == {"shop_v1"}


def test_shared_slots_are_one_node() -> None:
    longer = SPENT.model_copy(update={"name": "Spent_all", "period": None})
    shop = view(SPENT, longer)
    graph = lineage(plan_view(shop))
    (slot,) = graph.of("slot")
    assert [edge.target.name for edge in graph.out_of(slot)] == ["shop_v1:Spent", "shop_v1:Spent_all"]
    assert [edge.target.detail for edge in graph.out_of(slot)] == ["sum over the last 7 days", "sum of all time"]


def test_views_that_are_computed_together_have_what_is_theirs_alone() -> None:
    counter = Attribute(name="Spent", type="int64", aggregation="counter", events=[Event(name="page_view")])
    shop, read = view(SPENT), view(counter, name="read")
    graph = lineage(plan_views([shop, read]))
    assert graph.sources(graph.attribute(read, "Spent")) == {"event_name": ("event",)}
    assert graph.sources(view_node(read))["event_name"] == ("event",)
    assert "event_vendor" not in graph.sources(view_node(read))
    assert sorted(node.name for node in graph.of("attribute")) == ["read_v1:Spent", "shop_v1:Spent"]
    assert graph.sources(graph.attribute(shop, "Spent")) == sources_of(SPENT)


def test_edges_go_from_layer_to_layer_and_each_node_is_reached() -> None:
    shop = view(SPENT, entity=domain_sessionid)
    graph: Lineage = lineage(plan_view(shop), [Service(name="s", views=[shop], owner="o@example.com")])
    order = {kind: place for place, kind in enumerate(KINDS)}
    assert all(order[edge.source.kind] < order[edge.target.kind] for edge in graph.edges)
    assert len(set(graph.edges)) == len(graph.edges)
    assert [order[node.kind] for node in graph.nodes] == sorted(order[node.kind] for node in graph.nodes)
    assert all(graph.into(node) for node in graph.nodes if node.kind != "column")
    assert all(edge.role is None for edge in graph.edges if edge.source.kind != "property")
    assert all(edge.role is not None for edge in graph.edges if edge.source.kind == "property")


def test_the_catalog_has_views_attributes_their_sources_and_readers() -> None:
    counter = Attribute(name="Reads", type="int64", aggregation="counter", events=[Event(name="page_view")])
    shop, read = view(SPENT, description="What was bought"), view(counter, name="read")
    services = [
        Service(name="checkout", views=[shop], owner="checkout@example.com", description="At the checkout"),
        Service(name="elsewhere", views=[{"name": "unknown"}], owner="o@example.com"),
    ]
    found = json.loads(catalog(plan_views([shop, read]), services))
    assert [one["full_name"] for one in found["views"]] == ["read_v1", "shop_v1"]
    shown = found["views"][1]
    assert (shown["owner"], shown["description"], shown["table"]) == (
        "owner@example.com",
        "What was bought",
        "shop_1_attributes",
    )
    assert shown["entity"] == {"name": "user", "identifier": "domain_userid"}
    assert shown["services"] == ["checkout"]
    assert found["views"][0]["services"] == []
    [attribute] = shown["attributes"]
    assert (attribute["name"], attribute["column"], attribute["days"]) == ("Spent", "spent", 7)
    assert {
        "column": "contexts_com_acme_cart_product_1",
        "property": "contexts_com_acme_cart_product_1[2].price.value",
        "used_as": ["value"],
    } in attribute["comes_from"]
    assert {"column": "domain_userid", "property": "domain_userid", "used_as": ["identifier"]} in shown[
        "rows_depend_on"
    ]
    assert found["services"] == [
        {
            "name": "checkout",
            "description": "At the checkout",
            "owner": "checkout@example.com",
            "views": ["shop_v1"],
        }
    ]


def test_the_catalog_has_units_of_the_calendar_and_offsets() -> None:
    counter = {"type": "int64", "aggregation": "counter"}
    counts = view(
        Attribute(name="all_time", **counter),
        Attribute(name="week_before", period=timedelta(days=7), offset=timedelta(days=7), **counter),
        Attribute(name="this_month", period="month", **counter),
        Attribute(name="last_month", period="month", offset=1, **counter),
    )
    attributes = json.loads(catalog(plan_view(counts)))["views"][0]["attributes"]
    words = ("days", "unit", "offset")
    assert {one["name"]: {word: one[word] for word in words if word in one} for one in attributes} == {
        "all_time": {"days": None},
        "week_before": {"days": 7, "offset": 7},
        "this_month": {"days": None, "unit": "month"},
        "last_month": {"days": None, "unit": "month", "offset": 1},
    }
