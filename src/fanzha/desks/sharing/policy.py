"""Who may do what at the sharing desk. Row security holds the same line: a unit sees what was sent to it."""

from __future__ import annotations

from fanzha.vocab.roles import Role, permission

READ = permission("sharing.read", Role.ANALYST, Role.DUTY_OFFICER, Role.FIELD_OFFICER, Role.BANK_AGENT, Role.OPERATOR_AGENT, Role.OFFICE)
"""Read one's unit's inbox and sign for a briefing."""
FOLLOW = permission("sharing.follow", Role.ANALYST, Role.DUTY_OFFICER, Role.OFFICE)
"""See which units have read."""
