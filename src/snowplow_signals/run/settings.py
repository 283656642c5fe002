"""The variables of a run, and how many rows it takes at once."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from snowplow_signals.dialects import dialect_named
from snowplow_signals.errors import UsageError
from snowplow_signals.project.packages import PROJECT_FILE
from snowplow_signals.project.variables import EARLIEST, LATEST, VARIABLES, checked, project_variables

_GENERATED = {variable.name: variable.default for variable in VARIABLES}

BYTES_PER_ROW = 2_500
"""Memory per row while its chunk is taken, a generous estimate: the columns of a view, held several times."""


def chunk_rows(target_type: str) -> int:
    """Rows of load after which a chunk ends with its hour, unless the user says: what suits the warehouse; for one in
    this process, what fits a quarter of the memory."""
    suitable = dialect_named(target_type).chunk_rows
    if suitable is not None:
        return suitable
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return max(200_000, memory // 4 // BYTES_PER_ROW)


@dataclass(frozen=True)
class RunSettings:
    """The variables of a run: those `given` for it take precedence over those of the `project`."""

    project: dict[str, object]
    given: dict[str, object]
    warnings: tuple[str, ...]

    @classmethod
    def read(cls, folder: Path, given: dict[str, object]) -> RunSettings:
        if not (folder / PROJECT_FILE).is_file():
            raise UsageError(f"{folder} holds no dbt project (no {PROJECT_FILE}); run `generate` first")
        project, warnings = project_variables(folder)
        given, more = checked(given, "--vars")
        return cls(project, given, (*warnings, *more))

    def value(self, name: str) -> object:
        return self.given.get(name, self.project.get(name))

    def setting(self, name: str) -> object:
        """The value, or the generated default."""
        value = self.value(name)
        return _GENERATED[name] if value is None else value

    @property
    def limit_days(self) -> int:
        """The bound on a chunk's days of load; -1 when the user left it as it was generated."""
        name = "snowplow__backfill_limit_days"
        value = self.value(name)
        if value is None or (name not in self.given and value == _GENERATED[name]):
            return -1
        assert isinstance(value, int)  # checked when it was read
        return value if value < 0 else max(value, 1)

    @property
    def limit_rows(self) -> int | None:
        """The rows after which a chunk ends with its hour; None: as many as suit the warehouse."""
        value = self.value("snowplow__backfill_limit_rows")
        assert value is None or isinstance(value, int)  # checked when it was read
        return value

    @property
    def days_shifted(self) -> int:
        """By how many days windows end later than the day before `as_of`: 1 if they include the current day."""
        return 1 if self.setting("snowplow__include_current_day_in_windows") else 0

    @property
    def lookback_days(self) -> int:
        """Days of load that are compared with the ledger again; -1: all."""
        value = self.setting("snowplow__load_lookback_days")
        assert isinstance(value, int)  # checked when it was read
        return value

    def as_of(self, asked: date | None, planned_at: datetime) -> date:
        value = self.value("snowplow__as_of_date")
        day = asked or (planned_at.date() if value is None else date.fromisoformat(str(value)))
        if not EARLIEST <= day <= LATEST:
            raise UsageError(f"as of {day}: the day must lie between {EARLIEST} and {LATEST}")
        return day

    def odd_day(self, as_of: date, planned_at: datetime) -> list[str]:
        """A warning when attributes are computed as of a day in the future, or before all events."""
        start, today = self.value("snowplow__start_date"), planned_at.date()
        if as_of > today:
            return [
                f"as of {as_of}, which is {(as_of - today).days:,} days after today ({today}, UTC): the last days of "
                "every window have no events yet. Without --as-of and snowplow__as_of_date it is computed as of today"
            ]
        if start is not None and as_of < date.fromisoformat(str(start)):
            return [
                f"as of {as_of}, which is before snowplow__start_date ({start}): no event is that old, so nobody has "
                "attributes"
            ]
        return []
