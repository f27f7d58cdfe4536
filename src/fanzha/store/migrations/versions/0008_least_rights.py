"""Rights that nobody needs are taken back; a running job frees the name it waited under."""

from __future__ import annotations

from alembic import op

revision = "0008"
down_revision = "0007"

# What is only ever added to: the pipeline adds too, but neither changes nor removes.
_ONLY_ADDED = "warning_history, warning_reveals, warning_escalations, warning_comments, warning_meetings, report_steps, indicator_judgements"

# `queueing_lock` is unique among waiting jobs. A job that runs waits no more; kept, its name would keep it from being queued again after a failure.
_FREE_NAME = """
CREATE FUNCTION procrastinate_running_frees_name() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.queueing_lock := NULL;
    RETURN NEW;
END $$;
CREATE TRIGGER procrastinate_running_frees_name BEFORE UPDATE OF status ON procrastinate_jobs FOR EACH ROW
    WHEN (NEW.status = 'doing') EXECUTE FUNCTION procrastinate_running_frees_name();
"""


def upgrade() -> None:
    # A page sets no legal number, and of the queue it only asks whether a job of a name waits and adds one.
    op.execute("REVOKE INSERT ON dated_settings FROM fanzha_app")
    op.execute("REVOKE SELECT ON procrastinate_jobs, procrastinate_events FROM fanzha_app")
    op.execute("GRANT SELECT (id, status, queueing_lock) ON procrastinate_jobs TO fanzha_app")
    op.execute(f"REVOKE UPDATE, DELETE ON {_ONLY_ADDED} FROM fanzha_worker")
    op.execute(_FREE_NAME)
