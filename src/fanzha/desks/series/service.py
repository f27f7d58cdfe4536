"""Use cases of the series desk: what an analyst sees of series, and decides about them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from fanzha.desks.series import candidate_queries, linkables, series_queries, value_queries
from fanzha.desks.series.candidates import consider
from fanzha.desks.series.domain import OPEN, DecisionKind, SeriesState, Tie, may
from fanzha.desks.series.errors import CasesNeeded, NotYoursAlone, OtherSeriesNeeded, ReasonNeeded, SeriesNotFound, WrongStep
from fanzha.desks.series.events import SeriesDecided
from fanzha.desks.series.hot import hot
from fanzha.desks.series.linkables import LinkedCase
from fanzha.desks.series.model import Apart, Candidate, Decision, Member, Series
from fanzha.desks.series.series_queries import Filters
from fanzha.desks.series.taking import add_links, replace_links, take_again, take_waiting
from fanzha.kit import clock
from fanzha.kit.ids import new_id
from fanzha.kit.paging import Page, PageRequest
from fanzha.store import Work

__all__ = [
    "Detail", "Filters", "accept", "across_counties", "add_links", "candidates", "consider", "get", "hot", "merge", "of_linkable", "reject", "replace_links",
    "search", "split", "take_again", "take_waiting",
]  # fmt: skip

SHORTEST_REASON = 4
MOST_SPLIT = 2_000


@dataclass(frozen=True)
class Detail:
    """A series as far as the reader may see it. `cases`: those in the reader's area; `hidden`: how many others there are; `steps`: what may be done now."""

    series: Series
    cases: Sequence[tuple[Member, LinkedCase]]
    ties: Sequence[Tie]
    decisions: Sequence[Decision]
    hints: Sequence[Series]
    steps: frozenset[DecisionKind] = field(default_factory=frozenset)

    @property
    def hidden(self) -> int:
        return max(0, self.series.cases - len(self.cases))


def search(work: Work, filters: Filters, page: PageRequest) -> Page[Series]:
    """Series that have a case in the reader's area; those that wait for a decision first."""
    return series_queries.search(work, filters, page)


def get(work: Work, series_id: str) -> Detail:
    """Raises SeriesNotFound."""
    series = _series(work, series_id)
    cases = linkables.members(work, series_id)
    whole = len(cases) == series.cases
    steps = frozenset(kind for kind in DecisionKind if whole and may(SeriesState(series.state), kind, series.unsettled))
    return Detail(
        series, cases, value_queries.ties(work, [case.id for _, case in cases]), series_queries.decisions(work, series_id), series_queries.hints(work, series_id), steps
    )


def of_linkable(work: Work, linkable_id: str) -> Series | None:
    """The series that a report or case is in; None where it is in none. `linkable_id`: see `linkables.of_report` and `of_case`."""
    member = series_queries.member_of(work, linkable_id)
    return series_queries.by_id(work, member.series_id) if member is not None else None


def candidates(work: Work, linkable_id: str) -> list[Candidate]:
    """Series and single cases that a report or case may belong to, as found when it came in; the likeliest first."""
    return candidate_queries.candidates(work, linkable_id)


def across_counties(work: Work, region: str, since: datetime, until: datetime, most: int) -> list[Series]:
    """Series of more than one county that have a case of the region received in [since, until), those of most cases first."""
    return series_queries.across_counties(work, region, since, until, most)


# ---- decisions


def accept(work: Work, series_id: str, reason: str, *, cases: int | None = None) -> Series:
    """One gang did all of it. No linking takes these cases apart again. `cases`: how many the analyst saw; with another number meanwhile nothing is settled.

    Raises:
        SeriesNotFound, ReasonNeeded, NotYoursAlone, WrongStep.
    """
    series, members = _for_decision(work, series_id, DecisionKind.ACCEPT, reason)
    if cases is not None and cases != len(members):
        raise WrongStep("The series has got or lost cases meanwhile.")
    series_queries.pin(work, series_id, list(linkables.family(work, members)))
    series.state = SeriesState.ACCEPTED.value
    return _settle(work, series, DecisionKind.ACCEPT, reason, len(members))


def reject(work: Work, series_id: str, reason: str, *, mute: bool = False) -> Series:
    """They have nothing to do with each other: none of these cases is joined to another of them again, and what they share links them to no other case either.
    `mute`: what they share says nothing at all, and never links any cases.

    Raises:
        SeriesNotFound, ReasonNeeded, NotYoursAlone, WrongStep.
    """
    series, members = _for_decision(work, series_id, DecisionKind.REJECT, reason)
    shared = {(tie.value, int(tie.kind)) for tie in value_queries.ties(work, members)}
    series.state = SeriesState.REJECTED.value
    decision = _decide(work, series, DecisionKind.REJECT, reason, len(members))
    seen = linkables.family(work, members)
    hands = [[each for each, live in seen.items() if live == member] for member in members]
    _tell_apart(work, decision, hands)
    for hand in hands:
        value_queries.hush(work, hand, [each for each in seen if each not in hand])
    if mute:
        series_queries.mute(work, shared, decision)
    series_queries.release(work, list(seen))
    return _after(work, series, DecisionKind.REJECT, len(members))


