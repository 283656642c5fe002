"""Our own client: definitions there and back, reads, and what goes wrong, as errors that say what to do."""

from __future__ import annotations

import copy
import json
import pickle
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest
from tests.clients.conftest import connected
from tests.server.service import Client

from snowplow_signals import (
    AtomicProperty,
    Attribute,
    BatchAttributeGroup,
    BatchSource,
    Criteria,
    Criterion,
    DefinitionError,
    Entity,
    EntityProperty,
    ExternalBatchAttributeGroup,
    Field,
    LinkAttributeKey,
    LinkEntity,
    PageView,
    Service,
    ServiceError,
    Signals,
    SignalsAPIError,
    SignalsSandbox,
    UsageError,
    View,
    domain_userid,
    user_entity,
)
from snowplow_signals.plan import plan_view

CLICKS = Attribute(name="clicks", type="int64", aggregation="counter")
REVENUE = EntityProperty(vendor="com.acme", name="order", major_version=1, path="total.value[0]")
VIEW = View(
    name="shop",
    version=2,
    entity=user_entity,
    offline=True,
    owner="a@b.example",
    description="Who buys",
    ttl=timedelta(days=1, hours=12),
    refresh_rate=timedelta(minutes=10),
    attributes=[
        CLICKS,
        Attribute(
            name="revenue",
            type="double",
            aggregation="sum",
            property=REVENUE,
            events=[PageView()],
            criteria=Criteria(
                all=[Criterion.in_list(AtomicProperty(name="app_id"), ["web", "it's"])],
                any=[Criterion.gt(REVENUE, 0.5), Criterion.is_null(REVENUE)],
            ),
            period=timedelta(days=7),
            default_value=0.0,
        ),
        Attribute(name="hours", type="double", aggregation="time_since_last", time_unit="h", default_value=-1.0),
    ],
)
TABLE = BatchSource(name="crm", database="DB", schema="S", table="crm", timestamp_field="changed_at")
CRM = ExternalBatchAttributeGroup(
    name="crm",
    attribute_key=domain_userid,
    fields=[Field(name="segment", type="string"), Field(name="tags", type="string_list")],
    batch_source=TABLE,
    owner="a@b.example",
)
SHOP = Service(name="front_page", views=[VIEW, CRM], owner="a@b.example")
ACCOUNT = Entity(name="customer", property=AtomicProperty(name="user_id"), owner="a@b.example")


def store(service: Client, view: View, **profiles: dict[str, Any]) -> None:
    opened = service.backend.store()
    changed = datetime.now(UTC).replace(tzinfo=None)
    opened.declare(view.full_name, view.entity.identifier)
    opened.write(view.full_name, [(one, values, changed) for one, values in profiles.items()], changed)


class Answering(httpx2.BaseTransport):
    """A service that answers each request with the next of its answers, and remembers what it was asked."""

    def __init__(self, *answers: httpx2.Response | Exception) -> None:
        self.answers = list(answers)
        self.requests: list[httpx2.Request] = []

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        request.read()
        self.requests.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    @property
    def calls(self) -> list[str]:
        return [f"{one.method} {one.url.path}" for one in self.requests]


def client_of(*answers: httpx2.Response | Exception, **key: str) -> tuple[Signals, Answering]:
    answering = Answering(*answers)
    return Signals("http://service.example/", **key, transport=answering), answering


