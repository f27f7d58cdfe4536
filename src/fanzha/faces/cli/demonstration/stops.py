"""Stops of the demonstration: asked for minutes after a report on an account that the victim named, and answered by its bank; the last hour's wait for answers.

Every request carries a key of its own, so that a demonstration that was interrupted asks for nothing twice.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from fanzha.desks import cases, controls, identity
from fanzha.desks.controls import Answer, Checks, Officer, Request, Result
from fanzha.desks.controls.answering import Message
from fanzha.desks.controls.errors import BadOrder
from fanzha.faces.cli.demonstration.banking import agents
from fanzha.faces.cli.demonstration.staff import Staff
from fanzha.faces.common.platform import Platform
from fanzha.kit import clock
from fanzha.kit.errors import Conflict, NotFound
from fanzha.kit.paging import PageRequest
from fanzha.simulator.accounts import BANKS
from fanzha.store import Principal, Scope, Work
from fanzha.vocab.organisations import OrgKind

MOST = 12
LATEST = 5
"""So many stops are of the last hour: their banks answer once the pages are served. Those before were answered while the days went by."""
UNAPPROVED = 2
"""So many wait for the head who visits."""
_ACCOUNTS = frozenset({"bank_account", "card"})
_LAST_HOUR = timedelta(minutes=40)
_APART = timedelta(minutes=4)
_PACES = tuple((timedelta(minutes=a), timedelta(minutes=b), timedelta(minutes=c)) for a, b, c in ((4, 2, 5), (7, 1, 9), (11, 4, 6), (5, 2, 21), (18, 3, 4)))
"""From report to request, to approval, to the bank's answer."""
_LEFT = (100, 35, 0, 80, 12)
"""How much of the sum the bank still found, in per cent."""
_AGREED = Checks(name=True, account=True, amount=True, time=True)


def place(platform: Platform, staff: Staff, until: datetime) -> list[str]:
    """Ask for stops; the ids of the orders, those in force first. `until`: when the city's life ends."""
    begin, banks = until - _LAST_HOUR, {agent.org_id: agent for agent in agents(platform)}
    with platform.database.work(Scope.of(staff.duty)) as work:
        asked = _requests(work, staff, until)
    earlier = [one for one in asked[:-LATEST] if one.request.receiver_org_id in banks]
    past = [_lived(platform, staff, banks[one.request.receiver_org_id], one, place_) for place_, one in enumerate(earlier)]
    recent = [_asked(platform, staff, one.request, begin + place_ * _APART) for place_, one in enumerate(asked[-LATEST:])]
    for place_, order in enumerate(recent[: max(0, len(recent) - UNAPPROVED)]):
        _approve(platform, staff, order, begin + place_ * _APART + timedelta(minutes=2))
    return [order for order in (*reversed(past), *recent) if order]


def _lived(platform: Platform, staff: Staff, bank: Principal, one: _Asked, place_: int) -> str:
    """Asked for, approved and answered within minutes of the report."""
    to_request, to_approval, to_answer = _PACES[place_ % len(_PACES)]
    order = _asked(platform, staff, one.request, at := one.reported_at + to_request)
    _approve(platform, staff, order, at := at + to_approval)
    amount, left = one.request.amount_fen or 0, _LEFT[place_ % len(_LEFT)]
    held = amount * left // 100
    gone = Answer(Result.NO_SUCH_ACCOUNT, cause="查无此账户") if not held else None
    said = gone or Answer(Result.DONE if left == 100 else Result.PARTLY, _AGREED, applied_fen=amount, held_fen=held, balance_fen=held)
    with clock.frozen(at + to_answer), suppress(Conflict, NotFound), platform.database.work(Scope.of(bank)) as work:
        controls.answering.answer(work, order, said, Message(f"DEMO{order}", repr(said)))
    return order


def _asked(platform: Platform, staff: Staff, request: Request, at: datetime) -> str:
    """The order's id; '' where the request is refused."""
    with clock.frozen(at), suppress(BadOrder), platform.database.work(Scope.of(staff.duty)) as work:
        return controls.service.request(work, request).id
    return ""


def _approve(platform: Platform, staff: Staff, order: str, at: datetime) -> None:
    """What was refused, or what time or an earlier start has settled, stays as it is."""
    with clock.frozen(at), suppress(Conflict, NotFound), platform.database.work(Scope.of(staff.leader)) as work:
        controls.service.approve(work, order)


@dataclass(frozen=True)
class _Asked:
    request: Request
    reported_at: datetime


def _requests(work: Work, staff: Staff, until: datetime) -> list[_Asked]:
    """The newest reports whose victim named an account of a bank that takes orders here."""
    banks = {name: org.id for org in identity.service.organisations(work, kind=OrgKind.BANK) for name in BANKS if org.name.startswith(name)}
    found: list[_Asked] = []
    seen: set[str] = set()
    for report in cases.service.search(work, page=PageRequest(1, 100)).rows:
        named = [one.value for one in cases.service.get(work, report.id).suspects if one.kind in _ACCOUNTS]
        account = next((value for value in named if bank_of(value) in banks), "")
        bank = banks.get(bank_of(account))
        if bank is None or account in seen or report.loss_fen <= 0 or report.received_at > until:
            continue
        seen.add(account)
        found.append(_Asked(_request(staff, report, account, bank), report.received_at))
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
