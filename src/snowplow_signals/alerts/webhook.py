"""Sending alerts to a URL: tried again when that may help, never for long, and without saying its secrets."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from snowplow_signals.alerts.alert import SIGNATURE_HEADER, TIMESTAMP_HEADER, Message, signature
from snowplow_signals.distribution import NAME, VERSION
from snowplow_signals.errors import AlertError, UsageError

ATTEMPTS = 4
FIRST_PAUSE = 1.0
"""Seconds before the second attempt; each later pause is twice as long."""
LONGEST_PAUSE = 10.0
"""Also when the receiver asks for more with Retry-After."""
TIMEOUT_SECONDS = 10.0
"""For an attempt: connecting, and each wait for bytes of the answer."""
TRIED_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})


@dataclass(frozen=True)
class Webhook:
    """Where alerts go. Raises UsageError when that is no HTTP URL, or the secret is empty.

    Neither the secret nor the path of the URL is ever shown: with many receivers the path is a secret as well.
    """

    url: str = field(repr=False)
    secret: str | None = field(default=None, repr=False)
    timeout: float = TIMEOUT_SECONDS
    first_pause: float = FIRST_PAUSE

    def __post_init__(self) -> None:
        import httpx2

        try:
            parsed = httpx2.URL(self.url.strip())
            is_usual = parsed.scheme in ("http", "https") and bool(parsed.host)
        except httpx2.InvalidURL:
            is_usual = False
        if not is_usual:
            raise UsageError(
                "--alert-url must be a URL such as https://alerts.example.com/signals; it is not shown, as it may "
                "contain a secret"
            )
        if self.secret is not None and not self.secret.strip():
            raise UsageError("SNOWPLOW_ALERT_SECRET is empty; set one that nobody can guess, or unset it")

    @property
    def where(self) -> str:
        """What may be shown of the URL."""
        import httpx2

        parsed = httpx2.URL(self.url.strip())
        port = f":{parsed.port}" if parsed.port is not None else ""
        return f"{parsed.scheme}://{parsed.host}{port}"

    def send(self, message: Message, sleep: Callable[[float], Any] = time.sleep) -> None:
        """Send it. Raises AlertError when the receiver did not take it, after some attempts if that may have helped."""
        import httpx2

        body = message.body()
        pause = self.first_pause
        # proxies of the environment are followed, redirects are not: they could lead anywhere
        with httpx2.Client(timeout=self.timeout, follow_redirects=False) as client:
            for attempt in range(1, ATTEMPTS + 1):
                wait = pause
                try:
                    status, wanted = self._attempt(client, body)
                except httpx2.TimeoutException:
                    problem = f"no answer within {self.timeout:g} s"
                except httpx2.RequestError as error:
                    problem = f"it cannot be reached: {type(error).__name__}"  # its text may have the URL
                else:
                    if 200 <= status < 300:
                        return
                    problem = _refused(status)
                    if status not in TRIED_AGAIN:
                        raise AlertError(f"the alert was not taken by {self.where}: {problem}")
                    wait = max(pause, wanted)
                if attempt < ATTEMPTS:
                    sleep(min(wait, LONGEST_PAUSE))
                    pause *= 2
        raise AlertError(f"the alert was not taken by {self.where} in {ATTEMPTS} attempts: {problem}")

    def _attempt(self, client: Any, body: bytes) -> tuple[int, float]:
        """The status of an attempt, and how long the receiver asks to wait."""
        timestamp = str(int(time.time()))  # of the attempt: a receiver refuses what is old
        headers = {"Content-Type": "application/json", "User-Agent": f"{NAME}/{VERSION}", TIMESTAMP_HEADER: timestamp}
        if self.secret is not None:
            headers[SIGNATURE_HEADER] = signature(self.secret, timestamp, body)
        with client.stream("POST", self.url.strip(), content=body, headers=headers) as answer:
            after = answer.headers.get("retry-after", "")  # the rest of the answer is not read
            return answer.status_code, float(after) if after.isdecimal() else 0.0


def _refused(status: int) -> str:
    if 300 <= status < 400:
        return f"it answered {status}, and redirects are not followed; use the URL that it redirects to"
    return f"it answered {status}"
