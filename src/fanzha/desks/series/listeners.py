"""How the desk reacts to what others publish. Bootstrap calls `listen` once."""

from __future__ import annotations

from weakref import WeakSet

from fanzha.desks.cases import ReportReceived
from fanzha.kit.events import Events
from fanzha.store import Work


def listen(events: Events) -> None:
    """New reports are taken in by a job as soon as their transaction is there: a list of 100,000 asks once."""
    asked: WeakSet[Work] = WeakSet()

    def on_report(work: Work, event: ReportReceived) -> None:
        del event
        if work not in asked:
            asked.add(work)
            work.defer("series.take", once="series.take")

    events.on(ReportReceived, on_report)
