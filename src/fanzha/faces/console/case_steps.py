"""What is done with a case: its states, hand-over, merge and split, its parts, its evidence."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, File, Form, UploadFile
from fastapi.responses import Response

from fanzha.desks.cases import (
    CaseStep,
    LossRole,
    LossSource,
    NewLoss,
    NewSuspect,
    NewVictim,
    SuspectRole,
    Vault,
    editing,
    evidence,
    filing,
    joining,
    moving,
    policy,
    searching,
)  # fmt: skip
from fanzha.faces.common.context import PageContext, signed_in
from fanzha.faces.common.downloads import Download
from fanzha.faces.console.case_forms import demanded, instant
from fanzha.faces.console.indicators import one_of
from fanzha.kit import money
from fanzha.store import Work
from fanzha.vocab.identifiers import Kind

router = APIRouter()

Writer = Annotated[PageContext, Depends(signed_in(policy.WRITE))]
Stepper = Annotated[PageContext, Depends(signed_in(policy.STEP))]
Joiner = Annotated[PageContext, Depends(signed_in(policy.JOIN))]
Looker = Annotated[PageContext, Depends(signed_in(policy.REVEAL))]
Exporter = Annotated[PageContext, Depends(signed_in(policy.EXPORT))]
Reason = Annotated[str, Form(max_length=1000)]
Text = Annotated[str, Form(max_length=2000)]
Key = Annotated[str, Form(min_length=8, max_length=64)]


def vault_of(page: PageContext) -> Vault:
    return Vault(page.services.settings.home / "evidence")


@router.post("/reports/{report_id}/file")
def file_report(page: Writer, report_id: str, reason: Reason, number: Text = "") -> Response:
    with page.work() as work:
        case = filing.file_report(work, report_id, page.services.tokens, reason, number)
    return page.redirect(f"/cases/{case.id}", page.say("案件已立。"))


@router.post("/cases/{case_id}/step")
def step(page: Stepper, case_id: str, wanted: Annotated[CaseStep, Form(alias="step")], reason: Reason) -> Response:
    return _done(page, case_id, lambda work: moving.step(work, case_id, wanted, reason))


@router.post("/cases/{case_id}/hand-over")
def offer(page: Writer, case_id: str, region: Text, reason: Reason) -> Response:
    return _done(page, case_id, lambda work: moving.offer(work, case_id, region, reason))


@router.post("/cases/{case_id}/hand-over/answer")
def answer(page: Writer, case_id: str, accept: Annotated[bool, Form()], reason: Reason = "") -> Response:
    return _done(page, case_id, lambda work: moving.answer(work, case_id, accept=accept, reason=reason))


@router.post("/cases/{case_id}/hand-over/withdraw")
def withdraw_offer(page: Writer, case_id: str, reason: Reason) -> Response:
    return _done(page, case_id, lambda work: moving.withdraw_offer(work, case_id, reason))


@router.post("/cases/{case_id}/merge")
def merge(page: Joiner, case_id: str, other: Text, reason: Reason) -> Response:
    """See the other case (its number or reference) under this one."""
    return _done(page, case_id, lambda work: joining.merge(work, searching.called(work, other).id, case_id, reason))


@router.post("/cases/{case_id}/split")
def split(page: Joiner, case_id: str, reason: Reason, key: Key, part: Annotated[list[str] | None, Form()] = None, number: Text = "") -> Response:
    with page.work() as work:
        made = joining.split(work, case_id, part or [], reason, key=key, number=number)
    return page.redirect(f"/cases/{made.id}", page.say("已分出新案。"))


@router.post("/cases/{case_id}/operations/{operation_id}/undo")
def undo(page: Joiner, case_id: str, operation_id: str, reason: Reason) -> Response:
    return _done(page, case_id, lambda work: joining.undo(work, operation_id, reason))


@router.post("/cases/{case_id}/victims")
def add_victim(page: Writer, case_id: str, key: Key, name: Text = "", phone: Text = "", id_card: Text = "", note: Text = "") -> Response:
    given = NewVictim(name, phone, id_card, note)
    return _done(page, case_id, lambda work: editing.add_victim(work, case_id, given, page.services.tokens, key=key))


@router.post("/cases/{case_id}/losses")
def add_loss(
    page: Writer, case_id: str, key: Key, amount: Text, role: Annotated[LossRole, Form()], source: Annotated[LossSource, Form()], at: Text = "", note: Text = ""
) -> Response:
    given = NewLoss(money.parse_yuan(amount), role, source, instant(at), note)
    return _done(page, case_id, lambda work: editing.add_loss(work, case_id, given, key=key))


@router.post("/cases/{case_id}/suspects")
def add_suspect(page: Writer, case_id: str, key: Key, value: Text, role: Annotated[SuspectRole, Form()], kind: Text = "", note: Text = "") -> Response:
    given = NewSuspect(value, one_of(Kind, kind), role, note)
    return _done(page, case_id, lambda work: editing.add_suspect(work, case_id, given, key=key))


@router.post("/cases/{case_id}/notes")
def add_note(page: Writer, case_id: str, key: Key, at: Text, body: Text) -> Response:
    return _done(page, case_id, lambda work: editing.add_note(work, case_id, demanded(at), body, key=key))


@router.post("/cases/{case_id}/remove/{kind}/{part_id}")
def remove(page: Writer, case_id: str, kind: str, part_id: str, reason: Reason) -> Response:
    return _done(page, case_id, lambda work: editing.remove(work, case_id, kind, part_id, reason))


@router.post("/cases/{case_id}/evidence")
def add_evidence(page: Writer, case_id: str, file: Annotated[UploadFile, File()], note: Text = "") -> Response:
    return _done(page, case_id, lambda work: evidence.add(work, vault_of(page), case_id, file.file, file.filename or "", note))


@router.post("/cases/{case_id}/evidence/{evidence_id}/check")
def check(page: Looker, case_id: str, evidence_id: str, purpose: Reason) -> Response:
    """Hash the file again and say whether it is the one that was taken in; nothing of it is shown."""
    with page.work() as work:
        intact = evidence.look(work, vault_of(page), case_id, evidence_id, purpose, "viewed")[1]
    said = page.say("校验通过：文件与入库时一致。") if intact else page.say("校验不符：文件已被改动，请立即报告。")
    return page.redirect(f"/cases/{case_id}#evidence", said, tone="success" if intact else "danger")


@router.post("/cases/{case_id}/evidence/{evidence_id}/export")
def export_evidence(page: Exporter, case_id: str, evidence_id: str, purpose: Reason) -> Response:
    """The file as a download that no browser shows; named by its SHA-256 and its ending, which fits the content, for the true name may hold personal data.
    A file that is no longer what was taken in is not handed out; that somebody asked for it stands in the custody log."""
    vault = vault_of(page)
    with page.work() as work:
        one, intact = evidence.look(work, vault, case_id, evidence_id, purpose, "exported")
    if not intact:
        return page.redirect(f"/cases/{case_id}#evidence", page.say("校验不符：文件已被改动，请立即报告。"), tone="danger")
    name = f"{one.sha256[:16]}.{one.file_name.rpartition('.')[2].lower()}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store", "Content-Length": str(one.bytes)}
    return Download(vault.read(one.sha256), "application/octet-stream", headers)


def _done(page: PageContext, case_id: str, act: Callable[[Work], Any]) -> Response:
    with page.work() as work:
        act(work)
    return page.redirect(f"/cases/{case_id}", page.say("已保存。"))
