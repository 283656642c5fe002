"""Whatever can be used is documented, and whatever the documentation names is there."""

import re
from pathlib import Path
from typing import Any

import pytest
from tests.documentation import COMMANDS, parts_of, with_parts

from snowplow_signals import AGGREGATIONS, Attribute
from snowplow_signals.definitions.aggregations import TYPES_OF
from snowplow_signals.project.accounting import ROW_COUNTS
from snowplow_signals.project.models import MODELS
from snowplow_signals.project.variables import OLDER_NAMES, VARIABLES
from snowplow_signals.run.runner import OUTCOME

ROOT = Path(__file__).parents[2]
FILES = [*(ROOT / "docs").rglob("*.md"), *ROOT.glob("*.md")]
PAGES = {str(file.relative_to(ROOT)): file.read_text("utf-8") for file in FILES}
MADE = [page for page in PAGES if parts_of(PAGES[page])]


def sections(page: str) -> dict[str, str]:
    """Heading, without its marks, to the text below it."""
    parts = re.split(r"^#+ +(.*)$", re.sub(r"^```.*?^```", "", PAGES[page], flags=re.M | re.S), flags=re.M)
    return dict(zip([heading.replace("`", "") for heading in parts[1::2]], parts[2::2], strict=True))


@pytest.mark.parametrize("page", MADE)
def test_what_is_made_from_the_code_is_as_the_code_has_it(page: str) -> None:
    assert with_parts(PAGES[page]) == PAGES[page], f"{page}: type `make reference`"


def test_every_command_has_its_call_and_its_options() -> None:
    """Two are other names of a command, and name its options."""
    same = {"materialize", "test_connection"}
    parts = parts_of(PAGES["docs/reference/cli.md"])
    assert [part for part in parts if part.startswith("call ")] == [
        f"call {name}" for name in sections("docs/reference/cli.md") if name in COMMANDS
    ]
    assert {part.removeprefix("options ") for part in parts if part.startswith("options ")} == set(COMMANDS) - same
    assert set(sections("docs/reference/cli.md")) >= set(COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_option_is_documented_also_those_that_help_hides(command: str) -> None:
    section = sections("docs/reference/cli.md")[command]
    for option in COMMANDS[command].params:
        for spelling in (*option.opts, *option.secondary_opts):
            if spelling.startswith("--"):
                assert re.search(rf"{spelling}(?![a-z-])", section), f"{command} {spelling}"


def test_every_aggregation_is_documented_with_an_example() -> None:
    page = PAGES["docs/reference/aggregations.md"]
    assert set(AGGREGATIONS) <= set(sections("docs/reference/aggregations.md"))
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
    for line in PAGES["docs/reference/aggregations.md"].splitlines():
        if not line.startswith("| [`"):
            continue
        cells = [cell.strip() for cell in line.split("|")]
        expanded = cells[3].replace("numeric", " ".join(f"`{name}`" for name in numeric))
        types = set(re.findall(r"`(\w+)`", expanded))
        for name in re.findall(r"\[`(\w+)`\]", cells[1]):
            if types:
                assert types == set(TYPES_OF[name]), name


def test_no_page_names_a_variable_that_is_not_there() -> None:
    everywhere = {name for text in PAGES.values() for name in re.findall(r"snowplow__\w+", text)}
    assert everywhere <= {variable.name for variable in VARIABLES} | set(OLDER_NAMES) | {"snowplow__"}


def test_every_model_is_described() -> None:
    page = PAGES["docs/explanation/how-a-run-works.md"]
    assert [name for _, name, _ in MODELS if f"| `<p>_{name}` |" not in page] == []


def test_the_columns_of_the_accounting_are_described() -> None:
    section = sections("docs/reference/tables.md")["run_history"]
    named = set(re.findall(r"`(\w+)`", "".join(line.split("|")[1] for line in section.splitlines() if "|" in line)))
    assert {*ROW_COUNTS, *OUTCOME} <= named


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    here = ROOT / page
    for target in re.findall(r"\]\(([^)]+)\)", re.sub(r"^```.*?^```", "", PAGES[page], flags=re.M | re.S)):
        if target.startswith("http"):
            continue
        path, _, anchor = target.partition("#")
        file = (here.parent / path).resolve() if path else here
        assert file.exists(), f"{page}: {target}"
        if anchor:
            anchors = {_anchor(heading) for heading in sections(str(file.relative_to(ROOT)))}
            assert anchor in anchors, f"{page}: {target}"


def _anchor(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def test_contributing_says_where_everything_is() -> None:
    page = PAGES["CONTRIBUTING.md"]
    package = ROOT / "src" / "snowplow_signals"
    parts = [*package.glob("[!_]*.py"), *(file.parent for file in package.glob("*/__init__.py"))]
    assert [part.name for part in parts if f"`{part.name}{'/' * part.is_dir()}" not in page] == []
    places = re.findall(r"`((?:\w+/)+[\w.]*)`", page)
    roots = (ROOT, package, package / "dialects" / "duckdb")
    assert [place for place in places if not any((root / place).exists() for root in roots)] == []


def test_the_readme_shows_the_view_as_the_example_has_it() -> None:
    snippets = re.findall(r"^```python\n(.*?)^```", PAGES["README.md"], flags=re.M | re.S)
    example = (ROOT / "examples" / "ecommerce.py").read_text()
    imports, _, view = snippets[0].partition("\nview = ")
    assert imports.strip().splitlines()[-1] in example
    assert view in example
