"""Who may do what at the detection desk. Row security holds the same line by kind of organisation."""

from __future__ import annotations

from fanzha.vocab.roles import Role, permission

SEE = permission("findings.see", Role.ANALYST, Role.DUTY_OFFICER)
READ_RULES = permission("rules.read", Role.ANALYST, Role.DUTY_OFFICER, Role.AUDITOR)
RUN = permission("detection.run", Role.ANALYST)
