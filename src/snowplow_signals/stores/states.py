"""How the sync of a view stands, as a store keeps it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class SyncState:
    """How the sync of a view stands. Times are UTC, without a zone; None: not yet.

    `rows_*` and `seconds` are of the last sync that completed; `failures` counts those that failed since then.
    """

    view: str
    key: str | None = None
    """The entity's key by which the profiles are read."""
    source: str | None = None
    """The table that was copied; of another one nothing has been."""
    watermark: datetime | None = None
    """Everything in the source up to this change has been copied."""
    watermark_rows: int = 0
    """How many rows of the source had just this time: more of them may come."""
    settled: tuple[int, int] | None = None
    """Rows in the source and profiles here after the last whole copy, when they could not be made to agree."""
    pruned_before: datetime | None = None
    """Profiles that last changed before this were removed: their time to live was over."""
    started_at: datetime | None = None
    finished_at: datetime | None = None
    """When the last sync that completed began, and ended: what is served was true at `started_at`."""
    seconds: float | None = None
    rows_changed: int = 0
    rows_written: int = 0
    rows_removed: int = 0
    rows_unusable: int = 0
    profiles: int = 0
    withheld: int = 0
    failures: int = 0
    error: str | None = None
    failed_at: datetime | None = None
    retry_at: datetime | None = None

    def to_text(self) -> str:
        """As JSON."""
        return json.dumps(asdict(self), default=datetime.isoformat)

    @classmethod
    def from_text(cls, text: str) -> SyncState:
        """What `to_text` wrote; what a later version wrote beside it is left out."""
        data: dict[str, Any] = json.loads(text)
        known = {field.name: data[field.name] for field in fields(cls) if field.name in data}
        for name in _MOMENTS & known.keys():
            known[name] = known[name] and datetime.fromisoformat(known[name])
        if known.get("settled") is not None:
            known["settled"] = tuple(known["settled"])
        return cls(**known)


_MOMENTS = {"watermark", "pruned_before", "started_at", "finished_at", "failed_at", "retry_at"}
