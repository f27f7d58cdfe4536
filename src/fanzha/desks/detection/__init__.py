"""Detection desk (监测预警): rules over the lake become findings, each with its reasons in words and the events behind it; shadows run beside, backtests
try a detector on past days."""

from fanzha.desks.detection.domain import BacktestState, FindingState, SubjectKind, Target
from fanzha.desks.detection.events import EvidenceRef, FindingsRecorded, FindingsWithdrawn, FindingView

from fanzha.desks.detection import backtests, outcomes, policy, resting, service, shadow  # isort: skip - they read the names above

__all__ = [
    "BacktestState",
    "EvidenceRef",
    "FindingState",
    "FindingView",
    "FindingsRecorded",
    "FindingsWithdrawn",
    "SubjectKind",
    "Target",
    "backtests",
    "outcomes",
    "policy",
    "resting",
    "service",
    "shadow",
]
