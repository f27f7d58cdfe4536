"""The simulated bank's books: accounts, balances, what came in, and what is held."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson

from fanzha.kit.errors import InvalidInput
from fanzha.kit.money import Fen


class BadBook(InvalidInput):
    """The file of accounts cannot be read."""

    code = "bad_book"
    remedy = 'Write a JSON list of {"number", "holder", "balance_fen", "incoming": [{"amount_fen", "at"}], "opened"}; times as yyyyMMddHHmmss.'


@dataclass
class Hold:
    """What one order holds: `slot` as the platform's (stop, freeze, noncounter), the sum, until when (yyyyMMddHHmmss)."""

    application_id: str
    slot: str
    amount_fen: Fen
    until: str


@dataclass
class Account:
    """`incoming`: (yyyyMMddHHmmss, fen) of transfers that came in; None where the bank takes every transfer the order names for real. `opened`: likewise, '' not
    known."""

    number: str
    holder: str
    balance_fen: Fen
    incoming: tuple[tuple[str, Fen], ...] | None = None
    opened: str = ""
    holds: list[Hold] = field(default_factory=list)

    @property
    def held_fen(self) -> Fen:
        """The largest sum one hold covers: holds of several kinds lie over the same money."""
        return max((hold.amount_fen for hold in self.holds), default=0)

    def took(self, at: str, amount_fen: Fen) -> bool:
        """Whether this very transfer came in."""
        return self.incoming is None or (at, amount_fen) in self.incoming


@dataclass
class Book:
    """All accounts of the bank. `open_house`: an account nobody has heard of is opened as the order describes it (for demonstrations)."""

    accounts: dict[str, Account] = field(default_factory=dict)
    open_house: bool = False

    @staticmethod
    def of(accounts: Iterable[Account]) -> Book:
        return Book({account.number: account for account in accounts})

    @staticmethod
    def read(path: Path) -> Book:
        """Raises BadBook."""
        try:
            rows = orjson.loads(path.read_bytes())
            return Book.of(_account(row) for row in rows)
        except (OSError, ValueError, TypeError, KeyError, AttributeError) as wrong:
            raise BadBook(path=str(path), problem=type(wrong).__name__) from wrong

    def of_holder(self, account: Account) -> list[Account]:
        """All accounts of this one's holder, itself among them. In an open house the holder has two more, opened the same week and a year before."""
        if self.open_house:
            self._open_beside(account)
        return [one for one in self.accounts.values() if one.holder == account.holder and account.holder] or [account]

    def _open_beside(self, account: Account) -> None:
        for place, opened in enumerate(("20260104101500", "20250110093000"), 1):
            number = f"{account.number[:-1]}{(int(account.number[-1]) + place) % 10}" if account.number[-1:].isdigit() else ""
            if number and number not in self.accounts:
                self.accounts[number] = Account(number, account.holder, _made_up_balance(number), opened=opened)
        account.opened = account.opened or "20260102143000"

    def find(self, message: Mapping[str, Any]) -> Account | None:
        """The account of an order, None where the bank has none of this number."""
        number = str(message.get("AccountNumber", ""))
        found = self.accounts.get(number)
        if found is None and self.open_house and number:
            found = self.accounts[number] = Account(number, str(message.get("AccountName", "")), _made_up_balance(number))
        return found


def _account(row: Mapping[str, Any]) -> Account:
    incoming = row.get("incoming")
    pairs = tuple((str(one["at"]), int(one["amount_fen"])) for one in incoming) if incoming is not None else None
    return Account(str(row["number"]), str(row["holder"]), int(row["balance_fen"]), pairs, str(row.get("opened", "")))


def _made_up_balance(number: str) -> Fen:
    """Between nothing and 100,000 yuan, always the same for the same number."""
    return int.from_bytes(hashlib.sha256(number.encode()).digest()[:4], "big") % 10_000_000


def local_stamp(at: datetime) -> str:
    """yyyyMMddHHmmss of an instant on a Chinese clock."""
    return at.strftime("%Y%m%d%H%M%S")
