"""Attributes: each refusal with its words, each acceptance, and JSON both ways."""

import json
import math
from datetime import date, datetime, timedelta

import duckdb
import pytest

from snowplow_signals import (
    AGGREGATIONS,
    ATTRIBUTE_TYPES,
    TIME_UNITS,
    AtomicProperty,
    Attribute,
    Criteria,
    Criterion,
    DefinitionError,
    EntityProperty,
    EventProperty,
    PageView,
    View,
    user_entity,
)
from snowplow_signals.definitions.aggregations import TYPES_OF, WITHOUT_PROPERTY
from snowplow_signals.definitions.names import RESERVED
from snowplow_signals.definitions.windows import CALENDAR_UNITS
from snowplow_signals.plan import plan_view

NESTED = EventProperty(vendor="com.acme", name="buy", major_version=1, path="what")
TEXT = AtomicProperty(name="mkt_source")

pytestmark = pytest.mark.filterwarnings("error")


def refusal(make, *args, **kwargs):
    with pytest.raises(DefinitionError) as caught:
        make(*args, **kwargs)
    return str(caught.value)


def attribute(**changes):
    return Attribute(**{"name": "x", "type": "int64", "aggregation": "counter", **changes})


def of(aggregation, kind, **changes):
    """An attribute that has what its aggregation needs."""
    needs = {} if aggregation in WITHOUT_PROPERTY else {"property": NESTED}
    needs |= {"time_unit": "d"} if aggregation.startswith("time_since") else {}
    needs |= {"criteria": Criteria(all=[Criterion.is_not_null(NESTED)])} if aggregation == "rate" else {}
    needs |= {"q": 0.5} if aggregation == "percentile" else {}
    needs |= {"n": 5} if aggregation in ("first_n", "last_n") else {}
    return Attribute(**{"name": "x", "type": kind, "aggregation": aggregation, **needs, **changes})


# ---- types and needs


def test_how_many_aggregations_and_types_there_are():
    assert (len(AGGREGATIONS), len(ATTRIBUTE_TYPES), TIME_UNITS) == (24, 18, ("s", "min", "h", "d"))
    assert set(TYPES_OF) == set(AGGREGATIONS)


@pytest.mark.parametrize("kind", ATTRIBUTE_TYPES)
@pytest.mark.parametrize("aggregation", AGGREGATIONS)
def test_which_type_holds_which_aggregation(aggregation, kind):
    numeric, fractional = {"int32", "int64", "double", "float"}, {"double", "float"}
    listed, mapped = kind.endswith("_list"), kind == "dict"
    expected = {
        "counter": kind in numeric,
        "approx_count_distinct": kind in numeric,
        "sum": kind in numeric,
        "mean": kind in fractional,
        "min": kind in numeric | {"string", "timestamp", "unix_timestamp"},
        "max": kind in numeric | {"string", "timestamp", "unix_timestamp"},
        "unique_list": listed,
        "first_n": listed,
        "last_n": listed,
        "category_count": mapped,
        "time_since_first": kind in fractional,
        "time_since_last": kind in fractional,
        "count_distinct": kind in numeric,
        "mode_share": kind in fractional,
        "exists": kind == "bool",
        "rate": kind in fractional,
        "days_active": kind in numeric,
        "stddev": kind == "double",
        "variance": kind == "double",
        "percentile": kind in fractional,
    }.get(aggregation, not listed and not mapped)
    if expected:
        assert of(aggregation, kind).type == kind
    else:
        assert f"type {kind!r} cannot hold a {aggregation}; use " in refusal(of, aggregation, kind)


@pytest.mark.parametrize("aggregation", AGGREGATIONS)
def test_which_aggregation_needs_a_property(aggregation):
    kind = TYPES_OF[aggregation][0]
    if aggregation not in WITHOUT_PROPERTY:
        assert "needs a property" in refusal(of, aggregation, kind, property=None)


