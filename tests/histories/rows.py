"""Rows of the events table, by chance, from small pools: copies, late ones, holes and wrong clocks are frequent."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random
from typing import Any

from tests import reference

from snowplow_signals import View

Row = dict[str, Any]

DELAYS = tuple(timedelta(hours=hours) for hours in (0.5, 3, 9, 26, 50, 100, 150, 200, 30 * 24, 61 * 24, 64 * 24))
AHEAD = tuple(timedelta(hours=hours) for hours in (0.2, 3, 30, 72))
OLDER_LOADS = tuple(timedelta(hours=hours) for hours in (0.2, 1, 2, 20, 30, 70, 80, 130, 300))
SHIFTS = tuple(timedelta(hours=hours) for hours in (-0.1, 0.1, -26, -26, 24, 24, -72, 10))
NAMES = (("click", "com.acme", "1-0-0"),) * 4 + (("shopAction", "com.acme", "1-0-0"), ("view", "org.other", "2-0-0"))


CART = [
    {"label": "x", "unit_price": 2.5},
    {"label": "y", "unit_price": None},
    {"label": "x", "unit_price": 0.1},
    {"label": None, "unit_price": 10.0},
]


class Rows:
    """Makes rows of one history, and remembers them: copies are of what was there before."""

    def __init__(self, random: Random, view: View) -> None:
        self.random = random
        self.view = view
        self.made: list[Row] = []
        self._decided: dict[tuple, Row] = {}
        self._events = 0

    def some(self, now: datetime, size: int, days_back: int = 0) -> list[Row]:
        """Rows that appear at `now`; with `days_back`, many that were loaded and happened in the days before."""
        found = []
        for _ in range(size):
            then = now - timedelta(minutes=self.random.randrange(1 + days_back * 24 * 60))
            row = self._row(then)
            if self._is_decided(row):
                self.made.append(row)
                found.append(row)
        return found

    def _row(self, now: datetime) -> Row:
        if self.made and self.random.random() < 0.35:
            return self._copy(now)
        kind = self.random.choices(("fresh", "late", "early", "future", "behind", "equal"), (50, 20, 5, 4, 14, 7))[0]
        load = self._around(now)
        if kind == "behind":
            load -= self.random.choice(OLDER_LOADS)
        elif kind == "future":
            load += self.random.choice(AHEAD)
        elif kind == "equal" and self.made:
            load = self.random.choice(self.made)["load_tstamp"] or load
        happened = load - timedelta(minutes=self.random.choice((0, 1, 10, 120, 500)))
        if kind in ("late", "behind"):
            happened -= self.random.choice(DELAYS)
        elif kind == "early":
            happened += self.random.choice(AHEAD)
        return self._with_holes(self._fresh(load, happened))

    def _around(self, now: datetime) -> datetime:
        return now - timedelta(minutes=self.random.choice((0, 0, 1, 5, 40, 70)))

    def _fresh(self, load: datetime, happened: datetime) -> Row:
        choice = self.random.choice
        self._events += 1
        name, vendor, version = choice(NAMES)
        return {
            "event_id": f"e{self._events}",
            "load_tstamp": load,
            "derived_tstamp": happened,
            "collector_tstamp": happened + choice((timedelta(), timedelta(seconds=1), timedelta(hours=3))),
            "event_name": name,
            "event_vendor": vendor,
            "event_version": version,
            "app_id": choice(("web", "web", "web", "web", "other")),
            **self._content(),
        }

    def _content(self) -> Row:
        choice = self.random.choice
        return {
            "domain_userid": choice(("ann", "bob", "cleo", "dora")),
            "domain_sessionid": choice(("s1", "s2", "s3")),
            "domain_sessionidx": choice((1, 2, 3, 10)),
            "se_label": choice(("a", "b", "c", "", None)),
            "se_value": choice((1.0, 2.5, 0.25, 0.1, 10.0, None)),
            "unstruct_event_com_acme_shop_action_1": choice((None, {"product": {"label": choice(("x", "y", None))}})),
            "contexts_com_acme_product_1": choice((None, [], CART[:1], CART[1:], CART, CART[::-1])),
        }

    def _with_holes(self, row: Row) -> Row:
        if self.random.random() < 0.15:
            holes = ("derived_tstamp", "collector_tstamp", "both", "event_id", "nobody", "empty", "load_tstamp")
            hole = self.random.choice(holes)
            names = {
                "both": ("derived_tstamp", "collector_tstamp"),
                "nobody": ("domain_userid", "domain_sessionid", "domain_sessionidx"),
                "empty": (),
            }.get(hole, (hole,))
            row = {**row, **dict.fromkeys(names)}
            if hole == "empty":
                row |= {"domain_userid": "", "domain_sessionid": ""}
        return row

    def _copy(self, now: datetime) -> Row:
        """One that was there before: again, at another time, of another day, of another entity, with other values."""
        choice = self.random.choice
        row = dict(choice(self.made))
        changes = {choice(("load", "older load", "older load", "same load"))}
        changes |= {change for change in ("time", "entity", "values") if self.random.random() < 0.4}
        load = row["load_tstamp"]
        if "load" in changes or load is None:
            row["load_tstamp"] = self._around(now)
        elif "older load" in changes:
            row["load_tstamp"] = load - choice(OLDER_LOADS)
        if "time" in changes and row["derived_tstamp"]:
            row["derived_tstamp"] += choice(SHIFTS)
        content = self._content()
        people = ("domain_userid", "domain_sessionid", "domain_sessionidx")
        if "entity" in changes:
            row |= {name: content[name] for name in people}
        if "values" in changes:
            row |= {name: value for name, value in content.items() if name not in people}
        return row

    def _is_decided(self, row: Row) -> bool:
        """Whether the meaning says which copy wins: not of two that differ in nothing that decides it."""
        named = reference.text(reference.read(self.view.entity.source_property, row))
        times = (row["load_tstamp"], row["collector_tstamp"], reference.event_tstamp(row))
        return self._decided.setdefault((row["event_id"], *times, named), row) == row
