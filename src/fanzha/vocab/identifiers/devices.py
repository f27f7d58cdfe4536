"""Handsets, SIM cards and apps."""

from __future__ import annotations

import re

from fanzha.vocab.identifiers.base import Cleaned, InvalidIdentifier, Kind, cover, luhn_digit, passes_luhn, require_number

_NOISE = re.compile(r"[\s\-/]")
_PACKAGE = re.compile(r"[A-Za-z][A-Za-z0-9_]*(?:\.[A-Za-z0-9_-]+)+")
_HASH = re.compile(r"[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64}", re.IGNORECASE)
_HOME_COUNTRY = "460"


def clean_imei(text: str) -> Cleaned:
    """15 digits (3GPP TS 23.003 §6.2). 14 digits, 16 with a software version, and records that put 0 where the check digit stands are completed,
    so that one handset has one number. Any other wrong check digit warns. Raises InvalidIdentifier."""
    digits = _NOISE.sub("", require_number(Kind.IMEI, text))
    if not re.fullmatch(r"\d{14,16}", digits) or not digits.strip("0"):
        raise InvalidIdentifier(Kind.IMEI, "not_an_imei")
    body = digits[:14]
    full = body + luhn_digit(body)
    facts = {"model": digits[:8]}
    if len(digits) == 16:
        return Cleaned(full, ("software_version_dropped",), facts)
    if len(digits) == 14 or (digits[14] == "0" and full != digits):
        return Cleaned(full, ("check_digit_filled",), facts)
    return Cleaned(digits, () if passes_luhn(digits) else ("luhn",), facts)


def clean_imsi(text: str) -> Cleaned:
    """14 or 15 digits: country, network, subscriber (3GPP TS 23.003 §2.2). Raises InvalidIdentifier."""
    digits = _NOISE.sub("", require_number(Kind.IMSI, text))
    if not re.fullmatch(r"\d{14,15}", digits) or not digits.strip("0"):
        raise InvalidIdentifier(Kind.IMSI, "not_an_imsi")
    return Cleaned(digits, facts={"country": digits[:3], "network": digits[3:5], "foreign": not digits.startswith(_HOME_COUNTRY)})


def clean_app(text: str) -> Cleaned:
    """A package (com.example.app, as written), the hash of an installer (lower case), or a name of 1 to 80 characters. Raises InvalidIdentifier."""
    if not text:
        raise InvalidIdentifier(Kind.APP, "empty")
    if _PACKAGE.fullmatch(text) and len(text) <= 200:
        return Cleaned(text, facts={"form": "package"})
    if _HASH.fullmatch(text):
        return Cleaned(text.lower(), facts={"form": "hash"})
    name = re.sub(r"\s+", " ", text)
    if len(name) > 80 or not any(char.isalnum() for char in name) or re.search(r"[\x00-\x1f<>]", name):
        raise InvalidIdentifier(Kind.APP, "not_an_app")
    return Cleaned(name, facts={"form": "name"})


def mask_device(value: str) -> str:
    """The first 4 and last 2 digits."""
    return cover(value, 4, 2)


def mask_app(value: str) -> str:
    """An app is not a person: shown in full."""
    return value
