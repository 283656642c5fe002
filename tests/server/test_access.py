"""Who may ask for what: tokens, rights, keys, limits; and what must not be said to strangers."""

from __future__ import annotations

import base64
import os
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import jwt
import pytest
from tests.server.service import API, READ, Client, group, served

from snowplow_signals.errors import RegistryError, UsageError
from snowplow_signals.registry.erasures import erasure_file
from snowplow_signals.server.app import create_app
from snowplow_signals.server.middleware import from_elsewhere
from snowplow_signals.server.routes import ROUTES
from snowplow_signals.server.running import run
from snowplow_signals.server.settings import Limits, Settings, is_loopback
from snowplow_signals.server.tokens import AUDIENCE, Tokens

TOKEN = "sandbox-token-of-the-tests"
ASKED = {"attribute_keys": {"domain_userid": ["u1"]}, "attributes": ["shop_v1:clicks"]}


@pytest.fixture
def guarded(tmp_path: Path) -> Iterator[Client]:
    """A service with a static token, called without one."""
    with served(tmp_path, token=TOKEN) as client:
        client.http.headers.pop("Authorization")
        yield client


def bearer(token: str) -> dict[str, Any]:
    return {"headers": {"Authorization": f"Bearer {token}"}}


def exchanged(client: Client, scopes: tuple[str, ...] = ("read", "write")) -> tuple[str, str]:
    """A new key's id, and a token for it."""
    key, secret = client.backend.registry.keys.create("acme", scopes)
    headers = {"X-API-Key-Id": key.key_id, "X-API-Key": secret}
    answer = client.done("GET", "/api/msc/v1/organizations/acme/credentials/v3/token", headers=headers)
    return key.key_id, answer["accessToken"]


