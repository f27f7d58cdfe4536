"""Intake: send files, see what came of them, mend and replay what was set aside."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import Annotated

from fastapi import APIRouter, Depends, File, Form, Query, Request, UploadFile
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response

from fanzha.desks.intake import Batch, BatchFilter, BatchState, IntakeKind, Reason, Receipt, RowFilter, RowState, policy, service
from fanzha.desks.intake.exporting import as_csv, explained, field_name
from fanzha.faces.common.context import NavEntry, PageContext, signed_in
from fanzha.faces.common.downloads import Download
from fanzha.kit.errors import FanzhaError
from fanzha.kit.paging import PageRequest
from fanzha.store import Scope

router = APIRouter(prefix="/intake")
NAV = NavEntry("intake", "汇集", "Intake", "/intake", "database-import", policy.READ, order=60)

Reader = Annotated[PageContext, Depends(signed_in(policy.READ))]
Sender = Annotated[PageContext, Depends(signed_in(policy.WRITE))]
Mender = Annotated[PageContext, Depends(signed_in(policy.MEND))]
Number = Annotated[int, Query(alias="page", ge=1)]
Purpose = Annotated[str, Form(min_length=2, max_length=200)]

_PIECE = 1024 * 1024
_CELL = "cell:"


def batch_filter(kind: str = "", state: str = "", source: str = "") -> BatchFilter:
    return BatchFilter(kind if kind in set(IntakeKind) else "", state if state in set(BatchState) else "", source)


def row_filter(batch: str = "", kind: str = "", reason: str = "", state: str = "") -> RowFilter:
    return RowFilter(batch, kind if kind in set(IntakeKind) else "", reason if reason in set(Reason) else "", state if state in set(RowState) else "")


Batches = Annotated[BatchFilter, Depends(batch_filter)]
Rows = Annotated[RowFilter, Depends(row_filter)]


@router.get("")
def listing(page: Reader, wanted: Batches, number: Number = 1) -> Response:
    return _listing(page, wanted, number)


@router.post("")
def send(
    page: Sender, file: Annotated[UploadFile, File()], kind: Annotated[IntakeKind, Form()], source: Annotated[str, Form(max_length=200)] = ""
) -> Response:
    """One file; a file that cannot be taken is answered by the same page with what is wrong."""
    scope = Scope.of(page.me)
    try:
        with service.upload(page.services, scope, kind) as upload:
            for piece in _pieces(file):
                upload.write(piece)
        receipt = service.receive(page.services, scope, upload.path, kind, source, file_name=file.filename or "upload")
    except FanzhaError as error:
        return _listing(page, BatchFilter(), 1, error=error, chosen=(kind.value, source))
    said = page.say("这个文件以前收过，没有改变任何内容。") if receipt.repeated else page.say("文件已接收。")
    return page.redirect(f"/intake/batches/{receipt.batch_id}", said)


@router.get("/batches/{batch_id}")
def batch(page: Reader, batch_id: str) -> Response:
    with page.work() as work:
        found, summary, waiting = service.batch(work, batch_id), service.summary(work, batch_id), service.open_rows(work, batch_id)
    return page.render(
        "console/intake/batch.html", batch=found, summary=summary, waiting=waiting, problem=_problem(found), may_mend=page.may(policy.MEND)
    )


@router.post("/batches/{batch_id}/replay")
def replay(page: Mender, batch_id: str) -> Response:
    receipt = service.replay(page.services, Scope.of(page.me), batch_id)
    return page.redirect(f"/intake/batches/{receipt.batch_id}", _outcome(page, receipt))


@router.get("/quarantine")
def quarantine(page: Reader, wanted: Rows, number: Number = 1) -> Response:
    with page.work() as work:
        found = service.rows(work, wanted, PageRequest(number))
    sentences = {row.id: explained(row, page.locale.value) for row in found.rows}
    return page.render("console/intake/quarantine.html", found=found, sentences=sentences, wanted=wanted, may_mend=page.may(policy.MEND))


@router.post("/quarantine/export")
def export(page: Mender, wanted: Rows, purpose: Purpose) -> Response:
    """A CSV file of the rows with their cells; the purpose goes to the audit log."""
    headers = {"Content-Disposition": 'attachment; filename="quarantine.csv"'}
    return Download(_csv(page, wanted, purpose), "text/csv; charset=utf-8", headers)


@router.get("/quarantine/{row_id}")
def row(page: Reader, row_id: str) -> Response:
    return _row(page, row_id)


@router.post("/quarantine/{row_id}/open")
def open_row(page: Mender, row_id: str, purpose: Purpose) -> Response:
    """The same page with the row's contents; looking is audited."""
    with page.work() as work:
        cells = service.cells_of(work, row_id, purpose)
    return _row(page, row_id, cells)


