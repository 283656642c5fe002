"""Names of columns and fields: the loaders' rules, case by case."""

import pytest

from snowplow_signals.loader_names import entity_column, event_column, snake_field, snake_name, snake_vendor


@pytest.mark.parametrize(
    ("vendor", "column"),
    [
        ("com.acme", "com_acme"),
        ("com.acme-corp", "com_acme_corp"),
        ("com.snowplowanalytics.snowplow.ecommerce", "com_snowplowanalytics_snowplow_ecommerce"),
        ("Com.AcmeCorp", "com_acmecorp"),
        ("com.acme_corp", "com_acme_corp"),
    ],
)
def test_vendor(vendor: str, column: str) -> None:
    assert snake_vendor(vendor) == column


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("link_click", "link_click"),
        ("linkClick", "link_click"),
        ("LinkClick", "link_click"),
        ("link-click", "link_click"),
        ("link.click", "link_click"),
        ("Link_Click", "link_click"),
        ("HTMLPage", "htmlpage"),
        ("pageHTML", "page_html"),
        ("page2View", "page2_view"),
        ("aBC", "a_bc"),
        ("aB", "a_b"),
    ],
)
def test_schema_name(name: str, column: str) -> None:
    assert snake_name(name) == column


@pytest.mark.parametrize(
    ("field", "column"),
    [
        ("product_id", "product_id"),
        ("productId", "product_id"),
        ("productID", "product_id"),
        ("HTMLPage", "html_page"),
        ("getHTTPResponse", "get_http_response"),
        ("price2Pay", "price2_pay"),
        ("list-price", "list_price"),
        ("list-Price", "list_price"),
        ("Price", "price"),
        ("ABC", "abc"),
        ("a b", "a_b"),
        ("3dSecure", "_3d_secure"),
        ("3", "_3"),
        ("$amount", "_amount"),
        ("price:eur", "price_eur"),
        ("utm source", "utm_source"),
        ("a.b", "a_b"),
        ("Größe", "gr__e"),
        ("GrößeNetto", "gr__e_netto"),
        ("日本", "__"),
        ("\U0001f600x", "_x"),
        ("İd", "i_d"),
        ("\u212aelvin", "kelvin"),
        ("٣d", "_d"),
        ("_3d", "_3d"),
        ("a\nb", "a_b"),
    ],
)
def test_field(field: str, column: str) -> None:
    assert snake_field(field) == column
    assert snake_field(column) == column


def test_columns() -> None:
    assert event_column("com.acme-Corp", "checkOut", 10) == "unstruct_event_com_acme_corp_check_out_10"
    assert entity_column("nl.basjes", "yauaa_context", 1) == "contexts_nl_basjes_yauaa_context_1"
