"""`serve` and `keys`: the service, and who may use it."""

import importlib.util
import socket
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from snowplow_signals.cli import alerting, inspecting, options
from snowplow_signals.cli.documents import document
from snowplow_signals.cli.reporting import command, count, say
from snowplow_signals.distribution import installing
from snowplow_signals.errors import UsageError
from snowplow_signals.plain_text import one_line

if TYPE_CHECKING:
    from snowplow_signals.registry import Registry
    from snowplow_signals.server.settings import Settings


@command(stopped="Stopped.")
def serve(
    repo_path: options.RepoPath = Path("."),
    host: Annotated[
        str,
        typer.Option(
            "--host",
            envvar="SNOWPLOW_HOST",
            help="Address to listen on; one that other machines can reach requires authentication.",
        ),
    ] = "127.0.0.1",
    port: Annotated[
        int,
        typer.Option(
            "--port", envvar="SNOWPLOW_PORT", min=0, max=65535, help="Port to listen on; 0 chooses a free one."
        ),
    ] = 8000,
    store: options.StoreUrl = None,
    registry: options.RegistryUrl = None,
    token: Annotated[
        str | None,
        typer.Option(
            "--sandbox-token",
            envvar="SNOWPLOW_SANDBOX_TOKEN",
            help="A token with all rights, as SignalsSandbox sends it. Better set as the environment variable: others "
            "can see a command's options.",
            show_envvar=True,
        ),
    ] = None,
    metrics_token: Annotated[
        str | None,
        typer.Option(
            "--metrics-token",
            envvar="SNOWPLOW_METRICS_TOKEN",
            help="A token that grants nothing but /metrics, for Prometheus. Better set as the environment variable.",
        ),
    ] = None,
    signing_key: Annotated[
        Path | None,
        typer.Option(
            "--signing-key-file",
            envvar="SNOWPLOW_SIGNING_KEY_FILE",
            help="File with the key that signs access tokens, the same for all processes of one service; without it, "
            "signing.key in the repo path, which is created.",
        ),
    ] = None,
    certificate: Annotated[
        Path | None,
        typer.Option(
            "--tls-certificate",
            envvar="SNOWPLOW_TLS_CERTIFICATE",
            help="Certificate (PEM); with it, the service speaks HTTPS.",
        ),
    ] = None,
    certificate_key: Annotated[
        Path | None, typer.Option("--tls-key", envvar="SNOWPLOW_TLS_KEY", help="The certificate's key (PEM).")
    ] = None,
    sync_interval: Annotated[
        int,
        typer.Option(
            "--sync-interval",
            envvar="SNOWPLOW_SYNC_INTERVAL",
            min=0,
            help="Seconds between syncs of a published view; 0: this process syncs nothing.",
        ),
    ] = 300,
    target: options.Target = None,
    alert_url: options.AlertUrl = None,
    alert_secret: options.AlertSecret = None,
    stale_after: Annotated[
        int,
        typer.Option(
            "--stale-after",
            envvar="SNOWPLOW_STALE_AFTER",
            min=0,
            metavar="HOURS",
            help="With --alert-url: alert of views whose table has not changed for so long; 0: of none.",
        ),
    ] = 48,
    verbose: options.Verbose = False,
) -> None:
    """Serve the registry and the profiles over HTTP.

    Without any configuration everything is kept in SQLite files in the repo path, for this machine only.
    """
    require_server()
    from snowplow_signals.server.running import run
    from snowplow_signals.server.settings import Settings

    if (certificate is None) != (certificate_key is None):
        raise UsageError("--tls-certificate and --tls-key belong together; give both, or neither")
    if token is not None and not token.strip():
        raise UsageError("the sandbox token is empty; set one that nobody can guess, or leave it out")
    if metrics_token is not None and not metrics_token.strip():
        raise UsageError("the token for metrics is empty; set one that nobody can guess, or leave it out")
    repo_path.mkdir(parents=True, exist_ok=True)
    settings = Settings(
        folder=repo_path,
        store_url=store,
        registry_url=registry,
        host=host,
        port=port,
        token=token,
        metrics_token=metrics_token,
        signing_key_file=signing_key,
        sync_seconds=float(sync_interval),
        profile_target=target,
        alerts=alerting.webhook(alert_url, alert_secret),
        stale_after=timedelta(hours=stale_after) if stale_after else None,
    )
    tls = (certificate, certificate_key) if certificate and certificate_key else None
    run(settings, tls=tls, verbose=verbose, started=lambda bound, is_open: _show(settings, bound, tls, is_open))


