"""Detection lag: from the first case of a trick (手法) to the first warning for it.

A trick is a group of at least `learning.trick_cases` reports of one fraud type that name the same identifier or tell the same script (`engine.tricks`); its
first case is the one that came in first. A warning is *for* a trick where, at any time from 30 days before its first case happened on,
- the warned person is a victim of one of its reports, warned of that fraud type (`victim`), or
- an event behind a finding of the warning names an identifier of the trick (`identifier`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import polars as pl
from sqlalchemy import RowMapping, text

from fanzha.desks.learning import repository
from fanzha.desks.learning.numbers import Numbers
from fanzha.engine.tricks import Told, Trick, group
from fanzha.kit import clock
from fanzha.lake.lake import Lake
from fanzha.lake.schemas import EventKind
from fanzha.lake.tokens import PREFIXES, Tokens
from fanzha.store import Work, crypto
from fanzha.vocab import identifiers
from fanzha.vocab.identifiers import Kind
from fanzha.vocab.identifiers.web import owned_domain

BEFORE = timedelta(days=30)
"""A warning longer before the first case is not counted as one for the trick."""
QUANTILES = (0.5, 0.9)
_COMMON = 3
"""An identifier that more tricks name is not theirs but, say, a bank's hotline, and ties no warning."""
_NAMED = {
    EventKind.CALLS: ("caller", "callee"),
    EventKind.MESSAGES: ("sender", "receiver", "links", "contacts"),
    EventKind.VISITS: ("host", "domain", "app"),
    EventKind.TRANSFERS: ("payer", "payee"),
}

_REPORTS = text("""
SELECT id, fraud_type, received_at, coalesce(happened_at, received_at) AS happened_at, narrative, victim_person_token, victim_phone_token
FROM reports WHERE received_at >= :since AND state <> 'not_a_case' ORDER BY received_at, id
""")
_SUSPECTS = text("""
SELECT s.report_id, s.kind, s.value FROM report_suspects s JOIN reports r ON r.id = s.report_id
WHERE r.received_at >= :since AND r.state <> 'not_a_case' AND s.kind IS NOT NULL ORDER BY s.report_id, s.position
""")
_WARNED = text("""
SELECT f.subject_token, f.phone_token, wf.fraud_type, wf.rule_id, wf.rule_version, wf.evidence, w.issued_at, wf.merged_at
FROM warning_findings wf JOIN warnings w ON w.id = wf.warning_id JOIN findings f ON f.id = wf.finding_id
WHERE wf.merged_at >= :since ORDER BY wf.merged_at, wf.finding_id
""")


@dataclass(frozen=True)
class Lag:
    """One fraud type. `caught`: warned after the first case was known; `ahead`: before; `open_`: not yet. Quantiles (`half`, `ninety`) are of those caught
    and ahead, where a warning ahead counts 0; None where there is none. `longest_open`: since the oldest first case that has no warning yet."""

    fraud_type: str
    tricks: int
    caught: int
    ahead: int
    open_: int
    half: timedelta | None
    ninety: timedelta | None
    longest_open: timedelta | None


def observe(work: Work, lake: Lake, tokens: Tokens) -> int:
    """Group the reports into tricks and find the first warning for each; returns how many tricks there are. Repeatable."""
    numbers, now = Numbers(work), clock.now()
    since = now - timedelta(days=numbers.whole("trick_days"))
    told, victims = _told(work, since, tokens)
    tricks = [each for each in group(told, numbers.share("trick_alike")) if len(each.told) >= numbers.whole("trick_cases")]
    first = _first_warnings(work, lake, tricks, victims, since - BEFORE) if tricks else {}
    repository.replace_tricks(work, [_row(each, first.get(each.id), now) for each in tricks], since)
    return len(tricks)


def lags(work: Work, window_since: datetime) -> tuple[Lag, ...]:
    """By fraud type, of the tricks whose first case became known since then; the most open first."""
    by_type: dict[str, list[Any]] = defaultdict(list)
    for row in repository.tricks(work, window_since):
        by_type[row.fraud_type].append(row)
    return tuple(sorted((_lag(kind, rows) for kind, rows in by_type.items()), key=lambda lag: (-lag.open_, lag.fraud_type)))


def lag_of(first_known_at: datetime, first_warned_at: datetime | None) -> timedelta | None:
    """0 where the warning came before the case was known; None where there is none."""
    return max(first_warned_at - first_known_at, timedelta()) if first_warned_at is not None else None


def _lag(kind: str, rows: Sequence[Any]) -> Lag:
    found = sorted(lag for row in rows if (lag := lag_of(row.first_known_at, row.first_warned_at)) is not None)
    waiting = [clock.now() - row.first_known_at for row in rows if row.first_warned_at is None]
    ahead = sum(row.first_warned_at is not None and row.first_warned_at <= row.first_known_at for row in rows)
    half, ninety = (_quantile(found, share) for share in QUANTILES)
    return Lag(kind, len(rows), len(found) - ahead, ahead, len(waiting), half, ninety, max(waiting, default=None))


