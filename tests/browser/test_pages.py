"""Every page in Chromium: nothing is logged, nothing asked of another host, and everybody can use it."""

from __future__ import annotations

from typing import Any

import pytest
from tests.browser.conftest import Reader, Running, started

pytestmark = [pytest.mark.browser, pytest.mark.long]

LOOKS = {
    "light": {"color_scheme": "light", "viewport": {"width": 1280, "height": 900}},
    "dark": {"color_scheme": "dark", "viewport": {"width": 1280, "height": 900}},
    "phone": {"color_scheme": "light", "viewport": {"width": 390, "height": 844}, "has_touch": True},
}
VIEW_TABS = ("", "/quality", "/lineage", "/definition", "/sql", "/versions")


def check(reader: Reader, name: str) -> None:
    """That everybody can use the page that is open; a picture of it is kept."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(reader.page).response["violations"]
    serious = [
        f"{one['id']} ({one['impact']}): {[node['target'] for node in one['nodes']][:4]}"
        for one in found
        if one["impact"] in ("serious", "critical", "moderate")
    ]
    assert serious == [], name
    wide = reader.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"{name} has to be scrolled sideways"
    assert reader.page.locator("h1").count() == 1, name
    reader.picture(name)


def some_user(reader: Reader) -> str:
    reader.open("/entities")
    return str(reader.page.locator('button[name="identifier"]').first.get_attribute("value"))


@pytest.mark.parametrize("look", LOOKS)
def test_each_page(someone: Any, running: Running, look: str) -> None:
    reader = someone(**LOOKS[look])
    reader.page.goto(f"{running.url}/")
    check(reader, f"login-{look}")
    reader.log_in(running.writer)
    pages = {
        "overview": "/",
        "runs": "/runs",
        "days": "/days",
        "entities": "/entities",
        "try": "/try",
        "service": "/service",
    }
    pages |= {f"view{tab.replace('/', '-')}": f"/views/{running.view}{tab}" for tab in VIEW_TABS}
    for name, path in pages.items():
        reader.open(path)
        check(reader, f"{name}-{look}")
    reader.open("/runs")
    reader.page.locator("tbody a").first.click()
    check(reader, f"run-{look}")
    user = some_user(reader)
    reader.page.get_by_label("Identifier").fill(user)
    reader.press("Look up")
    check(reader, f"entity-{look}")
    reader.press("Explain all")
    check(reader, f"explained-{look}")
    reader.open("/try")
    reader.press("Compute")
    assert reader.page.get_by_role("heading", name="Rows").count() == 1
    check(reader, f"tried-{look}")


def test_a_wrong_key_is_refused(someone: Any, running: Running) -> None:
    reader = someone()
    reader.page.goto(f"{running.url}/runs")
    assert reader.page.url.endswith("/login?next=%2Fruns")
    reader.log_in((running.writer[0], "wrong"))
    assert "not valid" in reader.page.get_by_role("alert").inner_text()
    assert [line for line in reader.logged if "401" in line]
    reader.logged.clear()  # the browser logs that it was refused
    reader.page.goto(f"{running.url}/login?next=%2Fruns")
    reader.page.get_by_label("API key id").fill(running.writer[0])
    reader.page.get_by_label("API key or token").fill(running.writer[1])
    reader.press("Log in")
    assert reader.page.url.endswith("/runs")
    reader.press("Log out")
    reader.page.goto(f"{running.url}/runs")
    assert "/login" in reader.page.url


def test_a_person_is_erased_and_restored(someone: Any, running: Running) -> None:
    reader = someone()
    reader.log_in(running.writer)
    user = some_user(reader)
    reader.page.get_by_label("Identifier").fill(user)
    reader.press("Look up")
    reader.press("Erase…")
    assert reader.page.get_by_role("heading", level=1).inner_text() == f"Erase {user}?"
    check(reader, "erase")
    reader.press("Keep it")
    assert reader.page.get_by_role("row").count() > 1
    reader.press("Erase…")
    reader.press("Erase it")
    assert "1 profile was removed" in reader.page.get_by_role("status").inner_text()
    check(reader, "erased")
    reader.press("Restore")
    assert "Restored" in reader.page.get_by_role("status").inner_text()


def test_a_value_is_explained(someone: Any, running: Running) -> None:
    reader = someone()
    reader.log_in(running.writer)
    user = some_user(reader)
    reader.page.get_by_label("Identifier").fill(user)
    reader.press("Look up")
    with reader.page.expect_navigation(timeout=60_000):
        reader.page.get_by_role("button", name="Why? last_device_class").or_(
            reader.page.locator('form:has(input[value="last_device_class"]) button')
        ).first.click()
    assert "last_device_class" in reader.page.get_by_role("heading", level=2).first.inner_text()
    assert reader.page.get_by_role("table", name="The events that feed last_device_class").count() == 1


def test_a_definition_is_tried_with_another_period(someone: Any, running: Running) -> None:
    reader = someone()
    reader.log_in(running.writer)
    reader.open(f"/try?view={running.view}")
    reader.page.get_by_label("Days", exact=True).first.fill("2")
    reader.page.get_by_label("Entities with events in").select_option("P31D")
    reader.press("Compute")
    assert "entities" in reader.page.get_by_role("heading", level=2).first.inner_text()
    assert reader.page.get_by_label("Days", exact=True).first.input_value() == "2"
    reader.page.get_by_label("Days", exact=True).first.fill("soon")
    reader.press("Compute")
    assert "number of days" in reader.page.get_by_role("alert").inner_text()
    reader.logged.clear()  # the browser logs the 422


def test_a_reader_changes_nothing(someone: Any, running: Running) -> None:
    reader = someone()
    reader.log_in(running.reader)
    user = some_user(reader)
    reader.page.get_by_label("Identifier").fill(user)
    reader.press("Look up")
    for name in ("Erase…", "Why?", "Explain all"):
        assert reader.page.get_by_role("button", name=name).count() == 0
    reader.open("/try")
    assert reader.page.get_by_role("button", name="Compute").count() == 0


def test_without_scripts_all_is_there(someone: Any, running: Running) -> None:
    reader = someone(java_script_enabled=False)
    reader.log_in(running.writer)
    reader.open(f"/views/{running.view}")
    assert reader.page.locator("time").first.inner_text().endswith("UTC")
    with_scripts = someone()
    with_scripts.log_in(running.writer)
    with_scripts.open(f"/views/{running.view}")
    said = with_scripts.page.locator("time:not(.ago)").first.inner_text()
    assert "UTC" in said
    assert "CE" in said or "GMT" in said, "the reader's zone, Berlin's"


def test_by_keyboard(someone: Any, running: Running) -> None:
    reader = someone()
    reader.log_in(running.writer)
    reader.open("/runs")
    reader.page.keyboard.press("Tab")
    assert reader.page.evaluate("document.activeElement.textContent") == "Skip to the content"
    reader.page.keyboard.press("Enter")
    assert reader.page.evaluate("location.hash") == "#content"


def test_a_folder_alone(someone: Any, running: Running) -> None:
    with started(["console", "--repo-path", str(running.folder), "--port", "0"]) as url:
        reader = someone(url)
        reader.open("/")
        assert reader.page.get_by_text("this machine only").count() == 1
        check(reader, "folder")
        for path in ("/runs", "/days", "/entities", "/try", "/service", f"/views/{running.view}/sql"):
            reader.open(path)
