"""Orders for the browser's town: one in force, one that waits for the bank, one that waits for approval, and an answered query of a holder's accounts."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select
from tests.browser.town_answers import ask_for_accounts

from fanzha.desks import controls, identity
from fanzha.desks.controls import Answer, Checks, Officer, Request, Result
from fanzha.desks.identity.model import User
from fanzha.faces.cli.demonstration.staff import Staff
from fanzha.faces.common.platform import Platform
from fanzha.kit import clock
from fanzha.store import Principal, Scope


def place_orders(platform: Platform, staff: Staff) -> tuple[list[str], str]:
    """Asked for by the duty officer and the analyst, approved by the head, answered by the bank: (the two stops that were sent, the query of all accounts)."""
    leader, bank = staff.leader, _who(platform, "bank")
    ids = [_ask(platform, staff, bank, f"620000000000000{n:04d}", f"town-{n}") for n in (101, 102, 103)]
    for order_id in ids[:2]:
        with platform.database.work(Scope.of(leader)) as work:
            controls.service.approve(work, order_id)
    said = Answer(Result.PARTLY, Checks(True, True, True, True), held_fen=1_200_000)
    with platform.database.work(Scope.of(bank)) as work:
        controls.answering.answer(work, ids[0], said, controls.answering.by_hand("town"))
    return ids[:2], ask_for_accounts(platform, staff, leader, bank)


def _ask(platform: Platform, staff: Staff, bank: Principal, account: str, key: str) -> str:
    officers = (Officer(staff.duty.user_id, "P000001"), Officer(staff.analyst.user_id, "P000002"))
    asked = Request(
        kind="stop", basis="atfl:20", reason="被害人刚转出", officers=officers, key=key, receiver_org_id=bank.org_id, account=account, holder_name="王某某",
        holder_type="01", tier=1, case_number="A1", disputed_fen=5_200_000, amount_fen=5_200_000, transfer_fen=5_200_000,
        transfer_at=clock.now() - timedelta(minutes=20), payer_bank="测试银行", payer_name="测试甲",
    )  # fmt: skip
    with platform.database.work(Scope.of(staff.duty)) as work:
        return controls.service.request(work, asked).id


def _who(platform: Platform, login: str) -> Principal:
    with platform.database.work(Scope.system("test")) as work:
        return identity.sessions.principal_of(work.session.scalars(select(User).where(User.login == login)).one())
