"""Which kind of identifier a piece of text is."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeAlias

from fanzha.vocab.identifiers import banking, crypto, im, people, phones, web
from fanzha.vocab.identifiers.base import Cleaned, InvalidIdentifier, Kind, passes_luhn, tidy
from fanzha.vocab.identifiers.phones import PhoneKind

Cleaner: TypeAlias = Callable[[str], Cleaned]

_LABELLED: tuple[tuple[re.Pattern[str], Kind, Cleaner], ...] = (
    (re.compile(r"qq\s*(?:号码?)?[:：\s]\s*\d", re.IGNORECASE), Kind.QQ, im.clean_qq),
    (re.compile(r"(?:微信(?:号码?)?|wechat|weixin|wx|vx|v信)[:：\s]", re.IGNORECASE), Kind.WECHAT, im.clean_wechat),
)
_PACKAGE = re.compile(r"(?:com|cn|net|org|io|me|app|top|xyz)(?:\.[A-Za-z0-9_]+){2,}")
_DOUBTFUL = frozenset({PhoneKind.SMS_PORT.value, PhoneKind.SPOOFED.value, PhoneKind.FOREIGN.value})  # without a plus, rather an account
_SPOKEN = re.compile(r"[\d\s\-()+.]+")


def guess(raw: str) -> Kind | None:
    """The most likely kind; None where nothing fits. Digits alone are read as phone, identity card, card, account, in this order of likeness."""
    text = tidy(raw)
    if not text:
        return None
    for pattern, kind, cleaner in _LABELLED:
        if pattern.match(text):
            return kind if _works(cleaner, text) else None
    if _SPOKEN.fullmatch(text) and not _works(web.clean_ip, text):
        return _guess_digits(text)
    return _guess_words(text)


def _works(cleaner: Cleaner, text: str) -> bool:
    try:
        cleaner(text)
    except InvalidIdentifier:
        return False
    return True


def _guess_digits(text: str) -> Kind | None:
    digits = re.sub(r"[\s\-().]", "", text)
    phone = _phone(text)
    if phone is not None and (text.startswith("+") or phone.facts["phone_kind"] not in _DOUBTFUL):
        return Kind.PHONE
    if len(digits) == 18 and _works(people.clean_id_card, digits):
        return Kind.ID_CARD
    if phone is not None and digits.startswith("106"):
        return Kind.PHONE
    if 13 <= len(digits) <= 19 and digits[:1] in "3456" and passes_luhn(digits):
        return Kind.CARD
    return Kind.BANK_ACCOUNT if _works(banking.clean_account, text) and len(digits) >= 8 else None


def _phone(text: str) -> Cleaned | None:
    try:
        return phones.clean_phone(text)
    except InvalidIdentifier:
        return None


def _guess_words(text: str) -> Kind | None:
    attempts = (
        (Kind.ID_CARD, people.clean_id_card),
        (Kind.EMAIL, web.clean_email),
        (Kind.CRYPTO, crypto.clean_crypto),
        (Kind.IP, web.clean_ip),
        (Kind.PHONE, phones.clean_phone),
        (Kind.IM, im.clean_im),
    )
    found = next((kind for kind, cleaner in attempts if _works(cleaner, text)), None)
    if found is not None:
        return found
    if _PACKAGE.fullmatch(text):
        return Kind.APP
    if _works(web.clean_domain, text):
        return Kind.DOMAIN
    if _works(web.clean_url, text):
        return Kind.URL
    has_digits = sum(char.isdigit() for char in text) >= 6
    return Kind.BANK_ACCOUNT if has_digits and _works(banking.clean_account, text) else None
