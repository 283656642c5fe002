"""What the interpreter reads from a row, and which rows it accepts, held to cases worked out by hand."""

from datetime import datetime
from typing import Any

import pytest
from tests import reference

from snowplow_signals import AtomicProperty, Criteria, Criterion, EntityProperty, Event, EventProperty

LABEL = AtomicProperty(name="se_label")
VALUE = AtomicProperty(name="se_value")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


# --- what a value stands for


@pytest.mark.parametrize(
    ("spelled", "value"),
    [
        ("5", 5), ("+7.", 7.0), (".5", 0.5), ("-2.25", -2.25), ("1e3", 1000.0), ("1E+3", 1000.0), ("05", 5),
        ("-0", 0),
        ("9007199254740993", 9007199254740993), (3, 3), (2.5, 2.5),
        (" 5", None), ("5 ", None), ("5\n", None), ("", None), (".", None), ("e5", None), ("1e", None), ("+-1", None),
        ("0x10", None), ("1_000", None), ("1,5", None), ("٣", None), ("NaN", None), ("Infinity", None),
        ("-inf", None),
        ("1e999", None), ("9" * 400, None), (True, None), (None, None), (float("nan"), None), (float("inf"), None),
        (datetime(2025, 1, 1), None),
    ],
)  # fmt: skip
def test_number(spelled: Any, value: Any) -> None:
    assert reference.number(spelled) == value


@pytest.mark.parametrize(
    ("spelled", "value"),
    [(True, True), ("true", True), ("TRUE", True), ("fAlse", False), ("t", None), (" true", None), ("1", None),
     (1, None),
     ("yes", None), ("", None), (None, None)],
)  # fmt: skip
def test_boolean(spelled: Any, value: Any) -> None:
    assert reference.boolean(spelled) is value


@pytest.mark.parametrize(
    ("spelled", "value"),
    [
        ("2025-03-10", "2025-03-10 00:00"),
        ("2025-03-10T08:30", "2025-03-10 08:30"),
        ("2025-03-10 08:30:15", "2025-03-10 08:30:15"),
        ("2025-03-10T08:30:15Z", "2025-03-10 08:30:15"),
        ("2025-03-10T08:30:15.5", "2025-03-10 08:30:15.500000"),
        ("2025-03-10T23:59:59.9999999Z", "2025-03-10 23:59:59.999999"),
        ("2025-03-10T23:30:00-01", "2025-03-11 00:30"),
        ("2025-03-10T00:15:00+0130", "2025-03-09 22:45"),
        ("2025-03-10T00:15:00+01:30", "2025-03-09 22:45"),
        ("2024-02-29", "2024-02-29"),
        ("0001-01-01", "0001-01-01"),
        ("9999-12-31T23:59:59.999999Z", "9999-12-31 23:59:59.999999"),
    ],
)
def test_moment(spelled: str, value: str) -> None:
    assert reference.moment(spelled) == at(value)


@pytest.mark.parametrize(
    "spelled",
    ["", "text", "2025-3-10", "20250310", "2025-02-30", "2025-02-29", "2025-13-01", "0000-01-01", "10000-01-01",
     "2025-03-10T", "2025-03-10T08", "2025-03-10t08:30", "2025-03-10T08:30z", "2025-03-10T08:30.5", " 2025-03-10",
     "2025-03-10\n", "2025-03-10T24:00", "2025-03-10T08:60", "2025-03-10T08:30:60", "2025-03-10T08:30:00.",
     "2025-03-10T08:30 Z", "2025-03-10T08:30+1", "2025-03-10T08:30+01:00:00", "2025-03-10Z", "2025-W11-1", "now",
     "0001-01-01T00:00+01:00", "9999-12-31T23:59-01:00", "٢٠٢٥-03-10", 20250310, True, None],
)  # fmt: skip
def test_no_moment(spelled: Any) -> None:
    assert reference.moment(spelled) is None


def test_text_of_nested_data_is_its_compact_json() -> None:
    assert reference.text({"a": [1, None, True], "b": 'é"\n{{ x }}'}) == '{"a":[1,null,true],"b":"é\\"\\n{{ x }}"}'
    assert [reference.text(value) for value in (True, False, 12, -3, "", None)] == [
        "true",
        "false",
        "12",
        "-3",
        "",
        None,
    ]


@pytest.mark.parametrize(
    ("part", "value"),
    [("hour_of_day", 23), ("day_of_week", 7), ("month_of_year", 3), ("active_day", "2025-03-02"),
     ("active_week", "2025-02-24"), ("active_month", "2025-03-01")],
)  # fmt: skip
def test_date_part(part: str, value: Any) -> None:
    sunday = {"true_tstamp": at("2025-03-02 23:59:59.999999"), "page_urlpath": "2025-03-03T00:59:59+01:00"}
    for name in ("true_tstamp", "page_urlpath"):
        assert reference.read(AtomicProperty(name=name, date_part=part), sunday) == value
    assert reference.read(AtomicProperty(name="page_urlpath", date_part=part), {"page_urlpath": "soon"}) is None


# --- properties