PLACES = [(one.method, one.path.replace("{rest:path}", "x")) for one in ROUTES if one.right] + [
    ("POST", READ), ("GET", "/docs"), ("GET", "/docs/parts/swagger-ui.css"), ("GET", "/openapi.json"),
    ("GET", "/nowhere"), ("POST", "/health-all"), ("OPTIONS", f"{API}/registry/views"),
    ("POST", "/api/msc/v1/organizations/acme/credentials/v3/token"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path"), PLACES)
def test_nothing_but_health_is_open(guarded: Client, method: str, path: str) -> None:
    full = path.format(name="shop", version="1", run_id="x") if "{" in path else path
    assert guarded.refused(401, method, full) == "a bearer token is required"
    assert "revoked" in guarded.refused(401, method, full, **bearer("wrong"))


def test_health_is_open_and_tells_little(guarded: Client) -> None:
    health = guarded.done("GET", "/health-all")
    assert health == {"status": "ok", "dependencies": {"registry": "ok", "profiles_store": "ok"}}


@pytest.mark.parametrize(
    "header",
    [
        "", "Bearer", "Bearer ", "Basic", "Basic x", f"Token {TOKEN}", TOKEN, f"Bearer {TOKEN}x",
        f"Bearer {TOKEN[:-1]}",
        f"Bearer {TOKEN.upper()}", "Bearer null", "Bearer a.b.c", "Bearer ..", "Bearer \xff",
    ],
)  # fmt: skip
def test_wrong_headers(guarded: Client, header: str) -> None:
    guarded.refused(401, "GET", "views", headers={"Authorization": header.encode("latin-1")})


def test_the_static_token_has_all_rights(guarded: Client) -> None:
    assert guarded.done("POST", "views", group(), **bearer(TOKEN))
    assert guarded.done("POST", READ, ASKED, **bearer(TOKEN))["clicks"] == [None]


def test_browsers_are_asked_for_the_token_as_a_password(guarded: Client) -> None:
    refused = guarded.http.get("/docs/")
    assert refused.headers["www-authenticate"].startswith("Basic ")
    basic = base64.b64encode(f"anybody:{TOKEN}".encode()).decode()
    page = guarded.http.get("/docs/", headers={"Authorization": f"Basic {basic}"})
    assert page.status_code == 200
    assert "swagger" in page.text
    assert "//cdn" not in page.text
    for part in ("swagger-ui-bundle.js", "swagger-ui.css", "favicon.png"):
        assert f"/docs/parts/{part}" in page.text
        assert guarded.http.get(f"/docs/parts/{part}", **bearer(TOKEN)).status_code == 200


def test_a_key_is_exchanged_for_a_token_that_expires(client: Client) -> None:
    key_id, token = exchanged(client)
    claims = jwt.decode(token, options={"verify_signature": False})
    assert claims["sub"] == key_id
    assert 0 < claims["exp"] - time.time() <= 3_600
    assert client.done("GET", "views", **bearer(token)) == []
    client.refused(401, "GET", "views")


def test_a_key_may_only_read(client: Client) -> None:
    client.done("POST", "views", group())
    _, token = exchanged(client, ("read",))
    assert client.done("POST", READ, ASKED, **bearer(token))["clicks"] == [None]
    assert len(client.done("GET", "views", **bearer(token))) == 1
    for endpoint in ROUTES:
        if endpoint.right == "write":
            path = endpoint.path.format(name="shop", version=1, run_id="x")
            assert "the right to write" in client.refused(403, endpoint.method, path, {}, **bearer(token))
    assert len(client.done("GET", "views", **bearer(token))) == 1


def test_a_key_without_the_right_to_read(client: Client) -> None:
    client.done("POST", "views", group())
    _, token = exchanged(client, ("write",))
    assert "the right to read" in client.refused(403, "POST", READ, ASKED, **bearer(token))
    assert "the right to read" in client.refused(403, "GET", "views", **bearer(token))


@pytest.mark.parametrize("wrong", ["org", "id", "key", "no id", "no key", "revoked", "nul"])
def test_a_wrong_key_is_not_exchanged(client: Client, wrong: str) -> None:
    key, secret = client.backend.registry.keys.create("acme")
    headers = {"X-API-Key-Id": key.key_id, "X-API-Key": secret}
    org = "other" if wrong == "org" else "acme%00" if wrong == "nul" else "acme"
    changes = {"id": ("X-API-Key-Id", "x"), "key": ("X-API-Key", secret[::-1])}
    if wrong in changes:
        headers |= dict([changes[wrong]])
    if wrong.startswith("no "):
        del headers["X-API-Key-Id" if wrong == "no id" else "X-API-Key"]
    if wrong == "revoked":
        client.backend.registry.keys.revoke(key.key_id)
    reason = client.refused(401, "GET", f"/api/msc/v1/organizations/{org}/credentials/v3/token", headers=headers)
    assert secret not in reason


def test_revoking_a_key_ends_its_tokens(client: Client) -> None:
    key_id, token = exchanged(client)
    client.done("GET", "views", **bearer(token))
    client.backend.registry.keys.revoke(key_id)
    client.backend.definitions.refresh()  # what happens every second
    client.refused(401, "GET", "views", **bearer(token))
    # and the service does not become open again
    client.refused(401, "GET", "views")


def forged(client: Client, **changes: Any) -> str:
    key_id, token = exchanged(client)
    claims = jwt.decode(token, options={"verify_signature": False}) | {"sub": key_id}
    signing_key = changes.pop("signing_key", client.backend.settings.signing_key.read_text())
    algorithm = changes.pop("algorithm", "HS256")
    claims = {name: value for name, value in (claims | changes).items() if value is not None}
    return jwt.encode(claims, signing_key, algorithm=algorithm)


@pytest.mark.parametrize(
    "changes",
    [
        {"exp": 1}, {"exp": None}, {"sub": "nobody"}, {"sub": None}, {"scope": None}, {"aud": "elsewhere"},
        {"aud": None},
        {"signing_key": "x" * 64}, {"algorithm": "HS512"}, {"algorithm": "none", "signing_key": ""}, {"iat": "x"},
    ],
    ids=str,
)  # fmt: skip
def test_forged_tokens(client: Client, changes: dict[str, Any]) -> None:
    client.refused(401, "GET", "views", **bearer(forged(client, **changes)))


def test_rights_that_are_unknown_give_none(client: Client) -> None:
    client.refused(403, "GET", "views", **bearer(forged(client, scope="admin everything")))
    assert client.done("GET", "views", **bearer(forged(client))) == []


def test_a_token_is_refused_when_it_has_expired_since(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    _, token = exchanged(client)
    client.done("GET", "views", **bearer(token))
    later = time.time() + 3_700
    monkeypatch.setattr("snowplow_signals.server.tokens.time.time", lambda: later)
    client.refused(401, "GET", "views", **bearer(token))


@pytest.mark.parametrize(("ahead", "is_accepted"), [(-5, True), (5, True), (-30, False), (30, False)])
def test_clocks_of_two_machines_may_differ_by_seconds(client: Client, ahead: int, is_accepted: bool) -> None:
    """A token that was made a moment ahead of here is taken, and one that expired a moment ago, also from memory."""
    moment = int(time.time())
    times = {"iat": moment + ahead} if ahead > 0 else {"exp": moment + ahead}
    token = forged(client, **times)
    for _ in range(2):
        assert client.call("GET", "views", **bearer(token))[0] == (200 if is_accepted else 401)


@pytest.mark.parametrize("claim", ["iat", "nbf"])
@pytest.mark.parametrize(("back", "is_accepted"), [(5, True), (30, False), (366 * 86_400, False)])
def test_a_token_from_before_the_clock_was_put_back(
    client: Client, monkeypatch: pytest.MonkeyPatch, claim: str, back: int, is_accepted: bool
) -> None:
    """One that a clock far ahead gave does not stay valid for so long, though it was accepted under that clock."""
    moment = int(time.time())
    token = forged(client, **{"iat": moment - 3_600, claim: moment, "exp": moment + 3_600})
    client.done("GET", "views", **bearer(token))
    monkeypatch.setattr("snowplow_signals.server.tokens.time.time", lambda: moment - back)
    assert client.call("GET", "views", **bearer(token))[0] == (200 if is_accepted else 401)


def test_static_tokens_are_compared_in_constant_time(monkeypatch: pytest.MonkeyPatch, guarded: Client) -> None:
    compared = []
    monkeypatch.setattr(
        "snowplow_signals.server.tokens.hmac.compare_digest", lambda *both: compared.append(both) or both[0] == both[1]
    )
    guarded.done("GET", "views", **bearer(TOKEN))
    guarded.refused(401, "GET", "views", **bearer("x"))
    assert [len(one) for both in compared for one in both] == [32] * 4


def test_processes_of_one_folder_accept_each_others_tokens(tmp_path: Path) -> None:
    with served(tmp_path) as one, served(tmp_path) as other:
        _, token = exchanged(one)
        assert other.done("GET", "views", **bearer(token)) == []


def test_a_token_for_a_key_that_another_process_made_a_moment_ago(tmp_path: Path) -> None:
    with served(tmp_path) as one, served(tmp_path) as other:
        exchanged(other)
        _, token = exchanged(one)
        assert other.done("GET", "views", **bearer(token)) == []


def test_a_registry_that_is_gone_lets_nobody_in(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    _, token = exchanged(client)
    unknown = forged(client, sub="nobody")

    def gone() -> None:
        raise RegistryError("gone")

    monkeypatch.setattr(client.backend.registry, "revision", gone)
    client.refused(401, "GET", "views", **bearer(unknown))
    assert client.done("GET", "views", **bearer(token)) == []


def test_the_signing_key_is_nobody_elses(client: Client) -> None:
    file = client.backend.settings.signing_key
    assert file.stat().st_mode & 0o077 == 0
    assert len(file.read_text()) >= 32


def test_a_short_signing_key_is_refused(tmp_path: Path) -> None:
    weak = tmp_path / "weak.key"
    weak.write_text("secret\n")
    with pytest.raises(UsageError, match="too short"):
        create_app(Settings(folder=tmp_path, signing_key_file=weak))
    with pytest.raises(UsageError, match="neither be read nor created"):
        create_app(Settings(folder=tmp_path, signing_key_file=tmp_path / "no" / "such.key"))


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o620, 0o602, 0o601])
def test_a_signing_key_that_others_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    key = tmp_path / "open.key"
    key.write_text("x" * 64)
    key.chmod(mode)
    with pytest.raises(UsageError, match=f"open to other users of this machine .mode 0{mode:o}.*chmod 600"):
        create_app(Settings(folder=tmp_path, signing_key_file=key))
    key.chmod(0o400)
    with served(tmp_path, signing_key_file=key):
        pass


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604])
def test_a_key_of_a_certificate_that_others_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    key = tmp_path / "key.pem"
    key.write_text("-----BEGIN PRIVATE KEY-----")
    key.chmod(mode)
    with pytest.raises(UsageError, match=rf"certificate's key .* is open to other users .*mode 0{mode:o}.*chmod 600"):
        run(Settings(folder=tmp_path), tls=(tmp_path / "cert.pem", key))
    with pytest.raises(UsageError, match=r"certificate's key .* cannot be read: No such file"):
        run(Settings(folder=tmp_path), tls=(tmp_path / "cert.pem", tmp_path / "no.pem"))
    assert not (tmp_path / "registry.sqlite").exists()


