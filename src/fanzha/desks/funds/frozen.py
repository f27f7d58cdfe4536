"""What is frozen in the accounts of a trace, read from the orders in force: banks' answers, not somebody's memory."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from fanzha.desks import controls
from fanzha.desks.controls import Order, State, Subject
from fanzha.desks.funds.errors import FrozenSumUnknown, FundsReasonNeeded
from fanzha.desks.funds.service import SHORTEST_REASON
from fanzha.kit import clock
from fanzha.kit.money import Fen
from fanzha.lake.tokens import Tokens
from fanzha.store import Work

_SLOTS = ("freeze", "stop")
"""A freeze goes before the stop that it follows."""


@dataclass(frozen=True)
class Held:
    """An account's sum by the bank's answer to one order in force."""

    fen: Fen
    order_id: str
    kind: str
    receiver_org_id: str
    receiver: str


def held(work: Work, accounts: Collection[str], tokens: Tokens) -> Mapping[str, Held]:
    """Account (token) → what its freeze holds, else its stop; accounts without such an order in sight are left out."""
    index_of = {controls.service.subject_index(Subject.ACCOUNT, tokens.open(account)[1]): account for account in accounts}
    query = select(Order).where(
        Order.subject_index.in_(index_of), Order.slot.in_(_SLOTS), Order.state == State.IN_FORCE.value, Order.ends_at > clock.now(), Order.held_fen > 0
    )  # fmt: skip
    found: dict[str, tuple[int, Held]] = {}
    for order in work.session.scalars(query.order_by(Order.starts_at, Order.id)):
        account, rank = index_of[order.subject_index], _SLOTS.index(order.slot)
        if order.held_fen is not None and (account not in found or rank < found[account][0]):
            found[account] = rank, Held(order.held_fen, order.id, order.kind, order.receiver_org_id, order.receiver_name)
    return {account: one for account, (_, one) in found.items()}


@dataclass(frozen=True)
class FrozenAccount:
    """What is frozen in an account of the trace (a token), and which organisation pays from it (None: told by other means). `fen` None is what the order in
    force holds; a sum of one's own needs the `reason`."""

    account: str
    fen: Fen | None
    bank: str = ""
    bank_org_id: str | None = None
    reason: str = ""


@dataclass(frozen=True)
class Pooled:
    """An account with its sum, and where that comes from."""

    told: FrozenAccount
    fen: Fen
    bank: str
    bank_org_id: str | None
    order_id: str | None
    reason: str | None


def pool(work: Work, accounts: Sequence[FrozenAccount], tokens: Tokens) -> list[Pooled]:
    """Each account with its sum.

    Raises:
        FrozenSumUnknown: nothing is in force on an account whose sum was left to the orders; FundsReasonNeeded: a typed sum without its reason.
    """
    read = held(work, [each.account for each in accounts], tokens)
    made = []
    for each in accounts:
        order = read.get(each.account)
        if order is not None and each.fen in (None, order.fen):
            made.append(Pooled(each, order.fen, each.bank or order.receiver, each.bank_org_id or order.receiver_org_id, order.order_id, None))
        elif each.fen is None:
            raise FrozenSumUnknown
        elif len(each.reason.strip()) < SHORTEST_REASON:
            raise FundsReasonNeeded("A frozen sum that is not that of an order in force needs a reason.")
        else:
            made.append(Pooled(each, each.fen, each.bank, each.bank_org_id, None, each.reason.strip()[:2000]))
    return made
