"""Identifiers of the field: recognise, clean, validate and mask. The contract stands in docs/architecture.md.

Invariants: `clean(k, clean(k, x).value)` is the same value; `validate(k, clean(k, x).value)` has no errors; a mask shows no more than its family's docstring says.
"""

from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType

from fanzha.vocab.identifiers import banking, crypto, devices, im, people, phones, web
from fanzha.vocab.identifiers.base import REASONS, Cleaned, Fact, Identifier, InvalidIdentifier, Kind, Problem, tidy
from fanzha.vocab.identifiers.guessing import guess
from fanzha.vocab.identifiers.guessing import recognise as _recognise
from fanzha.vocab.identifiers.people import mask_name

__all__ = ["Fact", "Identifier", "InvalidIdentifier", "Kind", "Problem", "clean", "guess", "mask", "mask_name", "recognise", "token_kind", "validate"]

_FAMILIES: dict[Kind, tuple[Callable[[str], Cleaned], Callable[[str], str]]] = {
    Kind.PHONE: (phones.clean_phone, phones.mask_phone),
    Kind.BANK_ACCOUNT: (banking.clean_account, banking.mask_account),
    Kind.CARD: (banking.clean_card, banking.mask_card),
    Kind.ID_CARD: (people.clean_id_card, people.mask_id_card),
    Kind.URL: (web.clean_url, web.mask_url),
    Kind.DOMAIN: (web.clean_domain, web.mask_domain),
    Kind.QQ: (im.clean_qq, im.mask_account),
    Kind.WECHAT: (im.clean_wechat, im.mask_account),
    Kind.IM: (im.clean_im, im.mask_im),
    Kind.APP: (devices.clean_app, devices.mask_app),
    Kind.IMEI: (devices.clean_imei, devices.mask_device),
    Kind.IMSI: (devices.clean_imsi, devices.mask_device),
    Kind.IP: (web.clean_ip, web.mask_ip),
    Kind.EMAIL: (web.clean_email, web.mask_email),
    Kind.CRYPTO: (crypto.clean_crypto, crypto.mask_crypto),
}


def clean(kind: Kind, raw: str) -> Identifier:
    """The one spelling under which this identifier is stored, matched and sealed.

    Raises:
        InvalidIdentifier: `raw` is no identifier of this kind; `reason` says why.
    """
    cleaner, _ = _FAMILIES[kind]
    text = tidy(raw)
    if not text:
        raise InvalidIdentifier(kind, "empty")
    cleaned = cleaner(text)
    return Identifier(kind, cleaned.value, raw, cleaned.warnings, MappingProxyType(dict(cleaned.facts)))


def recognise(raw: str) -> Identifier | None:
    """`clean` as the most likely kind; None where nothing fits. Cheaper than `guess` and `clean`."""
    found = _recognise(tidy(raw))
    return Identifier(found[0], found[1].value, raw, found[1].warnings, MappingProxyType(dict(found[1].facts))) if found else None


def validate(kind: Kind, value: str) -> tuple[Problem, ...]:
    """What is wrong with a value that should be clean: at most one error, then doubts. Empty: nothing."""
    try:
        identifier = clean(kind, value)
    except InvalidIdentifier as error:
        return (_problem(error.reason, is_error=True),)
    doubts = tuple(_problem(code, is_error=False) for code in identifier.warnings)
    return doubts if identifier.value == value else (_problem("not_clean", is_error=True), *doubts)


def mask(kind: Kind, value: str) -> str:
    """The value as pages show it to those who need not know it. `value` is clean."""
    _, masker = _FAMILIES[kind]
    return masker(value)


def token_kind(kind: Kind) -> Kind:
    """The kind under which the lake seals it: a card is an account there, so that a card and an account of one number are one subject."""
    return Kind.BANK_ACCOUNT if kind is Kind.CARD else kind


def _problem(code: str, *, is_error: bool) -> Problem:
    zh, en = REASONS[code]
    return Problem(code, is_error, zh, en)
