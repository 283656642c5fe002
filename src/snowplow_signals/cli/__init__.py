"""The command line: parse, call, print, exit code. Nothing that takes long is imported before a command needs it."""

import os
import sys
from types import TracebackType


def main() -> None:
    """The installed command `snowplow-batch-engine`, which is also `snowplow-batch-autogen`."""
    sys.excepthook = _fault
    # programs that Python starts by itself would look for modules in the user's folder: for `enum` in an enum.py there
    os.environ.setdefault("PYTHONSAFEPATH", "1")
    from snowplow_signals.cli.app import app
    from snowplow_signals.distribution import warn_if_mixed

    warn_if_mixed()  # again, as the package's own __init__ may have been overwritten
    app(prog_name="snowplow-batch-engine")


def _fault(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Report an unexpected error as a bug of ours; with --verbose also where it happened."""
    if "--verbose" in sys.argv or issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
    if issubclass(kind, KeyboardInterrupt):
        return
    sys.stderr.write(
        f"Error: {kind.__name__}: {error}\nThis is a bug in snowplow-batch-engine. Please report it with the output of "
        "the same command with --verbose\n"
    )
