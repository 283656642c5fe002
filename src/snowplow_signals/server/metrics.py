"""What the service counts and knows, in the format of Prometheus.

Each process counts its own requests and is scraped by itself; what is known of views comes from the registry and the
store, and is the same whichever process is asked. Labels are bounded: `view` is only ever the name of a view that the
registry has, never a text that a request holds.
"""

from __future__ import annotations

import logging
import math
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from typing import Literal

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString

from snowplow_signals.distribution import VERSION
from snowplow_signals.errors import SignalsError, StoreError
from snowplow_signals.server.backend import Backend
from snowplow_signals.stores import SyncState
from snowplow_signals.sync.regular import DEFAULT_INTERVAL
from snowplow_signals.workspace.last_run import last_run
from snowplow_signals.workspace.projects import project_folders

log = logging.getLogger("snowplow_signals.server")

NO_VIEW = ""
"""The label of requests that were refused before it was known which views they mean."""
BUCKETS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 30.0)
"""Seconds: a read takes about a millisecond, and is given up after 30 s."""


@dataclass(frozen=True)
class Described:
    """One metric: its name as it is scraped, its labels, and what it means."""

    name: str
    kind: Literal["counter", "gauge", "histogram"]
    labels: tuple[str, ...]
    meaning: str


READ_SECONDS = Described(
    "signals_read_seconds",
    "histogram",
    ("view", "status"),
    "Reads of profiles, by view and HTTP status: seconds from the request to the beginning of its answer. A request "
    "that reads several views counts for each; one that was refused before its views were known has no view.",
)
PROFILES_READ = Described(
    "signals_profiles_read_total",
    "counter",
    ("view", "found"),
    "Identifiers that were asked for, by whether the view has a profile of them.",
)
REQUESTS = Described("signals_requests_total", "counter", ("status",), "All requests, by HTTP status.")
BUILD = Described("signals_build_info", "gauge", ("version",), "1, with the version that is running.")
UP = Described("signals_up", "gauge", ("dependency",), "Whether the registry and the profiles store answer: 1 or 0.")
LOOP_UP = Described(
    "signals_loop_up",
    "gauge",
    ("loop",),
    "Whether what this process does regularly goes well, 1 or 0: `definitions` looks at the registry, `sync` copies.",
)
CHANGED = Described(
    "signals_view_changed_timestamp_seconds",
    "gauge",
    ("view",),
    "Publication: the newest change of the view's table that has been copied (Unix time).",
)
CONFIRMED = Described(
    "signals_view_confirmed_timestamp_seconds",
    "gauge",
    ("view",),
    "Sync: what is served of the view was the same as its table at this time (Unix time).",
)
PROFILES = Described("signals_view_profiles", "gauge", ("view",), "Profiles of the view in the store.")
INTERVAL = Described("signals_sync_interval_seconds", "gauge", ("view",), "How often the view is to be synced.")
SYNC_SECONDS = Described("signals_sync_seconds", "gauge", ("view",), "How long the last completed sync took.")
SYNC_ROWS = Described(
    "signals_sync_rows",
    "gauge",
    ("view", "kind"),
    "Rows of the last completed sync: `changed` in the table, `written`, `removed`, and `unusable` without identifier "
    "or time.",
)
SYNC_FAILURES = Described(
    "signals_sync_failures", "gauge", ("view",), "Syncs that failed since the last one that completed."
)
RUN_SUCCESS = Described("signals_run_success", "gauge", ("project",), "Whether the last run succeeded: 1 or 0.")
RUN_ENDED = Described("signals_run_timestamp_seconds", "gauge", ("project",), "When the last run ended (Unix time).")
RUN_SUCCEEDED = Described(
    "signals_run_last_success_timestamp_seconds",
    "gauge",
    ("project",),
    "When the last run that succeeded ended, and so published (Unix time).",
)
RUN_EXPECTATIONS = Described(
    "signals_run_expectations_failed",
    "gauge",
    ("project", "view"),
    "Expectations that the view does not meet, as it is published or as `run --fail-on-quality` refused it.",
)
OF_REQUESTS = (READ_SECONDS, PROFILES_READ, REQUESTS)
OF_SERVICE = (BUILD, UP, LOOP_UP)
OF_VIEWS = (CHANGED, CONFIRMED, PROFILES, INTERVAL, SYNC_SECONDS, SYNC_ROWS, SYNC_FAILURES)
OF_RUNS = (RUN_SUCCESS, RUN_ENDED, RUN_SUCCEEDED, RUN_EXPECTATIONS)
"""What `run` left beside the projects of the service's folder; of a project that is run elsewhere there is nothing."""
METRICS = (*OF_REQUESTS, *OF_SERVICE, *OF_VIEWS, *OF_RUNS)


@dataclass
class ViewsRead:
    """What was read for one request: for each view how many profiles were found, and how many there are not."""

    views: dict[str, tuple[int, int]] = field(default_factory=dict)


class _Latencies:
    """How many reads took how long."""

    __slots__ = ("in_bucket", "seconds")

    def __init__(self) -> None:
        self.in_bucket = [0] * (len(BUCKETS) + 1)
        self.seconds = 0.0


