"""States, verdicts and clocks of appeals (申诉). Pure.

Invariants: nobody who took part in a measure decides on an appeal against it; what was proposed by one is decided by another; the answer's clock runs from
the day of filing and stops only while documents are awaited, once, for a limited time. The database holds the same (migration 0026).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class Target(StrEnum):
    """What an appeal is against."""

    ORDER = "order"  # 管控指令
    DECISION = "decision"  # 事中阻断
    WARNING = "warning"  # 预警


class Origin(StrEnum):
    """How it came in."""

    ONLINE = "online"  # 网上
    WALK_IN = "walk_in"  # 到窗口
    TELEPHONE = "telephone"  # 电话


class State(StrEnum):
    FILED = "filed"  # 已提交
    ACCEPTED = "accepted"  # 已受理
    REVIEWING = "reviewing"  # 核查中
    PROPOSED = "proposed"  # 待审批
    UPHELD = "upheld"  # 申诉成立
    PARTLY = "partly"  # 部分成立
    REJECTED = "rejected"  # 不成立
    INADMISSIBLE = "inadmissible"  # 不予受理
    WITHDRAWN = "withdrawn"  # 已撤回
    CLOSED = "closed"  # 已办结


OPEN = frozenset({State.FILED, State.ACCEPTED, State.REVIEWING, State.PROPOSED})
"""The person waits for an answer."""
ANSWERED = frozenset({State.UPHELD, State.PARTLY, State.REJECTED, State.INADMISSIBLE})
FINAL = frozenset({State.WITHDRAWN, State.CLOSED})
GRANTED = frozenset({"upheld", "partly"})
"""Verdicts that say the measure was wrong, wholly or in part."""

STEPS: Mapping[State, frozenset[State]] = {
    State.FILED: frozenset({State.ACCEPTED, State.INADMISSIBLE, State.WITHDRAWN}),
    State.ACCEPTED: frozenset({State.REVIEWING, State.WITHDRAWN}),
    State.REVIEWING: frozenset({State.PROPOSED, State.WITHDRAWN}),
    State.PROPOSED: frozenset({State.REVIEWING, State.UPHELD, State.PARTLY, State.REJECTED}),
} | {state: frozenset({State.CLOSED}) for state in ANSWERED} | {state: frozenset() for state in FINAL}  # fmt: skip
"""The only moves there are. The trigger of migration 0026 holds the same table; a test compares them."""


def may_become(state: State, following: State) -> bool:
    return following in STEPS[state]


class Verdict(StrEnum):
    """What is said about the measure."""

    UPHELD = "upheld"
    PARTLY = "partly"
    REJECTED = "rejected"
    INADMISSIBLE = "inadmissible"


class Track(StrEnum):
    """Which clock and which further remedy apply; its numbers are the dated settings `appeals.answer_hours.<track>`."""

    STOP = "stop"  # 紧急止付
    CRIMINAL = "criminal"  # 刑事冻结等
    PUNISHMENT = "punishment"  # 联合惩戒
    ADMINISTRATIVE = "administrative"  # 其他行政措施
    LINE = "line"  # 电话卡、号码
    DECISION = "decision"  # 事中拦截、延迟
    WARNING = "warning"  # 预警

    @property
    def is_criminal(self) -> bool:
        return self is Track.CRIMINAL


class AlarmKind(StrEnum):
    """What somebody must look at."""

    ACCEPT_SOON = "accept_soon"  # 受理即将到期
    ACCEPT_LATE = "accept_late"  # 受理超期
    ANSWER_SOON = "answer_soon"  # 答复即将到期
    ANSWER_LATE = "answer_late"  # 答复超期
    FACTS_LATE = "facts_late"  # 核实超期未回
    PROOF_LATE = "proof_late"  # 解除未获证明
    RELEASE_FAILED = "release_failed"  # 解除未执行
    CAME_INTO_FORCE = "came_into_force"  # 应解除的措施又生效


ESCALATING = frozenset({AlarmKind.ACCEPT_LATE, AlarmKind.ANSWER_LATE, AlarmKind.PROOF_LATE})
"""These bring in the unit above."""


class ReleaseState(StrEnum):
    """Where one measure that must be lifted stands."""

    WAITING = "waiting"  # 待申请解除: not in force yet, or nobody has asked for its release
    ASKED = "asked"  # 待审批
    SENT = "sent"  # 已下发，等待证明
    FAILED = "failed"  # 未执行
    PROVEN = "proven"  # 已证明解除


@dataclass(frozen=True)
class Clocks:
    """When what is due; aware."""

    accept_by: datetime
    answer_by: datetime


def soon(start: datetime, due: datetime, percent: int) -> datetime:
    """From when on a clock counts as about to run out: when only that share of it is left."""
    return due - (due - start) * percent / 100


def pause_ends(asked_at: datetime, days: int) -> datetime:
    """When the answer's clock runs again by itself, whether the documents came or not."""
    return asked_at + timedelta(days=days)


def resumed(answer_by: datetime, paused_at: datetime, until: datetime, now: datetime) -> tuple[datetime, int]:
    """(the new end of the answer's clock, whole seconds it stood still): never longer than the pause was granted for."""
    stood = int((min(now, until) - paused_at).total_seconds())
    return answer_by + timedelta(seconds=max(0, stood)), max(0, stood)


def track_of(subject: str, slot: str, basis: str) -> Track:
    """The track of an order: by what it is on, what it does, and the act it rests on.

    A freeze is a measure of criminal procedure whatever article it names (公安机关办理刑事案件程序规定 §237–§247); the others of an account are administrative.
    """
    if subject == "number":
        return Track.LINE
    if basis.startswith("joint_punishment"):
        return Track.PUNISHMENT
    if slot == "stop":
        return Track.STOP
    return Track.CRIMINAL if slot == "freeze" or basis.startswith("procedure") else Track.ADMINISTRATIVE
