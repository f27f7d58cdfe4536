"""The application: `POST /v1/screen/{transfer|call|message|visit}`, `GET /v1/screen/status`, `GET /v1/screen/metrics`, `GET /health`.

Bare ASGI: a request is read, asked for, decided, kept and answered in some hundred microseconds, which a web framework alone would take. What fails is
answered as `application/problem+json` with the place and the remedy, as on the API.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, Final

import msgspec

from fanzha.desks.screening import Asked, policy
from fanzha.desks.screening.errors import NotDurable, Overloaded, RequestConflict
from fanzha.desks.screening.ledger import Kept
from fanzha.desks.screening.reading import Reader, digest, parse
from fanzha.faces.screen.asking import Keys
from fanzha.faces.screen.committing import Committer, DatabaseGone
from fanzha.faces.screen.deciding import Asker, Hot, decide
from fanzha.faces.screen.keeping import Freshness
from fanzha.kit import clock
from fanzha.kit.errors import FanzhaError, Forbidden, InvalidInput, NotFound
from fanzha.kit.ids import new_id

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

LARGEST_BODY: Final = 16_384
MOST_WAITING: Final = 4_000
_REMEMBERED: Final = 100_000
_JSON: Final = b"application/json"
_PROBLEM: Final = b"application/problem+json"
_TEXT: Final = b"text/plain; version=0.0.4; charset=utf-8"
_ASKED: Final = {f"/v1/screen/{asked.value}": asked for asked in Asked}
_encode = msgspec.json.Encoder().encode

_log = logging.getLogger(__name__)


class BodyTooLarge(InvalidInput):
    """More was sent than a request may hold."""

    code = "body_too_large"
    status = 413
    remedy = f"A request holds {LARGEST_BODY} bytes at most."


class NotAllowed(FanzhaError):
    """This address does not take this kind of request."""

    code = "method_not_allowed"
    status = 405


class ScreenApp:
    """One process's application. `fail_closed`: hold what would pass while the database is away."""

    def __init__(self, hot: Hot, reader: Reader, keys: Keys, committer: Committer, freshness: Freshness, *, fail_closed: bool) -> None:
        self._hot = hot
        self._reader = reader
        self._keys = keys
        self._committer = committer
        self._freshness = freshness
        self._fail_closed = fail_closed
        self._known: OrderedDict[tuple[str, str], tuple[str, str | asyncio.Future[Kept]]] = OrderedDict()
        self._started = clock.now()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        try:
            status, media, body = await self._answer(scope, receive)
            headers: list[tuple[bytes, bytes]] = []
        except FanzhaError as error:
            status, media, body, headers = _problem(error)
        except Exception:  # noqa: BLE001 - the last line: whatever broke is logged with its stack and told by number only
            number = new_id()
            _log.exception("a request broke (%s)", number)
            status, media, body, headers = _problem(FanzhaError("Something broke.", remedy=f"Tell the operator the number {number}."))
        headers += [(b"content-type", media), (b"content-length", str(len(body)).encode()), (b"cache-control", b"no-store"), (b"x-content-type-options", b"nosniff")]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _answer(self, scope: Scope, receive: Receive) -> tuple[int, bytes, bytes]:
        path, method = scope["path"], scope["method"]
        asked = _ASKED.get(path)
        if asked is not None:
            if method != "POST":
                raise NotAllowed
            return 200, _JSON, await self._screen(asked, scope, receive)
        if method != "GET":
            raise NotAllowed
        if path == "/health":
            return 200, _JSON, _encode({"status": "degraded" if self._committer.is_away else "ok"})
        if path in ("/v1/screen/status", "/v1/screen/metrics"):
            found = await self._keys.asker(_bearer(scope), _address(scope), None)
            if not any(found.principal.may(permission) for permission in (*policy.ASK.values(), policy.SEE)):
                raise Forbidden("This key does not include that.", remedy="It needs one of the screening permissions.")
            return (200, _JSON, _encode(self.status())) if path.endswith("status") else (200, _TEXT, self._metrics())
        raise NotFound

    async def _screen(self, asked: Asked, scope: Scope, receive: Receive) -> bytes:
        found = await self._keys.asker(_bearer(scope), _address(scope), policy.ASK[asked])
        body = await _body(scope, receive)
        request = parse(asked, body)
        asker, contents = Asker(found.principal.org_id, found.key_id), digest(asked.value.encode() + b"\x1f" + body)
        name = (asker.org_id, request.request_id)
        known = self._known.get(name)
        if known is None:
            if self._committer.waiting >= MOST_WAITING:
                raise Overloaded
            future: asyncio.Future[Kept] = asyncio.get_running_loop().create_future()
            self._known[name] = (contents, future)
            try:
                columns = self._reader.columns(asked, request, asker.org_id, clock.now())
                kept = await self._decide(asked, request.request_id, columns, contents, asker)
            except BaseException as error:
                del self._known[name]
                future.set_exception(error if isinstance(error, FanzhaError) else NotDurable())
                future.exception()  # those who wait get it; with nobody waiting it is not an unseen failure
                raise
            future.set_result(kept)
            self._remember(name, contents, kept)
        else:
            first, stands = known
            if first != contents:
                raise RequestConflict(request_id=request.request_id)
            kept = Kept("", stands) if isinstance(stands, str) else await asyncio.shield(stands)
        if kept.body is None:
            raise RequestConflict(request_id=request.request_id)
        return kept.body.encode()

    async def _decide(self, asked: Asked, request_id: str, columns: dict[str, Any], contents: str, asker: Asker) -> Kept:
        """Decide and wait until it is kept; once more where the database went away in between and the platform fails closed."""
        for _ in range(2):
            away = self._committer.is_away
            record = decide(
                self._hot, asked, request_id, columns, contents, asker, clock.now(), closed=away and self._fail_closed, degraded=away
            )  # fmt: skip
            try:
                return await self._committer.submit(record)
            except DatabaseGone:
                continue
        raise NotDurable

    def _remember(self, name: tuple[str, str], contents: str, kept: Kept) -> None:
        if kept.body is None:
            del self._known[name]
            return
        self._known[name] = (contents, kept.body)
        while len(self._known) > _REMEMBERED:
            oldest, (_, stands) = next(iter(self._known.items()))
            if not isinstance(stands, str):
                return
            del self._known[oldest]

    # ---- status

    def status(self) -> dict[str, object]:
        """What an operator's monitoring reads; nothing personal."""
        hot, committer = self._hot, self._committer
        figures = committer.figures
        away: datetime | None = committer.away_since
        return {
            "status": "degraded" if committer.is_away else "ok", "mode": "fail_closed" if self._fail_closed else "fail_open", "started_at": self._started,
            "database": {"away_since": away, "reason": committer.reason if away else None, "outages": figures.outages},
            "decisions": figures.decisions, "commits": figures.commits, "waiting": committer.waiting, "spooled": figures.spooled,
            "replayed": figures.replayed, "conflicting": figures.conflicting,
            "commit_milliseconds": round(1000 * figures.commit_seconds / figures.commits, 3) if figures.commits else None,
            "state": {"events": hot.state.events, "flagged": len(hot.state.flags), "victims": len(hot.state.victims), "warnings": len(hot.standing.warnings),
                      "renewed_at": self._freshness.renewed_at, "listening": self._freshness.is_listening},
            "rules": [{"id": rule.id, "version": rule.version} for rule in hot.watch.rules],
            "rules_left_out": [{"id": left.rule_id, "version": left.version, "why": left.why} for left in hot.watch.left],
        }  # fmt: skip

    def _metrics(self) -> bytes:
        """The figures in the text form of Prometheus."""
        figures = self._committer.figures
        told = {
            "decisions_total": figures.decisions, "commits_total": figures.commits, "commit_seconds_total": figures.commit_seconds,
            "spooled_total": figures.spooled, "replayed_total": figures.replayed, "conflicting_total": figures.conflicting,
            "outages_total": figures.outages, "degraded": int(self._committer.is_away), "waiting": self._committer.waiting,
            "state_events": self._hot.state.events, "flagged": len(self._hot.state.flags),
        }  # fmt: skip
        return "".join(f"fanzha_screen_{name} {value}\n" for name, value in told.items()).encode()


