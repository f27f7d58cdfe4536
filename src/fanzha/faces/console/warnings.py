"""The warning queue and the warning's own page. Which steps are open is the server's word: the pages show `view.allowed` and nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import Response

from fanzha.desks import identity, warnings
from fanzha.desks.warnings import Action, Filters, policy
from fanzha.faces.common.context import NavEntry, PageContext, signed_in
from fanzha.faces.common.i18n import N_, Locale
from fanzha.faces.common.warning_forms import StepForm, day_or_refused, reveal_as_json, take_step
from fanzha.kit.ids import new_id
from fanzha.kit.paging import PageRequest
from fanzha.vocab import regions
from fanzha.vocab.organisations import OrgKind

router = APIRouter()
NAV = NavEntry("warnings", "预警", "Warnings", "/warnings", "bell", policy.SEE, order=20)
LIVE = "/live"

Reader = Annotated[PageContext, Depends(signed_in(policy.SEE))]
ALL = "all"
_HANDLERS = frozenset({OrgKind.POLICE_STATION, OrgKind.POLICE_COUNTY, OrgKind.POLICE_CITY, OrgKind.GRID})
_DONE = {
    Action.SIGN: N_("已签收"), Action.ATTEMPT: N_("已记录联系结果"), Action.MEET: N_("已记录见面"), Action.FEED_BACK: N_("已反馈"),
    Action.REVISIT: N_("已回访，预警办结"), Action.DISPATCH: N_("已下发"), Action.CANCEL: N_("已撤销"), Action.CLOSE: N_("已办结"),
}  # fmt: skip
_KINDS = {"csv": "text/csv; charset=utf-8", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}


@dataclass(frozen=True)
class Wanted:
    """Filters from the address, and which state the page shows as chosen."""

    filters: Filters
    shown_state: str


def wanted(
    request: Request, level: str = "", state: str = "", region: str = "", fraud_type: str = "", overdue: str = "", org: str = "", q: str = "",
    since: str = "", until: str = "", sort: str = "",
) -> Wanted:  # fmt: skip
    """Without any parameter the queue shows what is open; `state=all`, or another filter without a state, shows every state."""
    narrowed = any(key not in {"lang", "page", "sort"} for key in request.query_params)
    shown = state or (ALL if narrowed else "open")
    filters = Filters(
        level=level, state="" if shown == ALL else shown, region=region.strip(), fraud_type=fraud_type, overdue=overdue in {"1", "true"}, org=org,
        q=q, since=day_or_refused(since), until=day_or_refused(until), sort=sort,
    )  # fmt: skip
    return Wanted(filters, shown)


Asked = Annotated[Wanted, Depends(wanted)]


@router.get("/warnings")
def listing(page: Reader, asked: Asked, number: Annotated[int, Query(alias="page", ge=1)] = 1) -> Response:
    with page.work() as work:
        found = warnings.queue.queue(work, asked.filters, PageRequest(number))
        orgs = [(org.id, org.name) for org in identity.service.organisations(work, region=page.me.region) if org.org_kind in _HANDLERS]
    return page.render(
        "console/warnings/list.html", found=found, asked=asked, orgs=orgs, counties=_counties(page), live_url=LIVE,
        may_direct=page.may(policy.DIRECT), may_export=page.may(policy.EXPORT),
    )  # fmt: skip


@router.get("/warnings/rows")
def rows(page: Reader, asked: Asked, number: Annotated[int, Query(alias="page", ge=1)] = 1) -> Response:
    """The table alone, for live refreshes."""
    with page.work() as work:
        found = warnings.queue.queue(work, asked.filters, PageRequest(number))
    query = page.request.url.query
    address = "/warnings" + (f"?{query}" if query else "")
    return page.render("console/warnings/rows.html", found=found, url=address, may_direct=page.may(policy.DIRECT), may_export=page.may(policy.EXPORT))


@router.post("/warnings/dispatch")
def dispatch(page: Annotated[PageContext, Depends(signed_in(policy.DIRECT))], ids: Annotated[list[str] | None, Form()] = None) -> Response:
    with page.work() as work:
        sent = warnings.service.dispatch(work, ids or [])
    return page.redirect("/warnings?state=dispatched", page.say("已下发 {n} 条预警", n=sent))


@router.post("/warnings/export/{form}")
def export(page: Annotated[PageContext, Depends(signed_in(policy.EXPORT))], form: warnings.export.Format, asked: Asked) -> Response:
    """What the filters in the address find, masked. A POST because it is written to the audit log."""
    with page.work() as work:
        body = warnings.export.export(work, asked.filters, form, zh=page.locale is Locale.ZH)
    return Response(body, media_type=_KINDS[form], headers={"Content-Disposition": f'attachment; filename="warnings.{form}"'})


@router.get("/warnings/{warning_id}")
def one(page: Reader, warning_id: str) -> Response:
    with page.work() as work:
        view = warnings.reading.read(work, warning_id)
    return page.render("console/warnings/page.html", view=view, key=new_id(), live_url=LIVE)


@router.post("/warnings/{warning_id}/steps/{action}")
def step(page: Reader, warning_id: str, action: Action, fields: StepForm) -> Response:
    with page.work() as work:
        take_step(work, warning_id, action, fields)
    return page.redirect(f"/warnings/{warning_id}", page.say(_DONE.get(action, N_("已保存"))))


@router.post("/warnings/{warning_id}/comments")
def comment(page: Annotated[PageContext, Depends(signed_in(policy.COMMENT))], warning_id: str, body: Annotated[str, Form()] = "") -> Response:
    with page.work() as work:
        warnings.service.comment(work, warning_id, body)
    return page.redirect(f"/warnings/{warning_id}", page.say("已添加备注"))


@router.post("/warnings/{warning_id}/reveal/{field}")
def reveal(
    page: Annotated[PageContext, Depends(signed_in(policy.REVEAL))], warning_id: str, field: warnings.reveal.Field, purpose: Annotated[str, Form()] = ""
) -> Response:  # fmt: skip
    """One field in clear as JSON, for the purpose given; the opening is counted and audited."""
    return reveal_as_json(page, warning_id, field, purpose)


def _counties(page: PageContext) -> list[tuple[str, str]]:
    """The counties of the reader's area, and the queue of those whose region nobody knows."""
    area = page.me.region or page.services.settings.region
    found = regions.children(area[:4]) if len(area) <= 4 else [area[:6]]
    return [(code, regions.name(code, page.locale.value)) for code in found] + [("none", page.say("地区不明"))]
