"""Who may ask for decisions, and who may read them. A bank asks about transfers, an operator about the rest: an API key carries no more than its user has."""

from __future__ import annotations

from fanzha.desks.screening.domain import Asked
from fanzha.vocab.roles import Permission, Role, permission

ASK: dict[Asked, Permission] = {
    Asked.TRANSFER: permission("screening.transfer", Role.BANK_AGENT),
    Asked.CALL: permission("screening.call", Role.OPERATOR_AGENT),
    Asked.MESSAGE: permission("screening.message", Role.OPERATOR_AGENT),
    Asked.VISIT: permission("screening.visit", Role.OPERATOR_AGENT),
}
SEE = permission("screening.see", Role.ANALYST, Role.DUTY_OFFICER, Role.AUDITOR, Role.BANK_AGENT, Role.OPERATOR_AGENT)
