"""Sessions of browsers: a signed cookie that expires, and the tokens of its forms.

The cookie holds neither key nor token: only whose session it is. It is accepted while that key is active, by every
process of the service, since all have the same signing key. It is no access token, nor the other way round.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass

import jwt

from snowplow_signals.registry.keys import ApiKey
from snowplow_signals.server.tokens import ALGORITHM, ALL_RIGHTS, Rights, Tokens

AUDIENCE = "snowplow-signals-console"
SECONDS = 8 * 3_600
"""A working day; then one logs in again."""
REMEMBERED = 10_000
NOBODY = ""

Matching = Callable[[str, str, str], ApiKey | None]
"""The key of an organisation, an id and a secret: `registry.keys.matching`."""


@dataclass(frozen=True)
class Session:
    """One browser's session. `holder` is a key's id, the mark of the static token, or nobody's yet."""

    id: str
    holder: str
    expires: float
    rights: Rights

    @property
    def is_logged_in(self) -> bool:
        return self.holder != NOBODY


class Sessions:
    """Starts, reads and ends sessions. `tokens` is None for pages that nobody has to log in to."""

    def __init__(self, signing_key: bytes, tokens: Tokens | None) -> None:
        self._key = hmac.digest(signing_key, b"console sessions", "sha256")
        self._tokens = tokens
        self._ended: dict[str, float] = {}
        # a browser sends cookies to every port of a host: two services on one machine keep theirs apart
        self.cookie = f"signals_{hashlib.sha256(self._key).hexdigest()[:8]}"

    def start(self, holder: str = NOBODY, rights: Rights = frozenset()) -> tuple[Session, str]:
        """A session, and the value of its cookie."""
        session = Session(secrets.token_urlsafe(18), holder, time.time() + SECONDS, rights)
        claims = {
            "jti": session.id,
            "sub": session.holder,
            "scope": " ".join(sorted(rights)),
            "aud": AUDIENCE,
            "exp": int(session.expires),
        }
        return session, jwt.encode(claims, self._key, algorithm=ALGORITHM)

    def read(self, value: str | None) -> Session | None:
        """The session of a cookie; None when it is missing, forged, expired, ended, or of a key that was revoked."""
        if not value:
            return None
        try:
            claims = jwt.decode(
                value,
                self._key,
                algorithms=[ALGORITHM],
                audience=AUDIENCE,
                options={"require": ["exp", "sub", "jti", "scope"]},
            )
        except jwt.InvalidTokenError:
            return None
        rights = frozenset(str(claims["scope"]).split()) & ALL_RIGHTS
        session = Session(str(claims["jti"]), str(claims["sub"]), float(claims["exp"]), rights)
        if session.id in self._ended or not self._is_active(session):
            return None
        return session

    def log_in(self, org_id: str, key_id: str, secret: str, matching: Matching) -> tuple[Session, str] | None:
        """The session of whoever holds a key, or, without the id of one, the service's token; None when it is wrong."""
        if self._tokens is None:
            return None
        if not key_id:
            mark = self._tokens.mark_of_static(secret)
            return self.start(mark, ALL_RIGHTS) if mark is not None else None
        key = matching(org_id, key_id, secret) if "\0" not in org_id + key_id else None
        return self.start(key.key_id, frozenset(key.scopes) & ALL_RIGHTS) if key is not None else None

    def end(self, session: Session) -> None:
        """This process does not accept it any more; the browser is told to forget it."""
        now = time.time()
        if len(self._ended) >= REMEMBERED:
            self._ended = {one: expires for one, expires in self._ended.items() if expires > now}
        self._ended[session.id] = session.expires

    def form_token(self, session: Session) -> str:
        """What every form of the session carries, and no other site knows."""
        return hmac.new(self._key, f"form {session.id}".encode(), hashlib.sha256).hexdigest()

    def is_form_of(self, session: Session, token: str) -> bool:
        """Whether a form is one that this session was shown."""
        return hmac.compare_digest(self.form_token(session).encode(), token.encode("utf-8", "replace"))

    def _is_active(self, session: Session) -> bool:
        return not session.is_logged_in or (self._tokens is not None and self._tokens.is_active(session.holder))
