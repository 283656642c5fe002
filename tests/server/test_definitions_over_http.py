"""The registry over HTTP: views, entities, services, batch sources, in both vocabularies."""

from __future__ import annotations

from typing import Any

import pytest
from tests.server.service import API, CLICKS, SOURCE, Client, group

GROUPS, ONE = "attribute_groups/", "attribute_groups/shop/versions/1"
DEVICE = {"type": "entity", "vendor": "nl.basjes", "name": "yauaa_context", "major_version": 1, "path": "deviceClass"}
DEVICE_TEXT = {
    "snowflake": "contexts_nl_basjes_yauaa_context_1[0]:deviceClass",
    "bigquery": "contexts_nl_basjes_yauaa_context_1[safe_offset(0)].device_class",
    "databricks": "contexts_nl_basjes_yauaa_context_1[0].device_class",
}


def last_device(**changes: Any) -> dict[str, Any]:
    criteria = {"all": [{"property": {"type": "atomic", "name": "page_url"}, "operator": "like", "value": "%x%"}]}
    return {
        "name": "device",
        "type": "string",
        "aggregation": "last",
        "property": DEVICE,
        "criteria": criteria,
    } | changes


def test_paths_end_in_a_slash_or_not_and_are_never_redirected(client: Client) -> None:
    client.done("POST", "attribute_groups", group())
    for path in ("attribute_groups", "attribute_groups/", "/api/v1//registry///attribute_groups//", "views/"):
        assert len(client.done("GET", path)) == 1
    for path in ("http://localhost//health-all", "/health-all/"):
        assert client.done("GET", path)["status"] == "ok"


def test_the_upsert_of_clients(client: Client) -> None:
    assert client.call("POST", GROUPS, group())[0] == 201
    assert "already exists" in client.refused(400, "POST", GROUPS, group())
    changed = group(description="new", is_published=False)
    assert client.done("PUT", ONE, changed)["description"] == "new"
    assert client.done("GET", "attribute_groups/shop")["is_published"] is False
    assert client.done("DELETE", ONE) == {"ok": True}
    client.refused(404, "GET", "attribute_groups/shop")
    client.refused(404, "DELETE", ONE)
    client.refused(404, "PUT", ONE, group())


def test_the_latest_version_is_the_highest(client: Client) -> None:
    for version in (2, 10, 1):
        client.done("POST", GROUPS, group(version=version))
    assert client.done("GET", "attribute_groups/shop")["version"] == 10
    assert client.done("GET", "views/shop/versions/2")["full_name"] == "shop_v2"
    assert [one["version"] for one in client.done("GET", GROUPS)] == [1, 2, 10]


def test_an_answer_can_be_sent_back(client: Client) -> None:
    answer = client.done("POST", GROUPS, group(ttl="P1DT12H", attributes=[CLICKS, last_device()]))
    assert client.done("PUT", ONE, answer) == answer
    older = client.done("GET", "views/shop")
    assert client.done("PUT", "views/shop/versions/1", older) == older
    assert client.done("GET", "attribute_groups/shop") == answer
    service = client.done("POST", "services/", {"name": "home", "owner": "a@b.example", "views": [{"name": "shop"}]})
    assert client.done("PUT", "services/home", service) == service


def test_views_are_listed_by_whether_they_are_offline(client: Client) -> None:
    client.done("POST", GROUPS, group())
    client.done("POST", GROUPS, group(name="streamed", offline=False))
    assert [one["name"] for one in client.done("GET", f"{GROUPS}?offline=true")] == ["shop"]
    assert [one["name"] for one in client.done("GET", f"{GROUPS}?offline=false")] == ["streamed"]
    assert client.invalid("GET", f"{GROUPS}?offline=perhaps").keys() == {"query.offline"}


