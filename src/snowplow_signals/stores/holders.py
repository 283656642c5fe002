"""Who holds a lease: this process of this machine, told apart from all others."""

from __future__ import annotations

import os
import secrets
import socket

_given_up: set[str] = set()


def new_holder() -> str:
    """A name that nobody else has, nor this process at another time."""
    return f"{socket.gethostname()}/{os.getpid()}/{secrets.token_hex(8)}"


def give_up(holder: str) -> None:
    """This process no longer holds anything by this name, even if the store could not be told."""
    _given_up.add(holder)


def is_gone(holder: str) -> bool:
    """Whether the holder is known to have ended: given up here, or a process of this machine that is not there.

    Should it be there after all (under another numbering of processes), it loses the lease, and with it the right to
    write: nothing is written twice.
    """
    if holder in _given_up:
        return True
    machine, _, rest = holder.rpartition("/")[0].rpartition("/")
    if machine != socket.gethostname() or not rest.isdecimal():
        return False
    try:
        os.kill(int(rest), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False
