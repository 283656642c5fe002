"""What users are told when dbt or an engine stops a run, without any of dbt's words around it."""

import pytest

from snowplow_signals.deployment.dbt import engine_words
from snowplow_signals.warehouse.connection import BUSY, busy


@pytest.mark.parametrize(
    ("message", "words"),
    [
        (
            "Compilation Error in model shop_1_definition (models/take/shop_1_definition.sql)\n"
            "  The definition is not the one that the tables were built from:\n"
            "    attribute x is new\n"
            "  Either declare a new version.\n"
            "  \n"
            "  > in macro signals_check_definition (macros/signals_definition.sql)\n"
            "  > called by model shop_1_definition (models/take/shop_1_definition.sql)",
            "The definition is not the one that the tables were built from:\n"
            "  attribute x is new\n"
            "Either declare a new version.",
        ),
        (
            "Runtime Error in model shop_1_attributes (models/publish/shop_1_attributes.sql)\n"
            "  Binder Error: no column\n"
            "  \n"
            "  LINE 3: select x\n"
            "                 ^",
            "Binder Error: no column\n\nLINE 3: select x\n               ^",
        ),
        (
            "Database Error in model a (b.sql)\n  no room\n  compiled code at target/run/a.sql",
            "no room",
        ),
        ("Runtime Error\n  Could not find it", "Could not find it"),
        ("plain words", "plain words"),
        ("", ""),
    ],
)
def test_the_engines_words(message: str, words: str) -> None:
    assert engine_words(message) == words


def test_a_database_that_is_taken() -> None:
    words = 'IO Error: Could not set lock on file "/a.duckdb": Conflicting lock is held in python (PID 12)'
    assert BUSY.search(words)
    error = busy("shop_1", words)
    assert error.project == "shop_1"
    assert error.exit_code == 1
    assert str(error).startswith("another run, or another program, holds the database of shop_1; nothing was done.")
    assert words in str(error)
