"""Orders on accounts: the list with what waits, a request, one order with its clocks and steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Query
from fastapi.responses import JSONResponse, Response

from fanzha.desks import cases, controls, funds
from fanzha.desks.controls import Order, State, errors, first_tier, policy, reading, service
from fanzha.desks.controls.reading import Act
from fanzha.desks.controls.repository import Filters
from fanzha.faces.common.context import NavEntry, PageContext, signed_in
from fanzha.faces.console import order_forms, order_grading
from fanzha.faces.console.warnings import LIVE
from fanzha.kit import clock
from fanzha.kit.errors import NotFound
from fanzha.kit.paging import PageRequest
from fanzha.vocab import legal

router = APIRouter()
NAV = NavEntry("orders", "管控指令", "Orders", "/orders", "gavel", policy.SEE, order=34)

Reader = Annotated[PageContext, Depends(signed_in(policy.SEE))]
CaseReader = Annotated[PageContext, Depends(signed_in(cases.policy.SEE))]
Requester = Annotated[PageContext, Depends(signed_in(policy.REQUEST))]
Approver = Annotated[PageContext, Depends(signed_in(policy.APPROVE))]
Revealer = Annotated[PageContext, Depends(signed_in(policy.REVEAL))]
Exporter = Annotated[PageContext, Depends(signed_in(policy.EXPORT))]

SHOWN_ALARMS = 8


@dataclass(frozen=True)
class Wanted:
    """What the address asks for."""

    filters: Filters
    number: int


def wanted(state: str = "", kind: str = "", q: str = "", late: str = "", number: Annotated[int, Query(alias="page", ge=1)] = 1) -> Wanted:
    """`q`: an application id, a case number, or an account in full. Unknown words do not narrow."""
    text = q.strip()[:100]
    filters = Filters(
        state=state if state in {*State, "open", "waiting"} else "", kind=kind if kind in controls.kinds.registered() else "", number=text,
        index=service.index_of_account(text) if text else "", late=late == "1",
    )  # fmt: skip
    return Wanted(filters, number)


Asked = Annotated[Wanted, Depends(wanted)]


@router.get("/orders")
def listing(page: Reader, asked: Asked) -> Response:
    query = page.request.url.query
    return page.render(
        "console/orders/list.html", **(_rows(page, asked) | _top(page)), query=query, may_export=page.may(policy.EXPORT), today=clock.local_day(clock.now()),
        live_url=LIVE,
    )  # fmt: skip


@router.get("/orders/rows")
def rows(page: Reader, asked: Asked) -> Response:
    """The table alone, for live refreshes."""
    query = page.request.url.query
    return page.render("console/orders/rows.html", **_rows(page, asked) | {"url": "/orders" + (f"?{query}" if query else "")})


@router.get("/orders/top")
def top(page: Reader) -> Response:
    """What waits for the reader, for live refreshes."""
    return page.render("console/orders/top.html", **_top(page))


@router.get("/orders/of-case/{case_id}")
def of_case(page: CaseReader, case_id: str) -> Response:
    """The panel of a case's page."""
    with page.work() as work:
        view = cases.viewing.get(work, case_id)
        found = reading.of_incident(work, view.reports, view.ids)
    return _panel(page, found, f"case={view.case.id}")


@router.get("/orders/of-report/{report_id}")
def of_report(page: CaseReader, report_id: str) -> Response:
    """The panel of a report's page."""
    with page.work() as work:
        report = cases.service.get(work, report_id).report
        found = reading.of_incident(work, [report.id], [])
    return _panel(page, found, f"report={report.id}")


@router.post("/orders/proposals/{proposal_id}/drop")
def drop_proposal(page: Requester, proposal_id: str, reason: Annotated[str, Form(max_length=1000)] = "") -> Response:
    with page.work() as work:
        funds.proposing.drop(work, proposal_id, reason)
    return page.redirect("/orders", page.say("建议已移出收件箱。"))


@router.get("/orders/new")
def new(page: Requester, kind: str = "stop", report: str = "", on: str = "", case: str = "", like: str = "") -> Response:
    """The form of one kind; `report` or `case` fills in what is known of it, `on` names the measure that an extension or release is for, `like` an order on
    the same account."""
    with page.work() as work:
        return _form(page, order_forms.blank(work, kind, order_forms.Origin(report, case, on, like)))


@router.post("/orders")
def add(page: Requester, given: Annotated[dict[str, str], Depends(order_forms.given)]) -> Response:
    """Nothing typed is ever lost: a fault or a doubt shows the form again as it was."""
    with page.work() as work:
        form = order_forms.read(work, given)
    try:
        with page.work() as work:
            if not form.errors and form.asked is not None and not form.confirmed:
                form.doubts = [doubt.code for doubt in controls.checking.doubts(work, form.kind, form.asked)]
            if not form.errors and not form.doubts and form.asked is not None:
                order = service.request(work, form.asked)
                return page.redirect(f"/orders/{order.id}", page.say("已提交审批。"))
    except errors.BadOrder as wrong:
        form.errors |= {field: str(code) for field, code in dict(wrong.params.get("fields", {})).items()}  # type: ignore[call-overload]
        form.message = wrong.message
    with page.work() as work:
        return _form(page, form.filled(work), 422 if form.errors else 200)


