"""Who may send, see and mend."""

from __future__ import annotations

from typing import Final

from fanzha.desks.intake.columns import IntakeKind
from fanzha.kit.errors import Forbidden
from fanzha.store.scope import Principal, Scope
from fanzha.vocab.organisations import OrgKind
from fanzha.vocab.roles import Role, permission

WRITE = permission("intake.write", Role.ANALYST, Role.DUTY_OFFICER, Role.BANK_AGENT, Role.OPERATOR_AGENT, Role.ADMINISTRATOR)
READ = permission("intake.read", Role.ANALYST, Role.DUTY_OFFICER, Role.BANK_AGENT, Role.OPERATOR_AGENT, Role.ADMINISTRATOR, Role.AUDITOR)
MEND = permission("intake.mend", Role.ANALYST, Role.BANK_AGENT, Role.OPERATOR_AGENT, Role.ADMINISTRATOR)

_OUTSIDE: Final[dict[OrgKind, frozenset[IntakeKind]]] = {
    OrgKind.BANK: frozenset({IntakeKind.TRANSFERS, IntakeKind.ACCOUNTS}),
    OrgKind.OPERATOR: frozenset({IntakeKind.CALLS, IntakeKind.MESSAGES, IntakeKind.VISITS, IntakeKind.SIMS}),
}
"""What those send who are not the police (反电信网络诈骗法 art. 18 for banks, 11–14 and 22 for operators)."""


def kinds_for(principal: Principal | None) -> tuple[IntakeKind, ...]:
    """The kinds this person's organisation may send; the pipeline may send all."""
    if principal is None or principal.org_kind not in _OUTSIDE:
        return tuple(IntakeKind)
    return tuple(kind for kind in IntakeKind if kind in _OUTSIDE[principal.org_kind])


def source_for(scope: Scope, wanted: str) -> str:
    """Under which source name a file counts: a bank or operator is always its own, so that nobody can occupy another's event ids."""
    principal = scope.principal
    return principal.org_name if principal is not None and principal.org_kind in _OUTSIDE else wanted


def check_kind(scope: Scope, kind: IntakeKind) -> None:
    """Raises Forbidden where the organisation may not send this kind."""
    if kind not in kinds_for(scope.principal):
        raise Forbidden("Your organisation does not send this kind of data.", kind=kind.value)
