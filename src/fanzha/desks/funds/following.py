"""From tellings to a trace: which accounts hold how much of whose money, by which transfers it came, and what nobody has told yet."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import polars as pl

from fanzha.desks.funds.matching import Side, Telling, Tolerance, Transfer, match
from fanzha.engine.tracing import telling
from fanzha.engine.tracing.answer import stops
from fanzha.engine.tracing.ledger import Named
from fanzha.engine.tracing.lines import Rest
from fanzha.engine.tracing.reading import INSTANT, transfer_of
from fanzha.engine.tracing.trace import Limits, Method, Origin, Trace, trace

OPEN_END = "unreported"


@dataclass(frozen=True)
class Victim:
    """A victim's transfer: the key of its telling, who lost it, and how much of it is claimed (fen)."""

    key: str
    victim: str
    fen: int


@dataclass(frozen=True)
class AccountFacts:
    """`tier` 1 is where a victim paid to (一级账户). `told_until`: the last moment its own bank speaks of; None where that bank's statement is missing."""

    account: str
    tier: int
    bank: str
    arrived: datetime
    told_until: datetime | None
    opening_known: bool


@dataclass(frozen=True)
class Holding:
    """Stolen money that rests in an account, in one way (`engine.tracing.lines.Rest`); `shares`: victim → fen."""

    account: str
    kind: str
    fen: int
    hop: int
    uncertain: bool
    shares: Mapping[str, int]

    @property
    def order(self) -> tuple[bool, int, str]:
        """What is still there comes first, then the larger amounts."""
        return self.kind != "held", -self.fen, self.account


@dataclass(frozen=True)
class Flow:
    """One row of the fund-flow table (资金流向表): a transfer that carried stolen money, and who told it."""

    at: datetime
    hop: int
    payer: str
    payee: str
    fen: int
    of_fen: int
    payer_bank: str
    payee_bank: str
    channel: str
    told_by: tuple[str, ...]


@dataclass(frozen=True)
class Found:
    """A trace's outcome. `summary`: see `engine.tracing.telling.summary`; `lacking`: victims whose transfer no bank has told yet."""

    summary: Mapping[str, Any]
    holdings: tuple[Holding, ...]
    flows: tuple[Flow, ...]
    accounts: tuple[AccountFacts, ...]
    transfers: int
    lacking: int

    def as_json(self) -> dict[str, Any]:
        plain = asdict(self)
        for each in plain["flows"]:
            each["at"] = each["at"].isoformat()
        for each in plain["accounts"]:
            each["arrived"], each["told_until"] = each["arrived"].isoformat(), each["told_until"].isoformat() if each["told_until"] else None
        return plain

    @staticmethod
    def of_json(plain: Mapping[str, Any]) -> Found:
        flows = tuple(Flow(**(each | {"at": datetime.fromisoformat(each["at"]), "told_by": tuple(each["told_by"])})) for each in plain["flows"])
        accounts = tuple(
            AccountFacts(**(each | {"arrived": datetime.fromisoformat(each["arrived"]), "told_until": _moment(each["told_until"])})) for each in plain["accounts"]
        )
        holdings = tuple(Holding(**each) for each in plain["holdings"])
        return Found(plain["summary"], holdings, flows, accounts, plain["transfers"], plain["lacking"])


@dataclass(frozen=True)
class Question:
    """How to follow. `ends`: account → kind (`engine.tracing.answer.END_KINDS`) where somebody or the statement itself says that following stops."""

    method: Method
    limits: Limits
    tolerance: Tolerance
    ends: Mapping[str, str]


def follow(tellings: Collection[Telling], victims: Sequence[Victim], question: Question) -> Found | None:
    """Follow the victims' money through everything told so far; None where no victim's transfer is there.

    An account whose own bank has told nothing is an open end: what came to it is not said to be there still.
    """
    if not victims:
        return None
    transfers = match(tellings, question.tolerance)
    own = _own_side(tellings)
    openings = _openings(transfers, own)
    named = Named.build(_table(transfers), _frame(openings, "opening_fen", pl.Int64) if openings else None)
    ends = {name: OPEN_END for name in named.names if name not in own} | dict(question.ends)
    place_of = {key: place for place, transfer in enumerate(transfers) for key in transfer.keys}
    origins = [Origin(transfer_of(named, place_of[each.key]), min(each.fen, transfers[place_of[each.key]].lead.fen)) for each in victims]
    found = trace(named.ledger, origins, question.method, question.limits, stops(named, _frame(ends, "kind", pl.String)))
    lacking = sum(transfers[place_of[each.key]].lead.side is Side.VICTIM for each in victims)
    holdings, flows = _holdings(named, found, victims), _flows(named, found, transfers)
    facts = _facts(flows, own, _banks(tellings), set(openings))
    return Found(telling.summary(named, found), holdings, flows, facts, len(transfers), lacking)


