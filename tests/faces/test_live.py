"""Live updates: who hears what, nothing unbounded, nothing missed without being told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from typing import Any

import orjson
import pytest

from fanzha.desks.warnings import LIVE_CHANNEL
from fanzha.faces.common.i18n import Locale
from fanzha.faces.common.platform import Platform
from fanzha.faces.console import live
from fanzha.faces.console.live import QUEUE, Client, Hub, News, concerns, message, stream
from fanzha.store import Principal, Scope
from fanzha.store.database import APP_ROLE
from fanzha.vocab.organisations import OrgKind
from fanzha.vocab.roles import Role


def reader(region: str = "350302001", role: Role = Role.FIELD_OFFICER, kind: OrgKind = OrgKind.POLICE_STATION) -> Principal:
    return Principal("u1", "测试", "o1", "测试所", kind, region, frozenset({role}))


def notice(region: str = "350302001", action: str = "dispatch", kind: str = "warning", **more: str) -> dict[str, Any]:
    return {"kind": kind, "id": "w1", "action": action, "level": "red", "state": "dispatched", "region": region, "offered": "", "actor": "system", **more}


@pytest.mark.parametrize(
    ("who", "what", "heard"),
    [
        (reader(), notice(), True),
        (reader("3503"), notice(), True),
        (reader("350304100"), notice(), False),
        (reader("350304100"), notice(offered="350304100"), True),
        (reader(), notice("350302", kind="warnings"), True),
        (reader("350304100"), notice("350302", kind="warnings"), False),
        (reader("3503", Role.DEPUTY, OrgKind.CONGRESS), notice(), False),
        (reader("3503", Role.BANK_AGENT, OrgKind.BANK), notice(), False),
        (reader(), notice(kind="something else"), False),
        (reader("350302", Role.DUTY_OFFICER, OrgKind.POLICE_COUNTY), {"kind": "lines", "regions": ["350304", "350302100"]}, True),
        (reader("350302", Role.DUTY_OFFICER, OrgKind.POLICE_COUNTY), {"kind": "lines", "regions": [""]}, True),
        (reader("350302", Role.DUTY_OFFICER, OrgKind.POLICE_COUNTY), {"kind": "lines", "regions": ["350304"]}, False),
        (reader("3503", Role.OPERATOR_AGENT, OrgKind.OPERATOR), {"kind": "lines", "regions": ["350302"]}, False),
    ],
)
def test_only_those_hear_who_may_see(who: Principal, what: Mapping[str, Any], *, heard: bool) -> None:
    assert concerns(who, what) is heard


def test_only_the_urgent_has_a_text_and_nobody_hears_of_their_own_steps() -> None:
    assert message(notice(), reader(), Locale.ZH)["text"] == "新预警待签收"
    assert message(notice(), reader(), Locale.EN)["url"] == "/field/tasks/w1"
    assert "text" not in message(notice(level="blue"), reader(), Locale.ZH)
    assert "text" not in message(notice(actor="u1"), reader(), Locale.ZH)
    assert "text" not in message(notice(action="sign"), reader(), Locale.ZH)
    assert message({"kind": "lines", "regions": ["350302"]}, reader(), Locale.ZH) == {"topic": "lines"}


def test_a_slow_client_never_holds_more_than_its_queue_and_is_told_to_reload() -> None:
    async def scene() -> list[News | None]:
        client = Client(reader())
        for number in range(10 * QUEUE):
            client.give(News(number, notice()))
            assert client.waiting.qsize() <= QUEUE
        return client.drained()

    assert None in asyncio.run(scene())


def test_who_comes_back_gets_what_was_missed_or_a_hint() -> None:
    hub = Hub("")
    for _ in range(5):
        hub.publish(notice())
    assert [news.number for news in hub._missed(f"{hub.epoch}-3") if news] == [4, 5]
    assert hub._missed(f"{hub.epoch}-5") == []
    assert hub._missed("otherepoch-3") == [None]
    assert hub._missed("nonsense") == [None]
    for _ in range(live.REMEMBERED):
        hub.publish(notice())
    assert hub._missed(f"{hub.epoch}-3") == [None]


async def _data(chunks: AsyncIterator[bytes]) -> dict[str, Any]:
    async for chunk in chunks:
        if b"data: " in chunk:
            return dict(orjson.loads(chunk.partition(b"data: ")[2]))
    raise AssertionError("the stream ended")


def test_what_a_transaction_announces_arrives_and_what_it_takes_back_does_not(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "GATHER_SECONDS", 0.01)

    def announce(action: str, *, fails: bool = False) -> None:
        try:
            with platform.database.work(Scope.system("test")) as work:
                work.notify(LIVE_CHANNEL, notice(action=action))
                if fails:
                    raise RuntimeError(action)
        except RuntimeError:
            return

    async def scene() -> None:
        hub = Hub(platform.database.conninfo(APP_ROLE))
        chunks = stream(hub, reader(), Locale.ZH, None)
        assert [(await _data(chunks))["reload"] for _ in live.TOPICS] == [True] * len(live.TOPICS)  # listening has begun
        await asyncio.to_thread(announce, "escalate", fails=True)
        await asyncio.to_thread(announce, "dispatch")
        assert (await _data(chunks))["text"] == "新预警待签收"
        await chunks.aclose()  # type: ignore[attr-defined]
        assert hub._listener is None, "the last one out ends the listening"

    asyncio.run(asyncio.wait_for(scene(), 30))


@pytest.mark.parametrize("number", ["\u00b2", "9" * 5000, "-1", "", "0x1", "1 "])
def test_an_id_that_is_none_is_answered_with_a_hint_to_reload(number: str) -> None:
    async def joined() -> list[News | None]:
        hub, client = Hub("host=127.0.0.1 port=1 connect_timeout=1"), Client(reader())
        try:
            return hub.join(client, f"{hub.epoch}-{number}")
        finally:
            await hub.leave(client)

    assert asyncio.run(joined()) == [None]
