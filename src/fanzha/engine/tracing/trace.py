"""Follow stolen money from victims' transfers: where it is, where it left, and every transfer it went by.

No law or notice fixes a method (银监发〔2016〕41号: traceable → direct, else pro rata); it is therefore a parameter, named beside every result.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

import numpy as np

from fanzha.engine.kernels import Codes, Ints
from fanzha.engine.tracing.errors import UnfitLimits
from fanzha.engine.tracing.kernels import Flags
from fanzha.engine.tracing.largest import largest
from fanzha.engine.tracing.ledger import MOST_FEN, Ledger
from fanzha.engine.tracing.lines import FLOW_WIDTH, PIECE_WIDTH, REST_WIDTH, Bounds, Grid, Lines, Rest
from fanzha.engine.tracing.pieces import pieces
from fanzha.engine.tracing.reaching import NEVER, PARENT, TRANSFER, reach
from fanzha.engine.tracing.shares import shares

MOST_HOPS, LONGEST = 1_000_000, timedelta(days=36_525)
ROOM = 1024  # rows that a trace's tables have at first; they grow


class Method(StrEnum):
    """How stolen money is told from the rest of an account's money."""

    FIFO = "fifo"  # first in, first out 先进先出
    LIFO = "lifo"  # last in, first out 后进先出
    HAIRCUT = "haircut"  # pro rata 按比例
    POISON = "poison"  # stolen money leaves first 污染优先
    LARGEST = "largest"  # with the largest outflows 大额优先