def _quantile(ordered: Sequence[timedelta], share: float) -> timedelta | None:
    """The least value that the share of them does not exceed."""
    return ordered[max(0, -int(-len(ordered) * share // 1) - 1)] if ordered else None


# ---- reports


def _told(work: Work, since: datetime, tokens: Tokens) -> tuple[list[Told], dict[str, frozenset[str]]]:
    """The reports, and the tokens of each one's victim."""
    named: dict[str, set[str]] = defaultdict(set)
    for row in work.session.execute(_SUSPECTS, {"since": since}):
        named[row.report_id] |= _tokens_of(row.kind, crypto.current().open("report_suspects.value", bytes(row.value)), tokens)
    told, victims = [], {}
    for row in work.session.execute(_REPORTS, {"since": since}):
        narrative = crypto.current().open("reports.narrative", bytes(row.narrative))
        told.append(Told(row.id, row.fraud_type, row.received_at, row.happened_at, frozenset(named[row.id]), narrative))
        victims[row.id] = frozenset(token for token in (row.victim_person_token, row.victim_phone_token) if token)
    return told, victims


def _tokens_of(kind: str, value: str, tokens: Tokens) -> set[str]:
    """The tokens under which events may name it: of a site its host and the domain that its owner registered."""
    if kind in (Kind.URL, Kind.DOMAIN):
        host = str(identifiers.clean(Kind.URL, value).facts["host"]) if kind == Kind.URL else value
        return {tokens.seal("domain", name) for name in {host, owned_domain(host)}}
    known = kind in PREFIXES or kind == Kind.CARD
    return {tokens.seal(kind, value)} if known else set()


# ---- warnings


@dataclass(frozen=True)
class _First:
    at: datetime
    by: str
    tied_by: str


def _first_warnings(work: Work, lake: Lake, tricks: Sequence[Trick], victims: Mapping[str, frozenset[str]], since: datetime) -> dict[str, _First]:
    """Trick → the first warning for it."""
    rows = list(work.session.execute(_WARNED, {"since": since}).mappings())
    by_person: dict[tuple[str, str], list[Trick]] = defaultdict(list)
    by_token: dict[str, list[Trick]] = defaultdict(list)
    for trick in tricks:
        for each in trick.told:
            for token in victims[each.report_id]:
                by_person[token, trick.fraud_type].append(trick)
        for token in trick.identifiers:
            by_token[token].append(trick)
    for token in [token for token, sharing in by_token.items() if len(sharing) > _COMMON]:
        del by_token[token]
    touched = _touched(lake, rows, by_token.keys())
    first: dict[str, _First] = {}
    for row in rows:
        tied = [(trick, "victim") for who in (row["subject_token"], row["phone_token"]) for trick in by_person.get((who, row["fraud_type"]), ())]
        tied += [(trick, "identifier") for token in _named_by(row, touched) for trick in by_token.get(token, ())]
        for trick, why in tied:
            if row["merged_at"] >= trick.first_happened_at - BEFORE and (trick.id not in first or row["merged_at"] < first[trick.id].at):
                first[trick.id] = _First(row["merged_at"], f"{row['rule_id']} v{row['rule_version']}", why)
    return first


def _named_by(row: RowMapping, touched: Mapping[str, frozenset[str]]) -> set[str]:
    return set().union(*(touched.get(each["event_id"], frozenset()) for each in row["evidence"]))


def _touched(lake: Lake, rows: Iterable[RowMapping], wanted: Iterable[str]) -> dict[str, frozenset[str]]:
    """Event → the wanted tokens it names, of the events behind the findings. One scan a table, of the days that hold one."""
    behind: dict[EventKind, dict[str, datetime]] = defaultdict(dict)
    for row in rows:
        for each in row["evidence"]:
            behind[EventKind(each["kind"])][each["event_id"]] = datetime.fromisoformat(each["at"])
    tokens = pl.Series(sorted(wanted), dtype=pl.String).implode()
    found: dict[str, frozenset[str]] = {}
    for kind, columns in _NAMED.items():
        events = behind.get(kind)
        if not events:
            continue
        days = [clock.local_day(at) for at in events.values()]
        scan = lake.scan(kind, min(days), max(days)).filter(pl.col("event_id").is_in(pl.Series(list(events), dtype=pl.String).implode()))
        lists = [pl.col(name) if name in ("links", "contacts") else pl.concat_list(name) for name in columns]
        named = pl.concat_list([each.fill_null(pl.lit([], dtype=pl.List(pl.String))) for each in lists])
        for event, names in scan.select("event_id", names=named).explode("names").filter(pl.col("names").is_in(tokens)).collect().iter_rows():
            found[event] = found.get(event, frozenset()) | {names}
    return found


def _row(trick: Trick, first: _First | None, now: datetime) -> dict[str, Any]:
    return {
        "id": trick.id, "fraud_type": trick.fraud_type, "cases": len(trick.told), "first_happened_at": trick.first_happened_at,
        "first_known_at": trick.first.known_at, "last_known_at": max(each.known_at for each in trick.told),
        "first_warned_at": first.at if first else None, "warned_by": first.by if first else None, "tied_by": first.tied_by if first else None,
        "computed_at": now,
    }  # fmt: skip
