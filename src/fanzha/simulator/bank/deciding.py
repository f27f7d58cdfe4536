"""What the simulated bank answers to an order, from its books alone. Pure but for the holds it writes into the book."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from fanzha.kit import clock
from fanzha.kit.money import parse_yuan
from fanzha.simulator.bank.book import Account, Book, Hold, local_stamp

DONE, PARTLY, QUEUED, MISMATCH, REFUSED, NO_ACCOUNT = "0000", "0001", "0002", "0003", "0004", "200010"
_STOP, _STOP_EXTEND, _STOP_LIFT = "100101", "100105", "100103"
_FREEZE, _RENEW, _UNFREEZE = "100201", "100205", "100203"
_SUSPEND, _SUSPEND_LONGER, _RESUME = "FZ0101", "FZ0105", "FZ0103"
_SLOT: Final = {_STOP: "stop", _FREEZE: "freeze", _SUSPEND: "noncounter"}
_LONGER: Final = frozenset({_STOP_EXTEND, _RENEW, _SUSPEND_LONGER})
_LIFTING: Final = frozenset({_STOP_LIFT, _UNFREEZE, _RESUME})
_ALL_ACCOUNTS: Final = "100309"
_QUERIES: Final = frozenset({"100301", "100303", _ALL_ACCOUNTS})

Fields = dict[str, Any]


def decide(book: Book, message: Mapping[str, Any], now: datetime) -> Fields:
    """The fields of the result, without serial and ApplicationID."""
    code = str(message.get("TxCode", ""))
    account = book.find(message)
    if account is None:
        return {"Result": NO_ACCOUNT, "FailureCause": "无此账户"}
    if code in _QUERIES:
        told: Fields = {"Result": DONE, "AccountBalance": _yuan(account.balance_fen), "AccountName": account.holder}
        return told | ({"Accounts": [_listed(one) for one in book.of_holder(account)]} if code == _ALL_ACCOUNTS else {})
    if code in _SLOT:
        return _impose(account, message, _SLOT[code], now)
    if code in _LONGER:
        return _lengthen(account, message)
    if code in _LIFTING:
        return _lift(account, message)
    return {"Result": REFUSED, "FailureCause": f"不支持的交易类型{code}"}


def compare(account: Account, message: Mapping[str, Any]) -> dict[str, bool]:
    """Name, account, amount and time, each by itself. An order without a transfer has nothing to compare but name and account."""
    name = not message.get("AccountName") or message["AccountName"] == account.holder
    checked = {"AccountName": name, "AccountNumber": True, "TransferAmount": True, "TransferTime": True}
    if message.get("TransferAmount"):
        amount, at = parse_yuan(str(message["TransferAmount"])), str(message.get("TransferTime", ""))
        sums = account.incoming is None or any(fen == amount for _, fen in account.incoming)
        checked |= {"TransferAmount": sums, "TransferTime": account.took(at, amount)}
    return checked


def _impose(account: Account, message: Mapping[str, Any], slot: str, now: datetime) -> Fields:
    checked = compare(account, message)
    if not all(checked.values()):
        return {"Result": MISMATCH, "Checked": checked, "FailureCause": "、".join(name for name, agrees in checked.items() if not agrees) + "不符"}
    before = next((hold for hold in account.holds if hold.slot == slot), None)
    if before is not None and slot == "freeze":
        return {
            "Result": QUEUED, "Checked": checked, "FormerApplicationDepartment": before.application_id, "FormerFrozenBalance": _yuan(before.amount_fen),
            "FormerFrozenExpireTime": before.until,
        }  # fmt: skip
    if before is not None:
        return {"Result": REFUSED, "Checked": checked, "FailureCause": "账户已处于同类管控"}
    asked = parse_yuan(str(message["Balance"])) if message.get("Balance") else None
    held = min(asked, account.balance_fen) if asked is not None else account.balance_fen
    account.holds.append(Hold(str(message["ApplicationID"]), slot, held, ""))
    return {
        "Result": DONE if asked is None or held == asked else PARTLY, "Checked": checked, "StartTime": local_stamp(clock.to_local(now)),
        "AppliedBalance": _yuan(asked) if asked is not None else "", "FrozedBalance": _yuan(held) if asked is not None else "",
        "AccountBalance": _yuan(account.balance_fen),
    }  # fmt: skip


def _original(account: Account, message: Mapping[str, Any]) -> Hold | None:
    wanted = message.get("OriginalApplicationID")
    return next((hold for hold in account.holds if hold.application_id == wanted), None)


def _lengthen(account: Account, message: Mapping[str, Any]) -> Fields:
    return {"Result": DONE} if _original(account, message) is not None else {"Result": REFUSED, "FailureCause": "原措施已失效"}


def _lift(account: Account, message: Mapping[str, Any]) -> Fields:
    """What is lifted already is as good as lifted now."""
    hold = _original(account, message)
    if hold is not None:
        account.holds.remove(hold)
    return {"Result": DONE}


def _listed(account: Account) -> Fields:
    return {
        "AccountNumber": account.number, "AccountState": "正常", "AccountBalance": _yuan(account.balance_fen), "OpenTime": account.opened,
        "LastTransactionTime": account.incoming[-1][0] if account.incoming else "",
    }  # fmt: skip


def _yuan(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02d}"
