"""What an upheld appeal lifts: every measure on the subject that rests on the withdrawn ground, at every receiver, each until its release is proven.

Release orders are requested by the handler with the proposal and approved by the leader with the decision, so that two people stand behind each and all leave
in the transaction of the answer. What is not in force yet cannot be released yet: it is watched, and raises an alarm when it comes into force.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from fanzha.desks import controls, indicators
from fanzha.desks.appeals import filing, recording, repository, units
from fanzha.desks.appeals.domain import GRANTED, ReleaseState, State, Target, Verdict
from fanzha.desks.appeals.errors import AppealWrongState, BadAppeal
from fanzha.desks.appeals.model import Appeal, AppealClearance, AppealRelease
from fanzha.desks.appeals.numbers import Numbers
from fanzha.desks.controls import Effect, Officer, Order, Request, Subject
from fanzha.desks.controls import repository as orders
from fanzha.kit import clock
from fanzha.kit.errors import Conflict, InvalidInput
from fanzha.store import Work

_HOLDING = frozenset({controls.State.IN_FORCE, controls.State.QUEUED})
_ON_THE_WAY = frozenset({controls.State.REQUESTED, controls.State.APPROVED, controls.State.SENT, controls.State.ACKNOWLEDGED})
_NEVER = frozenset({controls.State.DECLINED, controls.State.WITHDRAWN, controls.State.FAILED, controls.State.LAPSED})


@dataclass(frozen=True)
class Ordered:
    """With whose names the releases go out, and which measures: `order_ids` None takes every one that rests on the ground."""

    officers: tuple[Officer, Officer]
    order_ids: Collection[str] | None = None


@dataclass(frozen=True)
class Candidate:
    """A measure on the subject that still holds or may come to; `same_ground`: it rests on the case or unit decision that is withdrawn."""

    order: Order
    same_ground: bool


@dataclass(frozen=True)
class Receiver:
    """An organisation that keeps the account or number, and one measure that it received."""

    org_id: str
    name: str
    order_id: str


@dataclass(frozen=True)
class Lifted:
    """One measure that must be lifted: where it stands at this receiver, since when it is proven and by what."""

    order: Order
    release: Order | None
    state: ReleaseState
    proven_at: datetime | None
    proof: str

    @property
    def came_into_force(self) -> bool:
        return self.state is ReleaseState.WAITING and self.order.state_now is controls.State.IN_FORCE


def candidates(work: Work, appeal: Appeal) -> list[Candidate]:
    """Measures on the appeal's subject in sight, those that rest on its ground first. An appeal about a warning or a decision in flight has the same subject
    as an order where somebody ordered something on the account or number."""
    subject = Subject.NUMBER if appeal.subject_kind in ("number", "person") else Subject.ACCOUNT
    index = controls.service.subject_index(subject, appeal.subject_no)
    on_it = [order for order in orders.on_subject(work, index) if order.has_effect is Effect.IMPOSE and order.state_now in _HOLDING | _ON_THE_WAY]
    found = [Candidate(order, _same_ground(appeal, order)) for order in on_it]
    return sorted(found, key=lambda one: (not one.same_ground, one.order.requested_at, one.order.id))


def _same_ground(appeal: Appeal, order: Order) -> bool:
    """The same report or case; else, where neither names one, the same unit on the same article. The levels of a number's ladder cite different articles for one
    suspicion: there the reason that its holder was told is the ground."""
    if order.id == appeal.target_id:
        return True
    if appeal.of_target is not Target.ORDER:
        return False
    if appeal.report_id or appeal.case_number or order.report_id or order.case_number:
        return bool((appeal.report_id and appeal.report_id == order.report_id) or (appeal.case_number and appeal.case_number == order.case_number))
    if order.subject_kind == Subject.NUMBER.value:
        return order.org_id == appeal.measure_org_id and order.of_kind.why_zh == controls.kinds.by_key(appeal.measure).why_zh
    return (order.org_id, order.basis) == (appeal.measure_org_id, appeal.basis)


def receivers(work: Work, appeal: Appeal) -> list[Receiver]:
    """Who can be asked for facts: the receivers of the measure appealed against and of the others on the subject; for a decision in flight who asked for it."""
    found: dict[str, Receiver] = {}
    if appeal.of_target is Target.ORDER:
        order = controls.service.get(work, appeal.target_id)
        found[order.receiver_org_id] = Receiver(order.receiver_org_id, order.receiver_name, order.id)
    elif appeal.of_target is Target.DECISION:
        found[appeal.measure_org_id] = Receiver(appeal.measure_org_id, appeal.measure_org_name, "")
    for one in candidates(work, appeal):
        found.setdefault(one.order.receiver_org_id, Receiver(one.order.receiver_org_id, one.order.receiver_name, one.order.id))
    return list(found.values())


def prepare(work: Work, appeal: Appeal, verdict: Verdict, ordered: Ordered | None) -> None:
    """Note what is to be lifted and request the releases; nothing goes out before the decision.

    Raises:
        BadAppeal: releases are needed and nobody answers for them, or a measure named does not concern the subject; BadOrder and its kin.
    """
    repository.drop_releases(work, appeal.id)
    if verdict.value not in GRANTED:
        return
    there = candidates(work, appeal)
    chosen = {one.order.id for one in there if one.same_ground} if ordered is None or ordered.order_ids is None else set(ordered.order_ids)
    if not chosen <= {one.order.id for one in there}:
        raise BadAppeal("A measure named is not on this subject.", fields={"orders": "unknown"})
    missing = {one.order.id for one in there if one.same_ground} - chosen
    if verdict is Verdict.UPHELD and missing:
        raise BadAppeal("Upholding lifts every measure that rests on the ground; lift some and choose `partly`.", fields={"orders": "incomplete"})
    if chosen and ordered is None:
        raise BadAppeal("Name the two officers of the releases.", fields={"officer_one": "officer_missing"})
    for one in there:
        if one.order.id in chosen:
            release = _requested(work, appeal, one.order, ordered) if ordered is not None else None
            work.session.add(AppealRelease(appeal_id=appeal.id, order_id=one.order.id, release_order_id=release, proven_at=None, proof=""))
    work.session.flush()


def _requested(work: Work, appeal: Appeal, measure: Order, ordered: Ordered) -> str | None:
    """The id of the release order that waits for approval: one that somebody asked for already, or a new one; None where nothing is in force yet."""
    if measure.state_now not in _HOLDING:
        return None
    open_one = next((one for one in orders.acting_on(work, measure.id) if one.has_effect is Effect.RELEASE and not _is_over(one)), None)
    if open_one is not None:
        return open_one.id
    key = measure.of_kind.released_by
    if not key:
        return None
    kind = controls.kinds.by_key(key)
    basis = next((one for one in kind.bases if one == "atfl:32"), kind.bases[0])
    asked = Request(
        kind=key, basis=basis, reason=f"申诉成立，解除措施（申诉 {appeal.receipt}）", officers=ordered.officers,
        key=f"appeal:{appeal.id}:{measure.id}:{clock.now().isoformat()}", on_order_id=measure.id,
    )  # fmt: skip
    return controls.service.request(work, asked).id


def _is_over(order: Order) -> bool:
    return order.state_now in controls.FINAL


def take_back(work: Work, appeal: Appeal, why: str) -> None:
    """The proposal is sent back: prepared releases are declined by whoever sends it back."""
    for row in repository.releases(work, appeal.id):
        order = controls.service.get(work, row.release_order_id) if row.release_order_id else None
        if order is not None and order.state_now is controls.State.REQUESTED and order.requester_id == appeal.proposed_by:
            controls.service.decline(work, order.id, why)
    repository.drop_releases(work, appeal.id)


def begin(work: Work, appeal: Appeal) -> None:
    """Send the releases that were prepared, let decisions in flight forget the subject, and ask for the indicator to be cleared.

    Raises:
        NotYourOwn, ApproverTooLow and whatever else stops an approval: then nothing is decided.
    """
    for row in repository.releases(work, appeal.id):
        release = controls.service.get(work, row.release_order_id) if row.release_order_id else None
        holds = controls.service.get(work, row.order_id).state_now in _HOLDING
        if holds and release is not None and release.state_now is controls.State.REQUESTED:
            controls.service.approve(work, release.id)
    if appeal.subject_token:
        _forget(work, appeal)
    settle(work, appeal)


def _forget(work: Work, appeal: Appeal) -> None:
    """Findings made before do not count in flight for a time; a flagged entry gets a vote, and a judgement that a second person must accept."""
    token, now = str(appeal.subject_token), clock.now()
    until = now + timedelta(days=Numbers(work, appeal.region).whole("clear_days"))
    repository.add_clearance(work, AppealClearance(appeal_id=appeal.id, token=token, at=now, until=until))
    work.notify("findings", {})
    why = f"申诉成立（{appeal.receipt}），标识可能有误"
    for entry_id in repository.flagged_entries(work, token):
        indicators.service.vote(work, entry_id, why)
        try:
            with work.session.begin_nested():
                indicators.service.judge(work, entry_id, indicators.IndicatorState.CLEARED, why)
        except (Conflict, InvalidInput) as already:  # a judgement waits or was just made: the vote stands beside it
            recording.note(work, appeal, "clearing_not_proposed", detail={"indicator": entry_id, "because": already.code})


def lifted(work: Work, appeal: Appeal) -> list[Lifted]:
    """Where every release of an appeal stands at this moment."""
    return [_lifted(work, row) for row in repository.releases(work, appeal.id)]


def _lifted(work: Work, row: AppealRelease) -> Lifted:
    order = controls.service.get(work, row.order_id)
    release = controls.service.get(work, row.release_order_id) if row.release_order_id else None
    if row.proven_at is not None:
        return Lifted(order, release, ReleaseState.PROVEN, row.proven_at, row.proof)
    proof = _proof(order, release)
    if proof is not None:
        return Lifted(order, release, ReleaseState.PROVEN, proof[0], proof[1])
    return Lifted(order, release, _waits(release), None, "")


def _waits(release: Order | None) -> ReleaseState:
    if release is None:
        return ReleaseState.WAITING
    if _is_over(release):
        return ReleaseState.FAILED
    return ReleaseState.ASKED if release.state_now in (controls.State.REQUESTED, controls.State.APPROVED) else ReleaseState.SENT


def _proof(order: Order, release: Order | None) -> tuple[datetime, str] | None:
    """(when, by what) a measure holds no more: the receiver's answer to the release, its end, or that it never began."""
    state = order.state_now
    if state is controls.State.RELEASED or (state is controls.State.LAPSED and release is not None and release.state_now is controls.State.DONE):
        return (release.answered_at if release is not None and release.answered_at else order.ended_at or clock.now()), "released"
    if state is controls.State.EXPIRED:
        return order.ended_at or order.ends_at or clock.now(), "expired"
    return (clock.now(), "never_in_force") if state in _NEVER else None


