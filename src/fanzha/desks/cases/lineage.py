"""Merging and splitting cases, and taking it back. Pure.

A merge moves nothing: the merged case points to the one it went into, and everything under it is seen there. A split moves parts to a new case and remembers
where each came from. So an undone merge is a pointer taken away, and an undone split sends the parts home and points the emptied case back: whatever was
added to it meanwhile is seen under the first case again.

Invariants, held by every operation: each part is seen under exactly one live case; pointers form no cycle; no case and no part ever disappears.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from fanzha.desks.cases.errors import CannotMerge, CannotSplit, CannotUndo


class OperationKind(StrEnum):
    MERGE = "merge"  # 并案
    SPLIT = "split"  # 分案


@dataclass(frozen=True)
class Operation:
    """A merge of `source` into `target`, or a split of parts out of `source` into `target`; `came_from`: part → the case that held it before."""

    kind: OperationKind
    source: str
    target: str
    came_from: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Lineage:
    """`into`: case → the case it points to, of those that do; `homes`: part → the case that holds it."""

    into: dict[str, str] = field(default_factory=dict)
    homes: dict[str, str] = field(default_factory=dict)

    def root(self, case: str) -> str:
        """The live case under which this one is seen."""
        while case in self.into:
            case = self.into[case]
        return case

    def members(self, root: str, cases: Collection[str]) -> list[str]:
        return [case for case in cases if self.root(case) == root]

    def merge(self, source: str, target: str) -> Operation:
        """Raises CannotMerge: one of them is merged already, or they are one."""
        if source in self.into or target in self.into or source == target:
            raise CannotMerge(source=source, target=target)
        self.into[source] = target
        return Operation(OperationKind.MERGE, source, target)

    def split(self, source: str, target: str, parts: Collection[str]) -> Operation:
        """Raises CannotSplit: no part is named, or one is not seen under the source."""
        came_from = {part: self.homes[part] for part in parts if part in self.homes}
        if source in self.into or not came_from or len(came_from) != len(set(parts)) or any(self.root(home) != source for home in came_from.values()):
            raise CannotSplit(source=source)
        self.homes.update(dict.fromkeys(came_from, target))
        return Operation(OperationKind.SPLIT, source, target, came_from)

    def undo(self, done: Operation) -> None:
        """Raises CannotUndo: what came later stands in the way, and is to be undone first."""
        if done.kind is OperationKind.MERGE:
            if self.into.get(done.source) != done.target:
                raise CannotUndo(source=done.source)
            del self.into[done.source]
            return
        moved_on = any(self.homes.get(part) != done.target for part in done.came_from)
        if moved_on or done.target in self.into or self.root(done.source) == done.target:
            raise CannotUndo(target=done.target)
        self.homes.update(done.came_from)
        self.into[done.target] = done.source
