"""What the tests of appeals share: the town of the orders' tests, with colleagues who had no part in a measure, and appeals on their way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.desks.controls.orders_kit import ACCOUNT, NOON, SYSTEM, Places, answer, approve, asking, in_force, request
from tests.desks.controls.orders_kit import build as build_places

from fanzha.desks import appeals, controls, identity
from fanzha.desks.appeals import Appeal, Filed, Ordered, Origin, Target, Verdict
from fanzha.desks.controls import Officer, Order, Result
from fanzha.faces.common.platform import Platform
from fanzha.kit.ids import new_id
from fanzha.store import Principal, Scope
from fanzha.vocab.organisations import OrgKind
from fanzha.vocab.roles import Role

__all__ = [
    "ACCOUNT", "NOON", "NUMBER", "SYSTEM", "Town", "answer", "answered", "approve", "asking", "build", "decided", "file", "filed", "in_force", "on_number", "on_review",
    "ordered", "request",
]  # fmt: skip
NUMBER = "+8613905940001"
REASONS = "经核查，资金来源合法，与案件无关"


@dataclass(frozen=True)
class Town:
    """`clerk`, `mate` (the two officers of releases) and `chief` of the county had no part in the measures; `city_clerk` and `city_chief` stand above.
    `operator` and `other_operator` serve numbers."""

    places: Places
    clerk: Principal
    mate: Principal
    chief: Principal
    city_clerk: Principal
    city_chief: Principal
    far_chief: Principal
    operator: Principal
    other_operator: Principal


def build(platform: Platform) -> Town:
    places = build_places(platform)
    with platform.database.work(SYSTEM) as work:

        def person(login: str, org_id: str, role: Role) -> Principal:
            org = identity.service.organisation(work, org_id)
            made = identity.service.create_user(work, login=login, name=f"测试{login}", org=org, roles=(role,), password_hash="none", must_change_password=False)
            return identity.sessions.principal_of(made.user)

        county, city, far = places.head.org_id, places.city_head.org_id, places.far_head.org_id
        assert places.head.org_kind is OrgKind.POLICE_COUNTY
        names = ("模拟移动分公司", "模拟电信分公司")
        served = [identity.service.create_organisation(work, code=f"to-{name}", kind=OrgKind.OPERATOR, name=name, region="3503").id for name in names]
        return Town(
            places, person("clerk", county, Role.DUTY_OFFICER), person("mate", county, Role.DUTY_OFFICER), person("chief", county, Role.LEADER),
            person("cityclerk", city, Role.DUTY_OFFICER), person("citychief", city, Role.LEADER), person("farchief", far, Role.LEADER),
            person("operator", served[0], Role.OPERATOR_AGENT), person("otheroperator", served[1], Role.OPERATOR_AGENT),
        )  # fmt: skip


def file(platform: Platform, who: Principal | None, order: Order | str, target: Target = Target.ORDER, **changes: Any) -> Appeal:
    """By somebody of the police on behalf of the holder, or (None) by the holder online."""
    target_id = order if isinstance(order, str) else order.id
    fields: dict[str, Any] = {"origin": Origin.WALK_IN if who else Origin.ONLINE, "reason": "这是我的工资卡，没有诈骗", "contact": "13900000011", "key": new_id()}
    with platform.database.work(Scope.of(who) if who else SYSTEM) as work:
        measure = appeals.targets.load(work, platform.tokens, target, target_id)
        return appeals.filing.file(work, measure, Filed(**fields | changes))


def on_number(platform: Platform, town: Town, kind: str, receiver: Principal, ground: str, *, far: bool = False, answered: Result = Result.DONE, **changes: Any) -> Order:
    """A measure on a number in force, taken on a ground of its own."""
    places = town.places
    asker, second, head = (places.far_asker, places.far_second, places.far_head) if far else (places.asker, places.second, places.head)
    fields: dict[str, Any] = {
        "kind": kind, "basis": "atfl:11", "reason": "号码疑似用于诈骗", "officers": (Officer(asker.user_id, "P000001"), Officer(second.user_id, "P000002")),
        "key": new_id(), "receiver_org_id": receiver.org_id, "account": NUMBER, "ground": ground, "scope": "calls_out" if kind == "line_limit" else "",
    }  # fmt: skip
    order = request(platform, asker, controls.Request(**fields | changes))
    approve(platform, places.city_head if order.major else head, order.id)
    return answer(platform, receiver, order.id, answered)


def ordered(town: Town, **changes: Any) -> Ordered:
    fields: dict[str, Any] = {"officers": (Officer(town.clerk.user_id, "P000011"), Officer(town.mate.user_id, "P000012"))}
    return Ordered(**fields | changes)


def filed(platform: Platform, town: Town) -> tuple[Order, Appeal]:
    """A stop in force and an appeal against it."""
    order = in_force(platform, town.places)
    return order, file(platform, None, order)


def on_review(platform: Platform, town: Town, appeal: Appeal) -> None:
    with platform.database.work(Scope.of(town.clerk)) as work:
        appeals.handling.accept(work, appeal.id)
        appeals.handling.take(work, appeal.id)


def answered(platform: Platform, town: Town, appeal: Appeal, verdict: Verdict = Verdict.UPHELD) -> Appeal:
    """Proposed by the clerk, decided by the chief."""
    on_review(platform, town, appeal)
    with platform.database.work(Scope.of(town.clerk)) as work:
        appeals.handling.propose(work, appeal.id, verdict, REASONS, ordered(town) if verdict is not Verdict.REJECTED else None)
    return decided(platform, town.chief, appeal)


def decided(platform: Platform, who: Principal, appeal: Appeal) -> Appeal:
    with platform.database.work(Scope.of(who)) as work:
        return appeals.handling.decide(work, appeal.id)
