"""Who may do what at the indicators desk. Row security holds the same line by kind of organisation."""

from __future__ import annotations

from fanzha.vocab.roles import Role, permission

SEE = permission("indicators.see", Role.ANALYST, Role.DUTY_OFFICER)
ADD = permission("indicators.add", Role.ANALYST, Role.DUTY_OFFICER)
JUDGE = permission("indicators.judge", Role.ANALYST)
VOTE = permission("indicators.vote", Role.ANALYST, Role.DUTY_OFFICER, Role.FIELD_OFFICER, Role.BANK_AGENT, Role.OPERATOR_AGENT)
OVERRIDE = permission("indicators.override_known_good", Role.ANALYST)
EXPORT = permission("indicators.export", Role.ANALYST)
SHARE = permission("indicators.share", Role.ANALYST)
CHECK = permission("indicators.check", Role.ANALYST, Role.DUTY_OFFICER, Role.FIELD_OFFICER, Role.BANK_AGENT, Role.OPERATOR_AGENT)
KNOWN_GOOD = permission("indicators.known_good", Role.ANALYST, Role.ADMINISTRATOR, Role.LEADER)
"""See the city's own known-good list."""
KNOW = permission("indicators.propose_known_good", Role.ANALYST, Role.ADMINISTRATOR)
"""Propose an entry of the city's own known-good list."""
AGREE = permission("indicators.decide_known_good", Role.ADMINISTRATOR, Role.LEADER)
"""Decide on one that somebody else has proposed, and end one."""
NOTICES = permission(
    "indicators.notices", Role.ANALYST, Role.DUTY_OFFICER, Role.LEADER, Role.FIELD_OFFICER, Role.GRID_WORKER, Role.BANK_AGENT, Role.OPERATOR_AGENT, Role.OFFICE
)
"""Be told that what one holds rested on an identifier that was withdrawn."""
