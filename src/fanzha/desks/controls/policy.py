"""Who may do what with orders. Row security holds the same line: police by region, receivers by their organisation and only what was sent."""

from __future__ import annotations

from fanzha.vocab.organisations import OrgKind
from fanzha.vocab.roles import Role, permission

SEE = permission("controls.see", Role.ANALYST, Role.DUTY_OFFICER, Role.LEADER)
REQUEST = permission("controls.request", Role.ANALYST, Role.DUTY_OFFICER)
APPROVE = permission("controls.approve", Role.LEADER)
REVEAL = permission("controls.reveal", Role.ANALYST, Role.DUTY_OFFICER, Role.LEADER)
EXPORT = permission("controls.export", Role.DUTY_OFFICER, Role.LEADER)
RECEIVE = permission("controls.receive", Role.BANK_AGENT, Role.OPERATOR_AGENT)

POLICE = frozenset({OrgKind.POLICE_PROVINCE, OrgKind.POLICE_CITY, OrgKind.POLICE_COUNTY, OrgKind.POLICE_STATION})
