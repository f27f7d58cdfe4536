"""Keeping decisions in the database, many to a transaction. The replies wait for it.

Invariant: of one organisation's request number one decision stands; whoever comes second with the same contents gets the first one's answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec
import psycopg

from fanzha.desks.screening.records import Record, encoder

BATCH_LOCK: Final = 4_401_011
"""Held shared while a batch is written, alone while the last number is read: then no lower number can still come."""

_COLUMNS: Final = {
    "id": "text", "org_id": "text", "key_id": "text", "request_id": "text", "digest": "text", "asked": "text", "answer": "text", "region": "text",
    "subject_token": "text", "other_token": "text", "amount_fen": "bigint", "at": "timestamptz", "decided_at": "timestamptz", "event": "jsonb",
    "signals": "jsonb", "basis": "text", "term_minutes": "integer", "ends_at": "timestamptz", "policy": "text", "body": "text", "degraded": "boolean",
    "spooled": "boolean", "conflicting": "boolean",
}  # fmt: skip
_NAMES: Final = ", ".join(_COLUMNS)
_INSERT: Final = (
    f"INSERT INTO screening_decisions ({_NAMES}) SELECT {', '.join(f'r.{name}' for name in _COLUMNS)}"  # noqa: S608 - a constant list of columns
    f" FROM (SELECT pg_advisory_xact_lock_shared({BATCH_LOCK})) AS held,"
    f" jsonb_to_recordset(%s::jsonb) AS r({', '.join(f'{name} {kind}' for name, kind in _COLUMNS.items())})"
    " ON CONFLICT DO NOTHING RETURNING id"
)
_HELD: Final = (
    "SELECT d.id, d.org_id, d.request_id, d.digest, d.body FROM screening_decisions d"
    " JOIN unnest(%s::text[], %s::text[]) AS asked(org_id, request_id) USING (org_id, request_id) WHERE NOT d.conflicting"
)


@dataclass(frozen=True)
class Kept:
    """What stands for a request: the answer to give, or None where the number was used with other contents."""

    decision_id: str
    body: str | None


async def keep(connection: psycopg.AsyncConnection[Any], records: Sequence[Record]) -> list[Kept]:
    """Write the records in one transaction (the connection is in autocommit) and say what stands for each. Repeating it changes nothing.

    Raises:
        psycopg.Error: it may or may not have been written.
    """
    cursor = await connection.execute(_INSERT, [encoder.encode(records).decode()])
    written = {row[0] for row in await cursor.fetchall()}
    if len(written) == len(records):
        return [Kept(record.id, record.body) for record in records]
    others = [record for record in records if record.id not in written]
    cursor = await connection.execute(_HELD, [[each.org_id for each in others], [each.request_id for each in others]])
    held = {(row[1], row[2]): row for row in await cursor.fetchall()}
    return [_kept(record, held.get((record.org_id, record.request_id))) if record.id not in written else Kept(record.id, record.body) for record in records]


async def replay(connection: psycopg.AsyncConnection[Any], records: Sequence[Record]) -> int:
    """Write decisions that were given while the database was away; returns how many met another decision under their request number.

    Those were given too, so they are kept beside it as conflicting.
    """
    kept = await keep(connection, records)
    meeting = [
        msgspec.structs.replace(record, conflicting=True) for record, stands in zip(records, kept, strict=True) if stands.decision_id != record.id
    ]  # fmt: skip
    if meeting:
        await connection.execute(_INSERT, [encoder.encode(meeting).decode()])
    return len(meeting)


def _kept(record: Record, row: tuple[str, str, str, str, str] | None) -> Kept:
    if row is None:  # the same decision again, kept as conflicting
        return Kept(record.id, record.body)
    decision_id, _, _, digest, body = row
    return Kept(decision_id, body if digest == record.digest else None)