def _form(page: PageContext, form: order_forms.OrderForm, status: int = 200) -> Response:
    return page.render("console/orders/new.html", status, form=form, kinds=order_forms.first_kinds(page))


@router.post("/orders/first-tier")
def export_first_tier(page: Exporter, since: Annotated[str, Form()], until: Annotated[str, Form()], form: Annotated[first_tier.Form, Form()] = "csv") -> Response:
    """The accounts that victims paid into, in clear, for banks' head offices (总对总); audited."""
    begin, end = _day(since), _day(until)
    with page.work() as work:
        serial, body = first_tier.batch(work, clock.local_midnight(begin), clock.local_midnight(end + timedelta(days=1)), form)
    kind = "text/csv; charset=utf-8" if form == "csv" else "application/json"
    return Response(body, media_type=kind, headers={"Content-Disposition": f'attachment; filename="{serial}.{form}"', "Cache-Control": "no-store"})


@router.get("/orders/{order_id}")
def one(page: Reader, order_id: str) -> Response:
    return page.render("console/orders/page.html", **_one(page, order_id), live_url=LIVE)


@router.get("/orders/{order_id}/body")
def body(page: Reader, order_id: str, state: str = "") -> Response:
    """The page below its head, for live refreshes; where the state is another than the page knows it says that other steps are open."""
    values = _one(page, order_id)
    return page.render("console/orders/body.html", **values | {"moved": state != values["order"].state_now})


def _one(page: PageContext, order_id: str) -> dict[str, Any]:
    with page.work() as work:
        view = reading.read(work, order_id)
        behind = order_forms.background(work, view.order.report_id or "", view.order.case_id or "")
    kind = view.order.of_kind
    return {
        "view": view, "order": view.order, "kind": kind, "behind": behind, "title": order_forms.kind_name(page, kind.key), "acts": Act,
        "basis": legal.by_key(view.order.basis).citation(page.locale.value), "holder_kind": order_grading.HOLDER_QUERY, "may_request": page.may(policy.REQUEST),
        "may_see_case": page.may(cases.policy.SEE), "moved": False,
    }  # fmt: skip


def _rows(page: PageContext, asked: Wanted) -> dict[str, Any]:
    with page.work() as work:
        return {"found": reading.search(work, asked.filters, PageRequest(asked.number)), "kinds": order_forms.kind_names(page)}


def _top(page: PageContext) -> dict[str, Any]:
    may_request = page.may(policy.REQUEST)
    with page.work() as work:
        counts, alarms = reading.counts(work), list(reading.open_alarms(work))
        proposed = list(funds.proposing.waiting(work)) if may_request and page.may(funds.policy.SEE) else []
    return {
        "counts": counts, "alarms": alarms[:SHOWN_ALARMS], "more_alarms": max(0, len(alarms) - SHOWN_ALARMS), "proposed": proposed, "may_request": may_request,
        "kinds": order_forms.kind_names(page), "shown_as": funds.sheets.naming(page.services.tokens), "ref": funds.service.ref_of,
    }  # fmt: skip


def _panel(page: PageContext, found: Sequence[Order], of: str) -> Response:
    return page.render("console/orders/panel.html", found=found, of=of, kinds=order_forms.kind_names(page), may_request=page.may(policy.REQUEST))


@router.post("/orders/{order_id}/approve")
def approve(page: Approver, order_id: str) -> Response:
    with page.work() as work:
        service.approve(work, order_id)
    return page.redirect(f"/orders/{order_id}", page.say("已批准并下发。"))


@router.post("/orders/{order_id}/decline")
def decline(page: Approver, order_id: str, reason: Annotated[str, Form(max_length=1000)] = "") -> Response:
    with page.work() as work:
        service.decline(work, order_id, reason)
    return page.redirect(f"/orders/{order_id}", page.say("已退回，不予批准。"))


@router.post("/orders/{order_id}/withdraw")
def withdraw(page: Requester, order_id: str, reason: Annotated[str, Form(max_length=1000)] = "") -> Response:
    with page.work() as work:
        service.withdraw(work, order_id, reason)
    return page.redirect(f"/orders/{order_id}", page.say("已撤回。"))


@router.post("/orders/{order_id}/unrelated")
def unrelated(page: Requester, order_id: str, reason: Annotated[str, Form(max_length=1000)] = "") -> Response:
    with page.work() as work:
        service.find_unrelated(work, order_id, reason)
    return page.redirect(f"/orders/{order_id}", page.say("已认定与案件无关，请在期限内解除。"))


@router.post("/orders/{order_id}/seen")
def seen(page: Requester, order_id: str) -> Response:
    with page.work() as work:
        service.see_alarms(work, order_id)
    return page.redirect(f"/orders/{order_id}", page.say("提醒已处理。"))


@router.post("/orders/{order_id}/reveal/{field}")
def reveal(page: Revealer, order_id: str, field: str, purpose: Annotated[str, Form(max_length=300)] = "") -> Response:
    if field not in service.REVEALED:
        raise NotFound
    with page.work() as work:
        return JSONResponse({"value": service.reveal(work, order_id, field, purpose)}, headers={"Cache-Control": "no-store"})


def _day(text: str) -> date:
    try:
        return clock.day_of(text)
    except ValueError as wrong:
        raise errors.BadOrder("This is no day.", fields={"since": "no_day"}) from wrong