class TestDefinitions:
    def test_what_is_published_comes_back_as_it_was(self, signals: Signals) -> None:
        published = signals.publish([SHOP, VIEW, ACCOUNT, CRM])
        assert published == [one.model_copy(update={"is_published": True}) for one in (ACCOUNT, VIEW, CRM, SHOP)]
        assert signals.get_view("shop") == signals.get_attribute_group("shop", 2) == published[1]
        assert signals.get_service("front_page") == published[3]
        assert signals.get_entity("customer") == signals.get_attribute_key("customer") == published[0]
        assert signals.list_views(offline=True) == [published[2], published[1]]
        assert signals.list_views(offline=False) == []

    def test_publishing_again_replaces(self, signals: Signals) -> None:
        signals.publish(VIEW)
        changed = VIEW.model_copy(update={"description": "Who buys more", "ttl": None})
        assert signals.publish([changed])[0] == changed.model_copy(update={"is_published": True})
        assert signals.get_view("shop", 2).description == "Who buys more"

    def test_unpublishing_keeps_the_definition(self, signals: Signals) -> None:
        signals.publish([VIEW, ACCOUNT])
        assert signals.unpublish([VIEW]) == [VIEW]
        assert signals.get_view("shop").is_published is False
        assert signals.get_entity("customer").is_published is True

    def test_deleting_goes_the_other_way_round(self, signals: Signals) -> None:
        signals.publish([VIEW, CRM, SHOP, ACCOUNT])
        with pytest.raises(SignalsAPIError, match="front_page") as refused:
            signals.delete(VIEW)
        assert refused.value.status == 409
        signals.delete([ACCOUNT, VIEW, CRM, SHOP])
        assert signals.list_views() == []
        with pytest.raises(SignalsAPIError) as gone:
            signals.delete(SHOP)
        assert gone.value.status == 404

    def test_a_group_in_the_later_words(self, signals: Signals) -> None:
        group = BatchAttributeGroup(name="g", attribute_key=domain_userid, attributes=[CLICKS], owner="a@b.example")
        assert signals.publish([group])[0].full_name == "g_v1"
        assert signals.get_attribute_group("g").entity == domain_userid

    def test_a_link_is_the_entity_of_the_service(self, signals: Signals) -> None:
        signals.publish(ACCOUNT)
        link = LinkEntity(name="customer")
        (view,) = signals.publish(VIEW.model_copy(update={"entity": link}))
        assert view.entity == signals.get_view("shop").entity == ACCOUNT.model_copy(update={"is_published": True})
        assert LinkAttributeKey(name="user") == user_entity
        with pytest.raises(DefinitionError, match="a link has only a name; leave key out"):
            LinkEntity(name="customer", key="user_id")
        linked = View(name="v", attribute_key=link, attributes=[CLICKS], offline=True, owner="a@b.example")
        assert linked.to_json()["entity"] == {"name": "customer", "is_published": False}
        with pytest.raises(DefinitionError, match="'customer': it is a link, which only a service can resolve"):
            plan_view(linked)

    def test_a_table_is_registered(self, signals: Signals) -> None:
        signals.publish(VIEW)
        assert signals.register_batch_source(VIEW, TABLE).batch_source == TABLE
        assert signals.get_view("shop").batch_source == TABLE

    def test_only_definitions_are_published(self, signals: Signals) -> None:
        with pytest.raises(UsageError, match="publish takes views, entities and services, not 'shop'"):
            signals.publish(["shop"])  # type: ignore[list-item]
        assert signals.publish([]) == []

    def test_what_is_invalid_is_told_by_field(self) -> None:
        detail = [{"loc": ["body", "owner"], "msg": "is not an e-mail address", "type": "value_error"}]
        signals, answering = client_of(httpx2.Response(422, json={"detail": detail}))
        with pytest.raises(SignalsAPIError, match=r"422 body\.owner: is not an e-mail address") as refused:
            signals.publish(VIEW)
        assert (refused.value.status, refused.value.body) == (422, {"detail": detail})
        assert answering.calls == ["POST /api/v1/registry/attribute_groups/"]

    def test_exactly_400_means_that_it_exists(self) -> None:
        answer = VIEW.to_json()
        exists, taken = httpx2.Response(400, json={"detail": "exists"}), httpx2.Response(200, json=answer)
        signals, answering = client_of(exists, taken)
        assert signals.publish(VIEW) == [VIEW]
        post, put = answering.requests
        assert answering.calls[1] == "PUT /api/v1/registry/attribute_groups/shop/versions/2"
        assert json.loads(post.content) == json.loads(put.content)
        signals, answering = client_of(httpx2.Response(409, json={"detail": "no"}))
        with pytest.raises(SignalsAPIError):
            signals.publish(VIEW)
        assert len(answering.calls) == 1

    def test_what_later_services_say_besides_is_left_out(self) -> None:
        answer = json.loads(json.dumps(VIEW.to_json()))
        answer["attribute_key"] = answer.pop("entity") | {"blobl_path": None, "new": 1}
        answer |= {"full_name": "shop_v2", "sync": {"state": "x"}}
        answer["attributes"][1]["property"]["note"] = "x"
        answer["attributes"][1]["criteria"]["any"][0]["property"]["note"] = "x"
        answer["attributes"][0]["new"] = [{}]
        signals, _ = client_of(httpx2.Response(200, json=answer))
        assert signals.get_view("shop", 2) == VIEW

    def test_what_a_later_service_means_and_we_do_not_is_named(self) -> None:
        answer = json.loads(json.dumps(VIEW.to_json()))
        answer["attributes"][0]["aggregation"] = "guess"
        signals, _ = client_of(httpx2.Response(200, json=answer), httpx2.Response(200, json=[answer, VIEW.to_json()]))
        with pytest.raises(DefinitionError, match="guess"):
            signals.get_view("shop", 2)
        with pytest.raises(DefinitionError, match="guess"):
            signals.list_views()


