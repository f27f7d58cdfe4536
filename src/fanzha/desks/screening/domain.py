"""Words of in-flight decisions: what is asked, what is answered, and what leads to it. Pure.

Invariant: `hold` and `block` are only ever answered where the policy names a legal basis in force, a term and a remedy; the strongest answer of all that
apply is given.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from fanzha.desks.screening.errors import PolicyRefused
from fanzha.lake.schemas import EventKind
from fanzha.vocab import legal
from fanzha.vocab.risk import RiskLevel


class Asked(StrEnum):
    """What a bank's or an operator's system asks about."""

    TRANSFER = "transfer"
    CALL = "call"
    MESSAGE = "message"
    VISIT = "visit"

    @property
    def event_kind(self) -> EventKind:
        return EventKind(f"{self.value}s")


class Answer(StrEnum):
    """What it is told, from the mildest to the strongest."""

    PASS = "pass"  # noqa: S105 - 放行
    WARN = "warn"  # 提示: let it happen, tell the customer
    HOLD = "hold"  # 延迟: wait and verify
    BLOCK = "block"  # 拦截: refuse

    @property
    def rank(self) -> int:
        return _RANKS[self]

    @property
    def is_measure(self) -> bool:
        """Whether it restrains somebody, and so needs a legal basis."""
        return self in (Answer.HOLD, Answer.BLOCK)


_RANKS = {answer: rank for rank, answer in enumerate(Answer)}
LONGEST_TERM = timedelta(days=3)
_LEVEL = "level:"
DEGRADED = "degraded"


@dataclass(frozen=True)
class PolicyRow:
    """One line of the policy: this signal, on this kind of event, leads to this answer.

    Signals: `rule:<id>`, `level:<level>` of a rule without a line of its own, `indicator:confirmed`, `indicator:suspected` and `found:<level>` of the other
    side (a registered suspect identifier; a number or account the detectors found), `warning:<level>` of the subject's open warning, `degraded` where the
    platform decides without its database and fails closed.
    """

    asked: Asked
    signal: str
    answer: Answer
    source: str
    effective_from: date
    version: int = 0
    basis: str | None = None
    term_minutes: int | None = None
    remedy_zh: str | None = None
    remedy_en: str | None = None

    def check(self) -> None:
        """Raises PolicyRefused: a measure without basis, term or remedy, or on a basis that was not in force."""
        if not self.source.strip():
            raise PolicyRefused("Name the document or decision that the line comes from.", signal=self.signal)
        if not self.answer.is_measure:
            return
        if not (self.basis and self.term_minutes and self.remedy_zh and self.remedy_en):
            raise PolicyRefused(signal=self.signal)
        if not 0 < self.term_minutes <= LONGEST_TERM // timedelta(minutes=1):
            raise PolicyRefused(f"A term is 1 to {LONGEST_TERM // timedelta(minutes=1)} minutes.", signal=self.signal)
        if not legal.in_force(self.basis, self.effective_from):
            raise PolicyRefused(f"{self.basis} is not in force on {self.effective_from}.", signal=self.signal)


@dataclass(frozen=True)
class Signal:
    """One thing that speaks for an answer, with its reason in words. `rule` is set for rules."""

    name: str
    zh: str
    en: str
    rule: str | None = None
    version: int | None = None
    level: str | None = None
    fraud_type: str | None = None
    fallback: str | None = None
    """The signal whose line counts where this one has none."""


@dataclass(frozen=True)
class Verdict:
    """The answer, the line that led to it (None: nothing did), and every signal that was seen, the strongest first."""

    answer: Answer
    row: PolicyRow | None
    signals: Sequence[Signal]

    def ends_at(self, at: datetime) -> datetime | None:
        """When a measure ends by itself."""
        return at + timedelta(minutes=self.row.term_minutes) if self.row and self.row.term_minutes and self.answer.is_measure else None


class Policy:
    """The lines in force. Of one signal the latest effective line counts, then the latest version."""

    def __init__(self, rows: Iterable[PolicyRow], on: date) -> None:
        in_force = sorted((row for row in rows if row.effective_from <= on), key=lambda row: (row.effective_from, row.version))
        self.rows: Mapping[tuple[Asked, str], PolicyRow] = {(row.asked, row.signal): row for row in in_force}
        self.on = on

    def judge(self, asked: Asked, signals: Iterable[Signal]) -> Verdict:
        """The strongest answer of the signals' lines; a signal without a line speaks for nothing but is told."""
        weighed = [(self._row(asked, signal), signal) for signal in signals]
        weighed.sort(key=lambda each: -(each[0].answer.rank if each[0] else -1))
        row = weighed[0][0] if weighed else None
        return Verdict(row.answer if row else Answer.PASS, row, [signal for _, signal in weighed])

    def _row(self, asked: Asked, signal: Signal) -> PolicyRow | None:
        row = self.rows.get((asked, signal.name))
        return row if row is not None or signal.fallback is None else self.rows.get((asked, signal.fallback))


def level_signal(level: RiskLevel) -> str:
    return f"{_LEVEL}{level.value}"
