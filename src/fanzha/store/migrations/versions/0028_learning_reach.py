"""Drift of rules and labels from measures."""

from __future__ import annotations

revision = "0028"
down_revision = "0027"


def upgrade() -> None:
    pass
