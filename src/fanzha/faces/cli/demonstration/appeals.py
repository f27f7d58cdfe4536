"""Appeals against the demonstration's stops: just filed, under review, waiting for papers, waiting for the head, and answered.

Every appeal carries a key of its own, so that a demonstration that was interrupted files nothing twice.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

from fanzha.desks.appeals import Filed, Origin, Target, Verdict, filing, handling, targets
from fanzha.faces.cli.demonstration.staff import Staff, hire_reviewers
from fanzha.faces.common.platform import Platform
from fanzha.kit import clock
from fanzha.kit.errors import Conflict, NotFound
from fanzha.store import Principal, Scope, Work

_SAID = ("这是我的工资卡，没有骗人", "这是卖二手车收到的钱", "卡借给亲戚用过，钱不是我的", "这是店里的货款", "号码一直是我自己在用")
_APART = timedelta(minutes=2)
_WHY = "经向银行核实，该款由被骗人直接转入，来源不合法"

_Step = Callable[[Work, str], object]
_LIVES: Sequence[Sequence[tuple[str, _Step]]] = (
    (),
    (("reviewer", handling.accept), ("reviewer", handling.take)),
    (
        ("reviewer", handling.accept), ("reviewer", handling.take),
        ("reviewer", lambda work, appeal: handling.ask_documents(work, appeal, "请补充买卖合同和收款聊天记录")),
    ),
    (
        ("reviewer", handling.accept), ("reviewer", handling.take),
        ("reviewer", lambda work, appeal: handling.propose(work, appeal, Verdict.REJECTED, _WHY)),
    ),
    (
        ("reviewer", handling.accept), ("reviewer", handling.take),
        ("reviewer", lambda work, appeal: handling.propose(work, appeal, Verdict.REJECTED, _WHY)), ("legal", handling.decide),
    ),
)  # fmt: skip
"""What had been done about each appeal when the visitors come: by whom, and the step."""


def place(platform: Platform, staff: Staff, sign_ins: Path, orders: Sequence[str], until: datetime) -> int:
    """File one appeal against each of the first orders, and let each go as far as its life does; returns how many. `until`: when the city's life ends."""
    officer, head = hire_reviewers(platform, sign_ins)
    people = {"reviewer": officer, "legal": head}
    placed = 0
    for place_, (order, life) in enumerate(zip(orders, _LIVES, strict=False)):
        with clock.frozen(until - _APART * (len(_LIVES) - place_)):
            appeal = _file(platform, staff, order, place_)
            if appeal is not None:
                placed += 1
                _live(platform, people, appeal, life)
    return placed


def _file(platform: Platform, staff: Staff, order: str, place_: int) -> str | None:
    """Online every other time, else by the duty officer for somebody who came. None where the order was not sent."""
    online = place_ % 2 == 0
    filed = Filed(Origin.ONLINE if online else Origin.WALK_IN, _SAID[place_], f"1390000010{place_}", f"demo-appeal-{order}", "测试申诉人")
    with suppress(NotFound), platform.database.work(Scope.system("demo") if online else Scope.of(staff.duty)) as work:
        measure = targets.load(work, platform.tokens, Target.ORDER, order)
        return filing.file(work, measure, filed).id
    return None


def _live(platform: Platform, people: dict[str, Principal], appeal: str, life: Sequence[tuple[str, _Step]]) -> None:
    for who, step in life:
        with suppress(Conflict), platform.database.work(Scope.of(people[who])) as work:
            step(work, appeal)
