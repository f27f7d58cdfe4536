"""What cases can share, and how telling it is that two of them share it.

A strength is the evidence in bits (Fellegi & Sunter 1969: log2 of how much likelier a shared value is within one gang than by chance) that a value of the kind
carries at its best: known to few cases, of one fraud type, within a month. They are the values by default; a city may set its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum


class Shared(IntEnum):
    """Kinds of shared value."""

    ACCOUNT = 0  # bank account, card, wallet
    PHONE = 1
    SITE = 2  # URL, domain, IP address
    CHAT = 3  # QQ, WeChat and other accounts of messengers, e-mail
    CRYPTO = 4
    DEVICE = 5  # IMEI, IMSI, terminal number
    MONEY = 6  # an account that the money of both reached, by tracing
    APP = 7  # the name of an application
    NAME = 8  # what a suspect called himself, a platform, a company
    SCRIPT = 9  # a place in the order of narratives: near-duplicates share several


STRENGTH: Mapping[Shared, float] = {
    Shared.ACCOUNT: 12.0,
    Shared.PHONE: 11.0,
    Shared.SITE: 11.0,
    Shared.CHAT: 11.0,
    Shared.CRYPTO: 13.0,
    Shared.DEVICE: 13.0,
    Shared.MONEY: 10.0,
    Shared.APP: 7.0,
    Shared.NAME: 4.0,
    Shared.SCRIPT: 1.0,
}

NAMES: Mapping[str, Shared] = {
    **dict.fromkeys(("account", "accounts", "bank_account", "bank_accounts", "card", "cards", "wallet", "payment_account"), Shared.ACCOUNT),
    **dict.fromkeys(("phone", "phones", "mobile", "number", "numbers", "tel"), Shared.PHONE),
    **dict.fromkeys(("url", "urls", "site", "sites", "domain", "domains", "host", "ip", "ips", "website"), Shared.SITE),
    **dict.fromkeys(("qq", "wechat", "im", "im_account", "im_accounts", "chat", "telegram", "email", "emails", "e_mail"), Shared.CHAT),
    **dict.fromkeys(("crypto", "crypto_address", "crypto_addresses"), Shared.CRYPTO),
    **dict.fromkeys(("device", "devices", "imei", "imsi", "terminal"), Shared.DEVICE),
    **dict.fromkeys(("money", "reached", "accounts_reached"), Shared.MONEY),
    **dict.fromkeys(("app", "apps", "app_name"), Shared.APP),
    **dict.fromkeys(("name", "names", "alias", "platform", "company"), Shared.NAME),
}
"""What a file may call a kind."""


@dataclass(frozen=True)
class Settings:
    """How linking weighs. `threshold`: bits from which on two cases are one series; `widest`: a value known to more cases than this is never enumerated in pairs."""

    strength: Mapping[Shared, float] = field(default_factory=lambda: STRENGTH)
    threshold: float = 8.0
    widest: int = 60
    typo_bits: float = 6.0  # what is taken off for an account that differs in one digit
    meaning_bits: float = 6.0  # what two narratives carry that tell the same in other words; 0: they are not compared
