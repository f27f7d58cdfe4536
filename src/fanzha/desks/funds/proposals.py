"""What to order next: each account's stolen money times the chance that it is still there, and the statements that would tell most.

The chance halves with every half-life that has passed since the money was last known to be there. No source gives such a figure: half-life and floor are dated
settings (GK), printed beside every expectation, and the order of proposals, not their size, is what is meant to be used.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from fanzha.desks.funds.following import OPEN_END, AccountFacts, Found, Holding

_MAY_BE_HELD = frozenset({"held", OPEN_END, "payment"})
_ASKED_FOR = frozenset({OPEN_END, "payment", "moved_on"})


@dataclass(frozen=True)
class Decay:
    """How fast money leaves: see the module."""

    half_life: timedelta
    floor: float

    def chance(self, age: timedelta) -> float:
        """Between `floor` and 1."""
        return max(self.floor, math.exp2(-(max(age, timedelta()) / self.half_life)))


@dataclass(frozen=True)
class Proposal:
    """Stop payment on an account. `confirmed`: its own bank's statement shows the money there at `as_of`; else it is only known to have arrived then. Money is fen."""

    account: str
    bank: str
    tier: int
    fen: int
    shares: Mapping[str, int]
    confirmed: bool
    uncertain: bool
    as_of: datetime
    chance: float

    @property
    def expected_fen(self) -> int:
        return round(self.fen * self.chance)


@dataclass(frozen=True)
class Statement:
    """A statement to ask for: `fen` of stolen money came to the account and nobody has told what became of it."""

    account: str
    bank: str
    tier: int
    fen: int
    since: datetime


def proposals(found: Found, now: datetime, decay: Decay, nameless: frozenset[str] = frozenset()) -> list[Proposal]:
    """The largest expected saving first; of equals the larger amount, then the account's token. `nameless` accounts cannot be stopped."""
    facts = {each.account: each for each in found.accounts}
    made = [_proposal(each, facts[each.account], now, decay) for each in found.holdings if each.kind in _MAY_BE_HELD and _reachable(each, facts, nameless)]
    return sorted(made, key=lambda one: (-one.expected_fen, -one.fen, one.account))


def statements(found: Found, nameless: frozenset[str] = frozenset()) -> list[Statement]:
    """Open ends with the most money first."""
    facts = {each.account: each for each in found.accounts}
    wanted = [each for each in found.holdings if each.kind in _ASKED_FOR and _reachable(each, facts, nameless)]
    made = [Statement(each.account, facts[each.account].bank, facts[each.account].tier, each.fen, facts[each.account].arrived) for each in wanted]
    return sorted(made, key=lambda one: (-one.fen, one.account))


def _reachable(holding: Holding, facts: Mapping[str, AccountFacts], nameless: frozenset[str]) -> bool:
    return holding.account not in nameless and holding.account in facts and facts[holding.account].tier > 0


def _proposal(holding: Holding, facts: AccountFacts, now: datetime, decay: Decay) -> Proposal:
    confirmed = holding.kind == "held" and facts.told_until is not None
    as_of = max(facts.told_until, facts.arrived) if confirmed and facts.told_until else facts.arrived
    chance = decay.chance(now - as_of)
    return Proposal(facts.account, facts.bank, facts.tier, holding.fen, holding.shares, confirmed, holding.uncertain, as_of, chance)


def expected(made: Sequence[Proposal]) -> int:
    """Fen that all proposals together may be expected to save."""
    return sum(each.expected_fen for each in made)
