"""Words of the indicators desk: what a suspect identifier is, where it stands, and how a row comes in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from fanzha.vocab.fraud_types import FraudType
from fanzha.vocab.identifiers import Kind
from fanzha.vocab.risk import RiskLevel


class IndicatorState(StrEnum):
    """Where an entry of the registry stands."""

    SUSPECTED = "suspected"  # 涉嫌
    CONFIRMED = "confirmed"  # 已确认
    CLEARED = "cleared"  # 已排除
    EXPIRED = "expired"  # 已过期


FLAGGED = (IndicatorState.SUSPECTED, IndicatorState.CONFIRMED)
"""The states in which an entry counts as flagged."""

_STEPS: dict[IndicatorState, frozenset[IndicatorState]] = {
    IndicatorState.SUSPECTED: frozenset({IndicatorState.CONFIRMED, IndicatorState.CLEARED, IndicatorState.EXPIRED}),
    IndicatorState.CONFIRMED: frozenset({IndicatorState.CLEARED, IndicatorState.EXPIRED}),
    IndicatorState.CLEARED: frozenset({IndicatorState.SUSPECTED, IndicatorState.CONFIRMED}),
    IndicatorState.EXPIRED: frozenset({IndicatorState.SUSPECTED, IndicatorState.CONFIRMED, IndicatorState.CLEARED}),
}


def may_become(state: IndicatorState, following: IndicatorState) -> bool:
    return following in _STEPS[state]


@dataclass(frozen=True)
class IndicatorRow:
    """One row of a list of suspect identifiers, as parsed and not yet cleaned.

    `kind` None: recognised from the value. `row_number` is the row's place in its file and comes back with a refusal; `confidence` 0 to 100;
    `seen_at` is when the source saw it, aware.
    """

    value: str
    kind: Kind | None = None
    fraud_type: FraudType = FraudType.OTHER
    source: str = ""
    state: IndicatorState = IndicatorState.SUSPECTED
    confidence: int = 60
    note: str = ""
    seen_at: datetime | None = None
    expires_at: datetime | None = None
    row_number: int = 0


@dataclass(frozen=True)
class Refused:
    """A row that was not taken: `reason` is a code, `sentence_zh` and `sentence_en` say why."""

    row_number: int
    reason: str
    sentence_zh: str
    sentence_en: str


@dataclass(frozen=True)
class Added:
    """What became of a list: the rows offered are accepted + duplicates + refused.

    A duplicate is a row whose identifier the registry already held, or that stood earlier in the same list; it adds a sighting and, where it
    says more (a surer state, a longer term), that.
    """

    accepted: int
    duplicates: int
    refused: tuple[Refused, ...]

    @property
    def received(self) -> int:
        return self.accepted + self.duplicates + len(self.refused)


@dataclass(frozen=True)
class Flag:
    """What the detection desk needs of a flagged token. Confirmed entries are red; suspected ones yellow, or blue below 50 % confidence."""

    state: IndicatorState
    fraud_type: FraudType
    level: RiskLevel


def level_of(state: IndicatorState, confidence: int) -> RiskLevel:
    if state is IndicatorState.CONFIRMED:
        return RiskLevel.RED
    return RiskLevel.YELLOW if confidence >= 50 else RiskLevel.BLUE


class Answer(StrEnum):
    """What a check may say to anybody."""

    DANGER = "danger"  # confirmed 已确认涉诈
    CAUTION = "caution"  # suspected 涉嫌
    NO_RECORD = "no_record"  # 没有记录: does not mean safe
    KNOWN_GOOD = "known_good"  # 官方或公认号码
    UNREADABLE = "unreadable"  # 认不出


class Verdict(NamedTuple):
    """The answer about one value; `kind` is None where the value was not recognised. `fraud_type` is set for danger and caution."""

    answer: Answer
    kind: Kind | None
    masked: str
    fraud_type: FraudType | None = None
    indicator_id: str | None = None
    note_zh: str = ""
    note_en: str = ""
