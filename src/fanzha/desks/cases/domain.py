"""Words of the cases desk: what a report and a case are, and the states they go through. Pure.

Invariants of a case: it ends only as closed (after being solved) or withdrawn, and only reopening leads back; a merged case takes no step at all.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from fanzha.desks.cases.errors import StepNotOpen
from fanzha.vocab.fraud_types import FraudType


class ReportState(StrEnum):
    RECEIVED = "received"  # 接报
    ACCEPTED = "accepted"  # 受理
    TRANSFERRED = "transferred"  # 移送
    NOT_A_CASE = "not_a_case"  # 不予立案


_STEPS: dict[ReportState, frozenset[ReportState]] = {
    ReportState.RECEIVED: frozenset({ReportState.ACCEPTED, ReportState.TRANSFERRED, ReportState.NOT_A_CASE}),
    ReportState.ACCEPTED: frozenset({ReportState.TRANSFERRED}),
    ReportState.TRANSFERRED: frozenset(),
    ReportState.NOT_A_CASE: frozenset({ReportState.ACCEPTED}),
}


def may_become(state: ReportState, following: ReportState) -> bool:
    return following in _STEPS[state]


def next_states(state: ReportState) -> tuple[ReportState, ...]:
    return tuple(item for item in ReportState if item in _STEPS[state])


class CaseState(StrEnum):
    FILED = "filed"  # 立案
    SOLVED = "solved"  # 破案
    CLOSED = "closed"  # 结案
    WITHDRAWN = "withdrawn"  # 撤案


class CaseStep(StrEnum):
    SOLVE = "solve"
    CLOSE = "close"
    WITHDRAW = "withdraw"
    REOPEN = "reopen"


_CASE_STEPS: dict[tuple[CaseState, CaseStep], CaseState] = {
    (CaseState.FILED, CaseStep.SOLVE): CaseState.SOLVED,
    (CaseState.FILED, CaseStep.WITHDRAW): CaseState.WITHDRAWN,
    (CaseState.SOLVED, CaseStep.CLOSE): CaseState.CLOSED,
    (CaseState.SOLVED, CaseStep.REOPEN): CaseState.FILED,
    (CaseState.CLOSED, CaseStep.REOPEN): CaseState.FILED,
    (CaseState.WITHDRAWN, CaseStep.REOPEN): CaseState.FILED,
}
OPEN_STATES = frozenset({CaseState.FILED, CaseState.SOLVED})
"""In which a case can be changed."""
ENDED_STATES = frozenset({CaseState.CLOSED, CaseState.WITHDRAWN})


def open_steps(state: CaseState) -> tuple[CaseStep, ...]:
    return tuple(step for step in CaseStep if (state, step) in _CASE_STEPS)


def after(state: CaseState, step: CaseStep) -> CaseState:
    """Raises StepNotOpen."""
    following = _CASE_STEPS.get((state, step))
    if following is None:
        raise StepNotOpen(state=state.value, step=step.value)
    return following


class LossRole(StrEnum):
    LOST = "lost"  # 损失
    RETURNED = "returned"  # 返还
    FEE = "fee"  # 手续费


class LossSource(StrEnum):
    VICTIM = "victim"  # 被害人陈述
    BANK = "bank"  # 银行流水
    NARRATIVE = "narrative"  # 案情文本
    OFFICER = "officer"  # 办案认定
    IMPORT = "import"  # 导入


class SuspectRole(StrEnum):
    CONTACT = "contact"  # 联系
    RECEIVE = "receive"  # 收款
    SITE = "site"  # 网站应用
    HOLDER = "holder"  # 开户人
    OTHER = "other"


class HandOverStatus(StrEnum):
    OFFERED = "offered"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


class Action(StrEnum):
    """What a page may offer on a case."""

    EDIT = "edit"
    SOLVE = "solve"
    CLOSE = "close"
    WITHDRAW = "withdraw"
    REOPEN = "reopen"
    MERGE = "merge"
    SPLIT = "split"
    UNDO = "undo"
    HAND_OVER = "hand_over"
    ANSWER_HAND_OVER = "answer_hand_over"
    WITHDRAW_HAND_OVER = "withdraw_hand_over"


@dataclass(frozen=True)
class Standing:
    """What decides which steps are open. `is_lead`: the actor's area holds the case's own; `is_offered_to_me`: a hand-over waits for the actor's answer."""

    state: CaseState
    is_merged: bool
    is_lead: bool
    is_offered: bool = False
    is_offered_to_me: bool = False


def allowed(standing: Standing) -> frozenset[Action]:
    """The actions open to somebody whose role may take them all. Whoever only sees the case (another unit's) takes none but the answer to a hand-over."""
    if standing.is_merged:
        return frozenset({Action.UNDO}) if standing.is_lead else frozenset()
    if not standing.is_lead:
        return frozenset({Action.ANSWER_HAND_OVER}) if standing.is_offered_to_me else frozenset()
    found = {Action(step.value) for step in open_steps(standing.state)} | {Action.UNDO}
    if standing.state in OPEN_STATES:
        found |= {Action.EDIT, Action.MERGE, Action.SPLIT, Action.HAND_OVER}
    if standing.is_offered:
        found = found - {Action.HAND_OVER, Action.MERGE, Action.SPLIT, Action.UNDO} | {Action.WITHDRAW_HAND_OVER}
        found |= {Action.ANSWER_HAND_OVER} if standing.is_offered_to_me else set()
    return frozenset(found)


@dataclass(frozen=True)
class ReportRow:
    """One report (警情) as parsed and not yet cleaned.

    `report_no` is unique within its source. `region` is a GB/T 2260 code or a place's name (`regions.resolve`). `loss_fen` is what the victim says was lost, in fen.
    `received_at` and `happened_at` are aware. `suspects` are identifiers that the victim names, raw (phones, accounts, sites …).
    """

    source: str
    report_no: str
    received_at: datetime
    narrative: str
    region: str = ""
    fraud_type: FraudType = FraudType.OTHER
    loss_fen: int = 0
    victim_name: str = ""
    victim_phone: str = ""
    victim_id_card: str = ""
    happened_at: datetime | None = None
    state: ReportState = ReportState.RECEIVED
    suspects: tuple[str, ...] = ()
    row_number: int = 0


@dataclass(frozen=True)
class Refused:
    """A row that was not taken: `reason` is a code, `sentence_zh` and `sentence_en` say why."""

    row_number: int
    reason: str
    sentence_zh: str
    sentence_en: str


@dataclass(frozen=True)
class Imported:
    """What became of a list: the rows offered are accepted + duplicates + refused. A duplicate has the (source, report_no) of a report already held."""

    accepted: int
    duplicates: int
    refused: tuple[Refused, ...]

    @property
    def received(self) -> int:
        return self.accepted + self.duplicates + len(self.refused)
