"""Alerts of stale views: when they are sent, when they are over, and by which process."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from tests.server.service import SOURCE, Client, group

from snowplow_signals.alerts.alert import Message
from snowplow_signals.errors import AlertError
from snowplow_signals.server.staleness import Staleness
from snowplow_signals.stores import SyncState

START = datetime(2026, 3, 1, 12)
SYNCED = SyncState("shop_v1", watermark=START, started_at=START, finished_at=START)


class Clock:
    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now


class Kept:
    """Keeps what is sent; while `is_down` it takes nothing."""

    def __init__(self) -> None:
        self.alerts: list[tuple[str, str, str | None]] = []
        self.is_down = False

    def send(self, message: Message) -> None:
        if self.is_down:
            raise AlertError("the receiver is down")
        found = ((one.subject, one.state, one.details.get("because")) for one in message.alerts)
        self.alerts += found

    def taken(self) -> list[tuple[str, str, str | None]]:
        found, self.alerts = self.alerts, []
        return found


@pytest.fixture
def watched(client: Client) -> tuple[Client, Staleness, Kept, Clock]:
    """A service with a view that is to be synced every five minutes and was, just now."""
    client.done("POST", "attribute_groups", group(batch_source=SOURCE))
    client.backend.store().set_state(SYNCED)
    clock, kept = Clock(), Kept()
    return client, watching(client, kept, clock), kept, clock


def watching(client: Client, kept: Any, clock: Clock, stale_after: timedelta | None = timedelta(hours=48)) -> Staleness:
    backend = client.backend
    return Staleness(lambda: backend.definitions.refresh(), backend.store, kept, stale_after=stale_after, clock=clock)


def test_a_view_that_is_not_synced_is_told_once_a_day_and_when_it_is_over(
    watched: tuple[Client, Staleness, Kept, Clock],
) -> None:
    client, staleness, kept, clock = watched
    staleness.look()
    clock.now = START + timedelta(minutes=20)  # three intervals, and five minutes
    staleness.look()
    assert kept.taken() == []
    clock.now += timedelta(seconds=1)
    staleness.look()
    assert kept.taken() == [("shop_v1", "firing", "sync")]
    clock.now += timedelta(hours=23)
    staleness.look()
    assert kept.taken() == []
    clock.now += timedelta(hours=1)
    staleness.look()
    assert kept.taken() == [("shop_v1", "firing", "sync")]
    client.backend.store().set_state(replace(SYNCED, started_at=clock.now, watermark=clock.now))
    staleness.look()
    assert kept.taken() == [("shop_v1", "resolved", None)]
    staleness.look()
    assert kept.taken() == []


def test_a_table_that_nothing_changes_any_more(watched: tuple[Client, Staleness, Kept, Clock]) -> None:
    client, staleness, kept, clock = watched
    clock.now = START + timedelta(hours=48)
    client.backend.store().set_state(replace(SYNCED, started_at=clock.now))
    staleness.look()
    assert kept.taken() == []
    clock.now += timedelta(seconds=1)
    staleness.look()
    assert kept.taken() == [("shop_v1", "firing", "publication")]
    for_ever = watching(client, other := Kept(), clock, stale_after=None)
    for_ever._is_ours = lambda store: True  # type: ignore[method-assign]
    for_ever.look()
    assert other.taken() == []


def test_a_view_that_was_never_synced_has_time_from_when_it_is_known(
    watched: tuple[Client, Staleness, Kept, Clock],
) -> None:
    client, staleness, kept, clock = watched
    client.done("POST", "attribute_groups", group(name="new", batch_source=SOURCE, refresh_rate="PT1H"))
    client.done("POST", "attribute_groups", group(name="unpublished", batch_source=SOURCE, is_published=False))
    client.done("POST", "attribute_groups", group(name="without_table"))
    staleness.look()
    clock.now = START + timedelta(hours=3, minutes=5)
    client.backend.store().set_state(replace(SYNCED, started_at=clock.now))
    staleness.look()
    assert kept.taken() == []
    clock.now += timedelta(seconds=1)
    staleness.look()
    assert kept.taken() == [("new_v1", "firing", "sync")]


def test_what_could_not_be_sent_is_sent_later(watched: tuple[Client, Staleness, Kept, Clock]) -> None:
    _, staleness, kept, clock = watched
    staleness.look()
    clock.now = START + timedelta(hours=1)
    kept.is_down = True
    with pytest.raises(AlertError):
        staleness.look()
    kept.is_down = False
    staleness.look()
    assert kept.taken() == [("shop_v1", "firing", "sync")]


def test_one_of_several_processes_sends(watched: tuple[Client, Staleness, Kept, Clock]) -> None:
    client, staleness, kept, clock = watched
    other = watching(client, second := Kept(), clock)
    staleness.look()
    other.look()
    clock.now = START + timedelta(hours=1)
    other.look()
    staleness.look()
    assert kept.taken() == [("shop_v1", "firing", "sync")]
    assert second.taken() == []
    assert staleness._lease is not None
    client.backend.store().release(staleness._lease)
    other.look()  # knows the view since an hour
    assert second.taken() == [("shop_v1", "firing", "sync")]
    staleness.look()
    assert kept.taken() == []


def test_a_deleted_view_is_over(watched: tuple[Client, Staleness, Kept, Clock]) -> None:
    client, staleness, kept, clock = watched
    staleness.look()
    clock.now = START + timedelta(hours=1)
    staleness.look()
    kept.taken()
    client.done("DELETE", "attribute_groups/shop/versions/1")
    staleness.look()
    assert kept.taken() == [("shop_v1", "resolved", None)]
