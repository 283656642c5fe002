"""`test-connection`: whether the service accepts the key or token, and whether its dependencies work."""

from collections.abc import Callable
from typing import Annotated, Any

import typer

from snowplow_signals.cli import inspecting, options, service
from snowplow_signals.cli.documents import document
from snowplow_signals.cli.reporting import command, count, say
from snowplow_signals.errors import ServiceError, UsageError

FAILED = 1


@command
def check_connection(
    api_url: service.ApiUrl = None,
    api_key: service.ApiKey = None,
    api_key_id: service.ApiKeyId = None,
    org_id: service.OrgId = None,
    auth_mode: service.AuthMode = None,
    sandbox_token: service.SandboxToken = None,
    console_url: service.ConsoleUrl = None,
    check_auth: Annotated[
        bool,
        typer.Option(
            "--check-auth/--no-check-auth",
            envvar="SNOWPLOW_CHECK_AUTH",
            help="Check whether the key or token is accepted.",
        ),
    ] = True,
    check_api: Annotated[
        bool,
        typer.Option(
            "--check-api/--no-check-api", envvar="SNOWPLOW_CHECK_API", help="Check what the service depends on."
        ),
    ] = True,
    format: inspecting.Format = "table",
    verbose: options.Verbose = False,
) -> None:
    """Check the connection to the service.

    Whether the service accepts the key or token, and whether what it depends on works. Exit code 1 when anything is not
    ok.
    """
    if api_url is None:
        raise UsageError("--api-url, or SNOWPLOW_API_URL: give the service's URL")
    with service.connect(api_url, api_key, api_key_id, org_id, auth_mode, sandbox_token, console_url) as client:
        found: dict[str, str] = {}
        if check_auth:
            found["authentication"] = _checked(lambda: _views(len(client.readable_views(offline=True)[0])))
        if check_api:
            health: Any = _checked(client.health)
            found |= {"service": health} if isinstance(health, str) else health
    width = max(map(len, found), default=0)
    if format == "json":
        say(document({"checks": found}))
    for name, state in found.items() if format == "table" else ():
        say(f"{name:<{width}}  {state}")
    if any(state.split(",")[0] != "ok" for state in found.values()):
        raise typer.Exit(FAILED)


def _views(views: int) -> str:
    return f"ok, {count(views, 'offline view')}"


def _checked(check: Callable[[], Any]) -> Any:
    try:
        return check()
    except ServiceError as error:
        return f"failed, {error}"
