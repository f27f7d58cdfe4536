"""Which reports tell of one trick."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from fanzha.engine.tricks import Told, group, overlap, script

ZERO = datetime(2026, 5, 1, tzinfo=UTC)
REFUND = "报警人称接到自称示例快递客服的电话，对方以快递丢失双倍理赔为由，让其下载某会议软件共享屏幕"


def told(name: str, hours: float = 0, identifiers: tuple[str, ...] = (), narrative: str = "", fraud_type: str = "loan") -> Told:
    at = ZERO + timedelta(hours=hours)
    return Told(name, fraud_type, at, at - timedelta(hours=5), frozenset(identifiers), narrative)


def test_a_shared_identifier_ties_reports_and_chains_through() -> None:
    found = group([told("a", 0, ("x",)), told("b", 1, ("x", "y")), told("c", 2, ("y",)), told("d", 3, ("z",))])
    assert [[each.report_id for each in trick.told] for trick in found] == [["a", "b", "c"], ["d"]]
    assert found[0].identifiers == {"x", "y"}
    assert found[0].first_happened_at == ZERO - timedelta(hours=5)


def test_the_same_script_ties_reports_whatever_names_and_amounts_it_holds() -> None:
    later = REFUND + "，转账 49,999 元，对方账号 abc123"
    other = "报警人称在游戏里买装备，付款后被拉黑"
    found = group([told("a", 0, (), REFUND), told("b", 9, (), later), told("c", 10, (), other)])
    assert [[each.report_id for each in trick.told] for trick in found] == [["a", "b"], ["c"]]
    assert overlap(script(REFUND), script(later)) >= 0.5 > overlap(script(REFUND), script(other))


def test_many_equal_scripts_are_one_trick() -> None:
    assert len(group([told(f"r{number}", number, (), REFUND) for number in range(90)])) == 1


def test_many_scripts_that_differ_in_a_word_each_are_one_trick() -> None:
    words = "甲乙丙丁戊己庚辛壬癸"
    reports = [told(f"r{place}", place, (), REFUND + first + second) for place, (first, second) in enumerate((a, b) for a in words for b in words)]
    assert len(group(reports)) == 1


def test_fraud_types_are_kept_apart_and_a_known_number_ties_nothing() -> None:
    assert len(group([told("a", 0, ("x",)), told("b", 1, ("x",), fraud_type="romance")])) == 2
    assert len(group([told(f"r{number}", number, ("95-bank",)) for number in range(201)])) == 201


def test_an_empty_narrative_is_like_nothing() -> None:
    assert script("123 abc") == script("报警人称被人骗了钱") == frozenset()
    assert len(group([told("a"), told("b")])) == 2


@given(st.lists(st.tuples(st.integers(0, 5), st.sets(st.sampled_from("uvwxyz"), max_size=3)), max_size=12), st.randoms(use_true_random=False))
def test_every_report_is_in_one_trick_and_the_order_changes_nothing(rows: list[tuple[int, set[str]]], chance: random.Random) -> None:
    reports = [told(f"r{place}", hours, tuple(sorted(names))) for place, (hours, names) in enumerate(rows)]
    found = group(reports)
    assert sorted(each.report_id for trick in found for each in trick.told) == sorted(each.report_id for each in reports)
    chance.shuffle(reports)
    assert group(reports) == found
    for one in found:
        assert all(not one.identifiers & other.identifiers for other in found if other is not one)
