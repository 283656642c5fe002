"""What commands that show results share: the options, and a project opened where it runs."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from snowplow_signals.errors import UsageError

if TYPE_CHECKING:
    from rich.table import Table

    from snowplow_signals.deployment.deployed import Deployed
    from snowplow_signals.workspace import Project

Format = Annotated[Literal["table", "json"], typer.Option("--format", help="Output format.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print only warnings and errors: no progress, no results.")]
Variables = Annotated[
    str | None,
    typer.Option(
        "--vars",
        envvar="SNOWPLOW_VARS",
        metavar="YAML",
        help="Values of variables, the same as in the runs: '{name: value}'.",
    ),
]


@contextmanager
def opened(project: "Project", target: str | None, variables: str | None) -> "Iterator[Deployed]":
    """The project, connected. It has to be generated, as for a run."""
    from snowplow_signals import workspace
    from snowplow_signals.deployment import deployed

    workspace.require_generated(project)
    given = mapping(variables) if variables else {}
    with deployed.opened(
        project.folder, project.definition, project.target_type, project.profiles_dir, target=target, variables=given
    ) as found:
        yield found


def mapping(text: str) -> Mapping[str, Any]:
    """The value of `--vars`."""
    import json

    from snowplow_signals.project.yaml_files import parsed

    values = parsed(text, f"--vars {text!r}")
    if not isinstance(values, dict) or not all(isinstance(name, str) for name in values):
        raise UsageError(f"--vars {text!r} must map names to values, such as '{{snowplow__app_id: [shop]}}'")
    try:
        json.dumps(values, default=str)  # so dbt is given them
    except TypeError as error:
        raise UsageError(f"--vars {text!r}: {error}") from error
    return values


def table(*columns: str, right: tuple[str, ...] = ()) -> "Table":
    """A plain table with headings; the columns in `right` are aligned to the right."""
    from rich.table import Table

    made = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold", show_edge=False)
    for column in columns:
        made.add_column(column, justify="right" if column in right else "left", overflow="fold")
    return made
