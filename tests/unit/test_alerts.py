"""Alerts, sent to a server of this machine: what arrives, when it is tried again, and what is never said."""

from __future__ import annotations

import hashlib
import hmac
import json
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from tests.unit.test_metrics_file import result

from snowplow_signals.alerts.alert import Alert, Message
from snowplow_signals.alerts.webhook import ATTEMPTS, Webhook
from snowplow_signals.cli import alerting
from snowplow_signals.errors import AlertError, BusyError, QualityError, RunError, UsageError
from snowplow_signals.run.quality import FailedExpectation

SECRET = "a-secret-of-the-tests"
ALERT = Alert("run_failed", "shop_1", "the run of shop_1 failed: Zoë", {"error": "RunError"})
PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "monitor.md"


class Receiver:
    """Answers with each of `answers`, and then with 204; an answer is a status, headers, and how long it takes."""

    def __init__(self, *answers: tuple[int, dict[str, str], float]) -> None:
        self.answers = list(answers)
        self.requests: list[tuple[str, dict[str, str], bytes]] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                receiver.requests.append((self.path, headers, body))
                status, more, seconds = receiver.answers.pop(0) if receiver.answers else (204, {}, 0.0)
                time.sleep(seconds)
                self.send_response(status)
                for name, value in more.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", "0")
                self.end_headers()

            do_GET = do_POST

            def log_message(self, *_: object) -> None: ...

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hooks/a-path-that-is-secret?token=xyz"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    found = Receiver()
    yield found
    found.stop()


def sent(receiver: Receiver, *alerts: Alert, **more: Any) -> list[float]:
    """Send alerts; returns the pauses that were made."""
    pauses: list[float] = []
    webhook = Webhook(receiver.url, **{"secret": SECRET, "timeout": 2.0} | more)
    webhook.send(Message.of("run", alerts or (ALERT,)), sleep=pauses.append)
    return pauses


def test_what_arrives(receiver: Receiver) -> None:
    before = time.time()
    assert sent(receiver) == []
    [(path, headers, body)] = receiver.requests
    assert path == "/hooks/a-path-that-is-secret?token=xyz"
    assert headers["content-type"] == "application/json"
    assert before - 1 <= int(headers["x-signals-timestamp"]) <= time.time()
    signed = headers["x-signals-timestamp"].encode() + b"." + body
    expected = "v1=" + hmac.new(SECRET.encode(), signed, hashlib.sha256).hexdigest()
    assert headers["x-signals-signature"] == expected
    found = json.loads(body)
    assert (found["format"], found["sender"]) == (1, "run")
    assert found["alerts"] == [
        {
            "kind": "run_failed",
            "subject": "shop_1",
            "message": "the run of shop_1 failed: Zoë",
            "details": {"error": "RunError"},
            "state": "firing",
        }
    ]


def test_the_check_of_the_documentation_tells_a_right_signature_from_wrong_ones(receiver: Receiver) -> None:
    code = PAGE.read_text("utf-8").partition("```python\n")[2].partition("```")[0]
    found: dict[str, Any] = {}
    exec(code, found)
    sent(receiver)
    [(_, headers, body)] = receiver.requests
    given = headers["x-signals-timestamp"], headers["x-signals-signature"]
    assert found["is_genuine"](SECRET, *given, body)
    assert not found["is_genuine"]("another", *given, body)
    assert not found["is_genuine"](SECRET, *given, body + b" ")
    assert not found["is_genuine"](SECRET, str(int(given[0]) + 1), given[1], body)
    late = str(int(time.time()) - 3600)
    again = "v1=" + hmac.new(SECRET.encode(), late.encode() + b"." + body, hashlib.sha256).hexdigest()
    assert not found["is_genuine"](SECRET, late, again, body)


def test_nothing_is_signed_without_a_secret(receiver: Receiver) -> None:
    sent(receiver, secret=None)
    assert "x-signals-signature" not in receiver.requests[0][1]


def test_what_may_pass_is_tried_again_with_longer_pauses_and_the_same_id(receiver: Receiver) -> None:
    receiver.answers = [(503, {}, 0), (500, {}, 0), (429, {"Retry-After": "7"}, 0)]
    assert sent(receiver) == [1.0, 2.0, 7.0]
    assert len({json.loads(body)["id"] for _, _, body in receiver.requests}) == 1
    assert len(receiver.requests) == 4


def test_it_is_given_up_after_some_attempts(receiver: Receiver) -> None:
    receiver.answers = [(502, {"Retry-After": "86400"}, 0)] * 10
    pauses: list[float] = []
    with pytest.raises(AlertError, match=rf"in {ATTEMPTS} attempts: it answered 502") as raised:
        Webhook(receiver.url, SECRET).send(Message.of("run", [ALERT]), sleep=pauses.append)
    assert len(receiver.requests) == ATTEMPTS
    assert pauses == [10.0, 10.0, 10.0]
    assert_says_no_secret(str(raised.value))


