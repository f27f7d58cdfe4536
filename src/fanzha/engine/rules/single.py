"""An expression over one event: the generated-Python back end.

Safe by construction: the source is composed from our own tree, never from the rule's text; names and literals enter it through `repr`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import isfinite
from typing import TypeAlias, cast

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

Row: TypeAlias = Mapping[str, object]
Condition: TypeAlias = Callable[[Row], object]


def to_python(node: Node) -> Condition:
    """A function of one row (feature name → value) with the expression's value: True, False, a number, a string or None for null."""
    source = f"def condition(row):\n    return {Writer().write(node)}\n"
    space: dict[str, object] = {"__builtins__": {"float": float, "abs": abs}, "isfinite": isfinite}
    exec(compile(source, "<rule>", "exec"), space)  # noqa: S102 - the source is generated from the checked tree, see above
    return cast("Condition", space["condition"])


class Writer:
    """Writes one Python expression; every operand with a null check is held in a variable of its own."""

    def __init__(self) -> None:
        self._used = 0

    def fresh(self) -> str:
        """A variable that is not used yet."""
        self._used += 1
        return f"t{self._used}"

    def write(self, node: Node) -> str:
        """The expression's value."""
        match node:
            case Name():
                return f"row[{node.name!r}]"
            case Literal():
                return repr(node.value)
            case Logic():
                return self._logic(node)
            case Not():
                held = self.fresh()
                return f"(None if ({held} := {self.write(node.item)}) is None else not {held})"
            case IsNull():
                return "False" if isinstance(node.item, Literal) else f"({self.write(node.item)} is None)"
            case _:
                return self._value(node)

    def _value(self, node: Compare | Within | Arithmetic | Absolute | Coalesce) -> str:
        match node:
            case Compare():
                missing, (left, right) = self._held(node.left, node.right)
                return self._unless(missing, f"{left} {node.operator} {right}")
            case Within():
                missing, (item,) = self._held(node.item)
                return self._unless(missing, f"{item} in {node.values!r}")
            case Arithmetic():
                return self._arithmetic(node)
            case Absolute():
                missing, (item,) = self._held(node.item)
                return self._unless(missing, f"abs({item})")
            case Coalesce():
                return self._coalesce(node)

    def _logic(self, node: Logic) -> str:
        """False (True) as soon as one item of AND (OR) is; else null where one is null."""
        ends, goes = ("False", "True") if node.operator == "and" else ("True", "False")
        held = [(self.fresh(), self.write(item)) for item in node.items]
        ended = " or ".join(f"({name} := {text}) is {ends}" for name, text in held)
        unknown = " or ".join(f"{name} is None" for name, _ in held)
        return f"({ends} if {ended} else None if {unknown} else {goes})"

    def _arithmetic(self, node: Arithmetic) -> str:
        missing, (left, right) = self._held(node.left, node.right)
        if node.operator == "/":
            missing = [*missing, f"{right} == 0"]
        result = self.fresh()
        return self._unless(missing, f"({result} if isfinite({result} := float({left}) {node.operator} float({right})) else None)")

    def _coalesce(self, node: Coalesce) -> str:
        *first, last = node.items
        text = self.write(last)
        for item in reversed(first):
            held = self.fresh()
            text = f"({held} if ({held} := {self.write(item)}) is not None else {text})"
        return text

    def _held(self, *operands: Node) -> tuple[list[str], list[str]]:
        """The tests that an operand is null, and the operands' names. A literal is never null and stands for itself."""
        missing, found = [], []
        for operand in operands:
            text = self.write(operand)
            if isinstance(operand, Literal):
                found.append(f"({text})" if operand.type is Type.NUMBER else text)
                continue
            held = self.fresh()
            missing.append(f"({held} := {text}) is None")
            found.append(held)
        return missing, found

    @staticmethod
    def _unless(missing: list[str], value: str) -> str:
        return f"(None if {' or '.join(missing)} else {value})" if missing else f"({value})"