@dataclass(frozen=True)
class Limits:
    """How far to follow: `hops` transfers (the victim's own is the first), `within` this time after it, no part under `least_fen`."""

    hops: int = 6
    within: timedelta = timedelta(hours=24)
    least_fen: int = 1

    def __post_init__(self) -> None:
        if not (1 <= self.hops <= MOST_HOPS and timedelta() < self.within <= LONGEST and 1 <= self.least_fen <= MOST_FEN):
            raise UnfitLimits

    @property
    def bounds(self) -> Bounds:
        return Bounds(self.hops, self.within // timedelta(microseconds=1), self.least_fen)


@dataclass(frozen=True)
class Origin:
    """A victim's transfer, by its number in the ledger, and how much of it is claimed (all of it, or less)."""

    transfer: int
    fen: int


@dataclass(frozen=True)
class Trace:
    """What came of the origins. `flows`: int64 (n, 4) of transfer, stolen fen in it, hop, origin; `rests`: int64 (n, 5) of account, stolen fen, hop, `Rest`, origin.

    Invariant: the rests of an origin sum to its fen.
    """

    method: Method
    origins: Sequence[Origin]
    flows: Grid
    rests: Grid

    def total(self, *kinds: Rest) -> int:
        """Fen that rest in one of these ways."""
        return int(self.rests[np.isin(self.rests[:, 3], kinds), 1].sum())


def trace(ledger: Ledger, origins: Sequence[Origin], method: Method, limits: Limits | None = None, ends: Flags | None = None) -> Trace:
    """Follow the origins through the ledger. `ends` (int8, one an account): `Rest.CASH` … `Rest.UNREPORTED` where following stops, else 0.

    Costs what the stolen money's own path costs, not what the ledger is large.

    Raises:
        UnfitLimits: an origin claims nothing, or more than its transfer.
    """
    for each in origins:
        if not 0 < each.fen <= ledger.amount[each.transfer]:
            raise UnfitLimits(f"An origin claims {each.fen} fen of a transfer of {ledger.amount[each.transfer]}.", remedy="Claim the transfer's amount or less.")
    starts = np.array([each.transfer for each in origins], np.int64)
    amounts = np.array([each.fen for each in origins], np.int64)
    desk = _desk(ledger)
    flows, rests = _follow(desk, method, desk.lines(ledger, ends, method), starts, amounts, (limits or Limits()).bounds)
    return Trace(method, tuple(origins), flows.copy(), rests.copy())


@dataclass(frozen=True)
class Reached:
    """Accounts that money of a transfer could have reached: `accounts` with the fewest `hops` to each and the earliest transfer (`arrived`) by which it was."""

    accounts: Codes
    hops: Codes
    arrived: Ints
    _ends: Codes  # the row of `_steps` that ends a path of fewest hops to each account
    _steps: Grid

    def path(self, account: int) -> list[int]:
        """The transfers of a path of fewest hops, the first one first; nothing where the account was not reached."""
        places = np.flatnonzero(self.accounts == account)
        step = int(self._ends[places[0]]) if len(places) else -1
        path: list[int] = []
        while step >= 0:
            path.append(int(self._steps[step, TRANSFER]))
            step = int(self._steps[step, PARENT])
        return path[::-1]


def reachable(ledger: Ledger, transfer: int, limits: Limits | None = None, ends: Flags | None = None) -> Reached:
    """Where money of a transfer could have gone, in time and within the limits. Costs what the paths cost."""
    desk = _desk(ledger)
    lines = desk.lines(ledger, ends, Method.FIFO)
    count, desk.steps = reach(lines, transfer, (limits or Limits()).bounds, desk.arrived, desk.first_step, desk.hop_of, desk.found, desk.steps)
    found = desk.found[:count].copy()
    last = desk.first_step[found]
    told = Reached(found, desk.hop_of[found], desk.arrived[found], last, desk.steps[: int(last.max()) + 1].copy())
    desk.arrived[found] = NEVER
    return told


def _follow(desk: _Desk, method: Method, lines: Lines, starts: Ints, amounts: Ints, bounds: Bounds) -> tuple[Grid, Grid]:
    if method in {Method.FIFO, Method.LIFO}:
        last_first = method is Method.LIFO
        told = pieces(lines, starts, amounts, bounds, last_first, desk.flows, desk.rests, desk.stack)
        desk.flows, flowed, desk.rests, rested, desk.stack = told
    elif method is Method.LARGEST:
        desk.flows, flowed, desk.rests, rested = largest(lines, starts, amounts, bounds, desk.flows, desk.rests, desk.taken)
    else:
        poison = method is Method.POISON
        told = shares(lines, starts, amounts, bounds, poison, desk.flows, desk.rests, desk.stack, desk.seat_of)
        desk.flows, flowed, desk.rests, rested, desk.stack = told
    return desk.flows[:flowed], desk.rests[:rested]


class _Desk:
    """Working memory of one thread on one ledger. What is as long as the ledger is made when a method first needs it."""

    def __init__(self, ledger: Ledger) -> None:
        self.flows = np.empty((ROOM, FLOW_WIDTH), np.int64)
        self.rests = np.empty((ROOM, REST_WIDTH), np.int64)
        self.stack = np.empty((ROOM, PIECE_WIDTH), np.int64)
        self._sizes = {"seat_of": (ledger.accounts, -1), "taken": (len(ledger), 0), "arrived": (ledger.accounts, NEVER)}
        self._made: dict[str, Any] = {}
        self._no_ends = np.zeros(ledger.accounts, np.int8)
        self.hop_of = np.zeros(ledger.accounts, np.int32)
        self.found = np.zeros(ledger.accounts, np.int32)
        self.first_step = np.zeros(ledger.accounts, np.int32)
        self.steps = np.empty((ROOM, 3), np.int64)

    def _array(self, name: str) -> Ints:
        if name not in self._made:
            self._made[name] = np.full(*self._sizes[name], np.int64)
        made: Ints = self._made[name]
        return made

    @property
    def seat_of(self) -> Ints:
        return self._array("seat_of")

    @property
    def taken(self) -> Ints:
        return self._array("taken")

    @property
    def arrived(self) -> Ints:
        return self._array("arrived")

    def lines(self, ledger: Ledger, ends: Flags | None, method: Method) -> Lines:
        lower = ledger.next_lower if method is Method.LIFO else _NOTHING
        balances = (ledger.payer_before, ledger.payee_before, ledger.gone_before, ledger.come_before)
        stops = self._no_ends if ends is None else ends
        return Lines(ledger.payer, ledger.payee, ledger.at, ledger.amount, *balances, ledger.out_start, ledger.out, lower, stops)


_NOTHING = np.empty(0, np.int32)


def _desk(ledger: Ledger) -> _Desk:
    found = getattr(ledger.local, "desk", None)
    if not isinstance(found, _Desk):
        found = ledger.local.desk = _Desk(ledger)
    return found
