"""`generate`: the dbt project of each folder, and which of its files changed."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from snowplow_signals.dialects import dialect_named
from snowplow_signals.errors import UsageError, WorkspaceError
from snowplow_signals.project import yaml_files
from snowplow_signals.project.compile import compile_project
from snowplow_signals.project.packages import PROJECT_FILE, is_package
from snowplow_signals.project.variables import VARIABLES, checked
from snowplow_signals.workspace import files
from snowplow_signals.workspace.projects import GENERATED, Project, projects, require_target_type

FORMAT = 1

# dbt's artifacts do not belong in the repository.
IGNORED = "# Made by snowplow-batch-engine.\ntarget/\nlogs/\ndbt_packages/\n"


@dataclass(frozen=True)
class GenerateResult:
    """What `generate` did to one project: paths in its folder."""

    project: str
    folder: Path
    created: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]
    unchanged: int
    warnings: tuple[str, ...]


def generate(
    repo_path: Path, project_name: str | None = None, *, target_type: str | None = None, force: bool = False
) -> list[GenerateResult]:
    """Write the dbt project of each project folder, or of the one named.

    The user's values under `vars:` in `dbt_project.yml` survive. Raises WorkspaceError naming every file that was
    edited by hand, UsageError for variables that are not ours, and for projects of another `target_type` than the one
    that is named, UnsupportedError; nothing is written then.
    """
    found = projects(repo_path, project_name)
    require_target_type(found, target_type)
    folders = [project.folder for project in found]
    copies = [str(folder) for folder in folders if is_package(folder) and not folder.is_symlink()]
    if copies:
        raise WorkspaceError(
            f"copies that `dbt deps` made: {', '.join(copies)}. Generate these projects in the folder that the package "
            "is installed from, then reinstall it"
        )
    drafts = [_draft(project) for project in found]
    edited = [] if force else [str(draft.project.folder / path) for draft in drafts for path in draft.edited]
    if edited:
        raise WorkspaceError(
            "edited by hand since they were generated, or not made by generate:\n"
            + "".join(f"  {path}\n" for path in edited)
            + "Move your changes to the definition, or overwrite the files with --force"
        )
    for draft in drafts:
        draft.write()
    return [draft.result() for draft in drafts]


@dataclass
class _Draft:
    """One project as it should be, against what is there."""

    project: Project
    wanted: dict[str, str]
    warnings: list[str]
    created: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    edited: list[str] = field(default_factory=list)

    def compare(self, written: Mapping[str, str]) -> None:
        """Sort the files by what is to be done to them; `written` holds the hashes of those that are ours."""
        for path, text in self.wanted.items():
            there = files.read(self.project.folder / path)
            if there is None:
                self.created.append(path)
            elif there != text:
                self.changed.append(path)
                if _digest(path, there) != written.get(path):
                    self.edited.append(path)
        for path, digest in written.items():
            there = None if path in self.wanted else files.read(self.project.folder / path)
            if there is not None:
                self.removed.append(path)
                if _digest(path, there) != digest:
                    self.edited.append(path)

    def write(self) -> None:
        folder = self.project.folder
        for path in (*self.created, *self.changed):
            files.write(folder / path, self.wanted[path])
        for path in self.removed:
            files.remove(folder / path, folder)
        manifest = {
            "format": FORMAT,
            "definition": files.digest(self.project.base_config),
            "files": {path: _digest(path, text) for path, text in sorted(self.wanted.items())},
        }
        text = files.as_json(manifest)
        if files.read(folder / GENERATED) != text:
            files.write(folder / GENERATED, text)

    def result(self) -> GenerateResult:
        unchanged = len(self.wanted) - len(self.created) - len(self.changed)
        return GenerateResult(
            self.project.name,
            self.project.folder,
            tuple(self.created),
            tuple(self.changed),
            tuple(self.removed),
            unchanged,
            tuple(self.warnings),
        )


def _draft(project: Project) -> _Draft:
    file = project.folder / PROJECT_FILE
    text = files.read(file)
    values = _user_values(file, text) if text is not None else {}
    warnings = checked(_flat(values, project.name), str(file))[1]
    wanted = compile_project(project.plan, dialect_named(project.target_type), values, project.services)
    wanted[".gitignore"] = IGNORED
    wanted[PROJECT_FILE] = _with_users_section(text, wanted[PROJECT_FILE])
    draft = _Draft(project, wanted, warnings)
    draft.compare(_written(project))
    return draft


def _written(project: Project) -> dict[str, str]:
    """The generated files, with the hashes they were written with."""
    file = project.folder / GENERATED
    content = files.read_json(file)
    if content is None:
        return {}
    if not isinstance(content, dict) or content.get("format") != FORMAT or not isinstance(content.get("files"), dict):
        raise WorkspaceError(f"{file} is not as generate writes it; remove it, and generate with --force")
    return {path: str(digest) for path, digest in content["files"].items() if _stays_inside(path)}


def _stays_inside(path: str) -> bool:
    """Whether the path is one of a file in the project: the list may come from a repository that others write to."""
    return not Path(path).is_absolute() and ".." not in Path(path).parts


def _digest(path: str, text: str) -> str:
    return files.digest(_split(text)[0] if path == PROJECT_FILE else text)


def _split(text: str) -> tuple[str, str]:
    """dbt_project.yml before and from its `vars:`. What comes before is ours, the variables are the user's.

    With anything after the variables all of it counts as ours: as edited, that is.
    """
    found = re.search(r"^vars:", text, re.MULTILINE)
    try:
        if found and set(yaml_files.parsed(text[found.start() :], PROJECT_FILE)) == {"vars"}:
            return text[: found.start()], text[found.start() :]
    except UsageError:
        pass  # code that needs the values reports it
    return text, ""


def _user_values(file: Path, text: str) -> dict[str, Any]:
    content = yaml_files.parsed(text, file)
    values = content.get("vars") if isinstance(content, dict) else None
    if values is None:
        return {}
    if not isinstance(values, dict):
        raise UsageError(f"{file}: vars must map names to values, not {values!r}")
    return {str(name): value for name, value in values.items()}


def _flat(values: Mapping[str, Any], project: str) -> dict[str, Any]:
    """dbt also takes variables below the project's name."""
    own = values.get(project)
    return {**values, **(own if isinstance(own, dict) else {})}


def _with_users_section(there: str | None, wanted: str) -> str:
    """`wanted`, with the user's own text from `vars:` on when it says the same or names all variables.

    So comments and layout survive; a section that lacks new variables is rewritten with the user's values.
    """
    if there is None:
        return wanted
    section = _split(there)[1]
    head, ours = _split(wanted)
    if not section:
        return wanted
    is_complete = all(variable.name in section for variable in VARIABLES)
    return head + (
        section
        if is_complete or yaml_files.parsed(section, PROJECT_FILE) == yaml_files.parsed(ours, PROJECT_FILE)
        else ours
    )
