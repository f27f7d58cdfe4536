"""Who may do what at the series desk. Row security holds the same line by kind of organisation and region."""

from __future__ import annotations

from fanzha.vocab.roles import Role, permission

SEE = permission("series.see", Role.ANALYST, Role.DUTY_OFFICER)
DECIDE = permission("series.decide", Role.ANALYST)
EXPORT = permission("series.export", Role.ANALYST, Role.DUTY_OFFICER)
READ_SCRIPT = permission("series.read_script", Role.ANALYST)
"""The passages that the narratives share, opened for a stated purpose."""
