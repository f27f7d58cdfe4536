"""States, decay and readings of suspect identifiers: what must hold for every input. Every identifier is made up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanzha.desks.indicators import IndicatorState, bulk, checking
from fanzha.desks.indicators.cleaning import site_of
from fanzha.desks.indicators.domain import FLAGGED
from fanzha.desks.indicators.errors import BadCheckList, OwnProposal, WrongState
from fanzha.desks.indicators.life import Decay, Step, after, check_second, is_withdrawal
from fanzha.desks.indicators.numbers import HALF_LIVES
from fanzha.vocab.identifiers import Kind

NOON = datetime(2026, 5, 1, 4, tzinfo=UTC)
RULE = Decay(HALF_LIVES, 20)


@given(st.lists(st.sampled_from(Step), max_size=12))
def test_what_a_person_cleared_only_a_person_lists_again(steps: list[Step]) -> None:
    state, cleared = IndicatorState.SUSPECTED, False
    for step in steps:
        try:
            following = after(state, step)
        except WrongState:
            continue
        if cleared:
            assert following is IndicatorState.CLEARED or step in (Step.CONFIRM, Step.SUSPECT)
        assert is_withdrawal(state, following) == (state in FLAGGED and following not in FLAGGED)
        state, cleared = following, following is IndicatorState.CLEARED


@given(st.sampled_from(IndicatorState))
def test_a_sighting_lists_only_what_had_expired(state: IndicatorState) -> None:
    assert after(state, Step.SEE) is (IndicatorState.SUSPECTED if state is IndicatorState.EXPIRED else state)


def test_nobody_decides_on_their_own_proposal() -> None:
    check_second("a", "b")
    with pytest.raises(OwnProposal):
        check_second("a", "a")


@given(st.sampled_from(Kind), st.integers(0, 100), st.integers(0, 4000), st.integers(0, 4000))
def test_trust_only_wears_off(kind: Kind, base: int, first: int, later: int) -> None:
    early, late = (RULE.confidence(kind, base, NOON, NOON + timedelta(days=days)) for days in sorted((first, later)))
    assert 0 <= late <= early <= base
    assert RULE.confidence(kind, base, NOON, NOON - timedelta(days=1)) == base
    if HALF_LIVES[kind] == 0:
        assert late == base
    elif base > 1:
        assert RULE.confidence(kind, base, NOON, NOON + timedelta(days=HALF_LIVES[kind])) in (base // 2, base // 2 + base % 2)


@given(st.sampled_from(Kind), st.integers(0, 100))
def test_the_day_it_runs_out_is_foretold(kind: Kind, base: int) -> None:
    until = RULE.lasts_until(kind, base, NOON)
    if until is None:
        assert HALF_LIVES[kind] == 0 or base < RULE.floor
        return
    assert RULE.has_run_out(RULE.confidence(kind, base, NOON, until), base)
    before = until - timedelta(hours=3)
    assert before <= NOON or not RULE.has_run_out(RULE.confidence(kind, base, NOON, before), base)


def test_a_source_that_never_trusted_it_much_does_not_run_out() -> None:
    assert not RULE.has_run_out(10, 10)
    assert RULE.has_run_out(19, 60)


SHAPES = st.one_of(
    st.from_regex(r"1[0-9]{10}", fullmatch=True),
    st.from_regex(r"[0-9]{5,20}", fullmatch=True),
    st.from_regex(r"[3-6][0-9]{14,19}", fullmatch=True),
    st.from_regex(r"[a-z0-9-]{1,12}(\.[a-z0-9-]{1,8}){1,3}", fullmatch=True),
    st.from_regex(r"(com|cn|www|qq|tel|wx)(\.[a-z0-9]{1,8}){1,3}", fullmatch=True),
    st.from_regex(r"(https?://)?[a-z]{1,8}\.example(/[a-z0-9?=]{0,8})?", fullmatch=True),
    st.from_regex(r"(\+?86|0086|0)?[ -]?1[3-9][0-9][ -]?[0-9]{4}[ -]?[0-9]{4}", fullmatch=True),
    st.from_regex(r"[3-6][0-9]{3}([ -][0-9]{4}){3}([ -]?[0-9]{1,3})?", fullmatch=True),
    st.from_regex(r"([Hh]ttps?://)?([A-Za-z0-9-]{1,8}\.){1,3}[A-Za-z0-9]{1,5}(/[A-Za-z0-9/_.%=&?-]{0,12})?", fullmatch=True),
    st.from_regex(r"(qq|vx|tg|telegram)[:： ]?[a-z0-9]{5,12}", fullmatch=True),
    st.text(max_size=20),
)


@given(SHAPES)
def test_a_short_cut_reads_as_the_long_way(raw: str) -> None:
    slow = [(one.kind, one.value, site_of(one) or "") for one in checking.readings(raw[: checking.LONGEST], None)]
    assert [tuple(one) for one in bulk.readings(raw)] == slow


def test_a_list_is_read_line_by_line() -> None:
    body = "\ufeff号码,备注\r\n13800000001,a\n\n  made-up.example\t b \n\"6220000000000001\";c\n".encode()
    asked = [("13800000001", None), ("made-up.example", None), ("6220000000000001", None)]
    assert bulk.read_list(body) == (asked, [2, 4, 5])
    assert bulk.read_list(body.decode("utf-8-sig").encode("gb18030")) == (asked, [2, 4, 5])
    assert bulk.read_list(b"") == ([], [])
    assert bulk.read_json(b'["13800000001", ""]') == ([("13800000001", None), ("", None)], [1, 2])
    for no_text in (b"\xff\xfe1\x00", "13800000001".encode("utf-16"), b"PK\x03\x04\x00\x00"):
        with pytest.raises(BadCheckList):
            bulk.read_list(no_text)
