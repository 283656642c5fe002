"""The options for the service and its credentials, and the client that commands get from them."""

from typing import TYPE_CHECKING, Annotated, Literal

import typer

from snowplow_signals.errors import UsageError

if TYPE_CHECKING:
    from snowplow_signals.client import Signals, SignalsSandbox
    from snowplow_signals.definitions import Service, View

ApiUrl = Annotated[
    str | None, typer.Option("--api-url", envvar="SNOWPLOW_API_URL", metavar="URL", help="The Signals service.")
]
ApiKey = Annotated[
    str | None,
    typer.Option(
        "--api-key",
        envvar="SNOWPLOW_API_KEY",
        help="API key. Better set as the environment variable: others can see a command's options.",
    ),
]
ApiKeyId = Annotated[str | None, typer.Option("--api-key-id", envvar="SNOWPLOW_API_KEY_ID", help="The key's id.")]
OrgId = Annotated[
    str | None, typer.Option("--org-id", envvar="SNOWPLOW_ORG_ID", help="The organisation that the key belongs to.")
]
AuthMode = Annotated[
    Literal["bdp", "sandbox"] | None,
    typer.Option(
        "--auth-mode",
        envvar="SNOWPLOW_AUTH_MODE",
        help="API key (bdp) or static token (sandbox); without it, whichever of them is set.",
    ),
]
SandboxToken = Annotated[
    str | None,
    typer.Option("--sandbox-token", envvar="SNOWPLOW_SANDBOX_TOKEN", help="The service's static token."),
]
ConsoleUrl = Annotated[
    str | None,
    typer.Option(
        "--console-url",
        envvar="SNOWPLOW_CONSOLE_URL",
        metavar="URL",
        help="Where the API key is exchanged for a token; without it, the service itself, or Snowplow's Console for a "
        "service that Snowplow runs.",
    ),
]


class Unused:
    """The same options for commands that contact no service: the public command line accepts them everywhere."""

    ApiUrl = Annotated[str | None, typer.Option("--api-url", hidden=True)]
    ApiKey = Annotated[str | None, typer.Option("--api-key", hidden=True)]
    ApiKeyId = Annotated[str | None, typer.Option("--api-key-id", hidden=True)]
    OrgId = Annotated[str | None, typer.Option("--org-id", hidden=True)]
    AuthMode = Annotated[str | None, typer.Option("--auth-mode", hidden=True)]
    SandboxToken = Annotated[str | None, typer.Option("--sandbox-token", hidden=True)]
    ConsoleUrl = Annotated[str | None, typer.Option("--console-url", hidden=True)]


def connect(
    api_url: str,
    api_key: str | None = None,
    api_key_id: str | None = None,
    org_id: str | None = None,
    auth_mode: str | None = None,
    sandbox_token: str | None = None,
    console_url: str | None = None,
) -> "Signals | SignalsSandbox":
    """The client that the options ask for; without any key or token one that sends none.

    Raises UsageError when a part is missing.
    """
    from snowplow_signals.client import Signals, SignalsSandbox

    key = {"--api-key": api_key, "--api-key-id": api_key_id, "--org-id": org_id}
    if auth_mode is None:
        auth_mode = "sandbox" if sandbox_token and not (api_key or api_key_id) else "bdp" if api_key else "none"
    if auth_mode == "sandbox":
        if not sandbox_token:
            raise UsageError("--auth-mode sandbox needs --sandbox-token, or SNOWPLOW_SANDBOX_TOKEN")
        return SignalsSandbox(api_url, sandbox_token)
    missing = [name for name, value in key.items() if not value]
    if missing and (auth_mode == "bdp" or api_key_id):
        raise UsageError(f"an API key has three parts; missing: {', '.join(missing)}")
    if auth_mode == "bdp":
        return Signals(api_url, api_key, api_key_id, org_id, console_url=console_url)
    return Signals(api_url)


def services_of(client: "Signals | SignalsSandbox") -> "list[Service]":
    """The services that are known there: for the documentation of a project, which can do without."""
    from snowplow_signals.cli.reporting import warn
    from snowplow_signals.errors import ServiceError

    try:
        return client.list_services()
    except ServiceError as error:
        warn(f"Warning: which services read the views is not known, and left out of their documentation: {error}")
        return []


def views_of(client: "Signals | SignalsSandbox", name: str | None, version: int | None) -> "list[View]":
    """The offline views of the service, of that name and version; without `version` the latest of each name.

    They need not be published: that happens once their tables exist. Views that cannot be read, and unnamed ones that
    cannot be computed, are reported and left out. Raises UsageError when there is none, SignalsAPIError, ServiceError.
    """
    from snowplow_signals.cli.reporting import warn
    from snowplow_signals.errors import DefinitionError
    from snowplow_signals.plan import plan_view
    from snowplow_signals.workspace import why_not_computed
    from snowplow_signals.workspace.latest import latest_views

    views, unreadable = client.readable_views(offline=True)
    for full_name, error in unreadable.items():
        warn(f"{full_name} left out: {error}")
    found = latest_views(views, name, version)
    if name is not None:
        return found
    refused: list[DefinitionError] = []
    kept = []
    for view in found:
        try:
            if why_not_computed(view) is None:
                plan_view(view)
            kept.append(view)
        except DefinitionError as error:
            refused.append(error)
    if not kept:
        raise DefinitionError([problem for one in refused for problem in one.problems])
    for one in refused:
        warn("\n".join(f"left out: {problem}" for problem in one.problems))
    return kept
