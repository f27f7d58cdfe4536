"""States, kinds and terms of orders (管控指令). Pure.

Invariants: every measure was approved by somebody who is neither its requester nor one of its two officers; it has an end, and ends by itself; only an
extension that was approved and carried out in time moves the end. The database holds the same (migration 0017).
"""

from __future__ import annotations

import calendar
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from fanzha.kit import clock
from fanzha.kit.money import Fen
from fanzha.vocab.organisations import OrgKind


class State(StrEnum):
    REQUESTED = "requested"  # 待审批
    APPROVED = "approved"  # 已批准
    DECLINED = "declined"  # 不批准
    WITHDRAWN = "withdrawn"  # 已撤回
    SENT = "sent"  # 已下发
    ACKNOWLEDGED = "acknowledged"  # 已签收
    QUEUED = "queued"  # 轮候
    IN_FORCE = "in_force"  # 生效中
    DONE = "done"  # 已办结 (query, extension, release)
    FAILED = "failed"  # 未执行
    LAPSED = "lapsed"  # 失效: not approved or not answered in time, or the order it acts on has ended
    RELEASED = "released"  # 已解除
    EXPIRED = "expired"  # 到期自动解除


FINAL = frozenset({State.DECLINED, State.WITHDRAWN, State.DONE, State.FAILED, State.LAPSED, State.RELEASED, State.EXPIRED})
WITH_RECEIVER = frozenset({State.SENT, State.ACKNOWLEDGED, State.QUEUED})
"""The receiver still owes an answer, or its answer was that the order waits behind another."""

STEPS: Mapping[State, frozenset[State]] = {
    State.REQUESTED: frozenset({State.APPROVED, State.DECLINED, State.WITHDRAWN, State.LAPSED}),
    State.APPROVED: frozenset({State.SENT, State.WITHDRAWN, State.LAPSED}),
    State.SENT: frozenset({State.ACKNOWLEDGED, State.QUEUED, State.IN_FORCE, State.DONE, State.FAILED, State.LAPSED}),
    State.ACKNOWLEDGED: frozenset({State.QUEUED, State.IN_FORCE, State.DONE, State.FAILED, State.LAPSED}),
    State.QUEUED: frozenset({State.IN_FORCE, State.FAILED, State.LAPSED}),
    State.IN_FORCE: frozenset({State.RELEASED, State.EXPIRED}),
} | {state: frozenset() for state in FINAL}  # fmt: skip
"""The only moves there are. The trigger of migration 0017 holds the same table; a test compares them."""


def may_become(state: State, following: State) -> bool:
    return following in STEPS[state]


def state_at(state: State, ends_at: datetime | None, valid_until: datetime, now: datetime) -> State:
    """The state at a moment: what has passed its end holds no more, even in the minute before the clock's job writes it down."""
    if state is State.IN_FORCE and ends_at is not None and ends_at <= now:
        return State.EXPIRED
    if state not in FINAL and state is not State.IN_FORCE and state is not State.QUEUED and valid_until <= now:
        return State.LAPSED
    return state


class Effect(StrEnum):
    """What an order does."""

    ASK = "ask"  # 查询
    IMPOSE = "impose"  # 采取措施
    EXTEND = "extend"  # 延期、续冻
    RELEASE = "release"  # 解除


class Result(StrEnum):
    """What the receiver answers."""

    DONE = "done"  # 成功
    PARTLY = "partly"  # 部分成功
    QUEUED = "queued"  # 轮候
    NO_SUCH_ACCOUNT = "no_such_account"  # 无此账户
    MISMATCH = "mismatch"  # 要素不符
    REFUSED = "refused"  # 拒绝
    PASSED = "passed"  # 核验通过
    NOT_PASSED = "not_passed"  # 核验未通过
    NOT_REACHED = "not_reached"  # 未联系上
    NO_SUCH_NUMBER = "no_such_number"  # 无此号码


CARRIED_OUT = frozenset({Result.DONE, Result.PARTLY})
CHECKED = frozenset({Result.PASSED, Result.NOT_PASSED, Result.NOT_REACHED})
"""What came of verifying a person: the check was made, whatever it showed."""
OF_ACCOUNTS = frozenset({Result.DONE, Result.PARTLY, Result.QUEUED, Result.NO_SUCH_ACCOUNT, Result.MISMATCH, Result.REFUSED})
"""Results that an order on an account may have."""


def state_after(effect: Effect, result: Result) -> State:
    """Where an answer leads."""
    if result is Result.QUEUED:
        return State.QUEUED
    if result not in CARRIED_OUT and not (effect is Effect.ASK and result in CHECKED):
        return State.FAILED
    return State.IN_FORCE if effect is Effect.IMPOSE else State.DONE


class Unit(StrEnum):
    """Of a term."""

    HOURS = "hours"
    DAYS = "days"
    MONTHS = "months"


