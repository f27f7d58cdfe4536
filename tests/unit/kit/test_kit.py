"""kit: money, ids, clock, paging, errors, events."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanzha.kit import clock
from fanzha.kit.errors import FanzhaError, NotFound
from fanzha.kit.events import Event, Events
from fanzha.kit.ids import new_id, stable_id
from fanzha.kit.money import InvalidAmount, format_yuan, parse_yuan
from fanzha.kit.paging import LARGEST_PAGE, Page, PageRequest


@given(st.integers(min_value=-(10**15), max_value=10**15))
def test_money_survives_writing_and_reading(fen: int) -> None:
    assert parse_yuan(format_yuan(fen)) == fen


@pytest.mark.parametrize(
    ("text", "fen"),
    [("1,234.5", 123450), ("¥ 12", 1200), ("１２３４．５６元", 123456), ("0.10", 10), ("-3.2", -320), ("1.500", 150), ("人民币100元", 10000)],
)
def test_money_as_people_write_it(text: str, fen: int) -> None:
    assert parse_yuan(text) == fen


@pytest.mark.parametrize("text", ["", "abc", "1.234", "1.2.3", "--1", "1e5", "12万", "=1+1", "NaN"])
def test_what_is_not_money_is_refused(text: str) -> None:
    with pytest.raises(InvalidAmount):
        parse_yuan(text)


@given(st.text(max_size=20))
def test_any_text_is_money_or_a_typed_error(text: str) -> None:
    try:
        fen = parse_yuan(text)
    except InvalidAmount:
        return
    assert parse_yuan(format_yuan(fen)) == fen


def test_new_ids_are_ordered_by_time_and_differ() -> None:
    ids = [new_id() for _ in range(1000)]
    assert len(set(ids)) == 1000
    assert [found[:12] for found in ids] == sorted(found[:12] for found in ids)


def test_stable_ids_depend_on_the_parts_and_their_borders() -> None:
    assert stable_id("a", 1) == stable_id("a", "1")
    assert stable_id("ab", "c") != stable_id("a", "bc")


def test_a_chinese_day_begins_at_sixteen_utc() -> None:
    assert clock.local_day(datetime(2026, 3, 4, 16, 0, tzinfo=UTC)).isoformat() == "2026-03-05"
    assert clock.local_midnight(datetime(2026, 3, 5, tzinfo=UTC).date()) == datetime(2026, 3, 4, 16, tzinfo=UTC)


def test_the_clock_can_be_held() -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    with clock.frozen(at):
        assert clock.now() == at
    assert clock.now() - at > timedelta(0)


@given(st.integers(-5, 10**6), st.integers(-5, 10**4), st.integers(0, 10**6))
def test_pages_stay_within_bounds(number: int, size: int, total: int) -> None:
    request = PageRequest(number, size)
    page: Page[int] = Page([], total, request)
    assert 1 <= request.size <= LARGEST_PAGE
    assert request.offset >= 0
    assert page.pages >= 1
    assert page.has_next == (request.number < page.pages)


def test_an_error_says_what_is_wrong_and_what_to_do() -> None:
    assert NotFound().message == "There is no such thing, or it is not yours to see."
    assert str(FanzhaError("A went wrong.", remedy="Do B.")) == "A went wrong. Do B."


def test_events_reach_handlers_of_exactly_their_kind_in_order() -> None:
    class Happened(Event):
        pass

    class HappenedToo(Happened):
        pass

    events, seen = Events(), list[Any]()
    events.on(Happened, lambda work, event: seen.append(("first", work)))
    events.on(Happened, lambda work, event: seen.append(("second", work)))
    events.publish("w", HappenedToo())
    assert seen == []
    events.publish("w", Happened())
    assert seen == [("first", "w"), ("second", "w")]
