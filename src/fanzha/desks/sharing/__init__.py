"""Sharing desk (通报): briefings of a region's day and week, in the inboxes of its member units."""

from fanzha.desks.sharing import policy, service
from fanzha.desks.sharing.domain import BriefingKind, Content, Period
from fanzha.desks.sharing.listeners import listen
from fanzha.desks.sharing.model import Briefing, Receipt

__all__ = ["Briefing", "BriefingKind", "Content", "Period", "Receipt", "listen", "policy", "service"]
