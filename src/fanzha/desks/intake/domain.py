"""Words of the intake desk: where a batch and a quarantined row stand, and what came of a file."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from fanzha.desks.intake.columns import IntakeKind


class BatchState(StrEnum):
    """receiving → staged → committed; a file that cannot be taken fails, and may be sent again."""

    RECEIVING = "receiving"  # 接收中
    STAGED = "staged"  # 待提交: counts and quarantined rows are recorded, the lake commit may or may not have happened
    COMMITTED = "committed"  # 已入库
    FAILED = "failed"  # 未接收


class RowState(StrEnum):
    OPEN = "open"  # 待处理
    REPLAYED = "replayed"  # 已重放
    DISMISSED = "dismissed"  # 已忽略


_STEPS: dict[BatchState, frozenset[BatchState]] = {
    BatchState.RECEIVING: frozenset({BatchState.STAGED, BatchState.COMMITTED, BatchState.FAILED, BatchState.RECEIVING}),
    BatchState.STAGED: frozenset({BatchState.COMMITTED, BatchState.RECEIVING}),
    BatchState.COMMITTED: frozenset(),
    BatchState.FAILED: frozenset({BatchState.RECEIVING}),
}


def may_become(state: BatchState, following: BatchState) -> bool:
    return following in _STEPS[state]


@dataclass(frozen=True)
class Counts:
    """Invariant: received = accepted + duplicates + quarantined."""

    accepted: int
    duplicates: int
    quarantined: int

    @property
    def received(self) -> int:
        return self.accepted + self.duplicates + self.quarantined


@dataclass(frozen=True)
class Receipt:
    """What came of a file. `repeated`: it had been taken before, and nothing was changed. `reasons` counts quarantined rows by reason code."""

    batch_id: str
    kind: IntakeKind
    source: str
    file_name: str
    state: BatchState
    received: int
    accepted: int
    duplicates: int
    quarantined: int
    repeated: bool
    reasons: dict[str, int]
    ignored_columns: tuple[str, ...]
