"""Who our client says it is: tokens that are sent, fetched, and fetched again."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from tests.clients.conftest import connected
from tests.server.service import Client, served

from snowplow_signals import Attribute, ServiceError, Signals, SignalsAPIError, SignalsSandbox, View, user_entity
from snowplow_signals.client.access import console_of

VIEW = View(
    name="shop",
    entity=user_entity,
    offline=True,
    owner="a@b.example",
    attributes=[Attribute(name="clicks", type="int64", aggregation="counter")],
)
KEY = {"api_key": "K", "api_key_id": "KID", "org_id": "an/org"}


def token(seconds: float | None) -> str:
    """A JWT, unsigned, that expires so many seconds from now, or does not say when."""
    claims = {} if seconds is None else {"exp": time.time() + seconds}
    parts = (json.dumps({"alg": "none"}), json.dumps(claims), "signature")
    return ".".join(base64.urlsafe_b64encode(part.encode()).decode().rstrip("=") for part in parts)


class Console(httpx2.BaseTransport):
    """A token endpoint that gives one token after the other, and a service that takes those in `taken`."""

    def __init__(self, *tokens: Any, refuses: tuple[str, ...] = ()) -> None:
        self.tokens = list(tokens)
        self.refuses = refuses
        self.requests: list[httpx2.Request] = []

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        self.requests.append(request)
        if request.url.path.endswith("/token"):
            given = self.tokens.pop(0)
            return given if isinstance(given, httpx2.Response) else httpx2.Response(200, json={"accessToken": given})
        if request.headers["authorization"].removeprefix("Bearer ") in self.refuses:
            return httpx2.Response(401, json={"detail": "the token is invalid, expired or revoked"})
        return httpx2.Response(200, json=VIEW.to_json())

    @property
    def fetched(self) -> list[str]:
        return [str(one.url) for one in self.requests if one.url.path.endswith("/token")]


def client_of(console: Console, url: str = "http://service.example", **more: Any) -> Signals:
    return Signals(url, **KEY, transport=console, **more)


def test_a_token_is_fetched_once_and_used_until_it_expires() -> None:
    first = token(3_600)
    console = Console(first)
    signals = client_of(console)
    for _ in range(3):
        signals.get_view("shop")
    asked, *called = console.requests
    assert str(asked.url) == "http://service.example/api/msc/v1/organizations/an%2Forg/credentials/v3/token"
    assert (asked.headers["x-api-key-id"], asked.headers["x-api-key"]) == ("KID", "K")
    assert asked.headers["x-signals-sdk-name"].startswith("signals-batch-engine ")
    assert [one.headers["authorization"] for one in called] == [f"Bearer {first}"] * 3
    assert not any("x-api-key" in one.headers for one in called)


def test_an_expired_token_is_fetched_again() -> None:
    console = Console(token(5), token(3_600))
    signals = client_of(console)
    signals.get_view("shop")
    signals.get_view("shop")
    signals.get_view("shop")
    assert len(console.fetched) == 2


def test_a_token_that_the_service_does_not_take_any_more_is_fetched_again() -> None:
    """This machine's clock may be slow, or the service's signing key a new one."""
    old, new = token(3_600), token(3_601)
    console = Console(old, new)
    signals = client_of(console)
    signals.get_view("shop")
    console.refuses = (old,)
    assert signals.publish(VIEW) == [VIEW]
    assert len(console.fetched) == 2
    console.refuses = (old, new)
    console.tokens.append(new)
    with pytest.raises(SignalsAPIError, match="expired or revoked") as refused:
        signals.get_view("shop")
    assert refused.value.status == 401


def test_a_new_token_that_is_refused_is_not_fetched_again() -> None:
    only = token(3_600)
    console = Console(only, refuses=(only,))
    with pytest.raises(SignalsAPIError):
        client_of(console).get_view("shop")
    assert len(console.fetched) == 1


@pytest.mark.parametrize("given", [token(None), "opaque"])
def test_a_token_that_does_not_tell_when_it_expires_is_kept(given: str) -> None:
    console = Console(given)
    signals = client_of(console)
    signals.get_view("shop")
    signals.get_view("shop")
    assert len(console.fetched) == 1


@pytest.mark.parametrize("answer", [{}, [], {"accessToken": 3}, {"accessToken": "a\nb"}, {"accessToken": None}])
def test_no_token_in_the_answer(answer: Any) -> None:
    with pytest.raises(ServiceError, match="has no access token"):
        client_of(Console(httpx2.Response(200, json=answer))).get_view("shop")


def test_a_wrong_key_is_refused_by_the_console() -> None:
    wrong = httpx2.Response(401, json={"detail": "the API key is invalid"})
    with pytest.raises(SignalsAPIError, match=r"GET http://.*/token: 401 the API key is invalid"):
        client_of(Console(wrong)).get_view("shop")


def test_where_keys_are_exchanged(monkeypatch: pytest.MonkeyPatch) -> None:
    for url in ("https://x.signals.snowplowanalytics.com", "https://abc.svc.snplow.net/"):
        assert console_of(url) == "https://console.snowplowanalytics.com"
    for url in ("http://localhost:8000", "https://signals.company.com", "https://notsnplow.net"):
        assert console_of(url) == url
    console = Console(token(9))
    client_of(console, console_url="https://keys.example/base/").get_view("shop")
    assert console.fetched[0].startswith("https://keys.example/base/api/msc/v1/organizations/")
    monkeypatch.setenv("SNOWPLOW_CONSOLE_URL", "https://other.example")
    console = Console(token(9))
    client_of(console).get_view("shop")
    assert console.fetched[0].startswith("https://other.example/api/msc/")


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[Client]:
    with served(tmp_path, token="static-secret") as found:
        yield found


def test_a_key_of_the_service(guarded: Client) -> None:
    key, secret = guarded.backend.registry.keys.create("ORG")
    guarded.http.headers.clear()
    signals = connected(guarded, api_key=secret, api_key_id=key.key_id, org_id="ORG")
    assert [one.full_name for one in signals.publish([VIEW])] == ["shop_v1"]
    with pytest.raises(SignalsAPIError, match="401"):
        connected(guarded, api_key="wrong", api_key_id=key.key_id, org_id="ORG").list_views()
    with pytest.raises(SignalsAPIError, match="a bearer token is required"):
        connected(guarded).list_views()


def test_a_key_that_may_only_read(guarded: Client) -> None:
    key, secret = guarded.backend.registry.keys.create("ORG", ("read",))
    signals = connected(guarded, api_key=secret, api_key_id=key.key_id, org_id="ORG")
    assert signals.list_views() == []
    with pytest.raises(SignalsAPIError, match="the right to write") as refused:
        signals.publish(VIEW)
    assert refused.value.status == 403


def test_a_sandbox(guarded: Client) -> None:
    signals = SignalsSandbox("http://localhost", "static-secret", transport=guarded.http._transport)
    signals.publish(VIEW)
    assert signals.get_view("shop").is_published
    with pytest.raises(SignalsAPIError, match="401"):
        SignalsSandbox("http://localhost", "guessed", transport=guarded.http._transport).list_views()
