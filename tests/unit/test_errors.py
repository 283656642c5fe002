"""The error tree, what each error says, and what importing the package costs."""

import copy
import pickle
import subprocess
import sys

import pytest

import snowplow_signals
from snowplow_signals import errors
from snowplow_signals.errors import DefinitionError, Problem, RunError, SignalsError, did_you_mean


def tree(root: type[SignalsError]) -> list[type[SignalsError]]:
    """The errors of `errors.py`: what a part of the package adds for itself is its own business."""
    children = [child for child in root.__subclasses__() if child.__module__ == errors.__name__]
    return [root, *(below for child in children for below in tree(child))]


def test_every_error_is_drawn_in_the_tree_with_its_exit_code():
    drawing = errors.__doc__ or ""
    for error in tree(SignalsError):
        assert error.__name__ in drawing
        if error is not SignalsError:
            line = next(line for line in drawing.splitlines() if f"+-- {error.__name__} " in line)
            assert line.split(error.__name__)[1].split()[0] == str(error.exit_code)


def test_a_definition_error_lists_all_problems_one_per_line():
    error = DefinitionError([Problem("attribute 'x'", "is wrong"), Problem("", "so is this")])
    assert str(error) == "attribute 'x': is wrong\nso is this"
    assert error.exit_code == 2
    assert DefinitionError("alone").problems == (Problem("", "alone"),)
    assert DefinitionError(Problem("a", "b")).problems == (Problem("a", "b"),)


@pytest.mark.parametrize("clone", [copy.copy, lambda error: pickle.loads(pickle.dumps(error))])
def test_a_definition_error_can_be_sent_elsewhere(clone):
    error = DefinitionError([Problem("a", "b"), Problem("c", "d")])
    assert clone(error).problems == error.problems
    assert str(clone(error)) == str(error)


def test_a_run_error_knows_its_project_and_model():
    error = RunError("no such column", project="shop_1", model="shop_1_attributes")
    assert (str(error), error.project, error.model) == ("no such column", "shop_1", "shop_1_attributes")


def test_did_you_mean():
    assert did_you_mean("page_urlpth", ["page_urlpath", "event"]) == "; did you mean 'page_urlpath'?"
    assert did_you_mean("Offline", ["offline"]) == "; did you mean 'offline'?"
    assert did_you_mean("zzz", ["page_urlpath"]) == ""


def test_every_public_name_can_be_imported_and_is_listed():
    for name in snowplow_signals.__all__:
        assert getattr(snowplow_signals, name) is not None
    assert set(snowplow_signals.__all__) <= set(dir(snowplow_signals))
    assert {error.__name__ for error in tree(SignalsError)} <= set(snowplow_signals.__all__)
    with pytest.raises(AttributeError, match="no attribute 'Vieww'"):
        _ = snowplow_signals.Vieww


def test_importing_the_package_imports_nothing_heavy():
    code = (
        "import sys, snowplow_signals; print([m for m in ('pydantic', 'duckdb', 'dbt', 'sqlglot') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
