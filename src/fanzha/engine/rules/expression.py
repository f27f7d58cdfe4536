"""The expression language of rules: a small, typed part of SQL.

Allowed: names of known features; numbers, strings, TRUE, FALSE; AND OR NOT; = <> < <= > >=; BETWEEN; IN (literals); IS [NOT] NULL; + - * /;
unary minus; COALESCE; ABS; parentheses. Anything else is refused with its line and column.

Meaning (the same in both back ends): SQL's three-valued logic. Numbers are double precision; an arithmetic result that is not finite, so also a
division by zero, is null. Numbers in rows are finite and, where whole, within ±2^53.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

import sqlglot
from sqlglot import exp
from sqlglot.errors import ParseError, SqlglotError

from fanzha.kit.errors import InvalidInput

LONGEST = 4000  # characters
DEEPEST = 24  # nested operations
LARGEST_WHOLE = 2**53

Scalar: TypeAlias = float | int | str | bool | None


class Type(StrEnum):
    """What a value is."""

    NUMBER = "number"
    BOOLEAN = "boolean"
    TEXT = "text"


class InvalidExpression(InvalidInput):
    """The expression is not allowed in a rule."""

    code = "invalid_expression"

    def __init__(self, reason: str, line: int = 1, column: int = 1) -> None:
        self.reason, self.line, self.column = reason, line, column
        super().__init__(f"Line {line}, column {column}: {reason}", line=line, column=column)


@dataclass(frozen=True)
class Name:
    """A feature."""

    name: str
    type: Type


@dataclass(frozen=True)
class Literal:
    """A number, a string, TRUE or FALSE."""

    value: float | int | str | bool
    type: Type


@dataclass(frozen=True)
class Logic:
    """AND or OR of two or more conditions."""

    operator: str  # "and" | "or"
    items: tuple[Node, ...]
    type: Type = Type.BOOLEAN


@dataclass(frozen=True)
class Not:
    item: Node
    type: Type = Type.BOOLEAN


@dataclass(frozen=True)
class Compare:
    """One of == != < <= > >= between two values of one type."""

    operator: str
    left: Node
    right: Node
    type: Type = Type.BOOLEAN


@dataclass(frozen=True)
class Within:
    """`item IN (values)`: at least one value, all of the item's type, none null."""

    item: Node
    values: tuple[float | int | str | bool, ...]
    type: Type = Type.BOOLEAN


@dataclass(frozen=True)
class IsNull:
    item: Node
    type: Type = Type.BOOLEAN


@dataclass(frozen=True)
class Arithmetic:
    """One of + - * / between two numbers."""

    operator: str
    left: Node
    right: Node
    type: Type = Type.NUMBER


@dataclass(frozen=True)
class Absolute:
    item: Node
    type: Type = Type.NUMBER


@dataclass(frozen=True)
class Coalesce:
    """The first value that is not null; all of one type."""

    items: tuple[Node, ...]
    type: Type


Node: TypeAlias = Name | Literal | Logic | Not | Compare | Within | IsNull | Arithmetic | Absolute | Coalesce

_COMPARE: dict[type[exp.Expr], str] = {exp.EQ: "==", exp.NEQ: "!=", exp.LT: "<", exp.LTE: "<=", exp.GT: ">", exp.GTE: ">="}
_ARITHMETIC: dict[type[exp.Expr], str] = {exp.Add: "+", exp.Sub: "-", exp.Mul: "*", exp.Div: "/"}
_ORDERED_ONLY_NUMBERS = frozenset({"<", "<=", ">", ">="})


def parse(text: str, features: Mapping[str, Type], wanted: Type = Type.BOOLEAN) -> Node:
    """The tree of an expression over these features, whose value is of the wanted type.

    Raises:
        InvalidExpression: with line and column (from 1) and the reason.
    """
    if len(text) > LONGEST:
        raise InvalidExpression(f"The expression is longer than {LONGEST} characters.")
    if not text.strip():
        raise InvalidExpression("The expression is empty.")
    try:
        tree = sqlglot.parse_one(text)
    except ParseError as wrong:
        place = wrong.errors[0] if wrong.errors else {}
        raise InvalidExpression("This is not an SQL expression.", int(place.get("line") or 1), int(place.get("col") or 1)) from wrong
    except (SqlglotError, RecursionError) as wrong:
        raise InvalidExpression("This is not an SQL expression.") from wrong
    node = _Reader(text, features).read(tree)
    if node.type is not wanted:
        raise InvalidExpression(f"The expression must be a {wanted.value}, but is a {node.type.value}.")
    return node


def names(node: Node) -> frozenset[str]:
    """The features that the expression reads."""
    return frozenset(each.name for each in walk(node) if isinstance(each, Name))


def walk(node: Node) -> Iterator[Node]:
    """The node and everything below it."""
    yield node
    for below in children(node):
        yield from walk(below)


def children(node: Node) -> tuple[Node, ...]:
    """The nodes directly below."""
    match node:
        case Logic() | Coalesce():
            return node.items
        case Compare() | Arithmetic():
            return (node.left, node.right)
        case Not() | Within() | IsNull() | Absolute():
            return (node.item,)
        case _:
            return ()


