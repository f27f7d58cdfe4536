"""Who stands behind a request: found once, before routing, from the session cookie or (API only) the bearer key."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from fanzha.desks import identity
from fanzha.desks.identity import SessionLimits, SignedIn
from fanzha.faces.common.platform import Platform
from fanzha.faces.common.security import Cookies, new_visitor
from fanzha.settings import Settings

API = "/api/"
STATIC = "/static/"


@dataclass(frozen=True)
class Visitor:
    """`binding` is the secret that CSRF tokens of this browser hang on; `by_key` says that no cookie is involved."""

    signed_in: SignedIn | None
    binding: str
    by_key: bool = False
    presented: bool = False
    """Whether a session or key was presented at all, valid or not."""


NOBODY = Visitor(None, "")


def limits_of(settings: Settings) -> SessionLimits:
    return SessionLimits(absolute=timedelta(hours=settings.session_hours), idle=timedelta(minutes=settings.session_idle_minutes))


def visitor_of(connection: HTTPConnection) -> Visitor:
    """The visitor that the middleware found."""
    visitor = connection.scope.get("state", {}).get("visitor", NOBODY)
    assert isinstance(visitor, Visitor)
    return visitor


class Sessions:
    """ASGI middleware: sets `request.state.visitor`, and gives an unknown browser the cookie that its CSRF tokens hang on."""

    def __init__(self, app: ASGIApp, platform: Platform) -> None:
        self._app = app
        self._platform = platform
        self._cookies = Cookies.of(platform.settings)
        self._limits = limits_of(platform.settings)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith(STATIC):
            await self._app(scope, receive, send)
            return
        visitor, fresh = await self._find(HTTPConnection(scope))
        scope.setdefault("state", {})["visitor"] = visitor

        async def send_with_cookie(message: Message) -> None:
            if fresh and message["type"] == "http.response.start":
                self._give_cookie(message, visitor.binding)
            await send(message)

        await self._app(scope, receive, send_with_cookie)

    async def _find(self, connection: HTTPConnection) -> tuple[Visitor, bool]:
        for_api = connection.url.path.startswith(API)
        key = bearer(connection.headers) if for_api else None
        if key is not None:
            return Visitor(await run_in_threadpool(self._by_key, key), "", by_key=True, presented=True), False
        token = connection.cookies.get(self._cookies.session)
        is_use = connection.headers.get("accept") != "text/event-stream"
        signed_in = await run_in_threadpool(self._by_token, token, is_use=is_use) if token else None
        if token and signed_in is not None:
            return Visitor(signed_in, token, presented=True), False
        known = connection.cookies.get(self._cookies.visitor)
        return Visitor(None, known or new_visitor(), presented=token is not None), known is None and not for_api

    def _by_token(self, token: str, *, is_use: bool) -> SignedIn | None:
        with self._platform.database.work(identity.sessions.SIGN_IN) as work:
            return identity.sessions.resolve(work, token, self._limits, is_use=is_use)

    def _by_key(self, key: str) -> SignedIn | None:
        with self._platform.database.work(identity.sessions.SIGN_IN) as work:
            return identity.keys.resolve_key(work, key)

    def _give_cookie(self, message: Message, value: str) -> None:
        carrier = Response()
        self._cookies.put(carrier, self._cookies.visitor, value)
        MutableHeaders(scope=message).append("set-cookie", carrier.headers["set-cookie"])


def bearer(headers: Headers) -> str | None:
    """The token of `Authorization: Bearer …`."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" and token.strip() else None
