"""Orders desk (资金与管控): query, stop, freeze and lesser measures on accounts; approved, sent, answered, ended by themselves."""

from fanzha.desks.controls import answering, checking, delivering, first_tier, grading, holders, kinds, policy, reading, service
from fanzha.desks.controls.domain import FINAL, Answer, Checks, Effect, OrderKind, Result, State, Subject, Term, Unit
from fanzha.desks.controls.events import OrderAcknowledged, OrderAnswered, OrderEnded, OrderInForce, OrderSent
from fanzha.desks.controls.model import Order
from fanzha.desks.controls.recording import LIVE_CHANNEL
from fanzha.desks.controls.service import Officer, Request

__all__ = [
    "FINAL", "LIVE_CHANNEL", "Answer", "Checks", "Effect", "Officer", "Order", "OrderAcknowledged", "OrderAnswered", "OrderEnded", "OrderInForce", "OrderKind",
    "OrderSent", "Request", "Result", "State", "Subject", "Term", "Unit", "answering", "checking", "delivering", "first_tier", "grading", "holders", "kinds", "policy",
    "reading", "service",
]  # fmt: skip
