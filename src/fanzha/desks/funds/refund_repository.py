"""All queries on refunds."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select

from fanzha.desks.funds.errors import PaymentNotFound, RoundNotFound
from fanzha.desks.funds.refund_model import (
    RefundAccount,
    RefundObjection,
    RefundPayment,
    RefundRound,
    RefundStep,
    RefundTraced,
    RefundVictim,
)
from fanzha.desks.funds.rounds import OVER, PaymentState
from fanzha.kit.paging import Page, PageRequest
from fanzha.store import Work


def round_(work: Work, round_id: str, *, lock: bool = False) -> RefundRound:
    """Raises RoundNotFound."""
    query = select(RefundRound).where(RefundRound.id == round_id)
    found = work.session.scalars(query.with_for_update().execution_options(populate_existing=True) if lock else query).one_or_none()
    if found is None:
        raise RoundNotFound(round=round_id)
    return found


def rounds(work: Work, page: PageRequest) -> Page[RefundRound]:
    total = work.session.scalar(select(func.count()).select_from(RefundRound)) or 0
    rows = work.session.scalars(select(RefundRound).order_by(RefundRound.drafted_at.desc(), RefundRound.id).limit(page.size).offset(page.offset))
    return Page(list(rows), total, page)


def of_trace(work: Work, trace_id: str) -> Sequence[RefundRound]:
    """The newest first."""
    return work.session.scalars(select(RefundRound).where(RefundRound.trace_id == trace_id).order_by(RefundRound.number.desc())).all()


def open_round(work: Work, trace_id: str) -> RefundRound | None:
    return next((each for each in of_trace(work, trace_id) if each.state not in OVER), None)


def accounts(work: Work, round_id: str) -> Sequence[RefundAccount]:
    return work.session.scalars(select(RefundAccount).where(RefundAccount.round_id == round_id).order_by(RefundAccount.account)).all()


def victims(work: Work, round_id: str) -> Sequence[RefundVictim]:
    return work.session.scalars(select(RefundVictim).where(RefundVictim.round_id == round_id).order_by(RefundVictim.victim)).all()


def traced(work: Work, round_id: str) -> Sequence[RefundTraced]:
    query = select(RefundTraced).where(RefundTraced.round_id == round_id).order_by(RefundTraced.victim, RefundTraced.account)
    return work.session.scalars(query).all()


def objections(work: Work, round_id: str) -> Sequence[RefundObjection]:
    return work.session.scalars(select(RefundObjection).where(RefundObjection.round_id == round_id).order_by(RefundObjection.at, RefundObjection.id)).all()


def objection(work: Work, objection_id: str) -> RefundObjection:
    """Raises RoundNotFound."""
    found = work.session.get(RefundObjection, objection_id)
    if found is None:
        raise RoundNotFound(objection=objection_id)
    return found


def payments(work: Work, round_id: str) -> Sequence[RefundPayment]:
    return work.session.scalars(select(RefundPayment).where(RefundPayment.round_id == round_id).order_by(RefundPayment.victim, RefundPayment.account)).all()


def payment(work: Work, payment_id: str, *, lock: bool = False) -> RefundPayment:
    """Raises PaymentNotFound."""
    query = select(RefundPayment).where(RefundPayment.id == payment_id)
    found = work.session.scalars(query.with_for_update().execution_options(populate_existing=True) if lock else query).one_or_none()
    if found is None:
        raise PaymentNotFound(payment=payment_id)
    return found


def sent_payments(work: Work, page: PageRequest) -> Page[tuple[RefundPayment, RefundVictim, RefundAccount]]:
    """What banks are asked to pay, the unanswered and the earliest due first; row security leaves a bank its own."""
    kept = RefundPayment.state != PaymentState.PLANNED.value
    total = work.session.scalar(select(func.count()).select_from(RefundPayment).where(kept)) or 0
    query = (
        select(RefundPayment, RefundVictim, RefundAccount)
        .join(RefundVictim, (RefundVictim.round_id == RefundPayment.round_id) & (RefundVictim.victim == RefundPayment.victim))
        .join(RefundAccount, (RefundAccount.round_id == RefundPayment.round_id) & (RefundAccount.account == RefundPayment.account))
        .where(kept)
        .order_by(RefundPayment.answered_at.is_not(None), RefundPayment.due_at, RefundPayment.id)
    )
    rows = work.session.execute(query.limit(page.size).offset(page.offset))
    return Page([(one, victim, account) for one, victim, account in rows], total, page)


def returned(work: Work, trace_id: str) -> dict[str, int]:
    """Fen that came back to each victim in all rounds of the trace. What a bank has not answered yet counts as paid; what it could not pay does not."""
    query = (
        select(RefundPayment.victim, func.sum(RefundPayment.fen))
        .join(RefundRound, RefundRound.id == RefundPayment.round_id)
        .where(RefundRound.trace_id == trace_id, RefundPayment.state != PaymentState.FAILED.value)
        .group_by(RefundPayment.victim)
    )
    return {victim: int(fen) for victim, fen in work.session.execute(query)}


def steps(work: Work, round_id: str) -> Sequence[RefundStep]:
    """The newest first."""
    return work.session.scalars(select(RefundStep).where(RefundStep.round_id == round_id).order_by(RefundStep.seq.desc())).all()
