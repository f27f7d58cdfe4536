"""What a case asks for now, the most urgent first. Pure: computed from what the page shows, kept nowhere."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from fanzha.desks.cases.case_model import CaseTask
from fanzha.desks.cases.domain import OPEN_STATES, Action, CaseState
from fanzha.desks.cases.viewing import CaseView
from fanzha.vocab.identifiers import Kind
from fanzha.vocab.identifiers.base import REASONS

ACCOUNTS: Final = frozenset({Kind.BANK_ACCOUNT.value, Kind.CARD.value})

CHECKS: Final = frozenset({"luhn", "iban_check", "bad_check_digit", "maybe_rounded"}) | {code for code in REASONS if code.startswith("not_")}
"""Doubts that somebody has to settle; others (a virtual operator's range) only inform."""


class Ask(StrEnum):
    """In the order of urgency: money that still moves comes before papers."""

    ANSWER_HAND_OVER = "answer_hand_over"
    STOP_PAYMENT = "stop_payment"
    OVERDUE_TASK = "overdue_task"
    MY_TASK = "my_task"
    READ_NARRATIVE = "read_narrative"
    ADD_LOSS = "add_loss"
    ADD_VICTIM = "add_victim"
    CHECK_DOUBTS = "check_doubts"
    GIVE_NUMBER = "give_number"


@dataclass(frozen=True)
class Todo:
    """One thing to do; `n` counts what it is about, `task` is the task where it is one."""

    ask: Ask
    n: int = 1
    task: CaseTask | None = None


def todo(view: CaseView, actor: str, now: datetime, held: Collection[str] = ()) -> list[Todo]:
    """Of a case that the actor may change; whoever only sees it is asked nothing but the answer to a hand-over. `held`: accounts on which a measure stands or
    is asked for."""
    found = [Todo(Ask.ANSWER_HAND_OVER)] if view.may(Action.ANSWER_HAND_OVER) else []
    if CaseState(view.case.state) in OPEN_STATES and view.may(Action.EDIT):
        found += [*_money(view, held), *_tasks(view, actor, now), *_gaps(view)]
    order = list(Ask)
    return sorted(found, key=lambda one: order.index(one.ask))


def _money(view: CaseView, held: Collection[str]) -> list[Todo]:
    accounts = sum(one.kind in ACCOUNTS and one.value not in held for one in view.parts.suspects)
    return [Todo(Ask.STOP_PAYMENT, accounts)] if accounts and view.case.first_order_at is None and view.case.state == CaseState.FILED else []


def _tasks(view: CaseView, actor: str, now: datetime) -> list[Todo]:
    open_tasks = [task for task in view.parts.tasks if task.done_at is None]
    overdue = [task for task in open_tasks if task.due_at is not None and task.due_at < now]
    mine = [task for task in open_tasks if task.assignee_id == actor and task not in overdue]
    return [*(Todo(Ask.OVERDUE_TASK, task=task) for task in overdue), *(Todo(Ask.MY_TASK, task=task) for task in mine)]


def _gaps(view: CaseView) -> list[Todo]:
    parts = view.parts
    doubts = sum(not CHECKS.isdisjoint(codes) for codes in (*(one.doubts for one in parts.victims), *(one.doubts for one in parts.suspects)))
    return [
        Todo(ask, n)
        for ask, n, is_missing in (
            (Ask.READ_NARRATIVE, 1, not parts.suspects), (Ask.ADD_LOSS, 1, not parts.losses), (Ask.ADD_VICTIM, 1, not parts.victims),
            (Ask.CHECK_DOUBTS, doubts, doubts > 0), (Ask.GIVE_NUMBER, 1, not view.case.number),
        )
        if is_missing
    ]  # fmt: skip
