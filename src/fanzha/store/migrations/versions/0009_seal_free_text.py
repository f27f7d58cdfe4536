"""Three columns of free text about people, until now in clear, are sealed: what for somebody was looked up, where money went, what the evidence is called."""

from __future__ import annotations

from alembic import op
from sqlalchemy import text

from fanzha.store import crypto

revision = "0009"
down_revision = "0008"

_COLUMNS = (("warning_reveals", "purpose", True), ("warning_feedback", "transfer_target", False), ("warning_feedback", "evidence_ref", False))


def upgrade() -> None:
    for table, column, required in _COLUMNS:
        # Forced row security hides every row from an owner who is no superuser: without this their texts would be dropped unsealed.
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} ADD COLUMN {column}_sealed bytea")
        _seal(table, column)
        op.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
        op.execute(f"ALTER TABLE {table} RENAME COLUMN {column}_sealed TO {column}")
        if required:
            op.execute(f"ALTER TABLE {table} ALTER COLUMN {column} SET NOT NULL")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")


def _seal(table: str, column: str) -> None:
    connection = op.get_bind()
    rows = connection.execute(text(f"SELECT id, {column} AS plain FROM {table} WHERE {column} IS NOT NULL")).all()
    sealed = [{"id": row.id, "sealed": crypto.current().seal(f"{table}.{column}", row.plain)} for row in rows]
    if sealed:
        connection.execute(text(f"UPDATE {table} SET {column}_sealed = :sealed WHERE id = :id"), sealed)
