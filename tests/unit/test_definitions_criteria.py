"""Criteria: each operator, each refusal with its words, and JSON both ways."""

import json
import math
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from snowplow_signals import (
    OPERATORS,
    AtomicProperty,
    Attribute,
    CalculatedProperty,
    Criteria,
    Criterion,
    DefinitionError,
    EntityProperty,
    EventProperty,
)

NESTED = EventProperty(vendor="com.acme", name="buy", major_version=1, path="what")
TEXT = AtomicProperty(name="mkt_source")
INTEGER = AtomicProperty(name="page_urlport")
NUMBER = AtomicProperty(name="se_value")
BOOLEAN = AtomicProperty(name="br_cookies")
TIMESTAMP = AtomicProperty(name="derived_tstamp")

pytestmark = pytest.mark.filterwarnings("error")


def refusal(make, *args, **kwargs):
    with pytest.raises(DefinitionError) as caught:
        make(*args, **kwargs)
    return str(caught.value)


def test_each_operator_has_its_method():
    made = [
        Criterion.eq(TEXT, "a"),
        Criterion.neq(TEXT, "a"),
        Criterion.lt(NUMBER, 1),
        Criterion.gt(NUMBER, 1),
        Criterion.lte(NUMBER, 1.5),
        Criterion.gte(NUMBER, 1.5),
        Criterion.between(NUMBER, 1, 2.5),
        Criterion.starts_with(TEXT, "a%"),
        Criterion.like(TEXT, "a%"),
        Criterion.not_like(TEXT, "a%"),
        Criterion.ilike(TEXT, "a%"),
        Criterion.not_ilike(TEXT, "a%"),
        Criterion.in_list(TEXT, ["a", "b"]),
        Criterion.not_in_list(NUMBER, [1, 2.5]),
        Criterion.is_null(TIMESTAMP),
        Criterion.is_not_null(BOOLEAN),
    ]
    assert tuple(criterion.operator for criterion in made) == OPERATORS
    for criterion in made:
        assert Criterion.from_json(json.dumps(criterion.to_json())) == criterion
        assert Criterion(property=criterion.property, operator=criterion.operator, value=criterion.value) == criterion


@pytest.mark.parametrize(("prop", "value"), [(TEXT, "1"), (INTEGER, 1), (INTEGER, 1.5), (NUMBER, 1), (BOOLEAN, True)])
def test_literals_of_a_column_s_kind(prop, value):
    assert Criterion.eq(prop, value).value == value
    assert Criterion.in_list(prop, [value]).value == (value,)


@pytest.mark.parametrize(
    ("prop", "value"),
    [
        (TEXT, 1),
        (TEXT, True),
        (INTEGER, "1"),
        (INTEGER, True),
        (NUMBER, "1"),
        (BOOLEAN, 1),
        (BOOLEAN, "true"),
        (TIMESTAMP, "2025-01-01"),
        (TIMESTAMP, 0),
    ],
)
def test_literals_of_another_kind_than_the_column_are_refused(prop, value):
    for text in (refusal(Criterion.eq, prop, value), refusal(Criterion.in_list, prop, [value])):
        assert f"cannot be compared with {prop.name!r}: the column is of kind {prop.column_kind}" in text


def test_a_date_part_decides_what_an_atomic_column_compares_with():
    hour, day = (AtomicProperty(name="derived_tstamp", date_part=part) for part in ("hour_of_day", "active_day"))
    assert Criterion.gte(hour, 18).value == 18
    assert Criterion.gte(day, "2025-01-01").value == "2025-01-01"
    assert "returns integers" in refusal(Criterion.eq, hour, "18")
    assert "returns text" in refusal(Criterion.eq, day, 18)
    assert "date_part, such as 'active_day'" in refusal(Criterion.eq, TIMESTAMP, "2025-01-01")


@pytest.mark.parametrize("value", ["a", 1, 1.5, True, "", -0.0, 2**53])
def test_nested_properties_take_any_literal(value):
    assert Criterion.eq(NESTED, value).value == value


