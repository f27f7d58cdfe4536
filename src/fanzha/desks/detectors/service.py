"""Use cases of the detectors desk: writing, proving, asking, approving, going live, going back.

Every change of a detector holds its row, so that two at once come one after the other; what is due by its time is carried out first. A change, its
notification, the event that starts a detection run and the audit entry are one transaction: there is no state between them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from fanzha.desks.detectors import domain, policy, repository
from fanzha.desks.detectors.domain import Line, MoveKind, MoveState, Origin, State
from fanzha.desks.detectors.errors import (
    DetectorNotFound,
    MoveDecided,
    MoveNotFound,
    MoveNotPossible,
    MoveOpen,
    NothingToRollBack,
    NotYours,
    ReasonNeeded,
    SecondPersonNeeded,
    WrongTime,
)
from fanzha.desks.detectors.model import Detector, DetectorVersion, Move
from fanzha.desks.detectors.moving import SETTLE, carry_out, settle_one
from fanzha.desks.detectors.texts import prove, rule_of, run_examples
from fanzha.desks.detectors.writing import Author, add_version, known_version
from fanzha.engine.rules.examples import Outcome
from fanzha.engine.rules.model import Fault, InvalidRule, Rule
from fanzha.kit import clock
from fanzha.kit.errors import FanzhaError
from fanzha.kit.ids import new_id
from fanzha.store import Work
from fanzha.vocab.roles import Permission

SHORTEST_REASON = 4


# ---- writing


@dataclass(frozen=True)
class Checked:
    """What an editor shows of a text that is being written: the rule, or every fault with its place; and what came of the examples in it."""

    rule: Rule | None
    faults: tuple[Fault, ...]
    outcomes: tuple[Outcome, ...]

    @property
    def good(self) -> bool:
        return self.rule is not None and not self.faults and all(each.passed for each in self.outcomes)


def check(text: str) -> Checked:
    """Read a text and run its examples; nothing is stored and nothing raised."""
    try:
        rule = rule_of(text)
        return Checked(rule, (), tuple(run_examples(rule)))
    except InvalidRule as wrong:
        return Checked(None, wrong.faults, ())
    except FanzhaError as wrong:
        return Checked(None, (Fault(1, 1, str(wrong)),), ())


def submit(work: Work, text: str, note: str = "") -> DetectorVersion:
    """Take a text as a draft: the next version of the detector whose id it names, or the first of a new one. Its number is set here.

    Repeatable: a text that says what a version of the detector says already is that version, whatever its number and state.

    Raises:
        InvalidRule: with every fault and its place. ExamplesFail: an example does not come out as said. ModelNotFound, InvalidFolder: its model is not
        there. WrongVersion, NotAllowed, NotYourArea.
    """
    area = _area(work)
    policy.require(work, policy.EDIT, area)
    rule = rule_of(text)
    prove(rule)
    repository.detector(work, rule.id, lock=True)
    held = known_version(repository.versions(work, rule.id), text)
    if held is not None:
        return held
    version = add_version(work, rule, Author.of(work), note.strip(), Origin.LOCAL, area)
    work.audit("detector.submitted", f"detector:{rule.id}", {"version": version.version, "kind": version.kind, "content": version.content})
    return version


# ---- moving


def request(work: Work, detector_id: str, version: int, kind: MoveKind, reason: str, effective_at: datetime | None = None) -> Move:
    """Ask for a move. What needs no second person (a shadow, giving a draft up) takes effect now or at its time; the rest waits for `approve`.

    Args:
        effective_at: aware; None: as soon as it is approved.

    Raises:
        DetectorNotFound, MoveNotPossible, MoveOpen, ReasonNeeded, WrongTime, NotAllowed, NotYourArea.
    """
    return _ask(work, detector_id, version, kind, reason, effective_at)


def rollback(work: Work, detector_id: str, reason: str, version: int | None = None) -> Move:
    """Go back. To the version that was live directly before (`version` None or its number) at once and alone; to an older one it waits for `approve`.

    Raises:
        NothingToRollBack: no other version was live before. DetectorNotFound, MoveNotPossible, MoveOpen, ReasonNeeded, NotAllowed, NotYourArea.
    """
    detector = _locked(work, detector_id)
    policy.require(work, policy.ROLL_BACK, detector.region)
    line = repository.line_of(repository.versions(work, detector_id))
    wanted = version if version is not None else domain.fallback(line)
    if wanted is None:
        raise NothingToRollBack(detector=detector_id)
    return _ask(work, detector_id, wanted, MoveKind.ROLLBACK, reason, None)


def _ask(work: Work, detector_id: str, version: int, kind: MoveKind, reason: str, effective_at: datetime | None) -> Move:
    now, why = clock.now(), reason.strip()
    detector = _locked(work, detector_id)
    policy.require(work, policy.ROLL_BACK if kind is MoveKind.ROLLBACK else policy.EDIT, detector.region)
    if len(why) < SHORTEST_REASON:
        raise ReasonNeeded
    if effective_at is not None and effective_at < now:
        raise WrongTime(effective_at=effective_at.isoformat())
    line = _line(work, detector_id, version)
    if not domain.possible(line, version, kind):
        raise MoveNotPossible(version=version, state=line[version].state, move=kind)
    if any(each.version == version for each in repository.open_moves(work, detector_id)):
        raise MoveOpen(version=version)
    second, author = domain.needs_second(line, version, kind), Author.of(work)
    move = Move(
        id=new_id(), detector_id=detector_id, version=version, kind=kind.value, state=(MoveState.WAITING if second else MoveState.APPROVED).value,
        second_needed=second, reason=why, requested_by=author.id, requested_name=author.name, requested_at=now, effective_at=effective_at,
    )  # fmt: skip
    work.session.add(move)
    work.session.flush()
    detail = {"version": version, "kind": kind.value, "move": move.id, "second_needed": second, "effective_at": _iso(effective_at)}
    work.audit("detector.move_asked", f"detector:{detector_id}", detail)
    if not second:
        _start(work, move, now)
    return move


def approve(work: Work, move_id: str, answer: str = "") -> Move:
    """Confirm what somebody else asked for and, where a version goes live, somebody else wrote. Takes effect now, or at its time.

    Raises:
        MoveNotFound, MoveDecided, SecondPersonNeeded, MoveNotPossible, NotAllowed, NotYourArea.
    """
    now = clock.now()
    move = _decided(work, move_id, MoveState.APPROVED, policy.APPROVE)
    line = _line(work, move.detector_id, move.version)
    if not domain.possible(line, move.version, move.what):
        raise MoveNotPossible(version=move.version, state=line[move.version].state, move=move.what)
    if work.actor in _makers(work, move):
        raise SecondPersonNeeded(move=move_id)
    _decide(work, move, MoveState.APPROVED, answer, now)
    _start(work, move, now)
    return move


def refuse(work: Work, move_id: str, reason: str) -> Move:
    """Turn a waiting move down.

    Raises:
        MoveNotFound, MoveDecided, ReasonNeeded, NotAllowed, NotYourArea.
    """
    if len(reason.strip()) < SHORTEST_REASON:
        raise ReasonNeeded
    move = _decided(work, move_id, MoveState.REFUSED, policy.APPROVE)
    _decide(work, move, MoveState.REFUSED, reason, clock.now())
    return move


def withdraw(work: Work, move_id: str) -> Move:
    """Take back what one asked for, while it waits for approval or for its time.

    Raises:
        MoveNotFound, MoveDecided, NotYours, NotAllowed, NotYourArea.
    """
    move = _decided(work, move_id, MoveState.WITHDRAWN, policy.EDIT)
    if work.scope.principal is not None and move.requested_by != work.actor:
        raise NotYours(move=move_id)
    move.state = MoveState.WITHDRAWN.value
    work.session.flush()
    work.audit("detector.move_withdrawn", f"detector:{move.detector_id}", {"version": move.version, "move": move.id})
    return move


def note_backtest(work: Work, detector_id: str, version: int) -> None:
    """A draft that has been backtested says so; any other version stays as it is.

    Raises:
        DetectorNotFound.
    """
    _locked(work, detector_id)
    line = _line(work, detector_id, version)
    if line[version].state is State.DRAFT:
        after = line | {version: domain.Standing(State.BACKTESTED, line[version].was_live, line[version].previous)}
        repository.write_line(work, detector_id, line, after, clock.now())


def settle(work: Work) -> int:
    """Carry out every approved move whose time has come; returns how many. Repeatable."""
    now = clock.now()
    waiting = sorted({move.detector_id for move in repository.due_moves(work, now)})
    return sum(settle_one(work, detector_id, now) for detector_id in waiting if repository.detector(work, detector_id, lock=True))


def _decided(work: Work, move_id: str, state: MoveState, permission: Permission) -> Move:
    """The move under its detector's lock, if it may be decided so."""
    move = repository.move(work, move_id)
    if move is None:
        raise MoveNotFound(move=move_id)
    detector = _locked(work, move.detector_id)
    policy.require(work, permission, detector.region)
    found = repository.move(work, move_id)
    assert found is not None, "moves are never deleted"
    if not domain.may_be_decided(found.state_now, state):
        raise MoveDecided(move=move_id, state=found.state)
    return found


