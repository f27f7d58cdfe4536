"""What pages show of appeals, with the steps open to the reader."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum

from fanzha.desks import identity
from fanzha.desks.appeals import filing, policy, relief, remedies, repository, targets, units
from fanzha.desks.appeals.domain import State, Target
from fanzha.desks.appeals.errors import DocumentNotFound, NothingToAppeal, PurposeMissing
from fanzha.desks.appeals.model import Appeal, AppealAlarm, AppealDocument, AppealInquiry, AppealStep
from fanzha.desks.appeals.relief import Candidate, Lifted, Receiver
from fanzha.desks.appeals.repository import Filters
from fanzha.desks.appeals.targets import Measure
from fanzha.kit import clock
from fanzha.kit.paging import Page, PageRequest
from fanzha.lake.tokens import Tokens
from fanzha.store import Principal, Work


class Act(StrEnum):
    """A step that a page offers."""

    ACCEPT = "accept"
    REFUSE = "refuse"
    TAKE = "take"
    DOCUMENTS = "documents"
    PAUSE = "pause"
    FACTS = "facts"
    PROPOSE = "propose"
    DECIDE = "decide"
    SEND_BACK = "send_back"
    WITHDRAW = "withdraw"
    RECONSIDER = "reconsider"
    RELEASE = "release"


@dataclass(frozen=True)
class View:
    """One appeal as its reader may see it. `measure` None where it is out of the reader's sight; `candidates` are what an answer could lift."""

    appeal: Appeal
    measure: Measure | None
    steps: Sequence[AppealStep]
    documents: Sequence[AppealDocument]
    inquiries: Sequence[AppealInquiry]
    lifted: Sequence[Lifted]
    candidates: Sequence[Candidate]
    receivers: Sequence[Receiver]
    alarms: Sequence[AppealAlarm]
    previous: Appeal | None
    following: Appeal | None
    allowed: frozenset[Act]
    is_involved: bool


def read(work: Work, tokens: Tokens, appeal_id: str) -> View:
    """Raises AppealNotFound."""
    appeal, me = filing.get(work, appeal_id), work.scope.principal
    steps = allowed(work, appeal, me)
    return View(
        appeal, _measure(work, tokens, appeal), repository.steps(work, appeal.id), repository.documents(work, appeal.id), repository.inquiries(work, appeal.id),
        relief.lifted(work, appeal), relief.candidates(work, appeal) if Act.PROPOSE in steps else (),
        relief.receivers(work, appeal) if Act.FACTS in steps else (), [alarm for alarm, _ in repository.alarms(work, appeal_id=appeal.id)],
        repository.by_id(work, appeal.previous_id) if appeal.previous_id else None, repository.following(work, appeal.id), steps,
        me is not None and me.user_id in appeal.involved,
    )  # fmt: skip


def _measure(work: Work, tokens: Tokens, appeal: Appeal) -> Measure | None:
    try:
        return targets.load(work, tokens, appeal.of_target, appeal.target_id)
    except NothingToAppeal:
        return None


def allowed(work: Work, appeal: Appeal, me: Principal | None) -> frozenset[Act]:
    """The steps open to this reader now. The service decides again when a step is taken."""
    if me is None or me.org_kind not in policy.POLICE:
        return frozenset()
    steps: set[Act] = set()
    if me.may(policy.FILE):
        steps |= _for_the_appellant(appeal)
    if not units.may_act(appeal, me, identity.service.organisation(work, appeal.unit_org_id).region):
        return frozenset(steps)
    free = me.user_id not in appeal.involved
    if me.may(policy.HANDLE):
        steps |= _of_handling(appeal, free=free)
    if me.may(policy.DECIDE) and free:
        steps |= _of_deciding(appeal, me)
    return frozenset(steps)


def _for_the_appellant(appeal: Appeal) -> set[Act]:
    """On behalf of an appellant who came or called."""
    steps: set[Act] = set()
    if appeal.is_open:
        steps.add(Act.DOCUMENTS)
    if appeal.state_now in (State.FILED, State.ACCEPTED, State.REVIEWING):
        steps.add(Act.WITHDRAW)
    if may_reconsider(appeal):
        steps.add(Act.RECONSIDER)
    return steps


def may_reconsider(appeal: Appeal) -> bool:
    in_time = appeal.reconsider_by is not None and appeal.reconsider_by > clock.now()
    return appeal.instance == 1 and in_time and appeal.state_now in (State.PARTLY, State.REJECTED, State.INADMISSIBLE)


def _of_handling(appeal: Appeal, *, free: bool) -> set[Act]:
    state, steps = appeal.state_now, set[Act]()
    if state is State.FILED:
        steps.add(Act.ACCEPT)
    if free and state is State.ACCEPTED:
        steps.add(Act.TAKE)
    if free and state is State.REVIEWING:
        steps |= {Act.FACTS, Act.PROPOSE} | ({Act.PAUSE} if not appeal.paused_seconds and not appeal.is_paused else set())
    if free and state in (State.UPHELD, State.PARTLY):
        steps.add(Act.RELEASE)
    return steps


