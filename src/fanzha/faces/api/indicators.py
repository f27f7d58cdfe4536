"""Is this number, account or site known? For banks and operators: one at a time, or a batch before a payment run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.concurrency import run_in_threadpool
from pydantic import AwareDatetime, BaseModel, Field

from fanzha.desks.indicators import Answer, IndicatorState, Verdict, bulk, nearby, policy, service, sharing
from fanzha.desks.indicators.sharing import Recipient
from fanzha.engine.nearness import Form
from fanzha.faces.common.context import ApiContext, api_access
from fanzha.kit import clock
from fanzha.store import Work
from fanzha.vocab.fraud_types import FraudType
from fanzha.vocab.identifiers import Kind

router = APIRouter(prefix="/indicators", tags=["indicators"])

Checker = Annotated[ApiContext, Depends(api_access(policy.CHECK))]
MOST_AT_ONCE = 500
_CHUNK = 1_000


class Question(BaseModel):
    """`kind` where you know it; else it is recognised."""

    value: str = Field(min_length=1, max_length=300)
    kind: Kind | None = None


class Questions(BaseModel):
    items: list[Question] = Field(min_length=1, max_length=MOST_AT_ONCE)


class CheckAnswer(BaseModel):
    """`danger`: confirmed. `caution`: suspected. `no_record`: not listed, which does not mean safe. `known_good`: an official number or site.
    `unreadable`: no identifier of a known kind. The fraud type is there for danger and caution."""

    answer: Answer
    kind: Kind | None
    masked: str
    fraud_type: FraudType | None


class CheckAnswers(BaseModel):
    """In the order of the questions."""

    items: list[CheckAnswer]


class LineAnswer(CheckAnswer):
    line: int


class BulkAnswers(BaseModel):
    """`listed` has only what is known, by its line in what you sent (from 1; in a JSON list its place); `counts` says how many got each answer."""

    asked: int
    counts: dict[Answer, int]
    listed: list[LineAnswer]


class NearForm(BaseModel):
    """What the value looks like: `brand` is an official or well-known name, else a listed suspect; the sentences say in what it differs."""

    form: Form
    name: str
    brand: bool
    sentence_zh: str
    sentence_en: str
    fraud_type: FraudType | None
    state: IndicatorState | None


class NearForms(BaseModel):
    """The surest first."""

    items: list[NearForm]


class RetractionOut(BaseModel):
    """Something that was handed to you and is flagged no more: take it back. `value` is the identifier in clear, as it was handed over."""

    export_id: str
    exported_at: AwareDatetime
    indicator_id: str
    kind: Kind
    value: str
    state: IndicatorState
    at: AwareDatetime
    lifted_at: AwareDatetime | None
    acknowledged_at: AwareDatetime | None


class Retractions(BaseModel):
    """The newest first."""

    items: list[RetractionOut]


class Acknowledgement(BaseModel):
    """You have taken back everything that was retracted up to this time."""

    until: AwareDatetime


class Acknowledged(BaseModel):
    acknowledged: int


_LIST_BODY = {
    "requestBody": {
        "required": True,
        "description": "Text in UTF-8 or GB 18030 with one identifier a line (first column), or a JSON list of strings.",
        "content": {"text/csv": {"schema": {"type": "string"}}, "application/json": {"schema": {"type": "array", "items": {"type": "string"}}}},
    }
}


@router.get("/check")
def check(api: Checker, value: Annotated[str, Query(min_length=1, max_length=300)], kind: Kind | None = None) -> CheckAnswer:
    """One value. The question is not kept."""
    with api.work() as work:
        return _answer(service.check(work, value, kind))


@router.post("/check")
def check_many(
    api: Checker,
    questions: Questions,
    remember: Annotated[bool, Query(description="Keep which listed entries you were told of, so that you are told if one is withdrawn.")] = False,
) -> CheckAnswers:
    """Up to 500 values at once; how many were asked, and how many are listed, is audited."""
    with api.work() as work:
        verdicts = bulk.check_many(work, [(question.value, question.kind) for question in questions.items]).verdicts
        _remember(api, work, verdicts, remember)
    return CheckAnswers(items=[_answer(verdict) for verdict in verdicts])


@router.post("/check/bulk", openapi_extra=_LIST_BODY)
async def check_bulk(
    api: Checker,
    request: Request,
    remember: Annotated[bool, Query(description="Keep which listed entries you were told of, so that you are told if one is withdrawn.")] = False,
) -> BulkAnswers:
    """Up to 200,000 values at once, as a file or a JSON list. What you ask is not kept; counts are audited."""
    body = await request.body()
    is_json = request.headers.get("content-type", "").startswith("application/json")
    return await run_in_threadpool(_bulk, api, body, is_json, remember)


@router.get("/near")
def near(api: Checker, value: Annotated[str, Query(min_length=1, max_length=300)], kind: Kind | None = None) -> NearForms:
    """What listed or well-known identifiers the value looks like. The question is not kept."""
    with api.work() as work:
        found = nearby.near(work, value, kind)
        work.audit("indicators.near_asked", "indicators", {"asked": 1, "near": len(found)})
    return NearForms(
        items=[
            NearForm(
                form=one.form, name=one.name, brand=one.is_brand, sentence_zh=one.sentence_zh, sentence_en=one.sentence_en, fraud_type=one.fraud_type, state=one.state
            )
            for one in found
        ]
    )


@router.get("/retractions")
def retractions(api: Checker, since: AwareDatetime | None = None) -> Retractions:
    """What was handed to your organisation and is flagged no more."""
    with api.work() as work:
        found = sharing.retractions(work, org_id=api.me.org_id, since=since)
        return Retractions(
            items=[
                RetractionOut(
                    export_id=one.export_id, exported_at=one.exported_at, indicator_id=one.indicator.id, kind=Kind(one.indicator.kind), value=one.indicator.value,
                    state=one.state, at=one.at, lifted_at=one.lifted_at, acknowledged_at=one.acknowledged_at,
                )
                for one in found
            ]
        )  # fmt: skip


@router.post("/retractions/acknowledge")
def acknowledge(api: Checker, told: Acknowledgement) -> Acknowledged:
    """Say that you took back what was retracted. Idempotent."""
    with api.work() as work:
        return Acknowledged(acknowledged=sharing.acknowledge(work, api.me.org_id, told.until))


def _bulk(api: ApiContext, body: bytes, is_json: bool, remember: bool) -> BulkAnswers:
    asked = bulk.read_json(body) if is_json else bulk.read_list(body)
    with api.work() as work:
        checked = bulk.check_many(work, asked.questions)
        _remember(api, work, checked.verdicts, remember)
    listed = [
        LineAnswer(line=line, **_answer(verdict).model_dump())
        for line, verdict in zip(asked.lines, checked.verdicts, strict=True)
        if verdict.answer in (Answer.DANGER, Answer.CAUTION)
    ]
    return BulkAnswers(asked=len(asked.questions), counts=dict(checked.counts), listed=listed)


def _remember(api: ApiContext, work: Work, verdicts: Sequence[Verdict], wanted: bool) -> None:
    """With the asker's consent: which entries they were told of, never what they asked."""
    ids = list(dict.fromkeys(verdict.indicator_id for verdict in verdicts if verdict.indicator_id)) if wanted else []
    if ids:
        sharing.remember(work, Recipient(api.me.org_id, api.me.org_name, "check"), ids)
        for start in range(0, len(ids), _CHUNK):
            work.defer("sharing.sight_checks", ids=ids[start : start + _CHUNK], org_name=api.me.org_name, asked_at=clock.now().isoformat())


def _answer(verdict: Verdict) -> CheckAnswer:
    return CheckAnswer(answer=verdict.answer, kind=verdict.kind, masked=verdict.masked, fraud_type=verdict.fraud_type)
