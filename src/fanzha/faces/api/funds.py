"""Money trails for programs, and refund payments for banks. Account numbers are masked; money is fen."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field

from fanzha.desks import controls
from fanzha.desks.funds import policy, proposals, refunds, rescue, rescue_figures, rescue_reading, service, sheets
from fanzha.desks.funds import refund_repository as store
from fanzha.desks.funds.numbers import Numbers
from fanzha.faces.common.context import ApiContext, api_access
from fanzha.kit import clock
from fanzha.kit.paging import PageRequest

router = APIRouter(tags=["funds"])

Reader = Annotated[ApiContext, Depends(api_access(policy.SEE))]
Bank = Annotated[ApiContext, Depends(api_access(policy.PAY))]


class ProposalOut(BaseModel):
    """`account` is a reference within the trail; `expected_fen` = `fen` × `chance`."""

    account: str
    masked: str
    bank: str
    tier: int
    fen: int
    confirmed: bool
    uncertain: bool
    as_of: datetime
    chance: float
    expected_fen: int


class TrailOut(BaseModel):
    """A trail as it stands; `summary` holds the totals in fen."""

    id: str
    ref: str
    version: int
    method: str
    summary: dict[str, Any]
    proposals: list[ProposalOut]
    open_ends: list[dict[str, Any]]


class PaymentOut(BaseModel):
    """What the bank is asked to pay. The payee's data open on the page of payments, for a stated purpose."""

    id: str
    state: str
    fen: int
    due_at: datetime | None
    case_account_masked: str
    payee_masked: str
    payee_account_masked: str
    serial: str


class AnswerIn(BaseModel):
    outcome: Literal["paid", "failed"]
    serial: str = Field(default="", max_length=100, description="The bank's own number of the payment.")
    cause: str = Field(default="", max_length=2000, description="Why it could not be paid.")


@router.get("/traces/{trace_id}")
def trail(api: Reader, trace_id: str) -> TrailOut:
    """Where the money of this trail is, and what to order next."""
    name, stand_ins = sheets.naming(api.services.tokens), frozenset(service.nameless(api.services.tokens))
    with api.work() as work:
        shown = service.view(work, trace_id)
        found, decay = shown.found, Numbers(work, shown.trace.region).decay
    made = proposals.proposals(found, clock.now(), decay, stand_ins) if found else []
    asked = proposals.statements(found, stand_ins) if found else []
    return TrailOut(
        id=shown.trace.id, ref=shown.trace.ref, version=shown.trace.version, method=shown.trace.method, summary=dict(found.summary) if found else {},
        proposals=[_proposal(one, name(one.account)) for one in made],
        open_ends=[{"account": service.ref_of(one.account), "masked": name(one.account), "bank": one.bank, "tier": one.tier, "fen": one.fen} for one in asked],
    )  # fmt: skip


@router.get("/refund-payments")
def payments(api: Bank, number: Annotated[int, Query(alias="page", ge=1)] = 1) -> list[PaymentOut]:
    """What the caller's bank is asked to pay: the unanswered and the earliest due first, 50 a page."""
    name = sheets.naming(api.services.tokens)
    with api.work() as work:
        found = store.sent_payments(work, PageRequest(number))
        return [
            PaymentOut(
                id=one.id, state=one.state, fen=one.fen, due_at=one.due_at, case_account_masked=name(account.account), payee_masked=person.masked_name,
                payee_account_masked=person.masked_account, serial=one.serial,
            )
            for one, person, account in found.rows
        ]  # fmt: skip


@router.post("/refund-payments/{payment_id}/answer")
def answer(api: Bank, payment_id: str, body: AnswerIn) -> dict[str, Any]:
    """Say that a payment was made, or why not. The same answer again changes nothing; another one is refused (409)."""
    with api.work() as work:
        made = refunds.acknowledge(work, payment_id, paid=body.outcome == "paid", serial=body.serial, cause=body.cause)
        return {"id": made.id, "state": made.state, "answered_at": made.answered_at}


def _proposal(one: proposals.Proposal, masked: str) -> ProposalOut:
    return ProposalOut(
        account=service.ref_of(one.account), masked=masked, bank=one.bank, tier=one.tier, fen=one.fen, confirmed=one.confirmed, uncertain=one.uncertain,
        as_of=one.as_of, chance=one.chance, expected_fen=one.expected_fen,
    )  # fmt: skip


class ClockOut(BaseModel):
    """One rescue. Money is fen: `saved_fen` + `lost_fen` = `disputed_fen`. `moments` holds those that are known; `minutes` counts from the report."""

    id: str
    is_case: bool
    name: str
    moments: dict[str, datetime]
    fraud_known: str
    minutes: dict[str, float]
    minutes_from_fraud: dict[str, float]
    orders: int
    disputed_fen: int
    held_fen: int
    returned_fen: int
    saved_fen: int
    lost_fen: int


class SpreadOut(BaseModel):
    """Minutes of `count` incidents."""

    count: int
    q1: float | None
    median: float | None
    q3: float | None
    p90: float | None


class ClockGroupOut(BaseModel):
    """One unit, bank or month. `disputed_fen` and `lost_fen` are null by bank: a disputed sum is not divided among banks."""

    key: str
    name: str
    incidents: int
    with_order: int
    spans: dict[str, SpreadOut]
    saved_fen: int
    disputed_fen: int | None
    lost_fen: int | None


Watcher = Annotated[ApiContext, Depends(api_access(controls.policy.SEE))]


@router.get("/clock")
def clock_figures(api: Watcher, since: date, until: date, by: rescue_figures.By = rescue_figures.By.ALL) -> list[ClockGroupOut]:
    """How long rescues took, of what was reported from `since` to `until`, both days included (China)."""
    begin, end = clock.local_midnight(since), clock.local_midnight(until + timedelta(days=1))
    with api.work() as work:
        found = rescue_reading.measured(work, begin, end, by, api.services.tokens)
    return [
        ClockGroupOut(
            key=one.key, name=one.name, incidents=one.incidents, with_order=one.with_order, spans={name: SpreadOut(**vars(each)) for name, each in one.spans.items()},
            saved_fen=one.saved, disputed_fen=one.disputed, lost_fen=one.lost,
        )
        for one in found
    ]  # fmt: skip


@router.get("/clock/cases/{case_id}")
def clock_of_case(api: Watcher, case_id: str) -> ClockOut:
    """The clock of a case."""
    with api.work() as work:
        return _clock(rescue_reading.of_case(work, case_id, api.services.tokens))


@router.get("/clock/reports/{report_id}")
def clock_of_report(api: Watcher, report_id: str) -> ClockOut:
    """The clock of a report, or of the case it became."""
    with api.work() as work:
        return _clock(rescue_reading.of_report(work, report_id, api.services.tokens))


def _clock(one: rescue.Rescue) -> ClockOut:
    def since(begin: rescue.Moment) -> dict[str, float]:
        counted = {moment.value: one.minutes(begin, moment) for moment in one.moments if moment is not begin}
        return {name: minutes for name, minutes in counted.items() if minutes is not None}

    return ClockOut(
        id=one.incident.id, is_case=one.incident.is_case, name=one.incident.name, moments={moment.value: at for moment, at in one.moments.items()},
        fraud_known=one.fraud_known.value, minutes=since(rescue.Moment.REPORTED), minutes_from_fraud=since(rescue.Moment.FRAUD), orders=one.orders,
        disputed_fen=one.incident.disputed_fen, held_fen=one.held, returned_fen=one.returned, saved_fen=one.saved, lost_fen=one.lost,
    )  # fmt: skip
