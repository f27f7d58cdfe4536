"""Follow withdrawn indicators to every place where they were used.

Each withdrawal is one transaction, so that a crash leaves it to the next run. It is walked once; what is then pending is settled when detection has looked
again. A withdrawal because a term or trust ran out says nothing of innocence: nobody is told to review a decision because of it, and
only what was handed over and what renews itself is followed.
"""

from __future__ import annotations

from collections.abc import Iterable

from fanzha.desks import detection, series
from fanzha.desks.detection.domain import Flags
from fanzha.desks.detection.tasks import counting_flags
from fanzha.desks.indicators import IndicatorState, withdrawing
from fanzha.desks.indicators.withdrawing import Outcome, Place, Reached, Told, Withdrawn
from fanzha.desks.sharing import places
from fanzha.desks.sharing.making import SCOPE
from fanzha.lake.lake import Lake
from fanzha.store import Database, Work
from fanzha.vocab import identifiers

MOST = 500
"""Withdrawals followed in one run."""


def follow(database: Database, lake: Lake) -> int:
    """Walk what is new, settle what is pending; returns how many withdrawals are settled now. Repeatable at any time."""
    with database.work(SCOPE) as work:
        open_now = withdrawing.unsettled(work, MOST)
        flags = counting_flags(work) if open_now else {}
    settled = 0
    for gone in open_now:
        with database.work(SCOPE) as work:
            settled += _follow_one(work, lake, gone, flags)
    return settled


def relisted(database: Database, withdrawal_ids: Iterable[str]) -> None:
    """The entries are flagged again: what was muted for them links again. Repeatable."""
    with database.work(SCOPE) as work:
        series.withdrawing.unmute(work, list(withdrawal_ids))


def _follow_one(work: Work, lake: Lake, gone: Withdrawn, flags: Flags) -> bool:
    if not gone.walked:
        _write(work, _walk(work, lake, gone))
        withdrawing.mark(work, gone.id, settled=False)
    _settle(work, lake, gone, flags)
    left = withdrawing.pending(work, gone.id)
    if not left:
        withdrawing.mark(work, gone.id, settled=True)
        work.audit("indicators.withdrawal_followed", f"indicator:{gone.indicator_id}", {"withdrawal": gone.id})
    return not left


def _walk(work: Work, lake: Lake, gone: Withdrawn) -> Iterable[places.Step]:
    yield from places.exports(work, gone)
    if gone.is_flagged_elsewhere:
        yield Reached(gone.id, Place.REGISTRY, "", "", Outcome.KEPT)
        return
    yield from places.screens(work, gone)
    if gone.state is not IndicatorState.CLEARED:
        yield Reached(gone.id, Place.DETECTION, "", "", Outcome.PENDING)
        return
    for place in (places.orders, places.incidents, places.linked, places.briefings):
        yield from place(work, gone)
    yield from places.detected(work, lake, gone)


def _settle(work: Work, lake: Lake, gone: Withdrawn, flags: Flags) -> None:
    """Findings are what detection says of them without it; then the warnings that they are in follow."""
    waiting = withdrawing.pending(work, gone.id)
    looked = detection.resting.looked(work, lake, flags, gone.at) if waiting else None
    if looked is None:
        return
    standing = detection.resting.states(work, [row.target_id for row in waiting if row.place == Place.FINDING])
    fallen, old = [], []
    for finding, state in standing.items():
        outcome = Outcome.KEPT
        if not state.stands:
            outcome = Outcome.WITHDRAWN
            fallen.append(finding)
        elif looked.first_day is not None and state.day < looked.first_day:
            outcome = Outcome.MARKED
            old.append(finding)
        withdrawing.settle(work, gone.id, Place.FINDING, finding, outcome, {"run": looked.run_id, "changed_at": state.changed_at.isoformat()})
    withdrawing.settle(work, gone.id, Place.DETECTION, "", Outcome.RENEWED, {"run": looked.run_id})
    masked = identifiers.mask(gone.kind, gone.value)
    _write(work, places.warned(work, gone, masked, fallen, fallen=True))
    _write(work, places.warned(work, gone, masked, old, fallen=False))


def _write(work: Work, steps: Iterable[places.Step]) -> None:
    told: list[Told] = []
    reached: list[Reached] = []
    for step in steps:
        if isinstance(step, Told):
            told.append(step)
        else:
            reached.append(step)
    withdrawing.keep(work, reached)
    withdrawing.tell(work, told)
