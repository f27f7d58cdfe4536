"""The money of the frauds: accounts at several banks, the mules' plan, and what becomes of it while banks hold accounts.

Invariant: money is neither made nor lost. Every fen lies in an account or was taken out in cash; no move takes what a bank holds.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import numpy as np
import polars as pl

from fanzha.kit import clock
from fanzha.kit.money import Fen
from fanzha.simulator.bank import Account, Book
from fanzha.simulator.gangs.laundering import launder
from fanzha.simulator.gangs.model import Gang
from fanzha.simulator.gangs.scripts import SCRIPTS

BANKS = ("示例甲行", "示例乙行", "示例丙行", "示例丁行", "示例戊行", "示例己行")
HEAD = "本方账号,对手账号,交易时间,借贷标志,交易金额,交易余额,交易渠道,流水号,对方开户行"
_COLLECTORS, _MOVERS, _OUTLETS = 1, 5, 6
_NOBODY = np.zeros(0, dtype=np.int64)


@dataclass(frozen=True)
class Entry:
    """One line of an account's statement. `other` '' is cash at a machine; `signed` fen, incoming above zero."""

    at: datetime
    other: str
    signed: Fen
    balance: Fen
    channel: str
    serial: str


@dataclass(frozen=True)
class Move:
    """A planned transfer. `payee` '' takes cash out."""

    at: datetime
    payer: str
    payee: str
    fen: Fen
    channel: str


@dataclass
class Fraud:
    """One victim's transfer and the gang's plan for it."""

    number: int
    at: datetime
    fen: Fen
    victim_name: str
    victim: str
    first: str
    moves: Sequence[Move]

    def still_there(self, at: datetime) -> Fen:
        """What of the money had not left as cash by then, had nobody stopped it: more than this nobody can save who begins then."""
        return self.fen - sum(move.fen for move in self.moves if not move.payee and move.at <= at)


@dataclass
class World:
    """All accounts by number, their banks, their statements, and the cash that is gone."""

    accounts: dict[str, Account] = field(default_factory=dict)
    bank_of: dict[str, str] = field(default_factory=dict)
    entries: dict[str, list[Entry]] = field(default_factory=dict)
    cash: Fen = 0
    _serial: int = 0

    def open(self, number: str, holder: str, bank: str, balance: Fen) -> str:
        self.accounts[number] = Account(number, holder, balance, ())
        self.bank_of[number], self.entries[number] = bank, []
        return number

    def books(self) -> Mapping[str, Book]:
        """Each bank's own accounts."""
        return {bank: Book({number: account for number, account in self.accounts.items() if self.bank_of[number] == bank}) for bank in BANKS}

    def total(self) -> Fen:
        """Everything there is; never changes."""
        return self.cash + sum(account.balance_fen for account in self.accounts.values())

    def make(self, move: Move) -> Fen:
        """Carry a move out as far as money is free; returns how much moved."""
        payer = self.accounts[move.payer]
        fen = min(move.fen, max(0, payer.balance_fen - payer.held_fen))
        if fen <= 0:
            return 0
        self._serial += 1
        payer.balance_fen -= fen
        self._write(move, move.payer, move.payee, -fen)
        if move.payee:
            payee = self.accounts[move.payee]
            payee.balance_fen += fen
            payee.incoming = (*(payee.incoming or ()), (clock.to_local(move.at).strftime("%Y%m%d%H%M%S"), fen))
            self._write(move, move.payee, move.payer, fen)
        else:
            self.cash += fen
        return fen

    def statement(self, number: str) -> str:
        """What the account's bank sends: CSV, the oldest first; '' where nothing has happened."""
        lines = [HEAD]
        for one in self.entries[number]:
            sign, fen = ("贷", one.signed) if one.signed > 0 else ("借", -one.signed)
            at = clock.to_local(one.at).strftime("%Y-%m-%d %H:%M:%S")
            lines.append(f"{number},{one.other},{at},{sign},{_yuan(fen)},{_yuan(one.balance)},{one.channel},{one.serial},{self.bank_of.get(one.other, '')}")
        return "\n".join(lines) + "\n" if self.entries[number] else ""

    def _write(self, move: Move, own: str, other: str, signed: Fen) -> None:
        self.entries[own].append(Entry(move.at, other, signed, self.accounts[own].balance_fen, move.channel, f"T{self._serial:08d}{'R' if signed > 0 else 'P'}"))


def play_fraud(world: World, number: int, begins: datetime, seed: int) -> Fraud:
    """Open the accounts of one fraud and plan what becomes of the money: the simulator's laundering, with a gang of its own."""
    rng = random.Random(f"{seed}:fraud:{number}")  # noqa: S311 — a simulation, no secret
    fen = round(rng.lognormvariate(10.3, 0.9)) * 100
    at = begins + timedelta(seconds=rng.randrange(300))
    victim = world.open(_card(number, 0), f"受害人{number}", rng.choice(BANKS), fen + rng.randrange(100_000))
    places = range(_COLLECTORS + _MOVERS + _OUTLETS)
    mules = [world.open(_card(number, 1 + place), f"测试户{number}之{place}", rng.choice(BANKS), rng.randrange(20_000)) for place in places]
    first = mules[0]
    plan = launder(_gang(number), pl.DataFrame({"fraud": [number], "t": [0], "payee": [0], "amount_fen": [fen]}), seed)
    moves = [Move(at, victim, first, fen, "手机银行"), *(_move(row, mules, at) for row in plan.sort("t").iter_rows(named=True))]
    return Fraud(number, at, fen, f"受害人{number}", victim, first, moves)


def _gang(number: int) -> Gang:
    """Mules alone; nobody calls or writes here. Accounts are places in the list of mules; cash is one past its end."""
    movers = np.arange(_COLLECTORS, _COLLECTORS + _MOVERS)
    outlets = np.arange(_COLLECTORS + _MOVERS, _COLLECTORS + _MOVERS + _OUTLETS)
    cash = np.array([_COLLECTORS + _MOVERS + _OUTLETS])
    return Gang(number, SCRIPTS[0], 1, _NOBODY, _NOBODY, _NOBODY, (), (), (), ("", ""), (), (np.arange(_COLLECTORS), movers, outlets), cash)


def _move(row: Mapping[str, int], mules: Sequence[str], at: datetime) -> Move:
    payee = mules[row["payee"]] if row["payee"] < len(mules) else ""
    return Move(at + timedelta(seconds=row["t"]), mules[row["payer"]], payee, row["amount_fen"], "手机银行" if payee else "ATM取现")


def _card(number: int, place: int) -> str:
    """A made-up account of 19 digits that no bank issues."""
    return f"6299{number:09d}{place:06d}"


def _yuan(fen: Fen) -> str:
    return f"{fen // 100}.{fen % 100:02d}"
