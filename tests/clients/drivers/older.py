"""Calls of the public Python SDK, in the words of earlier years. Run by its own Python; not part of our package."""

import json
import sys
from datetime import timedelta

from snowplow_signals import (
    AtomicProperty,
    Attribute,
    BatchView,
    Criteria,
    Criterion,
    Entity,
    EntityProperty,
    Event,
    Service,
    Signals,
    SignalsAPIError,
    user_entity,
)

OWNER = "a@b.example"
CLICK = Event(name="click", vendor="com.acme", version="1-0-0")
view = BatchView(
    name="older",
    version=1,
    entity=user_entity,
    owner=OWNER,
    attributes=[
        Attribute(name="clicks", type="int32", events=[CLICK], aggregation="counter", period=timedelta(days=7)),
        Attribute(
            name="label",
            type="string",
            events=[CLICK],
            aggregation="last",
            property=AtomicProperty(name="se_label"),
            criteria=Criteria(all=[Criterion.eq(AtomicProperty(name="app_id"), "web")]),
        ),
        Attribute(
            name="device",
            type="string",
            events=[CLICK],
            aggregation="last",
            property=EntityProperty(vendor="nl.basjes", name="yauaa_context", major_version=1, path="deviceClass"),
        ),
    ],
)
entity = Entity(name="shopper", key="user_id", owner=OWNER)
service = Service(name="older_service", owner=OWNER, views=[view])

question = json.load(sys.stdin)
signals = Signals(**question["key"])
said = {}
if question["do"] == "publish":
    said["published"] = [type(one).__name__ for one in signals.publish([view, entity, service])]
    signals.publish([view, entity, service])
    got = signals.get_view("older", 1)
    said["view"] = [got.name, got.version, got.entity_key, got.is_published]
    said["properties"] = [one.property for one in got.attributes]
elif question["do"] == "read":
    said["view"] = signals.get_view_attributes(
        name="older", version=1, attributes=["clicks", "label"], entity="user", identifier="u1"
    )
    said["service"] = signals.get_service_attributes(name="older_service", entity="user", identifier="u1")
    frame = signals.test(view, entity_ids=["u1"], app_ids=["web"], window=timedelta(days=2))
    said["test"] = json.loads(frame.to_json(orient="records"))
else:
    said["unpublished"] = [one.is_published for one in signals.unpublish([view])]
    signals.delete([service, view, entity])
    try:
        signals.get_view("older")
    except SignalsAPIError as error:
        said["gone"] = error.status_code
print(json.dumps(said))
