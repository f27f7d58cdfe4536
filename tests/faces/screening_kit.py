"""Shared by the tests of in-flight decisions: keys, and asking the application without a network."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import orjson

from fanzha.desks import identity
from fanzha.desks.screening import Asked, policy
from fanzha.faces.common.platform import Platform
from fanzha.faces.screen import server
from fanzha.faces.screen.app import ScreenApp
from fanzha.faces.screen.server import Screening
from fanzha.kit.ids import new_id
from fanzha.store import Scope
from fanzha.vocab.organisations import OrgKind
from fanzha.vocab.roles import Permission, Role

T = TypeVar("T")
BANK, OPERATOR = (policy.ASK[Asked.TRANSFER],), (policy.ASK[Asked.CALL], policy.ASK[Asked.MESSAGE], policy.ASK[Asked.VISIT])


@dataclass(frozen=True)
class Reply:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return orjson.loads(self.body)


def key_for(platform: Platform, role: Role = Role.BANK_AGENT, permissions: tuple[Permission, ...] = BANK, region: str = "3503") -> tuple[str, str]:
    """(key, organisation) of a new user."""
    kind = {Role.BANK_AGENT: OrgKind.BANK, Role.OPERATOR_AGENT: OrgKind.OPERATOR}.get(role, OrgKind.POLICE_CITY)
    name = new_id()[-10:]
    with platform.database.work(Scope.system("test")) as work:
        org = identity.service.create_organisation(work, code=f"{kind}-{name}", kind=kind, name=f"机构 {name}", region=region)
        made = identity.service.create_user(
            work, login=f"user-{name}", name="测试", org=org, roles=(role,), password_hash="no password fits", must_change_password=False
        )
        principal = identity.sessions.principal_of(made.user)
    with platform.database.work(Scope.of(principal)) as work:
        return identity.keys.make_key(work, "test", permissions, 30).secret, org.id


async def ask(app: ScreenApp, path: str, key: str | None, body: Any = None, method: str = "POST") -> Reply:
    """One request to the application."""
    content = body if isinstance(body, bytes) else orjson.dumps(body) if body is not None else b""
    headers = [(b"authorization", f"Bearer {key}".encode())] if key else []
    scope = {"type": "http", "method": method, "path": path, "headers": headers, "client": ("127.0.0.1", 5)}
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": content}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await app(scope, receive, send)
    return Reply(sent[0]["status"], {name.decode(): value.decode() for name, value in sent[0]["headers"]}, sent[1]["body"])


def screened(platform: Platform, work: Callable[[Screening], Awaitable[T]]) -> T:
    """Run with the whole service up."""

    async def run() -> T:
        screening = server.assemble(platform)
        async with server.running(screening):
            return await work(screening)

    return asyncio.run(run())


async def until(holds: Callable[[], bool], seconds: float = 20.0) -> None:
    """Wait for something that is bound to come."""
    async with asyncio.timeout(seconds):
        while not holds():
            await asyncio.sleep(0.02)


def transfer(request_id: str, **more: Any) -> dict[str, Any]:
    return {"request_id": request_id, "payer": "6222020000000000011", "payee": "6222020000000000029", "amount_fen": 50_000, **more}
