"""The places where an identifier may have been used, and what its withdrawal does in each. Every function is repeatable.

A place that renews itself (detection, the state in memory) is only proven here; one that rests on a person's decision (a signed warning, an order) is never
undone by the machine: whoever holds it is told.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from sqlalchemy import select, text

from fanzha.desks import cases, controls, detection, identity, screening, series, warnings
from fanzha.desks.indicators.withdrawing import Outcome, Place, Reached, Told, Withdrawn
from fanzha.desks.screening.listeners import INDICATORS
from fanzha.desks.series import SeriesState
from fanzha.desks.sharing import repository
from fanzha.lake.lake import Lake
from fanzha.store import Work
from fanzha.vocab.identifiers import Kind, token_kind

MOST = 1_000
"""Records of one place that are written down for one withdrawal; they are told of no more after that."""
_DECIDED = timedelta(days=30)

Step = Reached | Told

_RETRACTED = text("""
SELECT r.export_id, e.org_name, e.at FROM indicator_retractions r JOIN indicator_exports e ON e.id = r.export_id
WHERE r.indicator_id = :indicator AND r.lifted_at IS NULL ORDER BY e.at LIMIT :most
""")


def exports(work: Work, gone: Withdrawn) -> Iterator[Step]:
    """Everybody who was handed it has had a retraction since the judgement's own transaction; who has acknowledged it, the retraction itself says."""
    for row in work.session.execute(_RETRACTED, {"indicator": gone.indicator_id, "most": MOST}):
        yield Reached(gone.id, Place.EXPORT, row.export_id, row.org_name, Outcome.TOLD, {"handed_over_at": row.at.isoformat()})


def screens(work: Work, gone: Withdrawn) -> Iterator[Step]:
    """The deciding processes were told in the judgement's own transaction and read the flags anew; decisions whose term still runs are told to who asked."""
    yield Reached(gone.id, Place.SCREENING, "", "", Outcome.RENEWED, {"channel": INDICATORS, "announced_at": gone.at.isoformat()})
    named = screening.Decision.other_token.in_(gone.gone) | screening.Decision.subject_token.in_(gone.gone)
    held = screening.Decision.answer.not_in([screening.Answer.PASS.value, screening.Answer.WARN.value])
    query = select(screening.Decision).where(named, held, screening.Decision.decided_at > gone.at - _DECIDED).order_by(screening.Decision.number).limit(MOST)
    for one in work.session.scalars(query):
        if not any(str(signal.get("signal", "")).startswith("indicator:") for signal in one.signals):
            continue
        runs = one.ends_at is not None and one.ends_at > gone.at
        proof = {"ends_at": one.ends_at.isoformat() if one.ends_at else None}
        yield Reached(gone.id, Place.DECISION, one.id, one.request_id, Outcome.TOLD if runs else Outcome.ENDED, proof)
        if runs:
            yield from _unit(work, gone, Place.DECISION, one.id, one.request_id, one.org_id)


def orders(work: Work, gone: Withdrawn) -> Iterator[Step]:
    """Measures on it stay: the unit that asked and whoever approved are told to review them."""
    subject = {Kind.PHONE: controls.Subject.NUMBER, Kind.BANK_ACCOUNT: controls.Subject.ACCOUNT}.get(token_kind(gone.kind))
    if subject is None:
        return
    index = controls.service.subject_index(subject, gone.value)
    query = select(controls.Order).where(controls.Order.subject_index == index).order_by(controls.Order.requested_at, controls.Order.id).limit(MOST)
    for order in work.session.scalars(query):
        label, live = order.application_id, order.state_now not in controls.FINAL
        yield Reached(gone.id, Place.ORDER, order.id, label, Outcome.TOLD if live else Outcome.ENDED, {"state": order.state_now.value, "kind": order.kind})
        if live:
            yield from _unit(work, gone, Place.ORDER, order.id, label, order.org_id)
            yield from _person(work, gone, Place.ORDER, order.id, label, order.approver_id, unless=order.org_id)


