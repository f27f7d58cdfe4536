"""How often something may be asked: token buckets in memory, one set a process. Lock-out after wrong passwords is the identity desk's and lasts in the database."""

from __future__ import annotations

import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from fanzha.faces.common.sessions import STATIC, visitor_of
from fanzha.kit.errors import TooMany

_MOST_KEYS = 50_000
_LONGEST_LOGIN = 128


@dataclass(frozen=True)
class Rate:
    """`burst` requests at once, refilled evenly over `seconds`."""

    burst: int
    seconds: float


@dataclass(frozen=True)
class Limits:
    """Per signed-in user or key; per address for everybody else; sign-in attempts per address and per user name."""

    signed_in: Rate = Rate(600, 60)
    anonymous: Rate = Rate(240, 60)
    sign_in_address: Rate = Rate(30, 300)
    sign_in_login: Rate = Rate(15, 300)


class TooFast(TooMany):
    """Too many requests in a short time."""

    code = "too_fast"
    remedy = "Wait a moment and try again."


class Buckets:
    """Token buckets by key; the least recently used are forgotten beyond 50,000, so memory is bounded."""

    def __init__(self, rate: Rate, timer: Callable[[], float] = time.monotonic) -> None:
        self._rate = rate
        self._timer = timer
        self._levels: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, key: str) -> None:
        """Use one token.

        Raises:
            TooFast: none is left; `params["retry_after"]` says in how many seconds one will be.
        """
        now, per_second = self._timer(), self._rate.burst / self._rate.seconds
        with self._lock:
            level, at = self._levels.pop(key, (float(self._rate.burst), now))
            level = min(float(self._rate.burst), level + (now - at) * per_second)
            enough = level >= 1
            self._levels[key] = (level - 1 if enough else level, now)
            if len(self._levels) > _MOST_KEYS:
                self._levels.popitem(last=False)
        if not enough:
            raise TooFast(retry_after=max(1, math.ceil((1 - level) / per_second)))


class RateLimits:
    """The buckets of one process; stands in `app.state.rates`."""

    def __init__(self, limits: Limits) -> None:
        self.signed_in = Buckets(limits.signed_in)
        self.anonymous = Buckets(limits.anonymous)
        self._address = Buckets(limits.sign_in_address)
        self._login = Buckets(limits.sign_in_login)

    def sign_in(self, address: str, login: str) -> None:
        """One attempt to sign in; raises TooFast. Of what was typed only so much is kept as any login is long."""
        self._address.take(address)
        self._login.take(login[:_LONGEST_LOGIN])


class RateLimit:
    """ASGI middleware, inside `Sessions`: raises TooFast."""

    def __init__(self, app: ASGIApp, rates: RateLimits) -> None:
        self._app = app
        self._rates = rates

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not scope["path"].startswith(STATIC):
            request = Request(scope)
            found = visitor_of(request).signed_in
            if found is not None:
                self._rates.signed_in.take(found.key_id or found.principal.user_id)
            else:
                self._rates.anonymous.take(request.client.host if request.client else "")
        await self._app(scope, receive, send)
