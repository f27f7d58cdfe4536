"""Checking many identifiers, looking near forms up, and what was handed to whom."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from fastapi import APIRouter, Depends, File, Form, UploadFile
from fastapi.responses import Response

from fanzha.desks import identity
from fanzha.desks.indicators import Answer, IndicatorState, bulk, nearby, policy, service, sharing
from fanzha.desks.indicators.judging import reasoned
from fanzha.desks.indicators.sharing import Recipient
from fanzha.faces.common.context import PageContext, signed_in
from fanzha.faces.common.downloads import csv_response
from fanzha.faces.console.indicators import one_of
from fanzha.kit import clock
from fanzha.kit.clock import to_local
from fanzha.vocab.identifiers import Kind

router = APIRouter()

Checker = Annotated[PageContext, Depends(signed_in(policy.CHECK))]
Sharer = Annotated[PageContext, Depends(signed_in(policy.SHARE))]
Receiver = Annotated[PageContext, Depends(signed_in(policy.CHECK))]

HEADS = ("line", "answer", "kind", "identifier_masked", "fraud_type")
SHARED = ("id", "kind", "identifier", "state", "fraud_type", "confidence", "last_seen_at", "expires_at")


@router.get("/indicator-checks")
def page_of_checks(page: Checker) -> Response:
    return page.render("console/indicators/check.html", value="", verdict=None, near=None)


@router.post("/indicator-checks")
def check_one(page: Checker, value: Annotated[str, Form(max_length=300)] = "") -> Response:
    """One value and what it looks like. It travels in the body and is kept nowhere."""
    with page.work() as work:
        verdict = service.check(work, value)
        found = nearby.near(work, value) if verdict.answer is not Answer.UNREADABLE else []
    return page.render("console/indicators/check.html", value=value, verdict=verdict, near=found, headers={"Cache-Control": "no-store"})


@router.post("/indicator-checks/file")
def check_file(page: Checker, file: Annotated[UploadFile, File()]) -> Response:
    """A list, one identifier a line; the answers come back as a file and are kept nowhere."""
    asked = bulk.read_list(file.file.read())
    with page.work() as work:
        checked = bulk.check_many(work, asked.questions)
    rows = ((line, each.answer, each.kind, each.masked, each.fraud_type) for line, each in zip(asked.lines, checked.verdicts, strict=True))
    return csv_response("indicator-checks.csv", HEADS, rows)


@router.get("/indicator-shares")
def shares(page: Receiver) -> Response:
    """What was handed over, to whom, and what of it is to be taken back: for the police all of it, for a member unit its own."""
    may_share = page.may(policy.SHARE)
    with page.work() as work:
        exports = sharing.exports(work)
        retracted = sharing.retractions(work, open_only=True, most=200)
        orgs = [(org.id, org.name) for org in identity.service.organisations(work)] if may_share else []
    return page.render("console/indicators/shares.html", exports=exports, retracted=retracted, orgs=orgs, may_share=may_share, me=page.me)


@router.post("/indicator-shares")
def share(
    page: Sharer, org_id: Annotated[str, Form(max_length=64)], purpose: Annotated[str, Form(max_length=300)], kind: Annotated[str, Form()] = "",
    state: Annotated[str, Form()] = "confirmed",
) -> Response:  # fmt: skip
    """Hand entries to a member unit in clear: audited, and remembered entry by entry so that a withdrawal reaches the unit."""
    why = reasoned(purpose)
    with page.work() as work:
        org = identity.service.organisation(work, org_id)
        recipient = Recipient(org.id, org.name, "share", why)
    return csv_response("indicators-shared.csv", SHARED, _shared(page, recipient, one_of(Kind, kind), one_of(IndicatorState, state)))


@router.post("/indicator-shares/acknowledge")
def acknowledge(page: Receiver) -> Response:
    with page.work() as work:
        sharing.acknowledge(work, page.me.org_id, clock.now())
    return page.redirect("/indicator-shares", page.say("已确认收回。"))


def _shared(page: PageContext, recipient: Recipient, kind: Kind | None, state: IndicatorState | None) -> Iterator[tuple[object, ...]]:
    with page.work() as work:
        for entry in service.export(work, kind=kind, state=state, recipient=recipient):
            times = (to_local(at).isoformat() if at else None for at in (entry.last_seen_at, entry.expires_at))
            yield entry.id, entry.kind, entry.value, entry.state, entry.fraud_type, entry.confidence, *times
