"""What the browser's town has been told and asked afterwards: appeals, suspect numbers with their measures, a holder's accounts, a line of policy, a withdrawal.

All numbers are made up.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import orjson
from tests.desks.lines.lines_kit import piece, suspects

from fanzha.desks import controls, indicators, screening
from fanzha.desks.controls import Answer, Checks, Officer, Request, Result
from fanzha.desks.controls.answering import Message
from fanzha.desks.screening import Asked, PolicyRow
from fanzha.desks.sharing import reaching
from fanzha.faces.cli.demonstration import appeals, numbers
from fanzha.faces.cli.demonstration.staff import Staff
from fanzha.faces.common.platform import Platform
from fanzha.kit import clock
from fanzha.store import Principal, Scope

SUSPECTS = tuple(f"+8613905940{n:03d}" for n in range(20, 28))
HELD = ("6222000000000000021", "6222000000000000022")


def hear_appeals(platform: Platform, staff: Staff, home: Path, orders: Sequence[str], now: datetime) -> None:
    """Against the orders that were sent; the first is just filed, the next under review."""
    assert appeals.place(platform, staff, home / "sign-ins.json", orders, now)


def doubt_numbers(platform: Platform, staff: Staff, now: datetime) -> None:
    """Numbers with evidence, most of them checked, and some measures taken as the checks came out."""
    suspects(platform, *(piece(number, f"town-{place}") for place, number in enumerate(SUSPECTS)))
    numbers.place(platform, staff, now)


def ask_for_accounts(platform: Platform, staff: Staff, leader: Principal, bank: Principal) -> str:
    """Everything that the holder of a stopped account has, as the bank answered; returns the order's id."""
    officers = Officer(staff.duty.user_id, "P000001"), Officer(staff.analyst.user_id, "P000002")
    asked = Request(
        kind=controls.holders.QUERY, basis="atfl:20", reason="查清名下全部账户", officers=officers, key="town-holder", receiver_org_id=bank.org_id, account=HELD[0],
        holder_name="王某某", holder_type="01", tier=1, case_number="A1", transfer_fen=5_200_000, transfer_at=clock.now() - timedelta(minutes=20),
        payer_bank="测试银行", payer_name="测试甲",
    )  # fmt: skip
    listed = [{"AccountNumber": account, "OpenTime": f"2026010{place}143000"} for place, account in enumerate(HELD, 2)]
    said = Answer(Result.DONE, Checks(True, True, True, True))
    with platform.database.work(Scope.of(staff.duty)) as work:
        order_id = controls.service.request(work, asked).id
    with platform.database.work(Scope.of(leader)) as work:
        controls.service.approve(work, order_id)
    with platform.database.work(Scope.of(bank)) as work:
        controls.answering.answer(work, order_id, said, Message("TOWN1", orjson.dumps({"Result": "0000", "Accounts": listed}).decode()))
    return order_id


def decide_policy(platform: Platform, staff: Staff) -> None:
    """A line that waits for a second person."""
    today = clock.local_day(clock.now())
    row = PolicyRow(Asked.CALL, "level:red", screening.Answer.HOLD, "示例通知1号", today, 0, "atfl:25", 30, "可拨打96110申诉", "Call 96110 to object")
    with platform.database.work(Scope.of(staff.analyst)) as work:
        screening.service.decide_line(work, row)


def withdraw(platform: Platform, staff: Staff, value: str) -> None:
    """An identifier of the list turns out to be harmless; whoever used it is told."""
    with platform.database.work(Scope.of(staff.analyst)) as work:
        entry = indicators.service.search(work, words=value).rows[0]
        indicators.service.clear(work, entry.id, "经核实为正规网站")
    reaching.follow(platform.database, platform.lake)
