"""Alerts of a command: a receiver that is down is said, and changes nothing else."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from snowplow_signals.cli.reporting import warn
from snowplow_signals.errors import AlertError, SignalsError, UsageError

if TYPE_CHECKING:
    from snowplow_signals.alerts.alert import Alert
    from snowplow_signals.alerts.webhook import Webhook

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


def send(webhook: "Webhook", alerts: "Sequence[Alert]") -> None:
    """Send what there is."""
    from snowplow_signals.alerts.alert import Message

    if not alerts:
        return
    try:
        webhook.send(Message.of("run", alerts))
    except AlertError as error:
        warn(f"Warning: {error}")
