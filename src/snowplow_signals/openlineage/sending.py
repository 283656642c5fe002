"""Sending events of OpenLineage: only where that is configured, and without ever failing what they tell of."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from snowplow_signals.distribution import NAME, VERSION, installing

if TYPE_CHECKING:
    from openlineage.client.client import OpenLineageClient
    from openlineage.client.event_v2 import InputDataset, OutputDataset

CONFIG_FILE = "openlineage.yml"
NAMESPACE, PARENT = "OPENLINEAGE_NAMESPACE", "OPENLINEAGE_PARENT_ID"
DEFAULT_NAMESPACE = "signals"
PRODUCER = f"https://pypi.org/project/{NAME}/{VERSION}"
LONGEST_MESSAGE = 2_000


def is_configured() -> bool:
    """Whether the client's own variables or its file say where events go: without them it would print them.

    https://openlineage.io/docs/client/python/configuration
    """
    if os.environ.get("OPENLINEAGE_DISABLED", "").strip().lower() == "true":
        return False
    variables = ("OPENLINEAGE_URL", "OPENLINEAGE_CONFIG")
    if any(os.environ.get(name) for name in variables) or any(name.startswith("OPENLINEAGE__") for name in os.environ):
        return True
    places = (Path.cwd(), Path.home() / ".openlineage")
    return any((place / CONFIG_FILE).is_file() for place in places)


def sender(warn: Callable[[str], None]) -> Sender | None:
    """What sends events; None where it is not configured, or cannot be done: then `warn` is told why."""
    if not is_configured():
        return None
    if not _is_installed():
        warn(f"Warning: OpenLineage is configured, and nothing is sent: {installing('openlineage')}")
        return None
    from openlineage.client.client import OpenLineageClient

    try:
        return Sender(OpenLineageClient(), warn)
    except Exception as error:  # whatever is wrong with its configuration must not keep anything from running
        warn(f"Warning: OpenLineage is not configured rightly, and nothing is sent: {type(error).__name__}")
        return None


def _is_installed() -> bool:
    try:
        return find_spec("openlineage.client") is not None
    except ModuleNotFoundError:
        return False


class Sender:
    """Sends events. The first that fails is said; what runs goes on."""

    def __init__(self, client: OpenLineageClient, warn: Callable[[str], None]) -> None:
        self._client = client
        self._warn = warn
        self._failed = False

    def started(self, job: Job) -> None:
        self._send(job, "START")

    def completed(self, job: Job, inputs: Sequence[InputDataset], outputs: Sequence[OutputDataset]) -> None:
        self._send(job, "COMPLETE", inputs, outputs)

    def failed(self, job: Job, message: str, inputs: Sequence[InputDataset] = ()) -> None:
        from openlineage.client.generated.error_message_run import ErrorMessageRunFacet

        error = ErrorMessageRunFacet(message[:LONGEST_MESSAGE], "Python")
        self._send(job, "FAIL", inputs, facets={"errorMessage": error})

    def _send(
        self,
        job: Job,
        kind: str,
        inputs: Sequence[InputDataset] = (),
        outputs: Sequence[OutputDataset] = (),
        facets: dict[str, Any] | None = None,
    ) -> None:
        from openlineage.client import event_v2

        try:
            event = event_v2.RunEvent(
                eventTime=datetime.now(UTC).isoformat(),
                producer=PRODUCER,
                eventType=event_v2.RunState[kind],
                run=event_v2.Run(job.run_id, {**_parent(), **(facets or {})}),
                job=event_v2.Job(os.environ.get(NAMESPACE) or DEFAULT_NAMESPACE, job.name, job.facets()),
                inputs=list(inputs),
                outputs=list(outputs),
            )
            self._client.emit(event)
        except Exception as error:  # the client raises what its transport does; a run must not fail for that
            if not self._failed:
                self._warn(f"Warning: OpenLineage: an event could not be sent: {type(error).__name__}")
            self._failed = True


class Job:
    """A job, `run.shop_1` or `sync.shop_1`, and its run, by a UUID."""

    def __init__(self, what: str, name: str, run_id: str, owners: Sequence[str]) -> None:
        self.what = what
        self.name = f"{what}.{name}"
        self.run_id = run_id
        self._owners = tuple(dict.fromkeys(owners))

    def facets(self) -> dict[str, Any]:
        from openlineage.client.generated.job_type_job import JobTypeJobFacet
        from openlineage.client.generated.ownership_job import Owner, OwnershipJobFacet

        return {
            "jobType": JobTypeJobFacet("BATCH", "SIGNALS", self.what.upper()),
            "ownership": OwnershipJobFacet([Owner(owner, "MAINTAINER") for owner in self._owners]),
        }


def _parent() -> dict[str, Any]:
    """The run that this one is a part of, as an orchestrator says it: `<namespace>/<job>/<run id>`."""
    from openlineage.client.generated.parent_run import Job as ParentJob
    from openlineage.client.generated.parent_run import ParentRunFacet, Run

    namespace, name, run_id = (["", "", "", *os.environ.get(PARENT, "").rsplit("/", 2)])[-3:]
    if not (namespace and name and run_id):
        return {}
    return {"parent": ParentRunFacet(Run(run_id), ParentJob(namespace, name))}
