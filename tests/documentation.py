"""The parts of the documentation that are made from the code.

They are kept in the pages, between two comments, so that the pages read the same in the repository and on the site:

    <!-- made: options run -->
    ...
    <!-- end -->

`make reference` writes them anew; tests/unit/test_docs.py compares.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import typer
import yaml
from tests.documentation_http import http
from tests.documentation_tables import prose, table

from snowplow_signals import AtomicProperty, Attribute, View, user_entity
from snowplow_signals.cli.app import app
from snowplow_signals.dialects import dialect_named
from snowplow_signals.plan import plan_view
from snowplow_signals.project.compile import compile_project
from snowplow_signals.project.models import MODELS
from snowplow_signals.project.variables import OLDER_NAMES, VARIABLES
from snowplow_signals.run.metrics_file import METRICS as RUN_METRICS
from snowplow_signals.server.metrics import METRICS

DOCS = Path(__file__).parents[1] / "docs"
_PART = re.compile(r"(<!-- made: (.*?) -->\n).*?(<!-- end -->)", re.DOTALL)


def commands(group: Any, words: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, (*words, name))
        else:
            yield " ".join((*words, name)), command


COMMANDS: dict[str, Any] = dict(commands(typer.main.get_command(app)))


def with_parts(page: str) -> str:
    """The page with its parts as the code has them now."""

    def made(found: re.Match[str]) -> str:
        kind, _, what = found[2].partition(" ")
        return f"{found[1]}\n{PARTS[kind](what)}\n\n{found[3]}"

    return _PART.sub(made, page)


def parts_of(page: str) -> list[str]:
    """What the made parts of a page are called."""
    return [found[2] for found in _PART.finditer(page)]


def write() -> None:
    """Write the parts of all pages anew."""
    for file in sorted(DOCS.rglob("*.md")):
        text = file.read_text("utf-8")
        if (new := with_parts(text)) != text:
            file.write_text(new, "utf-8")
            print(f"{file.relative_to(DOCS.parent)} changed")  # noqa: T201 - a command of its own


def options(command: str) -> str:
    """A table of the options of a command, as its help describes them."""
    params = [param for param in COMMANDS[command].params if param.param_type_name == "option" and not param.hidden]
    return table(("option", "environment", "meaning"), map(_option, params))


def _option(option: Any) -> tuple[str, str, str]:
    spellings = [f"`{text}`" for text in (*option.opts, *option.secondary_opts)]
    takes = option.metavar or ("|".join(option.type_descriptor.choices) if _choices(option) else "")
    if takes:
        spellings[0] = f"`{option.opts[0]} {takes}`".replace("|", "\\|")
    names = [option.envvar] if isinstance(option.envvar, str) else option.envvar or []
    meaning = prose(option.help or "")
    if option.required:
        meaning += " Required."
    elif option.default not in (None, False, ""):
        meaning += f" Default: `{_default(option)}`."
    return ", ".join(spellings), ", ".join(f"`{name}`" for name in names), meaning


def _choices(option: Any) -> bool:
    return bool(getattr(option.type_descriptor, "choices", None))


def _default(option: Any) -> str:
    return option.opts[0] if option.default is True else str(option.default)


def arguments(command: str) -> str:
    """The line that a command is called by."""
    named = [param.metavar or param.name.upper() for param in COMMANDS[command].params if _is_argument(param)]
    return f"```\n{' '.join(['snowplow-batch-engine', command, *named, '[OPTIONS]'])}\n```"


def _is_argument(param: Any) -> bool:
    return bool(param.param_type_name == "argument")


def variables(_: str) -> str:
    """A table of the variables, and the older names of some."""
    rows = [(f"`{one.name}`", one.kind, _yaml(one.default), _sentence(one.meaning)) for one in VARIABLES]
    older = [(f"`{name}`", f"`{instead}`") for name, instead in OLDER_NAMES.items()]
    return "\n\n".join(
        (
            table(("variable", "kind", "default", "meaning"), rows),
            "Older names are still accepted, with a warning:",
            table(("older name", "variable"), older),
        )
    )


def _yaml(value: object) -> str:
    if value is None:
        return "not set"
    shown = str(value).lower() if isinstance(value, bool) else "[]" if value == () else str(value)
    return f"`{shown}`"


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def tables(folder: str) -> str:
    """The models of a phase in the order in which they are built, with where they are and what they are."""
    path = AtomicProperty(name="page_urlpath")
    view = View(
        name="shop",
        entity=user_entity,
        attributes=[Attribute(name="pages", type="string_list", aggregation="unique_list", property=path)],
        offline=True,
        owner="you@example.com",
        snapshot=True,
    )
    plan = plan_view(view)
    files = compile_project(plan, dialect_named("duckdb"))
    described = {
        model["name"].removeprefix(f"{plan.project_name}_"): model["description"]
        for model in yaml.safe_load(files["models/schema.yml"])["models"]
    }
    described["attributes"] = "The result: one row per entity, one column per attribute."
    rows = []
    for phase, name, _ in MODELS:
        if phase == folder:
            sql = files[f"models/{phase}/{plan.project_name}_{name}.sql"]
            schema = _schema(sql)
            rows.append((f"`<p>_{name}`", f"`_{schema}`", described[name]))
    return table(("table", "schema", "holds"), rows)


def _schema(sql: str) -> str:
    """The suffix of the schema that a model is in."""
    found = re.search(r"schema='(\w+)'", sql)
    assert found, sql
    return found[1]


def statements(_: str) -> str:
    """The statements of a run, as they are held by a test."""
    from tests.engines.test_statements import SENT
    from tests.warehouses import WAREHOUSES

    engines = ("snowflake", "bigquery", "spark", "postgres")
    titles = [WAREHOUSES[name].dialect.title for name in engines]
    kinds = {"idle": "nothing to do", "ordinary": "ordinary"}
    return table(("", *titles), [(kinds[kind], *(str(SENT[name][kind]) for name in engines)) for kind in kinds])


def metrics(of: str) -> str:
    """A table of what `/metrics` has, or the file of a run."""
    found = [(one.name, one.kind, one.labels, one.meaning) for one in METRICS]
    if of == "run":
        found = [(name, "gauge", labels, meaning) for name, (labels, meaning) in RUN_METRICS.items()]
    rows = [
        (f"`{name}`", kind, ", ".join(f"`{label}`" for label in labels), meaning)
        for name, kind, labels, meaning in found
    ]
    return table(("metric", "kind", "labels", "meaning"), rows)


PARTS: dict[str, Callable[[str], str]] = {
    "options": options,
    "call": arguments,
    "variables": variables,
    "tables": tables,
    "http": http,
    "metrics": metrics,
    "statements": statements,
}

if __name__ == "__main__":
    write()
