"""The unit's side: accept or not, review, ask receivers and the appellant, propose an answer, decide it. Each takes a unit of work first."""

from __future__ import annotations

from datetime import timedelta

from fanzha.desks.appeals import filing, recording, relief, remedies, repository, units
from fanzha.desks.appeals.domain import GRANTED, State, Verdict, pause_ends
from fanzha.desks.appeals.errors import (
    AppealWrongState,
    BadAppeal,
    InquiryAnswered,
    InquiryNotFound,
    NotYourProposal,
    PausedBefore,
)
from fanzha.desks.appeals.events import AppealDecided
from fanzha.desks.appeals.model import Appeal, AppealInquiry
from fanzha.desks.appeals.numbers import Numbers
from fanzha.desks.appeals.relief import Ordered
from fanzha.kit import clock
from fanzha.kit.errors import Forbidden
from fanzha.kit.ids import new_id
from fanzha.store import Principal, Work
from fanzha.vocab.notice_numbers import grouped


def accept(work: Work, appeal_id: str) -> Appeal:
    """Take it on. Twice changes nothing. Raises AppealNotFound, AppealWrongState, NotYourAppeal, Forbidden."""
    appeal = filing.get(work, appeal_id, lock=True)
    units.acting(work, appeal, uninvolved=False)
    if appeal.accepted_at is not None:
        return appeal
    appeal.accepted_at = clock.now()
    recording.move(work, appeal, State.ACCEPTED, "accepted")
    _tell(work, appeal, "已受理")
    return appeal


def refuse(work: Work, appeal_id: str, reasons: str) -> Appeal:
    """Not admissible, with the reason and the further remedy.

    Raises:
        AppealNotFound, AppealWrongState, ReasonsNeeded, NotYourAppeal, Involved, Forbidden.
    """
    why = recording.reasons_of(reasons)
    appeal = filing.get(work, appeal_id, lock=True)
    me = units.acting(work, appeal)
    _sign(work, appeal, me, Verdict.INADMISSIBLE, why)
    recording.move(work, appeal, State.INADMISSIBLE, "inadmissible")
    _announce(work, appeal)
    return appeal


def take(work: Work, appeal_id: str) -> Appeal:
    """Begin the review as its handler. Raises AppealNotFound, AppealWrongState, NotYourAppeal, Involved, Forbidden."""
    appeal = filing.get(work, appeal_id, lock=True)
    me = units.acting(work, appeal)
    if appeal.state_now is State.REVIEWING and appeal.handler_id == me.user_id:
        return appeal
    appeal.handler_id, appeal.handler_name = me.user_id, me.name
    recording.move(work, appeal, State.REVIEWING, "review_begun")
    return appeal


def ask_documents(work: Work, appeal_id: str, what: str) -> Appeal:
    """Ask the appellant for documents. The answer's clock stands still until they come, at most for the days set, and once; no other wait stops it.

    Raises:
        AppealNotFound, AppealWrongState, ReasonsNeeded, PausedBefore, NotYourAppeal, Involved, Forbidden.
    """
    wanted = recording.reasons_of(what)
    appeal = _under_review(work, appeal_id)
    if appeal.is_paused or appeal.paused_seconds:
        raise PausedBefore
    now = clock.now()
    until = pause_ends(now, Numbers(work, appeal.region).whole("pause_days"))
    appeal.asked_documents, appeal.paused_at, appeal.paused_until = wanted, now, until
    work.session.flush()
    recording.note(work, appeal, "documents_asked", detail={"until": until.isoformat()}, public=True)
    recording.say(work, appeal.contact, f"【反诈申诉】回执号 {grouped(appeal.receipt)}：请补充材料，办法见申诉查询页或致电96110。")
    return appeal


def ask_facts(work: Work, appeal_id: str, org_id: str, question: str) -> AppealInquiry:
    """Ask a receiver of the measure what it knows; it sees the masked subject and the order, not the appeal.

    Raises:
        AppealNotFound, AppealWrongState, ReasonsNeeded, BadAppeal: the organisation keeps nothing here; NotYourAppeal, Involved, Forbidden.
    """
    asked = recording.reasons_of(question)
    appeal = _under_review(work, appeal_id)
    receivers = {each.org_id: each for each in relief.receivers(work, appeal)}
    if org_id not in receivers:
        raise BadAppeal("This organisation received no measure on the subject.", fields={"org_id": "unknown"})
    now, chosen = clock.now(), receivers[org_id]
    inquiry = AppealInquiry(
        id=new_id(), appeal_id=appeal.id, org_id=org_id, org_name=chosen.name, asking_name=appeal.unit_name, subject=appeal.masked_subject,
        order_id=chosen.order_id, question=asked, asked_at=now, asked_by=work.actor,
        due_at=now + timedelta(hours=Numbers(work, appeal.region).whole("facts_hours")),
    )  # fmt: skip
    work.session.add(inquiry)
    work.session.flush()
    recording.note(work, appeal, "facts_asked", detail={"inquiry": inquiry.id, "organisation": org_id})
    return inquiry


def answer_facts(work: Work, inquiry_id: str, answer: str) -> AppealInquiry:
    """The receiver says what it knows; the same answer again changes nothing. Raises InquiryNotFound, InquiryAnswered, ReasonsNeeded, Forbidden."""
    said = recording.reasons_of(answer)
    inquiry = repository.inquiry(work, inquiry_id)
    if inquiry is None:
        raise InquiryNotFound(inquiry=inquiry_id)
    if inquiry.org_id != work.scope.org_id:
        raise Forbidden("Only the organisation that was asked may answer.")
    if inquiry.answered_at is not None:
        if inquiry.answer != said:
            raise InquiryAnswered
        return inquiry
    inquiry.answer, inquiry.answered_at, inquiry.answered_by = said, clock.now(), work.actor
    work.session.flush()
    work.audit("appeal.facts_answered", f"inquiry:{inquiry.id}", {"organisation": inquiry.org_id})
    work.notify("appeals", {"inquiry": inquiry.id})
    return inquiry


