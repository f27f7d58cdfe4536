from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from fanzha.desks.cases.todo import Ask, todo

NOW = datetime(2026, 5, 1, tzinfo=UTC)


def view(*accounts: str, state: str = "filed", first_order_at: datetime | None = None) -> Any:
    """A case with everything told but stops."""
    suspects = [SimpleNamespace(kind="card", value=one, doubts=[]) for one in accounts]
    parts = SimpleNamespace(suspects=suspects, victims=[SimpleNamespace(doubts=[])], losses=[object()], tasks=[], notes=[], evidence=[])
    case = SimpleNamespace(state=state, first_order_at=first_order_at, number="A350302")
    return SimpleNamespace(case=case, parts=parts, may=lambda action: action.value == "edit")


@pytest.mark.parametrize(("held", "asked"), [((), 2), (("6200000000000000011",), 1), (("6200000000000000011", "6200000000000000022"), 0)])
def test_only_accounts_without_a_measure_are_asked_about(held: tuple[str, ...], asked: int) -> None:
    found = todo(view("6200000000000000011", "6200000000000000022"), "me", NOW, held)
    assert [(one.ask, one.n) for one in found] == ([(Ask.STOP_PAYMENT, asked)] if asked else [])


def test_a_list_that_told_of_an_order_asks_for_none() -> None:
    assert todo(view("6200000000000000011", first_order_at=NOW), "me", NOW) == []
