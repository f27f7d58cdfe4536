"""Where withdrawn identifiers were used: notices to those who hold what rested on them, and the banner on its page."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import Response

from fanzha.desks.indicators import policy, withdrawing
from fanzha.desks.indicators.withdrawing import Place
from fanzha.faces.common.context import NavEntry, PageContext, signed_in

router = APIRouter()
NAV = NavEntry("withdrawals", "撤销通知", "Withdrawals", "/withdrawal-notices", "arrow-back-up", policy.NOTICES, order=42)

Holder = Annotated[PageContext, Depends(signed_in(policy.NOTICES))]
Anybody = Annotated[PageContext, Depends(signed_in())]

LINKS = {
    Place.WARNING: "/warnings/", Place.ORDER: "/orders/", Place.REPORT: "/reports/", Place.CASE: "/cases/", Place.SERIES: "/series/", Place.BRIEFING: "/briefings/",
    Place.FINDING: "/findings/",
}  # fmt: skip
"""Where a record's page is; the others have none."""


@router.get("/withdrawal-notices")
def notices(page: Holder, everybody: bool = False) -> Response:
    """Those to the reader and their unit; with `everybody` those of all units that row security shows."""
    with page.work() as work:
        found = withdrawing.inbox(work, everybody=everybody)
    return page.render("console/indicators/notices.html", found=found, everybody=everybody, links=LINKS, me=page.me, sees=page.may(policy.SEE))


@router.post("/withdrawal-notices/{notice_id}/read")
def read(page: Holder, notice_id: str) -> Response:
    with page.work() as work:
        withdrawing.acknowledge(work, notice_id)
    return page.redirect("/withdrawal-notices", page.say("已记下：知悉。"))


@router.get("/withdrawals/of/{place}/{target_id}")
def of_target(page: Anybody, place: str, target_id: str) -> Response:
    """A fragment for the page of a record: what it rested on that was withdrawn, as far as the reader may see; else nothing."""
    known = next((each for each in Place if each.value == place), None)
    with page.work() as work:
        found = withdrawing.of_target(work, known, target_id) if known else []
    return page.render("console/indicators/banner.html", found=found, place=place, sees=page.may(policy.SEE))
