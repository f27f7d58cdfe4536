"""Properties of the small tools the city is built with."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fanzha.kit.clock import SHANGHAI
from fanzha.simulator import narratives, numbers
from fanzha.simulator.balances import with_balances
from fanzha.simulator.dice import apportion, dice, pick, shares
from fanzha.simulator.gangs.scripts import SCRIPTS
from fanzha.vocab.fraud_types import FraudType
from fanzha.vocab.identifiers import Kind, validate

_FEW = settings(max_examples=60, deadline=None)


@_FEW
@given(st.lists(st.integers(1, 10**12), min_size=1, max_size=30), st.integers(1, 6), st.integers(0, 2**32))
def test_shares_sum_to_their_totals(totals: list[int], parts: int, seed: int) -> None:
    cut = shares(np.random.default_rng(seed), np.array(totals), parts)
    assert cut.shape == (len(totals), parts)
    assert (cut >= 0).all()
    assert (cut.sum(axis=1) == np.array(totals)).all()


@_FEW
@given(st.integers(0, 5000), st.lists(st.floats(0.01, 10), min_size=1, max_size=12))
def test_apportioning_deals_out_everything_fairly(total: int, weights: list[float]) -> None:
    dealt = apportion(total, weights)
    exact = np.array(weights) / sum(weights) * total
    assert dealt.sum() == total
    assert (np.abs(dealt - exact) < 1 + 1e-6).all()


def test_every_type_gets_a_fraud_from_twenty_five_on() -> None:
    assert apportion(25, [script.weight for script in SCRIPTS]).min() >= 1


@_FEW
@given(st.lists(st.floats(0, 5), min_size=1, max_size=8).filter(lambda weights: sum(weights) > 0), st.integers(0, 2**32))
def test_picks_are_only_of_things_with_weight(weights: list[float], seed: int) -> None:
    for index in pick(np.random.default_rng(seed), weights, 50):
        assert weights[index] > 0


@_FEW
@given(st.integers(0, 30), st.integers(0, 200), st.integers(0, 2**16))
def test_numbers_of_one_draw_differ_and_validate(first: int, count: int, seed: int) -> None:
    drawn = numbers.mobiles(numbers.MOBILE, first, count, seed)
    assert drawn.n_unique() == count
    for kind, values in ((Kind.IMEI, numbers.imeis(first, 5)), (Kind.CARD, numbers.cards(np.arange(5), first))):
        assert [value for value in values if validate(kind, value)] == []


def test_ranges_that_are_too_small_are_refused() -> None:
    with pytest.raises(ValueError, match="ranges hold"):
        numbers.mobiles(["1390000"], 0, 10_001, 0)


@_FEW
@given(st.dates(datetime(1920, 1, 1).date(), datetime(2025, 1, 1).date()), st.booleans(), st.integers(0, 12))
def test_id_cards_carry_their_check_and_sex(born: object, male: bool, rank: int) -> None:
    day = int(str(born).replace("-", ""))
    card = numbers.id_cards(np.array([350302]), np.array([day]), np.array([male]), np.array([rank]))[0]
    assert [problem for problem in validate(Kind.ID_CARD, card) if problem.is_error] == []
    assert int(card[16]) % 2 == int(male)


@_FEW
@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5), st.integers(1, 10**9)), max_size=60))
def test_balances_conserve_money_and_stay_above_zero(moves: list[tuple[int, int, int]]) -> None:
    moves = [move for move in moves if move[0] != move[1]]
    frame = pl.DataFrame(moves, schema={"payer": pl.Int64, "payee": pl.Int64, "amount_fen": pl.Int64}, orient="row")
    full, opening = with_balances(frame, 6, seed=1)
    balance = opening.tolist()
    for payer, payee, amount, after_payer, after_payee in full.iter_rows():
        balance[payer] -= amount
        balance[payee] += amount
        assert (after_payer, after_payee) == (balance[payer], balance[payee])
        assert min(balance) >= 0


@_FEW
@given(st.sampled_from([script.type for script in SCRIPTS]), st.integers(0, 10**8), st.integers(1, 5), st.integers(0, 2**32))
def test_every_story_can_be_told(fraud_type: FraudType, loss: int, times: int, seed: int) -> None:
    at = datetime(2026, 3, 4, 10, 20, tzinfo=SHANGHAI)
    story = narratives.Story(
        fraud_type,
        "林甲",
        30,
        at,
        at if loss else None,
        loss,
        times,
        ("13900000000",),
        ("6299000000000000002",),
        ("moni-x.top",),
        "9990000001",
        "农业银行",
    )
    text = narratives.narrate(np.random.default_rng(seed), story)
    assert "{" not in text
    assert len(text) > 20


def test_amounts_are_said_in_many_ways() -> None:
    said = {narratives.amount_words(dice(seed, "x"), 3_200_000) for seed in range(60)}
    assert {"32000元", "32,000元", "3.2万元", "三万二千元"} <= said
