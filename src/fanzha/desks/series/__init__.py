"""Series desk (串并): cases that one gang did, proposed by linking, settled by analysts."""

from fanzha.desks.series import linkables, policy, reading, service, withdrawing, words
from fanzha.desks.series.domain import DecisionKind, SeriesState, SharedLink, Tie
from fanzha.desks.series.events import SeriesDecided
from fanzha.desks.series.hot import HotValue
from fanzha.desks.series.listeners import listen
from fanzha.desks.series.model import Candidate, Series

__all__ = [
    "Candidate", "DecisionKind", "HotValue", "Series", "SeriesDecided", "SeriesState", "SharedLink", "Tie", "linkables", "listen", "policy", "reading", "service",
    "withdrawing", "words",
]  # fmt: skip
