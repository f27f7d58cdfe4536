"""Opening a person's data: with a stated purpose, counted by the hour, audited."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Literal

from sqlalchemy import select

from fanzha.desks.warnings import policy, repository, steps
from fanzha.desks.warnings.errors import ReasonNeeded, TooManyReveals
from fanzha.desks.warnings.masking import ClearSubject, clear
from fanzha.desks.warnings.model import Reveal
from fanzha.kit import clock
from fanzha.kit.errors import Forbidden
from fanzha.store import Work, dated

Field = Literal["name", "phone", "address", "birth_year", "occupation"]
FIELDS: tuple[Field, ...] = ("name", "phone", "address", "birth_year", "occupation")
LONGEST_PURPOSE = 200


def reveal(work: Work, warning_id: str, purpose: str, fields: Sequence[Field] = FIELDS) -> ClearSubject:
    """These fields of the person in clear, the others empty. The purpose is kept with the warning and in the audit log's entry; the data are in neither.

    Raises:
        ReasonNeeded: no purpose; TooManyReveals: more this hour than the region allows; Forbidden; WarningNotFound.
    """
    principal = work.scope.principal
    if principal is None or not principal.may(policy.REVEAL):
        raise Forbidden(permission=policy.REVEAL.name)
    purpose = purpose.strip()[:LONGEST_PURPOSE]
    if not purpose or not set(fields) <= set(FIELDS):
        raise ReasonNeeded("Say what you need the data for.")
    warning = repository.locked(work, warning_id)
    repository.lock_reveals(work, work.actor)
    allowed = int(dated.value(work, "warnings.reveals_an_hour", region=warning.region))
    if repository.reveals_since(work, work.actor, clock.now() - timedelta(hours=1)) >= allowed:
        raise TooManyReveals(allowed=allowed)
    work.session.add(Reveal(warning_id=warning.id, fields=list(fields), purpose=purpose, **steps.signature(work)))
    work.session.flush()
    work.audit("warning.revealed", f"warning:{warning.id}", {"fields": list(fields), "purpose": purpose})
    opened = clear(warning)
    return replace(opened, **{field: "" for field in FIELDS if field not in fields})


def opened_phone(work: Work, warning_id: str) -> str | None:
    """The number to dial, for whoever has opened it for this warning before; None for everybody else."""
    query = select(Reveal.id).where(Reveal.warning_id == warning_id, Reveal.actor == work.actor, Reveal.fields.contains(["phone"])).limit(1)
    return clear(repository.by_id(work, warning_id)).phone if work.session.scalar(query) else None
