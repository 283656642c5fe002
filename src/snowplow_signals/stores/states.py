"""The state of a view's sync, as a store keeps it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class SyncState:
    """The state of a view's sync. Times are UTC, without a zone; None: not yet.

    `rows_*` and `seconds` are of the last sync that completed; `failures` counts those that failed since then.
    """

    view: str
    key: str | None = None
    """The entity's key by which the profiles are read."""
    source: str | None = None
    """The table that was copied; nothing of another one was."""
    watermark: datetime | None = None
    """Everything in the source up to this change has been copied. Never later than the sync itself."""
    watermark_rows: int = 0
    """How many rows of the source had this time, or one shortly before it: more of them may come, or change."""
    settled: tuple[int, int] | None = None
    """Rows in the source and profiles here after the last whole copy, when they could not be made to agree."""
    pruned_before: datetime | None = None
    """Profiles that last changed before this were removed: their time to live had passed."""
    started_at: datetime | None = None
    finished_at: datetime | None = None
    """When the last sync that completed began, and ended: what is served was true at `started_at`."""
    seconds: float | None = None
    rows_changed: int = 0
    rows_written: int = 0
    rows_removed: int = 0
    rows_unusable: int = 0
    profiles: int = 0
    suppressed: int = 0
    failures: int = 0
    error: str | None = None
    failed_at: datetime | None = None
    retry_at: datetime | None = None
    rows_left_out: int = 0
    """Of `rows_unusable`, those that the store cannot hold, since everything was last copied."""
    rechecked_at: datetime | None = None
    """When the rows that `watermark_rows` counts were last read again."""
    ties: dict[str, int] = field(default_factory=dict)
    """Entities, by a digest, of which several of these rows have one time, and how many: which is newer is not known,
    but one that comes is."""
    layouts: tuple[tuple[str, ...], ...] = ()
    """The names of attributes that its profiles have, so that a store that lost them gets them again."""
    source_rows: int = 0
    """How many rows the source had, if more than entities. Fewer of them: some were deleted."""
    values_nulled: dict[str, int] = field(default_factory=dict)
    """Why values were made null, and how many, since everything was last copied: attribute and reason, as text."""
    rows_ahead: int = 0
    """Rows of the source whose time is in the future: every sync reads them until then."""

    def to_text(self) -> str:
        """As JSON."""
        return json.dumps(asdict(self), default=datetime.isoformat)

    @classmethod
    def kept(cls, view: str, text: str | bytes | None) -> SyncState:
        """The state of a view as a store kept it; that of a view never synced if it is missing or damaged."""
        try:
            return cls.from_text(text) if text else cls(view)
        except (ValueError, TypeError, AttributeError):
            return cls(view)

    @classmethod
    def from_text(cls, text: str | bytes) -> SyncState:
        """What `to_text` wrote; what a later version wrote beside it is left out."""
        data: dict[str, Any] = json.loads(text)
        if "withheld" in data:  # its older name
            data.setdefault("suppressed", data["withheld"])
        known = {one.name: data[one.name] for one in fields(cls) if one.name in data}
        for name in _MOMENTS & known.keys():
            known[name] = known[name] and datetime.fromisoformat(known[name])
        if known.get("settled") is not None:
            known["settled"] = tuple(known["settled"])
        known["layouts"] = tuple(tuple(names) for names in known.get("layouts") or ())
        return cls(**known)


_MOMENTS = {"watermark", "rechecked_at", "pruned_before", "started_at", "finished_at", "failed_at", "retry_at"}
