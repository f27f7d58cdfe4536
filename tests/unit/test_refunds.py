"""Giving money back: every fen is accounted for, nobody gets more than was lost, shares are as equal as whole fen allow."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanzha.engine.refunds import Claim, Denominator, Policy, Traced, UnfitRefund, divide, largest_remainder

FEN = st.integers(0, 10**12)
NAMES = st.sampled_from([f"v{i}" for i in range(8)])
ACCOUNTS = st.sampled_from(["a", "b", "c"])


@st.composite
def rounds(draw: st.DrawFn) -> tuple[dict[str, int], list[Claim], list[Traced], Policy]:
    frozen = draw(st.dictionaries(ACCOUNTS, FEN, min_size=1))
    losses = draw(st.dictionaries(NAMES, st.tuples(FEN, FEN), min_size=1))
    claims = [Claim(victim, *amounts) for victim, amounts in losses.items()]
    traced = draw(st.lists(st.builds(Traced, st.sampled_from(sorted(losses)), st.sampled_from(sorted(frozen)), FEN), max_size=10))
    more = draw(FEN)
    policy = Policy(draw(st.sampled_from(Denominator)), sum(claim.loss for claim in claims) + more)
    return frozen, claims, traced, policy


@given(rounds())
def test_every_fen_is_paid_or_stays_frozen_and_nobody_gets_more_than_is_open(case: tuple[dict[str, int], list[Claim], list[Traced], Policy]) -> None:
    frozen, claims, traced, policy = case
    found = divide(frozen, claims, traced, policy)
    for account, fen in frozen.items():
        assert sum(each.fen for each in found.payments if each.account == account) + found.residue[account] == fen
    assert all(found.of(claim.victim) <= claim.open for claim in claims)
    assert all(each.fen > 0 for each in found.payments)
    assert all(fen >= 0 for fen in found.residue.values())


@given(rounds())
def test_direct_payments_are_backed_by_a_trace(case: tuple[dict[str, int], list[Claim], list[Traced], Policy]) -> None:
    frozen, claims, traced, policy = case
    for victim in {claim.victim for claim in claims}:
        for account in frozen:
            backed = sum(each.fen for each in traced if (each.victim, each.account) == (victim, account))
            paid = sum(each.fen for each in divide(frozen, claims, traced, policy).payments if (each.victim, each.account, each.direct) == (victim, account, True))
            assert paid <= backed


@given(rounds())
def test_a_round_that_can_pay_everybody_pays_everybody(case: tuple[dict[str, int], list[Claim], list[Traced], Policy]) -> None:
    frozen, claims, traced, _ = case
    rich = {**frozen, "a": frozen.get("a", 0) + sum(claim.loss for claim in claims)}
    found = divide(rich, claims, traced)
    assert all(found.of(claim.victim) == claim.open for claim in claims)


@given(rounds())
def test_the_order_in_which_claims_are_given_does_not_matter(case: tuple[dict[str, int], list[Claim], list[Traced], Policy]) -> None:
    frozen, claims, traced, policy = case
    assert divide(frozen, claims, traced, policy) == divide(dict(reversed(frozen.items())), claims[::-1], traced[::-1], policy)


@given(FEN, st.dictionaries(NAMES, FEN, min_size=1))
def test_the_largest_remainders_get_the_odd_fen(total: int, weights: dict[str, int]) -> None:
    parts = largest_remainder(total, weights)
    whole = sum(weights.values())
    if whole == 0:
        assert not any(parts.values())
        return
    assert sum(parts.values()) == total
    for name, weight in weights.items():
        assert abs(parts[name] - Fraction(total * weight, whole)) < 1
        assert weight > 0 or parts[name] == 0


def test_one_inflow_goes_back_to_its_victim_and_the_rest_is_shared() -> None:
    claims = [Claim("v1", 600_000), Claim("v2", 300_000), Claim("v3", 100_000)]
    found = divide({"m1": 500_000, "m2": 100_000}, claims, [Traced("v1", "m1", 400_000)])
    assert (found.of("v1"), found.of("v2"), found.of("v3")) == (400_000 + 66_667, 100_000, 33_333)  # 200,000 for 200,000, 300,000 and 100,000 still open
    assert sum(found.residue.values()) == 0


def test_policies_differ_in_what_stays_frozen() -> None:
    claims = [Claim("v1", 1_000), Claim("v2", 1_000)]
    assert divide({"m": 1_000}, claims, []).residue == {"m": 0}
    assert divide({"m": 1_000}, claims, [], Policy(Denominator.CASE, 4_000)).residue == {"m": 500}
    before = [Claim("v1", 1_000, 900), Claim("v2", 1_000)]
    assert divide({"m": 1_000}, before, [], Policy(Denominator.LOSSES)).of("v1") == 100
    assert divide({"m": 1_000}, before, []).of("v1") == 91


def test_what_cannot_be_divided_is_refused() -> None:
    with pytest.raises(UnfitRefund, match="below zero"):
        divide({"m": -1}, [Claim("v", 1)], [])
    with pytest.raises(UnfitRefund, match="named twice"):
        divide({"m": 1}, [Claim("v", 1), Claim("v", 2)], [])
    with pytest.raises(UnfitRefund, match="not of this round"):
        divide({"m": 1}, [Claim("v", 1)], [Traced("v", "n", 1)])
    with pytest.raises(UnfitRefund, match="whole case"):
        divide({"m": 1}, [Claim("v", 5)], [], Policy(Denominator.CASE, 4))