def test_a_counter_does_not_look_at_its_property():
    with pytest.warns(UserWarning, match=r"attribute 'x'.*Criterion.is_not_null\(property\)") as caught:
        made = of("counter", "int64", property=NESTED)
    assert [one.filename for one in caught] == [__file__]
    assert made.property == NESTED


@pytest.mark.parametrize("aggregation", ["time_since_first", "time_since_last"])
def test_a_property_of_time_since_is_kept_where_it_is_not_computed(aggregation):
    declared = of(aggregation, "double", property=NESTED)
    basis = {"name": "v", "entity": user_entity, "attributes": [declared], "owner": "a@b.example"}
    assert View(**basis).attributes[0].property == NESTED
    assert f"attributes[0] 'x': aggregation {aggregation!r} takes no property" in refusal(View, **basis, offline=True)


@pytest.mark.parametrize("aggregation", ["exists", "rate", "days_active"])
def test_what_looks_at_no_value_takes_no_property(aggregation):
    kind = TYPES_OF[aggregation][0]
    found = refusal(of, aggregation, kind, property=NESTED)
    assert f"aggregation {aggregation!r} takes no property" in found
    assert "Criterion.is_not_null(property)" in found


def test_a_rate_needs_criteria():
    assert "aggregation 'rate' needs criteria" in refusal(of, "rate", "double", criteria=None)


@pytest.mark.parametrize("q", [-0.1, 1.5, "0.5", True, float("nan")])
def test_a_percentile_has_a_q_from_0_to_1(q):
    assert "is not a number from 0 to 1" in refusal(of, "percentile", "double", q=q)


@pytest.mark.parametrize("n", [0, 101, 2.0, True, "5"])
def test_a_list_has_a_length_up_to_100(n):
    assert "is not a whole number from 1 to 100" in refusal(of, "last_n", "string_list", n=n)


def test_n_and_distinct_are_of_lists_of_a_length_only():
    assert of("first_n", "string_list", n=100, distinct=False).n == 100
    assert "aggregation 'last_n' needs an n" in refusal(of, "last_n", "string_list", n=None)
    assert "n belongs to first_n and last_n only, not to 'unique_list'" in refusal(
        of, "unique_list", "string_list", n=5
    )
    assert "distinct belongs to first_n and last_n only" in refusal(of, "last", "string", distinct=True)


def test_q_is_of_percentiles_only():
    assert of("percentile", "double", q=1).q == 1.0
    assert "aggregation 'percentile' needs a q from 0 to 1" in refusal(of, "percentile", "double", q=None)
    assert "q belongs to percentile only, not to 'mean'" in refusal(of, "mean", "double", q=0.5)


def test_time_unit():
    for unit in TIME_UNITS:
        assert of("time_since_first", "double", time_unit=unit).time_unit == unit
    assert "needs a time_unit: 's', 'min', 'h' or 'd'" in refusal(of, "time_since_last", "double", time_unit=None)
    assert "belongs to time_since_first and time_since_last only" in refusal(attribute, time_unit="d")
    assert "time_unit 'days' is not one of s, min, h, d" in refusal(of, "time_since_last", "double", time_unit="days")


# ---- names


@pytest.mark.parametrize(
    "name",
    [
        *("x", "x1", "_x", "a" * 128, "cartCount", "1x", "_", "_1", "X"),
        *("select", "day", "value", "name", "type", "count", "date"),
    ],
)
def test_accepted_names(name):
    assert attribute(name=name).name == name


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("", "must be letters, digits and _"),
        ("cart count", "such as 'cart_count'"),
        ("caf\u00e9", "must be letters, digits and _"),
        ("x\n", "must be letters, digits and _"),
        ("\uff41", "must be letters, digits and _"),
        ("a" * 129, "128 at most"),
        (7, "name 7 is invalid"),
    ],
)
def test_refused_names(name, words):
    assert words in refusal(attribute, name=name)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("1x", "begins with a letter or _"),
        ("_", "has a letter in it"),
        ("_1", "has a letter in it"),
        ("select", "keyword of SQL"),
        ("Select", "'Select' is reserved: it is a keyword of SQL"),
        ("user", "keyword of SQL"),
        ("updated_at", "own tables"),
        ("Day", "own tables"),
        ("_partition_x", "BigQuery"),
    ],
)
def test_names_that_are_declared_and_not_computed(name, words):
    view = View(name="v", entity=user_entity, attributes=[attribute(name=name)], owner="a@b.example", offline=True)
    text = refusal(plan_view, view)
    assert text.startswith(f"view 'v' version 1, attribute {name!r}: ")
    assert words in text


