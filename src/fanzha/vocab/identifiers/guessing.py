"""Which kind of identifier a piece of text is."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeAlias

from fanzha.vocab.identifiers import banking, crypto, devices, im, people, phones, web
from fanzha.vocab.identifiers.base import Cleaned, InvalidIdentifier, Kind, passes_luhn, tidy
from fanzha.vocab.identifiers.phones import PhoneKind

Cleaner: TypeAlias = Callable[[str], Cleaned]

_LABELLED: tuple[tuple[re.Pattern[str], Kind, Cleaner], ...] = (
    (re.compile(r"qq\s*(?:号码?)?[:：\s]\s*\d", re.IGNORECASE), Kind.QQ, im.clean_qq),
    (re.compile(r"(?:微信(?:号码?)?|wechat|weixin|wx|vx|v信)[:：\s]", re.IGNORECASE), Kind.WECHAT, im.clean_wechat),
)
_PACKAGE = re.compile(r"com(?:\.[A-Za-z0-9_]+){2,}")
_MAYBE_PACKAGE = re.compile(r"(?:cn|net|org|io|me)(?:\.[A-Za-z0-9_]+){2,}")  # one unless its end is a public suffix, which makes it a host
_LIKE_SITE = re.compile(r"(?:[a-zA-Z][a-zA-Z0-9+.-]*://)?(?=[^@]*[a-zA-Z])[A-Za-z0-9_.-]+\.[A-Za-z]{2,}(?:[:/?#].*)?")
_DOUBTFUL = frozenset({PhoneKind.SMS_PORT.value, PhoneKind.SPOOFED.value, PhoneKind.FOREIGN.value})  # without a plus, rather an account
_SPOKEN = re.compile(r"[\d\s\-()+.]+")

Recognised: TypeAlias = tuple[Kind, Cleaned]


def recognise(text: str) -> Recognised | None:
    """The most likely kind of a tidied text, cleaned; None where nothing fits. Digits alone are read as phone, identity card, card, account, in this order."""
    if not text:
        return None
    for pattern, kind, cleaner in _LABELLED:
        if pattern.match(text):
            return _first(text, (kind, cleaner))
    if _SPOKEN.fullmatch(text) and _first(text, (Kind.IP, web.clean_ip)) is None:
        return _recognise_digits(text)
    return _recognise_site(text) if _LIKE_SITE.fullmatch(text) else _recognise_words(text)


def guess(raw: str) -> Kind | None:
    """The kind of `recognise`."""
    found = recognise(tidy(raw))
    return found[0] if found else None


def _first(text: str, *attempts: tuple[Kind, Cleaner]) -> Recognised | None:
    """The first attempt whose cleaner takes the text."""
    for kind, cleaner in attempts:
        try:
            return kind, cleaner(text)
        except InvalidIdentifier:
            continue
    return None


def _recognise_digits(text: str) -> Recognised | None:
    digits = re.sub(r"[\s\-().]", "", text)
    phone = _first(text, (Kind.PHONE, phones.clean_phone))
    if phone is not None and (text.startswith("+") or phone[1].facts["phone_kind"] not in _DOUBTFUL):
        return phone
    card = _first(digits, (Kind.ID_CARD, people.clean_id_card)) if len(digits) == 18 else None
    if card is not None or (phone is not None and digits.startswith("106")):
        return card or phone
    if 13 <= len(digits) <= 19 and digits[:1] in "3456" and passes_luhn(digits):
        return Kind.CARD, banking.clean_card(digits)
    return _first(text, (Kind.BANK_ACCOUNT, banking.clean_account)) if len(digits) >= 8 else None


def _recognise_site(text: str) -> Recognised | None:
    """A package name is written like a host from its wrong end."""
    domain = _first(text, (Kind.DOMAIN, web.clean_domain))
    if _PACKAGE.fullmatch(text) or (_MAYBE_PACKAGE.fullmatch(text) and (domain is None or "unknown_suffix" in domain[1].warnings)):
        return Kind.APP, devices.clean_app(text)
    return domain or _first(text, (Kind.URL, web.clean_url), (Kind.BANK_ACCOUNT, banking.clean_account))


def _recognise_words(text: str) -> Recognised | None:
    found = _first(
        text, (Kind.ID_CARD, people.clean_id_card), (Kind.EMAIL, web.clean_email), (Kind.CRYPTO, crypto.clean_crypto), (Kind.IP, web.clean_ip),
        (Kind.PHONE, phones.clean_phone), (Kind.IM, im.clean_im),
    )  # fmt: skip
    if found is not None:
        return found
    has_digits = sum(char.isdigit() for char in text) >= 6
    return _recognise_site(text) if "." in text or "。" in text else _first(text, (Kind.BANK_ACCOUNT, banking.clean_account)) if has_digits else None
