"""Opening a person's data: with a stated purpose, counted by the hour, audited."""

from __future__ import annotations

from datetime import timedelta

from fanzha.desks.warnings import policy, repository, steps
from fanzha.desks.warnings.errors import ReasonNeeded, TooManyReveals
from fanzha.desks.warnings.masking import ClearSubject, clear
from fanzha.desks.warnings.model import Reveal
from fanzha.kit import clock
from fanzha.kit.errors import Forbidden
from fanzha.store import Work, dated

FIELDS = ("name", "phone", "address", "birth_year", "occupation")
LONGEST_PURPOSE = 200


def reveal(work: Work, warning_id: str, purpose: str) -> ClearSubject:
    """The person in clear. The purpose is kept with the warning and in the audit log's entry; the data are in neither.

    Raises:
        ReasonNeeded: no purpose; TooManyReveals: more this hour than the region allows; Forbidden; WarningNotFound.
    """
    principal = work.scope.principal
    if principal is None or not principal.may(policy.REVEAL):
        raise Forbidden(permission=policy.REVEAL.name)
    purpose = purpose.strip()[:LONGEST_PURPOSE]
    if not purpose:
        raise ReasonNeeded("Say what you need the data for.")
    warning = repository.by_id(work, warning_id)
    allowed = int(dated.value(work, "warnings.reveals_an_hour", region=warning.region))
    if repository.reveals_since(work, work.actor, clock.now() - timedelta(hours=1)) >= allowed:
        raise TooManyReveals(allowed=allowed)
    work.session.add(Reveal(warning_id=warning.id, fields=list(FIELDS), purpose=purpose, **steps.signature(work)))
    work.session.flush()
    work.audit("warning.revealed", f"warning:{warning.id}", {"fields": FIELDS, "purpose": purpose})
    return clear(warning)