def test_files_that_are_there_are_closed_to_others(tmp_path: Path) -> None:
    with served(tmp_path) as client, erasure_file(tmp_path):
        client.done("POST", "views", group())
        client.backend.store().declare("shop_v1", "domain_userid")
        files = [*tmp_path.glob("*.sqlite*"), *tmp_path.glob("registry/*.sqlite*")]
        assert len(files) >= 6  # with what is written beside them
        for file in files:
            file.chmod(0o666)
        with served(tmp_path), erasure_file(tmp_path):
            there = {file.name: file.stat().st_mode & 0o777 for file in files if file.exists()}
    assert set(there.values()) == {0o600}, there


def test_files_are_nobody_elses(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        with served(tmp_path) as client:
            client.done("POST", "views", group())
            client.backend.store().write("shop_v1", [("u1", {"clicks": 1}, datetime(2025, 3, 1))], datetime(2025, 3, 1))
            found = {file.name: file.stat().st_mode & 0o777 for file in tmp_path.iterdir() if file.is_file()}
    finally:
        os.umask(before)
    assert {"profiles.sqlite", "profiles.sqlite-wal", "registry.sqlite", "signing.key"} <= set(found)
    assert {name: mode for name, mode in found.items() if mode & 0o077} == {}


@pytest.mark.parametrize(
    "header",
    [
        "Forwarded", "Via", "X-Forwarded-For", "X-FORWARDED-PROTO", "x-forwarded-host", "X-Real-IP", "True-Client-IP",
        "CF-Connecting-IP", "X-Original-Forwarded-For", "X-Envoy-External-Address", "CDN-Loop",
    ],
)  # fmt: skip
def test_an_open_service_takes_nothing_from_a_proxy(client: Client, header: str) -> None:
    for method, path, more in (("GET", "views", {}), ("POST", READ, {"body": ASKED}), ("GET", "/openapi.json", {})):
        reason = client.refused(403, method, path, headers={header: "203.0.113.7"}, **more)
        assert header.lower() in reason
        assert "keys create" in reason
    assert client.call("GET", "/health-all", headers={header: "203.0.113.7"})[0] == 200


def test_an_open_service_speaks_no_language_of_old_proxies() -> None:
    """As nginx does, which names itself in no header."""
    own = [(b"host", b"127.0.0.1:8000")]
    assert from_elsewhere({"headers": own, "http_version": "1.1"}) is None
    assert "HTTP/1.0" in (from_elsewhere({"headers": own, "http_version": "1.0"}) or "")


def test_a_service_with_tokens_may_stand_behind_a_proxy(tmp_path: Path) -> None:
    with served(tmp_path, token=TOKEN) as client:
        headers = {"Authorization": f"Bearer {TOKEN}", "X-Forwarded-For": "203.0.113.7"}
        assert client.done("GET", "views", headers=headers) == []


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.7", "example.com", ""])
def test_others_are_not_let_in_without_authentication(tmp_path: Path, host: str) -> None:
    with pytest.raises(UsageError, match="keys create"):
        create_app(Settings(folder=tmp_path, host=host))
    with served(tmp_path, host=host, token=TOKEN) as client:
        client.backend.registry.keys.create("acme")
    with served(tmp_path, host=host) as client:
        client.refused(401, "GET", "views")


def test_which_hosts_are_this_machine() -> None:
    assert all(map(is_loopback, ["localhost", "LOCALHOST", "127.0.0.1", "127.1.2.3", "::1", "[::1]"]))
    assert not any(
        map(is_loopback, ["", "0.0.0.0", "::", "localhost.example.com", "127.0.0.1.example.com", "128.0.0.1"])
    )


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"}, {"Host": "evil.example:8000"}, {"Host": "localhost.evil.example"},
        {"Origin": "https://evil.example"}, {"Origin": "null"}, {"Origin": "http://localhost:9999"},
    ],
    ids=str,
)  # fmt: skip
def test_pages_of_other_sites_cannot_use_an_open_service(client: Client, headers: dict[str, str]) -> None:
    client.refused(403, "POST", f"{API}/feature_store/apply", headers=headers)
    client.refused(403, "GET", "views", headers=headers)


