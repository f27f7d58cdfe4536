"""Changing a case: its facts, and its parts (victims, losses, suspects, notes; tasks.py has the tasks). Every change stands in the history with its reason."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from fanzha.desks.cases import case_repository as repository
from fanzha.desks.cases import cleaning, numbers, policy, record
from fanzha.desks.cases.case_model import Case, CaseSuspect, CaseTask, Loss, Note, Victim
from fanzha.desks.cases.case_repository import PartRow
from fanzha.desks.cases.cleaning import NewLoss, NewSuspect, NewVictim
from fanzha.desks.cases.domain import Action
from fanzha.desks.cases.errors import BadPart, CaseChanged, NumberTaken, PartNotFound
from fanzha.desks.cases.filing import CLOCK_SKEW, LONGEST_NARRATIVE, LONGEST_NUMBER
from fanzha.desks.cases.record import Change
from fanzha.desks.cases.words import blinded
from fanzha.kit import clock
from fanzha.kit.ids import stable_id
from fanzha.lake.tokens import Tokens
from fanzha.store import Work
from fanzha.vocab.fraud_types import FraudType

P = TypeVar("P", Victim, Loss, CaseSuspect, CaseTask, Note)

_QUIET = frozenset({"id", "case_id", "added_at", "added_by", "removed_at", "doubts", "author", "more_indexes", "assignee_id"})


@dataclass(frozen=True)
class Facts:
    """A case's own fields as the form holds them; times aware. An empty narrative leaves the one that is there."""

    number: str
    fraud_type: FraudType
    happened_at: datetime | None
    reported_at: datetime
    narrative: str = ""


def edit(work: Work, case_id: str, facts: Facts, version: int, reason: str) -> Case:
    """Change the facts. `version` is the one the form was opened with.

    Raises:
        Forbidden, CaseNotFound, StepNotOpen, CaseChanged: somebody else was faster; ReasonNeeded, NumberTaken, BadPart.
    """
    why = record.reason_of(reason)
    case = record.opened(work, case_id, Action.EDIT, policy.WRITE)
    if case.version != version:
        raise CaseChanged(case=case_id, yours=version, theirs=case.version)
    _check(work, case, facts)
    wanted: dict[str, object] = {
        "number": facts.number.strip() or None, "fraud_type": facts.fraud_type.value, "happened_at": facts.happened_at, "reported_at": facts.reported_at,
        "narrative": facts.narrative.strip() or case.narrative,
    }  # fmt: skip
    changes = [Change(name, record.as_text(getattr(case, name)), record.as_text(value)) for name, value in wanted.items() if getattr(case, name) != value]
    if not changes:
        return case
    for name, value in wanted.items():
        setattr(case, name, value)
    if any(one.field == "narrative" for one in changes):
        repository.put_words(work, case.id, case.filed_at, blinded(case.narrative))
    record.write(work, case, "edited", changes, why)
    return case


def number_warning(work: Work, number: str, region: str) -> bool:
    """Whether to warn: the number does not look as case numbers do here. It is kept all the same."""
    return bool(number.strip()) and not numbers.number_fits(work, number.strip(), region)


def add_victim(work: Work, case_id: str, given: NewVictim, tokens: Tokens, *, key: str) -> Victim:
    case = record.opened(work, case_id, Action.EDIT, policy.WRITE)
    return add(work, case, cleaning.victim(work, case.id, _part_id("victim", case, key), given, tokens), "victim")


def add_loss(work: Work, case_id: str, given: NewLoss, *, key: str) -> Loss:
    case = record.opened(work, case_id, Action.EDIT, policy.WRITE)
    return add(work, case, cleaning.loss(work, case.id, _part_id("loss", case, key), given), "loss")


def add_suspect(work: Work, case_id: str, given: NewSuspect, *, key: str) -> CaseSuspect:
    case = record.opened(work, case_id, Action.EDIT, policy.WRITE)
    return add(work, case, cleaning.suspect(work, case.id, _part_id("suspect", case, key), given), "suspect")


