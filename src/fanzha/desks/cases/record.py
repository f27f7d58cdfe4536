"""Opening a case for a step, and writing down what was changed. Every change of a case goes through here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import orjson

from fanzha.desks.cases import case_repository as repository
from fanzha.desks.cases import domain
from fanzha.desks.cases.case_model import Case, HandOver, LogEntry
from fanzha.desks.cases.domain import Action, CaseState, Standing
from fanzha.desks.cases.errors import CaseNotFound, ReasonNeeded, StepNotOpen
from fanzha.desks.cases.events import CaseChanged
from fanzha.kit import clock
from fanzha.kit.errors import Forbidden
from fanzha.kit.ids import new_id
from fanzha.store import Work
from fanzha.vocab.roles import Permission

SHORTEST_REASON = 4


@dataclass(frozen=True)
class Change:
    """One field before and after; times in ISO form, money in fen, None where there was nothing."""

    field: str
    before: str | int | None
    after: str | int | None


def require(work: Work, permission: Permission) -> None:
    """Raises Forbidden. The pipeline may do everything."""
    principal = work.scope.principal
    if principal is not None and not principal.may(permission):
        raise Forbidden(permission=permission.name)


def reason_of(text: str) -> str:
    """Raises ReasonNeeded."""
    why = text.strip()
    if len(why) < SHORTEST_REASON:
        raise ReasonNeeded
    return why


def holds_region(work: Work, region: str) -> bool:
    """Whether the actor's area holds this one."""
    principal = work.scope.principal
    return principal is None or region.startswith(principal.region)


def standing(work: Work, case: Case, offer: HandOver | None) -> Standing:
    to_me = offer is not None and holds_region(work, offer.to_region)
    return Standing(CaseState(case.state), case.merged_into is not None, holds_region(work, case.region), offer is not None, to_me)


def found(work: Work, case_id: str, *, lock: bool = False) -> Case:
    """Raises CaseNotFound."""
    case = repository.by_id(work, case_id, lock=lock)
    if case is None:
        raise CaseNotFound(case=case_id)
    return case


def opened(work: Work, case_id: str, action: Action, permission: Permission) -> Case:
    """The case, locked, if this action is open to the actor.

    Raises:
        Forbidden, CaseNotFound, StepNotOpen.
    """
    require(work, permission)
    case = found(work, case_id, lock=True)
    if action not in domain.allowed(standing(work, case, repository.offered(work, case_id))):
        raise StepNotOpen(state=case.state, action=action.value)
    return case


def write(work: Work, case: Case, action: str, changes: Iterable[Change] = (), reason: str = "") -> None:
    """Count the version up, keep who changed what and why, tell the other desks, and audit it (field names alone)."""
    entries = tuple(changes)
    case.version += 1
    work.session.add(entry(work, case.id, action, entries, reason))
    fields = tuple(dict.fromkeys(one.field.partition(".")[0] for one in entries))
    work.audit(f"case.{action}", f"case:{case.id}", {"fields": list(fields)} if fields else {})
    work.publish(CaseChanged(case.id, case.root_id, action, fields))


def entry(work: Work, case_id: str, action: str, changes: Sequence[Change] = (), reason: str = "") -> LogEntry:
    principal = work.scope.principal
    said = [[one.field, one.before, one.after] for one in changes]
    return LogEntry(
        id=new_id(), case_id=case_id, at=clock.now(), actor=work.actor, actor_name=principal.name if principal else "",
        org_name=principal.org_name if principal else "", action=action, reason=reason, changes=orjson.dumps(said).decode(),
    )  # fmt: skip


def changes_of(line: LogEntry) -> tuple[Change, ...]:
    return tuple(Change(*one) for one in orjson.loads(line.changes))


def as_text(value: object) -> str | int | None:
    """How a value stands in the history."""
    if value is None or isinstance(value, str | int):
        return value
    return value.isoformat() if isinstance(value, datetime) else str(value)
