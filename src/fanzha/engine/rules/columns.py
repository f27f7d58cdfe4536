"""An expression over a table: the Polars back end."""

from __future__ import annotations

import operator
from collections.abc import Callable
from functools import reduce
from typing import Any

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
)

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


def to_polars(node: Node) -> pl.Expr:
    """The expression over columns named as the features."""
    match node:
        case Name():
            column = pl.col(node.name)
            return column.cast(pl.Float64) if node.type is Type.NUMBER else column
        case Literal():
            return pl.lit(float(node.value)) if node.type is Type.NUMBER else pl.lit(node.value)
        case Logic():
            return reduce(_OPERATORS[node.operator], map(to_polars, node.items))
        case Not():
            return ~to_polars(node.item)
        case Compare():
            return _OPERATORS[node.operator](to_polars(node.left), to_polars(node.right))
        case IsNull():
            return to_polars(node.item).is_null()
        case _:
            return _value(node)


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
