"""Reports of fraud (警情): the list and one report. What names a person is masked and opens for a stated purpose."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query
from fastapi.responses import JSONResponse, Response

from fanzha.desks import controls, funds, lines, series
from fanzha.desks.cases import ReportRow, ReportState, cleaning, filing, policy, receiving, service
from fanzha.faces.common.context import NavEntry, PageContext, signed_in
from fanzha.faces.common.days import narrowing
from fanzha.faces.console.case_forms import MOST_SUSPECTS, CaseForm, Typed, demanded, instant, lines_of
from fanzha.faces.console.cases import blank, doubt_words, show_form, show_read
from fanzha.faces.console.indicators import one_of
from fanzha.faces.console.warnings import LIVE
from fanzha.kit import clock, money
from fanzha.kit.errors import Conflict, InvalidInput
from fanzha.kit.ids import new_id
from fanzha.kit.paging import PageRequest
from fanzha.vocab import regions
from fanzha.vocab.fraud_types import FraudType

router = APIRouter()
_NEW = "console/reports/new.html"
NAV = NavEntry("reports", "警情", "Reports", "/reports", "message-report", policy.SEE, order=30)

Reader = Annotated[PageContext, Depends(signed_in(policy.SEE))]
Stepper = Annotated[PageContext, Depends(signed_in(policy.STEP))]
Writer = Annotated[PageContext, Depends(signed_in(policy.WRITE))]
Revealer = Annotated[PageContext, Depends(signed_in(policy.REVEAL))]


@router.get("/reports")
def listing(
    page: Reader, q: str = "", state: str = "", fraud_type: str = "", region: str = "", since: str = "", until: str = "",
    number: Annotated[int, Query(alias="page", ge=1)] = 1,
) -> Response:  # fmt: skip
    """Days are Chinese calendar days, both included; what is no code or day does not narrow. `since=today` is the present day."""
    with page.work() as work:
        found = service.search(
            work, words=q[:300], state=one_of(ReportState, state), fraud_type=one_of(FraudType, fraud_type), region=region if region.isdigit() else "",
            since=_day(since), until=_day(until), page=PageRequest(number),
        )  # fmt: skip
        today = service.today(work)
    return page.render("console/reports/list.html", found=found, today=today, areas=_areas(page), may_write=page.may(policy.WRITE))


@router.get("/reports/new")
def new(page: Writer) -> Response:
    return show_form(page, _NEW, blank(page))


@router.post("/reports/read")
def read(page: Writer, form: Typed, take: Annotated[str, Form(max_length=400)] = "") -> Response:
    """The same form with what the narrative says filled in, or with one find taken over; nothing is stored and nothing leaves the machine."""
    return show_read(page, _NEW, form, take)


@router.post("/reports")
def receive(page: Writer, form: Typed) -> Response:
    try:
        with page.work() as work:
            report = receiving.receive(work, _row(form), page.services.tokens, key=form.key or new_id())
    except (InvalidInput, Conflict) as error:
        return show_form(page, _NEW, form, error=error)
    return page.redirect(f"/reports/{report.id}", page.say("警情已登记。"))


@router.get("/reports/{report_id}")
def one(page: Reader, report_id: str) -> Response:
    with page.work() as work:
        detail = service.get(work, report_id)
        case_id = filing.case_of(work, report_id)
    doubts = {one.position: cleaning.doubts_of(one.value) for one in detail.suspects}
    may_file = page.may(policy.WRITE) and filing.can_file(detail.report)
    return page.render(
        "console/reports/one.html", doubts=doubts, doubt=doubt_words(page),
        detail=detail, report=detail.report, may_step=page.may(policy.STEP), case_id=case_id, may_file=may_file,
        may_trace=page.may(funds.policy.TRACE), sees_orders=page.may(controls.policy.SEE), sees_series=page.may(series.policy.SEE),
        sees_lines=page.may(lines.policy.SEE), live_url=LIVE,
    )  # fmt: skip


@router.post("/reports/{report_id}/step")
def step(page: Stepper, report_id: str, state: Annotated[ReportState, Form()], reason: Annotated[str, Form(max_length=1000)]) -> Response:
    with page.work() as work:
        service.advance(work, report_id, state, reason)
    return page.redirect(f"/reports/{report_id}", page.say("已保存。"))


@router.post("/reports/{report_id}/reveal/{field}")
def reveal(page: Revealer, report_id: str, field: service.Field, purpose: Annotated[str, Form(max_length=300)]) -> Response:
    with page.work() as work:
        return JSONResponse({"value": service.reveal(work, report_id, field, purpose)}, headers={"Cache-Control": "no-store"})


def _row(form: CaseForm) -> ReportRow:
    """Raises BadPart, InvalidAmount."""
    return ReportRow(
        "", form.number, demanded(form.reported_at), form.narrative.strip(), form.region, one_of(FraudType, form.fraud_type) or FraudType.OTHER,
        money.parse_yuan(form.loss) if form.loss.strip() else 0, form.victim_name, form.victim_phone, form.victim_id_card, instant(form.happened_at),
        suspects=tuple(lines_of(form.suspects)[:MOST_SUSPECTS]),
    )  # fmt: skip


def _areas(page: PageContext) -> list[tuple[str, str]]:
    """The areas directly below the reader's own, for the filter."""
    own = page.me.region
    return [(code, regions.name(code, page.locale.value)) for code in regions.children(own)] if len(own) < 9 and (not own or regions.exists(own)) else []


def _day(text: str) -> date | None:
    return clock.local_day(clock.now()) if text == "today" else narrowing(text)
