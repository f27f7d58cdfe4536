"""Orders and answers in the words of the message vocabulary (DOMAIN §8: names of fields and codes are facts, the JSON form is ours).

Times are written yyyyMMddHHmmss on a Chinese clock, money as yuan with two decimals, as the vocabulary does. docs/orders.md publishes the form.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import orjson

from fanzha.desks.controls.domain import Answer, Checks, Effect, Result, Subject
from fanzha.desks.controls.errors import BadAnswer
from fanzha.desks.controls.model import Order
from fanzha.kit import clock
from fanzha.kit.money import Fen, InvalidAmount, parse_yuan

LONGEST_SERIAL = 53
_STAMP = "%Y%m%d%H%M%S"
_SENDER = "FANZHA"

RESULTS: Mapping[str, Result] = {
    "0000": Result.DONE, "0001": Result.PARTLY, "0002": Result.QUEUED, "200010": Result.NO_SUCH_ACCOUNT, "0003": Result.MISMATCH, "0004": Result.REFUSED,
    "0005": Result.PASSED, "0006": Result.NOT_PASSED, "0007": Result.NOT_REACHED, "200011": Result.NO_SUCH_NUMBER,
}  # fmt: skip
"""Result codes of answers. 200010 (no account) is the vocabulary's, the others are ours; the words of domain.Result are taken, too."""


def stamp(at: datetime | None) -> str:
    """20260302120000 on a Chinese clock; '' for nothing."""
    return clock.to_local(at).strftime(_STAMP) if at is not None else ""


def read_stamp(text: str, field: str) -> datetime | None:
    """The instant (UTC), None for ''. Raises BadAnswer."""
    if not text:
        return None
    try:
        if len(text) != len("yyyyMMddHHmmss") or not text.isdigit():
            raise ValueError(text)
        return datetime.strptime(text, _STAMP).replace(tzinfo=clock.SHANGHAI).astimezone(UTC)
    except ValueError as wrong:
        raise BadAnswer(f"{field} is no time of the form yyyyMMddHHmmss.", field=field) from wrong


def money(fen: Fen | None) -> str:
    """1234.50; '' for nothing."""
    return f"{fen // 100}.{fen % 100:02d}" if fen is not None else ""


def read_money(text: str, field: str) -> Fen | None:
    """Fen, None for ''. Raises BadAnswer: no sum of yuan, or a negative one."""
    if not text:
        return None
    try:
        fen = parse_yuan(text)
    except InvalidAmount as wrong:
        raise BadAnswer(f"{field} is no sum of yuan.", field=field) from wrong
    if fen < 0 or fen > 10**17:
        raise BadAnswer(f"{field} is no sum of yuan.", field=field)
    return fen


def outgoing(order: Order, serial: str, original: Order | None) -> dict[str, Any]:
    """The order as its receiver gets it. `original`: the measure that an extension or release is for."""
    kind = order.of_kind
    body: dict[str, Any] = {
        "TxCode": kind.tx_code, "MessageFrom": _SENDER, "TransSerialNumber": serial, "ApplicationID": order.application_id, "OrderKind": order.kind,
        "CaseNumber": order.case_number, "CaseType": order.fraud_type, "Reason": order.reason, "Remark": "",
        "AccountType": order.holder_type, "AccountName": order.holder_name or "", "AccountNumber": order.subject_no,
        "Bank": {"ID": order.bank_id, "Name": order.receiver_name},
        "LegalBasis": {"Key": order.basis, "Version": order.basis_version, "EffectiveFrom": order.basis_from.isoformat()},
        "ApplicationOrgID": order.org_id, "ApplicationOrgName": order.org_name, "ApplicationTime": stamp(order.approved_at),
        "Operator": {"IDType": "warrant", "IDNumber": order.officer_one_card, "Name": order.officer_one_name},
        "Investigator": {"IDType": "warrant", "IDNumber": order.officer_two_card, "Name": order.officer_two_name},
        "Approver": order.approver_name or "", "ElectronicSeal": order.seal or "", "FeedbackLimit": stamp(order.answer_by), "ValidUntil": stamp(order.valid_until),
        "Notice": {"zh": order.notice_zh or "", "en": order.notice_en or ""},
    }  # fmt: skip
    if original is not None:
        body["OriginalApplicationID"] = original.application_id
    if kind.effect in (Effect.IMPOSE, Effect.EXTEND):
        body |= {"Term": {"Count": order.term_count, "Unit": order.term_unit}, "FreezeType": kind.mode}
    if kind.subject is Subject.NUMBER:
        body |= {"AccountNumber": "", "PhoneNumber": order.subject_no, "Scope": order.scope.split(), "Ground": order.ground}
    if kind.has_amount:
        body |= {"Currency": "CNY", "Balance": money(order.amount_fen)}
    if kind.must_match or order.transfer_at is not None:
        body |= {"TransferAmount": money(order.transfer_fen), "TransferTime": stamp(order.transfer_at), "TransferOut": _transfer_out(order)}
    return body


def _transfer_out(order: Order) -> dict[str, str]:
    return {"BankID": "", "BankName": order.payer_bank, "AccountName": order.payer_name or "", "AccountNumber": order.payer_account or ""}


def incoming(body: Mapping[str, Any]) -> Answer:
    """What a receiver reports. Raises BadAnswer: an unknown result, a time or sum that is none."""

    def text(field: str) -> str:
        return str(body.get(field) or "").strip()

    checked = body.get("Checked") or {}
    return Answer(
        result=_result(text("Result")),
        checks=Checks(*(checked.get(field) is True for field in ("AccountName", "AccountNumber", "TransferAmount", "TransferTime"))),
        started_at=read_stamp(text("StartTime"), "StartTime"), expires_at=read_stamp(text("ExpireTime"), "ExpireTime"),
        applied_fen=read_money(text("AppliedBalance"), "AppliedBalance"), held_fen=read_money(text("FrozedBalance"), "FrozedBalance"),
        balance_fen=read_money(text("AccountBalance"), "AccountBalance"), former_department=text("FormerApplicationDepartment")[:200],
        former_held_fen=read_money(text("FormerFrozenBalance"), "FormerFrozenBalance"),
        former_expires_at=read_stamp(text("FormerFrozenExpireTime"), "FormerFrozenExpireTime"), cause=text("FailureCause")[:500],
    )  # fmt: skip


def _result(code: str) -> Result:
    if code in RESULTS:
        return RESULTS[code]
    try:
        return Result(code)
    except ValueError as wrong:
        raise BadAnswer("Result is not one of the codes.", field="Result") from wrong


def serial_for(tx_code: str, made: str, at: datetime) -> str:
    """A serial of ours: FZ, message code, time, and 20 digits of the message's own id (42 characters)."""
    return f"FZ{tx_code}{stamp(at)}{made[-20:]}"


def dump(body: Mapping[str, Any]) -> str:
    """The bytes that are kept, pulled and signed: one form for one content."""
    return orjson.dumps(dict(body), option=orjson.OPT_SORT_KEYS).decode()
