"""How the desk reacts to what others publish. Bootstrap calls `listen` once."""

from __future__ import annotations

from fanzha.desks.appeals import AppealDecided, Target, Verdict
from fanzha.desks.controls import OrderAnswered, Result
from fanzha.desks.detection import FindingsRecorded, FindingsWithdrawn
from fanzha.desks.indicators import IndicatorsChanged
from fanzha.desks.lines import proposing, repository, restoring
from fanzha.desks.lines.domain import VERIFY, Source
from fanzha.desks.lines.register import LakeRegister
from fanzha.kit.events import Events
from fanzha.lake.lake import Lake
from fanzha.lake.tokens import Tokens
from fanzha.store import Work

TAKE_INDICATORS = "lines.take_indicators"
_CHUNK = 1_000


def listen(events: Events, lake: Lake, tokens: Tokens, home_region: str) -> None:
    """Findings and confirmed indicators propose numbers; what is withdrawn leaves the queue; a passed check and an upheld appeal restore."""
    proposer = proposing.Proposer(LakeRegister(lake), tokens, home_region)

    def on_recorded(work: Work, event: FindingsRecorded) -> None:
        proposer.take(work, proposer.of_findings(event.findings))

    def on_withdrawn(work: Work, event: FindingsWithdrawn) -> None:
        proposing.withdraw(work, Source.FINDING, event.finding_ids)

    def on_indicators(work: Work, event: IndicatorsChanged) -> None:
        """A job looks: whoever changed the list need not see the queue."""
        phones = [token for token in (*event.flagged, *event.unflagged) if token.startswith("ph")]
        for start in range(0, len(phones), _CHUNK):
            work.defer(TAKE_INDICATORS, tokens=phones[start : start + _CHUNK])

    def on_answered(work: Work, event: OrderAnswered) -> None:
        if event.kind == VERIFY and event.result == Result.PASSED.value:
            restoring.restore(work, event.subject_index)
            work.defer(restoring.RESTORED, number_index=event.subject_index)

    def on_appeal(work: Work, event: AppealDecided) -> None:
        """The releases are the appeal's own; the number leaves the queue, and only new evidence brings it back."""
        if event.target == Target.ORDER.value and event.verdict == Verdict.UPHELD.value and event.subject_token is not None:
            restoring.leave_queue(work, event.subject_token)

    events.on(AppealDecided, on_appeal)
    events.on(FindingsRecorded, on_recorded)
    events.on(FindingsWithdrawn, on_withdrawn)
    events.on(IndicatorsChanged, on_indicators)
    events.on(OrderAnswered, on_answered)


def take_indicators(work: Work, proposer: proposing.Proposer, tokens: list[str]) -> proposing.Taken:
    """Numbers behind these tokens that are confirmed are proposed; those that are so no more lose this evidence."""
    confirmed = repository.confirmed_phones(work, tokens)
    gone = set(repository.indicators_of(work, tokens)) - {one.id for one in confirmed}
    proposing.withdraw(work, Source.INDICATOR, sorted(gone))
    return proposer.take(work, proposer.of_indicators(confirmed))
