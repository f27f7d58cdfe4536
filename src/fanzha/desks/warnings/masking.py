"""What of a person a page shows before anybody states a purpose."""

from __future__ import annotations

from dataclasses import dataclass

from fanzha.desks.warnings.model import WarningOrder
from fanzha.vocab.identifiers import Kind, mask, mask_name

_PLACE = 6
"""Characters of an address that are shown: they name the city or county."""


@dataclass(frozen=True)
class MaskedSubject:
    """Recognisable to a colleague who knows the case, useless to anybody else. `age` is a range of ten years."""

    name: str
    phone: str
    address: str
    age: str
    occupation: str
    pseudonym: str
    """The same person has the same pseudonym in every warning."""


@dataclass(frozen=True)
class ClearSubject:
    """The person in clear; handed out by `reveal` alone."""

    name: str
    phone: str
    address: str
    birth_year: str
    occupation: str


def masked(warning: WarningOrder, year: int) -> MaskedSubject:
    """`year` is the present one, for the age."""
    return MaskedSubject(
        name=mask_name(warning.subject_name) if warning.subject_name else "",
        phone=mask(Kind.PHONE, warning.subject_phone) if warning.subject_phone else "",
        address=mask_address(warning.subject_address),
        age=_decade(warning.subject_birth_year, year),
        occupation=warning.subject_occupation or "",
        pseudonym=warning.person_key[:8],
    )


def clear(warning: WarningOrder) -> ClearSubject:
    return ClearSubject(
        name=warning.subject_name or "",
        phone=dialled(warning.subject_phone),
        address=warning.subject_address or "",
        birth_year=warning.subject_birth_year or "",
        occupation=warning.subject_occupation or "",
    )


def mask_address(address: str | None) -> str:
    """The first characters, which name the place and not the door."""
    return f"{address[:_PLACE]}****" if address else ""


def dialled(phone: str | None) -> str:
    """As one dials it in the country."""
    return (phone or "").removeprefix("+86")


def _decade(birth_year: str | None, year: int) -> str:
    if not birth_year or not birth_year.isdigit():
        return ""
    age = max(0, year - int(birth_year)) // 10 * 10
    return f"{age}–{age + 9}"
