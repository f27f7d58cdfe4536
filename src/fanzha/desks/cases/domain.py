"""Words of the cases desk: what a report is, and the states it goes through."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from fanzha.vocab.fraud_types import FraudType


class ReportState(StrEnum):
    RECEIVED = "received"  # 接报
    ACCEPTED = "accepted"  # 立案受理
    TRANSFERRED = "transferred"  # 移送
    NOT_A_CASE = "not_a_case"  # 不予立案


_STEPS: dict[ReportState, frozenset[ReportState]] = {
    ReportState.RECEIVED: frozenset({ReportState.ACCEPTED, ReportState.TRANSFERRED, ReportState.NOT_A_CASE}),
    ReportState.ACCEPTED: frozenset({ReportState.TRANSFERRED}),
    ReportState.TRANSFERRED: frozenset(),
    ReportState.NOT_A_CASE: frozenset({ReportState.ACCEPTED}),
}


def may_become(state: ReportState, following: ReportState) -> bool:
    return following in _STEPS[state]


def next_states(state: ReportState) -> tuple[ReportState, ...]:
    return tuple(item for item in ReportState if item in _STEPS[state])


@dataclass(frozen=True)
class ReportRow:
    """One report (警情) as parsed and not yet cleaned.

    `report_no` is unique within its source. `region` is a GB/T 2260 code or a place's name (`regions.resolve`). `loss_fen` is what the victim says was lost, in fen.
    `received_at` and `happened_at` are aware. `suspects` are identifiers that the victim names, raw (phones, accounts, sites …).
    """

    source: str
    report_no: str
    received_at: datetime
    narrative: str
    region: str = ""
    fraud_type: FraudType = FraudType.OTHER
    loss_fen: int = 0
    victim_name: str = ""
    victim_phone: str = ""
    victim_id_card: str = ""
    happened_at: datetime | None = None
    state: ReportState = ReportState.RECEIVED
    suspects: tuple[str, ...] = ()
    row_number: int = 0


@dataclass(frozen=True)
class Refused:
    """A row that was not taken: `reason` is a code, `sentence_zh` and `sentence_en` say why."""

    row_number: int
    reason: str
    sentence_zh: str
    sentence_en: str


@dataclass(frozen=True)
class Imported:
    """What became of a list: the rows offered are accepted + duplicates + refused. A duplicate has the (source, report_no) of a report already held."""

    accepted: int
    duplicates: int
    refused: tuple[Refused, ...]

    @property
    def received(self) -> int:
        return self.accepted + self.duplicates + len(self.refused)
