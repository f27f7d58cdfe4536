"""The ladder of measures on a telephone number (断卡): verify again, then up to four levels, one after the other. Pure.

Invariants: no level is reached past another without a ground that the ladder allows for it; after a passed check no level is open until a new check was
not passed; a protective suspension is no level and needs a ground of its own. Sources: 反电信网络诈骗法 art. 11 (re-verify, else limit or suspend), art. 32 (lift
at once if passed), art. 34 (protection of potential victims); the MIIT/MPS notice of 2021 ¶4 (24 hours, else suspend); the four levels after the ladder of
咸宁 (DOMAIN §3, C).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from fanzha.desks.controls.domain import FINAL, State

VERIFY, LIMIT, SUSPEND, CANCEL, BAR = "line_verify", "line_limit", "line_suspend", "line_cancel", "line_bar"
PROTECT, RESTORE = "line_protect", "line_restore"
LEVELS = (LIMIT, SUSPEND, CANCEL, BAR)
MEASURES = frozenset({*LEVELS, PROTECT})


class Check(StrEnum):
    """Where the newest check of the holder stands."""

    NONE = "none"  # 未核验
    WAITING = "waiting"  # 核验中
    OVERDUE = "overdue"  # 逾期未核验
    PASSED = "passed"  # 核验通过
    NOT_PASSED = "not_passed"  # 核验未通过
    NOT_REACHED = "not_reached"  # 未联系上


class Ground(StrEnum):
    """Why a level is asked for before the one below it (first five), or why a victim's line is suspended to protect (last three)."""

    SIM_BOX = "sim_box"  # 批量插卡设备特征明显
    CASE_CONFIRMED = "case_confirmed"  # 已查实用于作案
    IMMINENT_HARM = "imminent_harm"  # 正在实施诈骗
    FALSE_IDENTITY = "false_identity"  # 冒用他人身份开卡
    CERTIFIED = "certified"  # 经设区的市级以上公安机关认定
    VICTIM_REQUEST = "victim_request"  # 本人申请
    FAMILY_REQUEST = "family_request"  # 家属申请
    IMMINENT_DANGER = "imminent_danger"  # 正在被骗，情况紧急


SKIPPING = frozenset({Ground.SIM_BOX, Ground.CASE_CONFIRMED, Ground.IMMINENT_HARM, Ground.FALSE_IDENTITY, Ground.CERTIFIED})
PROTECTING = frozenset({Ground.VICTIM_REQUEST, Ground.FAMILY_REQUEST, Ground.IMMINENT_DANGER})


class Fault(StrEnum):
    """Why an order on a number is not open now; the words stand in the terms `order_fault`."""

    CHECK_UNDER_WAY = "check_under_way"
    UNDER_WAY = "under_way"
    CHECK_PASSED = "check_passed"
    CHECK_FIRST = "check_first"
    LEVEL_REACHED = "level_reached"
    LEVEL_SKIPPED = "level_skipped"
    NOT_A_LEVEL = "not_a_level"
    GROUND_NOT_ALLOWED = "ground_not_allowed"
    GROUND_MISSING = "ground_missing"
    PROTECTED_TOO_OFTEN = "protected_too_often"


class SuspectState(StrEnum):
    """Where a suspect number stands in the queue."""

    OPEN = "open"  # 待研判
    ASKED = "asked"  # 已申请措施
    DISMISSED = "dismissed"  # 已排除
    WITHDRAWN = "withdrawn"  # 线索已撤回
    RESTORED = "restored"  # 核验通过，已恢复


class Source(StrEnum):
    """Where a piece of evidence comes from."""

    FINDING = "finding"  # 监测发现
    INDICATOR = "indicator"  # 涉诈标识
    CASE = "case"  # 警情、案件


@dataclass(frozen=True)
class Past:
    """What the ladder needs to know of one order on the number. Times are aware."""

    kind: str
    state: State
    requested_at: datetime
    result: str = ""
    sent_at: datetime | None = None
    answer_by: datetime | None = None
    answered_at: datetime | None = None


@dataclass(frozen=True)
class Ladder:
    """The rule in force. `levels` from the mildest; `after`: the level that each outcome of a check opens at once; `skips`: level → grounds on which it may be
    asked for before the one below; `needs_city`: kinds that a head at city level approves."""

    levels: tuple[str, ...]
    after: Mapping[Check, str]
    skips: Mapping[str, frozenset[str]]
    check_valid: timedelta
    protect_grounds: frozenset[str]
    protect_most: int
    protect_within: timedelta
    needs_city: frozenset[str] = frozenset()

    def level(self, kind: str) -> int:
        """1 the mildest; 0 what is no level."""
        return self.levels.index(kind) + 1 if kind in self.levels else 0


