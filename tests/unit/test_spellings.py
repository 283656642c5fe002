"""Words of the public SDK, of earlier and of later years: each is accepted at the edge, and means what ours means."""

from __future__ import annotations

from typing import Any

import pytest

from snowplow_signals import (
    AtomicProperty,
    Attribute,
    AttributeKey,
    BatchAttributeGroup,
    BatchSource,
    BatchView,
    CalculatedProperty,
    Criteria,
    Criterion,
    DefinitionError,
    EntityProperty,
    Event,
    EventProperty,
    ExternalBatchAttributeGroup,
    ExternalBatchView,
    Field,
    Service,
    StreamAttributeGroup,
    StreamView,
    View,
    domain_userid,
)
from snowplow_signals.plan import plan_view

pytestmark = pytest.mark.filterwarnings("error")

OWNER = "a@b.example"
PLAN = EntityProperty(vendor="com.acme", name="user", major_version=1, path="plan")
KIND = EventProperty(vendor="com.acme", name="order", major_version=2, path="kind")


def last(**changes: Any) -> Attribute:
    return Attribute(**{"name": "last", "type": "string", "aggregation": "last", "property": PLAN, **changes})


def view(*attributes: Attribute, **changes: Any) -> View:
    basis = {"name": "v", "entity": domain_userid, "attributes": attributes, "owner": OWNER, "offline": True}
    return View(**{**basis, **changes})


def refusal(make: Any, **arguments: Any) -> str:
    with pytest.raises(DefinitionError) as caught:
        make(**arguments)
    return str(caught.value)


def test_classes_of_views() -> None:
    assert (BatchView, StreamView) == (BatchAttributeGroup, StreamAttributeGroup)
    assert ExternalBatchView is ExternalBatchAttributeGroup
    arguments: dict[str, Any] = {"name": "v", "entity": domain_userid, "owner": OWNER}
    assert BatchView(**arguments, attributes=[last()]) == view(last())
    assert StreamView(**arguments, attributes=[last()]) == view(last(), offline=False)
    source = BatchSource(name="s", database="d", schema="s", table="t", timestamp_field="at")
    field = Field(name="N", type="int32")
    assert ExternalBatchView(**arguments, fields=[field], batch_source=source) == view(
        fields=[field], batch_source=source
    )


@pytest.mark.parametrize(
    ("text", "syntax", "expected"),
    [
        ("mkt_source", {}, AtomicProperty(name="mkt_source")),
        ("contexts_com_acme_user_1[0]:plan", {}, PLAN),
        ("contexts_com_acme_user_1[0].plan", {}, PLAN),
        ("contexts_com_acme_user_1[0]:plan", {"property_syntax": "snowflake"}, PLAN),
        ("contexts_com_acme_user_1[safe_offset(0)].plan", {"property_syntax": "bigquery"}, PLAN),
        ("contexts_com_acme_user_1[0].plan", {"property_syntax": "databricks"}, PLAN),
        ("unstruct_event_com_acme_order_2:kind", {}, KIND),
    ],
)
def test_properties_as_text(text: str, syntax: dict[str, str], expected: Any) -> None:
    assert last(property=text, **syntax).property == expected
    assert Criterion(property=text, operator="=", value="x", **syntax).property == expected
    as_data = {"all": [{"property": text, "operator": "=", "value": "x", **syntax}]}
    assert last(criteria=as_data).criteria == Criteria(all=[Criterion.eq(expected, "x")])
    if not syntax:
        assert Criterion.eq(text, "x").property == expected
        assert AttributeKey(name="k", property=text).property == expected


def test_events_tell_where_the_vendor_ends() -> None:
    text = "unstruct_event_com_acme_shop_order_1:kind"
    event = Event(vendor="com.acme.shop", name="order")
    expected = EventProperty(vendor="com.acme.shop", name="order", major_version=1, path="kind")
    assert last(property=text, events=[event]).property == expected
    assert last(property=text).property.vendor == "com.acme"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"property": "page_urlpth"}, "did you mean 'page_urlpath'"),
        ({"property": "contexts_com_acme_user_1[0]:"}, "not an atomic column"),
        ({"property": "unstruct_event_com_acme_order_1[0]:kind"}, "an event has one body"),
        ({"property": "contexts_com_acme_user_1[0]:a..b"}, "its path is invalid"),
        ({"property_syntax": "blobl", "property": "x"}, "property_syntax: 'blobl' is not supported"),
    ],
)
def test_text_that_is_no_property(arguments: dict[str, Any], words: str) -> None:
    assert words in refusal(last, **arguments)


