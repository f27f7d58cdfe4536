"""Suspect identifiers: the list, one entry, adding by hand, judging."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, TypeVar

from fastapi import APIRouter, Depends, Form, Query
from fastapi.responses import JSONResponse, Response

from fanzha.desks import indicators
from fanzha.desks.indicators import IndicatorRow, IndicatorState, policy, service
from fanzha.desks.indicators.cleaning import KNOWN_GOOD
from fanzha.desks.indicators.errors import RowRefused
from fanzha.faces.common.context import NavEntry, PageContext, signed_in
from fanzha.faces.common.downloads import csv_response
from fanzha.faces.console.indicator_reach import LINKS
from fanzha.kit.clock import to_local
from fanzha.kit.paging import PageRequest
from fanzha.vocab.fraud_types import FraudType
from fanzha.vocab.identifiers import Kind

router = APIRouter()
NAV = NavEntry("indicators", "涉诈标识", "Indicators", "/indicators", "flag", policy.SEE, order=40)

Reader = Annotated[PageContext, Depends(signed_in(policy.SEE))]
Writer = Annotated[PageContext, Depends(signed_in(policy.ADD))]
Judge = Annotated[PageContext, Depends(signed_in(policy.JUDGE))]
Exporter = Annotated[PageContext, Depends(signed_in(policy.EXPORT))]
Voter = Annotated[PageContext, Depends(signed_in(policy.VOTE))]
Overrider = Annotated[PageContext, Depends(signed_in(policy.OVERRIDE))]

BY_HAND = "manual"
HEADS = ("id", "kind", "identifier_masked", "site", "state", "fraud_type", "confidence", "source", "sources", "first_seen_at", "last_seen_at", "expires_at")
E = TypeVar("E", bound=StrEnum)


@dataclass(frozen=True)
class Wanted:
    """The filters of the address; what is no known code does not narrow."""

    words: str
    kind: Kind | None
    state: IndicatorState | None
    fraud_type: FraudType | None
    source: str


def wanted(q: str = "", kind: str = "", state: str = "", fraud_type: str = "", source: str = "") -> Wanted:
    return Wanted(q.strip()[:300], one_of(Kind, kind), one_of(IndicatorState, state), one_of(FraudType, fraud_type), source.strip())


def one_of(family: type[E], code: str) -> E | None:
    """The member with this code, None where there is none."""
    return next((member for member in family if member.value == code), None)


Narrowed = Annotated[Wanted, Depends(wanted)]


@router.get("/indicators")
def listing(page: Reader, narrowed: Narrowed, number: Annotated[int, Query(alias="page", ge=1)] = 1, review: bool = False) -> Response:
    with page.work() as work:
        found = service.search(
            work, words=narrowed.words, kind=narrowed.kind, state=narrowed.state, fraud_type=narrowed.fraud_type, source=narrowed.source, review=review,
            page=PageRequest(number),
        )  # fmt: skip
        counts, sources, to_review = service.counts(work), service.sources(work), service.review_count(work)
    by_state = {state: sum(n for (of_state, _), n in counts.items() if of_state == state) for state in IndicatorState}
    may = {"add": page.may(policy.ADD), "export": page.may(policy.EXPORT), "check": page.may(policy.CHECK)}
    return page.render("console/indicators/list.html", found=found, by_state=by_state, sources=sources, may=may, to_review=to_review, review=review)


@router.get("/indicators/export")
def export(page: Exporter, narrowed: Narrowed) -> Response:
    """The same rows as the list, identifiers masked; logged."""
    return csv_response("indicators.csv", HEADS, _rows(page, narrowed))


@router.get("/indicators/new")
def new(page: Writer) -> Response:
    return page.render("console/indicators/new.html", form={"value": "", "kind": "", "fraud_type": "other", "note": ""}, error="", may_override=False)


@router.post("/indicators")
def add(
    page: Writer, value: Annotated[str, Form(max_length=2000)], kind: Annotated[str, Form()] = "", fraud_type: Annotated[str, Form()] = "other",
    note: Annotated[str, Form(max_length=2000)] = "",
) -> Response:  # fmt: skip
    row = IndicatorRow(value=value, kind=one_of(Kind, kind), fraud_type=one_of(FraudType, fraud_type) or FraudType.OTHER, source=BY_HAND, note=note.strip())
    try:
        with page.work() as work:
            entry = service.add_one(work, row, page.services.tokens)
    except RowRefused as refused:
        error = refused.params["sentence_zh"] if page.locale == "zh" else refused.params["sentence_en"]
        form = {"value": value, "kind": kind, "fraud_type": fraud_type, "note": note}
        may_override = refused.params["reason"] == KNOWN_GOOD and page.may(policy.OVERRIDE)
        return page.render("console/indicators/new.html", 422, form=form, error=error, may_override=may_override)
    return page.redirect(f"/indicators/{entry.id}", page.say("已录入。"))


@router.post("/indicators/override")
def override(
    page: Overrider, value: Annotated[str, Form(max_length=2000)], reason: Annotated[str, Form(max_length=1000)], kind: Annotated[str, Form()] = "",
    fraud_type: Annotated[str, Form()] = "other", note: Annotated[str, Form(max_length=2000)] = "",
) -> Response:  # fmt: skip
    """List what the known-good list protects, answering for it with a reason."""
    row = IndicatorRow(value=value, kind=one_of(Kind, kind), fraud_type=one_of(FraudType, fraud_type) or FraudType.OTHER, source=BY_HAND, note=note.strip())
    with page.work() as work:
        service.override(work, row, reason)
        entry = service.add_one(work, row, page.services.tokens)
    return page.redirect(f"/indicators/{entry.id}", page.say("已录入。"))


@router.get("/indicators/{indicator_id}")
def one(page: Reader, indicator_id: str) -> Response:
    with page.work() as work:
        detail, reach = service.get(work, indicator_id), indicators.withdrawing.reach_of(work, indicator_id)
        remarks = service.remarks(work, indicator_id)
    may_decide = detail.waiting is not None and page.may(policy.JUDGE) and detail.waiting.actor != page.me.user_id
    may = {"judge": page.may(policy.JUDGE) and detail.waiting is None, "decide": may_decide, "vote": page.may(policy.VOTE), "add": page.may(policy.ADD)}
    return page.render("console/indicators/one.html", detail=detail, entry=detail.indicator, may=may, reach=reach, links=LINKS, remarks=remarks)


@router.post("/indicators/{indicator_id}/judge")
def judge(page: Judge, indicator_id: str, state: Annotated[IndicatorState, Form()], reason: Annotated[str, Form(max_length=1000)]) -> Response:
    with page.work() as work:
        entry = service.judge(work, indicator_id, state, reason)
    return page.redirect(f"/indicators/{indicator_id}", page.say("研判结论已保存。") if entry.state == state else page.say("已提交，等待第二人复核。"))


@router.post("/indicators/{indicator_id}/decide")
def decide(page: Judge, indicator_id: str, accept: Annotated[bool, Form()], reason: Annotated[str, Form(max_length=1000)]) -> Response:
    with page.work() as work:
        service.decide(work, indicator_id, accept=accept, reason=reason)
    return page.redirect(f"/indicators/{indicator_id}", page.say("复核结论已保存。"))


@router.post("/indicators/{indicator_id}/vote")
def vote(page: Voter, indicator_id: str, reason: Annotated[str, Form(max_length=1000)]) -> Response:
    with page.work() as work:
        service.vote(work, indicator_id, reason)
    return page.redirect(f"/indicators/{indicator_id}", page.say("误报意见已记录。"))


@router.post("/indicators/{indicator_id}/remarks")
def remark(page: Writer, indicator_id: str, body: Annotated[str, Form(max_length=2000)]) -> Response:
    with page.work() as work:
        service.remark(work, indicator_id, body)
    return page.redirect(f"/indicators/{indicator_id}", page.say("已添加备注。"))


@router.post("/indicators/{indicator_id}/reveal")
def reveal(page: Reader, indicator_id: str, purpose: Annotated[str, Form(max_length=300)]) -> Response:
    with page.work() as work:
        return JSONResponse({"value": service.reveal(work, indicator_id, purpose)}, headers={"Cache-Control": "no-store"})


def _rows(page: PageContext, narrowed: Wanted) -> Iterator[tuple[object, ...]]:
    with page.work() as work:
        for entry in service.export(
            work, words=narrowed.words, kind=narrowed.kind, state=narrowed.state, fraud_type=narrowed.fraud_type, source=narrowed.source
        ):  # fmt: skip
            yield _cells(entry)


def _cells(entry: indicators.Indicator) -> tuple[object, ...]:
    times = (to_local(at).isoformat() if at else None for at in (entry.first_seen_at, entry.last_seen_at, entry.expires_at))
    return (entry.id, entry.kind, entry.masked, entry.site, entry.state, entry.fraud_type, entry.confidence, entry.source, entry.sightings, *times)
