"""Decisions given in flight, read back by those who asked. The asking itself is `fanzha screen`'s, on a port of its own."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel

from fanzha.desks.screening import policy, service
from fanzha.faces.common.context import ApiContext, api_access

router = APIRouter(prefix="/screening", tags=["screening"])
Reader = Annotated[ApiContext, Depends(api_access(policy.SEE))]

for _permission in policy.ASK.values():
    api_access(_permission)  # so that a key for `fanzha screen` can be made: its gates are not routes of this application


class DecisionOut(BaseModel):
    """A decision as it was kept; it names no person and no account."""

    id: str
    request_id: str
    asked: str
    answer: str
    at: datetime
    decided_at: datetime
    reasons: list[dict[str, Any]]
    basis: str | None
    term_minutes: int | None
    ends_at: datetime | None
    degraded: bool


@router.get("/decisions/{decision_id}")
def decision(api: Reader, decision_id: str) -> DecisionOut:
    """One decision of one's own organisation, or for the police of one's region."""
    with api.work() as work:
        found = service.get(work, decision_id)
    return DecisionOut(
        id=found.id, request_id=found.request_id, asked=found.asked, answer=found.answer, at=found.at, decided_at=found.decided_at, reasons=found.signals,
        basis=found.basis, term_minutes=found.term_minutes, ends_at=found.ends_at, degraded=found.degraded,
    )  # fmt: skip
