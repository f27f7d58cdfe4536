"""How good a detector was on past days: precision, recall, overlap with what is live, load against the staff. Pure; every figure tells what it is made of.

A finding is one subject on one day. It is right where the subject is known to be fraud, and for people where the fraud happened from `BEFORE` before to
`AFTER` after it; wrong where it is known not to be; else nobody knows, and it counts in neither. Intervals are Wilson's (1927), 95 %.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from fanzha.desks.detection.domain import Target
from fanzha.desks.detection.outcomes import Fate, Fates
from fanzha.kit.clock import local_day

BEFORE = timedelta(days=7)
AFTER = timedelta(days=30)
QUIET = timedelta(days=7)
"""Somebody who was found within this time before is not warned anew."""
_Z = 1.959963984540054


@dataclass(frozen=True)
class Caught:
    """One finding of the detector that is measured."""

    day: date
    at: datetime
    subject: str


@dataclass(frozen=True)
class Share:
    """`value` = numerator / denominator with the interval `low` to `high`; all three None where the denominator is 0."""

    numerator: int
    denominator: int
    value: float | None
    low: float | None
    high: float | None

    @staticmethod
    def of(numerator: int, denominator: int) -> Share:
        if denominator == 0:
            return Share(numerator, denominator, None, None, None)
        share, square = numerator / denominator, _Z * _Z
        middle = (share + square / (2 * denominator)) / (1 + square / denominator)
        half = _Z * math.sqrt(share * (1 - share) / denominator + square / (4 * denominator**2)) / (1 + square / denominator)
        return Share(numerator, denominator, share, max(0.0, middle - half), min(1.0, middle + half))


@dataclass
class Day:
    """One day of a backtest. `fresh`: subjects not found by it in the `QUIET` before; `extra`: those of them that nothing live found either."""

    day: date
    events: int = 0
    findings: int = 0
    fresh: int = 0
    extra: int = 0
    right: int = 0
    wrong: int = 0


@dataclass(frozen=True)
class Overlap:
    """Findings (subject and day) of the detector, of what is live for the same target, and of both; `by_detector`: how many of both each live one has."""

    both: int
    only_this: int
    only_live: int
    by_detector: Mapping[str, int]


@dataclass(frozen=True)
class Load:
    """New people a day against what the staff can warn; for numbers and accounts `capacity` is None, for nobody is warned."""

    mean: float
    most: int
    capacity: int | None
    days_over: int


@dataclass(frozen=True)
class Measured:
    """The figures of one backtest.

    `precision`: right of those judged. `recall`: of the frauds known on these days (people whose fraud happened then; numbers and accounts known to be used
    for fraud that appear in the events) those found; `in_time`: those found before it happened, or before they were known. `unseen`: known frauds that
    do not appear in the events at all, so that no detector over them could find them; they are not in the denominators.
    """

    findings: int
    subjects: int
    unknown: int
    precision: Share
    recall: Share
    in_time: Share
    unseen: int
    overlap: Overlap
    load: Load
    daily: tuple[Day, ...]
    sources: Mapping[str, int] = field(default_factory=dict)

    def document(self) -> dict[str, Any]:
        """As JSON holds it."""
        return asdict(self) | {"daily": [asdict(each) | {"day": each.day.isoformat()} for each in self.daily]}


@dataclass(frozen=True)
class Live:
    """A finding of a live detector on the same target."""

    day: date
    subject: str
    detector: str


def measure(
    caught: Sequence[Caught],
    live: Collection[Live],
    fates: Fates,
    seen: Collection[str],
    events: Mapping[date, int],
    target: Target,
    capacity: int,
) -> Measured:
    """Measure findings on the days that `events` counts.

    Args:
        fates: by subject as the findings name it (for victims the person).
        seen: the subjects of `fates` that appear in the events of these days.
    """
    fate_of = {each: judged(fates.get(each.subject, ()), each, target) for each in caught}
    daily = _daily(caught, live, fate_of, events)
    right = sum(each is True for each in fate_of.values())
    wrong = sum(each is False for each in fate_of.values())
    frauds = _frauds(fates, target, min(events), max(events))
    found, in_time = _reached(caught, {token: fate for token, fate in frauds.items() if token in seen}, target)
    return Measured(
        findings=len(caught), subjects=len({each.subject for each in caught}), unknown=len(caught) - right - wrong, precision=Share.of(right, right + wrong),
        recall=Share.of(found, sum(token in seen for token in frauds)), in_time=Share.of(in_time, sum(token in seen for token in frauds)),
        unseen=sum(token not in seen for token in frauds), overlap=_overlap(caught, live), load=_load(daily, target, capacity), daily=daily,
        sources=dict(sorted(Counter(each.source for each in frauds.values()).items())),
    )  # fmt: skip


def judged(fates: Iterable[Fate], finding: Caught, target: Target) -> bool | None:
    """Whether the finding was right; None where nobody knows. Proof of fraud outweighs doubt."""
    near = [fate for fate in fates if target is not Target.VICTIM or finding.at - BEFORE <= fate.happened_at <= finding.at + AFTER]
    if not near:
        return None
    return any(fate.fraud for fate in near)


def _frauds(fates: Fates, target: Target, first: date, last: date) -> dict[str, Fate]:
    """The first known fraud of each subject; for people those that happened on these days."""
    found: dict[str, Fate] = {}
    for token, known in fates.items():
        mine = [fate for fate in known if fate.fraud and (target is not Target.VICTIM or first <= local_day(fate.happened_at) <= last)]
        if mine:
            found[token] = mine[0]
    return found


def _reached(caught: Iterable[Caught], frauds: Mapping[str, Fate], target: Target) -> tuple[int, int]:
    """How many of the frauds were found at all, and in time."""
    earliest: dict[str, datetime] = {}
    for each in caught:
        fate = frauds.get(each.subject)
        if fate is not None and judged((fate,), each, target):
            earliest[each.subject] = min(earliest.get(each.subject, each.at), each.at)
    known = {token: fate.happened_at if target is Target.VICTIM else fate.known_at for token, fate in frauds.items()}
    return len(earliest), sum(at < known[token] for token, at in earliest.items())


def _daily(caught: Sequence[Caught], live: Collection[Live], fate_of: Mapping[Caught, bool | None], events: Mapping[date, int]) -> tuple[Day, ...]:
    days = {day: Day(day, events=number) for day, number in sorted(events.items())}
    mine = _days_of((each.subject, each.day) for each in caught)
    theirs = _days_of((each.subject, each.day) for each in live)
    for each in caught:
        day = days[each.day]
        day.findings += 1
        day.right += fate_of[each] is True
        day.wrong += fate_of[each] is False
        if not _within(mine[each.subject], each.day - QUIET, each.day):
            day.fresh += 1
            day.extra += not _within(theirs.get(each.subject, []), each.day - QUIET, each.day + timedelta(days=1))
    return tuple(days.values())


def _days_of(pairs: Iterable[tuple[str, date]]) -> dict[str, list[date]]:
    found: dict[str, set[date]] = defaultdict(set)
    for subject, day in pairs:
        found[subject].add(day)
    return {subject: sorted(days) for subject, days in found.items()}


def _within(days: Sequence[date], first: date, until: date) -> bool:
    """Whether one of the days lies from `first` to before `until`."""
    place = bisect_left(days, first)
    return place < len(days) and days[place] < until


def _overlap(caught: Iterable[Caught], live: Iterable[Live]) -> Overlap:
    mine = {(each.day, each.subject) for each in caught}
    theirs = {(each.day, each.subject) for each in live}
    by_detector = Counter(each.detector for each in live if (each.day, each.subject) in mine)
    return Overlap(len(mine & theirs), len(mine - theirs), len(theirs - mine), dict(by_detector.most_common()))


def _load(daily: Sequence[Day], target: Target, capacity: int) -> Load:
    fresh = [day.fresh for day in daily]
    warned = target is Target.VICTIM
    return Load(sum(fresh) / len(fresh), max(fresh), capacity if warned else None, sum(each > capacity for each in fresh) if warned else 0)
