"""What a training set holds: the interpreter's attributes at moments of the past."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from tests.reference import START_DATE, Row, aggregate, feeds, in_window, order, winners, with_derived

from snowplow_signals import Attribute, View


def training_set(
    view: View,
    rows: Iterable[Row],
    anchors: Iterable[tuple[str, datetime]],
    *,
    mode: str,
    known: bool = False,
    start_date: date = START_DATE,
    app_ids: Iterable[str] = (),
    include_current_day: bool = False,
    since: datetime | None = None,
) -> list[dict[str, Any] | None]:
    """Per anchor attribute -> value as it was at that moment; None for who had no event by then.

    `as_served`: as the attributes table would have been when the moment's day began. `exact`: of the events before the
    moment, with windows that end at it. With `known` only events count of which a copy had been loaded by the moment;
    the winner is the first that was loaded, so it is the winner's own load that tells. Events before `since` do not
    count at all.
    """
    events = sorted(winners(view, rows, start_date=start_date, app_ids=app_ids).values(), key=order)

    def value(attribute: Attribute, before: list[Row], moment: datetime) -> Any:
        def counts(event: Row) -> bool:
            if mode == "as_served":
                return in_window(attribute, event["day"], moment.date(), include_current_day)
            if isinstance(attribute.period, str):  # of the day itself what was before the moment
                return in_window(attribute, event["day"], moment.date(), True)
            if attribute.period is None:
                return True
            end = moment - (attribute.offset or timedelta(0))
            return end - attribute.period <= event["event_tstamp"] < end

        feeding = [e for e in before if counts(e) and feeds(attribute, e)]
        return aggregate(attribute, feeding)

    found: list[dict[str, Any] | None] = []
    for entity, moment in anchors:
        before = [
            event
            for event in events
            if event["identifier"] == entity
            and (event["event_tstamp"] < moment if mode == "exact" else event["day"] < moment.date())
            and (not known or event["load_tstamp"] <= moment)
            and (since is None or event["event_tstamp"] >= since)
        ]
        row = {one.name: value(one, before, moment) for one in view.aggregated}
        derived = with_derived(view, row, moment)
        found.append({one.name: row.get(one.name, derived[one.name]) for one in view.attributes} if before else None)
    return found
