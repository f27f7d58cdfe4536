"""An entry's life: judged by one or two people, seen again, voted down, worn off, listed although known to be good."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from fanzha.desks.indicators import cleaning, life, life_repository, local_good, numbers, repository, sharing, withdrawing
from fanzha.desks.indicators.domain import FLAGGED, IndicatorRow, IndicatorState, Refused
from fanzha.desks.indicators.errors import (
    AlreadyProposed,
    IndicatorNotFound,
    NotKnownGood,
    ProposalNotFound,
    ReasonNeeded,
    RowRefused,
    WrongState,
)
from fanzha.desks.indicators.events import IndicatorsChanged
from fanzha.desks.indicators.life import Step
from fanzha.desks.indicators.life_repository import Seen
from fanzha.desks.indicators.model import Indicator, Judgement, Override, Proposal, Vote
from fanzha.desks.indicators.reach_model import Remark
from fanzha.kit import clock
from fanzha.kit.ids import new_id
from fanzha.store import Work

SHORTEST_REASON = 4
_STEPS = {IndicatorState.CONFIRMED: Step.CONFIRM, IndicatorState.CLEARED: Step.CLEAR, IndicatorState.SUSPECTED: Step.SUSPECT}


class SightingKind(StrEnum):
    """What saw it."""

    IMPORT = "import"  # 名单
    REPORT = "report"  # 警情
    CASE = "case"  # 案件
    WARNING = "warning"  # 预警
    FINDING = "finding"  # 线索
    EVENT = "event"  # 通话、短信、访问、交易: renews nothing
    DECISION = "decision"  # 拦截决定: renews nothing
    CHECK = "check"  # 单位核对: renews nothing
    PERSON = "person"  # 人工


@dataclass(frozen=True)
class SightingOf:
    """Somebody met the identifiers of these tokens: `reference` names the record, `seen_by` who (a unit, a detector), `at` is when, aware."""

    tokens: tuple[str, ...]
    kind: SightingKind
    reference: str
    seen_by: str
    at: datetime
    region: str | None = None


def reasoned(reason: str) -> str:
    """The reason, trimmed. Raises ReasonNeeded."""
    why = reason.strip()
    if len(why) < SHORTEST_REASON:
        raise ReasonNeeded
    return why


def name_of(work: Work) -> str:
    return work.scope.principal.name if work.scope.principal else work.actor


def judge(work: Work, indicator_id: str, state: IndicatorState, reason: str) -> Indicator:
    """Confirm, clear or suspect again, with a reason that stays with the entry. The same judgement twice is refused, not repeated.

    Where the dated setting `indicators.two_people` names the state, it becomes a proposal and the entry stays as it is until a second person decides.

    Raises:
        IndicatorNotFound, ReasonNeeded, WrongState, AlreadyProposed.
    """
    why = reasoned(reason)
    entry = _locked(work, indicator_id)
    life.after(IndicatorState(entry.state), _step_to(entry, state))
    if life_repository.waiting(work, indicator_id, lock=True) is not None:
        raise AlreadyProposed
    if numbers.needs_two(work, state):
        proposal = Proposal(
            id=new_id(), indicator_id=entry.id, at=clock.now(), actor=work.actor, actor_name=name_of(work), state_after=state.value, reason=why,
            state=life_repository.WAITING,
        )  # fmt: skip
        work.session.add(proposal)
        work.session.flush()
        work.audit("indicator.judgement_proposed", f"indicator:{entry.id}", {"before": entry.state, "after": state})
        return entry
    return _settle(work, entry, state, why)


def decide(work: Work, indicator_id: str, *, accept: bool, reason: str) -> Indicator:
    """A second person accepts or refuses the judgement that waits.

    Raises:
        IndicatorNotFound, ProposalNotFound, OwnProposal, ReasonNeeded, WrongState: the entry moved since.
    """
    why = reasoned(reason)
    entry = _locked(work, indicator_id)
    proposal = life_repository.waiting(work, indicator_id, lock=True)
    if proposal is None:
        raise ProposalNotFound(indicator=indicator_id)
    life.check_second(proposal.actor, work.actor)
    proposal.state = "accepted" if accept else "refused"
    proposal.decided_at, proposal.decided_by, proposal.decided_name, proposal.decided_why = clock.now(), work.actor, name_of(work), why
    work.session.flush()
    work.audit("indicator.judgement_decided", f"indicator:{entry.id}", {"proposal": proposal.id, "decision": proposal.state})
    if not accept:
        return entry
    state = IndicatorState(proposal.state_after)
    if entry.state != state:
        life.after(IndicatorState(entry.state), _step_to(entry, state))
        _settle(work, entry, state, proposal.reason)
    return entry


def _locked(work: Work, indicator_id: str) -> Indicator:
    entry = repository.by_id(work, indicator_id, lock=True)
    if entry is None:
        raise IndicatorNotFound(indicator=indicator_id)
    return entry


def _step_to(entry: Indicator, state: IndicatorState) -> Step:
    step = _STEPS.get(state)
    if step is None:  # nobody judges an entry to be expired
        raise WrongState(before=entry.state, after=state)
    return step


def _settle(work: Work, entry: Indicator, state: IndicatorState, why: str) -> Indicator:
    """The judgement counts: kept with its maker, told to the other desks, and taken back wherever the entry was handed to."""
    before, now = IndicatorState(entry.state), clock.now()
    entry.state, entry.changed_at = state.value, now
    if state in FLAGGED:
        entry.confidence, entry.renewed_at = entry.base_confidence, now
        if entry.expires_at and entry.expires_at <= now:
            entry.expires_at = None
    work.session.add(
        Judgement(
            id=new_id(), indicator_id=entry.id, at=now, actor=work.actor, actor_name=name_of(work), state_before=before.value, state_after=state.value, reason=why
        )
    )
    work.session.flush()
    if state in FLAGGED:
        sharing.lift(work, [entry.id])
        work.publish(IndicatorsChanged(flagged=tuple(entry.tokens)))
    else:
        if life.is_withdrawal(before, state):
            sharing.retract(work, [entry.id], state)
            withdrawing.open_for(work, [entry.id], state)
        work.publish(IndicatorsChanged(unflagged=tuple(entry.tokens)))
    work.audit("indicator.judged", f"indicator:{entry.id}", {"before": before, "after": state})
    return entry


# ---- what happens without a judgement


def sight(work: Work, sightings: Iterable[SightingOf]) -> int:
    """Keep what was met again; tokens that the registry does not hold are passed over. Idempotent by (entry, kind, reference). Returns how many entries were met.

    A sighting renews the entry's confidence, but for what merely occurs (`EVENT`, `DECISION`, `CHECK`); an expired one is suspected again, a cleared one stays
    cleared.
    """
    seen = [
        Seen(indicator_id, each.kind.value, each.reference, each.seen_by, each.region, each.at)
        for each in sightings
        for indicator_id in life_repository.ids_by_tokens(work, each.tokens)
    ]
    tell(work, life_repository.sight(work, seen, clock.now()))
    return len({each.indicator_id for each in seen})


def sight_entries(work: Work, seen: Sequence[Seen]) -> int:
    """`sight` of entries that are known by their ids already. Returns how many entries were met."""
    tell(work, life_repository.sight(work, seen, clock.now()))
    return len({each.indicator_id for each in seen})


def expire(work: Work) -> int:
    """Let entries past their term expire; returns how many tokens are flagged no more. Repeating it changes nothing."""
    ended = repository.expire(work, clock.now())
    return _end(work, ended, "indicators.expired")


def decay(work: Work) -> int:
    """Let trust wear off by kind; what fell below the floor expires. Returns how many tokens are flagged no more. Repeating it changes nothing."""
    changed = life_repository.decay(work, numbers.decay(work), clock.now())
    tell(work, life_repository.Changed(news=changed.news))
    return _end(work, changed.ended, "indicators.decayed")


def _end(work: Work, ended: Iterable[tuple[str, Collection[str]]], action: str) -> int:
    pairs = list(ended)
    tokens = tuple(token for _, of_one in pairs for token in of_one)
    if pairs:
        ids = [indicator_id for indicator_id, _ in pairs]
        sharing.retract(work, ids, IndicatorState.EXPIRED)
        withdrawing.open_for(work, ids, IndicatorState.EXPIRED)
        work.publish(IndicatorsChanged(unflagged=tokens))
        work.audit(action, "indicators", {"tokens": len(tokens)})
    return len(tokens)


def tell(work: Work, changed: life_repository.Changed) -> None:
    """Entries that count otherwise than before: whoever reacts to flags looks again."""
    if changed.news:
        sharing.lift(work, [indicator_id for indicator_id, _ in changed.news])
        work.publish(IndicatorsChanged(flagged=tuple(dict.fromkeys(token for _, tokens in changed.news for token in tokens))))


# ---- remarks, votes and overrides


def remark(work: Work, indicator_id: str, body: str) -> Remark:
    """Note something about an entry; what is noted stays.

    Raises:
        IndicatorNotFound, ReasonNeeded.
    """
    words = reasoned(body)
    if repository.by_id(work, indicator_id) is None:
        raise IndicatorNotFound(indicator=indicator_id)
    row = Remark(id=new_id(), indicator_id=indicator_id, at=clock.now(), actor=work.actor, actor_name=name_of(work), body=words)
    work.session.add(row)
    work.session.flush()
    work.audit("indicator.remarked", f"indicator:{indicator_id}", {})
    return row


def remarks(work: Work, indicator_id: str) -> Sequence[Remark]:
    """The newest first."""
    return work.session.scalars(select(Remark).where(Remark.indicator_id == indicator_id).order_by(Remark.at.desc(), Remark.id.desc())).all()


def vote(work: Work, indicator_id: str, reason: str) -> int:
    """Hold an entry for a mistake; a person's second vote renews the first. Returns how many votes stand since the last judgement, as far as the voter sees.

    Votes never change the state: enough of them (dated setting `indicators.votes_for_review`) put the entry before an analyst.

    Raises:
        IndicatorNotFound, ReasonNeeded.
    """
    why = reasoned(reason)
    if repository.by_id(work, indicator_id) is None:
        raise IndicatorNotFound(indicator=indicator_id)
    org_id = work.scope.org_id
    row = Vote(indicator_id=indicator_id, voter=work.actor, org_id=org_id, voter_name=name_of(work), at=clock.now(), reason=why)
    life_repository.vote(work, row)
    work.audit("indicator.voted_down", f"indicator:{indicator_id}", {})
    return len(standing_votes(work, indicator_id))


def standing_votes(work: Work, indicator_id: str) -> list[Vote]:
    """The votes since the last judgement that the reader may see."""
    judged = life_repository.last_judged(work, indicator_id)
    return [each for each in life_repository.votes(work, indicator_id) if judged is None or each.at > judged]


def override(work: Work, row: IndicatorRow, reason: str) -> None:
    """Answer for listing an identifier that the known-good list protects; lists and hands may add it from now on. Idempotent.

    Raises:
        ReasonNeeded; RowRefused: it is no identifier; NotKnownGood: nothing protects it.
    """
    why = reasoned(reason)
    read = cleaning.read_value(row)
    if isinstance(read, Refused):
        raise RowRefused(f"The identifier was not taken: {read.sentence_en}.", reason=read.reason, sentence_zh=read.sentence_zh, sentence_en=read.sentence_en)
    good = cleaning.why_good(read, local_good.in_force(work))
    if good is None:
        raise NotKnownGood
    index = cleaning.index_of(read.kind, read.value)
    values = {"value_index": index, "at": clock.now(), "actor": work.actor, "actor_name": name_of(work), "good_for": good.zh, "reason": why}
    work.session.execute(insert(Override).values(**values).on_conflict_do_nothing())
    work.audit("indicator.known_good_overridden", "indicators", {"kind": read.kind, "good_for": good.en})
