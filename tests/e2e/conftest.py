"""dbt runs in the process of these tests, many times."""

from tests.quick_dbt import quick_dbt  # noqa: F401
