"""Which anchors sessions give: the interpreter's rows out of plain events."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from hashlib import md5

from tests.reference import EPOCH, START_DATE, Row, accepts, event_tstamp, identifier, matches

from snowplow_signals import SessionAnchors, View

AnchorRow = tuple[str, datetime, bool]


def session_anchors(
    wanted: SessionAnchors,
    view: View,
    rows: Iterable[Row],
    *,
    start_date: date = START_DATE,
    app_ids: Iterable[str] = (),
    duplicate_days: int = -1,
) -> list[AnchorRow]:
    """Identifier, moment and whether the goal was reached afterwards; distinct and ordered."""
    sessions: dict[str, list[Row]] = {}
    for event in _events(view, rows, start_date, tuple(app_ids), duplicate_days):
        sessions.setdefault(event["domain_sessionid"], []).append(event)
    drawn: dict[AnchorRow, str] = {}
    for events in sessions.values():
        for row, draw in _of_session(wanted, events):
            drawn[row] = min(draw, drawn.get(row, draw))
    positive = [row for row in drawn if row[2]]
    negative = sorted((row for row in drawn if not row[2]), key=lambda row: (_hash(drawn[row]), row[1]))
    if wanted.max_negative_ratio is not None:
        negative = [
            row for place, row in enumerate(negative, start=1) if place <= wanted.max_negative_ratio * len(positive)
        ]
    return sorted(positive + negative)


def _events(
    view: View, rows: Iterable[Row], start_date: date, app_ids: tuple[str, ...], duplicate_days: int
) -> list[Row]:
    """The deduplicated events that have a session, whoever they name and whatever they are."""
    counting = []
    for row in rows:
        happened, loaded = event_tstamp(row), row.get("load_tstamp")
        if not row.get("event_id") or happened is None or loaded is None or not row.get("domain_sessionid"):
            continue
        if min(happened, loaded).date() < start_date or (app_ids and row.get("app_id") not in app_ids):
            continue
        counting.append(
            row | {"event_tstamp": happened, "day": happened.date(), "identifier": identifier(view, row) or None}
        )
    chosen: dict[str, list[Row]] = {}
    for event in sorted(counting, key=_precedence):
        known = chosen.setdefault(event["event_id"], [])
        if not any(duplicate_days < 0 or abs((one["day"] - event["day"]).days) <= duplicate_days for one in known):
            known.append(event)
    return [event for events in chosen.values() for event in events]


def _precedence(event: Row) -> tuple:
    collected, who = event.get("collector_tstamp"), event["identifier"]
    named = (who is None, who or "", event["domain_sessionid"])
    return event["load_tstamp"], collected is None, collected or EPOCH, event["event_tstamp"], *named


def _of_session(wanted: SessionAnchors, events: list[Row]) -> list[tuple[AnchorRow, str]]:
    """The session's anchors, each with what decides about it where not all are kept."""
    start, end = wanted.training_span.utc
    if not start <= min(event["event_tstamp"] for event in events) < end:
        return []
    reached = min((e["event_tstamp"] for e in events if accepts(wanted.goal_criteria, e)), default=None)
    drawn: dict[AnchorRow, str] = {}
    for event in events:
        moment = event["event_tstamp"]
        before = sum(other["event_tstamp"] < moment for other in events)
        if before < wanted.min_events or (reached is not None and moment >= reached) or not event["identifier"]:
            continue
        if wanted.excluded_events and matches(wanted.excluded_events, event):
            continue
        row = (event["identifier"], moment, reached is not None)
        draw = _hash(f"{event['domain_sessionid']} {event['event_id']}")
        drawn[row] = min(draw, drawn.get(row, draw))
    in_order = sorted(drawn.items(), key=lambda item: (item[1], item[0][1]))
    return in_order[: wanted.max_anchors_per_session]


def _hash(text: str) -> str:
    return md5(text.encode(), usedforsecurity=False).hexdigest()