@pytest.mark.parametrize(
    ("vendor", "name", "column"),
    [
        ("com.acme", "page_view", "unstruct_event_com_acme_page_view_1"),
        ("com.Acme-Corp", "addToCart", "unstruct_event_com_acme_corp_add_to_cart_1"),
        ("com.acme", "HTMLPage", "unstruct_event_com_acme_htmlpage_1"),
        ("com.acme", "webPAGE-v_X", "unstruct_event_com_acme_web_page_v_x_1"),
    ],
)
def test_column_of_a_schema(vendor: str, name: str, column: str) -> None:
    prop = EventProperty(vendor=vendor, name=name, major_version=1, path="a")
    assert reference.read(prop, {column: {"a": "found"}}) == "found"


@pytest.mark.parametrize(
    ("key", "field"),
    [("productID", "product_id"), ("HTMLPage", "html_page"), ("sku-code", "sku_code"), ("A1B", "a1_b"),
     ("a_B", "a_b"),
     ("SKU-Code", "sku_code"), ("we ird", "we_ird"),
     ("3dSecure", "_3d_secure"), ("$amount", "_amount"), ("price:eur", "price_eur"), ("Größe", "gr__e")],
)  # fmt: skip
def test_name_of_a_field(key: str, field: str) -> None:
    assert reference.field_name(key) == field


def test_path() -> None:
    event = {"unstruct_event_com_acme_shop_1": {"items": [{"unit_price": 2}, None, {"tags": ["x", "y"]}], "label": "a"}}

    def found(path: str) -> Any:
        return reference.read(EventProperty(vendor="com.acme", name="shop", major_version=1, path=path), event)

    assert found("$.items[0].unitPrice") == 2
    assert found("items[2].tags[1]") == "y"
    assert found("items[2].tags") == '["x","y"]'
    for absent in ("items[1].unitPrice", "items[3].unitPrice", "items.unitPrice", "label.a", "label[0]", "other"):
        assert found(absent) is None


def test_entity_is_chosen_by_index() -> None:
    event = {"contexts_com_acme_product_1": [{"id": "a"}, None, {"id": "c"}]}
    found = [
        reference.read(
            EntityProperty(vendor="com.acme", name="product", major_version=1, path="id", index=index), event
        )
        for index in range(4)
    ]
    assert found == ["a", None, "c", None]


def test_same_last_segment_in_two_schemas() -> None:
    event = {"unstruct_event_com_acme_shop_1": {"id": "a"}, "unstruct_event_org_acme_shop_1": {"id": "b"},
             "unstruct_event_com_acme_shop_10": {"id": "c"}, "contexts_com_acme_shop_1": [{"id": "d"}]}  # fmt: skip
    made = [
        EventProperty(vendor="com.acme", name="shop", major_version=1, path="id"),
        EventProperty(vendor="org.acme", name="shop", major_version=1, path="id"),
        EventProperty(vendor="com.acme", name="shop", major_version=10, path="id"),
        EntityProperty(vendor="com.acme", name="shop", major_version=1, path="id"),
    ]
    assert [reference.read(prop, event) for prop in made] == ["a", "b", "c", "d"]


# --- which events feed an attribute


def test_patterns() -> None:
    event = {"event_name": "page_view", "event_vendor": "com.acme", "event_version": "1-0-0"}
    assert reference.matches([], event)
    assert reference.matches([Event()], {})
    assert reference.matches([Event(name="other"), Event(vendor="com.acme", version="1-0-0")], event)
    assert not reference.matches([Event(name="page_view", vendor="com.acme", version="1-0-1")], event)
    assert not reference.matches([Event(name="page_view")], {"event_vendor": "com.acme"})
    assert not reference.matches([Event(name="Page_view")], event)


@pytest.mark.parametrize(
    ("label", "operator", "literal", "holds"),
    [
        ("a", "=", "a", True), ("a", "=", "A", False), ("", "=", "", True), (None, "=", "", False),
        (None, "!=", "a", True), (None, "not in", ("a",), True), (None, "not like", "a%", True),
        (None, "<", "a", False),
        (None, "in", ("a",), False), (None, "like", "%", False), (None, "is null", None, True),
        ("", "is null", None, False),
        (None, "is not null", None, False), ("a", "is not null", None, True),
        ("a", "in", ("b", "a"), True), ("a", "not in", ("b", "a"), False), ("c", "not in", ("b", "a"), True),
        ("B", "<", "a", True), ("10", "<", "9", True), ("é", ">", "z", True), ("\ufffd", "<", "😀", True),
        ("a", "<", "ab", True),
        ("a\nb", "like", "a%b", True), ("ab", "like", "a", False), ("ab", "like", "a_", True),
        ("😀", "like", "_", True),
        ("a%", "like", "a\\%", False), ("a\\x", "like", "a\\%", True), ("AB", "like", "a%", False),
        ("a.b", "like", "a.b", True),
        ("axb", "like", "a.b", False), ("", "like", "%", True), ("", "like", "", True),
        ("ab", "not like", "b%", True),
        ("b", "between", ("a", "b"), True), ("B", "between", ("a", "b"), False), ("b", "between", ("c", "a"), False),
        (None, "between", ("a", "b"), False), (None, "starts with", "a", False), (None, "ilike", "%", False),
        (None, "not ilike", "%", True), ("a%b", "starts with", "a%", True), ("ab", "starts with", "a%", False),
        ("A", "starts with", "a", False), ("e\u0301", "starts with", "e", True), ("é", "starts with", "e", False),
        ("ÉTÉ", "ilike", "é%", True), ("ς", "ilike", "Σ", True), ("\u212a", "ilike", "K", True),
        ("ſ", "ilike", "S", True),
        ("ẞ", "ilike", "ß", True), ("ß", "ilike", "ss", False), ("İ", "ilike", "i", False), ("ı", "ilike", "I", False),
        ("ǅ", "ilike", "Ǆ", True), ("\U00010400", "ilike", "\U00010428", True), ("\u1e9e", "not ilike", "SS", True),
    ],
)  # fmt: skip
def test_text_criterion(label: Any, operator: str, literal: Any, holds: bool) -> None:
    assert reference.holds(Criterion(property=LABEL, operator=operator, value=literal), {"se_label": label}) is holds


