"""The simulated operator's register: who holds which number, whether they would pass a check, and what is in force on it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import orjson

from fanzha.kit.errors import InvalidInput

Checked = Literal["passed", "not_passed", "not_reached"]


class BadHolders(InvalidInput):
    """The file of numbers cannot be read."""

    code = "bad_holders"
    remedy = 'Write a JSON list of {"number", "check"}: check is passed, not_passed or not_reached.'


@dataclass(frozen=True)
class Habits:
    """Shares of holders who pass a check and who are not reached; the others do not pass. Nothing is known of real shares: they are for demonstrations."""

    passed: float = 0.25
    not_reached: float = 0.25

    def of(self, number: str) -> Checked:
        """Always the same for the same number."""
        draw = int.from_bytes(hashlib.sha256(number.encode()).digest()[:4], "big") / 2**32
        return "passed" if draw < self.passed else "not_reached" if draw < self.passed + self.not_reached else "not_passed"


@dataclass
class Sim:
    """One number. `in_force`: the orders (ApplicationID → kind) that the operator carries out."""

    number: str
    check: Checked
    in_force: dict[str, str] = field(default_factory=dict)


@dataclass
class Holders:
    """All numbers of the operator. `open_house`: a number nobody has heard of is taken for one of ours, with the habits given."""

    sims: dict[str, Sim] = field(default_factory=dict)
    open_house: bool = False
    habits: Habits = Habits()

    @staticmethod
    def of(sims: Iterable[Sim]) -> Holders:
        return Holders({sim.number: sim for sim in sims})

    @staticmethod
    def read(path: Path) -> Holders:
        """Raises BadHolders."""
        try:
            return Holders.of(_sim(row) for row in orjson.loads(path.read_bytes()))
        except (OSError, ValueError, TypeError, KeyError) as wrong:
            raise BadHolders(path=str(path), problem=type(wrong).__name__) from wrong

    def find(self, message: Mapping[str, Any]) -> Sim | None:
        """The number of an order, None where the operator does not serve it."""
        number = str(message.get("PhoneNumber", ""))
        found = self.sims.get(number)
        if found is None and self.open_house and number:
            found = self.sims[number] = Sim(number, self.habits.of(number))
        return found


def _sim(row: Mapping[str, Any]) -> Sim:
    check = row["check"]
    if check not in ("passed", "not_passed", "not_reached"):
        raise ValueError(check)
    return Sim(str(row["number"]), check)
