"""Traces (资金穿透): the list, one trace with its flow, tables and proposals, statements taken in, and the fund-flow table as a file."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, File, Form, Query, UploadFile
from fastapi.responses import JSONResponse, Response

from fanzha.desks import cases, controls, funds
from fanzha.desks.funds import policy, service, sheets
from fanzha.desks.funds.numbers import Numbers
from fanzha.desks.intake import parse_mapping
from fanzha.engine.tracing.reading import read_time
from fanzha.engine.tracing.trace import Limits, Method
from fanzha.faces.common.context import NavEntry, PageContext, signed_in
from fanzha.faces.common.documents import Document, Part, TableOf, to_pdf
from fanzha.faces.common.i18n import Locale
from fanzha.faces.console import order_forms
from fanzha.kit import clock
from fanzha.kit.errors import FanzhaError
from fanzha.kit.money import format_yuan, parse_yuan
from fanzha.kit.paging import PageRequest
from fanzha.store import Work

router = APIRouter(prefix="/traces")
NAV = NavEntry("traces", "资金穿透", "Money trail", "/traces", "route", policy.SEE, order=34)

Reader = Annotated[PageContext, Depends(signed_in(policy.SEE))]
Tracer = Annotated[PageContext, Depends(signed_in(policy.TRACE))]
Revealer = Annotated[PageContext, Depends(signed_in(policy.REVEAL))]
Exporter = Annotated[PageContext, Depends(signed_in(policy.EXPORT))]
Requester = Annotated[PageContext, Depends(signed_in(controls.policy.REQUEST))]
Text = Annotated[str, Form(max_length=300)]
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_PIECE = 1024 * 1024
_TYPED = ("payer", "payee", "at", "amount", "payer_bank", "payee_bank", "victim_name", "bank", "mapping")
_FIELDS = ("own", "counterparty", "direction", "at", "amount", "balance", "event_id", "channel", "own_bank", "counterparty_bank")


@router.get("")
def listing(page: Reader, q: str = "", number: Annotated[int, Query(alias="page", ge=1)] = 1) -> Response:
    with page.work() as work:
        found = service.traces(work, PageRequest(number), words=q.strip()[:100])
    return page.render("console/funds/list.html", found=found)


@router.post("")
def open_one(page: Tracer, report_id: Text = "", case_id: Text = "") -> Response:
    with page.work() as work:
        trace = service.open_trace(work, page.services.tokens, report_id=report_id, case_id=case_id)
    return page.redirect(f"/traces/{trace.id}")


@router.get("/{trace_id}")
def one(page: Reader, trace_id: str, version: Annotated[int | None, Query(ge=1)] = None) -> Response:
    return _page(page, trace_id, version)


@router.get("/{trace_id}/flow")
def flow(page: Reader, trace_id: str, known: Annotated[int, Query(ge=0)] = 0) -> Response:
    """The results alone, asked for again and again while the page is open; 204 where nothing is new."""
    with page.work() as work:
        shown = service.view(work, trace_id)
        if shown.trace.version == known:
            return Response(status_code=204)
        values = _values(page, work, shown)
    return page.render("console/funds/flow.html", **values)


@router.post("/{trace_id}/victims")
def add_victim(
    page: Tracer, trace_id: str, payer: Text, payee: Text, at: Text, amount: Text, payer_bank: Text = "", payee_bank: Text = "", victim_name: Text = ""
) -> Response:  # fmt: skip
    try:
        said = funds.VictimTransfer(payer, payee, read_time(at), parse_yuan(amount), payer_bank, payee_bank, victim_name)
        with page.work() as work:
            service.add_victim(work, trace_id, said, page.services.tokens)
    except FanzhaError as error:
        typed = {"payer": payer, "payee": payee, "at": at, "amount": amount, "payer_bank": payer_bank, "payee_bank": payee_bank, "victim_name": victim_name}
        return _page(page, trace_id, error=error, typed=typed)
    return page.redirect(f"/traces/{trace_id}", page.say("已录入，资金流向已重算。"))


@router.post("/{trace_id}/victims/{key}/remove")
def remove_victim(page: Tracer, trace_id: str, key: str) -> Response:
    with page.work() as work:
        service.remove_victim(work, trace_id, key)
    return page.redirect(f"/traces/{trace_id}", page.say("已移除，资金流向已重算。"))


@router.post("/{trace_id}/statements")
def take_statement(page: Tracer, trace_id: str, file: Annotated[UploadFile, File()], bank: Text = "", mapping: Annotated[str, Form(max_length=2000)] = "") -> Response:
    """`mapping`: a line `field=column` for each column whose header is not understood by itself."""
    try:
        with tempfile.TemporaryDirectory(prefix="fz-statement-") as folder:
            path = Path(folder) / "statement"
            _receive(file, path)
            given = parse_mapping({"fields": _mapping(mapping)}) if mapping.strip() else None
            with page.work() as work:
                sent = funds.File(path, file.filename or "statement", bank.strip(), given)
                made, repeated = service.take_statement(work, trace_id, sent, page.services.tokens)
                said = _said(page, made.received, made.accepted, made.duplicates, made.quarantined)
    except FanzhaError as error:
        return _page(page, trace_id, error=error, typed={"bank": bank, "mapping": mapping})
    if repeated:
        return page.redirect(f"/traces/{trace_id}", page.say("这份流水以前收过，没有改变任何内容。"))
    return page.redirect(f"/traces/{trace_id}", said)


@router.post("/{trace_id}/method")
def choose(page: Tracer, trace_id: str, method: Annotated[Method, Form()], hops: Annotated[int, Form()], hours: Annotated[int, Form()]) -> Response:
    try:
        with page.work() as work:
            service.choose(work, trace_id, method, Limits(hops, timedelta(hours=hours)))
    except FanzhaError as error:
        return _page(page, trace_id, error=error)
    return page.redirect(f"/traces/{trace_id}", page.say("已按新的方法重算。"))


@router.post("/{trace_id}/accounts/{ref}")
def describe(page: Tracer, trace_id: str, ref: str, holder: Text = "", bank: Text = "", kind: Text = "") -> Response:
    with page.work() as work:
        service.describe_account(work, trace_id, ref, holder=holder, bank=bank, kind=kind)
    return page.redirect(f"/traces/{trace_id}", page.say("已保存。"))


@router.post("/{trace_id}/accounts/{ref}/reveal")
def reveal(page: Revealer, trace_id: str, ref: str, purpose: Text = "") -> Response:
    with page.work() as work:
        return JSONResponse({"value": service.reveal(work, trace_id, ref, purpose, page.services.tokens)}, headers={"Cache-Control": "no-store"})


@router.post("/{trace_id}/accounts/{ref}/propose")
def propose(page: Requester, trace_id: str, ref: str, kind: Annotated[Literal["stop", "query_transactions"], Form()] = "stop") -> Response:
    """The form of an order, filled in with what the trail knows; nothing is requested yet."""
    with page.work() as work:
        draft = service.propose_stop(work, trace_id, ref, page.services.tokens, asks_only=kind != "stop")
        form = order_forms.blank(work, kind, order_forms.Origin(draft.event.report_id or "", draft.case_id or ""))
        form.values |= _stop_values(draft) | {"receiver_org_id": _receiver(form.receivers, draft.event.bank)}
    return page.render("console/orders/new.html", form=form, kinds=order_forms.first_kinds(page), headers={"Cache-Control": "no-store"})


@router.post("/{trace_id}/export/{form}")
def export(page: Exporter, trace_id: str, form: Literal["xlsx", "pdf"], purpose: Text = "") -> Response:
    """The fund-flow table (资金流向表); a POST because it is written to the audit log."""
    with page.work() as work:
        taken = sheets.take_out(work, trace_id, page.services.tokens, purpose=purpose)
        if form == "xlsx":
            body, media = sheets.workbook(taken, zh=page.locale is Locale.ZH), _XLSX
        else:
            body, media = to_pdf(_document(page, taken), page.services.settings.home), "application/pdf"
    headers = {"Content-Disposition": f'attachment; filename="fund-flow-v{taken.version}.{form}"', "Cache-Control": "no-store"}
    return Response(body, media_type=media, headers=headers)


def _page(page: PageContext, trace_id: str, version: int | None = None, *, error: FanzhaError | None = None, typed: Mapping[str, str] | None = None) -> Response:
    """The page, with an error's form still as it was `typed`."""
    with page.work() as work:
        shown = service.view(work, trace_id, version)
        values = dict(_values(page, work, shown)) | {"aside": service.rows_aside(work, shown)}
    status = 422 if error and error.status < 500 else 200
    kept = dict.fromkeys(_TYPED, "") | dict(typed or {})
    return page.render("console/funds/one.html", status, error=error, fields=_FIELDS, typed=kept, headers={"Cache-Control": "no-store"}, **values)


