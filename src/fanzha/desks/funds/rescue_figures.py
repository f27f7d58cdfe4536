"""Many rescues together: how long the steps took, as quartiles and the ninetieth percentile, by unit, bank or month. Pure.

Percentiles interpolate between the two nearest values (Hyndman & Fan 1996, type 7, which spreadsheets use too).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from fanzha.desks.funds.rescue import Incident, Measure, Moment, Rescue, clock_of
from fanzha.engine.refunds import largest_remainder
from fanzha.kit import clock
from fanzha.kit.money import Fen

SPANS: Mapping[str, tuple[Moment, Moment]] = {
    "report": (Moment.FRAUD, Moment.REPORTED),
    "from_report": (Moment.REPORTED, Moment.IN_FORCE),
    "request": (Moment.REPORTED, Moment.REQUESTED),
    "approval": (Moment.REQUESTED, Moment.APPROVED),
    "acknowledgement": (Moment.SENT, Moment.ACKNOWLEDGED),
    "in_force": (Moment.SENT, Moment.IN_FORCE),
    "from_fraud": (Moment.FRAUD, Moment.IN_FORCE),
}
"""Spans that are counted: name → from which moment to which."""


class By(StrEnum):
    """How incidents are put together."""

    ALL = "all"
    UNIT = "unit"
    BANK = "bank"
    MONTH = "month"


@dataclass(frozen=True)
class Spread:
    """Minutes of `count` incidents of which both moments are known; None where there are none."""

    count: int
    q1: float | None
    median: float | None
    q3: float | None
    p90: float | None

    @staticmethod
    def of(values: Iterable[float]) -> Spread:
        ordered = sorted(values)
        if not ordered:
            return Spread(0, None, None, None, None)
        return Spread(len(ordered), *(round(_quantile(ordered, share), 1) for share in (0.25, 0.5, 0.75, 0.9)))


@dataclass(frozen=True)
class Group:
    """One row of the figures. `incidents` with at least one order are `with_order`. Money is fen; of a bank the whole disputed sum is nobody's measure, so
    `disputed` and `lost` are None there."""

    key: str
    name: str
    incidents: int
    with_order: int
    spans: Mapping[str, Spread]
    saved: Fen
    disputed: Fen | None

    @property
    def lost(self) -> Fen | None:
        return self.disputed - self.saved if self.disputed is not None else None

    @property
    def share(self) -> float | None:
        return self.saved / self.disputed if self.disputed else None


@dataclass(frozen=True)
class Followed:
    """An incident with its orders, and what was paid back from which account."""

    incident: Incident
    measures: Sequence[Measure]
    returned: Mapping[str, Fen]


def figures(followed: Sequence[Followed], by: By) -> list[Group]:
    """The groups, the largest first; months newest first. What lies in an account on which several incidents have orders counts once: see `held_once`."""
    followed = held_once(followed)
    if by is By.BANK:
        return _by_bank(followed)
    groups: dict[tuple[str, str], list[Rescue]] = defaultdict(list)
    for one in followed:
        groups[_key(one, by)].append(clock_of(one.incident, one.measures, one.returned))
    made = [_group(key, name, rescues, sum(max(0, one.incident.disputed_fen) for one in rescues)) for (key, name), rescues in groups.items()]
    return sorted(made, key=lambda one: one.key, reverse=True) if by is By.MONTH else sorted(made, key=lambda one: (-one.incidents, one.key))


def held_once(followed: Sequence[Followed]) -> list[Followed]:
    """The same incidents, with the money of an account that several of them hold divided among them by their disputed sums.

    Each bank's answer speaks of the whole account, so the money there is the largest of them, less what was paid back out of it to anybody. No incident gets more
    of it than its own orders hold.
    """
    sharing: dict[str, list[Followed]] = defaultdict(list)
    for one in followed:
        for account in {measure.account for measure in one.measures if measure.holds and measure.held_fen} | set(one.returned):
            sharing[account].append(one)
    parts = {account: _parts(account, several) for account, several in sharing.items() if len(several) > 1}
    return [replace(one, measures=[_within(measure, one, parts) for measure in one.measures]) for one in followed]


def _parts(account: str, several: Sequence[Followed]) -> dict[str, Fen]:
    """Incident → its part of what still lies in the account."""
    held = {one.incident.id: _holds(one, account) for one in several}
    weights = {one.incident.id: max(0, one.incident.disputed_fen) for one in several}
    left = max(0, max(held.values()) - sum(one.returned.get(account, 0) for one in several))
    parts = dict.fromkeys(held, 0)
    while left and (roomy := {name: weights[name] for name in parts if weights[name] and parts[name] < held[name]}):
        for name, fen in largest_remainder(left, roomy).items():
            taken = min(fen, held[name] - parts[name])
            parts[name], left = parts[name] + taken, left - taken
    return parts


def _holds(one: Followed, account: str) -> Fen:
    return max((measure.held_fen or 0 for measure in one.measures if measure.holds and measure.account == account), default=0)


def _within(measure: Measure, one: Followed, parts: Mapping[str, Mapping[str, Fen]]) -> Measure:
    """The measure with at most its incident's part, on top of what was paid back to the incident's own victims."""
    part = parts.get(measure.account, {}).get(one.incident.id)
    if part is None or measure.held_fen is None:
        return measure
    return replace(measure, held_fen=min(measure.held_fen, part + one.returned.get(measure.account, 0)))


def _key(one: Followed, by: By) -> tuple[str, str]:
    if by is By.MONTH:
        month = clock.to_local(one.incident.reported_at).strftime("%Y-%m")
        return month, month
    if by is By.UNIT:
        unit = one.incident.unit or next((measure.unit for measure in one.measures), "")
        return unit, unit
    return "", ""


def _by_bank(followed: Sequence[Followed]) -> list[Group]:
    """Each bank by the orders it received: an incident counts at every bank that got one."""
    groups: dict[tuple[str, str], list[Rescue]] = defaultdict(list)
    for one in followed:
        for bank in sorted({(measure.receiver_id, measure.receiver) for measure in one.measures}):
            theirs = [measure for measure in one.measures if measure.receiver_id == bank[0]]
            accounts = {measure.account for measure in theirs}
            groups[bank].append(clock_of(one.incident, theirs, {account: fen for account, fen in one.returned.items() if account in accounts}))
    made = [_group(key, name, rescues, None) for (key, name), rescues in groups.items()]
    return sorted(made, key=lambda one: (-one.incidents, one.name))


def _group(key: str, name: str, rescues: Sequence[Rescue], disputed: Fen | None) -> Group:
    spans = {
        span: Spread.of(minutes for one in rescues if (minutes := one.minutes(begin, end)) is not None) for span, (begin, end) in SPANS.items()
    }
    return Group(key, name, len(rescues), sum(one.orders > 0 for one in rescues), spans, sum(one.saved for one in rescues), disputed)


def _quantile(ordered: Sequence[float], share: float) -> float:
    place = (len(ordered) - 1) * share
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)
