"""The accounts of one holder, as a bank answers a query of them (100309/10), and the signs by which they are graded."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson

from fanzha.desks.controls import repository, service
from fanzha.desks.controls.domain import Effect, State, Subject
from fanzha.desks.controls.errors import BadAnswer, NoHolderQuery
from fanzha.desks.controls.grading import Graded, Sign, Table, grade
from fanzha.desks.controls.messages import read_money, read_stamp
from fanzha.desks.controls.model import Order
from fanzha.desks.controls.numbers import Numbers
from fanzha.kit.money import Fen
from fanzha.store import Work
from fanzha.vocab import identifiers
from fanzha.vocab.identifiers import InvalidIdentifier, Kind

QUERY = "query_accounts"
_NOT_ASKED_FOR = frozenset({State.REQUESTED.value, State.DECLINED.value, State.WITHDRAWN.value})


@dataclass(frozen=True)
class HeldAccount:
    """One account of the answer. `ref` is how pages name it; what the bank did not say, or said unreadably, is None or ''."""

    number: str
    index: str
    bank: str
    state: str
    opened_at: datetime | None
    last_at: datetime | None
    balance_fen: Fen | None

    @property
    def ref(self) -> str:
        """Of a keyed hash: nothing can be learned from it."""
        return self.index[:16]

    @property
    def masked(self) -> str:
        return identifiers.mask(Kind.BANK_ACCOUNT, self.number)


@dataclass(frozen=True)
class Assessed:
    """An account with the signs that the platform sees itself (`seen`), those that an officer added (`added`), and what follows. `orders` on it, newest first."""

    account: HeldAccount
    seen: frozenset[Sign]
    added: frozenset[Sign]
    graded: Graded
    orders: Sequence[Order]


def accounts_of(work: Work, order: Order) -> list[HeldAccount]:
    """The accounts in the answers to this query, each once, the newest answer first. Raises NoHolderQuery."""
    if order.kind != QUERY:
        raise NoHolderQuery(order=order.id)
    found: dict[str, HeldAccount] = {}
    for answer in reversed(repository.answers_of(work, order.id)):
        for row in _rows(answer.body):
            account = _account(row, order.receiver_name)
            if account is not None:
                found.setdefault(account.index, account)
    return list(found.values())


def assess(work: Work, order: Order, added: Mapping[str, frozenset[Sign]]) -> list[Assessed]:
    """Every account of the answer with its grade, the gravest first; `added`: account's ref → signs that an officer knows of. Raises NoHolderQuery."""
    accounts, table = accounts_of(work, order), Table.in_force(work, order.region)
    on = {account.index: repository.on_subject(work, account.index) for account in accounts}
    money = {account.index: _money_signs(on[account.index]) for account in accounts}
    opened = _opening_signs(accounts, {index for index, signs in money.items() if signs} | {order.subject_index}, Numbers(work, order.region))
    made = []
    for account in accounts:
        seen, more = money[account.index] | opened[account.index], added.get(account.ref, frozenset())
        made.append(Assessed(account, seen, more - seen, grade(seen | more, table), on[account.index]))
    return sorted(made, key=lambda one: (-one.graded.points, one.account.ref))


def _rows(body: str) -> Sequence[Mapping[str, Any]]:
    """An answer by hand, or of a bank that sends no list, has none."""
    try:
        told = orjson.loads(body)
    except orjson.JSONDecodeError:
        return ()
    listed = told.get("Accounts") if isinstance(told, dict) else None
    return [row for row in listed if isinstance(row, dict)] if isinstance(listed, list) else ()


def _account(row: Mapping[str, Any], bank: str) -> HeldAccount | None:
    try:
        number = identifiers.clean(Kind.BANK_ACCOUNT, str(row.get("AccountNumber", ""))).value
    except InvalidIdentifier:
        return None
    index = service.subject_index(Subject.ACCOUNT, number)
    opened, last = (_time(row, field) for field in ("OpenTime", "LastTransactionTime"))
    return HeldAccount(number, index, str(row.get("BankName") or bank)[:100], str(row.get("AccountState", ""))[:40], opened, last, _sum(row))


def _time(row: Mapping[str, Any], field: str) -> datetime | None:
    try:
        return read_stamp(str(row.get(field) or ""), field)
    except BadAnswer:
        return None  # the answer was accepted as it came; an unreadable field is an unknown one


def _sum(row: Mapping[str, Any]) -> Fen | None:
    try:
        return read_money(str(row.get("AccountBalance") or ""), "AccountBalance")
    except BadAnswer:
        return None  # as above


def _money_signs(orders: Sequence[Order]) -> frozenset[Sign]:
    """What orders on the account say of it: one at tier 1 was paid by a victim, one further down passed the money on."""
    tiers = {order.tier for order in orders if order.effect == Effect.IMPOSE.value and order.state not in _NOT_ASKED_FOR and order.tier}
    return frozenset({Sign.TOOK_CASE_MONEY} if 1 in tiers else set()) | frozenset({Sign.PASSED_CASE_MONEY_ON} if any(tier > 1 for tier in tiers) else set())


def _opening_signs(accounts: Sequence[HeldAccount], suspect: set[str], numbers: Numbers) -> dict[str, frozenset[Sign]]:
    """Opened near a case account, or several within few days (feature code 1001)."""
    near, many, within = (numbers.whole(f"grade.{name}") for name in ("near_days", "many_accounts", "many_days"))
    found: dict[str, set[Sign]] = defaultdict(set)
    times = {account.index: account.opened_at for account in accounts if account.opened_at is not None}
    for index, at in times.items():
        others = [abs(at - other) for one, other in times.items() if one in suspect and one != index]
        if any(apart <= timedelta(days=near) for apart in others):
            found[index].add(Sign.OPENED_WITH_CASE_ACCOUNT)
        cluster = [one for one, other in times.items() if timedelta() <= other - at <= timedelta(days=within)]
        if len(cluster) >= many:
            for one in cluster:
                found[one].add(Sign.MANY_OPENED)
    return {account.index: frozenset(found[account.index]) for account in accounts}
