"""From the rows of a list to entries that can be stored: recognised, cleaned, held against the known good, and merged."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from fanzha.desks.indicators import known_good
from fanzha.desks.indicators.domain import IndicatorRow, IndicatorState, Refused
from fanzha.desks.indicators.known_good import Good, Local
from fanzha.kit.ids import new_id
from fanzha.lake.tokens import Tokens
from fanzha.store import crypto
from fanzha.vocab import identifiers
from fanzha.vocab.fraud_types import FraudType
from fanzha.vocab.identifiers import Identifier, InvalidIdentifier, Kind
from fanzha.vocab.identifiers.web import is_ip, owned_domain

KNOWN_GOOD = "known_good"
"""Why a protected identifier is refused."""
_REMEDY_ZH = "确属涉诈的，由有权限的人写明依据后逐个录入，再重放这一行"
_REMEDY_EN = "Where it is used for fraud all the same, somebody who may adds it by hand with the grounds, and the row is replayed"


@dataclass
class Entry:
    """One identifier of a list with all that the list says of it."""

    id: str
    identifier: Identifier
    index: str
    tokens: tuple[str, ...]
    site: str | None
    note: str
    state: IndicatorState
    fraud_type: FraudType
    confidence: int
    seen_at: datetime | None
    expires_at: datetime | None
    claims: dict[str, IndicatorRow] = field(default_factory=dict)
    """By source; the surest row of each."""

    @property
    def first_source(self) -> str:
        return next(iter(self.claims))


@dataclass
class Cleaned:
    """`repeated` counts rows whose identifier stood earlier in the same list."""

    entries: dict[str, Entry] = field(default_factory=dict)
    refused: list[Refused] = field(default_factory=list)
    repeated: int = 0


Overridden = Callable[[Collection[str]], Collection[str]]
"""Which of some blind indexes somebody answers for although they are known to be good."""


def clean_rows(rows: Iterable[IndicatorRow], tokens: Tokens, overridden: Overridden = lambda _: (), local: Local = known_good.NOTHING) -> Cleaned:
    """Each distinct identifier once; rows that cannot be taken, with the reason."""
    cleaned = Cleaned()
    read_rows = [(row, read_row(row, local)) for row in rows]
    excepted = _excepted(read_rows, overridden)
    for row, judged in read_rows:
        read = excepted.get(id(row), judged)
        if isinstance(read, Refused):
            cleaned.refused.append(read)
            continue
        index = index_of(read.kind, read.value)
        held = cleaned.entries.get(index)
        if held is None:
            cleaned.entries[index] = _entry(row, read, index, tokens)
        else:
            cleaned.repeated += 1
            _merge(held, row)
    return cleaned


def _excepted(rows: Iterable[tuple[IndicatorRow, Identifier | Refused]], overridden: Overridden) -> dict[int, Identifier]:
    """By the row's identity: protected identifiers that somebody answers for."""
    protected: dict[int, Identifier] = {}
    for row, judged in rows:
        if isinstance(judged, Refused) and judged.reason == KNOWN_GOOD:
            read = read_value(row)
            if isinstance(read, Identifier):
                protected[id(row)] = read
    if not protected:
        return {}
    indexes = {place: index_of(read.kind, read.value) for place, read in protected.items()}
    answered = overridden(set(indexes.values()))
    return {place: protected[place] for place, index in indexes.items() if index in answered}


def read_row(row: IndicatorRow, local: Local = known_good.NOTHING) -> Identifier | Refused:
    """The row's identifier, or why it is not taken."""
    identifier = read_value(row)
    if isinstance(identifier, Refused):
        return identifier
    good = why_good(identifier, local)
    if good is not None:
        return Refused(row.row_number, KNOWN_GOOD, f"在白名单中：{good.zh}。{_REMEDY_ZH}", f"it is known to be good: {good.en}. {_REMEDY_EN}")
    return identifier


def read_value(row: IndicatorRow) -> Identifier | Refused:
    """The row's identifier, known to be good or not, or why it is none."""
    try:
        identifier = identifiers.clean(row.kind, row.value) if row.kind else identifiers.recognise(row.value)
    except InvalidIdentifier as error:
        return Refused(row.row_number, error.reason, error.zh, error.en)
    if identifier is None:
        return Refused(row.row_number, "unrecognised", "认不出是哪一类标识", "it is no identifier of a known kind")
    return identifier


def why_good(identifier: Identifier, local: Local) -> Good | None:
    """Why it must not be listed, by the shipped list or the city's own; None where it may be."""
    good = known_good.shipped().why(identifier)
    return good if good is not None or not local else local.why(index_of(identifier.kind, identifier.value), site_of(identifier) or "")


def index_of(kind: Kind, value: str) -> str:
    """The blind index under which the registry holds it: a card and an account of one number are one entry."""
    return crypto.blind_index(f"indicator:{identifiers.token_kind(kind).value}", value)


def indexes_of(kind: Kind, values: Iterable[str]) -> list[str]:
    """`index_of` of many values of one kind."""
    return crypto.blind_indexes(f"indicator:{identifiers.token_kind(kind).value}", values)


def site_of(identifier: Identifier) -> str | None:
    """The host of a site; None for everything else."""
    if identifier.kind is Kind.URL:
        return str(identifier.facts["host"])
    return identifier.value if identifier.kind is Kind.DOMAIN else None


def tokens_of(identifier: Identifier, tokens: Tokens) -> tuple[str, ...]:
    """The tokens under which events may name it. A page on a host that also serves the innocent is flagged as itself alone; an address of numbers may
    stand in the lake as a host or as an IP address."""
    own = tokens.seal(identifier.kind.value, identifier.value)
    host = identifier.value if identifier.kind is Kind.IP else site_of(identifier)
    if host is None:
        return (own,)
    if is_ip(host):
        return tokens.seal("ip", host), tokens.seal("domain", host)
    good = known_good.shipped()
    hosts = dict.fromkeys(name for name in (host, owned_domain(host)) if not good.covers(name))
    return tuple(tokens.seal("domain", name) for name in hosts) or (own,)


def _entry(row: IndicatorRow, identifier: Identifier, index: str, tokens: Tokens) -> Entry:
    return Entry(
        new_id(), identifier, index, tokens_of(identifier, tokens), site_of(identifier), row.note, row.state, row.fraud_type, row.confidence,
        row.seen_at, row.expires_at, {row.source: row},
    )  # fmt: skip


def _merge(held: Entry, row: IndicatorRow) -> None:
    """The surer state, the higher confidence, the first fraud type that is one, the longest term (no term is the longest), the latest sighting."""
    if row.state is IndicatorState.CONFIRMED:
        held.state = row.state
    held.confidence = max(held.confidence, row.confidence)
    if held.fraud_type is FraudType.OTHER:
        held.fraud_type = row.fraud_type
    held.note = held.note or row.note
    held.seen_at = max((at for at in (held.seen_at, row.seen_at) if at), default=None)
    held.expires_at = None if held.expires_at is None or row.expires_at is None else max(held.expires_at, row.expires_at)
    before = held.claims.get(row.source)
    if before is None or row.confidence > before.confidence:
        held.claims[row.source] = row
