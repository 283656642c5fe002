"""What an engine cannot do is said when a project is made."""

import pytest

from snowplow_signals import (
    Attribute,
    EntityProperty,
    EventProperty,
    UnsupportedError,
    View,
    user_entity,
)
from snowplow_signals.dialects import dialect_named
from snowplow_signals.plan import plan_view
from snowplow_signals.project import compile_project


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
    with pytest.raises(UnsupportedError, match="cannot tell the columns"):
        made("v", "postgres", last("one", one), last("two", two))
    assert made("v", "duckdb", last("one", one), last("two", two))
