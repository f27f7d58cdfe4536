"""Numbers and SIMs (断卡): the queue of suspect numbers, one number with its levels, requests for many at once, victims' lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Form, Query
from fastapi.responses import JSONResponse, Response

from fanzha.desks import cases, controls, lines
from fanzha.desks.controls.errors import BadOrder
from fanzha.desks.lines import policy, reading, service
from fanzha.desks.lines.repository import Filters
from fanzha.faces.common.context import NavEntry, PageContext, signed_in
from fanzha.faces.console import line_forms
from fanzha.faces.console.indicators import one_of
from fanzha.faces.console.warnings import LIVE
from fanzha.kit.errors import NotFound
from fanzha.kit.ids import new_id
from fanzha.kit.paging import PageRequest
from fanzha.store import Work
from fanzha.vocab import identifiers, legal
from fanzha.vocab.identifiers import InvalidIdentifier, Kind
from fanzha.vocab.risk import RiskLevel

router = APIRouter()
NAV = NavEntry("lines", "号码管控", "Numbers", "/lines", "device-mobile", policy.SEE, order=35)

Reader = Annotated[PageContext, Depends(signed_in(policy.SEE))]
Requester = Annotated[PageContext, Depends(signed_in(policy.REQUEST))]
Approver = Annotated[PageContext, Depends(signed_in(controls.policy.APPROVE))]
Given = Annotated[line_forms.Given, Depends(line_forms.given)]
Reason = Annotated[str, Form(max_length=1000)]


@dataclass(frozen=True)
class Wanted:
    """What the address asks for. `shown`: the state, `all` for every one."""

    filters: Filters
    shown: str
    outlet: str
    number: int


def wanted(
    q: str = "", state: str = "open", level: str = "", source: str = "", operator: str = "", outlet: str = "",
    number: Annotated[int, Query(alias="page", ge=1)] = 1,
) -> Wanted:  # fmt: skip
    """`q` is a whole number. Unknown words do not narrow."""
    shown = one_of(lines.SuspectState, state)
    risk, kind = one_of(RiskLevel, level), one_of(lines.Source, source)
    filters = Filters(shown.value if shown else "", risk.value if risk else "", kind.value if kind else "", operator[:40], "", _index(q), outlet[:100])
    return Wanted(filters, shown.value if shown else "all", outlet[:100], number)


Asked = Annotated[Wanted, Depends(wanted)]


@router.get("/lines")
def listing(page: Reader, asked: Asked) -> Response:
    with page.work() as work:
        counts = reading.counts(work)
        return page.render("console/lines/list.html", **_rows(page, work, asked, ()), counts=counts, asked=asked, query=page.request.url.query, live_url=LIVE)


@router.get("/lines/rows")
def rows(page: Reader, asked: Asked, ids: Annotated[list[str], Query()] = []) -> Response:  # noqa: B006 — FastAPI reads the default, nobody changes it
    """The table alone, for live refreshes; `ids` are ticked and stay so."""
    kept = [(name, value) for name, value in page.request.query_params.multi_items() if name != "ids"]
    with page.work() as work:
        return page.render("console/lines/rows.html", **_rows(page, work, asked, ids[:1000]) | {"url": "/lines" + (f"?{urlencode(kept)}" if kept else "")})


@router.get("/lines/top")
def top(page: Reader) -> Response:
    """The figures, for live refreshes."""
    with page.work() as work:
        return page.render("console/lines/top.html", counts=reading.counts(work))


def _rows(page: PageContext, work: Work, asked: Wanted, ticked: Sequence[str]) -> dict[str, Any]:
    orgs = reading.operators(work)
    return {
        "found": reading.queue(work, asked.filters, PageRequest(asked.number)), "operators": orgs, "names": dict(orgs), "kinds": line_forms.kind_names(page),
        "ticked": frozenset(ticked), "may_request": page.may(policy.REQUEST),
    }  # fmt: skip


def _index(text: str) -> str:
    """The index of a whole number; something that finds nothing where it is none."""
    if not text.strip():
        return ""
    try:
        return lines.proposing.index_of(identifiers.clean(Kind.PHONE, text[:60]).value)
    except InvalidIdentifier:
        return "none"


@router.get("/lines/waiting")
def waiting(page: Reader) -> Response:
    """Orders on numbers that wait for approval."""
    with page.work() as work:
        orders, counts = reading.waiting(work), reading.counts(work)
        own = {order.id for order in orders if controls.reading.Act.APPROVE in controls.reading.allowed(order, work.scope.principal)}
    return page.render(
        "console/lines/waiting.html", orders=orders, own=own, counts=counts, kinds=line_forms.kind_names(page), done=(),
        may_approve=page.may(controls.policy.APPROVE),
    )  # fmt: skip


@router.post("/lines/approve")
def approve(page: Approver, ids: Annotated[list[str], Form()] = []) -> Response:  # noqa: B006 — FastAPI reads the default, nobody changes it
    """Approve the chosen orders in one's own name; the page says what came of each."""
    with page.work() as work:
        done = service.approve_many(work, ids[:1000])
        refused = [(controls.service.get(work, order_id), error) for order_id, error in done if error is not None]
        orders, counts = reading.waiting(work), reading.counts(work)
        own = {order.id for order in orders if controls.reading.Act.APPROVE in controls.reading.allowed(order, work.scope.principal)}
    approved = sum(error is None for _, error in done)
    return page.render(
        "console/lines/waiting.html", orders=orders, own=own, counts=counts, kinds=line_forms.kind_names(page), done=((approved, refused),), may_approve=True
    )


