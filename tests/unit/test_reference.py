"""The interpreter itself, held to cases worked out by hand from the meaning."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from tests import reference, reference_datasets

from snowplow_signals import (
    AtomicProperty,
    Attribute,
    Criteria,
    Criterion,
    Entity,
    Event,
    View,
    session_entity,
    user_entity,
)
from snowplow_signals.definitions.aggregations import WITHOUT_PROPERTY

AS_OF = date(2025, 3, 10)
LABEL = AtomicProperty(name="se_label")
VALUE = AtomicProperty(name="se_value")


def view(*attributes: Attribute, entity: Entity = user_entity) -> View:
    return View(name="v", entity=entity, attributes=list(attributes), owner="owner@example.com", offline=True)


def attribute(aggregation: str, type: str, **more: Any) -> Attribute:
    if aggregation.startswith("time_since"):
        more["time_unit"] = "d"
    elif aggregation not in WITHOUT_PROPERTY:
        more.setdefault("property", LABEL)
    return Attribute(name="a", type=type, aggregation=aggregation, **more)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def row(event_id: str = "e1", when: str = "2025-03-05 10:00", **more: Any) -> dict[str, Any]:
    """An event of user u, loaded when it happened."""
    times = {"derived_tstamp": at(when), "collector_tstamp": at(when), "load_tstamp": at(when)}
    return {"event_id": event_id, "domain_userid": "u", **times, **more}


def labelled(*labels: Any) -> list[dict[str, Any]]:
    """One event a minute, with these labels."""
    return [
        row(f"e{place:03}", f"2025-03-05 {place // 60:02}:{place % 60:02}", se_label=label)
        for place, label in enumerate(labels)
    ]


def one(made: Attribute, rows: list[dict[str, Any]], **run: Any) -> Any:
    """The attribute's value for the user u."""
    return reference.compute(view(made), rows, as_of=run.pop("as_of", AS_OF), **run)["u"]["a"]


# --- scope and duplicates


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({}, None),
        ({"load_tstamp": None}, "not_loaded"),
        ({"event_id": None}, "incomplete"),
        ({"event_id": ""}, "incomplete"),
        ({"derived_tstamp": None}, None),
        ({"collector_tstamp": None}, None),
        ({"derived_tstamp": None, "collector_tstamp": None}, "incomplete"),
        ({"derived_tstamp": at("2024-12-31 23:59:59.999999")}, "before_start"),
        ({"derived_tstamp": at("2025-01-01 00:00")}, None),
        ({"derived_tstamp": None, "collector_tstamp": at("2024-12-31")}, "before_start"),
        ({"load_tstamp": at("2024-12-31 23:59:59")}, "before_start"),
        ({"app_id": "other"}, "other_app"),
        ({"app_id": None}, "other_app"),
        ({"domain_userid": None}, "no_entity"),
        ({"domain_userid": ""}, "no_entity"),
        ({"domain_userid": " "}, None),
        ({"event_name": "page_ping"}, "irrelevant"),
        ({"se_label": None}, None),
        # the first that holds
        ({"event_id": "", "app_id": "other", "domain_userid": ""}, "incomplete"),
        ({"derived_tstamp": at("2020-01-01"), "app_id": "other"}, "before_start"),
        ({"app_id": "other", "domain_userid": ""}, "other_app"),
        ({"domain_userid": "", "event_name": "page_ping"}, "no_entity"),
    ],
)
def test_scope(changed: dict[str, Any], reason: str | None) -> None:
    criteria = Criteria(all=[Criterion(property=LABEL, operator="=", value="never")])
    made = view(attribute("counter", "int64", events=[Event(name="page_view")], criteria=criteria))
    event = row(app_id="web", event_name="page_view") | changed
    assert reference.scope(made, event, app_ids=["web"]) == reason


def test_event_time_is_never_after_the_load() -> None:
    made = view(attribute("counter", "int64"))
    ahead = row(when="2025-03-05 10:00", derived_tstamp=at("2031-01-01"))
    behind = row("e2", when="2025-03-05 10:00", derived_tstamp=at("2025-03-01 00:00"))
    chosen = reference.winners(made, [ahead, behind])
    assert chosen["e1"]["event_tstamp"] == at("2025-03-05 10:00")
    assert chosen["e1"]["day"] == date(2025, 3, 5)
    assert chosen["e2"]["event_tstamp"] == at("2025-03-01 00:00")


