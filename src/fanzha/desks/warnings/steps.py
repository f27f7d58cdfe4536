"""Taking one step: the state, the clock, the history, the notice to live pages. Every change of a warning's state goes through here."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import TypedDict

from fanzha.desks.warnings import domain
from fanzha.desks.warnings.domain import Action, State
from fanzha.desks.warnings.errors import ReasonNeeded
from fanzha.desks.warnings.model import History, WarningOrder
from fanzha.desks.warnings.plan import ChannelPlan, Deadlines, deadlines_from, open_deadlines
from fanzha.kit import clock
from fanzha.kit.errors import Forbidden
from fanzha.store import Work
from fanzha.vocab.risk import RiskLevel

LIVE_CHANNEL = "fanzha_live"


class Signature(TypedDict):
    """Who acts: the columns that every entry shares."""

    actor: str
    actor_name: str
    org_id: str
    org_name: str


def signature(work: Work) -> Signature:
    principal = work.scope.principal
    if principal is None:
        return Signature(actor=work.actor, actor_name="", org_id=work.scope.org_id, org_name="")
    return Signature(actor=principal.user_id, actor_name=principal.name, org_id=principal.org_id, org_name=principal.org_name)


def permit(work: Work, action: Action) -> None:
    """Raises Forbidden: the actor's role may not take this step."""
    step, principal = domain.STEPS[action], work.scope.principal
    allowed = step.by_pipeline if principal is None else step.permission is not None and principal.may(step.permission)
    if not allowed:
        raise Forbidden(action=action.value)


def take(
    work: Work, warning: WarningOrder, action: Action, *, to: State | None = None, reason: str = "", detail: Mapping[str, object] | None = None,
    live: bool = True,
) -> None:  # fmt: skip
    """Move the warning, write the history and tell the live pages (unless `live` is off: a batch tells them once).

    Raises:
        Forbidden, StepNotAllowed, ReasonNeeded.
    """
    permit(work, action)
    if action in domain.REASON_NEEDED and not reason.strip():
        raise ReasonNeeded(action=action.value)
    before = warning.state_now
    after = domain.move(before, action, to)
    warning.state = after.value
    if after in domain.FINAL:
        warning.ended_at = clock.now()
    refresh_due(warning)
    note(work, warning, action.value, before, reason, detail, live=live)


def note(
    work: Work, warning: WarningOrder, action: str, before: State | None, reason: str = "", detail: Mapping[str, object] | None = None, *, live: bool = True
) -> None:  # fmt: skip
    """Add a line to the history and tell the live pages."""
    entry = History(
        warning_id=warning.id, action=action, state_before=before.value if before else None, state_after=warning.state,
        reason=reason.strip(), detail=dict(detail or {}), **signature(work),
    )  # fmt: skip
    work.session.add(entry)
    if live:
        announce(work, warning, action)


def announce(work: Work, warning: WarningOrder, action: str) -> None:
    """Tell the live pages that a warning has changed: its id and place, nothing personal."""
    work.notify(
        LIVE_CHANNEL,
        {"kind": "warning", "id": warning.id, "action": action, "state": warning.state, "level": warning.level, "region": warning.region,
         "offered": warning.offered_region or "", "actor": work.actor},
    )  # fmt: skip


def announce_many(work: Work, regions: Collection[str]) -> None:
    """Tell the live pages that many warnings of these counties have changed: they reload once."""
    for county in sorted({region[:6] for region in regions}):
        work.notify(LIVE_CHANNEL, {"kind": "warnings", "action": "changed", "region": county, "actor": work.actor})


def refresh_due(warning: WarningOrder) -> None:
    """Recompute what is due next and what escalates next."""
    waiting = open_deadlines(warning.state_now, warning.deadlines)
    warning.due_at, warning.due_step = (waiting[0][0], waiting[0][1].value) if waiting else (None, None)
    warning.escalate_at = next((at for at, due in waiting if due.value not in warning.escalated), None)


def set_deadlines(warning: WarningOrder, deadlines: Deadlines) -> None:
    warning.sign_by, warning.call_by = deadlines.sign_by, deadlines.call_by
    warning.meet_by, warning.feedback_by = deadlines.meet_by, deadlines.feedback_by
    warning.revisit_by = deadlines.revisit_by


def apply_plan(warning: WarningOrder, plan: ChannelPlan, start: datetime) -> None:
    """Give the warning this level's plan from `start` on; no deadline gets longer, no duty falls away."""
    warning.level = plan.level.value
    warning.channels = [channel.value for channel in plan.channels]
    warning.must_meet = warning.must_meet or plan.must_meet
    set_deadlines(warning, warning.deadlines.tightened(deadlines_from(plan, start)))
    refresh_due(warning)


def is_higher(level: RiskLevel, than: RiskLevel) -> bool:
    return level.rank < than.rank
