"""What the tests of orders share: a county, a city, two banks, and a stop-payment that is complete."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from fanzha.desks import controls, identity
from fanzha.desks.controls import Answer, Checks, Officer, Order, Request, Result
from fanzha.desks.controls.answering import Message
from fanzha.faces.common.platform import Platform
from fanzha.kit.ids import new_id
from fanzha.store import Principal, Scope
from fanzha.vocab.organisations import OrgKind
from fanzha.vocab.roles import Role

NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)  # noon in China
SYSTEM = Scope.system("test")
ACCOUNT = "6222000000000000001"
OTHER_ACCOUNT = "6222000000000000002"
AGREED = Checks(True, True, True, True)


@dataclass(frozen=True)
class Places:
    """`asker` and `second` are the two officers of the county, `head` approves there, `city_head` in the city; another county has its own."""

    asker: Principal
    second: Principal
    head: Principal
    city_head: Principal
    far_asker: Principal
    far_second: Principal
    far_head: Principal
    bank: Principal
    other_bank: Principal
    deputy: Principal


def build(platform: Platform) -> Places:
    with platform.database.work(SYSTEM) as work:

        def person(login: str, kind: OrgKind, region: str, *roles: Role, code: str = "") -> Principal:
            org = identity.service.create_organisation(work, code=code or f"{kind}-{region}", kind=kind, name=f"{kind} {region} {code}".strip(), region=region)
            made = identity.service.create_user(work, login=login, name=f"测试{login}", org=org, roles=roles, password_hash="none", must_change_password=False)
            return identity.sessions.principal_of(made.user)

        county, city, duty = OrgKind.POLICE_COUNTY, OrgKind.POLICE_CITY, Role.DUTY_OFFICER
        return Places(
            asker=person("asker", county, "350302", duty), second=person("second", county, "350302", duty), head=person("head", county, "350302", Role.LEADER),
            city_head=person("cityhead", city, "3503", Role.LEADER), far_asker=person("farasker", county, "350304", duty),
            far_second=person("farsecond", county, "350304", duty), far_head=person("farhead", county, "350304", Role.LEADER),
            bank=person("bank", OrgKind.BANK, "3503", Role.BANK_AGENT, code="bank-one"),
            other_bank=person("otherbank", OrgKind.BANK, "3503", Role.BANK_AGENT, code="bank-two"),
            deputy=person("deputy", OrgKind.CONGRESS, "3503", Role.DEPUTY),
        )  # fmt: skip


def asking(places: Places, kind: str = "stop", **changes: Any) -> Request:
    """A complete request of this kind by the county's officers; `changes` replace fields."""
    fields: dict[str, Any] = {
        "kind": kind, "basis": "atfl:20", "reason": "被害人刚转出，款项可能被转移", "key": new_id(),
        "officers": (Officer(places.asker.user_id, "P000001"), Officer(places.second.user_id, "P000002")), "receiver_org_id": places.bank.org_id,
        "account": ACCOUNT, "holder_name": "王某某", "holder_type": "01", "disputed_fen": 5_000_000, "amount_fen": 5_000_000, "transfer_fen": 5_000_000,
        "transfer_at": NOON - timedelta(minutes=20), "payer_bank": "测试银行", "payer_name": "林某某", "payer_account": "6222000000000000999", "tier": 1,
    }  # fmt: skip
    if kind.endswith("_release"):
        fields["basis"] = "procedure:247" if not kind.startswith("noncounter") else "atfl:32"
    if kind.startswith("freeze_renew"):
        fields["basis"] = "procedure:243"
    if kind == "noncounter":
        fields["basis"] = "atfl:31"
    return Request(**fields | changes)


def request(platform: Platform, who: Principal, asked: Request) -> Order:
    with platform.database.work(Scope.of(who)) as work:
        return controls.service.request(work, asked)


def approve(platform: Platform, who: Principal, order_id: str) -> Order:
    with platform.database.work(Scope.of(who)) as work:
        return controls.service.approve(work, order_id)


def answer(platform: Platform, who: Principal, order_id: str, result: Result = Result.DONE, serial: str = "", **fields: Any) -> Order:
    if result not in (Result.DONE, Result.PARTLY, Result.QUEUED):
        fields.setdefault("cause", "测试原因")
    said = Answer(result, fields.pop("checks", AGREED), **fields)
    with platform.database.work(Scope.of(who)) as work:
        return controls.answering.answer(work, order_id, said, Message(serial or new_id(), repr(said)))


def acknowledge(platform: Platform, who: Principal, order_id: str, serial: str = "") -> Order:
    with platform.database.work(Scope.of(who)) as work:
        return controls.answering.acknowledge(work, order_id, Message(serial or new_id(), "ack"))


def in_force(platform: Platform, places: Places, asked: Request | None = None, **fields: Any) -> Order:
    """Requested, approved, sent and carried out."""
    order = request(platform, places.asker, asked or asking(places))
    approve(platform, places.head, order.id)
    return answer(platform, places.bank, order.id, **fields)


def now_of(platform: Platform, order_id: str) -> Order:
    """The order as the pipeline sees it."""
    with platform.database.work(SYSTEM) as work:
        return controls.service.get(work, order_id)
