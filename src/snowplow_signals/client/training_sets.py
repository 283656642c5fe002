"""Training sets that a service builds."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from snowplow_signals.client import wire
from snowplow_signals.client.rows import table
from snowplow_signals.client.transport import Transport
from snowplow_signals.definitions import SessionAnchors, View
from snowplow_signals.errors import ServiceError, UsageError

CHUNK_ROWS = 10_000
"""Rows of one request, which are the most that the service gives."""
_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 5.0
_TABLE = re.compile(r"(?:([A-Za-z0-9_-]+)\.)?([A-Za-z0-9_]+)\.([A-Za-z0-9_]+)")


class TrainingSet:
    """A training set in the warehouse, by identifier and moment.

    `table` says where it is: `database` (None: the service's), `schema` and `table`.
    """

    def __init__(self, transport: Transport, run_id: str, place: Mapping[str, Any]) -> None:
        self._transport = transport
        self.id = run_id
        self.table = dict(place)

    def chunks(self, rows: int = CHUNK_ROWS) -> Iterator[Any]:
        """Its rows, so many at a time (at most 10,000): pandas DataFrames, or `Rows` where pandas is not installed."""
        for columns, found in self._pages(rows):
            yield table(columns, found)

    def to_dataframe(self) -> Any:
        """All rows, as one of these."""
        pages = list(self._pages(CHUNK_ROWS))
        return table(pages[0][0], [row for _, page in pages for row in page])

    def _pages(self, rows: int) -> Iterator[tuple[list[str], list[dict[str, Any]]]]:
        if not 1 <= rows <= CHUNK_ROWS:
            raise UsageError(f"a chunk has from 1 to {CHUNK_ROWS:,} rows, not {rows}")
        offset = 0
        while True:
            params = {"limit": str(rows), "offset": str(offset)}
            page = self._transport.call("GET", f"datasets/runs/{self.id}/preview", params=params)
            columns = list(page["columns"])
            found = [dict(zip(columns, row, strict=True)) for row in page["data"]]
            if found or not offset:
                yield columns, found
            if len(found) < rows:
                return
            offset += rows

    def __repr__(self) -> str:
        return f"TrainingSet({self.table['schema']}.{self.table['table']})"


def build(
    transport: Transport,
    views: Sequence[View],
    anchors: SessionAnchors | str,
    *,
    dataset: str | None,
    max_lookback_days: int | None,
    has_label: bool,
    seconds: float,
) -> TrainingSet:
    """Have it built, and wait for it."""
    body: dict[str, Any] = {"attributes": {"attribute_groups": [wire.view_body(view) for view in views]}}
    if isinstance(anchors, SessionAnchors):
        body["anchors"] = {"mode": "session", **anchors.to_json()}
    else:
        body["anchors"] = {"mode": "user_supplied", "source": _place(anchors, "anchors"), "has_label": has_label}
    if dataset is not None:
        body["dataset"] = _place(dataset, "dataset")
    if max_lookback_days is not None:
        body["max_lookback_days"] = max_lookback_days
    run_id = str(transport.call("POST", "datasets/runs", body)["id"])
    until, pause = time.monotonic() + seconds, _FIRST_PAUSE
    while (found := transport.call("GET", f"datasets/runs/{run_id}"))["status"] == "pending":
        if time.monotonic() > until:
            transport.call("POST", f"datasets/runs/{run_id}/cancel")
            raise ServiceError(f"the training set was not built within {seconds:g} seconds, and was cancelled")
        time.sleep(pause)
        pause = min(2 * pause, _LONGEST_PAUSE)
    if found["status"] != "success":
        raise ServiceError(
            f"the training set could not be built: {found.get('error') or 'the service does not say why'}"
        )
    return TrainingSet(transport, run_id, found["dataset"])


def _place(text: str, what: str) -> dict[str, str]:
    found = _TABLE.fullmatch(text)
    if found is None:
        raise UsageError(f"{what} {text!r} must be a table, as schema.table or database.schema.table")
    database, schema, name = found.groups()
    return {**({"database": database} if database else {}), "schema": schema, "table": name}
