"""Refunds (资金返还): rounds, their steps and papers for the police; the payments that a bank is asked to make for the bank."""

from __future__ import annotations

from itertools import zip_longest
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, Response
from starlette.datastructures import FormData

from fanzha.desks import identity
from fanzha.desks.funds import frozen, policy, refunds, service, sheets
from fanzha.desks.funds import refund_repository as store
from fanzha.desks.funds.errors import RoundStepNotOpen
from fanzha.desks.funds.frozen import FrozenAccount
from fanzha.desks.funds.refunds import Claimant, Draft, RoundView
from fanzha.desks.funds.rounds import PaymentState, RoundStep
from fanzha.engine.refunds import Denominator
from fanzha.faces.common.context import NavEntry, PageContext, signed_in
from fanzha.faces.common.documents import to_pdf, to_xlsx
from fanzha.faces.console import order_forms, refund_papers
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
            elif step is RoundStep.DECIDE:  # has an address of its own, for it needs a number and a permission
                raise RoundStepNotOpen(step=step.value)
            else:
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
        document = refund_papers.decision_of(page, shown, refunds.orders_of(work, round_id), refunds.filing_unit(work, shown.round), clear=clear)
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


_ACCOUNT_FIELDS = ("frozen", "bank", "org", "typed_reason")
_VICTIM_FIELDS = ("victim", "name", "loss", "refund_account", "refund_bank", "id_card", "phone")


def _draft_page(page: PageContext, trace_id: str, error: FanzhaError | None = None, form: FormData | None = None) -> Response:
    """The form, with everything that was typed still in it."""
    with page.work() as work:
        values = _drafting(page, work, trace_id)
    typed = _typed_accounts(form) if form is not None else {}
    rows = _typed_victims(form) if form is not None else []
    named = [dict(zip(_VICTIM_FIELDS, (victim, "", _plain(fen), "", "", "", ""), strict=True)) for victim, fen in values["losses"].items()]
    blank = [dict.fromkeys(_VICTIM_FIELDS, "") for _ in range(_BLANK_ROWS)]
    chosen = {name: str(form.get(name, "")) if form is not None else "" for name in ("denominator", "case_losses")}
    return page.render(
        "console/refunds/new.html", 422 if error and error.status < 500 else 200, error=error, typed=typed, rows=rows or [*named, *blank], chosen=chosen,
        left_out=set(_column(form, "skip")) if form is not None else set(), headers={"Cache-Control": "no-store"}, **values,
    )  # fmt: skip


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
    read = frozen.held(work, [each.account for each in held], page.services.tokens)
    return {
        "trace": shown.trace, "held": sorted(held, key=lambda one: (one.account not in read, one.order)), "facts": tiers, "losses": losses, "names": names,
        "banks": banks, "ref": service.ref_of, "shown_as": sheets.naming(page.services.tokens), "read": read, "kinds": order_forms.kind_names(page),
        "policy": refunds.policy_in_force(work, shown.trace.region),
    }  # fmt: skip


def _draft(page: PageContext, form: FormData) -> Response:
    trace_id = str(form.get("trace", ""))
    try:
        with page.work() as work:
            made = refunds.draft(work, trace_id, _read(work, page, trace_id, form), page.services.tokens)
            round_id = made.id
    except FanzhaError as error:
        return _draft_page(page, trace_id, error, form)
    return page.redirect(f"/refunds/{round_id}", page.say("已拟定。"))


def _typed_accounts(form: FormData) -> dict[str, dict[str, str]]:
    """Account's reference → what was typed of it."""
    columns = (_column(form, name) for name in ("account", *_ACCOUNT_FIELDS))
    return {ref: dict(zip(_ACCOUNT_FIELDS, rest, strict=True)) for ref, *rest in zip_longest(*columns, fillvalue="") if ref}


def _typed_victims(form: FormData) -> list[dict[str, str]]:
    return [dict(zip(_VICTIM_FIELDS, row, strict=True)) for row in zip_longest(*(_column(form, name) for name in _VICTIM_FIELDS), fillvalue="")]


def _read(work: Work, page: PageContext, trace_id: str, form: FormData) -> Draft:
    """An account counts where an order in force holds money in it or a sum was typed, unless it is left out; victims without name or loss are left out."""
    shown, left_out = service.view(work, trace_id), set(_column(form, "skip"))
    known = {each.victim: each.victim_name or "" for each in shown.victims}
    typed = {service.account_of(shown, ref): row for ref, row in _typed_accounts(form).items() if ref not in left_out}
    in_force = frozen.held(work, list(typed), page.services.tokens)
    accounts = [
        FrozenAccount(account, parse_yuan(row["frozen"]) if row["frozen"].strip() else None, row["bank"], row["org"] or None, row["typed_reason"])
        for account, row in typed.items()
        if row["frozen"].strip() or account in in_force
    ]
    claimants = [
        Claimant(
            row["victim"] or blind_index("refund:victim", row["name"].strip()), row["name"].strip() or known[row["victim"]], parse_yuan(row["loss"]),
            row["refund_account"], row["refund_bank"], row["id_card"], row["phone"],
        )
        for row in _typed_victims(form)
        if (row["name"].strip() or known.get(row["victim"])) and row["loss"].strip()
    ]  # fmt: skip
    losses = str(form.get("case_losses", "")).strip()
    chosen = str(form.get("denominator", ""))
    return Draft(accounts, claimants, Denominator(chosen) if chosen in set(Denominator) else None, parse_yuan(losses) if losses else None)


def _column(form: FormData, name: str) -> list[str]:
    return [str(value) for value in form.getlist(name)]


def _plain(fen: int) -> str:
    return format_yuan(fen).replace(",", "")
