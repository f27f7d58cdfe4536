"""Balances after each transfer.

Invariant: for every account, balance after = balance before + in − out, in the order of (time, event number), and no balance is ever below zero:
each account opens with enough for its deepest point.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from fanzha.simulator.dice import Ints, around, dice


def with_balances(transfers: pl.DataFrame, accounts: int, seed: int) -> tuple[pl.DataFrame, Ints]:
    """Add payer_balance_fen and payee_balance_fen to transfers sorted by time; also the opening balance of each account, shape (accounts,)."""
    count = transfers.height
    amount = transfers["amount_fen"].to_numpy()
    account = np.concatenate([transfers["payer"].to_numpy(), transfers["payee"].to_numpy()])
    change = np.concatenate([-amount, amount])
    # Row order is time order, so a stable sort by account leaves each account's changes in time order.
    order = np.argsort(np.concatenate([np.arange(count), np.arange(count)]), kind="stable")
    order = order[np.argsort(account[order], kind="stable")]
    running = _running(account[order], change[order])
    lowest = np.zeros(accounts, dtype=np.int64)
    np.minimum.at(lowest, account[order], running)
    opening = around(dice(seed, "savings"), accounts, 600_000, 1.5, 100, 500_000_000) - lowest
    after = np.empty(2 * count, dtype=np.int64)
    after[order] = running + opening[account[order]]
    return transfers.with_columns(payer_balance_fen=pl.Series(after[:count]), payee_balance_fen=pl.Series(after[count:])), opening


def _running(account: Ints, change: Ints) -> Ints:
    """The running sum of changes within each run of equal accounts."""
    total = np.cumsum(change)
    first = np.flatnonzero(np.concatenate([[True], account[1:] != account[:-1]])) if len(account) else np.empty(0, dtype=np.int64)
    before = np.where(first > 0, total[first - 1], 0)
    lengths = np.diff(np.append(first, len(account)))
    running: Ints = total - np.repeat(before, lengths)
    return running
