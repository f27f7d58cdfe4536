"""How the desk reacts to what others publish. Bootstrap calls `listen` once."""

from __future__ import annotations

from fanzha.desks.detection.tasks import NAME
from fanzha.desks.detectors import DetectorsChanged
from fanzha.desks.indicators import IndicatorsChanged
from fanzha.desks.intake import BatchCommitted
from fanzha.kit.events import Event, Events
from fanzha.store import Work


def listen(events: Events) -> None:
    """New events, changed indicators and changed detectors call for a run; many calls before it starts are one run."""

    def look_again(work: Work, event: Event) -> None:
        del event
        work.defer(NAME, lock=NAME, once=NAME)  # the lock that its periodic runs have: never two at once

    events.on(BatchCommitted, look_again)
    events.on(IndicatorsChanged, look_again)
    events.on(DetectorsChanged, look_again)
