"""Orders for the systems of banks and payment institutions: pull, acknowledge, report. Field names are those of the platform messages (docs/orders.md)."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Header, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from fanzha.desks.controls import Order, answering, errors, first_tier, messages, policy, repository
from fanzha.desks.controls.answering import Message
from fanzha.desks.controls.numbers import Numbers
from fanzha.faces.common.context import ApiContext, api_access
from fanzha.kit import clock, signing
from fanzha.store import Work

router = APIRouter(prefix="/orders", tags=["orders"])

Receiver = Annotated[ApiContext, Depends(api_access(policy.RECEIVE))]
Cursor = Annotated[int, Query(ge=0, le=2**62, description="The `cursor` of the last answer; 0 begins at the beginning.")]
Limit = Annotated[int, Query(ge=1, le=200)]
ACCEPTED = "100000"


class Pulled(BaseModel):
    """Messages in the order of their making. Ask again with `cursor` until `more` is false."""

    messages: list[dict[str, Any]]
    cursor: int
    more: bool


class Accounts(BaseModel):
    """First-tier accounts of one's own institution, in the order of sending."""

    accounts: list[dict[str, Any]]
    cursor: int
    more: bool


class _Incoming(BaseModel):
    model_config = ConfigDict(extra="allow")

    serial: str = Field(alias="TransSerialNumber", min_length=1, max_length=messages.LONGEST_SERIAL, description="Of your message; never used for another.")
    application_id: str = Field(alias="ApplicationID", min_length=1, max_length=100, description="Of the order.")
    tx_code: str = Field(default="", alias="TxCode", max_length=10)


class Acknowledgement(_Incoming):
    """The order has arrived and is being worked on."""


class Checked(BaseModel):
    """What was compared with the order before money was stopped; all four must be true for `Result` 0000 or 0001 of a stop."""

    name: bool = Field(default=False, alias="AccountName")
    account: bool = Field(default=False, alias="AccountNumber")
    amount: bool = Field(default=False, alias="TransferAmount")
    time: bool = Field(default=False, alias="TransferTime")


class Outcome(_Incoming):
    """What came of the order. Times yyyyMMddHHmmss (China), money yuan such as `1234.50`."""

    result: str = Field(alias="Result", max_length=20, description="0000 done · 0001 partly · 0002 queued · 200010 no such account · 0003 mismatch · 0004 refused")
    checked: Checked | None = Field(default=None, alias="Checked")
    start: str = Field(default="", alias="StartTime", max_length=14)
    expire: str = Field(default="", alias="ExpireTime", max_length=14)
    applied: str = Field(default="", alias="AppliedBalance", max_length=24)
    frozen: str = Field(default="", alias="FrozedBalance", max_length=24)
    balance: str = Field(default="", alias="AccountBalance", max_length=24)
    former_department: str = Field(default="", alias="FormerApplicationDepartment", max_length=200)
    former_balance: str = Field(default="", alias="FormerFrozenBalance", max_length=24)
    former_expire: str = Field(default="", alias="FormerFrozenExpireTime", max_length=14)
    cause: str = Field(default="", alias="FailureCause", max_length=500)


class Taken(BaseModel):
    """The message was taken; the same message again gives the same answer."""

    result_code: str = Field(default=ACCEPTED, serialization_alias="ResultCode")
    application_id: str = Field(serialization_alias="ApplicationID")
    state: str = Field(serialization_alias="State")
    start: str = Field(serialization_alias="StartTime")
    expire: str = Field(serialization_alias="ExpireTime")


async def _raw(request: Request) -> bytes:
    return await request.body()


Raw = Annotated[bytes, Depends(_raw)]
Stamp = Annotated[str, Header(alias=signing.TIMESTAMP)]
Serial = Annotated[str, Header(alias=signing.SERIAL)]
Signature = Annotated[str, Header(alias=signing.SIGNATURE)]


@router.get("/messages")
def pull(api: Receiver, after: Cursor = 0, limit: Limit = 100) -> Pulled:
    """Messages to one's own organisation that were made after the cursor. Nothing is marked as read: the cursor is yours to keep."""
    with api.work() as work:
        found = repository.messages_after(work, api.me.org_id, after, limit + 1)
        rows = found[:limit]
        bodies = [orjson.loads(message.body) for message in rows]
        if bodies:
            work.audit("orders.pulled", "orders", {"messages": len(bodies), "from": rows[0].seq, "to": rows[-1].seq})
    return Pulled(messages=bodies, cursor=rows[-1].seq if rows else after, more=len(found) > limit)


@router.get("/first-tier")
def first_tier_accounts(api: Receiver, after: Cursor = 0, limit: Limit = 100) -> Accounts:
    """Accounts of one's own institution that victims paid into (总对总)."""
    with api.work() as work:
        found = first_tier.after(work, api.me.org_id, after, limit + 1)
        rows = found[:limit]
        if rows:
            work.audit("orders.first_tier_pulled", "orders", {"accounts": len(rows), "from": rows[0].cursor, "to": rows[-1].cursor})
    return Accounts(accounts=[one.row for one in rows], cursor=rows[-1].cursor if rows else after, more=len(found) > limit)


@router.get("/{application_id}")
def state(api: Receiver, application_id: str) -> Taken:
    """Where one order stands."""
    with api.work() as work:
        return _taken(_order(work, application_id))


@router.post("/acknowledgements")
def acknowledge(api: Receiver, body: Acknowledgement, raw: Raw, stamp: Stamp = "", serial: Serial = "", signature: Signature = "") -> Taken:
    """Say that an order has arrived. Idempotent by `TransSerialNumber`."""
    with api.work() as work:
        _check_signature(work, body.serial, raw, stamp, serial, signature)
        return _taken(answering.acknowledge(work, _order(work, body.application_id).id, Message(body.serial, _said(raw))))


@router.post("/results")
def report(api: Receiver, body: Outcome, raw: Raw, stamp: Stamp = "", serial: Serial = "", signature: Signature = "") -> Taken:
    """Say what came of an order. Idempotent by `TransSerialNumber`."""
    with api.work() as work:
        _check_signature(work, body.serial, raw, stamp, serial, signature)
        said = messages.incoming(body.model_dump(by_alias=True))
        return _taken(answering.answer(work, _order(work, body.application_id).id, said, Message(body.serial, _said(raw))))


def _order(work: Work, application_id: str) -> Order:
    found = repository.by_application(work, application_id)
    order = repository.by_id(work, found) if found else None
    if order is None:
        raise errors.OrderNotFound(application=application_id)
    return order


def _said(raw: bytes) -> str:
    """The content apart from the order of its fields, so that a repeated message is known again."""
    return messages.dump(orjson.loads(raw))


def _check_signature(work: Work, body_serial: str, raw: bytes, stamp: str, serial: str, signature: str) -> None:
    """Of a receiver that has an endpoint every message must be signed. Raises BadSignature."""
    endpoint = repository.endpoint(work, work.scope.org_id)
    if endpoint is None:
        return
    window = timedelta(seconds=Numbers(work, work.scope.region).whole("signature_seconds"))
    if serial != body_serial or not signing.fits(endpoint.secret, stamp, serial, signature, raw, now=clock.now(), window=window):
        raise errors.BadSignature


def _taken(order: Order) -> Taken:
    return Taken(
        application_id=order.application_id, state=order.state_now.value, start=messages.stamp(order.starts_at), expire=messages.stamp(order.ends_at)
    )