@pytest.mark.parametrize(
    "changed",
    [
        {
            "load_tstamp": at("2025-03-05 10:00:01"),
            "collector_tstamp": at("2025-03-01"),
            "derived_tstamp": at("2025-03-01"),
        },
        {"collector_tstamp": at("2025-03-05 10:00:01"), "derived_tstamp": at("2025-03-01")},
        {"collector_tstamp": None, "derived_tstamp": at("2025-03-01")},
        {"domain_userid": "v"},
        {"domain_userid": "ü"},
    ],
)
@pytest.mark.parametrize("winner_is_first", [True, False])
def test_winner_is_the_first_copy_loaded(changed: dict[str, Any], winner_is_first: bool) -> None:
    made = view(attribute("last", "string"))
    rows = [row(se_label="wins"), row(se_label="loses") | changed]
    rows = rows if winner_is_first else rows[::-1]
    assert reference.compute(made, rows, as_of=AS_OF) == {"u": {"a": "wins"}}


def test_event_time_decides_between_copies_loaded_and_collected_together() -> None:
    rows = [row(se_label="later"), row(se_label="earlier", derived_tstamp=at("2025-03-05 09:00"))]
    assert one(attribute("last", "string"), rows) == "earlier"


def test_copies_out_of_scope_do_not_count_as_copies() -> None:
    rows = [row(when="2025-03-05 09:00", app_id="other", se_label="first"), row(app_id="web", se_label="second")]
    assert one(attribute("last", "string"), rows, app_ids=["web"]) == "second"
    assert one(attribute("counter", "int64"), rows) == 1


def test_entity_of_an_event_is_that_of_its_winner() -> None:
    rows = [row(), row(when="2025-03-06 00:00", domain_userid="w")]
    assert reference.compute(view(attribute("counter", "int64")), rows, as_of=AS_OF) == {"u": {"a": 1}}


def test_identifier_is_text() -> None:
    entity = Entity(name="visit", key="visit_number", property=AtomicProperty(name="domain_sessionidx"))
    made = view(attribute("counter", "int64"), entity=entity)
    assert reference.compute(made, [row(domain_sessionidx=12)], as_of=AS_OF) == {"12": {"a": 1}}
    made = view(attribute("counter", "int64"), entity=session_entity)
    assert reference.compute(made, [row(domain_sessionid="s"), row("e2")], as_of=AS_OF) == {"s": {"a": 1}}


# --- windows


@pytest.mark.parametrize(
    ("days", "current", "counted"),
    [
        (1, False, ["2025-03-09"]),
        (1, True, ["2025-03-10"]),
        (2, False, ["2025-03-08", "2025-03-09"]),
        (2, True, ["2025-03-09", "2025-03-10"]),
        (None, False, ["2025-03-07", "2025-03-08", "2025-03-09", "2025-03-10"]),
        (None, True, ["2025-03-07", "2025-03-08", "2025-03-09", "2025-03-10"]),
    ],
)
def test_windows(days: int | None, current: bool, counted: list[str]) -> None:
    made = attribute(
        "unique_list",
        "string_list",
        property=AtomicProperty(name="derived_tstamp", date_part="active_day"),
        period=None if days is None else timedelta(days=days),
    )
    rows = [
        row(f"e{day}{clock}", f"2025-03-{day:02} {clock}")
        for day in range(7, 12)
        for clock in ("00:00:00", "23:59:59.999999")
    ]
    assert one(made, rows, include_current_day=current) == counted


@pytest.mark.parametrize(
    ("period", "offset", "current", "counted"),
    [  # as of Monday, 10 March
        (timedelta(days=2), timedelta(days=1), False, ("2025-03-07", "2025-03-08")),
        (timedelta(days=2), timedelta(days=1), True, ("2025-03-08", "2025-03-09")),
        ("week", 0, False, ()),
        ("week", 0, True, ("2025-03-10", "2025-03-10")),
        ("week", 1, False, ("2025-03-03", "2025-03-09")),
        ("week", 2, True, ("2025-02-24", "2025-03-02")),
        ("month", 0, False, ("2025-03-01", "2025-03-09")),
        ("month", 0, True, ("2025-03-01", "2025-03-10")),
        ("month", 1, False, ("2025-02-01", "2025-02-28")),
        ("month", 2, True, ("2025-01-01", "2025-01-31")),
        ("quarter", 0, False, ("2025-01-01", "2025-03-09")),
        ("quarter", 1, False, ()),
        ("year", 0, True, ("2025-01-01", "2025-03-10")),
    ],
)
def test_offsets_and_the_calendar(period: Any, offset: Any, current: bool, counted: tuple[str, ...]) -> None:
    made = attribute(
        "unique_list",
        "string_list",
        property=AtomicProperty(name="derived_tstamp", date_part="active_day"),
        period=period,
        offset=offset,
    )
    days = [str(date(2025, 1, 1) + timedelta(days=number)) for number in range(80)]
    expected = [day for day in days if counted and counted[0] <= day <= counted[1]]
    assert one(made, [row(day, f"{day} 12:00") for day in days], include_current_day=current) == expected


