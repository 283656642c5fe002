"""The commands, by name."""

import typer

from snowplow_signals.cli.connection import check_connection
from snowplow_signals.cli.console import console
from snowplow_signals.cli.dataset import build_command, check_command, sql_command
from snowplow_signals.cli.definitions import generate, init, validate
from snowplow_signals.cli.demo import demo
from snowplow_signals.cli.events import generate_command, load_command
from snowplow_signals.cli.explain import explain
from snowplow_signals.cli.plan import plan
from snowplow_signals.cli.profiles import erase, get, restore
from snowplow_signals.cli.quality import quality
from snowplow_signals.cli.run import run
from snowplow_signals.cli.serve import create_key, list_keys, revoke_key, serve
from snowplow_signals.cli.status import status
from snowplow_signals.cli.sync import sync
from snowplow_signals.cli.verify import verify
from snowplow_signals.distribution import VERSION

HELP_ON_H = {"help_option_names": ["-h", "--help"]}


def _group(help: str, *, add_completion: bool = False) -> typer.Typer:
    return typer.Typer(
        help=help,
        context_settings=HELP_ON_H,
        no_args_is_help=True,
        rich_markup_mode=None,
        add_completion=add_completion,
        pretty_exceptions_enable=False,
    )


app = _group(
    "Signals batch engine: from the views you declare to the attributes you serve, in a dbt project you own.",
    add_completion=True,
)
app.command("init")(init)
app.command("generate")(generate)
app.command("validate")(validate)
app.command("plan")(plan)
app.command("run")(run)
app.command("sync")(sync)
app.command("materialize", help="The same as sync.")(sync)

app.command("test-connection")(check_connection)
app.command("test_connection", help="The same as test-connection.")(check_connection)

app.command("status")(status)
app.command("verify")(verify)
app.command("quality")(quality)
app.command("explain")(explain)

dataset = _group("Training sets: attributes as they were in the past.")
dataset.command("build")(build_command)
dataset.command("sql")(sql_command)
dataset.command("check")(check_command)
app.add_typer(dataset, name="dataset")

profile = _group("Attributes as an application reads them.")
profile.command("get")(get)
profile.command("erase")(erase)
profile.command("restore")(restore)
app.add_typer(profile, name="profile")

app.command("serve")(serve)
app.command("console")(console)

keys = _group("API keys of the service.")
keys.command("create")(create_key)
keys.command("list")(list_keys)
keys.command("revoke")(revoke_key)
app.add_typer(keys, name="keys")

events = _group("Events on this machine: generated ones, or your own.")
events.command("generate")(generate_command)
events.command("load")(load_command)
app.add_typer(events, name="events")

app.command("demo")(demo)


@app.callback(invoke_without_command=True)
def _root(version: bool = typer.Option(False, "--version", help="Show the version and exit.")) -> None:
    if version:
        typer.echo(f"snowplow-batch-engine {VERSION}")
        raise typer.Exit
