"""Published definitions, persisted: in a database that a team shares, or, without a service, in files.

`Registry` needs the extra `server`; it is imported when it is first used, so that the command line does not need it.
"""

from typing import TYPE_CHECKING, Any

from snowplow_signals.registry.files import BatchSourceFiles

if TYPE_CHECKING:
    from snowplow_signals.registry.database import Registry

DEFAULT_FILE = "registry.sqlite"

__all__ = ["DEFAULT_FILE", "BatchSourceFiles", "Registry"]


def __getattr__(name: str) -> Any:
    if name != "Registry":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from snowplow_signals.registry.database import Registry

    return Registry
