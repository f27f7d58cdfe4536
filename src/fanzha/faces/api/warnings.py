"""Warnings for programs: list, read, and the three steps of a dissuasion."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Query
from pydantic import BaseModel, Field

from fanzha.desks import warnings
from fanzha.desks.warnings import Card, Feedback, Filters, Reached, policy
from fanzha.faces.common.context import ApiContext, api_access
from fanzha.vocab.fraud_types import FraudType
from fanzha.vocab.outcomes import ContactResult, Outcome
from fanzha.vocab.stages import Stage

router = APIRouter(prefix="/warnings", tags=["warnings"])

Reader = Annotated[ApiContext, Depends(api_access(policy.SEE))]
Worker = Annotated[ApiContext, Depends(api_access(policy.ACT))]
Key = Annotated[str | None, Header(alias="Idempotency-Key", min_length=8, max_length=100, description="The same key again changes nothing.")]


class WarningPage(BaseModel):
    """`next_cursor` asks for the rest; null at the end."""

    warnings: list[dict[str, Any]]
    next_cursor: str | None


class AttemptIn(BaseModel):
    result: ContactResult
    channel: str = Field(default="call", pattern="^(call|visit|sms)$")
    note: str | None = Field(default=None, max_length=2000)


class FeedbackIn(BaseModel):
    """Money is fen."""

    outcome: Outcome
    reached: Reached | None = None
    scam_type: FraudType | None = None
    stage: Stage | None = None
    transferred: bool | None = None
    transferred_fen: int | None = Field(default=None, ge=0)
    amount_protected_fen: int | None = Field(default=None, ge=0)
    app_installed: bool | None = None
    evidence_note: str | None = Field(default=None, max_length=2000)
    evidence_ref: str | None = Field(default=None, max_length=200)
    transfer_target: str | None = Field(default=None, max_length=200)
    revisit_on: date | None = None


@router.get("")
def listing(
    api: Reader, level: str = "", state: str = "", region: str = "", fraud_type: str = "", overdue: bool = False, q: str = "", cursor: str = "",
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> WarningPage:  # fmt: skip
    """Warnings in the order of issue, masked; narrowed by level, state (or `open`, `ended`), region code (or `none`), fraud type, phone or number."""
    filters = Filters(level=level, state=state, region=region, fraud_type=fraud_type, overdue=overdue, q=q)
    with api.work() as work:
        found = warnings.queue.after(work, filters, cursor, limit + 1)
    rows = found[:limit]
    return WarningPage(warnings=[_card(card) for card in rows], next_cursor=rows[-1].id if len(found) > limit else None)


@router.get("/{warning_id}")
def one(api: Reader, warning_id: str) -> dict[str, Any]:
    """The warning with its findings, the dissuasion record, and the steps open to the caller. Personal data are masked."""
    with api.work() as work:
        view = warnings.reading.read(work, warning_id)
        record = warnings.reading.record(work, warning_id)
    return _card(view.card) | {
        "findings": [asdict(finding) for finding in view.findings],
        "deadlines": dict(view.deadlines),
        "previous_id": view.previous_id,
        "record": asdict(record),
        "allowed": list(view.allowed),
    }


@router.post("/{warning_id}/sign")
def sign(api: Worker, warning_id: str, key: Key = None) -> dict[str, Any]:
    """Take the warning on."""
    with api.work() as work:
        warnings.service.sign(work, warning_id, key=key)
        return _state(warnings.reading.read(work, warning_id))


@router.post("/{warning_id}/attempts")
def attempt(api: Worker, warning_id: str, body: AttemptIn, key: Key = None) -> dict[str, Any]:
    """Record one try to reach the person."""
    with api.work() as work:
        warnings.service.record_attempt(work, warning_id, body.result, channel=body.channel, note=body.note, key=key)
        return _state(warnings.reading.read(work, warning_id))


@router.post("/{warning_id}/feedback")
def feedback(api: Worker, warning_id: str, body: FeedbackIn, key: Key = None) -> dict[str, Any]:
    """Answer the warning with a result code and the record."""
    with api.work() as work:
        warnings.service.give_feedback(work, warning_id, Feedback(**body.model_dump()), key=key)
        return _state(warnings.reading.read(work, warning_id))


def _state(view: warnings.View) -> dict[str, Any]:
    return _card(view.card) | {"allowed": list(view.allowed)}


def _card(card: Card) -> dict[str, Any]:
    return asdict(card)