class _Reader:
    """Turns sqlglot's tree into ours, refusing what is not on the list."""

    def __init__(self, text: str, features: Mapping[str, Type]) -> None:
        self._text = text
        self._features = features
        self._depth = 0

    def read(self, tree: exp.Expr) -> Node:
        self._depth += 1
        if self._depth > DEEPEST:
            raise self._wrong(tree, f"The expression nests deeper than {DEEPEST}.")
        try:
            return self._read(tree)
        finally:
            self._depth -= 1

    def _read(self, tree: exp.Expr) -> Node:
        kind = type(tree)
        if kind in _COMPARE:
            return self._compare(tree, _COMPARE[kind], self.read(tree.this), self.read(tree.expression))
        if kind in _ARITHMETIC:
            return Arithmetic(_ARITHMETIC[kind], self._number(tree.this), self._number(tree.expression))
        if isinstance(tree, exp.And | exp.Or):
            return self._logic(tree)
        match tree:
            case exp.Paren():
                return self.read(tree.this)
            case exp.Column():
                return self._name(tree)
            case exp.Literal() | exp.Boolean():
                return self._literal(tree)
            case exp.Not():
                return Not(self._typed(tree.this, Type.BOOLEAN))
            case _:
                return self._special(tree)

    def _special(self, tree: exp.Expr) -> Node:
        match tree:
            case exp.Between():
                item = self._number(tree.this)
                low, high = self._number(tree.args["low"]), self._number(tree.args["high"])
                return Logic("and", (Compare(">=", item, low), Compare("<=", item, high)))
            case exp.In():
                return self._within(tree)
            case exp.Is() if isinstance(tree.expression, exp.Null):
                return IsNull(self.read(tree.this))
            case exp.Neg():
                return self._negative(tree)
            case exp.Abs():
                return Absolute(self._number(tree.this))
            case exp.Coalesce():
                return self._coalesce(tree)
            case _:
                raise self._wrong(tree, f"{_word_for(tree)} is not allowed in a rule.")

    def _logic(self, tree: exp.And | exp.Or) -> Node:
        kind = type(tree)
        items: list[exp.Expr] = []
        waiting: list[exp.Expr] = [tree]
        while waiting:  # a long chain nests to the left; read it flat
            each = waiting.pop()
            if type(each) is kind:
                waiting += [each.expression, each.this]
            else:
                items.append(each)
        return Logic("and" if kind is exp.And else "or", tuple(self._typed(item, Type.BOOLEAN) for item in items))

    def _compare(self, tree: exp.Expr, operator: str, left: Node, right: Node) -> Node:
        if left.type is not right.type:
            raise self._wrong(tree, f"A {left.type.value} cannot be compared with a {right.type.value}.")
        if operator in _ORDERED_ONLY_NUMBERS and left.type is not Type.NUMBER:
            raise self._wrong(tree, f"Only numbers can be compared with {operator}.")
        return Compare(operator, left, right)

    def _name(self, tree: exp.Column) -> Node:
        if tree.table:
            raise self._wrong(tree, "A feature's name has no dot.")
        if tree.name not in self._features:
            raise self._wrong(tree, f"There is no feature named {tree.name} here.")
        return Name(tree.name, self._features[tree.name])

    def _literal(self, tree: exp.Literal | exp.Boolean) -> Literal:
        if isinstance(tree, exp.Boolean):
            return Literal(bool(tree.this), Type.BOOLEAN)
        if tree.is_string:
            return Literal(str(tree.this), Type.TEXT)
        try:
            value = float(tree.this)
        except ValueError as wrong:
            raise self._wrong(tree, f"{tree.this} is not a number.") from wrong
        if not abs(value) <= LARGEST_WHOLE:
            raise self._wrong(tree, "The number is too large.")
        return Literal(int(value) if value.is_integer() else value, Type.NUMBER)

    def _negative(self, tree: exp.Neg) -> Node:
        item = self._number(tree.this)
        if isinstance(item, Literal):
            assert not isinstance(item.value, str)
            return Literal(-item.value, Type.NUMBER)
        return Arithmetic("-", Literal(0, Type.NUMBER), item)

    def _within(self, tree: exp.In) -> Node:
        item = self.read(tree.this)
        if not tree.expressions:
            raise self._wrong(tree, "IN needs a list of literals.")
        values = [self.read(each) for each in tree.expressions]
        if not all(isinstance(value, Literal) and value.type is item.type for value in values):
            raise self._wrong(tree, f"IN needs literals of one type, here {item.type.value}.")
        return Within(item, tuple(value.value for value in values if isinstance(value, Literal)))

    def _coalesce(self, tree: exp.Coalesce) -> Node:
        items = tuple(self.read(each) for each in (tree.this, *tree.expressions))
        if len({item.type for item in items}) > 1:
            raise self._wrong(tree, "COALESCE needs values of one type.")
        return Coalesce(items, items[0].type)

    def _number(self, tree: exp.Expr) -> Node:
        return self._typed(tree, Type.NUMBER)

    def _typed(self, tree: exp.Expr, wanted: Type) -> Node:
        node = self.read(tree)
        if node.type is not wanted:
            raise self._wrong(tree, f"A {wanted.value} is needed here, not a {node.type.value}.")
        return node

    def _wrong(self, tree: exp.Expr, reason: str) -> InvalidExpression:
        starts = [each.meta["start"] for each in tree.walk() if "start" in each.meta]
        before = self._text[: min(starts)] if starts else ""
        return InvalidExpression(reason, before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1)


def _word_for(tree: exp.Expr) -> str:
    if isinstance(tree, exp.Anonymous):
        return f"The function {tree.name}"
    if isinstance(tree, exp.Null):
        return "NULL outside IS [NOT] NULL"
    return type(tree).__name__.upper()
