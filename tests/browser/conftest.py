"""A service with the demo's data, and Chromium in front of it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from snowplow_signals.definitions import Service
from snowplow_signals.registry import DEFAULT_FILE, Registry
from snowplow_signals.workspace import projects

SCREENSHOTS = Path(__file__).parents[2] / ".screenshots"
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
ZONE = "Europe/Berlin"


@dataclass(frozen=True)
class Running:
    """A service with keys of both kinds, each as id and secret."""

    url: str
    folder: Path
    writer: tuple[str, str]
    reader: tuple[str, str]
    view: str


@pytest.fixture(scope="session")
def chromium() -> str:
    """The browser's program; without one the test fails."""
    named = os.environ.get("SIGNALS_CHROMIUM")
    found = named or next((path for name in CHROMIUM if (path := shutil.which(name))), None)
    if found is None:
        pytest.fail("no Chromium: `apt-get install chromium`, or name its program in SIGNALS_CHROMIUM", pytrace=False)
    return found


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Any]:
    try:
        from playwright.sync_api import sync_playwright
    except ModuleNotFoundError:
        pytest.fail("playwright is missing: `make test-browser` installs it", pytrace=False)
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield opened
        opened.close()


def typed(*arguments: str) -> None:
    subprocess.run([sys.executable, "-m", "snowplow_signals.cli", *arguments], check=True, stdout=subprocess.DEVNULL)


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `demo` leaves."""
    folder = tmp_path_factory.mktemp("browser") / "demo"
    typed("demo", "--dir", str(folder))
    return folder


@pytest.fixture(scope="session")
def running(demo: Path) -> Iterator[Running]:
    """A service that has the demo's view published, for whoever has a key."""
    [project] = projects(demo)
    [view] = project.views
    with Registry.open(demo / DEFAULT_FILE) as registry:
        registry.create_view(view.model_copy(update={"is_published": True}))
        registry.create_service(Service(name="web_shop", views=[view], owner="user@company.com"))
        writer, secret = registry.keys.create("default", note="writes")
        reader, hush = registry.keys.create("default", ("read",), note="reads")
    command = ["serve", "--repo-path", str(demo), "--port", "0", "--sync-interval", "0"]
    with started(command) as url:
        yield Running(url, demo, (writer.key_id, secret), (reader.key_id, hush), view.full_name)


class started:
    """A command that says its URL, until the end of the block."""

    def __init__(self, command: list[str]) -> None:
        self._command = [sys.executable, "-u", "-m", "snowplow_signals.cli", *command]

    def __enter__(self) -> str:
        self._process = subprocess.Popen(self._command, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        for line in self._process.stdout:
            found = re.search(r"http://127\.0\.0\.1:[0-9]+", line)
            if found is not None:
                return found[0].replace("127.0.0.1", "localhost")
        raise AssertionError(f"it ended with {self._process.wait()}")

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.communicate(timeout=30)


@dataclass
class Reader:
    """Somebody at the browser. What the page logged, and which hosts it asked, is kept."""

    page: Any
    url: str
    logged: list[str]
    hosts: set[str]

    def open(self, path: str) -> None:
        self.page.goto(self.url + path)
        self.wait_for_looks()

    def wait_for_looks(self) -> None:
        """Pages that are still being read ask again by themselves."""
        for _ in range(40):
            if not self.page.locator('meta[http-equiv="refresh"]').count():
                return
            self.page.wait_for_timeout(1_000)
            self.page.reload()
        raise AssertionError("the warehouse was not read within 40 seconds")

    def log_in(self, key: tuple[str, str]) -> None:
        self.page.goto(f"{self.url}/login")
        self.page.get_by_label("API key id").fill(key[0])
        self.page.get_by_label("API key or token").fill(key[1])
        self.press("Log in")

    def press(self, name: str) -> None:
        """Press a button that sends a form, and wait for the answer."""
        with self.page.expect_navigation(timeout=60_000):
            self.page.get_by_role("button", name=name, exact=True).first.click()

    def picture(self, name: str) -> None:
        SCREENSHOTS.mkdir(exist_ok=True)
        self.page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)


@pytest.fixture
def someone(browser: Any, running: Running) -> Iterator[Any]:
    """Opens the browser as somebody; at the end nothing may have been logged, and no other host asked."""
    opened: list[tuple[Any, Reader]] = []

    def open_as(url: str | None = None, **context: Any) -> Reader:
        made = browser.new_context(timezone_id=ZONE, **context)
        page = made.new_page()
        reader = Reader(page, url or running.url, [], set())
        page.on("console", lambda said: reader.logged.append(f"{said.type}: {said.text}"))
        page.on("pageerror", lambda error: reader.logged.append(str(error)))
        page.on("request", lambda request: reader.hosts.add(urlsplit(request.url).hostname))
        opened.append((made, reader))
        return reader

    yield open_as
    for made, reader in opened:
        made.close()
        assert reader.logged == []
        assert reader.hosts <= {"localhost"}
