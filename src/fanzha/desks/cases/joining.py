"""Merging cases (并案), splitting one (分案), and taking either back. What may be done says `lineage`; this module carries it out on the tables."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence

from fanzha.desks.cases import case_repository as repository
from fanzha.desks.cases import policy, record
from fanzha.desks.cases.case_model import Case, CaseOperation
from fanzha.desks.cases.domain import Action, CaseState
from fanzha.desks.cases.errors import AboveYou, CannotMerge, CannotSplit, CannotUndo, CaseNotFound, NumberTaken
from fanzha.desks.cases.events import CaseFiled, CaseMerged, CaseSplit, OperationUndone
from fanzha.desks.cases.lineage import Lineage, Operation, OperationKind
from fanzha.desks.cases.moving import refresh_sight
from fanzha.desks.cases.record import Change
from fanzha.desks.cases.words import blinded
from fanzha.kit import clock
from fanzha.kit.ids import new_id, stable_id
from fanzha.store import Work
from fanzha.vocab.fraud_types import FraudType


def merge(work: Work, source_id: str, target_id: str, reason: str) -> CaseOperation:
    """See `source` under `target` from now on. Its id stays valid and leads there; nothing is moved, so nothing can be lost.

    Raises:
        Forbidden, CaseNotFound, StepNotOpen, ReasonNeeded, CannotMerge, AboveYou: the cases lie in different areas and the actor is not above both.
    """
    why = record.reason_of(reason)
    if source_id == target_id:
        raise CannotMerge(source=source_id, target=target_id)
    locked = {case_id: record.found(work, case_id, lock=True) for case_id in sorted((source_id, target_id))}
    if any(case.merged_into is not None for case in locked.values()):
        raise CannotMerge(source=source_id, target=target_id)
    source, target = (record.opened(work, case_id, Action.MERGE, policy.JOIN) for case_id in (source_id, target_id))
    family = repository.tree(work, [source_id, target_id])
    _above_all(work, family)
    lineage = _lineage(family)
    done = _write(work, lineage.merge(source_id, target_id), [], why)
    _carry_out(work, lineage, family)
    for one in (source, target):
        record.write(work, one, "merged", [Change("merged", source.name, target.name)], why)
    _settle(work, [target])
    work.publish(CaseMerged(source_id, target_id, done.id))
    return done


def split(work: Work, case_id: str, parts: Collection[str], reason: str, *, key: str, number: str = "") -> Case:
    """Move parts (their ids) to a new case of the same facts. The same `key` again gives the case that was made.

    Raises:
        Forbidden, CaseNotFound, StepNotOpen, ReasonNeeded, CannotSplit, NumberTaken.
    """
    why = record.reason_of(reason)
    new_case_id = stable_id("split case", case_id, key)
    held = repository.by_id(work, new_case_id)
    if held is not None:
        return held
    source = record.opened(work, case_id, Action.SPLIT, policy.JOIN)
    family = repository.tree(work, [case_id])
    homes = repository.homes(work, [one.id for one in family])
    lineage = _lineage(family, {part: home for part, (_, home) in homes.items()})
    planned = lineage.split(case_id, new_case_id, parts)
    if len(planned.came_from) == len(homes):
        raise CannotSplit("A split leaves something behind: choose fewer parts.")
    if number.strip() and repository.by_number(work, number.strip()) is not None:
        raise NumberTaken(number=number)
    target = _new_case(work, source, new_case_id, number)
    done = _write(work, planned, [[homes[part][0], part, home] for part, home in planned.came_from.items()], why)
    _move(work, done, dict.fromkeys(planned.came_from, new_case_id))
    for one in (source, target):
        record.write(work, one, "split", [Change("split", source.name, target.name)], why)
    _settle(work, [source, target])
    work.publish(CaseFiled(target.id, target.region, FraudType(target.fraud_type), target.filed_at))
    work.publish(CaseSplit(case_id, new_case_id, done.id))
    return target


def undo(work: Work, operation_id: str, reason: str) -> CaseOperation:
    """Take a merge or split back. Undoing twice is undoing once.

    Raises:
        Forbidden, CaseNotFound, ReasonNeeded, StepNotOpen, CannotUndo, AboveYou.
    """
    why = record.reason_of(reason)
    record.require(work, policy.JOIN)
    done = repository.operation(work, operation_id)
    if done is None:
        raise CaseNotFound(operation=operation_id)
    if done.undone_at is not None:
        return done
    source, target = (record.found(work, case_id) for case_id in (done.source_id, done.target_id))
    roots = sorted({source.root_id, target.root_id})
    live = [record.opened(work, root, Action.UNDO, policy.JOIN) for root in roots]
    family = repository.tree(work, roots)
    _above_all(work, family)
    homes = repository.homes(work, [one.id for one in family])
    lineage = _lineage(family, {part: home for part, (_, home) in homes.items()})
    came_from = {part: home for _, part, home in done.parts}
    lineage.undo(Operation(OperationKind(done.kind), done.source_id, done.target_id, came_from))
    _move(work, done, came_from)
    _carry_out(work, lineage, family)
    done.undone_at, done.undone_by = clock.now(), work.actor
    for one in live:
        record.write(work, one, f"{done.kind}_undone", [Change(done.kind, source.name, target.name)], why)
    _settle(work, [one for one in family if one.merged_into is None])
    work.publish(OperationUndone(done.kind, done.source_id, done.target_id, done.id))
    return done


def can_undo(operation: CaseOperation, family: Sequence[Case], homes: dict[str, tuple[str, str]]) -> bool:
    """Whether nothing later stands in the way; for pages, which show the step only then."""
    if operation.undone_at is not None:
        return False
    lineage = _lineage(family, {part: home for part, (_, home) in homes.items()})
    try:
        lineage.undo(Operation(OperationKind(operation.kind), operation.source_id, operation.target_id, {part: home for _, part, home in operation.parts}))
    except CannotUndo:
        return False
    return True


def _lineage(family: Sequence[Case], homes: dict[str, str] | None = None) -> Lineage:
    return Lineage({one.id: one.merged_into for one in family if one.merged_into is not None}, homes or {})


def _above_all(work: Work, family: Sequence[Case]) -> None:
    if not all(record.holds_region(work, one.region) for one in family):
        raise AboveYou


def _carry_out(work: Work, lineage: Lineage, family: Sequence[Case]) -> None:
    """Write the pointers, the roots first: a case is either live or under another."""
    for one in family:
        one.merged_into, one.root_id = lineage.into.get(one.id), lineage.root(one.id)
    work.session.flush()


def _move(work: Work, done: CaseOperation, homes: dict[str, str]) -> None:
    moves: dict[tuple[str, str], list[str]] = defaultdict(list)
    for kind, part, _ in done.parts:
        moves[kind, homes[part]].append(part)
    for (kind, home), moved in moves.items():
        repository.move_parts(work, kind, moved, home)


def _write(work: Work, planned: Operation, parts: list[list[str]], why: str) -> CaseOperation:
    done = CaseOperation(
        id=new_id(), kind=planned.kind.value, source_id=planned.source, target_id=planned.target, parts=parts, at=clock.now(), actor=work.actor, reason=why
    )  # fmt: skip
    work.session.add(done)
    work.session.flush()
    return done


def _settle(work: Work, roots: Sequence[Case]) -> None:
    for root in roots:
        refresh_sight(work, root)
        repository.refresh_totals(work, root)
    work.session.flush()


def _new_case(work: Work, source: Case, case_id: str, number: str) -> Case:
    now = clock.now()
    case = Case(
        id=case_id, ref=repository.next_ref(work, clock.local_day(now).year), number=number.strip() or None, state=CaseState.FILED.value, version=1,
        merged_into=None, root_id=case_id, region=source.region, handed_regions=list(source.handed_regions), shared_regions=[], unit_id=source.unit_id,
        unit_name=source.unit_name, fraud_type=source.fraud_type, narrative=source.narrative, loss_fen=0, victims=0, happened_at=source.happened_at,
        reported_at=source.reported_at, first_order_at=source.first_order_at, filed_at=now, source=source.source, row_hash=None, created_at=now,
        created_by=work.actor,
    )  # fmt: skip
    work.session.add(case)
    work.session.flush()
    repository.put_words(work, case_id, now, blinded(case.narrative))
    return case
