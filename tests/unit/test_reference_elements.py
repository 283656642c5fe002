"""The interpreter on every element of a list, each rule by a case that somebody can check by eye."""

from datetime import date, datetime
from typing import Any

import pytest
from tests import reference

from snowplow_signals import (
    AtomicProperty,
    Attribute,
    CalculatedProperty,
    Criteria,
    Criterion,
    EntityProperty,
    View,
    user_entity,
)

PRODUCT = {"vendor": "com.acme", "name": "product", "major_version": 1}
COLUMN = "contexts_com_acme_product_1"


def product(path: str, index: Any = "all") -> EntityProperty:
    return EntityProperty(**PRODUCT, path=path, index=index)


def cart(number: int, *products: Any) -> dict[str, Any]:
    at = datetime(2025, 3, 3, 8)  # all at one time: the id decides
    row = {"event_id": f"e{number}", "domain_userid": "u", "load_tstamp": at, "derived_tstamp": at}
    return row | {COLUMN: list(products)}


CARTS = [
    cart(2, {"sku": "a", "price": "2.5"}, None, {"sku": "b", "price": "x"}),
    cart(1, {"sku": "b", "price": 10}, {"price": 1}, {"sku": "b", "price": 0.5}),
    cart(3),
    {**cart(4), COLUMN: None},
]


def value(attribute: Attribute, rows: list) -> Any:
    view = View(name="v", entity=user_entity, owner="o@example.com", offline=True, attributes=[attribute])
    return reference.compute(view, rows, as_of=date(2025, 3, 9))["u"][attribute.name]


@pytest.mark.parametrize(
    ("aggregation", "kind", "path", "expected"),
    [
        ("counter", "int64", "sku", 4),
        ("counter", "int64", "nothing", 0),
        ("sum", "double", "price", 14.0),
        ("mean", "double", "price", 3.5),
        ("min", "double", "price", 0.5),
        ("max", "string", "sku", "b"),
        ("first", "string", "sku", "b"),
        ("last", "string", "sku", "b"),
        ("last", "double", "price", None),  # the last that has a value is text, which does not fit
        ("unique_list", "string_list", "sku", ["a", "b"]),
        ("most_frequent", "string", "sku", "b"),
        ("least_frequent", "string", "sku", "a"),
        ("category_count", "dict", "sku", {"b": 3, "a": 1}),
        ("approx_count_distinct", "int64", "sku", 2),
    ],
)
def test_every_element_is_as_an_event_of_its_own(aggregation: str, kind: str, path: str, expected: Any) -> None:
    attribute = Attribute(name="a", type=kind, aggregation=aggregation, property=product(path))
    assert value(attribute, CARTS) == expected


@pytest.mark.parametrize(
    ("criterion", "events"),
    [
        (("sku", "=", "a"), {"e2"}),
        (("sku", "!=", "a"), {"e1", "e2"}),  # another element is not a, or has none
        (("sku", "!=", "b"), {"e1", "e2"}),
        (("price", "=", 10), {"e1"}),
        (("price", ">", 2), {"e1", "e2"}),
        (("sku", "not in", ("a", "b")), {"e1", "e2"}),  # an element without a value
        (("sku", "not like", "%"), {"e1", "e2"}),
        (("sku", "is null", None), {"e1", "e2"}),
        (("sku", "is not null", None), {"e1", "e2"}),
        (("nothing", "=", "a"), set()),
        (("nothing", "is null", None), {"e1", "e2"}),  # and neither event without elements
        (("nothing", "is not null", None), set()),
    ],
)
def test_any_element(criterion: tuple, events: set) -> None:
    path, operator, literal = criterion
    asked = Criteria(all=[Criterion(property=product(path, "any"), operator=operator, value=literal)])
    assert {row["event_id"] for row in CARTS if reference.accepts(asked, row)} == events


LABEL, TEXT, VALUE = (AtomicProperty(name=name) for name in ("se_label", "se_property", "se_value"))


@pytest.mark.parametrize(
    ("operation", "separator", "given", "expected"),
    [
        ("concat", None, ("a", "2", 3.0), "a23"),
        ("concat", "-", ("a", None, 0.0), "a-0"),
        ("concat", "-", ("", "", None), "-"),
        ("concat", "-", (None, None, None), None),
        ("sum", None, ("1.5", "x", 2.0), 3.5),
        ("sum", None, (None, "x", None), None),
        ("sum", None, ("1.7e308", "1.7e308", None), None),
        ("product", None, ("2", "1e1", 0.5), 10.0),
        ("product", None, ("2", None, 0.5), None),
        ("product", None, ("2", "x", 0.5), None),
        ("min", None, ("5", None, 7.0), 5.0),
        ("max", None, ("5", "x", 7.0), 7.0),
        ("coalesce", None, (None, "x", 7.0), "x"),
        ("coalesce", None, (None, None, 7.0), 7.0),
        ("coalesce", None, ("", "x", 7.0), ""),
    ],
)
def test_calculated(operation: str, separator: str | None, given: tuple, expected: Any) -> None:
    made = CalculatedProperty(operation=operation, properties=[LABEL, TEXT, VALUE], separator=separator)
    row = dict(zip(("se_label", "se_property", "se_value"), given, strict=True))
    assert reference.read(made, row) == expected
