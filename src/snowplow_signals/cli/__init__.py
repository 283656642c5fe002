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

    warn_if_mixed()  # once more: the package's own __init__ may have been overwritten
    app(prog_name="snowplow-batch-engine")


def _fault(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """What nothing else reported is a fault of ours, and said as one; with --verbose also where."""
    if "--verbose" in sys.argv or issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
    if issubclass(kind, KeyboardInterrupt):
        return
    sys.stderr.write(
        f"Error: {kind.__name__}: {error}\nThis is a fault in snowplow-batch-engine, and should have been reported "
        "more clearly. Please report it, with what the same command says with --verbose\n"
    )
