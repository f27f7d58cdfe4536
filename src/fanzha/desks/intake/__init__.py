"""The intake desk (警情汇集): files and requests become lake events, reports and indicators, and nothing is lost on the way."""

from fanzha.desks.intake import policy, service
from fanzha.desks.intake.columns import Given, IntakeKind, parse_mapping, read_mapping
from fanzha.desks.intake.domain import BatchState, Receipt, RowState
from fanzha.desks.intake.events import BatchCommitted
from fanzha.desks.intake.files import content_digest
from fanzha.desks.intake.model import Batch, QuarantinedRow
from fanzha.desks.intake.offline import lake_rows
from fanzha.desks.intake.parsing import SetAside
from fanzha.desks.intake.reasons import Reason, sentence
from fanzha.desks.intake.repository import BatchFilter, RowFilter
from fanzha.desks.intake.statements import NAMELESS, Statement, read_statement

__all__ = [
    "NAMELESS", "Batch", "BatchCommitted", "BatchFilter", "BatchState", "Given", "IntakeKind", "QuarantinedRow", "Reason", "Receipt", "RowFilter", "RowState",
    "SetAside", "Statement", "content_digest", "lake_rows", "parse_mapping", "policy", "read_mapping", "read_statement", "sentence", "service",
]  # fmt: skip