class TestReads:
    @pytest.fixture(autouse=True)
    def _profiles(self, service: Client, signals: Signals) -> None:
        signals.publish([VIEW, CRM, SHOP])
        store(service, VIEW, u1={"clicks": 7, "revenue": 1.5}, u2={"clicks": 0, "revenue": None})
        store(service, CRM, u1={"segment": "gold", "tags": ["a"]}, u3={"segment": "new", "tags": []})

    def test_one(self, signals: Signals) -> None:
        expected = {"clicks": 7, "revenue": 1.5}
        assert signals.get_view_attributes("shop", 2, ["clicks", "revenue"], "user", "u1") == expected
        assert signals.get_group_attributes(
            name="shop", version=2, attributes="clicks", attribute_key="domain_userid", identifier="u1"
        ) == {"clicks": 7}
        assert signals.get_view_attributes(VIEW, identifier="u2") == {"clicks": 0, "revenue": None, "hours": -1.0}
        assert signals.get_view_attributes("shop", identifier="u1") == {**expected, "hours": -1.0}
        assert signals.get_group_attributes(CRM, identifier="u1") == {"segment": "gold", "tags": ["a"]}

    def test_a_service(self, signals: Signals) -> None:
        expected = {"clicks": 7, "revenue": 1.5, "hours": -1.0, "segment": "gold", "tags": ["a"]}
        assert signals.get_service_attributes("front_page", "domain_userid", "u1") == expected
        assert signals.get_service_attributes(SHOP, entity=user_entity, identifier="u1") == expected

    def test_freshness(self, signals: Signals) -> None:
        """It is there for who asks, of one and of many, of a view and of all views of a service."""
        one = signals.get_view_attributes(VIEW, attributes="clicks", identifier="u1", include_freshness=True)
        assert one["clicks"] == 7
        assert set(one["$freshness"]) == {"shop_v2"}
        assert set(one["$freshness"]["shop_v2"]) == {"changed_at", "confirmed_at"}
        many = signals.get_group_attributes(VIEW, identifiers=["u1", "nobody"], include_freshness=True)
        assert many["u1"]["$freshness"] == one["$freshness"]
        assert many["nobody"]["$freshness"] == {"shop_v2": None}
        served = signals.get_service_attributes(SHOP, user_entity, "u2", include_freshness=True)
        assert served["$freshness"]["shop_v2"] is not None
        assert served["$freshness"]["crm_v1"] is None

    def test_nobody_has_no_values(self, signals: Signals) -> None:
        found = signals.get_view_attributes(VIEW, identifier="nobody")
        assert found == dict.fromkeys(("clicks", "revenue", "hours"))

    def test_many(self, signals: Signals) -> None:
        assert signals.get_view_attributes(VIEW, attributes=["clicks"], identifiers=["u2", "u1", "x", "u2"]) == {
            "u2": {"clicks": 0},
            "u1": {"clicks": 7},
            "x": {"clicks": None},
        }
        many = [f"x{number}" for number in range(2_500)] + ["u1"]
        found = signals.get_service_attributes("front_page", "domain_userid", identifiers=many)
        assert list(found) == many
        assert found["u1"]["segment"] == "gold"
        assert signals.get_view_attributes(VIEW, identifiers=[]) == {}

    @pytest.mark.parametrize(
        ("call", "reason"),
        [
            (lambda signals: signals.get_view_attributes(VIEW), "pass identifier"),
            (lambda signals: signals.get_view_attributes(VIEW, identifier="a", identifiers=["b"]), "pass identifier"),
            (lambda signals: signals.get_view_attributes(VIEW, identifiers="abc"), "pass identifier"),
            (
                lambda signals: signals.get_service_attributes("front_page", identifier="u1"),
                "the key of the identifiers",
            ),
            (lambda signals: signals.get_service_attributes("x", "a", "b", entity="a"), "the same argument"),
        ],
    )
    def test_wrong_use_is_said_before_anything_is_sent(
        self, signals: Signals, call: Callable[[Signals], Any], reason: str
    ) -> None:
        with pytest.raises(UsageError, match=reason):
            call(signals)

    def test_what_is_not_there_is_refused(self, signals: Signals) -> None:
        for call in (
            lambda: signals.get_service_attributes("front_pag", "domain_userid", "u1"),
            lambda: signals.get_view_attributes("shp", 1, ["a"], "user", "u1"),
            lambda: signals.get_view_attributes("shop", 3, identifier="u1"),
        ):
            with pytest.raises(SignalsAPIError) as refused:
                call()
            assert refused.value.status == 404
        with pytest.raises(SignalsAPIError, match="did you mean 'front_page'"):
            signals.get_service_attributes("front_pag", "domain_userid", "u1")


