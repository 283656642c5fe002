"""Requests that nobody meant: made up from the OpenAPI description, and texts that break into things elsewhere."""

from __future__ import annotations

import json
import logging
import math
import re
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import schemathesis
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, Phase, settings
from jsonschema import Draft202012Validator
from schemathesis.config import SchemathesisConfig
from tests.server.service import API, CLICKS, READ, SOURCE, Client, group, served
from tests.server.test_processes import serving

from snowplow_signals.server.app import create_app
from snowplow_signals.server.settings import Settings
from snowplow_signals.server.wire import read_service, read_view

EXAMPLES_PER_OPERATION = 1

_folder = tempfile.TemporaryDirectory(prefix="signals-fuzz-")
APP = create_app(Settings(folder=Path(_folder.name), sync_seconds=0, token="token-of-the-tests"))
HEADERS = {"Host": "localhost", "Authorization": "Bearer token-of-the-tests"}
SETTINGS = Path(__file__).parents[2] / "schemathesis.toml"
"""What the command of schemathesis finds as well, run in this repository."""
PHASES = {"coverage": {"enabled": False}}  # thousands of cases for a view: those are for `make test-long`
CONFIG = SchemathesisConfig.from_dict(tomllib.loads(SETTINGS.read_text()) | {"phases": PHASES})
SCHEMA = schemathesis.openapi.from_asgi("/openapi.json", APP, headers=HEADERS, config=CONFIG)


@pytest.fixture(scope="module", autouse=True)
def _definitions_to_find() -> None:
    """So that some of what is made up is there."""
    registry = APP.state.backend.registry
    if registry.views():
        return  # another part of these tests ran in this process before
    for version in (1, 2):
        registry.create_view(read_view(group(name="a", version=version, batch_source=SOURCE), registry.entity))
    registry.create_service(read_service({"name": "a", "views": [{"name": "a"}], "owner": "a@b.example"}))
    APP.state.backend.definitions.refresh()


