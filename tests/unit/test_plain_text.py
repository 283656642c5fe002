"""What others wrote is shown by a terminal, and not obeyed."""

import io
import json
import logging
from datetime import datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from snowplow_signals import Attribute, View, user_entity
from snowplow_signals.cli.app import app
from snowplow_signals.cli.reporting import fail, say, warn
from snowplow_signals.cli.tables import show_profile
from snowplow_signals.errors import DefinitionError, Problem, UsageError
from snowplow_signals.plain_text import one_line, plain
from snowplow_signals.server.running import PlainLines

EVIL = "red \x1b[31m\x1b]0;title\x07 \x9b2J \x08\x7f\r \u202etxt.exe \ud800 end"
SHOWN = "red \\u001b[31m\\u001b]0;title\\u0007 \\u009b2J \\u0008\\u007f\\u000d \\u202etxt.exe \\ud800 end"


@pytest.mark.parametrize(
    "text", ["", "ordinary", "two\nlines\tand a tab", "Grüße, 日本語, \U0001f468\u200d\U0001f469", "\xa0\xad", "\\x1b"]
)
def test_ordinary_text_stays(text: str) -> None:
    assert plain(text) == text


def test_what_a_terminal_would_obey_is_shown() -> None:
    assert plain(EVIL) == SHOWN
    assert one_line("a\nb\tc\x1b") == "a\\u000ab\\u0009c\\u001b"
    assert json.loads(plain(json.dumps({"a": EVIL}, ensure_ascii=False))) == {"a": EVIL}


def test_everything_that_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    clicks = Attribute(name="clicks", type="int64", aggregation="counter")
    view = View(name="shop", entity=user_entity, attributes=[clicks], owner="a@b.example", offline=True)
    said = (
        lambda: say(EVIL),
        lambda: warn(EVIL),
        lambda: fail(UsageError(EVIL), verbose=True),
        lambda: fail(DefinitionError([Problem(EVIL, EVIL), Problem("", EVIL)]), verbose=False),
        lambda: show_profile(view, EVIL, {"clicks": EVIL, "more": [EVIL], "map": {EVIL: 1}, "bytes": b"\x1b[31m"}),
    )
    for one in said:
        one()
        printed = capsys.readouterr()
        text = printed.out + printed.err
        assert "\\u001b[31m" in text
        assert text.replace("\n", "").isprintable()


def test_notes_of_keys(tmp_path: Path) -> None:
    runner = CliRunner()
    note = "web\n0000  default  read+write  active \x1b[31m \x9b2J \u202e"
    for org in ("acme", "a\x1b[2J"):
        made = runner.invoke(app, ["keys", "create", "--repo-path", str(tmp_path), "--org-id", org, "--note", note])
        assert made.exit_code == 0, made.output
    listed = runner.invoke(app, ["keys", "list", "--repo-path", str(tmp_path)]).output
    assert len(listed.splitlines()) == 3
    assert "web\\u000a0000" in listed
    assert "\\u001b[2J" in listed
    assert listed.replace("\n", "").isprintable()


def test_the_log_of_the_service() -> None:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(PlainLines("%(message)s"))
    handler.handle(logging.makeLogRecord({"msg": "%s", "args": (EVIL,)}))
    assert stream.getvalue() == f"{SHOWN}\n"


def test_times_are_still_times(capsys: pytest.CaptureFixture[str]) -> None:
    say(f"{datetime(2025, 3, 1)}")
    assert capsys.readouterr().out == "2025-03-01 00:00:00\n"
