"""Warnings desk (预警劝阻): findings become warnings to potential victims, which somebody must sign, answer and close."""

from fanzha.desks.warnings import advice, export, overview, policy, queue, reading, resting, reveal, service, transfers
from fanzha.desks.warnings.domain import Action, CancelReason, Feedback, Reached, State
from fanzha.desks.warnings.errors import StepNotAllowed
from fanzha.desks.warnings.listeners import listen
from fanzha.desks.warnings.queue import Filters
from fanzha.desks.warnings.steps import LIVE_CHANNEL
from fanzha.desks.warnings.views import Card, DissuasionRecord, View

__all__ = [
    "LIVE_CHANNEL",
    "Action",
    "CancelReason",
    "Card",
    "DissuasionRecord",
    "Feedback",
    "Filters",
    "Reached",
    "State",
    "StepNotAllowed",
    "View",
    "advice",
    "export",
    "listen",
    "overview",
    "policy",
    "queue",
    "reading",
    "resting",
    "reveal",
    "service",
    "transfers",
]
