"""Pieces of expressions that every dialect is made of."""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

Casting = Callable[[exp.Expression, str], exp.Expression]
"""Makes a cast of an expression to a type, which is named as the engine names it."""


def call(name: str, *arguments: exp.Expression) -> exp.Expression:
    """A function by the name that the engine has for it."""
    return exp.Anonymous(this=name, expressions=[argument.copy() for argument in arguments])


def when(condition: exp.Expression, value: exp.Expression) -> exp.Case:
    """`value` where the condition holds, else null."""
    return exp.case().when(condition, value)


def castings(sqlglot_name: str) -> tuple[Casting, Casting]:
    """A cast that fails, or ends the statement, where the value does not fit; and one that gives null there."""

    def cast(value: exp.Expression, to: str) -> exp.Expression:
        return exp.Cast(this=value.copy(), to=exp.DataType.build(to, dialect=sqlglot_name))

    def try_cast(value: exp.Expression, to: str) -> exp.Expression:
        return exp.TryCast(this=value.copy(), to=exp.DataType.build(to, dialect=sqlglot_name))

    return cast, try_cast
