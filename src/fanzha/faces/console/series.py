"""Series of cases (串并): the list, one series with its graph, what an analyst decides, and the dossier."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Form, Query
from fastapi.responses import JSONResponse, Response

from fanzha.desks.series import SeriesState, linkables, policy, reading, service
from fanzha.desks.series.graph import MOST_NODES, as_json
from fanzha.faces.common.context import NavEntry, PageContext, signed_in
from fanzha.faces.common.documents import to_pdf, to_xlsx
from fanzha.faces.common.i18n import Locale
from fanzha.faces.console.indicators import one_of
from fanzha.faces.console.series_dossier import dossier
from fanzha.kit import clock
from fanzha.kit.paging import PageRequest
from fanzha.store import Work
from fanzha.vocab import regions
from fanzha.vocab.fraud_types import FraudType

router = APIRouter()
NAV = NavEntry("series", "串并", "Series", "/series", "sitemap", policy.SEE, order=32)

Reader = Annotated[PageContext, Depends(signed_in(policy.SEE))]
Decider = Annotated[PageContext, Depends(signed_in(policy.DECIDE))]
Exporter = Annotated[PageContext, Depends(signed_in(policy.EXPORT))]
Reason = Annotated[str, Form(max_length=1000)]
_MEDIA = {"pdf": "application/pdf", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}


@router.get("/series")
def listing(
    page: Reader, q: str = "", state: str = "", fraud_type: str = "", across: str = "", unsettled: str = "",
    number: Annotated[int, Query(alias="page", ge=1)] = 1,
) -> Response:  # fmt: skip
    """What is no code does not narrow. `q` is a series' number."""
    kind = one_of(FraudType, fraud_type)
    filters = service.Filters(one_of(SeriesState, state), kind.value if kind else "", int(q) if q.isdecimal() and len(q) < 18 else None, across == "1", unsettled == "1")
    with page.work() as work:
        found = service.search(work, filters, PageRequest(number))
    return page.render("console/series/list.html", found=found, by_county=reading.by_county, day_of=clock.local_day)


@router.get("/series/{series_id}")
def one(page: Reader, series_id: str) -> Response:
    with page.work() as work:
        detail = service.get(work, series_id)
        ties, days = reading.ties(work, detail), reading.by_day(detail)
    counties, nodes = reading.by_county(detail.series.by_region), len(detail.cases) + len(detail.ties)
    city = page.services.settings.region[:4]
    return page.render(
        "console/series/one.html", detail=detail, series=detail.series, ties=ties, days=[day.isoformat() for day, _ in days], counts=[count for _, count in days],
        counties=[{"code": code, "name": _region(page, code), "value": count} for code, count in counties.items()],
        city=city if len(city) == 4 else None, may_decide=page.may(policy.DECIDE), may_export=page.may(policy.EXPORT), may_read=page.may(policy.READ_SCRIPT),
        most_nodes=MOST_NODES, left_out=nodes if nodes > MOST_NODES else 0, day_of=clock.local_day,
    )  # fmt: skip


def _region(page: PageContext, code: str) -> str:
    return regions.name(code, page.locale.value) if regions.exists(code) else code or page.say("不详")


@router.get("/series/{series_id}/graph")
def graph(page: Reader, series_id: str, around: Annotated[str, Query(max_length=80)] = "") -> Response:
    """Nodes and edges as the page draws them; `around`: a node whose neighbours come first."""
    with page.work() as work:
        drawn = reading.drawn(work, series_id, around)
    names = reading.kind_names(zh=page.locale is Locale.ZH) | {"case": page.say("案件"), "report": page.say("警情")}
    return JSONResponse(as_json(drawn, names), headers={"Cache-Control": "no-store"})


@router.get("/series/of/{report_id}")
def of_report(page: Reader, report_id: str) -> Response:
    """A fragment for the page of a report: the series it is in, and those it may belong to."""
    with page.work() as work:
        return _of(page, work, linkables.of_report(work, report_id))


@router.get("/series/of-case/{case_id}")
def of_case(page: Reader, case_id: str) -> Response:
    """The same for the page of a case."""
    with page.work() as work:
        return _of(page, work, linkables.of_case(work, case_id))


def _of(page: PageContext, work: Work, linkable_id: str) -> Response:
    mine, found = service.of_linkable(work, linkable_id), reading.candidates(work, linkable_id)
    return page.render("console/series/of.html", mine=mine, found=found, is_known=bool(linkable_id))


@router.post("/series/{series_id}/accept")
def accept(page: Decider, series_id: str, reason: Reason, cases: Annotated[int, Form()]) -> Response:
    with page.work() as work:
        service.accept(work, series_id, reason, cases=cases)
    return page.redirect(f"/series/{series_id}", page.say("已串并。"))


@router.post("/series/{series_id}/reject")
def reject(page: Decider, series_id: str, reason: Reason, mute: Annotated[str, Form()] = "") -> Response:
    with page.work() as work:
        service.reject(work, series_id, reason, mute=bool(mute))
    return page.redirect("/series", page.say("已否决，不会再次提出。"))


@router.post("/series/{series_id}/split")
def split(page: Decider, series_id: str, reason: Reason, case: Annotated[list[str], Form(max_length=2000)] = []) -> Response:  # noqa: B006 - FastAPI copies it
    with page.work() as work:
        service.split(work, series_id, case, reason)
    return page.redirect(f"/series/{series_id}", page.say("已拆出所选案件，不会再次并入。"))


@router.post("/series/{series_id}/merge")
def merge(page: Decider, series_id: str, reason: Reason, other: Annotated[int, Form(ge=1)]) -> Response:
    with page.work() as work:
        service.merge(work, series_id, other, reason)
    return page.redirect(f"/series/{series_id}", page.say("已合并。"))


@router.post("/series/{series_id}/script")
def script(page: Annotated[PageContext, Depends(signed_in(policy.READ_SCRIPT))], series_id: str, purpose: Annotated[str, Form(max_length=300)]) -> Response:
    with page.work() as work:
        found = reading.script(work, series_id, purpose)
    lines = [page.say("{n} 起：{words}", n=each.cases, words=each.text) for each in found]
    return JSONResponse({"value": "\n".join(lines) or page.say("没有相同的话术段落。")}, headers={"Cache-Control": "no-store"})


@router.post("/series/{series_id}/dossier/{form}")
def export(page: Exporter, series_id: str, form: Literal["pdf", "xlsx"]) -> Response:
    with page.work() as work:
        detail = service.get(work, series_id)
        document = dossier(page, detail, reading.ties(work, detail))
        body = to_pdf(document, page.services.settings.home) if form == "pdf" else to_xlsx(document)
        work.audit("series.exported", f"series:{series_id}", {"format": form, "cases": len(detail.cases)})
    headers = {"Content-Disposition": f'attachment; filename="series-{detail.series.number}.{form}"', "Cache-Control": "no-store"}
    return Response(body, media_type=_MEDIA[form], headers=headers)
