"""`init`: a folder for each view, with its definition as data."""

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from snowplow_signals.definitions import Service, View
from snowplow_signals.definitions.names import sql_name
from snowplow_signals.dialects import check_target_type
from snowplow_signals.errors import DefinitionError, UsageError, WorkspaceError, did_you_mean
from snowplow_signals.plan import Plan
from snowplow_signals.project.kept import Definition
from snowplow_signals.workspace import files
from snowplow_signals.workspace.dbt_profile import Profile, profile_for
from snowplow_signals.workspace.projects import (
    BASE_CONFIG,
    SERVICES,
    Project,
    batch_source,
    is_ours,
    project_name,
    read_project,
)


@dataclass(frozen=True)
class InitResult:
    """What `init` did: per project "created", "updated" or "unchanged"; the views it left out, and why.

    `changes` holds, per project whose definition changed under an unchanged version, what has. Only with `force` there
    are, among these, `unlike`: those whose tables cannot be gone on with, and `redefined`: others with an attribute
    that means something else under its name.
    """

    repo_path: Path
    projects: dict[str, str]
    left_out: dict[str, str]
    changes: dict[str, tuple[str, ...]]
    redefined: tuple[str, ...]
    unlike: tuple[str, ...]
    profiles_file: Path
    database_path: str
    profiles_written: bool
    is_example: bool
    """`profiles_file` is an example of what to write; there is no profile yet."""
    left_alone: tuple[str, ...] = ()
    """Projects of several views that were made before, of entities of which there is no view now."""


def why_not_computed(view: View) -> str | None:
    """Why the engine has nothing to compute for the view, or None."""
    if not view.offline:
        return "not offline: the batch engine computes offline views only"
    if not view.attributes:
        return "nothing to compute: its fields come from a table that already exists"
    return None


def is_asked_for(view: View, name: str | None, version: int | None) -> bool:
    """Whether a view has that name, whatever its case, and that version; None means any."""
    return (name is None or sql_name(name) == sql_name(view.name)) and version in (None, view.version)


def select_views(views: Sequence[View], name: str | None, version: int | None) -> list[View]:
    """The views of that name and version; None means any. Raises UsageError when there is none."""
    found = [view for view in views if is_asked_for(view, name, version)]
    if not found:
        asked = " ".join(
            [*([f"view {name!r}"] if name else ["view"]), *([f"of version {version}"] if version is not None else [])]
        )
        there = ", ".join(f"{view.name} (version {view.version})" for view in views)
        near = did_you_mean(name, [view.name for view in views]) if name else ""
        raise UsageError(f"the definitions have no {asked}{near}; they have: {there}")
    return found


def of_project(views: Sequence[View], project_name: str | None) -> list[View]:
    """The view of that project, whatever its case; all of them without one. Raises UsageError when there is none."""
    found = [view for view in views if project_name is None or view.project_name == sql_name(project_name)]
    if not found:
        there = [view.project_name for view in views]
        near = did_you_mean(str(project_name), there)
        raise UsageError(
            f"--project-name: no view belongs to a project {project_name!r}{near}; the projects are: {', '.join(there)}"
        )
    return found


def init(
    views: Iterable[View],
    target_type: str,
    repo_path: Path,
    *,
    database: Path | None = None,
    force: bool = False,
    together: bool = False,
    services: Sequence[Service] = (),
) -> InitResult:
    """Make or update a project folder for each view that the engine computes, or with `together` for all views of each
    entity; beside them the DuckDB profile, or for other warehouses an example of one. A folder also says which of
    `services` read its views.

    Raises UsageError when no view is computed, or when another project there computes one already; DefinitionError when
    one has no plan; WorkspaceError when a folder or file there belongs to something else, or when a definition changed
    under an unchanged version (without `force`), be it that a view is of another entity. Nothing is written then.
    """
    check_target_type(target_type)
    views = list(views)
    left_out = {view.full_name: reason for view in views if (reason := why_not_computed(view))}
    computed = [view for view in views if view.full_name not in left_out]
    if not computed:
        reasons = "\n".join(f"  {name}: {reason}" for name, reason in left_out.items())
        raise UsageError(f"none of the views is computed by the batch engine; declare one with offline=True\n{reasons}")
    files.require_folder(repo_path, "--repo-path")
    profile = profile_for(repo_path, database, target_type)
    definitions: list[Definition] = by_entity(computed) if together else [*computed]
    wanted = [Project(repo_path / project_name(one), one, target_type) for one in definitions]
    before = _made_before(repo_path)
    _refuse_two_projects(before, wanted, force)
    steps = [_Step.plan(project, profile, force, services) for project in wanted]
    problems = [step.problem for step in steps if step.problem]
    if problems:
        raise WorkspaceError("\n".join(problems))
    for step in steps:
        for file, text in step.texts.items():
            files.write(file, text)
        for file in step.stale:
            files.remove(file, step.project.folder)
    if profile.text is not None:
        files.write(profile.file, profile.text)
    names = {project.name for project in wanted}
    return InitResult(
        repo_path,
        {step.project.name: step.status for step in steps},
        left_out,
        {step.project.name: step.changes.lines for step in steps if step.changes.lines},
        tuple(step.project.name for step in steps if step.changes.redefined and not step.changes.unlike),
        tuple(step.project.name for step in steps if step.changes.unlike),
        profile.file,
        profile.path,
        profile.text is not None,
        profile.is_example,
        tuple(one.name for one in before if together and one.is_of_several and one.name not in names),
    )


