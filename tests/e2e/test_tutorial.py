"""The tutorial, typed: its files, its commands and its Python, in their order, up to the value over HTTP."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

from tests.e2e.command import COMMAND
from tests.server.test_processes import serving

PAGE = Path(__file__).parents[2] / "docs" / "tutorial" / "first-view.md"
URL = "http://127.0.0.1:8000"
ANSWER = {"domain_userid": ["ann", "bob"], "page_views": [2, 1], "first_source": ["newsletter", None]}


def test_the_tutorial_does_what_it_says(tmp_path: Path) -> None:
    said: list[str] = []
    url, asked = "", ""
    with contextlib.ExitStack() as running:
        for language, title, text in re.findall(r'^```(\w+)(?: title="(.*?)")?\n(.*?)^```', _steps(), re.M | re.S):
            if title:
                (tmp_path / title).write_text(text.replace(URL, url))
            elif language == "json":
                assert json.loads(text) == ANSWER
            elif language == "bash":
                for line in text.splitlines():
                    if " serve " in line:
                        url = running.enter_context(serving(tmp_path / "signals")).url
                    else:
                        said.append(_typed(line.replace(URL, url), tmp_path))
                        asked = line.replace(URL, url) if line.startswith("curl") else asked
        again = json.loads(_typed(asked, tmp_path))
    everything = "".join(said)
    for shown in ("3 rows loaded from 1 file", "visitors version 1, 3 attributes", "first 'newsletter'", "/, /shoes"):
        assert shown in everything
    assert json.loads(next(text for text in said if text.startswith("{"))) == ANSWER
    assert again == ANSWER | {"page_views": [2, 2], "first_source": ["newsletter", "search"]}


def _steps() -> str:
    """All but the installation."""
    return PAGE.read_text("utf-8").partition("## Events")[2]


def _typed(line: str, folder: Path) -> str:
    words = shlex.split(line)
    if words[0] == "python":
        words[0] = sys.executable
    clean = {name: value for name, value in os.environ.items() if not name.startswith("SNOWPLOW_")}
    path = f"{COMMAND.parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(words, cwd=folder, env={**clean, "PATH": path}, text=True, capture_output=True, check=False)
    assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"
    return done.stdout
