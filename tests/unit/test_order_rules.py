"""Pure rules of orders: terms, states, grades, messages, signatures."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanzha.desks.controls import Result, State, Subject, kinds, messages
from fanzha.desks.controls.domain import FINAL, STEPS, Effect, Term, Unit, amount_within, end_of, may_become, state_after
from fanzha.desks.controls.errors import BadAnswer
from fanzha.desks.controls.grading import DEFAULT, LOWERING, MEANINGS, Grade, Sign, grade
from fanzha.desks.controls.notices import Told, notice_en, notice_zh, seal
from fanzha.kit import clock, signing
from fanzha.simulator.bank.faults import BadFaults, Faults
from fanzha.vocab import legal

INSTANTS = st.datetimes(datetime(2020, 1, 1), datetime(2060, 1, 1), timezones=st.just(UTC))
SIGNS = st.frozensets(st.sampled_from(list(Sign)))
NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)


@given(INSTANTS, st.integers(1, 24))
def test_months_keep_the_day_of_the_chinese_calendar_or_end_with_the_month(start: datetime, months: int) -> None:
    begin, end = clock.to_local(start), clock.to_local(Term(months, Unit.MONTHS).after(start))
    assert (end.year * 12 + end.month) - (begin.year * 12 + begin.month) == months
    assert end.day == begin.day or (end.day < begin.day and (end + timedelta(days=1)).month != end.month)
    assert (end.hour, end.minute, end.second) == (begin.hour, begin.minute, begin.second)


def test_a_term_that_begins_on_the_last_day_ends_on_the_last_day() -> None:
    assert clock.to_local(Term(6, Unit.MONTHS).after(datetime(2026, 8, 31, 4, tzinfo=UTC))).strftime("%m-%d") == "02-28"


@given(INSTANTS, st.integers(1, 100), st.sampled_from(list(Unit)), st.none() | INSTANTS)
def test_a_receiver_can_shorten_a_measure_and_never_lengthen_it(start: datetime, count: int, unit: Unit, said: datetime | None) -> None:
    assert start < end_of(start, Term(count, unit), said) <= Term(count, unit).after(start)


def test_nothing_reaches_force_but_through_approval() -> None:
    """Without the edge out of `requested` that approval is, no state of force can be reached."""
    reached: set[State] = {State.REQUESTED}
    edge: set[State] = {State.REQUESTED}
    while edge:
        edge = {following for state in edge for following in STEPS[state] if following is not State.APPROVED} - reached
        reached |= edge
    assert reached == {State.REQUESTED, State.DECLINED, State.WITHDRAWN, State.LAPSED}
    assert all(not any(may_become(state, following) for following in State) for state in FINAL)


def test_every_answer_leads_where_the_order_may_go() -> None:
    for effect in Effect:
        for result in Result:
            assert may_become(State.SENT, state_after(effect, result))


@given(st.none() | st.integers(-5, 10), st.none() | st.integers(-5, 10))
def test_no_sum_beyond_the_disputed_one(amount: int | None, disputed: int | None) -> None:
    assert amount_within(amount, disputed) == (amount is None or (disputed is not None and 1 <= amount <= disputed))


def test_every_kind_is_complete() -> None:
    for key, kind in kinds.registered().items():
        assert all(legal.by_key(basis) for basis in kind.bases)
        assert (kind.unit is not None) == (kind.effect in (Effect.IMPOSE, Effect.EXTEND)), key
        for follower in filter(None, (kind.extended_by, kind.released_by)):
            assert key in kinds.by_key(follower).acts_on
        if kind.effect is Effect.IMPOSE:
            assert kind.extended_by or kind.subject is Subject.NUMBER, key  # on a number the next level or a new check follows
            assert kind.released_by, key


@given(SIGNS, st.sampled_from(list(Sign)))
def test_more_raising_signs_never_give_a_milder_grade(signs: frozenset[Sign], sign: Sign) -> None:
    order = [Grade.BLOCK, Grade.SUSPEND, Grade.WATCH, Grade.FREE]
    before, after = grade(signs), grade(signs | {sign})
    if sign in LOWERING:
        assert order.index(after.grade) >= order.index(before.grade)
    else:
        assert order.index(after.grade) <= order.index(before.grade)
    assert after.points == max(0, sum(points for _, points in after.reasons))
    assert {one for one, _ in after.reasons} == signs | {sign}


def test_a_livelihood_is_not_blocked_without_case_money() -> None:
    heavy = frozenset({Sign.SHARED_DEVICE, Sign.HOLDER_CONVICTED, Sign.HOLDER_LISTED, Sign.QUICK_IN_OUT, Sign.LIVELIHOOD})
    assert grade(heavy).grade is Grade.SUSPEND
    assert grade(heavy | {Sign.TOOK_CASE_MONEY}).grade is Grade.BLOCK
    assert grade(frozenset()).grade is Grade.FREE
    assert set(MEANINGS) == set(Grade)
    assert all(key in kinds.registered() for meaning in MEANINGS.values() for key in meaning.proposed)
    assert set(DEFAULT.points) == set(Sign)


@given(INSTANTS)
def test_times_of_messages_read_back_to_the_second(at: datetime) -> None:
    assert messages.read_stamp(messages.stamp(at), "T") == at.replace(microsecond=0)


@given(st.integers(0, 10**15))
def test_money_of_messages_reads_back_to_the_fen(fen: int) -> None:
    assert messages.read_money(messages.money(fen), "M") == fen


@given(st.text(max_size=20))
def test_what_is_no_time_or_sum_is_told_so(text: str) -> None:
    for read in (messages.read_stamp, messages.read_money):
        try:
            read(text, "F")
        except BadAnswer as error:
            assert error.params["field"] == "F"  # noqa: PT017 — only this error may come


def test_a_notice_says_reason_term_and_remedy() -> None:
    told = Told(kinds.by_key("freeze"), "6222***01", "500.00", Term(6, Unit.MONTHS), "procedure:239", "测试公安局", "96110")
    for word in ("原因", "救济途径", "96110", "6个月", "有效身份证件", "500.00"):
        assert word in notice_zh(told)
    for word in ("Reason", "Remedy", "96110", "6 months", "identity document"):
        assert word in notice_en(told)
    assert seal("x", 1, 2) != seal("x", 1, 3)


@given(st.binary(max_size=50), st.integers(-400, 400))
def test_a_signature_fits_within_its_window_alone(body: bytes, seconds: int) -> None:
    made = signing.sign("secret", NOON, "S1", body)
    said = (made[signing.TIMESTAMP], made[signing.SERIAL], made[signing.SIGNATURE])
    window = timedelta(seconds=300)
    assert signing.fits("secret", *said, body, now=NOON + timedelta(seconds=seconds), window=window) == (abs(seconds) <= 300)
    assert not signing.fits("secret", *said, body + b"x", now=NOON, window=window)
    assert not signing.fits("other", *said, body, now=NOON, window=window)
    assert not signing.fits("secret", "x", "S1", said[2], body, now=NOON, window=window)


def test_faults_are_shares() -> None:
    assert Faults.parse("timeouts=0.5, duplicates=1") == Faults(timeouts=0.5, duplicates=1)
    for wrong in ("x=1", "timeouts", "timeouts=2", "timeouts=x"):
        with pytest.raises(BadFaults):
            Faults.parse(wrong)