@dataclass(frozen=True)
class Standing:
    """Where a number stands: the highest level in force (0: none), everything in force, the newest check and when it was settled."""

    reached: int
    in_force: frozenset[str]
    under_way: frozenset[str]
    check: Check
    checked_at: datetime | None


def standing(history: Iterable[Past], ladder: Ladder, now: datetime) -> Standing:
    """What the orders on a number come to."""
    orders = list(history)
    in_force = frozenset(past.kind for past in orders if past.state is State.IN_FORCE)
    under_way = frozenset(past.kind for past in orders if past.state not in FINAL and past.state is not State.IN_FORCE)
    check, at = _check(orders, ladder, now)
    return Standing(max((ladder.level(kind) for kind in in_force), default=0), in_force, under_way, check, at)


def _check(orders: Iterable[Past], ladder: Ladder, now: datetime) -> tuple[Check, datetime | None]:
    sent = [past for past in orders if past.kind == VERIFY and past.sent_at is not None and past.state is not State.FAILED]
    if not sent:
        return Check.NONE, None
    newest = max(sent, key=lambda past: (past.sent_at or now, past.requested_at))
    if newest.state is State.DONE:
        check, at = Check(newest.result), newest.answered_at
    elif newest.answer_by is not None and newest.answer_by <= now:
        check, at = Check.OVERDUE, newest.answer_by
    elif newest.state in FINAL:
        check, at = Check.NONE, None
    else:
        check, at = Check.WAITING, newest.sent_at
    if check not in (Check.WAITING, Check.PASSED) and at is not None and at + ladder.check_valid <= now:
        return Check.NONE, None
    return check, at


def fault_of(kind: str, ground: str, history: Iterable[Past], ladder: Ladder, now: datetime, *, own: bool = False) -> Fault | None:
    """Why an order of this kind is not open on the number now; None where it is. `own`: the history holds this very request (it is about to be approved)."""
    orders = list(history)
    here = standing(orders, ladder, now)
    if kind == RESTORE:
        return None
    pending = sum(past.kind == kind and past.state not in FINAL and past.state is not State.IN_FORCE for past in orders)
    if pending > own:
        return Fault.CHECK_UNDER_WAY if kind == VERIFY else Fault.UNDER_WAY
    if kind == VERIFY:
        return None
    if kind == PROTECT:
        return _fault_of_protection(ground, orders, ladder, now)
    return _fault_of_level(kind, ground, here, ladder)


def _fault_of_protection(ground: str, orders: Iterable[Past], ladder: Ladder, now: datetime) -> Fault | None:
    if ground not in ladder.protect_grounds:
        return Fault.GROUND_MISSING
    lately = [past for past in orders if past.kind == PROTECT and past.sent_at is not None and past.sent_at > now - ladder.protect_within]
    return Fault.PROTECTED_TOO_OFTEN if len(lately) >= ladder.protect_most else None


def _fault_of_level(kind: str, ground: str, here: Standing, ladder: Ladder) -> Fault | None:
    level = ladder.level(kind)
    if not level:
        return Fault.NOT_A_LEVEL
    if here.check is Check.PASSED:
        return Fault.CHECK_PASSED
    if level <= here.reached:
        return Fault.LEVEL_REACHED
    if level <= open_level(here, ladder):
        return None
    if ground:
        return None if ground in ladder.skips.get(kind, frozenset()) else Fault.GROUND_NOT_ALLOWED
    return Fault.LEVEL_SKIPPED if here.reached or here.check not in (Check.NONE, Check.WAITING) else Fault.CHECK_FIRST


def open_level(here: Standing, ladder: Ladder) -> int:
    """The highest level that may be asked for without a ground: the next above the one in force, or the one that the check opens."""
    if here.check is Check.PASSED:
        return 0
    return max(here.reached + 1 if here.reached else 0, ladder.level(ladder.after.get(here.check, "")))


def open_kinds(history: Iterable[Past], ladder: Ladder, now: datetime) -> tuple[str, ...]:
    """What may be asked for now without a ground, a new check first."""
    orders = list(history)
    return tuple(kind for kind in (VERIFY, *ladder.levels) if fault_of(kind, "", orders, ladder, now) is None)


def grounds_for(kind: str, ladder: Ladder) -> tuple[str, ...]:
    """Grounds on which a kind may be asked for out of turn, or at all."""
    allowed = ladder.protect_grounds if kind == PROTECT else ladder.skips.get(kind, frozenset())
    return tuple(ground.value for ground in Ground if ground in allowed)
