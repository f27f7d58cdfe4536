"""Words of the sharing desk: what a briefing (通报) is and says."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from fanzha.vocab.organisations import OrgKind


class BriefingKind(StrEnum):
    DAILY = "daily"  # 日报
    WEEKLY = "weekly"  # 周报


RECIPIENTS = (OrgKind.POLICE_CITY, OrgKind.POLICE_COUNTY, OrgKind.POLICE_STATION, OrgKind.BANK, OrgKind.OPERATOR, OrgKind.OFFICE, OrgKind.MEMBER_UNIT)
"""To whom a briefing of their area is sent: not to deputies and grid workers, who need none of it (代表法 §31, §59)."""


@dataclass(frozen=True)
class Period:
    """Chinese calendar days, both included."""

    kind: BriefingKind
    first: date
    last: date

    @property
    def before(self) -> Period:
        """The period of the same length just before, to compare with."""
        length = self.last - self.first + timedelta(days=1)
        return Period(self.kind, self.first - length, self.last - length)


def period_before(kind: BriefingKind, today: date) -> Period:
    """The last period that is over: yesterday, or the week (Monday to Sunday) before this one."""
    if kind is BriefingKind.DAILY:
        return Period(kind, today - timedelta(days=1), today - timedelta(days=1))
    monday = today - timedelta(days=today.weekday() + 7)
    return Period(kind, monday, monday + timedelta(days=6))


@dataclass(frozen=True)
class Rise:
    """Reports of one fraud type in the period and in the one before; `usual`: the mean of the periods of the baseline, None where there is none; `chance`: how
    likely so many are if nothing has changed (`rising.chance_of`)."""

    fraud_type: str
    reports: int
    before: int
    usual: float | None = None
    chance: float = 1.0

    @property
    def share(self) -> float | None:
        """Growth over what is usual; None where there was nothing."""
        return self.reports / self.usual - 1 if self.usual else None


@dataclass(frozen=True)
class NewTrick:
    """A trick whose first case became known in the period; `warned`: whether a warning for it has been given."""

    fraud_type: str
    cases: int
    first_known_at: str
    warned: bool


@dataclass(frozen=True)
class AcrossSeries:
    """A series over county lines that got a case in the period. `counties`: county code → cases."""

    number: int
    fraud_type: str
    cases: int
    loss_fen: int
    counties: dict[str, int]


@dataclass(frozen=True)
class Content:
    """What a briefing says, but for the identifiers (those are its items). Money in fen."""

    reports: int
    reports_before: int
    loss_fen: int
    loss_fen_before: int
    by_type: list[Rise]
    rising: list[Rise]
    tricks: list[NewTrick]
    series: list[AcrossSeries]

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @staticmethod
    def of(told: dict[str, Any]) -> Content:
        parts: dict[str, type[Any]] = {"by_type": Rise, "rising": Rise, "tricks": NewTrick, "series": AcrossSeries}
        read: dict[str, Any] = {name: [parts[name](**each) for each in value] if name in parts else value for name, value in told.items()}
        return Content(**read)
