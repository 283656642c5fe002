"""A service's settings."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from snowplow_signals.alerts.webhook import Webhook
from snowplow_signals.errors import UsageError
from snowplow_signals.registry import DEFAULT_FILE as REGISTRY_FILE
from snowplow_signals.stores import DEFAULT_FILE as STORE_FILE
from snowplow_signals.stores.places import file_of

SIGNING_KEY_FILE = "signing.key"


@dataclass(frozen=True)
class Limits:
    """What one request may ask for. More is refused with status 413, 422, or 504 when it takes too long."""

    body_bytes: int = 1 << 20
    nesting: int = 50
    keys: int = 100
    key_characters: int = 128
    identifiers: int = 1_000
    attributes: int = 1_000
    identifier_characters: int = 1_000
    name_characters: int = 300
    profiles: int = 100_000
    profile_bytes: int = 64 << 20
    seconds: float = 30.0


@dataclass(frozen=True)
class ConnectionLimits:
    """What a connection may take before, and beside, what its requests ask for.

    `head_*`: the URL and the headers of a request. A body has `body_seconds` to arrive; of an answer at least
    `write_bytes` have to be read within each `write_seconds`. `connections` is for all together, and is lowered to what
    the process may have descriptors for.
    """

    connections: int = 5_000
    pipelined: int = 16
    headers: int = 100
    head_bytes: int = 64 << 10
    head_seconds: float = 10.0
    body_seconds: float = 35.0
    idle_seconds: int = 30
    write_bytes: int = 64 << 10
    write_seconds: float = 20.0
    handshake_seconds: float = 10.0


@dataclass(frozen=True)
class Settings:
    """`folder` holds what is not configured otherwise: registry, profiles, the key that tokens are signed with,
    profiles.yml.

    `token`: a static bearer token with all rights. Without one, and without API keys, the service is open to this
    machine only. `metrics_token`: one that grants `/metrics` alone, for what scrapes it.
    `alerts` is told of stale views: also of those whose table did not change for `stale_after`.
    """

    folder: Path
    store_url: str | None = None
    registry_url: str | None = None
    host: str = "127.0.0.1"
    port: int = 8000
    token: str | None = None
    metrics_token: str | None = None
    signing_key_file: Path | None = None
    token_seconds: int = 3_600
    sync_seconds: float = 300.0
    profile_target: str | None = None
    alerts: Webhook | None = None
    stale_after: timedelta | None = timedelta(hours=48)
    limits: Limits = Limits()
    connection_limits: ConnectionLimits = ConnectionLimits()

    @property
    def store(self) -> str | Path:
        return self.store_url or self.folder / STORE_FILE

    @property
    def has_store_in_file(self) -> bool:
        """Whether the profiles are kept in a file of this machine: in SQLite."""
        return file_of(self.store) is not None

    @property
    def registry(self) -> str | Path:
        return self.registry_url or self.folder / REGISTRY_FILE

    @property
    def signing_key(self) -> Path:
        return self.signing_key_file or self.folder / SIGNING_KEY_FILE

    @property
    def is_loopback(self) -> bool:
        """Whether only this machine can reach the service."""
        return is_loopback(self.host)


def is_loopback(host: str) -> bool:
    """Whether the name or address is this machine's own."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def check_reach(settings: Settings, *, has_keys: bool) -> None:
    """Raises UsageError for a service that others can reach without authentication."""
    if settings.is_loopback or settings.token or has_keys:
        return
    raise UsageError(
        f"--host {settings.host} lets other machines in, and the service has no authentication: create an API key with "
        "`keys create`, or set a token with SNOWPLOW_SANDBOX_TOKEN"
    )
