"""Grading of a holder's other accounts by risk (分类分级管控). Pure.

A grade proposes; a measure still needs its own order with basis, approval and end. Points and thresholds are proposals of ours (GK; the practice itself is
reported from Putian, S4, without its table) and are dated settings.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from fanzha.store import Work, dated


class Grade(StrEnum):
    """What is proposed for an account."""

    BLOCK = "block"  # 一级: total block or receive-only
    SUSPEND = "suspend"  # 二级: suspend non-counter business, re-verify the holder
    WATCH = "watch"  # 三级: lower limits, watch, re-verify by telephone
    FREE = "free"  # 四级: nothing


class Sign(StrEnum):
    """Something known of an account that raises or lowers its risk."""

    TOOK_CASE_MONEY = "took_case_money"  # 直接收取涉案资金
    PASSED_CASE_MONEY_ON = "passed_case_money_on"  # 转移涉案资金
    SHARED_DEVICE = "shared_device"  # 与涉案账户共用设备
    OPENED_WITH_CASE_ACCOUNT = "opened_with_case_account"  # 与涉案账户同期开立
    MANY_OPENED = "many_opened"  # 短期开立多户 (feature 1001)
    WOKE_UP = "woke_up"  # 长期不动后突然活跃
    QUICK_IN_OUT = "quick_in_out"  # 快进快出
    HOLDER_LISTED = "holder_listed"  # 开户人在涉案名单 (feature 2001)
    HOLDER_CONVICTED = "holder_convicted"  # 开户人已被认定惩戒
    LIVELIHOOD = "livelihood"  # 工资、社保、房贷等民生用途
    RE_VERIFIED = "re_verified"  # 已当面核实身份和用途


_POINTS: Mapping[Sign, int] = {
    Sign.TOOK_CASE_MONEY: 60, Sign.PASSED_CASE_MONEY_ON: 50, Sign.SHARED_DEVICE: 30, Sign.OPENED_WITH_CASE_ACCOUNT: 20, Sign.MANY_OPENED: 20, Sign.WOKE_UP: 15,
    Sign.QUICK_IN_OUT: 25, Sign.HOLDER_LISTED: 25, Sign.HOLDER_CONVICTED: 40, Sign.LIVELIHOOD: 30, Sign.RE_VERIFIED: 40,
}  # fmt: skip
LOWERING = frozenset({Sign.LIVELIHOOD, Sign.RE_VERIFIED})
_FLOORS: Mapping[Grade, int] = {Grade.BLOCK: 60, Grade.SUSPEND: 40, Grade.WATCH: 20}
_FROM = date(2022, 12, 1)
_SOURCE = "GK: editable default; S4 reports grading of a holder's other accounts without its table"

dated.register(
    *(
        dated.DatedNumber(
            f"controls.grade.{sign.value}", points, "points", f"Points this sign {'takes off' if sign in LOWERING else 'adds'} when accounts are graded", _SOURCE, _FROM
        )
        for sign, points in _POINTS.items()
    ),
    *(
        dated.DatedNumber(f"controls.grade.from_{grade.value}", floor, "points", f"From so many points an account is graded “{grade.value}”", _SOURCE, _FROM)
        for grade, floor in _FLOORS.items()
    ),
)


@dataclass(frozen=True)
class Meaning:
    """What a grade proposes: kinds of order, and a sentence in both languages."""

    proposed: tuple[str, ...]
    zh: str
    en: str


MEANINGS: Mapping[Grade, Meaning] = {
    Grade.BLOCK: Meaning(
        ("receive_only", "total_block"), "只收不付；确有必要时不收不付，并尽快面核开户人", "Receive only; total block where needed; see the holder soon"
    ),
    Grade.SUSPEND: Meaning(
        ("noncounter",), "暂停非柜面业务，通知开户人到柜面重新核实身份和用途", "Suspend non-counter business; the holder comes to the counter to be verified"
    ),
    Grade.WATCH: Meaning((), "不采取限制；纳入监测，电话核实", "No restriction; watched, verified by telephone"),
    Grade.FREE: Meaning((), "不采取措施", "Nothing is done"),
}


@dataclass(frozen=True)
class Table:
    """Points of each sign and the floor of each grade."""

    points: Mapping[Sign, int]
    floors: Mapping[Grade, int]

    @staticmethod
    def in_force(work: Work, region: str = "") -> Table:
        def number(name: str) -> int:
            return int(dated.value(work, f"controls.grade.{name}", region=region))

        return Table({sign: number(sign.value) for sign in Sign}, {grade: number(f"from_{grade.value}") for grade in _FLOORS})


DEFAULT = Table(_POINTS, _FLOORS)


@dataclass(frozen=True)
class Graded:
    """The grade with its sum and what it is made of: (sign, points), those that lower as negative."""

    grade: Grade
    points: int
    reasons: tuple[tuple[Sign, int], ...]

    @property
    def meaning(self) -> Meaning:
        return MEANINGS[self.grade]


def grade(signs: frozenset[Sign], table: Table = DEFAULT) -> Graded:
    """Add the points; never below nothing. An account that serves a livelihood is not blocked totally without a sign that case money went through it.

    More raising signs never give a milder grade, more lowering signs never a harsher one (a property test holds it).
    """
    reasons = tuple((sign, -table.points[sign] if sign in LOWERING else table.points[sign]) for sign in Sign if sign in signs)
    points = max(0, sum(one for _, one in reasons))
    found = next((grade for grade in (Grade.BLOCK, Grade.SUSPEND, Grade.WATCH) if points >= table.floors[grade]), Grade.FREE)
    if found is Grade.BLOCK and Sign.LIVELIHOOD in signs and not signs & {Sign.TOOK_CASE_MONEY, Sign.PASSED_CASE_MONEY_ON}:
        found = Grade.SUSPEND
    return Graded(found, points, reasons)
