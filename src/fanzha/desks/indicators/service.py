"""Use cases of the indicators desk."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from fanzha.desks.indicators import checking, cleaning, judging, life_repository, local_good, numbers, repository, sharing
from fanzha.desks.indicators.checking import check
from fanzha.desks.indicators.domain import FLAGGED, Added, Flag, IndicatorRow, IndicatorState, Refused, level_of, may_become
from fanzha.desks.indicators.errors import IndicatorNotFound, ReasonNeeded, RowRefused
from fanzha.desks.indicators.events import IndicatorsChanged
from fanzha.desks.indicators.judging import SHORTEST_REASON, decay, decide, expire, judge, override, remark, remarks, sight, vote
from fanzha.desks.indicators.model import Claim, Export, Indicator, Judgement, Proposal, Retraction, Sighting, Vote
from fanzha.desks.indicators.repository import Filters
from fanzha.desks.indicators.sharing import Recipient
from fanzha.kit import clock
from fanzha.kit.paging import Page, PageRequest
from fanzha.lake.tokens import Tokens
from fanzha.store import Work
from fanzha.vocab.fraud_types import FraudType
from fanzha.vocab.identifiers import Kind

__all__ = [
    "Detail", "add_many", "add_one", "check", "clear", "counts", "decay", "decide", "expire", "export", "flagged_tokens", "get", "judge", "override", "remark",
    "remarks", "reveal", "review_count", "search", "sight", "sources", "vote",
]  # fmt: skip

MOST_EXPORTED = 100_000


@dataclass(frozen=True)
class Detail:
    """An indicator with what each source says and how it was judged."""

    indicator: Indicator
    claims: Sequence[Claim]
    judgements: Sequence[Judgement]
    may_become: tuple[IndicatorState, ...]
    waiting: Proposal | None = None
    sightings: Sequence[Sighting] = ()
    votes: Sequence[Vote] = ()
    """Those since the last judgement; `is_under_review` where they are enough."""
    is_under_review: bool = False
    exports: Sequence[tuple[Export, Retraction | None]] = ()
    runs_out_at: datetime | None = None
    """When trust will have worn off if nobody sees it again."""


def add_many(work: Work, rows: Iterable[IndicatorRow], tokens: Tokens) -> Added:
    """Take a list into the registry. Idempotent: the same list again changes nothing and counts as duplicates.

    An identifier that is held already keeps its state unless the row knows more (`suspected` → `confirmed`, expired → flagged again); one that was cleared
    stays cleared. What each source says is kept beside it.
    """
    cleaned = cleaning.clean_rows(rows, tokens, lambda indexes: life_repository.overridden(work, indexes), local_good.in_force(work))
    entries, now = list(cleaned.entries.values()), clock.now()
    inserted = repository.insert_new(work, entries, now)
    known = [entry for entry in entries if entry.index not in inserted]
    seen = life_repository.of_list(work, entries, now)
    renewed = life_repository.sight(work, seen, now)
    changed = repository.enrich(work, known, now)
    repository.add_claims(work, entries, now)
    sharing.lift(work, {each.indicator_id for each in seen})
    added = Added(len(inserted), len(known) + cleaned.repeated, tuple(cleaned.refused))
    flagged = [token for entry in entries if entry.index in inserted for token in entry.tokens] + changed
    flagged += [token for _, tokens_of_one in renewed.news for token in tokens_of_one]
    if flagged:
        work.publish(IndicatorsChanged(flagged=tuple(dict.fromkeys(flagged))))
    work.audit("indicators.added", "indicators", {"accepted": added.accepted, "duplicates": added.duplicates, "refused": len(added.refused)})
    return added


def add_one(work: Work, row: IndicatorRow, tokens: Tokens) -> Indicator:
    """Add one by hand; the one that is held already comes back with what the row adds.

    Raises:
        RowRefused: it is no identifier, or known to be good and nobody answers for it.
    """
    read = cleaning.read_row(row, local_good.in_force(work))
    if isinstance(read, Refused) and read.reason == cleaning.KNOWN_GOOD:
        value = cleaning.read_value(row)
        if not isinstance(value, Refused) and life_repository.overridden(work, [cleaning.index_of(value.kind, value.value)]):
            read = value
    if isinstance(read, Refused):
        raise RowRefused(f"The identifier was not taken: {read.sentence_en}.", reason=read.reason, sentence_zh=read.sentence_zh, sentence_en=read.sentence_en)
    add_many(work, [row], tokens)
    (entry,) = repository.held(work, [cleaning.index_of(read.kind, read.value)], [])
    return entry


def clear(work: Work, indicator_id: str, reason: str) -> Indicator:
    """`judge` as cleared: it is not, or no longer, used for fraud."""
    return judge(work, indicator_id, IndicatorState.CLEARED, reason)


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
    votes, is_flagged = judging.standing_votes(work, indicator_id), entry.state in FLAGGED
    rule = numbers.decay(work)
    return Detail(
        entry,
        repository.claims(work, indicator_id),
        repository.judgements(work, indicator_id),
        steps,
        life_repository.waiting(work, indicator_id),
        life_repository.sightings(work, indicator_id),
        votes,
        is_flagged and len(votes) >= numbers.votes_for_review(work),
        list(sharing.exports_of(work, indicator_id)),
        rule.lasts_until(Kind(entry.kind), entry.base_confidence, entry.renewed_at) if is_flagged else None,
    )


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
    review: bool = False, page: PageRequest | None = None,
) -> Page[Indicator]:  # fmt: skip
    """The newest first. `words`: a whole number, account or address as written, or a part of a site's name. `review`: only what enough votes hold for a mistake."""
    filters = _filters(words, kind, state, fraud_type, source)
    return repository.search(work, _reviewed(work, filters) if review else filters, page or PageRequest())


def review_count(work: Work) -> int:
    """How many flagged entries enough votes hold for a mistake."""
    return repository.search(work, _reviewed(work, Filters()), PageRequest()).total


def _reviewed(work: Work, filters: Filters) -> Filters:
    return replace(filters, review=max(1, numbers.votes_for_review(work)))


def export(
    work: Work, *, words: str = "", kind: Kind | None = None, state: IndicatorState | None = None, fraud_type: FraudType | None = None, source: str = "",
    recipient: Recipient | None = None,
) -> Iterator[Indicator]:  # fmt: skip
    """The same rows as `search`, all of them up to `MOST_EXPORTED`; audited, and remembered entry by entry for the recipient (by default one's own unit)."""
    filters = _filters(words, kind, state, fraud_type, source)
    work.audit("indicators.exported", "indicators", {"kind": kind, "state": state, "fraud_type": fraud_type, "source": source, "searched": bool(words)})
    principal = work.scope.principal
    own = Recipient(work.scope.org_id, principal.org_name if principal else work.actor)
    sharing.remember(work, recipient or own, repository.matching_ids(work, filters, MOST_EXPORTED))
    yield from repository.stream(work, filters, MOST_EXPORTED)


def counts(work: Work) -> dict[tuple[str, str], int]:
    """(state, kind) → how many."""
    return repository.counts(work)


def sources(work: Work) -> list[str]:
    """Who named identifiers, by name."""
    return repository.sources(work)


def _filters(words: str, kind: Kind | None, state: IndicatorState | None, fraud_type: FraudType | None, source: str) -> Filters:
    text = words.strip()
    return Filters(kind, state, fraud_type, source, checking.indexes_of(text) if text else (), text.lower() if text else "")
