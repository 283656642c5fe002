"""Where the profiles store and the registry of a command are: as an option says, else in the repo path."""

from pathlib import Path
from typing import TYPE_CHECKING

from snowplow_signals.distribution import installing
from snowplow_signals.errors import UsageError

if TYPE_CHECKING:
    from snowplow_signals.registry import Registry
    from snowplow_signals.stores import Store


def opened_registry(repo_path: Path, url: str | None) -> "Registry":
    """The registry: what was given, else a file in the repo path. Raises UsageError without the extra `server`."""
    from snowplow_signals.registry import DEFAULT_FILE

    try:
        from snowplow_signals.registry import Registry
    except ModuleNotFoundError as error:
        raise UsageError(
            f"--every reads the service's registry, which needs an extra: {installing('server')}"
        ) from error
    place = url if url is not None else repo_path / DEFAULT_FILE
    return Registry.open(place)


def existing_store(repo_path: Path, url: str | None) -> "Store":
    """The store that a command works on. Raises UsageError for a file that is not there."""
    from snowplow_signals.stores import open_store
    from snowplow_signals.stores.places import file_of

    place = store_place(repo_path, url)
    file = file_of(place)
    if file is not None and not file.exists():
        raise UsageError(f"the profiles store {file} does not exist yet; `sync` creates it")
    return open_store(place)


def store_place(repo_path: Path, url: str | None) -> str | Path:
    """Where the store is: what was given, else a file in the repo path."""
    from snowplow_signals.stores import DEFAULT_FILE

    return url if url is not None else repo_path / DEFAULT_FILE
