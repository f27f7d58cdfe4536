"""Shadows: detectors that run beside the live ones in every detection run. Nobody is told what they find; a page compares."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

import polars as pl

from fanzha.desks import detectors
from fanzha.desks.detection import backtest_repository as stored
from fanzha.engine.features.history import History
from fanzha.engine.features.sources import Marks
from fanzha.engine.rules.model import Rule
from fanzha.engine.rules.reasons import Language
from fanzha.engine.trial import Hits, trial
from fanzha.kit.errors import FanzhaError
from fanzha.kit.ids import stable_id
from fanzha.store import Work

_log = logging.getLogger(__name__)
MOST_PAIRS = 20
"""How many subjects a comparison lists of each sort."""
MOST_OF_ONE_SORT = 200
"""And where one sort is asked for."""


# ---- running


class Shadows:
    """Runs shadows over stretches of days and keeps what they find until `record`."""

    def __init__(self, rules: Sequence[Rule], people: pl.DataFrame) -> None:
        self.rules = tuple(rules)
        self._regions = people.select("subject", "region")
        self._rows: list[dict[str, Any]] = []

    def stretch(self, history: History, marks: Mapping[date, Marks], first: date, last: date) -> None:
        """Try every shadow on these days. One that fails is told in the log and has found nothing: a shadow must not hold up what is live."""
        for rule in self.rules:
            try:
                (hits,) = trial(history, [rule], marks, first, last)
            except (FanzhaError, pl.exceptions.PolarsError):
                _log.exception("the shadow %s version %s failed", rule.id, rule.version)
                continue
            self._rows += _rows(hits, self._regions)

    def record(self, work: Work, first: date, last: date, now: datetime) -> int:
        """Make what the shadows found on these days exactly this; returns how many findings. What others found, that are shadows no longer, stays."""
        rows = [row | {"recorded_at": now} for row in self._rows]
        stored.replace_shadows(work, [(rule.id, rule.version) for rule in self.rules], first, last, rows)
        return len(rows)


def _rows(hits: Hits, regions: pl.DataFrame) -> Iterator[dict[str, Any]]:
    rule = hits.rule
    told = {"detector_id": rule.id, "version": rule.version, "target": rule.target.value, "level": rule.level.value}
    joined = hits.rows.join(regions.rename({"region": "_region"}), left_on="side", right_on="subject", how="left", maintain_order="left")
    for row in joined.iter_rows(named=True):
        where = {"subject_token": row["subject"], "side_token": row["side"], "region": row["_region"], "day": row["day"], "at": row["at"], "score": rule.score_of(row)}
        reasons = {f"reason_{language.value}": rule.reason(row, language) for language in Language}
        yield {"id": stable_id(rule.id, rule.version, row["subject"], row["day"])} | told | where | reasons


# ---- comparing


class Sort(StrEnum):
    """Who found a subject on a day."""

    BOTH = "both"
    ONLY_SHADOW = "only_shadow"
    ONLY_LIVE = "only_live"


@dataclass(frozen=True)
class Pair:
    """One subject on one day: what the shadow said and what live detectors said, None where one said nothing. Reasons as (Chinese, English)."""

    day: date
    subject: str
    shadow: tuple[str, str] | None
    live: tuple[str, str] | None
    live_detectors: tuple[str, ...]

    @property
    def sort(self) -> Sort:
        if self.shadow is not None and self.live is not None:
            return Sort.BOTH
        return Sort.ONLY_SHADOW if self.live is None else Sort.ONLY_LIVE


@dataclass(frozen=True)
class DayCount:
    """Subjects found on one day by both, by the shadow alone, by live detectors alone."""

    day: date
    both: int
    only_shadow: int
    only_live: int


@dataclass(frozen=True)
class Comparison:
    """A shadow beside what is live on the days from `first` to `last`. `against`: the detector compared with, None for all live ones of the same target.

    `pairs` are the newest `MOST_PAIRS` of each sort, or `MOST_OF_ONE_SORT` of the one asked for, the newest first; the counts cover everything the reader may see.
    """

    detector_id: str
    version: int
    against: str | None
    first: date
    last: date
    both: int
    only_shadow: int
    only_live: int
    daily: tuple[DayCount, ...]
    pairs: tuple[Pair, ...]


def compare(work: Work, detector_id: str, version: int, first: date, last: date, *, own: bool = False, sort: Sort | None = None) -> Comparison:
    """Lay what a shadow found beside what stands of live detectors, by subject and day.

    `own`: only beside the same detector's findings, to see what a new version changes; else beside all live detectors of the same target. `sort`: which pairs are listed.

    Raises:
        DetectorNotFound.
    """
    target = detectors.service.version_of(work, detector_id, version).target
    shadow = {(each.day, each.subject_token): (each.reason_zh, each.reason_en) for each in stored.shadow_findings(work, detector_id, version, first, last)}
    against = detector_id if own else None
    live: dict[tuple[date, str], tuple[str, str]] = {}
    by: dict[tuple[date, str], list[str]] = {}
    for day, subject, rule, zh, en in stored.live_findings(work, target, first, last, against):
        live.setdefault((day, subject), (zh, en))
        by.setdefault((day, subject), []).append(rule)
    pairs = [Pair(*key, shadow.get(key), live.get(key), tuple(by.get(key, ()))) for key in sorted(shadow.keys() | live.keys(), reverse=True)]
    sorted_out = {each: [pair for pair in pairs if pair.sort is each] for each in Sort}
    both, only_shadow, only_live = sorted_out.values()
    listed = sorted_out[sort][:MOST_OF_ONE_SORT] if sort else [pair for each in sorted_out.values() for pair in each[:MOST_PAIRS]]
    shown = sorted(listed, key=lambda pair: (pair.day, pair.subject), reverse=True)
    daily = tuple(_day(day, both, only_shadow, only_live) for day in _days(first, last))
    return Comparison(detector_id, version, against, first, last, len(both), len(only_shadow), len(only_live), daily, tuple(shown))


def _day(day: date, *sorts: Sequence[Pair]) -> DayCount:
    return DayCount(day, *(sum(pair.day == day for pair in pairs) for pairs in sorts))


def _days(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first += timedelta(days=1)
