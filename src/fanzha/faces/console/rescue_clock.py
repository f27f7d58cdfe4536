"""The clock of a rescue (止付时钟): a panel on the page of a case or report, and the figures over many, by unit, bank and month."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import Response

from fanzha.desks import controls
from fanzha.desks.funds import rescue_figures, rescue_reading
from fanzha.desks.funds.rescue import Moment, Rescue
from fanzha.desks.funds.rescue_figures import By, Group
from fanzha.faces.common.context import NavEntry, PageContext, signed_in
from fanzha.faces.common.days import narrowing
from fanzha.faces.common.downloads import csv_response
from fanzha.faces.common.i18n import N_
from fanzha.kit import clock
from fanzha.kit.errors import FanzhaError
from fanzha.kit.money import format_yuan

router = APIRouter(prefix="/clock")
NAV = NavEntry("clock", "止付时钟", "Rescue clock", "/clock", "clock", controls.policy.SEE, order=36)

Reader = Annotated[PageContext, Depends(signed_in(controls.policy.SEE))]
Exporter = Annotated[PageContext, Depends(signed_in(controls.policy.EXPORT))]
DAYS_SHOWN = 90
MOST_BARS = 20
SPAN_NAMES = {
    "report": N_("案发到接报"), "request": N_("接报到申请"), "approval": N_("申请到批准"), "acknowledgement": N_("下发到签收"), "in_force": N_("下发到生效"),
    "from_report": N_("接报到生效"), "from_fraud": N_("案发到生效"),
}  # fmt: skip


@dataclass(frozen=True)
class Asked:
    """The span of days (both included) and how incidents are put together."""

    since: date
    until: date
    by: By


def asked(since: str = "", until: str = "", by: str = "") -> Asked:
    """What is no day or no known word does not narrow."""
    today = clock.local_day(clock.now())
    last = narrowing(until) or today
    first = narrowing(since) or last - timedelta(days=DAYS_SHOWN - 1)
    return Asked(min(first, last), last, By(by) if by in set(By) else By.ALL)


Wanted = Annotated[Asked, Depends(asked)]


@router.get("")
def figures(page: Reader, wanted: Wanted) -> Response:
    error: FanzhaError | None = None
    groups: Sequence[Group] = ()
    total: Group | None = None
    try:
        groups, total = _figures(page, wanted)
    except FanzhaError as wrong:
        error = wrong
    bars = [one for one in groups if one.spans["from_report"].count][:MOST_BARS]
    names = {name: page.say(words) for name, words in SPAN_NAMES.items()}
    return page.render(
        "console/clock/figures.html", error.status if error else 200, wanted=wanted, groups=groups, total=total, error=error, bars=bars, spans=names, kinds=list(By),
        may_export=page.may(controls.policy.EXPORT), unnamed=page.say("未注明"),
    )  # fmt: skip


@router.post("/export")
def export(page: Exporter, wanted: Wanted) -> Response:
    """The figures as a file. A POST because it is written to the audit log."""
    groups, _ = _figures(page, wanted)
    with page.work() as work:
        detail = {"since": wanted.since.isoformat(), "until": wanted.until.isoformat(), "by": wanted.by.value, "rows": len(groups)}
        work.audit("clock.exported", "clock", detail)
    heads = ["group", "incidents", "with_order", "saved_yuan", "disputed_yuan", "lost_yuan"]
    heads += [f"{span}_{figure}" for span in rescue_figures.SPANS for figure in ("n", "q1_min", "median_min", "q3_min", "p90_min")]
    return csv_response("rescue-clock.csv", heads, _rows(groups))


@router.get("/of-case/{case_id}")
def of_case(page: Reader, case_id: str) -> Response:
    """The panel of a case's page."""
    with page.work() as work:
        return _panel(page, rescue_reading.of_case(work, case_id, page.services.tokens))


@router.get("/of-report/{report_id}")
def of_report(page: Reader, report_id: str) -> Response:
    """The panel of a report's page; of a report that became a case it is the case's clock."""
    with page.work() as work:
        return _panel(page, rescue_reading.of_report(work, report_id, page.services.tokens))


def _panel(page: PageContext, rescue: Rescue) -> Response:
    steps = [
        (moment.value, rescue.moments.get(moment), rescue.minutes(Moment.FRAUD, moment), rescue.minutes(Moment.REPORTED, moment)) for moment in Moment
    ]
    return page.render("console/clock/panel.html", rescue=rescue, steps=steps)


def _figures(page: PageContext, wanted: Asked) -> tuple[list[Group], Group | None]:
    begin, end = clock.local_midnight(wanted.since), clock.local_midnight(wanted.until + timedelta(days=1))
    with page.work() as work:
        found = rescue_reading.followed(work, begin, end, page.services.tokens)
    whole = rescue_figures.figures(found, By.ALL)
    groups = whole if wanted.by is By.ALL else rescue_figures.figures(found, wanted.by)
    return groups, whole[0] if whole else None


def _rows(groups: Sequence[Group]) -> Iterator[tuple[object, ...]]:
    for one in groups:
        sums = (format_yuan(fen).replace(",", "") if fen is not None else "" for fen in (one.saved, one.disputed, one.lost))
        spreads = (one.spans[span] for span in rescue_figures.SPANS)
        minutes = (value for each in spreads for value in (each.count, each.q1, each.median, each.q3, each.p90))
        yield (one.name, one.incidents, one.with_order, *sums, *minutes)
