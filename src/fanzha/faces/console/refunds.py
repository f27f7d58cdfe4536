"""Refunds (资金返还): rounds, their steps and papers for the police; the payments that a bank is asked to make for the bank."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, Response
from starlette.datastructures import FormData

from fanzha.desks import identity
from fanzha.desks.funds import policy, refunds, service, sheets
from fanzha.desks.funds import refund_repository as store
from fanzha.desks.funds.refunds import Claimant, Draft, FrozenAccount, RoundView
from fanzha.desks.funds.rounds import PaymentState, RoundStep
from fanzha.engine.refunds import Denominator
from fanzha.faces.common.context import NavEntry, PageContext, signed_in
from fanzha.faces.common.documents import Document, Part, TableOf, to_pdf, to_xlsx
from fanzha.faces.common.i18n import N_
from fanzha.kit import clock
from fanzha.kit.errors import FanzhaError
from fanzha.kit.money import format_yuan, parse_yuan
from fanzha.kit.paging import PageRequest
from fanzha.store import Work
from fanzha.store.crypto import blind_index
from fanzha.vocab.organisations import OrgKind

router = APIRouter(prefix="/refunds")
NAV = NavEntry("refunds", "资金返还", "Refunds", "/refunds", "arrow-back-up", (policy.SEE, policy.PAY), order=38)

Reader = Annotated[PageContext, Depends(signed_in(policy.SEE))]
Drafter = Annotated[PageContext, Depends(signed_in(policy.REFUND))]
Decider = Annotated[PageContext, Depends(signed_in(policy.DECIDE))]
Payer = Annotated[PageContext, Depends(signed_in(policy.PAY))]
Revealer = Annotated[PageContext, Depends(signed_in(policy.REVEAL))]
Exporter = Annotated[PageContext, Depends(signed_in(policy.EXPORT))]
Anybody = Annotated[PageContext, Depends(signed_in())]
Text = Annotated[str, Form(max_length=2000)]
_BLANK_ROWS = 3
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_PLAIN_STEPS = {RoundStep.NOTICE: refunds.give_notice, RoundStep.END_NOTICE: refunds.end_notice, RoundStep.PAY: refunds.send, RoundStep.CLOSE: refunds.close}


@router.get("")
def listing(page: Anybody, number: Annotated[int, Query(alias="page", ge=1)] = 1) -> Response:
    """Rounds for the police; a bank gets its payments."""
    if page.may(policy.PAY) and not page.may(policy.SEE):
        return page.redirect("/refunds/payments")
    with page.work() as work:
        service.require(work, policy.SEE)
        found = store.rounds(work, PageRequest(number))
    return page.render("console/refunds/list.html", found=found)


@router.get("/payments")
def payments(page: Payer, number: Annotated[int, Query(alias="page", ge=1)] = 1) -> Response:
    with page.work() as work:
        found = store.sent_payments(work, PageRequest(number))
    return page.render("console/refunds/payments.html", found=found, shown_as=sheets.naming(page.services.tokens), overdue_payment=refunds.overdue)


@router.post("/payments/{payment_id}/reveal/{field}")
def reveal_payee(page: Payer, payment_id: str, field: Literal["name", "account", "case_account"], purpose: Text = "") -> Response:
    """What the bank needs to pay, one value at a time."""
    with page.work() as work:
        value = refunds.reveal_payment(work, payment_id, field, purpose, page.services.tokens)
    return JSONResponse({"value": value}, headers={"Cache-Control": "no-store"})


@router.post("/payments/{payment_id}/answer")
def answer_payment(page: Anybody, payment_id: str, outcome: Annotated[Literal["paid", "failed"], Form()], serial: Text = "", cause: Text = "") -> Response:
    """The bank's own answer, or an officer's note of what the bank told."""
    with page.work() as work:
        payment = refunds.acknowledge(work, payment_id, paid=outcome == "paid", serial=serial, cause=cause)
    return page.redirect("/refunds/payments" if page.may(policy.PAY) else f"/refunds/{payment.round_id}", page.say("已记录回执。"))


@router.get("/new")
def new(page: Drafter, trace: str) -> Response:
    return _draft_page(page, trace)


@router.post("")
async def draft(page: Drafter, request: Request) -> Response:
    form = await request.form()
    return await run_in_threadpool(_draft, page, form)


@router.get("/{round_id}")
def one(page: Reader, round_id: str) -> Response:
    return _page(page, round_id)


@router.post("/{round_id}/steps/{step}")
def take_step(page: Drafter, round_id: str, step: RoundStep, reason: Text = "") -> Response:
    try:
        with page.work() as work:
            if step is RoundStep.WITHDRAW:
                refunds.withdraw(work, round_id, reason)
            elif step in _PLAIN_STEPS:
                _PLAIN_STEPS[step](work, round_id)
    except FanzhaError as error:
        return _page(page, round_id, error)
    return page.redirect(f"/refunds/{round_id}", page.say("已保存。"))


@router.post("/{round_id}/decide")
def decide(page: Decider, round_id: str, decision_no: Text = "") -> Response:
    try:
        with page.work() as work:
            refunds.decide(work, round_id, decision_no)
    except FanzhaError as error:
        return _page(page, round_id, error)
    return page.redirect(f"/refunds/{round_id}", page.say("已作出返还决定。"))


@router.post("/{round_id}/objections")
def raise_objection(page: Drafter, round_id: str, objector: Text = "", body: Text = "") -> Response:
    try:
        with page.work() as work:
            refunds.object_(work, round_id, objector, body)
    except FanzhaError as error:
        return _page(page, round_id, error)
    return page.redirect(f"/refunds/{round_id}", page.say("已保存。"))


@router.post("/objections/{objection_id}/answer")
def answer_objection(page: Drafter, objection_id: str, words: Text = "") -> Response:
    with page.work() as work:
        held = refunds.answer(work, objection_id, words)
        round_id = held.round_id
    return page.redirect(f"/refunds/{round_id}", page.say("已保存。"))


@router.post("/{round_id}/victims/{victim}/reveal/{field}")
def reveal_victim(page: Revealer, round_id: str, victim: str, field: Literal["name", "refund_account", "id_card", "phone"], purpose: Text = "") -> Response:
    with page.work() as work:
        value = refunds.reveal_victim(work, round_id, victim, field, purpose)
    return JSONResponse({"value": value}, headers={"Cache-Control": "no-store"})


@router.post("/{round_id}/decision/{form}")
def decision(page: Exporter, round_id: str, form: Literal["pdf", "xlsx"], purpose: Text = "") -> Response:
    """The decision with its annex (返还决定书); a POST because it is written to the audit log."""
    with page.work() as work:
        shown, clear = refunds.take_out(work, round_id, purpose)
        document = _document(page, shown, clear=clear)
    body = to_pdf(document, page.services.settings.home) if form == "pdf" else to_xlsx(document)
    headers = {"Content-Disposition": f'attachment; filename="refund-round-{shown.round.number}.{form}"', "Cache-Control": "no-store"}
    return Response(body, media_type="application/pdf" if form == "pdf" else _XLSX, headers=headers)


def _page(page: PageContext, round_id: str, error: FanzhaError | None = None) -> Response:
    with page.work() as work:
        shown = refunds.view(work, round_id)
    mine = [step for step in shown.open_steps if page.may(policy.DECIDE if step is RoundStep.DECIDE else policy.REFUND)]
    return page.render(
        "console/refunds/one.html", 422 if error and error.status < 500 else 200, shown=shown, of=shown.round, error=error, mine=mine,
        people={each.victim: each for each in shown.victims}, shown_as=sheets.naming(page.services.tokens), may_refund=page.may(policy.REFUND),
        may_reveal=page.may(policy.REVEAL), may_export=page.may(policy.EXPORT), overdue_payment=refunds.overdue, totals=_totals(shown),
    )  # fmt: skip


def _totals(shown: RoundView) -> dict[str, int]:
    paid = [each.fen for each in shown.payments if each.state == PaymentState.PAID.value]
    planned = shown.payments or shown.division.payments
    return {
        "frozen": sum(each.frozen_fen for each in shown.accounts), "planned": sum(each.fen for each in planned), "paid": sum(paid),
        "residue": sum(shown.division.residue.values()), "losses": sum(each.loss_fen for each in shown.victims),
    }  # fmt: skip


def _draft_page(page: PageContext, trace_id: str, error: FanzhaError | None = None) -> Response:
    with page.work() as work:
        values = _drafting(page, work, trace_id)
    return page.render("console/refunds/new.html", 422 if error and error.status < 500 else 200, error=error, **values)


def _drafting(page: PageContext, work: Work, trace_id: str) -> dict[str, Any]:
    shown = service.view(work, trace_id)
    found, stand_ins = shown.found, service.nameless(page.services.tokens)
    tiers = {each.account: each for each in found.accounts} if found else {}
    held = [each for each in found.holdings if each.kind in {"held", "unreported"} and each.account not in stand_ins and tiers[each.account].tier] if found else []
    losses: dict[str, int] = {}
    for each in shown.victims:
        losses[each.victim] = losses.get(each.victim, 0) + each.claimed_fen
    names = {each.victim: each.masked_name for each in shown.victims}
    banks = [(org.id, org.name) for org in identity.service.organisations(work, region=page.me.region) if org.org_kind is OrgKind.BANK]
    return {
        "trace": shown.trace, "held": sorted(held, key=lambda one: one.order), "facts": tiers, "losses": losses, "names": names, "banks": banks, "ref": service.ref_of,
        "shown_as": sheets.naming(page.services.tokens), "blank_rows": range(_BLANK_ROWS), "denominators": list(Denominator),
    }  # fmt: skip


def _draft(page: PageContext, form: FormData) -> Response:
    trace_id = str(form.get("trace", ""))
    try:
        with page.work() as work:
            made = refunds.draft(work, trace_id, _read(work, trace_id, form))
            round_id = made.id
    except FanzhaError as error:
        return _draft_page(page, trace_id, error)
    return page.redirect(f"/refunds/{round_id}", page.say("已拟定。"))


def _read(work: Work, trace_id: str, form: FormData) -> Draft:
    """Rows without an amount or without a name are left out; a victim whom the trail names needs no second naming."""
    shown = service.view(work, trace_id)
    known = {each.victim: each.victim_name or "" for each in shown.victims}
    accounts = [
        FrozenAccount(service.account_of(shown, ref), parse_yuan(amount), bank, org or None)
        for ref, amount, bank, org in zip(*(_column(form, name) for name in ("account", "frozen", "bank", "org")), strict=True)
        if amount.strip()
    ]
    columns = (_column(form, name) for name in ("victim", "name", "loss", "refund_account", "refund_bank", "id_card", "phone"))
    claimants = [
        Claimant(victim or blind_index("refund:victim", name.strip()), name.strip() or known[victim], parse_yuan(loss), account, bank, card, phone)
        for victim, name, loss, account, bank, card, phone in zip(*columns, strict=True)
        if (name.strip() or known.get(victim)) and loss.strip()
    ]
    losses = str(form.get("case_losses", "")).strip()
    chosen = str(form.get("denominator", ""))
    return Draft(accounts, claimants, Denominator(chosen) if chosen in set(Denominator) else None, parse_yuan(losses) if losses else None)


def _column(form: FormData, name: str) -> list[str]:
    return [str(value) for value in form.getlist(name)]


def _document(page: PageContext, shown: RoundView, *, clear: bool) -> Document:
    """The fields of Annex 3 of 银监发〔2016〕41号 as far as the excerpts name them."""
    of, name = shown.round, sheets.naming(page.services.tokens, clear=clear)
    people = {each.victim: each for each in shown.victims}
    paid = [
        (
            (person.name if clear else person.masked_name), ((person.id_card or "") if clear else "***"), name(each.account),
            person.refund_account if clear else person.masked_account, person.refund_bank,
            page.say("溯源返还") if each.direct else page.say("按比例返还"), format_yuan(each.fen),
        )
        for each in shown.division.payments
        for person in (people[each.victim],)
    ]  # fmt: skip
    heads = [page.say(text) for text in _HEADS]
    pool = [(name(each.account), each.bank, format_yuan(each.frozen_fen), format_yuan(shown.division.residue[each.account])) for each in shown.accounts]
    pool_heads = [page.say(text) for text in _POOL_HEADS]
    notice = f"{sheets.stamp(of.noticed_at)} — {sheets.stamp(of.notice_ends_at)}" if of.noticed_at and of.notice_ends_at else ""
    facts = [
        (page.say("案件或警情"), of.ref), (page.say("轮次"), str(of.number)), (page.say("决定书编号"), of.decision_no or "—"),
        (page.say("追踪方法"), of.method.upper()), (page.say("比例分母"), page.say(_DENOMINATORS[of.denominator])),
        (page.say("公告"), notice or (page.say("尚未公告") if of.shared else page.say("全部溯源，无须公告"))),
        (page.say("拟稿"), of.drafter_name), (page.say("决定人"), f"{of.decider_name} {sheets.stamp(of.decided_at)}" if of.decided_at else page.say("尚未决定")),
    ]  # fmt: skip
    parts = (Part(page.say("返还明细"), (), TableOf(heads, paid, frozenset({6}))), Part(page.say("冻结账户"), (), TableOf(pool_heads, pool, frozenset({2, 3}))))
    marking = page.say("内部资料 · 账号未脱敏") if clear else page.say("内部资料 · 账号已脱敏")
    title = page.say("电信网络诈骗资金返还决定书") if of.decided_at else page.say("电信网络诈骗资金返还方案（未决定）")
    return Document(title, page.me.org_name, marking, facts, parts, page.say("{who} 于 {at} 导出", who=page.me.name, at=sheets.stamp(clock.now())), page.locale.value)


_DENOMINATORS = {"claims": N_("本轮未返还的损失"), "losses": N_("本轮被害人的原始损失"), "case": N_("全案被害人的损失")}
_HEADS = (N_("被害人"), N_("身份证号"), N_("涉案账户"), N_("返还账户"), N_("返还开户行"), N_("方式"), N_("金额（元）"))
_POOL_HEADS = (N_("涉案账户"), N_("冻结银行"), N_("冻结金额（元）"), N_("返还后余额（元）"))
