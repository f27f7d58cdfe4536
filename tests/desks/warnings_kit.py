"""What the tests of the warnings desk share: organisations, people, findings, and a directory of made-up people."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from fanzha.desks import identity
from fanzha.desks.detection import EvidenceRef, FindingView, SubjectKind, Target
from fanzha.desks.warnings.directory import Subject
from fanzha.desks.warnings.merging import Merger, MergeResult
from fanzha.faces.common.platform import Platform
from fanzha.kit import clock
from fanzha.lake.schemas import EventKind
from fanzha.store import Principal, Scope
from fanzha.vocab.fraud_types import FraudType
from fanzha.vocab.organisations import OrgKind
from fanzha.vocab.risk import RiskLevel
from fanzha.vocab.roles import Role

NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)  # noon in China
HOME = "3503"
TOWN, OTHER_TOWN = "350302001", "350304100"
SYSTEM = Scope.system("test")


class Register:
    """A directory of made-up people: person `p1` has phone `ph1`, and so on."""

    def __init__(self, region: str | None = TOWN) -> None:
        self.region = region

    def find(self, phones: Collection[str], persons: Collection[str]) -> Mapping[str, Subject]:
        numbers = {token.removeprefix("ph") for token in phones} | {token.removeprefix("p") for token in persons}
        found = {}
        for number in numbers:
            subject = Subject(f"p{number}", f"+86139{int(number):08d}", "林测试", "某市某区某街道测试小区1号", 1980, "teacher", self.region)
            found[f"ph{number}"] = found[f"p{number}"] = subject
        return found


def finding(
    name: str, person: str = "1", level: RiskLevel = RiskLevel.RED, *, at: datetime = NOON, target: Target = Target.VICTIM, region: str | None = TOWN,
    fraud_type: FraudType = FraudType.AUTHORITY,
) -> FindingView:  # fmt: skip
    reference = EvidenceRef(EventKind.CALLS, f"call-{name}", at, "与涉诈号码通话20分钟", "20 minutes on the phone with a flagged number")
    return FindingView(
        finding_id=name, rule_id="victim.authority.call", rule_version=1, target=target, level=level, fraud_type=fraud_type, score=0.9,
        subject_kind=SubjectKind.PERSON, subject_token=f"p{person}", person_token=f"p{person}", phone_token=f"ph{person}", region=region, at=at,
        reason_zh="通话后向新收款人转账", reason_en="paid a new payee after the call", amount_fen=500_000, evidence=(reference,),
    )  # fmt: skip


@dataclass(frozen=True)
class City:
    """A city centre, two counties, a station and a grid in the first, a station in the second."""

    centre: Principal
    county: Principal
    officer: Principal
    grid_worker: Principal
    other_officer: Principal
    other_county: Principal
    deputy: Principal
    banker: Principal


def build_city(platform: Platform) -> City:
    with platform.database.work(SYSTEM) as work:

        def person(login: str, kind: OrgKind, region: str, *roles: Role) -> Principal:
            org = identity.service.create_organisation(work, code=f"{kind}-{region}", kind=kind, name=f"{kind} {region}", region=region)
            made = identity.service.create_user(work, login=login, name=login, org=org, roles=roles, password_hash="none", must_change_password=False)
            return identity.sessions.principal_of(made.user)

        return City(
            centre=person("centre", OrgKind.POLICE_CITY, HOME, Role.DUTY_OFFICER, Role.ANALYST),
            county=person("county", OrgKind.POLICE_COUNTY, "350302", Role.DUTY_OFFICER),
            officer=person("officer", OrgKind.POLICE_STATION, TOWN, Role.FIELD_OFFICER),
            grid_worker=person("gridworker", OrgKind.GRID, TOWN, Role.GRID_WORKER),
            other_officer=person("otherofficer", OrgKind.POLICE_STATION, OTHER_TOWN, Role.FIELD_OFFICER),
            other_county=person("othercounty", OrgKind.POLICE_COUNTY, "350304", Role.DUTY_OFFICER),
            deputy=person("deputy", OrgKind.CONGRESS, HOME, Role.DEPUTY),
            banker=person("banker", OrgKind.BANK, HOME, Role.BANK_AGENT),
        )


def merge(platform: Platform, *findings: FindingView, at: datetime = NOON, register: Register | None = None) -> MergeResult:
    with clock.frozen(at), platform.database.work(SYSTEM) as work:
        return Merger(work, register or Register(), HOME).take(findings)


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)