@pytest.mark.parametrize(
    ("operator", "value", "words"),
    [
        ("=", None, "needs a value"),
        ("!=", None, "Criterion.is_null"),
        ("in", None, "needs a value"),
        ("in", [], "is empty"),
        ("not in", (), "is empty"),
        ("in", ["a", None], "Criterion.is_null"),
        ("in", ["a", 1], "mixes types"),
        ("in", [1, True], "mixes types"),
        ("in", "a", "needs a list of values"),
        ("in", {"a"}, "is not a list"),
        ("=", ["a"], "takes one value"),
        ("is null", "a", "takes no value"),
        ("is not null", False, "takes no value"),
        ("like", 1, "needs text"),
        ("not like", True, "needs text"),
        ("ilike", 1, "needs text"),
        ("not ilike", None, "needs a value"),
        ("ilike", ["a"], "takes one value"),
        ("starts with", 1, "needs text"),
        ("starts with", "", "starts with the empty one"),
        ("starts with", ["a"], "takes one value"),
        ("between", 1, "needs a list of the least and the greatest value"),
        ("between", [1], "two values, the least and the greatest, not 1"),
        ("between", [1, 2, 3], "two values, the least and the greatest, not 3"),
        ("between", [], "two values"),
        ("between", [1, "a"], "mixes types"),
        ("between", [False, True], "does not compare booleans"),
        ("between", [1, None], "Criterion.is_null"),
        ("between", ["a", math.inf], "is not a finite double"),
        ("starts_with", "a", "did you mean 'starts with'?"),
        ("<", True, "does not compare booleans"),
        (">=", False, "does not compare booleans"),
        ("not in", [True], "does not compare booleans"),
        ("=", math.nan, "is not a finite double"),
        ("<", math.inf, "is not a finite double"),
        ("=", 10**400, "is not a finite double"),
        ("=", "a\0", "NUL"),
        ("=", "\udc00", "surrogate"),
        ("=", date(2025, 1, 1), "neither text, number nor boolean"),
        ("=", {"a": 1}, "is not a list"),
        ("==", 1, "operator '==' is not one of"),
        ("LIKE", "a", "did you mean 'like'?"),
    ],
)
def test_refused_criteria(operator, value, words):
    assert words in refusal(Criterion, property=NESTED, operator=operator, value=value)


def test_one_and_true_are_different_literals():
    assert Criterion.eq(NESTED, 1) != Criterion.eq(NESTED, True)
    assert Criterion.in_list(NESTED, [0]) != Criterion.in_list(NESTED, [False])
    assert len({Criterion.eq(NESTED, 1), Criterion.eq(NESTED, True), Criterion.eq(NESTED, 1.0)}) == 2


def test_empty_criteria_are_refused():
    assert "criteria are empty" in refusal(Criteria)
    assert "all is an empty list" in refusal(Criteria, all=[])
    assert "any is an empty list" in refusal(Criteria, all=[Criterion.is_null(TEXT)], any=[])
    both = Criteria(all=[Criterion.is_null(TEXT)], any=(Criterion.eq(NESTED, 1), Criterion.eq(NESTED, True)))
    assert Criteria.from_json(both.to_json()) == both
    assert Criteria.from_json(both.to_json()).any[1].value is True


scalars = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])) | st.booleans()
numbers = st.integers(-(2**70), 2**70) | st.floats(allow_nan=False, allow_infinity=False)


@given(st.sampled_from(["=", "!="]), scalars | numbers)
def test_any_literal_survives_json(operator, value):
    criterion = Criterion(property=NESTED, operator=operator, value=value)
    again = Criterion.from_json(json.dumps(criterion.to_json()))
    assert again == criterion
    assert type(again.value) is type(value)


@given(st.lists(numbers, min_size=1, max_size=4) | st.lists(st.text("ab'\"\\{}%\n\U0001f600"), min_size=1, max_size=4))
def test_any_list_survives_json(values):
    criterion = Criterion.in_list(NESTED, values)
    assert Criterion.from_json(json.dumps(criterion.to_json())).value == tuple(values)


def nested(path="x", **more):
    return EventProperty(vendor="com.acme", name="shop", major_version=1, path=path, **more)


