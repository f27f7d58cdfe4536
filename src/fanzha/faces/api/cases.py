"""Cases for other systems: search, one case, file one. Personal data is masked; opening it is for people, on the page, with a purpose."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query
from pydantic import AwareDatetime, BaseModel, Field

from fanzha.desks.cases import (
    Case,
    CaseFilters,
    CaseState,
    NewCase,
    NewLoss,
    NewSuspect,
    NewVictim,
    editing,
    filing,
    policy,
    searching,
    viewing,
)
from fanzha.faces.common.context import ApiContext, api_access
from fanzha.vocab.fraud_types import FraudType
from fanzha.vocab.identifiers import Kind

router = APIRouter(prefix="/cases", tags=["cases"])

Reader = Annotated[ApiContext, Depends(api_access(policy.SEE))]
Writer = Annotated[ApiContext, Depends(api_access(policy.WRITE))]


class CaseAnswer(BaseModel):
    """`loss_fen` is net of what came back; `id` of a merged case stays valid and leads to the live one."""

    id: str
    reference: str
    number: str | None
    state: CaseState
    region: str
    unit: str
    fraud_type: FraudType
    loss_fen: int
    victims: int
    happened_at: datetime | None
    reported_at: datetime
    first_order_at: datetime | None
    filed_at: datetime


class PieceAnswer(BaseModel):
    text: str
    is_hit: bool


class HitAnswer(BaseModel):
    """`where`: number, victim, suspect or narrative; the pieces in order make the line to show, hits marked, the rest masked."""

    case: CaseAnswer
    where: str
    pieces: list[PieceAnswer]


class SearchAnswer(BaseModel):
    """Newest first. `is_cut`: there are more."""

    hits: list[HitAnswer]
    is_cut: bool


class SuspectAnswer(BaseModel):
    kind: Kind | None
    masked: str
    role: str
    doubts: list[str]


class WholeCase(CaseAnswer):
    """With what is seen under it; times in minutes where both ends are known."""

    merged: list[str]
    suspects: list[SuspectAnswer]
    minutes_to_report: int | None
    minutes_to_order: int | None
    allowed: list[str]


class CaseGiven(BaseModel):
    """`region` is a GB/T 2260 code or a name, `suspects` identifiers as written. Doubtful check digits are kept and told in `doubts`."""

    narrative: str = Field(min_length=1, max_length=50_000)
    reported_at: AwareDatetime
    region: str = Field(default="", max_length=60)
    number: str = Field(default="", max_length=60)
    fraud_type: FraudType = FraudType.OTHER
    happened_at: AwareDatetime | None = None
    victim_name: str = Field(default="", max_length=300)
    victim_phone: str = Field(default="", max_length=300)
    victim_id_card: str = Field(default="", max_length=300)
    loss_fen: int = Field(default=0, ge=0, le=10**15)
    suspects: list[str] = Field(default_factory=list, max_length=50)


class FiledAnswer(BaseModel):
    """`number_is_odd`: the number does not look as case numbers do there; it was kept."""

    case: CaseAnswer
    number_is_odd: bool


@router.get("")
def search(
    api: Reader, q: Annotated[str, Query(min_length=2, max_length=200)], state: CaseState | None = None, fraud_type: FraudType | None = None,
    region: Annotated[str, Query(pattern=r"^\d{0,9}$")] = "",
) -> SearchAnswer:  # fmt: skip
    """By number, identifier or words of the narrative."""
    filters = CaseFilters(state=state or "", fraud_type=fraud_type or "", region=region)
    with api.work() as work:
        found = searching.search(work, q, filters)
    hits = [
        HitAnswer(case=_told(hit.case), where=hit.where, pieces=[PieceAnswer(text=piece.text, is_hit=piece.is_hit) for piece in hit.pieces]) for hit in found.hits
    ]
    return SearchAnswer(hits=hits, is_cut=found.is_cut)


@router.get("/{case_id}")
def one(api: Reader, case_id: str) -> WholeCase:
    with api.work() as work:
        view = viewing.get(work, case_id)
    suspects = [SuspectAnswer(kind=Kind(one.kind) if one.kind else None, masked=one.masked, role=one.role, doubts=one.doubts) for one in view.parts.suspects]
    return WholeCase(
        **_told(view.case).model_dump(), merged=[case.id for case in view.merged], suspects=suspects, minutes_to_report=view.minutes_to_report,
        minutes_to_order=view.minutes_to_order, allowed=sorted(view.allowed),
    )  # fmt: skip


@router.post("", status_code=201)
def file(api: Writer, given: CaseGiven, idempotency_key: Annotated[str, Header(min_length=8, max_length=64)]) -> FiledAnswer:
    """File a case. The same `Idempotency-Key` again gives the case that was filed."""
    victim = NewVictim(given.victim_name, given.victim_phone, given.victim_id_card)
    new = NewCase(
        given.narrative, given.reported_at, given.region, given.number, given.fraud_type, given.happened_at,
        victims=(victim,) if victim != NewVictim() else (), losses=(NewLoss(given.loss_fen),) if given.loss_fen else (),
        suspects=tuple(map(NewSuspect, given.suspects)), source="api",
    )  # fmt: skip
    with api.work() as work:
        case = filing.file(work, new, api.services.tokens, key=idempotency_key)
        is_odd = editing.number_warning(work, given.number, case.region)
    return FiledAnswer(case=_told(case), number_is_odd=is_odd)


def _told(case: Case) -> CaseAnswer:
    return CaseAnswer(
        id=case.id, reference=case.ref, number=case.number, state=CaseState(case.state), region=case.region, unit=case.unit_name,
        fraud_type=FraudType(case.fraud_type), loss_fen=case.loss_fen, victims=case.victims, happened_at=case.happened_at, reported_at=case.reported_at,
        first_order_at=case.first_order_at, filed_at=case.filed_at,
    )  # fmt: skip
