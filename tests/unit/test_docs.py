"""Whatever can be used is documented, and whatever the documentation names is there."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from snowplow_signals import AGGREGATIONS, Attribute
from snowplow_signals.cli.app import app
from snowplow_signals.definitions.attributes import TYPES_OF
from snowplow_signals.models import MODELS
from snowplow_signals.settings import OLDER_NAMES, VARIABLES

ROOT = Path(__file__).parents[2]
PAGES = {page.name: page.read_text() for page in [*(ROOT / "docs").glob("*.md"), *ROOT.glob("*.md")]}


def commands(group: Any, words: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, (*words, name))
        else:
            yield " ".join((*words, name)), command


COMMANDS = dict(commands(typer.main.get_command(app)))


def sections(page: str) -> dict[str, str]:
    """Heading, without its marks, to the text below it."""
    parts = re.split(r"^#+ +(.*)$", re.sub(r"^```.*?^```", "", PAGES[page], flags=re.M | re.S), flags=re.M)
    return dict(zip([heading.replace("`", "") for heading in parts[1::2]], parts[2::2], strict=True))


def documented(command: str) -> str:
    """What the pages say about a command, in sections of its name."""
    found = [sections(page)[command] for page in PAGES if command in sections(page)]
    assert found, f"no page has a section `{command}`"
    return "\n".join(found)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_and_option_is_documented(command: str) -> None:
    section = documented(command) + sections("cli.md")["Options that many commands have"]
    for option in COMMANDS[command].params:
        for spelling in option.opts:
            if spelling.startswith("--"):
                assert re.search(rf"{spelling}(?![a-z-])", section), f"{command} {spelling}"
        variables = [option.envvar] if isinstance(option.envvar, str) else option.envvar or []
        if command != "materialize":
            assert all(f"`{variable}`" in section for variable in variables), f"{command} {variables}"


@pytest.mark.parametrize("command", COMMANDS)
def test_no_option_is_documented_that_is_not_there(command: str) -> None:
    known = {spelling for option in COMMANDS[command].params for spelling in option.opts}
    rows = [line.split("|")[1] for line in documented(command).splitlines() if line.startswith("| `--")]
    assert set(re.findall(r"--[a-z-]+", " ".join(rows))) <= known


def test_every_aggregation_is_documented_with_an_example() -> None:
    page = PAGES["aggregations.md"]
    assert set(AGGREGATIONS) <= set(sections("aggregations.md"))
    code = "\n".join(re.findall(r"^```python\n(.*?)^```", page, flags=re.M | re.S))
    made: list[Attribute] = []

    def remember(**arguments: Any) -> None:
        made.append(Attribute(**arguments))

    names: dict[str, Any] = {}
    setup, _, examples = code.partition("\nAttribute(")
    exec(setup, names)
    exec(f"Attribute({examples}", {**names, "Attribute": remember})
    assert {attribute.aggregation for attribute in made} == set(AGGREGATIONS)


def test_the_table_of_aggregations_has_their_types() -> None:
    numeric = ("int32", "int64", "double", "float")
    for line in PAGES["aggregations.md"].splitlines():
        if not line.startswith("| [`"):
            continue
        cells = [cell.strip() for cell in line.split("|")]
        expanded = cells[3].replace("numeric", " ".join(f"`{name}`" for name in numeric))
        types = set(re.findall(r"`(\w+)`", expanded))
        for name in re.findall(r"\[`(\w+)`\]", cells[1]):
            if types:
                assert types == set(TYPES_OF[name]), name


def test_every_variable_is_documented_with_its_default() -> None:
    page = PAGES["variables.md"]
    rows = {
        cells[1].strip().strip("`"): cells[2].strip() for line in page.splitlines() if len(cells := line.split("|")) > 3
    }
    for variable in VARIABLES:
        default = variable.default
        shown = "not set" if default is None else f"`{_yaml(default)}`"
        assert rows[variable.name] == shown, variable.name
    assert all(name in page for name in OLDER_NAMES)
    everywhere = {name for text in PAGES.values() for name in re.findall(r"snowplow__\w+", text)}
    assert everywhere <= {variable.name for variable in VARIABLES} | set(OLDER_NAMES) | {"snowplow__"}


def _yaml(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "[]" if value == () else str(value)


def test_every_model_is_described() -> None:
    page = PAGES["how-a-run-works.md"]
    assert [name for _, name, _ in MODELS if f"| `<p>_{name}` |" not in page] == []


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    here = ROOT / "docs" / page if (ROOT / "docs" / page).exists() else ROOT / page
    for target in re.findall(r"\]\(([^)]+)\)", PAGES[page]):
        if target.startswith("http"):
            continue
        path, _, anchor = target.partition("#")
        file = (here.parent / path).resolve() if path else here
        assert file.exists(), f"{page}: {target}"
        if anchor:
            anchors = {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in sections(file.name)}
            assert anchor in anchors, f"{page}: {target}"


def test_the_readme_shows_the_view_as_the_example_has_it() -> None:
    snippets = re.findall(r"^```python\n(.*?)^```", PAGES["README.md"], flags=re.M | re.S)
    example = (ROOT / "examples" / "ecommerce.py").read_text()
    imports, _, view = snippets[0].partition("\nview = ")
    assert imports.strip().splitlines()[-1] in example
    assert view in example
