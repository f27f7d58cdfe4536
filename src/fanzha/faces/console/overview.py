"""The first page: what has happened today, what waits, how well the loop closes. Every figure says what it is made of and leads to its rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse

from fanzha.desks import warnings
from fanzha.desks.warnings.overview import Overview, Ratio
from fanzha.faces.common.context import NavEntry, PageContext, signed_in
from fanzha.faces.common.templating import region_name
from fanzha.kit import clock
from fanzha.vocab import regions
from fanzha.vocab.risk import RiskLevel

router = APIRouter()
NAV = NavEntry("overview", "总览", "Overview", "/overview", "home", warnings.policy.COUNT, order=1)

Reader = Annotated[PageContext, Depends(signed_in(warnings.policy.COUNT))]
DAYS = 30
_UNFINISHED = tuple(state for state in warnings.State if state.value not in {"closed", "cancelled", "lapsed"})


@dataclass(frozen=True)
class MatrixRow:
    """Open warnings of one level: a count for each open state, in the order of the work."""

    level: RiskLevel
    counts: tuple[tuple[str, int], ...]
    total: int


def matrix(seen: Overview) -> list[MatrixRow]:
    """Open warnings by level and state; only states that hold some, so that the table stays narrow."""
    used = [state for state in _UNFINISHED if any(key[1] == state and count for key, count in seen.open_by.items())]
    rows = []
    for level in RiskLevel:
        counts = tuple((state.value, seen.open_by.get((level.value, state.value), 0)) for state in used)
        rows.append(MatrixRow(level, counts, sum(count for _, count in counts)))
    return rows


def county_rows(page: PageContext, seen: Overview) -> list[dict[str, object]]:
    """Every county of the city, with or without warnings, and then whatever lies outside it."""
    found = {county.code: county.issued for county in seen.by_county}
    city = page.services.settings.region[:4]
    inside = list(regions.children(city)) if len(city) == 4 else []
    outside = [code for code in found if code not in inside]
    return [{"code": code, "name": region_name(page.locale, code), "value": found.get(code, 0)} for code in [*inside, *outside]]


def trend(page: PageContext, seen: Overview) -> dict[str, Any]:
    """All warnings and the red ones, by day."""
    return {
        "trend_days": [day.strftime("%m-%d") for day, _ in seen.trend],
        "trend_series": [
            {"name": page.say("全部"), "values": [sum(levels.values()) for _, levels in seen.trend]},
            {"name": page.say("紧急"), "values": [levels.get(RiskLevel.RED, 0) for _, levels in seen.trend]},
        ],
    }


def type_rows(seen: Overview) -> Iterator[tuple[str, int]]:
    """The ten most frequent fraud types."""
    yield from seen.top_types[:10]


@router.get("/overview")
def overview(page: Reader) -> HTMLResponse:
    with page.work() as work:
        seen = warnings.overview.overview(work, days=DAYS)
    return page.render(
        "console/overview/page.html",
        **_figures(seen),
        **trend(page, seen),
        counties=county_rows(page, seen),
        city=page.services.settings.region[:4],
        types=list(type_rows(seen)),
    )


@router.get("/overview/figures")
def figures(page: Reader) -> HTMLResponse:
    """The part that renews itself while the page is open."""
    with page.work() as work:
        seen = warnings.overview.overview(work, days=DAYS)
    return page.render("console/overview/figures.html", **_figures(seen))


def _figures(seen: Overview) -> dict[str, Any]:
    steps: list[tuple[str, Ratio]] = [(due.value, ratio) for due, ratio in seen.compliance.items()]
    return {"seen": seen, "matrix": matrix(seen), "steps": steps, "days": DAYS, "today": clock.local_day(clock.now())}