def _show(settings: "Settings", bound: socket.socket, tls: object, is_open: bool) -> None:
    from snowplow_signals.stores.places import shown

    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    url = f"{'https' if tls else 'http'}://{host}:{bound.getsockname()[1]}"
    every = f"every {settings.sync_seconds:g} s" if settings.sync_seconds else "not by this process"
    say(f"Signals is served at {url}, with a console for people; its description at {url}/docs/")
    say(f"  registry  {shown(settings.registry)}")
    say(f"  profiles  {shown(settings.store)}")
    say(f"  sync      {every}")
    say(f"  access    {'open, to this machine only' if is_open else 'by token'}")
    say("Ctrl-C stops it.")


@command
def create_key(
    repo_path: options.RepoPath = Path("."),
    registry: options.RegistryUrl = None,
    org_id: Annotated[
        str, typer.Option("--org-id", envvar="SNOWPLOW_ORG_ID", help="Organisation that clients name with the key.")
    ] = "default",
    read_only: Annotated[bool, typer.Option("--read-only", help="A key that cannot change definitions.")] = False,
    note: Annotated[str, typer.Option("--note", help="Who or what the key is for.")] = "",
    format: inspecting.Format = "table",
    verbose: options.Verbose = False,
) -> None:
    """Create an API key. It is shown once; the registry keeps its hash."""
    with _opened(repo_path, registry) as opened:
        key, secret = opened.keys.create(org_id, ("read",) if read_only else ("read", "write"), note)
    if format == "json":
        made = {"api_key_id": key.key_id, "api_key": secret, "org_id": key.org_id, "rights": key.scopes}
        say(document(made))
        return
    say(f"api_key_id  {key.key_id}")
    say(f"api_key     {secret}")
    say(f"org_id      {key.org_id}")
    say(f"rights      {', '.join(key.scopes)}")
    say("Save the key now: it cannot be shown again.")


@command
def list_keys(
    repo_path: options.RepoPath = Path("."),
    registry: options.RegistryUrl = None,
    format: inspecting.Format = "table",
    verbose: options.Verbose = False,
) -> None:
    """List the API keys, without their secrets."""
    with _opened(repo_path, registry) as opened:
        found = opened.keys.list()
    if format == "json":
        shown = {"api_key_id": "key_id", "org_id": "org_id", "rights": "scopes", "note": "note"}
        shown |= {"created_at": "created_at", "revoked_at": "revoked_at"}
        say(document({"keys": [{name: getattr(key, field) for name, field in shown.items()} for key in found]}))
        return
    for key in found:
        state = f"revoked {key.revoked_at:%Y-%m-%d}" if key.revoked_at else "active"
        made = f"made {key.created_at:%Y-%m-%d}"
        parts = (key.key_id, key.org_id, "+".join(key.scopes), made, state, key.note)
        say("  ".join(one_line(part) for part in parts if part))
    say(count(len(found), "key"))


@command
def revoke_key(
    key_id: Annotated[str, typer.Argument(metavar="ID", help="The api_key_id.")],
    repo_path: options.RepoPath = Path("."),
    registry: options.RegistryUrl = None,
    format: inspecting.Format = "table",
    verbose: options.Verbose = False,
) -> None:
    """Revoke an API key, and with it the tokens it was exchanged for."""
    with _opened(repo_path, registry) as opened:
        opened.keys.revoke(key_id)
    if format == "json":
        say(document({"api_key_id": key_id, "is_revoked": True}))
        return
    say(f"{key_id}: revoked; services refuse it within a second or two")


def _opened(repo_path: Path, registry: str | None) -> "Registry":
    require_server()
    from snowplow_signals.registry import DEFAULT_FILE, Registry

    repo_path.mkdir(parents=True, exist_ok=True)
    return Registry.open(registry or repo_path / DEFAULT_FILE)


def require_server() -> None:
    """Raises UsageError without the extra `server`."""
    needed = ("fastapi", "uvicorn", "sqlalchemy", "jwt", "jinja2", "prometheus_client")
    missing = [name for name in needed if importlib.util.find_spec(name) is None]
    if missing:
        raise UsageError(f"the service needs {', '.join(missing)}: {installing('server')}")
