"""The projects of a repo path, and the definition that each keeps as data."""

import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from snowplow_signals.definitions import BatchSource, Service, View
from snowplow_signals.definitions.names import MAX_NAME, sql_name
from snowplow_signals.errors import DefinitionError, Problem, UsageError, WorkspaceError, did_you_mean
from snowplow_signals.plan import Plan, group_name
from snowplow_signals.project.kept import FORMATS, Definition, as_config, from_config, plan_of
from snowplow_signals.project.packages import PROFILES_FILE, PROJECT_FILE, is_package, packages_of, root_of
from snowplow_signals.workspace import files

MADE_BY = "snowplow-batch-engine"

BASE_CONFIG = Path("configs", "base_config.json")
BATCH_SOURCE_CONFIG = Path("configs", "batch_source_config.json")
SERVICES = Path("configs", "services.json")
GENERATED = Path("configs", "generated.json")


@dataclass(frozen=True)
class Project:
    """The folder of a view, or of several that are computed together, and what its `configs/base_config.json` says."""

    folder: Path
    definition: Definition
    target_type: str

    @property
    def views(self) -> tuple[View, ...]:
        """What it computes."""
        return (self.definition,) if isinstance(self.definition, View) else self.definition

    @property
    def is_of_several(self) -> bool:
        """Whether it was made to compute several views together, even if it has one only."""
        return not isinstance(self.definition, View)

    @cached_property
    def plan(self) -> Plan:
        """Raises DefinitionError when it cannot be computed."""
        return plan_of(self.definition)

    @property
    def name(self) -> str:
        """`<view>_<version>`, as the folder and the dbt project are called; of several, `<identifier>_views_1`."""
        return project_name(self.definition)

    @property
    def repo_path(self) -> Path:
        """The folder that holds the project, or the dbt project that has it as a package."""
        return root_of(self.folder) if is_package(self.folder) else self.folder.parent

    @property
    def profiles_dir(self) -> Path:
        """Where `profiles.yml` is: in the repo path; for a dbt project that has packages, where dbt looks for it."""
        if not is_package(self.folder):
            return self.repo_path
        said, home = os.environ.get("DBT_PROFILES_DIR"), Path.home() / ".dbt"
        return Path(said) if said else self.repo_path if (self.repo_path / PROFILES_FILE).is_file() else home

    @cached_property
    def base_config(self) -> str:
        """The text of `configs/base_config.json`."""
        kept = as_config(self.definition)
        head = {"made_by": MADE_BY, "format": kept.pop("format"), "target_type": self.target_type}
        return files.as_json({**head, **kept})

    @cached_property
    def services(self) -> tuple[Service, ...]:
        """The services that read its views, as `init` found them. Raises WorkspaceError when they cannot be read."""
        file = self.folder / SERVICES
        found = files.read_json(file)
        if found is None:
            return ()
        try:
            return tuple(Service.from_json(one) for one in found["services"])
        except (DefinitionError, KeyError, TypeError) as error:
            raise WorkspaceError(f"{file} is not as `init` writes it; `init` again recreates it: {error}") from error

    def source_file(self, view: View) -> Path:
        """Where the folder says where the view's attributes are."""
        if not self.is_of_several:
            return self.folder / BATCH_SOURCE_CONFIG
        return self.folder / BATCH_SOURCE_CONFIG.with_name(f"{view.project_name}_{BATCH_SOURCE_CONFIG.name}")


def project_name(definition: Definition) -> str:
    if isinstance(definition, View):
        return definition.project_name
    return f"{group_name(definition[0])}_1"


def batch_source(view: View, database: str | None, schema: str) -> BatchSource:
    """Where a view's attributes will be, on a target with this database and schema."""
    return BatchSource(
        name=f"{view.project_name}_attributes"[-MAX_NAME:],
        database=database,
        schema_=f"{schema}_derived",
        table=f"{view.project_name}_attributes",
        timestamp_field="updated_at",
        description=view.description or f"Attributes of view {view.name}, version {view.version}",
        owner=view.owner,
    )


def read_project(folder: Path) -> Project:
    """The project in a folder that `init` made.

    Raises WorkspaceError when the folder is not such a one, or its configuration cannot be read.
    """
    file = folder / BASE_CONFIG
    config = files.read_json(file)
    if config is None:
        raise WorkspaceError(f"{folder} is not a folder that `init` made: it has no {BASE_CONFIG}")
    if not is_ours(config):
        raise WorkspaceError(f'{file} was not made by `init`: it does not say "made_by": "{MADE_BY}"')
    if config.get("format") not in FORMATS:
        raise WorkspaceError(
            f"{file} has format {config.get('format')!r}, this version of {MADE_BY} reads "
            f"{' and '.join(map(str, FORMATS))}; use the version that made it, or `init` again into another repo path"
        )
    try:
        definition = from_config(config)
    except DefinitionError as error:
        raise WorkspaceError(f"{file} was changed, or made by another version:\n{error}") from error
    if project_name(definition) != folder.name:
        raise WorkspaceError(
            f"{file} is of project {project_name(definition)!r}, but its folder is called {folder.name!r}; rename the "
            "folder"
        )
    return Project(folder, definition, str(config.get("target_type")))


