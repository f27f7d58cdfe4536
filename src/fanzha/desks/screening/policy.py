"""Who may ask for decisions, who may read them, and who decides what leads to what.

A bank asks about transfers, an operator about the rest: an API key carries no more than its user has.
"""

from __future__ import annotations

from fanzha.desks.screening.domain import Asked
from fanzha.kit.errors import Forbidden
from fanzha.store import Work
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
APPROVE = permission("screening.approve", Role.DUTY_OFFICER)
_WHOLE = (OrgKind.POLICE_PROVINCE, OrgKind.POLICE_CITY)
"""Whose word counts for the whole platform, as the policy does."""


def require(work: Work, wanted: Permission) -> None:
    """A person of the city's or the province's police, by role. The pipeline decides no policy.

    Raises:
        Forbidden.
    """
    principal = work.scope.principal
    if principal is None or not principal.may(wanted) or principal.org_kind not in _WHOLE:
        raise Forbidden("The policy of the whole platform is not yours to decide.", remedy=f"It needs the permission {wanted.name} at the city.", permission=wanted.name)
