"""One transaction and everything that belongs to it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import orjson
from sqlalchemy import text
from sqlalchemy.orm import Session

from fanzha.kit.events import Event, Events
from fanzha.store import audit, jobs
from fanzha.store.scope import Scope

if TYPE_CHECKING:
    from datetime import datetime


class Work:
    """A unit of work. Use cases take it first; whoever opened it commits.

    Events, audit entries, notifications and jobs all live and die with the transaction.
    """

    def __init__(self, session: Session, scope: Scope, events: Events) -> None:
        self.session = session
        self.scope = scope
        self._events = events
        self._entries: list[tuple[str, str, Mapping[str, object]]] = []

    @property
    def actor(self) -> str:
        return self.scope.actor

    def publish(self, event: Event) -> None:
        """Tell the other desks; their handlers run now, in this transaction."""
        self.session.flush()
        self._events.publish(self, event)

    def audit(self, action: str, subject: str, detail: Mapping[str, object] | None = None) -> None:
        """Add an entry to the hash-chained log: `action` is `noun.verb`, `subject` names the record; never put personal data in `detail`.

        It is written when the work ends, as its last step: the chain has one lock, and who held it while waiting for a row could deadlock.
        """
        self._entries.append((action, subject, detail or {}))

    def settle(self) -> None:
        """Write what was kept for the end; called once, just before the commit."""
        self.session.flush()
        for action, subject, detail in self._entries:
            audit.append(self.session, actor=self.scope.actor, org_id=self.scope.org_id, action=action, subject=subject, detail=detail)
        self._entries.clear()

    def notify(self, channel: str, payload: Mapping[str, object]) -> None:
        """Send a notification (≤ 8000 bytes) to listeners when the transaction commits."""
        self.session.execute(text("SELECT pg_notify(:channel, :payload)"), {"channel": channel, "payload": orjson.dumps(dict(payload)).decode()})

    def defer(self, task: str, *, lock: str | None = None, once: str | None = None, at: datetime | None = None, **args: object) -> None:
        """Queue a job that becomes visible when the transaction commits. `once`: not while one of that name still waits."""
        jobs.defer(self.session, task, args, lock=lock, once=once, at=at)
