"""Carrying out a move: states, notification, event, audit, all in one transaction."""

from __future__ import annotations

from datetime import datetime

from fanzha.desks.detectors import domain, repository
from fanzha.desks.detectors.domain import MoveKind, MoveState, State
from fanzha.desks.detectors.events import DetectorsChanged
from fanzha.desks.detectors.model import Move
from fanzha.store import Work

CHANNEL = "detectors"
"""Listeners read the live rules again when something is told here: {"detector", "version", "state"}."""

SETTLE = "detectors.settle"

_TOLD = {MoveKind.SHADOW: "detector.shadowed", MoveKind.GO_LIVE: "detector.went_live", MoveKind.RETIRE: "detector.retired"}


def carry_out(work: Work, move: Move, now: datetime, *, tell: bool = True) -> None:
    """Let an approved move take effect; where it has become impossible meanwhile it lapses. The caller holds the detector's lock."""
    versions = repository.versions(work, move.detector_id)
    line = repository.line_of(versions)
    if not domain.possible(line, move.version, move.what):
        move.state = MoveState.LAPSED.value
        work.session.flush()
        work.audit("detector.move_lapsed", f"detector:{move.detector_id}", {"version": move.version, "move": move.id, "kind": move.kind})
        return
    at = max(each for each in (move.effective_at, move.decided_at, move.requested_at) if each is not None)
    before, live = line[move.version].state, domain.live_version(line)
    after = domain.moved(line, move.version, move.what)
    repository.write_line(work, move.detector_id, line, after, at)
    move.state, move.done_at, move.state_before = MoveState.DONE.value, now, before.value
    move.replaced = live if after[move.version].state is State.LIVE else None
    work.session.flush()
    if tell:
        _tell(work, move, after[move.version].state, at)


def _tell(work: Work, move: Move, state: State, at: datetime) -> None:
    work.notify(CHANNEL, {"detector": move.detector_id, "version": move.version, "state": state.value})
    work.publish(DetectorsChanged((move.detector_id,)))
    detail = {
        "version": move.version, "replaced": move.replaced, "move": move.id, "effective_at": at.isoformat(), "requested_by": move.requested_by,
        "approved_by": move.decided_by,
    }  # fmt: skip
    work.audit(_TOLD.get(move.what, "detector.rolled_back"), f"detector:{move.detector_id}", detail)


def settle_one(work: Work, detector_id: str, now: datetime) -> int:
    """Carry out what is due of a detector whose lock the caller holds; returns how many moves."""
    due = repository.due_moves(work, now, detector_id)
    for move in due:
        carry_out(work, move, now)
    return len(due)
