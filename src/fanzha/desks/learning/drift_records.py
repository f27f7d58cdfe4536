"""What was compared of a detector version, and how it is kept: for model detectors and plain rules alike."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date

from fanzha.desks.learning import repository
from fanzha.desks.learning.numbers import Numbers
from fanzha.desks.learning.past import all_days
from fanzha.desks.learning.watching import raise_alarm
from fanzha.engine.detection import DAY
from fanzha.engine.drift import Drift, State
from fanzha.engine.features.catalogue import FEATURES
from fanzha.kit import clock
from fanzha.lake.lake import Lake
from fanzha.store import Work

SCORE = "score"
FIRES = "fires"
FEATURE = "feature:"
"""Quantities: a model's score, how often a rule names somebody, `feature:NAME`."""


@dataclass(frozen=True)
class Drifted:
    """What was looked at of one detector version, by quantity; `skipped` says why nothing was."""

    detector: str
    version: int
    reference: str
    quantities: Mapping[str, Drift]
    skipped: str = ""


def whole_from(lake: Lake, features: Iterable[str], whole: str) -> dict[str, date]:
    """Quantity → the first day on which its windows lie wholly within the lake: before that a count is small because history is missing. `whole` is the
    quantity that reads all the features."""
    days = all_days(lake)
    assert days is not None, "there are present days"
    reach = {FEATURE + name: -(-FEATURES.window(name) // DAY) for name in features}
    return {name: days[0] + length * DAY for name, length in (reach | {whole: max(reach.values(), default=0)}).items()}


def keep(work: Work, found: Drifted, day: date, noun: tuple[str, str]) -> None:
    """Store what was found of a day, in the place of what stood there, and raise the alarm. `noun`: what the detector is, in Chinese and English."""
    numbers, now = Numbers(work), clock.now()
    watch, alarm = numbers.share("psi_watch"), numbers.share("psi_alarm")
    rows = [
        {"day": day, "detector_id": found.detector, "version": found.version, "quantity": name, "psi": each.psi, "noise": each.noise,
         "state": each.state(watch, alarm).value, "rows_reference": each.rows_reference, "rows_present": each.rows_present, "reference": found.reference,
         "bins": [asdict(part) for part in each.bins], "computed_at": now}
        for name, each in found.quantities.items()
    ]  # fmt: skip
    repository.replace_drifts(work, day, found.detector, found.version, rows)
    moved = {name: each.psi for name, each in found.quantities.items() if each.state(watch, alarm) is State.ALARM}
    if moved:
        worst = ", ".join(f"{name} {value:.2f}" for name, value in sorted(moved.items(), key=lambda item: -item[1])[:3])
        raise_alarm(
            work, "drift", f"{found.detector} v{found.version}", max(moved.values()), alarm,
            f"{noun[0]} {found.detector} 第 {found.version} 版有 {len(moved)} 项明显漂移（PSI）：{worst}",
            f"{len(moved)} quantities of the {noun[1]} {found.detector} v{found.version} have drifted (PSI): {worst}",
        )  # fmt: skip
