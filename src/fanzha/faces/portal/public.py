"""Pages for everybody, without signing in: check a number, what to do after a fraud, how the frauds go, what happens to your data."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse, Response
from starlette.datastructures import State

from fanzha.desks.indicators import Answer, Verdict, service
from fanzha.faces.common.context import PageContext, anyone
from fanzha.faces.common.limits import Buckets, Rate
from fanzha.faces.portal.scams import Told, scams
from fanzha.kit.errors import NotFound
from fanzha.store import Scope
from fanzha.vocab.fraud_types import FraudType

router = APIRouter()

Visitor = Annotated[PageContext, Depends(anyone())]
CHECKS = Rate(30, 60)
"""A family asks a few times; whoever wants to read the registry out asks for hours."""
LONGEST = 300


class NoSuchScam(NotFound):
    """There is no page about this kind of fraud."""

    code = "no_such_scam"


def limited(request: Request) -> None:
    """At most `CHECKS` for one address. Raises TooFast."""
    state: State = request.app.state
    if not hasattr(state, "portal_checks"):
        state.portal_checks = Buckets(CHECKS)
    buckets: Buckets = state.portal_checks
    buckets.take(request.client.host if request.client else "")


@router.get("")
def home(page: Visitor) -> HTMLResponse:
    return page.render("portal/public/home.html", told=_told(page))


@router.get("/check")
def ask(page: Visitor) -> Response:
    return page.render("portal/public/check.html", value="", verdict=None, told=_told(page))


@router.post("/check", dependencies=[Depends(limited)])
def check(page: Visitor, value: Annotated[str, Form()] = "") -> HTMLResponse:
    """The question travels in the body and is kept nowhere: neither in an address, nor in the log, nor in the database."""
    text = value.strip()[:LONGEST]
    with page.services.database.work(Scope.system("portal")) as work:
        verdict = _public(service.check(work, text))
    return page.render("portal/public/check.html", value=text, verdict=verdict, told=_told(page), headers={"Cache-Control": "no-store"})


@router.get("/help")
def after_a_fraud(page: Visitor) -> HTMLResponse:
    return page.render("portal/public/help.html")


@router.get("/scams")
def all_scams(page: Visitor) -> HTMLResponse:
    return page.render("portal/public/scams.html", told=_told(page))


@router.get("/scams/{code}")
def one_scam(page: Visitor, code: str) -> HTMLResponse:
    told = _told(page)
    kind = next((kind for kind in told if kind.value == code), None)
    if kind is None:
        raise NoSuchScam(scam=code)
    return page.render("portal/public/scam.html", kind=kind, one=told[kind])


@router.get("/privacy")
def privacy(page: Visitor) -> HTMLResponse:
    return page.render("portal/public/privacy.html")


def _told(page: PageContext) -> dict[FraudType, Told]:
    return {kind: by_language[page.locale.value] for kind, by_language in scams().items()}


def _public(verdict: Verdict) -> Verdict:
    """What everybody may learn: the answer, and for a confirmed entry the kind of fraud. A suspicion is told without its ground, for it may be wrong."""
    kind = verdict.fraud_type if verdict.answer is Answer.DANGER else None
    return Verdict(verdict.answer, verdict.kind, verdict.masked, kind, None, verdict.note_zh, verdict.note_en)
