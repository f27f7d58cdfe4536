"""Who may do what with appeals. Row security holds the same line: police by region; receivers see what was asked of them alone."""

from __future__ import annotations

from fanzha.vocab.organisations import OrgKind
from fanzha.vocab.roles import Role, permission

SEE = permission("appeals.see", Role.ANALYST, Role.DUTY_OFFICER, Role.LEADER)
FILE = permission("appeals.file", Role.DUTY_OFFICER, Role.ANALYST, Role.LEADER)
HANDLE = permission("appeals.handle", Role.DUTY_OFFICER, Role.ANALYST, Role.LEADER)
DECIDE = permission("appeals.decide", Role.LEADER)
REVEAL = permission("appeals.reveal", Role.ANALYST, Role.DUTY_OFFICER, Role.LEADER)
RATES = permission("appeals.rates", Role.ANALYST, Role.DUTY_OFFICER, Role.LEADER, Role.OFFICE, Role.AUDITOR, Role.DEPUTY)
ANSWER = permission("appeals.answer_inquiry", Role.BANK_AGENT, Role.OPERATOR_AGENT)

POLICE = frozenset({OrgKind.POLICE_PROVINCE, OrgKind.POLICE_CITY, OrgKind.POLICE_COUNTY, OrgKind.POLICE_STATION})
"""A test compares the list with migration 0026."""
