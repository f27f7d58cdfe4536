"""Result codes of a dissuasion (DOMAIN, practice seen elsewhere) and results of one contact attempt."""

from __future__ import annotations

from enum import StrEnum


class Outcome(StrEnum):
    NOT_FOUND_YET = "not_found_yet"  # 暂时找不到
    NOT_FOUND = "not_found"  # 确实找不到
    DISSUADED = "dissuaded"  # 已劝阻
    MISMATCH = "mismatch"  # 不符
    DUPLICATE = "duplicate"  # 重复预警


class ContactResult(StrEnum):
    REACHED = "reached"  # 接通本人
    FAMILY = "family"  # 接通家属
    NO_ANSWER = "no_answer"  # 无人接听
    POWERED_OFF = "powered_off"  # 关机
    REFUSED = "refused"  # 拒绝沟通
    WRONG_NUMBER = "wrong_number"  # 号码错误
    MET = "met"  # 已见面
