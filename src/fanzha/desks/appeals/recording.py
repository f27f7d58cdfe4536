"""One place that moves an appeal and writes down who did it, and one that texts: no state is set anywhere else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fanzha.desks.appeals.domain import State, may_become
from fanzha.desks.appeals.errors import AppealWrongState, ReasonsNeeded
from fanzha.desks.appeals.model import Appeal, AppealStep, AppealText
from fanzha.kit import clock
from fanzha.kit.ids import new_id
from fanzha.store import Work

SHORTEST_REASONS = 10
LONGEST_TEXT = 4000
CLOCK = "appeals.clock"
CHALLENGE = "appeals.challenge"


def reasons_of(given: str) -> str:
    """Raises ReasonsNeeded."""
    why = given.strip()[:LONGEST_TEXT]
    if len(why) < SHORTEST_REASONS:
        raise ReasonsNeeded
    return why


def move(
    work: Work, appeal: Appeal, state: State, action: str, *, reason: str | None = None, detail: Mapping[str, Any] | None = None, public: bool = True
) -> None:
    """Set the state, write the step, audit it. What else belongs to the step must be set on the appeal before.

    Raises:
        AppealWrongState.
    """
    before = State(appeal.state)
    if not may_become(before, state):
        raise AppealWrongState(appeal=appeal.id, before=before, after=state)
    appeal.state = state.value
    work.session.flush()
    note(work, appeal, action, before=before, reason=reason, detail=detail, public=public)
    work.notify("appeals", {"appeal": appeal.id, "region": appeal.region, "state": appeal.state})


def note(
    work: Work, appeal: Appeal, action: str, *, before: State | None = None, reason: str | None = None, detail: Mapping[str, Any] | None = None,
    public: bool = False,
) -> None:  # fmt: skip
    """Write a step that changes no state, or that of a change just made."""
    principal = work.scope.principal
    step = AppealStep(
        id=new_id(), appeal_id=appeal.id, at=clock.now(), actor=work.actor, actor_name=principal.name if principal else work.actor, action=action,
        state_before=before.value if before else None, state_after=appeal.state, reason=reason, detail=dict(detail or {}), public=public,
    )  # fmt: skip
    work.session.add(step)
    work.session.flush()
    work.audit(f"appeal.{action}", f"appeal:{appeal.id}", {"before": before, "after": appeal.state} | dict(detail or {}))


def say(work: Work, recipient: str, body: str) -> None:
    """Put a text message into the outbox."""
    work.session.add(AppealText(id=new_id(), at=clock.now(), recipient=recipient, body=body, sent_at=None))
    work.session.flush()
