"""Is this number, site or account known? The answer says no more than that."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from fanzha.desks.indicators import known_good, local_good, repository
from fanzha.desks.indicators.cleaning import index_of, site_of, why_good
from fanzha.desks.indicators.domain import Answer, IndicatorState, Verdict
from fanzha.kit import clock
from fanzha.store import Work
from fanzha.vocab import identifiers
from fanzha.vocab.fraud_types import FraudType
from fanzha.vocab.identifiers import Identifier, InvalidIdentifier, Kind
from fanzha.vocab.identifiers.web import owned_domain

LONGEST = 300
_AMBIGUOUS = (Kind.PHONE, Kind.BANK_ACCOUNT, Kind.QQ, Kind.WECHAT, Kind.IM, Kind.APP)
"""What the same characters may also be, tried after the likeliest kind."""
UNREADABLE = Verdict(Answer.UNREADABLE, None, "", note_zh="认不出这是什么号码或网址", note_en="this is no number or address of a known kind")


def check(work: Work, raw: str, kind: Kind | None = None) -> Verdict:
    """What the registry knows of a value as somebody typed it; `kind` where they said what it is.

    A site counts as known where its own page, its host, or the domain its owner registered is listed.
    """
    found_readings = list(readings(raw[:LONGEST], kind))
    if not found_readings:
        return UNREADABLE._replace(kind=kind)
    first = found_readings[0]
    indexes = [index_of(item.kind, item.value) for item in found_readings]
    now = clock.now()
    found = [entry for entry in repository.held(work, indexes, hosts_of(found_readings)) if not (entry.expires_at and entry.expires_at <= now)]
    masked = identifiers.mask(first.kind, first.value)
    for state, answer in ((IndicatorState.CONFIRMED, Answer.DANGER), (IndicatorState.SUSPECTED, Answer.CAUTION)):
        entry = next((entry for entry in found if entry.state == state), None)
        if entry is not None:
            return Verdict(answer, Kind(entry.kind), masked, FraudType(entry.fraud_type), entry.id)
    good = why_good(first, local_good.in_force(work))
    if good is not None:
        return Verdict(Answer.KNOWN_GOOD, first.kind, masked, note_zh=good.zh, note_en=good.en)
    return Verdict(Answer.NO_RECORD, first.kind, masked)


def readings(raw: str, kind: Kind | None) -> Iterator[Identifier]:
    """What the text may be, the likeliest first."""
    first = kind or identifiers.guess(raw)
    for candidate in dict.fromkeys(item for item in (first, *(() if kind else _AMBIGUOUS)) if item):
        try:
            yield identifiers.clean(candidate, raw)
        except InvalidIdentifier:
            continue


def hosts_of(some: Sequence[Identifier]) -> list[str]:
    """The hosts whose listing would cover the value: itself, with and without www, and what its owner registered unless that is a public platform."""
    return wider_hosts([host for host in map(site_of, some) if host])


def wider_hosts(hosts: list[str]) -> list[str]:
    """`hosts_of` hosts that are read already."""
    wider = [name for host in hosts for name in (host.removeprefix("www."), f"www.{host}", owned_domain(host)) if not known_good.shipped().covers(name)]
    return list(dict.fromkeys(hosts + wider))


def indexes_of(raw: str) -> tuple[str, ...]:
    """The blind indexes of everything the text may be, for a search by whole value."""
    return tuple(index_of(item.kind, item.value) for item in readings(raw[:LONGEST], None))
