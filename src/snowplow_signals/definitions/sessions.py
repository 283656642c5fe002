"""Training examples out of sessions: which moments, and whether the goal was reached afterwards."""

import math
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, BeforeValidator, StrictInt
from pydantic import Field as field

from snowplow_signals.definitions.base import Definition, concerning, is_broken, refused
from snowplow_signals.definitions.criteria import Criteria
from snowplow_signals.definitions.events import Event
from snowplow_signals.definitions.fields import MAX_VERSION, Moment, NoneIsEmpty


def _whole_number(what: str, least: int) -> AfterValidator:
    def check(number: int) -> int:
        if not least <= number <= MAX_VERSION:
            raise refused(f"{what} {number} must be a whole number from {least} to {MAX_VERSION}")
        return number

    return AfterValidator(check)


def _ratio(value: Any) -> float | None:
    if value is None:
        return None
    if isinstance(value, int | float) and not isinstance(value, bool) and value > 0 and math.isfinite(value):
        return float(value)
    raise refused(f"max_negative_ratio {value!r} must be a number above 0, or None for no limit")


Least = Annotated[StrictInt, BeforeValidator(lambda value: 0 if value is None else value)]


class TrainingSpan(Definition):
    """From `start_time` on, and before `end_time`; times without a zone are UTC."""

    noun: ClassVar[str] = "training span"

    start_time: Moment
    end_time: Moment

    @concerning("start_time", "end_time")
    def _order(self) -> Iterator[str]:
        if self.start_time >= self.end_time:
            yield f"start_time {self.start_time.isoformat()} is not before end_time {self.end_time.isoformat()}"

    @property
    def utc(self) -> tuple[datetime, datetime]:
        """Both ends in UTC, without a zone, as events have their times."""
        return self.start_time.astimezone(UTC).replace(tzinfo=None), self.end_time.astimezone(UTC).replace(tzinfo=None)


class SessionAnchors(Definition):
    """Anchors out of the sessions of a span: moments before a session's goal, labelled with whether it was reached.

    `excluded_events` are no anchors, though they count for everything else; `min_events` is how many events of the
    session precede an anchor. `max_anchors_per_session` and `max_negative_ratio`, of anchors without the goal to those
    with it, are kept by draws that are always the same; None is no limit.
    """

    noun: ClassVar[str] = "session anchors"

    goal_criteria: Criteria
    training_span: TrainingSpan
    excluded_events: Annotated[tuple[Event, ...], NoneIsEmpty] = field(
        default_factory=lambda: (Event(name="page_ping"),)
    )
    min_events: Annotated[Least, _whole_number("min_events", 0)] = 1
    max_anchors_per_session: Annotated[StrictInt, _whole_number("max_anchors_per_session", 1)] | None = None
    max_negative_ratio: Annotated[float | None, BeforeValidator(_ratio)] = 5.0

    @concerning("excluded_events")
    def _excluded(self) -> Iterator[str]:
        for event in self.excluded_events:
            if is_broken(event):
                continue
            if event.event_specification_id is not None:
                yield "excluded_events name an event_specification_id, which is not computed here; name the events"
            elif not event.to_json():
                yield "excluded_events hold a pattern that matches every event, which leaves no anchor; name the events"

    def to_json(self) -> dict[str, Any]:
        """As of every definition; that there is no limit is said, since leaving it out means the default."""
        return super().to_json() | ({"max_negative_ratio": None} if self.max_negative_ratio is None else {})
