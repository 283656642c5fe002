"""API keys: which can be exchanged for a token, and with which rights. A key itself is shown once, and kept only as its
hash.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row

from snowplow_signals.errors import NotFoundError
from snowplow_signals.registry.tables import api_keys

SCOPES = ("read", "write")
_Transaction = Callable[[], AbstractContextManager[Connection]]


@dataclass(frozen=True)
class ApiKey:
    """An API key, without its secret. `scopes`: `read` profiles and definitions, `write` (change) them."""

    key_id: str
    org_id: str
    scopes: tuple[str, ...]
    note: str
    created_at: datetime
    revoked_at: datetime | None


class ApiKeys:
    """The API keys of a registry. All methods raise RegistryError."""

    def __init__(self, reading: _Transaction, writing: _Transaction) -> None:
        self._reading = reading
        self._writing = writing

    def create(self, org_id: str, scopes: tuple[str, ...] = SCOPES, note: str = "") -> tuple[ApiKey, str]:
        """A new key, and its secret, which cannot be read again."""
        secret = secrets.token_urlsafe(32)
        key = ApiKey(secrets.token_hex(8), org_id, scopes, note, datetime.now(UTC).replace(tzinfo=None), None)
        with self._writing() as connection:
            connection.execute(
                api_keys.insert().values(
                    key_id=key.key_id,
                    org_id=org_id,
                    key_hash=_hash(secret),
                    scopes=" ".join(scopes),
                    note=note,
                    created_at=key.created_at,
                )
            )
        return key, secret

    def list(self) -> list[ApiKey]:
        """All keys, oldest first, revoked ones included."""
        with self._reading() as connection:
            return [_key(row) for row in connection.execute(api_keys.select().order_by(api_keys.c.created_at))]

    def revoke(self, key_id: str) -> None:
        """Neither the key nor a token it was exchanged for is accepted from now on. Raises NotFoundError."""
        with self._writing() as connection:
            changed = connection.execute(
                api_keys.update()
                .where(api_keys.c.key_id == key_id, api_keys.c.revoked_at.is_(None))
                .values(revoked_at=datetime.now(UTC).replace(tzinfo=None))
            )
            if not changed.rowcount:
                raise NotFoundError(f"there is no active API key {key_id!r}; `keys list` shows all keys")

    def matching(self, org_id: str, key_id: str, secret: str) -> ApiKey | None:
        """The key, if it is known, of that organisation, not revoked, and the secret is right."""
        with self._reading() as connection:
            row = connection.execute(api_keys.select().where(api_keys.c.key_id == key_id)).one_or_none()
        # the same work whether or not the key exists
        right = hmac.compare_digest(row.key_hash if row else _hash(""), _hash(secret))
        if row is None or not right or row.revoked_at is not None or row.org_id != org_id:
            return None
        return _key(row)


def _hash(secret: str) -> str:
    # A fast hash is enough: secrets are 256 random bits, which cannot be guessed.
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def _key(row: Row[Any]) -> ApiKey:
    return ApiKey(row.key_id, row.org_id, tuple(row.scopes.split()), row.note, row.created_at, row.revoked_at)
