"""The ladder of measures on a telephone number (断卡): verify again, then up to four levels, one after the other. Pure.

Invariants: no level is reached past another without a ground that the ladder allows for it; after a passed check no level is open until a new check was
not passed; once it is approved that a level is lifted, neither that level nor the check before it carries the next one; a measure is renewed only while its
ground stands, and not more often than is set; a protective suspension is no level and needs a ground of its own.
Sources: 反电信网络诈骗法 art. 11 (re-verify, else limit or suspend), art. 32 (lift at once if passed), art. 34 (protection of potential victims); the MIIT/MPS
notice of 2021 ¶4 (24 hours, else suspend); the four levels after the ladder of 咸宁 (DOMAIN §3, C).
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
RENEWALS: Mapping[str, str] = {"line_limit_renew": LIMIT, "line_suspend_renew": SUSPEND}
"""Renewal → the measure that it makes longer. The other measures are not renewed: a cancelled number is gone after its term, a bar has the term of its
certification, and a protection is asked for anew."""


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
    NOTHING_TO_RENEW = "nothing_to_act_on"
    RENEWED_TOO_OFTEN = "renewed_too_often"


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
    """What the ladder needs to know of one order on the number. Times are aware. `on`: the kind of the measure that a renewal or restoration is for."""

    kind: str
    state: State
    requested_at: datetime
    result: str = ""
    sent_at: datetime | None = None
    answer_by: datetime | None = None
    answered_at: datetime | None = None
    on: str = ""


@dataclass(frozen=True)
class Ladder:
    """The rule in force. `levels` from the mildest; `after`: the level that each outcome of a check opens at once; `skips`: level → grounds on which it may be
    asked for before the one below; `needs_city`: kinds that a head at city level approves; `renew_most`: how often one measure is renewed."""

    levels: tuple[str, ...]
    after: Mapping[Check, str]
    skips: Mapping[str, frozenset[str]]
    check_valid: timedelta
    protect_grounds: frozenset[str]
    protect_most: int
    protect_within: timedelta
    needs_city: frozenset[str] = frozenset()
    renew_most: int = 3

    def level(self, kind: str) -> int:
        """1 the mildest; 0 what is no level."""
        return self.levels.index(kind) + 1 if kind in self.levels else 0


@dataclass(frozen=True)
class Standing:
    """Where a number stands: the highest level in force (0: none), the highest that is in force and not being lifted, everything in force, the newest check
    that still counts and when it was settled."""

    reached: int
    firm: int
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
    lifting = {past.on for past in orders if past.kind == RESTORE and past.state in _GOING_OUT}
    return Standing(_highest(in_force, ladder), _highest(in_force - lifting, ladder), in_force, under_way, check, at)


_GOING_OUT = frozenset({State.APPROVED, State.SENT, State.ACKNOWLEDGED})
_NOT_CLEARED = frozenset({Check.NOT_PASSED, Check.OVERDUE, Check.NOT_REACHED})


def _highest(kinds: Iterable[str], ladder: Ladder) -> int:
    return max((ladder.level(kind) for kind in kinds), default=0)


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
    if check in _NOT_CLEARED and at is not None and (at + ladder.check_valid <= now or _lifted_since(orders, at)):
        return Check.NONE, None
    return check, at


def _lifted_since(orders: Iterable[Past], at: datetime) -> bool:
    """Whether it was approved after a check that a level is lifted: what the check had opened is withdrawn with it, and the next measure needs a new one."""
    restored = (past for past in orders if past.kind == RESTORE and past.on in LEVELS and past.state in _GOING_OUT | {State.DONE})
    return any(past.sent_at is not None and past.sent_at >= at for past in restored)


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
    if kind in RENEWALS:
        return _fault_of_renewal(kind, ground, orders, here, ladder)
    return _fault_of_level(kind, ground, here, ladder)


def _fault_of_renewal(kind: str, ground: str, orders: Iterable[Past], here: Standing, ladder: Ladder) -> Fault | None:
    """The ground stands where the newest check that counts was not passed, or where one is named that the level may be taken on by itself."""
    measure = RENEWALS[kind]
    if not ladder.level(measure):
        return Fault.NOT_A_LEVEL
    began = max((past.requested_at for past in orders if past.kind == measure and past.state is State.IN_FORCE), default=None)
    if began is None:
        return Fault.NOTHING_TO_RENEW
    if here.check is Check.PASSED:
        return Fault.CHECK_PASSED
    done = sum(past.kind == kind and past.state is State.DONE and past.requested_at >= began for past in orders)
    if done >= ladder.renew_most:
        return Fault.RENEWED_TOO_OFTEN
    if here.check in _NOT_CLEARED:
        return None
    if ground:
        return None if ground in ladder.skips.get(measure, frozenset()) else Fault.GROUND_NOT_ALLOWED
    return Fault.CHECK_FIRST


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
    return max(here.firm + 1 if here.firm else 0, ladder.level(ladder.after.get(here.check, "")))


def open_kinds(history: Iterable[Past], ladder: Ladder, now: datetime) -> tuple[str, ...]:
    """What may be asked for now without a ground, a new check first."""
    orders = list(history)
    return tuple(kind for kind in (VERIFY, *ladder.levels) if fault_of(kind, "", orders, ladder, now) is None)


def next_kinds(history: Iterable[Past], ladder: Ladder, now: datetime) -> tuple[str, ...]:
    """The steps that lead on: the levels that are open, else a check where none counts; nothing where one runs or was passed."""
    orders = list(history)
    levels = tuple(kind for kind in open_kinds(orders, ladder, now) if kind != VERIFY)
    here = standing(orders, ladder, now)
    return levels or ((VERIFY,) if here.check is Check.NONE and not here.under_way else ())


def grounds_for(kind: str, ladder: Ladder) -> tuple[str, ...]:
    """Grounds on which a kind may be asked for out of turn, or at all."""
    allowed = ladder.protect_grounds if kind == PROTECT else ladder.skips.get(RENEWALS.get(kind, kind), frozenset())
    return tuple(ground.value for ground in Ground if ground in allowed)
