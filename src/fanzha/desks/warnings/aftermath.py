"""Whether a warned person became a victim after all: a report that arrives later marks the warnings before it."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, or_, select

from fanzha.desks.cases import ReportReceived
from fanzha.desks.warnings import steps
from fanzha.desks.warnings.model import WarningOrder
from fanzha.kit import clock
from fanzha.lake.tokens import Tokens
from fanzha.store import Work, dated
from fanzha.store.crypto import blind_index


def mark_later_victims(work: Work, report: ReportReceived, tokens: Tokens) -> int:
    """Mark the person's warnings that were issued before the loss and not longer before it than the dated window. Idempotent. Returns how many are new.

    Where the time of the loss is not known, the time of the report stands for it.
    """
    known = [token for token in (report.victim_person_token, report.victim_phone_token) if token]
    if not known:
        return 0
    at = report.happened_at or report.received_at
    marked = 0
    for warning in _warned_before(work, report, known, tokens, at):
        warning.later_victim, warning.later_victim_at = True, clock.now()
        steps.note(work, warning, "later_victim", warning.state_now, detail={"report": report.report_id})
        marked += 1
    work.session.flush()
    return marked


def _warned_before(work: Work, report: ReportReceived, known: list[str], tokens: Tokens, at: datetime) -> list[WarningOrder]:
    days = int(dated.value(work, "warnings.later_victim_days", region=report.region))
    people: list[ColumnElement[bool]] = [WarningOrder.person_key.in_([blind_index("person", token) for token in known])]
    if report.victim_phone_token:
        people.append(WarningOrder.phone_index == blind_index("phone", tokens.open(report.victim_phone_token)[1]))
    query = select(WarningOrder).where(
        or_(*people), WarningOrder.issued_at <= at, WarningOrder.issued_at >= at - timedelta(days=days), WarningOrder.later_victim.is_(False)
    )
    return list(work.session.scalars(query.order_by(WarningOrder.id).with_for_update()))
