"""Public pages of appeals, without an account: show that a measure concerns you, read why and until when, appeal, follow the answer, add papers, withdraw.

Nobody learns from these pages whether a number exists: `entering` says how. A visitor who has shown the code carries a token for half an hour; each handler
asks what it opens before it does anything, and acts on nothing else.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Depends, File, Form, Request, UploadFile
from fastapi.responses import HTMLResponse, Response
from starlette.datastructures import State

from fanzha.desks.appeals import Appeal, Filed, Origin, entering, filing, reading
from fanzha.desks.appeals.entering import Visit
from fanzha.desks.appeals.errors import AppealNotFound, BadDocument, CodeRefused
from fanzha.desks.appeals.numbers import Numbers
from fanzha.desks.appeals.reading import Mine
from fanzha.faces.common.appeal_answers import answer_pdf, moment_in
from fanzha.faces.common.context import PageContext, anyone
from fanzha.faces.common.limits import Buckets, Rate
from fanzha.faces.common.security import Cookies
from fanzha.kit.errors import FanzhaError
from fanzha.kit.ids import new_id
from fanzha.store import Scope, Work
from fanzha.vocab import legal
from fanzha.vocab.notice_numbers import grouped

router = APIRouter()

Visitor = Annotated[PageContext, Depends(anyone())]
ASKS = Rate(10, 600)
"""From one address: a family with two notices asks a few times; whoever tries numbers out asks for years."""
CODES = Rate(20, 600)
UPLOADS = Rate(20, 600)
_COOKIE = "appeal"
_SCOPE = Scope.system("portal")
_NO_STORE = {"Cache-Control": "no-store"}


def _limited(name: str, rate: Rate) -> Callable[[Request], None]:
    """At most so often for one address. Raises TooFast."""

    def limit(request: Request) -> None:
        state: State = request.app.state
        if not hasattr(state, name):
            setattr(state, name, Buckets(rate))
        buckets: Buckets = getattr(state, name)
        buckets.take(request.client.host if request.client else "")

    return limit


@router.get("/appeals")
def begin(page: Visitor) -> Response:
    return page.render("portal/appeals/begin.html", number="", error=None)


@router.post("/appeals", dependencies=[Depends(_limited("appeal_asks", ASKS))])
def ask(page: Visitor, number: Annotated[str, Form()] = "", tail: Annotated[str, Form()] = "") -> Response:
    """The answer is the same whatever was typed: a code is on its way, if the two belong together."""
    with page.services.database.work(_SCOPE) as work:
        token = entering.ask(work, number, tail)
    answer = page.redirect("/portal/appeals/code")
    Cookies.of(page.services.settings).put(answer, _cookie(page), token, 3600)
    return answer


@router.get("/appeals/code")
def code_page(page: Visitor) -> Response:
    return page.render("portal/appeals/code.html", wrong=False)


@router.post("/appeals/code", dependencies=[Depends(_limited("appeal_codes", CODES))])
def code(page: Visitor, code: Annotated[str, Form()] = "") -> Response:
    with page.services.database.work(_SCOPE) as work:
        right = entering.verify(work, _token(page), code)
    return page.redirect("/portal/appeals/mine") if right else page.render("portal/appeals/code.html", 422, wrong=True)


@router.get("/appeals/mine")
def mine(page: Visitor) -> Response:
    return _mine(page)


@router.post("/appeals/file")
def file(
    page: Visitor, reason: Annotated[str, Form()] = "", contact: Annotated[str, Form()] = "", name: Annotated[str, Form()] = "", key: Annotated[str, Form()] = ""
) -> Response:  # fmt: skip
    """A fault shows the page again with what was typed."""
    filed = Filed(Origin.ONLINE, reason, contact, key[:64], name)
    try:
        with page.services.database.work(_SCOPE) as work:
            visit = entering.visit(work, _token(page))
            shown = _shown(page, work, visit)
            if not shown.may_file:
                raise CodeRefused
            filing.file(work, shown.measure, filed)
    except CodeRefused:
        return page.redirect("/portal/appeals")
    except FanzhaError as wrong:
        return _mine(page, wrong, {"reason": reason, "contact": contact, "name": name})
    return page.redirect("/portal/appeals/mine", page.say("申诉已提交，请记下回执号。"))


@router.post("/appeals/documents", dependencies=[Depends(_limited("appeal_uploads", UPLOADS))])
def add_document(page: Visitor, appeal: Annotated[str, Form()] = "", file: Annotated[UploadFile | None, File()] = None) -> Response:
    def take(work: Work, own: Appeal) -> None:
        if file is None:
            raise BadDocument("No file was chosen.")
        most = Numbers(work, own.region).document_bytes()
        filing.add_document(work, own.id, file.filename or "", file.file.read(most + 1))

    return _step(page, appeal, take, page.say("材料已收到。"))


@router.post("/appeals/withdraw")
def withdraw(page: Visitor, appeal: Annotated[str, Form()] = "") -> Response:
    return _step(page, appeal, lambda work, own: filing.withdraw(work, own.id), page.say("申诉已撤回。"))


@router.post("/appeals/reconsider")
def reconsider(page: Visitor, appeal: Annotated[str, Form()] = "", reason: Annotated[str, Form()] = "", key: Annotated[str, Form()] = "") -> Response:
    filed = Filed(Origin.ONLINE, reason, "", key[:64])
    return _step(page, appeal, lambda work, own: filing.reconsider(work, own.id, filed), page.say("已请上一级单位复核。"))


@router.get("/appeals/answer/{appeal}")
def answer(page: Visitor, appeal: str) -> Response:
    """The written answer as PDF."""
    try:
        with page.services.database.work(_SCOPE) as work:
            own = _own(page, work, appeal)
            body = answer_pdf(page, own)
    except CodeRefused:
        return page.redirect("/portal/appeals")
    headers = {"Content-Disposition": f'attachment; filename="answer-{own.receipt}.pdf"'} | _NO_STORE
    return Response(body, media_type="application/pdf", headers=headers)


@router.post("/appeals/leave")
def leave(page: Visitor) -> Response:
    with page.services.database.work(_SCOPE) as work:
        entering.leave(work, _token(page))
    answer = page.redirect("/portal/appeals", page.say("已退出。"))
    Cookies.of(page.services.settings).drop(answer, _cookie(page))
    return answer


def _step(page: PageContext, appeal_id: str, act: Callable[[Work, Appeal], object], said: str) -> Response:
    try:
        with page.services.database.work(_SCOPE) as work:
            act(work, _own(page, work, appeal_id))
    except CodeRefused:
        return page.redirect("/portal/appeals")
    except FanzhaError as wrong:
        return _mine(page, wrong)
    return page.redirect("/portal/appeals/mine", said)


def _own(page: PageContext, work: Work, appeal_id: str) -> Appeal:
    """One of the appeals that this visitor may see. Raises CodeRefused, AppealNotFound."""
    shown = _shown(page, work, entering.visit(work, _token(page)))
    for one in shown.appeals:
        if one.appeal.id == appeal_id:
            return one.appeal
    raise AppealNotFound


def _mine(page: PageContext, error: FanzhaError | None = None, typed: dict[str, str] | None = None) -> HTMLResponse | Response:
    try:
        with page.services.database.work(_SCOPE) as work:
            shown = _shown(page, work, entering.visit(work, _token(page)))
            numbers = Numbers(work, shown.measure.region)
            clocks = {"hours": int(numbers.answer_within(shown.measure.track).total_seconds() // 3600), "accept": numbers.whole("accept_hours")}
            phone, most = numbers.words("phone"), numbers.whole("document_mb")
    except CodeRefused:
        return page.redirect("/portal/appeals", page.say("请重新验证。"), tone="info")
    basis = legal.by_key(shown.measure.basis)
    return page.render(
        "portal/appeals/mine.html", 422 if error is not None else 200, mine=shown, measure=shown.measure, error=error, typed=typed or {},
        faults=_faults(error), key=new_id(), clocks=clocks, phone=phone, most=most, basis=basis,
        moment=moment_in(page), grouped=grouped, headers=_NO_STORE,
    )  # fmt: skip


def _faults(error: FanzhaError | None) -> dict[str, str]:
    found = error.params.get("fields") if error is not None else None
    return {str(name): str(value) for name, value in found.items()} if isinstance(found, dict) else {}


def _shown(page: PageContext, work: Work, visit: Visit) -> Mine:
    return reading.mine(work, page.services.tokens, visit.target, visit.target_id, visit.appeal_id)


def _cookie(page: PageContext) -> str:
    return Cookies.of(page.services.settings).name(_COOKIE)


def _token(page: PageContext) -> str:
    return page.request.cookies.get(_cookie(page), "")[:200]
