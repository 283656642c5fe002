"""What an alert says, and how it is signed."""

from __future__ import annotations

import hashlib
import hmac
import json
import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from snowplow_signals.distribution import VERSION

FORMAT = 1
Kind = Literal["run_failed", "view_stale", "expectation_failed"]
State = Literal["firing", "resolved"]
TIMESTAMP_HEADER, SIGNATURE_HEADER = "X-Signals-Timestamp", "X-Signals-Signature"
SIGNATURE_VERSION = "v1"


@dataclass(frozen=True)
class Alert:
    """One thing that is wrong, or is not any more. `subject`: the project or the view, by its full name."""

    kind: Kind
    subject: str
    message: str
    """For people."""
    details: dict[str, Any] = field(default_factory=dict)
    state: State = "firing"


@dataclass(frozen=True)
class Message:
    """Alerts that are sent together. Its id is the same however often it is tried: a receiver may see it twice."""

    sender: Literal["run", "serve"]
    alerts: tuple[Alert, ...]
    id: str
    sent_at: datetime

    @classmethod
    def of(cls, sender: Literal["run", "serve"], alerts: Sequence[Alert]) -> Message:
        """A new one, of now."""
        return cls(sender, tuple(alerts), str(uuid.uuid4()), datetime.now(UTC))

    def body(self) -> bytes:
        """The JSON that is sent."""
        data = {
            "format": FORMAT,
            "id": self.id,
            "sent_at": self.sent_at.isoformat(),
            "sender": self.sender,
            "version": VERSION,
            "alerts": [asdict(alert) for alert in self.alerts],
        }
        return json.dumps(data, ensure_ascii=False).encode("utf-8", "replace")


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """HMAC-SHA256 over the time and the body: who has the secret can tell that both are as they were sent."""
    signed = timestamp.encode() + b"." + body
    return f"{SIGNATURE_VERSION}={hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()}"
