"""Whose key asks, without a look into the database at each request: an answer is used for two seconds, renewed beside the requests, and never used after
five while the database is there. So a revoked key ends within five seconds."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from fanzha.desks import identity
from fanzha.faces.common.limits import Buckets, Rate
from fanzha.faces.common.platform import Platform
from fanzha.kit.errors import Forbidden, NotSignedIn, Unavailable
from fanzha.vocab.roles import Permission

FRESH_SECONDS: Final = 2.0
LONGEST_SECONDS: Final = 5.0
_MOST: Final = 1_000


@dataclass
class _Known:
    signed_in: identity.SignedIn
    at: float
    renewing: bool = False


class Keys:
    """Resolves API keys. While the database is away those known go on counting; unknown ones cannot be checked."""

    def __init__(self, platform: Platform, rate: int, *, is_away: Callable[[], bool]) -> None:
        self._platform = platform
        self._is_away = is_away
        self._known: dict[bytes, _Known] = {}
        self._asked = Buckets(Rate(rate, 1.0))
        self._unknown = Buckets(Rate(30, 60.0))
        self._renewals: set[asyncio.Task[None]] = set()
        self._looked_up: dict[bytes, asyncio.Task[identity.SignedIn]] = {}

    async def asker(self, key: str | None, address: str, permission: Permission | None) -> identity.SignedIn:
        """Who asks, and one request of theirs counted.

        Raises:
            NotSignedIn, Forbidden, TooFast; Unavailable where an unknown key cannot be checked.
        """
        if key is None:
            raise NotSignedIn("An API key is needed.", remedy="Send it as `Authorization: Bearer fz_…`.")
        found = await self._find(hashlib.sha256(key.encode()).digest(), key, address)
        self._asked.take(found.key_id or found.principal.user_id)
        if permission is not None and not found.principal.may(permission):
            raise Forbidden("This key does not include that.", remedy=f"It needs the permission {permission.name}.", permission=permission.name)
        return found

    async def _find(self, name: bytes, key: str, address: str) -> identity.SignedIn:
        known = self._known.get(name)
        if known is not None:
            age = time.monotonic() - known.at
            if age < FRESH_SECONDS or self._is_away():
                return known.signed_in
            if age < LONGEST_SECONDS:
                self._renew(name, key, known)
                return known.signed_in
        return await asyncio.shield(self._looking_up(name, key, address))

    def _looking_up(self, name: bytes, key: str, address: str) -> asyncio.Task[identity.SignedIn]:
        """One look-up of a key at a time, for all who ask with it: a client's first burst is one guess, not thirty."""
        under_way = self._looked_up.get(name)
        if under_way is not None:
            return under_way
        if name not in self._known:
            self._unknown.take(address)
        task = self._looked_up[name] = asyncio.create_task(self._resolve(name, key))

        def over(ended: asyncio.Task[identity.SignedIn]) -> None:
            del self._looked_up[name]
            if not ended.cancelled():
                ended.exception()  # those who wait get it; with nobody waiting it is not an unseen failure

        task.add_done_callback(over)
        return task

    def _renew(self, name: bytes, key: str, known: _Known) -> None:
        if known.renewing:
            return
        known.renewing = True

        async def renew() -> None:
            try:
                await self._resolve(name, key)
            except (NotSignedIn, Unavailable):
                known.renewing = False

        task = asyncio.create_task(renew())
        self._renewals.add(task)
        task.add_done_callback(self._renewals.discard)

    async def _resolve(self, name: bytes, key: str) -> identity.SignedIn:
        try:
            found = await asyncio.get_running_loop().run_in_executor(None, self._look_up, key)
        except SQLAlchemyError as error:
            known = self._known.get(name)
            if known is not None:
                return known.signed_in
            raise Unavailable("The key cannot be checked now.", remedy="Ask again in a moment.") from error
        if found is None:
            self._known.pop(name, None)
            raise NotSignedIn("The API key is not known, has ended, or its user is not active.", remedy="Make a new one.")
        if len(self._known) >= _MOST:
            self._known.clear()
        self._known[name] = _Known(found, time.monotonic())
        return found

    def _look_up(self, key: str) -> identity.SignedIn | None:
        with self._platform.database.work(identity.sessions.SIGN_IN) as work:
            return identity.keys.resolve_key(work, key)
