"""The audit log: append-only, hash-chained.

Invariant: entry n's hash covers its content and the hash of entry n−1 under a key of the installation; entries are numbered without gaps; the
one row of `audit_head` names the last entry, so that a shortened log shows.
The chain is serialised by a transaction-scoped advisory lock; a unit of work appends as its last step, so nobody waits for a row while holding it.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

import orjson
from sqlalchemy import text
from sqlalchemy.orm import Session

from fanzha.kit import clock
from fanzha.kit.errors import FanzhaError

_LOCK = 4_401_001
GENESIS = "0" * 64
_BATCH = 5_000
_COLUMNS = "number, at, actor, org_id, action, subject, detail, previous, hash"

_key: bytes | None = None


class AuditBroken(FanzhaError):
    """The audit log does not verify: an entry was changed, removed or put in from outside."""

    code = "audit_broken"


@dataclass(frozen=True)
class Entry:
    """One line of the log."""

    number: int
    at: datetime
    actor: str
    org_id: str
    action: str
    subject: str
    detail: str  # JSON
    previous: str
    hash: str


def use_key(key: bytes) -> None:
    """Set the process's audit key; called by bootstrap."""
    global _key
    _key = key


def append(session: Session, *, actor: str, org_id: str, action: str, subject: str, detail: Mapping[str, object]) -> None:
    """Add one entry at the end of the chain."""
    session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    head = session.execute(text("SELECT number, hash FROM audit_head")).one()
    number, previous = head.number + 1, head.hash
    at = clock.now().astimezone(UTC)
    body = orjson.dumps(dict(detail), option=orjson.OPT_SORT_KEYS, default=str).decode()
    digest = _digest(number, at, actor, org_id, action, subject, body, previous)
    session.execute(
        text(
            "INSERT INTO audit_log (number, at, actor, org_id, action, subject, detail, previous, hash)"
            " VALUES (:number, :at, :actor, :org_id, :action, :subject, :detail, :previous, :hash)"
        ),
        {
            "number": number, "at": at, "actor": actor, "org_id": org_id, "action": action, "subject": subject,
            "detail": body, "previous": previous, "hash": digest,
        },
    )  # fmt: skip
    session.execute(text("UPDATE audit_head SET number = :number, hash = :hash"), {"number": number, "hash": digest})


def verify(session: Session) -> int:
    """Walk the whole chain and return its length.

    Raises:
        AuditBroken: names the first entry that does not fit.
    """
    expected, previous = 1, GENESIS
    for row in _rows(session):
        digest = _digest(row.number, row.at.astimezone(UTC), row.actor, row.org_id, row.action, row.subject, row.detail, row.previous)
        if row.number != expected or row.previous != previous or not hmac.compare_digest(digest, row.hash):
            raise AuditBroken(f"The audit log does not verify at entry {expected}.", number=expected)
        expected, previous = expected + 1, row.hash
    head = session.execute(text("SELECT number, hash FROM audit_head")).one()
    if head.number != expected - 1 or head.hash != previous:
        raise AuditBroken(f"The audit log ends at entry {expected - 1}, but {head.number} were written.", number=expected)
    return expected - 1


def _rows(session: Session) -> Iterator[Entry]:
    after = 0
    while True:
        page = session.execute(
            text(f"SELECT {_COLUMNS} FROM audit_log WHERE number > :after ORDER BY number LIMIT :size"),  # noqa: S608 — a constant list of columns
            {"after": after, "size": _BATCH},
        ).all()
        yield from (Entry(*row) for row in page)
        if len(page) < _BATCH:
            return
        after = page[-1].number


def _digest(number: int, at: datetime, actor: str, org_id: str, action: str, subject: str, body: str, previous: str) -> str:
    if _key is None:
        raise AuditBroken("No audit key is loaded.")
    content = "\x1f".join((str(number), at.isoformat(timespec="microseconds"), actor, org_id, action, subject, body, previous))
    return hmac.new(_key, content.encode(), hashlib.sha256).hexdigest()