def test_entities_whatever_their_windows_contain() -> None:
    made = view(attribute("counter", "int64", period=timedelta(days=1), events=[Event(name="page_view")]),
                Attribute(name="b", type="int64", aggregation="counter"))  # fmt: skip
    rows = [
        row(),
        row("e2", domain_userid="future", when="2025-03-11 00:00"),
        row("e3", "2025-03-10 23:59", domain_userid="w"),
    ]
    assert reference.compute(made, rows, as_of=AS_OF) == {"u": {"a": 0, "b": 1}, "w": {"a": 0, "b": 1}}


# --- aggregations


def test_counter() -> None:
    assert one(attribute("counter", "int64"), labelled("a", None, "b")) == 3


def test_sum_and_mean_skip_what_is_no_number() -> None:
    rows = labelled("1", "2.5", "x", None, " 3", "1e1", "NaN")
    assert one(attribute("sum", "double"), rows) == 13.5
    assert one(attribute("mean", "double"), rows) == 4.5
    assert one(attribute("sum", "int64"), rows) is None
    assert one(attribute("sum", "int64"), labelled("1", "2.5", "0.5")) == 4


def test_sum_of_booleans_is_the_sum_of_nothing() -> None:
    rows = [row(br_cookies=True)]
    assert one(attribute("sum", "double", property=AtomicProperty(name="br_cookies")), rows) == 0.0
    assert one(attribute("sum", "int32", property=AtomicProperty(name="br_cookies"), default_value=7), rows) == 7


def test_min_and_max_as_the_type_says() -> None:
    rows = labelled("10", "9", "x", "", "2025-03-01T00:00:00.5+01:00")
    assert (one(attribute("min", "int64"), rows), one(attribute("max", "int64"), rows)) == (9, 10)
    assert (one(attribute("min", "string"), rows), one(attribute("max", "string"), rows)) == ("", "x")
    assert one(attribute("max", "timestamp"), rows) == at("2025-02-28 23:00:00.500000")
    assert one(attribute("max", "unix_timestamp"), rows) == 1740783600


def test_numbers_are_aggregated_as_doubles() -> None:
    rows = labelled("9007199254740993", "4611686018427387907")
    assert one(attribute("max", "int64"), rows) == 4611686018427387904
    assert one(attribute("sum", "int64"), rows[:1]) == 9007199254740992
    assert one(attribute("first", "int64"), rows) == 9007199254740993


def test_first_and_last_by_time_then_id() -> None:
    rows = [row("e2", se_label="b"), row("e10", se_label="a"), row("e3", "2025-03-05 09:59", se_label=None)]
    assert (one(attribute("first", "string"), rows), one(attribute("last", "string"), rows)) == ("a", "b")


def test_unique_list_least_recently_seen_first() -> None:
    assert one(attribute("unique_list", "string_list"), labelled("a", "b", "a", None, "c", "c")) == ["b", "a", "c"]


def test_unique_list_drops_the_least_recently_seen_after_what_does_not_fit() -> None:
    assert one(attribute("unique_list", "int64_list"), labelled(*map(str, range(150)))) == list(range(50, 150))
    mixed = [value for number in range(100) for value in (str(number), f"x{number}")]
    assert one(attribute("unique_list", "int64_list"), labelled(*mixed)) == list(range(100))


def test_distinct_before_the_cast() -> None:
    rows = labelled("5", "5.0", "+5", "5")
    assert one(attribute("unique_list", "int64_list"), rows) == [5, 5, 5]
    assert one(attribute("approx_count_distinct", "int64"), rows) == 3
    assert one(attribute("category_count", "dict"), rows) == {"5": 2, "5.0": 1, "+5": 1}


