"""Users' text goes through templates and Jinja unchanged, and the SQL around it is laid out."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from jinja2.sandbox import SandboxedEnvironment

from snowplow_signals.project.models.layout import (
    block,
    comma_lines,
    fill,
    hanging,
    in_parentheses,
    jinja_safe,
    jinja_text,
)

ENVIRONMENT = SandboxedEnvironment(extensions=["jinja2.ext.do"])
"""As dbt renders models: in a sandbox, line breaks made \\n, the last one dropped."""

PIECES = ("{", "}", "{{", "{%", "{#", "#}", "%}", "-", "'", '"', "\\", "\r", "\n", "$", "x", " ", "🛒", "raw", "endraw")
texts = st.text(st.characters(exclude_categories=["Cs"])) | st.lists(st.sampled_from(PIECES)).map("".join)


def through_jinja(template: str) -> str:
    return ENVIRONMENT.from_string(template).render()


@given(texts)
@example("{\n")
@example("{\r{")
@example("{{ x }}{% raw %}{# c #}")
@example("{%- endraw -%}\n")
@example("a\r\nb\rc\n")
@example("{% set x = 1")
def test_jinja_passes_safe_text_through(text: str) -> None:
    assert through_jinja(f"'{jinja_safe(text)}'") == f"'{text}'"


@given(texts)
@example("{\n")
def test_safe_text_has_no_line_breaks_that_the_layout_could_indent(text: str) -> None:
    safe = jinja_safe(text)
    assert "\n" not in safe
    assert "\r" not in safe


@given(texts)
@example("it's \\' }} %} {{")
@example("\N{SHOPPING TROLLEY}\x00\x7f\x85\u2028\\")
def test_jinja_reads_literals_back(text: str) -> None:
    assert through_jinja("<{{ " + jinja_text(text) + " }}>") == f"<{text}>"
    assert through_jinja("{% set x = {'a': [" + jinja_text(text) + "]} %}<{{ x['a'][0] }}>") == f"<{text}>"


@given(texts)
def test_literals_are_plain_ascii_on_one_line(text: str) -> None:
    literal = jinja_text(text)
    assert literal.isascii()
    assert literal.isprintable()


@given(texts)
def test_what_is_filled_in_is_not_looked_at_again(text: str) -> None:
    assert fill("select $a, '${b}' as c\n", a=text, b="$a") == f"select {text}, '$a' as c\n"


def test_lines_are_indented_as_their_placeholder() -> None:
    assert fill("select\n    $columns\nfrom t\n", columns="a,\nb,\n\nc") == "select\n    a,\n    b,\n\n    c\nfrom t\n"


def test_what_stands_after_a_placeholder_stays_after_its_last_line() -> None:
    assert fill("    $a,\n    c", a="x\ny") == "    x\n    y,\n    c"


@pytest.mark.parametrize(("text", "expected"), [("a\n    $x\nb", "a\nb"), ("a\n    $x,\nb", "a\nb"), ("a $x", "a ")])
def test_a_line_of_nothing_goes(text: str, expected: str) -> None:
    assert fill(text, x="") == expected


@pytest.mark.parametrize("text", ["$missing", "a\n  $missing\n", "'${missing}'"])
def test_a_placeholder_that_nobody_fills_is_an_error(text: str) -> None:
    with pytest.raises(KeyError, match="missing"):
        fill(text, other="x")


def test_laying_out() -> None:
    assert comma_lines(["a", "b"]) == "a,\nb"
    assert hanging("a\nb") == "a\n    b"
    assert block("a\nb") == "(\n    a\n    b\n)"
    assert in_parentheses("a") == "(a)"
    assert in_parentheses("a\nb") == "(\n    a\n    b\n)"