@pytest.mark.parametrize("syntax", DEVICE_TEXT)
def test_properties_as_text(client: Client, syntax: str) -> None:
    client.done("POST", GROUPS, group(attributes=[last_device()]))
    (shown,) = client.done("GET", f"{GROUPS}?offline=true&property_syntax={syntax}")[0]["attributes"]
    assert shown["property"] == DEVICE_TEXT[syntax]
    assert shown["criteria"]["all"][0]["property"] == "page_url"
    (plain,) = client.done("GET", GROUPS)[0]["attributes"]
    assert plain["property"] == DEVICE | {"index": 0}
    (older,) = client.done("GET", f"views/?property_syntax={syntax}")[0]["attributes"]
    assert (older["property"], older["property_syntax"]) == (DEVICE_TEXT[syntax], syntax)
    assert older["criteria"]["all"][0]["property_syntax"] == syntax


def test_an_unknown_syntax_is_refused(client: Client) -> None:
    assert client.invalid("GET", f"{GROUPS}?property_syntax=blobl").keys() == {"query.property_syntax"}


@pytest.mark.parametrize("syntax", DEVICE_TEXT)
def test_text_of_older_clients_is_read_back(client: Client, syntax: str) -> None:
    older = last_device(property=DEVICE_TEXT[syntax], property_syntax=syntax)
    older["criteria"] = {"any": [{"property": "page_url", "property_syntax": syntax, "operator": "=", "value": "x"}]}
    client.done("POST", "views/", group(attributes=[older]))
    (later,) = client.done("GET", "attribute_groups/shop")["attributes"]
    assert (later["property"]["vendor"], later["property"]["name"]) == ("nl.basjes", "yauaa_context")
    assert later["criteria"]["any"][0]["property"] == {"type": "atomic", "name": "page_url"}
    (shown,) = client.done("GET", f"{GROUPS}?property_syntax={syntax}")[0]["attributes"]
    assert shown["property"] == DEVICE_TEXT[syntax]


def test_a_part_of_a_date_stays_an_object(client: Client) -> None:
    hour = {"type": "atomic", "name": "derived_tstamp", "date_part": "hour_of_day"}
    client.done("POST", GROUPS, group(attributes=[last_device(property=hour, type="int64")]))
    (shown,) = client.done("GET", f"{GROUPS}?property_syntax=snowflake")[0]["attributes"]
    assert shown["property"] == hour


def test_entities_that_are_only_named(client: Client) -> None:
    client.done("POST", "views/", group(attribute_key=None, entity={"name": "user"}))
    assert client.done("GET", "views/shop")["entity_key"] == "domain_userid"
    key = {"name": "app", "key": "app_id", "ttl": "P30D", "owner": "a@b.example"}
    client.done("POST", "attribute_keys/", key)
    answer = client.done("POST", GROUPS, group(name="apps", attribute_key={"name": "app", "is_published": False}))
    assert answer["attribute_key_or_name"] == "app_id"
    assert answer["attribute_group_or_attribute_key_ttl"] == "P30D"
    wrong = client.invalid("POST", GROUPS, group(name="x", attribute_key={"name": "nobody_knows"}))
    assert "not an atomic column" in wrong["body"]


def test_entities(client: Client) -> None:
    names = {one["name"] for one in client.done("GET", "entities/")}
    assert names == {"domain_userid", "domain_sessionid", "user_id", "network_userid", "user", "session"}
    client.refused(400, "POST", "attribute_keys/", {"name": "domain_userid"})
    assert client.done("PUT", "attribute_keys/domain_userid", {"name": "domain_userid", "description": "x"})
    assert client.done("DELETE", "attribute_keys/domain_userid") == {"ok": True}
    assert "built in" in client.refused(409, "DELETE", "attribute_keys/domain_userid")
    client.refused(404, "GET", "entities/nobody")
    client.refused(404, "PUT", "entities/nobody", {"name": "nobody"})
    assert (
        client.refused(409, "PUT", "entities/other", {"name": "nobody"})
        == "the body names 'nobody', and the path 'other'"
    )


def test_an_entity_that_a_view_is_about_is_not_deleted(client: Client) -> None:
    key = {"name": "app", "key": "app_id", "owner": "a@b.example"}
    client.done("POST", "attribute_keys/", key)
    client.done("POST", GROUPS, group(name="apps", attribute_key={"name": "app", "is_published": False}))
    for path in ("attribute_keys/app", "entities/app/"):
        assert "apps_v1" in client.refused(409, "DELETE", path)
    assert client.done("GET", "attribute_keys/app")["key"] == "app_id"
    client.done("DELETE", "attribute_groups/apps/versions/1")
    client.done("DELETE", "attribute_keys/app")
    client.refused(404, "GET", "attribute_keys/app")


