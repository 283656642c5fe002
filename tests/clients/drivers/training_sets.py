"""Training sets by the public Python SDK. Run by its own Python; not part of our package."""

import json
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from snowplow_signals import (
    AtomicProperty,
    Attribute,
    BatchAttributeGroup,
    Criteria,
    Criterion,
    Event,
    Signals,
    SignalsSandbox,
    TrainingSpan,
    WarehouseTable,
    domain_userid,
)

question = json.load(sys.stdin)
signals = SignalsSandbox(**question["sandbox"]) if "sandbox" in question else Signals(**question["key"])
group = BatchAttributeGroup(
    name="trained",
    version=1,
    attribute_key=domain_userid,
    owner="a@b.example",
    attributes=[
        Attribute(
            name="clicks",
            type="int32",
            events=[Event(name="click", vendor="com.acme", version="1-0-0")],
            aggregation="counter",
            period=timedelta(days=7),
        )
    ],
)
now = datetime.now(UTC)
sessions = {
    "attribute_groups": [group],
    "goal_criteria": Criteria(any=[Criterion.eq(AtomicProperty(name="se_property"), "done")]),
    "training_span": TrainingSpan(start_time=now - timedelta(days=2), end_time=now + timedelta(days=1)),
    "min_events": 0,
}


def finished(run):
    end = time.monotonic() + 120
    while (found := signals.get_dataset_run_status(run.id)).status.value == "pending" and time.monotonic() < end:
        time.sleep(0.2)
    return found


said = {}
bundle = signals.build_dataset_with_session_anchors(**sessions)
with tempfile.TemporaryDirectory() as folder:
    bundle.save_to(folder)
    said["files"] = sorted(file.name for file in Path(folder).iterdir())
run = signals.submit_dataset_run_with_session_anchors(**sessions)
said["sessions"] = finished(run).status.value
preview = signals.get_dataset_run_preview(run.id)
said["columns"], said["rows"] = preview.columns, [[row[0], *row[2:]] for row in preview.data]
signals.cancel_dataset_run(run.id)
given = WarehouseTable(schema="mine", table="moments")
custom = {"attribute_groups": [group], "max_lookback_days": 30}
said["custom"] = list(signals.build_dataset_with_custom_anchors(anchors_table=given, **custom).files)
run = signals.submit_dataset_run_with_custom_anchors(anchors_table=given, **custom)
said["custom_run"] = finished(run).status.value
said["limited"] = signals.get_dataset_run_preview(run.id, limit=2).row_count
print(json.dumps(said))
