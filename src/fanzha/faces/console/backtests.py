"""Backtests of detectors, and shadows beside what is live."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form
from fastapi.responses import Response

from fanzha.desks.detection import backtests, shadow
from fanzha.desks.detection.domain import BacktestState
from fanzha.desks.detection.errors import NoSuchDays
from fanzha.desks.detection.model import Backtest
from fanzha.desks.detection.policy import SEE
from fanzha.desks.detectors import policy, service
from fanzha.faces.common.context import PageContext, signed_in
from fanzha.faces.common.i18n import Locale
from fanzha.faces.console.findings import detector_names
from fanzha.kit import clock
from fanzha.lake.lake import Lake
from fanzha.lake.schemas import EventKind
from fanzha.store import Work

router = APIRouter()
Reader = Annotated[PageContext, Depends(signed_in(policy.READ))]
Tester = Annotated[PageContext, Depends(signed_in(policy.EDIT))]
Seer = Annotated[PageContext, Depends(signed_in(SEE))]
Day = Annotated[str, Form()]

DAYS = 7
SHADOW_DAYS = 14
BEST_SHOWN = 8
_EVENTS = (EventKind.CALLS, EventKind.MESSAGES, EventKind.VISITS, EventKind.TRANSFERS)


# ---- backtests


@router.get("/detectors/{detector_id}/backtests")
def listing(page: Reader, detector_id: str, version: int | None = None) -> Response:
    """The backtests of a detector, and the form that asks for one."""
    with page.work() as work:
        detail = service.get(work, detector_id)
        chosen = service.version_of(work, detector_id, version) if version is not None else detail.versions[0]
        found = backtests.recent(work, detector_id)
    first, last = newest_days(page.services.lake, DAYS)
    may_ask = page.may(policy.EDIT) and detail.detector.region.startswith(page.me.region)
    return page.render(
        "console/backtests/list.html", detail=detail, chosen=chosen, found=found, first=first, last=last, may_ask=may_ask, open_states=_OPEN,
        versions=[(each.version, str(each.version)) for each in detail.versions],
    )  # fmt: skip


@router.post("/detectors/{detector_id}/backtests")
def ask(page: Tester, detector_id: str, version: Annotated[int, Form()], first: Day, last: Day, again: Annotated[bool, Form()] = False) -> Response:
    with page.work() as work:
        asked = backtests.request(work, page.services.lake, detector_id, version, _day(first), _day(last), again=again)
        address = f"/backtests/{asked.id}"
    return page.redirect(address)


@router.get("/backtests/{backtest_id}")
def one(page: Reader, backtest_id: str) -> Response:
    with page.work() as work:
        found = backtests.get(work, backtest_id)
        version = service.version_of(work, found.detector_id, found.version)
        names = dict(detector_names(work, page.locale))
    may_ask = page.may(policy.EDIT) and found.region.startswith(page.me.region)
    values: dict[str, Any] = {"backtest": found, "version": version, "may_ask": may_ask, "open": BacktestState(found.state).is_open}
    return page.render("console/backtests/page.html", **values, **_drawn(page, found, names))


@router.get("/backtests/{backtest_id}/progress")
def progress(page: Reader, backtest_id: str) -> Response:
    """How far it is; has the page loaded anew once it has ended."""
    with page.work() as work:
        found = backtests.get(work, backtest_id)
        headers = {} if BacktestState(found.state).is_open else {"HX-Refresh": "true"}
    return page.render("console/backtests/progress.html", backtest=found, headers=headers)


@router.post("/backtests/{backtest_id}/cancel")
def cancel(page: Tester, backtest_id: str) -> Response:
    with page.work() as work:
        backtests.cancel(work, backtest_id)
    return page.redirect(f"/backtests/{backtest_id}", page.say("回测已取消。"))


_OPEN = tuple(state.value for state in BacktestState if state.is_open)


def newest_days(lake: Lake, days: int) -> tuple[date, date]:
    """The last days for which there are events; up to today where there are none."""
    newest = [span[1] for kind in _EVENTS if (span := lake.days(kind)) is not None]
    last = max(newest, default=clock.local_day(clock.now()))
    return last - timedelta(days=days - 1), last


def _drawn(page: PageContext, found: Backtest, names: Mapping[str, str]) -> dict[str, Any]:
    """The result with what its plots need; None where there is none yet."""
    if found.result is None:
        return {"result": None}
    daily: Sequence[Mapping[str, Any]] = found.result["daily"]
    capacity = found.result["load"]["capacity"]
    lines = [(page.say("命中"), "findings"), (page.say("新增对象"), "fresh"), (page.say("其中在用模型未发现"), "extra")]
    series = [{"name": name, "values": [day[key] for day in daily]} for name, key in lines]
    if capacity is not None and max((day["fresh"] for day in daily), default=0) * 4 >= capacity:
        series.append({"name": page.say("每日处置能力"), "values": [capacity] * len(daily)})
    overlap = list(found.result["overlap"]["by_detector"].items())[:BEST_SHOWN]
    return {
        "result": found.result, "days": [day["day"] for day in daily], "series": series, "overlap": [(key, names.get(key, key), count) for key, count in overlap],
        "events": sum(day["events"] for day in daily), "moment": datetime.fromisoformat, "reason": "reason_en" if page.locale is Locale.EN else "reason_zh",
    }  # fmt: skip


# ---- shadows


@router.get("/detectors/{detector_id}/shadow")
def compare(
    page: Seer, detector_id: str, version: int | None = None, first: str = "", last: str = "", against: str = "", sort: str = "",
) -> Response:  # fmt: skip
    """What a shadow found beside what stands of live detectors, by subject and day. A sort that is none lists all."""
    asked = shadow.Sort(sort) if sort in set(shadow.Sort) else None
    since, until = newest_days(page.services.lake, SHADOW_DAYS)
    since, until = _day(first) if first else since, _day(last) if last else until
    with page.work() as work:
        detail = service.get(work, detector_id)
        chosen = service.version_of(work, detector_id, version) if version is not None else detail.versions[0]
        found = shadow.compare(work, detector_id, chosen.version, since, until, own=against == "own", sort=asked)
        names = _titles(work, page)
    return page.render("console/backtests/shadow.html", detail=detail, chosen=chosen, found=found, names=names, against=against, sort=asked)


def _titles(work: Work, page: PageContext) -> dict[str, str]:
    return dict(detector_names(work, page.locale))


def _day(text: str) -> date:
    try:
        return clock.day_of(text)
    except ValueError as wrong:
        raise NoSuchDays(day=text) from wrong