def test_batch_sources(client: Client) -> None:
    client.done("POST", GROUPS, group())
    client.refused(404, "GET", f"{ONE}/batch_source")
    for spelling in ("wh_schema", "schema", "schema_"):
        source = {name: value for name, value in SOURCE.items() if name != "wh_schema"} | {spelling: "S"}
        answer = client.done("PUT", f"{ONE}/batch_source", source)
        assert answer["batch_source"]["schema"] == "S"
        assert "owner" not in answer["batch_source"]
    assert client.done("PUT", ONE, group())["batch_source"]["table"] == "shop_1_attributes"
    assert client.done("GET", f"{ONE}/batch_source")["schema"] == "S"


def test_an_unfilled_batch_source_is_refused_and_not_kept(client: Client) -> None:
    client.done("POST", GROUPS, group())
    unfilled = SOURCE | {"database": "", "wh_schema": ""}
    assert client.invalid("PUT", f"{ONE}/batch_source", unfilled).keys() == {"body.database", "body.schema"}
    assert "batch_source" not in client.done("GET", ONE)
    wrong = client.invalid("POST", GROUPS, group(name="other", batch_source=unfilled))
    assert wrong.keys() == {"body.batch_source.database", "body.batch_source.schema"}
    client.refused(404, "GET", "attribute_groups/other")
    for field in ("table", "timestamp_field", "name"):
        broken = SOURCE | {field: 'x"; drop table y'}
        assert client.invalid("PUT", f"{ONE}/batch_source", broken).keys() == {f"body.{field}"}


def test_external_views(client: Client) -> None:
    external = group(
        name="ltv", attributes=None, fields=[{"name": "LTV", "type": "double"}], batch_source=SOURCE | {"name": "ltv"},
        attribute_key={"name": "customer", "external_column": "CUSTOMER_ID"},
    )  # fmt: skip
    answer = client.done("POST", GROUPS, external)
    assert answer["fields"] == [{"name": "LTV", "type": "double"}]
    assert answer["attribute_key"]["external_column"] == "CUSTOMER_ID"
    without = client.invalid("POST", GROUPS, group(name="x", attributes=None, fields=external["fields"]))
    assert "need a batch_source" in without["body"]


def test_a_service_with_attributes_of_one_name_is_refused_with_both_named(client: Client) -> None:
    for name in ("shop", "other"):
        client.done("POST", GROUPS, group(name=name))
    both = [{"name": "shop", "version": 1}, {"name": "other", "version": 1}]
    service = {"name": "home", "owner": "a@b.example", "attribute_groups": both}
    reason = client.refused(409, "POST", "services/", service)
    assert "shop_v1 and other_v1" in reason
    assert "'clicks'" in reason
    client.refused(404, "GET", "services/home")
    client.done(
        "PUT", "attribute_groups/other/versions/1", group(name="other", attributes=[CLICKS | {"name": "views"}])
    )
    answer = client.done("POST", "services/", service)
    assert answer["attribute_groups"] == answer["views"] == both
    assert "clicks" in client.refused(409, "PUT", "attribute_groups/other/versions/1", group(name="other"))
    assert "'home'" in client.refused(409, "DELETE", "attribute_groups/other/versions/1")
    missing = service | {"name": "away", "attribute_groups": [{"name": "nope"}]}
    assert "no view 'nope' version 1" in client.refused(404, "POST", "services/", missing)
    client.done("DELETE", "services/home")
    client.done("DELETE", "attribute_groups/other/versions/1")