@pytest.mark.parametrize(
    ("one", "other", "said", "kind"),
    [
        (TEXT, nested(), None, "text"),
        (nested(), NUMBER, None, "number"),
        (INTEGER, NUMBER, "number", "number"),
        (TIMESTAMP, nested(), None, "time"),
        (nested(date_part="active_day"), nested(), None, "text"),
        (nested(date_part="hour_of_day"), INTEGER, None, "number"),
        (CalculatedProperty(operation="sum", properties=[NUMBER, INTEGER]), nested(), None, "number"),
        (nested(), nested("y"), "time", "time"),
        (nested(), nested("y"), "boolean", "boolean"),
    ],
)
def test_two_properties_are_compared_as_what_they_are(one, other, said, kind):
    criterion = Criterion.eq(one, other, said)
    assert criterion.compared_as == kind
    assert Criterion.from_json(json.dumps(criterion.to_json())) == criterion
    assert len({criterion, Criterion.eq(one, other, said), Criterion.neq(one, other, said)}) == 2


ANY = EntityProperty(vendor="com.acme", name="product", major_version=1, path="x", index="any")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"other_property": nested("y")}, "say how they compare with compare_as='text'"),
        ({"property": NUMBER, "other_property": TEXT}, "of kind number and the other text"),
        ({"property": NUMBER, "other_property": nested(), "compare_as": "text"}, "leave compare_as out"),
        ({"property": BOOLEAN, "operator": "<", "other_property": nested()}, "does not compare booleans"),
        ({"operator": "like", "other_property": TEXT}, "operator 'like' does not compare two properties"),
        ({"operator": "is null", "other_property": TEXT}, "operator 'is null' does not compare two properties"),
        ({"value": "a", "other_property": TEXT}, "not with both"),
        ({"value": "a", "compare_as": "text"}, "compare_as belongs to the comparison of two properties"),
        ({"property": ANY, "other_property": TEXT}, "give the place of an element"),
        ({"property": TEXT, "other_property": ANY}, "give the place of an element"),
        ({"other_property": nested("y"), "compare_as": "money"}, "compare_as 'money' is not one of"),
    ],
)
def test_properties_that_cannot_be_compared(arguments, words):
    assert words in refusal(Criterion, **({"property": nested(), "operator": "="} | arguments))


def test_whether_there_is_a_value_is_asked_of_a_calculated_number():
    made = CalculatedProperty(operation="max", properties=[NUMBER, INTEGER])
    assert [Criterion.is_null(one).compared_as for one in (made, NUMBER, TIMESTAMP)] == ["number", "text", "text"]


def test_a_property_beside_itself_is_remarked():
    with pytest.warns(UserWarning, match="always equal to itself"):
        Criterion.eq(nested(), nested("$.x"), "text")


def test_groups_in_groups():
    one, other = Criterion.eq(TEXT, "a"), Criterion.lt(NUMBER, 1)
    criteria = Criteria(all=[one, Criteria(any=[other, Criteria(all=[one, other])])])
    assert Criteria.from_json(json.dumps(criteria.to_json())) == criteria
    assert list(criteria.criteria) == [one, other, one, other]
    flat = Criteria(all=[one], any=[other]).to_json()
    assert flat == {"all": [one.to_json()], "any": [other.to_json()]}


def test_groups_that_are_wrong_are_found_where_they_are():
    assert "all[0] must be of class Criterion" in refusal(Criteria, all=[1])
    assert "criteria, all[0], any[1]: operator '='" in refusal(
        Criteria, all=[{"any": [Criterion.is_null(TEXT), {"property": "page_urlpath", "operator": "="}]}]
    )
    assert "any is an empty list" in refusal(Criteria, all=[{"any": []}])
    data = {"criteria": {"any": [{"all": [{"property": "page_urlpth", "operator": "is null"}]}]}}
    attribute = {"name": "n", "type": "int64", "aggregation": "counter"} | data
    assert "any[0], all[0]: atomic property 'page_urlpth'" in refusal(Attribute, **attribute)


def test_groups_can_be_ten_deep():
    deep = Criterion.is_null(TEXT)
    for _ in range(10):
        deep = Criteria(all=[deep])
    assert "more than 10 groups deep" in refusal(Criteria, any=[deep])
    data = {"property": "page_urlpath", "operator": "is null"}
    for _ in range(500):
        data = {"all": [data]}
    attribute = {"name": "n", "type": "int64", "aggregation": "counter", "criteria": data}
    assert "more than 10 groups deep" in refusal(Attribute, **attribute)
