"""What the other desks' rows say about subjects, as drafts of labels. Read in one sweep, so that a correction there is seen here whatever made it.

Every query gives rows of the window alone, ordered by id. `warned` is asked of warnings through findings, by token: the person (or, where nobody knew the
holder, the phone) had a warning issued before it happened and not longer before than the dated window of "victim after warning".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, text

from fanzha.desks.learning.domain import (
    Draft,
    Source,
    SubjectKind,
    appeal_meaning,
    indicator_meaning,
    measure_meaning,
    report_meaning,
    suspect_meaning,
    vote_meaning,
    warning_meaning,
)
from fanzha.lake.tokens import Tokens
from fanzha.store import Work, crypto
from fanzha.vocab.identifiers import Kind

_KINDS: Mapping[str, SubjectKind] = {
    Kind.PHONE.value: SubjectKind.NUMBER,
    Kind.BANK_ACCOUNT.value: SubjectKind.ACCOUNT,
    Kind.CARD.value: SubjectKind.ACCOUNT,
}
"""Indicators that are a number or an account; sites and applications are no subject of a label."""
_BATCH = 2_000


@dataclass(frozen=True)
class Sweep:
    """What the sources need: whence to look, and how many days a warning counts as having warned."""

    since: datetime
    warned_days: int
    tokens: Tokens


# A feedback that was corrected or undone has a `void_at`; the label then falls back to what is left.
_WARNINGS = text("""
SELECT w.id, w.state, w.fraud_type, w.region, w.reached, w.met_at, w.ended_at, f.subject_token, f.phone_token, f.at AS happened_at,
       fb.outcome, fb.at AS answered_at, fb.transferred_fen, void.at AS void_at, gone.because, refused.at AS refused_at
FROM warnings w
JOIN LATERAL (SELECT fi.subject_token, fi.phone_token, fi.at FROM warning_findings wf JOIN findings fi ON fi.id = wf.finding_id
              WHERE wf.warning_id = w.id ORDER BY fi.at, fi.id LIMIT 1) f ON true
LEFT JOIN LATERAL (SELECT outcome, at, transferred_fen FROM warning_feedback
                   WHERE warning_id = w.id AND void_at IS NULL ORDER BY at DESC, id DESC LIMIT 1) fb ON true
LEFT JOIN LATERAL (SELECT max(void_at) AS at FROM warning_feedback WHERE warning_id = w.id) void ON true
LEFT JOIN LATERAL (SELECT detail ->> 'because' AS because FROM warning_history
                   WHERE warning_id = w.id AND action = 'cancel' ORDER BY seq DESC LIMIT 1) gone ON true
LEFT JOIN LATERAL (SELECT max(at) AS at FROM warning_attempts WHERE warning_id = w.id AND result = 'refused') refused ON true
WHERE w.issued_at >= :since ORDER BY w.id
""")

_LATER_VICTIMS = text("""
SELECT w.id, w.fraud_type, w.region, w.later_victim_at, f.subject_token, f.phone_token, r.fraud_type AS reported_type, r.loss_fen, r.state,
       coalesce(r.happened_at, r.received_at) AS happened_at, r.received_at
FROM warnings w
JOIN LATERAL (SELECT fi.subject_token, fi.phone_token FROM warning_findings wf JOIN findings fi ON fi.id = wf.finding_id
              WHERE wf.warning_id = w.id ORDER BY fi.at, fi.id LIMIT 1) f ON true
JOIN LATERAL (SELECT detail ->> 'report' AS report FROM warning_history WHERE warning_id = w.id AND action = 'later_victim' ORDER BY seq LIMIT 1) h ON true
JOIN reports r ON r.id = h.report
WHERE w.later_victim AND w.issued_at >= :since ORDER BY w.id
""")

_REPORTS = text("""
WITH marked AS (SELECT DISTINCT detail ->> 'report' AS report FROM warning_history WHERE action = 'later_victim')
SELECT r.id, r.state, r.fraud_type, r.region, r.loss_fen, coalesce(r.victim_person_token, r.victim_phone_token) AS subject_token, r.victim_phone_token,
       coalesce(r.happened_at, r.received_at) AS happened_at, r.received_at, judged.at AS judged_at,
       (EXISTS (SELECT 1 FROM findings f JOIN warning_findings wf ON wf.finding_id = f.id JOIN warnings w ON w.id = wf.warning_id
                WHERE f.subject_token IN (r.victim_person_token, r.victim_phone_token) AND w.issued_at <= coalesce(r.happened_at, r.received_at)
                  AND w.issued_at >= coalesce(r.happened_at, r.received_at) - make_interval(days => :warned_days))
        OR EXISTS (SELECT 1 FROM marked WHERE marked.report = r.id)) AS warned
FROM reports r
LEFT JOIN LATERAL (SELECT max(at) AS at FROM report_steps WHERE report_id = r.id) judged ON true
WHERE r.received_at >= :since AND coalesce(r.victim_person_token, r.victim_phone_token) IS NOT NULL ORDER BY r.id
""")

_SUSPECTS = text("""
SELECT s.report_id, s.position, s.kind, s.value, r.state, r.fraud_type, r.region, coalesce(r.happened_at, r.received_at) AS happened_at, r.received_at,
       judged.at AS judged_at
