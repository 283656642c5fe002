"""Pieces of expressions that every dialect is made of."""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

Casting = Callable[[exp.Expr, str], exp.Expr]
"""Makes a cast of an expression to a type, which is named as the engine names it."""


def call(name: str, *arguments: exp.Expr) -> exp.Expr:
    """A function by the name that the engine has for it."""
    return exp.Anonymous(this=name, expressions=[argument.copy() for argument in arguments])


OVER_LINES = "over_lines"


def over_lines(expression: exp.Expr) -> exp.Expr:
    """The expression, which the layout may break at its sign."""
    expression.meta[OVER_LINES] = True
    return expression


def when(condition: exp.Expr, value: exp.Expr) -> exp.Case:
    """`value` where the condition holds, else null."""
    return exp.case().when(condition, value)


def castings(sqlglot_name: str) -> tuple[Casting, Casting]:
    """A cast that fails, or ends the statement, where the value does not fit; and one that returns null there."""

    def cast(value: exp.Expr, to: str) -> exp.Expr:
        return exp.Cast(this=value.copy(), to=exp.DataType.build(to, dialect=sqlglot_name))

    def try_cast(value: exp.Expr, to: str) -> exp.Expr:
        return exp.TryCast(this=value.copy(), to=exp.DataType.build(to, dialect=sqlglot_name))

    return cast, try_cast
