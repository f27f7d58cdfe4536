"""What holds for every request: a number, safe headers, an end to what is too large, no failure that goes unanswered, no step without a CSRF token."""

from __future__ import annotations

import re
from dataclasses import dataclass

from fastapi import Request
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from fanzha.faces.common import errors
from fanzha.faces.common.security import CONTENT_SECURITY_POLICY, CSRF_FIELD, CSRF_HEADER, SAFE_METHODS, CsrfFailed, csrf_fits
from fanzha.faces.common.sessions import API, STATIC, visitor_of
from fanzha.kit.errors import FanzhaError, NotSignedIn
from fanzha.kit.ids import new_id
from fanzha.settings import Settings
from fanzha.store.keys import Keys

ANONYMOUS_BODY = 2**20
PAPERS_BODY = 9 * 2**20
_PAPERS = "/portal/appeals/documents"
"""Where somebody without an account sends a photo of a paper; the page takes so many an hour from one address."""
IN_MEMORY_BODY = 16 * 2**20
_IN_MEMORY = ("application/json", "application/x-www-form-urlencoded")
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
_GIVEN_ID = re.compile(r"^[A-Za-z0-9._\-]{8,64}$")


class Frame:
    """Outermost: numbers the request, sets the safe headers, and answers whatever failed on the way. A request number from a trusted proxy is kept."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._headers = _safe_headers(settings)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get("x-request-id", "")
        number = given if _GIVEN_ID.match(given) else new_id()
        scope.setdefault("state", {})["request_id"] = number
        started = False

        async def send_framed(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                self._set_headers(MutableHeaders(scope=message), number, is_static=scope["path"].startswith(STATIC))
            await send(message)

        try:
            await self._app(scope, receive, send_framed)
        except FanzhaError as error:
            if started:
                raise
            await errors.answer(Request(scope, receive), error)(scope, receive, send_framed)
        except Exception as error:  # broad because it is the last line: whatever broke is logged with its stack and told by number only
            if started:
                raise
            await errors.broken(Request(scope, receive), error)(scope, receive, send_framed)

    def _set_headers(self, headers: MutableHeaders, number: str, *, is_static: bool) -> None:
        for name, value in self._headers.items():
            headers[name] = value
        headers["X-Request-ID"] = number
        if not is_static:
            headers.setdefault("Cache-Control", "no-store")


def _safe_headers(settings: Settings) -> dict[str, str]:
    headers = {
        "Content-Security-Policy": CONTENT_SECURITY_POLICY,
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "camera=(), microphone=(), payment=(), usb=(), geolocation=(self)",
    }
    return headers | ({"Strict-Transport-Security": "max-age=31536000; includeSubDomains"} if settings.secure_cookies else {})


@dataclass
class _Count:
    seen: int = 0


class BodyLimit:
    """Inside `Sessions`: somebody unknown may send 1 MB (9 MB of papers for an appeal), JSON and plain forms have 16 MB, uploads of signed-in users what the
    settings allow."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._largest = settings.max_upload_mb * 2**20

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        limit, count = self._limit(request), _Count()
        declared = request.headers.get("content-length", "0")
        too_large = not declared.isdigit() or int(declared) > limit

        async def receive_limited() -> Message:
            if too_large:
                raise errors.BodyTooLarge(limit)
            message = await receive()
            count.seen += len(message.get("body", b""))
            if count.seen > limit:
                raise errors.BodyTooLarge(limit)
            return message

        await self._app(scope, receive_limited, send)

    def _limit(self, request: Request) -> int:
        if visitor_of(request).signed_in is None:
            return min(PAPERS_BODY if request.url.path == _PAPERS else ANONYMOUS_BODY, self._largest)
        kind = _content_type(request)
        return min(IN_MEMORY_BODY, self._largest) if kind in _IN_MEMORY else self._largest


async def check_csrf(request: Request) -> None:
    """A dependency of every router. An API key needs no token: no browser sends it by itself.

    Raises:
        CsrfFailed: an unsafe request without the token of its session, or one that the browser says comes from another site.
        NotSignedIn: the token belonged to a session that has ended.
    """
    if request.method in SAFE_METHODS:
        return
    visitor = visitor_of(request)
    for_api = request.url.path.startswith(API)
    if visitor.by_key or (for_api and visitor.signed_in is None):
        return
    if request.headers.get("sec-fetch-site") == "cross-site":
        raise CsrfFailed
    keys: Keys = request.app.state.platform.keys
    if csrf_fits(keys, visitor.binding, await _presented(request, for_api=for_api)):
        return
    if visitor.presented and visitor.signed_in is None:
        raise NotSignedIn
    raise CsrfFailed


async def _presented(request: Request, *, for_api: bool) -> str | None:
    header = request.headers.get(CSRF_HEADER)
    if header is not None or for_api or _content_type(request) not in _FORMS:
        return header
    value = (await request.form()).get(CSRF_FIELD)
    return value if isinstance(value, str) else None


def _content_type(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()
