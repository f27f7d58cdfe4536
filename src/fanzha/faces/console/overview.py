"""The first page: what has happened today, what waits, how well the loop closes. Every figure says what it is made of and leads to its rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse

from fanzha.desks import cases, warnings
from fanzha.desks.warnings.domain import FINAL
from fanzha.desks.warnings.overview import Overview
from fanzha.faces.common.context import NavEntry, PageContext, signed_in
from fanzha.faces.common.templating import fraud_type_name, region_name
from fanzha.faces.console.warnings import LIVE
from fanzha.kit import clock
from fanzha.store import Scope, Work
from fanzha.vocab import regions
from fanzha.vocab.risk import RiskLevel

router = APIRouter()
NAV = NavEntry("overview", "总览", "Overview", "/overview", "home", warnings.policy.COUNT, order=1)

Reader = Annotated[PageContext, Depends(signed_in(warnings.policy.COUNT))]
DAYS = 30
_TOP = 10
_COUNTY = 6
"""Digits of a county's code."""
_UNFINISHED = tuple(state for state in warnings.State if state not in FINAL)


@dataclass(frozen=True)
class MatrixRow:
    """Open warnings of one level: a count for each open state, in the order of the work."""

    level: RiskLevel
    counts: tuple[tuple[str, int], ...]
    total: int


@dataclass(frozen=True)
class Reports:
    """Reports (警情) of the window, for those who may count them."""

    today: cases.service.Totals
    by_day: list[cases.service.Count]
    by_type: list[cases.service.Count]


def matrix(seen: Overview) -> list[MatrixRow]:
    """Open warnings by level and state; only states that hold some, so that the table stays narrow."""
    used = [state for state in _UNFINISHED if any(key[1] == state and count for key, count in seen.open_by.items())]
    rows = []
    for level in RiskLevel:
        counts = tuple((state.value, seen.open_by.get((level.value, state.value), 0)) for state in used)
        rows.append(MatrixRow(level, counts, sum(count for _, count in counts)))
    return rows


def county_rows(page: PageContext, seen: Overview) -> list[dict[str, object]]:
    """Every county of the city, with or without warnings, then whatever lies outside it and what belongs to no known county."""
    found = {county.code: county.issued for county in seen.by_county}
    city = page.services.settings.region[:4]
    inside = list(regions.children(city)) if len(city) == 4 else []
    outside = [code for code in found if code not in inside]
    return [{"code": code, "name": _county_name(page, code), "value": found.get(code, 0)} for code in [*inside, *outside]]


def _county_name(page: PageContext, code: str) -> str:
    name = region_name(page.locale, code)
    return name if len(code) == _COUNTY else page.say("{name}（县区不明）", name=name)


def trend(page: PageContext, seen: Overview, reports: Reports | None) -> dict[str, Any]:
    """Reports, warnings and the urgent ones among them, by day."""
    series = [
        {"name": page.say("预警"), "values": [sum(levels.values()) for _, levels in seen.trend]},
        {"name": page.say("紧急预警"), "values": [levels.get(RiskLevel.RED, 0) for _, levels in seen.trend]},
    ]
    if reports:
        series.append({"name": page.say("警情"), "values": [count.reports for count in reports.by_day]})
    return {"trend_days": [day.strftime("%m-%d") for day, _ in seen.trend], "trend_series": series}


def top_types(page: PageContext, seen: Overview, reports: Reports | None) -> dict[str, Any]:
    """The most frequent fraud types among warnings and reports together."""
    warned = dict(seen.top_types)
    reported = {count.key: count.reports for count in reports.by_type} if reports else {}
    codes = sorted(warned.keys() | reported.keys(), key=lambda code: (-warned.get(code, 0) - reported.get(code, 0), code))[:_TOP]
    series = [{"name": page.say("预警"), "values": [warned.get(code, 0) for code in codes]}]
    if reports:
        series.append({"name": page.say("警情"), "values": [reported.get(code, 0) for code in codes]})
    return {"type_names": [fraud_type_name(page.locale, code) for code in codes], "type_series": series}


@router.get("/overview")
def overview(page: Reader) -> HTMLResponse:
    seen, reports = _read(page)
    return page.render(
        "console/overview/page.html",
        **_figures(page, seen, reports),
        **trend(page, seen, reports),
        **top_types(page, seen, reports),
        counties=county_rows(page, seen),
        city=page.services.settings.region[:4],
        live_url=LIVE if page.may(warnings.policy.SEE) else None,
    )


@router.get("/overview/figures")
def figures(page: Reader) -> HTMLResponse:
    """The part that renews itself while the page is open."""
    return page.render("console/overview/figures.html", **_figures(page, *_read(page)))


def _read(page: PageContext) -> tuple[Overview, Reports | None]:
    if page.me.org_kind in warnings.policy.COUNTED_FOR:
        return _counted_for(page), None
    with page.work() as work:
        seen = warnings.overview.overview(work, days=DAYS)
        return seen, _reports(page, work, seen)


def _counted_for(page: PageContext) -> Overview:
    """Counts for deputies and member units: row security shows them no warning, so the pipeline counts, within their area alone."""
    with page.services.database.work(Scope.system("overview")) as work:
        return warnings.overview.overview(work, days=DAYS, within=page.me.region)


def _reports(page: PageContext, work: Work, seen: Overview) -> Reports | None:
    if not page.may(cases.policy.COUNT):
        return None
    start, end = clock.local_midnight(seen.since), clock.local_midnight(seen.until + timedelta(days=1))
    return Reports(cases.service.today(work), cases.service.by_day(work, seen.since, seen.until), cases.service.by_type(work, start, end))


def _figures(page: PageContext, seen: Overview, reports: Reports | None) -> dict[str, Any]:
    return {
        "seen": seen,
        "reports": reports,
        "matrix": matrix(seen),
        "steps": [(due.value, ratio) for due, ratio in seen.compliance.items()],
        "days": DAYS,
        "today": clock.local_day(clock.now()),
        "linked": page.may(warnings.policy.SEE),
        "reports_linked": page.may(cases.policy.SEE),
        "empty": not seen.issued and not (reports and any(count.reports for count in reports.by_day)),
    }
