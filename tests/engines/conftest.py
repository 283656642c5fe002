"""dbt runs in the process of these tests, many times."""

import pytest
from tests.quick_dbt import make_dbt_quick


@pytest.fixture(scope="session", autouse=True)
def _quick_dbt() -> None:
    make_dbt_quick()
