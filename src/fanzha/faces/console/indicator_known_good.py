"""The city's own known-good list: proposed by one, decided by another, ended with a reason."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form
from fastapi.responses import Response

from fanzha.desks.indicators import known_good, local_good, policy
from fanzha.desks.indicators.errors import RowRefused
from fanzha.faces.common.context import NavEntry, PageContext, signed_in
from fanzha.faces.console.indicators import one_of
from fanzha.vocab.identifiers import Kind

router = APIRouter()
NAV = NavEntry("known-good", "白名单", "Known good", "/known-good", "circle-check", policy.KNOWN_GOOD, order=43)

Reader = Annotated[PageContext, Depends(signed_in(policy.KNOWN_GOOD))]
Proposer = Annotated[PageContext, Depends(signed_in(policy.KNOW))]
Decider = Annotated[PageContext, Depends(signed_in(policy.AGREE))]
Reason = Annotated[str, Form(max_length=1000)]


@router.get("/known-good")
def listing(page: Reader) -> Response:
    return _page(page)


@router.post("/known-good")
def propose(
    page: Proposer, reason: Reason, value: Annotated[str, Form(max_length=2000)], good_for: Annotated[str, Form(max_length=80)], kind: Annotated[str, Form()] = "",
) -> Response:  # fmt: skip
    try:
        with page.work() as work:
            local_good.propose(work, value, good_for, reason, one_of(Kind, kind))
    except RowRefused as refused:
        error = refused.params["sentence_zh"] if page.locale == "zh" else refused.params["sentence_en"]
        return _page(page, {"value": value, "good_for": good_for, "reason": reason, "kind": kind}, str(error))
    return page.redirect("/known-good", page.say("已提交，等待第二人复核。"))


@router.post("/known-good/{entry_id}/decide")
def decide(page: Decider, entry_id: str, accept: Annotated[bool, Form()], reason: Reason) -> Response:
    with page.work() as work:
        local_good.decide(work, entry_id, accept=accept, reason=reason)
    return page.redirect("/known-good", page.say("复核结论已保存。"))


@router.post("/known-good/{entry_id}/end")
def end(page: Decider, entry_id: str, reason: Reason) -> Response:
    with page.work() as work:
        local_good.end(work, entry_id, reason)
    return page.redirect("/known-good", page.say("已移出白名单。"))


def _page(page: PageContext, form: dict[str, str] | None = None, error: str = "") -> Response:
    with page.work() as work:
        found = local_good.entries(work)
    shipped = known_good.shipped()
    sizes = {"phones": len(shipped.phones), "domains": len(shipped.domains), "platforms": len(shipped.platforms) + len(shipped.hosting)}
    may = {"propose": page.may(policy.KNOW), "decide": page.may(policy.AGREE)}
    filled = form or {"value": "", "good_for": "", "reason": "", "kind": ""}
    status = 422 if error else 200
    return page.render("console/indicators/known_good.html", status, found=found, form=filled, error=error, sizes=sizes, may=may, me=page.me)
