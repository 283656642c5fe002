"""Derived attributes: what can be declared, what is refused and with which words, and what they are as JSON."""

import json
from datetime import date, datetime, timedelta, timezone
from typing import Any

import pytest

from snowplow_signals import (
    AtomicProperty,
    Attribute,
    DefinitionError,
    Derived,
    View,
    coalesce,
    time_between,
    user_entity,
    value,
    when,
)
from snowplow_signals.definitions.expressions import DEEPEST, parse

TOTAL = AtomicProperty(name="tr_total")
REVENUE = Attribute(name="revenue", type="double", aggregation="sum", property=TOTAL)
ORDERS = Attribute(name="Orders", type="int64", aggregation="counter")
URLS = Attribute(name="urls", type="string_list", aggregation="unique_list", property=AtomicProperty(name="page_url"))
SEEN = Attribute(name="seen", type="timestamp", aggregation="max", property=AtomicProperty(name="derived_tstamp"))
IDLE = Attribute(name="idle", type="double", aggregation="time_since_last", time_unit="d")
LABEL = Attribute(name="label", type="string", aggregation="last", property=AtomicProperty(name="se_label"))
BASE = (REVENUE, ORDERS, URLS, SEEN, IDLE, LABEL)


def view(*derived: Derived, **more: Any) -> View:
    given = {"offline": True, "attributes": [*derived, *BASE], **more}
    return View(name="v", entity=user_entity, owner="a@example.com", **given)


def derived(expression: Any, type_name: str = "double", name: str = "x") -> Derived:
    return Derived(name=name, type=type_name, expression=expression)


EVERY = {
    "-revenue + 2 * (revenue - 1.5)": -value(REVENUE) + 2 * (value("revenue") - 1.5),
    "revenue / Orders / 2": value(REVENUE) / value(ORDERS) / 2,
    "revenue / (Orders / 2)": value(REVENUE) / (value(ORDERS) / 2),
    "1 - revenue + revenue + revenue": 1 - value(REVENUE) + value(REVENUE) + value(REVENUE),
    "round(log(revenue), 2)": value(REVENUE).log().round(2),
    "coalesce(revenue, Orders, 0)": coalesce(value(REVENUE), value(ORDERS), 0),
    "time_between(seen, '2025-01-01 00:00:00', d)": time_between(value(SEEN), date(2025, 1, 1), "d"),
    "time_between('2025-01-01 11:00:00', seen, h)": time_between(
        datetime(2025, 1, 1, 12, tzinfo=timezone(timedelta(hours=1))), value(SEEN), "h"
    ),
    "(when revenue > 1 and not Orders = 0 then 1 when is_null(label) then 2 otherwise 3)": when(
        (value(REVENUE) > 1) & ~(value(ORDERS) == 0)
    )
    .then(1)
    .when(value(LABEL).is_null())
    .then(2)
    .otherwise(3),
    "(when label = 'it''s' or label <= '' or false then revenue)": when(
        (value(LABEL) == "it''s") | (value(LABEL) <= "") | False
    ).then(value(REVENUE)),
    "-(revenue + 1) * (revenue + 1)": -(value(REVENUE) + 1) * (value(REVENUE) + 1),
}


@pytest.mark.parametrize("shown", EVERY)
def test_an_expression_is_shown_as_it_is_written_and_is_the_same_after_json(shown: str) -> None:
    made = derived(EVERY[shown])
    assert str(made.expression) == shown.replace("'it''s'", "\"it''s\"")
    text = json.dumps(view(made).to_json())
    assert View.from_json(text) == view(made)
    assert parse(made.expression.to_json()) == made.expression
    assert hash(Derived.from_json(made.to_json())) == hash(made)


def test_the_form_in_json_is_canonical() -> None:
    assert derived((value("revenue") / value("Orders")).round(2)).to_json()["expression"] == {
        "op": "round",
        "operands": [
            {
                "op": "divide",
                "operands": [{"op": "attribute", "name": "revenue"}, {"op": "attribute", "name": "Orders"}],
            }
        ],
        "digits": 2,
    }
    assert derived(value(REVENUE) + 2) == derived(value("revenue") + 2.0)
    assert derived(value(REVENUE) + 2) != derived(value(REVENUE) + 3)
    assert derived(value(LABEL) == "1", "bool") != derived(value(LABEL) == "true", "bool")


def test_definitions_stay_comparable() -> None:
    assert REVENUE.model_copy() == REVENUE
    assert len({REVENUE, ORDERS, derived(value(REVENUE)), derived(value(REVENUE))}) == 3
    with pytest.raises(TypeError, match=r"use & \| ~"):
        assert value(REVENUE) == 1


