"""What a bank or operator is asked about a measure under appeal: the list, and its answer. It sees neither the appeal nor who appeals."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form
from fastapi.responses import Response

from fanzha.desks.appeals import handling, policy, reading
from fanzha.faces.common.context import NavEntry, PageContext, signed_in

router = APIRouter()
NAV = NavEntry("appeal-inquiries", "申诉核实", "Inquiries", "/appeal-inquiries", "question-mark", policy.ANSWER, order=37)

Receiver = Annotated[PageContext, Depends(signed_in(policy.ANSWER))]


@router.get("/appeal-inquiries")
def listing(page: Receiver) -> Response:
    with page.work() as work:
        found = reading.inquiries_to(work)
    return page.render("console/appeals/inquiries.html", found=found)


@router.post("/appeal-inquiries/{inquiry_id}")
def answer(page: Receiver, inquiry_id: str, answer: Annotated[str, Form(max_length=4000)] = "") -> Response:
    with page.work() as work:
        handling.answer_facts(work, inquiry_id, answer)
    return page.redirect("/appeal-inquiries", page.say("已答复。"))