class Metrics(Collector):
    """The metrics of one process.

    Requests are counted by its event loop alone, in plain numbers: the counters of `prometheus_client` take a lock for
    each, and together a twentieth of the time of a read. A scrape makes metrics of them, in a thread.
    """

    def __init__(self, backend: Backend) -> None:
        self.registry = CollectorRegistry()
        self._reads: dict[tuple[str, int], _Latencies] = {}
        self._profiles: dict[str, list[int]] = {}
        self._requests: dict[int, int] = {}
        self.registry.register(self)
        self.registry.register(_Standing(backend))

    def count(self, status: int) -> None:
        """A request was answered."""
        self._requests[status] = self._requests.get(status, 0) + 1

    def count_read(self, read: ViewsRead, status: int, seconds: float) -> None:
        """A request for profiles was answered."""
        bucket = bisect_left(BUCKETS, seconds)
        for view, (found, missing) in read.views.items() or _NONE_KNOWN:
            latencies = self._reads.get((view, status))
            if latencies is None:
                latencies = self._reads[view, status] = _Latencies()
            latencies.in_bucket[bucket] += 1
            latencies.seconds += seconds
            if found or missing:
                profiles = self._profiles.setdefault(view, [0, 0])
                profiles[0] += found
                profiles[1] += missing

    def describe(self) -> list[Metric]:
        """What there may be."""
        return [_empty(one) for one in OF_REQUESTS]

    def collect(self) -> Iterator[Metric]:
        """What was counted. Lists of the dictionaries are made at once, while the event loop may add to them."""
        seconds = HistogramMetricFamily(READ_SECONDS.name, READ_SECONDS.meaning, labels=READ_SECONDS.labels)
        for (view, status), latencies in list(self._reads.items()):
            up_to = accumulate(list(latencies.in_bucket))
            buckets = list(zip(map(floatToGoString, (*BUCKETS, math.inf)), up_to, strict=True))
            seconds.add_metric((view, str(status)), buckets, latencies.seconds)
        yield seconds
        profiles = CounterMetricFamily(PROFILES_READ.name, PROFILES_READ.meaning, labels=PROFILES_READ.labels)
        for view, (found, missing) in list(self._profiles.items()):
            profiles.add_metric((view, "true"), found)
            profiles.add_metric((view, "false"), missing)
        yield profiles
        requests = CounterMetricFamily(REQUESTS.name, REQUESTS.meaning, labels=REQUESTS.labels)
        for status, number in list(self._requests.items()):
            requests.add_metric((str(status),), number)
        yield requests


_NONE_KNOWN = ((NO_VIEW, (0, 0)),)


class _Standing(Collector):
    """What is known of dependencies and views, asked when it is scraped."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    def describe(self) -> list[Metric]:
        """What there may be, without asking for it."""
        return [_empty(one) for one in (*OF_SERVICE, *OF_VIEWS, *OF_RUNS)]

    def collect(self) -> Iterator[Metric]:
        backend = self._backend
        yield _gauge(BUILD, [((VERSION,), 1)])
        yield _gauge(UP, [((name,), state == "ok") for name, state in backend.health().items()])
        loops = [(("definitions",), backend.definitions.is_fresh)]
        if backend.sync is not None:
            loops.append((("sync",), backend.sync.trouble is None))
        yield _gauge(LOOP_UP, loops)
        yield from self._of_runs()
        try:
            yield from self._of_views()
        except StoreError as error:  # `signals_up` says so
            log.warning("%s; metrics have nothing of the views until it is available", error)

    def _of_runs(self) -> Iterator[Metric]:
        folder = self._backend.settings.folder
        try:
            folders = project_folders(folder) if folder.is_dir() else []
        except SignalsError:  # the console says so
            folders = []
        found = [(one.name, last) for one in folders if (last := last_run(one)) is not None]
        yield _gauge(RUN_SUCCESS, [((name,), last.error is None) for name, last in found])
        yield _gauge(RUN_ENDED, [((name,), _unix(last.ended_at)) for name, last in found])
        yield _gauge(
            RUN_SUCCEEDED, [((name,), _unix(at)) for name, last in found if (at := last.succeeded_at) is not None]
        )
        yield _gauge(
            RUN_EXPECTATIONS,
            [((name, view), number) for name, last in found for view, number in last.expectations_failed.items()],
        )

    def _of_views(self) -> Iterator[Metric]:
        published = [
            view
            for view in self._backend.definitions.snapshot.views.values()
            if view.offline and view.is_published and view.batch_source
        ]
        kept = {state.view: state for state in self._backend.store().states()}
        states = [(view.full_name, kept.get(view.store_name, SyncState(view.store_name))) for view in published]
        completed = [(name, state) for name, state in states if state.finished_at is not None]
        default = timedelta(seconds=self._backend.settings.sync_seconds) or DEFAULT_INTERVAL
        yield _gauge(CHANGED, [((name,), _unix(at)) for name, state in states if (at := state.watermark) is not None])
        yield _gauge(
            CONFIRMED, [((name,), _unix(at)) for name, state in states if (at := state.started_at) is not None]
        )
        yield _gauge(PROFILES, [((name,), state.profiles) for name, state in completed])
        yield _gauge(
            INTERVAL, [((view.full_name,), (view.refresh_rate or default).total_seconds()) for view in published]
        )
        yield _gauge(SYNC_SECONDS, [((name,), state.seconds or 0.0) for name, state in completed])
        yield _gauge(
            SYNC_ROWS,
            [
                ((name, kind), getattr(state, f"rows_{kind}"))
                for name, state in completed
                for kind in ("changed", "written", "removed", "unusable")
            ],
        )
        yield _gauge(SYNC_FAILURES, [((name,), state.failures) for name, state in states])


def _empty(described: Described) -> Metric:
    families = {"counter": CounterMetricFamily, "gauge": GaugeMetricFamily, "histogram": HistogramMetricFamily}
    empty: Metric = families[described.kind](described.name, described.meaning, labels=described.labels)
    return empty


def _gauge(described: Described, samples: Iterable[tuple[tuple[str, ...], float]]) -> Metric:
    family = GaugeMetricFamily(described.name, described.meaning, labels=described.labels)
    for labels, value in samples:
        family.add_metric(labels, float(value))
    return family


def _unix(moment: datetime) -> float:
    return moment.replace(tzinfo=UTC).timestamp()
