"""Requests and answers, and which error each failure becomes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import httpx2

from snowplow_signals.distribution import NAME, VERSION
from snowplow_signals.errors import ServiceError, SignalsAPIError, UsageError

API = "/api/v1"
DONE = (200, 201, 202)
_HARMLESS = re.compile(r"(\w+://)?[\w.-]*(:[0-9]+)?(/[\w./-]*)?")
"""Where a URL cannot hold a password."""


class Transport:
    """The service at `api_url`, called with JSON. It can be used by several threads.

    `verify` is False, or a file of certificates, for a service whose certificate this machine does not know.
    """

    def __init__(
        self,
        api_url: str,
        auth: httpx2.Auth | None,
        *,
        timeout: float,
        verify: bool | str = True,
        transport: httpx2.BaseTransport | None = None,
    ) -> None:
        self.api_url = checked_url(api_url, "api_url")
        self._http = httpx2.Client(auth=auth, timeout=timeout, headers=headers(), verify=verify, transport=transport)

    def call(self, method: str, path: str, body: Any = None, params: Mapping[str, str] | None = None) -> Any:
        """The JSON of the answer. Raises SignalsAPIError when the service refuses, else ServiceError."""
        answer = self._answer(method, f"{API}/{path}", body, params)
        if answer.status_code not in DONE:
            raise SignalsAPIError(answer.status_code, _content(answer), f"{method} {answer.request.url}")
        return _json(answer)

    def read(self, path: str, body: Any = None, params: Mapping[str, str] | None = None) -> Any:
        """As `call`, for reads: GET, or POST with a body. Retried once when the connection breaks."""
        method = "GET" if body is None else "POST"
        try:
            return self.call(method, path, body, params)
        except ServiceError as error:
            if not isinstance(error.__cause__, httpx2.NetworkError | httpx2.RemoteProtocolError):
                raise
            return self.call(method, path, body, params)

    def headers_and_rows(self, path: str, body: Any) -> tuple[Mapping[str, str], Any]:
        """As `call` with POST, with the answer's headers."""
        answer = self._answer("POST", f"{API}/{path}", body, None)
        if answer.status_code not in DONE:
            raise SignalsAPIError(answer.status_code, _content(answer), f"POST {answer.request.url}")
        return answer.headers, _json(answer)

    def health(self) -> Any:
        """What `/health-all` says, asked without a token; its status is another than 200 when something is down."""
        answer = self._answer("GET", "/health-all", None, None, auth=None)
        return _json(answer)

    def close(self) -> None:
        self._http.close()

    def _answer(
        self, method: str, path: str, body: Any, params: Mapping[str, str] | None, **more: Any
    ) -> httpx2.Response:
        url = self.api_url + path
        try:
            return self._http.request(method, url, json=body, params=params, **more)
        except httpx2.TimeoutException as error:
            raise ServiceError(f"{method} {url}: timed out; is the service busy, or the timeout too short?") from error
        except httpx2.RequestError as error:
            raise ServiceError(
                f"{method} {url}: the service cannot be reached: {error or type(error).__name__}"
            ) from error


def checked_url(url: str, name: str) -> str:
    """The URL without a slash at its end. Raises UsageError when it is not an HTTP URL. It is shown in messages, so it
    must not contain secrets: those belong in their own options.
    """
    try:
        parsed = httpx2.URL(url.strip())
        is_usual = parsed.scheme in ("http", "https") and bool(parsed.host)
    except httpx2.InvalidURL:
        is_usual = False
    if not is_usual or any(mark in url for mark in "@?#"):
        shown = f" {url!r}" if _HARMLESS.fullmatch(url) else ", which is not shown as it may contain a password,"
        raise UsageError(f"{name}{shown} must be a URL such as https://signals.example.com")
    return str(parsed).rstrip("/")


def headers() -> dict[str, str]:
    """The headers that name the client."""
    name = f"{NAME} {VERSION}"
    return {"Accept": "application/json", "X-Signals-Sdk-Name": name, "User-Agent": name.replace(" ", "/")}


def _content(answer: httpx2.Response) -> Any:
    try:
        return answer.json()
    except ValueError:
        return answer.text


def _json(answer: httpx2.Response) -> Any:
    try:
        return answer.json()
    except ValueError as error:
        raise ServiceError(
            f"{answer.request.method} {answer.request.url}: status {answer.status_code} without JSON; is api_url the "
            "URL of a Signals service?"
        ) from error
