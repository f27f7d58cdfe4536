"""Pages for officers and grid workers on foot. From the list to a sent answer a common case takes five taps: sign, call, reached, met, send."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form
from fastapi.responses import Response

from fanzha.desks import warnings
from fanzha.desks.warnings import Action, policy
from fanzha.faces.common.context import NavEntry, PageContext, signed_in
from fanzha.faces.common.i18n import N_
from fanzha.faces.common.warning_forms import StepForm, reveal_as_json, take_step
from fanzha.kit.ids import new_id

router = APIRouter()
NAV = NavEntry("tasks", "任务", "Tasks", "/field", "list-check", policy.ACT, order=10)
LIVE = "/live"

Worker = Annotated[PageContext, Depends(signed_in(policy.ACT))]
_DONE = {
    Action.SIGN: N_("已签收"), Action.ATTEMPT: N_("已记录联系结果"), Action.MEET: N_("已记录见面"), Action.FEED_BACK: N_("已反馈"),
    Action.REVISIT: N_("已回访，预警办结"),
}  # fmt: skip


@router.get("")
def tasks(page: Worker, tab: str = "open") -> Response:
    """What waits for me and my organisation, the nearest deadline first; or what I have done."""
    done = tab == "done"
    with page.work() as work:
        found = warnings.queue.my_tasks(work, done=done)
    return page.render("field/tasks/list.html", found=found, done=done, key=new_id(), live_url=LIVE)


@router.get("/rows")
def rows(page: Worker) -> Response:
    """The open list alone, for live refreshes."""
    with page.work() as work:
        found = warnings.queue.my_tasks(work)
    return page.render("field/tasks/rows.html", found=found, done=False, key=new_id())


@router.get("/tasks/{warning_id}")
def task(page: Worker, warning_id: str) -> Response:
    with page.work() as work:
        view = warnings.reading.read(work, warning_id)
        number = warnings.reveal.opened_phone(work, warning_id)
    script = warnings.advice.advice(view.card.fraud_type)
    return page.render("field/tasks/task.html", view=view, number=number, script=script, key=new_id(), live_url=LIVE)


@router.post("/tasks/{warning_id}/steps/{action}")
def step(page: Worker, warning_id: str, action: Action, fields: StepForm) -> Response:
    """One step. Signing also opens the number to whoever signed, for this task: the opening is counted and audited like any other."""
    with page.work() as work:
        take_step(work, warning_id, action, fields)
        if action is Action.SIGN and warnings.reveal.opened_phone(work, warning_id) is None:
            warnings.reveal.reveal(work, warning_id, page.say("签收任务，联系当事人"), ["phone"])
    return page.redirect(f"/field/tasks/{warning_id}", page.say(_DONE.get(action, N_("已保存"))))


@router.post("/tasks/{warning_id}/number")
def number(page: Annotated[PageContext, Depends(signed_in(policy.REVEAL))], warning_id: str) -> Response:
    """Open the number for this task; the purpose is the task itself."""
    with page.work() as work:
        warnings.reveal.reveal(work, warning_id, page.say("本任务：联系当事人"), ["phone"])
    return page.redirect(f"/field/tasks/{warning_id}")


@router.post("/tasks/{warning_id}/reveal/{field}")
def reveal(
    page: Annotated[PageContext, Depends(signed_in(policy.REVEAL))], warning_id: str, field: warnings.reveal.Field, purpose: Annotated[str, Form()] = ""
) -> Response:  # fmt: skip
    """One more field in clear, with its purpose."""
    return reveal_as_json(page, warning_id, field, purpose)
