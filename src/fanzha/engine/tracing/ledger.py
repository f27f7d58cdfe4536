"""Transfers made ready to be followed."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import polars as pl

from fanzha.engine.kernels import Codes, Ints
from fanzha.engine.tracing import kernels
from fanzha.engine.tracing.errors import UnfitTransfer
from fanzha.engine.tracing.kernels import Flags

_NOT_ABOVE_ZERO = "The amount is not above zero"
MOST_FEN = 2**52
"""All amounts together, 45 trillion yuan: far from where sums of whole numbers overflow and shares in floating point miss a fen by more than one."""
UNKNOWN = -1  # an opening balance that nobody has told


@dataclass(frozen=True)
class Ledger:
    """All transfers in the order of (time, order), with each account's balance at every step.

    `payer`, `payee`: int32 account codes; `at`: int64 microseconds UTC; `amount`: int64 fen, above zero; `rows`: the row of the input that each transfer was.
    An opening balance that nobody told is the smallest that keeps the account above zero: `guessed` marks those accounts.
    """

    payer: Codes
    payee: Codes
    at: Ints
    amount: Ints
    rows: Ints
    accounts: int
    opening: Ints
    guessed: Flags
    payer_before: Ints
    payee_before: Ints
    gone_before: Ints
    come_before: Ints
    out_start: Ints
    out: Codes
    _local: threading.local = field(default_factory=threading.local, repr=False, compare=False)

    @staticmethod
    def build(payer: Codes, payee: Codes, at: Ints, amount: Ints, accounts: int, opening: Ints | None = None) -> Ledger:
        """Sort and index transfers; equal times keep the order they are given in. O(n log n), O(n) where they stand in order.

        A transfer of an account to itself moves nothing and is left out.

        Raises:
            UnfitTransfer: an amount that is not above zero (the row is named).
        """
        _refuse(amount <= 0, _NOT_ABOVE_ZERO)
        rows = np.flatnonzero(payer != payee).astype(np.int64)
        if not bool(np.all(at[1:] >= at[:-1])):
            rows = rows[np.argsort(at[rows], kind="stable")]
        whole = len(rows) == len(at) and bool(np.all(rows == np.arange(len(rows))))
        ordered = (payer, payee, at, amount) if whole else (payer[rows], payee[rows], at[rows], amount[rows])
        payers, payees = (np.ascontiguousarray(each, np.int32) for each in ordered[:2])
        times, amounts = (np.ascontiguousarray(each, np.int64) for each in ordered[2:])
        known = np.full(accounts, UNKNOWN, np.int64) if opening is None else opening
        openings, guessed = kernels.least_openings(payers, payees, amounts, known)
        balances = kernels.walk(payers, payees, amounts, openings)
        out_start, out = kernels.outgoing(payers, accounts)
        return Ledger(payers, payees, times, amounts, rows, accounts, openings, guessed, *balances, out_start, out)

    @cached_property
    def next_lower(self) -> Codes:
        """See `kernels.next_lower`; made when the first trace asks for it."""
        return kernels.next_lower(self.out_start, self.out, self.payer_before, self.amount)

    @property
    def local(self) -> threading.local:
        """Working memory of this thread's traces, kept from one to the next."""
        return self._local

    def __len__(self) -> int:
        return len(self.amount)


@dataclass(frozen=True)
class Named:
    """A ledger whose accounts have names: `names[code]`."""

    ledger: Ledger
    names: pl.Series

    @cached_property
    def _codes(self) -> dict[str, int]:
        return {name: code for code, name in enumerate(self.names)}

    def code(self, name: str) -> int | None:
        """The code of an account; None where no transfer names it."""
        return self._codes.get(name)

    def codes(self, names: pl.Series) -> Codes:
        """The codes of those accounts that occur."""
        return np.array([code for name in names if (code := self._codes.get(name)) is not None], np.int32)

    @staticmethod
    def build(transfers: pl.DataFrame, openings: pl.DataFrame | None = None) -> Named:
        """From `time` (datetime), `payer`, `payee` (text), `amount_fen` (integer), and `account`, `opening_fen` where openings are known.

        Raises:
            UnfitTransfer: a row lacks one of them or its amount is not above zero.
        """
        refuse_unfit(transfers)
        names = pl.concat([transfers["payer"], transfers["payee"]]).unique(maintain_order=False).sort()
        coded = transfers.select(
            pl.col("payer", "payee").cast(pl.Enum(names)).to_physical().cast(pl.Int32),
            pl.col("time").dt.epoch("us"),
            pl.col("amount_fen").cast(pl.Int64),
        )
        payer, payee, at, amount = (coded[column].to_numpy() for column in ("payer", "payee", "time", "amount_fen"))
        return Named(Ledger.build(payer, payee, at, amount, len(names), _openings(names, openings)), names)


def refuse_unfit(transfers: pl.DataFrame) -> None:
    """Raise UnfitTransfer, naming the row, where a transfer lacks a part or moves nothing."""
    for column in ("time", "payer", "payee", "amount_fen"):
        _refuse(transfers[column].is_null().to_numpy(), f"There is no {column}")
    _refuse((transfers["amount_fen"] <= 0).to_numpy(), _NOT_ABOVE_ZERO)
    total = float(transfers["amount_fen"].cast(pl.Float64).sum())
    if total > MOST_FEN:
        raise UnfitTransfer(f"All amounts together, {total:.3g} fen, are more than can be counted to the fen.", remedy="Check that amounts are in fen.")


def _openings(names: pl.Series, told: pl.DataFrame | None) -> Ints | None:
    if told is None:
        return None
    known = pl.DataFrame({"account": names}).join(told.unique("account", keep="last"), on="account", how="left", maintain_order="left")
    return known["opening_fen"].fill_null(UNKNOWN).cast(pl.Int64).to_numpy()


def _refuse(wrong: np.ndarray[tuple[int, ...], np.dtype[np.bool_]], what: str) -> None:
    if bool(np.any(wrong)):
        rows = np.flatnonzero(wrong)
        raise UnfitTransfer(f"{what} in row {int(rows[0]) + 1} ({len(rows)} such rows).", row=int(rows[0]) + 1, rows=len(rows))
