"""Row security, written once for all tables: called from migrations.

Pages connect as `fanzha_app`, whose rows are narrowed by the transaction's `fanzha.region` (a GB/T 2260 prefix) and `fanzha.org`. The pipeline connects as
`fanzha_worker`, which sees every row. Neither role owns a table, so neither can change a policy.
"""

from __future__ import annotations

from collections.abc import Sequence

from alembic import op

REGION = "current_setting('fanzha.region', true)"
ORG = "current_setting('fanzha.org', true)"


def starts_within_region(column: str) -> str:
    """The row's region lies in the actor's. A row without a region belongs to the whole platform and is seen by those alone."""
    return f"(starts_with(coalesce({column}, ''), {REGION}))"


def belongs_to_org(column: str) -> str:
    return f"({column} = {ORG})"


def protect(table: str, using: str, *, check: str | None = None, app: Sequence[str] = ("SELECT", "INSERT", "UPDATE")) -> None:
    """Turn on row security: pages see rows for which `using` holds and write rows for which `check` (default: `using`) holds."""
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY {table}_app ON {table} FOR ALL TO fanzha_app USING ({using}) WITH CHECK ({check or using})")
    op.execute(f"CREATE POLICY {table}_worker ON {table} FOR ALL TO fanzha_worker USING (true) WITH CHECK (true)")
    grant(table, app=app)


def grant(table: str, *, app: Sequence[str] = ("SELECT",), worker: Sequence[str] = ("SELECT", "INSERT", "UPDATE", "DELETE")) -> None:
    """What the two roles may do with the table at all; `app` may be empty."""
    if app:
        op.execute(f"GRANT {', '.join(app)} ON {table} TO fanzha_app")
    op.execute(f"GRANT {', '.join(worker)} ON {table} TO fanzha_worker")


def grant_sequence(sequence: str) -> None:
    op.execute(f"GRANT USAGE ON SEQUENCE {sequence} TO fanzha_app, fanzha_worker")
