"""What is to be simulated."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import numpy as np

from fanzha.kit import clock
from fanzha.kit.errors import InvalidInput

MOST_PEOPLE = 500_000
MOST_DAYS = 400
FEWEST_PEOPLE = 200


class ImpossiblePlan(InvalidInput):
    """This city cannot be simulated."""

    code = "impossible_plan"
    remedy = (
        f"Use {FEWEST_PEOPLE} to {MOST_PEOPLE:,} people, 1 to {MOST_DAYS} days, a seed of at least 0, a fraud rate from 0 to 1000 and a new trick on one person"
        " in fifty at most."
    )


@dataclass(frozen=True)
class Plan:
    """A city's size, span and seed.

    `fraud_rate` multiplies the realistic base rate (1: at most one fraud for 3,000 people and month). `start` is the first calendar day in China;
    nothing later than `until` (aware) is written, so a city can end in the middle of today. `new_trick` more people are defrauded by a trick that the
    shipped rules do not know (`gangs.new_trick`).

    Raises:
        ImpossiblePlan: a number outside the limits.
    """

    people: int
    days: int
    seed: int
    start: date
    fraud_rate: float = 1.0
    until: datetime | None = None
    new_trick: int = 0

    def __post_init__(self) -> None:
        fits = FEWEST_PEOPLE <= self.people <= MOST_PEOPLE and 1 <= self.days <= MOST_DAYS
        if not (fits and self.seed >= 0 and 0 <= self.fraud_rate <= 1000 and 0 <= self.new_trick <= self.people // 50):
            raise ImpossiblePlan(people=self.people, days=self.days, seed=self.seed, fraud_rate=self.fraud_rate, new_trick=self.new_trick)

    @property
    def begins(self) -> datetime:
        """The first instant, UTC."""
        return clock.local_midnight(self.start)

    @property
    def ends(self) -> datetime:
        """The instant (UTC) before which everything written happens."""
        whole = self.begins + timedelta(days=self.days)
        return whole if self.until is None else min(whole, self.until.astimezone(UTC))

    @property
    def seconds(self) -> int:
        """Seconds from the first instant to the last."""
        return max(0, int((self.ends - self.begins).total_seconds()))

    @property
    def months(self) -> float:
        return self.days / 30

    def weekdays(self) -> np.ndarray:
        """The weekday (0 Monday) of each day, shape (days,)."""
        return (self.start.weekday() + np.arange(self.days)) % 7
