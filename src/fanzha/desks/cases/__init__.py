"""Cases desk (警情、案件): reports of fraud as they come in, and the cases they become."""

from fanzha.desks.cases import (
    assigning,
    editing,
    evidence,
    filing,
    joining,
    linkable,
    moving,
    policy,
    reading,
    receiving,
    searching,
    service,
    todo,
    viewing,
)  # fmt: skip
from fanzha.desks.cases.assigning import NewTask
from fanzha.desks.cases.case_model import Case, CaseReport, CaseSuspect, Evidence, Loss, Victim
from fanzha.desks.cases.case_repository import CaseFilters
from fanzha.desks.cases.cleaning import NewLoss, NewSuspect, NewVictim
from fanzha.desks.cases.domain import (
    Action,
    CaseState,
    CaseStep,
    Imported,
    LossRole,
    LossSource,
    Refused,
    ReportRow,
    ReportState,
    SuspectRole,
)  # fmt: skip
from fanzha.desks.cases.editing import Facts
from fanzha.desks.cases.events import (
    CaseChanged,
    CaseFiled,
    CaseHandedOver,
    CaseMerged,
    CaseMoved,
    CaseSplit,
    OperationUndone,
    ReportMoved,
    ReportReceived,
)
from fanzha.desks.cases.filing import NewCase
from fanzha.desks.cases.model import Report, Suspect
from fanzha.desks.cases.vault import Vault

__all__ = [
    "Action", "Case", "CaseChanged", "CaseFiled", "CaseFilters", "CaseHandedOver", "CaseMerged", "CaseMoved", "CaseReport", "CaseSplit", "CaseState", "CaseStep",
    "CaseSuspect", "Evidence", "Facts", "Imported", "Loss", "LossRole", "LossSource", "NewCase", "NewLoss", "NewSuspect", "NewTask", "NewVictim", "OperationUndone",
    "Refused", "Report", "ReportMoved", "ReportReceived", "ReportRow", "ReportState", "Suspect", "SuspectRole", "Vault", "Victim", "assigning", "editing",
    "evidence", "filing", "joining", "linkable", "moving", "policy", "reading", "receiving", "searching", "service", "todo", "viewing",
]  # fmt: skip
