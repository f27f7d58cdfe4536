"""The inbox of a bank's or operator's agent: what was sent to the institution, with clocks, and the answers to it."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Query
from fastapi.responses import JSONResponse, Response

from fanzha.desks.controls import Answer, Checks, Result, State, answering, errors, kinds, policy, reading, service
from fanzha.desks.controls.reading import Act
from fanzha.desks.controls.repository import Filters
from fanzha.faces.common.context import NavEntry, PageContext, signed_in
from fanzha.faces.console import order_forms
from fanzha.faces.console.warnings import LIVE
from fanzha.kit import clock
from fanzha.kit.errors import FanzhaError, NotFound
from fanzha.kit.ids import new_id
from fanzha.kit.money import Fen, parse_yuan
from fanzha.kit.paging import PageRequest

router = APIRouter()
NAV = NavEntry("order-inbox", "管控指令收件箱", "Order inbox", "/order-inbox", "inbox", policy.RECEIVE, order=10)

Receiver = Annotated[PageContext, Depends(signed_in(policy.RECEIVE))]
Given = Annotated[dict[str, str], Depends(order_forms.given)]
REVEALED = ("subject_no", "holder_name", "payer_name", "payer_account")


@router.get("/order-inbox")
def listing(page: Receiver, state: str = "open", kind: str = "", late: str = "", number: Annotated[int, Query(alias="page", ge=1)] = 1) -> Response:
    return page.render("console/order_inbox/list.html", **_found(page, state, kind, late, number), query=page.request.url.query, live_url=LIVE)


@router.get("/order-inbox/rows")
def rows(page: Receiver, state: str = "open", kind: str = "", late: str = "", number: Annotated[int, Query(alias="page", ge=1)] = 1) -> Response:
    """Counts and table alone, for live refreshes."""
    query = page.request.url.query
    return page.render("console/order_inbox/rows.html", **_found(page, state, kind, late, number) | {"url": "/order-inbox" + (f"?{query}" if query else "")})


def _found(page: PageContext, state: str, kind: str, late: str, number: int) -> dict[str, Any]:
    shown = state if state in {*State, "open"} else ""
    filters = Filters(state=shown, kind=kind if kind in kinds.registered() else "", late=late == "1")
    with page.work() as work:
        found, counts = reading.inbox(work, filters, PageRequest(number)), reading.counts(work, received=True)
    return {"found": found, "counts": counts, "kinds": order_forms.kind_names(page), "shown": shown}


@router.get("/order-inbox/{order_id}")
def one(page: Receiver, order_id: str) -> Response:
    return _show(page, order_id, {"key": new_id()}, "")


@router.post("/order-inbox/{order_id}/acknowledge")
def acknowledge(page: Receiver, order_id: str, key: Annotated[str, Form(max_length=40)] = "") -> Response:
    with page.work() as work:
        answering.acknowledge(work, order_id, _message("A", key, {}))
    return page.redirect(f"/order-inbox/{order_id}", page.say("已签收。"))


@router.post("/order-inbox/{order_id}/answer")
def answer(page: Receiver, order_id: str, given: Given) -> Response:
    """The same form sent twice is one answer; a fault shows the form again as it was."""
    try:
        said = _answer(given)
        with page.work() as work:
            answering.answer(work, order_id, said, _message("R", given.get("key", ""), given))
    except (errors.BadAnswer, errors.ChecksMissing) as wrong:
        return _show(page, order_id, given, page.say(wrong.message), wrong)
    return page.redirect(f"/order-inbox/{order_id}", page.say("结果已反馈。"))


@router.post("/order-inbox/{order_id}/reveal/{field}")
def reveal(page: Receiver, order_id: str, field: str, purpose: Annotated[str, Form(max_length=300)] = "") -> Response:
    if field not in REVEALED:
        raise NotFound
    with page.work() as work:
        return JSONResponse({"value": service.reveal(work, order_id, field, purpose)}, headers={"Cache-Control": "no-store"})


def _show(page: PageContext, order_id: str, given: dict[str, str], error: str, wrong: FanzhaError | None = None) -> Response:
    with page.work() as work:
        view = reading.read(work, order_id)
    kind = view.order.of_kind
    remedy = page.say(wrong.what_to_do) if wrong is not None else ""
    open_results = [result for result in Result if result in kind.results and (result is not Result.QUEUED or kind.may_queue)]
    results = sorted(open_results, key=lambda result: result is Result.REFUSED)
    return page.render(
        "console/order_inbox/page.html", 422 if error else 200, view=view, order=view.order, kind=kind, title=order_forms.kind_name(page, kind.key),
        given=defaultdict(str, given), error=error, live_url=LIVE, remedy=remedy, acts=Act, results=results,
    )  # fmt: skip


def _message(mark: str, key: str, content: dict[str, str]) -> answering.Message:
    made = answering.by_hand({name: value for name, value in content.items() if name != "csrf_token"})
    return answering.Message(f"PAGE{mark}{key}", made.body) if key else made


def _answer(given: dict[str, str]) -> Answer:
    """Raises BadAnswer."""

    def text(name: str) -> str:
        return given.get(name, "").strip()

    try:
        result = Result(text("result"))
    except ValueError as wrong:
        raise errors.BadAnswer("Choose a result.", field="result") from wrong
    checks = Checks(*(text(f"check_{name}") == "1" for name in ("name", "account", "amount", "time")))
    return Answer(
        result, checks, started_at=_time(text("started_at")), applied_fen=_money(text("applied")), held_fen=_money(text("held")), balance_fen=_money(text("balance")),
        former_department=text("former_department")[:200], former_held_fen=_money(text("former_held")), former_expires_at=_time(text("former_expires_at")),
        cause=text("cause")[:500],
    )  # fmt: skip


def _money(text: str) -> Fen | None:
    try:
        return parse_yuan(text) if text else None
    except FanzhaError as wrong:
        raise errors.BadAnswer("This is no sum of yuan.") from wrong


def _time(text: str) -> datetime | None:
    try:
        return clock.moment_of(text).replace(tzinfo=clock.SHANGHAI).astimezone(UTC) if text else None
    except ValueError as wrong:
        raise errors.BadAnswer("This is no time.") from wrong
