"""Who may see the pages of a service, and which forms are taken."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient
from tests.server.console_site import token_in
from tests.server.service import Client, served

from snowplow_signals.server.console import sessions
from snowplow_signals.server.console.app import FIRST_PARTS
from snowplow_signals.server.console.guard import POLICY
from snowplow_signals.server.console.routes import PAGES
from snowplow_signals.server.console.site import Site
from snowplow_signals.server.routes import ROUTES

TOKEN = "t0ken-that-nobody-guesses"


@pytest.fixture
def closed(tmp_path: Path) -> Iterator[Client]:
    with served(tmp_path, token=TOKEN) as found:
        found.http.headers.pop("authorization")
        yield found


def site_of(client: Client) -> Site:
    app: Any = client.http.app
    site: Site = app.state.site
    return site


def log_in(http: TestClient, **fields: str) -> Any:
    form = {"form_token": token_in(http.get("/login").text), "secret": "", "org_id": "default", **fields}
    return http.post("/login", data=form, follow_redirects=False)


def test_nobody_sees_a_page_without_logging_in(closed: Client) -> None:
    for route in PAGES:
        if route.right is None:
            continue
        answer = closed.http.request(route.method, route.path.replace("{name}", "shop_v1"), follow_redirects=False)
        assert answer.status_code == 303, route.path
        assert answer.headers["location"].startswith("/login"), route.path
        assert answer.text == ""


def test_a_token_logs_in_and_one_comes_back_to_the_page(closed: Client) -> None:
    answer = closed.http.get("/?q=shop", follow_redirects=False)
    assert answer.headers["location"] == "/login?next=%2F%3Fq%3Dshop"
    refused = log_in(closed.http, secret="wrong")
    assert refused.status_code == 401
    assert "not valid" in refused.text
    done = log_in(closed.http, secret=TOKEN, next="/?q=shop")
    assert (done.status_code, done.headers["location"]) == (303, "/?q=shop")
    assert "may change" in closed.http.get("/").text


def test_nobody_is_sent_to_another_site_after_logging_in(closed: Client) -> None:
    for elsewhere in ("//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)", "/\nx"):
        assert log_in(closed.http, secret=TOKEN, next=elsewhere).headers["location"] == "/"
        closed.http.cookies.clear()


def test_the_cookie_is_for_this_site_and_no_script(closed: Client) -> None:
    plain = log_in(closed.http, secret=TOKEN).headers["set-cookie"]
    assert "HttpOnly" in plain
    assert "SameSite=strict" in plain
    assert f"Max-Age={sessions.SECONDS}" in plain
    assert "Secure" not in plain
    assert TOKEN not in plain
    closed.http.cookies.clear()
    closed.http.base_url = "https://localhost"  # type: ignore[assignment]
    assert "Secure" in closed.http.get("/login").headers["set-cookie"]


def test_a_proxy_that_speaks_tls_makes_the_cookie_secure(closed: Client) -> None:
    assert "Secure" in closed.http.get("/login", headers={"X-Forwarded-Proto": "https"}).headers["set-cookie"]


def test_a_key_logs_in_with_its_rights_until_it_is_revoked(tmp_path: Path) -> None:
    with served(tmp_path) as client:
        key, secret = client.backend.registry.keys.create("default", ("read",))
        client.backend.definitions.refresh()
        assert log_in(client.http, key_id=key.key_id, secret=secret, org_id="other").status_code == 401
        assert log_in(client.http, key_id="\0", secret=secret).status_code == 401
        assert log_in(client.http, key_id=key.key_id, secret=secret).status_code == 303
        assert "read only" in client.http.get("/").text
        client.backend.registry.keys.revoke(key.key_id)
        client.backend.definitions.refresh()
        assert client.http.get("/", follow_redirects=False).status_code == 303


def test_a_session_ends(closed: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    log_in(closed.http, secret=TOKEN)
    cookie = dict(closed.http.cookies)
    token = token_in(closed.http.get("/").text)
    assert closed.http.post("/logout", data={"form_token": token}, follow_redirects=False).status_code == 303
    closed.http.cookies.update(cookie)  # somebody kept a copy
    assert closed.http.get("/", follow_redirects=False).status_code == 303

    closed.http.cookies.clear()
    log_in(closed.http, secret=TOKEN)
    kept, site = dict(closed.http.cookies), site_of(closed)
    assert site.sessions.read(kept[site.sessions.cookie]) is not None
    monkeypatch.setattr(sessions, "SECONDS", -1)
    _, expired = site.sessions.start("somebody")
    assert site.sessions.read(expired) is None


def test_a_cookie_is_no_token_and_a_token_no_cookie(closed: Client, tmp_path: Path) -> None:
    log_in(closed.http, secret=TOKEN)
    site = site_of(closed)
    cookie = closed.http.cookies[site.sessions.cookie]
    closed.http.cookies.clear()
    assert closed.call("GET", "views", headers={"Authorization": f"Bearer {cookie}"})[0] == 401
    key, _ = closed.backend.registry.keys.create("default")
    closed.backend.definitions.refresh()
    closed.http.cookies.set(site.sessions.cookie, closed.backend.tokens.issue(key))
    assert closed.http.get("/", follow_redirects=False).status_code == 303
    closed.http.cookies.set(site.sessions.cookie, cookie)
    with served(tmp_path, token="another-token-since-then") as restarted:  # with the same signing key
        assert site_of(restarted).sessions.read(cookie) is None


def test_a_form_needs_the_token_of_its_session(closed: Client) -> None:
    log_in(closed.http, secret=TOKEN)
    of_another = sessions.Sessions(b"x" * 32, None)
    wrong = of_another.form_token(of_another.start()[0])
    for form in ({}, {"form_token": ""}, {"form_token": wrong}, {"form_token": "\ud7ff"}):
        answer = closed.http.post("/look-again", data=form, follow_redirects=False)
        assert answer.status_code == 403
        assert "nothing was done" in answer.text
    assert closed.http.post("/look-again", content=b"%ff" * 3, follow_redirects=False).status_code == 403


def test_a_form_of_another_site_is_refused(closed: Client) -> None:
    log_in(closed.http, secret=TOKEN)
    form = {"form_token": token_in(closed.http.get("/").text)}
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}):
        answer = closed.http.post("/look-again", data=form, headers=headers, follow_redirects=False)
        assert answer.status_code == 403
    same = {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}
    assert closed.http.post("/look-again", data=form, headers=same, follow_redirects=False).status_code == 303


def test_an_open_service_is_for_this_machine_addressed_as_such(client: Client) -> None:
    assert client.http.get("/").status_code == 200
    for headers in ({"Host": "evil.example"}, {"X-Forwarded-For": "1.2.3.4"}, {"Origin": "http://evil.example"}):
        answer = client.http.get("/", headers=headers)
        assert answer.status_code == 403, headers
        assert "<html" not in answer.text
    assert client.http.get("/login", follow_redirects=False).status_code == 303
    assert client.http.post("/look-again", data={}, follow_redirects=False).status_code == 403


def test_every_answer_forbids_what_is_inline_or_of_another_host(closed: Client) -> None:
    paths = ["/login", "/static/console.css", "/static/times.js", "/static/none.css", "/views/none"]
    for path in paths:
        headers = closed.http.get(path, follow_redirects=False).headers
        if path == "/views/none":
            continue  # a redirect to the login
        assert headers["content-security-policy"] == POLICY
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-frame-options"] == "DENY"
        assert headers["x-content-type-options"] == "nosniff"
    assert closed.http.get("/login").headers["cache-control"] == "no-store"


def test_no_page_has_what_its_policy_forbids(client: Client) -> None:
    for route in PAGES:
        if route.method == "GET" and "{" not in route.path and route.path != "/login":
            html = client.http.get(route.path).text
            assert " style=" not in html, route.path
            assert "<style" not in html, route.path
            assert " onclick" not in html, route.path
            assert "http://" not in html.replace("http://localhost", ""), route.path
            assert html.count("<script") == html.count('<script src="/static/')


def test_pages_take_no_path_of_the_api() -> None:
    assert not FIRST_PARTS & {route.path.split("/")[1] for route in ROUTES}
    assert not FIRST_PARTS & {"docs", "openapi.json", "metrics", "health-all", "static-offline-docs"}


def test_a_page_takes_only_its_method(client: Client) -> None:
    assert client.http.post("/", data={}).status_code in (403, 405)
    assert client.http.head("/").status_code == 200
    assert client.http.get("/look-again").status_code == 405