def incidents(work: Work, gone: Withdrawn) -> Iterator[Step]:
    """Reports and cases that name it: nothing of what a victim said is changed; their pages show where it stands now."""
    index = cases.reading.suspect_index(gone.kind, gone.value)
    reports = select(cases.Report.id, cases.Report.report_no).join(cases.Suspect, cases.Suspect.report_id == cases.Report.id)
    for row in work.session.execute(reports.where(cases.Suspect.value_index == index).distinct().order_by(cases.Report.id).limit(MOST)):
        yield Reached(gone.id, Place.REPORT, row.id, row.report_no, Outcome.MARKED)
    filed = select(cases.Case.id, cases.Case.number).join(cases.CaseSuspect, cases.CaseSuspect.case_id == cases.Case.id)
    for each in work.session.execute(filed.where(cases.CaseSuspect.value_index == index).distinct().order_by(cases.Case.id).limit(MOST)):
        yield Reached(gone.id, Place.CASE, each.id, each.number or "", Outcome.MARKED)


def linked(work: Work, gone: Withdrawn) -> Iterator[Step]:
    """It links nothing from now on; what analysts have settled stays together and shows the withdrawal."""
    for one in series.withdrawing.mute_withdrawn(work, gone.id, gone.kind, gone.value)[:MOST]:
        settled = one.state == SeriesState.ACCEPTED.value
        yield Reached(gone.id, Place.SERIES, one.series_id, str(one.number), Outcome.MARKED if settled else Outcome.UNLINKED, {"cases": one.cases, "state": one.state})


def briefings(work: Work, gone: Withdrawn) -> Iterator[Step]:
    """Its item is marked in every briefing, and those stand in the inboxes again."""
    for briefing in sorted(repository.retract(work, gone.gone)):
        found = repository.by_id(work, briefing)
        label = f"{found.region} {found.first_day}" if found else ""
        yield Reached(gone.id, Place.BRIEFING, briefing, label, Outcome.TOLD, {"units": len(repository.receipts(work, briefing))})


def detected(work: Work, lake: Lake, gone: Withdrawn) -> Iterator[Step]:
    """Rules look again without it; what rests on it is pending until a run has."""
    yield Reached(gone.id, Place.DETECTION, "", "", Outcome.PENDING)
    for one in detection.resting.on_tokens(work, lake, gone.gone, gone.at)[:MOST]:
        yield Reached(gone.id, Place.FINDING, one.finding_id, f"{one.rule_id} {one.day}", Outcome.PENDING)


def warned(work: Work, gone: Withdrawn, masked: str, findings: list[str], *, fallen: bool) -> Iterator[Step]:
    """Warnings that these findings are in, which fell with it or are too old to be looked at again: unsigned ones that nothing supports are cancelled by their
    own desk, who holds one is told."""
    for one in warnings.resting.of_findings(work, findings):
        proof: dict[str, Any] = {"state": one.state.value}
        if fallen and one.supported and not one.is_over:
            yield Reached(gone.id, Place.WARNING, one.warning_id, one.number, Outcome.KEPT, proof)
        elif one.is_over:
            outcome = Outcome.CANCELLED if one.state is warnings.State.CANCELLED else Outcome.ENDED
            yield Reached(gone.id, Place.WARNING, one.warning_id, one.number, outcome, proof)
        else:
            warnings.resting.note_withdrawn(work, one.warning_id, masked)
            yield Reached(gone.id, Place.WARNING, one.warning_id, one.number, Outcome.TOLD, proof)
            for org_id, org_name in one.orgs:
                yield Told(gone.id, Place.WARNING, one.warning_id, one.number, org_id, org_name, one.region)
            yield from _person(work, gone, Place.WARNING, one.warning_id, one.number, one.holder, unless=[org for org, _ in one.orgs])


def _unit(work: Work, gone: Withdrawn, place: Place, target_id: str, label: str, org_id: str) -> Iterator[Told]:
    org = work.session.get(identity.Organisation, org_id)
    if org is not None:
        yield Told(gone.id, place, target_id, label, org.id, org.name, org.region)


def _person(work: Work, gone: Withdrawn, place: Place, target_id: str, label: str, user_id: str | None, *, unless: str | list[str]) -> Iterator[Told]:
    """The person, unless the whole unit is told already."""
    user = work.session.get(identity.User, user_id) if user_id else None
    if user is None or user.org_id in ([unless] if isinstance(unless, str) else unless):
        return
    org = work.session.get(identity.Organisation, user.org_id)
    if org is not None:
        yield Told(gone.id, place, target_id, label, org.id, org.name, org.region, user.id)
