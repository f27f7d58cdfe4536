"""What the series desk tells the others."""

from __future__ import annotations

from dataclasses import dataclass

from fanzha.desks.series.domain import DecisionKind
from fanzha.kit.events import Event


@dataclass(frozen=True)
class SeriesDecided(Event):
    """An analyst has decided about a series; `cases`: how many cases the decision is about."""

    series_id: str
    kind: DecisionKind
    cases: int
