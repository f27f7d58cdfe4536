"""Tasks of cases: giving them to colleagues, finishing them, and everybody's own list."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Form, Query
from fastapi.responses import Response

from fanzha.desks.cases import NewTask, assigning, policy
from fanzha.faces.common.context import NavEntry, PageContext, signed_in
from fanzha.faces.console.case_forms import instant
from fanzha.kit.paging import PageRequest

router = APIRouter()
NAV = NavEntry("tasks", "我的任务", "My tasks", "/tasks", "list-check", policy.SEE, order=22)

Reader = Annotated[PageContext, Depends(signed_in(policy.SEE))]
Writer = Annotated[PageContext, Depends(signed_in(policy.WRITE))]
Text = Annotated[str, Form(max_length=2000)]
Key = Annotated[str, Form(min_length=8, max_length=64)]
Back = Annotated[Literal["case", "tasks"], Form()]


@router.get("/tasks")
def listing(page: Reader, of: Literal["me", "others"] = "me", number: Annotated[int, Query(alias="page", ge=1)] = 1) -> Response:
    """Open tasks: mine, or those I gave to others."""
    with page.work() as work:
        found = assigning.mine(work, PageRequest(number), given=of == "others")
    return page.render("console/cases/tasks.html", found=found, of=of, may_write=page.may(policy.WRITE))


@router.post("/cases/{case_id}/tasks")
def add(page: Writer, case_id: str, key: Key, title: Text, assignee: Text = "", due_at: Text = "") -> Response:
    with page.work() as work:
        assigning.add_task(work, case_id, NewTask(title, assigning.chosen(work, case_id, assignee), instant(due_at)), key=key)
    return page.redirect(f"/cases/{case_id}#tasks", page.say("已保存。"))


@router.post("/cases/{case_id}/tasks/{task_id}/assign")
def assign(page: Writer, case_id: str, task_id: str, reason: Text, assignee: Text = "") -> Response:
    with page.work() as work:
        assigning.reassign(work, case_id, task_id, assigning.chosen(work, case_id, assignee), reason)
    return page.redirect(f"/cases/{case_id}#tasks", page.say("已保存。"))


@router.post("/cases/{case_id}/tasks/{task_id}/done")
def finish(page: Writer, case_id: str, task_id: str, result: Text = "", back: Back = "case") -> Response:
    with page.work() as work:
        assigning.finish_task(work, case_id, task_id, result)
    return page.redirect("/tasks" if back == "tasks" else f"/cases/{case_id}#tasks", page.say("已保存。"))
