"""Cases desk (警情): reports of fraud as they come in."""

from fanzha.desks.cases.domain import Imported, Refused, ReportRow, ReportState

__all__ = ["Imported", "Refused", "ReportRow", "ReportState"]
