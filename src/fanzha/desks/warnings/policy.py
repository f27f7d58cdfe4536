"""Who may do what with a warning."""

from __future__ import annotations

from fanzha.vocab.organisations import OrgKind
from fanzha.vocab.roles import Role, permission

SEE = permission("warnings.see", Role.ANALYST, Role.DUTY_OFFICER, Role.FIELD_OFFICER, Role.GRID_WORKER)
COUNT = permission(
    "warnings.count", Role.ANALYST, Role.DUTY_OFFICER, Role.FIELD_OFFICER, Role.GRID_WORKER, Role.OFFICE, Role.AUDITOR, Role.ADMINISTRATOR, Role.DEPUTY
)
ACT = permission("warnings.act", Role.DUTY_OFFICER, Role.FIELD_OFFICER, Role.GRID_WORKER)
MEET = permission("warnings.meet", Role.DUTY_OFFICER, Role.FIELD_OFFICER, Role.GRID_WORKER)
DIRECT = permission("warnings.direct", Role.ANALYST, Role.DUTY_OFFICER)
"""Dispatch, cancel, review a transfer, close: what the duty room decides."""
ACCEPT = permission("warnings.accept", Role.DUTY_OFFICER, Role.FIELD_OFFICER)
"""Accept or decline a warning that another district hands over."""
REVEAL = permission("warnings.reveal", Role.ANALYST, Role.DUTY_OFFICER, Role.FIELD_OFFICER, Role.GRID_WORKER)
COMMENT = permission("warnings.comment", Role.ANALYST, Role.DUTY_OFFICER, Role.FIELD_OFFICER, Role.GRID_WORKER)
EXPORT = permission("warnings.export", Role.ANALYST, Role.DUTY_OFFICER)

ORG_KINDS = (
    OrgKind.POLICE_PROVINCE,
    OrgKind.POLICE_CITY,
    OrgKind.POLICE_COUNTY,
    OrgKind.POLICE_STATION,
    OrgKind.GRID,
    OrgKind.OFFICE,
)
"""Kinds of organisation whose people row security lets near a warning at all: no bank, no operator, no member unit, no deputy (代表法 §31, §59)."""
COUNTED_FOR = (OrgKind.CONGRESS, OrgKind.MEMBER_UNIT)
"""Kinds whose people may know the counts of their area, and never a warning."""
