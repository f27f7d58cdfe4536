"""Where a detector version runs: whether its model is there, and whether it is asked in flight or in batch alone."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from fanzha.desks import detectors, models
from fanzha.desks.detectors import DetectorVersion
from fanzha.desks.models import Readiness
from fanzha.engine.features.catalogue import FEATURES
from fanzha.engine.screening.values import unsupported


@dataclass(frozen=True)
class Running:
    """`batch_only`: the features that keep it from being asked in flight, by name; None where that cannot be told, for its model is not there."""

    readiness: Readiness
    batch_only: tuple[str, ...] | None

    @property
    def in_flight(self) -> bool:
        """Whether it is asked about single events before they are carried out, once it is live."""
        return self.batch_only == ()


def running(version: DetectorVersion) -> Running:
    """Of one version, by its text and by the models that are there now."""
    found = models.readiness(version.model)
    if found is not Readiness.READY:
        return Running(found, None)
    return Running(found, _batch_only(models.ready(detectors.rule_of(version.text)).inputs))


@cache
def _batch_only(inputs: frozenset[str]) -> tuple[str, ...]:
    """Of a formula the features below it that are to blame."""
    closure = FEATURES.closure(name for name in inputs if unsupported(name) is not None)
    return tuple(sorted(name for name in closure if unsupported(name) is not None and not FEATURES.inputs(name)))
