"""Who holds a lease: one process, distinguished from all others by a random token.

Neither a host's name nor the number of a process says who it is: two containers may have both in common, and each would
take the other for a process that has ended. So a process has a token, and proves that it lives by a lock on a file of
that name in this machine's folder for temporary files. The system lets go of the lock when the process ends, however it
ends. Whoever finds the file unlocked knows that; whoever finds no file, as in another container, knows nothing, and
waits until the lease ends by itself.
"""

from __future__ import annotations

import atexit
import os
import secrets
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path

try:
    import fcntl
except ModuleNotFoundError:  # Windows: leases of a process that was killed end by themselves
    fcntl = None  # type: ignore[assignment]

KEPT_SECONDS = 86_400
"""Files of killed processes are removed by any process that creates its own after this time."""
_TOKEN_CHARACTERS = frozenset("0123456789abcdef")

_given_up: set[str] = set()
_mutex = threading.Lock()


def new_holder() -> str:
    """A name that is unique to this process and time."""
    return f"{_this_process()}/{secrets.token_hex(8)}"


def give_up(holder: str) -> None:
    """This process no longer holds anything by this name, even if the store could not be informed."""
    _given_up.add(holder)


def is_gone(holder: str) -> bool:
    """Whether the holder is known to have ended: released here, or a process of this machine that is gone."""
    if holder in _given_up:
        return True
    token = holder.partition("/")[0]
    if fcntl is None or not token or not _TOKEN_CHARACTERS.issuperset(token):
        return False
    return token != _own.token and _is_unlocked(_folder() / token)


class _Own:
    """This process's token and the file that it keeps locked; a forked child has its own."""

    token: str | None = None
    file: int | None = None

    def forget(self) -> None:
        # the parent's lock is on the open file, which a child shares: closing the copy leaves the parent's alone
        if self.file is not None:
            os.close(self.file)
        self.token = self.file = None


_own = _Own()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_own.forget)


def _this_process() -> str:
    with _mutex:
        if _own.token is None:
            token = secrets.token_hex(16)
            _own.file = _locked(token)
            _own.token = token
    return _own.token


def _locked(token: str) -> int | None:
    """The open file that says that this process lives; None where no file can be locked."""
    if fcntl is None:
        return None
    try:
        folder = _folder()
        folder.mkdir(mode=0o700, exist_ok=True)
        _remove_old(folder)
        file = os.open(folder / token, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:  # a full disk, say: others wait until the lease ends by itself
        return None
    atexit.register(_remove, folder / token, os.getpid())
    return file


def _folder() -> Path:
    return Path(tempfile.gettempdir()) / f"signals-processes-{os.getuid()}"


def _remove(path: Path, process: int) -> None:
    if os.getpid() == process:
        path.unlink(missing_ok=True)


def _remove_old(folder: Path) -> None:
    for path in folder.iterdir():
        with suppress(OSError):
            if time.time() - path.stat().st_mtime > KEPT_SECONDS and _is_unlocked(path):
                path.unlink()


def _is_unlocked(path: Path) -> bool:
    """Whether there is such a file, and nobody keeps it locked."""
    try:
        file = os.open(path, os.O_RDWR)
    except OSError:
        return False
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return False
    else:
        return True
    finally:
        os.close(file)