def _values(page: PageContext, work: Work, shown: funds.View) -> Mapping[str, Any]:
    found, numbers, stand_ins = shown.found, Numbers(work, shown.trace.region), service.nameless(page.services.tokens)
    decay = numbers.decay
    proposed = funds.proposals.proposals(found, clock.now(), decay, frozenset(stand_ins)) if found else []
    asked = funds.proposals.statements(found, frozenset(stand_ins)) if found else []
    return {
        "shown": shown, "trace": shown.trace, "found": found, "facts": {each.account: each for each in found.accounts} if found else {},
        "picture": funds.picture.draw(found) if found else None, "shown_as": sheets.naming(page.services.tokens), "ref": service.ref_of, "stand_ins": stand_ins,
        "proposed": proposed, "asked": asked, "expected": funds.proposals.expected(proposed), "decay": decay,
        "may_see_case": page.may(cases.policy.SEE), "may_request": page.may(controls.policy.REQUEST), "may_trace": page.may(policy.TRACE),
        "may_refund": page.may(policy.REFUND), "may_export": page.may(policy.EXPORT), "may_reveal": page.may(policy.REVEAL),
        "newest": shown.result is None or shown.result.version == shown.trace.version,
        "node_width": funds.picture.WIDTH, "node_height": funds.picture.HEIGHT,
    }  # fmt: skip


