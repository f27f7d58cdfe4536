"""Orders on accounts: the list with what waits, a request, one order with its clocks and steps."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query
from fastapi.responses import JSONResponse, Response

from fanzha.desks import controls
from fanzha.desks.controls import State, errors, first_tier, policy, reading, service
from fanzha.desks.controls.reading import Act
from fanzha.desks.controls.repository import Filters
from fanzha.faces.common.context import NavEntry, PageContext, signed_in
from fanzha.faces.console import order_forms
from fanzha.kit import clock
from fanzha.kit.errors import NotFound
from fanzha.kit.paging import PageRequest
from fanzha.vocab import legal

router = APIRouter()
NAV = NavEntry("orders", "管控指令", "Orders", "/orders", "gavel", policy.SEE, order=34)

Reader = Annotated[PageContext, Depends(signed_in(policy.SEE))]
Requester = Annotated[PageContext, Depends(signed_in(policy.REQUEST))]
Approver = Annotated[PageContext, Depends(signed_in(policy.APPROVE))]
Revealer = Annotated[PageContext, Depends(signed_in(policy.REVEAL))]
Exporter = Annotated[PageContext, Depends(signed_in(policy.EXPORT))]

SHOWN_ALARMS = 8


@router.get("/orders")
def listing(page: Reader, state: str = "", kind: str = "", q: str = "", late: str = "", number: Annotated[int, Query(alias="page", ge=1)] = 1) -> Response:
    """`q`: an application id, a case number, or an account in full. Unknown words do not narrow."""
    text = q.strip()[:100]
    filters = Filters(
        state=state if state in {*State, "open", "waiting"} else "", kind=kind if kind in controls.kinds.registered() else "", number=text,
        index=service.index_of_account(text) if text else "", late=late == "1",
    )  # fmt: skip
    with page.work() as work:
        found = reading.search(work, filters, PageRequest(number))
        counts, alarms = reading.counts(work), list(reading.open_alarms(work))
    return page.render(
        "console/orders/list.html", found=found, counts=counts, alarms=alarms[:SHOWN_ALARMS], more_alarms=max(0, len(alarms) - SHOWN_ALARMS),
        kinds=order_forms.kind_names(page), may_request=page.may(policy.REQUEST), may_export=page.may(policy.EXPORT),
        today=clock.local_day(clock.now()),
    )  # fmt: skip


@router.get("/orders/new")
def new(page: Requester, kind: str = "stop", report: str = "", on: str = "") -> Response:
    """The form of one kind; `report` fills in what is known of a report, `on` names the measure that an extension or release is for."""
    with page.work() as work:
        return _form(page, order_forms.blank(work, kind, report, on))


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
    with page.work() as work:
        view = reading.read(work, order_id)
        report = order_forms.report_of(work, view.order.report_id)
    kind = view.order.of_kind
    return page.render(
        "console/orders/page.html", view=view, order=view.order, kind=kind, report=report, title=order_forms.kind_name(page, kind.key), acts=Act,
        basis=legal.by_key(view.order.basis).citation(page.locale.value),
    )  # fmt: skip


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
        return date.fromisoformat(text)
    except ValueError as wrong:
        raise errors.BadOrder("This is no day.", fields={"since": "no_day"}) from wrong
