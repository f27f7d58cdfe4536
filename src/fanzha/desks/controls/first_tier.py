"""First-tier accounts (一级账户, those that a victim paid into) as a list for banks' head offices (总对总)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import orjson
from sqlalchemy import Select, select

from fanzha.desks.controls.domain import Effect
from fanzha.desks.controls.messages import money, stamp
from fanzha.desks.controls.model import Order, OrderMessage
from fanzha.kit import clock
from fanzha.kit.errors import InvalidInput
from fanzha.kit.ids import new_id
from fanzha.store import Work

Form = Literal["csv", "json"]
FIELDS = (
    "BatchSerial", "BankID", "BankName", "AccountType", "AccountName", "AccountNumber", "TransferTime", "TransferAmount", "CaseNumber", "CaseType", "ApplicationID",
    "ApplicationOrgName", "ApplicationTime",
)  # fmt: skip
MOST = 50_000


class TooManyAccounts(InvalidInput):
    """The period holds more accounts than one batch takes."""

    code = "too_many_accounts"
    remedy = "Choose a shorter period."


@dataclass(frozen=True)
class Listed:
    """One account as it is sent, and the cursor behind it."""

    cursor: int
    row: dict[str, Any]


def after(work: Work, receiver_org_id: str, cursor: int, limit: int) -> list[Listed]:
    """Accounts of one receiver whose first order was sent after the cursor, in the order of sending; again where a later order names the same account."""
    query = _sent().where(OrderMessage.receiver_org_id == receiver_org_id, OrderMessage.seq > cursor)
    return [Listed(seq, _row(order, "")) for seq, order in _rows(work, query.limit(limit))]


def batch(work: Work, since: datetime, until: datetime, form: Form) -> tuple[str, bytes]:
    """(serial, file) of the accounts in sight whose order was sent in [since, until). Identifiers are in clear: the list is for head offices. Audited.

    Raises:
        TooManyAccounts.
    """
    found = _rows(work, _sent().where(Order.sent_at >= since, Order.sent_at < until).limit(MOST + 1))
    if len(found) > MOST:
        raise TooManyAccounts(most=MOST)
    serial = f"FT{stamp(clock.now())}{new_id()[-12:]}"
    rows = [_row(order, serial) for _, order in _once(found)]
    work.audit("orders.first_tier_exported", "orders", {"batch": serial, "accounts": len(rows), "since": since.isoformat(), "until": until.isoformat()})
    return serial, _csv(rows) if form == "csv" else orjson.dumps({"BatchSerial": serial, "Accounts": rows}, option=orjson.OPT_INDENT_2)


def _sent() -> Select[int, Order]:
    """Orders that impose something on a first-tier account, each with its first message."""
    return (
        select(OrderMessage.seq, Order)
        .join(Order, Order.id == OrderMessage.order_id)
        .where(Order.tier == 1, Order.effect == Effect.IMPOSE.value, ~OrderMessage.tx_code.startswith("FZ02"))
        .order_by(OrderMessage.seq)
    )


def _rows(work: Work, query: Select[int, Order]) -> list[tuple[int, Order]]:
    return [(row[0], row[1]) for row in work.session.execute(query)]


def _once(found: Iterable[tuple[int, Order]]) -> list[tuple[int, Order]]:
    """The first order of every account of a bank."""
    first: dict[tuple[str, str], tuple[int, Order]] = {}
    for seq, order in found:
        first.setdefault((order.receiver_org_id, order.subject_index), (seq, order))
    return list(first.values())


def _row(order: Order, serial: str) -> dict[str, Any]:
    values = (
        serial, order.bank_id, order.receiver_name, order.holder_type, order.holder_name or "", order.subject_no, stamp(order.transfer_at),
        money(order.transfer_fen), order.case_number, order.fraud_type, order.application_id, order.org_name, stamp(order.approved_at),
    )  # fmt: skip
    return dict(zip(FIELDS, values, strict=True))


def _csv(rows: Sequence[dict[str, Any]]) -> bytes:
    """UTF-8 with a mark at the start, so that spreadsheets read the Chinese; a tab before long numbers keeps their digits."""
    out = io.StringIO()
    writer = csv.DictWriter(out, FIELDS)
    writer.writeheader()
    writer.writerows({name: _cell(str(value)) for name, value in row.items()} for row in rows)
    return out.getvalue().encode("utf-8-sig")


def _cell(text: str) -> str:
    """No formula, and no number that a spreadsheet would round."""
    return f"\t{text}" if text[:1] in "=+-@" or (text.isdigit() and len(text) > 11) else text