def test_publishing_by_name(client: Client) -> None:
    publish, unpublish = f"{API}/engines/publish", f"{API}/engines/unpublish"
    client.done("POST", GROUPS, group(is_published=False))
    assert client.done("POST", publish) == {"status": "nothing to publish"}
    named = {"attribute_groups": [{"name": "shop", "version": 1}]}
    assert client.done("POST", publish, named) == {"status": "published"}
    assert client.done("GET", ONE)["is_published"] is True
    assert client.done("POST", unpublish, {"views": [{"name": "shop"}]}) == {"status": "unpublished"}
    assert client.done("GET", ONE)["is_published"] is False
    client.done("PUT", f"{ONE}/batch_source", SOURCE)
    assert client.done("POST", publish) == {"status": "published"}
    assert [view.name for view in client.backend.registry.published_views()] == ["shop"]
    client.refused(404, "POST", publish, {"attribute_groups": [{"name": "nope", "version": 1}]})
    assert client.invalid("POST", unpublish).keys() == {"body"}
    assert client.invalid("POST", publish, {"views": [{"name": "shop", "version": 0}]}).keys() == {
        "body.views.0.version"
    }


def test_publishing_everything_as_the_oldest_clients_do(client: Client) -> None:
    client.done("POST", "views/", group(is_published=None))
    assert client.done("POST", f"{API}/feature_store/apply") == {"status": "applied"}
    assert client.done("GET", ONE)["is_published"] is True


@pytest.mark.parametrize(
    ("changes", "field", "reason"),
    [
        ({"name": "Shop Floor"}, "name", "letters, digits and _, such as 'shop_floor'"),
        ({"owner": "nobody"}, "owner", "not an e-mail address"),
        ({"owner": None}, "owner", "is required"),
        ({"version": "1"}, "version", "integer"),
        ({"attributes": [CLICKS | {"type": "string"}]}, "attributes.0", "cannot hold a counter"),
        ({"attributes": [CLICKS | {"period": "PT12H"}]}, "attributes.0.period", "whole number of days"),
        ({"attributes": [CLICKS | {"agregation": "sum"}]}, "attributes.0.agregation", "unknown argument"),
        ({"attributes": ["clicks"]}, "attributes.0", ""),
        ({"attributes": "clicks"}, "attributes", ""),
        ({"attributes": [last_device(property="page_urll")]}, "attributes.0.property", "did you mean 'page_url'"),
        ({"attributes": [last_device(property={"type": "calculated"})]}, "attributes.0.property.operation", "required"),
        ({"attributes": [last_device(property={"type": "guess"})]}, "attributes.0.property", "AtomicProperty"),
        ({"attributes": [last_device(property=None)]}, "attributes.0", "needs a property"),
        ({"attribute_key": None}, "entity", "is required"),
        ({"attribute_key": {"name": 7}}, "attribute_key.name", "string"),
        ({"entity": {"name": "user"}}, "", "the same argument"),
        ({"ttl": "7 days"}, "ttl", "not a duration"),
        ({"unknown": 1}, "unknown", "unknown argument"),
        ({"description": "a\0b"}, "description", "NUL"),
    ],
)
def test_what_is_invalid_is_refused_with_field_and_reason(
    client: Client, changes: dict[str, Any], field: str, reason: str
) -> None:
    detail = client.invalid("POST", GROUPS, group(**changes))
    where = f"body.{field}".rstrip(".")
    assert where in detail, detail
    assert reason in detail[where]
    client.refused(404, "GET", "attribute_groups/shop")


def test_all_that_is_wrong_is_said_at_once(client: Client) -> None:
    wrong = group(name="Sh op", owner="x", attributes=[CLICKS | {"type": "text"}])
    assert client.invalid("POST", GROUPS, wrong).keys() == {"body.name", "body.owner", "body.attributes.0.type"}


@pytest.mark.parametrize("body", [b"", b"{", b"[1", b"null", b"[]", b'"x"', b"7", b"\xff", b'{"a": NaN}', b'"\\ud800"'])
def test_what_is_no_object_is_invalid(client: Client, body: bytes) -> None:
    for method, path in (("POST", GROUPS), ("PUT", ONE), ("POST", "attribute_keys/"), ("POST", "services/")):
        status, _ = client.call(method, path, content=body, headers={"content-type": "application/json"})
        assert status == 422, (method, path)


