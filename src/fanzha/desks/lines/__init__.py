"""Desk of numbers (断卡): suspect numbers from detection to their operators, the ladder of measures, victims' lines, and the outlets that opened cards and accounts."""

from fanzha.desks.controls import Subject, checking
from fanzha.desks.lines import domain, guarding, numbers, order_kinds, outlets, policy, proposing, reading, register, restoring, service
from fanzha.desks.lines.domain import LEVELS, PROTECT, RENEWALS, RESTORE, VERIFY, Check, Fault, Ground, Ladder, Source, SuspectState
from fanzha.desks.lines.listeners import listen
from fanzha.desks.lines.model import LineEvidence, LineSuspect
from fanzha.desks.lines.repository import LIVE_CHANNEL
from fanzha.desks.lines.service import Asked, Outcome

checking.watch(Subject.NUMBER, guarding.NumberWatcher())

__all__ = [
    "LEVELS", "LIVE_CHANNEL", "PROTECT", "RENEWALS", "RESTORE", "VERIFY", "Asked", "Check", "Fault", "Ground", "Ladder", "LineEvidence", "LineSuspect",
    "Outcome", "Source", "SuspectState", "domain", "guarding", "listen", "numbers", "order_kinds", "outlets", "policy", "proposing", "reading",
    "register", "restoring", "service",
]  # fmt: skip
