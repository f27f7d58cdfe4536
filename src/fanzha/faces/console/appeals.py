"""Appeals (申诉): the inbox with its clocks, filing for somebody who came or called, one appeal with its steps, the proof of release."""

from __future__ import annotations

import base64
from typing import Annotated

from fastapi import APIRouter, Depends, File, Form, Query, UploadFile
from fastapi.responses import JSONResponse, Response

from fanzha.desks import cases, controls, identity
from fanzha.desks.appeals import Filed, Filters, Ordered, Origin, State, Target, Verdict, filing, handling, policy, reading, relief, targets
from fanzha.desks.appeals.errors import BadAppeal, BadDocument, NothingToAppeal
from fanzha.desks.appeals.numbers import Numbers
from fanzha.desks.appeals.reading import Act
from fanzha.desks.controls import Officer
from fanzha.faces.common.appeal_answers import answer_pdf, measure_name, moment_in
from fanzha.faces.common.context import NavEntry, PageContext, signed_in
from fanzha.faces.console.indicators import one_of
from fanzha.kit.errors import FanzhaError
from fanzha.kit.ids import new_id
from fanzha.kit.paging import PageRequest
from fanzha.store import Work
from fanzha.vocab import legal
from fanzha.vocab.notice_numbers import grouped, read_number

router = APIRouter()
NAV = NavEntry("appeals", "申诉", "Appeals", "/appeals", "scale", policy.SEE, order=37)

Reader = Annotated[PageContext, Depends(signed_in(policy.SEE))]
Filer = Annotated[PageContext, Depends(signed_in(policy.FILE))]
Handler = Annotated[PageContext, Depends(signed_in(policy.HANDLE))]
Decider = Annotated[PageContext, Depends(signed_in(policy.DECIDE))]
Revealer = Annotated[PageContext, Depends(signed_in(policy.REVEAL))]
Words = Annotated[str, Form(max_length=4000)]

SHOWN_ALARMS = 8


@router.get("/appeals")
def listing(
    page: Reader, state: str = "open", target: str = "", q: str = "", late: str = "", number: Annotated[int, Query(alias="page", ge=1)] = 1
) -> Response:
    """`q`: a receipt number. Unknown words do not narrow."""
    chosen = state if state in {*State, "open", "answered"} else ""
    kind = one_of(Target, target)
    filters = Filters(chosen, kind.value if kind else "", read_number(q[:40]) or q.strip()[:40], late=late == "1")
    with page.work() as work:
        found = reading.search(work, filters, PageRequest(number))
        counts, alarms = reading.counts(work), list(reading.open_alarms(work))
    return page.render(
        "console/appeals/list.html", found=found, counts=counts, alarms=alarms[:SHOWN_ALARMS], more_alarms=max(0, len(alarms) - SHOWN_ALARMS),
        called=lambda appeal: measure_name(page, appeal), grouped=grouped, may_file=page.may(policy.FILE), may_rates=page.may(policy.RATES),
    )  # fmt: skip


@router.get("/appeals/new")
def new(page: Filer, order: str = "", decision: str = "", warning: str = "", notice: str = "") -> Response:
    """Without a measure: the notice number is asked for first."""
    given = next(((kind, value) for kind, value in _named(order, decision, warning) if value), None)
    if given is None and not notice:
        return page.render("console/appeals/find.html", notice="", wrong=False)
    with page.work() as work:
        typed = read_number(notice[:40])
        named = given or (targets.by_notice(work, typed) if typed else None)
        if named is None:
            return page.render("console/appeals/find.html", 404, notice=notice[:40], wrong=True)
        return _form(page, work, *named, {}, {})


def _named(order: str, decision: str, warning: str) -> tuple[tuple[Target, str], ...]:
    return (Target.ORDER, order), (Target.DECISION, decision), (Target.WARNING, warning)


def _form(page: PageContext, work: Work, target: Target, target_id: str, typed: dict[str, str], faults: dict[str, str]) -> Response:
    measure = targets.load(work, page.services.tokens, target, target_id)
    return page.render(
        "console/appeals/new.html", 422 if faults else 200, measure=measure, typed=typed, faults=faults, key=typed.get("key") or new_id(), grouped=grouped,
        moment=moment_in(page), origins=[one.value for one in (Origin.WALK_IN, Origin.TELEPHONE)],
    )  # fmt: skip


@router.post("/appeals")
def add(
    page: Filer, target: Annotated[str, Form()] = "", target_id: Annotated[str, Form()] = "", origin: Annotated[str, Form()] = "", reason: Words = "",
    contact: Annotated[str, Form()] = "", name: Annotated[str, Form()] = "", by_holder: Annotated[str, Form()] = "", key: Annotated[str, Form()] = "",
) -> Response:  # fmt: skip
    """On behalf of somebody who came or called; a fault shows the form as it was."""
    against, how = one_of(Target, target), one_of(Origin, origin)
    if against is None:
        raise NothingToAppeal
    filed = Filed(how or Origin.WALK_IN, reason, contact, key[:64], name, by_holder == "1")
    try:
        with page.work() as work:
            measure = targets.load(work, page.services.tokens, against, target_id)
            made = filing.file(work, measure, filed).id
    except BadAppeal as wrong:
        typed = {"reason": reason, "contact": contact, "name": name, "origin": origin, "by_holder": by_holder, "key": key[:64]}
        with page.work() as work:
            return _form(page, work, against, target_id, typed, _faults(wrong))
    return page.redirect(f"/appeals/{made}", page.say("申诉已登记，回执号已发短信。"))


