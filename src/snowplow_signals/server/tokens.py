"""Authentication and rights: bearer tokens, static or exchanged for an API key.

An API key is exchanged for a token that is signed (HS256) and expires. A token is accepted while its key is not
revoked, which is known from the definitions in memory: revoking takes effect within about a second everywhere.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
import secrets
import time
from pathlib import Path

import jwt

from snowplow_signals.errors import UsageError
from snowplow_signals.registry.keys import SCOPES, ApiKey
from snowplow_signals.server.definitions_cache import Definitions

AUDIENCE = "snowplow-signals"
ALGORITHM = "HS256"
LEAST_KEY_BYTES = 32
REMEMBERED = 10_000
LOOK_AGAIN_SECONDS = 1.0
LEEWAY_SECONDS = 10
"""Clocks of several machines differ: a token issued a moment ahead is accepted, and one that expired a moment ago."""

Rights = frozenset[str]
ALL_RIGHTS: Rights = frozenset(SCOPES)
METRICS_ALONE: Rights = frozenset({"metrics"})
"""What the token of a scraper grants: counts, and nothing that is counted."""


class Tokens:
    """Issues and checks tokens."""

    def __init__(
        self,
        definitions: Definitions,
        *,
        static: str | None,
        signing_key: bytes,
        seconds: int,
        is_loopback: bool,
        metrics: str | None = None,
    ) -> None:
        self._definitions = definitions
        self._static = _digest(static.encode()) if static else None
        self._mark = f"static {_digest(self._static).hex()[:32]}" if self._static else None
        self.signing_key = signing_key
        self._metrics = _digest(metrics.encode()) if metrics else None
        self._seconds = seconds
        self._is_loopback = is_loopback
        # Digest of a token whose signature was right -> when it expires, its key, its rights.
        self._known: dict[bytes, tuple[float, float, str, Rights]] = {}
        self._asked: dict[str, float] = {}  # key that was not active -> when the registry was last asked about it

    @property
    def are_needed(self) -> bool:
        """False only while nobody else can reach the service, no token was set, and there never was an API key."""
        return not self._is_loopback or self._static is not None or self._definitions.snapshot.has_keys

    def issue(self, key: ApiKey) -> str:
        """A token for the holder of the key."""
        now = int(time.time())
        claims = {
            "sub": key.key_id,
            "org": key.org_id,
            "scope": " ".join(key.scopes),
            "aud": AUDIENCE,
            "iat": now,
            "exp": now + self._seconds,
        }
        return jwt.encode(claims, self.signing_key, algorithm=ALGORITHM)

    def rights(self, header: bytes | None) -> Rights | None:
        """What the bearer of an Authorization header may do; None when it is missing, invalid or expired."""
        token = _token_in(header)
        if token is None:
            return None
        digest = _digest(token)
        if self._static is not None and hmac.compare_digest(digest, self._static):
            return ALL_RIGHTS
        if self._metrics is not None and hmac.compare_digest(digest, self._metrics):
            return METRICS_ALONE
        key_id, rights = self._holder(digest, token)
        return rights if key_id in self._definitions.snapshot.active_keys else None

    def mark_of_static(self, token: str) -> str | None:
        """What a session keeps of the static token, if this is it: it ends when the token is another one."""
        digest = _digest(token.encode("utf-8", "surrogatepass"))
        is_right = self._static is not None and hmac.compare_digest(digest, self._static)
        return self._mark if is_right else None

    def is_active(self, holder: str) -> bool:
        """Whether this is the id of a key that is not revoked, or the mark of the static token."""
        return holder in self._definitions.snapshot.active_keys or (self._mark is not None and holder == self._mark)

    def may_be_new(self, header: bytes | None) -> bool:
        """Whether a header that gives no rights may give some once the definitions are refreshed.

        Its token is correctly signed, here or by another process, for a key that may have been created a moment ago. At
        most once a second for each key.
        """
        token = _token_in(header)
        key_id, _ = self._holder(_digest(token), token) if token else (None, frozenset())
        moment = time.monotonic()
        if key_id is None or moment - self._asked.get(key_id, -LOOK_AGAIN_SECONDS) < LOOK_AGAIN_SECONDS:
            return False
        if len(self._asked) >= REMEMBERED:
            self._asked.clear()
        self._asked[key_id] = moment
        return True

    def _holder(self, digest: bytes, token: bytes) -> tuple[str | None, Rights]:
        """The key that a token was given for, and its rights; no key when it is wrong or expired."""
        known = self._known.get(digest) or self._verified(digest, token)
        if known is None:
            return None, frozenset()
        begins, expires, key_id, rights = known
        if not begins - LEEWAY_SECONDS <= time.time() < expires + LEEWAY_SECONDS:
            self._known.pop(digest, None)
            return None, frozenset()
        return key_id, rights

    def _verified(self, digest: bytes, token: bytes) -> tuple[float, float, str, Rights] | None:
        try:
            claims = jwt.decode(
                token,
                self.signing_key,
                algorithms=[ALGORITHM],
                audience=AUDIENCE,
                leeway=LEEWAY_SECONDS,
                options={"require": ["exp", "sub", "scope"]},
            )
        except jwt.InvalidTokenError:
            return None
        if len(self._known) >= REMEMBERED:
            self._known.clear()
        begins = max(float(claims.get("iat", 0)), float(claims.get("nbf", 0)))
        rights = frozenset(claims["scope"].split()) & ALL_RIGHTS
        found = (begins, float(claims["exp"]), str(claims["sub"]), rights)
        self._known[digest] = found
        return found


def _digest(token: bytes) -> bytes:
    return hashlib.sha256(token).digest()


def _token_in(header: bytes | None) -> bytes | None:
    """The token of `Bearer <token>`, or the password of `Basic ...`, which is what browsers can send."""
    scheme, _, value = (header or b"").partition(b" ")
    value = value.strip()
    if scheme.lower() == b"bearer":
        return value or None
    if scheme.lower() == b"basic":
        try:
            return base64.b64decode(value, validate=True).partition(b":")[2] or None
        except binascii.Error:
            return None
    return None


def read_signing_key(file: Path) -> bytes:
    """The key that tokens are signed with; the file is created, for its owner only, when it is missing. Raises
    UsageError when it cannot be read or created, is too short, or can be read by others.
    """
    try:
        if not file.exists():
            _make(file)
        key, found = file.read_bytes().strip(), file.stat()
    except OSError as error:
        raise UsageError(f"the signing key {file} can neither be read nor created: {error.strerror}") from error
    if len(key) < LEAST_KEY_BYTES:
        raise UsageError(f"the signing key {file} is too short; put at least {LEAST_KEY_BYTES} random characters in it")
    check_private(file, found, "the signing key", "could forge tokens with it")
    return key


def check_private(file: Path, found: os.stat_result, what: str, harm: str) -> None:
    """Raises UsageError when others can read a key, or put another one there.

    A file of root's, as secrets are mounted for other users, may be read by the group.
    """
    is_mounted = found.st_uid == 0 != os.geteuid() if os.name == "posix" else False
    if os.name == "posix" and found.st_mode & (0o037 if is_mounted else 0o077):
        raise UsageError(
            f"{what} {file} is open to other users of this machine (mode {found.st_mode & 0o777:04o}), who {harm}: "
            f"`chmod 600 {file}`, and put a new key there if somebody may have read it"
        )


def _make(file: Path) -> None:
    # written under another name, then linked: several processes that start at once all read the same key
    part = file.with_name(f"{file.name}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as new:
        new.write(secrets.token_urlsafe(48))
    try:
        os.link(part, file)
    except FileExistsError:
        pass
    finally:
        part.unlink()
