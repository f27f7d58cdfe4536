"""The clock of a rescue (止付时钟): from the fraud to the first stop that holds, and the money saved against the money lost. Pure.

Nothing of this is stored: it is read off the report or case and its orders whenever somebody looks, so that there is no second truth to keep in step.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from fanzha.kit.money import Fen


class Moment(StrEnum):
    """What the clock waits for, in this order."""

    FRAUD = "fraud"  # 案发
    REPORTED = "reported"  # 接报
    REQUESTED = "requested"  # 首次申请
    APPROVED = "approved"  # 首次批准
    SENT = "sent"  # 首次下发
    ACKNOWLEDGED = "acknowledged"  # 首次签收
    IN_FORCE = "in_force"  # 首次控制生效


class FraudKnown(StrEnum):
    """Where the moment of the fraud comes from."""

    TOLD = "told"  # by the report or case
    TRANSFER = "transfer"  # the earliest transfer that an order names
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Incident:
    """A case, or a report that became none. `disputed_fen`: what was lost, before anything came back. `told_order_at`: a first order that a list of cases
    told of when it was imported."""

    id: str
    is_case: bool
    name: str
    region: str
    unit: str
    happened_at: datetime | None
    reported_at: datetime
    disputed_fen: Fen
    told_order_at: datetime | None = None


@dataclass(frozen=True)
class Measure:
    """One order that holds money in an account (`account` is its blind index). `holds`: in force at this moment; `held_fen` as the bank said, None where it
    named no sum."""

    receiver_id: str
    receiver: str
    unit: str
    account: str
    transfer_at: datetime | None
    requested_at: datetime
    approved_at: datetime | None
    sent_at: datetime | None
    acknowledged_at: datetime | None
    starts_at: datetime | None
    holds: bool
    held_fen: Fen | None


_OF_MEASURE: Mapping[Moment, str] = {
    Moment.REQUESTED: "requested_at", Moment.APPROVED: "approved_at", Moment.SENT: "sent_at", Moment.ACKNOWLEDGED: "acknowledged_at", Moment.IN_FORCE: "starts_at",
}  # fmt: skip


@dataclass(frozen=True)
class Rescue:
    """How one rescue went. Money is fen: `saved` + `lost` = the disputed sum; `held` lies in accounts at this moment, `returned` was paid back.

    `without_sum`: measures in force of which the bank named no sum; they count as nothing. `beyond`: what is held beyond the disputed sum, which is no saving.
    """

    incident: Incident
    moments: Mapping[Moment, datetime]
    fraud_known: FraudKnown
    orders: int
    held: Fen
    returned: Fen
    beyond: Fen
    without_sum: int

    @property
    def saved(self) -> Fen:
        return self.held + self.returned - self.beyond

    @property
    def lost(self) -> Fen:
        return self.incident.disputed_fen - self.saved

    @property
    def share(self) -> float | None:
        """Saved ÷ disputed; None where nothing is in dispute."""
        return self.saved / self.incident.disputed_fen if self.incident.disputed_fen > 0 else None

    def minutes(self, begin: Moment, end: Moment) -> float | None:
        """Between two moments, to a tenth; negative where the later came first; None where one is unknown."""
        since, until = self.moments.get(begin), self.moments.get(end)
        return round((until - since).total_seconds() / 60, 1) if since is not None and until is not None else None


def clock_of(incident: Incident, measures: Sequence[Measure], returned: Mapping[str, Fen] | None = None) -> Rescue:
    """The clock of one incident from its orders; `returned`: account (blind index) → fen paid back from it.

    A stop and the freeze that follows it lie over the same money, so of one account the largest sum counts, and what was paid back from an account counts there
    at most once: max(held, returned). What was released or has expired holds nothing.
    """
    paid = returned or {}
    held: dict[str, Fen] = defaultdict(int)
    for one in measures:
        if one.holds:
            held[one.account] = max(held[one.account], one.held_fen or 0)
    still = {account: max(0, fen - paid.get(account, 0)) for account, fen in held.items()}
    kept, back = sum(still.values()), sum(paid.values())
    return Rescue(
        incident, _moments(incident, measures), _fraud_known(incident, measures), len(measures), kept, back, max(0, kept + back - max(0, incident.disputed_fen)),
        sum(one.holds and one.held_fen is None for one in measures),
    )  # fmt: skip


def _moments(incident: Incident, measures: Sequence[Measure]) -> dict[Moment, datetime]:
    found = {Moment.FRAUD: _fraud_at(incident, measures), Moment.REPORTED: incident.reported_at}
    found |= {moment: _earliest(getattr(one, field) for one in measures) for moment, field in _OF_MEASURE.items()}
    if not measures:
        found[Moment.SENT] = incident.told_order_at
    return {moment: at for moment, at in found.items() if at is not None}


def _fraud_at(incident: Incident, measures: Sequence[Measure]) -> datetime | None:
    return incident.happened_at or _earliest(one.transfer_at for one in measures)


def _fraud_known(incident: Incident, measures: Sequence[Measure]) -> FraudKnown:
    if incident.happened_at is not None:
        return FraudKnown.TOLD
    return FraudKnown.TRANSFER if any(one.transfer_at for one in measures) else FraudKnown.UNKNOWN


def _earliest(times: Iterable[datetime | None]) -> datetime | None:
    return min((at for at in times if at is not None), default=None)