def test_duckdb_s_keywords_are_reserved():
    for (word,) in duckdb.sql("select keyword_name from duckdb_keywords()").fetchall():
        if word not in RESERVED:
            duckdb.sql(f"select t.{word}, {word} as {word} from (select 1 as {word}) as t")


# ---- periods


@pytest.mark.parametrize("period", [timedelta(days=7), timedelta(hours=168), "P7D", "P1W", "PT168H"])
def test_accepted_periods(period):
    assert attribute(period=period).period.days * timedelta(days=1) == attribute(period=period).period


def test_periods_are_written_in_iso_8601():
    assert attribute(period=timedelta(days=7)).to_json()["period"] == "P7D"
    assert attribute(ttl="PT36H").ttl == timedelta(hours=36)
    assert attribute(ttl="P1Y35D").ttl == timedelta(days=400)  # so public clients write it


@pytest.mark.parametrize(
    ("ttl", "written"),
    [
        (timedelta(days=365), "P365D"),
        (timedelta(days=400, hours=12), "P400DT12H"),
        (timedelta(hours=36), "P1DT12H"),
        (timedelta(minutes=5, seconds=1.5), "PT5M1.5S"),
        (timedelta(microseconds=1), "PT0.000001S"),
    ],
)
def test_durations_of_any_length_are_read_back(ttl, written):
    made = attribute(ttl=ttl)
    assert made.to_json()["ttl"] == written
    assert Attribute.from_json(made.to_json()) == made


@pytest.mark.parametrize(
    ("period", "words"),
    [
        (timedelta(0), "period of 0 days"),
        (timedelta(days=-1), "timedelta(days=1)"),
        (timedelta(days=36_501), "longer than a century"),
        (7, "7 is not a duration; write a timedelta"),
        ("7", "is not a duration"),
        ("7 days", "'P7D'"),
        ("P1M", "no fixed length"),
        ("P1Y2M", "no fixed length"),
        ("PX", "is not a duration"),
    ],
)
def test_refused_periods(period, words):
    text = refusal(attribute, period=period)
    assert text.startswith("attribute 'x': ")
    assert words in text


@pytest.mark.parametrize("unit", CALENDAR_UNITS)
def test_periods_of_the_calendar(unit):
    made = attribute(period=unit)
    assert (made.period, made.offset) == (unit, None)
    assert made.to_json() == attribute().to_json() | {"period": unit}
    assert attribute(period=unit, offset=2).to_json()["offset"] == 2
    for one in (made, attribute(period=unit, offset=2)):
        assert Attribute.from_json(one.to_json()) == one


def test_offsets():
    made = attribute(period=timedelta(days=7), offset=timedelta(days=7))
    assert made.to_json() == attribute().to_json() | {"period": "P7D", "offset": "P7D"}
    assert Attribute.from_json(made.to_json()) == made == attribute(period="P1W", offset="PT168H")
    for none in (None, 0, timedelta(0), "P0D"):
        assert attribute(period=timedelta(days=7), offset=none) == attribute(period=timedelta(days=7))
        assert attribute(period="month", offset=none) == attribute(period="month")
        assert "offset" not in attribute(period="month", offset=none).to_json()
        assert attribute(offset=none) == attribute()