@pytest.mark.parametrize(
    ("value", "operator", "literal", "holds"),
    [
        ("10", ">", 9, True), ("1e1", "=", 10, True), (" 10", "=", 10, False), (" 10", "!=", 10, True),
        (10, "=", 10.0, True),
        ("NaN", ">", 0, False), ("NaN", "<=", 0, False), (float("nan"), "!=", 0, True), (True, "=", 1, False),
        (True, "!=", 1, True), (2**53 + 1, "=", 2**53, True), (None, "<", 1, False), ({"a": 1}, ">", 0, False),
        (3, "in", (1, 3.0), True), ("x", "not in", (1,), True), (2, "not in", (1, 2), False),
        ("TRUE", "=", True, True), ("no", "=", False, False), ("no", "!=", False, True), (1, "=", True, False),
        (False, "in", (True, False), True), (None, "in", (False,), False),
        (5, "=", "5", True), (True, "=", "true", True), (10, "<", "9", True),
        ({"a": [1, None]}, "=", '{"a":[1,null]}', True),
        ([], "=", "[]", True), (5, "like", "_", True), (float("nan"), "is null", None, True),
    ],
)  # fmt: skip
def test_criterion_of_a_nested_property(value: Any, operator: str, literal: Any, holds: bool) -> None:
    prop = EventProperty(vendor="com.acme", name="shop", major_version=1, path="x")
    event = {"unstruct_event_com_acme_shop_1": {"x": value}}
    assert reference.holds(Criterion(property=prop, operator=operator, value=literal), event) is holds


def test_all_and_any_together() -> None:
    is_a, is_b = Criterion(property=LABEL, operator="=", value="a"), Criterion(property=LABEL, operator="=", value="b")
    high = Criterion(property=VALUE, operator=">", value=1)
    rows = [(label, value) for label in ("a", "b", "c") for value in (1, 2)]

    def accepted(criteria: Criteria | None) -> list[tuple[str, int]]:
        return [(a, b) for a, b in rows if reference.accepts(criteria, {"se_label": a, "se_value": b})]

    assert accepted(None) == rows
    assert accepted(Criteria(all=[is_a, is_b])) == []
    assert accepted(Criteria(any=[is_a, is_b])) == [("a", 1), ("a", 2), ("b", 1), ("b", 2)]
    assert accepted(Criteria(all=[high], any=[is_a, is_b])) == [("a", 2), ("b", 2)]
    low_a = Criteria(all=[is_a, Criterion(property=VALUE, operator="<", value=2)])
    assert accepted(Criteria(any=[low_a, Criteria(all=[is_b, high])])) == [("a", 1), ("b", 2)]
    assert accepted(Criteria(all=[Criteria(any=[low_a, is_b]), high])) == [("b", 2)]


@pytest.mark.parametrize(
    ("one", "operator", "other", "kind", "holds"),
    [
        ("10", "<", 9, "text", True), ("10", "<", 9, "number", False), ("10", ">", 9, "number", True),
        (1, "=", "1.0", "number", True), (1, "=", "1.0", "text", False), ("x", "=", 1, "number", False),
        ("x", "!=", 1, "number", True), (None, "=", None, "text", False), (None, "!=", None, "text", True),
        (None, "<=", "a", "text", False), (True, "=", "TRUE", "boolean", True), (True, "!=", "no", "boolean", True),
        ("2025-03-01", "<", "2025-03-01T00:00:00.000001Z", "time", True), ("2025-03-01", ">=", "soon", "time", False),
        ("\ufffd", "<", "😀", "text", True), (float("nan"), "!=", 1, "number", True),
    ],
)  # fmt: skip
def test_two_properties(one: Any, operator: str, other: Any, kind: str, holds: bool) -> None:
    x, y = (EventProperty(vendor="com.acme", name="shop", major_version=1, path=path) for path in "xy")
    criterion = Criterion(property=x, operator=operator, other_property=y, compare_as=kind)
    assert reference.holds(criterion, {"unstruct_event_com_acme_shop_1": {"x": one, "y": other}}) is holds
