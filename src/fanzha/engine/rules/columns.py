"""An expression over a table: the Polars back end."""

from __future__ import annotations

import operator
from collections.abc import Callable
from functools import reduce
from typing import Any, cast

import polars as pl

from fanzha.engine.rules.expression import (
    Absolute,
    Arithmetic,
    Coalesce,
    Compare,
    IsNull,
    Literal,
    Logic,
    Name,
    Node,
    Not,
    Type,
    Within,
    names,
)
from fanzha.engine.rules.single import to_python

_OPERATORS: dict[str, Callable[[Any, Any], pl.Expr]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "and": operator.and_,
    "or": operator.or_,
}


_DTYPES: dict[Type, type[pl.DataType]] = {Type.NUMBER: pl.Float64, Type.BOOLEAN: pl.Boolean, Type.TEXT: pl.String}


def to_polars(node: Node) -> pl.Expr:
    """The expression over columns named as the features."""
    if not names(node):
        return _constant(node)
    match node:
        case Name():
            column = pl.col(node.name)
            return column.cast(pl.Float64) if node.type is Type.NUMBER else column
        case Logic():
            return reduce(_OPERATORS[node.operator], map(to_polars, node.items))
        case Not():
            return ~to_polars(node.item)
        case Compare():
            return _OPERATORS[node.operator](to_polars(node.left), to_polars(node.right))
        case IsNull():
            return to_polars(node.item).is_null()
        case Within() | Arithmetic() | Absolute() | Coalesce():
            return _value(node)
        case Literal():
            return _constant(node)


def _constant(node: Node) -> pl.Expr:
    """A part without features, worked out once and spread over the table's rows here: Polars does not always do so with a literal whose partner is a
    column of nothing but nulls (one row in the answer, whatever the table's height)."""
    value = cast("float | str | bool | None", to_python(node)({}))
    return pl.repeat(value, pl.len(), dtype=_DTYPES[node.type])


def _value(node: Within | Arithmetic | Absolute | Coalesce) -> pl.Expr:
    match node:
        case Within():
            item = to_polars(node.item)
            hits = [item == (float(value) if node.item.type is Type.NUMBER else value) for value in node.values]
            return reduce(operator.or_, hits)
        case Arithmetic():
            found = _OPERATORS[node.operator](to_polars(node.left), to_polars(node.right))
            return pl.when(found.is_finite()).then(found)
        case Absolute():
            return to_polars(node.item).abs()
        case Coalesce():
            return pl.coalesce(*map(to_polars, node.items))