@pytest.mark.parametrize(
    ("declared", "words"),
    [
        ({"period": "months"}, "'months' is not a duration; did you mean 'month'?"),
        ({"period": "Month"}, "did you mean 'month'?"),
        ({"period": "day"}, "'week', 'month', 'quarter' or 'year'"),
        ({"offset": timedelta(days=7)}, "offset needs a period"),
        ({"offset": 1}, "offset needs a period"),
        ({"period": timedelta(days=7), "offset": 7}, "use one, such as timedelta(days=7)"),
        ({"period": "month", "offset": timedelta(days=30)}, "offset=1 is the last complete month"),
        ({"period": "month", "offset": -1}, "offset -1 is negative"),
        ({"period": timedelta(days=7), "offset": timedelta(days=-7)}, "offset of -7 days is negative"),
        ({"period": timedelta(days=7), "offset": timedelta(hours=36)}, "such as timedelta(days=2)"),
        ({"period": timedelta(days=7), "offset": timedelta(days=36_500)}, "longer than a century"),
        ({"period": "year", "offset": 401}, "offset 401 is too large; 400 years ago at most"),
        ({"period": "month", "offset": True}, "offset True is neither"),
        ({"period": "month", "offset": 1.0}, "offset 1.0 is neither"),
        ({"period": "month", "offset": "1"}, "'1' is not a duration"),
        ({"period": "month", "offset": "P1M"}, "no fixed length"),
    ],
)
def test_refused_windows(declared, words):
    text = refusal(attribute, **declared)
    assert text.startswith("attribute 'x': ")
    assert words in text


@pytest.mark.parametrize(
    ("declared", "field"),
    [({"period": "month"}, "period"), ({"period": timedelta(days=7), "offset": timedelta(days=7)}, "offset")],
)
def test_streams_have_no_calendar_and_no_offsets(declared, field):
    basis = {"name": "v", "entity": user_entity, "attributes": [attribute(**declared)], "owner": "a@b.example"}
    text = refusal(View, **basis)
    assert text.startswith("view 'v', attributes[0] 'x': ")
    assert field in text
    assert "set offline=True" in text
    offline = View(**basis, offline=True)
    assert View.from_json(offline.to_json()) == offline


@pytest.mark.parametrize(
    ("period", "words"),
    [
        (timedelta(hours=12), "period of 12 hours is not a whole number of days; use a timedelta of whole days"),
        (timedelta(hours=36), "period of 36 hours is not a whole number of days"),
        (timedelta(hours=36), "such as timedelta(days=2)"),
        ("PT36H", "period of 36 hours"),
        (timedelta(minutes=90), "period of 90 minutes"),
        (timedelta(seconds=1.5), "period of 1.5 seconds"),
    ],
)
def test_periods_that_are_not_computed(period, words):
    declared = attribute(period=period)
    assert Attribute.from_json(declared.to_json()) == declared
    basis = {"name": "v", "entity": user_entity, "attributes": [declared], "owner": "a@b.example"}
    text = refusal(View, **basis, offline=True)
    assert text.startswith("view 'v', attributes[0] 'x': ")
    assert words in text
    stream = View(**basis)
    assert View.from_json(stream.to_json()) == stream
    assert words in refusal(plan_view, stream.model_copy(update={"offline": True}))


# ---- default values


@pytest.mark.parametrize(
    ("kind", "value", "kept"),
    [
        ("int32", 2**31 - 1, 2**31 - 1),
        ("int32", 3.0, 3),
        ("int64", -(2**63), -(2**63)),
        ("double", 1, 1.0),
        ("float", 0.1, 0.1),
        ("string", "", ""),
        ("bytes", "caf\u00e9", "caf\u00e9"),
        ("bool", False, False),
        ("unix_timestamp", 0, 0),
        ("timestamp", "2025-01-31", "2025-01-31"),
        ("timestamp", "2025-01-31 12:00:00.25+02:00", "2025-01-31 12:00:00.25+02:00"),
        ("timestamp", datetime(2025, 1, 31, 12), "2025-01-31T12:00:00"),
        ("timestamp", date(2025, 1, 31), "2025-01-31"),
    ],
)
def test_defaults_that_fit(kind, value, kept):
    made = of("first", kind, default_value=value)
    assert made.default_value == kept
    assert type(made.default_value) is type(kept)
    assert Attribute.from_json(json.dumps(made.to_json())) == made


