"""Reads what the clock of a rescue is made of: reports and cases of the reader's area, their orders on accounts, and refunds paid."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias, TypeVar

from sqlalchemy import Select, case, func, or_, select

from fanzha.desks import cases, controls
from fanzha.desks.cases import Case, CaseReport, Loss, LossRole, Report
from fanzha.desks.controls import Effect, Order, State, Subject
from fanzha.desks.funds.errors import TooManyIncidents
from fanzha.desks.funds.model import FundTrace
from fanzha.desks.funds.refund_model import RefundPayment, RefundRound
from fanzha.desks.funds.rescue import Incident, Measure, Rescue, clock_of
from fanzha.desks.funds.rescue_figures import By, Followed, Group, figures
from fanzha.desks.funds.rounds import PaymentState
from fanzha.kit import clock
from fanzha.kit.errors import NotFound
from fanzha.kit.money import Fen
from fanzha.lake.tokens import Tokens
from fanzha.store import Work

T = TypeVar("T")
Line: TypeAlias = Any
"""A row of columns; the driver types it only loosely."""
Key: TypeAlias = tuple[str, str | None]

MOST_INCIDENTS = 50_000
_HOLDING = ("stop", "freeze")
"""Slots of measures that hold money: stops; freezes, receive-only and total blocks. Suspended non-counter business does not."""
_PIECE = 5_000
_COLUMNS = (
    Order.id, Order.report_id, Order.case_id, Order.case_number, Order.receiver_org_id, Order.receiver_name, Order.org_name, Order.subject_index, Order.transfer_at,
    Order.requested_at, Order.approved_at, Order.sent_at, Order.acknowledged_at, Order.starts_at, Order.state, Order.ends_at, Order.held_fen,
)  # fmt: skip


@dataclass(frozen=True)
class Family:
    """What belongs to one incident: the ids of its cases and reports, and the numbers that orders may name it by."""

    incident: Incident
    case_ids: frozenset[str]
    report_ids: frozenset[str]
    numbers: frozenset[str]


def of_case(work: Work, case_id: str, tokens: Tokens) -> Rescue:
    """The clock of the live case that this one is seen under. Raises CaseNotFound."""
    root = cases.viewing.live_id(work, case_id)
    return _one(work, _families_of_cases(work, select(Case).where(Case.id == root)), tokens)


def of_report(work: Work, report_id: str, tokens: Tokens) -> Rescue:
    """The clock of the case that the report became, else of the report itself. Raises ReportNotFound."""
    report = cases.service.get(work, report_id).report
    case_id = cases.filing.case_of(work, report_id)
    return of_case(work, case_id, tokens) if case_id is not None else _one(work, [_family_of_report(report)], tokens)


def measured(work: Work, since: datetime, until: datetime, by: By, tokens: Tokens) -> list[Group]:
    """The figures of incidents reported in [since, until) in the reader's area.

    Left out: withdrawn cases, and reports found to be no case or handed to another area. Raises TooManyIncidents.
    """
    return figures(followed(work, since, until, tokens), by)


def followed(work: Work, since: datetime, until: datetime, tokens: Tokens) -> list[Followed]:
    """Every incident of the span with its orders and refunds. Raises TooManyIncidents."""
    live = select(Case).where(Case.root_id == Case.id, Case.state != "withdrawn", Case.reported_at >= since, Case.reported_at < until)
    in_no_case = ~select(CaseReport.report_id).where(CaseReport.report_id == Report.id).exists()
    alone = select(Report).where(in_no_case, Report.state.not_in(("transferred", "not_a_case")), Report.received_at >= since, Report.received_at < until)
    families = [*_families_of_cases(work, live.limit(MOST_INCIDENTS + 1)), *map(_family_of_report, work.session.scalars(alone.limit(MOST_INCIDENTS + 1)))]
    if len(families) > MOST_INCIDENTS:
        raise TooManyIncidents(most=MOST_INCIDENTS)
    return _followed(work, families, tokens)


def _one(work: Work, families: Sequence[Family], tokens: Tokens) -> Rescue:
    if not families:
        raise NotFound
    one = _followed(work, families, tokens)[0]
    return clock_of(one.incident, one.measures, one.returned)


def _families_of_cases(work: Work, roots: Select[Case]) -> list[Family]:
    found = list(work.session.scalars(roots))
    ids = [one.id for one in found]
    members: dict[str, list[Line]] = defaultdict(list)
    lost: dict[str, Fen] = {}
    reports: dict[str, set[str]] = defaultdict(set)
    gross = func.sum(case((Loss.role == LossRole.RETURNED.value, 0), else_=Loss.fen))
    for some in _pieces(ids):
        for row in work.session.execute(select(Case.id, Case.root_id, Case.ref, Case.number).where(Case.root_id.in_(some))):
            members[row.root_id].append(row)
        joined = select(Case.root_id, gross).join(Loss, Loss.case_id == Case.id).where(Case.root_id.in_(some), Loss.removed_at.is_(None)).group_by(Case.root_id)
        lost |= {root: int(total or 0) for root, total in work.session.execute(joined)}
        linked = select(Case.root_id, CaseReport.report_id).join(CaseReport, CaseReport.case_id == Case.id).where(Case.root_id.in_(some))
        for root, report_id in work.session.execute(linked):
            reports[root].add(report_id)
    return [
        Family(
            Incident(one.id, True, one.name, one.region, one.unit_name, one.happened_at, one.reported_at, lost.get(one.id, 0), one.first_order_at),
            frozenset(row.id for row in members[one.id]), frozenset(reports[one.id]),
            frozenset(name for row in members[one.id] for name in (row.ref, row.number) if name),
        )
        for one in found
    ]  # fmt: skip


def _family_of_report(report: Report) -> Family:
    incident = Incident(report.id, False, report.report_no, report.region, "", report.happened_at, report.received_at, report.loss_fen)
    return Family(incident, frozenset(), frozenset({report.id}), frozenset())


def _followed(work: Work, families: Sequence[Family], tokens: Tokens) -> list[Followed]:
    home: dict[Key, int] = {key: place for place, family in enumerate(families) for key in _keys(family)}
    measures: list[list[Measure]] = [[] for _ in families]
    for row in _orders(work, families):
        places = (home[key] for key in (("case", row.case_id), ("report", row.report_id), ("number", row.case_number)) if key in home)
        place = next(places, None)
        if place is not None:
            measures[place].append(_measure(row))
    returned = _returned(work, home, tokens)
    return [Followed(family.incident, measures[place], returned.get(place, {})) for place, family in enumerate(families)]


def _keys(family: Family) -> Iterable[Key]:
    yield from (("case", one) for one in family.case_ids)
    yield from (("report", one) for one in family.report_ids)
    yield from (("number", one) for one in family.numbers)


def _orders(work: Work, families: Sequence[Family]) -> Iterable[Line]:
    """Each order once, whichever of its links names the incident."""
    named = select(*_COLUMNS).where(Order.effect == Effect.IMPOSE.value, Order.subject_kind == Subject.ACCOUNT.value, Order.slot.in_(_HOLDING))
    seen: set[str] = set()
    for some in _pieces(families):
        links = (
            Order.case_id.in_({one for family in some for one in family.case_ids}), Order.report_id.in_({one for family in some for one in family.report_ids}),
            Order.case_number.in_({one for family in some for one in family.numbers}),
        )  # fmt: skip
        for row in work.session.execute(named.where(or_(*links)).order_by(Order.requested_at, Order.id)):
            if row.id not in seen:
                seen.add(row.id)
                yield row


def _measure(row: Line) -> Measure:
    holds = row.state == State.IN_FORCE.value and row.ends_at is not None and row.ends_at > clock.now()
    return Measure(
        row.receiver_org_id, row.receiver_name, row.org_name, row.subject_index, row.transfer_at, row.requested_at, row.approved_at, row.sent_at,
        row.acknowledged_at, row.starts_at, holds, row.held_fen,
    )  # fmt: skip


def _returned(work: Work, home: Mapping[Key, int], tokens: Tokens) -> dict[int, dict[str, Fen]]:
    """Place of the incident → account (blind index) → fen that banks have paid back from it."""
    paid = (
        select(FundTrace.case_id, FundTrace.report_id, RefundPayment.account, func.sum(RefundPayment.fen))
        .join(RefundRound, RefundRound.id == RefundPayment.round_id)
        .join(FundTrace, FundTrace.id == RefundRound.trace_id)
        .where(RefundPayment.state == PaymentState.PAID.value)
        .group_by(FundTrace.case_id, FundTrace.report_id, RefundPayment.account)
    )
    found: dict[int, dict[str, Fen]] = defaultdict(lambda: defaultdict(int))
    for case_id, report_id, account, fen in work.session.execute(paid):
        place = next((home[key] for key in (("case", case_id), ("report", report_id)) if key in home), None)
        if place is not None:
            found[place][controls.service.subject_index(Subject.ACCOUNT, tokens.open(account)[1])] += int(fen)
    return found


def _pieces(values: Sequence[T]) -> Iterable[Sequence[T]]:
    for start in range(0, len(values), _PIECE):
        yield values[start : start + _PIECE]
