"""Questions asked of a ledger again and again, in the shapes of the LDBC Financial Benchmark (FinBench, transaction workload, complex reads)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from fanzha.engine.kernels import Codes
from fanzha.engine.tracing.kernels import Flags, outgoing
from fanzha.engine.tracing.ledger import Ledger
from fanzha.engine.tracing.lines import Rest
from fanzha.engine.tracing.trace import Limits, Method, Origin, Reached, Trace, reachable, trace

MICROSECOND = timedelta(microseconds=1)


def downstream(ledger: Ledger, transfer: int, limits: Limits) -> Reached:
    """Downstream trace: every account that the money could have reached."""
    return reachable(ledger, transfer, limits)


def cycle(ledger: Ledger, transfer: int, limits: Limits) -> list[int]:
    """The shortest way in time from a transfer back to the account that sent it: the transfers, or nothing."""
    return reachable(ledger, transfer, limits).path(int(ledger.payer[transfer]))


def through_blocked(ledger: Ledger, transfer: int, limits: Limits, blocked: Flags) -> tuple[Codes, Codes]:
    """Blocked medium: the reached accounts that used a device or card reader which is blocked (`blocked`, one an account), and the hops to each."""
    found = reachable(ledger, transfer, limits)
    marked = blocked[found.accounts] != 0
    return found.accounts[marked], found.hops[marked]


@dataclass(frozen=True)
class Gathered:
    """What came into an account and was withdrawn."""

    payers: int
    came_fen: int
    withdrawn_fen: int


class Incoming:
    """The transfers into each account, by rank; made once for a ledger."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._start, self._into = outgoing(ledger.payee, ledger.accounts)

    def gathered(self, account: int, until: int, within: timedelta, ends: Flags) -> Gathered:
        """Many in, then withdraw: what came in over `within` before `until` (microseconds, excluded), and what went on to cash-outs up to `within` after it."""
        ledger, span = self._ledger, within // MICROSECOND
        came = self._into[self._start[account] : self._start[account + 1]]
        came = came[np.searchsorted(ledger.at[came], until - span) : np.searchsorted(ledger.at[came], until)]
        left = ledger.out[ledger.out_start[account] : ledger.out_start[account + 1]]
        left = left[np.searchsorted(ledger.at[left], until) : np.searchsorted(ledger.at[left], until + span, side="right")]
        cash = left[ends[ledger.payee[left]] == Rest.CASH]
        return Gathered(len(np.unique(ledger.payer[came])), int(ledger.amount[came].sum()), int(ledger.amount[cash].sum()))


def loan(ledger: Ledger, transfer: int, limits: Limits, method: Method = Method.FIFO) -> Trace:
    """Loan trace: where the money of a loan went after it was paid out."""
    return trace(ledger, [Origin(transfer, int(ledger.amount[transfer]))], method, limits)
