"""How the desk reacts to what others publish. Bootstrap calls `listen` once."""

from __future__ import annotations

from fanzha.desks.indicators import IndicatorsChanged
from fanzha.kit.events import Events
from fanzha.store import Work

_CHUNK = 1_000


def listen(events: Events) -> None:
    """What is flagged no more may stand in a briefing: a job looks, since whoever cleared it does not see every unit's inbox."""

    def on_changed(work: Work, event: IndicatorsChanged) -> None:
        for start in range(0, len(event.unflagged), _CHUNK):
            work.defer("sharing.retract", tokens=list(event.unflagged[start : start + _CHUNK]))

    events.on(IndicatorsChanged, on_changed)