def test_the_name_of_a_key_is_derived() -> None:
    path = {"vendor": "com.acme", "name": "user", "major_version": 1, "path": "$.account.ids[0].customerId"}
    for prop in (EntityProperty(**path), {"type": "entity", **path}, "contexts_com_acme_user_1[0]:customerId"):
        key = AttributeKey(property=prop)
        assert (key.name, key.identifier, key.column) == ("customerId", "customerId", "customerid")
        assert AttributeKey.from_json(key.to_json()) == key
    assert AttributeKey(property=AtomicProperty(name="user_id")).name == "user_id"
    assert AttributeKey(external_column="CUSTOMER_ID").name == "CUSTOMER_ID"
    assert AttributeKey(name="customer", external_column="CUSTOMER_ID").name == "customer"
    assert "name is required" in refusal(AttributeKey, key="user_id")


def test_the_configuration_that_the_public_command_line_writes() -> None:
    written = {
        "database": "db",
        "wh_schema": "s_derived",
        "table": "shop_1_attributes",
        "name": "shop_1_attributes",
        "timestamp_field": "valid_at_tstamp",
        "created_timestamp_column": "lower_limit",
        "description": "a table",
        "tags": {},
        "owner": "",
    }
    found = BatchSource.from_json(written)
    assert (found.schema_, found.owner, found.database) == ("s_derived", None, "db")
    assert "database '' must be" in refusal(BatchSource, **written | {"database": ""})
    assert "schema '' must be" in refusal(BatchSource, **written | {"wh_schema": ""})


def test_tags_are_kept_and_mean_nothing() -> None:
    tags = {"team": "Growth"}
    tagged = view(last(tags=tags), tags=tags)
    assert View.from_json(tagged.to_json()) == tagged
    assert tagged.to_json()["tags"] == tags
    assert hash(tagged) != 0
    assert plan_view(tagged).fingerprints() == plan_view(view(last())).fingerprints()
    for made in (Field(name="f", type="int32", tags=tags), AttributeKey(name="user_id", tags=tags)):
        assert made.tags == tags
    assert Service(name="s", views=[tagged], owner=OWNER, tags=tags).tags == tags
    assert "tags" in refusal(last, tags={"team": 7})


def test_another_spelling_is_the_same_meaning() -> None:
    nested = EntityProperty(vendor="com.acme", name="user", major_version=1, path="$.plan")
    assert nested == PLAN
    assert nested.to_json()["path"] == "$.plan"
    spelled = view(last(name="LAST", property=nested), name="V")
    assert plan_view(spelled).fingerprints() == plan_view(view(last())).fingerprints()
    with pytest.warns(UserWarning, match="ignores its property"):
        counted = view(Attribute(name="n", type="int64", aggregation="counter", property=PLAN))
    plain = view(Attribute(name="n", type="int64", aggregation="counter"))
    assert plan_view(counted).fingerprints() == plan_view(plain).fingerprints()
    assert plan_view(counted).columns == ()
    assert next(iter(counted.remarks_on_attributes())).startswith("attribute 'n': 'counter' ignores its property")


@pytest.mark.parametrize(
    ("attribute", "reason"),
    [
        (last(events=[Event(event_specification_id="a1")]), "event_specification_id, which is not computed here"),
    ],
)
def test_what_is_declared_and_not_computed(attribute: Attribute, reason: str) -> None:
    assert View.from_json(view(attribute).to_json()) == view(attribute)
    text = refusal(plan_view, view=view(attribute))
    assert text.startswith("view 'v' version 1, attribute 'last': ")
    assert reason in text


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"operation": "concat", "properties": []}, "from 1 to 50, not 0"),
        ({"operation": "concat", "properties": [PLAN] * 51}, "from 1 to 50, not 51"),
        ({"operation": "sum", "properties": [PLAN], "separator": "-"}, "belongs to 'concat' only"),
        ({"operation": "concat", "properties": [PLAN], "separator": "-" * 17}, "longer than 16"),
        ({"operation": "divide", "properties": [PLAN]}, "operation 'divide' is not one of"),
    ],
)
def test_refused_calculated_properties(arguments: dict[str, Any], words: str) -> None:
    assert words in refusal(CalculatedProperty, **arguments)


class Reader:
    """What a definition asks of a client."""

    def get_view_attributes(self, *arguments: Any, **more: Any) -> Any:
        return arguments, more

    get_service_attributes = get_view_attributes


def test_definitions_read_themselves() -> None:
    one = view(last())
    assert one.get_attributes(signals=Reader(), identifier="u") == ((one,), {"identifier": "u"})
    service = Service(name="s", views=[one], owner=OWNER)
    expected = ((service, "domain_userid", "u"), {"entity": None})
    assert service.get_attributes(signals=Reader(), attribute_key="domain_userid", identifier="u") == expected
    assert service.get_attributes(Reader(), "domain_userid", "u") == expected
