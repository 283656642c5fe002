"""Random events that fit `EVENTS_COLUMNS`, from small pools so that collisions are frequent.

What the meaning leaves to the engine is not generated: which of two copies wins that are equal in all that decides it.
"""

import math
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any

from tests import reference
from tests.events_table import FIELDS

from snowplow_signals import Entity

# --- pools of values

IDS = ("u1", "u2", "U1", "user 'three' \\", "{{ u4 }}", "ü😀", "007")
TEXTS = (
    "a",
    "A",
    "b",
    "ab",
    "",
    "it's",
    'a "quoted" b',
    "back\\slash",
    "new\nline",
    "{{ ref('x') }}",
    "{% raw %}",
    "{% endraw %}",
    "{# no comment #}",
    "-- no comment",
    "a; drop table b",
    "$$a$$",
    "😀",
    "Ä",
    "100%",
    "a_b",
    "tab\there",
    "null",
    "\ufffd",
    "😀😀",
    "5",
    "true",
    "FALSE",
    "2025-03-10",
)
SPELLED = (
    "1e3", " 5", "5 ", "+7.", ".5", "5", "05", "-2.25", "NaN", "Infinity", "-inf", "1e999", "0x10", "1_000", "1e", ".",
    "", "٣", "true", "True", "FALSE", "t", "yes", "1", "0", "5\n", "--5", "1,5", "3e-1", "4.0", "2147483648", "-0",
)  # fmt: skip
ISO_TEXTS = (
    "2025-03-10", "2025-03-10T08:30", "2025-03-10 08:30:00", "2025-03-10T08:30:00Z", "2025-03-10T23:30:00.123456-01:00",
    "2025-03-09T23:59:59.9999999Z", "2025-03-10T00:15:00+0130", "2025-03-10T08:30:00+01",
    "2025-03-10T08:30:15.1234567Z",
    "2025-02-30", "2025-3-1", "20250310", "2025-03-10T08:30:00z", "2025-03-10t08:30:00", "2025-03-10T24:00:00",
    "2025-03-10T08:30:60", " 2025-03-10", "2025-03-10 ", "2025-03-10T", "2025-03-10T08", "0001-01-01T00:00:00+01:00",
    "0001-01-01", "9999-12-31T23:59:59-01:00", "0000-01-01", "1969-12-31T23:59:59.5Z", "2025-W11-1", "now", "today",
    "epoch", "infinity", "2024-02-29", "2025-12-29", "2025-03-10T08:30:00+01:00:00", "10000-01-01", "", "text",
    "2025-03-10  08:30:00", "2025-03-10T08:30:00 Z", "2025-03-10T08:30:00.Z", "2025-03-10Z", "2025-03-10T8:30:00",
    "2025-03-10 08:30:00 UTC", "2025-03-10T08:30:00−01:00", "2025-03-10 (BC)", "-2025-03-10", "2025-03-10T08:30+01",
)  # fmt: skip
DYADIC = (0.0, 1.0, 2.5, -2.25, 0.25, 100.0, 1000.0, 1e6, 5.0, 3.0e9, math.nan)
SCORES = (0.1, 0.2, 0.7, 1.1, 5.0, -3.3, 1e-3, 123456.789, 16777217.0, math.inf, -math.inf)
INTEGERS = (0, 1, 2, 3, 5, 7, -4, 100, 1000, 40000)
BIG = (2**53 + 1, 2**62 + 3, 2**63 - 1, 7, 2**31, 2**31 - 1, -(2**31), -(2**31) - 1)
FIRST_DAY = date(2025, 3, 3)
TIMES = (time(0), time(23, 59, 59, 999999), time(12), time(12, 0, 0, 1), time(8, 30))
MOMENTS = tuple(
    datetime.combine(FIRST_DAY + timedelta(days=days), clock) for days in (-430, 0, 7, 27, 301) for clock in TIMES
)
VALUES: dict[str, tuple] = {
    "text": TEXTS,
    "id": (*IDS, ""),
    "spelled": SPELLED,
    "iso": ISO_TEXTS,
    "dyadic": DYADIC,
    "score": SCORES,
    "integer": INTEGERS,
    "big": BIG,
    "boolean": (True, False),
    "time": MOMENTS,
    "decimal": (0.0, 2.5, 19.75, 100.0, -1.25),
}