@router.get("/lines/protected")
def protected(page: Reader) -> Response:
    """Protective suspensions of victims' lines."""
    with page.work() as work:
        orders, counts = reading.protections(work), reading.counts(work)
    return page.render("console/lines/protected.html", orders=orders, counts=counts, may_request=page.may(policy.REQUEST))


@router.get("/lines/request")
def ask(page: Requester, ids: Annotated[list[str], Query()] = [], kind: str = lines.VERIFY) -> Response:  # noqa: B006 — FastAPI reads the default, nobody changes it
    """The form of one step on the chosen numbers."""
    with page.work() as work:
        form = line_forms.blank(work, kind, ids[:1000])
        return page.render("console/lines/request.html", form=form, title=line_forms.kind_name(page, form.kind.key), kinds=line_forms.kind_names(page))


@router.post("/lines/request")
def request(page: Requester, given: Given) -> Response:
    """One order a number; the page says what came of each. A fault in what was typed shows the form again as it was."""
    with page.work() as work:
        form = line_forms.read(work, given)
        if form.errors or form.asked is None:
            return page.render("console/lines/request.html", 422, form=form, title=line_forms.kind_name(page, form.kind.key), kinds=line_forms.kind_names(page))
        done = service.request_many(work, form.ids, form.asked)
        form.errors = line_forms.common_faults(done)
        if form.errors:
            return page.render("console/lines/request.html", 422, form=form, title=line_forms.kind_name(page, form.kind.key), kinds=line_forms.kind_names(page))
    return page.render("console/lines/requested.html", done=done, title=line_forms.kind_name(page, form.kind.key))


@router.get("/lines/protect")
def protection(page: Requester, report: str = "") -> Response:
    """The form that protects a victim's line; `report` offers the line of its victim."""
    with page.work() as work:
        form = line_forms.blank(work, lines.PROTECT, (), report)
        return page.render("console/lines/protect.html", form=form, title=line_forms.kind_name(page, lines.PROTECT))


@router.post("/lines/protect")
def protect(page: Requester, given: Given) -> Response:
    with page.work() as work:
        form = line_forms.read(work, given)
    try:
        with page.work() as work:
            if form.asked is not None and not form.errors:
                order = service.protect(work, form.number, form.asked)
                return page.redirect(f"/lines/numbers/{order.subject_index}", page.say("已提交审批。"))
    except BadOrder as wrong:
        form.errors |= line_forms.faults_of(wrong)
    with page.work() as work:
        return page.render("console/lines/protect.html", 422, form=form.filled(work), title=line_forms.kind_name(page, lines.PROTECT))


@router.get("/lines/numbers/{index}")
def one(page: Reader, index: str) -> Response:
    with page.work() as work:
        view = reading.number(work, index)
        me = work.scope.principal
        officers = controls.reading.officers(work, me.org_id) if me is not None and page.may(policy.REQUEST) else []
    cited = {order.id: legal.by_key(order.basis).citation(page.locale.value) for order in view.orders}
    return page.render(
        "console/lines/number.html", view=view, kinds=line_forms.kind_names(page), cited=cited, officers=officers, key=new_id(), may_request=page.may(policy.REQUEST),
        may_reveal=page.may(controls.policy.REVEAL),
    )  # fmt: skip


