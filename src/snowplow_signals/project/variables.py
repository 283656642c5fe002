"""The variables that users tune in `dbt_project.yml` or with `--vars`: their names, defaults and meaning."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal

from snowplow_signals.errors import UsageError
from snowplow_signals.project.packages import PROJECT_FILE, root_of
from snowplow_signals.project.yaml_files import read_mapping, shortened

PREFIX = "snowplow__"

Kind = Literal["date", "days", "number", "flag", "text", "list"]
"""What a value is: an ISO date; days, of which -1 means no bound; a number of things; true or false; a name; names."""

MOST_DAYS = 36_500
"""A hundred years; more would leave the calendar of Python, or of an engine."""
MOST = 2**31 - 1
EARLIEST, LATEST = date(1900, 1, 1), date(9000, 1, 1)
"""Days as of which attributes can be computed: a window before or after them is still in every engine's calendar."""


@dataclass(frozen=True)
class Variable:
    """One variable; `default` None means that it is not set."""

    name: str
    kind: Kind
    default: object
    meaning: str


VARIABLES: tuple[Variable, ...] = (
    Variable(
        "snowplow__start_date", "date", "2025-01-01", "events that happened or were loaded before this day are left out"
    ),
    Variable("snowplow__app_id", "list", (), "only events of these applications; an empty list takes all"),
    Variable("snowplow__backfill_limit_days", "days", 1, "calendar days of load that one `dbt build` takes at most"),
    Variable(
        "snowplow__backfill_limit_rows",
        "number",
        None,
        "rows of load after which a chunk of a run ends with its hour; not set: as many as suit the warehouse",
    ),
    Variable(
        "snowplow__late_event_lookback_days",
        "days",
        5,
        "events loaded more than this many days after their day are deferred; -1: none are",
    ),
    Variable(
        "snowplow__min_late_events_to_process",
        "number",
        1,
        "late events of a day are deferred until there are this many",
    ),
    Variable(
        "snowplow__load_lookback_days",
        "days",
        3,
        "each run rechecks the loads of this many days that were already processed, and older ones where the number of "
        "rows of the events table has changed, if the engine knows it; -1: all",
    ),
    Variable(
        "snowplow__duplicate_lookback_days",
        "days",
        -1,
        "rows with one event_id are copies of one event only if their days are at most this many apart, which bounds "
        "the search for copies on very large tables; -1: always",
    ),
    Variable(
        "snowplow__allow_refresh", "flag", False, "allow --full-refresh on any target, not only on the dev target"
    ),
    Variable("snowplow__dev_target_name", "text", "dev", "the target on which --full-refresh is always allowed"),
    Variable(
        "snowplow__accept_changes",
        "flag",
        False,
        "take attributes that mean something else than before, under the same name and version",
    ),
    Variable("snowplow__atomic_schema", "text", "atomic", "schema of the events table"),
    Variable("snowplow__database", "text", None, "database of the events table; not set: the target's"),
    Variable("snowplow__databricks_catalog", "text", "hive_metastore", "catalog of the events table on Databricks"),
    Variable("snowplow__events_table", "text", "events", "name of the events table"),
    Variable(
        "snowplow__include_current_day_in_windows",
        "flag",
        False,
        "windows include the current day, instead of ending the day before",
    ),
    Variable(
        "snowplow__attribute_statistics",
        "flag",
        True,
        "describe each publication in the table attribute_statistics, which costs reading the attributes once",
    ),
    Variable("snowplow__as_of_date", "date", None, "compute as of this day; not set: the current UTC date"),
)

OLDER_NAMES: dict[str, str] = {
    "snowplow__reprocess_days": "snowplow__late_event_lookback_days",
    "snowplow__min_rows_to_process": "snowplow__min_late_events_to_process",
}


def bounds_of(variable: Variable) -> tuple[Any, Any] | None:
    """The least and the largest value of a variable that has such: dates, or whole numbers."""
    bounds: dict[str, tuple[Any, Any]] = {
        "days": (-1, MOST_DAYS),
        "number": (0, MOST),
        "date": (EARLIEST, LATEST),
    }
    return bounds.get(variable.kind)


_BY_NAME = {variable.name: variable for variable in VARIABLES}
_BY_NAME |= {older: _BY_NAME[name] for older, name in OLDER_NAMES.items()}


def checked(variables: Mapping[str, object], where: str) -> tuple[dict[str, object], list[str]]:
    """The variables with dates as ISO text, and the warnings for older names. Those of others pass as they are.

    Raises UsageError naming every variable that looks like ours and is not, with the nearest known name, and every
    value of ours that is of another kind than it must be.
    """
    problems: list[str] = []
    values: dict[str, object] = {}
    for name, value in variables.items():
        variable = _BY_NAME.get(name)
        if variable is None:
            values[name] = value
            problems += _unknown(name)
            continue
        try:
            values[name] = _value(variable, value)
        except ValueError as wrong:
            found = "nothing" if value is None else shortened(value)
            problems.append(f"{name} must be {wrong}, not {found}")
    if problems:
        raise UsageError("\n".join(f"{where}: {problem}" for problem in problems))
    older = [name for name in variables if name in OLDER_NAMES]
    return values, [f"{where}: {name!r} is an older name; use {OLDER_NAMES[name]!r}" for name in older]


