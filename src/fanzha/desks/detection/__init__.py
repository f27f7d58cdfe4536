"""Detection desk (监测预警): rules over the lake become findings, each with its reasons in words and the events behind it."""

from fanzha.desks.detection.domain import FindingState, SubjectKind, Target
from fanzha.desks.detection.events import EvidenceRef, FindingsRecorded, FindingsWithdrawn, FindingView

__all__ = ["EvidenceRef", "FindingState", "FindingView", "FindingsRecorded", "FindingsWithdrawn", "SubjectKind", "Target"]