def _faults(wrong: FanzhaError) -> dict[str, str]:
    found = wrong.params.get("fields")
    return {str(name): str(value) for name, value in found.items()} if isinstance(found, dict) else {}


@router.get("/appeals/of-order/{order_id}")
def of_order(page: Reader, order_id: str) -> Response:
    """A fragment of the order's page: appeals against it, and the way to file one."""
    with page.work() as work:
        order = controls.service.get(work, order_id)
        found = reading.of_target(work, Target.ORDER, order_id)
        may_file = page.may(policy.FILE) and order.sent_at is not None and order.has_effect is controls.Effect.IMPOSE
    return page.render("console/appeals/of_order.html", order=order, found=found, may_file=may_file, grouped=grouped)


@router.get("/appeals/of-case/{case_id}")
def of_case(page: Reader, case_id: str) -> Response:
    """A fragment of the case's page: appeals against its measures, where they stand and by when they are answered."""
    with page.work() as work:
        view = cases.viewing.get(work, case_id)
        orders = controls.reading.of_incident(work, view.reports, view.ids)
        measures = [order.id for order in orders if order.has_effect is controls.Effect.IMPOSE and order.sent_at is not None]
        found = reading.of_targets(work, Target.ORDER, measures)
    return page.render(
        "console/appeals/of_case.html", found=found, measures=len(measures), called=lambda appeal: measure_name(page, appeal), grouped=grouped,
        may_file=page.may(policy.FILE),
    )  # fmt: skip


@router.get("/appeals/{appeal_id}")
def one(page: Reader, appeal_id: str) -> Response:
    return _page(page, appeal_id)


def _page(page: PageContext, appeal_id: str, error: FanzhaError | None = None, typed: dict[str, str] | None = None) -> Response:
    with page.work() as work:
        view = reading.read(work, page.services.tokens, appeal_id)
        org_id = page.me.org_id
        officers = [(user.id, f"{user.name}（{user.login}）") for user in identity.service.users_of(work, org_id) if user.id not in view.appeal.involved]
        most = Numbers(work, view.appeal.region).whole("document_mb")
    return page.render(
        "console/appeals/page.html", 422 if error is not None else 200, view=view, appeal=view.appeal, acts=Act, called=measure_name(page, view.appeal),
        basis=legal.by_key(view.appeal.basis).citation(page.locale.value), officers=officers, error=error, typed=typed or {}, grouped=grouped,
        moment=moment_in(page), key=new_id(), most=most, verdicts=[Verdict.UPHELD, Verdict.PARTLY, Verdict.REJECTED],
    )  # fmt: skip


@router.post("/appeals/{appeal_id}/accept")
def accept(page: Handler, appeal_id: str) -> Response:
    with page.work() as work:
        handling.accept(work, appeal_id)
    return page.redirect(f"/appeals/{appeal_id}", page.say("已受理。"))


@router.post("/appeals/{appeal_id}/refuse")
def refuse(page: Decider, appeal_id: str, reasons: Words = "") -> Response:
    with page.work() as work:
        handling.refuse(work, appeal_id, reasons)
    return page.redirect(f"/appeals/{appeal_id}", page.say("已答复不予受理。"))


@router.post("/appeals/{appeal_id}/take")
def take(page: Handler, appeal_id: str) -> Response:
    with page.work() as work:
        handling.take(work, appeal_id)
    return page.redirect(f"/appeals/{appeal_id}", page.say("由您核查。"))


@router.post("/appeals/{appeal_id}/pause")
def pause(page: Handler, appeal_id: str, what: Words = "") -> Response:
    with page.work() as work:
        handling.ask_documents(work, appeal_id, what)
    return page.redirect(f"/appeals/{appeal_id}", page.say("已通知补充材料，答复期限暂停计算。"))


@router.post("/appeals/{appeal_id}/facts")
def facts(page: Handler, appeal_id: str, org_id: Annotated[str, Form()] = "", question: Words = "") -> Response:
    with page.work() as work:
        handling.ask_facts(work, appeal_id, org_id, question)
    return page.redirect(f"/appeals/{appeal_id}", page.say("已发给执行单位核实。"))


