"""The profile through which dbt reaches the warehouse.

For DuckDB it is written once, and from then on the user's. Other warehouses need values that only the user knows, so an
example profile is written beside the projects.
"""

import os
import re
from dataclasses import dataclass
from pathlib import Path
from textwrap import indent
from typing import Any

from snowplow_signals.dialects import dialect_named
from snowplow_signals.dialects.base import Dialect
from snowplow_signals.errors import UsageError, WorkspaceError
from snowplow_signals.project import yaml_files
from snowplow_signals.project.models.layout import jinja_safe
from snowplow_signals.project.models.properties import PROFILE
from snowplow_signals.project.packages import PROFILES_FILE
from snowplow_signals.workspace import files

EXAMPLE_FILE = "profiles.example.yml"
DEFAULT_DATABASE = "events.duckdb"
SCHEMA = "signals"

# DuckDB refuses to attach a file under these names.
_TAKEN_NAMES = frozenset({"system", "temp"})

TEXT = """\
# Made by snowplow-batch-engine. Yours to change from here on: it is not written again.
{profile}:
  target: dev
  outputs:
    dev:
      type: duckdb
      path: {path}
      schema: {schema}
      threads: 2
"""

# dbt parses a path as a URL, and drops what follows a `#`: it then expects the database under another name than
# DuckDB's. An attached database may have any name; this one is attached already.
ATTACHED = """\
      database: {database}
      attach:
        - path: {path}
          alias: {database}
"""

EXAMPLE = """\
# Made by snowplow-batch-engine: what {title} needs. Save it beside this file as {file}, with your own values.
# Secrets stay where they are: env_var() reads them from the environment when dbt runs.
{output}"""


@dataclass(frozen=True)
class Profile:
    """The profile of a repo path: the database and schema of its default target, and what is still to be written.

    `database` is None when only dbt can determine it (a path with Jinja in it, or no profile yet). `text` is what to
    write to `file`, None when there is nothing to write.
    """

    file: Path
    database: str | None
    schema: str
    path: str
    text: str | None
    is_example: bool = False


def profile_for(repo_path: Path, database: Path | None, target_type: str = "duckdb") -> Profile:
    """The profile that is there, or the one to write for the DuckDB file `database`, or the example to write.

    Raises WorkspaceError when the profile that is there is for another file, or cannot be read; UsageError when the
    file's name cannot be the name of a database, or the target is not a file.
    """
    dialect = dialect_named(target_type)
    if database is not None and not dialect.is_file:
        raise UsageError(f"--database names a DuckDB file; {dialect.title} is reached as {PROFILES_FILE} says")
    file = repo_path / PROFILES_FILE
    text = files.read(file)
    if text is not None:
        return _existing(file, text, database, dialect)
    if not dialect.is_file:
        example = EXAMPLE.format(title=dialect.title, file=PROFILES_FILE, output=profile_text(dialect))
        there = files.read(repo_path / EXAMPLE_FILE)
        return Profile(
            repo_path / EXAMPLE_FILE, None, SCHEMA, "", None if there == example else example, is_example=True
        )
    path = _absolute(database or repo_path / DEFAULT_DATABASE)
    _check_name(path)
    return Profile(file, path.stem, SCHEMA, str(path), _text(path))


def profile_text(dialect: Dialect, profile: str = PROFILE) -> str:
    """A whole profile for the engine, as an example."""
    return f"{profile}:\n  target: dev\n  outputs:\n    dev:\n{indent(dialect.profile_example, ' ' * 6)}\n"


def _text(path: Path) -> str:
    import yaml

    safe = jinja_safe(str(path))
    quoted = yaml.safe_dump(safe, allow_unicode=True, width=10_000).removesuffix("\n...\n").strip()
    text = TEXT.format(profile=PROFILE, path=quoted, schema=SCHEMA)
    if safe != str(path) or "#" in str(path):
        text += ATTACHED.format(database=path.stem, path=quoted)
    return text


def _absolute(path: Path) -> Path:
    """Where a file is; `~` is the user's own folder, as in a shell, and `~x` a folder of that name."""
    return (path.expanduser() if path.parts[:1] == ("~",) else path).absolute()


def _check_name(path: Path) -> None:
    if path.is_dir():
        raise UsageError(f"--database {path} is a folder; name a DuckDB file")
    if re.search(r"[?\\]", str(path)) and os.sep != "\\":
        raise UsageError(f"{path}: DuckDB cannot use a path with a '?' or '\\' in it; choose another with --database")
    if not re.fullmatch(r"[A-Za-z0-9_\-]+", path.stem) or path.stem.lower() in _TAKEN_NAMES:
        raise UsageError(
            f"--database {path}: DuckDB names the database {path.stem!r} after the file; "
            f"use letters, digits, '_' and '-', and none of {', '.join(sorted(_TAKEN_NAMES))}"
        )


def _existing(file: Path, text: str, database: Path | None, dialect: Dialect) -> Profile:
    output = _default_output(file, text, dialect)
    kind = output.get("type")
    if kind != dialect.name:
        raise WorkspaceError(
            f"{file} exists, and its default target is of type {kind!r}, not {dialect.name!r}: make one of that type "
            "the default, say --target-type, or choose another --repo-path"
        )
    path = str(output.get("path", ""))
    if database is not None and path and not _is_path_of(path, _absolute(database)):
        raise WorkspaceError(
            f"{file} exists and names another database: {path}. Leave --database out, change the file, "
            "or choose another --repo-path"
        )
    known = dialect.database_of(output)
    schema = output.get("schema")
    if not isinstance(schema, str) or "{" in schema:
        schema = SCHEMA
    return Profile(file, None if known and "{" in known else known, schema, path, None)


def _is_path_of(path: str, database: Path) -> bool:
    """Whether a profile's path, as it stands there, is the file's."""
    return path == jinja_safe(str(database)) or _absolute(Path(path)) == database


def _default_output(file: Path, text: str, dialect: Dialect) -> dict[str, Any]:
    try:
        content = yaml_files.parsed(text, file)
    except UsageError as error:
        raise WorkspaceError(str(error)) from error
    profiles = content if isinstance(content, dict) else {}
    profile = profiles.get(PROFILE)
    if not isinstance(profile, dict):
        example = profile_text(dialect)
        raise WorkspaceError(
            f"{file} exists, and has no profile {PROFILE!r}. Add it, or choose another --repo-path:\n\n{example}"
        )
    outputs = profile.get("outputs")
    target = profile.get("target", "default")
    output = outputs.get(target) if isinstance(outputs, dict) and isinstance(target, str) else None
    if not isinstance(output, dict):
        raise WorkspaceError(f"{file}: profile {PROFILE!r} has no output {profile.get('target')!r}, its default target")
    return output
