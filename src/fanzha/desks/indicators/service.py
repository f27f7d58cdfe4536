"""Use cases of the indicators desk."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from fanzha.desks.indicators import checking, cleaning, repository
from fanzha.desks.indicators.checking import check
from fanzha.desks.indicators.domain import Added, Flag, IndicatorRow, IndicatorState, Refused, level_of, may_become
from fanzha.desks.indicators.errors import IndicatorNotFound, ReasonNeeded, RowRefused, WrongState
from fanzha.desks.indicators.events import IndicatorsChanged
from fanzha.desks.indicators.model import Claim, Indicator, Judgement
from fanzha.desks.indicators.repository import Filters
from fanzha.kit import clock
from fanzha.kit.ids import new_id
from fanzha.kit.paging import Page, PageRequest
from fanzha.lake.tokens import Tokens
from fanzha.store import Work
from fanzha.vocab.fraud_types import FraudType
from fanzha.vocab.identifiers import Kind

__all__ = ["Detail", "add_many", "add_one", "check", "clear", "counts", "expire", "export", "flagged_tokens", "get", "judge", "reveal", "search", "sources"]

SHORTEST_REASON = 4
MOST_EXPORTED = 100_000


@dataclass(frozen=True)
class Detail:
    """An indicator with what each source says and how it was judged."""

    indicator: Indicator
    claims: Sequence[Claim]
    judgements: Sequence[Judgement]
    may_become: tuple[IndicatorState, ...]


def add_many(work: Work, rows: Iterable[IndicatorRow], tokens: Tokens) -> Added:
    """Take a list into the registry. Idempotent: the same list again changes nothing and counts as duplicates.

    An identifier that is held already keeps its state unless the row knows more (`suspected` → `confirmed`, expired → flagged again); one that was cleared
    stays cleared. What each source says is kept beside it.
    """
    cleaned = cleaning.clean_rows(rows, tokens)
    entries, now = list(cleaned.entries.values()), clock.now()
    inserted = repository.insert_new(work, entries, now)
    known = [entry for entry in entries if entry.index not in inserted]
    changed = repository.enrich(work, known, now)
    repository.add_claims(work, entries, now)
    added = Added(len(inserted), len(known) + cleaned.repeated, tuple(cleaned.refused))
    flagged = [token for entry in entries if entry.index in inserted for token in entry.tokens] + changed
    if flagged:
        work.publish(IndicatorsChanged(flagged=tuple(dict.fromkeys(flagged))))
    work.audit("indicators.added", "indicators", {"accepted": added.accepted, "duplicates": added.duplicates, "refused": len(added.refused)})
    return added


def add_one(work: Work, row: IndicatorRow, tokens: Tokens) -> Indicator:
    """Add one by hand; the one that is held already comes back with what the row adds.

    Raises:
        RowRefused: it is no identifier, or known to be good.
    """
    read = cleaning.read_row(row)
    if isinstance(read, Refused):
        raise RowRefused(f"The identifier was not taken: {read.sentence_en}.", reason=read.reason, sentence_zh=read.sentence_zh, sentence_en=read.sentence_en)
    add_many(work, [row], tokens)
    (entry,) = repository.held(work, [cleaning.index_of(read.kind, read.value)], [])
    return entry


def judge(work: Work, indicator_id: str, state: IndicatorState, reason: str) -> Indicator:
    """Confirm, clear or suspect again, with a reason that stays with the entry. The same judgement twice is refused, not repeated.

    Raises:
        IndicatorNotFound, ReasonNeeded, WrongState.
    """
    why = reason.strip()
    if len(why) < SHORTEST_REASON:
        raise ReasonNeeded
    entry = repository.by_id(work, indicator_id, lock=True)
    if entry is None:
        raise IndicatorNotFound(indicator=indicator_id)
    before = IndicatorState(entry.state)
    if not may_become(before, state):
        raise WrongState(before=before, after=state)
    entry.state = state.value
    if state in (IndicatorState.SUSPECTED, IndicatorState.CONFIRMED) and entry.expires_at and entry.expires_at <= clock.now():
        entry.expires_at = None
    actor_name = work.scope.principal.name if work.scope.principal else work.actor
    work.session.add(
        Judgement(
            id=new_id(), indicator_id=entry.id, at=clock.now(), actor=work.actor, actor_name=actor_name, state_before=before.value,
            state_after=state.value, reason=why,
        )
    )  # fmt: skip
    work.session.flush()
    is_flagged = state in (IndicatorState.SUSPECTED, IndicatorState.CONFIRMED)
    work.publish(IndicatorsChanged(flagged=tuple(entry.tokens)) if is_flagged else IndicatorsChanged(unflagged=tuple(entry.tokens)))
    work.audit("indicator.judged", f"indicator:{entry.id}", {"before": before, "after": state})
    return entry


def clear(work: Work, indicator_id: str, reason: str) -> Indicator:
    """`judge` as cleared: it is not, or no longer, used for fraud."""
    return judge(work, indicator_id, IndicatorState.CLEARED, reason)


def expire(work: Work) -> int:
    """Let entries past their term expire; returns how many tokens are flagged no more. Repeating it changes nothing."""
    unflagged = repository.expire(work, clock.now())
    if unflagged:
        work.publish(IndicatorsChanged(unflagged=tuple(unflagged)))
        work.audit("indicators.expired", "indicators", {"tokens": len(unflagged)})
    return len(unflagged)


def flagged_tokens(work: Work, kinds: Collection[Kind] = (), at: datetime | None = None) -> dict[str, Flag]:
    """Token → what it is flagged for, of everything flagged now (or that would not have expired by `at`); all kinds where none is named.

    Where two entries share a token the surer one wins: the confirmed, then the more confident.
    """
    flags: dict[str, tuple[tuple[int, int], Flag]] = {}
    for tokens, state, fraud_type, confidence in repository.flagged(work, kinds, at or clock.now()):
        settled = IndicatorState(state)
        sureness = (1 if settled is IndicatorState.CONFIRMED else 0, confidence)
        for token in tokens:
            if token not in flags or sureness > flags[token][0]:
                flags[token] = (sureness, Flag(settled, FraudType(fraud_type), level_of(settled, confidence)))
    return {token: flag for token, (_, flag) in flags.items()}


def get(work: Work, indicator_id: str) -> Detail:
    """Raises IndicatorNotFound."""
    entry = repository.by_id(work, indicator_id)
    if entry is None:
        raise IndicatorNotFound(indicator=indicator_id)
    steps = tuple(state for state in IndicatorState if state is not IndicatorState.EXPIRED and may_become(IndicatorState(entry.state), state))
    return Detail(entry, repository.claims(work, indicator_id), repository.judgements(work, indicator_id), steps)


def reveal(work: Work, indicator_id: str, purpose: str) -> str:
    """The identifier in clear, for a stated purpose that goes into the audit log.

    Raises:
        IndicatorNotFound, ReasonNeeded.
    """
    why = purpose.strip()
    if len(why) < SHORTEST_REASON:
        raise ReasonNeeded("Say for what purpose you need the full identifier.")
    entry = get(work, indicator_id).indicator
    work.audit("indicator.revealed", f"indicator:{indicator_id}", {"purpose": why[:200]})
    return entry.value


def search(
    work: Work, *, words: str = "", kind: Kind | None = None, state: IndicatorState | None = None, fraud_type: FraudType | None = None, source: str = "",
    page: PageRequest | None = None,
) -> Page[Indicator]:  # fmt: skip
    """The newest first. `words`: a whole number, account or address as written, or a part of a site's name."""
    return repository.search(work, _filters(words, kind, state, fraud_type, source), page or PageRequest())


def export(
    work: Work, *, words: str = "", kind: Kind | None = None, state: IndicatorState | None = None, fraud_type: FraudType | None = None, source: str = ""
) -> Iterator[Indicator]:
    """The same rows as `search`, all of them up to `MOST_EXPORTED`; audited."""
    work.audit("indicators.exported", "indicators", {"kind": kind, "state": state, "fraud_type": fraud_type, "source": source, "searched": bool(words)})
    yield from repository.stream(work, _filters(words, kind, state, fraud_type, source), MOST_EXPORTED)


def counts(work: Work) -> dict[tuple[str, str], int]:
    """(state, kind) → how many."""
    return repository.counts(work)


def sources(work: Work) -> list[str]:
    """Who named identifiers, by name."""
    return repository.sources(work)


def _filters(words: str, kind: Kind | None, state: IndicatorState | None, fraud_type: FraudType | None, source: str) -> Filters:
    text = words.strip()
    return Filters(kind, state, fraud_type, source, checking.indexes_of(text) if text else (), text.lower() if text else "")
