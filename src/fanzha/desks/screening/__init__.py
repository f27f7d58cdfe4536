"""In-flight decisions (事中阻断): pass, warn, hold or block while a transfer, call, message or visit happens, each kept with its reasons."""

from fanzha.desks.screening import policy, service
from fanzha.desks.screening.domain import Answer, Asked, Policy, PolicyRow, Signal, Verdict
from fanzha.desks.screening.listeners import listen
from fanzha.desks.screening.model import Decision
from fanzha.desks.screening.repository import Filters

__all__ = ["Answer", "Asked", "Decision", "Filters", "Policy", "PolicyRow", "Signal", "Verdict", "listen", "policy", "service"]
