"""Stops of the demonstration's last hours: asked for on accounts that victims named, most of them approved; the banks answer once the pages are served.

Every request carries a key of its own, so that a demonstration that was interrupted asks for nothing twice.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta

from fanzha.desks import cases, controls, identity
from fanzha.desks.controls import Officer, Order, Request
from fanzha.desks.controls.errors import BadOrder
from fanzha.faces.cli.demonstration.staff import Staff
from fanzha.faces.common.platform import Platform
from fanzha.kit import clock
from fanzha.kit.paging import PageRequest
from fanzha.simulator.accounts import BANKS
from fanzha.store import Scope, Work
from fanzha.vocab.organisations import OrgKind

MOST = 9
UNAPPROVED = 2
"""So many wait for the head who visits."""
_ACCOUNTS = frozenset({"bank_account", "card"})
_LATEST = timedelta(minutes=40)
_APART = timedelta(minutes=4)


def place(platform: Platform, staff: Staff, until: datetime) -> list[str]:
    """Ask for stops, approve all but the last; the ids of the orders. `until`: when the city's life ends."""
    begin = until - _LATEST
    with platform.database.work(Scope.of(staff.duty)) as work:
        asked = _requests(work, staff, until)
    orders: list[Order] = []
    for place_, request in enumerate(asked):
        with suppress(BadOrder), clock.frozen(begin + place_ * _APART), platform.database.work(Scope.of(staff.duty)) as work:
            orders.append(controls.service.request(work, request))
    for place_, order in enumerate(orders[: max(0, len(orders) - UNAPPROVED)]):
        with clock.frozen(begin + place_ * _APART + timedelta(minutes=2)), platform.database.work(Scope.of(staff.leader)) as work:
            controls.service.approve(work, order.id)
    return [order.id for order in orders]


def _requests(work: Work, staff: Staff, until: datetime) -> list[Request]:
    """The newest reports whose victim named an account of a bank that takes orders here."""
    banks = {name: org.id for org in identity.service.organisations(work, kind=OrgKind.BANK) for name in BANKS if org.name.startswith(name)}
    found: list[Request] = []
    seen: set[str] = set()
    for report in cases.service.search(work, page=PageRequest(1, 100)).rows:
        named = [one.value for one in cases.service.get(work, report.id).suspects if one.kind in _ACCOUNTS]
        account = next((value for value in named if bank_of(value) in banks), "")
        bank = banks.get(bank_of(account))
        if bank is None or account in seen or report.loss_fen <= 0 or report.received_at > until:
            continue
        seen.add(account)
        found.append(_request(staff, report, account, bank))
        if len(found) == MOST:
            break
    return found[::-1]


def _request(staff: Staff, report: cases.Report, account: str, bank: str) -> Request:
    officers = (Officer(staff.duty.user_id, "P000001"), Officer(staff.analyst.user_id, "P000002"))
    return Request(
        "stop", "atfl:20", "被害人刚转出，款项可能被转移", officers, f"demo-stop-{report.id}", receiver_org_id=bank, account=account, holder_name="测试户名",
        holder_type="01", tier=1, report_id=report.id, case_number=report.report_no, fraud_type=report.fraud_type, disputed_fen=report.loss_fen,
        amount_fen=report.loss_fen, transfer_fen=report.loss_fen, transfer_at=report.happened_at or report.received_at, payer_name=report.victim_name or "",
    )  # fmt: skip


def bank_of(account: str) -> str:
    """The bank of a simulated card: two digits after 6299; '' for any other account."""
    number = account[4:6]
    known = account.startswith("6299") and number.isdigit() and int(number) < len(BANKS)
    return BANKS[int(number)] if known else ""
