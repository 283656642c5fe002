"""What a definitions file defines, its views or a goal; or everything that is wrong with it."""

import sys
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType
from typing import TypeVar

from snowplow_signals.definitions.base import Collector, Definition, collecting
from snowplow_signals.definitions.services import Service
from snowplow_signals.definitions.sessions import SessionAnchors
from snowplow_signals.definitions.views import View
from snowplow_signals.errors import DefinitionError, Problem, UsageError

D = TypeVar("D", bound=Definition)


def load_views(path: Path | str) -> list[View]:
    """Executes the file and returns the views at its top level, also those in lists, in the order of the file.

    The file can import modules that lie beside it. Raises UsageError when there is no such file, and DefinitionError
    with every problem of every definition when the file raises, has wrong definitions, defines no view, or defines two
    views with one name and version.
    """
    return load_views_and_services(path)[0]


def load_views_and_services(path: Path | str) -> tuple[list[View], list[Service]]:
    """As `load_views`, with the services at the top level of the file."""
    found, collector = _load(path, Definition, "defines the views")
    views = [one for one in found if isinstance(one, View)]
    problems = _view_problems(views, collector)
    if problems:
        raise DefinitionError(problems)
    return views, [one for one in found if isinstance(one, Service)]


def load_goal(path: Path | str) -> SessionAnchors:
    """Executes the file and returns the one `SessionAnchors` at its top level.

    Raises UsageError when there is no such file, and DefinitionError when the file raises, has wrong definitions, or
    defines none or several.
    """
    found, collector = _load(path, SessionAnchors, "defines the goal")
    if not found:
        message = "defines no SessionAnchors; assign one to a variable at the top level of the file"
        raise DefinitionError([Problem(collector.shown, message)])
    if len(found) > 1:
        places = ", ".join(collector.place(one) for one in found)
        message = f"defines {len(found)} SessionAnchors, at {places}; give each a file of its own"
        raise DefinitionError([Problem(collector.shown, message)])
    return found[0]


def _load(path: Path | str, kind: type[D], purpose: str) -> tuple[list[D], Collector]:
    """The definitions of a kind at the top level of a file, and who knows where each was made."""
    file = Path(path).absolute()
    text = _text(file, path, purpose)
    collector = Collector(str(file), file.name)
    module = ModuleType(f"snowplow_signals_definitions_{file.stem}")
    module.__file__ = str(file)
    token = collecting.set(collector)
    try:
        with _importable(module, file):
            problems = _execute(text, file, module, collector)
    finally:
        collecting.reset(token)
    if problems:
        raise DefinitionError(problems)
    return list(_top_level(module, kind)), collector


def _text(file: Path, path: Path | str, purpose: str) -> bytes:
    try:
        if file.is_dir():
            raise UsageError(f"{path}: is a folder; give the Python file in it that {purpose}")
        return file.read_bytes()
    except FileNotFoundError:
        raise UsageError(f"{path}: there is no such file; give the Python file that {purpose}") from None
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from error


def _execute(text: bytes, file: Path, module: ModuleType, collector: Collector) -> list[Problem]:
    try:
        code = compile(text, str(file), "exec", dont_inherit=True)
    except (SyntaxError, ValueError) as error:
        line = f":{error.lineno}" if isinstance(error, SyntaxError) and error.lineno else ""
        reason = error.msg if isinstance(error, SyntaxError) else str(error)
        return [Problem(f"{file.name}{line}", f"{type(error).__name__}: {reason}")]
    try:
        exec(code, module.__dict__)
    except DefinitionError as error:
        raised = [
            Problem(f"{_place(error, file)} {problem.where}".rstrip(), problem.message) for problem in error.problems
        ]
        return collector.problems + raised
    except (Exception, SystemExit) as error:  # the file is the user's program: what it raises is the user's to read
        reason = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        consequence = " (perhaps because of the problems above)" if collector.problems else ""
        return [*collector.problems, Problem(_place(error, file), f"raised {reason}{consequence}")]
    return collector.problems


def _place(error: BaseException, file: Path) -> str:
    """`file.py:7`, the innermost line of the file that was being executed; also that of a module beside it."""
    frames = traceback.extract_tb(error.__traceback__)
    lines = [f"{file.name}:{frame.lineno}" for frame in frames if frame.filename == str(file)]
    beside = [
        f"{Path(frame.filename).relative_to(file.parent)}:{frame.lineno}"
        for frame in frames
        if Path(frame.filename) != file and file.parent in Path(frame.filename).parents[:2]
    ]
    place = lines[-1] if lines else file.name
    return f"{place} ({beside[-1]})" if beside else place


@contextmanager
def _importable(module: ModuleType, file: Path) -> Iterator[None]:
    """Makes the module and those beside it importable, and removes them afterwards.

    Modules beside the file are forgotten too: the next file may have others of the same name beside it.
    """
    folder = file.parent
    before = set(sys.modules)
    sys.modules[module.__name__] = module
    finder = _Beside(file)
    sys.meta_path.insert(0, finder)
    try:
        yield
    finally:
        sys.meta_path.remove(finder)
        sys.modules.pop(module.__name__, None)
        beside = {name for name in set(sys.modules) - before if _lies_in(sys.modules[name], folder)}
        for name in set(sys.modules) - before:
            if name.partition(".")[0] in beside:
                del sys.modules[name]


class _Beside(MetaPathFinder):
    """Finds modules beside a definitions file, before those that are installed, but never instead of Python's own.

    The file may be called `json.py`, or like a package that it imports: then the package is what is meant.
    """

    def __init__(self, file: Path) -> None:
        self.file = file

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        if path is not None or name in sys.stdlib_module_names:
            return None
        if name == self.file.stem:
            installed = PathFinder.find_spec(name, None, target)
            if installed is not None and installed.origin != str(self.file):
                return installed
        return PathFinder.find_spec(name, [str(self.file.parent)], target)


def _lies_in(module: ModuleType, folder: Path) -> bool:
    file = getattr(module, "__file__", None)
    return file is not None and folder in (Path(file).parent, Path(file).parent.parent)


def _top_level(module: ModuleType, kind: type[D]) -> Iterator[D]:
    seen: set[int] = set()
    for value in vars(module).values():
        for item in value if isinstance(value, list | tuple) else (value,):
            if isinstance(item, kind) and id(item) not in seen:
                seen.add(id(item))
                yield item


def _view_problems(views: list[View], collector: Collector) -> list[Problem]:
    if not views:
        return [Problem(collector.shown, "defines no View; assign one to a variable at the top level of the file")]
    problems: list[Problem] = []
    first: dict[str, View] = {}
    for view in views:
        other = first.setdefault(view.store_name, view)
        if other is not view:
            problems.append(
                Problem(
                    f"{collector.place(view)} view {view.name!r}",
                    f"version {view.version} is defined before, at {collector.place(other)}; "
                    "give each view a name of its own, or a version of its own",
                )
            )
    return problems
