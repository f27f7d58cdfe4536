"""From what the engine found to rows and views, and the difference to what stands already."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

import orjson

from fanzha.desks.detection import repository
from fanzha.desks.detection.domain import FindingState, SubjectKind, Target
from fanzha.desks.detection.events import EvidenceRef, FindingView
from fanzha.desks.detection.model import Finding
from fanzha.desks.detection.words import Describer
from fanzha.engine.detection import Found
from fanzha.engine.evidence import Behind
from fanzha.engine.rules.reasons import Language
from fanzha.kit.ids import stable_id
from fanzha.lake.schemas import EventKind
from fanzha.store import Work
from fanzha.vocab.fraud_types import FraudType
from fanzha.vocab.risk import RiskLevel

_SUBJECTS = {Target.VICTIM: SubjectKind.PERSON, Target.NUMBER: SubjectKind.PHONE, Target.ACCOUNT: SubjectKind.ACCOUNT}
_PHONE_SIDES = frozenset({"caller", "callee", "sender", "receiver", "visitor"})


@dataclass(frozen=True)
class Contact:
    """Who is behind a subject and where they can be reached."""

    person: str | None
    phone: str | None
    region: str | None


Contacts = Mapping[str, Contact]
"""By the token of a phone or account."""


def view_of(found: Found, behind: Sequence[Behind], contacts: Contacts, describer: Describer) -> FindingView:
    """The finding as it is stored and published."""
    rule = found.rule
    nobody = Contact(None, found.side_token if rule.subject in _PHONE_SIDES else None, None)
    contact = contacts.get(found.side_token, nobody)
    return FindingView(
        finding_id=stable_id(rule.id, rule.version, found.subject, found.day),
        rule_id=rule.id,
        rule_version=rule.version,
        target=rule.target,
        level=rule.level,
        fraud_type=found.fraud_type,
        score=found.score,
        subject_kind=_SUBJECTS[rule.target],
        subject_token=found.subject,
        person_token=contact.person,
        phone_token=contact.phone,
        region=contact.region,
        at=found.at,
        reason_zh=rule.reason(found.values, Language.ZH),
        reason_en=rule.reason(found.values, Language.EN),
        amount_fen=behind[-1].row.get("amount_fen"),
        evidence=tuple(_reference(each, describer) for each in behind),
    )


def _reference(event: Behind, describer: Describer) -> EvidenceRef:
    return EvidenceRef(event.kind, event.event_id, event.at, *describer.lines(event))


@dataclass(frozen=True)
class Difference:
    """What a run changes: `fresh` findings are new or stand again, `changed` ones have another content, `gone` are ids that no longer stand."""

    fresh: tuple[FindingView, ...]
    changed: tuple[FindingView, ...]
    gone: tuple[str, ...]


def record(work: Work, found: Sequence[tuple[date, FindingView]], first: date, run_id: str, now: datetime) -> Difference:
    """Make the findings on `first` and later exactly these. The same again changes nothing."""
    held = repository.digests(work, first)
    rows = {view.finding_id: (view, _row(view, day, run_id, now)) for day, view in found}
    standing = FindingState.STANDING.value
    new = [key for key in rows if key not in held]
    again = [key for key in rows if key in held and held[key][1] != standing]
    changed = [key for key in rows if key in held and held[key][1] == standing and held[key][0] != rows[key][1]["digest"]]
    gone = sorted(key for key, (_, state) in held.items() if key not in rows and state == standing)
    repository.insert_findings(work, [rows[key][1] for key in new])
    repository.update_findings(work, [rows[key][1] for key in (*again, *changed)])
    if gone:
        repository.withdraw(work, gone, now)
    return Difference(_ordered(rows[key][0] for key in (*new, *again)), _ordered(rows[key][0] for key in changed), tuple(gone))


def _ordered(views: Any) -> tuple[FindingView, ...]:
    return tuple(sorted(views, key=lambda view: (view.at, view.finding_id)))


def _row(view: FindingView, day: date, run_id: str, now: datetime) -> dict[str, Any]:
    content = {name: value for name, value in asdict(view).items() if name != "finding_id"}
    content["evidence"] = [each | {"at": each["at"].isoformat()} for each in content["evidence"]]
    digest = hashlib.sha256(orjson.dumps(content, default=str, option=orjson.OPT_SORT_KEYS)).hexdigest()[:32]
    state = {"state": FindingState.STANDING.value, "run_id": run_id, "recorded_at": now, "changed_at": now}
    return {"id": view.finding_id, **content, "day": day, "digest": digest, **state}


def read_back(row: Finding) -> FindingView:
    """The view of a stored finding."""
    evidence = tuple(
        EvidenceRef(EventKind(each["kind"]), each["event_id"], datetime.fromisoformat(each["at"]), each["summary_zh"], each["summary_en"])
        for each in row.evidence
    )
    return FindingView(
        finding_id=row.id,
        rule_id=row.rule_id,
        rule_version=row.rule_version,
        target=Target(row.target),
        level=RiskLevel(row.level),
        fraud_type=FraudType(row.fraud_type),
        score=row.score,
        subject_kind=SubjectKind(row.subject_kind),
        subject_token=row.subject_token,
        person_token=row.person_token,
        phone_token=row.phone_token,
        region=row.region,
        at=row.at,
        reason_zh=row.reason_zh,
        reason_en=row.reason_en,
        amount_fen=row.amount_fen,
        evidence=evidence,
    )
