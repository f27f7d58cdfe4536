"""Who may ask for decisions, who may read them, and who decides what leads to what.

A bank asks about transfers, an operator about the rest: an API key carries no more than its user has.
"""

from __future__ import annotations

from fanzha.desks.screening.domain import Asked
from fanzha.kit.errors import Forbidden
from fanzha.store import Principal, Work
from fanzha.vocab.organisations import OrgKind
from fanzha.vocab.roles import Permission, Role, permission

ASK: dict[Asked, Permission] = {
    Asked.TRANSFER: permission("screening.transfer", Role.BANK_AGENT),
    Asked.CALL: permission("screening.call", Role.OPERATOR_AGENT),
    Asked.MESSAGE: permission("screening.message", Role.OPERATOR_AGENT),
    Asked.VISIT: permission("screening.visit", Role.OPERATOR_AGENT),
}
SEE = permission("screening.see", Role.ANALYST, Role.DUTY_OFFICER, Role.AUDITOR, Role.BANK_AGENT, Role.OPERATOR_AGENT)
DECIDE = permission("screening.decide", Role.ANALYST, Role.DUTY_OFFICER)
READ_POLICY = permission("screening.policy", Role.ANALYST, Role.DUTY_OFFICER, Role.AUDITOR)
APPROVE = permission("screening.approve", Role.DUTY_OFFICER)
_WHOLE = (OrgKind.POLICE_PROVINCE, OrgKind.POLICE_CITY)
"""Whose word counts for the whole platform, as the policy does."""


def may(principal: Principal | None, wanted: Permission) -> bool:
    """A person of the city's or the province's police, by role. The pipeline decides no policy."""
    return principal is not None and principal.may(wanted) and principal.org_kind in _WHOLE


def require(work: Work, wanted: Permission) -> None:
    """Raises Forbidden where not `may`."""
    if not may(work.scope.principal, wanted):
        raise Forbidden("The policy of the whole platform is not yours to decide.", remedy=f"It needs the permission {wanted.name} at the city.", permission=wanted.name)
