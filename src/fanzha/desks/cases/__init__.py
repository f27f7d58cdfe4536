"""Cases desk (警情): reports of fraud as they come in."""

from fanzha.desks.cases import policy, service
from fanzha.desks.cases.domain import Imported, Refused, ReportRow, ReportState
from fanzha.desks.cases.events import ReportReceived
from fanzha.desks.cases.model import Report

__all__ = ["Imported", "Refused", "Report", "ReportReceived", "ReportRow", "ReportState", "policy", "service"]
