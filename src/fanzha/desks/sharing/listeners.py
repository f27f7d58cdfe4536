"""How the desk reacts to what others publish. Bootstrap calls `listen` once."""

from __future__ import annotations

from datetime import timedelta
from weakref import WeakSet

from fanzha.desks.cases import CaseChanged, CaseFiled, ReportReceived
from fanzha.desks.detection import FindingsWithdrawn
from fanzha.desks.indicators import IndicatorsRelisted, IndicatorsWithdrawn
from fanzha.desks.intake import BatchCommitted
from fanzha.kit import clock
from fanzha.kit.events import Event, Events
from fanzha.lake.schemas import EventKind
from fanzha.store import Work

REACH, RELISTED = "sharing.reach", "sharing.relisted"
_CHUNK = 1_000
_EVENTS = frozenset({EventKind.CALLS.value, EventKind.MESSAGES.value, EventKind.VISITS.value, EventKind.TRANSFERS.value})
_WRITING = timedelta(minutes=10)
"""A list of reports may have been written for so long before it tells of the first."""


def listen(events: Events) -> None:
    """What is flagged no more is followed to every place by a job, since whoever judged does not see them all; what is flagged again links again."""

    def follow(work: Work, event: Event) -> None:
        del event
        work.defer(REACH, lock=REACH, once=REACH)

    def on_relisted(work: Work, event: IndicatorsRelisted) -> None:
        for start in range(0, len(event.withdrawal_ids), _CHUNK):
            work.defer(RELISTED, withdrawal_ids=list(event.withdrawal_ids[start : start + _CHUNK]))

    events.on(IndicatorsWithdrawn, follow)
    _listen_for_sightings(events)
    events.on(FindingsWithdrawn, follow)
    events.on(IndicatorsRelisted, on_relisted)


def _listen_for_sightings(events: Events) -> None:
    """What comes in is looked through by jobs, a batch at once; a list of 100,000 reports asks once."""
    asked: WeakSet[Work] = WeakSet()

    def on_batch(work: Work, event: BatchCommitted) -> None:
        if event.kind.value in _EVENTS and event.first_day is not None and event.last_day is not None:
            first, last = event.first_day.isoformat(), event.last_day.isoformat()
            work.defer("sharing.sight_batch", kind=event.kind.value, batch_id=event.batch_id, first=first, last=last)

    def on_report(work: Work, event: ReportReceived) -> None:
        del event
        if work not in asked:
            asked.add(work)
            work.defer("sharing.sight_reports", since=(clock.now() - _WRITING).isoformat())

    def on_case(work: Work, event: CaseFiled | CaseChanged) -> None:
        if isinstance(event, CaseFiled) or "suspect" in event.fields:
            work.defer("sharing.sight_case", once=f"sharing.sight_case:{event.case_id}", case_id=event.case_id)

    events.on(BatchCommitted, on_batch)
    events.on(ReportReceived, on_report)
    events.on(CaseFiled, on_case)
    events.on(CaseChanged, on_case)