def _table(transfers: Sequence[Transfer]) -> pl.DataFrame:
    leads = [transfer.lead for transfer in transfers]
    return pl.DataFrame(
        {"time": [one.at for one in leads], "payer": [one.payer for one in leads], "payee": [one.payee for one in leads], "amount_fen": [one.fen for one in leads]},
        schema={"time": INSTANT, "payer": pl.String, "payee": pl.String, "amount_fen": pl.Int64},
    )


def _frame(told: Mapping[str, Any], column: str, dtype: type[pl.DataType]) -> pl.DataFrame:
    return pl.DataFrame({"account": list(told), column: list(told.values())}, schema={"account": pl.String, column: dtype})


def _own_side(tellings: Collection[Telling]) -> dict[str, list[Telling]]:
    """What each account's own bank tells, in the order of time. Of a list that names both sides, the payer's side is told: its outflows are known."""
    own: dict[str, list[Telling]] = defaultdict(list)
    for each in sorted(tellings, key=lambda one: one.order):
        if each.side is not Side.VICTIM:
            own[each.payee if each.side is Side.PAYEE else each.payer].append(each)
    return own


def _openings(transfers: Sequence[Transfer], own: Mapping[str, Sequence[Telling]]) -> dict[str, int]:
    """Balances before the first transfer, where the first row of an account's own statement gives its balance; others stay unknown."""
    place_of = {key: place for place, transfer in enumerate(transfers) for key in transfer.keys}
    first = {account: (place_of[told[0].key], before) for account, told in own.items() if (before := _before(account, told[0])) is not None}
    net: dict[str, int] = defaultdict(int)
    for place, transfer in enumerate(transfers):
        lead = transfer.lead
        for account, fen in ((lead.payer, -lead.fen), (lead.payee, lead.fen)):
            if account in first and place < first[account][0]:
                net[account] += fen
    return {account: before - net[account] for account, (_, before) in first.items() if before - net[account] >= 0}


def _before(account: str, told: Telling) -> int | None:
    """The account's balance before this row; banks print the one after it."""
    if account == told.payer:
        return None if told.payer_balance_fen is None else told.payer_balance_fen + told.fen
    return None if told.payee_balance_fen is None else told.payee_balance_fen - told.fen


def _holdings(named: Named, found: Trace, victims: Sequence[Victim]) -> tuple[Holding, ...]:
    shares: dict[tuple[str, str], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for code, fen, _, kind, origin in found.rests.tolist():
        shares[named.names[code], Rest(kind).name.lower()][victims[origin].victim] += fen
    rows = telling.rests(named, found).iter_rows()
    return tuple(Holding(account, kind, fen, hop, uncertain, dict(shares[account, kind])) for account, kind, fen, hop, uncertain in rows)


def _flows(named: Named, found: Trace, transfers: Sequence[Transfer]) -> tuple[Flow, ...]:
    summed: dict[tuple[int, int], int] = defaultdict(int)
    for place, fen, hop in found.flows[:, :3].tolist():
        summed[int(named.ledger.rows[place]), hop] += fen
    return tuple(_flow(transfers[row], hop, fen) for (row, hop), fen in sorted(summed.items()))


def _flow(transfer: Transfer, hop: int, fen: int) -> Flow:
    lead = transfer.lead
    payer_bank = next((each.payer_bank for each in transfer.tellings if each.payer_bank), "")
    payee_bank = next((each.payee_bank for each in transfer.tellings if each.payee_bank), "")
    channel = next((each.channel for each in transfer.tellings if each.channel), "")
    return Flow(lead.at, hop, lead.payer, lead.payee, fen, lead.fen, payer_bank, payee_bank, channel, tuple(each.side.value for each in transfer.tellings))


def _banks(tellings: Collection[Telling]) -> dict[str, str]:
    """The bank of each account: what its own statement says goes before what others say; of several the first by name."""
    said: dict[str, set[tuple[int, str]]] = defaultdict(set)
    for each in tellings:
        for account, bank, side in ((each.payer, each.payer_bank, Side.PAYER), (each.payee, each.payee_bank, Side.PAYEE)):
            if bank:
                said[account].add((0 if each.side is side else 1, bank))
    return {account: min(banks)[1] for account, banks in said.items()}


def _facts(flows: Sequence[Flow], own: Mapping[str, Sequence[Telling]], banks: Mapping[str, str], known: Collection[str]) -> tuple[AccountFacts, ...]:
    tiers: dict[str, int] = {}
    arrived: dict[str, datetime] = {}
    for flow in flows:
        tiers[flow.payee] = min(flow.hop, tiers.get(flow.payee, flow.hop))
        arrived[flow.payee] = max(flow.at, arrived.get(flow.payee, flow.at))
        if flow.hop == 1:
            tiers.setdefault(flow.payer, 0)
            arrived.setdefault(flow.payer, flow.at)
    return tuple(
        AccountFacts(account, tier, banks.get(account, ""), arrived[account], own[account][-1].at if account in own else None, account in known)
        for account, tier in sorted(tiers.items(), key=lambda one: (one[1], one[0]))
    )


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
