"""What the tests of appeals share: the town of the orders' tests, with colleagues who had no part in a measure, and appeals on their way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.desks.controls.orders_kit import ACCOUNT, NOON, SYSTEM, Places, answer, approve, asking, in_force, request
from tests.desks.controls.orders_kit import build as build_places

from fanzha.desks import appeals, identity
from fanzha.desks.appeals import Appeal, Filed, Ordered, Origin, Target, Verdict
from fanzha.desks.controls import Officer, Order
from fanzha.faces.common.platform import Platform
from fanzha.kit.ids import new_id
from fanzha.store import Principal, Scope
from fanzha.vocab.organisations import OrgKind
from fanzha.vocab.roles import Role

__all__ = [
    "ACCOUNT", "NOON", "SYSTEM", "Town", "answer", "answered", "approve", "asking", "build", "decided", "file", "filed", "in_force", "on_review", "ordered", "request",
]  # fmt: skip
REASONS = "经核查，资金来源合法，与案件无关"


@dataclass(frozen=True)
class Town:
    """`clerk`, `mate` (the two officers of releases) and `chief` of the county had no part in the measures; `city_clerk` and `city_chief` stand above."""

    places: Places
    clerk: Principal
    mate: Principal
    chief: Principal
    city_clerk: Principal
    city_chief: Principal
    far_chief: Principal


def build(platform: Platform) -> Town:
    places = build_places(platform)
    with platform.database.work(SYSTEM) as work:

        def person(login: str, org_id: str, role: Role) -> Principal:
            org = identity.service.organisation(work, org_id)
            made = identity.service.create_user(work, login=login, name=f"测试{login}", org=org, roles=(role,), password_hash="none", must_change_password=False)
            return identity.sessions.principal_of(made.user)

        county, city, far = places.head.org_id, places.city_head.org_id, places.far_head.org_id
        assert places.head.org_kind is OrgKind.POLICE_COUNTY
        return Town(
            places, person("clerk", county, Role.DUTY_OFFICER), person("mate", county, Role.DUTY_OFFICER), person("chief", county, Role.LEADER),
            person("cityclerk", city, Role.DUTY_OFFICER), person("citychief", city, Role.LEADER), person("farchief", far, Role.LEADER),
        )  # fmt: skip


def file(platform: Platform, who: Principal | None, order: Order | str, target: Target = Target.ORDER, **changes: Any) -> Appeal:
    """By somebody of the police on behalf of the holder, or (None) by the holder online."""
    target_id = order if isinstance(order, str) else order.id
    fields: dict[str, Any] = {"origin": Origin.WALK_IN if who else Origin.ONLINE, "reason": "这是我的工资卡，没有诈骗", "contact": "13900000011", "key": new_id()}
    with platform.database.work(Scope.of(who) if who else SYSTEM) as work:
        measure = appeals.targets.load(work, platform.tokens, target, target_id)
        return appeals.filing.file(work, measure, Filed(**fields | changes))


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
