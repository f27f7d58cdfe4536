"""What can be appealed against, read alike: a measure by order, a transfer or call held or blocked, a warning."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Text, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY

from fanzha.desks import controls, screening
from fanzha.desks.appeals.domain import Target, Track, track_of
from fanzha.desks.appeals.errors import NothingToAppeal
from fanzha.desks.appeals.numbers import track_of_target
from fanzha.desks.controls import Effect, Order
from fanzha.desks.warnings.model import WarningFinding, WarningOrder
from fanzha.kit.errors import NotFound
from fanzha.lake.tokens import Tokens
from fanzha.store import Work, crypto
from fanzha.vocab import identifiers
from fanzha.vocab.fraud_types import ENTRIES, FraudType
from fanzha.vocab.identifiers import Kind
from fanzha.vocab.notice_numbers import NoticeOf, notice_number

_SAID_WITHIN = timedelta(days=90)
"""A detector that spoke of the subject longer ago than this did not lead to the measure."""
_TAIL = 4
NOTICES = {Target.ORDER: NoticeOf.ORDER, Target.DECISION: NoticeOf.DECISION, Target.WARNING: NoticeOf.WARNING}
_OUR_SIDE = {"transfer": "payer", "call": "callee", "message": "receiver", "visit": "visitor"}
_OF_TOKEN = {Kind.BANK_ACCOUNT.value: "account", Kind.PHONE.value: "number"}


@dataclass(frozen=True)
class Measure:
    """One measure. `subject_no` is in clear: seal it before it is stored. `why` are (Chinese, English) sentences fit for the person; what the police know
    beyond that is not among them. `org_*` decided it; `involved` are the users who took part; `receiver` keeps the account or number."""

    target: Target
    id: str
    kind: str
    name_zh: str
    name_en: str
    track: Track
    region: str
    org_id: str
    org_name: str
    basis: str
    began: datetime
    ends_at: datetime | None
    holds: bool
    subject_kind: str
    subject_no: str
    subject_token: str | None
    holder: str
    receiver: str
    receiver_org_id: str
    amount_fen: int | None
    report_id: str | None
    case_number: str
    fraud_type: str
    why: Sequence[tuple[str, str]]
    involved: Sequence[str]
    detectors: Sequence[str]

    @property
    def notice(self) -> str:
        return notice_number(NOTICES[self.target], self.id)

    @property
    def subject_index(self) -> str:
        return crypto.blind_index(f"appeal:{self.subject_kind}", self.subject_no)

    @property
    def masked_subject(self) -> str:
        return identifiers.mask(Kind.BANK_ACCOUNT if self.subject_kind == "account" else Kind.PHONE, self.subject_no) if self.subject_no else "—"

    @property
    def tail(self) -> str:
        """The last digits by which the person shows to know the account or number; '' where there is none."""
        return self.subject_no[-_TAIL:] if len(self.subject_no) > _TAIL else ""


def load(work: Work, tokens: Tokens, target: Target, target_id: str) -> Measure:
    """The measure, where it is in sight and may be appealed against. Raises NothingToAppeal."""
    return {Target.ORDER: _order, Target.DECISION: _decision, Target.WARNING: _warning}[target](work, tokens, target_id)


def by_notice(work: Work, number: str) -> tuple[Target, str] | None:
    """Which measure a notice number names. Looks at every kind, so that the work is the same whatever was typed."""
    row = work.session.execute(_BY_NOTICE, {"stem": number[:-1]}).first()
    return (Target(row[0]), row[1]) if row is not None else None


_BY_NOTICE = text("""
SELECT 'order', id FROM orders WHERE notice_stem('1', id) = :stem AND effect = 'impose' AND sent_at IS NOT NULL
UNION ALL SELECT 'decision', id FROM screening_decisions WHERE notice_stem('2', id) = :stem AND answer IN ('hold', 'block')
UNION ALL SELECT 'warning', id FROM warnings WHERE notice_stem('3', id) = :stem
""")


def _order(work: Work, tokens: Tokens, order_id: str) -> Measure:
    try:
        order = controls.service.get(work, order_id)
    except NotFound as missing:
        raise NothingToAppeal from missing
    if order.has_effect is not Effect.IMPOSE or order.sent_at is None:
        raise NothingToAppeal
    return of_order(work, tokens, order)


def of_order(work: Work, tokens: Tokens, order: Order) -> Measure:
    """A measure by order, whatever its state."""
    kind, began = order.of_kind, order.starts_at or order.sent_at or order.requested_at
    token = tokens.seal("bank_account" if order.subject_kind == "account" else "phone", order.subject_no)
    why = (
        kind.why_zh.removeprefix("原因：") or "办案中发现，有人被骗的钱转进了这个账户，或者这个账户的资金往来有被诈骗利用的嫌疑。",
        kind.why_en or "Money of somebody who was cheated went into this account, or its payments look as if fraud made use of it.",
    )
    people = [order.requester_id, order.officer_one_id, order.officer_two_id, order.approver_id]
    return Measure(
        Target.ORDER, order.id, order.kind, kind.zh, kind.en, track_of(order.subject_kind, order.slot, order.basis), order.region, order.org_id, order.org_name,
        order.basis, began, order.ends_at, order.state_now in HOLDING, order.subject_kind, order.subject_no, token, order.holder_name or "",
        order.receiver_name, order.receiver_org_id, order.held_fen if order.held_fen is not None else order.amount_fen, order.report_id, order.case_number,
        order.fraud_type, (why,), [one for one in dict.fromkeys(people) if one], spoken_of(work, [token], began),
    )  # fmt: skip


HOLDING = frozenset({controls.State.IN_FORCE, controls.State.QUEUED, controls.State.SENT, controls.State.ACKNOWLEDGED})
"""States in which a measure holds, or will as soon as its receiver answers."""


def _decision(work: Work, tokens: Tokens, decision_id: str) -> Measure:
    try:
        found = screening.service.get(work, decision_id)
    except NotFound as missing:
        raise NothingToAppeal from missing
    if not screening.Answer(found.answer).is_measure or found.ends_at is None:
        raise NothingToAppeal
    token = found.event.get(_OUR_SIDE[found.asked]) or found.subject_token
    kind, value = tokens.open(token) if token else ("", "")
    said = [str(one.get("rule") or one.get("signal")) + (f"@{one['version']}" if one.get("version") else "") for one in found.signals]
    held = found.answer == screening.Answer.HOLD.value
    transfer = found.asked == screening.Asked.TRANSFER.value
    what = ("转账", "Transfer") if transfer else ("通信", "Call or message")
    region = found.region or ""
    return Measure(
        Target.DECISION, found.id, found.answer, f"{what[0]}{'延迟' if held else '拦截'}", f"{what[1]} {'held' if held else 'blocked'}",
        track_of_target(Target.DECISION), region, found.org_id, _org_name(work, found.org_id), found.basis or "atfl:18", found.decided_at, found.ends_at,
        False, _OF_TOKEN.get(kind, "person"), value, token, "", "", found.org_id, found.amount_fen, None, "",
        str(next((one["fraud_type"] for one in found.signals if one.get("fraud_type")), "")),
        tuple((str(one["zh"]), str(one["en"])) for one in found.signals) or _UNSAID, (), sorted(dict.fromkeys(said)),
    )  # fmt: skip


_UNSAID = (("系统按规则作出。", "The system followed a rule."),)


def _warning(work: Work, tokens: Tokens, warning_id: str) -> Measure:
    found = work.session.get(WarningOrder, warning_id)
    if found is None:
        raise NothingToAppeal
    rows = work.session.query(WarningFinding).where(WarningFinding.warning_id == warning_id).all()
    fraud = ENTRIES[FraudType(found.fraud_type)]
    why = (
        f"我们发现有人可能正在用“{fraud.zh}”的办法骗您，所以联系您提醒。预警不限制您的账户和电话。",
        f"We found that somebody may be trying to cheat you ({fraud.en}), and so we warned you. A warning restricts neither your account nor your phone.",
    )
    detectors = sorted({f"{row.rule_id}@{row.rule_version}" for row in rows})
    phone = found.subject_phone or ""
    org_id = found.lead_org_id or ""
    return Measure(
        Target.WARNING, found.id, "warning", "预警劝阻", "Warning", track_of_target(Target.WARNING), found.region, org_id,
        _org_name(work, org_id), "atfl:34", found.issued_at, found.ended_at, found.ended_at is None, "person", phone,
        tokens.seal("phone", phone) if phone else None, found.subject_name or "", "", "", None, None, found.number, found.fraud_type, (why,),
        [found.signed_by] if found.signed_by else [], detectors,
    )  # fmt: skip


_SPOKEN = text(
    "SELECT DISTINCT rule_id || '@' || rule_version AS said FROM findings WHERE subject_token = ANY(:tokens) AND at <= :at AND at >= :since ORDER BY said"
).bindparams(bindparam("tokens", type_=ARRAY(Text)))


def spoken_of(work: Work, tokens: Sequence[str], at: datetime) -> list[str]:
    """Which detectors, as `id@version`, had spoken of a subject before a measure on it; none where people alone decided."""
    return list(work.session.scalars(_SPOKEN, {"tokens": list(tokens), "at": at, "since": at - _SAID_WITHIN}))


def _org_name(work: Work, org_id: str) -> str:
    found: Any = work.session.execute(text("SELECT name FROM organisations WHERE id = :id"), {"id": org_id}).scalar()
    return str(found or "反诈平台")
