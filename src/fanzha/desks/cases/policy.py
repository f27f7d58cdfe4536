"""Who may do what at the cases desk. Row security holds the same line by kind of organisation and region."""

from __future__ import annotations

from fanzha.vocab.organisations import OrgKind
from fanzha.vocab.roles import Role, permission

SEE = permission("cases.see", Role.ANALYST, Role.DUTY_OFFICER)
STEP = permission("cases.step", Role.DUTY_OFFICER)
REVEAL = permission("cases.reveal", Role.ANALYST, Role.DUTY_OFFICER)
COUNT = permission("cases.count", Role.ANALYST, Role.DUTY_OFFICER, Role.OFFICE)
WRITE = permission("cases.write", Role.ANALYST, Role.DUTY_OFFICER)
"""File a case, change its facts and parts, add evidence, hand it over."""
JOIN = permission("cases.join", Role.ANALYST, Role.DUTY_OFFICER)
"""Merge, split, and take either back."""
EXPORT = permission("cases.export", Role.ANALYST, Role.DUTY_OFFICER)

ORG_KINDS = (OrgKind.POLICE_PROVINCE, OrgKind.POLICE_CITY, OrgKind.POLICE_COUNTY, OrgKind.POLICE_STATION, OrgKind.OFFICE)
"""Kinds of organisation that row security lets near a report."""