FROM report_suspects s JOIN reports r ON r.id = s.report_id
LEFT JOIN LATERAL (SELECT max(at) AS at FROM report_steps WHERE report_id = r.id) judged ON true
WHERE r.received_at >= :since AND s.kind = ANY(:kinds) ORDER BY s.report_id, s.position
""")

# Of long lists only what somebody judged or a detector has met: the rest teaches nothing.
_INDICATORS = text("""
SELECT i.id, i.kind, i.tokens[1] AS subject_token, i.state, i.fraud_type, i.confidence, i.first_seen_at, i.created_at, j.at AS judged_at,
       j.state_after = i.state AS is_judged
FROM indicators i
LEFT JOIN LATERAL (SELECT at, state_after FROM indicator_judgements WHERE indicator_id = i.id ORDER BY at DESC, id DESC LIMIT 1) j ON true
WHERE i.kind = ANY(:kinds) AND greatest(i.last_seen_at, i.created_at, j.at) >= :since
  AND (j.at IS NOT NULL OR i.state IN ('confirmed', 'cleared') AND EXISTS (SELECT 1 FROM findings f WHERE f.subject_token = ANY(i.tokens)))
ORDER BY i.id
""")

_VOTES = text("""
SELECT c.indicator_id, c.source, c.state, c.confidence, c.seen_at, i.kind, i.tokens[1] AS subject_token, i.fraud_type, i.first_seen_at
FROM indicator_claims c JOIN indicators i ON i.id = c.indicator_id
WHERE i.kind = ANY(:kinds) AND c.seen_at >= :since
  AND (c.state = 'cleared' OR EXISTS (SELECT 1 FROM labels l WHERE l.source = 'vote' AND l.source_id = c.indicator_id || ':' || c.source))
ORDER BY c.indicator_id, c.source
""")

# What an order's labels say of its subject is taken back where a sister order on the same subject was found unrelated, or an appeal against it was granted.
# The time at which an order was cleared so is the time at which that was known.
_MEASURES = text("""
SELECT o.id, o.effect, o.state, o.result, o.subject_kind, o.subject_no, o.fraud_type, o.requested_at, least(o.transfer_at, o.requested_at) AS happened_at,
       o.starts_at, o.answered_at, o.ended_at, o.unrelated_at, least(sister.at, granted.at) AS cleared_at
FROM orders o
LEFT JOIN LATERAL (SELECT min(s.unrelated_at) AS at FROM orders s WHERE s.subject_index = o.subject_index AND s.subject_kind = o.subject_kind
                   AND s.id <> o.id AND s.unrelated_at IS NOT NULL AND s.report_id IS NOT DISTINCT FROM o.report_id) sister ON true
LEFT JOIN LATERAL (SELECT min(a.decided_at) AS at FROM appeals a WHERE a.target = 'order' AND a.target_id = o.id AND a.verdict IN ('upheld', 'partly')) granted ON true
WHERE o.requested_at >= :since AND (o.effect = 'impose' OR o.effect = 'ask' AND o.result IN ('passed', 'not_passed', 'not_reached'))
ORDER BY o.id
""")

# Of an appeal that was reconsidered the last answer counts.
_APPEALS = text("""
SELECT DISTINCT ON (coalesce(a.previous_id, a.id)) coalesce(a.previous_id, a.id) AS id, a.target, a.verdict, a.subject_kind, a.subject_token,
       coalesce(nullif(a.fraud_type, ''), 'other') AS fraud_type, nullif(a.region, '') AS region, a.measured_at AS happened_at, a.decided_at