def _of_deciding(appeal: Appeal, me: Principal) -> set[Act]:
    if appeal.state_now is State.FILED:
        return {Act.REFUSE}
    return {Act.DECIDE, Act.SEND_BACK} if appeal.state_now is State.PROPOSED and appeal.proposed_by != me.user_id else set()


def search(work: Work, filters: Filters, page: PageRequest) -> Page[Appeal]:
    return repository.search(work, filters, page)


def of_target(work: Work, target: Target, target_id: str) -> Sequence[Appeal]:
    """Appeals in sight against one measure, the newest first."""
    return repository.of_target(work, target, target_id)


def of_targets(work: Work, target: Target, target_ids: Collection[str]) -> Sequence[Appeal]:
    """Appeals in sight against any of these measures: what still waits for its answer first, the most urgent on top."""
    found = repository.of_targets(work, target, target_ids)
    return sorted(found, key=lambda one: (not one.is_open, one.due_at or one.answer_by, one.id))


def inquiries_to(work: Work) -> Sequence[AppealInquiry]:
    """What the reader's own organisation was asked."""
    return repository.inquiries_to(work, work.scope.org_id)


def counts(work: Work) -> dict[str, int]:
    """Appeals in sight by state, and `late`: those whose clock has run out."""
    return repository.counts(work) | {"late": repository.late_count(work)}


def open_alarms(work: Work) -> Sequence[tuple[AppealAlarm, Appeal]]:
    return repository.alarms(work)


def see_alarms(work: Work, appeal_id: str) -> int:
    """Somebody looks after what the alarms say. Raises AppealNotFound."""
    appeal = filing.get(work, appeal_id)
    seen = repository.see_alarms(work, appeal.id)
    if seen:
        work.audit("appeal.alarms_seen", f"appeal:{appeal.id}", {"alarms": seen})
    return seen


def document(work: Work, appeal_id: str, document_id: str) -> AppealDocument:
    """A file to hand out; that it was opened is audited. Raises AppealNotFound, DocumentNotFound."""
    appeal = filing.get(work, appeal_id)
    found = repository.document(work, appeal.id, document_id)
    if found is None:
        raise DocumentNotFound(document=document_id)
    work.audit("appeal.document_opened", f"appeal:{appeal.id}", {"document": document_id})
    return found


REVEALED = frozenset({"subject_no", "appellant", "contact"})


def reveal(work: Work, appeal_id: str, field: str, purpose: str) -> str:
    """One field in clear, for a stated purpose that goes into the audit log. Raises AppealNotFound, PurposeMissing."""
    if field not in REVEALED or len(purpose.strip()) < 4:
        raise PurposeMissing
    appeal = filing.get(work, appeal_id)
    work.audit("appeal.revealed", f"appeal:{appeal.id}", {"field": field, "purpose": purpose.strip()[:200]})
    return str(getattr(appeal, field) or "—")


# --- for the public pages; in the pipeline's scope, after the visitor has shown the code


@dataclass(frozen=True)
class Mine:
    """What a visitor sees: the measure, and each appeal with its public steps and the proof of what was lifted."""

    measure: Measure
    bring: Sequence[remedies.Told]
    quick: remedies.Told | None
    appeals: Sequence[MyAppeal]
    may_file: bool


@dataclass(frozen=True)
class MyAppeal:
    appeal: Appeal
    steps: Sequence[AppealStep]
    documents: Sequence[AppealDocument]
    lifted: Sequence[Lifted]
    may_withdraw: bool
    may_add: bool
    may_reconsider: bool


def mine(work: Work, tokens: Tokens, target: Target, target_id: str, appeal_id: str | None) -> Mine:
    """Raises NothingToAppeal."""
    measure = targets.load(work, tokens, target, target_id)
    found = repository.of_target(work, target, target_id)
    if appeal_id is None:
        shown = [one for one in found if one.by_holder]
    else:
        same = {appeal_id, *(one.previous_id for one in found if one.id == appeal_id)}
        shown = [one for one in found if one.id in same or one.previous_id == appeal_id]
    may_file = appeal_id is None and not any(one.is_open for one in found) and all(one.state_now is State.WITHDRAWN for one in shown)
    quick = remedies.quick(measure.track) if measure.holds else None
    return Mine(measure, remedies.to_bring(measure.track), quick, [_my(work, one) for one in shown], may_file)


def _my(work: Work, appeal: Appeal) -> MyAppeal:
    acts = _for_the_appellant(appeal)
    return MyAppeal(
        appeal, repository.steps(work, appeal.id, public=True), repository.documents(work, appeal.id), relief.lifted(work, appeal) if appeal.decided_at else (),
        Act.WITHDRAW in acts, Act.DOCUMENTS in acts, Act.RECONSIDER in acts and repository.following(work, appeal.id) is None,
    )  # fmt: skip
