"""Who may do what at the learning desk. Row security holds the same line by kind of organisation."""

from __future__ import annotations

from fanzha.vocab.roles import Role, permission

SEE = permission("learning.see", Role.ANALYST, Role.DUTY_OFFICER)
"""Labels, row by row (tokens)."""
COUNT = permission("learning.count", Role.ANALYST, Role.DUTY_OFFICER, Role.AUDITOR, Role.OFFICE, Role.ADMINISTRATOR, Role.DEPUTY)
"""Figures that name nobody."""
RUN = permission("learning.run", Role.ANALYST)
