"""Reading one warning: everything about it, masked, and the steps open to the reader."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import select, text

from fanzha.desks.warnings import domain, repository, service
from fanzha.desks.warnings.domain import Action, State
from fanzha.desks.warnings.masking import masked
from fanzha.desks.warnings.model import (
    Assignment,
    Attempt,
    Comment,
    Escalation,
    FeedbackEntry,
    History,
    Meeting,
    Outbox,
    Reveal,
    Revisit,
    Transfer,
    WarningFinding,
    WarningOrder,
)
from fanzha.desks.warnings.views import AssigneeLine, AuditLine, Card, DissuasionRecord, EvidenceLine, FindingLine, Line, View, newest_first
from fanzha.kit import clock
from fanzha.store import Work
from fanzha.vocab.outcomes import ContactResult, Outcome
from fanzha.vocab.risk import RiskLevel

_BEST_FIRST = (
    ContactResult.MET, ContactResult.REACHED, ContactResult.FAMILY, ContactResult.REFUSED, ContactResult.NO_ANSWER, ContactResult.POWERED_OFF,
    ContactResult.WRONG_NUMBER,
)  # fmt: skip


def card(warning: WarningOrder, lead_org: str, now: datetime) -> Card:
    overdue = warning.due_at is not None and warning.due_at < now
    return Card(
        id=warning.id, number=warning.number, level=warning.risk, state=warning.state_now, fraud_type=warning.fraud_type, region=warning.region,
        region_known=warning.region_known, subject=masked(warning, clock.to_local(now).year), issued_at=warning.issued_at, due_at=warning.due_at,
        due_step=warning.due_step, overdue=overdue, escalations=warning.escalations, lead_org=lead_org, outcome=warning.outcome,
        later_victim=warning.later_victim,
    )  # fmt: skip


def read(work: Work, warning_id: str) -> View:
    """The warning as its reader may see it. Raises WarningNotFound."""
    warning = repository.by_id(work, warning_id)
    now = clock.now()
    assignees = _assignees(work, warning_id)
    lead = next((line.org_name for line in assignees if line.role == "lead" and not line.released), "")
    undo_until = _undo_until(work, warning)
    return View(
        card=card(warning, lead, now),
        found_level=RiskLevel(warning.found_level),
        channels=tuple(warning.channels),
        must_meet=warning.must_meet,
        deadlines={
            "sign": warning.sign_by, "call": warning.call_by, "meet": warning.meet_by, "feedback": warning.feedback_by, "revisit": warning.revisit_by,
        },
        done_at={"sign": warning.signed_at, "call": warning.first_call_at, "meet": warning.met_at, "feedback": warning.fed_back_at},
        previous_id=warning.previous_id,
        next_id=work.session.scalar(select(WarningOrder.id).where(WarningOrder.previous_id == warning_id).limit(1)),
        attempts=warning.attempts,
        reached=warning.reached,
        revisit_on=warning.revisit_on,
        transfer_region=warning.transfer_region,
        findings=_findings(work, warning_id),
        assignees=assignees,
        timeline=timeline(work, warning_id),
        audit=_audit(work, warning_id),
        allowed=allowed(work, warning, undo_until),
        undo_until=undo_until,
    )  # fmt: skip


def allowed(work: Work, warning: WarningOrder, undo_until: datetime | None) -> tuple[Action, ...]:
    """The steps that are open now to this reader: the pages show these and derive nothing themselves."""
    principal = work.scope.principal
    if principal is None:
        return ()
    state = warning.state_now
    return tuple(
        step.action
        for step in domain.STEPS.values()
        if state in step.sources
        and step.permission is not None
        and principal.may(step.permission)
        and _fits(step.action, warning, principal.region, can_undo=undo_until is not None)
    )


def _fits(action: Action, warning: WarningOrder, region: str, *, can_undo: bool) -> bool:
    match action:
        case Action.UNDO_SIGN | Action.UNDO_FEEDBACK:
            return can_undo
        case Action.CLOSE:
            return warning.revisit_on is None
        case Action.APPROVE_TRANSFER | Action.REFUSE_TRANSFER:
            return warning.region.startswith(region)
        case Action.ACCEPT_TRANSFER | Action.DECLINE_TRANSFER:
            return (warning.transfer_region or "").startswith(region)
        case _:
            return True


def _undo_until(work: Work, warning: WarningOrder) -> datetime | None:
    action = {State.SIGNED: Action.SIGN, State.FED_BACK: Action.FEED_BACK}.get(warning.state_now)
    if action is None or (action is Action.SIGN and warning.attempts):
        return None
    query = select(History).where(History.warning_id == warning.id, History.action == action.value).order_by(History.seq.desc()).limit(1)
    entry = work.session.scalar(query)
    if entry is None or entry.actor != work.actor:
        return None
    until = service.undo_until(work, warning.region, entry.at)
    return until if clock.now() <= until else None


def _assignees(work: Work, warning_id: str) -> tuple[AssigneeLine, ...]:
    return tuple(
        AssigneeLine(row.assignee_org_id, row.assignee_org_name, row.role, row.released_at is not None)
        for row in repository.of_warning(work, Assignment, warning_id)
    )


def _findings(work: Work, warning_id: str) -> tuple[FindingLine, ...]:
    return tuple(
        FindingLine(
            row.finding_id, row.rule_id, row.rule_version, RiskLevel(row.level), row.fraud_type, row.score, row.at, row.reason_zh, row.reason_en,
            row.amount_fen, row.merged_at, row.withdrawn_at,
            tuple(EvidenceLine(ref["kind"], ref["event_id"], datetime.fromisoformat(ref["at"]), ref["zh"], ref["en"]) for ref in row.evidence),
        )
        for row in repository.of_warning(work, WarningFinding, warning_id)
    )  # fmt: skip


def timeline(work: Work, warning_id: str) -> tuple[Line, ...]:
    """Everything that happened, the newest first. A step with a record of its own (an attempt, a meeting …) is one line: the record, with the states around it."""
    steps_taken: dict[str, list[History]] = {}
    for entry in repository.of_warning(work, History, warning_id):
        steps_taken.setdefault(entry.action, []).append(entry)
    lines: list[Line] = []
    for kind, table, action, fields in _TIMELINE:
        rows = repository.of_warning(work, table, warning_id)
        # The n-th step of a kind wrote the n-th record of that kind.
        around = steps_taken.pop(action, []) if action else []
        lines += (_line(kind, row, fields, around[place] if place < len(around) else None) for place, row in enumerate(rows))
    lines += (_line("history", entry, _HISTORY, entry) for entries in steps_taken.values() for entry in entries)
    return newest_first(lines)


def _line(kind: str, row: Any, fields: Iterable[str], step: History | None) -> Line:
    entry = step or row
    around = _picked(step, _HISTORY) if step is not None else {}
    name = "" if isinstance(entry, Escalation) else entry.actor_name or entry.actor
    org = "" if isinstance(entry, Escalation) else entry.org_name
    return Line(row.at, kind, name, org, around | _picked(row, fields), seq=step.seq if step is not None else 0)


_HISTORY = ("action", "state_before", "state_after", "reason", "detail")
_TIMELINE: tuple[tuple[str, Any, str, tuple[str, ...]], ...] = (
    ("attempt", Attempt, "attempt", ("channel", "result", "note")),
    ("meeting", Meeting, "meet", ("met_at", "place", "identity_verified")),
    (
        "feedback",
        FeedbackEntry,
        "feed_back",
        (
            "outcome", "reached", "scam_type", "stage", "transferred", "transferred_fen", "amount_protected_fen", "app_installed", "evidence_note",
            "evidence_ref", "transfer_target", "revisit_on", "corrects_id", "void_at",
        ),
    ),
    ("revisit", Revisit, "revisit", ("still_convinced", "note")),
    ("transfer", Transfer, "request_transfer", ("from_region", "to_region", "status")),
    ("reveal", Reveal, "", ("purpose",)),
    ("comment", Comment, "", ("body",)),
    ("sms", Outbox, "", ("body", "sent_at")),
    ("escalation", Escalation, "escalate", ("step", "due_at", "level_before", "level_after", "org_rung")),
)  # fmt: skip


def _picked(row: object, fields: Iterable[str]) -> dict[str, Any]:
    return {field: getattr(row, field) for field in fields}


def _audit(work: Work, warning_id: str) -> tuple[AuditLine, ...]:
    query = text("SELECT number, at, actor, action FROM audit_log WHERE subject = :subject ORDER BY number DESC LIMIT 100")
    return tuple(AuditLine(*row) for row in work.session.execute(query, {"subject": f"warning:{warning_id}"}))


def record(work: Work, warning_id: str) -> DissuasionRecord:
    """The dissuasion record, for the API, the export and the model that learns from it. Raises WarningNotFound."""
    warning = repository.by_id(work, warning_id)
    attempts = repository.of_warning(work, Attempt, warning_id)
    meetings = repository.of_warning(work, Meeting, warning_id)
    answer = repository.standing_feedback(work, warning_id)
    findings = repository.of_warning(work, WarningFinding, warning_id)
    assignees = _assignees(work, warning_id)
    results = {ContactResult(attempt.result) for attempt in attempts} | ({ContactResult.MET} if meetings else set())
    return DissuasionRecord(
        warning_id=warning.id,
        number=warning.number,
        source=tuple(sorted({f"{row.rule_id}@{row.rule_version}" for row in findings})),
        risk=warning.level,
        fraud_type=warning.fraud_type,
        subject_pseudonym=warning.person_key[:8],
        issued_at=warning.issued_at,
        due_at=warning.due_at,
        channel=tuple(warning.channels),
        assignee_role=tuple(f"{line.role}:{line.org_name}" for line in assignees if not line.released),
        sign_time=warning.signed_at,
        call_attempts=tuple({"at": row.at, "channel": row.channel, "result": row.result, "by": row.actor} for row in attempts),
        contact_result=next((result.value for result in _BEST_FIRST if result in results), None),
        transfer_target=(answer.transfer_target if answer else None) or warning.transfer_region,
        next_visit_at=warning.revisit_on,
        later_victimised=warning.later_victim,
        **_of_meeting(meetings[-1] if meetings else None),
        **_of_answer(answer),
    )


def _of_meeting(meeting: Meeting | None) -> dict[str, Any]:
    return {
        "meeting_time": meeting.met_at if meeting else None,
        "meeting_place": meeting.place if meeting else None,
        "meeting_officer": meeting.officer if meeting else None,
        "identity_verified": meeting.identity_verified if meeting else None,
    }


def _of_answer(answer: FeedbackEntry | None) -> dict[str, Any]:
    if answer is None:
        unknown = ("reached", "scam_type", "scam_stage", "transferred", "transferred_amount", "amount_protected", "app_installed", "result_code", "persuaded")
        return dict.fromkeys(unknown) | {"evidence": ()}
    return {
        "reached": answer.reached,
        "scam_type": answer.scam_type,
        "scam_stage": answer.stage,
        "transferred": answer.transferred,
        "transferred_amount": answer.transferred_fen,
        "amount_protected": answer.amount_protected_fen,
        "app_installed": answer.app_installed,
        "evidence": tuple(part for part in (answer.evidence_note, answer.evidence_ref) if part),
        "result_code": answer.outcome,
        "persuaded": answer.outcome == Outcome.DISSUADED,
    }

