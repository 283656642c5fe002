"""Every option of every command with values that nobody means: an error in words, never a traceback."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from tests.e2e import shop
from typer.testing import CliRunner

from snowplow_signals.cli.app import app

SERVES_OR_TAKES_LONG = ("serve", "console", "demo", "materialize")  # the last one is sync by another name
WRONG = ("", ".", "abc", "9" * 25, "a b#'\"{{", "{a: ")
GIVEN = {
    "--repo-path": ".",
    "--into": "into.duckdb",
    "--out": "out.duckdb",
    "--definitions": "views.py",
    "--events": "5",
}
"""What the other options say that a command has to have."""


def _commands(group: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from _commands(command, (*path, name))
        elif name not in SERVES_OR_TAKES_LONG:
            yield (*path, name), command


COMMANDS = dict(_commands(typer.main.get_command(app)))


def _with(path: tuple[str, ...], command: Any, changed: Any, value: str) -> list[str]:
    arguments = list(path)
    for one in command.params:
        name = one.opts[0]
        is_option = name.startswith("-")
        if one is changed:
            arguments += [name, value] if is_option else []
        elif is_option and name in GIVEN and (one.required or name in ("--repo-path", "--events")):
            arguments += [name, GIVEN[name]]
    places = [one for one in command.params if not one.opts[0].startswith("-")]
    for place in places:
        if place is changed or place.required:
            arguments += ["--", value if place is changed else "x"]
    return arguments


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    root = tmp_path_factory.mktemp("wrong")
    shop.make(root, [shop.event(1, "ann", 0)])
    (root / "views.py").write_text("views = 5\n")
    before = Path.cwd()
    os.chdir(root)
    yield root
    os.chdir(before)


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_wrong_values_are_errors_in_words(place: Path, path: tuple[str, ...]) -> None:
    command = COMMANDS[path]
    for one in command.params:
        if one.name in ("help", "verbose") or getattr(one, "is_flag", False):
            continue
        if path == ("run",) and one.name in ("target", "variables", "as_of"):  # see test_hostile_input.py
            continue
        for value in WRONG:
            arguments = _with(path, command, one, value)
            done = CliRunner().invoke(app, arguments)
            assert done.exception is None or isinstance(done.exception, SystemExit), (arguments, done.exception)
            assert done.exit_code in (0, 1, 2), (arguments, done.output)
            assert "Traceback" not in done.output, arguments
            if done.exit_code:
                assert done.output.strip(), arguments