def test_deep_nesting_is_invalid(client: Client) -> None:
    for text in ("[" * 10_000, "[" * 1_000 + "]" * 1_000, '{"a":' * 100 + "1" + "}" * 100):
        status, _ = client.call("POST", GROUPS, content=text.encode())
        assert status == 422


def test_the_name_in_the_path_is_that_of_the_body(client: Client) -> None:
    client.done("POST", GROUPS, group())
    assert client.refused(409, "PUT", ONE, group(version=2)) == "the body names 'shop_v2', and the path 'shop_v1'"


def test_versions_in_paths(client: Client) -> None:
    for version in ("0", "-1", "x", "2147483648", "9" * 40):
        assert client.refused(422, "GET", f"attribute_groups/shop/versions/{version}")


def test_what_is_nowhere(client: Client) -> None:
    assert client.refused(404, "GET", "/nowhere") == "there is nothing at this path"
    assert client.refused(405, "PATCH", GROUPS) == "this path takes GET, POST"


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/api/v1/registry/views", "GET, POST"),
        ("/api/v1/registry/views/shop/versions/1", "DELETE, GET, PUT"),
        ("/api/v1/registry/views/shop/versions/1/batch_source", "GET, PUT"),
        ("/api/v1/get-online-attributes", "POST"),
        ("/health-all", "GET"),
    ],
)
@pytest.mark.parametrize("method", ["PATCH", "OPTIONS", "TRACE", "HEAD"])
def test_a_method_that_a_path_does_not_take(client: Client, method: str, path: str, allowed: str) -> None:
    answer = client.http.request(method, path)
    assert (answer.status_code, answer.headers["allow"]) == (405, allowed)


STEPS = 3_000


@pytest.mark.parametrize("path", ["a" + ".a" * STEPS, "a" + "[0]" * STEPS, "$" + ".a" * STEPS, '["a"]' * STEPS])
def test_a_path_that_is_too_deep_for_any_event_is_refused(client: Client, path: str) -> None:
    prop = {"type": "event", "vendor": "com.acme", "name": "x", "major_version": 1, "path": path}
    attribute = CLICKS | {"name": "a", "type": "string", "aggregation": "last", "property": prop}
    found = client.invalid("POST", "views", group(attributes=[attribute]))
    assert "it has more than 100 steps" in found["body.attributes.0.property.path"]
    assert len(str(found)) < 500
    criteria = {"all": [{"property": prop, "operator": "=", "value": "x"}]}
    assert client.invalid("POST", "views", group(attributes=[CLICKS | {"criteria": criteria}]))
    assert client.invalid("POST", "entities", {"name": "account", "property": prop, "owner": "a@b.example"})


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+05:00", "9999-12-31T23:59:59-05:00"])
def test_a_time_that_utc_cannot_hold_is_refused(client: Client, moment: str) -> None:
    outside = "outside the years 1 to 9999"
    found = client.invalid("POST", "views", group(backfill_since_tstamp=moment))
    assert outside in found["body.backfill_since_tstamp"]
    newest = {"name": "a", "type": "timestamp", "aggregation": "max", "default_value": moment}
    newest["property"] = {"type": "atomic", "name": "derived_tstamp"}  # type: ignore[assignment]
    assert outside in client.invalid("POST", "views", group(attributes=[newest]))["body.attributes.0"]


def test_names_that_collide_are_a_conflict(client: Client) -> None:
    twice = group(attributes=[CLICKS, CLICKS | {"name": "Clicks"}])
    assert "2 attributes of the view are named 'clicks'" in client.refused(409, "POST", GROUPS, twice)
    as_key = group(attributes=[CLICKS | {"name": "Domain_Userid"}])
    assert "has the name of the entity's identifier" in client.refused(409, "POST", GROUPS, as_key)
    views = [{"name": "shop"}, {"name": "Shop", "version": 1}]
    service = {"name": "home", "owner": "a@b.example", "views": views}
    assert "2 views of the service are named 'shop'" in client.refused(409, "POST", "services/", service)
    odd = {"name": "home", "owner": "a@b.example", "views": [{"name": "shop", "version": []}, {"name": 7}]}
    assert client.invalid("POST", "services/", odd)
