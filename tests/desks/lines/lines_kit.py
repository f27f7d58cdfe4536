"""What the tests of numbers share: a county's officers, a city's head, two operators, suspect numbers with evidence."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from fanzha.desks import controls, identity, lines
from fanzha.desks.controls import Answer, Officer, Order, Result
from fanzha.desks.controls.answering import Message
from fanzha.desks.lines.domain import Source
from fanzha.desks.lines.proposing import Piece, Proposer
from fanzha.desks.lines.register import LakeRegister
from fanzha.faces.common.platform import Platform
from fanzha.kit.ids import new_id
from fanzha.store import Principal, Scope
from fanzha.vocab.organisations import OrgKind
from fanzha.vocab.risk import RiskLevel
from fanzha.vocab.roles import Role

NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
SYSTEM = Scope.system("test")
NUMBERS = tuple(f"+8613905940{n:03d}" for n in range(8))


@dataclass(frozen=True)
class Places:
    """A county's officers and head, the city's head, another county's officers and head, two operators."""

    asker: Principal
    second: Principal
    head: Principal
    city_head: Principal
    far_asker: Principal
    far_second: Principal
    far_head: Principal
    operator: Principal
    other_operator: Principal


def build(platform: Platform) -> Places:
    with platform.database.work(SYSTEM) as work:

        def person(login: str, kind: OrgKind, region: str, role: Role, name: str = "") -> Principal:
            org = identity.service.create_organisation(work, code=f"{kind}-{name or region}", kind=kind, name=name or f"{kind} {region}", region=region)
            made = identity.service.create_user(work, login=login, name=f"测试{login}", org=org, roles=(role,), password_hash="none", must_change_password=False)
            return identity.sessions.principal_of(made.user)

        county, operator = OrgKind.POLICE_COUNTY, Role.OPERATOR_AGENT
        return Places(
            asker=person("asker", county, "350302", Role.DUTY_OFFICER), second=person("second", county, "350302", Role.DUTY_OFFICER),
            head=person("head", county, "350302", Role.LEADER), city_head=person("cityhead", OrgKind.POLICE_CITY, "3503", Role.LEADER),
            far_asker=person("farasker", county, "350304", Role.DUTY_OFFICER), far_second=person("farsecond", county, "350304", Role.DUTY_OFFICER),
            far_head=person("farhead", county, "350304", Role.LEADER), operator=person("operator", OrgKind.OPERATOR, "3503", operator, "模拟移动分公司"),
            other_operator=person("other", OrgKind.OPERATOR, "3503", operator, "模拟电信分公司"),
        )  # fmt: skip


def proposer(platform: Platform) -> Proposer:
    return Proposer(LakeRegister(platform.lake), platform.tokens, "350302")


def piece(number: str, reference: str = "f1", name: str = "sim_box", level: RiskLevel = RiskLevel.RED, source: Source = Source.FINDING) -> Piece:
    return Piece(number, source, reference, name, "7天内插用12张不同的卡", "12 different SIMs in 7 days", level, "authority", NOON)


def suspects(platform: Platform, *pieces: Piece) -> list[str]:
    """Ids of the suspects of these pieces, in their order."""
    with platform.database.work(SYSTEM) as work:
        proposer(platform).take(work, pieces)
        return [str(work_of.id) for one in pieces if (work_of := lines.reading.find(work, lines.proposing.index_of(one.number))) is not None]


def officers(places: Places) -> tuple[Officer, Officer]:
    return Officer(places.asker.user_id, "P000001"), Officer(places.second.user_id, "P000002")


def asked(places: Places, kind: str = lines.VERIFY, **changes: Any) -> lines.Asked:
    basis = {lines.PROTECT: "atfl:34", "line_bar": "atfl:31"}.get(kind, "atfl:11")
    scope = "calls_out sms_out" if kind == "line_limit" else ""
    fields: dict[str, Any] = {"kind": kind, "basis": basis, "reason": "批量插卡设备特征", "officers": officers(places), "key": new_id(), "scope": scope}
    fields["receiver_org_id"] = places.operator.org_id
    return lines.Asked(**fields | changes)


def request(platform: Platform, places: Places, suspect_id: str, kind: str, **changes: Any) -> lines.Outcome:
    with platform.database.work(Scope.of(places.asker)) as work:
        return lines.service.request_many(work, [suspect_id], asked(places, kind, **changes))[0]


def on(platform: Platform, places: Places, measure: str, kind: str, **changes: Any) -> Order:
    """Ask for a renewal or restoration of a measure."""
    fields: dict[str, Any] = {"basis": "atfl:32" if kind == lines.RESTORE else "atfl:11", "reason": "批量插卡设备特征没有消除", "officers": officers(places)}
    with platform.database.work(Scope.of(places.asker)) as work:
        return controls.service.request(work, controls.Request(kind, key=new_id(), on_order_id=measure, **fields | changes))


def from_afar(platform: Platform, places: Places, number: str, kind: str, **changes: Any) -> Order:
    """The other county asks for a step on a number that stands in no queue of its own."""
    named = Officer(places.far_asker.user_id, "P000003"), Officer(places.far_second.user_id, "P000004")
    fields: dict[str, Any] = {"basis": "atfl:11", "reason": "外县案件中发现", "officers": named, "receiver_org_id": places.operator.org_id, "account": number}
    with platform.database.work(Scope.of(places.far_asker)) as work:
        return controls.service.request(work, controls.Request(kind, key=new_id(), **fields | changes))


def approve(platform: Platform, who: Principal, order_id: str) -> Order:
    with platform.database.work(Scope.of(who)) as work:
        return controls.service.approve(work, order_id)


def answer(platform: Platform, who: Principal, order_id: str, result: Result, serial: str = "") -> Order:
    said = Answer(result, cause="" if result in (Result.DONE, Result.PASSED, Result.NOT_REACHED) else "证件与本人不符")
    with platform.database.work(Scope.of(who)) as work:
        return controls.answering.answer(work, order_id, said, Message(serial or new_id(), repr(said)))


def carried_out(platform: Platform, places: Places, suspect_id: str, kind: str, result: Result = Result.DONE, **changes: Any) -> Order:
    """Requested, approved at the level it needs, answered by the operator."""
    done = request(platform, places, suspect_id, kind, **changes)
    assert done.order is not None, done.faults
    approve(platform, places.city_head if done.order.major else places.head, done.order.id)
    who = places.operator if done.order.receiver_org_id == places.operator.org_id else places.other_operator
    return answer(platform, who, done.order.id, result)


def state_of(platform: Platform, order_id: str) -> str:
    with platform.database.work(SYSTEM) as work:
        return controls.service.get(work, order_id).state_now.value
