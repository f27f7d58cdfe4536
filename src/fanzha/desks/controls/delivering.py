"""Messages pushed to receivers: signed, repeated with growing waits, given up with an alarm.

At least once: a message is claimed in one transaction (the next try is set ahead), sent outside any, and its outcome written in another. Whoever dies
between leaves a message that is sent again; the receiver knows it by its serial.
"""

from __future__ import annotations

import ipaddress
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import httpx2
from sqlalchemy import select

from fanzha.desks.controls import repository
from fanzha.desks.controls.domain import AlarmKind
from fanzha.desks.controls.errors import BadEndpoint
from fanzha.desks.controls.model import OrderEndpoint, OrderMessage
from fanzha.desks.controls.numbers import Numbers
from fanzha.kit import clock, signing
from fanzha.store import Scope, Work
from fanzha.store.database import Database

_TIMEOUT = 10.0
_LEASE = timedelta(seconds=60)
"""How long a claimed message is left to whoever claimed it."""
BATCH = 50

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Parcel:
    message_id: str
    serial: str
    body: bytes
    url: str
    secret: str


@dataclass(frozen=True)
class Pushed:
    """What one run did."""

    delivered: int
    failed: int


class Pusher:
    """Pushes what is due. `transport` replaces the network in tests."""

    def __init__(self, database: Database, scope: Scope, transport: httpx2.BaseTransport | None = None) -> None:
        self._database = database
        self._scope = scope
        self._transport = transport

    def run(self) -> Pushed:
        """One round: what fails now is tried again when its wait is over."""
        delivered = failed = 0
        with httpx2.Client(transport=self._transport, timeout=_TIMEOUT, follow_redirects=False, trust_env=False) as client:
            while parcels := self._claim():
                for parcel in parcels:
                    error = _post(client, parcel)
                    with self._database.work(self._scope) as work:
                        _settle(work, parcel.message_id, error)
                    delivered, failed = delivered + (not error), failed + bool(error)
        return Pushed(delivered, failed)

    def _claim(self) -> list[_Parcel]:
        with self._database.work(self._scope) as work:
            return [parcel for message in _due(work, clock.now()) if (parcel := _parcel(work, message)) is not None]


def _due(work: Work, now: datetime) -> Sequence[OrderMessage]:
    query = select(OrderMessage).where(OrderMessage.push == "waiting", OrderMessage.next_at <= now)
    return work.session.scalars(query.order_by(OrderMessage.seq).limit(BATCH).with_for_update(skip_locked=True)).all()


def _parcel(work: Work, message: OrderMessage) -> _Parcel | None:
    """Claimed; None where the receiver wants nothing pushed and pulls instead."""
    endpoint = repository.endpoint(work, message.receiver_org_id)
    if endpoint is None or not endpoint.active:
        message.push, message.next_at = "none", None
        return None
    message.attempts += 1
    message.next_at = clock.now() + _LEASE
    return _Parcel(message.id, message.serial, message.body.encode(), endpoint.url, endpoint.secret)


def _post(client: httpx2.Client, parcel: _Parcel) -> str:
    """'' where the receiver took it, else why not."""
    headers = signing.sign(parcel.secret, clock.now(), parcel.serial, parcel.body) | {"Content-Type": "application/json"}
    try:
        response = client.post(parcel.url, content=parcel.body, headers=headers)
    except httpx2.HTTPError as error:
        return type(error).__name__
    return "" if response.is_success else f"HTTP {response.status_code}"


def _settle(work: Work, message_id: str, error: str) -> None:
    message = work.session.scalars(select(OrderMessage).where(OrderMessage.id == message_id).with_for_update()).one()
    if message.push != "waiting":
        return  # another run has settled it
    if not error:
        message.push, message.delivered_at, message.next_at, message.last_error = "delivered", clock.now(), None, ""
        return
    number, message.last_error = Numbers(work, ""), error
    if message.attempts < number.whole("push.attempts"):
        message.next_at = clock.now() + wait_after(message.attempts, number.whole("push.first_seconds"), number.whole("push.longest_seconds"))
        return
    message.push, message.next_at = "dead", None
    repository.raise_alarm(work, message.order_id, AlarmKind.NOT_DELIVERED, message.made_at)
    work.audit("order.message_given_up", f"order:{message.order_id}", {"message": message.id, "attempts": message.attempts, "error": error})
    _log.error("message %s to %s is given up after %s tries: %s", message.serial, message.receiver_org_id, message.attempts, error)


def wait_after(attempts: int, first_seconds: int, longest_seconds: int) -> timedelta:
    """Doubles with every failure, up to the longest."""
    return timedelta(seconds=min(longest_seconds, first_seconds * 2 ** min(attempts - 1, 20)))


def push_again(work: Work, order_id: str) -> int:
    """Take up the messages of an order that were given up; returns how many. For whoever runs the installation."""
    dead = work.session.scalars(select(OrderMessage).where(OrderMessage.order_id == order_id, OrderMessage.push == "dead").with_for_update()).all()
    for message in dead:
        message.push, message.attempts, message.next_at = "waiting", 0, clock.now()
    if dead:
        work.audit("order.message_taken_up", f"order:{order_id}", {"messages": len(dead)})
        work.defer("controls.deliver", once="controls.deliver")
    return len(dead)


def set_endpoint(work: Work, org_id: str, url: str, secret: str, *, active: bool = True) -> None:
    """Where a receiver's messages are pushed to; replaces what was there. The secret is at least 32 characters.

    Raises:
        BadEndpoint.
    """
    check_address(url)
    if len(secret) < 32:
        raise BadEndpoint("The secret is too short.", remedy="Use at least 32 characters.")
    row = work.session.get(OrderEndpoint, org_id)
    if row is None:
        row = OrderEndpoint(org_id=org_id)
        work.session.add(row)
    row.url, row.secret, row.active, row.set_at, row.set_by = url, secret, active, clock.now(), work.actor
    work.session.flush()
    work.audit("order.endpoint_set", f"organisation:{org_id}", {"host": urlsplit(url).hostname, "active": active})


def check_address(url: str) -> None:
    """https anywhere, plain http on this machine only. Raises BadEndpoint."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as wrong:
        raise BadEndpoint(url=url) from wrong
    del port
    if not host or parts.username or parts.password or parts.scheme not in ("http", "https"):
        raise BadEndpoint(url=url)
    if parts.scheme == "http" and not _is_this_machine(host):
        raise BadEndpoint(url=url)


def _is_this_machine(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