@router.post("/quarantine/{row_id}/mend")
async def mend(page: Mender, request: Request, row_id: str) -> Response:
    """Keep the corrected cells and take the row again."""
    form = await request.form()
    cells = {name.removeprefix(_CELL): value for name, value in form.items() if name.startswith(_CELL) and isinstance(value, str)}
    receipt = await run_in_threadpool(_mend_and_replay, page, row_id, cells)
    return page.redirect(f"/intake/batches/{receipt.batch_id}", _outcome(page, receipt), tone="success" if receipt.quarantined == 0 else "warning")


@router.post("/quarantine/{row_id}/dismiss")
def dismiss(page: Mender, row_id: str, reason: Purpose) -> Response:
    with page.work() as work:
        service.dismiss(work, row_id, reason)
        batch_id = service.row(work, row_id).batch_id
    return page.redirect(f"/intake/quarantine?batch={batch_id}", page.say("已忽略；原始内容仍保留。"))


def _listing(page: PageContext, wanted: BatchFilter, number: int, *, error: FanzhaError | None = None, chosen: tuple[str, str] = ("", "")) -> Response:
    with page.work() as work:
        found, waiting, sources = service.batches(work, wanted, PageRequest(number)), service.open_rows(work), service.sources(work)
    kinds = policy.kinds_for(page.me)
    return page.render(
        "console/intake/list.html",
        422 if error and error.status < 500 else 200,
        found=found,
        waiting=waiting,
        sources=[(source, source) for source in sources],
        kinds=[kind.value for kind in kinds],
        own_source=policy.source_for(Scope.of(page.me), "") or None,
        may_send=page.may(policy.WRITE),
        error=error,
        chosen=chosen,
    )


def _row(page: PageContext, row_id: str, cells: dict[str, str] | None = None) -> Response:
    with page.work() as work:
        found = service.row(work, row_id)
        of = service.batch(work, found.batch_id)
    sentence = explained(found, page.locale.value)
    return page.render(
        "console/intake/row.html",
        row=found,
        batch=of,
        sentence=sentence,
        field=field_name(found.field, page.locale.value),
        cells=cells,
        raw=found.raw.encode("latin-1").decode("utf-8", "replace") if cells is not None else None,
        prefix=_CELL,
        may_mend=page.may(policy.MEND) and found.state == RowState.OPEN.value,
    )


def _mend_and_replay(page: PageContext, row_id: str, cells: dict[str, str]) -> Receipt:
    with page.work() as work:
        batch_id = service.mend(work, row_id, cells).batch_id
    return service.replay(page.services, Scope.of(page.me), batch_id, [row_id])


def _outcome(page: PageContext, receipt: Receipt) -> str:
    return page.say("已重放 {n} 行：{a} 行入库，{d} 行重复，{q} 行仍有问题。", n=receipt.received, a=receipt.accepted, d=receipt.duplicates, q=receipt.quarantined)


def _problem(of: Batch) -> tuple[str, str] | None:
    """What was wrong with the file and what to do, as recorded."""
    return (str(of.error["message"]), str(of.error["remedy"])) if of.error else None


def _csv(page: PageContext, wanted: RowFilter, purpose: str) -> Generator[str, None, None]:
    with page.work() as work:
        yield from as_csv(service.export_rows(work, wanted, purpose), service.header_of(work, wanted), page.locale.value)


def _pieces(file: UploadFile) -> Iterator[bytes]:
    while piece := file.file.read(_PIECE):
        yield piece