@SCHEMA.parametrize()
@settings(
    max_examples=EXAMPLES_PER_OPERATION,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_no_request_breaks_the_service(case: schemathesis.Case) -> None:
    answer = case.call_and_validate(headers=HEADERS)  # by all checks that there are
    if case.path == "/metrics" and answer.status_code == 200:  # the one answer that is not JSON
        assert "signals_up" in answer.text
    else:
        json.loads(answer.content)


@pytest.mark.long
def test_all_of_the_description_is_true(tmp_path: Path) -> None:
    """The command of schemathesis, with all its phases and checks, against a running service."""
    with serving(tmp_path, environment={"SNOWPLOW_SANDBOX_TOKEN": "token-of-the-tests"}) as service:
        for body in (group(name="a", version=1, batch_source=SOURCE), group(name="a", version=2)):
            assert service.call("POST", f"{API}/registry/views", body, token="token-of-the-tests")[0] == 201
        phases = ["--phases", "examples,coverage,fuzzing,stateful", "--max-examples", "50"]
        command = [str(Path(sys.executable).with_name("st")), "--config-file", str(SETTINGS), "run", "--checks", "all"]
        options = ["--header", f"Authorization: {HEADERS['Authorization']}", "--continue-on-failure"]
        ran = subprocess.run(
            [*command, f"{service.url}/openapi.json", *phases, *options], capture_output=True, text=True, cwd=tmp_path
        )
    assert ran.returncode == 0, ran.stdout[-20_000:]


@pytest.mark.parametrize(
    ("entity", "is_fine"),
    [
        ({"key": "event", "external_column": "0"}, True),
        ({"external_column": "user_id"}, True),
        ({"external_column": "nothing"}, False),
        ({"key": "nothing", "external_column": "user_id"}, False),
        ({"key": "user_id"}, False),
        ({"name": "a", "key": "user_id"}, True),
        ({"name": "nothing"}, False),
        ({"external_column": "a", "property": {"type": "atomic", "name": "user_id"}}, True),
    ],
)
def test_the_description_says_which_entities_of_a_view_have_a_name(entity: dict[str, str], is_fine: bool) -> None:
    described = APP.openapi()
    kind = {"$ref": "#/components/schemas/KnownEntity", "components": described["components"]}
    assert Draft202012Validator(kind).is_valid(entity) == is_fine
    with TestClient(APP, headers=HEADERS) as client:
        body = group(name="a", version=1, entity=entity)
        body.pop("attribute_key", None)
        assert (client.put(f"{API}/registry/views/a/versions/1", json=body).status_code == 200) == is_fine


def test_a_tag_that_is_null_is_refused_wherever_it_is() -> None:
    tags = {"team": None}
    with TestClient(APP, headers=HEADERS) as client:
        for changes in ({"tags": tags}, {"attributes": [CLICKS | {"tags": tags}]}):
            body = group(name="a", version=1, **changes)
            assert client.put(f"{API}/registry/views/a/versions/1", json=body).status_code == 422
        body = group(name="a", version=1, attributes=[CLICKS | {"tags": None}])
        assert client.put(f"{API}/registry/views/a/versions/1", json=body).status_code == 200


def nulled(data: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """The data once for each object in it, which has a field that nobody knows and that is null; with its place."""
    if isinstance(data, dict):
        yield place, data | {"nobody_knows": None}
    for key, value in data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ():
        for where, other in nulled(value, (*place, key)):
            changed = data.copy()
            changed[key] = other
            yield where, changed


PLAN = {"type": "entity", "vendor": "a", "name": "b", "major_version": 1, "path": "c"}
LAST = {"name": "a", "type": "string", "aggregation": "last", "property": PLAN, "events": [{"name": "e"}]}
BODIES = {
    "view": group(
        name="a", version=1, owner="a@b.io", batch_source=SOURCE | {"owner": "a@b.io"}, tags={"a": "b"},
        attribute_key={"property": PLAN},
        attributes=[LAST | {"criteria": {"all": [{"property": PLAN, "operator": "is null"}]}, "tags": {"a": "b"}}],
    ),
    "table": group(
        name="a", version=1, owner="a@b.io", batch_source=SOURCE | {"owner": "a@b.io"},
        attribute_key={"name": "user_id"}, attributes=None,
        fields=[{"name": "f", "type": "string", "tags": {"a": "b"}}],
    ),
    "service": {"name": "a", "owner": "a@b.io", "views": [{"name": "a"}]},
    "entity": {"name": "customer", "property": PLAN, "owner": "a@b.io"},
}  # fmt: skip


@pytest.mark.parametrize("name", BODIES)
def test_what_is_null_is_left_out_wherever_it_is_but_for_tags(name: str) -> None:
    path = {"service": "services/a", "entity": "entities/customer"}.get(name, "views/a/versions/1")
    components = APP.openapi()["components"]
    described = components["schemas"][{"service": "Service", "entity": "Entity"}.get(name, "View")]
    schema = Draft202012Validator(described | {"components": components})
    with TestClient(APP, headers=HEADERS) as client:
        if name == "entity":
            client.post(f"{API}/registry/entities", json=BODIES[name])
        for place, body in [((), BODIES[name]), *nulled(BODIES[name])]:
            is_fine = "tags" not in place
            assert client.put(f"{API}/registry/{path}", json=body).is_success == is_fine, (place, body)
            assert schema.is_valid(body) == is_fine, (place, body)


def test_the_largest_numbers_are_those_of_the_description() -> None:
    fields = [one["properties"] for one in APP.openapi()["components"]["schemas"]["Attribute"]["anyOf"]]
    last = {"name": "a", "aggregation": "last", "property": "page_url"}
    with TestClient(APP, headers=HEADERS) as client:

        def status(**attribute: Any) -> int:
            body = group(name="a", version=1, attributes=[last | attribute])
            return client.put(f"{API}/registry/views/a/versions/1", json=body).status_code

        for kind in ("int32", "int64", "unix_timestamp", "float", "double"):
            (of_kind,) = (one for one in fields if kind in one["type"]["enum"] and "last" in one["aggregation"]["enum"])
            described = of_kind["default_value"]["anyOf"][0]
            for bound, beyond in ((described["minimum"], -1), (described["maximum"], 1)):
                assert status(type=kind, default_value=bound) == 200
                if kind != "double":  # JSON has no number beyond it
                    more = math.nextafter(bound, beyond * math.inf) if kind == "float" else bound + beyond
                    assert status(type=kind, default_value=more) == 422
        condition = {"property": "contexts_a_b_1[0]:c", "operator": "in", "value": [sys.float_info.max]}
        criteria = {"all": [condition]}
        assert status(type="string", criteria=criteria) == 200
    components = APP.openapi()["components"]
    described = components["schemas"]["Criteria"] | {"components": components}
    assert Draft202012Validator(described).is_valid(criteria)


def test_a_syntax_that_is_none_is_refused_also_where_nothing_is_read_in_it() -> None:
    prop = {"type": "atomic", "name": "page_url"}
    condition = {"property": prop, "operator": "is null", "property_syntax": "blobl"}
    wrong: list[tuple[str, dict[str, Any]]] = [
        ("attributes.0.property_syntax", {"attributes": [CLICKS | {"property_syntax": "blobl"}]}),
        (
            "attributes.0.criteria.any.0.property_syntax",
            {"attributes": [CLICKS | {"criteria": {"any": [condition]}}]},
        ),
        ("attribute_key.property_syntax", {"attribute_key": {"property": prop, "property_syntax": "blobl"}}),
    ]
    with TestClient(APP, headers=HEADERS) as client:
        for at, changes in wrong:
            answer = client.put(f"{API}/registry/views/a/versions/1", json=group(name="a", version=1, **changes))
            assert answer.status_code == 422
            assert [".".join(map(str, one["loc"])) for one in answer.json()["detail"]] == [f"body.{at}"]


CORPUS = (
    "'", '"', "\\", "`", ";", "--", "/*", "' or '1'='1", "'; drop table signals_views; --",
    '"); drop table profiles; --',     "1 union select * from signals_api_keys",
    "$(reboot)", "`reboot`", "| cat /etc/passwd", "%s%s%n", "{0.__class__}",
    "{{ 7 * 7 }}", "{% raw %}", "{# x #}", "${jndi:ldap://x/y}", "<script>alert(1)</script>", "../../../etc/passwd",
    "..%2f..%2fetc%2fpasswd", "%00", "\0", "\r\nSet-Cookie: a=b", "\u202e", "\ufeff", "\u2028", "😀", "ａ", "İ", "ß",
    "x" * 5_000, " ", "", "null", "NaN", "1e400", "-0", "__proto__", "constructor", "FLUSHALL", "*3\r\n$3\r\nSET\r\n",
)  # fmt: skip


@pytest.fixture(scope="module")
def tried(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with served(tmp_path_factory.mktemp("corpus")) as client:
        client.done("POST", "views", group())
        yield client
        # whatever was tried, nothing of it took effect
        assert [view.name for view in client.backend.registry.views()] == ["shop"]
        assert client.read(["shop_v1:clicks"])["clicks"] == [None]


def bodies(text: str) -> Iterator[tuple[str, str, Any]]:
    """The text in every place where a definition takes one, but for those where any text is right."""
    prop = {"type": "entity", "vendor": text, "name": text, "major_version": 1, "path": "a"}
    yield "POST", "views", group(name=text)
    yield "POST", "views", group(name="a", owner=text)
    yield "POST", "views", group(name="a", attribute_key={"name": text})
    yield "POST", "views", group(name="a", attribute_key={"name": "a", "external_column": text, "key": text})
    yield "POST", "views", group(name="a", attributes=[CLICKS | {"name": text}])
    yield "POST", "views", group(name="a", attributes=[CLICKS | {"events": [{"vendor": text, "version": text}]}])
    yield "POST", "views", group(name="a", attributes=[CLICKS | {"aggregation": "last", "property": prop}])
    yield "POST", "views", group(name="a", attributes=[CLICKS | {"aggregation": "last", "property": text}])
    yield "POST", "views", group(name="a", attributes=[CLICKS | {"property_syntax": text, "property": "page_url"}])
    for field in SOURCE.keys() - {"owner"}:
        yield "PUT", "views/shop/versions/1/batch_source", SOURCE | {field: text or "'"}
    yield "POST", "services", {"name": text, "owner": "a@b.example", "views": [{"name": "shop"}]}
    yield "POST", "services", {"name": "a", "owner": "a@b.example", "views": [{"name": text}]}


@pytest.mark.parametrize("text", CORPUS, ids=lambda text: ascii(text[:40]))
def test_no_text_breaks_into_anything(tried: Client, text: str) -> None:
    for method, path, body in bodies(text):
        status, answer = tried.call(method, path, body)
        may_be_meant = re.fullmatch(r"[A-Za-z0-9_.\-]+", text)  # vendors, names of schemas
        assert status in (422, 404) or may_be_meant, (status, path, body, answer)
        if status in (200, 201) and method == "POST":
            tried.done("DELETE", f"{path}/{answer['name']}" + ("/versions/1" if path == "views" else ""))
    for key, attributes in (
        ({text: ["x"]}, ["shop_v1:clicks"]),
        ({"user": ["x"]}, [text]),
        ({"user": ["x"]}, [f"{text}_v1:a"]),
    ):
        status, _ = tried.call("POST", READ, {"attribute_keys": key, "attributes": attributes})
        assert status in (404, 422)
    status, _ = tried.call("POST", READ, {"attribute_keys": {"user": ["x"]}, "service": text})
    assert status in (404, 422)
    status, answer = tried.call("POST", READ, {"attribute_keys": {"user": [text]}, "attributes": ["shop_v1:clicks"]})
    assert status == 422 if len(text) > 1_000 or "\0" in text else answer == {"user": [text], "clicks": [None]}


@pytest.mark.parametrize("text", CORPUS, ids=lambda text: ascii(text[:40]))
def test_no_path_breaks_into_anything(tried: Client, text: str) -> None:
    quoted = quote(text, safe="") or "%20"
    for path in (f"views/{quoted}", f"views/shop/versions/{quoted}", f"services/{quoted}", f"entities/{quoted}"):
        for method in ("GET", "DELETE"):
            status, _ = tried.call(method, path)
            assert status in (404, 405, 422), (method, path)
    for path in (f"/docs/parts/{quoted}", f"/{quoted}", f"/api/v1/{quoted}"):
        assert tried.http.get(path).status_code in (404, 405)
    for query in ("offline", "property_syntax"):
        assert tried.call("GET", f"views?{query}={quoted}")[0] == 422


def test_no_secret_is_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with served(tmp_path, token="static-secret") as client:
        key, secret = client.backend.registry.keys.create("acme")
        headers = {"X-API-Key-Id": key.key_id, "X-API-Key": secret}
        path = "/api/msc/v1/organizations/acme/credentials/v3/token"
        token = client.done("GET", path, headers=headers)["accessToken"]
        client.done("GET", "views", headers={"Authorization": f"Bearer {token}"})
        client.refused(401, "GET", path, headers=headers | {"X-API-Key": "wrong-secret"})
        client.refused(401, "GET", "views", headers={"Authorization": "Bearer wrong-secret"})
        client.invalid("POST", READ, {"attribute_keys": {"user": ["identifier-of-somebody"]}})
    for text in (secret, token, "static-secret", "wrong-secret", "identifier-of-somebody"):
        assert text not in caplog.text
