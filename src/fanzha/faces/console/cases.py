"""Cases: the list with its search, one case, filing and changing one. Which steps are open is the server's word: the page shows `view.allowed` alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query
from fastapi.responses import JSONResponse, Response

from fanzha.desks import appeals, controls, funds, lines, series
from fanzha.desks.cases import CaseFilters, CaseState, Facts, SuspectRole, assigning, editing, filing, policy, searching, todo, viewing
from fanzha.desks.cases.case_repository import MOST_COUNTED, SORTS
from fanzha.desks.cases.errors import SearchTooShort
from fanzha.faces.common.context import NavEntry, PageContext, signed_in
from fanzha.faces.common.days import narrowing
from fanzha.faces.common.downloads import csv_response
from fanzha.faces.console.case_forms import CaseForm, Typed, as_typed, demanded, instant, new_case
from fanzha.faces.console.case_reading import Shown, read_form
from fanzha.faces.console.indicators import one_of
from fanzha.faces.console.warnings import LIVE
from fanzha.kit import clock, money
from fanzha.kit.errors import Conflict, InvalidInput
from fanzha.kit.ids import new_id
from fanzha.kit.paging import PageRequest
from fanzha.vocab import identifiers, regions
from fanzha.vocab.fraud_types import FraudType
from fanzha.vocab.identifiers.base import REASONS

router = APIRouter()
_NEW = "console/cases/new.html"
NAV = NavEntry("cases", "案件", "Cases", "/cases", "folder", policy.SEE, order=32)

Reader = Annotated[PageContext, Depends(signed_in(policy.SEE))]
Writer = Annotated[PageContext, Depends(signed_in(policy.WRITE))]
Revealer = Annotated[PageContext, Depends(signed_in(policy.REVEAL))]
Exporter = Annotated[PageContext, Depends(signed_in(policy.EXPORT))]
HEADS = ("case", "reference", "state", "region", "unit", "fraud_type", "loss_yuan", "victims", "happened_at", "reported_at", "first_order_at", "filed_at")


@dataclass(frozen=True)
class Wanted:
    """What the address asks for; what is no known code or day does not narrow."""

    filters: CaseFilters
    typed: str


def wanted(
    q: str = "", state: str = "", fraud_type: str = "", region: str = "", since: str = "", until: str = "", sort: str = ""
) -> Wanted:
    first, last = narrowing(since), narrowing(until)
    filters = CaseFilters(
        state=state if one_of(CaseState, state) else "", fraud_type=fraud_type if one_of(FraudType, fraud_type) else "",
        region=region if region.isdigit() else "", since=clock.local_midnight(first) if first else None,
        until=clock.local_midnight(last + timedelta(days=1)) if last else None, sort=sort if sort in SORTS else "-filed_at",
    )  # fmt: skip
    return Wanted(filters, q.strip()[:200])


Asked = Annotated[Wanted, Depends(wanted)]


@router.get("/cases")
def listing(page: Reader, asked: Asked, number: Annotated[int, Query(alias="page", ge=1)] = 1) -> Response:
    """With words in `q` the hits of a search, else the list."""
    error = ""
    found, hits, live = None, None, {}
    with page.work() as work:
        if asked.typed:
            try:
                hits = searching.search(work, asked.typed, asked.filters)
                live = searching.live_names(work, hits.hits)
            except SearchTooShort as short:
                error = page.say(short.message) + page.say(short.what_to_do)
        if hits is None:
            found = searching.listing(work, asked.filters, PageRequest(number))
    return page.render(
        "console/cases/list.html", found=found, hits=hits, live=live, asked=asked, areas=areas(page), error=error, most=MOST_COUNTED,
        may_write=page.may(policy.WRITE), may_export=page.may(policy.EXPORT),
    )  # fmt: skip


@router.post("/cases/export")
def export(page: Exporter, asked: Asked) -> Response:
    """The list as its filters stand, without personal data. A POST because it is written to the audit log."""
    with page.work() as work:
        searching.note_export(work, asked.filters)
    return csv_response("cases.csv", HEADS, _rows(page, asked.filters))


@router.get("/cases/new")
def new(page: Writer) -> Response:
    return show_form(page, _NEW, blank(page))


@router.post("/cases/read")
def read(page: Writer, form: Typed, take: Annotated[str, Form(max_length=400)] = "") -> Response:
    """The same form with what the narrative says filled in, or with one find taken over; nothing is stored and nothing leaves the machine."""
    return show_read(page, _NEW, form, take)


@router.post("/cases")
def file(page: Writer, form: Typed) -> Response:
    try:
        with page.work() as work:
            case = filing.file(work, new_case(form), page.services.tokens, key=form.key or new_id())
            is_odd = editing.number_warning(work, form.number, case.region)
    except (InvalidInput, Conflict) as error:
        return show_form(page, _NEW, form, error=error)
    said = page.say("案件已立。案件编号不符合本地规则，已按原样保存，请核对。") if is_odd else page.say("案件已立。")
    return page.redirect(f"/cases/{case.id}", said, tone="warning" if is_odd else "success")


@router.get("/cases/{case_id}")
def one(page: Reader, case_id: str) -> Response:
    with page.work() as work:
        view = viewing.get(work, case_id)
        is_odd = editing.number_warning(work, view.case.number or "", view.case.region)
        called = {one.id: one.label for one in assigning.assignable(work, view.case)} if view.may("edit") else {}
        orders = controls.reading.of_incident(work, view.reports, view.ids) if page.may(controls.policy.SEE) else []
    held = {order.subject_no for order in orders if order.has_effect is controls.Effect.IMPOSE and order.state_now not in controls.FINAL}
    asked = todo.todo(view, page.me.user_id, clock.now(), held)
    if view.case.id != case_id:
        return page.redirect(f"/cases/{view.case.id}", page.say("该案已并入本案。"), tone="info")
    return page.render(
        "console/cases/one.html", view=view, case=view.case, key=new_id(), is_odd=is_odd, doubt=doubt_words(page), kinds=list(identifiers.Kind),
        roles=list(SuspectRole), areas=_others(page, view.case.region), now_typed=as_typed(clock.now()), may_reveal=page.may(policy.REVEAL),
        may_export=page.may(policy.EXPORT), sees_orders=page.may(controls.policy.SEE), sees_series=page.may(series.policy.SEE),
        sees_lines=page.may(lines.policy.SEE), sees_appeals=page.may(appeals.policy.SEE),
        live_url=LIVE, called=called, todo=asked, asks_for_stop=any(one.ask is todo.Ask.STOP_PAYMENT for one in asked),
        may_order=page.may(controls.policy.REQUEST), may_trace=page.may(funds.policy.TRACE),
    )  # fmt: skip


@router.get("/cases/{case_id}/edit")
def edit(page: Writer, case_id: str) -> Response:
    with page.work() as work:
        view = viewing.get(work, case_id)
    case = view.case
    form = CaseForm("", case.region, case.number or "", case.fraud_type, as_typed(case.happened_at), as_typed(case.reported_at), version=case.version)
    return page.render("console/cases/edit.html", case=case, form=form, error=None, may_edit=view.may("edit"))


@router.post("/cases/{case_id}/edit")
def save(page: Writer, case_id: str, form: Typed) -> Response:
    try:
        facts = Facts(form.number, one_of(FraudType, form.fraud_type) or FraudType.OTHER, instant(form.happened_at), demanded(form.reported_at), form.narrative)
        with page.work() as work:
            editing.edit(work, case_id, facts, form.version, form.reason)
    except (InvalidInput, Conflict) as error:
        with page.work() as work:
            view = viewing.get(work, case_id)
        return page.render("console/cases/edit.html", error.status, case=view.case, form=form, error=error, may_edit=view.may("edit"))
    return page.redirect(f"/cases/{case_id}", page.say("已保存。"))


@router.post("/cases/{case_id}/reveal/{field}")
def reveal(page: Revealer, case_id: str, field: str, purpose: Annotated[str, Form(max_length=300)]) -> Response:
    with page.work() as work:
        return JSONResponse({"value": viewing.reveal(work, case_id, field, purpose)}, headers={"Cache-Control": "no-store"})


def areas(page: PageContext) -> list[tuple[str, str]]:
    """The reader's own area and those directly below it."""
    own = page.me.region
    known = not own or regions.exists(own)
    below = regions.children(own) if known and len(own) < 9 else []
    return [(code, regions.name(code, page.locale.value)) for code in (*([own] if own and known else []), *below)]