def _decide(work: Work, move: Move, state: MoveState, answer: str, now: datetime) -> None:
    author = Author.of(work)
    move.state, move.decided_by, move.decided_name, move.decided_at, move.answer = state.value, author.id, author.name, now, answer.strip()
    work.session.flush()
    work.audit(f"detector.move_{state.value}", f"detector:{move.detector_id}", {"version": move.version, "kind": move.kind, "move": move.id})


def _start(work: Work, move: Move, now: datetime) -> None:
    """Carry an approved move out, or see to it that it is when its time comes."""
    if move.effective_at is None or move.effective_at <= now:
        carry_out(work, move, now)
    else:
        work.defer(SETTLE, lock=SETTLE, at=move.effective_at)


def _makers(work: Work, move: Move) -> set[str]:
    """Who may not approve it."""
    version = repository.version(work, move.detector_id, move.version)
    authors = {version.author} if version is not None and domain.AFTER[move.what] is State.LIVE else set()
    return {move.requested_by} | authors


def _locked(work: Work, detector_id: str) -> Detector:
    """The detector under its lock, with everything carried out that is due."""
    found = repository.detector(work, detector_id, lock=True)
    if found is None:
        raise DetectorNotFound(detector=detector_id)
    settle_one(work, detector_id, clock.now())
    return found


