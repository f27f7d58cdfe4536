"""The rule of the clock: saved and lost make up what is in dispute, one account counts once, and a moment that is unknown stays unknown."""

from __future__ import annotations

import statistics
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from fanzha.desks.funds.rescue import FraudKnown, Incident, Measure, Moment, clock_of
from fanzha.desks.funds.rescue_figures import By, Followed, Spread, figures

NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
LOST = Incident("i1", True, "A1", "350302", "示例大队", NOON, NOON + timedelta(minutes=30), 1_000_000)
STOP = Measure(
    "b1", "示例银行", "示例大队", "a1", NOON, NOON + timedelta(minutes=40), NOON + timedelta(minutes=43), NOON + timedelta(minutes=43), NOON + timedelta(minutes=44),
    NOON + timedelta(minutes=45), True, 600_000,
)  # fmt: skip

sums = st.integers(0, 2_000_000)
accounts = st.sampled_from(["a1", "a2", "a3"])
measures = st.lists(
    st.builds(
        lambda account, holds, fen, minute: replace(STOP, account=account, holds=holds, held_fen=fen, requested_at=NOON + timedelta(minutes=minute)),
        accounts, st.booleans(), st.none() | sums, st.integers(-100, 5_000),
    ),
    max_size=8,
)  # fmt: skip


@given(measures, st.dictionaries(accounts, sums, max_size=3), st.integers(0, 3_000_000))
def test_saved_and_lost_make_up_what_is_in_dispute(given_measures: list[Measure], returned: dict[str, int], disputed: int) -> None:
    rescue = clock_of(replace(LOST, disputed_fen=disputed), given_measures, returned)
    assert rescue.saved + rescue.lost == disputed
    assert 0 <= rescue.saved <= disputed
    assert rescue.lost >= 0
    largest = {account: max((one.held_fen or 0 for one in given_measures if one.holds and one.account == account), default=0) for account in ("a1", "a2", "a3")}
    assert rescue.saved == min(disputed, sum(max(largest[account], returned.get(account, 0)) for account in largest))


@given(measures, st.randoms())
def test_the_order_of_orders_does_not_matter(given_measures: list[Measure], chance: st.randoms) -> None:  # type: ignore[valid-type]
    shuffled = list(given_measures)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert clock_of(LOST, given_measures) == clock_of(LOST, shuffled)


def test_a_stop_and_the_freeze_after_it_are_one_saving_and_what_is_released_is_none() -> None:
    freeze = replace(STOP, starts_at=NOON + timedelta(hours=20), requested_at=NOON + timedelta(hours=19))
    assert clock_of(LOST, [STOP, freeze]).saved == 600_000
    assert clock_of(LOST, [replace(STOP, holds=False), replace(freeze, holds=False)]).saved == 0
    assert clock_of(LOST, [STOP], {"a1": 200_000}).saved == 600_000, "paid back out of what is held"
    assert clock_of(LOST, [replace(STOP, holds=False)], {"a1": 200_000}).saved == 200_000
    beyond = clock_of(LOST, [replace(STOP, held_fen=1_500_000)])
    assert (beyond.saved, beyond.lost, beyond.beyond) == (1_000_000, 0, 500_000)


def test_moments_are_the_first_ones_and_the_unknown_is_said() -> None:
    rescue = clock_of(LOST, [STOP, replace(STOP, requested_at=NOON + timedelta(minutes=35), acknowledged_at=None, starts_at=None)])
    assert rescue.minutes(Moment.REPORTED, Moment.REQUESTED) == 5
    assert rescue.minutes(Moment.FRAUD, Moment.IN_FORCE) == 45
    none = clock_of(replace(LOST, happened_at=None), [])
    assert (none.fraud_known, none.minutes(Moment.FRAUD, Moment.REPORTED), none.minutes(Moment.REPORTED, Moment.SENT)) == (FraudKnown.UNKNOWN, None, None)
    assert clock_of(replace(LOST, happened_at=None), [STOP]).fraud_known is FraudKnown.TRANSFER
    listed = replace(LOST, told_order_at=NOON + timedelta(minutes=50))
    assert clock_of(listed, []).minutes(Moment.REPORTED, Moment.SENT) == 20
    assert clock_of(listed, [STOP]).minutes(Moment.REPORTED, Moment.SENT) == 13, "an order of the platform goes before what a list told"
    assert clock_of(LOST, [replace(STOP, requested_at=NOON)]).minutes(Moment.REPORTED, Moment.REQUESTED) == -30


