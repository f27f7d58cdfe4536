"""The learning desk's figures as the pages of detectors show them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from statistics import median
from urllib.parse import urlencode

from fanzha.desks.detection.numbers import capacity
from fanzha.desks.learning import Figure, Interval, Window, service
from fanzha.desks.learning.lagging import lag_of
from fanzha.desks.learning.model import DriftRow, FigureRow
from fanzha.store import Work

ROWS = "/learning/labels?"
_VERDICTS = {"precision": "positive", "wrongly_hit": "negative"}
_OF_VICTIMS = frozenset({"recall", "recall_in_time"})


@dataclass(frozen=True)
class Figures:
    """What is measured of one detector version: figures by name, `lag` in hours (the median over the tricks that it was the first to warn of), `drift` the
    greatest stability index with its state, `capacity` in warnings a day."""

    by_name: Mapping[str, Figure] = field(default_factory=dict)
    lag: float | None = None
    tricks: int = 0
    drift: float | None = None
    drift_state: str = ""
    capacity: int | None = None

    def value(self, name: str) -> float | None:
        """None where it is not known."""
        figure = self.by_name.get(name)
        return figure.value if figure is not None else None


NOTHING = Figures()
Known = Mapping[tuple[str, int], Figures]
"""Detector and version → what is measured of it."""


def known(work: Work) -> Known:
    """What the newest snapshots tell of every version; where none has been taken yet, what can be told now."""
    figures = _figures(work)
    lags: dict[tuple[str, int], list[float]] = defaultdict(list)
    for trick in service.tricks(work):
        name, _, number = (trick.warned_by or "").rpartition(" v")
        lag = lag_of(trick.first_known_at, trick.first_warned_at)
        if name and lag is not None:
            lags[name, int(number)].append(lag / timedelta(hours=1))
    drifts = _worst(service.drift(work))
    staff = capacity(work)
    return {key: _of(figures.get(key, {}), lags.get(key, ()), drifts.get(key), staff) for key in {*figures, *lags, *drifts}}


def _of(figures: Mapping[str, Figure], lags: Sequence[float], drift: DriftRow | None, staff: int) -> Figures:
    lag = median(lags) if lags else None
    return Figures(figures, lag, len(lags), drift.psi if drift else None, drift.state if drift else "", staff)


def _figures(work: Work) -> Mapping[tuple[str, int], Mapping[str, Figure]]:
    rows = service.snapshot(work)
    if not rows:
        return {(each.detector, each.version): each.figures for each in service.figures(work, service.window(work))}
    found: dict[tuple[str, int], dict[str, Figure]] = defaultdict(dict)
    for row in rows:
        found[row.detector_id, row.version][row.name] = figure_of(row)
    return found


def figure_of(row: FigureRow) -> Figure:
    """A figure of a snapshot, with the query that lists the rows behind it."""
    interval = Interval(row.low, row.high) if row.low is not None and row.high is not None else None
    window = Window(row.since, row.until)
    whose = {"source": "report", "verdict": "positive"} if row.name in _OF_VICTIMS else {"detector": row.detector_id, "version": str(row.version)}
    verdict = {"verdict": _VERDICTS[row.name]} if row.name in _VERDICTS else {}
    rows = ROWS + urlencode(whose | verdict | {"since": row.since.isoformat(), "until": row.until.isoformat()})
    return Figure(row.name, row.numerator, row.denominator, window, interval, row.exclusions, rows)


def _worst(rows: Sequence[DriftRow]) -> Mapping[tuple[str, int], DriftRow]:
    """Of each version the quantity that has moved most."""
    found: dict[tuple[str, int], DriftRow] = {}
    for row in rows:  # the greatest index first
        found.setdefault((row.detector_id, row.version), row)
    return found
