"""Tasks of a case: who can be given one, whose list it stands on, what the history keeps. Everybody here is made up."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.desks.cases.kit import NOON, put

from fanzha.desks import identity
from fanzha.desks.cases import NewTask, assigning, joining, moving, viewing
from fanzha.desks.cases.errors import BadAssignee, PartNotFound, ReasonNeeded
from fanzha.faces.common.platform import Platform
from fanzha.kit import clock
from fanzha.kit.paging import PageRequest
from fanzha.store import Principal, Scope
from fanzha.vocab.organisations import OrgKind
from fanzha.vocab.roles import Role

LATER = NOON + timedelta(hours=2)


@pytest.fixture
def people(platform: Platform) -> dict[str, Scope]:
    """A county's officer, analyst and office clerk, an officer of another county, one of the city, and one of a station."""
    found: dict[str, Scope] = {}
    with platform.database.work(Scope.system("test")) as work:
        for login, region, role, kind in (
            ("wang", "350302", Role.DUTY_OFFICER, OrgKind.POLICE_COUNTY), ("lina", "350302", Role.ANALYST, OrgKind.POLICE_COUNTY),
            ("clerk", "350302", Role.AUDITOR, OrgKind.POLICE_COUNTY), ("chen", "350303", Role.DUTY_OFFICER, OrgKind.POLICE_COUNTY),
            ("city", "3503", Role.ANALYST, OrgKind.POLICE_CITY), ("zhao", "350302001", Role.DUTY_OFFICER, OrgKind.POLICE_STATION),
        ):  # fmt: skip
            org = identity.service.create_organisation(work, code=f"police-{region}", kind=kind, name=f"反诈中心{region}", region=region)
            user = identity.service.create_user(work, login=login, name=f"测试{login}", org=org, roles=(role,), password="made up and long 1").user
            found[login] = Scope.of(Principal(user.id, user.name, org.id, org.name, kind, region, frozenset({role})))
    return found


def listed(platform: Platform, scope: Scope, *, given: bool = False) -> list[str]:
    with platform.database.work(scope) as work:
        return [one.task.title for one in assigning.mine(work, PageRequest(), given=given).rows]


def test_only_colleagues_who_can_work_on_the_case_are_given_its_tasks(platform: Platform, people: dict[str, Scope]) -> None:
    case = put(platform, people["wang"])
    with platform.database.work(people["wang"]) as work:
        assert [one.login for one in assigning.assignable(work, case)] == ["lina", "wang"]
        for other in ("clerk", "chen", "zhao", "city"):
            with pytest.raises(BadAssignee):
                assigning.add_task(work, case.id, NewTask("走访被害人", people[other].actor), key="other task")
            with pytest.raises(BadAssignee):
                assigning.chosen(work, case.id, other)
        with pytest.raises(BadAssignee):
            assigning.chosen(work, case.id, "没有这个人")
        assert assigning.chosen(work, case.id, "测试lina") == assigning.chosen(work, case.id, "lina") == people["lina"].actor
    with platform.database.work(people["city"]) as work:
        assert [one.login for one in assigning.assignable(work, case)] == ["city", "lina", "wang"]


def test_a_task_stands_on_its_assignees_own_list_until_it_is_done(platform: Platform, people: dict[str, Scope]) -> None:
    case, wang, li = put(platform, people["wang"]), people["wang"], people["lina"]
    with platform.database.work(wang) as work:
        for title, due in (("没有期限", None), ("明天的", LATER + timedelta(days=1)), ("今天的", LATER)):
            assigning.add_task(work, case.id, NewTask(title, li.actor, due), key=f"task {title}")
        assigning.add_task(work, case.id, NewTask("待领取的"), key="task of nobody")
    assert listed(platform, li) == ["今天的", "明天的", "没有期限"]
    assert listed(platform, wang) == []
    assert set(listed(platform, wang, given=True)) == {"今天的", "明天的", "没有期限", "待领取的"}
    with platform.database.work(li) as work:
        assert assigning.waiting(work) == 3
        (first, *_) = assigning.mine(work, PageRequest()).rows
        assert first.case.id == case.id
        assigning.finish_task(work, case.id, first.task.id, "已走访")
    assert listed(platform, li) == ["明天的", "没有期限"]


def test_the_history_keeps_the_names_of_those_who_had_it(platform: Platform, people: dict[str, Scope]) -> None:
    case, wang, li = put(platform, people["wang"]), people["wang"], people["lina"]
    with platform.database.work(wang) as work:
        task = assigning.add_task(work, case.id, NewTask("调取流水", li.actor, LATER), key="the only task")
        with pytest.raises(ReasonNeeded):
            assigning.reassign(work, case.id, task.id, wang.actor, "")
        assigning.reassign(work, case.id, task.id, wang.actor, "人员调整")
        assigning.reassign(work, case.id, task.id, wang.actor, "人员调整")
        with pytest.raises(PartNotFound):
            assigning.reassign(work, put(platform, people["wang"]).id, task.id, li.actor, "人员调整")
        assigning.finish_task(work, case.id, task.id)
        assigning.reassign(work, case.id, task.id, li.actor, "已经完成")
        assert task.assignee_id == wang.actor
        said = [(line.action, one.field, one.before, one.after) for line in viewing.get(work, case.id).timeline for one in line.changes]
    assert ("task_reassigned", "task.assignee_name", "测试lina", "测试wang") in said
    assert ("added", "task.assignee_name", None, "测试lina") in said
    assert ("added", "task.due_at", None, clock.to_local(LATER).strftime("%Y-%m-%d %H:%M")) in said
    assert not any(field == "task.assignee_id" for _, field, _, _ in said)
    assert len([line for line in said if line[0] == "task_reassigned"]) == 2


def test_tasks_follow_a_case_that_is_merged_and_leave_the_sight_of_whoever_lost_it(platform: Platform, people: dict[str, Scope]) -> None:
    wang, city, chen = people["wang"], people["city"], people["chen"]
    first, second = put(platform, wang), put(platform, city, region="350303")
    with platform.database.work(city) as work:
        assigning.add_task(work, first.id, NewTask("并案前交办", city.actor), key="before merging")
        joining.merge(work, first.id, second.id, "同一团伙")
        (mine,) = assigning.mine(work, PageRequest()).rows
        assert mine.case.id == second.id
    with platform.database.work(chen) as work:
        assert assigning.mine(work, PageRequest(), given=True).rows == []
    with platform.database.work(wang) as work:
        third = put(platform, wang)
        assigning.add_task(work, third.id, NewTask("移交前交办", wang.actor), key="before handing over")
        moving.offer(work, third.id, "350303", "管辖变更")
    with platform.database.work(chen) as work:
        moving.answer(work, third.id, accept=True)
        assert assigning.chosen(work, third.id, "chen") == chen.actor
        with pytest.raises(BadAssignee):
            assigning.chosen(work, third.id, "wang")
    assert listed(platform, wang) == ["移交前交办"]
