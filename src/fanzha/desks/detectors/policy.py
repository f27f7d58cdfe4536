"""Who may do what with detectors. Row security holds the same line by kind of organisation and area."""

from __future__ import annotations

from fanzha.desks.detectors.errors import NotAllowed, NotYourArea
from fanzha.store import Work
from fanzha.vocab.roles import Permission, Role, permission

READ = permission("detectors.read", Role.ANALYST, Role.DUTY_OFFICER, Role.AUDITOR)
EDIT = permission("detectors.edit", Role.ANALYST)
"""Write versions, backtest them, run them as shadows, ask for them to go live or be retired."""
APPROVE = permission("detectors.approve", Role.ANALYST, Role.DUTY_OFFICER)
"""Confirm what somebody else wrote and asked for."""
ROLL_BACK = permission("detectors.roll_back", Role.ANALYST, Role.DUTY_OFFICER)
"""Take the newest change back, alone and at once."""


def require(work: Work, wanted: Permission, area: str) -> None:
    """The pipeline may; people by role, and only where their area covers the whole platform: a detector runs on all of it.

    Raises:
        NotAllowed, NotYourArea.
    """
    principal = work.scope.principal
    if principal is None:
        return
    if not principal.may(wanted):
        raise NotAllowed(permission=wanted.name)
    if not area.startswith(principal.region):
        raise NotYourArea(area=area)