def propose(work: Work, appeal_id: str, verdict: Verdict, reasons: str, ordered: Ordered | None = None) -> Appeal:
    """The handler proposes an answer. Where it grants the appeal, the releases are prepared with it and go out the moment it is decided.

    Raises:
        AppealNotFound, AppealWrongState, ReasonsNeeded, BadAppeal, NotYourAppeal, Involved, Forbidden; BadOrder and its kin of the release orders.
    """
    why = recording.reasons_of(reasons)
    appeal = _under_review(work, appeal_id)
    if verdict is Verdict.INADMISSIBLE:
        raise BadAppeal("An accepted appeal is answered on its merits.", fields={"verdict": "unknown"})
    filing.run_on(work, appeal)
    appeal.proposal, appeal.proposed_by, appeal.proposed_at, appeal.reasons = verdict.value, work.actor, clock.now(), why
    recording.move(work, appeal, State.PROPOSED, "proposed", detail={"verdict": verdict}, public=False)
    relief.prepare(work, appeal, verdict, ordered)
    return appeal


def send_back(work: Work, appeal_id: str, reason: str) -> Appeal:
    """The leader wants more work on it; what was prepared is taken back.

    Raises:
        AppealNotFound, AppealWrongState, ReasonsNeeded, NotYourProposal, NotYourAppeal, Involved, Forbidden.
    """
    why = recording.reasons_of(reason)
    appeal = filing.get(work, appeal_id, lock=True)
    me = units.acting(work, appeal)
    if appeal.state_now is not State.PROPOSED:
        raise AppealWrongState(appeal=appeal.id, before=appeal.state, after="sent back")
    if me.user_id == appeal.proposed_by:
        raise NotYourProposal
    relief.take_back(work, appeal, why)
    appeal.proposal = appeal.proposed_by = appeal.proposed_at = None
    recording.move(work, appeal, State.REVIEWING, "sent_back", reason=why, public=False)
    return appeal


def decide(work: Work, appeal_id: str) -> Appeal:
    """Decide as proposed, in one's own name; releases go out in the same transaction, and the appellant is told.

    Raises:
        AppealNotFound, AppealWrongState, NotYourProposal, NotYourAppeal, Involved, Forbidden; what `controls.service.approve` raises.
    """
    appeal = filing.get(work, appeal_id, lock=True)
    me = units.acting(work, appeal)
    if appeal.state_now is not State.PROPOSED or appeal.proposal is None:
        raise AppealWrongState(appeal=appeal.id, before=appeal.state, after="decided")
    if me.user_id == appeal.proposed_by:
        raise NotYourProposal
    verdict = Verdict(appeal.proposal)
    proof_by = clock.now() + timedelta(hours=Numbers(work, appeal.region).whole("proof_hours"))
    _sign(work, appeal, me, verdict, appeal.reasons or "")
    appeal.proof_by = proof_by if verdict.value in GRANTED else None
    recording.move(work, appeal, State(verdict.value), "decided", detail={"verdict": verdict})
    if verdict.value in GRANTED:
        relief.begin(work, appeal)
    _announce(work, appeal)
    return appeal


def _under_review(work: Work, appeal_id: str) -> Appeal:
    appeal = filing.get(work, appeal_id, lock=True)
    units.acting(work, appeal)
    if appeal.state_now is not State.REVIEWING:
        raise AppealWrongState(appeal=appeal.id, before=appeal.state, after="under review")
    return appeal


def _sign(work: Work, appeal: Appeal, me: Principal, verdict: Verdict, reasons: str) -> None:
    now, numbers = clock.now(), Numbers(work, appeal.region)
    again_days = numbers.whole("reconsider_days")
    told = remedies.further(
        appeal.of_track, verdict, instance=appeal.instance, again_days=again_days, review_days=numbers.whole("review_days"),
        suit_months=numbers.whole("suit_months"),
    )  # fmt: skip
    appeal.verdict, appeal.reasons, appeal.decided_at = verdict.value, reasons, now
    appeal.decider_id, appeal.decider_name = me.user_id, me.name
    appeal.remedy_zh, appeal.remedy_en = told.zh, told.en
    if appeal.instance == 1 and verdict is not Verdict.UPHELD:
        appeal.reconsider_by = now + timedelta(days=again_days)


_WORDS = {"upheld": "申诉成立", "partly": "部分成立", "rejected": "不成立", "inadmissible": "不予受理"}


def _announce(work: Work, appeal: Appeal) -> None:
    assert appeal.decided_at is not None
    assert appeal.verdict is not None
    work.publish(
        AppealDecided(
            appeal.id, appeal.target, appeal.target_id, appeal.verdict, appeal.subject_kind, appeal.subject_token, tuple(appeal.detectors), appeal.fraud_type,
            appeal.region, appeal.measure_org_id, appeal.measured_at, appeal.decided_at, appeal.reconsider_by is None,
        )
    )
    _tell(work, appeal, f"已答复：{_WORDS[appeal.verdict]}")


def _tell(work: Work, appeal: Appeal, what: str) -> None:
    recording.say(work, appeal.contact, f"【反诈申诉】回执号 {grouped(appeal.receipt)}：{what}。详情请在申诉查询页查看，或致电96110。")