def batch_source_of(project: Project, view: View) -> BatchSource:
    """Where a project's folder says that the attributes of one of its views are.

    Raises UsageError when it does not say, DefinitionError when what it says is wrong.
    """
    file = project.source_file(view)
    if not file.is_file():
        raise UsageError(f"{project.folder} has no {file.relative_to(project.folder)}; `init` recreates it")
    try:
        return BatchSource.from_json(file.read_text("utf-8"))
    except DefinitionError as error:
        raise DefinitionError([Problem(str(file), str(problem)) for problem in error.problems]) from error


def is_ours(config: object) -> bool:
    """Whether the content of a `base_config.json` says that `init` wrote it."""
    return isinstance(config, dict) and config.get("made_by") == MADE_BY


def projects(repo_path: Path, name: str | None = None) -> list[Project]:
    """The projects of a repo path by name; with `name` that one only.

    Raises UsageError when there is none, or none of that name; WorkspaceError when one cannot be read.
    """
    files.require_folder(repo_path, "--repo-path")
    if not repo_path.is_dir():
        raise UsageError(f"--repo-path {repo_path}: there is no such folder; create projects in it with `init`")
    folders = project_folders(repo_path)
    if not folders:
        packages = packages_of(repo_path)
        more = "" if packages is None else f", or install it into {packages} with `dbt deps`"
        raise UsageError(f"--repo-path {repo_path} holds no project; create one with `init`{more}")
    if name is not None:
        names = [folder.name for folder in folders]
        folders = [folder for folder in folders if folder.name == sql_name(name)]
        if not folders:
            raise UsageError(
                f"--repo-path {repo_path} holds no project {name!r}{did_you_mean(name, names)}; "
                f"it holds: {', '.join(names)}"
            )
    return [read_project(folder) for folder in folders]


def all_projects(repo_path: Path) -> list[Project]:
    """The projects of a repo path, which may have none. Raises WorkspaceError when one cannot be read."""
    return [read_project(folder) for folder in project_folders(repo_path)]


def project_folders(repo_path: Path) -> list[Path]:
    """The folders of the projects of a repo path, by name. It may be a dbt project that has some as packages: these are
    the ones that are installed in it. Raises UsageError for the folder of its packages."""
    root = root_of(repo_path / "any")
    if root != repo_path / "any":
        raise UsageError(f"--repo-path {repo_path} holds the packages of a dbt project; use --repo-path {root}")
    packages = packages_of(repo_path)
    places = (repo_path,) if packages is None else (repo_path, packages)
    found = {folder.name: folder for place in places for folder in files.folders(place) if _may_be_ours(folder)}
    return [found[name] for name in sorted(found)]


def _may_be_ours(folder: Path) -> bool:
    """Whether `init` made the folder. Raises WorkspaceError for one that is called like a project and is closed."""
    try:
        return is_ours(files.read_json(folder / BASE_CONFIG))
    except WorkspaceError:
        if re.search(r"_[0-9]+$", folder.name):
            raise
        return False


Computed = tuple[Project, View]
"""A view, and the project that computes it."""


def views_of(found: Sequence[Project], name: str | None = None, version: int | None = None) -> list[Computed]:
    """The views of projects that have that name, whatever its case, and that version; None means any.

    Raises UsageError when there is none.
    """
    where = f"--repo-path {found[0].repo_path}"
    computed = [(project, view) for project in found for view in project.views]
    of_name = [one for one in computed if name is None or sql_name(one[1].name) == sql_name(name)]
    if not of_name:
        names = sorted({view.name for _, view in computed})
        near = did_you_mean(str(name), names)
        raise UsageError(f"{where} holds no view {name!r}{near}; it holds: {', '.join(names)}")
    chosen = [one for one in of_name if version in (None, one[1].version)]
    if not chosen:
        there = ", ".join(str(number) for number in sorted({view.version for _, view in of_name}))
        raise UsageError(
            f"{where} holds no version {version} of {f'view {name!r}' if name else 'a view'}; it holds: {there}"
        )
    return chosen


def latest_of_view(repo_path: Path, name: str, version: int | None = None) -> Computed:
    """A view and its project; without `version` its latest one. Raises UsageError when there is none."""
    return max(views_of(projects(repo_path), name, version), key=lambda one: one[1].version)


def require_target_type(found: Iterable[Project], target_type: str | None) -> None:
    """Raises UsageError for projects that were made for another kind of warehouse than `target_type`; None: any."""
    others = [project for project in found if target_type not in (None, project.target_type)]
    if others:
        made = ", ".join(f"{project.name} (for {project.target_type})" for project in others)
        raise UsageError(
            f"--target-type {target_type}: made for another warehouse: {made}; leave the option out, or recreate them "
            f"with `init --target-type {target_type} --force`"
        )


def require_generated(project: Project) -> None:
    """Raises UsageError when the dbt project was not generated, or not from the definition that is there."""
    content = files.read_json(project.folder / GENERATED)
    again = f"run `generate --repo-path {project.repo_path}`"
    if not isinstance(content, dict) or not (project.folder / PROJECT_FILE).exists():
        raise UsageError(f"{project.name} was not generated yet; {again} first")
    if content.get("definition") != files.digest(project.base_config):
        raise UsageError(f"{project.name}: its definition changed since the dbt project was generated; {again} first")
