"""Lines of the screening policy can be declined: once, and never beside an approval."""

from __future__ import annotations

from alembic import op

from fanzha.store.security import protect

revision = "0028"
down_revision = "0027"

# Both answers to a line take the same lock, so that two who answer at once come one after the other and the second finds the first.
_TABLES = """
CREATE TABLE screening_declines (
    asked          text NOT NULL,
    signal         text NOT NULL,
    effective_from date NOT NULL,
    version        integer NOT NULL,
    set_by         text NOT NULL,
    declined_by    text NOT NULL,
    declined_at    timestamptz NOT NULL DEFAULT now(),
    reason         text NOT NULL CHECK (length(btrim(reason)) BETWEEN 1 AND 1000),
    PRIMARY KEY (asked, signal, effective_from, version),
    CONSTRAINT fk_screening_declines_line FOREIGN KEY (asked, signal, effective_from, version, set_by)
        REFERENCES screening_policies (asked, signal, effective_from, version, set_by)
);

CREATE FUNCTION screening_answered_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('screening_policies'));
    IF TG_TABLE_NAME = 'screening_approvals' AND EXISTS (SELECT 1 FROM screening_declines d WHERE (d.asked, d.signal, d.effective_from, d.version)
           = (NEW.asked, NEW.signal, NEW.effective_from, NEW.version))
       OR TG_TABLE_NAME = 'screening_declines' AND EXISTS (SELECT 1 FROM screening_approvals a WHERE (a.asked, a.signal, a.effective_from, a.version)
           = (NEW.asked, NEW.signal, NEW.effective_from, NEW.version)) THEN
        RAISE EXCEPTION 'a line of the policy is approved or declined, not both' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER screening_approvals_once BEFORE INSERT ON screening_approvals FOR EACH ROW EXECUTE FUNCTION screening_answered_once();
CREATE TRIGGER screening_declines_once BEFORE INSERT ON screening_declines FOR EACH ROW EXECUTE FUNCTION screening_answered_once();
"""


def upgrade() -> None:
    op.execute(_TABLES)
    protect("screening_declines", "true", check="declined_by = current_setting('fanzha.actor', true)", app=("SELECT", "INSERT"))
    op.execute("REVOKE INSERT, UPDATE, DELETE ON screening_declines FROM fanzha_worker")
