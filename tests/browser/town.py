"""A small installation for the browser: the demonstration's staff, and warnings in several states."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from fanzha.desks import warnings
from fanzha.desks.warnings import Feedback, Reached
from fanzha.faces.cli.demonstration.staff import Staff, hire
from fanzha.faces.common.platform import Platform
from fanzha.kit import clock
from fanzha.store import Principal, Scope, Work
from fanzha.vocab.fraud_types import FraudType
from fanzha.vocab.outcomes import ContactResult, Outcome
from fanzha.vocab.risk import RiskLevel
from tests.desks.warnings_kit import Register, finding, merge

TOWN = "350302001"
_LEVELS = (RiskLevel.RED, RiskLevel.YELLOW, RiskLevel.RED, RiskLevel.BLUE, RiskLevel.YELLOW, RiskLevel.GREEN, RiskLevel.RED, RiskLevel.BLUE)


def build(platform: Platform, home: Path) -> Staff:
    """Hire, warn eight people over the last two days, and answer some of the warnings."""
    staff = hire(platform, TOWN, home / "sign-ins.json")
    now = clock.now()
    for place, level in enumerate(_LEVELS):
        at = now - timedelta(hours=place * 6, minutes=3)
        warned = finding(f"f{place}", str(place + 1), level, at=at, region=TOWN, fraud_type=list(FraudType)[place % 4])
        merge(platform, warned, at=at, register=Register(TOWN))
    officer = staff.officers[TOWN]
    with platform.database.work(Scope.of(officer)) as work:
        waiting = [card.id for card in warnings.queue.my_tasks(work)]
    _live_through(platform, officer, waiting[0], now, 2)
    _live_through(platform, officer, waiting[1], now, 4)
    return staff


def _live_through(platform: Platform, officer: Principal, warning_id: str, now: datetime, steps: int) -> None:
    service, dissuaded = warnings.service, Feedback(Outcome.DISSUADED, Reached.SELF, scam_type="authority", stage="transfer", amount_protected_fen=5_000_000)
    life: list[Callable[[Work], object]] = [
        lambda work: service.sign(work, warning_id),
        lambda work: service.record_attempt(work, warning_id, ContactResult.REACHED),
        lambda work: service.record_meeting(work, warning_id, "测试小区", identity_verified=True),
        lambda work: service.give_feedback(work, warning_id, dissuaded),
    ]
    for place, step in enumerate(life[:steps]):
        with clock.frozen(now - timedelta(minutes=40 - 5 * place)), platform.database.work(Scope.of(officer)) as work:
            step(work)
