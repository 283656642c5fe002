"""The profile through which dbt reaches the warehouse: written for DuckDB once, and from then on the user's."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from snowplow_signals.errors import UsageError, WorkspaceError
from snowplow_signals.models.properties import PROFILE
from snowplow_signals.workspace import files

PROFILES_FILE = "profiles.yml"
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


@dataclass(frozen=True)
class Profile:
    """The profile of a repo path: the database and schema of its default target, and the text if it is still to write.

    `database` is None when only dbt can tell it (a path with Jinja in it).
    """

    file: Path
    database: str | None
    schema: str
    path: str
    text: str | None


def profile_for(repo_path: Path, database: Path | None) -> Profile:
    """The profile that is there, or the one to write for the DuckDB file `database`.

    Raises WorkspaceError when the profile that is there is for another file, or cannot be read; UsageError when the
    file's name cannot be the name of a database.
    """
    file = repo_path / PROFILES_FILE
    text = files.read(file)
    if text is not None:
        return _existing(file, text, database)
    path = (database or repo_path / DEFAULT_DATABASE).expanduser().absolute()
    _check_name(path)
    return Profile(file, path.stem, SCHEMA, str(path), _text(path))


def _text(path: Path) -> str:
    import yaml

    quoted = yaml.safe_dump(str(path), allow_unicode=True, width=10_000).removesuffix("\n...\n").strip()
    return TEXT.format(profile=PROFILE, path=quoted, schema=SCHEMA)


def _check_name(path: Path) -> None:
    if path.is_dir():
        raise UsageError(f"--database {path} is a folder; name a DuckDB file")
    if re.search(r"\{[{%#]", str(path)):
        raise UsageError(f"--database {path}: dbt would read the braces in it as Jinja; name another file")
    if not re.fullmatch(r"[A-Za-z0-9_\-]+", path.stem) or path.stem.lower() in _TAKEN_NAMES:
        raise UsageError(
            f"--database {path}: DuckDB names the database {path.stem!r} after the file; "
            f"use letters, digits, '_' and '-', and none of {', '.join(sorted(_TAKEN_NAMES))}"
        )


def _existing(file: Path, text: str, database: Path | None) -> Profile:
    output = _default_output(file, text)
    path = str(output.get("path", ""))
    if database is not None and path and Path(path).expanduser() != database.expanduser().absolute():
        raise WorkspaceError(
            f"{file} is there and names another database: {path}. Leave --database out, change the file, "
            "or choose another --repo-path"
        )
    known = output.get("database") or (Path(path).stem if path and "{" not in path else None)
    schema = output.get("schema")
    if not isinstance(schema, str) or "{" in schema:
        schema = SCHEMA
    return Profile(file, str(known) if known else None, schema, path, None)


def _default_output(file: Path, text: str) -> dict[str, Any]:
    import yaml

    try:
        content = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise WorkspaceError(f"{file} is no YAML: {error}") from error
    profiles = content if isinstance(content, dict) else {}
    profile = profiles.get(PROFILE)
    if not isinstance(profile, dict):
        example = TEXT.format(profile=PROFILE, path="/path/to/events.duckdb", schema=SCHEMA).partition("\n")[2]
        raise WorkspaceError(
            f"{file} is there, and has no profile {PROFILE!r}. Add it, or choose another --repo-path:\n\n{example}"
        )
    outputs = profile.get("outputs")
    output = outputs.get(profile.get("target", "default")) if isinstance(outputs, dict) else None
    if not isinstance(output, dict):
        raise WorkspaceError(f"{file}: profile {PROFILE!r} has no output {profile.get('target')!r}, its default target")
    return output