def _document(page: PageContext, taken: sheets.Taken) -> Document:
    zh = page.locale is Locale.ZH
    rows = [tuple(f"{cell:,.2f}" if isinstance(cell, float) else str(cell) for cell in row) for row in taken.rows()]
    table = TableOf(sheets.HEADS if zh else sheets.HEADS_EN, rows, frozenset({0, 1, 7, 8}))
    summary = taken.found.summary
    facts = [
        (page.say("案件或警情"), taken.ref), (page.say("方法"), sheets.METHODS[taken.method] if zh else taken.method.upper()), (page.say("版本"), str(taken.version)),
        (page.say("涉案金额"), format_yuan(summary["stolen_fen"])), (page.say("仍在账户"), format_yuan(summary["still_there_fen"])),
        (page.say("已取出或消费"), format_yuan(summary["withdrawn_fen"])), (page.say("去向待查"), format_yuan(summary["left_the_data_fen"])),
    ]  # fmt: skip
    marking = page.say("内部资料 · 账号未脱敏") if taken.clear else page.say("内部资料 · 账号已脱敏")
    foot = page.say("{who} 于 {at} 导出", who=page.me.name, at=sheets.stamp(clock.now()))
    part = Part(page.say("资金流向"), (page.say("时间以银行流水为准；金额单位为元。存疑部分取决于未知的期初余额。"),), table)
    return Document(page.say("资金流向表"), page.me.org_name, marking, facts, (part,), foot, page.locale.value)


def _stop_values(draft: service.StopDraft) -> dict[str, str]:
    """Fields of the order form as they would be typed."""
    flow, event = draft.flow, draft.event
    at = clock.to_local(flow.at).strftime("%Y-%m-%dT%H:%M:%S")
    sums = {"amount_fen": event.fen, "disputed_fen": draft.disputed_fen, "transfer_fen": flow.of_fen}
    said = {"account": draft.account, "holder_name": event.holder or "", "tier": str(min(3, event.tier)), "transfer_at": at, "payer_bank": flow.payer_bank}
    payer = {"payer_account": draft.payer, "payer_name": ""}
    return said | payer | {name: format_yuan(fen).replace(",", "") for name, fen in sums.items()}


def _receiver(receivers: Sequence[tuple[str, str]], bank: str) -> str:
    """The one organisation whose name holds the bank's, or the other way round; '' where none or several do."""
    fits = [org_id for org_id, name in receivers if bank and (bank in name or name in bank)]
    return fits[0] if len(fits) == 1 else ""


def _receive(file: UploadFile, path: Path) -> None:
    with path.open("wb") as out:
        while piece := file.file.read(_PIECE):
            out.write(piece)


def _mapping(text: str) -> dict[str, str]:
    pairs = (line.partition("=") for line in text.splitlines() if "=" in line)
    return {name.strip(): column.strip() for name, _, column in pairs}


def _said(page: PageContext, received: int, accepted: int, duplicates: int, quarantined: int) -> str:
    return page.say("收到 {n} 行：{a} 行新增，{d} 行重复，{q} 行有问题。", n=received, a=accepted, d=duplicates, q=quarantined)
