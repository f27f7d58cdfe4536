"""Use cases around backtests: asking for one, its job, cancelling, reading.

The same version on the same days of the same lake is one backtest: asking again gives the one that is there, done or under way. `again=True` repeats a done
one, for indicators and outcomes may have come since.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from fanzha.desks import detectors
from fanzha.desks.detection import backtest_repository as stored
from fanzha.desks.detection import numbers, outcomes, repository
from fanzha.desks.detection.backtesting import Facts, Suspect, evaluate, fingerprint
from fanzha.desks.detection.domain import BacktestState, Target
from fanzha.desks.detection.errors import BacktestEnded, BacktestNotFound, NoSuchDays, TooManyDays
from fanzha.desks.detection.measuring import Live
from fanzha.desks.detection.model import Backtest
from fanzha.desks.detection.reading import EVENTS, REGISTERS
from fanzha.desks.models import ready
from fanzha.engine.detection import DAY, MEMORY
from fanzha.engine.rules.model import Rule, Stage
from fanzha.kit import clock
from fanzha.kit.errors import FanzhaError
from fanzha.kit.ids import new_id
from fanzha.lake.lake import Lake
from fanzha.store import Scope, Work
from fanzha.vocab.fraud_types import FraudType

JOB = "detection.backtest"
LONGEST = 366
_WORKER = Scope.system("backtest")
_UNEXPECTED = "An unexpected error; the worker's log holds it."
_GIVEN_UP = timedelta(days=1)
_log = logging.getLogger(__name__)


class _CancelledError(Exception):
    """Somebody cancelled the backtest while it ran."""


# ---- asking


def request(work: Work, lake: Lake, detector_id: str, version: int, first: date, last: date, *, again: bool = False) -> Backtest:
    """Have a version tried on the days from `first` to `last`, both included, cut to the days that the lake holds.

    Raises:
        DetectorNotFound, NoSuchDays, TooManyDays, NotAllowed, NotYourArea.
    """
    detector = detectors.service.get(work, detector_id).detector
    detectors.service.version_of(work, detector_id, version)
    detectors.policy.require(work, detectors.policy.EDIT, detector.region)
    first, last = _within(lake, first, last)
    versions = {kind.value: lake.version(kind) for kind in (*EVENTS, *REGISTERS)}
    key = fingerprint(detector_id, version, first, last, versions)
    stored.lock_key(work, key)
    held = stored.newest_of_key(work, key)
    if held is not None and (not again or BacktestState(held.state).is_open):
        return held
    principal = work.scope.principal
    made = Backtest(
        id=new_id(), key=key, detector_id=detector_id, version=version, region=detector.region, first_day=first, last_day=last, versions=versions,
        state=BacktestState.WAITING.value, percent=0, asked_by=work.actor, asked_name=principal.name if principal else work.actor, asked_at=clock.now(),
        started_at=None, ended_at=None, failure=None, result=None,
    )  # fmt: skip
    work.session.add(made)
    work.session.flush()
    work.defer(JOB, lock=JOB, backtest_id=made.id)
    detail = {"version": version, "first": first.isoformat(), "last": last.isoformat(), "backtest": made.id}
    work.audit("detector.backtest_asked", f"detector:{detector_id}", detail)
    return made


def _within(lake: Lake, first: date, last: date) -> tuple[date, date]:
    spans = [days for kind in EVENTS if (days := lake.days(kind)) is not None]
    if not spans or first > last:
        raise NoSuchDays(first=first.isoformat(), last=last.isoformat())
    oldest, newest = max(first, min(span[0] for span in spans)), min(last, max(span[1] for span in spans))
    if oldest > newest:
        raise NoSuchDays(first=first.isoformat(), last=last.isoformat())
    if (newest - oldest).days >= LONGEST:
        raise TooManyDays(days=(newest - oldest).days + 1)
    return oldest, newest


def cancel(work: Work, backtest_id: str) -> Backtest:
    """Stop a backtest; one that runs stops at its next stretch of days.

    Raises:
        BacktestNotFound, BacktestEnded, NotAllowed, NotYourArea.
    """
    found = get(work, backtest_id)
    detectors.policy.require(work, detectors.policy.EDIT, found.region)
    if not stored.change(work, backtest_id, state=BacktestState.CANCELLED.value, ended_at=clock.now()):
        raise BacktestEnded(backtest=backtest_id)
    work.audit("detector.backtest_cancelled", f"detector:{found.detector_id}", {"version": found.version, "backtest": backtest_id})
    return get(work, backtest_id)


def get(work: Work, backtest_id: str) -> Backtest:
    """Raises BacktestNotFound."""
    found = stored.backtest(work, backtest_id)
    if found is None:
        raise BacktestNotFound(backtest=backtest_id)
    return found


def recent(work: Work, detector_id: str | None = None, most: int = 20) -> Sequence[Backtest]:
    """The newest first; of one detector, or of all."""
    return stored.backtests(work, detector_id, most)


# ---- the job


def run(platform: Any, *, backtest_id: str) -> None:
    """Work a backtest off. Repeatable: one that a dead worker left starts over, one that has ended stays as it is."""
    with platform.database.work(_WORKER) as work:
        if not stored.change(work, backtest_id, state=BacktestState.RUNNING.value, started_at=clock.now(), percent=0):
            return
        asked = get(work, backtest_id)
        text = detectors.service.version_of(work, asked.detector_id, asked.version).text
        facts = gather(work, detectors.rule_of(text), asked.first_day, asked.last_day)
    try:
        _evaluate(platform, asked, text, facts)
    except _CancelledError:
        _log.info("backtest %s was cancelled", backtest_id)
    except FanzhaError as wrong:
        _fail(platform, backtest_id, str(wrong))
    except Exception:  # whatever ended it, the page must not show it as running for ever, and the same must be possible again; the job fails as well
        _fail(platform, backtest_id, _UNEXPECTED)
        raise


def _evaluate(platform: Any, asked: Backtest, text: str, facts: Facts) -> None:
    started = clock.now()
    days = (asked.first_day, asked.last_day)
    measured, samples = evaluate(
        platform.lake, platform.tokens, ready(detectors.rule_of(text)), *days, facts, lambda percent: _note(platform, asked.id, percent)
    )
    seconds = round((clock.now() - started).total_seconds(), 3)
    result = measured.document() | {"samples": [sample.document() for sample in samples], "seconds": seconds}
    with platform.database.work(_WORKER) as work:
        _finish(work, asked, result)


def _fail(platform: Any, backtest_id: str, why: str) -> None:
    _log.warning("backtest %s failed: %s", backtest_id, why)
    with platform.database.work(_WORKER) as work:
        stored.change(work, backtest_id, state=BacktestState.FAILED.value, failure=why, ended_at=clock.now())


def _note(platform: Any, backtest_id: str, percent: int) -> None:
    with platform.database.work(_WORKER) as work:
        if not stored.change(work, backtest_id, percent=percent):
            raise _CancelledError


def _finish(work: Work, asked: Backtest, result: dict[str, Any]) -> None:
    done = {"state": BacktestState.DONE.value, "percent": 100, "result": result, "ended_at": clock.now()}
    if stored.change(work, asked.id, **done):
        detectors.service.note_backtest(work, asked.detector_id, asked.version)
        detail = {"version": asked.version, "backtest": asked.id, "findings": result["findings"], "precision": result["precision"]["value"]}
        work.audit("detector.backtested", f"detector:{asked.detector_id}", detail)


def gather(work: Work, rule: Rule, first: date, last: date) -> Facts:
    """What the database knows that a backtest of this rule needs."""
    until = last + DAY
    live = [Live(day, subject, detector) for day, subject, detector, *_ in stored.live_findings(work, rule.target.value, first - MEMORY, last)]
    within = [each for each in live if each.day >= first]
    fates, capacity = outcomes.all_fates(work), numbers.capacity(work)
    if rule.stage() is Stage.SUSPECTS:
        return Facts(live=within, fates=fates, capacity=capacity)
    by_behaviour = {each.id for each in detectors.live_rules(work) if each.stage() is Stage.SUSPECTS}
    suspects, victims = [], dict[date, set[str]]()
    for day, target, subject, detector, fraud_type in repository.standing(work, first - MEMORY, until):
        if target == Target.VICTIM:
            victims.setdefault(day, set()).add(subject)
        elif detector != rule.id:
            suspects.append(Suspect(day, subject, FraudType(fraud_type), detector in by_behaviour))
    suspects.sort(key=lambda each: (each.day, each.token, each.fraud_type))
    people = {day: frozenset(tokens) for day, tokens in victims.items()}
    return Facts(outcomes.known_flags(work), suspects, people, within, fates, capacity)


def forget_old(work: Work) -> tuple[int, int]:
    """Remove backtests and shadow findings that are older than the settings say; returns how many of each. A backtest that has taken its worker down
    each time is given up."""
    now = clock.now()
    stored.give_up(work, now - _GIVEN_UP, now)
    shadows_before = clock.local_day(now - numbers.kept(work, numbers.SHADOWS_KEPT))
    return stored.forget_backtests(work, now - numbers.kept(work, numbers.BACKTESTS_KEPT)), stored.forget_shadows(work, shadows_before)


__all__ = ["JOB", "cancel", "forget_old", "gather", "get", "recent", "request", "run"]
