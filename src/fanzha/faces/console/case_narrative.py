"""Reading the narrative of a case that is filed: for a stated purpose its text is shown with the finds marked, and those chosen are taken into the case."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Form
from fastapi.responses import Response

from fanzha.desks.cases import LossRole, LossSource, NewLoss, NewSuspect, SuspectRole, editing, policy, viewing
from fanzha.desks.cases.errors import BadPart
from fanzha.engine.reading import Amount, MoneyRole, Reading, read_narrative
from fanzha.faces.common.context import PageContext, signed_in
from fanzha.faces.console.case_reading import segments, suspects_of
from fanzha.faces.console.cases import doubt_words
from fanzha.kit.ids import new_id, stable_id
from fanzha.vocab.identifiers import Kind

router = APIRouter()

Reader = Annotated[PageContext, Depends(signed_in(policy.REVEAL))]
Writer = Annotated[PageContext, Depends(signed_in(policy.WRITE))]
Key = Annotated[str, Form(min_length=8, max_length=64)]
Chosen = Annotated[list[str] | None, Form()]
_ROLES = {MoneyRole.LOST: LossRole.LOST, MoneyRole.RETURNED: LossRole.RETURNED, MoneyRole.FEE: LossRole.FEE}
_USES = {Kind.BANK_ACCOUNT: SuspectRole.RECEIVE, Kind.CARD: SuspectRole.RECEIVE, Kind.URL: SuspectRole.SITE, Kind.DOMAIN: SuspectRole.SITE, Kind.APP: SuspectRole.SITE}


@dataclass(frozen=True)
class Offer:
    """A find that can be taken in. `is_held`: the case has it already; `is_likely`: chosen unless the reader decides otherwise."""

    value: str
    word: str
    code: str
    percent: int
    doubts: tuple[str, ...]
    is_held: bool
    is_likely: bool


@router.get("/cases/{case_id}/narrative")
def ask(page: Reader, case_id: str) -> Response:
    """The narrative opens for a purpose."""
    with page.work() as work:
        view = viewing.get(work, case_id)
    return page.render("console/cases/narrative.html", case=view.case, read=None)


@router.post("/cases/{case_id}/narrative")
def show(page: Reader, case_id: str, purpose: Annotated[str, Form(max_length=300)]) -> Response:
    with page.work() as work:
        narrative = viewing.reveal(work, case_id, "narrative", purpose)
        view = viewing.get(work, case_id)
    reading = read_narrative(narrative, view.case.reported_at)
    held, sums = {one.value for one in view.parts.suspects}, {(one.fen, one.role) for one in view.parts.losses}
    return page.render(
        "console/cases/narrative.html", case=view.case, read=reading, segments=segments(narrative, reading), suspects=_suspects(reading, held),
        losses=_losses(reading, sums), may_take=view.may("edit"), doubt=doubt_words(page), key=new_id(),
    )  # fmt: skip


@router.post("/cases/{case_id}/narrative/take")
def take(page: Writer, case_id: str, key: Key, suspect: Chosen = None, loss: Chosen = None) -> Response:
    """Take the chosen finds into the case; sent twice, they are taken once."""
    with page.work() as work:
        for given in (_suspect(text) for text in suspect or []):
            editing.add_suspect(work, case_id, given, key=stable_id(key, given.value))
        for money in (_loss(text) for text in loss or []):
            editing.add_loss(work, case_id, money, key=stable_id(key, money.fen, money.role))
    return page.redirect(f"/cases/{case_id}", page.say("已登记 {n} 项。", n=len(suspect or []) + len(loss or [])))


def _suspects(reading: Reading, held: set[str]) -> list[Offer]:
    return [
        Offer(f"{one.kind.value}:{one.value}", one.raw.strip(), one.kind.value, round(one.confidence * 100), one.warnings, one.value in held, is_likely)
        for one, is_likely in suspects_of(reading)
    ]


def _losses(reading: Reading, held: set[tuple[int, str]]) -> list[Offer]:
    paid: dict[tuple[int, LossRole], Amount] = {}
    for one in reading.amounts:
        if one.role in _ROLES and one.fen:
            paid.setdefault((one.fen, _ROLES[one.role]), one)
    return [
        Offer(f"{role.value}:{fen}", one.raw, role.value, round(one.confidence * 100), (), (fen, role.value) in held, False) for (fen, role), one in paid.items()
    ]


def _suspect(text: str) -> NewSuspect:
    """Raises BadPart: not one of the offers."""
    kind, _, value = text.partition(":")
    if kind not in list(Kind):
        raise BadPart("Give the number, account or address, up to 300 characters.")
    return NewSuspect(value, Kind(kind), _USES.get(Kind(kind), SuspectRole.CONTACT))


def _loss(text: str) -> NewLoss:
    """Raises BadPart: not one of the offers."""
    role, _, fen = text.partition(":")
    if role not in list(LossRole) or not fen.isascii() or not fen.isdigit():
        raise BadPart("A sum cannot be negative or above ten trillion yuan.")
    return NewLoss(int(fen), LossRole(role), LossSource.NARRATIVE)