def by_entity(views: Sequence[View]) -> list[Definition]:
    """The views of each entity, by what they are read by."""
    found: dict[str, list[View]] = {}
    for view in views:
        found.setdefault(view.entity.column, []).append(view)
    return [tuple(some) for some in found.values()]


def _made_before(repo_path: Path) -> list[Project]:
    """The projects that are there. One that cannot be read computes nothing: commands refuse it."""
    found = []
    for folder in files.folders(repo_path):
        with suppress(WorkspaceError):
            found.append(read_project(folder))
    return found


def _refuse_two_projects(before: Sequence[Project], wanted: Sequence[Project], force: bool) -> None:
    """A view is computed by one project: two would write tables of one name. With `force` it may go from one that is
    written now to another."""
    computed_by = {view.project_name: project for project in before for view in project.views}
    written = {project.folder for project in wanted}
    problems, moved = [], []
    for project in wanted:
        for view in project.views:
            other = computed_by.get(view.project_name)
            if other is None or other.folder == project.folder:
                continue
            where = f"view {view.name!r} version {view.version}"
            if other.folder in written:
                moved.append(
                    f"{where} is not the one in {other.folder}:\n  entity has changed\n"
                    f"Declare it as version {view.version + 1}, since applications read it under this one; or accept "
                    "it with --force"
                )
                continue
            if other.is_of_several and project.is_of_several:
                instead = f"declare the view, whose entity has changed, as version {view.version + 1}"
            else:
                instead = "leave out --group-by" if project.is_of_several else "use --group-by entity, as before"
            problems.append(
                f"{where} is computed by {other.folder} already, and two projects would write tables of the same name. "
                f"Remove that folder{_and_its_tables(other)}, or {instead}"
            )
    if problems:
        raise UsageError("\n".join(problems))
    if moved and not force:
        raise WorkspaceError("\n".join(moved))


def _and_its_tables(project: Project) -> str:
    if project.is_of_several:
        return ""
    return f", and drop its tables {project.name}_attributes and {project.name}_removed_entities"


@dataclass(frozen=True)
class Changes:
    """How a definition differs from the one of the same version that a folder holds."""

    come_and_go: tuple[str, ...] = ()
    """Attributes, and views, that are new or gone: the next run brings the tables up to date."""
    redefined: tuple[str, ...] = ()
    """Attributes that mean something else under their names."""
    unlike: tuple[str, ...] = ()
    """What makes the tables those of something else."""

    @property
    def refused(self) -> tuple[str, ...]:
        """What is taken only when it is meant."""
        return (*self.unlike, *self.redefined)

    @property
    def lines(self) -> tuple[str, ...]:
        return (*self.refused, *self.come_and_go)