def test_everything_that_does_not_fit_is_said_at_once() -> None:
    wrong = [
        derived(value("revenu") / value(URLS), name="a"),
        derived(value("c") + 1, name="b"),
        derived(value("b") * 2, name="c"),
        derived(value(LABEL) + 1, name="d"),
        derived(value(ORDERS), "string", name="e"),
        derived(value(ORDERS) & True, "bool", name="f"),
        derived(coalesce(value(ORDERS), "none"), name="g"),
        derived(value(SEEN) - value(SEEN), name="h"),
        derived((value(LABEL) == "x") < True, "bool", name="i"),
        derived(time_between(value(ORDERS), value(SEEN), "d"), name="j"),
        derived(coalesce(1, 2), name="k"),
        derived(value(URLS).is_null(), "bool", name="l"),
        derived(when(value(REVENUE)).then(1), name="m"),
    ]
    with pytest.raises(DefinitionError) as error:
        view(*wrong)
    said = [str(problem) for problem in error.value.problems]
    assert said == [
        "view 'v', attributes[0] 'a': the view has no attribute 'revenu'; did you mean 'revenue'?",
        "view 'v', attributes[1] 'b': it is computed from itself: b reads c reads b",
        "view 'v', attributes[2] 'c': it is computed from itself: c reads b reads c",
        "view 'v', attributes[3] 'd': '+' takes numbers, and label is a text",
        "view 'v', attributes[4] 'e': Orders is a number, which type 'string' cannot hold; use 'double' or 'float' or "
        "'int32' or 'int64'",
        "view 'v', attributes[5] 'f': 'and' takes booleans, and Orders is a number; compare it, such as > 0",
        "view 'v', attributes[6] 'g': coalesce takes values of one kind: Orders is a number, and 'none' is a text",
        "view 'v', attributes[7] 'h': '-' takes numbers, and seen is a time; the time between two times is "
        "time_between(first, last, unit)",
        "view 'v', attributes[8] 'i': (label = 'x') < true: booleans are compared with = and != only",
        "view 'v', attributes[9] 'j': 'time_between' takes times, and Orders is a number; give that attribute the type "
        "'timestamp'",
        "view 'v', attributes[10] 'k': the expression reads no attribute: it would be the same for everybody",
        "view 'v', attributes[11] 'l': attribute 'urls' is of type 'string_list', which an expression cannot read; it "
        "reads int32, int64, double, float, unix_timestamp, string, bool, timestamp",
        "view 'v', attributes[12] 'm': when(...) takes booleans, and revenue is a number; compare it, such as > 0",
    ]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: derived("revenue / orders"), "is not one: build it of value"),
        (lambda: derived(value(REVENUE), "string_list"), "type 'string_list' cannot hold the value of an expression"),
        (lambda: value(REVENUE) + REVENUE, r"refer to an attribute as value\(attribute\)"),
        (lambda: value(REVENUE) == None, "a case without otherwise"),  # noqa: E711
        (lambda: value(REVENUE) * float("inf"), "is not a finite double"),
        (lambda: value(REVENUE).round(16), "from 0 to 15"),
        (lambda: value(3), "takes an attribute"),
        (lambda: coalesce(value(REVENUE)), "two values or more"),
        (lambda: time_between(value(SEEN), value(SEEN), "w"), "is not one of s, min, h, d"),
        (lambda: view(derived(value(REVENUE)), offline=False), "set offline=True"),
        (lambda: derived({"op": "devide", "operands": []}), "did you mean 'divide'"),
        (lambda: derived({"op": "divide", "operands": [{"op": "number", "value": 1}]}), "needs 2 operands"),
        (lambda: derived({"op": "number", "value": "1"}), "is no number"),
        (lambda: derived({"op": "number", "value": 1, "digits": 2}), "takes no 'digits'"),
        (lambda: derived({"op": "time", "value": "yesterday"}), "ISO 8601"),
        (lambda: derived({"op": "attribute", "name": "a b"}), "must be letters, digits and _"),
        (lambda: derived({"operands": []}), "must be an object with an op"),
    ],
)
def test_what_is_refused_by_itself(make: Any, message: str) -> None:
    with pytest.raises(DefinitionError, match=message):
        make()


def test_depth_and_length_are_bounded() -> None:
    deep = value(REVENUE)
    for _ in range(DEEPEST):
        deep = -deep
    with pytest.raises(DefinitionError, match="more than 16 operations deep"):
        derived(deep)
    with pytest.raises(DefinitionError, match="more than 16 operations deep"):
        derived(deep.expression.to_json())
    with pytest.raises(DefinitionError, match="more than 200 operations"):
        derived(sum((value(REVENUE) for _ in range(200)), start=value(REVENUE)))
    chain = [derived(value(REVENUE), name="d1")]
    chain += [derived(value(f"d{number}") + 1, name=f"d{number + 1}") for number in range(1, 9)]
    assert view(*chain[:8]).derived == tuple(chain[:8])
    with pytest.raises(DefinitionError, match="it is the 9th in a row"):
        view(*chain)


def test_which_are_computed_when_they_are_read() -> None:
    direct = derived(value(IDLE) / 7, name="Weeks")
    through = derived(value("weeks") > 4, "bool", name="gone")
    stored = derived(value(REVENUE) / value(ORDERS), name="aov")
    found = view(through, stored, direct)
    assert found.computed_at_read == {"weeks", "gone"}
    assert [one.name for one in found.derived] == ["aov", "Weeks", "gone"]
    assert found.aggregated == BASE
