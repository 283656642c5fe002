"""The macros of a generated project: whatever one calls is there, on every engine."""

import re

import pytest
from tests.golden.cases import CASES

from snowplow_signals.dialects import TARGET_TYPES, dialect_named
from snowplow_signals.plan import plan_view
from snowplow_signals.project.compile import compile_project

# one materialization may be there for all engines and, another one, for an engine
DEFINED = re.compile(r"(?:macro|materialization) (signals_\w+)(?!\w|, adapter)")
CALLED = re.compile(r"\b(signals_\w+)\(")


@pytest.mark.parametrize("target_type", TARGET_TYPES)
def test_every_macro_that_is_called_is_there(target_type: str) -> None:
    files = compile_project(plan_view(CASES["unique_list"]), dialect_named(target_type))
    macros = "".join(text for path, text in files.items() if path.startswith("macros/"))
    defined = DEFINED.findall(macros)
    assert len(defined) == len(set(defined)), "a macro is defined twice"
    whole = "".join(files.values())
    for name in re.findall(rf"macro {target_type}__(signals_\w+)", macros):  # what is said its own way, by this engine
        whole = re.sub(rf"macro default__{name}\(.*?endmacro", "", whole, flags=re.DOTALL)
    called = set(CALLED.findall(whole))
    assert called <= set(defined)


@pytest.mark.parametrize("target_type", TARGET_TYPES)
def test_every_macro_is_called(target_type: str) -> None:
    files = compile_project(plan_view(CASES["unique_list"]), dialect_named(target_type))
    whole = "".join(files.values())
    defined = {name for name in DEFINED.findall(whole) if f"materialization {name}" not in whole}
    assert {name for name in defined if len(re.findall(rf"\b{name}\b", whole)) < 2} == set()
