"""Calls of the public Python SDK, in the words of later years. Run by its own Python; not part of our package."""

import json
import sys
from datetime import timedelta

from snowplow_signals import (
    AtomicProperty,
    Attribute,
    AttributeKey,
    BatchAttributeGroup,
    BatchSource,
    Criteria,
    Criterion,
    EntityProperty,
    Event,
    EventProperty,
    ExternalBatchAttributeGroup,
    Field,
    Service,
    Signals,
    SignalsAPIError,
    SignalsSandbox,
    StreamAttributeGroup,
    domain_userid,
)

OWNER = "a@b.example"
CLICK = Event(name="click", vendor="com.acme", version="1-0-0")
attributes = [
    Attribute(name="clicks", type="int32", events=[CLICK], aggregation="counter", period=timedelta(days=7)),
    Attribute(
        name="labels",
        type="string_list",
        events=[CLICK],
        aggregation="unique_list",
        property=AtomicProperty(name="se_label"),
    ),
    Attribute(
        name="spent",
        type="double",
        events=[CLICK],
        aggregation="sum",
        property=AtomicProperty(name="se_value"),
        criteria=Criteria(all=[Criterion.eq(AtomicProperty(name="app_id"), "web")]),
        default_value=0.0,
    ),
]
nested = [
    Attribute(
        name="device",
        type="string",
        events=[CLICK],
        aggregation="last",
        property=EntityProperty(vendor="nl.basjes", name="yauaa_context", major_version=1, path="deviceClass"),
    ),
    Attribute(
        name="kind",
        type="string",
        events=[CLICK],
        aggregation="first",
        property=EventProperty(vendor="com.acme", name="click", major_version=1, path="$.kind"),
        criteria=Criteria(any=[Criterion.like(AtomicProperty(name="page_url"), "%pricing%")]),
    ),
]
key = AttributeKey(name="customer", property=AtomicProperty(name="user_id"), owner=OWNER)
group = BatchAttributeGroup(
    name="later", version=1, attribute_key=domain_userid, attributes=attributes, owner=OWNER, ttl=timedelta(days=400)
)
second = group.model_copy(update={"version": 2, "attributes": attributes + nested})
table = ExternalBatchAttributeGroup(
    name="later_table",
    version=3,
    attribute_key=domain_userid,
    owner=OWNER,
    fields=[Field(name="segment", type="string")],
    batch_source=BatchSource(name="crm", database="db", schema="s", table="crm", timestamp_field="changed_at"),
)
stream = StreamAttributeGroup(
    name="later_stream", version=1, attribute_key=domain_userid, attributes=attributes[:1], owner=OWNER
)
service = Service(name="later_service", owner=OWNER, attribute_groups=[second, table])

question = json.load(sys.stdin)
signals = SignalsSandbox(**question["sandbox"]) if "sandbox" in question else Signals(**question["key"])
said = {}


def refused(call):
    try:
        call()
    except SignalsAPIError as error:
        return error.status_code
    return "not refused"


if question["do"] == "publish":
    said["published"] = [type(one).__name__ for one in signals.publish([service, key, group, second, table, stream])]
    said["again"] = [one.is_published for one in signals.publish([service, key, group, second, table, stream])]
    latest = signals.get_attribute_group("later")
    said["latest"] = [latest.version, latest.full_name, latest.is_published, latest.attribute_key_or_name]
    said["properties"] = [one.property.model_dump(mode="json") if one.property else None for one in latest.attributes]
    said["table"] = signals.get_attribute_group("later_table", 3).batch_source.model_dump(mode="json", by_alias=True)
    said["missing"] = refused(lambda: signals.get_attribute_group("no_such"))
elif question["do"] == "read":
    said["group"] = signals.get_group_attributes(
        name="later", version=2, attributes=["clicks", "labels"], attribute_key="domain_userid", identifier="u1"
    )
    said["one"] = signals.get_group_attributes(
        name="later", version=2, attributes="spent", attribute_key="domain_userid", identifier="u1"
    )
    said["service"] = signals.get_service_attributes(
        name="later_service", attribute_key="domain_userid", identifier="u1"
    )
    said["nobody"] = signals.get_service_attributes(
        name="later_service", attribute_key="domain_userid", identifier="nobody"
    )
    said["missing"] = refused(lambda: signals.get_service_attributes("no_such", "domain_userid", "u1"))
    frame = signals.test(group, app_ids=["web"], window=timedelta(days=2), attribute_key_ids=["u1", "u2"])
    said["test"] = json.loads(frame.to_json(orient="records"))
    said["test_in_passing"] = len(signals.test(stream))
else:
    said["unpublished"] = [one.is_published for one in signals.unpublish([service, key, group, second, table, stream])]
    said["needed"] = refused(lambda: signals.delete([table]))
    signals.delete([key, group, second, table, stream, service])
    said["gone"] = refused(lambda: signals.delete([group]))
print(json.dumps(said))
