"""Is this number, account or site known? For banks and operators: one at a time, or a batch before a payment run."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field

from fanzha.desks.indicators import Answer, Verdict, policy, service
from fanzha.faces.common.context import ApiContext, api_access
from fanzha.vocab.fraud_types import FraudType
from fanzha.vocab.identifiers import Kind

router = APIRouter(prefix="/indicators", tags=["indicators"])

Checker = Annotated[ApiContext, Depends(api_access(policy.CHECK))]
MOST_AT_ONCE = 500


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


@router.get("/check")
def check(api: Checker, value: Annotated[str, Query(min_length=1, max_length=300)], kind: Kind | None = None) -> CheckAnswer:
    """One value. The question is not kept."""
    with api.work() as work:
        return _answer(service.check(work, value, kind))


@router.post("/check")
def check_many(api: Checker, questions: Questions) -> CheckAnswers:
    """Up to 500 values at once; how many were asked, and how many are listed, is audited."""
    with api.work() as work:
        verdicts = [service.check(work, question.value, question.kind) for question in questions.items]
        listed = sum(verdict.answer in (Answer.DANGER, Answer.CAUTION) for verdict in verdicts)
        work.audit("indicators.checked", "indicators", {"asked": len(verdicts), "listed": listed})
    return CheckAnswers(items=[_answer(verdict) for verdict in verdicts])


def _answer(verdict: Verdict) -> CheckAnswer:
    return CheckAnswer(answer=verdict.answer, kind=verdict.kind, masked=verdict.masked, fraud_type=verdict.fraud_type)
