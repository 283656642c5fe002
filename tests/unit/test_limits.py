"""What an engine cannot do is said when a project is made."""

import pytest

from snowplow_signals import (
    AtomicProperty,
    Attribute,
    Criteria,
    Criterion,
    EntityProperty,
    EventProperty,
    UnsupportedError,
    View,
    user_entity,
)
from snowplow_signals.dialects import dialect_named
from snowplow_signals.plan import plan_view
from snowplow_signals.project.compile import compile_project


def made(name: str = "v", target_type: str = "postgres", *attributes: Attribute, version: int = 1) -> dict[str, str]:
    attributes = attributes or (Attribute(name="n", type="int64", aggregation="counter"),)
    view = View(
        name=name, version=version, entity=user_entity, attributes=attributes, owner="o@example.com", offline=True
    )
    return compile_project(plan_view(view), dialect_named(target_type))


def test_names_that_postgresql_would_cut() -> None:
    assert made("a" * 34)
    with pytest.raises(UnsupportedError) as refused:
        made("a" * 35)
    assert "PostgreSQL keeps 63 characters" in str(refused.value)
    assert "at most 34 characters" in str(refused.value)
    with pytest.raises(UnsupportedError, match="at most 33 characters"):
        made("a" * 34, version=12)
    assert made("a" * 40, "duckdb")


def last(name: str, prop: EventProperty | EntityProperty) -> Attribute:
    return Attribute(name=name, type="string", aggregation="last", property=prop)


def test_columns_that_postgresql_cannot_tell_apart() -> None:
    long = {"vendor": "com.snowplowanalytics.snowplow.ecommerce", "name": "snowplow_ecommerce_action", "path": "type"}
    one, two = (EventProperty(**long, major_version=version) for version in (1, 2))
    files = made("v", "postgres", last("one", one))
    cut = "unstruct_event_com_snowplowanalytics_snowplow_ecommerce_snowplow_ecommerce_action_1"[:63]
    assert any(f"column='{cut}'" in text for text in files.values())
    with pytest.raises(UnsupportedError, match="cannot distinguish the columns"):
        made("v", "postgres", last("one", one), last("two", two))
    assert made("v", "duckdb", last("one", one), last("two", two))


def listed(name: str, number: int) -> Attribute:
    pages = Criterion.in_list(AtomicProperty(name="page_urlpath"), [f"/{one}{'x' * 200}" for one in range(number)])
    return Attribute(name=name, type="int64", aggregation="counter", criteria=Criteria(all=[pages]))


def test_statements_that_bigquery_would_not_take() -> None:
    with pytest.raises(UnsupportedError) as refused:
        made("v", "bigquery", listed("few", 3), listed("visits", 6_000))
    assert "attribute 'visits'" in str(refused.value)
    assert "BigQuery takes statements of 1,048,576 bytes, and models/publish/v_1_daily_aggregates.sql has 1," in str(
        refused.value
    )
    assert made("v", "bigquery", listed("few", 3), listed("visits", 4_000))


def test_more_columns_than_postgresql_has() -> None:
    counts = [Attribute(name=f"n_{number}", type="int64", aggregation="counter") for number in range(1599)]
    with pytest.raises(UnsupportedError) as refused:
        made("v", "postgres", *counts)
    assert "attribute 'n_1598': PostgreSQL has tables of at most 1,600 columns" in str(refused.value)
    assert made("v", "postgres", *counts[:-1])
