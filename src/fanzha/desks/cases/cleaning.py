"""From what people type to what a case stores. Nothing is rejected for a doubtful check digit: doubts are kept as codes and shown (DOMAIN §8)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from fanzha.desks.cases.case_model import CaseSuspect, Loss, Victim
from fanzha.desks.cases.domain import LossRole, LossSource, SuspectRole
from fanzha.desks.cases.errors import BadPart
from fanzha.desks.cases.reading import index_of, more_indexes, suspect_index
from fanzha.kit import clock
from fanzha.lake.tokens import Tokens
from fanzha.store import Work
from fanzha.vocab import identifiers
from fanzha.vocab.identifiers import InvalidIdentifier, Kind

LONGEST_VALUE = 300
LONGEST_NOTE = 2_000
MOST_FEN = 10**15
_CARD_LIKE = re.compile(r"62\d{14,17}")


@dataclass(frozen=True)
class NewVictim:
    """As typed; what cannot be read as a phone or identity card is kept in the note and doubted."""

    name: str = ""
    phone: str = ""
    id_card: str = ""
    note: str = ""


@dataclass(frozen=True)
class NewLoss:
    """`fen` ≥ 0; `at` is aware."""

    fen: int
    role: LossRole = LossRole.LOST
    source: LossSource = LossSource.VICTIM
    at: datetime | None = None
    note: str = ""


@dataclass(frozen=True)
class NewSuspect:
    """`kind` where it is known; else it is recognised, or kept as written."""

    value: str
    kind: Kind | None = None
    role: SuspectRole = SuspectRole.OTHER
    note: str = ""


def victim(work: Work, case_id: str, part_id: str, given: NewVictim, tokens: Tokens) -> Victim:
    """Raises BadPart: nothing was given."""
    doubts: list[str] = []
    unread: list[str] = []
    phone = _cleaned(Kind.PHONE, given.phone, doubts, unread)
    card = _cleaned(Kind.ID_CARD, given.id_card, doubts, unread)
    name = given.name.strip()[:LONGEST_VALUE] or None
    if not (name or phone or card or unread):
        raise BadPart("Give the victim's name, phone or identity card.")
    note = "\n".join(line for line in (given.note.strip(), *unread) if line)[:LONGEST_NOTE]
    return Victim(
        id=part_id, case_id=case_id, added_at=clock.now(), added_by=work.actor, name=name, name_index=index_of("name", name) if name else None, phone=phone,
        phone_index=index_of(Kind.PHONE, phone) if phone else None, phone_token=tokens.seal(Kind.PHONE.value, phone) if phone else None, id_card=card,
        id_card_index=index_of(Kind.ID_CARD, card) if card else None, person_token=tokens.seal(Kind.ID_CARD.value, card) if card else None,
        note=note or None, doubts=doubts, more_indexes=[index for value in (phone, card) if value for index in more_indexes(value, "")],
    )  # fmt: skip


def check_years(*times: datetime | None) -> None:
    """Raises BadPart: a time that no store or page could hold."""
    if not all(map(clock.is_held, times)):
        raise BadPart("A time lies outside the years 1900 to 2999.")


def loss(work: Work, case_id: str, part_id: str, given: NewLoss) -> Loss:
    """Raises BadPart: a negative or impossible sum, an impossible time."""
    if not 0 <= given.fen <= MOST_FEN:
        raise BadPart("A sum cannot be negative or above ten trillion yuan.")
    check_years(given.at)
    return Loss(
        id=part_id, case_id=case_id, added_at=clock.now(), added_by=work.actor, fen=given.fen, role=given.role.value, source=given.source.value, at=given.at,
        note=_note(given.note),
    )  # fmt: skip


def suspect(work: Work, case_id: str, part_id: str, given: NewSuspect) -> CaseSuspect:
    """Raises BadPart: empty or far too long."""
    raw = given.value.strip()
    if not raw or len(raw) > LONGEST_VALUE:
        raise BadPart("Give the number, account or address, up to 300 characters.")
    read, doubts = _recognised(raw, given.kind)
    value = read.value if read else raw
    return CaseSuspect(
        id=part_id, case_id=case_id, added_at=clock.now(), added_by=work.actor, kind=read.kind.value if read else None, role=given.role.value,
        value=value, value_index=suspect_index(read.kind, value) if read else None, note=_note(given.note), doubts=doubts,
        more_indexes=more_indexes(value, read.kind if read else None),
    )  # fmt: skip


def doubts_of(raw: str) -> list[str]:
    """Codes of what is doubtful about an identifier as written; none where it is not recognised."""
    return _recognised(raw.strip(), None)[1]


def _recognised(raw: str, kind: Kind | None) -> tuple[identifiers.Identifier | None, list[str]]:
    """A value that does not fit the kind that was named is recognised instead, and doubted."""
    doubts: list[str] = []
    if kind is not None:
        try:
            read = identifiers.clean(kind, raw)
        except InvalidIdentifier as error:
            doubts.append(error.reason)
        else:
            return read, list(read.warnings)
    found = identifiers.recognise(raw)
    if found is not None:
        doubts += found.warnings
        if found.kind is Kind.BANK_ACCOUNT and _CARD_LIKE.fullmatch(found.value):
            doubts += identifiers.clean(Kind.CARD, found.value).warnings
    return found, list(dict.fromkeys(doubts))


def _cleaned(kind: Kind, raw: str, doubts: list[str], unread: list[str]) -> str | None:
    if not raw.strip():
        return None
    try:
        read = identifiers.clean(kind, raw)
    except InvalidIdentifier as error:
        doubts.append(error.reason)
        unread.append(f"[{kind.value}] {raw.strip()[:LONGEST_VALUE]}")
        return None
    doubts.extend(read.warnings)
    return read.value


def _note(text: str) -> str | None:
    return text.strip()[:LONGEST_NOTE] or None
