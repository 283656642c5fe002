"""From definitions to attributes, as the page about the client says it: its commands and its Python, in their order."""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
from tests.e2e.command import COMMAND
from tests.server.test_processes import serving

from snowplow_signals import Signals, load_views

ROOT = Path(__file__).parents[2]
URL = "http://127.0.0.1:8000"


def blocks() -> Iterator[tuple[str, str]]:
    """Language and text of the section's snippets."""
    page = (ROOT / "docs" / "reference" / "client.md").read_text()
    section = page.split("## From definitions to attributes")[1].split("\n## ")[0]
    yield from re.findall(r"^```(sh|python)\n(.*?)^```", section, flags=re.M | re.S)


def typed(line: str, folder: Path) -> str:
    path = f"{COMMAND.parent}{os.pathsep}{os.environ['PATH']}"
    clean = {name: value for name, value in os.environ.items() if not name.startswith("SNOWPLOW_")}
    done = subprocess.run(
        shlex.split(line), cwd=folder, env={**clean, "PATH": path}, text=True, capture_output=True, check=False
    )
    assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def test_from_definitions_to_attributes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    said, url, user = "", "", ""
    with contextlib.ExitStack() as running:
        for language, text in blocks():
            if language == "python":
                exec(text.replace(URL, url).replace("some-user", user), names)
                continue
            for line in text.splitlines():
                if " serve " in line:
                    url = running.enter_context(serving(tmp_path / "signals")).url
                else:
                    said += typed(line.replace(URL, url), tmp_path)
            user = some_user(tmp_path)
        (view,) = load_views("examples/ecommerce.py")
        stored = attributes_of(tmp_path, user)
        assert names["attributes"] == {one.name: stored[one.name] for one in view.attributes}
        assert names["attributes"]["products_added_to_cart_last_7_days"] > 0
        signals = names["signals"]
        known = signals.get_view(view.name)
        assert known == view.model_copy(update={"is_published": True, "batch_source": known.batch_source})
        assert (known.batch_source.schema_, known.batch_source.database) == ("signals_derived", "events")
        assert known.batch_source.table == "batch_ecommerce_attributes_1_attributes"
        frame = signals.test(view, window=view.attributes[0].period, ids=[user])
        assert list(frame["domain_userid"]) == [user]
    the_service_syncs_by_itself(tmp_path / "signals", names["attributes"], user)
    assert "authentication  ok, 1 offline view" in said
    assert "done as of" in said
    assert f"registered at {url}" in said


def the_service_syncs_by_itself(folder: Path, expected: dict[str, Any], user: str) -> None:
    """From the table that `sync` has registered, into a store that holds nothing."""
    (folder / "profiles.sqlite").unlink()
    end = time.monotonic() + 60
    with serving(folder, "--sync-interval", "1") as service, Signals(service.url) as signals:
        (view,) = signals.list_views()
        while signals.get_view_attributes(view, identifier=user) != expected:
            assert time.monotonic() < end, service.call("GET", "/api/v1/sync_status")
            time.sleep(0.2)


def some_user(folder: Path) -> str:
    """One with something to read, when there is."""
    with duckdb.connect(str(folder / "signals" / "events.duckdb")) as connection:
        try:
            found = connection.execute(
                "select domain_userid from signals_derived.batch_ecommerce_attributes_1_attributes"
                " where products_added_to_cart_last_7_days > 0 order by all limit 1"
            ).fetchone()
        except duckdb.CatalogException:
            return ""
    assert found
    return str(found[0])


def attributes_of(folder: Path, user: str) -> dict[str, Any]:
    with duckdb.connect(str(folder / "signals" / "events.duckdb")) as connection:
        cursor = connection.execute(
            "select * from signals_derived.batch_ecommerce_attributes_1_attributes where domain_userid = ?", [user]
        )
        return dict(zip([one[0] for one in cursor.description], cursor.fetchone() or (), strict=True))