@pytest.mark.parametrize("status", [400, 401, 404, 410, 422])
def test_what_is_refused_is_not_tried_again(receiver: Receiver, status: int) -> None:
    receiver.answers = [(status, {}, 0)]
    with pytest.raises(AlertError, match=f"it answered {status}"):
        sent(receiver)
    assert len(receiver.requests) == 1


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_redirects_are_not_followed(receiver: Receiver, status: int) -> None:
    other = Receiver()
    try:
        receiver.answers = [(status, {"Location": other.url}, 0)]
        with pytest.raises(AlertError, match="redirects are not followed"):
            sent(receiver)
        assert len(receiver.requests) == 1
        assert other.requests == []
    finally:
        other.stop()


def test_a_receiver_that_does_not_answer_is_waited_for_briefly(receiver: Receiver) -> None:
    receiver.answers = [(200, {}, 1.0)] * ATTEMPTS
    began = time.monotonic()
    with pytest.raises(AlertError, match=r"no answer within 0\.1 s") as raised:
        sent(receiver, timeout=0.1)
    assert time.monotonic() - began < 3
    assert_says_no_secret(str(raised.value))


def test_a_receiver_that_is_not_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as bound:
        port = bound.getsockname()[1]
    url = f"http://user:password@127.0.0.1:{port}/hooks/a-path-that-is-secret?token=xyz"
    pauses: list[float] = []
    with pytest.raises(AlertError, match=rf"http://127\.0\.0\.1:{port} in {ATTEMPTS} attempts") as raised:
        Webhook(url, SECRET).send(Message.of("run", [ALERT]), sleep=pauses.append)
    assert pauses == [1.0, 2.0, 4.0]
    assert_says_no_secret(str(raised.value))


def assert_says_no_secret(text: str) -> None:
    assert "secret" not in text
    assert "xyz" not in text
    assert "password" not in text


def test_secrets_are_not_in_what_python_shows(receiver: Receiver) -> None:
    assert_says_no_secret(repr(Webhook(receiver.url, SECRET)))


@pytest.mark.parametrize("url", ["", "ftp://a/b", "alerts.example.com/x", "https://", "http://[::1/secret-token"])
def test_what_is_no_url_is_refused_and_not_shown(url: str) -> None:
    with pytest.raises(UsageError, match="--alert-url must be a URL") as raised:
        Webhook(url)
    assert "secret-token" not in str(raised.value)


def test_an_empty_secret_and_a_secret_alone_are_refused() -> None:
    with pytest.raises(UsageError, match="is empty"):
        Webhook("https://alerts.example.com", " ")
    with pytest.raises(UsageError, match="give both"):
        alerting.webhook(None, "secret")
    assert alerting.webhook(None, None) is None


def test_runs_that_failed_are_alerts_and_others_are_not() -> None:
    found = alerting.failures(["a_1", "b_1", "c_1"], [RunError("x" * 9_000), object(), BusyError("held")])
    assert [(one.kind, one.subject, one.details["error"]) for one in found] == [
        ("run_failed", "a_1", "RunError"),
        ("run_failed", "c_1", "BusyError"),
    ]
    assert len(found[0].message) == 2_000


def test_expectations_that_are_not_met_are_alerts() -> None:
    failed = FailedExpectation("Shop_v1", "clicks", "min", "the smallest value is 0")
    refused = QualityError("nothing was published", failed=(replace(failed, attribute="x" * 9_000),))
    outcomes = [result(expectations_failed=(failed,)), refused, RunError("no"), result()]
    first, second = alerting.expectations(["a_1", "b_1", "c_1", "d_1"], outcomes)
    assert (first.kind, first.subject, first.state) == ("expectation_failed", "Shop_v1", "firing")
    assert first.message == "Shop_v1, attribute 'clicks' is not as expected: the smallest value is 0"
    assert first.details == {"project": "a_1", "attribute": "clicks", "rule": "min", "is_published": True}
    assert (second.details["project"], second.details["is_published"]) == ("b_1", False)
    assert len(second.message) == 2_000


def test_a_receiver_that_is_down_changes_nothing_but_is_said(
    receiver: Receiver, capsys: pytest.CaptureFixture[str]
) -> None:
    receiver.answers = [(400, {}, 0)]
    webhook = Webhook(receiver.url, SECRET)
    alerting.send(webhook, [])
    assert receiver.requests == []
    alerting.send(webhook, [ALERT])
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("Warning: the alert was not taken by http://127.0.0.1:")
    assert_says_no_secret(said.err)
