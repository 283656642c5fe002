"""What dbt works out again and again in one process though nothing of it changes, worked out once.

dbt does the same with and without it: the text of a template compiles to the same code, the macros of a project are the
same for each of its models. A test in tests/e2e/test_readme.py and others run the installed command as it is.
"""

from __future__ import annotations

import functools
from typing import Any

import pytest


@functools.cache
def make_dbt_quick() -> None:
    """For the rest of this process, and the children that it forks."""
    import parsedatetime
    from dbt.clients.jinja import MacroGenerator
    from dbt.context.configured import ConfiguredContext
    from dbt.context.manifest import ManifestContext
    from dbt_common.behavior_flags import BehaviorFlagRendered
    from dbt_common.tests import enable_test_caching
    from jinja2 import Environment

    enable_test_caching()  # what dbt keeps for tests of its own: the parsed macros, and the installed plugins
    parsedatetime.Constants = functools.lru_cache(parsedatetime.Constants)  # it types the results of queries with them
    compile_template = Environment.compile
    compiled: dict[tuple, Any] = {}

    def compile_once(self: Any, source: Any, *more: Any, **options: Any) -> Any:
        key = (type(self), source, *more, *options.items())
        if key not in compiled:
            compiled[key] = compile_template(self, source, *more, **options)
        return compiled[key]

    Environment.compile = compile_once
    # for the text of a warning dbt looks through all loaded modules, for each flag of each adapter that it makes: in a
    # process that has loaded all engines' clients this took most of the time
    BehaviorFlagRendered._default_source = staticmethod(lambda: "dbt.adapters")
    to_dict = ConfiguredContext.to_dict

    def with_macros(self: Any) -> dict[str, Any]:
        found = to_dict(self)
        for macros in reversed(list(self.namespace._search_order())):
            found.update(macros)
        return found

    ManifestContext.to_dict = with_macros

    def make_macro(self: Any, macro: Any, context: Any = None, node: Any = None, stack: Any = None) -> None:
        self.macro, self.context, self.node, self.stack = macro, context, node, stack

    MacroGenerator.__init__ = make_macro  # some hundred for each template


@pytest.fixture(scope="session", autouse=True)
def quick_dbt() -> None:
    """For the folders of tests whose conftest.py imports it."""
    make_dbt_quick()
