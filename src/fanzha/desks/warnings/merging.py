"""From findings to warnings: one open warning a person, with the highest level found.

Invariants: a finding enters a warning once and stays there; a later finding raises the level but never lowers it; after a warning has ended, a new finding
opens a new one that names the earlier. One merge runs at a time (advisory lock); the unique index over open warnings stands behind it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text

from fanzha.desks.detection import FindingView, SubjectKind, Target
from fanzha.desks.warnings import domain, repository, steps
from fanzha.desks.warnings.directory import Directory, Subject
from fanzha.desks.warnings.dispatching import Dispatcher
from fanzha.desks.warnings.domain import Action, CancelReason, State
from fanzha.desks.warnings.model import WarningFinding, WarningOrder
from fanzha.desks.warnings.plan import Plans
from fanzha.kit import clock
from fanzha.kit.ids import new_id
from fanzha.store import Work
from fanzha.store.crypto import blind_index
from fanzha.vocab.risk import RiskLevel

_MERGE_LOCK = 4_401_007


@dataclass(frozen=True)
class MergeResult:
    """What a batch of findings did."""

    issued: int = 0
    merged: int = 0
    raised: int = 0
    repeated: int = 0
    passed_over: int = 0
    """Findings that point at a number or an account, not at a potential victim."""


@dataclass(frozen=True)
class _Person:
    """The findings of one person in this batch, and what is known about the person."""

    key: str
    phone_key: str | None
    subject: Subject | None
    findings: tuple[FindingView, ...]

    @property
    def leading(self) -> FindingView:
        """The most urgent finding, of several the latest."""
        return min(self.findings, key=lambda finding: (finding.level.rank, -finding.at.timestamp(), finding.finding_id))


class Merger:
    """Takes one batch of findings into the warnings. `home_region` receives people whose region nobody knows."""

    def __init__(self, work: Work, directory: Directory, home_region: str) -> None:
        self._work = work
        self._directory = directory
        self._home = home_region
        self._plans = Plans(work)
        self._dispatcher = Dispatcher(work)
        self._regions: set[str] = set()

    def take(self, findings: Iterable[FindingView]) -> MergeResult:
        """Idempotent by finding id: the same finding again only refreshes its words and, where it has become more urgent, the level."""
        everything = list(findings)
        victims = {finding.finding_id: finding for finding in everything if finding.target is Target.VICTIM}
        self._work.session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _MERGE_LOCK})
        repeated, raised = self._refresh_known(victims)
        people = self._people([victims[finding_id] for finding_id in sorted(victims.keys() - repeated)])
        standing = self._standing(people)
        fresh = [person for person in people if self._warning_of(person, standing) is None]
        merged = 0
        for person in people:
            warning = self._warning_of(person, standing)
            if warning is not None:
                raised += self._merge_into(warning, person)
                merged += len(person.findings)
        self._issue(fresh)
        self._work.session.flush()
        steps.announce_many(self._work, self._regions)
        result = MergeResult(len(fresh), merged, raised, len(repeated), len(everything) - len(victims))
        if fresh or merged or raised:
            self._work.audit("warnings.merged", "warnings", vars(result))
        return result

    @staticmethod
    def _warning_of(person: _Person, standing: Mapping[str, WarningOrder]) -> WarningOrder | None:
        return standing.get(person.key) or standing.get(person.phone_key or "")

    def _refresh_known(self, victims: Mapping[str, FindingView]) -> tuple[set[str], int]:
        known = repository.findings(self._work, victims.keys())
        raised = 0
        for row in known:
            finding = victims[row.finding_id]
            for column, value in _finding_columns(finding).items():
                setattr(row, column, value)
            row.withdrawn_at = None
        wanting: dict[str, FindingView] = {}
        for row in known:
            finding = victims[row.finding_id]
            other = wanting.setdefault(row.warning_id, finding)
            wanting[row.warning_id] = min(finding, other, key=lambda each: each.level.rank)
        for warning in repository.lock(self._work, wanting.keys()):
            if warning.state_now not in domain.FINAL:
                raised += self._raise(warning, wanting[warning.id])
        return {row.finding_id for row in known}, raised

    def _people(self, findings: Collection[FindingView]) -> list[_Person]:
        subjects = self._directory.find(
            {finding.phone_token for finding in findings if finding.phone_token}, {token for finding in findings if (token := _person_token(finding))}
        )
        groups: dict[str, list[FindingView]] = {}
        known: dict[str, tuple[str | None, Subject | None]] = {}
        for finding in findings:
            subject = subjects.get(finding.phone_token or "") or subjects.get(_person_token(finding) or "")
            person = _person_token(finding) or (subject.person_token if subject else None)
            phone_key = blind_index("person", finding.phone_token) if finding.phone_token else None
            key = blind_index("person", person or finding.phone_token or finding.subject_token)
            groups.setdefault(key, []).append(finding)
            if key not in known or known[key][1] is None:
                known[key] = (phone_key, subject)
        return [_Person(key, *known[key], tuple(groups[key])) for key in sorted(groups)]

    def _standing(self, people: Iterable[_Person]) -> dict[str, WarningOrder]:
        keys = {key for person in people for key in (person.key, person.phone_key) if key}
        return {warning.person_key: warning for warning in repository.lock_open_of(self._work, keys)}

    def _issue(self, people: Collection[_Person]) -> None:
        numbers = repository.next_numbers(self._work, len(people))
        previous = repository.latest_of(self._work, {person.key for person in people})
        issued = [(self._new_warning(person, number, previous.get(person.key)), person) for person, number in zip(people, numbers, strict=True)]
        self._work.session.add_all(warning for warning, _ in issued)
        for warning, person in issued:
            self._add_findings(warning, person)
            detail = {"findings": len(person.findings), "previous": warning.previous_id}
            steps.note(self._work, warning, "issue", None, detail=detail, live=False)
            self._dispatcher.start(warning)
            self._regions.add(warning.region)

    def _new_warning(self, person: _Person, number: str, previous: str | None) -> WarningOrder:
        finding, now = person.leading, clock.now()
        region = _region(person)
        warning = WarningOrder(
            id=new_id(), number=number, person_key=person.key, previous_id=previous, state=State.ISSUED.value,
            level=finding.level.value, found_level=finding.level.value, fraud_type=finding.fraud_type.value, region=region or self._home,
            region_known=region is not None, channels=[], must_meet=False, issued_at=now, escalations=0, org_rung=0, attempts=0, reached=False,
            later_victim=False, escalated=[], **_subject_columns(person.subject),
        )  # fmt: skip
        steps.apply_plan(warning, self._plans.of(finding.level, warning.region), now)
        return warning

    def _merge_into(self, warning: WarningOrder, person: _Person) -> int:
        self._add_findings(warning, person)
        if warning.person_key != person.key:
            # It was opened when only the phone was known; now the person is.
            warning.person_key = person.key
        raised = self._raise(warning, person.leading)
        answered_at = warning.fed_back_at
        if warning.state_now is State.FED_BACK and answered_at and person.leading.at > answered_at:
            self._call_back(warning)
        elif not raised:
            steps.note(self._work, warning, "merge", warning.state_now, detail={"findings": len(person.findings)}, live=False)
        self._regions.add(warning.region)
        return raised

    def _call_back(self, warning: WarningOrder) -> None:
        """The person was spoken to, and now there is new danger: the revisit is due today."""
        today = clock.local_day(clock.now())
        warning.revisit_on = min(warning.revisit_on or today, today)
        warning.revisit_by = clock.now()
        steps.take(self._work, warning, Action.FALL_DUE, reason="new finding after the feedback")

    def _raise(self, warning: WarningOrder, finding: FindingView) -> int:
        """1 if this finding makes the warning more urgent; both levels only ever rise."""
        if steps.is_higher(finding.level, RiskLevel(warning.found_level)):
            warning.found_level, warning.fraud_type = finding.level.value, finding.fraud_type.value
        if not steps.is_higher(finding.level, warning.risk):
            return 0
        before, channels = warning.level, warning.channels
        plan = self._plans.of(finding.level, warning.region)
        steps.apply_plan(warning, plan, clock.now())
        self._dispatcher.text(warning, before=channels)
        steps.note(self._work, warning, "raise", warning.state_now, detail={"from": before, "to": warning.level, "finding": finding.finding_id})
        if warning.state_now is State.INFORMED and plan.needs_people:
            self._dispatcher.dispatch(warning)
        return 1

    def _add_findings(self, warning: WarningOrder, person: _Person) -> None:
        now = clock.now()
        self._work.session.add_all(
            WarningFinding(finding_id=finding.finding_id, warning_id=warning.id, merged_at=now, **_finding_columns(finding)) for finding in person.findings
        )


def withdraw(work: Work, finding_ids: Collection[str]) -> int:
    """Mark findings as withdrawn; a warning that nobody has signed and nothing supports any more is cancelled. Returns how many were cancelled."""
    work.session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _MERGE_LOCK})
    now, touched = clock.now(), set()
    for row in repository.findings(work, finding_ids):
        if row.withdrawn_at is None:
            row.withdrawn_at = now
            touched.add(row.warning_id)
    work.session.flush()
    unsupported = touched - repository.supported(work, touched)
    cancelled = 0
    for warning in repository.lock(work, unsupported):
        if warning.state_now in domain.BEFORE_SIGN:
            steps.take(work, warning, Action.CANCEL, reason=CancelReason.WITHDRAWN.value)
            cancelled += 1
    work.session.flush()
    if touched:
        work.audit("warnings.findings_withdrawn", "warnings", {"warnings": len(touched), "cancelled": cancelled})
    return cancelled


def _region(person: _Person) -> str | None:
    """Where the person lives: the register's word, made finer by the finding's where both agree."""
    found = person.leading.region
    register = person.subject.region if person.subject else None
    if register and found and found.startswith(register):
        return found
    return register or found


def _person_token(finding: FindingView) -> str | None:
    if finding.person_token:
        return finding.person_token
    return finding.subject_token if finding.subject_kind is SubjectKind.PERSON else None


def _finding_columns(finding: FindingView) -> dict[str, Any]:
    return {
        "rule_id": finding.rule_id, "rule_version": finding.rule_version, "level": finding.level.value, "fraud_type": finding.fraud_type.value,
        "score": finding.score, "at": finding.at, "reason_zh": finding.reason_zh, "reason_en": finding.reason_en, "amount_fen": finding.amount_fen,
        "evidence": [
            {"kind": ref.kind.value, "event_id": ref.event_id, "at": ref.at.isoformat(), "zh": ref.summary_zh, "en": ref.summary_en}
            for ref in finding.evidence
        ],
    }  # fmt: skip


def _subject_columns(subject: Subject | None) -> dict[str, Any]:
    if subject is None:
        return {"phone_index": None}
    return {
        "subject_name": subject.name,
        "subject_phone": subject.phone,
        "subject_address": subject.address,
        "subject_birth_year": str(subject.birth_year) if subject.birth_year else None,
        "subject_occupation": subject.occupation,
        "phone_index": blind_index("phone", subject.phone) if subject.phone else None,
    }
