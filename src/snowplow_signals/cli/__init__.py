"""The command line: parse, call, print, exit code. Nothing that takes long is imported before a command needs it."""


def main() -> None:
    """The installed command `snowplow-batch-engine`."""
    from snowplow_signals.cli.app import app

    app(prog_name="snowplow-batch-engine")
