"""Appeals for programs: the wrongly-hit rate, and where appeals stand. Accounts and numbers are masked; nothing here names a person."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel

from fanzha.desks.appeals import Appeal, Filters, State, filing, policy, reading, relief
from fanzha.desks.appeals.rates import NOTE_EN, By, of_figure, rates
from fanzha.faces.common.context import ApiContext, api_access
from fanzha.kit import clock
from fanzha.kit.paging import PageRequest
from fanzha.store import Scope

router = APIRouter(tags=["appeals"])

Reader = Annotated[ApiContext, Depends(api_access(policy.SEE))]
Counter = Annotated[ApiContext, Depends(api_access(policy.RATES))]


class ShareOut(BaseModel):
    """`value` = numerator / denominator, null without a denominator; `low` and `high` bound its 95 % score interval."""

    numerator: int
    denominator: int
    value: float | None
    low: float | None
    high: float | None


class RateOut(BaseModel):
    """`decided`: wrong among measures whose appeal was answered; `overall`: wrong among all measures; `open`: appeals that wait."""

    key: str
    name: str
    decided: ShareOut
    overall: ShareOut
    open: int


class RatesOut(BaseModel):
    """Measures that began in [since, until); `definition` says what the figures cannot see. Key `people`: no detector had spoken of the subject."""

    by: str
    since: datetime
    until: datetime
    total: RateOut
    rows: list[RateOut]
    definition: str


class ReleaseOut(BaseModel):
    """One measure that an upheld appeal lifts at one receiver; `proof` is `released`, `expired` or `never_in_force`, '' while it is awaited."""

    order_id: str
    receiver: str
    state: str
    proven_at: datetime | None
    proof: str


class AppealOut(BaseModel):
    """Where an appeal stands. `due_at` is the clock that runs now, null while it stands still or is over."""

    id: str
    receipt: str
    target: str
    target_id: str
    measure: str
    subject: str
    state: str
    instance: int
    verdict: str | None
    unit: str
    filed_at: datetime
    due_at: datetime | None
    decided_at: datetime | None
    releases: list[ReleaseOut] = []


class AppealsOut(BaseModel):
    """`total` counts all that fit, not only this page."""

    appeals: list[AppealOut]
    total: int


@router.get("/appeals/rates")
def show_rates(call: Counter, by: By = "detector", days: Annotated[int, Query(ge=1, le=3660)] = 90) -> RatesOut:
    """The wrongly-hit rate of the caller's area, by `detector`, `unit` or `target`."""
    until = clock.now()
    with call.services.database.work(Scope.system("rates")) as work:
        found = rates(work, by, until - timedelta(days=days), until, call.me.region)
    rows = [_rate(row) for row in found.rows]
    return RatesOut(by=by, since=found.window.since, until=found.window.until, total=_rate(found.total), rows=rows, definition=NOTE_EN)


def _rate(row: Any) -> RateOut:
    return RateOut(key=row.key, name=row.name, decided=ShareOut(**of_figure(row.decided)), overall=ShareOut(**of_figure(row.overall)), open=row.open)


@router.get("/appeals")
def listing(call: Reader, state: str = "", late: bool = False, page: Annotated[int, Query(ge=1, le=100_000)] = 1) -> AppealsOut:
    """Appeals in sight; `state` also takes `open` and `answered`."""
    chosen = state if state in {*State, "open", "answered"} else ""
    with call.work() as work:
        found = reading.search(work, Filters(state=chosen, late=late), PageRequest(page))
        return AppealsOut(appeals=[_appeal(one) for one in found.rows], total=found.total)


@router.get("/appeals/{appeal_id}")
def one(call: Reader, appeal_id: str) -> AppealOut:
    """One appeal with the proof of release from every receiver."""
    with call.work() as work:
        appeal = filing.get(work, appeal_id)
        lifted = relief.lifted(work, appeal)
        made = [
            ReleaseOut(order_id=each.order.id, receiver=each.order.receiver_name, state=each.state, proven_at=each.proven_at, proof=each.proof) for each in lifted
        ]
        return _appeal(appeal).model_copy(update={"releases": made})


def _appeal(appeal: Appeal) -> AppealOut:
    return AppealOut(
        id=appeal.id, receipt=appeal.receipt, target=appeal.target, target_id=appeal.target_id, measure=appeal.measure, subject=appeal.masked_subject,
        state=appeal.state, instance=appeal.instance, verdict=appeal.verdict, unit=appeal.unit_name, filed_at=appeal.filed_at, due_at=appeal.due_at,
        decided_at=appeal.decided_at,
    )  # fmt: skip
