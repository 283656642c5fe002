"""What this package is called where it is installed from, and its version: each is written down here only.

The import name is that of the vendor's SDK, so that programs written for it run unchanged. The name of the distribution
is another: two distributions of one name cannot be distinguished on a package index.
"""

import functools
import os
import warnings

__all__ = ["NAME", "VERSION", "installing", "warn_if_mixed"]

NAME = "signals-batch-engine"
VERSION = "0.1.0"

SDK = "snowplow-signals"
"""The distribution that has the same import name: https://pypi.org/project/snowplow-signals/"""


def installing(extra: str) -> str:
    """The command that installs what an extra stands for, to be copied from a message."""
    return f"pip install '{NAME}[{extra}]'"


@functools.cache
def warn_if_mixed(folder: str = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))) -> None:
    """Warn, once, when the vendor's SDK is installed into the same folder: each overwrites files of the other.

    Only the names in the folder are looked at, since this is asked at every import.
    """
    start = f"{SDK.replace('-', '_')}-"
    try:
        is_mixed = any(name.startswith(start) and name.endswith(".dist-info") for name in os.listdir(folder))
    except OSError:  # a zip file, for one
        return
    if is_mixed:
        warnings.warn(
            f"{NAME} and {SDK} are both installed in {folder}. They share the import name snowplow_signals, so the one "
            "that was installed later overwrote files of the other, and neither can be relied on. Give each a virtual "
            f"environment of its own; here: pip uninstall {SDK} {NAME}, then install the one you need",
            stacklevel=3,
        )
