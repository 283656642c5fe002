"""Alerts of a command: a receiver that is down is said, and changes nothing else."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from snowplow_signals.cli.reporting import warn
from snowplow_signals.errors import AlertError, QualityError, SignalsError, UsageError

if TYPE_CHECKING:
    from snowplow_signals.alerts.alert import Alert
    from snowplow_signals.alerts.webhook import Webhook
    from snowplow_signals.run.runner import RunResult

LONGEST_MESSAGE = 2_000


def webhook(url: str | None, secret: str | None) -> "Webhook | None":
    """Where alerts go; None: nowhere. Raises UsageError."""
    if url is None:
        if secret is not None:
            raise UsageError("--alert-secret signs what goes to --alert-url: give both, or neither")
        return None
    from snowplow_signals.alerts.webhook import Webhook

    return Webhook(url, secret)


def failures(projects: Sequence[str], outcomes: Sequence[Any]) -> "list[Alert]":
    """An alert for each project whose run failed."""
    from snowplow_signals.alerts.alert import Alert

    return [
        Alert(
            "run_failed",
            project,
            f"the run of {project} failed: {outcome}"[:LONGEST_MESSAGE],
            {"error": type(outcome).__name__},
        )
        for project, outcome in zip(projects, outcomes, strict=True)
        if isinstance(outcome, SignalsError)
    ]


def expectations(projects: Sequence[str], outcomes: "Sequence[RunResult | SignalsError]") -> "list[Alert]":
    """An alert for each expectation that is not met: by what is published, or was to be and was refused."""
    from snowplow_signals.alerts.alert import Alert

    found = []
    for project, outcome in zip(projects, outcomes, strict=True):
        if isinstance(outcome, QualityError):
            failed, is_published = outcome.failed, False
        elif isinstance(outcome, SignalsError):
            continue
        else:
            failed, is_published = outcome.expectations_failed, True
        for one in failed:
            details = {"project": project, "attribute": one.attribute, "rule": one.rule, "is_published": is_published}
            found.append(Alert("expectation_failed", one.view, str(one)[:LONGEST_MESSAGE], details))
    return found


def send(webhook: "Webhook", alerts: "Sequence[Alert]") -> None:
    """Send what there is."""
    from snowplow_signals.alerts.alert import Message

    if not alerts:
        return
    try:
        webhook.send(Message.of("run", alerts))
    except AlertError as error:
        warn(f"Warning: {error}")