def split(work: Work, series_id: str, linkable_ids: Sequence[str], reason: str) -> Series:
    """The chosen cases are of another hand than the rest: no linking joins the two sides again. Among themselves the chosen ones may be one series.

    Raises:
        SeriesNotFound, ReasonNeeded, NotYoursAlone, WrongStep, CasesNeeded.
    """
    series, members = _for_decision(work, series_id, DecisionKind.SPLIT, reason)
    chosen = [each for each in members if each in set(linkable_ids)]
    rest = [each for each in members if each not in set(linkable_ids)]
    if not chosen or not rest or len(chosen) != len(set(linkable_ids)):
        raise CasesNeeded(series=series_id)
    decision = _decide(work, series, DecisionKind.SPLIT, reason, len(chosen))
    _tell_apart(work, decision, [list(linkables.family(work, side)) for side in (rest, chosen)])
    gone = members if len(rest) == 1 else chosen
    series_queries.release(work, list(linkables.family(work, gone)))
    if gone is members:
        series.state = SeriesState.DISSOLVED.value
    return _after(work, series, DecisionKind.SPLIT, len(chosen))


def merge(work: Work, series_id: str, other_number: int, reason: str) -> Series:
    """The other series is the same gang's: its cases come into this one, and both are settled. Earlier decisions that told them apart are overruled.

    Raises:
        SeriesNotFound, ReasonNeeded, NotYoursAlone, WrongStep, OtherSeriesNeeded.
    """
    series, members = _for_decision(work, series_id, DecisionKind.MERGE, reason)
    other = series_queries.by_number(work, other_number)
    if other is None or other.id == series_id or SeriesState(other.state) not in OPEN:
        raise OtherSeriesNeeded(number=other_number)
    theirs = _members(work, other)
    both = list(linkables.family(work, [*members, *theirs]))
    _overrule(work, both)
    value_queries.unhush(work, both)
    series_queries.pin(work, series_id, both)
    series.state = SeriesState.ACCEPTED.value
    other.state, other.merged_into = SeriesState.MERGED.value, series_id
    _decide(work, other, DecisionKind.MERGE, reason, len(theirs))
    series_queries.refresh(work, [other.id])
    return _settle(work, series, DecisionKind.MERGE, reason, len(members) + len(theirs))


def _series(work: Work, series_id: str) -> Series:
    found = series_queries.by_id(work, series_id)
    if found is None:
        raise SeriesNotFound(series=series_id)
    return found


def _for_decision(work: Work, series_id: str, kind: DecisionKind, reason: str) -> tuple[Series, list[str]]:
    """The series and its cases, with nobody else deciding until the transaction ends."""
    if len(reason.strip()) < SHORTEST_REASON:
        raise ReasonNeeded
    series_queries.lock(work)
    series = _series(work, series_id)
    if not may(SeriesState(series.state), kind, series.unsettled):
        raise WrongStep(state=series.state, step=kind.value)
    return series, _members(work, series)


def _members(work: Work, series: Series) -> list[str]:
    """Raises NotYoursAlone: some are outside the reader's area."""
    found = [case.id for _, case in linkables.members(work, series.id)]
    if len(found) != series.cases:
        raise NotYoursAlone(series=series.id)
    return found


def _decide(work: Work, series: Series, kind: DecisionKind, reason: str, cases: int) -> str:
    actor_name = work.scope.principal.name if work.scope.principal else work.actor
    decision = Decision(
        id=new_id(), series_id=series.id, kind=kind.value, cases=cases, at=clock.now(), actor=work.actor, actor_name=actor_name, reason=reason.strip()
    )
    work.session.add(decision)
    work.session.flush()
    return decision.id


def _settle(work: Work, series: Series, kind: DecisionKind, reason: str, cases: int) -> Series:
    _decide(work, series, kind, reason, cases)
    return _after(work, series, kind, cases)


def _after(work: Work, series: Series, kind: DecisionKind, cases: int) -> Series:
    series_queries.refresh(work, [series.id])
    work.audit(f"series.{_PAST[kind]}", f"series:{series.id}", {"cases": cases})
    work.publish(SeriesDecided(series.id, kind, cases))
    work.defer("series.relink", once="series.relink")
    return _series(work, series.id)


_PAST = {DecisionKind.ACCEPT: "accepted", DecisionKind.REJECT: "rejected", DecisionKind.SPLIT: "split", DecisionKind.MERGE: "merged"}


def _tell_apart(work: Work, decision: str, sides: Sequence[Sequence[str]]) -> None:
    work.session.add_all(Apart(decision_id=decision, linkable_id=each, side=number) for number, side in enumerate(sides) for each in side)
    work.session.flush()


def _overrule(work: Work, ids: Sequence[str]) -> None:
    """Of each earlier decision the cases now stand on one side: the latest word counts."""
    first: dict[str, int] = {}
    for row in series_queries.apart_rows(work, ids):
        row.side = first.setdefault(row.decision_id, row.side)
    work.session.flush()