@dataclass(frozen=True)
class Term:
    """How long a measure lasts from its start."""

    count: int
    unit: Unit

    def after(self, start: datetime) -> datetime:
        """The end (UTC). Months are calendar months on a Chinese clock: a term that begins on the 31st ends on the last day of a shorter month."""
        if self.unit is Unit.HOURS:
            return start + timedelta(hours=self.count)
        if self.unit is Unit.DAYS:
            return start + timedelta(days=self.count)
        local = clock.to_local(start)
        years, month = divmod(local.month - 1 + self.count, 12)
        year = local.year + years
        day = min(local.day, calendar.monthrange(year, month + 1)[1])
        return local.replace(year=year, month=month + 1, day=day).astimezone(start.tzinfo)

    def within(self, longest: Term) -> bool:
        """Whether no term of the longest is exceeded: units must agree."""
        return self.unit is longest.unit and 0 < self.count <= longest.count


class Subject(StrEnum):
    """What an order is on."""

    ACCOUNT = "account"
    NUMBER = "number"


COUNTY_AND_ABOVE = frozenset({OrgKind.POLICE_COUNTY, OrgKind.POLICE_CITY, OrgKind.POLICE_PROVINCE})
"""A police head at county level or above approves (公安机关办理刑事案件程序规定 §239)."""
CITY_AND_ABOVE = frozenset({OrgKind.POLICE_CITY, OrgKind.POLICE_PROVINCE})
"""The longer term of a major case (§243)."""


@dataclass(frozen=True)
class OrderKind:
    """One kind of order, as data.

    `tx_code` and `answer_code` name it in the message vocabulary. `mode` is the FreezeType (01 limited sum, 02 receive only, 03 total block). At most one
    order of a `slot` is in force on a subject; a second one waits (`may_queue`) or fails. Of a `counted` family each imposition and extension takes one of
    the rounds that the law allows a subject. `acts_on` names the kinds that an extension or release is for. `results`: what a receiver may answer.
    `scopes`: parts of the service that it may be limited to. `clock`: the setting of the answer's time, by default that of its effect. `why_zh`, `why_en`:
    the reason in the notice, by default that of a suspect account.
    """

    key: str
    zh: str
    en: str
    effect: Effect
    tx_code: str
    answer_code: str
    bases: tuple[str, ...]
    unit: Unit | None = None
    subject: Subject = Subject.ACCOUNT
    receivers: frozenset[OrgKind] = frozenset({OrgKind.BANK})
    mode: str = ""
    slot: str = ""
    counted: str = ""
    acts_on: frozenset[str] = frozenset()
    must_match: bool = False
    has_amount: bool = False
    may_queue: bool = False
    may_be_major: bool = False
    extended_by: str = ""
    released_by: str = ""
    results: frozenset[Result] = OF_ACCOUNTS
    scopes: tuple[str, ...] = ()
    clock: str = ""
    why_zh: str = ""
    why_en: str = ""

    def approvers(self, *, major: bool) -> frozenset[OrgKind]:
        """From which kinds of organisation an approver must be."""
        return CITY_AND_ABOVE if major else COUNTY_AND_ABOVE


@dataclass(frozen=True)
class Checks:
    """What the receiver compared before it stopped money. All four must agree, else it must not stop (DOMAIN §2, C)."""

    name: bool = False
    account: bool = False
    amount: bool = False
    time: bool = False

    @property
    def all_agree(self) -> bool:
        return self.name and self.account and self.amount and self.time


@dataclass(frozen=True)
class Answer:
    """What the receiver reports of an order. Money is fen, times are aware. `former_*` describe the freeze that stands before a queued one."""

    result: Result
    checks: Checks = Checks()
    started_at: datetime | None = None
    expires_at: datetime | None = None
    applied_fen: Fen | None = None
    held_fen: Fen | None = None
    balance_fen: Fen | None = None
    former_department: str = ""
    former_held_fen: Fen | None = None
    former_expires_at: datetime | None = None
    cause: str = ""


class AlarmKind(StrEnum):
    """What somebody must look at."""

    ANSWER_LATE = "answer_late"  # 超时未反馈
    ENDS_SOON = "ends_soon"  # 即将到期
    ENDS_VERY_SOON = "ends_very_soon"  # 临近到期
    FREEZE_DUE = "freeze_due"  # 止付期内未冻结
    RELEASE_DUE = "release_due"  # 无关资金未按期解除
    NOT_DELIVERED = "not_delivered"  # 推送失败
    GROUND_WITHDRAWN = "ground_withdrawn"  # 同一对象的措施因申诉成立被解除


def amount_within(amount_fen: Fen | None, disputed_fen: Fen | None) -> bool:
    """No sum is held beyond the disputed one."""
    return amount_fen is None or (disputed_fen is not None and 0 < amount_fen <= disputed_fen)


def end_of(start: datetime, term: Term, said: datetime | None) -> datetime:
    """When a measure that began at `start` ends: by its term, or before where the receiver says so; never after."""
    longest = term.after(start)
    return min(longest, said) if said is not None and said > start else longest
