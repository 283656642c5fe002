"""Where a store is, as it may be shown."""

from __future__ import annotations

from snowplow_signals.errors import UsageError

_ESCAPED = frozenset("/?#[]@ ")


def shown(url: str) -> str:
    """The URL without password and options.

    Raises UsageError, without showing the URL, when it could be read in two ways.
    """
    scheme, _, rest = url.partition("://")
    authority, _, place = rest.rpartition("@")
    if _ESCAPED & set(authority):
        raise UsageError(
            f"the {scheme} URL of the profiles store is ambiguous: in its user and password write the characters "
            "/ ? # [ ] @ as %2F %3F %23 %5B %5D %40"
        )
    user = authority.partition(":")[0]
    return f"{scheme}://{user}{'@' * bool(user)}{place.partition('?')[0]}"
