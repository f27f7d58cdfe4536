"""What pages show of suspect numbers: the queue with where each number stands, one number with its levels, evidence and notices."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from fanzha.desks import identity
from fanzha.desks.controls import Order, State
from fanzha.desks.lines import numbers, repository
from fanzha.desks.lines.domain import MEASURES, PROTECT, VERIFY, Ladder, Standing, next_kinds, open_kinds, standing
from fanzha.desks.lines.errors import LineNotFound
from fanzha.desks.lines.model import LineEvidence, LineSuspect
from fanzha.desks.lines.repository import Filters
from fanzha.kit import clock
from fanzha.kit.paging import Page, PageRequest
from fanzha.store import Work
from fanzha.vocab.organisations import OrgKind

MOST_WAITING = 200


@dataclass(frozen=True)
class Row:
    """One number of the queue: where it stands and its leading evidence (of each rule or source the newest)."""

    suspect: LineSuspect
    standing: Standing
    open_kinds: tuple[str, ...]
    evidence: Sequence[LineEvidence]


@dataclass(frozen=True)
class Elsewhere:
    """A measure that another area has in force on the number: its kind and end, and nothing of the case behind it."""

    kind: str
    ends_at: datetime | None


@dataclass(frozen=True)
class NumberView:
    """One number: `suspect` is None where only a victim's line was protected. Orders the newest first."""

    index: str
    suspect: LineSuspect | None
    masked: str
    standing: Standing
    ladder: Ladder
    open_kinds: tuple[str, ...]
    orders: Sequence[Order]
    evidence: Sequence[LineEvidence]
    operator: str
    elsewhere: Sequence[Elsewhere]

    @property
    def in_force(self) -> list[Order]:
        return [order for order in self.orders if order.kind in MEASURES and order.state_now is State.IN_FORCE]


def queue(work: Work, filters: Filters, page: PageRequest) -> Page[Row]:
    """The most urgent first."""
    found = repository.search(work, filters, page)
    ladder, now = numbers.ladder(work, work.scope.region), clock.now()
    known = repository.known(work, [suspect.number_index for suspect in found.rows])
    evidence = repository.evidence(work, [suspect.id for suspect in found.rows])
    rows = []
    for suspect in found.rows:
        past = [one.past for one in known.get(suspect.number_index, ())]
        rows.append(Row(suspect, standing(past, ladder, now), open_kinds(past, ladder, now), newest(evidence.get(suspect.id, ()))))
    return Page(rows, found.total, page)


def newest(pieces: Sequence[LineEvidence]) -> list[LineEvidence]:
    """Of each rule or source the newest piece that stands."""
    found: dict[tuple[str, str], LineEvidence] = {}
    for piece in pieces:
        if piece.withdrawn_at is None:
            found.setdefault((piece.source, piece.name), piece)
    return list(found.values())


def number(work: Work, index: str) -> NumberView:
    """Raises LineNotFound: no suspect and no order of this index in sight."""
    suspect, orders = repository.by_index(work, index), repository.history(work, [index]).get(index, [])
    if suspect is None and not orders:
        raise LineNotFound(line=index)
    ladder, now = numbers.ladder(work, work.scope.region), clock.now()
    known = repository.known(work, [index]).get(index, [])
    past = [one.past for one in known]
    elsewhere = [Elsewhere(one.past.kind, one.ends_at) for one in known if not one.in_sight and one.past.state is State.IN_FORCE]
    pieces = repository.evidence(work, [suspect.id]).get(suspect.id, []) if suspect is not None else []
    org = next((name for key, name in operators(work) if suspect is not None and key == suspect.operator_org_id), "")
    masked = suspect.masked if suspect is not None else orders[0].masked_subject
    return NumberView(index, suspect, masked, standing(past, ladder, now), ladder, open_kinds(past, ladder, now), orders, pieces, org, elsewhere)


@dataclass(frozen=True)
class Stand:
    """Where a number of a case stands: `suspect` None where it is not in the queue (or in another area's); `following` are the steps that lead on."""

    suspect: LineSuspect | None
    standing: Standing
    following: tuple[str, ...]


def stands(work: Work, indexes: Collection[str]) -> dict[str, Stand]:
    """Number → where it stands."""
    suspects, known = repository.seen(work, indexes), repository.known(work, indexes)
    ladder, now = numbers.ladder(work, work.scope.region), clock.now()
    found = {}
    for index in indexes:
        past = [one.past for one in known.get(index, ())]
        found[index] = Stand(suspects.get(index), standing(past, ladder, now), next_kinds(past, ladder, now))
    return found


def find(work: Work, index: str) -> LineSuspect | None:
    """The suspect number of this index, where it is in sight."""
    return repository.by_index(work, index)


def operators(work: Work) -> list[tuple[str, str]]:
    """(id, name) of the operators in sight."""
    return [(org.id, org.name) for org in identity.service.organisations(work, kind=OrgKind.OPERATOR)]


@dataclass(frozen=True)
class Counts:
    """Figures over the queue: suspects by state; orders on numbers that wait, checks that run, measures in force, protections in force."""

    suspects: dict[str, int]
    to_approve: int
    checking: int
    in_force: int
    protected: int


def counts(work: Work) -> Counts:
    orders = repository.order_counts(work)
    waiting = (State.SENT.value, State.ACKNOWLEDGED.value)
    return Counts(
        repository.counts(work), sum(n for (_, state), n in orders.items() if state == State.REQUESTED.value),
        sum(n for (kind, state), n in orders.items() if kind == VERIFY and state in waiting),
        sum(n for (kind, state), n in orders.items() if kind in MEASURES - {PROTECT} and state == State.IN_FORCE.value),
        orders.get((PROTECT, State.IN_FORCE.value), 0),
    )  # fmt: skip


def waiting(work: Work) -> Sequence[Order]:
    """Orders on numbers that wait for approval, the oldest first."""
    return repository.waiting_orders(work, MOST_WAITING)


def protections(work: Work) -> Sequence[Order]:
    """The newest protective suspensions."""
    return repository.protections(work, 50)