class TestFailures:
    def test_a_service_that_is_not_there(self) -> None:
        signals, answering = client_of(httpx2.ConnectError("refused"), httpx2.ConnectError("refused"))
        with pytest.raises(ServiceError, match=r"http://service\.example.*cannot be reached: refused"):
            signals.get_view("shop")
        assert len(answering.requests) == 2

    def test_a_connection_that_breaks_off_is_tried_again_for_reads_only(self) -> None:
        broken = httpx2.RemoteProtocolError("server disconnected")
        signals, answering = client_of(broken, httpx2.Response(200, json=VIEW.to_json()))
        assert signals.get_view("shop") == VIEW
        signals, answering = client_of(broken, httpx2.Response(201, json=VIEW.to_json()))
        with pytest.raises(ServiceError, match="disconnected"):
            signals.publish(VIEW)
        assert len(answering.requests) == 1

    def test_an_answer_that_takes_too_long_is_not_asked_for_twice(self) -> None:
        signals, answering = client_of(httpx2.ReadTimeout("slow"))
        with pytest.raises(ServiceError, match="timed out"):
            signals.get_view("shop")
        assert len(answering.requests) == 1

    @pytest.mark.parametrize("status", [204, 301, 307, 404, 500])
    def test_anything_but_success_is_an_error(self, status: int) -> None:
        signals, _ = client_of(httpx2.Response(status, text="<html>", headers={"location": "http://elsewhere"}))
        with pytest.raises(SignalsAPIError) as refused:
            signals.get_view("shop")
        assert (refused.value.status, refused.value.body) == (status, "<html>")

    @pytest.mark.parametrize("answer", ["<html>", "", "[]", "3", "null"])
    def test_an_answer_that_is_no_definition(self, answer: str) -> None:
        signals, _ = client_of(httpx2.Response(200, text=answer))
        with pytest.raises((ServiceError, DefinitionError), match=r"without JSON|instead of an object"):
            signals.get_view("shop")

    @pytest.mark.parametrize("answer", [[], {"a": 1}, {"a": []}, {"a": [1, 2]}, {"a": None}])
    def test_an_answer_that_is_no_profile(self, answer: Any) -> None:
        signals, _ = client_of(httpx2.Response(200, json=answer))
        with pytest.raises(ServiceError, match="sent"):
            signals.get_view_attributes("shop", 1, ["a"], "user", "u1")

    def test_the_error_can_be_sent_elsewhere(self) -> None:
        error = SignalsAPIError(404, {"detail": "there is no view"}, "GET http://x")
        for clone in (copy.copy(error), pickle.loads(pickle.dumps(error))):
            assert (clone.status, clone.body, str(clone)) == (404, error.body, "GET http://x: 404 there is no view")

    @pytest.mark.parametrize("url", ["", "localhost:8000", "ftp://x", "http://", "http://x?a=b"])
    def test_a_wrong_url_is_said_at_once(self, url: str) -> None:
        with pytest.raises(UsageError, match="api_url"):
            Signals(url)

    def test_half_a_key_is_said_at_once(self) -> None:
        with pytest.raises(UsageError, match="missing: org_id"):
            Signals("http://x", api_key="a", api_key_id="b")
        with pytest.raises(UsageError, match="sandbox_token is empty"):
            SignalsSandbox("http://x", "")


def test_the_client_tells_nobody_its_secrets() -> None:
    for client in (Signals("http://x", "secret", "secret-id", "org"), SignalsSandbox("http://x", "secret")):
        assert "secret" not in repr(client) + str(vars(client))


def test_health(service: Client, signals: Signals) -> None:
    assert signals.health() == {"service": "ok", "registry": "ok", "profiles_store": "ok"}
    assert connected(service).health()["service"] == "ok"
    degraded = {"status": "degraded", "dependencies": {"registry": "unavailable"}}
    client, answering = client_of(httpx2.Response(503, json=degraded), api_key="a", api_key_id="b", org_id="c")
    assert client.health() == {"service": "degraded", "registry": "unavailable"}
    assert "authorization" not in answering.requests[0].headers
