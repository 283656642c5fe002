"""The service's routes, except for reads of profiles: `profiles.ProfileReads` handles those."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from snowplow_signals.server import (
    datasets,
    definitions,
    erasing,
    health,
    observed,
    outside,
    preview,
    publishing,
    syncing,
)
from snowplow_signals.server.access import Right
from snowplow_signals.server.vocabulary import VOCABULARIES, Vocabulary

API = "/api/v1"


@dataclass(frozen=True)
class Endpoint:
    """One path and method. `right` is what a token has to grant: "read", "write", "metrics", or None for no token at
    all.

    `body` names the schema of the request's JSON (see `schemas`); `tag` the heading under which it stands there.
    """

    method: Literal["GET", "POST", "PUT", "DELETE"]
    path: str
    handler: Callable[..., Any]
    right: Right | None
    tag: str
    name: str
    body: str | None = None
    is_body_required: bool = True
    is_shown: bool = True
    media_type: str = "application/json"
    """Of the answer, when all is well."""


def _views(words: Vocabulary) -> Iterator[Endpoint]:
    handlers = definitions.Views(words)
    tag = words.views.replace("_", " ").capitalize()
    all_, one = f"{API}/registry/{words.views}", f"{API}/registry/{words.views}/{{name}}/versions/{{version}}"
    yield Endpoint("POST", all_, handlers.create, "write", tag, f"create_{words.view}", "View")
    yield Endpoint("GET", all_, handlers.list, "read", tag, f"list_{words.views}")
    yield Endpoint("GET", f"{all_}/{{name}}", handlers.get_latest, "read", tag, f"get_latest_{words.view}")
    yield Endpoint("GET", one, handlers.get, "read", tag, f"get_{words.view}")
    yield Endpoint("PUT", one, handlers.replace, "write", tag, f"replace_{words.view}", "View")
    yield Endpoint("DELETE", one, handlers.delete, "write", tag, f"delete_{words.view}")
    source, named = f"{one}/batch_source", f"{words.view}_batch_source"
    yield Endpoint("PUT", source, handlers.put_batch_source, "write", tag, f"register_{named}", "BatchSource")
    yield Endpoint("GET", source, handlers.get_batch_source, "read", tag, f"get_{named}")
    yield Endpoint("GET", f"{one}/sync_status", syncing.sync_status, "read", tag, f"get_{words.view}_sync_status")


def _entities(words: Vocabulary) -> Iterator[Endpoint]:
    tag = words.entities.replace("_", " ").capitalize()
    all_, one = f"{API}/registry/{words.entities}", f"{API}/registry/{words.entities}/{{name}}"
    yield Endpoint("POST", all_, definitions.create_entity, "write", tag, f"create_{words.entity}", "Entity")
    yield Endpoint("GET", all_, definitions.list_entities, "read", tag, f"list_{words.entities}")
    yield Endpoint("GET", one, definitions.get_entity, "read", tag, f"get_{words.entity}")
    yield Endpoint("PUT", one, definitions.replace_entity, "write", tag, f"replace_{words.entity}", "Entity")
    yield Endpoint("DELETE", one, definitions.delete_entity, "write", tag, f"delete_{words.entity}")


def _services() -> Iterator[Endpoint]:
    all_, one, tag = f"{API}/registry/services", f"{API}/registry/services/{{name}}", "Services"
    yield Endpoint("POST", all_, definitions.create_service, "write", tag, "create_service", "Service")
    yield Endpoint("GET", all_, definitions.list_services, "read", tag, "list_services")
    yield Endpoint("GET", one, definitions.get_service, "read", tag, "get_service")
    yield Endpoint("PUT", one, definitions.replace_service, "write", tag, "replace_service", "Service")
    yield Endpoint("DELETE", one, definitions.delete_service, "write", tag, "delete_service")


def _testing(words: Vocabulary) -> Iterator[Endpoint]:
    handler = preview.Testing(words)
    tag, path = words.views.replace("_", " ").capitalize(), f"{API}/testing/{words.views}"
    # needs the right to write: a key that only reads profiles must not cause work in the warehouse
    yield Endpoint("POST", path, handler.test, "write", tag, f"test_{words.view}", f"Test_{words.view}")


def _engines() -> Iterator[Endpoint]:
    tag = "Publication"
    yield Endpoint(
        "POST",
        f"{API}/engines/publish",
        publishing.publish,
        "write",
        tag,
        "publish",
        "ViewsToPublish",
        is_body_required=False,
    )
    yield Endpoint("POST", f"{API}/engines/unpublish", publishing.unpublish, "write", tag, "unpublish", "NamedViews")
    yield Endpoint("POST", f"{API}/feature_store/apply", publishing.apply, "write", tag, "apply")


def _profiles() -> Iterator[Endpoint]:
    # with the identifiers in the body: paths end up in logs
    yield Endpoint("GET", f"{API}/sync_status", syncing.all_sync_statuses, "read", "Profiles", "get_sync_statuses")
    yield Endpoint("POST", f"{API}/profiles/erase", erasing.erase, "write", "Profiles", "erase_profiles", "People")
    yield Endpoint(
        "POST", f"{API}/profiles/restore", erasing.restore, "write", "Profiles", "restore_profiles", "People"
    )


def _datasets() -> Iterator[Endpoint]:
    # these cause work in the warehouse, and show what it holds
    tag, runs = "Training sets", f"{API}/datasets/runs"
    yield Endpoint("POST", f"{API}/datasets/sql", datasets.sql, "write", tag, "get_training_set_sql", "DatasetRequest")
    yield Endpoint("POST", runs, datasets.start, "write", tag, "build_training_set", "DatasetRequest")
    yield Endpoint("GET", f"{runs}/{{run_id}}", datasets.status, "read", tag, "get_training_set_status")
    yield Endpoint("GET", f"{runs}/{{run_id}}/preview", datasets.preview, "write", tag, "preview_training_set")
    yield Endpoint("POST", f"{runs}/{{run_id}}/cancel", datasets.cancel, "write", tag, "cancel_training_set")


def _open() -> Iterator[Endpoint]:
    token = "/api/msc/v1/organizations/{org_id}/credentials/v3/token"
    yield Endpoint("GET", "/health-all", health.health, None, "Service", "health")
    yield Endpoint("GET", "/metrics", observed.scrape, "metrics", "Service", "metrics", media_type="text/plain")
    yield Endpoint("GET", token, health.exchange, None, "Service", "exchange_api_key")


def _outside() -> Iterator[Endpoint]:
    for path in outside.PATHS:
        for method in ("GET", "POST", "PUT", "DELETE"):
            name = f"{method.lower()}{path.replace('/', '_')}"
            for full in (path, f"{path}/{{rest:path}}"):
                yield Endpoint(method, full, outside.outside, "read", "Outside", name, is_shown=False)


ROUTES: tuple[Endpoint, ...] = (
    *(endpoint for words in VOCABULARIES for endpoint in (*_views(words), *_entities(words), *_testing(words))),
    *_services(),
    *_engines(),
    *_profiles(),
    *_datasets(),
    *_open(),
    *_outside(),
)
