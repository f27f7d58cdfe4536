"""Numbers that the law or a city may change: each has a source, a version, a unit and an effective date, by region.

A desk registers its defaults; a row in `dated_settings` overrides them from its effective date on, for its region and everything below.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, ClassVar

import orjson
from sqlalchemy import text

from fanzha.kit import clock
from fanzha.kit.errors import InvalidInput, NotFound
from fanzha.store.work import Work
from fanzha.vocab import regions


class UnknownNumber(NotFound):
    """No such dated setting is registered."""

    code = "unknown_number"


class BadNumber(InvalidInput):
    """The value does not fit this dated setting."""

    code = "bad_number"
    remedy = "`fanzha settings list` shows the unit and the value in force."


class SourceNeeded(InvalidInput):
    """A dated setting needs its source."""

    code = "source_needed"
    remedy = "Name the document or decision that the value comes from."


@dataclass(frozen=True)
class DatedNumber:
    """A default: `source` carries the tag of the domain reference (A, B, C, D, S, GK) or the article. `words`: of which a value in words may be made."""

    key: str
    value: int | float | str
    unit: str
    meaning: str
    source: str
    effective_from: date
    words: frozenset[str] = frozenset()

    def read(self, given: str) -> int | float | str:
        """The value that somebody wrote: words of the list, or a number that is not negative, of the default's type.

        Raises:
            BadNumber.
        """
        if isinstance(self.value, str):
            chosen = given.split()
            if not chosen or (self.words and not self.words.issuperset(chosen)):
                raise BadNumber(key=self.key, given=given, words=" ".join(sorted(self.words)))
            return " ".join(chosen)
        try:
            number = type(self.value)(given)
        except ValueError as wrong:
            raise BadNumber(key=self.key, given=given, unit=self.unit) from wrong
        if not 0 <= number <= _LARGEST:
            raise BadNumber(key=self.key, given=given, unit=self.unit)
        return number


@dataclass(frozen=True)
class Numbers:
    """The numbers of one desk in force in a region, read as they are needed. A desk derives its own with its `prefix`."""

    prefix: ClassVar[str]

    work: Work
    region: str = ""

    def whole(self, key: str) -> int:
        return int(self._value(key))

    def share(self, key: str) -> float:
        return float(self._value(key))

    def words(self, key: str) -> str:
        return str(self._value(key))

    def source(self, key: str) -> tuple[str, date]:
        """Where the value in force comes from, and since when it holds."""
        name, today = f"{self.prefix}.{key}", clock.local_day(clock.now())
        held = [one for one in decisions(self.work, name) if self.region.startswith(one.region) and one.effective_from <= today]
        newest = max(held, key=lambda one: (len(one.region), one.effective_from, one.version), default=None)
        default = named(name)
        return (newest.source, newest.effective_from) if newest is not None else (default.source, default.effective_from)

    def _value(self, key: str) -> Any:
        return value(self.work, f"{self.prefix}.{key}", region=self.region)


@dataclass(frozen=True)
class Decision:
    """One override as it was set: never changed or removed, a later version of the same day takes its place."""

    key: str
    region: str
    effective_from: date
    version: int
    value: int | float | str
    source: str
    set_by: str


_LARGEST = 10_000_000
_registered: dict[str, DatedNumber] = {}


def register(*numbers: DatedNumber) -> None:
    """Make defaults known; the same key twice must be the same number."""
    for number in numbers:
        if _registered.setdefault(number.key, number) != number:
            msg = f"two defaults for {number.key}"
            raise ValueError(msg)


def registered() -> Sequence[DatedNumber]:
    return sorted(_registered.values(), key=lambda number: number.key)


def value(work: Work, key: str, *, region: str = "", at: datetime | None = None) -> Any:
    """The value in force for the region at the time: the nearest region above wins, then the latest effective date, else the default.

    Raises:
        UnknownNumber: nobody registered the key.
    """
    default = named(key)
    day = clock.local_day(at or clock.now())
    row = work.session.execute(
        text(
            "SELECT value FROM dated_settings WHERE key = :key AND starts_with(:region, region) AND effective_from <= :day"
            " ORDER BY length(region) DESC, effective_from DESC, version DESC LIMIT 1"
        ),
        {"key": key, "region": region, "day": day},
    ).one_or_none()
    return row.value if row is not None else default.value


def named(key: str) -> DatedNumber:
    """Raises UnknownNumber: nobody registered the key."""
    if key not in _registered:
        raise UnknownNumber(f"No dated setting {key} is registered.", key=key)
    return _registered[key]


def decide(work: Work, key: str, given: str, *, region: str, effective_from: date, source: str) -> Decision:
    """Override a number for a region and everything below, from a day on. The same decision again changes nothing.

    Raises:
        UnknownNumber, BadNumber, SourceNeeded; NotFound where there is no such region.
    """
    value_given = named(key).read(given)
    if not source.strip():
        raise SourceNeeded(key=key)
    if region:
        regions.name(region)
    row = {"key": key, "region": region, "day": effective_from}
    work.session.execute(text("SELECT pg_advisory_xact_lock(hashtext('dated_settings'))"))
    last = next((found for found in decisions(work, key) if (found.region, found.effective_from) == (region, effective_from)), None)
    if last is not None and (last.value, last.source) == (value_given, source.strip()):
        return last
    made = Decision(key, region, effective_from, last.version + 1 if last else 1, value_given, source.strip(), work.actor)
    work.session.execute(
        text(
            "INSERT INTO dated_settings (key, region, effective_from, version, value, source, set_by)"
            " VALUES (:key, :region, :day, :version, CAST(:value AS jsonb), :source, :by)"
        ),
        row | {"version": made.version, "value": orjson.dumps(value_given).decode(), "source": made.source, "by": made.set_by},
    )
    work.audit("setting.decided", f"setting:{key}", {"region": region, "from": effective_from.isoformat(), "value": value_given, "version": made.version})
    return made


def decisions(work: Work, key: str = "") -> Sequence[Decision]:
    """Every override of the key, or of all keys; the newest day and version of a region first."""
    rows = work.session.execute(
        text(
            "SELECT key, region, effective_from, version, value, source, set_by FROM dated_settings WHERE :key = '' OR key = :key"
            " ORDER BY key, region, effective_from DESC, version DESC"
        ),
        {"key": key},
    )
    return [Decision(*row) for row in rows]
