"""A program that looks into projects for a service: question after question, in a process of its own.

`main` keeps dbt loaded, so that a question takes a fraction of a second, and
keeps nothing open between two of them: an embedded database serves one process at a time. Questions and answers are
pickled; both ends are this package, and nobody else has the pipe. The process ends when its input does.
"""

from __future__ import annotations

import os
import pickle
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from snowplow_signals.deployment import deployed
from snowplow_signals.errors import SignalsError
from snowplow_signals.inspect.explain import Explanation, explain_entity
from snowplow_signals.inspect.look import Look, Signature, look_at
from snowplow_signals.workspace import read_project, require_generated


@dataclass(frozen=True)
class LookAt:
    """What the state of the project in `folder` is, unless its signature is still `known`."""

    folder: Path
    target: str | None
    known: Signature | None = None


@dataclass(frozen=True)
class ExplainValues:
    """How the values of an entity came about, in the view of that full name; with `attribute` only that one."""

    folder: Path
    target: str | None
    view: str
    identifier: str
    attribute: str | None = None
    events: int = 20


@dataclass(frozen=True)
class Unchanged:
    """The project's signature is the one that was known."""

    at: datetime


@dataclass(frozen=True)
class Failure:
    """One of our errors: the name of its class, and what it says."""

    kind: str
    message: str


Question = LookAt | ExplainValues
Answer = Look | Explanation | Unchanged | Failure


def answer_to(question: Question) -> Answer:
    """The answer; errors of ours are answers as well."""
    now = datetime.now(UTC).replace(tzinfo=None)
    try:
        project = read_project(question.folder)
        require_generated(project)
        with deployed.opened(
            project.folder, project.definition, project.target_type, project.profiles_dir, target=question.target
        ) as found:
            if isinstance(question, LookAt):
                return look_at(found, now, question.known) or Unchanged(now)
            view = next((one for one in project.views if one.full_name == question.view), None)
            return explain_entity(
                found, question.identifier, view=view, attribute=question.attribute, events=question.events
            )
    except SignalsError as error:
        return Failure(type(error).__name__, str(error))


def main() -> None:
    """Answer questions from the standard input until it ends."""
    with os.fdopen(os.dup(1), "wb") as answers, os.fdopen(os.dup(0), "rb") as questions:
        os.dup2(2, 1)  # nothing else that is printed may end up among the answers
        while True:
            try:
                question = pickle.load(questions)
            except EOFError:
                return
            pickle.dump(answer_to(question), answers)
            answers.flush()