def _line(work: Work, detector_id: str, version: int) -> dict[int, domain.Standing]:
    line = repository.line_of(repository.versions(work, detector_id))
    if version not in line:
        raise DetectorNotFound(detector=detector_id, version=version)
    return line


def _area(work: Work) -> str:
    """The platform's own region, as it was told when the package's rules were registered."""
    shipment = repository.newest_shipment(work)
    return shipment.region if shipment is not None else ""


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at is not None else None


# ---- reading


@dataclass(frozen=True)
class Summary:
    """One line of the list of detectors. `newest` is the version with the highest number; `open_moves` wait for approval or for their time."""

    id: str
    live: DetectorVersion | None
    newest: DetectorVersion
    states: Mapping[State, int]
    open_moves: tuple[Move, ...]


@dataclass(frozen=True)
class Detail:
    """A detector with everything about it: versions by number, the newest first; moves, the newest first. `possible` says by version which moves
    lead somewhere from where it stands (not whether the reader may make them), `fallback` to which version one person may go back."""

    detector: Detector
    versions: tuple[DetectorVersion, ...]
    moves: tuple[Move, ...]
    possible: Mapping[int, tuple[MoveKind, ...]]
    fallback: int | None

    @property
    def live(self) -> DetectorVersion | None:
        return next((each for each in self.versions if each.state_now is State.LIVE), None)

    @property
    def waiting(self) -> tuple[Move, ...]:
        return tuple(move for move in self.moves if move.state_now in domain.OPEN)


def summaries(work: Work) -> list[Summary]:
    """Every detector, by id."""
    by_detector: dict[str, list[DetectorVersion]] = defaultdict(list)
    for each in repository.versions(work):
        by_detector[each.detector_id].append(each)
    waiting: dict[str, list[Move]] = defaultdict(list)
    for move in repository.open_moves(work):
        waiting[move.detector_id].append(move)
    return [_summary(detector_id, versions, waiting[detector_id]) for detector_id, versions in sorted(by_detector.items())]


def _summary(detector_id: str, versions: Sequence[DetectorVersion], waiting: Sequence[Move]) -> Summary:
    states = {state: sum(each.state_now is state for each in versions) for state in State}
    live = next((each for each in versions if each.state_now is State.LIVE), None)
    return Summary(detector_id, live, versions[-1], {state: number for state, number in states.items() if number}, tuple(waiting))


def get(work: Work, detector_id: str) -> Detail:
    """Raises DetectorNotFound."""
    detector = repository.detector(work, detector_id)
    if detector is None:
        raise DetectorNotFound(detector=detector_id)
    versions = repository.versions(work, detector_id)
    line = repository.line_of(versions)
    moves = repository.moves(work, detector_id)
    open_numbers = {move.version for move in moves if move.state_now in domain.OPEN}
    possible = {number: () if number in open_numbers else _possible(line, number) for number in line}
    return Detail(detector, tuple(reversed(versions)), tuple(moves), possible, domain.fallback(line))


def _possible(line: Line, version: int) -> tuple[MoveKind, ...]:
    return tuple(kind for kind in MoveKind if domain.possible(line, version, kind))


def version_of(work: Work, detector_id: str, version: int) -> DetectorVersion:
    """Raises DetectorNotFound."""
    found = repository.version(work, detector_id, version)
    if found is None:
        raise DetectorNotFound(detector=detector_id, version=version)
    return found


def move_of(work: Work, move_id: str) -> Move:
    """Raises MoveNotFound."""
    found = repository.move(work, move_id)
    if found is None:
        raise MoveNotFound(move=move_id)
    return found


def waiting(work: Work) -> Sequence[Move]:
    """What waits for approval or for its time, the oldest first."""
    return repository.open_moves(work)
