"""What others publish reaches the processes that decide in flight as notifications of the same transaction. Bootstrap calls `listen` once."""

from __future__ import annotations

from fanzha.desks.detection import FindingsRecorded, FindingsWithdrawn
from fanzha.desks.indicators import IndicatorsChanged
from fanzha.desks.intake import BatchCommitted
from fanzha.kit.events import Event, Events
from fanzha.store import Work

INDICATORS, FINDINGS, EVENTS = "indicators", "findings", "events"
"""Channels: the payload names nothing, for whoever listens reads again what stands."""


def listen(events: Events) -> None:
    """Changed indicators, findings and new batches of events are announced."""

    def announcing(channel: str) -> None:
        def announce(work: Work, event: Event) -> None:
            del event
            work.notify(channel, {})

        for kind in _KINDS[channel]:
            events.on(kind, announce)

    for channel in _KINDS:
        announcing(channel)


_KINDS: dict[str, tuple[type[Event], ...]] = {
    INDICATORS: (IndicatorsChanged,),
    FINDINGS: (FindingsRecorded, FindingsWithdrawn),
    EVENTS: (BatchCommitted,),
}
