"""The policy: no measure without basis, term and remedy, and the strongest of what applies."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanzha.desks.screening.domain import Answer, Asked, Policy, PolicyRow, Signal
from fanzha.desks.screening.errors import PolicyRefused
from fanzha.desks.screening.service import default_lines
from fanzha.vocab import legal

DAY = date(2026, 3, 1)
HOLD = PolicyRow(Asked.TRANSFER, "level:red", Answer.HOLD, "GK", DAY, 1, "atfl:18", 30, "申诉渠道", "where to object")


def signal(name: str, fallback: str | None = None) -> Signal:
    return Signal(name, "理由", "reason", fallback=fallback)


def test_every_shipped_measure_has_a_basis_in_force_a_term_and_a_remedy() -> None:
    measures = [row for row in default_lines() if row.answer.is_measure]
    assert measures
    for row in measures:
        assert row.basis is not None
        assert legal.in_force(row.basis, DAY)
        assert row.term_minutes
        assert row.remedy_zh
        assert row.remedy_en


@pytest.mark.parametrize(
    "change",
    [{"basis": None}, {"term_minutes": None}, {"term_minutes": 0}, {"term_minutes": 10**6}, {"remedy_zh": ""}, {"remedy_en": None}, {"source": " "},
     {"effective_from": date(2001, 1, 1)}],
)  # fmt: skip
def test_a_measure_that_lacks_something_is_refused(change: dict[str, object]) -> None:
    HOLD.check()
    with pytest.raises(PolicyRefused):
        replace(HOLD, **change).check()  # type: ignore[arg-type]


def test_a_rules_own_line_counts_before_its_levels() -> None:
    spared = PolicyRow(Asked.TRANSFER, "rule:known_salary", Answer.PASS, "order 7", DAY)
    policy = Policy([HOLD, spared], DAY)
    assert policy.judge(Asked.TRANSFER, [signal("rule:known_salary", "level:red")]).answer is Answer.PASS
    assert policy.judge(Asked.TRANSFER, [signal("rule:another", "level:red")]).answer is Answer.HOLD
    assert policy.judge(Asked.CALL, [signal("rule:another", "level:red")]).answer is Answer.PASS, "each kind of event has its own lines"


def test_the_latest_line_in_force_counts() -> None:
    later, again = replace(HOLD, answer=Answer.WARN, effective_from=date(2026, 4, 1)), replace(HOLD, answer=Answer.PASS, version=2)
    seen = [signal("level:red")]
    assert Policy([later, HOLD], DAY).judge(Asked.TRANSFER, seen).answer is Answer.HOLD
    assert Policy([later, again, HOLD], DAY).judge(Asked.TRANSFER, seen).answer is Answer.PASS
    assert Policy([HOLD, later], date(2026, 4, 1)).judge(Asked.TRANSFER, seen).answer is Answer.WARN


@given(st.lists(st.sampled_from(["level:red", "level:yellow", "indicator:confirmed", "found:red", "warning:red", "unknown:thing"])), st.sampled_from(list(Asked)))
def test_the_strongest_line_wins_and_names_itself(names: list[str], asked: Asked) -> None:
    policy = Policy(default_lines(), DAY)
    verdict = policy.judge(asked, map(signal, names))
    rows = [row for name in names if (row := policy.rows.get((asked, name)))]
    assert verdict.answer.rank == max((row.answer.rank for row in rows), default=0)
    assert [each.name for each in verdict.signals if each.name not in names] == []
    assert len(verdict.signals) == len(names)
    now = datetime(2026, 3, 1, tzinfo=UTC)
    if verdict.answer.is_measure:
        assert verdict.row is not None
        assert verdict.row.basis
        assert (verdict.ends_at(now) or now) > now
    else:
        assert verdict.ends_at(now) is None
