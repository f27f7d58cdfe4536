"""The intake desk (警情汇集): files and requests become lake events, reports and indicators, and nothing is lost on the way."""

from fanzha.desks.intake import policy, service
from fanzha.desks.intake.columns import Given, IntakeKind, parse_mapping, read_mapping
from fanzha.desks.intake.domain import BatchState, Receipt, RowState
from fanzha.desks.intake.events import BatchCommitted
from fanzha.desks.intake.model import Batch, QuarantinedRow
from fanzha.desks.intake.offline import lake_rows
from fanzha.desks.intake.reasons import Reason, sentence
from fanzha.desks.intake.repository import BatchFilter, RowFilter

__all__ = [
    "Batch", "BatchCommitted", "BatchFilter", "BatchState", "Given", "IntakeKind", "QuarantinedRow", "Reason", "Receipt", "RowFilter", "RowState",
    "lake_rows", "parse_mapping", "policy", "read_mapping", "sentence", "service",
]  # fmt: skip
