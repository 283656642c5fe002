"""`Signals` and `SignalsSandbox`: clients of the service, by kind of authentication."""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Self

import httpx2
from pydantic import TypeAdapter

from snowplow_signals.client import wire
from snowplow_signals.client.access import ExchangedKey, StaticToken, console_of
from snowplow_signals.client.reading import Reading
from snowplow_signals.client.rows import table
from snowplow_signals.client.training_sets import TrainingSet, build
from snowplow_signals.client.transport import Transport, checked_url, headers
from snowplow_signals.definitions import SessionAnchors, View
from snowplow_signals.errors import ServiceError, UsageError

TIMEOUT_SECONDS = 30.0
BUILD_SECONDS = 3_600.0
CONSOLE_VARIABLE = "SNOWPLOW_CONSOLE_URL"
FOUND_HEADER = "X-Signals-Entities"
"""How many entities a test found; the answer holds the first of them."""

_DURATION = TypeAdapter(timedelta)


class _Client(Reading):
    """What both have in common. It can be used by several threads; as a context manager it closes its connections."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def test(
        self,
        view: View | None = None,
        app_ids: Sequence[str] | None = (),
        window: timedelta = timedelta(hours=1),
        ids: Sequence[str | int] | None = (),
        *,
        attribute_group: View | None = None,
        attribute_key_ids: Sequence[str | int] | None = None,
        entity_ids: Sequence[str | int] | None = None,
    ) -> Any:
        """Compute a view, which need not be published, over recent events of the real events table.

        `window` says how recent: events that happened so long ago or less. `app_ids` (10 at most) and `ids` (50 at
        most, also called `attribute_key_ids` or `entity_ids`) narrow it down to applications and entities; empty means
        all. `attribute_group` is another word for `view`. Returns a pandas DataFrame, or `Rows` where pandas is not
        installed: a row for each entity with events in the window, a column for its identifier and for each attribute.
        Raises SignalsAPIError, also when the service has no warehouse; ServiceError.
        """
        if view is not None and attribute_group is not None:
            raise UsageError("view and attribute_group are the same argument; pass only one of them")
        view = view if attribute_group is None else attribute_group
        if not isinstance(view, View):
            raise UsageError(f"test takes a view, not {view!r:.200}")
        given = [some for some in (ids, attribute_key_ids, entity_ids) if some]
        if len(given) > 1:
            raise UsageError("ids, attribute_key_ids and entity_ids are the same argument; pass only one of them")
        body = {
            "attribute_group": wire.view_body(view),
            "app_ids": list(app_ids or ()),
            "window": _DURATION.dump_python(window, mode="json"),
            "attribute_key_ids": [str(one) for some in given for one in some],
        }
        headers, answer = self._transport.headers_and_rows("testing/attribute_groups/", body)
        rows = _rows(answer)
        found = headers.get(FOUND_HEADER, "")
        if found.isdigit() and int(found) > len(rows):
            what = f"these are {len(rows):,} of {int(found):,} entities; pass ids, or a shorter window"
            warnings.warn(what, UserWarning, stacklevel=2)
        columns = dict.fromkeys([view.entity.identifier, *(part.name for part in view.attributes)])
        for row in rows:  # another service may give the identifier another name
            columns |= dict.fromkeys(row)
        absent = view.entity.identifier if rows and view.entity.identifier not in rows[0] else None
        return table([name for name in columns if name != absent], rows)

    def build_dataset(
        self,
        views: View | Sequence[View],
        anchors: SessionAnchors | str,
        *,
        dataset: str | None = None,
        max_lookback_days: int | None = None,
        has_label: bool = False,
        seconds: float = BUILD_SECONDS,
    ) -> TrainingSet:
        """Have the service build a training set in its warehouse: attributes as they were at moments of the past.

        `anchors` are those of sessions, or a table of the warehouse (`schema.table`) with the identifier and
        `anchor_tstamp`, and `label` if `has_label`. The views need not be published; they are of one entity, and what
        happened strictly before the moment counts, with `max_lookback_days` only so many days of it. `dataset` names
        the new table. Waits up to `seconds`; then the build is cancelled. Raises SignalsAPIError, ServiceError also
        when it fails, UsageError for what is no table.
        """
        wanted = [views] if isinstance(views, View) else list(views)
        return build(
            self._transport,
            wanted,
            anchors,
            dataset=dataset,
            max_lookback_days=max_lookback_days,
            has_label=has_label,
            seconds=seconds,
        )

    def health(self) -> dict[str, str]:
        """Each thing that the service depends on -> "ok", or what is wrong with it; asked without a token.

        `service` stands for the service as a whole. Raises ServiceError when it cannot be reached.
        """
        answer = self._transport.health()
        if not isinstance(answer, Mapping) or "status" not in answer:
            where = f"{self._transport.api_url}/health-all"
            raise ServiceError(f"{where} does not return a status; is it a Signals service?")
        return {"service": str(answer["status"]), **{k: str(v) for k, v in (answer.get("dependencies") or {}).items()}}

    def close(self) -> None:
        """Close the connections. A second call does nothing."""
        self._transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._transport.api_url!r})"


class Signals(_Client):
    """The Signals service at `api_url`, called with an API key.

    The key is exchanged for a token that expires, and again when it has: at `console_url`, else at the environment's
    SNOWPLOW_CONSOLE_URL, else at Snowplow's Console for a service that Snowplow runs, and at the service itself for
    any other. Without any of the key's three parts no token is sent, which a service that listens on its own machine
    only may allow. `timeout` is in seconds. `verify` is a file of certificates, when the service's is not known.
    """

    def __init__(
        self,
        api_url: str,
        api_key: str | None = None,
        api_key_id: str | None = None,
        org_id: str | None = None,
        *,
        console_url: str | None = None,
        timeout: float = TIMEOUT_SECONDS,
        verify: bool | str = True,
        transport: httpx2.BaseTransport | None = None,
    ) -> None:
        given = {"api_key": api_key, "api_key_id": api_key_id, "org_id": org_id}
        missing = [name for name, value in given.items() if not value]
        if missing and len(missing) < len(given):
            raise UsageError(f"api_key, api_key_id and org_id belong together; missing: {', '.join(missing)}")
        auth = None
        if api_key and api_key_id and org_id:
            console = console_url or os.environ.get(CONSOLE_VARIABLE) or console_of(checked_url(api_url, "api_url"))
            auth = ExchangedKey(checked_url(console, "console_url"), org_id, api_key_id, api_key, headers())
        super().__init__(Transport(api_url, auth, timeout=timeout, verify=verify, transport=transport))


class SignalsSandbox(_Client):
    """The Signals service at `api_url`, called with a static token. `timeout` and `verify` as for `Signals`."""

    def __init__(
        self,
        api_url: str,
        sandbox_token: str,
        *,
        timeout: float = TIMEOUT_SECONDS,
        verify: bool | str = True,
        transport: httpx2.BaseTransport | None = None,
    ) -> None:
        auth = StaticToken(sandbox_token)
        super().__init__(Transport(api_url, auth, timeout=timeout, verify=verify, transport=transport))


def _rows(answer: Any) -> list[dict[str, Any]]:
    """Rows of an answer that is a list of them, or an object of columns."""
    if isinstance(answer, Mapping) and all(isinstance(values, list) for values in answer.values()):
        return [dict(zip(answer, row, strict=True)) for row in zip(*answer.values(), strict=True)]
    if isinstance(answer, list) and all(isinstance(row, dict) for row in answer):
        return answer
    raise ServiceError("the service sent no rows")
