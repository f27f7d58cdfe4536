"""Fraud types: our codes, with crosswalks to the police ministry's ten (2024-06-25) and the twelve-class list (CCL23-Eval task 6)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class FraudType(StrEnum):
    REBATE_TASKS = "rebate_tasks"  # 刷单返利
    INVESTMENT = "investment"  # 虚假网络投资理财
    SHOPPING = "shopping"  # 虚假购物、服务
    LOGISTICS_AGENT = "logistics_agent"  # 冒充电商物流客服
    LOAN = "loan"  # 虚假贷款
    CREDIT_RECORD = "credit_record"  # 虚假征信
    ACQUAINTANCE = "acquaintance"  # 冒充领导、熟人
    AUTHORITY = "authority"  # 冒充公检法及政府机关
    ROMANCE = "romance"  # 网络婚恋、交友
    GAME_TRADE = "game_trade"  # 网络游戏产品虚假交易
    MILITARY_PURCHASE = "military_purchase"  # 冒充军警购物: in the twelve-class list only
    BLACK_INDUSTRY = "black_industry"  # 网黑案件: in the twelve-class list only
    OTHER = "other"


@dataclass(frozen=True)
class FraudTypeEntry:
    """Names and places in the two lists (None: not in that list)."""

    code: FraudType
    zh: str
    en: str
    mps_ten: int | None
    fcc12: str | None


_ENTRIES = (
    FraudTypeEntry(FraudType.REBATE_TASKS, "刷单返利", "Fake rebate tasks", 1, "刷单返利"),
    FraudTypeEntry(FraudType.INVESTMENT, "虚假网络投资理财", "Fake online investment", 2, "虚假网络投资理财"),
    FraudTypeEntry(FraudType.SHOPPING, "虚假购物、服务", "Fake shopping and services", 3, "虚假购物、服务"),
    FraudTypeEntry(FraudType.LOGISTICS_AGENT, "冒充电商物流客服", "Posing as e-commerce or parcel agents", 4, "冒充电商物流客服"),
    FraudTypeEntry(FraudType.LOAN, "虚假贷款", "Fake loans", 5, "贷款、代办信用卡"),
    FraudTypeEntry(FraudType.CREDIT_RECORD, "虚假征信", "Fake credit-record repair", 6, "虚假征信"),
    FraudTypeEntry(FraudType.ACQUAINTANCE, "冒充领导、熟人", "Posing as a leader or acquaintance", 7, "冒充领导、熟人"),
    FraudTypeEntry(FraudType.AUTHORITY, "冒充公检法及政府机关", "Posing as police, court or government", 8, "冒充公检法及政府机关"),
    FraudTypeEntry(FraudType.ROMANCE, "网络婚恋、交友（非投资类）", "Online romance", 9, "网络婚恋、交友（非虚假网络投资理财）"),
    FraudTypeEntry(FraudType.GAME_TRADE, "网络游戏产品虚假交易", "Fake game-item trade", 10, "网络游戏产品虚假交易"),
    FraudTypeEntry(FraudType.MILITARY_PURCHASE, "冒充军警购物", "Posing as soldiers or police buying goods", None, "冒充军警购物"),
    FraudTypeEntry(FraudType.BLACK_INDUSTRY, "网黑案件", "Online black industry", None, "网黑案件"),
    FraudTypeEntry(FraudType.OTHER, "其他", "Other", None, None),
)

ENTRIES: dict[FraudType, FraudTypeEntry] = {entry.code: entry for entry in _ENTRIES}


def from_fcc12(label: str) -> FraudType:
    """The code of a twelve-class label; `OTHER` where the label is not in the list."""
    return next((entry.code for entry in _ENTRIES if entry.fcc12 == label), FraudType.OTHER)


def from_mps_ten(number: int) -> FraudType:
    """The code of a number 1–10 of the ministry's list; `OTHER` where there is no such number."""
    return next((entry.code for entry in _ENTRIES if entry.mps_ten == number), FraudType.OTHER)
