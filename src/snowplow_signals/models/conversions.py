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
    lines = [_HEAD.rstrip("\n")]
    word = "if"
    for kind in KINDS:
        for leaf in dialect.leaves:
            sql = dialect.sql(dialect.convert(value, leaf, kind))
            lines += [f"  {{%- {word} kind == '{kind}' and leaf == '{leaf}' -%}}", f"  {sql}"]
            word = "elif"
        missing = dialect.sql(exp.cast(exp.null(), dialect.kind_type(kind), dialect=dialect.sqlglot_name))
        lines += [f"  {{%- elif kind == '{kind}' -%}}", f"  {missing}"]
    lines += ["  {%- endif -%}", "{%- endmacro %}", ""]
    return "\n".join(lines)