def cell(random: Random, kind: Any) -> Any:
    """A value of a field: of a kind above, a struct (a dictionary of kinds) or a list (of one kind); at times null."""
    if random.random() < (0.05 if kind == "id" else 0.1):
        return None
    if isinstance(kind, dict):
        return {name: cell(random, inner) for name, inner in kind.items()}
    if isinstance(kind, list):
        return [cell(random, kind[0]) for _ in range(random.choice((0, 1, 2, 2, 3)))]
    pool = VALUES[kind]
    return random.choice(pool[:4] if random.random() < 0.5 else pool)


# --- events

DELAYS = tuple(timedelta(hours=hours) for hours in (0, 0, 1, 1, 24, 9 * 24, -1, -49))  # loaded "before": a clock ahead
EVENT_DAYS = tuple(FIRST_DAY + timedelta(days=days) for days in (*range(12), 5, 6, 7, 7, 7, -40, -62, -63, 60))
SCHEMAS = (
    ("page_view", "com.snowplowanalytics.snowplow", "1-0-0"),
    ("shopAction", "com.acme", "1-0-0"),
    ("shopAction", "com.acme", "1-0-0"),
    ("shopAction", "org.other", "2-0-0"),
    ("Shopaction", "com.acme", "1-0-1"),
    (None, None, None),
)
EVENT_IDS = (*(f"e{number}" for number in range(120)), "e'1", "E1", None, "")


def _moment(random: Random) -> datetime:
    if random.random() < 0.4:  # so that many events tie
        return datetime.combine(FIRST_DAY + timedelta(days=random.choice((2, 7, 10))), time(12))
    return datetime.combine(random.choice(EVENT_DAYS), random.choice(TIMES))


def event_row(random: Random) -> dict[str, Any]:
    """One row of the events table, by chance alone."""
    derived = _moment(random)
    late = random.choice((timedelta(), timedelta(), timedelta(microseconds=1), timedelta(days=1)))
    row: dict[str, Any] = {
        "event_id": random.choice(EVENT_IDS),
        "load_tstamp": None if random.random() < 0.03 else derived + random.choice(DELAYS),
        "derived_tstamp": None if random.random() < 0.1 else derived,
        "collector_tstamp": None if random.random() < 0.06 else derived + late,
        "app_id": random.choice(("web", "web", "web", "web", "app's", None)),
    }
    row |= zip(("event_name", "event_vendor", "event_version"), random.choice(SCHEMAS), strict=True)
    for column, kind in FIELDS.items():
        if random.random() < (0.98 if kind == "id" else 0.85):
            row[column] = cell(random, kind)
    return {column: value for column, value in row.items() if value is not None}


def repeats(random: Random, rows: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Copies of some rows: the same, loaded at another time, of another day, of another user."""
    for row in random.sample(rows, len(rows) // 5):
        changed = random.choice(
            ("nothing", "load_tstamp", "collector_tstamp", "derived_tstamp", "domain_userid", "all")
        )
        copy = dict(row)
        copy |= {name: _moment(random) for name in ("load_tstamp", "derived_tstamp") if changed in (name, "all")}
        if changed == "domain_userid":
            copy["domain_userid"] = random.choice(IDS)
        if changed == "collector_tstamp":
            copy.pop("collector_tstamp", None)
        if changed == "all":
            copy |= {column: cell(random, kind) for column, kind in FIELDS.items()}
        yield {column: value for column, value in copy.items() if value is not None}


def decided(entity: Entity, rows: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows without those that differ from an earlier copy in nothing that decides which of them wins."""
    seen: dict[tuple, dict[str, Any]] = {}
    kept = []
    for row in rows:
        named = reference.text(reference.read(entity.source_property, row))
        times = (row.get("load_tstamp"), row.get("collector_tstamp"), reference.event_tstamp(row))
        if seen.setdefault((row.get("event_id"), *times, named), row) == row:
            kept.append(row)
    return kept


def rows_of_seed(seed: int, entity: Entity, size: int | None = None) -> list[dict[str, Any]]:
    """Rows of events; as many as chance wants when no size is given."""
    random = Random(seed)
    chosen = random.choice((300, 200, 200, 100, 100, 30, 5, 0)) if size is None else size
    rows = [event_row(random) for _ in range(chosen)]
    rows += repeats(random, rows)
    random.shuffle(rows)
    return decided(entity, rows)