def add_note(work: Work, case_id: str, at: datetime, body: str, *, key: str) -> Note:
    """An event of the investigation on the timeline."""
    case = record.opened(work, case_id, Action.EDIT, policy.WRITE)
    if not body.strip() or len(body) > cleaning.LONGEST_NOTE or at > clock.now() + CLOCK_SKEW:
        raise BadPart("Say what happened, in up to 2,000 characters, at a time that is not in the future.")
    cleaning.check_years(at)
    name = work.scope.principal.name if work.scope.principal else ""
    note = Note(
        id=_part_id("note", case, key), case_id=case.id, added_at=clock.now(), added_by=work.actor, at=at, body=body.strip(), author=name
    )  # fmt: skip
    return add(work, case, note, "note")


def remove(work: Work, case_id: str, kind: str, part_id: str, reason: str) -> None:
    """Take a part off the case. It stays in the database and in the history; removing it twice is removing it once.

    Raises:
        Forbidden, CaseNotFound, StepNotOpen, PartNotFound, ReasonNeeded.
    """
    why = record.reason_of(reason)
    case = record.opened(work, case_id, Action.EDIT, policy.WRITE)
    part = part_of(work, case, kind, part_id)
    if part.removed_at is None:
        part.removed_at = clock.now()
        record.write(work, case, "removed", [Change(one.field, one.after, None) for one in fields_of(part, kind)], why)
        repository.refresh_totals(work, case)


def note_first_order(work: Work, case_id: str, at: datetime) -> None:
    """The first stop-payment order for the case, told by the funds desk; only an earlier time replaces one that is there."""
    case = record.found(work, case_id, lock=True)
    if case.first_order_at is None or at < case.first_order_at:
        before, case.first_order_at = case.first_order_at, at
        record.write(work, case, "first_order", [Change("first_order_at", record.as_text(before), record.as_text(at))])


def fields_of(part: PartRow, kind: str) -> list[Change]:
    """What a part says, as the history keeps it: values in clear (the entry is sealed), indexes and tokens left out."""
    names = [column.key for column in type(part).__mapper__.column_attrs]
    told = [name for name in names if name not in _QUIET and not name.endswith(("_index", "_token"))]
    return [Change(f"{kind}.{name}", None, record.as_text(getattr(part, name))) for name in told if getattr(part, name) not in (None, "")]


def add(work: Work, case: Case, part: P, kind: str) -> P:
    """Put a part into an opened case and write it down. Sent twice under one key, it is added once."""
    held = work.session.get(type(part), part.id)
    if held is not None:
        return held
    work.session.add(part)
    work.session.flush()
    record.write(work, case, "added", fields_of(part, kind))
    repository.refresh_totals(work, case)
    return part


def _part_id(kind: str, case: Case, key: str) -> str:
    return stable_id(kind, case.id, key)


def part_of(work: Work, case: Case, kind: str, part_id: str) -> PartRow:
    """A part seen under an opened case. Raises PartNotFound."""
    part = repository.part(work, kind, part_id) if kind in repository.PARTS else None
    if part is None or part.case_id not in repository.member_ids(work, case.id):
        raise PartNotFound(part=part_id)
    return part


def _check(work: Work, case: Case, facts: Facts) -> None:
    number = facts.number.strip()
    if number and number != case.number:
        holder = repository.by_number(work, number)
        if holder is not None and holder.id != case.id:
            raise NumberTaken(number=number)
    latest = clock.now() + CLOCK_SKEW
    if len(number) > LONGEST_NUMBER or len(facts.narrative) > LONGEST_NARRATIVE:
        raise BadPart("The case number or the narrative is too long.")
    if facts.reported_at > latest or (facts.happened_at is not None and facts.happened_at > min(latest, facts.reported_at)):
        raise BadPart("A time lies in the future, or the fraud after its report.")
    cleaning.check_years(facts.reported_at, facts.happened_at)
