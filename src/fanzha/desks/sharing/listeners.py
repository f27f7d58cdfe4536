"""How the desk reacts to what others publish. Bootstrap calls `listen` once."""

from __future__ import annotations

from fanzha.desks.detection import FindingsWithdrawn
from fanzha.desks.indicators import IndicatorsRelisted, IndicatorsWithdrawn
from fanzha.kit.events import Event, Events
from fanzha.store import Work

REACH, RELISTED = "sharing.reach", "sharing.relisted"
_CHUNK = 1_000


def listen(events: Events) -> None:
    """What is flagged no more is followed to every place by a job, since whoever judged does not see them all; what is flagged again links again."""

    def follow(work: Work, event: Event) -> None:
        del event
        work.defer(REACH, lock=REACH, once=REACH)

    def on_relisted(work: Work, event: IndicatorsRelisted) -> None:
        for start in range(0, len(event.withdrawal_ids), _CHUNK):
            work.defer(RELISTED, withdrawal_ids=list(event.withdrawal_ids[start : start + _CHUNK]))

    events.on(IndicatorsWithdrawn, follow)
    events.on(FindingsWithdrawn, follow)
    events.on(IndicatorsRelisted, on_relisted)
