"""Where a command finds erasures: in the registry of a service, or in a file beside the projects."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from snowplow_signals.cli.places import opened_registry
from snowplow_signals.cli.reporting import count, warn

if TYPE_CHECKING:
    from snowplow_signals.registry import Registry
    from snowplow_signals.stores import Store
    from snowplow_signals.sync.erasing import Ledger


@contextmanager
def registry_if_any(repo_path: Path, url: str | None) -> Iterator[Registry | None]:
    """The registry that was given, or is in the repo path; None where there is none."""
    from snowplow_signals.registry import DEFAULT_FILE

    if url is None and not (repo_path / DEFAULT_FILE).exists():
        yield None
        return
    with opened_registry(repo_path, url) as registry:
        yield registry


@contextmanager
def ledger_of(repo_path: Path, registry: Registry | None) -> Iterator[Ledger]:
    """The registry's ledger; without a registry the file, which is created when it is missing."""
    if registry is not None:
        yield registry.erasures
        return
    from snowplow_signals.registry.erasures import erasure_file

    with erasure_file(repo_path) as ledger:
        yield ledger


def agree(repo_path: Path, registry: Registry | None, store: Store) -> None:
    """Before anything is copied: erased identifiers must not come back with a restored store."""
    from snowplow_signals.registry.erasures import FILE
    from snowplow_signals.sync import erasing

    if registry is None and not (repo_path / FILE).exists() and not store.standing().position:
        return  # nothing was ever erased: no file is created
    with ledger_of(repo_path, registry) as ledger:
        removed = erasing.agree(store, ledger)
    if removed:
        warn(f"{count(removed, 'profile')} of erased identifiers had come back and {_was(removed)} removed")


def _was(number: int) -> str:
    return "was" if number == 1 else "were"
