"""Runs that end half-way."""

import json

from tests.e2e.shop import Shop


def take_only(project: Shop, **variables: object) -> None:
    """A run that dies after it has taken what was loaded, before it aggregates and publishes."""
    from dbt.cli.main import dbtRunner

    where = ["--project-dir", str(project.folder), "--profiles-dir", str(project.root)]
    quiet = ["--quiet", "--log-level", "none", "--log-level-file", "none", "--no-send-anonymous-usage-stats"]
    given = {"snowplow__backfill_limit_days": 1000, **variables}
    result = dbtRunner().invoke(["run", "--select", "tag:signals_take", *where, *quiet, "--vars", json.dumps(given)])
    assert result.success, result.exception