@pytest.mark.parametrize(
    ("kind", "value", "words"),
    [
        ("int32", 2**31, "from -2**31 to 2**31 - 1"),
        ("int64", 2**63, "from -2**63"),
        ("int32", 1.5, "whole number"),
        ("int64", math.inf, "whole number"),
        ("int64", True, "takes a number"),
        ("int64", "1", "takes a number"),
        ("double", math.nan, "finite"),
        ("double", 10**400, "too large"),
        ("float", 1e39, "too large"),
        ("double", [1.0], "takes a number"),
        ("string", 1, "takes text"),
        ("string", "\0", "NUL"),
        ("bytes", 1, "takes text"),
        ("bool", 1, "True or False"),
        ("bool", "true", "True or False"),
        ("unix_timestamp", "2025-01-01", "takes a number"),
        ("timestamp", "yesterday", "ISO 8601"),
        ("timestamp", "2025-13-01", "month"),
        ("timestamp", 0, "ISO 8601"),
        ("string", b"x", "neither text"),
        ("string", {"a": 1}, "takes text"),
    ],
)
def test_defaults_that_do_not_fit(kind, value, words):
    text = refusal(of, "first", kind, default_value=value)
    assert "default_value" in text
    assert words in text


def test_default_lists():
    made = of("unique_list", "int32_list", default_value=[1, 2.0])
    assert made.default_value == (1, 2)
    assert made.to_json()["default_value"] == [1, 2]
    assert of("unique_list", "string_list", default_value=[]).default_value == ()
    assert "its elements: it takes a whole number" in refusal(of, "unique_list", "int32_list", default_value=[1, 1.5])
    assert "takes a list" in refusal(of, "unique_list", "int32_list", default_value=1)
    assert "its elements" in refusal(of, "unique_list", "string_list", default_value=[None])


def test_default_dicts():
    made = of("category_count", "dict", default_value={"b": 2, "a": 1})
    assert made.default_value == {"a": 1, "b": 2}
    assert made.to_json()["default_value"] == {"b": 2, "a": 1}
    assert json.dumps(made.to_json())
    assert Attribute.from_json(made.to_json()) == made
    assert hash(Attribute.from_json(made.to_json())) == hash(made)
    with pytest.raises(TypeError, match="cannot be changed"):
        made.default_value["c"] = 3
    for wrong in ({"a": "1"}, {"a": True}, {1: 1}, {"a": 1.5}, [], "a"):
        assert "does not fit type 'dict'" in refusal(of, "category_count", "dict", default_value=wrong)


# ---- all together


def test_all_problems_of_an_attribute_come_at_once():
    text = refusal(
        Attribute,
        name="the Cart",
        type="string",
        aggregation="mean",
        period=timedelta(0),
        time_unit="d",
        default_value=1,
        descripton="typo",
    )
    for words in (
        "such as 'the_cart'",
        "cannot hold a mean",
        "period of 0 days",
        "time_unit belongs",
        "does not fit type 'string'",
        "needs a property",
        "did you mean 'description'?",
    ):
        assert words in text
    assert all(line.startswith("attribute 'the Cart': ") for line in text.splitlines())


def test_attributes_round_trip_with_everything_set():
    made = Attribute(
        name="x",
        type="string",
        aggregation="last",
        events=[PageView()],
        property=EntityProperty(vendor="a", name="b", major_version=1, path="c"),
        criteria=Criteria(any=[Criterion.like(TEXT, "%'{{ x }}\\%\n")]),
        period=timedelta(days=30),
        default_value="none",
        description="last 'c'",
        ttl=timedelta(hours=1),
    )
    again = Attribute.from_json(json.dumps(made.to_json()))
    assert again == made
    assert hash(again) == hash(made)
    assert attribute(events=None) == attribute(events=()) == attribute()