def test_most_and_least_frequent() -> None:
    assert one(attribute("most_frequent", "string"), labelled("a", "b", "b", "a", "c")) == "a"
    assert one(attribute("most_frequent", "string"), labelled("a", "b", "a", "b", "c")) == "b"
    assert one(attribute("least_frequent", "string"), labelled("a", "b", "b", "c", "c", "d")) == "d"
    assert one(attribute("least_frequent", "string"), labelled("d", "a", "b", "b")) == "a"
    assert one(attribute("most_frequent", "int32"), labelled("x", "x", "5")) is None


def test_category_count_keeps_the_highest() -> None:
    rows = labelled(*("often",) * 2, *(f"v{number}" for number in range(101)), "often")
    counts = one(attribute("category_count", "dict"), rows)
    assert len(counts) == 100
    assert counts["often"] == 3
    assert "v0" not in counts
    assert "v1" not in counts
    assert counts["v2"] == 1


def test_count_distinct_and_the_share_of_the_most_frequent() -> None:
    rows = labelled("a", "b", None, "b", "c")
    assert one(attribute("count_distinct", "int32"), rows) == 3
    assert one(attribute("mode_share", "double"), rows) == 0.5
    assert one(attribute("mode_share", "double"), labelled("5", "5.0")) == 0.5


def test_a_rate_is_a_share_of_the_events_of_its_patterns() -> None:
    rows = labelled("a", None, "b", "a")
    for place, event in enumerate(rows):
        event["event_name"] = "view" if place < 3 else "click"
    is_a = Criteria(all=[Criterion(property=LABEL, operator="=", value="a")])
    viewed, never = [Event(name="view")], [Event(name="never"), Event(name="click", version="1-0-0")]
    assert one(attribute("rate", "double", criteria=is_a), rows) == 0.5
    assert one(attribute("rate", "double", criteria=is_a, events=viewed), rows) == 1 / 3
    is_x = Criteria(all=[Criterion(property=LABEL, operator="=", value="x")])
    assert one(attribute("rate", "double", criteria=is_x, default_value=1), rows) == 0.0
    made = view(attribute("rate", "double", criteria=is_a, events=never), _counting("b"))
    assert reference.compute(made, rows, as_of=AS_OF)["u"]["a"] is None


def _counting(name: str) -> Attribute:
    return Attribute(name=name, type="int64", aggregation="counter")


def test_the_first_and_the_last_n() -> None:
    rows = labelled("a", "b", "a", None, "c", "c")
    for aggregation, more, expected in (
        ("first_n", {}, ["a", "b", "a"]),
        ("last_n", {}, ["a", "c", "c"]),
        ("first_n", {"distinct": True}, ["a", "b", "c"]),
        ("last_n", {"distinct": True}, ["b", "a", "c"]),
        ("last_n", {"n": 2, "distinct": True}, ["a", "c"]),
        ("first_n", {"n": 2, "distinct": True}, ["a", "b"]),
    ):
        assert one(attribute(aggregation, "string_list", **{"n": 3, **more}), rows) == expected


def test_what_does_not_fit_is_no_part_of_the_first_and_last_n() -> None:
    rows = labelled("1", "x", "2", "3", "y")
    assert one(attribute("first_n", "int32_list", n=2), rows) == [1, 2]
    assert one(attribute("last_n", "int32_list", n=2), rows) == [2, 3]
    assert one(attribute("last_n", "int32_list", n=2, default_value=[7]), labelled("x")) == []
    assert one(attribute("last_n", "int32_list", n=2, default_value=[7]), labelled(None)) == [7]


def test_spread_is_that_of_a_population_and_exact() -> None:
    assert one(attribute("variance", "double"), labelled("1", "x", "2", None, "4.5")) == pytest.approx(
        13 / 6, rel=1e-15
    )
    assert one(attribute("stddev", "double"), labelled("2", "4")) == 1.0
    assert one(attribute("variance", "double"), labelled("0.1")) == 0.0
    assert one(attribute("stddev", "double"), labelled("0.1", "0.1", "0.1")) == 0.0
    assert one(attribute("variance", "double"), labelled("1000000000.5", "1000000001.5")) == 0.25
    assert one(attribute("variance", "double", default_value=7), labelled("1", "1e150")) is None


@pytest.mark.parametrize(("q", "expected"), [(0, -1.0), (0.25, 2.0), (0.5, 5.0), (0.75, 5.0), (0.9, 8.0), (1, 10.0)])
def test_a_percentile_is_on_a_line_between_two_values(q: float, expected: float) -> None:
    rows = labelled("10", "5", "x", "-1", "5.0", None, "2")
    assert one(attribute("percentile", "double", q=q), rows) == pytest.approx(expected, rel=1e-15)


