"""What the demonstration has done in this home folder, so that a second run does nothing twice and an interrupted one goes on.

Invariant: a moment is noted only after everything up to it has been committed; every step before that note can be repeated without effect.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson

from fanzha.kit import clock
from fanzha.kit.errors import Conflict


class AnotherCity(Conflict):
    """Another city lives in this home folder."""

    code = "another_city"
    remedy = "Leave --people, --days, --seed and --fraud-rate out to use the one that is there, or choose another --home."


@dataclass(frozen=True)
class City:
    """The city of a demonstration, and the moment (UTC, aware) at which it ends."""

    people: int
    days: int
    seed: int
    fraud_rate: float
    until: datetime


@dataclass
class Ledger:
    """The demonstration's own file in the home folder."""

    file: Path
    city: City
    lived_until: datetime | None = None
    counts: dict[str, dict[str, int]] = field(default_factory=dict)
    summary: dict[str, Any] | None = None

    def save(self) -> None:
        """Write the file whole or not at all."""
        body = {"city": asdict(self.city), "lived_until": self.lived_until, "counts": self.counts, "summary": self.summary}
        fresh = self.file.with_suffix(".new")
        fresh.write_bytes(orjson.dumps(body, option=orjson.OPT_INDENT_2))
        fresh.replace(self.file)


def open_ledger(file: Path, people: int | None, days: int | None, seed: int | None, fraud_rate: float | None, defaults: City) -> Ledger:
    """The ledger of this home; a new one with what is given (else the defaults) where there is none.

    Raises:
        AnotherCity: a city with other numbers was begun here.
    """
    asked = {"people": people, "days": days, "seed": seed, "fraud_rate": fraud_rate}
    given = {name: value for name, value in asked.items() if value is not None}
    if not file.exists():
        city = City(**(asdict(defaults) | given))
        file.parent.mkdir(parents=True, exist_ok=True)
        ledger = Ledger(file, city)
        ledger.save()
        return ledger
    found = orjson.loads(file.read_bytes())
    city = City(**(found["city"] | {"until": datetime.fromisoformat(found["city"]["until"])}))
    if any(getattr(city, name) != value for name, value in given.items()):
        raise AnotherCity(there=asdict(city), asked=given)
    lived = datetime.fromisoformat(found["lived_until"]) if found["lived_until"] else None
    return Ledger(file, city, lived, found["counts"], found["summary"])


def ends_now() -> datetime:
    """The present, to the second."""
    return clock.now().replace(microsecond=0)