@router.post("/lines/numbers/{index}/restore")
def restore(page: Requester, index: str, given: Given) -> Response:
    """Ask to lift everything in force on the number."""
    with page.work() as work:
        asked = line_forms.officers_of(given)
        orders = service.restore(work, index, asked, given.text("reason"), given.text("key"))
    return page.redirect(f"/lines/numbers/{index}", page.say("已申请恢复 {n} 项措施，待批准。", n=len(orders)))


@router.post("/lines/{suspect_id}/dismiss")
def dismiss(page: Requester, suspect_id: str, reason: Reason = "") -> Response:
    with page.work() as work:
        suspect = service.dismiss(work, suspect_id, reason)
        index = suspect.number_index
    return page.redirect(f"/lines/numbers/{index}", page.say("已排除。"))


@router.post("/lines/{suspect_id}/reveal")
def reveal(page: Annotated[PageContext, Depends(signed_in(controls.policy.REVEAL))], suspect_id: str, purpose: Annotated[str, Form(max_length=300)] = "") -> Response:
    with page.work() as work:
        return JSONResponse({"value": service.reveal(work, suspect_id, purpose)}, headers={"Cache-Control": "no-store"})


@router.get("/lines/of-report/{report_id}")
def of_report(page: Reader, report_id: str) -> Response:
    """A fragment for the page of a report: the numbers it names, and the victim's line."""
    with page.work() as work:
        detail = cases.service.get(work, report_id)
        named = [line_forms.named(work, suspect) for suspect in detail.suspects if suspect.kind == Kind.PHONE.value]
    return page.render("console/lines/of_report.html", report=detail.report, named=named, may_request=page.may(policy.REQUEST), key=new_id())


@router.get("/lines/of-case/{case_id}")
def of_case(page: Reader, case_id: str) -> Response:
    """A fragment for the page of a case: its numbers, where each stands, and the step that leads on."""
    with page.work() as work:
        view = cases.viewing.get(work, case_id)
        numbers = line_forms.of_case(work, view)
        report = view.reports[0] if len(view.reports) == 1 else ""
        victims = any(one.phone for one in view.parts.victims)
    may_request = page.may(policy.REQUEST)
    return page.render(
        "console/lines/of_case.html", case=view.case, numbers=numbers, kinds=line_forms.kind_names(page), may_request=may_request,
        protect=f"/lines/protect?report={report}" if may_request and victims and report else "",
    )  # fmt: skip


@router.post("/lines/propose-of-case")
def propose_of_case(page: Requester, case_id: Annotated[str, Form()], suspect_id: Annotated[str, Form()], reason: Reason = "") -> Response:
    """Put a number that a case names into the queue."""
    with page.work() as work:
        view = cases.viewing.get(work, case_id)
        value = next((one.value for one in view.parts.suspects if one.id == suspect_id and one.kind == Kind.PHONE.value), None)
        if value is None:
            raise NotFound
        case = view.case
        suspect = service.propose(work, _proposer(page), value, reference=case.id, name=case.name, reason=reason, fraud_type=case.fraud_type)
        index = suspect.number_index
    return page.redirect(f"/lines/numbers/{index}", page.say("已列入待研判号码。"))


def _proposer(page: PageContext) -> lines.proposing.Proposer:
    return lines.proposing.Proposer(lines.register.LakeRegister(page.services.lake), page.services.tokens, page.services.settings.region)


@router.post("/lines/propose")
def propose(page: Requester, report_id: Annotated[str, Form()], position: Annotated[int, Form(ge=0, le=999)], reason: Reason = "") -> Response:
    """Put a number that a report names into the queue."""
    with page.work() as work:
        detail = cases.service.get(work, report_id)
        value = next((suspect.value for suspect in detail.suspects if suspect.position == position and suspect.kind == Kind.PHONE.value), None)
        if value is None:
            raise NotFound
        report = detail.report
        suspect = service.propose(work, _proposer(page), value, reference=report.id, name=report.report_no, reason=reason, fraud_type=report.fraud_type)
        index = suspect.number_index
    return page.redirect(f"/lines/numbers/{index}", page.say("已列入待研判号码。"))