def settle(work: Work, appeal: Appeal) -> list[Lifted]:
    """Write down the proofs that have come; returns what stands now. Repeating it changes nothing."""
    rows = {row.order_id: row for row in repository.releases(work, appeal.id)}
    found = lifted(work, appeal)
    for one in found:
        row = rows[one.order.id]
        if one.state is ReleaseState.PROVEN and row.proven_at is None:
            row.proven_at, row.proof = one.proven_at, one.proof
            work.session.flush()
            recording.note(work, appeal, "release_proven", detail={"order": one.order.id, "proof": one.proof}, public=True)
    return found


def ask_again(work: Work, appeal_id: str, officers: tuple[Officer, Officer]) -> int:
    """Request what is not under way: measures that came into force since, and releases that failed or lapsed. Returns how many; each needs its approval.

    Raises:
        AppealNotFound, AppealWrongState: nothing was granted; NotYourAppeal, Involved, Forbidden; BadOrder and its kin.
    """
    appeal = filing.get(work, appeal_id, lock=True)
    units.acting(work, appeal)
    if appeal.state_now not in (State.UPHELD, State.PARTLY):
        raise AppealWrongState(appeal=appeal.id, before=appeal.state, after="release")
    rows, asked = {row.order_id: row for row in repository.releases(work, appeal.id)}, 0
    for one in settle(work, appeal):
        if one.state in (ReleaseState.WAITING, ReleaseState.FAILED):
            release = _requested(work, appeal, one.order, Ordered(officers))
            if release is not None:
                rows[one.order.id].release_order_id, asked = release, asked + 1
    work.session.flush()
    if asked:
        recording.note(work, appeal, "release_asked_again", detail={"releases": asked})
    return asked


def elsewhere(work: Work, appeal: Appeal) -> Sequence[Order]:
    """For the pipeline: measures of other areas on the same subject that still hold; their units are alarmed, for they decide for themselves."""
    covered = {row.order_id for row in repository.releases(work, appeal.id)}
    return [one.order for one in candidates(work, appeal) if one.order.id not in covered and not one.order.region.startswith(appeal.region)]
