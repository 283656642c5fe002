"""`python -m snowplow_signals.cli`: the command, where it is not on the path."""

import sys
from pathlib import Path

if not sys.flags.safe_path and sys.path[0] != str(Path(__file__).parents[2]):
    del sys.path[0]  # the folder that the user is in: its files are nobody's modules

from snowplow_signals.cli import main

main()