@given(st.lists(st.integers(0, 10_000), min_size=2, max_size=60))
def test_the_spread_is_that_of_the_standard_library(minutes: list[int]) -> None:
    found = Spread.of(minutes)
    q1, median, q3 = statistics.quantiles(minutes, n=4, method="inclusive")
    assert (found.q1, found.median, found.q3) == (round(q1, 1), round(median, 1), round(q3, 1))
    assert found.p90 == round(statistics.quantiles(minutes, n=10, method="inclusive")[8], 1)


def test_groups_by_unit_bank_and_month() -> None:
    other = replace(LOST, id="i2", unit="另一大队", reported_at=NOON + timedelta(days=40), happened_at=None)
    followed = [Followed(LOST, [STOP, replace(STOP, receiver_id="b2", receiver="第二银行", account="a2")], {}), Followed(other, [], {})]
    assert [(one.key, one.incidents, one.with_order) for one in figures(followed, By.UNIT)] == [("另一大队", 1, 0), ("示例大队", 1, 1)]
    assert [(one.key, one.saved) for one in figures(followed, By.MONTH)] == [("2026-04", 0), ("2026-03", 1_000_000)]
    banks = figures(followed, By.BANK)
    assert [(one.name, one.saved, one.disputed, one.lost) for one in banks] == [("示例银行", 600_000, None, None), ("第二银行", 600_000, None, None)]
    (whole,) = figures(followed, By.ALL)
    assert (whole.incidents, whole.saved, whole.lost) == (2, 1_000_000, 1_000_000)
    assert figures([], By.ALL) == []


incidents = st.lists(st.tuples(st.integers(0, 2_000_000), measures, st.dictionaries(accounts, sums, max_size=3)), min_size=1, max_size=5)


@given(incidents, st.randoms())
def test_what_lies_in_an_account_counts_once_however_many_cases_hold_it(told: list[tuple[int, list[Measure], dict[str, int]]], chance: st.randoms) -> None:  # type: ignore[valid-type]
    followed = [Followed(replace(LOST, id=f"i{place}", disputed_fen=disputed), orders, back) for place, (disputed, orders, back) in enumerate(told)]
    (total,) = figures(followed, By.ALL)
    most = 0
    for account in ("a1", "a2", "a3"):
        back = sum(one.returned.get(account, 0) for one in followed)
        held = [measure.held_fen or 0 for one in followed for measure in one.measures if measure.holds and measure.account == account]
        most += max(back, max(held, default=0))
    assert total.saved <= most
    assert total.saved <= sum(clock_of(one.incident, one.measures, one.returned).saved for one in followed), "nobody has more than by itself"
    chance.shuffle(followed)  # type: ignore[attr-defined]
    assert figures(followed, By.ALL)[0].saved == total.saved


def test_an_account_of_two_cases_is_divided_by_what_each_lost() -> None:
    def saved(*told: tuple[int, int | None]) -> list[int]:
        cases = [replace(LOST, id=f"i{place}", disputed_fen=lost, unit=f"u{place}") for place, (lost, _) in enumerate(told)]
        followed = [Followed(case, [replace(STOP, held_fen=held)], {}) for case, (_, held) in zip(cases, told, strict=True)]
        return [one.saved for one in sorted(figures(followed, By.UNIT), key=lambda one: one.key)]

    assert saved((900_000, 600_000), (300_000, 600_000)) == [450_000, 150_000]
    assert saved((900_000, 100_000), (300_000, 600_000)) == [100_000, 300_000], "not more than its own order holds, nor than it lost"
    assert saved((900_000, 600_000), (0, 600_000)) == [600_000, 0]
    assert saved((900_000, 600_000), (300_000, None)) == [600_000, 0]