def project_variables(folder: Path) -> tuple[dict[str, object], list[str]]:
    """The variables of the dbt project in `folder`, checked, and the warnings: what its dbt_project.yml says, those
    below its name over the others; and over these what a project says that has it as a package, as dbt takes them.

    Raises UsageError when a file is not there or cannot be read, they are not names with values, or as `checked` does.
    """
    file, root = folder / PROJECT_FILE, root_of(folder)
    content = read_mapping(file)
    name = content.get("name")
    for_all, own = _sections(content, name, file)
    values, warnings = checked({**for_all, **own}, str(file))
    if root != folder:
        file = root / PROJECT_FILE
        for_all, own = _sections(read_mapping(file), name, file)
        # what is said to all packages may be another one's
        for_all = {one: value for one, value in for_all.items() if one in _BY_NAME}
        given, more = checked({**for_all, **own}, str(file))
        values, warnings = {**values, **given}, [*warnings, *more]
    return values, warnings


def _sections(content: Mapping[Any, Any], name: object, file: Path) -> tuple[dict[str, object], dict[str, object]]:
    """The `vars:` of a dbt_project.yml, and those below a project's name."""
    section = content.get("vars")
    if section is None:
        return {}, {}
    if not isinstance(section, dict):
        raise UsageError(f"{file}: vars must map names to values, not {shortened(section)}")
    own = section.get(name)
    return _named(section), _named(own if isinstance(own, dict) else {})


def _named(section: Mapping[Any, Any]) -> dict[str, object]:
    return {str(name): value for name, value in section.items()}


def _unknown(name: str) -> list[str]:
    """What is wrong with a name that is not known; nothing when it is somebody else's."""
    plain = {_letters(known): known for known in _BY_NAME}
    same = plain.get(_letters(name)) if name.lower().startswith("snowplow") else None
    if same is None and not name.startswith(PREFIX):
        return []
    endings = {known.removeprefix(PREFIX): known for known in _BY_NAME}
    near = get_close_matches(name.removeprefix(PREFIX).lower(), endings, n=1)
    proposed = same or (endings[near[0]] if near else None)
    known = (
        f"; did you mean {proposed!r}?"
        if proposed
        else f"; the variables are {', '.join(item.name for item in VARIABLES)}"
    )
    return [f"there is no variable {name!r}{known}"]


def _letters(name: str) -> str:
    return re.sub("[^a-z]", "", name.lower())


def _value(variable: Variable, value: object) -> object:
    """The value, dates as ISO text. Raises ValueError saying what it must be."""
    if value is None and (variable.default is None or variable.kind == "list"):
        return None
    if variable.kind == "date":
        return _date(value, (EARLIEST, LATEST))
    if variable.kind == "flag":
        if not isinstance(value, bool):
            raise ValueError("true or false")
    elif variable.kind == "text":
        if not isinstance(value, str) or not value:
            raise ValueError(f"a name, such as {variable.default or 'my_database'}{_in_quotes(value)}")
    elif variable.kind == "list":
        if not isinstance(value, list | tuple) or not all(isinstance(item, str) for item in value):
            raise ValueError(f"a list of texts, such as {_as_texts(value)}")
    else:
        _check_number(value, bounds_of(variable) or (0, MOST))
    return value


def _check_number(value: object, bounds: tuple[int, int]) -> None:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError("a whole number")
    least, most = bounds
    if not least <= value <= most:
        raise ValueError(f"between {least} and {most:,}")


def _date(value: object, bounds: tuple[date, date]) -> str:
    """YAML may already have made it a date. Raises ValueError."""
    what = "a date such as 2025-01-31"
    if isinstance(value, date) and not isinstance(value, datetime):
        day = value
    elif not isinstance(value, str) or not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        raise ValueError(what)
    else:
        try:
            day = date.fromisoformat(value)
        except ValueError:
            raise ValueError(f"{what}, a day of the calendar") from None
    if not bounds[0] <= day <= bounds[1]:
        raise ValueError(f"between {bounds[0]} and {bounds[1]}")
    return day.isoformat()


def _as_texts(value: object) -> list[str]:
    """The list that was perhaps meant: YAML makes numbers of what looks like one, and `010` becomes 8."""
    meant = [
        str(item) for item in (value if isinstance(value, list | tuple) else [value]) if isinstance(item, str | int)
    ]
    return meant or ["shop"]


def _in_quotes(value: object) -> str:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return f" (in quotes: '{value}')" if is_number else ""
