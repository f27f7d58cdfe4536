"""How the demonstration's officers and grid workers treat a warning: most in time, some late, some in vain, some only a day later.

Everything follows from the warning's number, level and time, so that an interrupted demonstration goes on where it was.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import numpy as np

from fanzha.desks import warnings
from fanzha.kit import clock
from fanzha.store import Work
from fanzha.vocab.outcomes import ContactResult, Outcome
from fanzha.vocab.risk import RiskLevel

Step = Callable[[Work, str, str], object]
"""Acts on a warning (its id) under an idempotency key."""


class Temper(StrEnum):
    PROMPT = "prompt"
    LATE = "late"
    NOT_FOUND = "not_found"
    STILL_LOOKING = "still_looking"
    MISMATCH = "mismatch"
    UNDER_WAY = "under_way"
    SILENT = "silent"


_TEMPERS = {
    Temper.PROMPT: 0.54,
    Temper.LATE: 0.14,
    Temper.NOT_FOUND: 0.05,
    Temper.STILL_LOOKING: 0.06,
    Temper.MISMATCH: 0.06,
    Temper.UNDER_WAY: 0.08,
    Temper.SILENT: 0.07,
}
_PACE = {
    RiskLevel.RED: (3, 6, 22, 60),
    RiskLevel.YELLOW: (15, 50, 110, 170),
    RiskLevel.BLUE: (150, 500, 900, 1400),
    RiskLevel.GREEN: (0, 0, 0, 0),
}
"""Usual minutes from issue to sign, first call, meeting and answer."""

_PLACES = ("家中", "单位门口", "社区服务中心", "派出所值班室", "银行网点", "店里")
_NOTES = ("已讲明手法，当场删除对方联系方式", "起初不信，出示同类案例后同意停止转账", "家属在场，共同劝说", "正准备去银行转账时被拦下", "答应不再操作，已安装反诈APP")


@dataclass(frozen=True)
class Move:
    """One step at one moment (UTC)."""

    at: datetime
    key: str
    step: Step
    by_grid: bool = False


def moves(number: str, level: RiskLevel, issued_at: datetime, fraud_type: str) -> Iterator[Move]:
    """What will be done with this warning, in order of time; nothing for one that only sends a text message."""
    rng = np.random.default_rng(zlib.crc32(number.encode()))
    temper = list(_TEMPERS)[int(rng.choice(len(_TEMPERS), p=list(_TEMPERS.values())))]
    if level is RiskLevel.GREEN:
        return
    # Nobody is forgotten for ever: what was left lying is done half a day to a day later.
    rest = timedelta(hours=float(rng.uniform(10, 26)))
    slow = rng.uniform(2.2, 4.0) if temper is Temper.LATE else rng.uniform(0.4, 1.1)
    sign, call, meet, answer = (issued_at + timedelta(minutes=float(minutes * slow)) for minutes in _PACE[level])
    if temper is Temper.SILENT:
        sign, call, meet, answer = (at + rest for at in (sign, call, meet, answer))
    by_grid = level is RiskLevel.BLUE
    for order, (at, step) in enumerate(_story(rng, temper, level, fraud_type, (sign, call, meet, answer), rest)):
        yield Move(at, f"demo:{number}:{order}", step, by_grid)


def _story(
    rng: np.random.Generator, temper: Temper, level: RiskLevel, fraud_type: str, times: tuple[datetime, datetime, datetime, datetime], rest: timedelta
) -> Iterator[tuple[datetime, Step]]:
    sign, call, meet, answer = times
    yield sign, _sign
    match temper:
        case Temper.UNDER_WAY:
            yield call, _attempt(ContactResult.REACHED)
            yield from _dissuasion(rng, level, fraud_type, call + rest, meet + rest, answer + rest)
        case Temper.MISMATCH:
            yield call, _attempt(ContactResult.REACHED)
            yield answer, _feedback(warnings.Feedback(Outcome.MISMATCH, warnings.Reached.SELF, transferred=False))
        case Temper.STILL_LOOKING:
            yield call, _attempt(ContactResult.POWERED_OFF)
            yield answer, _feedback(warnings.Feedback(Outcome.NOT_FOUND_YET, warnings.Reached.NOBODY))
            later = answer - call + rest
            yield from _dissuasion(rng, level, fraud_type, call + later, meet + later, answer + later)
        case Temper.NOT_FOUND:
            for times_tried, result in enumerate((ContactResult.NO_ANSWER, ContactResult.POWERED_OFF, ContactResult.WRONG_NUMBER)):
                yield call + timedelta(minutes=7 * times_tried), _attempt(result)
            yield answer + timedelta(minutes=20), _feedback(warnings.Feedback(Outcome.NOT_FOUND, warnings.Reached.NOBODY))
        case _:
            yield from _dissuasion(rng, level, fraud_type, call, meet, answer)


def _dissuasion(
    rng: np.random.Generator, level: RiskLevel, fraud_type: str, call: datetime, meet: datetime, answer: datetime
) -> Iterator[tuple[datetime, Step]]:
    if rng.random() < 0.3:
        yield call, _attempt(ContactResult.NO_ANSWER)
    who = warnings.Reached.FAMILY if rng.random() < 0.15 else warnings.Reached.SELF
    yield call + timedelta(minutes=1), _attempt(ContactResult.FAMILY if who is warnings.Reached.FAMILY else ContactResult.REACHED)
    if level is not RiskLevel.BLUE or rng.random() < 0.3:
        yield meet, _meeting(_PLACES[int(rng.integers(0, len(_PLACES)))])
    paid = rng.random() < 0.2
    feedback = warnings.Feedback(
        Outcome.DISSUADED,
        who,
        scam_type=fraud_type,
        stage="transfer" if paid else "grooming",
        transferred=bool(paid),
        transferred_fen=int(rng.integers(10, 300)) * 10_000 if paid else None,
        amount_protected_fen=int(rng.integers(5, 400)) * 20_000 if rng.random() < 0.5 else None,
        app_installed=bool(rng.random() < 0.7),
        evidence_note=_NOTES[int(rng.integers(0, len(_NOTES)))],
    )
    yield answer, _feedback(feedback)
    if level in {RiskLevel.RED, RiskLevel.YELLOW} and rng.random() < 0.85:
        days = 3 if level is RiskLevel.RED else 7
        morning = clock.local_midnight(clock.local_day(answer) + timedelta(days=days))
        yield morning + timedelta(hours=float(rng.uniform(9, 17))), _revisit


def _sign(work: Work, warning_id: str, key: str) -> object:
    return warnings.service.sign(work, warning_id, key=key)


def _attempt(result: ContactResult) -> Step:
    return lambda work, warning_id, key: warnings.service.record_attempt(work, warning_id, result, key=key)


def _meeting(place: str) -> Step:
    return lambda work, warning_id, key: warnings.service.record_meeting(work, warning_id, place, identity_verified=True, key=key)


def _feedback(feedback: warnings.Feedback) -> Step:
    return lambda work, warning_id, key: warnings.service.give_feedback(work, warning_id, feedback, key=key)


def _revisit(work: Work, warning_id: str, key: str) -> object:
    return warnings.service.record_revisit(work, warning_id, still_convinced=False, key=key)
