"""Reading the audit log: by actor, action, subject and time; as pages and as rows for a file. Writing it is `Work.audit`.

Row security narrows what is read to the region of the reader; verifying the chain needs every entry and therefore a system scope.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, column, func, select, table

from fanzha.desks.identity import repository
from fanzha.kit.paging import Page, PageRequest
from fanzha.store import Instant, Work, audit
from fanzha.store.audit import Entry

_LOG = table(
    "audit_log",
    column("number"), column("at", Instant()), column("actor"), column("org_id"), column("action"), column("subject"), column("detail"),
    column("previous"), column("hash"),
)  # fmt: skip
_BATCH = 2_000


@dataclass(frozen=True)
class TrailFilter:
    """Empty fields do not narrow. `actor`: a user id, a login or `system:…`; `action`: its beginning (`session.`); `subject`: whole; `since` ≤ at < `until`."""

    actor: str = ""
    action: str = ""
    subject: str = ""
    since: datetime | None = None
    until: datetime | None = None


def search_trail(work: Work, wanted: TrailFilter, page: PageRequest) -> Page[Entry]:
    """The newest entries first."""
    conditions = _conditions(work, wanted)
    total = work.session.scalar(select(func.count()).select_from(_LOG).where(*conditions)) or 0
    query = select(_LOG).where(*conditions).order_by(_LOG.c.number.desc()).limit(page.size).offset(page.offset)
    return Page([Entry(*row) for row in work.session.execute(query)], total, page)


def walk_trail(work: Work, wanted: TrailFilter) -> Iterator[Entry]:
    """Every entry, oldest first, in batches: memory stays bounded."""
    conditions, after = _conditions(work, wanted), 0
    while True:
        rows = [Entry(*row) for row in work.session.execute(_batch(conditions, after))]
        yield from rows
        if len(rows) < _BATCH:
            return
        after = rows[-1].number


def verify_trail(work: Work) -> int:
    """Walk the whole chain in a system scope; returns its length.

    Raises:
        AuditBroken: names the first entry that does not fit.
    """
    return audit.verify(work.session)


def actor_names(work: Work, entries: list[Entry]) -> dict[str, str]:
    """Names of the people behind entries, by id."""
    return repository.names(work, {entry.actor for entry in entries if not entry.actor.startswith("system:")})


def _batch(conditions: list[ColumnElement[bool]], after: int) -> Select[Any]:
    return select(_LOG).where(*conditions, _LOG.c.number > after).order_by(_LOG.c.number).limit(_BATCH)


def _conditions(work: Work, wanted: TrailFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.actor:
        known = repository.user_by_login(work, wanted.actor.lower())
        conditions.append(_LOG.c.actor == (known.id if known else wanted.actor))
    if wanted.action:
        conditions.append(_LOG.c.action.startswith(wanted.action, autoescape=True))
    if wanted.subject:
        conditions.append(_LOG.c.subject == wanted.subject)
    if wanted.since:
        conditions.append(_LOG.c.at >= wanted.since)
    if wanted.until:
        conditions.append(_LOG.c.at < wanted.until)
    return conditions
