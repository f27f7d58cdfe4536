"""The life of a refund round (返还): pure. drafted → noticed → answered → decided → paying → closed, or withdrawn before the decision.

银监发〔2016〕41号 (seen in excerpts): what is shared pro rata stands in public notice first; only a round in which all money is traced to its victims is decided without.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from fanzha.kit import clock


class RoundState(StrEnum):
    DRAFTED = "drafted"  # 拟定
    NOTICED = "noticed"  # 公告
    ANSWERED = "answered"  # 公告期满、异议已答复
    DECIDED = "decided"  # 已决定
    PAYING = "paying"  # 付款中
    CLOSED = "closed"  # 办结
    WITHDRAWN = "withdrawn"  # 撤回


class RoundStep(StrEnum):
    NOTICE = "notice"
    END_NOTICE = "end_notice"
    DECIDE = "decide"
    PAY = "pay"
    CLOSE = "close"
    WITHDRAW = "withdraw"


class PaymentState(StrEnum):
    PLANNED = "planned"  # 待付
    SENT = "sent"  # 已发银行
    PAID = "paid"  # 已付
    FAILED = "failed"  # 未成功


_STEPS: Final[Mapping[tuple[RoundState, RoundStep], RoundState]] = MappingProxyType({
    (RoundState.DRAFTED, RoundStep.NOTICE): RoundState.NOTICED,
    (RoundState.DRAFTED, RoundStep.DECIDE): RoundState.DECIDED,
    (RoundState.NOTICED, RoundStep.END_NOTICE): RoundState.ANSWERED,
    (RoundState.ANSWERED, RoundStep.DECIDE): RoundState.DECIDED,
    (RoundState.DECIDED, RoundStep.PAY): RoundState.PAYING,
    (RoundState.PAYING, RoundStep.PAY): RoundState.PAYING,
    (RoundState.PAYING, RoundStep.CLOSE): RoundState.CLOSED,
    (RoundState.DRAFTED, RoundStep.WITHDRAW): RoundState.WITHDRAWN,
    (RoundState.NOTICED, RoundStep.WITHDRAW): RoundState.WITHDRAWN,
    (RoundState.ANSWERED, RoundStep.WITHDRAW): RoundState.WITHDRAWN,
})  # fmt: skip

OVER: Final = frozenset({RoundState.CLOSED, RoundState.WITHDRAWN})


@dataclass(frozen=True)
class Standing:
    """What the next steps of a round depend on."""

    state: RoundState
    shared: bool
    notice_ends_at: datetime | None
    open_objections: int
    payments: tuple[PaymentState, ...]


def after(state: RoundState, step: RoundStep) -> RoundState | None:
    """The state that a step leads to; None where it is not possible."""
    return _STEPS.get((state, step))


def hindrance(standing: Standing, step: RoundStep, now: datetime) -> str | None:
    """What stands in the way: `state`, `notice` still running or not given, `objections` not answered, `payments` not answered; None where the step is open."""
    if after(standing.state, step) is None:
        return "state"
    if step is RoundStep.END_NOTICE or (step is RoundStep.DECIDE and standing.shared):
        if standing.notice_ends_at is None or now < standing.notice_ends_at:
            return "notice"
        if standing.open_objections:
            return "objections"
    if step is RoundStep.CLOSE and not set(standing.payments) <= {PaymentState.PAID, PaymentState.FAILED}:
        return "payments"
    if step is RoundStep.PAY and not {PaymentState.PLANNED, PaymentState.FAILED} & set(standing.payments):
        return "payments"
    return None


def open_steps(standing: Standing, now: datetime) -> list[RoundStep]:
    return [step for step in RoundStep if hindrance(standing, step, now) is None]


def due_after(sent: datetime, working_days: int, holidays: Collection[date], extra: Collection[date]) -> datetime:
    """The end of the nth working day after the day of sending, on a Chinese calendar. `extra`: Saturdays and Sundays that are worked on."""
    day = clock.local_day(sent)
    left = working_days
    while left > 0:
        day += timedelta(days=1)
        if day in extra or (day.weekday() < 5 and day not in holidays):
            left -= 1
    return clock.local_midnight(day + timedelta(days=1))
