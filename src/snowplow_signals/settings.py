"""The variables that users tune in `dbt_project.yml` or with `--vars`: their names, defaults and meaning."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from snowplow_signals.errors import UsageError

PREFIX = "snowplow__"


@dataclass(frozen=True)
class Variable:
    """One variable; `default` None means that it is not set."""

    name: str
    default: object
    meaning: str


VARIABLES: tuple[Variable, ...] = (
    Variable("snowplow__start_date", "2025-01-01", "events loaded or that happened before this day are left out"),
    Variable("snowplow__app_id", (), "only events of these applications; an empty list takes all"),
    Variable("snowplow__backfill_limit_days", 1, "calendar days of load that one `dbt build` takes at most"),
    Variable("snowplow__late_event_lookback_days", 5, "late events older than this many days wait; -1: never"),
    Variable("snowplow__min_late_events_to_process", 1, "late events of a day wait until there are this many"),
    Variable("snowplow__load_lookback_days", 3, "processed loads of this many days are looked at again; -1: all"),
    Variable("snowplow__allow_refresh", False, "allow --full-refresh on any target, not only on the dev target"),
    Variable("snowplow__dev_target_name", "dev", "the target on which --full-refresh is always allowed"),
    Variable("snowplow__atomic_schema", "atomic", "schema of the events table"),
    Variable("snowplow__database", None, "database of the events table; not set: the target's"),
    Variable("snowplow__databricks_catalog", "hive_metastore", "catalog of the events table on Databricks"),
    Variable("snowplow__events_table", "events", "name of the events table"),
    Variable("snowplow__include_current_day_in_windows", False, "windows end with the current day, not before it"),
    Variable("snowplow__as_of_date", None, "compute as of this day; not set: the current UTC date"),
)

OLDER_NAMES: dict[str, str] = {
    "snowplow__reprocess_days": "snowplow__late_event_lookback_days",
    "snowplow__min_rows_to_process": "snowplow__min_late_events_to_process",
}


def check_names(variables: Mapping[str, object], where: str) -> list[str]:
    """Refuse variables that look like ours and are not; the warnings for older names come back.

    Raises UsageError naming every unknown variable that starts with `snowplow__`, with the nearest known name.
    """
    known = [variable.name for variable in VARIABLES] + list(OLDER_NAMES)
    problems = []
    for name in variables:
        if name.startswith(PREFIX) and name not in known:
            near = get_close_matches(name, known, n=1, cutoff=0.5)
            problems.append(
                f"{where}: there is no variable {name!r}" + (f"; did you mean {near[0]!r}?" if near else "")
            )
    if problems:
        raise UsageError("\n".join(problems))
    return [
        f"{where}: {name!r} is an older name; please say {OLDER_NAMES[name]!r}"
        for name in variables
        if name in OLDER_NAMES
    ]
