"""Options that several commands share. Each can also be given by the environment variable that its help names."""

from pathlib import Path
from typing import Annotated

import typer

Verbose = Annotated[
    bool,
    typer.Option(
        "--verbose",
        "-v",
        envvar="SNOWPLOW_VERBOSE",
        help="Show more: where an error came from and, for a run, dbt's output and the SQL that it sends.",
    ),
]

RepoPath = Annotated[
    Path,
    typer.Option(
        "--repo-path",
        envvar="SNOWPLOW_REPO_PATH",
        help="Folder that holds one folder per project, or a dbt project that has them as packages.",
    ),
]

Definitions = Annotated[
    Path,
    typer.Option(
        "--definitions", envvar="SNOWPLOW_DEFINITIONS", metavar="FILE.py", help="Python file that defines the views."
    ),
]

TargetType = Annotated[
    str,
    typer.Option(
        "--target-type",
        envvar="SNOWPLOW_TARGET_TYPE",
        help="duckdb, postgres, spark, databricks, bigquery or snowflake.",
    ),
]

TargetTypeOfProjects = Annotated[
    str | None,
    typer.Option(
        "--target-type",
        envvar="SNOWPLOW_TARGET_TYPE",
        help="The warehouse that the projects were made for. Only a check: `init` chooses it.",
    ),
]

ViewName = Annotated[
    str | None,
    typer.Option(
        "--view-name",
        "--attribute-group-name",
        envvar=["SNOWPLOW_VIEW_NAME", "SNOWPLOW_ATTRIBUTE_GROUP_NAME"],
        help="Only the view of this name.",
    ),
]

ViewVersion = Annotated[
    int | None,
    typer.Option(
        "--view-version",
        "--attribute-group-version",
        envvar=["SNOWPLOW_VIEW_VERSION", "SNOWPLOW_ATTRIBUTE_GROUP_VERSION"],
        help="Only views of this version.",
    ),
]

ProjectName = Annotated[
    str | None,
    typer.Option(
        "--project-name",
        envvar="SNOWPLOW_PROJECT_NAME",
        help="Only the project of this name, <view name>_<version>; without it, all of them.",
    ),
]

Target = Annotated[
    str | None,
    typer.Option("--target", envvar="SNOWPLOW_TARGET", help="Target of the dbt profile; without it, its default."),
]

RegistryUrl = Annotated[
    str | None,
    typer.Option(
        "--registry",
        envvar="SNOWPLOW_REGISTRY",
        metavar="FILE.sqlite|URL",
        help="The service's registry: a file or postgresql://...; without it, registry.sqlite in the repo path.",
    ),
]

StoreUrl = Annotated[
    str | None,
    typer.Option(
        "--store",
        envvar="SNOWPLOW_STORE",
        metavar="FILE.sqlite|URL",
        help="The profiles store: a file, redis://... or postgresql://...; without it, profiles.sqlite in the repo "
        "path.",
    ),
]

AlertUrl = Annotated[
    str | None,
    typer.Option(
        "--alert-url",
        envvar="SNOWPLOW_ALERT_URL",
        metavar="URL",
        help="Send alerts to this URL as JSON. Better set as the environment variable if the URL is secret: it is "
        "never shown whole.",
    ),
]

AlertSecret = Annotated[
    str | None,
    typer.Option(
        "--alert-secret",
        envvar="SNOWPLOW_ALERT_SECRET",
        help="Sign alerts with this secret, HMAC-SHA256. Better set as the environment variable.",
    ),
]
