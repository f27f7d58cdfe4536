"""What the tests of the learning desk share: findings that stand in the database and became warnings, answers, reports. Everything is made up."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import insert, text

from fanzha.desks import identity
from fanzha.desks.cases import ReportRow, ReportState
from fanzha.desks.cases import service as cases
from fanzha.desks.detection import EvidenceRef, FindingView, SubjectKind, Target
from fanzha.desks.detection.model import DetectionRun, Finding
from fanzha.desks.learning import service
from fanzha.desks.learning.labels import Gathered, gather
from fanzha.desks.learning.model import Label
from fanzha.desks.warnings.directory import Subject
from fanzha.desks.warnings.merging import Merger
from fanzha.faces.common.platform import Platform
from fanzha.kit import clock
from fanzha.kit.paging import PageRequest
from fanzha.lake.schemas import EventKind
from fanzha.store import Principal, Scope
from fanzha.vocab.fraud_types import FraudType
from fanzha.vocab.identifiers.people import check_character
from fanzha.vocab.organisations import OrgKind
from fanzha.vocab.risk import RiskLevel
from fanzha.vocab.roles import Role

NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
SYSTEM = Scope.system("test")
TOWN = "350302001"
HOUR = timedelta(hours=1)


def card(number: int) -> str:
    stem = f"3503021990{number % 12 + 1:02d}01{number:03d}"
    return stem + check_character(stem)


def phone(number: int) -> str:
    return f"1380000{number:04d}"


def person_token(platform: Platform, number: int) -> str:
    return platform.tokens.seal("id_card", card(number))


def phone_token(platform: Platform, number: int) -> str:
    return platform.tokens.seal("phone", f"+86{phone(number)}")


def staff(kind: OrgKind = OrgKind.POLICE_CITY, region: str = "3503", *roles: Role) -> Scope:
    return Scope.of(Principal("u1", "值班员", "o1", "反诈中心", kind, region, frozenset(roles or {Role.DUTY_OFFICER, Role.ANALYST})))


class _Nobody:
    def find(self, phones: Any, persons: Any) -> dict[str, Subject]:
        del phones, persons
        return {}


def find(
    platform: Platform, name: str, token: str, at: datetime, *, rule: str = "victim_call", version: int = 1, target: Target = Target.VICTIM,
    fraud_type: FraudType = FraudType.AUTHORITY, evidence: tuple[tuple[EventKind, str], ...] = (), level: RiskLevel = RiskLevel.RED,
) -> FindingView:  # fmt: skip
    """A finding in the database, recorded five minutes after its event."""
    kinds = {Target.VICTIM: SubjectKind.PERSON, Target.NUMBER: SubjectKind.PHONE, Target.ACCOUNT: SubjectKind.ACCOUNT}
    refs = tuple(EvidenceRef(kind, event, at, "通话", "call") for kind, event in evidence) or (EvidenceRef(EventKind.CALLS, f"e-{name}", at, "通话", "call"),)
    victim = target is Target.VICTIM
    view = FindingView(
        finding_id=name, rule_id=rule, rule_version=version, target=target, level=level, fraud_type=fraud_type, score=0.9, subject_kind=kinds[target],
        subject_token=token, person_token=token if victim else None, phone_token=None, region=TOWN if victim else None, at=at, reason_zh="通话后转账",
        reason_en="paid after the call", amount_fen=None, evidence=refs,
    )  # fmt: skip
    recorded = at + timedelta(minutes=5)
    row = {key: value for key, value in asdict(view).items() if key != "finding_id"} | {
        "id": name, "day": clock.local_day(at), "digest": name, "state": "standing", "run_id": "run", "recorded_at": recorded, "changed_at": recorded,
        "evidence": [each | {"at": each["at"].isoformat()} for each in asdict(view)["evidence"]],
    }  # fmt: skip
    run = {
        "id": "run", "started_at": at, "ended_at": at, "cause": "news", "versions": {}, "rules": "", "flags": "", "events": 0, "found": 0, "fresh": 0,
        "changed": 0, "withdrawn": 0,
    }  # fmt: skip
    with platform.database.work(SYSTEM) as work:
        if work.session.get(DetectionRun, "run") is None:
            work.session.execute(insert(DetectionRun), [run])
        work.session.execute(insert(Finding), [row])
    return view


def warn(platform: Platform, *findings: FindingView) -> str:
    """The warning that the findings make, issued when the last of them was recorded."""
    with clock.frozen(max(each.at for each in findings) + timedelta(minutes=5)), platform.database.work(SYSTEM) as work:
        if not work.session.execute(text("SELECT 1 FROM organisations WHERE code = 'station'")).first():
            identity.service.create_organisation(work, code="station", kind=OrgKind.POLICE_STATION, name="测试派出所", region=TOWN)
        Merger(work, _Nobody(), "3503").take(findings)
        query = "SELECT warning_id FROM warning_findings WHERE finding_id = :id"
        return str(work.session.execute(text(query), {"id": findings[0].finding_id}).scalar_one())


def report(platform: Platform, number: str, person: int, happened: datetime, *, after: timedelta = HOUR, **more: Any) -> None:
    """A report received `after` the loss."""
    given: dict[str, Any] = {
        "source": "110", "report_no": number, "received_at": happened + after, "happened_at": happened, "narrative": f"报警人称被骗{number}",
        "region": "350302", "fraud_type": FraudType.AUTHORITY, "loss_fen": 100_000, "victim_name": "张小三", "victim_id_card": card(person),
    }  # fmt: skip
    with clock.frozen(happened + after), platform.database.work(SYSTEM) as work:
        imported = cases.import_many(work, [ReportRow(**(given | more))], platform.tokens)
        assert imported.accepted == 1, imported


def settle_report(platform: Platform, number: str, state: ReportState, at: datetime) -> None:
    with clock.frozen(at), platform.database.work(staff()) as work:
        found = cases.search(work, words=number).rows[0]
        cases.advance(work, found.id, state, "核实情况")


def sweep(platform: Platform, at: datetime) -> dict[str, Gathered]:
    with clock.frozen(at), platform.database.work(SYSTEM) as work:
        return {each.source: each for each in gather(work, platform.tokens)}


def current(platform: Platform, scope: Scope = SYSTEM, **narrowed: Any) -> list[Label]:
    with platform.database.work(scope) as work:
        return list(service.labels(work, service.Filters(**narrowed), PageRequest(size=200)).rows)


def one(platform: Platform, **narrowed: Any) -> Label:
    (found,) = current(platform, **narrowed)
    return found
