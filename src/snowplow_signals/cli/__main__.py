"""`python -m snowplow_signals.cli`: the command, where it is not on the path."""

from snowplow_signals.cli import main

main()
