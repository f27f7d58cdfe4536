"""Cases from report to closing: tasks, evidence, merges, hand-overs."""

from __future__ import annotations

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Nothing yet."""
