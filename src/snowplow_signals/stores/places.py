"""Where profiles or definitions are kept: a file, or a URL that holds a password.

A URL is read strictly, once, before any driver sees it: drivers interpret ambiguous URLs in different ways, and repeat
in their errors what they could not read. `shown` is the only way in which a place is ever printed.
"""

from __future__ import annotations

import os
import re
import stat
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from snowplow_signals.errors import UsageError

REDIS = ("redis", "rediss")
POSTGRESQL = ("postgresql", "postgres")
HIDDEN = "***"
"""Shown instead of what cannot be parsed, as all of it may be a password."""

_URL = re.compile(
    r"(?P<user>[^:@/?#\[\]]*)(?P<password>:[^@/?#\[\]]*)?@(?P<rest>[^@]*)"  # with somebody's name
    r"|(?P<all>[^@]*)"
)
_REST = re.compile(r"(?P<hosts>[^/?#]*)(?P<path>/[^?#]*)?(?:\?(?P<query>[^#]*))?")
_HOST = re.compile(r"(?:\[[0-9A-Fa-f:.]+\]|[\w.%-]*)(?::(?P<port>[0-9]*))?")
_BROKEN_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})|%00")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*")
_LIKE_A_URL = re.compile(
    r"\s*(?:rediss?|postgres(?:ql)?(?:\+\w+)?|sqlite):"  # with too few slashes
    r"|[^/]*:[^/]*@"  # user:password@host
    r"|\s*(?:host|hostaddr|port|dbname|user|password|service)\s*=",  # as libpq takes it
    re.IGNORECASE,
)
_EXAMPLES = {
    "redis": "redis://user:password@host:6379/0",
    "postgresql": "postgresql://user:password@host:5432/database",
}


@dataclass(frozen=True, slots=True)
class Url:
    """A URL that was read. `url` is what a driver takes, `shown` what may be printed."""

    scheme: str
    url: str = field(repr=False)
    shown: str


def file_of(place: str | Path) -> Path | None:
    """The file that a place names, as a path or `sqlite:///path`; None for a URL of another kind.

    Raises UsageError, without showing the text, for one that looks like a URL and is not one; and for a path without
    the name of a file.
    """
    file = _file_of(place)
    if file is not None and not file.name:
        raise UsageError(f"{str(place)!r} is a folder; name a file in it, such as {file / 'profiles.sqlite'}")
    return file


def _file_of(place: str | Path) -> Path | None:
    if isinstance(place, Path):
        return place
    scheme, separator, rest = place.partition("://")
    if not separator:
        if _LIKE_A_URL.match(place):
            raise UsageError(
                f"this is neither a path nor a URL, and is not shown here as it may hold a password; write "
                f"{_EXAMPLES['postgresql']}, {_EXAMPLES['redis']}, or the path of a file"
            )
        return Path(place)
    return Path(rest.removeprefix("/")) if scheme.lower() == "sqlite" else None


def scheme_of(place: str) -> str:
    """The scheme of the URL, in lower case; `***` when it cannot be determined."""
    scheme = place.partition("://")[0]
    return scheme.lower() if _SCHEME.fullmatch(scheme) else HIDDEN


def shown(place: str | Path) -> str:
    """The place as it may be printed: a path as it is, a URL without password and options. Never fails."""
    try:
        file = file_of(place)
        return str(file) if file is not None else read_url(str(place), "").shown
    except UsageError:
        return f"{scheme_of(str(place))}://{HIDDEN}" if "://" in str(place) else HIDDEN


def read_url(url: str, what: str) -> Url:
    """The URL, checked. `what` is kept there, for messages: `profiles store`.

    Raises UsageError, without showing the URL, when it is ambiguous or invalid.
    """
    scheme = scheme_of(url)
    kind = "postgresql" if scheme in POSTGRESQL else "redis"

    def refused(reason: str) -> UsageError:
        return UsageError(f"the {scheme} URL of the {what} {reason}; it is written {_EXAMPLES[kind]}")

    text = url.partition("://")[2]
    whole = _URL.fullmatch(text)
    parts = _REST.fullmatch(whole["rest"] if whole["all"] is None else whole["all"]) if whole else None
    if whole is None or parts is None or not text.isprintable() or " " in text:
        raise refused(
            "is ambiguous: in its user and password write the characters / ? # [ ] @ and blanks as %2F %3F %23 %5B "
            "%5D %40 %20"
        )
    if _BROKEN_ESCAPE.search(text):
        raise refused("has a % that is not followed by two hexadecimal digits: write a % itself as %25")
    for host in parts["hosts"].split(","):
        found = _HOST.fullmatch(host)
        if found is None or int(found["port"] or 0) > 65_535:
            raise refused("has an invalid host or port")
    if any(part.count("=") != 1 for part in (parts["query"] or "").split("&") if parts["query"]):
        raise refused("has options that are not written as ?name=value&name=value")
    if kind == "redis" and not re.fullmatch(r"(/[0-9]*)?", parts["path"] or ""):
        raise refused("names a database that is not a number")
    # a name without a password may be the password of a Redis, which has had names only for some years
    user = whole["user"] if kind == "postgresql" or len(whole["password"] or "") > 1 else ""
    place = f"{'@' if user else ''}{parts['hosts']}{parts['path'] or ''}"
    return Url(scheme, f"{scheme}://{text}", f"{scheme}://{user or ''}{place}")


def make_private(file: Path) -> None:
    """Create a database's missing file, readable by its owner only; files that the database writes beside it get the
    same mode. An existing one that others may read, from an earlier version or a copy, is closed to them. A file that
    cannot be created is left to the driver, which says why; another user's file, to that user.
    """
    with suppress(OSError):
        os.close(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    for suffix in ("", "-wal", "-shm", "-journal"):
        part = file.with_name(f"{file.name}{suffix}")
        with suppress(OSError):
            if not part.is_file():
                continue
            mode = stat.S_IMODE(part.stat().st_mode)
            if mode & 0o077:
                part.chmod(mode & 0o700)
