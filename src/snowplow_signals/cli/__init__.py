"""The command line: parse, call, print, exit code. Nothing that takes long is imported before a command needs it."""


def main() -> None:
    """The installed command `snowplow-batch-engine`, which is also `snowplow-batch-autogen`."""
    from snowplow_signals.cli.app import app
    from snowplow_signals.distribution import warn_if_mixed

    warn_if_mixed()  # once more: the package's own __init__ may have been overwritten
    app(prog_name="snowplow-batch-engine")
