"""From a request to a decision: rules over what is in memory, the policy over what they say. Nothing here waits for anything."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

import msgspec

from fanzha.desks.screening import Answer, Asked, Signal, Verdict
from fanzha.desks.screening.domain import DEGRADED, level_signal
from fanzha.desks.screening.errors import CannotDecide
from fanzha.desks.screening.reading import Columns
from fanzha.desks.screening.records import Record
from fanzha.desks.screening.service import Mark, Standing
from fanzha.engine.features.history import SECOND
from fanzha.engine.screening.events import SIDES, Event, event_of
from fanzha.engine.screening.state import State
from fanzha.engine.screening.watch import Fired, Watch
from fanzha.kit.ids import new_id
from fanzha.store.crypto import blind_index
from fanzha.vocab import legal
from fanzha.vocab.fraud_types import ENTRIES
from fanzha.vocab.notice_numbers import NoticeOf, notice_number

_OURS: Mapping[Asked, tuple[str, tuple[str, ...]]] = {
    Asked.TRANSFER: ("payer", ("payee",)),
    Asked.CALL: ("callee", ("caller", "callee")),
    Asked.MESSAGE: ("receiver", ("sender",)),
    Asked.VISIT: ("visitor", ("domain",)),
}
"""Whom the event may harm, and the sides that may be suspect."""
_encoder = msgspec.json.Encoder()


@dataclass
class Hot:
    """What is in memory. Replaced piece by piece as news comes; only the event loop writes it."""

    standing: Standing
    state: State
    watch: Watch
    regions: Mapping[str, str] = field(default_factory=dict)
    """Subject → where its person lives."""
    journal: list[Event] | None = None
    """What joined the past while a new state is being made beside this one."""

    def happened(self, event: Event) -> None:
        self.state.add(event)
        if self.journal is not None:
            self.journal.append(event)


@dataclass(frozen=True)
class Asker:
    """Whose key asks."""

    org_id: str
    key_id: str | None


def decide(hot: Hot, asked: Asked, request_id: str, columns: Columns, digest: str, asker: Asker, now: datetime, *, closed: bool, degraded: bool) -> Record:
    """The decision, ready to be kept. What may happen (pass, warn) joins the past at once; what is held or blocked has not happened.

    Args:
        closed: the database is away and the platform fails closed. `degraded`: it is away.

    Raises:
        CannotDecide: it fails closed and the policy names no measure for that.
    """
    event = event_of(asked.event_kind, columns)
    signals = list(_signals(hot, asked, event, columns))
    if closed:
        signals.append(Signal(DEGRADED, "平台数据库暂不可用，按设置从严处理", "the platform decides without its database and is set to fail closed"))
    verdict = hot.standing.policy.judge(asked, signals)
    if closed and not verdict.answer.is_measure:
        raise CannotDecide
    if not verdict.answer.is_measure:
        hot.happened(event)
    return _record(hot, asked, request_id, columns, event, verdict, digest, asker, now, degraded=degraded)


def _signals(hot: Hot, asked: Asked, event: Event, columns: Columns) -> Iterator[Signal]:
    for fired in hot.watch.fire(hot.state, event, columns):
        yield _of_rule(fired)
    seen: set[str] = set()
    for token in _suspect_tokens(asked, event):
        mark = hot.standing.marks.get(token)
        if mark is not None and mark.signal not in seen:
            seen.add(mark.signal)
            yield _of_mark(mark)
    person = hot.state.person(event.side(_OURS[asked][0]))
    if person is not None and hot.standing.warnings:
        level = hot.standing.warnings.get(blind_index("person", person))
        if level is not None:
            yield Signal(f"warning:{level.value}", "当事人有未办结的预警", "the person has an open warning", level=level.value)


def _suspect_tokens(asked: Asked, event: Event) -> Iterator[str]:
    for column in _OURS[asked][1]:
        token = event.side(column)
        if token is not None:
            yield token
    yield from event.named


def _of_rule(fired: Fired) -> Signal:
    return Signal(
        f"rule:{fired.rule_id}", fired.reason_zh, fired.reason_en, fired.rule_id, fired.version, fired.level.value, fired.fraud_type.value,
        fallback=level_signal(fired.level),
    )  # fmt: skip


def _of_mark(mark: Mark) -> Signal:
    entry = ENTRIES[mark.fraud_type]
    if mark.signal.startswith("indicator:"):
        sure = mark.signal == "indicator:confirmed"
        zh = f"对方为{'已确认' if sure else '涉嫌'}的涉诈标识（{entry.zh}）"
        en = f"the other side is a {'confirmed' if sure else 'suspected'} identifier of fraud ({entry.en})"
    else:
        zh, en = f"对方被监测模型判为可疑（{entry.zh}）", f"the detectors found the other side suspect ({entry.en})"
    return Signal(mark.signal, zh, en, fraud_type=mark.fraud_type.value)


def _record(
    hot: Hot, asked: Asked, request_id: str, columns: Columns, event: Event, verdict: Verdict, digest: str, asker: Asker, now: datetime, *, degraded: bool
) -> Record:
    subject = event.side(_OURS[asked][0])
    ends, decision_id, row = verdict.ends_at(now), new_id(), verdict.row
    at = datetime.fromtimestamp(event.at // SECOND, UTC).replace(microsecond=event.at % SECOND)
    first, second = SIDES[event.kind]
    return Record(
        id=decision_id, org_id=asker.org_id, key_id=asker.key_id, request_id=request_id, digest=digest, asked=asked.value, answer=verdict.answer.value,
        region=hot.regions.get(subject) if subject else None, subject_token=hot.state.person(subject),
        other_token=event.side(second if first == _OURS[asked][0] else first), amount_fen=columns.get("amount_fen"), at=at, decided_at=now, event=columns,
        signals=[_told(signal) for signal in verdict.signals], basis=row.basis if row and verdict.answer.is_measure else None,
        term_minutes=row.term_minutes if row and verdict.answer.is_measure else None, ends_at=ends,
        policy=f"{row.signal}@{row.effective_from}.{row.version}" if row else None,
        body=_encoder.encode(_body(decision_id, request_id, verdict, now, ends, degraded=degraded)).decode(), degraded=degraded,
    )  # fmt: skip


def _told(signal: Signal) -> dict[str, object]:
    told = {"signal": signal.name, "zh": signal.zh, "en": signal.en, "rule": signal.rule, "version": signal.version, "level": signal.level,
            "fraud_type": signal.fraud_type}  # fmt: skip
    return {name: value for name, value in told.items() if value is not None}


def _body(decision_id: str, request_id: str, verdict: Verdict, now: datetime, ends: datetime | None, *, degraded: bool) -> dict[str, object]:
    """What is answered. It names no person and no account."""
    row = verdict.row
    body: dict[str, object] = {
        "decision": verdict.answer.value, "decision_id": decision_id, "request_id": request_id, "decided_at": now,
        "reasons": [_told(signal) for signal in verdict.signals],
        "rules": [{"id": signal.rule, "version": signal.version} for signal in verdict.signals if signal.rule],
        "policy": {"signal": row.signal, "effective_from": row.effective_from, "version": row.version, "source": row.source} if row else None,
        "measure": None, "degraded": degraded,
    }  # fmt: skip
    if row is not None and row.basis is not None and verdict.answer is not Answer.PASS and verdict.answer.is_measure:
        basis = legal.by_key(row.basis)
        body["measure"] = {
            "basis": row.basis, "basis_zh": basis.citation("zh"), "basis_en": basis.citation("en"), "law_version": basis.version,
            "term_minutes": row.term_minutes, "ends_at": ends, "remedy_zh": row.remedy_zh, "remedy_en": row.remedy_en,
            "notice_number": notice_number(NoticeOf.DECISION, decision_id),
        }  # fmt: skip
    return body
