"""What pages and documents say about a series."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from statistics import median
from typing import Any

from fanzha.desks.series import graph, linkables, passages, series_queries, service, value_queries, words
from fanzha.desks.series.errors import PurposeNeeded
from fanzha.desks.series.passages import Passage
from fanzha.desks.series.service import Detail
from fanzha.desks.series.words import Pair, reason_words, tie_words
from fanzha.engine.linking.kinds import Shared
from fanzha.engine.linking.link import MEANING
from fanzha.kit import clock
from fanzha.store import Work

SHORTEST_PURPOSE = 4
COUNTY = 6


@dataclass(frozen=True)
class ShownTie:
    """A value that ties the series, masked, with the words that explain it."""

    kind: str
    shown: str
    cases: int
    known_by: int
    bits: float
    words: Pair


@dataclass(frozen=True)
class ShownCandidate:
    """A series (number, None for single cases) that a report or case may belong to. `series_id` is '' where the reader may not open it."""

    series_id: str
    number: int | None
    cases: int
    counties: Mapping[str, int]
    bits: float
    is_likely: bool
    words: tuple[Pair, ...]


def ties(work: Work, detail: Detail) -> list[ShownTie]:
    """What ties the cases that the reader may see, the most telling first."""
    shown = graph.masks(work, [case.id for _, case in detail.cases])
    found = []
    for tie in detail.ties:
        text = shown.get((tie.value, int(tie.kind)), graph.HIDDEN)
        told = tie_words(tie.kind, text, tie.cases, tie.known_by, tie.bits)
        found.append(ShownTie(tie.kind.name.lower(), text, tie.cases, tie.known_by, tie.bits, told))
    return sorted([*found, *_script_tie(work, detail), *_meaning_tie(work, detail)], key=lambda tie: -tie.bits)


def _script_tie(work: Work, detail: Detail) -> list[ShownTie]:
    """One line for all places of the script: how many cases share some, and how alike a typical one is to the rest."""
    places = value_queries.script_places(work, [case.id for _, case in detail.cases])
    if not places:
        return []
    by_case: dict[str, list[float]] = {}
    for cases, bits in places.values():
        for case in cases:
            by_case.setdefault(case, []).append(bits)
    alike = words.similarity(round(median(len(each) for each in by_case.values())))
    bits = median(sum(each) for each in by_case.values())
    name = Shared.SCRIPT.name.lower()
    return [ShownTie(name, "", len(by_case), len(by_case), bits, words.script_words(len(by_case), alike, bits))]


def _meaning_tie(work: Work, detail: Detail) -> list[ShownTie]:
    """One line for all that tell the same in other words."""
    pairs = value_queries.likeness(work, [case.id for _, case in detail.cases])
    if not pairs:
        return []
    cases = len({end for one, other, _, _ in pairs for end in (one, other)})
    alike, bits = median(pair[2] for pair in pairs), median(pair[3] for pair in pairs)
    return [ShownTie(MEANING, "", cases, cases, bits, words.meaning_words(cases, alike, bits))]


def drawn(work: Work, series_id: str, around: str = "") -> graph.Graph:
    """The graph of the series. Raises SeriesNotFound."""
    detail = service.get(work, series_id)
    return graph.draw(work, [case for _, case in detail.cases], detail.ties, around=around)


def by_county(by_region: Mapping[str, int]) -> dict[str, int]:
    """Cases by county, the most first: what lies below a county is counted there."""
    found: Counter[str] = Counter()
    for region, cases in by_region.items():
        found[region[:COUNTY]] += cases
    return dict(found.most_common())


def by_day(detail: Detail) -> list[tuple[date, int]]:
    """Cases by the Chinese day on which they were reported, from the first to the last; by the month's first day where that is more than two months."""
    days = [clock.local_day(case.received_at) for _, case in detail.cases]
    if days and (max(days) - min(days)).days > 62:
        days = [day.replace(day=1) for day in days]
    return sorted(Counter(days).items())


def script(work: Work, series_id: str, purpose: str) -> list[Passage]:
    """The passages that the narratives share, for a stated purpose that goes into the audit log.

    Raises:
        SeriesNotFound, PurposeNeeded.
    """
    why = purpose.strip()
    if len(why) < SHORTEST_PURPOSE:
        raise PurposeNeeded
    detail = service.get(work, series_id)
    told = linkables.narratives(work, [case.id for _, case in detail.cases[: passages.MOST_TEXTS]])
    work.audit("series.script_read", f"series:{series_id}", {"cases": len(told), "purpose": why[:200]})
    return passages.common(told)


def candidates(work: Work, linkable_id: str) -> list[ShownCandidate]:
    """Series that a report or case may belong to, each reason in words; what it shares is shown masked, for it stands in itself."""
    shown = graph.masks(work, [linkable_id])
    rows = service.candidates(work, linkable_id)
    readable = series_queries.open_series(work, [row.series_id for row in rows if row.series_id])
    return [
        ShownCandidate(
            row.series_id if row.series_id in readable else "", row.number, row.cases, by_county(row.by_region), row.bits, row.is_likely,
            tuple(reason_words(reason, _shown(shown, reason)) for reason in row.reasons),
        )
        for row in rows
    ]  # fmt: skip


def _shown(shown: Mapping[tuple[int, int], str], reason: Mapping[str, Any]) -> str:
    return shown.get((int(reason["value"]), int(reason["kind"])), graph.HIDDEN) if reason["value"] else ""


def kind_names(*, zh: bool) -> dict[str, str]:
    """Name of each kind of shared value, by its code on pages."""
    return {kind.name.lower(): pair[0 if zh else 1] for kind, pair in words.NAMES.items()}


__all__: Sequence[str] = ["ShownCandidate", "ShownTie", "by_county", "by_day", "candidates", "drawn", "kind_names", "script", "ties"]
