"""The macro that turns a stored value of any class into text, number, boolean or time, as the dialect says it."""

from __future__ import annotations

from sqlglot import exp

from snowplow_signals.dialects.base import Dialect

KINDS = ("text", "number", "boolean", "time")

_HEAD = """\
{% macro signals_convert(value, leaf, kind) -%}
  {#- A stored value of class `leaf` as `kind`; null where it stands for none. -#}
"""


def conversions(dialect: Dialect) -> str:
    value = exp.Var(this="{{ value }}")
    json_text = dialect.sql(dialect.text_of_json(value))
    lines = [
        *_HEAD.splitlines(),
        "  {%- if leaf == 'json' and kind != 'text' -%}",
        f"  {{%- set text -%}}{json_text}{{%- endset -%}}",
        "  {{ signals_convert(text, 'text', kind) }}",
    ]
    for kind in KINDS:
        missing = dialect.sql(exp.cast(exp.null(), dialect.kind_type(kind), dialect=dialect.sqlglot_name))
        for sql, leaves in _ways(kind, dialect).items():
            if sql != missing:
                lines += [f"  {{%- elif kind == '{kind}' and leaf {_one_of(leaves)} -%}}", f"  {sql}"]
        lines += [f"  {{%- elif kind == '{kind}' -%}}", f"  {missing}"]
    return "\n".join([*lines, "  {%- endif -%}", "{%- endmacro %}", ""])


def _ways(kind: str, dialect: Dialect) -> dict[str, list[str]]:
    """How stored values become `kind`: the SQL, and the classes that it is for."""
    ways: dict[str, list[str]] = {}
    for leaf in dialect.leaves:
        if leaf != "json" or kind == "text":
            sql = dialect.sql(dialect.convert(exp.Var(this="{{ value }}"), leaf, kind))
            ways.setdefault(sql, []).append(leaf)
    return ways


def _one_of(leaves: list[str]) -> str:
    return f"== '{leaves[0]}'" if len(leaves) == 1 else f"in ({', '.join(repr(leaf) for leaf in leaves)})"
