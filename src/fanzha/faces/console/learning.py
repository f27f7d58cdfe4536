"""What was learned: how fast and how well each fraud type is found, whom nobody warned, what has drifted, and the labels behind every figure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response

from fanzha.desks.detectors import policy as detectors_policy
from fanzha.desks.learning import SubjectKind, Verdict, policy, service
from fanzha.desks.learning.lagging import lag_of
from fanzha.desks.learning.model import DriftRow, MissedRow
from fanzha.desks.learning.numbers import Numbers
from fanzha.faces.common.context import NavEntry, PageContext, signed_in
from fanzha.faces.console import detector_figures
from fanzha.faces.console.findings import detector_names
from fanzha.faces.console.indicators import one_of
from fanzha.kit import clock
from fanzha.kit.paging import PageRequest
from fanzha.store import Work
from fanzha.vocab.fraud_types import FraudType

router = APIRouter()
NAV = NavEntry("learning", "学习与漂移", "Learning", "/learning", "activity", policy.COUNT, order=75)
Counter = Annotated[PageContext, Depends(signed_in(policy.COUNT))]
Seer = Annotated[PageContext, Depends(signed_in(policy.SEE))]
MOST_DRIFTS = 20
MOST_ALARMS = 5
BARS = 8
MOST_TRICKS = 20
MOST_NIGHTS = 10


@dataclass
class Asked:
    """What the list of labels is narrowed to; what is no word of its family, or no time, does not narrow."""

    detector: str = ""
    version: str = ""
    verdict: str = ""
    source: str = ""
    kind: str = ""
    fraud_type: str = ""
    warned: str = ""
    since: str = ""
    until: str = ""

    @property
    def filters(self) -> service.Filters:
        kind = one_of(FraudType, self.fraud_type)
        return service.Filters(
            self.detector, int(self.version) if self.version.isdecimal() else None, one_of(Verdict, self.verdict), self.source, one_of(SubjectKind, self.kind),
            kind.value if kind else "", {"1": True, "true": True, "0": False, "false": False}.get(self.warned), _moment(self.since), _moment(self.until),
        )  # fmt: skip


@router.get("/learning")
def overview(page: Counter, detector: str = "") -> Response:
    with page.work() as work:
        values = _figures(work) | _drifts(work, detector) | _missed(work)
        lags, tricks = service.lags(work), service.tricks(work)
        alarms, nights = service.alarms(work, MOST_ALARMS), service.challengers(work, MOST_NIGHTS)
        quality = service.quality(work, service.window(work)) if page.may(policy.SEE) else None
        names = dict(detector_names(work, page.locale))
    return page.render(
        "console/learning/page.html", lags=lags, tricks=tricks[:MOST_TRICKS], lag_of=lag_of, alarms=alarms, nights=nights, quality=quality, names=names,
        detector=detector,
        drift_options=[(key, names.get(key, key)) for key in values["drifting"]], may_open=page.may(detectors_policy.READ), may_see=page.may(policy.SEE), **values,
    )  # fmt: skip


@router.get("/learning/labels")
def labels(page: Seer, asked: Annotated[Asked, Depends()], number: Annotated[int, Query(alias="page", ge=1)] = 1) -> Response:
    """The labels behind a figure, by the query that the figure carries."""
    with page.work() as work:
        found = service.labels(work, asked.filters, PageRequest(number))
        names = detector_names(work, page.locale)
    return page.render("console/learning/labels.html", found=found, names=names, asked=asked)


@router.get("/learning/labels/{label_id}")
def label(page: Seer, label_id: str) -> Response:
    with page.work() as work:
        found = service.label(work, label_id)
        names = dict(detector_names(work, page.locale))
    return page.render("console/learning/label.html", label=found.label, said=found.said, names=names)


def _moment(text: str) -> datetime | None:
    """A day is the beginning of that Chinese day."""
    try:
        at = clock.moment_of(text.replace(" ", "+"))  # a plus that was not escaped
    except ValueError:
        return None
    return at if at.tzinfo else clock.local_midnight(at.date())


def _figures(work: Work) -> dict[str, Any]:
    """The figures of every version, by detector; the most warnings first."""
    known = detector_figures.known(work)
    rows = [(detector, version, figures) for (detector, version), figures in known.items() if figures.by_name]
    rows.sort(key=lambda row: (-(row[2].value("load") or 0.0), row[0], row[1]))
    return {"figures": rows}


def _drifts(work: Work, detector: str) -> dict[str, Any]:
    """The newest comparisons, and of one detector how its greatest index went from day to day."""
    numbers = Numbers(work)
    every = service.drift(work)
    newest = [row for row in every if not detector or row.detector_id == detector]
    history = _daily(service.drift_history(work, detector)) if detector else []
    return {
        "drifts": newest[:MOST_DRIFTS], "drift_rest": max(0, len(newest) - MOST_DRIFTS), "drift_days": [day.isoformat() for day, _ in history],
        "drift_values": [round(value, 3) for _, value in history], "watch": numbers.share("psi_watch"), "alarm": numbers.share("psi_alarm"),
        "drifting": sorted({row.detector_id for row in every}), "drift_labels": [_label(row) for row in newest[:BARS]],
        "drift_psi": [round(row.psi, 3) for row in newest[:BARS]],
    }  # fmt: skip


def _label(row: DriftRow) -> str:
    return f"{row.detector_id} · {row.quantity.removeprefix('feature:')}"


def _daily(rows: Sequence[DriftRow]) -> list[tuple[date, float]]:
    """The greatest index of each day, the oldest day first."""
    found: dict[date, float] = defaultdict(float)
    for row in rows:
        found[row.day] = max(found[row.day], row.psi)
    return sorted(found.items())


def _missed(work: Work) -> dict[str, Any]:
    """Victims whom nobody had warned: by week for the plot, by fraud type for the table."""
    rows = service.missed(work)
    weeks: dict[date, list[int]] = defaultdict(lambda: [0, 0])
    types: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for row in rows:
        for key in (weeks[row.week], types[row.fraud_type]):
            _add(key, row)
    ordered = sorted(weeks.items())
    return {
        "weeks": [week.isoformat() for week, _ in ordered], "week_victims": [victims for _, (victims, _) in ordered],
        "week_missed": [missed for _, (_, missed) in ordered], "missed": sorted(((kind, *both) for kind, both in types.items()), key=lambda each: -each[2]),
    }  # fmt: skip


def _add(both: list[int], row: MissedRow) -> None:
    both[0] += row.victims
    both[1] += row.never_warned