@router.post("/appeals/{appeal_id}/propose")
def propose(
    page: Handler, appeal_id: str, verdict: Annotated[str, Form()] = "", reasons: Words = "", orders: Annotated[list[str] | None, Form()] = None,
    officer_one: Annotated[str, Form()] = "", officer_one_card: Annotated[str, Form()] = "", officer_two: Annotated[str, Form()] = "",
    officer_two_card: Annotated[str, Form()] = "",
) -> Response:  # fmt: skip
    """A fault shows the page again with what was typed."""
    chosen = one_of(Verdict, verdict)
    typed = {"verdict": verdict, "reasons": reasons, "officer_one": officer_one, "officer_one_card": officer_one_card, "officer_two": officer_two,
             "officer_two_card": officer_two_card}  # fmt: skip
    ordered = Ordered((Officer(officer_one, officer_one_card), Officer(officer_two, officer_two_card)), frozenset(orders or ())) if officer_one else None
    try:
        if chosen is None:
            raise BadAppeal("Choose what the answer is.", fields={"verdict": "unknown"})
        with page.work() as work:
            handling.propose(work, appeal_id, chosen, reasons, ordered)
    except FanzhaError as wrong:
        if wrong.status in (403, 404):
            raise
        return _page(page, appeal_id, wrong, typed)
    return page.redirect(f"/appeals/{appeal_id}", page.say("已呈批。"))


@router.post("/appeals/{appeal_id}/decide")
def decide(page: Decider, appeal_id: str) -> Response:
    with page.work() as work:
        handling.decide(work, appeal_id)
    return page.redirect(f"/appeals/{appeal_id}", page.say("已答复申诉人。"))


@router.post("/appeals/{appeal_id}/send-back")
def send_back(page: Decider, appeal_id: str, reason: Words = "") -> Response:
    with page.work() as work:
        handling.send_back(work, appeal_id, reason)
    return page.redirect(f"/appeals/{appeal_id}", page.say("已退回核查。"))


@router.post("/appeals/{appeal_id}/withdraw")
def withdraw(page: Filer, appeal_id: str, reason: Words = "") -> Response:
    with page.work() as work:
        filing.withdraw(work, appeal_id, reason)
    return page.redirect(f"/appeals/{appeal_id}", page.say("已撤回。"))


@router.post("/appeals/{appeal_id}/reconsider")
def reconsider(page: Filer, appeal_id: str, reason: Words = "", key: Annotated[str, Form()] = "") -> Response:
    with page.work() as work:
        again = filing.reconsider(work, appeal_id, Filed(Origin.WALK_IN, reason, "", key[:64])).id
    return page.redirect(f"/appeals/{again}", page.say("已登记复核。"))


@router.post("/appeals/{appeal_id}/release")
def release(
    page: Handler, appeal_id: str, officer_one: Annotated[str, Form()] = "", officer_one_card: Annotated[str, Form()] = "",
    officer_two: Annotated[str, Form()] = "", officer_two_card: Annotated[str, Form()] = "",
) -> Response:  # fmt: skip
    """Ask again for releases that failed, or of what came into force since."""
    with page.work() as work:
        asked = relief.ask_again(work, appeal_id, (Officer(officer_one, officer_one_card), Officer(officer_two, officer_two_card)))
    return page.redirect(f"/appeals/{appeal_id}", page.say("已申请解除 {n} 项，待审批。", n=asked))


@router.post("/appeals/{appeal_id}/seen")
def seen(page: Handler, appeal_id: str) -> Response:
    with page.work() as work:
        reading.see_alarms(work, appeal_id)
    return page.redirect(f"/appeals/{appeal_id}", page.say("提醒已处理。"))


@router.post("/appeals/{appeal_id}/documents")
def add_document(page: Filer, appeal_id: str, file: Annotated[UploadFile | None, File()] = None) -> Response:
    if file is None:
        raise BadDocument("No file was chosen.")
    with page.work() as work:
        most = Numbers(work, filing.get(work, appeal_id).region).document_bytes()
        filing.add_document(work, appeal_id, file.filename or "", file.file.read(most + 1))
    return page.redirect(f"/appeals/{appeal_id}", page.say("材料已收到。"))


@router.get("/appeals/{appeal_id}/documents/{document_id}")
def document(page: Revealer, appeal_id: str, document_id: str) -> Response:
    """A download, never shown inside a page; who opened it is in the audit log."""
    with page.work() as work:
        found = reading.document(work, appeal_id, document_id)
        body = base64.b64decode(found.content)
    ending = {"image/jpeg": "jpg", "image/png": "png", "application/pdf": "pdf"}[found.media]
    headers = {"Content-Disposition": f'attachment; filename="{found.id}.{ending}"', "Cache-Control": "no-store"}
    return Response(body, media_type=found.media, headers=headers)


@router.get("/appeals/{appeal_id}/answer.pdf")
def answer(page: Reader, appeal_id: str) -> Response:
    with page.work() as work:
        appeal = filing.get(work, appeal_id)
    headers = {"Content-Disposition": f'attachment; filename="answer-{appeal.receipt}.pdf"', "Cache-Control": "no-store"}
    return Response(answer_pdf(page, appeal), media_type="application/pdf", headers=headers)


@router.post("/appeals/{appeal_id}/reveal/{field}")
def reveal(page: Revealer, appeal_id: str, field: str, purpose: Annotated[str, Form(max_length=300)] = "") -> Response:
    with page.work() as work:
        return JSONResponse({"value": reading.reveal(work, appeal_id, field, purpose)}, headers={"Cache-Control": "no-store"})
