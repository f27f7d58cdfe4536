"""Looking at one case: everything on its page, in masked form, and single values opened for a purpose."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from fanzha.desks.cases import case_repository as repository
from fanzha.desks.cases import domain, evidence, joining, policy, record
from fanzha.desks.cases.case_model import Case, CaseOperation, CaseSuspect, HandOver, LogEntry, Victim
from fanzha.desks.cases.case_repository import Parts
from fanzha.desks.cases.domain import Action
from fanzha.desks.cases.errors import NothingToReveal, PartNotFound, PurposeNeeded
from fanzha.desks.cases.evidence import Held
from fanzha.desks.cases.record import Change
from fanzha.kit import clock
from fanzha.store import Work
from fanzha.vocab import identifiers
from fanzha.vocab.identifiers import Kind

_OPEN_FIELDS = frozenset({
    "number", "state", "region", "unit", "fraud_type", "happened_at", "reported_at", "first_order_at", "merged", "split", "merge",
    "task.title", "task.assignee_name", "task.due_at", "task.done_at",
    "loss.fen", "loss.role", "loss.source", "loss.at", "suspect.kind", "suspect.role", "note.at", "evidence.media", "evidence.bytes", "evidence.sha256",
})  # fmt: skip
"""Fields that the history shows in clear; of all others it says only that they changed."""
_TIMES = ("_at", ".at")


@dataclass(frozen=True)
class Line:
    """One entry of the timeline. `kind`: `log` or `note`; changes hold no personal data: a value that may name somebody is masked or left out."""

    at: datetime
    kind: str
    action: str
    who: str
    unit: str
    text: str
    changes: tuple[Change, ...]


@dataclass(frozen=True)
class JoinLine:
    """A merge or split this case took part in, with the names of both cases."""

    operation: CaseOperation
    source: Case
    target: Case
    can_undo: bool


@dataclass(frozen=True)
class CaseView:
    """What the page of a live case shows. `merged` are the cases seen under it."""

    case: Case
    merged: Sequence[Case]
    parts: Parts
    evidence: Sequence[Held]
    timeline: Sequence[Line]
    joins: Sequence[JoinLine]
    hand_overs: Sequence[HandOver]
    reports: Sequence[str]
    allowed: frozenset[Action]

    def may(self, action: str) -> bool:
        return Action(action) in self.allowed

    @property
    def ids(self) -> list[str]:
        """Its own, and those of the cases seen under it."""
        return [self.case.id, *(one.id for one in self.merged)]

    @property
    def minutes_to_report(self) -> int | None:
        """From the fraud to the report, where both are known."""
        return _minutes(self.case.happened_at, self.case.reported_at)

    @property
    def minutes_to_order(self) -> int | None:
        """From the report to the first stop-payment order, where there is one."""
        return _minutes(self.case.reported_at, self.case.first_order_at)


def get(work: Work, case_id: str) -> CaseView:
    """The live case; a merged one's id gives the case it is seen under (`view.case.id` differs then: redirect).

    Raises:
        Forbidden, CaseNotFound.
    """
    record.require(work, policy.SEE)
    asked = record.found(work, case_id)
    case = asked if asked.root_id == asked.id else record.found(work, asked.root_id)
    family = repository.tree(work, [case.id])
    members = [one.id for one in family]
    parts = repository.parts(work, members)
    lines = [*(_logged(line) for line in repository.log(work, members)), *_noted(parts)]
    return CaseView(
        case, [one for one in family if one.id != case.id], parts, evidence.held(work, parts.evidence), sorted(lines, key=lambda line: line.at, reverse=True),
        _joins(work, family, members), repository.hand_overs(work, members), repository.reports_of(work, members), _allowed(work, case),
    )  # fmt: skip


def reveal(work: Work, case_id: str, field: str, purpose: str) -> str:
    """One value in clear: `narrative`, or `victim.phone:<id>`, `victim.name:<id>`, `victim.id_card:<id>`, `victim.note:<id>`, `suspect.value:<id>`.

    Raises:
        Forbidden, CaseNotFound, PartNotFound, PurposeNeeded, NothingToReveal.
    """
    record.require(work, policy.REVEAL)
    why = purpose.strip()
    if len(why) < record.SHORTEST_REASON:
        raise PurposeNeeded
    case = record.found(work, case_id)
    clear = case.narrative if field == "narrative" else _value(work, case, field)
    if not clear:
        raise NothingToReveal(field=field.partition(":")[0])
    work.audit("case.revealed", f"case:{case_id}", {"field": field.partition(":")[0], "purpose": why[:200]})
    return clear


def live_id(work: Work, case_id: str) -> str:
    """The case under which this one is seen now. Raises CaseNotFound."""
    return record.found(work, case_id).root_id


def _value(work: Work, case: Case, field: str) -> str | None:
    kind, _, rest = field.partition(".")
    name, _, part_id = rest.partition(":")
    fits = (kind, name) in {("victim", "name"), ("victim", "phone"), ("victim", "id_card"), ("victim", "note"), ("suspect", "value"), ("suspect", "note")}
    part = repository.part(work, kind, part_id) if fits else None
    if not isinstance(part, Victim | CaseSuspect) or part.case_id not in repository.member_ids(work, case.root_id):
        raise PartNotFound(part=part_id)
    value = getattr(part, name)
    return value if isinstance(value, str) else None


def _allowed(work: Work, case: Case) -> frozenset[Action]:
    principal = work.scope.principal
    found = domain.allowed(record.standing(work, case, repository.offered(work, case.id)))
    needs = {Action.MERGE: policy.JOIN, Action.SPLIT: policy.JOIN, Action.UNDO: policy.JOIN}
    steps = frozenset({Action.SOLVE, Action.CLOSE, Action.WITHDRAW, Action.REOPEN})
    return frozenset(
        action for action in found if principal is None or principal.may(policy.STEP if action in steps else needs.get(action, policy.WRITE))
    )  # fmt: skip


def _joins(work: Work, family: Sequence[Case], members: Sequence[str]) -> list[JoinLine]:
    done = repository.operations(work, members)
    known = {one.id: one for one in family}
    beyond = {case_id for one in done for case_id in (one.source_id, one.target_id)} - set(known)
    others = {one.id: one for case_id in beyond if (one := repository.by_id(work, case_id)) is not None}
    both = repository.tree(work, list({family[0].root_id, *(one.root_id for one in others.values())}))
    homes = repository.homes(work, [one.id for one in both])
    cases = known | others | {one.id: one for one in both}
    return [
        JoinLine(one, cases[one.source_id], cases[one.target_id], joining.can_undo(one, both, homes))
        for one in done
        if one.source_id in cases and one.target_id in cases
    ]


def _logged(line: LogEntry) -> Line:
    shown = tuple(_shown(one) for one in record.changes_of(line))
    return Line(line.at, "log", line.action, line.actor_name, line.org_name, line.reason, shown)


def _shown(change: Change) -> Change:
    if change.field.endswith(_TIMES):
        return Change(change.field, _local(change.before), _local(change.after))
    if change.field in _OPEN_FIELDS:
        return change
    return Change(change.field, _hidden(change.field, change.before), _hidden(change.field, change.after))


def _hidden(field: str, value: str | int | None) -> str | int | None:
    if value is None:
        return None
    text = str(value)
    if field == "victim.name":
        return identifiers.mask_name(text)
    kind = {"victim.phone": Kind.PHONE, "victim.id_card": Kind.ID_CARD}.get(field)
    return identifiers.mask(kind, text) if kind is not None else "***"


def _local(value: str | int | None) -> str | int | None:
    """A time of the history as Chinese clock time."""
    return clock.to_local(datetime.fromisoformat(value)).strftime("%Y-%m-%d %H:%M") if isinstance(value, str) else value


def _noted(parts: Parts) -> list[Line]:
    return [Line(note.at, "note", "note", note.author, "", note.body, ()) for note in parts.notes]


def _minutes(since: datetime | None, until: datetime | None) -> int | None:
    return None if since is None or until is None or until < since else int((until - since) / timedelta(minutes=1))
