"""States of an indicator, the steps between them, and how trust in one wears off. Pure.

Invariants: an entry never moves to the state it is in; nobody decides on their own proposal; confidence never rises by itself and never exceeds its base;
what decayed below the floor is expired, not deleted, and a sighting brings it back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from math import log2

from fanzha.desks.indicators.domain import FLAGGED, IndicatorState, may_become
from fanzha.desks.indicators.errors import OwnProposal, WrongState
from fanzha.vocab.identifiers import Kind


class Step(StrEnum):
    """What may happen to an entry."""

    CONFIRM = "confirm"  # 确认
    CLEAR = "clear"  # 排除
    SUSPECT = "suspect"  # 列为涉嫌
    RUN_OUT = "run_out"  # 到期或衰减
    SEE = "see"  # 再次出现
    CONFIRM_BY_SOURCE = "confirm_by_source"  # 来源已确认


_TARGET: Mapping[Step, IndicatorState] = {
    Step.CONFIRM: IndicatorState.CONFIRMED,
    Step.CLEAR: IndicatorState.CLEARED,
    Step.SUSPECT: IndicatorState.SUSPECTED,
    Step.RUN_OUT: IndicatorState.EXPIRED,
    Step.CONFIRM_BY_SOURCE: IndicatorState.CONFIRMED,
}
_BY_ITSELF = frozenset({Step.RUN_OUT, Step.SEE, Step.CONFIRM_BY_SOURCE})
"""Steps without a judgement: they never touch what a person has cleared."""


def after(state: IndicatorState, step: Step) -> IndicatorState:
    """The state after the step. What a person cleared only a person lists again; a sighting lists an expired entry again as suspected and changes nothing else.

    Raises:
        WrongState: the step does not start here.
    """
    if step is Step.SEE:
        return IndicatorState.SUSPECTED if state is IndicatorState.EXPIRED else state
    if step is Step.CONFIRM_BY_SOURCE and state in (IndicatorState.CLEARED, IndicatorState.CONFIRMED):
        return state
    target = _TARGET[step]
    if not may_become(state, target) or (step in _BY_ITSELF and state is IndicatorState.CLEARED):
        raise WrongState(before=state, after=target)
    return target


def is_withdrawal(before: IndicatorState, following: IndicatorState) -> bool:
    """Whether the step takes back what others may rely on."""
    return before in FLAGGED and following not in FLAGGED


def check_second(maker: str, decider: str) -> None:
    """Raises OwnProposal: the one who proposed cannot decide."""
    if maker == decider:
        raise OwnProposal


@dataclass(frozen=True)
class Decay:
    """How trust wears off: half-lives in days by kind (0: never), and the confidence below which an entry expires."""

    half_lives: Mapping[Kind, int]
    floor: int

    def confidence(self, kind: Kind, base: int, renewed_at: datetime, now: datetime) -> int:
        """What is left of `base` (0 to 100): base · 2^(-age ÷ half-life), rounded half up; never more than the base."""
        half_life = self.half_lives.get(kind, 0)
        age = max((now - renewed_at) / timedelta(days=1), 0.0)
        return base if half_life == 0 else min(base, int(base * 0.5 ** (age / half_life) + 0.5))

    def has_run_out(self, confidence: int, base: int) -> bool:
        """Whether decay, and not a source's own low trust, brought it below the floor."""
        return confidence < self.floor <= base

    def lasts_until(self, kind: Kind, base: int, renewed_at: datetime) -> datetime | None:
        """The first moment, to the hour, at which the entry has run out if nobody sees it again; None where it never does."""
        half_life = self.half_lives.get(kind, 0)
        if half_life == 0 or not 0 < self.floor <= base:
            return None
        days = half_life * log2(base / (self.floor - 0.5))
        return renewed_at + timedelta(hours=int(days * 24) + 1)
