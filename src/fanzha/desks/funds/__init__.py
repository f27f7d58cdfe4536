"""Funds desk (资金): where a victim's money went and rests, what to order next, and giving frozen money back."""

from fanzha.desks.funds import picture, policy, proposals, proposing, refunds, service, sheets
from fanzha.desks.funds.events import RefundDecided, RefundPaid, StopProposed, TraceComputed
from fanzha.desks.funds.model import FundTrace, StopProposal
from fanzha.desks.funds.proposing import listen
from fanzha.desks.funds.service import VictimTransfer, View
from fanzha.desks.funds.taking import File

__all__ = [
    "File", "FundTrace", "RefundDecided", "RefundPaid", "StopProposal", "StopProposed", "TraceComputed", "VictimTransfer", "View", "listen",
    "picture", "policy", "proposals", "proposing", "refunds", "service", "sheets",
]  # fmt: skip