def _bearer(scope: Scope) -> str | None:
    for name, value in scope["headers"]:
        if name == b"authorization":
            scheme, _, token = bytes(value).decode("latin-1").partition(" ")
            return token.strip() if scheme.lower() == "bearer" and token.strip() else None
    return None


def _address(scope: Scope) -> str:
    client = scope.get("client")
    return str(client[0]) if client else ""


async def _body(scope: Scope, receive: Receive) -> bytes:
    found: bytes = b""
    while True:
        message = await receive()
        found += bytes(message.get("body", b""))
        if len(found) > LARGEST_BODY:
            raise BodyTooLarge
        if not message.get("more_body"):
            return found


def _problem(error: FanzhaError) -> tuple[int, bytes, bytes, list[tuple[bytes, bytes]]]:
    told: dict[str, object] = {
        "type": f"urn:fanzha:problem:{error.code}", "title": error.code.replace("_", " "), "status": error.status, "detail": error.message, "code": error.code,
    }  # fmt: skip
    if error.what_to_do:
        told["remedy"] = error.what_to_do
    if error.params:
        told["params"] = {name: value if isinstance(value, int | float | bool) else str(value) for name, value in error.params.items()}
    headers: list[tuple[bytes, bytes]] = []
    if error.status == 401:
        headers.append((b"www-authenticate", b"Bearer"))
    if error.status in (429, 503):
        headers.append((b"retry-after", str(error.params.get("retry_after", 1)).encode()))
    return error.status, _PROBLEM, _encode(told), headers
