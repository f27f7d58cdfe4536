"""Data from programs: a file as the body of a request."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel

from fanzha.desks.intake import BatchFilter, Given, IntakeKind, Receipt, parse_mapping, policy, service
from fanzha.desks.intake.errors import BadMapping
from fanzha.faces.common.context import ApiContext, api_access
from fanzha.kit.paging import PageRequest
from fanzha.store import Scope

router = APIRouter(prefix="/batches", tags=["batches"])

Sender = Annotated[ApiContext, Depends(api_access(policy.WRITE))]
Reader = Annotated[ApiContext, Depends(api_access(policy.READ))]


class ReceiptOut(BaseModel):
    """What came of a file: received = accepted + duplicates + quarantined. `reasons` counts quarantined rows by reason code."""

    batch_id: str
    kind: IntakeKind
    source: str
    file_name: str
    state: str
    received: int
    accepted: int
    duplicates: int
    quarantined: int
    repeated: bool
    reasons: dict[str, int]
    ignored_columns: list[str]


class BatchPage(BaseModel):
    """Newest first."""

    total: int
    page: int
    batches: list[dict[str, Any]]


_BODY = {
    "requestBody": {
        "required": True,
        "description": "The file itself: CSV (UTF-8, GB18030), JSON lines, Parquet or xlsx; recognised by its content.",
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}


@router.post("/{kind}", status_code=201, openapi_extra=_BODY, responses={200: {"model": ReceiptOut, "description": "Taken before; nothing was changed."}})
async def take(
    api: Sender,
    request: Request,
    response: Response,
    kind: Annotated[IntakeKind, Path(description="What the file holds.")],
    source: Annotated[str, Query(max_length=200, description="Who the data come from; a bank or an operator is always its own source.")] = "",
    file_name: Annotated[str, Query(max_length=200)] = "api",
    mapping: Annotated[str, Query(max_length=20_000, description="JSON object with `fields`, `units`, `constants`.")] = "",
) -> ReceiptOut:
    """Take a file in. Idempotent: the same body again answers 200 with the receipt of the first time."""
    given, scope = _mapping(mapping), Scope.of(api.me)
    with service.upload(api.services, scope, kind) as upload:
        async for piece in request.stream():
            upload.write(piece)
    receipt = await run_in_threadpool(service.receive, api.services, scope, upload.path, kind, source, given=given, file_name=file_name)
    response.status_code = 200 if receipt.repeated else 201
    return _out(receipt)


@router.get("")
def listing(
    api: Reader, kind: str = "", state: str = "", source: str = "", page: Annotated[int, Query(ge=1)] = 1, size: Annotated[int, Query(ge=1, le=200)] = 50
) -> BatchPage:
    """Batches that your organisation sent, or that came from your region."""
    with api.work() as work:
        found = service.batches(work, BatchFilter(kind, state, source), PageRequest(page, size))
        rows = [
            {name: getattr(one, name) for name in ("id", "kind", "source", "file_name", "state", "received", "accepted", "duplicates", "quarantined")}
            | {"started_at": one.started_at.isoformat(), "error": one.error}
            for one in found.rows
        ]
    return BatchPage(total=found.total, page=page, batches=rows)


@router.get("/{batch_id}")
def one(api: Reader, batch_id: str) -> ReceiptOut:
    """What came of a batch."""
    with api.work() as work:
        return _out(service.summary(work, batch_id))


def _mapping(text: str) -> Given | None:
    if not text:
        return None
    try:
        return parse_mapping(json.loads(text))
    except ValueError as error:
        raise BadMapping from error


def _out(receipt: Receipt) -> ReceiptOut:
    return ReceiptOut(**(asdict(receipt) | {"ignored_columns": list(receipt.ignored_columns)}))