def doubt_words(page: PageContext) -> dict[str, str]:
    """What each doubt about an identifier means, in the page's language."""
    return {code: words[0 if page.locale == "zh" else 1] for code, words in REASONS.items()}


def _others(page: PageContext, region: str) -> list[tuple[str, str]]:
    """Counties of the same city, to which a case can be offered; other regions are typed."""
    city = (region or page.services.settings.region)[:4]
    found = regions.children(city) if len(city) == 4 and regions.exists(city) else []
    return [(code, regions.name(code, page.locale.value)) for code in (city, *found) if code != region and regions.exists(code)]


def blank(page: PageContext) -> CaseForm:
    """An empty form of one's own region, reported just now."""
    return CaseForm(reported_at=as_typed(clock.now()), key=new_id(), region=page.me.region)


def show_form(page: PageContext, template: str, form: CaseForm, *, error: InvalidInput | Conflict | None = None, read: Shown | None = None) -> Response:
    """The form of a case or a report as it was typed, with what is wrong or what was read in its narrative."""
    kept = form if form.key else replace(form, key=new_id())
    return page.render(template, error.status if error else 200, form=kept, error=error, areas=areas(page), read=read, doubt=doubt_words(page))


def show_read(page: PageContext, template: str, form: CaseForm, take: str) -> Response:
    """The same form with what the narrative says filled in, or with one find taken over."""
    try:
        filled, shown = read_form(form, take)
    except InvalidInput as error:
        return show_form(page, template, form, error=error)
    return show_form(page, template, filled, read=shown)


def _rows(page: PageContext, filters: CaseFilters) -> Iterator[tuple[object, ...]]:
    with page.work() as work:
        for case in searching.every(work, filters):
            times = (clock.to_local(at).isoformat() if at else None for at in (case.happened_at, case.reported_at, case.first_order_at, case.filed_at))
            yield (
                case.number or "", case.ref, case.state, case.region, case.unit_name, case.fraud_type, money.format_yuan(case.loss_fen).replace(",", ""),
                case.victims, *times,
            )  # fmt: skip


