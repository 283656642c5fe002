"""Properties as text, there and back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from snowplow_signals import AtomicProperty, DefinitionError, EntityProperty, Event, EventProperty, Property
from snowplow_signals.definitions.property_syntax import PROPERTY_SYNTAXES, parse_property, render_property
from snowplow_signals.loader_names import entity_column, event_column

DEVICE = EntityProperty(vendor="nl.basjes", name="yauaa_context", major_version=1, path="deviceClass")
ITEM = EventProperty(vendor="com.acme-shop", name="addToCart", major_version=2, path="$.theItem[3].unitPrice")
SECOND = EntityProperty(vendor="org.w3", name="PerformanceTiming", major_version=1, path="navigationStart", index=1)


@pytest.mark.parametrize(
    ("prop", "snowflake", "bigquery", "databricks"),
    [
        (AtomicProperty(name="page_url"), "page_url", "page_url", "page_url"),
        (
            DEVICE,
            "contexts_nl_basjes_yauaa_context_1[0]:deviceClass",
            "contexts_nl_basjes_yauaa_context_1[safe_offset(0)].device_class",
            "contexts_nl_basjes_yauaa_context_1[0].device_class",
        ),
        (
            ITEM,
            "unstruct_event_com_acme_shop_add_to_cart_2:theItem[3].unitPrice",
            "unstruct_event_com_acme_shop_add_to_cart_2.the_item[safe_offset(3)].unit_price",
            "unstruct_event_com_acme_shop_add_to_cart_2.the_item[3].unit_price",
        ),
        (
            SECOND,
            "contexts_org_w3_performance_timing_1[1]:navigationStart",
            "contexts_org_w3_performance_timing_1[safe_offset(1)].navigation_start",
            "contexts_org_w3_performance_timing_1[1].navigation_start",
        ),
        (
            EntityProperty(vendor="com.acme", name="pay", major_version=1, path='$amount["3d.Secure"][0]["it\'s [1]"]'),
            "contexts_com_acme_pay_1[0]:$amount['3d.Secure'][0]['it\\'s [1]']",
            "contexts_com_acme_pay_1[safe_offset(0)]._amount._3d_secure[safe_offset(0)].it_s__1_",
            "contexts_com_acme_pay_1[0]._amount._3d_secure[0].it_s__1_",
        ),
        (
            EventProperty(vendor="com.acme", name="pay", major_version=1, path='["price:eur.net"]'),
            "unstruct_event_com_acme_pay_1:['price:eur.net']",
            "unstruct_event_com_acme_pay_1.price_eur_net",
            "unstruct_event_com_acme_pay_1.price_eur_net",
        ),
    ],
)
def test_each_syntax(prop: Property, snowflake: str, bigquery: str, databricks: str) -> None:
    texts = {"snowflake": snowflake, "bigquery": bigquery, "databricks": databricks}
    assert {syntax: render_property(prop, syntax) for syntax in texts} == texts
    for syntax, text in texts.items():
        assert render_property(parse_property(text, syntax), syntax) == text


def test_snowflake_text_of_known_schemas_is_read_back_whole() -> None:
    assert parse_property("contexts_nl_basjes_yauaa_context_1[0]:deviceClass") == DEVICE
    assert parse_property("page_url") == AtomicProperty(name="page_url")
    assert parse_property("contexts_com_snowplowanalytics_snowplow_web_page_1[0]:id") == EntityProperty(
        vendor="com.snowplowanalytics.snowplow", name="web_page", major_version=1, path="id"
    )


def test_the_events_beside_it_tell_vendor_and_name() -> None:
    text = "unstruct_event_com_acme_shop_add_to_cart_2:theItem[3].unitPrice"
    assert parse_property(text, events=[Event(), Event(name="addToCart", vendor="com.acme-shop")]) == ITEM


def test_spellings_of_older_translators() -> None:
    assert parse_property("contexts_nl_basjes_yauaa_context_1[0].deviceClass") == DEVICE
    assert parse_property("CONTEXTS_NL_BASJES_YAUAA_CONTEXT_1:deviceClass") == DEVICE
    assert parse_property("contexts_nl_basjes_yauaa_context_1[offset(0)].deviceClass", "bigquery") == DEVICE


@pytest.mark.parametrize(
    ("text", "syntax", "reason"),
    [
        ("page_urll", "snowflake", "not an atomic column"),
        ("", "snowflake", "not an atomic column"),
        ("contexts_a_1[0]:x", "snowflake", "names no schema"),
        ("contexts___1[0]:x", "snowflake", "names no schema"),
        ("contexts_a_b_1[0]:x..y", "snowflake", "path is invalid"),
        ("contexts_a_b_1[0]:x\0", "snowflake", "NUL"),
        ("contexts_a_b_0[0]:x", "snowflake", "major_version"),
        ("contexts_a_b_99999999999[0]:x", "snowflake", "not an atomic column"),
        ("unstruct_event_a_b_1[0]:x", "snowflake", "leave the index out"),
        ("contexts_a_b_1[0]; drop table x", "snowflake", "not an atomic column"),
        ("page_url", "blobl", "'blobl' is not supported"),
        ("page_url", "bigquerry", "did you mean 'bigquery'"),
    ],
)
def test_what_names_no_property_is_refused(text: str, syntax: str, reason: str) -> None:
    with pytest.raises(DefinitionError, match=reason):
        parse_property(text, syntax)


words = st.from_regex(r"[a-z][a-zA-Z0-9]{0,6}", fullmatch=True)
vendors = st.lists(words, min_size=1, max_size=4).map(".".join)
names = st.lists(words, min_size=1, max_size=3).map("_".join)
paths = st.lists(st.tuples(words, st.sampled_from(["", "[0]", "[12]"])), min_size=1, max_size=3).map(
    lambda steps: ".".join(name + index for name, index in steps)
)


@given(vendors, names, st.integers(1, 99), paths, st.integers(0, 5), st.sampled_from(PROPERTY_SYNTAXES), st.booleans())
def test_what_is_read_back_is_the_same_place(
    vendor: str, name: str, major: int, path: str, index: int, syntax: str, is_event: bool
) -> None:
    prop: EntityProperty | EventProperty = (
        EventProperty(vendor=vendor, name=name, major_version=major, path=path)
        if is_event
        else EntityProperty(vendor=vendor, name=name, major_version=major, path=path, index=index)
    )
    text = render_property(prop, syntax)
    back = parse_property(text, syntax)
    assert render_property(back, syntax) == text
    column = event_column if is_event else entity_column
    assert column(back.vendor, back.name, back.major_version) == column(vendor, name, major)
    if syntax == "snowflake":
        assert back.path == prop.path
