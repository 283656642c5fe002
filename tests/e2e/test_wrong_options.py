"""Every option of every command with values that nobody means: the error names the option and the value, and the exit
code is that of a wrong word; or the value is one that the option takes, and the command does what it does without it.

The commands are typed in a workspace where each of them works, so that no other error comes first.
"""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from tests.e2e import shop
from typer.testing import CliRunner

from snowplow_signals.cli.app import app

SERVES_OR_TAKES_LONG = ("serve", "demo")
OTHER_NAMES = ("materialize", "test_connection")
"""Of sync, and of test-connection."""
WRONG = ("", ".", "abc", "9" * 25, "a b#'\"{{", "{a: ")
RIGHT = {
    "init": ["--definitions", "views.py", "--repo-path", "new"],
    "validate": ["--definitions", "views.py"],
    "test-connection": ["--api-url", "http://127.0.0.1:9", "--api-key", "k", "--api-key-id", "i", "--org-id", "o"],
    "explain": ["ann"],
    "profile get": ["ann"],
    "profile erase": ["bob", "--key", "domain_userid", "--store", "copy.sqlite", "--registry", "none.sqlite"],
    "profile restore": ["nobody", "--key", "domain_userid"],
    "keys revoke": ["nobody's"],
    "events generate": ["--out", "out.duckdb", "--events", "5", "--days", "1"],
    "events load": ["events.jsonl", "--into", "into.duckdb"],
}
"""What has to be said besides, or may as well be."""
EXIT_CODES = {"test-connection": 1, "keys revoke": 1, "profile restore": 2}
"""Of a command as it is in RIGHT: there is no service, no such key, and nobody was not erased."""
WRONG_CODES = {"explain identifier": 1}
"""Of a person whom nobody knows: the words are right."""
INSTEAD = {"--view": "--key"}
"""Of these one is given."""
FILES = tuple(value for value in WRONG if value.strip("."))
TAKES = {
    "--api-key": WRONG,
    "--api-key-id": WRONG,
    "--console-url": WRONG,
    "--note": WRONG,
    "--org-id": WRONG,
    "--sandbox-token": WRONG,
    "--repo-path": ("", "."),
    "--as-of": ("",),
    "--start": ("",),
    "--vars": ("",),
    "init --repo-path": WRONG,
    "init --api-url": WRONG,
    "init --database": ("abc", "9" * 25),
    "generate --api-url": WRONG,
    "generate --auth-mode": WRONG,
    "verify --seed": ("9" * 25,),
    "sync --store": FILES,
    "sync --registry": FILES,
    "profile get identifier": WRONG,
    "test-connection --api-key": WRONG[1:],
    "test-connection --api-key-id": WRONG[1:],
    "test-connection --org-id": WRONG[1:],
    "test-connection --console-url": ("",),
    "profile erase identifier": WRONG[1:],
    "profile erase --repo-path": WRONG,
    "profile erase --registry": FILES,
    "profile restore identifier": WRONG,
    "profile restore --key": WRONG,
    "profile restore --view": WRONG,
    "profile restore --registry": ("", *FILES),
    "keys create --repo-path": WRONG,
    "keys create --registry": ("", *FILES),
    "keys list --repo-path": WRONG,
    "keys list --registry": ("", *FILES),
    "keys revoke key_id": WRONG,
    "keys revoke --repo-path": WRONG,
    "keys revoke --registry": ("", *FILES),
    "events generate --out": WRONG,
    "events load --into": FILES,
    "events load --bad": WRONG,
}
"""Values that are no mistake; of `init` with definitions, and of `generate`, what only a service would need."""
CALLED = {
    "--api-url": "api_url",
    "--attribute": "attribute",
    "--console-url": "console_url",
    "--definitions": "the views",
    "--into": "DuckDB file",
    "--key": "key",
    "--project-name": "project",
    "--repo-path": "profiles store",
    "--registry": "is a folder; name a file in it",
    "--store": "profiles",
    "--target-type": "target type",
    "--view": "view",
    "--view-name": "view",
    "--view-version": "version",
    "identifier": "domain_userid",
    "sources": "Error: ",
}
"""How messages call what was given with an option, if not by its name."""
SHOWN = ("Input should be ", "not shown as it may ")
"""Of what is no number, or too large, the option is named and what it takes; of a URL with a password less."""


def _commands(group: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from _commands(command, f"{path}{name} ")
        elif name not in SERVES_OR_TAKES_LONG + OTHER_NAMES:
            yield f"{path}{name}", command


COMMANDS = dict(_commands(typer.main.get_command(app)))


def _typed(*words: str) -> tuple[int, str]:
    """Exit code and output. What the command made is removed."""
    before = set(Path().iterdir())
    done = CliRunner().invoke(app, words)
    for made in set(Path().iterdir()) - before:
        shutil.rmtree(made) if made.is_dir() else made.unlink()
    assert done.exception is None or isinstance(done.exception, SystemExit), (words, done.exception)
    assert "Traceback" not in done.output, words
    return done.exit_code, " ".join(done.output.split())


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The working directory: a workspace with a project that has run and was synced."""
    root = tmp_path_factory.mktemp("wrong")
    shop.make(root, [shop.event(1, "ann", 0), shop.event(2, "bob", 0)])
    (root / "views.py").write_text("from tests.e2e.shop import VIEW\n")
    (root / "events.jsonl").write_text('{"event_id": "e1"}\n')
    before = Path.cwd()
    os.chdir(root)
    for command in (["generate"], ["run", "--as-of", str(shop.AS_OF)], ["sync"], ["keys", "create"]):
        done = CliRunner().invoke(app, command)
        assert done.exit_code == 0, done.output
    shutil.copy("profiles.sqlite", "copy.sqlite")
    yield root
    os.chdir(before)


def _words(path: str, changed: Any = None, value: str = "") -> list[str]:
    given = list(RIGHT.get(path, []))
    if changed is None:
        return [*path.split(), *given]
    name = changed.opts[0]
    if not name.startswith("-"):
        return [*path.split(), *given[1:], "--", value]
    for other in (name, INSTEAD.get(name)):
        if other in given:
            place = given.index(other)
            del given[place : place + 2]
    return [*path.split(), name, value, *given]


@pytest.mark.parametrize("path", COMMANDS)
def test_wrong_values_are_named(place: Path, path: str) -> None:
    right, said = _typed(*_words(path))
    assert right == EXIT_CODES.get(path, 0), said
    wrong = []
    for option in COMMANDS[path].params:
        if getattr(option, "is_flag", False) or option.name == "help":
            continue
        name = option.opts[0]
        taken = TAKES.get(f"{path} {name}", TAKES.get(name, ()))
        for value in WRONG:
            words = _words(path, option, value)
            code, said = _typed(*words)
            if value in taken:
                is_right = code == right
            else:
                is_right = code == WRONG_CODES.get(f"{path} {name}", 2) and _names(said, option, value)
            if not is_right:
                wrong.append(f"{words}: {code}, {said[-200:]}")
    assert wrong == []


def _names(said: str, option: Any, value: str) -> bool:
    """Whether a message names an option and what was given for it."""
    called = [*option.opts, *option.secondary_opts, CALLED.get(option.opts[0], option.opts[0])]
    shown = (value, repr(value), str(Path(value).resolve()), *SHOWN)
    return any(name in said for name in called) and any(text in said for text in shown)
