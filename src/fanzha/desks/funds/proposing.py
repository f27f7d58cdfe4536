"""Proposed stops in the inbox of those who may request them: a line stands there until an order is under way on the account, or somebody drops it."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from fanzha.desks import controls
from fanzha.desks.controls import Effect, Order, State, Subject
from fanzha.desks.funds import repository
from fanzha.desks.funds.errors import FundsReasonNeeded, ProposalNotFound
from fanzha.desks.funds.events import StopProposed
from fanzha.desks.funds.model import FundTrace, StopProposal
from fanzha.kit import clock
from fanzha.kit.errors import Forbidden
from fanzha.kit.events import Events
from fanzha.kit.ids import new_id
from fanzha.lake.tokens import Tokens
from fanzha.store import Work

SHOWN = 50
_GONE = (State.DECLINED.value, State.WITHDRAWN.value, State.LAPSED.value, State.FAILED.value)
"""An order that came to nothing does not settle a proposal: it stands in the inbox again."""


def listen(events: Events, tokens: Tokens) -> None:
    """Whoever proposes a stop may leave it to others: the line is written in the proposer's transaction."""
    events.on(StopProposed, lambda work, event: keep(work, event, tokens))


def keep(work: Work, event: StopProposed, tokens: Tokens) -> None:
    """One open line an account of a trace; proposed again, the sum is that of the newer trace."""
    trace = repository.trace(work, event.trace_id)
    me = work.scope.principal
    index = controls.service.subject_index(Subject.ACCOUNT, tokens.open(event.account)[1])
    row = {
        "id": new_id(), "trace_id": trace.id, "region": trace.region, "account": event.account, "subject_index": index, "bank": event.bank, "holder": event.holder,
        "fen": event.fen, "tier": event.tier, "as_of": event.as_of, "proposed_at": clock.now(), "proposed_by": work.actor,
        "proposer_name": me.name if me is not None else work.actor,
    }  # fmt: skip
    made = insert(StopProposal).values(**row)
    newer = {name: made.excluded[name] for name in ("fen", "tier", "as_of", "bank", "holder", "proposed_at", "proposed_by", "proposer_name")}
    work.session.execute(
        made.on_conflict_do_update(index_elements=["trace_id", "account"], index_where=StopProposal.dropped_at.is_(None), set_=newer)
    )  # fmt: skip
    told = {"kind": "stop_proposed", "region": trace.region, "trace": trace.id, "actor": work.actor}
    work.notify(controls.LIVE_CHANNEL, told)


def waiting(work: Work) -> Sequence[tuple[StopProposal, FundTrace]]:
    """Lines nobody has acted on, the newest first: those of accounts without an order of their own since."""
    under_way = select(Order.id).where(
        Order.subject_index == StopProposal.subject_index, Order.effect == Effect.IMPOSE.value, Order.requested_at >= StopProposal.proposed_at,
        Order.state.not_in(_GONE),
    )  # fmt: skip
    query = select(StopProposal, FundTrace).join(FundTrace, FundTrace.id == StopProposal.trace_id).where(StopProposal.dropped_at.is_(None), ~under_way.exists())
    return [(row[0], row[1]) for row in work.session.execute(query.order_by(StopProposal.proposed_at.desc(), StopProposal.id).limit(SHOWN))]


def drop(work: Work, proposal_id: str, reason: str) -> StopProposal:
    """Take a line out of the inbox, with the reason why nothing is ordered. Twice changes nothing.

    Raises:
        Forbidden, ProposalNotFound, FundsReasonNeeded.
    """
    me = work.scope.principal
    if me is not None and not me.may(controls.policy.REQUEST):
        raise Forbidden(permission=controls.policy.REQUEST.name)
    why = reason.strip()
    if len(why) < 4:
        raise FundsReasonNeeded
    found = work.session.get(StopProposal, proposal_id, with_for_update=True)
    if found is None:
        raise ProposalNotFound(proposal=proposal_id)
    if found.dropped_at is None:
        found.dropped_at, found.dropped_by, found.drop_reason = clock.now(), work.actor, why[:2000]
        work.session.flush()
        work.audit("trace.proposal_dropped", f"trace:{found.trace_id}", {"proposal": found.id, "fen": found.fen})
        work.notify(controls.LIVE_CHANNEL, {"kind": "stop_proposed", "region": found.region, "trace": found.trace_id, "actor": work.actor, "dropped": True})
    return found