@dataclass(frozen=True)
class _Step:
    """What is to be done for one project, or why it cannot be."""

    project: Project
    status: str
    texts: dict[Path, str]
    changes: Changes
    problem: str = ""
    stale: tuple[Path, ...] = ()
    """What the folder says of views that are gone."""

    @classmethod
    def plan(cls, project: Project, profile: Profile, force: bool, services: Sequence[Service]) -> "_Step":
        folder = project.folder
        sources = _sources(project, profile)
        reading = _services(project, services)
        wanted = {folder / BASE_CONFIG: project.base_config, **sources, **reading}
        _ = project.plan  # what cannot be computed is refused first
        foreign = _foreign(folder)
        if foreign:
            return cls(project, "refused", {}, Changes(), problem=foreign)
        if files.read_json(folder / BASE_CONFIG) is None:
            return cls(project, "created", wanted, Changes())
        stored = read_project(folder)
        changes = _changes(stored, project)
        if changes.refused and not force:
            return cls(project, "refused", {}, changes, problem=_refusal(project, changes))
        written = _sources(stored, profile)
        for file, source in sources.items():
            kept, before = files.read(file), written.get(file)
            if kept is not None and not force:
                # a source that the user adapted stays, unless what init would say about it is new
                if kept != before and source == before:
                    del wanted[file]
                elif kept not in (before, source):
                    problem = f"{file} was edited by hand; --force overwrites it"
                    return cls(project, "refused", {}, changes, problem=problem)
        texts = {file: text for file, text in wanted.items() if files.read(file) != text}
        ours = (*written, folder / SERVICES)
        stale = tuple(file for file in ours if file not in sources | reading and file.is_file())
        return cls(project, "updated" if texts or stale else "unchanged", texts, changes, stale=stale)


def _sources(project: Project, profile: Profile) -> dict[Path, str]:
    """Where the attributes of each view of a project will be: file to text."""
    return {
        project.source_file(view): files.as_json(batch_source(view, profile.database, profile.schema).to_json())
        for view in project.views
    }


def _services(project: Project, services: Sequence[Service]) -> dict[Path, str]:
    """Which services read views of a project: file to text; nothing where none does."""
    views = {view.store_name for view in project.views}
    reading = [one.to_json() for one in services if not views.isdisjoint(view.store_name for view in one.views)]
    return {project.folder / SERVICES: files.as_json({"services": reading})} if reading else {}


def _foreign(folder: Path) -> str:
    """Why the folder is not ours to write to; empty when it is ours, missing or empty."""
    files.require_folder(folder, "project folder")
    if not folder.is_dir() or not any(folder.iterdir()):
        return ""
    config = folder / BASE_CONFIG
    if not config.exists():
        return (
            f"{folder} belongs to something else: it has no {BASE_CONFIG}. Move it away, or choose another --repo-path"
        )
    if not is_ours(files.read_json(config)):
        return f"{config} was made by something else. Move it away, or choose another --repo-path"
    return ""


def _changes(stored: Project, project: Project) -> Changes:
    """What means something else than before; descriptions and owners may change freely."""
    unlike = []
    if stored.target_type != project.target_type:
        unlike.append(f"target type was {stored.target_type!r}")
    try:
        before = stored.plan.meanings()
    except DefinitionError as error:
        return Changes(unlike=(*unlike, f"the stored definition can no longer be planned: {error}"))
    now = project.plan.meanings()
    if before["entity"] != now["entity"]:
        unlike.append("entity has changed")
    shown = _shown(stored.plan) | _shown(project.plan)
    names = [part for part in dict.fromkeys((*before, *now)) if part in shown]
    come_and_go = [name for name in names if (name in before) != (name in now)]
    redefined = [name for name in names if name in before and name in now and before[name] != now[name]]
    return Changes(
        tuple(f"{shown[name]} is {'new' if name in now else 'gone'}" for name in come_and_go),
        tuple(f"{shown[name]} has changed" for name in redefined),
        tuple(unlike),
    )


def _shown(plan: Plan) -> dict[str, str]:
    """How the parts of a plan that are attributes are called to people; without those that nobody declared."""
    derived = {one.column for one in plan.derived}
    return {
        f"{'derived' if one.column in derived else 'attribute'} {one.column}": (
            f"attribute {one.name if plan.views else one.column}"
        )
        for one in plan.served
    }


def _refusal(project: Project, changes: Changes) -> str:
    after = "then `run --full-refresh`" if changes.unlike else "then `run --accept-changes`"
    if project.is_of_several:
        what, declare = "these views are not those", "Declare a view that changes as its next version"
    else:
        view = project.views[0]
        what = f"view {view.name!r} version {view.version} is not the one"
        declare = f"Declare it as version {view.version + 1}"
    return (
        f"{what} in {project.folder}:\n"
        + "".join(f"  {change}\n" for change in changes.refused)
        + f"{declare}, since applications read it under this one; or accept it with --force, {after}"
    )