def test_the_own_page_can_use_an_open_service(client: Client) -> None:
    client.done("GET", "views", headers={"Host": "localhost:8000", "Origin": "http://localhost:8000"})
    client.done("GET", "views", headers={"Host": "[::1]:8000"})


def test_large_bodies_are_refused(tmp_path: Path) -> None:
    with served(tmp_path, limits=Limits(body_bytes=2_000)) as client:
        large = group(description="x" * 3_000)
        for method, path in (("POST", "views"), ("POST", READ), ("PUT", "views/shop/versions/1")):
            assert "2,000 bytes" in client.refused(413, method, path, large)
            pieces = iter([b'{"name": "', b"x" * 3_000, b'"}'])
            assert "2,000 bytes" in client.refused(413, method, path, content=pieces)
        client.done("POST", "views", group())


def test_what_takes_too_long_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with served(tmp_path, limits=Limits(seconds=0.2)) as client:
        monkeypatch.setattr(client.backend.registry, "views", lambda **_: time.sleep(0.5))
        assert "longer than 0.2 seconds" in client.refused(504, "GET", "views")


def test_strangers_send_no_bodies(guarded: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who is not let in is told so before anything of the body is kept."""
    monkeypatch.setattr("snowplow_signals.server.middleware.RequestLimits._body", lambda *_: pytest.fail("was read"))
    guarded.refused(401, "POST", "views", group())


def test_tokens_are_not_kept_as_they_are(client: Client) -> None:
    _, token = exchanged(client)
    client.done("GET", "views", **bearer(token))
    tokens: Tokens = client.backend.tokens
    assert token not in repr(vars(tokens))
    assert AUDIENCE in jwt.decode(token, options={"verify_signature": False})["aud"]


def basic(token: str = TOKEN, **more: str) -> dict[str, Any]:
    value = base64.b64encode(f"anybody:{token}".encode()).decode()
    return {
        "headers": {"Authorization": f"Basic {value}"} | {name.replace("_", "-"): one for name, one in more.items()}
    }


ERASED = b'{"attribute_keys": {"domain_userid": ["u1"]}}'


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example", "Content_Type": "text/plain"},
        {"Origin": "https://evil.example", "Content_Type": "application/json"},
        {"Origin": "null", "Content_Type": "application/json"},
        {"Origin": "http://localhost:8001", "Content_Type": "application/json"},
        {"Sec_Fetch_Site": "cross-site", "Content_Type": "application/json"},
        {"Sec_Fetch_Site": "same-site", "Content_Type": "application/json"},
        {"Content_Type": "text/plain"},
        {"Content_Type": "application/x-www-form-urlencoded"},
        {"Content_Type": "multipart/form-data"},
        {},
    ],
)
@pytest.mark.parametrize("path", [f"{API}/profiles/erase", f"{API}/feature_store/apply", READ])
def test_a_page_of_another_site_cannot_use_the_browsers_password(
    guarded: Client, headers: dict[str, str], path: str
) -> None:
    found = guarded.http.request("POST", path, content=ERASED, **basic(**headers))
    assert found.status_code == 403, found.text
    assert "with a password this service accepts" in found.json()["detail"]
    assert guarded.backend.store().erasures() == []


def test_our_own_page_can_use_the_browsers_password(guarded: Client) -> None:
    own = {"Origin": "http://localhost", "Sec_Fetch_Site": "same-origin", "Content_Type": "application/json"}
    assert guarded.http.request("POST", f"{API}/profiles/erase", content=ERASED, **basic(**own)).status_code == 200
    assert guarded.done("GET", f"{API}/registry/views", **basic(Sec_Fetch_Site="none")) == []
    token = bearer(TOKEN)["headers"]
    other = token | {"Origin": "https://app.example", "Content-Type": "text/plain"}  # no browser adds a bearer token
    assert guarded.http.request("POST", f"{API}/profiles/erase", content=ERASED, headers=other).status_code == 200
