"""Who may do what with suspect numbers. Orders on them follow the policy of the orders desk, too."""

from __future__ import annotations

from fanzha.vocab.roles import Role, permission

SEE = permission("lines.see", Role.ANALYST, Role.DUTY_OFFICER, Role.LEADER)
REQUEST = permission("lines.request", Role.ANALYST, Role.DUTY_OFFICER)
OUTLETS = permission("lines.outlets", Role.ANALYST, Role.DUTY_OFFICER, Role.LEADER)
