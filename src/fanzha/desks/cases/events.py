"""What the cases desk tells the others."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from fanzha.kit.events import Event
from fanzha.vocab.fraud_types import FraudType


@dataclass(frozen=True)
class ReportReceived(Event):
    """A new report was taken in. The tokens are those of the lake, None where the victim's phone or identity card is not known; times UTC, money fen."""

    report_id: str
    region: str
    fraud_type: FraudType
    loss_fen: int
    received_at: datetime
    happened_at: datetime | None
    victim_phone_token: str | None
    victim_person_token: str | None


@dataclass(frozen=True)
class ReportMoved(Event):
    """A report was accepted, transferred, or found to be no case."""

    report_id: str
    before: str
    after: str


@dataclass(frozen=True)
class CaseFiled(Event):
    """A case was filed: by hand, from a report, by an import or by a split."""

    case_id: str
    region: str
    fraud_type: FraudType
    filed_at: datetime


@dataclass(frozen=True)
class CaseChanged(Event):
    """The facts or parts of a case have changed; `fields` names them (`narrative`, `suspect`, `loss`, `victim` …), `root_id` the case it is seen under."""

    case_id: str
    root_id: str
    action: str
    fields: tuple[str, ...]


@dataclass(frozen=True)
class CaseMoved(Event):
    """A case was solved, closed, withdrawn or reopened."""

    case_id: str
    before: str
    after: str
    at: datetime


@dataclass(frozen=True)
class CaseMerged(Event):
    """`source_id` is seen under `target_id` from now on."""

    source_id: str
    target_id: str
    operation_id: str


@dataclass(frozen=True)
class CaseSplit(Event):
    """Parts of `source_id` were moved to the new case `target_id`."""

    source_id: str
    target_id: str
    operation_id: str


@dataclass(frozen=True)
class OperationUndone(Event):
    """A merge or split was taken back; `kind` is `merge` or `split`."""

    kind: str
    source_id: str
    target_id: str
    operation_id: str


@dataclass(frozen=True)
class CaseHandedOver(Event):
    """Another unit has taken the case on; both go on seeing it."""

    case_id: str
    from_region: str
    to_region: str
