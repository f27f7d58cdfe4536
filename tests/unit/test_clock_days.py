"""Days and times as forms and addresses say them."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanzha.kit import clock


@given(st.dates() | st.sampled_from(["0001-01-01", "9999-12-31", "", "2026-13-40", "today"]))
def test_a_day_that_is_taken_can_be_moved_to_any_zone(said: object) -> None:
    with suppress(ValueError):
        day = clock.day_of(str(said))
        assert clock.local_day(clock.local_midnight(day + timedelta(days=1))) == day + timedelta(days=1)


@given(st.datetimes())
def test_a_time_that_is_taken_can_be_moved_to_any_zone(said: object) -> None:
    with suppress(ValueError):
        at = clock.moment_of(str(said)).replace(tzinfo=clock.SHANGHAI)
        assert clock.is_held(at)
        assert clock.to_local(at) == at


@pytest.mark.parametrize("said", ["0001-01-01", "1899-12-31", "3000-01-01", "9999-12-31"])
def test_the_first_and_last_years_are_refused(said: str) -> None:
    for read in (clock.day_of, clock.moment_of):
        with pytest.raises(ValueError, match=said[:4].lstrip("0")):
            read(said)