FROM appeals a
WHERE a.filed_at >= :since AND a.verdict IS NOT NULL AND a.subject_token IS NOT NULL
ORDER BY coalesce(a.previous_id, a.id), a.instance DESC
""")
_ORDER_KINDS: Mapping[str, Kind] = {"account": Kind.BANK_ACCOUNT, "number": Kind.PHONE}


def _warning(row: RowMapping, sweep: Sweep) -> Draft:
    meaning = warning_meaning(
        row["outcome"], row["state"], row["because"], met=row["met_at"] is not None, reached=row["reached"], refused=row["refused_at"] is not None
    )
    moments = [row[name] for name in ("answered_at", "ended_at", "met_at", "refused_at", "void_at") if row[name] is not None]
    known = row["answered_at"] or max(moments, default=row["happened_at"])
    return _draft(Source.WARNING, row["id"], {**row}, meaning, known, loss_fen=row["transferred_fen"], warned=True)


def _later_victim(row: RowMapping, sweep: Sweep) -> Draft:
    kind = row["reported_type"] if row["reported_type"] != "other" else row["fraud_type"]
    meaning = report_meaning(row["state"])
    return _draft(Source.LATER_VICTIM, row["id"], {**row, "fraud_type": kind}, meaning, row["received_at"], loss_fen=row["loss_fen"], warned=True)


def _report(row: RowMapping, sweep: Sweep) -> Draft:
    known = row["judged_at"] if row["state"] == "not_a_case" and row["judged_at"] else row["received_at"]
    named = {**row, "phone_token": row["victim_phone_token"]}
    return _draft(Source.REPORT, row["id"], named, report_meaning(row["state"]), known, loss_fen=row["loss_fen"], warned=row["warned"])


def _suspect(row: RowMapping, sweep: Sweep) -> Draft:
    value = crypto.current().open("report_suspects.value", bytes(row["value"]))
    named = {**row, "subject_token": sweep.tokens.seal(row["kind"], value), "region": None}
    known = row["judged_at"] if row["state"] == "not_a_case" and row["judged_at"] else row["received_at"]
    return _draft(Source.REPORT_SUSPECT, f"{row['report_id']}:{row['position']}", named, suspect_meaning(row["state"]), known)


def _indicator(row: RowMapping, sweep: Sweep) -> Draft:
    meaning = indicator_meaning(row["state"], row["confidence"], judged=bool(row["is_judged"]))
    named = {**row, "happened_at": row["first_seen_at"], "region": None}
    return _draft(Source.INDICATOR, row["id"], named, meaning, row["judged_at"] or row["created_at"])


def _vote(row: RowMapping, sweep: Sweep) -> Draft:
    named = {**row, "happened_at": row["first_seen_at"], "region": None}
    return _draft(Source.VOTE, f"{row['indicator_id']}:{row['source']}", named, vote_meaning(row["state"], row["confidence"]), row["seen_at"])


def _measure(row: RowMapping, sweep: Sweep) -> Draft:
    kind = _ORDER_KINDS[row["subject_kind"]].value
    token = sweep.tokens.seal(kind, crypto.current().open("orders.subject_no", bytes(row["subject_no"])))
    meaning = measure_meaning(row["effect"], row["state"], row["result"], unrelated=row["unrelated_at"] is not None, cleared=row["cleared_at"] is not None)
    when = ("unrelated_at", "cleared_at", "ended_at", "starts_at", "answered_at", "requested_at")
    known = next(row[name] for name in when if row[name] is not None)
    return _draft(Source.MEASURE, row["id"], {**row, "kind": kind, "subject_token": token, "region": None}, meaning, known)


def _appeal(row: RowMapping, sweep: Sweep) -> Draft:
    """Against an order it tells of the account or number; against a warning or a decision in flight of the person whom they were to protect."""
    meaning, known = appeal_meaning(row["verdict"]), row["decided_at"]
    if row["target"] == "order" and row["subject_kind"] != "person":
        return _draft(Source.APPEAL, row["id"], {**row, "kind": _ORDER_KINDS[row["subject_kind"]].value, "region": None}, meaning, known)
    return _draft(Source.APPEAL, row["id"], {**row}, meaning, known, warned=row["target"] == "warning")


def _draft(
    source: Source, source_id: str, row: Mapping[str, Any], meaning: Any, known: datetime, *, loss_fen: int | None = None, warned: bool | None = None
) -> Draft:  # fmt: skip
    kind = _KINDS[row["kind"]] if warned is None else SubjectKind.PERSON
    happened = min(row["happened_at"], known)  # a clock that is ahead must not make a label that was known before it happened
    return Draft(
        source, source_id, kind, row["subject_token"], row.get("phone_token"), meaning, row["fraud_type"], row["region"], happened, known, loss_fen, warned
    )  # fmt: skip


@dataclass(frozen=True)
class Reader:
    """One source: its query and how a row becomes a draft."""

    source: Source
    query: Any
    draft: Callable[[RowMapping, Sweep], Draft]
    parameters: tuple[str, ...] = ("since",)


READERS: tuple[Reader, ...] = (
    Reader(Source.WARNING, _WARNINGS, _warning),
    Reader(Source.LATER_VICTIM, _LATER_VICTIMS, _later_victim),
    Reader(Source.REPORT, _REPORTS, _report, ("since", "warned_days")),
    Reader(Source.REPORT_SUSPECT, _SUSPECTS, _suspect, ("since", "kinds")),
    Reader(Source.INDICATOR, _INDICATORS, _indicator, ("since", "kinds")),
    Reader(Source.VOTE, _VOTES, _vote, ("since", "kinds")),
    Reader(Source.MEASURE, _MEASURES, _measure),
    Reader(Source.APPEAL, _APPEALS, _appeal),
)
"""Every source. Another desk's outcomes become labels by one more line here: they are read from its tables, so no desk waits for another's events."""


def drafts(work: Work, reader: Reader, sweep: Sweep) -> Iterator[list[Draft]]:
    """What the source says now, in batches."""
    known = {"since": sweep.since, "warned_days": sweep.warned_days, "kinds": sorted(_KINDS)}
    rows = work.session.execute(reader.query, {name: known[name] for name in reader.parameters}).mappings()
    for batch in rows.partitions(_BATCH):
        yield [reader.draft(row, sweep) for row in batch]
