"""Lines of the screening policy count once somebody else has approved them."""

from __future__ import annotations

from alembic import op

from fanzha.store.security import grant, protect

revision = "0021"
down_revision = "0020"

# Who decided a line is part of the key that an approval points to, so that nobody can approve their own, whatever the code does.
_TABLES = """
ALTER TABLE screening_policies ADD CONSTRAINT uq_screening_policies_maker UNIQUE (asked, signal, effective_from, version, set_by);

CREATE TABLE screening_approvals (
    asked          text NOT NULL,
    signal         text NOT NULL,
    effective_from date NOT NULL,
    version        integer NOT NULL,
    set_by         text NOT NULL,
    approved_by    text NOT NULL,
    approved_at    timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (asked, signal, effective_from, version),
    CONSTRAINT fk_screening_approvals_line FOREIGN KEY (asked, signal, effective_from, version, set_by)
        REFERENCES screening_policies (asked, signal, effective_from, version, set_by),
    CONSTRAINT ck_screening_approvals_by_another CHECK (approved_by <> set_by)
);
"""
_ACTOR = "current_setting('fanzha.actor', true)"


def upgrade() -> None:
    op.execute(_TABLES)
    op.execute("DROP POLICY screening_policies_app ON screening_policies")
    op.execute(f"CREATE POLICY screening_policies_app ON screening_policies FOR ALL TO fanzha_app USING (true) WITH CHECK (set_by = {_ACTOR})")
    grant("screening_policies", app=("INSERT",), worker=("SELECT",))
    protect("screening_approvals", "true", check=f"approved_by = {_ACTOR}", app=("SELECT", "INSERT"))
    op.execute("REVOKE INSERT, UPDATE, DELETE ON screening_approvals FROM fanzha_worker")
    op.execute("REVOKE INSERT ON screening_policies FROM fanzha_worker")