def test_a_percentile_of_one_value_is_that_value() -> None:
    assert one(attribute("percentile", "double", q=0.3), labelled("7")) == 7.0


def test_days_active_are_days_of_the_window_with_a_matching_event() -> None:
    days = ("01 23:59:59.999999", "02 00:00", "02 12:00", "05 10:00", "09 23:59", "10 00:00")
    rows = [row(f"e{number}", f"2025-03-{day}", se_label=str(number)) for number, day in enumerate(days)]
    assert one(attribute("days_active", "int64"), rows) == 5
    assert one(attribute("days_active", "double", period=timedelta(days=7)), rows) == 2.0
    some = Criteria(all=[Criterion.in_list(LABEL, ["1", "2"])])
    assert one(attribute("days_active", "int32", criteria=some), rows) == 1


def test_exists() -> None:
    rows = labelled("a")
    assert one(attribute("exists", "bool"), rows) is True
    assert one(attribute("exists", "bool", period=timedelta(days=1)), rows) is False


def test_time_since_is_the_time_itself_in_the_table() -> None:
    rows = [*labelled("a", "b", "c"), row("ahead", "2025-03-05 23:00", derived_tstamp=at("2030-01-01"))]
    assert one(attribute("time_since_first", "double"), rows) == at("2025-03-05 00:00")
    assert one(attribute("time_since_last", "float", default_value=1), rows) == at("2025-03-05 23:00")
    assert one(attribute("time_since_last", "float", default_value=1, period=timedelta(days=1)), rows) is None


@pytest.mark.parametrize(
    ("aggregation", "type", "value"),
    [
        ("counter", "int64", 0), ("counter", "double", 0.0), ("sum", "double", 0.0), ("sum", "int32", 0),
        ("min", "double", None), ("max", "string", None), ("mean", "double", None), ("first", "string", None),
        ("last", "bool", None), ("unique_list", "string_list", []), ("most_frequent", "string", None),
        ("least_frequent", "string", None), ("category_count", "dict", {}), ("approx_count_distinct", "int64", 0),
        ("time_since_first", "double", None), ("time_since_last", "double", None),
        ("count_distinct", "int32", 0), ("mode_share", "double", None), ("exists", "bool", False),
        ("days_active", "double", 0.0), ("rate", "float", 0.0), ("stddev", "double", None),
        ("variance", "double", None),
    ],
)  # fmt: skip
def test_nothing_matched(aggregation: str, type: str, value: Any) -> None:
    never = Criteria(all=[Criterion(property=LABEL, operator="=", value="never")])
    found = one(attribute(aggregation, type, criteria=never), labelled("a"))
    assert (found, builtin(found)) == (value, builtin(value))


def builtin(value: Any) -> str:
    return value.__class__.__name__


# --- defaults and types


@pytest.mark.parametrize(
    ("aggregation", "type", "default", "value"),
    [
        ("counter", "int64", 7, 7), ("sum", "double", 7, 7.0), ("mean", "float", 0.5, 0.5),
        ("first", "string", "", ""),
        ("last", "timestamp", "2025-01-02T03:00:00+01:00", at("2025-01-02 02:00")), ("max", "unix_timestamp", 12, 12),
        ("first", "bytes", "ü", b"\xc3\xbc"), ("unique_list", "int32_list", [2, 1, 2], [2, 1, 2]),
        ("category_count", "dict", {"a": 1}, {"a": 1}), ("first", "bool", False, False),
        ("time_since_first", "double", 7, None), ("approx_count_distinct", "int32", -1, -1),
        ("mode_share", "double", 0, 0.0), ("exists", "bool", True, True), ("days_active", "int32", -1, -1),
    ],
)  # fmt: skip
def test_default_stands_where_no_event_had_a_value(aggregation: str, type: str, default: Any, value: Any) -> None:
    never = Criteria(all=[Criterion(property=LABEL, operator="=", value="never")])
    assert one(attribute(aggregation, type, criteria=never, default_value=default), labelled("a")) == value
    if aggregation not in WITHOUT_PROPERTY:
        assert one(attribute(aggregation, type, default_value=default), labelled(None)) == value


