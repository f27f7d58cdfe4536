"""Stages of a fraud (DOMAIN §4)."""

from __future__ import annotations

from enum import StrEnum


class Stage(StrEnum):
    LEAD_IN = "lead_in"  # 引流
    GROOMING = "grooming"  # 洗脑
    TRANSFER = "transfer"  # 转账
    LAUNDERING = "laundering"  # 洗钱
