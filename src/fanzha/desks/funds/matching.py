"""The transfers behind what several sides tell: payer's bank, payee's bank, a list of transfers, the victim.

A transfer is told at most once by each of them. Two tellings are of one transfer where payer, payee and amount are the same and the times differ by no more than a
tolerance; which is paired with which depends on the set of tellings alone, never on the order in which they came in. Where the payer's bank speaks, its time counts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class Side(StrEnum):
    """Who tells of a transfer; the earlier in this list, the more its time is worth."""

    PAYER = "payer"
    PAYEE = "payee"
    BOTH = "both"  # a list that names both sides
    VICTIM = "victim"


@dataclass(frozen=True)
class Telling:
    """One row of one statement, or a victim's word. Accounts are tokens, money is fen; `position` orders rows of one second as the bank wrote them."""

    key: str
    side: Side
    payer: str
    payee: str
    fen: int
    at: datetime
    position: int = 0
    payer_balance_fen: int | None = None
    payee_balance_fen: int | None = None
    payer_bank: str = ""
    payee_bank: str = ""
    channel: str = ""

    @property
    def order(self) -> tuple[datetime, int, str]:
        return self.at, self.position, self.key


@dataclass(frozen=True)
class Transfer:
    """One transfer and who told it; the first telling is the one whose time counts."""

    tellings: tuple[Telling, ...]

    @property
    def lead(self) -> Telling:
        return self.tellings[0]

    @property
    def keys(self) -> frozenset[str]:
        return frozenset(each.key for each in self.tellings)


@dataclass(frozen=True)
class Tolerance:
    """How far two tellings of one transfer may lie apart: between banks, and between a bank and a victim's memory."""

    banks: timedelta
    victims: timedelta


def match(tellings: Collection[Telling], tolerance: Tolerance) -> list[Transfer]:
    """All transfers in the order of time. Every telling is in exactly one of them. O(n log n)."""
    groups: dict[tuple[str, str, int], list[Telling]] = defaultdict(list)
    for each in tellings:
        groups[each.payer, each.payee, each.fen].append(each)
    found = [transfer for group in groups.values() for transfer in _in_group(group, tolerance)]
    return sorted(found, key=lambda transfer: transfer.lead.order)


def _in_group(group: Sequence[Telling], tolerance: Tolerance) -> list[Transfer]:
    transfers: list[Transfer] = []
    for side in Side:
        told = sorted((each for each in group if each.side is side), key=lambda each: each.order)
        transfers = _joined(transfers, told, tolerance.victims if side is Side.VICTIM else tolerance.banks)
    return transfers


def _joined(transfers: Sequence[Transfer], told: Sequence[Telling], tolerance: timedelta) -> list[Transfer]:
    """Pair both in the order of time. Taking the earliest pair first leaves the fewest unpaired, since the tolerance is the same for all."""
    known = sorted(transfers, key=lambda transfer: transfer.lead.order)
    found: list[Transfer] = []
    here = there = 0
    while here < len(known) and there < len(told):
        apart = told[there].at - known[here].lead.at
        if abs(apart) <= tolerance:
            found.append(Transfer((*known[here].tellings, told[there])))
            here, there = here + 1, there + 1
        elif apart > timedelta():
            found.append(known[here])
            here += 1
        else:
            found.append(Transfer((told[there],)))
            there += 1
    return [*found, *known[here:], *(Transfer((each,)) for each in told[there:])]
