"""The audit log: who did what to what, and whether the log itself is whole."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response

from fanzha.desks import identity
from fanzha.desks.identity import policy
from fanzha.desks.identity.trail import TrailFilter
from fanzha.faces.common.context import NavEntry, PageContext, signed_in
from fanzha.faces.common.days import narrowing
from fanzha.faces.common.downloads import csv_response
from fanzha.kit.clock import local_midnight, to_local
from fanzha.kit.paging import PageRequest
from fanzha.store import Scope
from fanzha.store.audit import AuditBroken

router = APIRouter()
NAV = NavEntry("audit", "审计", "Audit", "/audit", "file-search", policy.VIEW_AUDIT, order=910)
Auditor = Annotated[PageContext, Depends(signed_in(policy.VIEW_AUDIT))]
COLUMNS = ("number", "at", "actor", "org_id", "action", "subject", "detail", "hash")


def trail_filter(actor: str = "", action: str = "", subject: str = "", since: str = "", until: str = "") -> TrailFilter:
    """Days are Chinese calendar days, both included; what is no day does not narrow."""
    first, last = narrowing(since), narrowing(until)
    return TrailFilter(
        actor.strip(), action.strip(), subject.strip(), local_midnight(first) if first else None, local_midnight(last + timedelta(days=1)) if last else None
    )


Wanted = Annotated[TrailFilter, Depends(trail_filter)]


@router.get("/audit")
def listing(page: Auditor, wanted: Wanted, number: Annotated[int, Query(alias="page", ge=1)] = 1) -> Response:
    with page.work() as work:
        found = identity.trail.search_trail(work, wanted, PageRequest(number))
        names = identity.trail.actor_names(work, found.rows)
    return page.render("console/audit/list.html", found=found, names=names)


@router.get("/audit/export")
def export(page: Auditor, wanted: Wanted) -> Response:
    """The whole selection, the oldest first. The export is itself logged."""
    with page.work() as work:
        work.audit("audit.exported", "audit_log", {"actor": wanted.actor, "action": wanted.action, "subject": wanted.subject})
    return csv_response("audit.csv", COLUMNS, _rows(page, wanted))


@router.post("/audit/verify")
def verify(page: Auditor) -> Response:
    """Walks every entry of the platform, so it runs beyond the reader's region and tells only whether the chain holds."""
    try:
        with page.services.database.work(Scope.system("audit")) as work:
            count = identity.trail.verify_trail(work)
        with page.work() as work:
            work.audit("audit.verified", "audit_log", {"entries": count})
    except AuditBroken as error:
        number = error.params.get("number", "?")
        return page.redirect("/audit", page.say("审计日志在第 {n} 条断开：有记录被改动、删除或插入，请立即上报。", n=number), tone="danger")
    return page.redirect("/audit", page.say("审计日志完整：{n} 条记录首尾相连，没有改动。", n=count))


def _rows(page: PageContext, wanted: TrailFilter) -> Iterator[list[str]]:
    with page.work() as work:
        for entry in identity.trail.walk_trail(work, wanted):
            yield [str(entry.number), to_local(entry.at).isoformat(), entry.actor, entry.org_id, entry.action, entry.subject, entry.detail, entry.hash]
