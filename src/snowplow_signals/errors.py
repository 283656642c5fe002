"""Every error this package raises on purpose.

    SignalsError                 root; `exit_code` is what the command line exits with
    +-- DefinitionError       2  what the user declared is invalid; lists every problem that was found
    |   +-- UnsupportedError  2  it has a meaning, but this engine cannot compute it
    +-- UsageError            2  wrong options, paths or variables
    |   +-- WorkspaceError    2  a folder or file belongs to something else, or was edited by hand
    +-- SourceError           1  the events table is missing, or lacks columns
    +-- RunError              1  dbt or the warehouse failed
    |   +-- BusyError         1  another run of the same project is in progress
    |   +-- QualityError      1  values are not as expected, so nothing was published
    |   +-- EngineMemoryError 1  an engine in this process needs more memory than it may take
    +-- StoreError            1  the profiles store failed
    |   +-- LeaseLostError    1  another process writes now; this one had no effect
    +-- UnexpectedError       1  a fault of this package, or of a library, where one thing must not stop the others
    +-- RegistryError         1  the registry could not be read or written
    |   +-- AlreadyExistsError 1  a definition of that name is there already
    |   +-- NotFoundError     1  there is no definition of that name
    |   +-- InUseError        1  another definition needs it
    |   +-- ConflictError     1  two parts of one definition, or of a service, have one name
    |   +-- UnreadableError   1  a definition that this version of the program cannot read
    +-- AlertError            1  an alert could not be delivered
    +-- ServiceError          1  the Signals service could not be reached, or its answer could not be read
        +-- SignalsAPIError   1  the service refused; `status` and `body` are its answer

Anything else that escapes is a bug in this package.
"""

import difflib
import heapq
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any


class SignalsError(Exception):
    """Root of all errors of this package. `exit_code` is the command line's: 1 could not be done, 2 wrongly asked."""

    exit_code = 1


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: where it is, and what is wrong and what to do about it."""

    where: str
    message: str

    def __str__(self) -> str:
        return f"{self.where}: {self.message}" if self.where else self.message


class DefinitionError(SignalsError):
    """What the user declared is invalid. `problems` holds all that were found; str() lists one per line."""

    exit_code = 2

    def __init__(self, problems: Iterable[Problem] | Problem | str) -> None:
        if isinstance(problems, str):
            problems = Problem("", problems)
        self.problems: tuple[Problem, ...] = (problems,) if isinstance(problems, Problem) else tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))

    def __reduce__(self) -> tuple[type["DefinitionError"], tuple[tuple[Problem, ...]]]:
        return type(self), (self.problems,)


class UnsupportedError(DefinitionError):
    """The definition has a meaning, but the engine that was asked cannot compute it."""


class UsageError(SignalsError):
    """Wrong options, paths or variables: nothing was done."""

    exit_code = 2


class WorkspaceError(UsageError):
    """A folder or a file belongs to something else, or was edited by hand: nothing was written."""


class SourceError(SignalsError):
    """The events table is missing, or lacks columns that every run needs."""


class RunError(SignalsError):
    """dbt or the warehouse failed. Names the project, the model if one failed, and what the engine said."""

    def __init__(self, message: str, *, project: str | None = None, model: str | None = None) -> None:
        self.project = project
        self.model = model
        super().__init__(message)


class QualityError(RunError):
    """Values that would have been published are not as expected: nothing was published, and nothing is lost.

    `failed` has each expectation that they do not meet.
    """

    def __init__(self, message: str, *, project: str | None = None, failed: tuple[Any, ...] = ()) -> None:
        self.failed = failed
        super().__init__(message, project=project)


class EngineMemoryError(RunError):
    """An engine that works in this process needs more memory than it may take."""


class BusyError(RunError):
    """Another run of the same project is in progress; this one had no effect."""


class StoreError(SignalsError):
    """The profiles store could not be read or written."""


class LeaseLostError(StoreError):
    """The right to write went to another process; what was to be written was not."""


class UnexpectedError(SignalsError):
    """Something unexpected went wrong with one view, and is reported as its failure: others continue.

    What it was is its `__cause__`.
    """

    def __init__(self, what: str, cause: BaseException) -> None:
        self.what = what
        words = " ".join(str(cause).split())[:500]
        super().__init__(
            f"{what}: {type(cause).__name__}{': ' * bool(words)}{words}; this is unexpected, please report it"
        )


class RegistryError(SignalsError):
    """The registry could not be read or written."""


class AlreadyExistsError(RegistryError):
    """A definition of that name, and version, is in the registry already; it can be replaced."""


class NotFoundError(RegistryError):
    """The registry holds no definition of that name, or not in that version."""


class InUseError(RegistryError):
    """The definition cannot be removed: another one needs it, or it is built in."""


class ConflictError(RegistryError):
    """Two parts of one definition, or of what a service names, have one name."""


class UnreadableError(RegistryError):
    """A definition in the registry cannot be read: a later version wrote it, say. Others can."""


class AlertError(SignalsError):
    """An alert could not be delivered: its receiver cannot be reached, or did not take it."""


class ServiceError(SignalsError):
    """The Signals service could not be reached, or its answer could not be read."""


class SignalsAPIError(ServiceError):
    """The Signals service refused a request.

    `status` is the answer's HTTP status; `body` its JSON, or its text when it is not JSON; `request` the method and
    URL.
    """

    def __init__(self, status: int, body: Any, request: str = "") -> None:
        self.status = status
        self.body = body
        self.request = request
        super().__init__(f"{request or 'the service'}: {status} {_refusal(body)}".rstrip())

    def __reduce__(self) -> tuple[type["SignalsAPIError"], tuple[int, Any, str]]:
        return type(self), (self.status, self.body, self.request)


def _refusal(body: Any) -> str:
    """What an answer says about what was wrong, a line for each field if it names fields."""
    detail = body.get("detail", body) if isinstance(body, dict) else body
    if isinstance(detail, list) and all(isinstance(one, dict) and "msg" in one for one in detail):
        found = [(".".join(map(str, one.get("loc") or ())), one["msg"]) for one in detail]
        lines = [f"{place}: {message}" if place else str(message) for place, message in found]
        return lines[0] if len(lines) == 1 else "".join(f"\n  {line}" for line in lines)
    return str(detail)[:2_000]


_LONGEST_NAME = 300
_MANY = 100


def _ends_alike(one: str, other: str) -> int:
    """How many characters two names share at their beginning and at their end."""
    return sum(
        next((place for place, (a, b) in enumerate(zip(*pair, strict=False)) if a != b), min(map(len, pair)))
        for pair in ((one, other), (one[::-1], other[::-1]))
    )


def either(choices: Sequence[str]) -> str:
    """`'a', 'b' or 'c'`; of one choice that alone."""
    quoted = [repr(choice) for choice in choices]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} or {quoted[-1]}"


def did_you_mean(name: str, candidates: Iterable[str]) -> str:
    """`; did you mean 'x'?` for the candidate nearest to `name`, or the empty text when none is near.

    It is for a mistake in typing: not looked for when the name is longer than any name, and among many candidates only
    those that begin and end most alike are compared, so that it costs little whatever is asked.
    """
    if len(name) > _LONGEST_NAME:
        return ""
    candidates = list(candidates)
    if len(candidates) > _MANY:
        candidates = heapq.nlargest(_MANY, candidates, key=lambda one: _ends_alike(one, name))
    spelled = {candidate.lower(): candidate for candidate in candidates}
    near = difflib.get_close_matches(name.lower(), spelled, n=1)
    return f"; did you mean {spelled[near[0]]!r}?" if near else ""