def test_default_does_not_stand_for_a_failed_cast() -> None:
    assert one(attribute("first", "int64", default_value=7), labelled("x")) is None
    assert one(attribute("unique_list", "int64_list", default_value=[7]), labelled("x")) == []
    assert one(attribute("counter", "int64", default_value=7), labelled(None)) == 1
    assert one(attribute("sum", "int64", default_value=7), labelled("1.5")) is None


@pytest.mark.parametrize(
    ("value", "type", "result"),
    [
        ("5", "int32", 5), ("5.0", "int32", 5), ("5.5", "int32", None), ("1e3", "int64", 1000),
        ("2147483647", "int32", 2**31 - 1),
        ("2147483648", "int32", None), ("-2147483648", "int32", -(2**31)), (2**63 - 1, "int64", 2**63 - 1),
        ("9223372036854775808", "int64", None), (-(2**63), "int64", -(2**63)), ("1e999", "double", None),
        (5, "double", 5.0),
        ("0.1", "float", 0.10000000149011612), ("1e39", "float", None), ("1e-60", "float", 0.0),
        (True, "int64", None),
        (True, "double", None), ("True", "bool", True), ("1", "bool", None), (1, "bool", None),
        (True, "string", "true"),
        (12, "string", "12"), ("ü", "bytes", b"\xc3\xbc"), (12, "bytes", b"12"),
        ("2025-03-10", "timestamp", at("2025-03-10")),
        ("soon", "timestamp", None), (at("2025-03-10 01:00:00.9"), "unix_timestamp", 1741568400),
        ("soon", "unix_timestamp", None), (5, "unix_timestamp", None),
        ("1969-12-31T23:59:59.5Z", "unix_timestamp", -1), (at("2025-03-10"), "int64", None),
        (at("2025-03-10"), "bool", None),
    ],
)  # fmt: skip
def test_cast(value: Any, type: str, result: Any) -> None:
    found = reference.cast(value, type)
    assert (found, builtin(found)) == (result, builtin(result))
    assert reference.cast([value], f"{type}_list") == ([] if result is None else [result])


def test_cells_are_the_same_to_a_relative_1e_9() -> None:
    assert reference.same(1e9, 1e9 + 0.5)
    assert not reference.same(1.0, 1.0 + 1e-8)
    assert not reference.same(1, 1.0)
    assert not reference.same(True, 1)
    assert not reference.same(0.0, 1e-300)
    assert reference.same([1.0, 2.0], [1.0, 2.0 + 1e-12])
    assert not reference.same([1.0], [1.0, 1.0])
    assert reference.same({"a": 1, "b": 2}, {"b": 2, "a": 1})
    assert not reference.same(None, 0)


@pytest.mark.parametrize(
    ("mode", "known", "period", "moment", "n"),
    [
        # events at 10:00 on the 5th (loaded on the 8th) and at 10:00 on the 6th; an anchor at the very time of one
        ("exact", False, None, "2025-03-06 10:00", 1),
        ("exact", False, None, "2025-03-06 10:00:00.000001", 2),
        ("exact", False, 1, "2025-03-06 10:00", 1),
        ("exact", False, 1, "2025-03-06 10:00:00.000001", 1),
        ("exact", True, None, "2025-03-06 10:00:00.000001", 1),
        ("exact", True, None, "2025-03-08 09:00", 2),
        # whole days before the anchor's own
        ("as_served", False, None, "2025-03-06 23:59", 1),
        ("as_served", False, None, "2025-03-07 00:00", 2),
        ("as_served", False, 1, "2025-03-07 12:00", 1),
        ("as_served", False, 1, "2025-03-08 00:00", 0),
        ("as_served", True, 2, "2025-03-07 00:00", 1),
        ("as_served", True, None, "2025-03-08 09:00", 2),
        # who had no event by then has no values, not even defaults
        ("exact", False, None, "2025-03-05 10:00", None),
        ("as_served", False, None, "2025-03-05 23:00", None),
        ("as_served", True, None, "2025-03-06 09:00", None),
    ],
)
def test_training_set(mode: str, known: bool, period: int | None, moment: str, n: int | None) -> None:
    late = row("e1", "2025-03-05 10:00") | {"load_tstamp": at("2025-03-08 09:00")}
    counter = attribute("counter", "int64", **({} if period is None else {"period": timedelta(days=period)}))
    rows = [late, row("e2", "2025-03-06 10:00")]
    [found] = reference_datasets.training_set(view(counter), rows, [("u", at(moment))], mode=mode, known=known)
    assert found == (None if n is None else {"a": n})
