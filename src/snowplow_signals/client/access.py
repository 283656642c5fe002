"""Who asks: a static token, or one that is exchanged for an API key, and again when it has expired."""

from __future__ import annotations

import base64
import binascii
import json
import threading
import time
from collections.abc import Generator
from urllib.parse import quote, urlsplit

import httpx2

from snowplow_signals.errors import ServiceError, SignalsAPIError, UsageError

CONSOLE_URL = "https://console.snowplowanalytics.com"
_SNOWPLOW_DOMAINS = ("snowplowanalytics.com", "snowplow.io", "snplow.net")
_PATH = "/api/msc/v1/organizations/{org_id}/credentials/v3/token"
_EARLY_SECONDS = 10
"""So long before it expires a token is taken for expired: the request has a way to go."""


class StaticToken(httpx2.Auth):
    """The same token with every request."""

    def __init__(self, token: str) -> None:
        self._header = _bearer(token, "sandbox_token")

    def auth_flow(self, request: httpx2.Request) -> Generator[httpx2.Request, httpx2.Response, None]:
        request.headers["Authorization"] = self._header
        yield request


class ExchangedKey(httpx2.Auth):
    """An access token that is fetched for an API key when it is first needed, and again when it has expired.

    It is also fetched again when the service does not accept it although it has not expired by this machine's clock:
    such a request was refused unprocessed, so nothing is done twice. Requests of several threads share one token.
    """

    requires_response_body = True

    def __init__(self, console_url: str, org_id: str, key_id: str, key: str, headers: dict[str, str]) -> None:
        self._url = console_url.rstrip("/") + _PATH.format(org_id=quote(org_id, safe=""))
        self._headers = {**headers, "X-API-Key-Id": key_id, "X-API-Key": key}
        self._lock = threading.Lock()
        self._token: str | None = None
        self._expires = 0.0

    def sync_auth_flow(self, request: httpx2.Request) -> Generator[httpx2.Request, httpx2.Response, None]:
        token = self._valid()
        is_new = token is None
        if token is None:
            token = yield from self._fetched()
        request.headers["Authorization"] = f"Bearer {token}"
        answer = yield request
        if answer.status_code == 401 and not is_new:
            request.headers["Authorization"] = f"Bearer {(yield from self._fetched())}"
            yield request

    def _valid(self) -> str | None:
        with self._lock:
            return self._token if time.time() < self._expires - _EARLY_SECONDS else None

    def _fetched(self) -> Generator[httpx2.Request, httpx2.Response, str]:
        answer = yield httpx2.Request("GET", self._url, headers=self._headers)
        answer.read()
        token = self._token_in(answer)
        with self._lock:
            self._token, self._expires = token, _expiry(token)
        return token

    def _token_in(self, answer: httpx2.Response) -> str:
        where = f"GET {self._url}"
        if not answer.is_success:
            try:
                body = answer.json()
            except ValueError:
                body = answer.text
            raise SignalsAPIError(answer.status_code, body, where)
        try:
            token = answer.json()["accessToken"]
        except (ValueError, KeyError, TypeError):
            token = None
        if not isinstance(token, str) or not token.isascii() or not token.isprintable():
            raise ServiceError(f'{where}: the response has no access token; expected {{"accessToken": "..."}}')
        return token


def console_of(api_url: str) -> str:
    """Where API keys are exchanged by default: at Snowplow's Console for a service that Snowplow runs, else at the
    service itself, so that the key of your own service is sent to nobody else."""
    host = (urlsplit(api_url).hostname or "").lower()
    is_snowplows = any(host == domain or host.endswith(f".{domain}") for domain in _SNOWPLOW_DOMAINS)
    return CONSOLE_URL if is_snowplows else api_url


def _bearer(token: str, name: str) -> str:
    if not token or not token.isascii() or not token.isprintable() or token != token.strip():
        raise UsageError(f"{name} is empty, or contains characters that a token cannot have")
    return f"Bearer {token}"


def _expiry(token: str) -> float:
    """When the token expires, in seconds since 1970; never, as far as one can see, when it does not say."""
    try:
        payload = token.split(".")[1]
        expires = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))["exp"]
        return float(expires)
    except (IndexError, binascii.Error, ValueError, KeyError, TypeError):
        return float("inf")
