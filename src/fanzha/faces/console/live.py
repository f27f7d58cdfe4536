"""`GET /live`: server-sent events. One connection of this process listens to PostgreSQL; every open page gets what its reader may know of: warnings, orders,
numbers.

Each event is JSON {topic, text?, level?, url?} with an id `EPOCH-NUMBER`. A client that comes back with `Last-Event-ID` gets what it missed, or, where that
is no longer known, a hint to reload for each topic (`{"topic": "warnings", "reload": true}`). A client that does not keep up loses the oldest and gets the same hint.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections import deque
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Annotated, Any

import orjson
import psycopg
from fastapi import APIRouter, Depends, Header, Request
from fastapi.responses import StreamingResponse

from fanzha.desks import controls, lines
from fanzha.desks.warnings import LIVE_CHANNEL, policy
from fanzha.faces.common.context import PageContext, signed_in
from fanzha.faces.common.i18n import Locale
from fanzha.kit.ids import new_id
from fanzha.store import Principal
from fanzha.store.database import APP_ROLE
from fanzha.vocab.organisations import OrgKind

router = APIRouter()

HEARTBEAT_SECONDS = 15.0
GATHER_SECONDS = 0.5
"""News of so long is told together, so that a busy minute does not make every page reload a hundred times."""
LONGEST_SECONDS = 600.0
"""A stream ends after this time and the browser opens the next one, which is checked anew: a revoked session stops hearing."""
QUEUE = 100
REMEMBERED = 1000
_RETRY_SECONDS = 2.0
_NUMBER = re.compile(r"[0-9]{1,18}")
TOPICS = ("warnings", "orders", "lines")
_CHANNELS = (LIVE_CHANNEL, controls.LIVE_CHANNEL, lines.LIVE_CHANNEL)

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class News:
    """One notification, numbered in this process."""

    number: int
    payload: Mapping[str, Any]


@dataclass(eq=False)
class Client:
    """One open page."""

    reader: Principal
    waiting: asyncio.Queue[News | None] = field(default_factory=lambda: asyncio.Queue(QUEUE))
    """None stands for "something was missed"."""

    def give(self, news: News | None) -> None:
        """Never waits: of a client that is too slow everything is dropped, and it is told to reload."""
        if self.waiting.full():
            self.drained()
            news = None
        self.waiting.put_nowait(news)

    def drained(self) -> list[News | None]:
        """Everything that waits."""
        return [self.waiting.get_nowait() for _ in range(self.waiting.qsize())]


class Hub:
    """Fans notifications out to clients. All its methods run in the event loop; the listening connection lives while there are clients."""

    def __init__(self, conninfo: str) -> None:
        self.epoch = new_id()[:12]
        self._conninfo = conninfo
        self._clients: set[Client] = set()
        self._past: deque[News] = deque(maxlen=REMEMBERED)
        self._number = 0
        self._listener: asyncio.Task[None] | None = None

    def join(self, client: Client, last_id: str | None) -> list[News | None]:
        """Take a client in; returns what it missed since `last_id`, `[None]` where that is not known any more."""
        self._clients.add(client)
        if self._listener is None:
            self._listener = asyncio.create_task(self._listen())
        return self._missed(last_id) if last_id else []

    async def leave(self, client: Client) -> None:
        """Let a client go; the last one ends the listening."""
        self._clients.discard(client)
        if not self._clients and self._listener is not None:
            listener, self._listener = self._listener, None
            listener.cancel()
            # Nobody listens from here on, so what comes next must not look gapless.
            self.epoch = new_id()[:12]
            self._past.clear()
            # The request that leaves is itself being cancelled, again and again; the listener's clean-up must not be.
            await asyncio.shield(asyncio.gather(listener, return_exceptions=True))

    def publish(self, payload: Mapping[str, Any]) -> None:
        self._number += 1
        news = News(self._number, payload)
        self._past.append(news)
        for client in self._clients:
            client.give(news)

    def identity(self, news: News) -> str:
        return f"{self.epoch}-{news.number}"

    def _missed(self, last_id: str) -> list[News | None]:
        epoch, _, number = last_id.rpartition("-")
        if epoch != self.epoch or not _NUMBER.fullmatch(number):
            return [None]
        oldest = self._past[0].number if self._past else self._number + 1
        if int(number) + 1 < oldest:
            return [None]
        return [news for news in self._past if news.number > int(number)]

    async def _listen(self) -> None:
        while True:
            try:
                await self._listen_once()
            except psycopg.Error as error:
                _log.warning("live updates lost their connection, trying again: %s", error)
                await asyncio.sleep(_RETRY_SECONDS)

    async def _connect(self) -> psycopg.AsyncConnection[Any]:
        """A connection; closed again where the last page went while it was being opened."""
        opening = asyncio.ensure_future(psycopg.AsyncConnection.connect(self._conninfo, autocommit=True))
        try:
            return await asyncio.shield(opening)
        except asyncio.CancelledError:
            with suppress(psycopg.Error):  # it never opened: there is nothing to close
                await (await opening).close()
            raise

    async def _listen_once(self) -> None:
        async with await self._connect() as connection:
            for channel in _CHANNELS:
                await connection.execute(f"LISTEN {channel}".encode())
            for client in self._clients:
                client.give(None)  # whatever was announced before we listened is unknown
            async for notice in connection.notifies():
                self.publish(orjson.loads(notice.payload))


def concerns(reader: Principal, payload: Mapping[str, Any]) -> bool:
    """Whether the reader may know of this: the permission and the region, as row security would have it. What is of no known kind concerns nobody."""
    if payload.get("kind") in {"order", "stop_proposed"}:
        return _concerns_of_orders(reader, payload)
    if payload.get("kind") == "lines":
        return _concerns_of_numbers(reader, payload)
    if payload.get("kind") not in {"warning", "warnings"}:
        return False
    if not reader.may(policy.SEE) or reader.org_kind not in policy.ORG_KINDS:
        return False
    region, offered = str(payload.get("region", "")), str(payload.get("offered", ""))
    # News of a whole county reaches those below it too: it only says "reload".
    below = payload["kind"] == "warnings" and reader.region.startswith(region)
    return region.startswith(reader.region) or below or bool(offered and offered.startswith(reader.region))


def _concerns_of_orders(reader: Principal, payload: Mapping[str, Any]) -> bool:
    """The police of the region; the receiver once the order is sent."""
    if payload.get("receiver") and payload["receiver"] == reader.org_id:
        return True
    police = reader.org_kind in controls.policy.POLICE and reader.may(controls.policy.SEE)
    return police and str(payload.get("region", "")).startswith(reader.region)


def _concerns_of_numbers(reader: Principal, payload: Mapping[str, Any]) -> bool:
    """The police of one of the areas; '' stands for all."""
    police = reader.org_kind in controls.policy.POLICE and reader.may(lines.policy.SEE)
    return police and any(not region or str(region).startswith(reader.region) for region in payload.get("regions", ()))


def message(payload: Mapping[str, Any], reader: Principal, locale: Locale) -> dict[str, Any]:
    """What the browser is told. Only what is urgent gets a text, and nobody is told of what they did themselves."""
    if payload["kind"] in {"order", "stop_proposed"}:
        return _message_of_orders(payload, reader, locale)
    if payload["kind"] == "lines":
        return {"topic": "lines"}
    news: dict[str, Any] = {"topic": "warnings"}
    texts = _TEXTS.get(str(payload.get("action")))
    if payload["kind"] == "warning" and texts and payload.get("level") in {"red", "yellow"} and payload.get("actor") != reader.user_id:
        place = "field/tasks" if reader.org_kind in {OrgKind.POLICE_STATION, OrgKind.GRID} else "warnings"
        news |= {"text": texts[locale is Locale.EN], "level": payload["level"], "url": f"/{place}/{payload['id']}"}
    return news


def _message_of_orders(payload: Mapping[str, Any], reader: Principal, locale: Locale) -> dict[str, Any]:
    """A new order for its receiver, a request for who approves, an answer for who asked, a proposed stop for who may request it."""
    news: dict[str, Any] = {"topic": "orders"}
    if payload.get("actor") == reader.user_id or payload.get("dropped"):
        return news
    texts, url = ("", ""), f"/orders/{payload.get('order')}"
    state = payload.get("state")
    if payload["kind"] == "stop_proposed":
        texts, url = (_PROPOSED if reader.may(controls.policy.REQUEST) else texts), "/orders"
    elif payload.get("receiver") == reader.org_id:
        texts, url = (_ARRIVED if state == "sent" else texts), f"/order-inbox/{payload['order']}"
    elif state == "requested" and not payload.get("alarm"):
        texts = _REQUESTED if reader.may(controls.policy.APPROVE) else texts
    elif payload.get("requester") == reader.user_id:
        texts = _ANSWERED.get(str(state), texts)
    return news | ({"text": texts[locale is Locale.EN], "level": "yellow", "url": url} if texts[0] else {})


_PROPOSED = ("有止付建议待申请", "A stop is proposed and waits to be requested")
_ARRIVED = ("新指令待签收", "A new order waits to be acknowledged")
_REQUESTED = ("有指令待审批", "An order waits for approval")
_ANSWERED = {
    "in_force": ("银行已反馈：控制生效", "The bank answered: in force"), "queued": ("银行已反馈：轮候", "The bank answered: queued"),
    "done": ("银行已反馈：已办结", "The bank answered: done"), "failed": ("银行已反馈：未执行", "The bank answered: not carried out"),
    "declined": ("申请未获批准", "The request was declined"),
}  # fmt: skip
_TEXTS = {
    "dispatch": ("新预警待签收", "A new warning waits to be signed"),
    "raise": ("预警等级上调", "A warning was raised"),
    "escalate": ("预警超期，已升级", "A warning is overdue and was escalated"),
}


@router.get("/live")
async def live(
    page: Annotated[PageContext, Depends(signed_in())], last_event_id: Annotated[str | None, Header()] = None
) -> StreamingResponse:  # fmt: skip
    """The stream of one page, for whoever is signed in: each event is told to those alone whom it concerns."""
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(stream(hub_of(page.request), page.me, page.locale, last_event_id), media_type="text/event-stream", headers=headers)


def hub_of(request: Request) -> Hub:
    """The hub of this process."""
    state = request.app.state
    if not hasattr(state, "live_hub"):
        state.live_hub = Hub(state.platform.database.conninfo(APP_ROLE))
    hub = state.live_hub
    assert isinstance(hub, Hub)
    return hub


async def stream(hub: Hub, reader: Principal, locale: Locale, last_id: str | None) -> AsyncIterator[bytes]:
    """Server-sent events until the client goes or the time is up."""
    client = Client(reader)
    missed = hub.join(client, last_id)
    loop = asyncio.get_running_loop()
    end = loop.time() + LONGEST_SECONDS
    try:
        yield b"retry: 3000\n\n"
        for line in _lines(hub, missed, reader, locale):
            yield line
        while loop.time() < end:
            try:
                first = await asyncio.wait_for(client.waiting.get(), HEARTBEAT_SECONDS)
            except TimeoutError:
                yield b": still here\n\n"
                continue
            await asyncio.sleep(GATHER_SECONDS)
            for line in _lines(hub, [first, *client.drained()], reader, locale):
                yield line
    finally:
        await hub.leave(client)


def _lines(hub: Hub, gathered: list[News | None], reader: Principal, locale: Locale) -> list[bytes]:
    """What has gathered, told briefly: every text, and of the messages that only say "something has changed" the last one of a topic alone."""
    known = [news for news in gathered if news is not None and concerns(reader, news.payload)]
    told = [(news, message(news.payload, reader, locale)) for news in known]
    last = {said["topic"]: place for place, (_, said) in enumerate(told)}
    lines = [_line(hub, news, said) for place, (news, said) in enumerate(told) if "text" in said or place == last[said["topic"]]]
    # The hint comes last and has no id: what was missed stays missed until the page has reloaded.
    return lines if None not in gathered else [*lines, *(b"data: " + orjson.dumps({"topic": topic, "reload": True}) + b"\n\n" for topic in TOPICS)]


def _line(hub: Hub, news: News, said: Mapping[str, Any]) -> bytes:
    return b"id: " + hub.identity(news).encode() + b"\ndata: " + orjson.dumps(said) + b"\n\n"
