"""Many conditions over one event in one generated function.

Which conditions hold is all that is asked here, so nothing three-valued is carried about: each condition is written as the test "is true", and below a
NOT as the test "is false". A null then only makes tests fail, and Python's own `and` and `or` stop as early as they can.

Safe by construction, as in `single`: the source is composed from our own tree; names and literals enter it through `repr`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import isfinite
from typing import TypeAlias, cast

from fanzha.engine.rules.expression import Compare, IsNull, Literal, Logic, Name, Node, Not, Type, Within, names
from fanzha.engine.rules.single import Row, Writer

Hits: TypeAlias = Callable[[Row], list[int]]

_OPPOSITE = {"==": "!=", "!=": "==", "<": ">=", "<=": ">", ">": "<=", ">=": "<"}
_TRUE, _FALSE = "True", "False"


def compile_together(conditions: Sequence[Node], *, lazy: bool = False) -> Hits:
    """A function of one row (feature name → value) that gives the places of the conditions that are true, in order.

    Each feature is read once, before the first condition; with `lazy` only where a condition comes to it, so that a row that works its values out on
    demand works out no more than is asked for.
    """
    known = {} if lazy else {name: f"f{place}" for place, name in enumerate(sorted(frozenset().union(*map(names, conditions))))}
    writer = _Tests(known)
    lines = ["def hits(row):"]
    lines += [f"    {variable} = row[{name!r}]" for name, variable in known.items()]
    lines += ["    found = []"]
    for place, condition in enumerate(conditions):
        lines += [f"    if {writer.holds(condition)}:", f"        found.append({place})"]
    lines += ["    return found", ""]
    space: dict[str, object] = {"__builtins__": {"float": float, "abs": abs}, "isfinite": isfinite}
    exec(compile("\n".join(lines), "<rules>", "exec"), space)  # noqa: S102 - the source is generated from checked trees, see above
    return cast("Hits", space["hits"])


class _Tests(Writer):
    """Writes "is true" and "is false" of a condition; values inside comparisons are written as `single` writes them."""

    def __init__(self, known: dict[str, str]) -> None:
        super().__init__()
        self._known = known

    def write(self, node: Node) -> str:
        if isinstance(node, Name) and node.name in self._known:
            return self._known[node.name]
        return super().write(node)

    def holds(self, node: Node) -> str:
        """The condition is true: not false, not null."""
        return self._test(node, wanted=True)

    def _test(self, node: Node, *, wanted: bool) -> str:
        match node:
            case Logic():
                both = (node.operator == "and") is wanted
                return "(" + (" and " if both else " or ").join(self._test(item, wanted=wanted) for item in node.items) + ")"
            case Not():
                return self._test(node.item, wanted=not wanted)
            case IsNull():
                return self._null(node.item, wanted=wanted)
            case Literal():
                return _TRUE if node.value is wanted else _FALSE
            case Compare():
                return self._compared(node, wanted=wanted)
            case Within():
                tests, (item,) = self._present(node.item)
                return self._all([*tests, f"{item} {'in' if wanted else 'not in'} {node.values!r}"])
            case _:
                return f"({self.write(node)} is {wanted})"

    def _null(self, item: Node, *, wanted: bool) -> str:
        if isinstance(item, Literal):
            return _FALSE if wanted else _TRUE
        return f"({self.write(item)} {'is' if wanted else 'is not'} None)"

    def _compared(self, node: Compare, *, wanted: bool) -> str:
        tests, (left, right) = self._present(node.left, node.right)
        return self._all([*tests, f"{left} {node.operator if wanted else _OPPOSITE[node.operator]} {right}"])

    def _present(self, *operands: Node) -> tuple[list[str], list[str]]:
        """The tests that each operand has a value, and how it is then written. Numbers are finite, so the opposite of a comparison is its denial."""
        tests, written = [], []
        for operand in operands:
            text = self.write(operand)
            if isinstance(operand, Literal):
                written.append(f"({text})" if operand.type is Type.NUMBER else text)
            elif isinstance(operand, Name) and operand.name in self._known:
                tests.append(f"{text} is not None")
                written.append(text)
            else:
                held = self.fresh()
                tests.append(f"({held} := {text}) is not None")
                written.append(held)
        return tests, written

    @staticmethod
    def _all(tests: list[str]) -> str:
        return "(" + " and ".join(tests) + ")"
