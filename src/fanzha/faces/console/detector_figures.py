"""The learning desk's figures as the pages of detectors show them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from fanzha.desks.learning.domain import Figure
from fanzha.store import Work


@dataclass(frozen=True)
class Figures:
    """What is measured of one detector: figures by name, `lag` in hours, `drift` the greatest stability index with its state, `capacity` in warnings a day."""

    by_name: Mapping[str, Figure] = field(default_factory=dict)
    lag: float | None = None
    drift: float | None = None
    drift_state: str = ""
    capacity: float | None = None

    def value(self, name: str) -> float | None:
        """None where it is not known."""
        figure = self.by_name.get(name)
        return figure.value if figure is not None else None


NOTHING = Figures()


def of_all(work: Work) -> Mapping[str, Figures]:
    """Detector → the figures of its live version, else of the newest measured."""
    return {}


def of_version(work: Work, detector_id: str, version: int) -> Figures:
    """Of one version."""
    return NOTHING
