"""Tasks of a case: who is to do what by when. An assignee is a colleague who can see the case and may work on it; the history keeps their names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from fanzha.desks import identity
from fanzha.desks.cases import case_repository as repository
from fanzha.desks.cases import cleaning, policy, record
from fanzha.desks.cases.case_model import Case, CaseTask
from fanzha.desks.cases.domain import Action
from fanzha.desks.cases.editing import add, part_of
from fanzha.desks.cases.errors import BadAssignee, BadPart
from fanzha.desks.cases.record import Change
from fanzha.kit import clock
from fanzha.kit.ids import stable_id
from fanzha.kit.paging import Page, PageRequest
from fanzha.store import Work


@dataclass(frozen=True)
class NewTask:
    """`assignee_id` is a user's id; '' leaves the task to whoever takes it. `due_at` is aware."""

    title: str
    assignee_id: str = ""
    due_at: datetime | None = None


@dataclass(frozen=True)
class Colleague:
    """Somebody a task can be given to; `unit` is the name of their organisation."""

    id: str
    login: str
    name: str
    unit: str

    @property
    def label(self) -> str:
        """How they stand in a list to choose from."""
        return f"{self.name} · {self.login} · {self.unit}"


@dataclass(frozen=True)
class Mine:
    """A task on somebody's own list, and the live case it belongs to."""

    task: CaseTask
    case: Case


def assignable(work: Work, case: Case) -> list[Colleague]:
    """Active users of the actor's unit and of the unit that leads the case, who may change cases and whose area holds this one; by login."""
    units = dict.fromkeys(unit for unit in (work.scope.org_id, case.unit_id) if unit)
    users = [user for unit in units for user in identity.service.users_of(work, unit)]
    seen = (case.region, *case.shared_regions)
    fit = [user for user in users if policy.WRITE.roles & user.role_set and any(region.startswith(user.region) for region in seen)]
    return [Colleague(user.id, user.login, user.name, user.org.name) for user in sorted(fit, key=lambda user: user.login)]


def chosen(work: Work, case_id: str, typed: str) -> str:
    """The id of the colleague whose label was picked, or whose login or name was typed; '' where nothing was. Raises CaseNotFound, BadAssignee."""
    text = typed.strip()
    if not text:
        return ""
    colleagues = assignable(work, record.found(work, case_id))
    fitting = [one for one in colleagues if text in (one.label, one.login)] or [one for one in colleagues if one.name == text]
    if len(fitting) != 1:
        raise BadAssignee(typed=text[:60])
    return fitting[0].id


def add_task(work: Work, case_id: str, given: NewTask, *, key: str) -> CaseTask:
    """Raises Forbidden, CaseNotFound, StepNotOpen, BadPart, BadAssignee."""
    case = record.opened(work, case_id, Action.EDIT, policy.WRITE)
    if not given.title.strip() or len(given.title) > cleaning.LONGEST_VALUE:
        raise BadPart("Say what is to be done, in up to 300 characters.")
    cleaning.check_years(given.due_at)
    to = _assignee(work, case, given.assignee_id)
    task = CaseTask(
        id=stable_id("task", case.id, key), case_id=case.id, added_at=clock.now(), added_by=work.actor, title=given.title.strip(),
        assignee_id=to.id if to else None, assignee_name=to.name if to else "", due_at=given.due_at,
    )  # fmt: skip
    return add(work, case, task, "task")


def reassign(work: Work, case_id: str, task_id: str, assignee_id: str, reason: str) -> CaseTask:
    """Give an open task to somebody else, or ('') to nobody. A task that is done stays as it was finished.

    Raises:
        Forbidden, CaseNotFound, StepNotOpen, PartNotFound, BadAssignee, ReasonNeeded.
    """
    why = record.reason_of(reason)
    case = record.opened(work, case_id, Action.EDIT, policy.WRITE)
    task, to = _task(work, case, task_id), _assignee(work, case, assignee_id)
    name = to.name if to else ""
    if task.done_at is None and (task.assignee_id or "") != assignee_id:
        changes = [Change("task.title", task.title, task.title), Change("task.assignee_name", task.assignee_name or None, name or None)]
        task.assignee_id, task.assignee_name = to.id if to else None, name
        record.write(work, case, "task_reassigned", changes, why)
    return task


def finish_task(work: Work, case_id: str, task_id: str, result: str = "") -> CaseTask:
    """Done once; a task that is done stays as it was finished.

    Raises:
        Forbidden, CaseNotFound, StepNotOpen, PartNotFound.
    """
    case = record.opened(work, case_id, Action.EDIT, policy.WRITE)
    task = _task(work, case, task_id)
    if task.done_at is None:
        task.done_at, task.done_by, task.result = clock.now(), work.actor, result.strip()[: cleaning.LONGEST_NOTE] or None
        record.write(work, case, "task_done", [Change("task.done_at", None, record.as_text(task.done_at)), Change("task.title", task.title, task.title)], result)
    return task


def mine(work: Work, page: PageRequest, *, given: bool = False) -> Page[Mine]:
    """Open tasks assigned to the actor, or (`given`) those the actor gave to others; what is due first comes first. Raises Forbidden."""
    record.require(work, policy.SEE)
    found = repository.open_tasks(work, page, given_by=work.actor if given else "", assigned_to="" if given else work.actor)
    cases: Sequence[Case] = repository.in_order(work, list({task.case_id for task in found.rows}))
    roots = {one.id: one for one in repository.in_order(work, list({one.root_id for one in cases}))}
    live = {one.id: roots.get(one.root_id, one) for one in cases}
    return Page([Mine(task, live[task.case_id]) for task in found.rows if task.case_id in live], found.total, page)


def waiting(work: Work) -> int:
    """How many open tasks the actor has."""
    return repository.count_open_tasks(work, work.actor)


def _assignee(work: Work, case: Case, user_id: str) -> Colleague | None:
    if not user_id:
        return None
    found = next((one for one in assignable(work, case) if one.id == user_id), None)
    if found is None:
        raise BadAssignee(user=user_id)
    return found


def _task(work: Work, case: Case, task_id: str) -> CaseTask:
    task = part_of(work, case, "task", task_id)
    assert isinstance(task, CaseTask)
    return task
