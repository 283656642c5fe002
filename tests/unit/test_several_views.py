"""Several views of one entity planned as one: what is shared, how it is called, what is refused."""

from datetime import timedelta

import pytest

from snowplow_signals import (
    AtomicProperty,
    Attribute,
    Criteria,
    Criterion,
    DefinitionError,
    Entity,
    Event,
    UnsupportedError,
    View,
    session_entity,
    user_entity,
)
from snowplow_signals.dialects import dialect_named
from snowplow_signals.plan import plan_view, plan_views
from snowplow_signals.project.compile import compile_project

CLICK, VIEWED = Event(name="click"), Event(name="page_view")
PRICE = AtomicProperty(name="tr_total")


def an_attribute(name: str, days: int | None = None, **more) -> Attribute:
    given = {"type": "int64", "aggregation": "counter", "events": [CLICK], **more}
    return Attribute(name=name, period=None if days is None else timedelta(days=days), **given)


def a_view(name: str, *attributes: Attribute, version: int = 1, entity: Entity = user_entity) -> View:
    return View(name=name, version=version, entity=entity, offline=True, owner="ann@shop.com", attributes=attributes)


def test_what_views_have_in_common_is_there_once() -> None:
    clicks = a_view("clicks", an_attribute("clicks"), an_attribute("clicks_7_days", 7))
    others = a_view("others", an_attribute("clicked", default_value=-1), an_attribute("clicks_3_days", 3))
    plan = plan_views([clicks, others])
    states = [slot.state for slot in plan.slots]
    assert sorted(states) == ["count", "first_seen"]
    assert len(plan_view(clicks).slots) + len(plan_view(others).slots) == 2


def test_each_view_has_its_own_columns_of_the_table_and_its_own_names() -> None:
    plan = plan_views([a_view("Shop", an_attribute("Clicks"), version=3), a_view("app", an_attribute("clicks"))])
    assert plan.project_name == "domain_userid_views_1"
    assert [view.view.full_name for view in plan.views] == ["app_v1", "Shop_v3"]
    assert [column.name for column in plan.declared] == ["app_v1:clicks", "Shop_v3:Clicks"]
    shop = plan.views[1]
    assert [(own, attribute.column) for own, attribute in shop.columns] == [("clicks", "shop_3__clicks")]
    assert (shop.first_event.column, shop.updated_at) == ("shop_3__signals_first_event", "shop_3__updated_at")


def test_an_entity_has_a_row_of_a_view_if_it_has_an_event_of_it() -> None:
    bought = Criteria(all=[Criterion.gt(PRICE, 1)])
    some = a_view("some", an_attribute("bought", criteria=bought), an_attribute("viewed", events=[VIEWED]))
    every = a_view("every", an_attribute("all_of_them", events=[]), an_attribute("clicks"))
    plan = plan_views([some, every])
    [of_every, of_some] = plan.views
    assert of_every.first_event.slot.filter.patterns == ()
    assert set(of_some.first_event.slot.filter.patterns) == {CLICK, VIEWED}
    assert not of_some.first_event.slot.filter.all_of


def test_the_order_of_views_changes_nothing() -> None:
    views = [a_view(name, an_attribute("clicks", days)) for name, days in (("b", 3), ("a", 7), ("c", None))]
    duckdb = dialect_named("duckdb")
    assert compile_project(plan_views(views), duckdb) == compile_project(plan_views(views[::-1]), duckdb)


def test_another_view_changes_no_part_of_those_that_are_there() -> None:
    one, other = a_view("one", an_attribute("clicks")), a_view("two", an_attribute("viewed", events=[VIEWED]))
    before, after = plan_views([one]).fingerprints(), plan_views([one, other]).fingerprints()
    attributes = {part: value for part, value in before.items() if part.startswith("attribute ")}
    assert attributes.items() <= after.items()


def test_the_order_of_attributes_changes_nothing() -> None:
    attributes = an_attribute("clicks"), an_attribute("viewed", events=[VIEWED])
    one, other = a_view("shop", *attributes), a_view("shop", *attributes[::-1])
    assert plan_views([one]).fingerprints() == plan_views([other]).fingerprints()


def test_long_names_end_in_a_digest_and_stay_apart() -> None:
    name = "a_very_long_name_of_a_view_that_somebody_chose"
    plan = plan_views([a_view(name, an_attribute("also_a_long_name_1"), an_attribute("also_a_long_name_2"))])
    columns = [attribute.column for attribute in plan.attributes]
    assert len(set(columns)) == 3
    assert max(map(len, columns)) <= 63


def test_a_views_own_names_are_not_cut() -> None:
    long = a_view("shop", an_attribute("a" * 64))
    with pytest.raises(UnsupportedError, match=r"view 'shop' version 1, attribute 'a{64}': PostgreSQL keeps 63"):
        compile_project(plan_views([long]), dialect_named("postgres"))


@pytest.mark.parametrize(
    ("views", "message"),
    [
        (
            [a_view("shop", an_attribute("clicks")), a_view("visits", an_attribute("clicks"), entity=session_entity)],
            "view 'visits' version 1: is of entity .*views of one project are of one entity",
        ),
        (
            [a_view("shop", an_attribute("clicks")), a_view("Shop", an_attribute("viewed"))],
            "view 'Shop' version 1: is there twice",
        ),
        (
            [a_view("shop", an_attribute("b_1__c")), a_view("shop_1__b", an_attribute("c"))],
            "shop_1__b_v1:c and shop_v1:b_1__c would both be column 'shop_1__b_1__c'",
        ),
        (
            [a_view("domain_userid_views", an_attribute("clicks"))],
            "has the name of the project that computes the views together",
        ),
        ([a_view("shop", an_attribute("select"))], "attribute 'select': name 'select' is reserved"),
        (
            [a_view("shop", an_attribute("Signals_First_Event"))],
            "view 'shop' version 1, attribute 'signals_first_event': name 'signals_first_event' is reserved",
        ),
    ],
)
def test_what_cannot_be_computed_together_is_refused(views: list[View], message: str) -> None:
    with pytest.raises(DefinitionError, match=message):
        plan_views(views)
