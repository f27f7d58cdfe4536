"""Tracing held against plain simulations that move every fen by hand, on small ledgers full of ties."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanzha.engine.tracing.errors import UnfitLimits, UnfitTransfer
from fanzha.engine.tracing.ledger import Ledger, Named
from fanzha.engine.tracing.lines import Rest
from fanzha.engine.tracing.trace import Limits, Method, Origin, Trace, reachable, trace

SECOND = 1_000_000


@dataclass(frozen=True)
class Case:
    """A ledger, one transfer of it that is stolen, and how far to follow."""

    ledger: Ledger
    origin: Origin
    limits: Limits
    ends: np.ndarray

    @property
    def until(self) -> int:
        return int(self.ledger.at[self.origin.transfer]) + self.limits.bounds.within


@st.composite
def cases(draw: st.DrawFn, least: int = 1) -> Case:
    accounts = draw(st.integers(2, 6))
    code = st.integers(0, accounts - 1)
    rows = draw(st.lists(st.tuples(code, code, st.integers(0, 8), st.integers(1, 30)), min_size=1, max_size=30).filter(lambda all_: any(a != b for a, b, *_ in all_)))
    payer, payee, at, amount = (np.array(column, kind) for column, kind in zip(zip(*rows, strict=True), (np.int32, np.int32, np.int64, np.int64), strict=True))
    opening = np.array(draw(st.lists(st.integers(-1, 40), min_size=accounts, max_size=accounts)), np.int64)
    ledger = Ledger.build(payer, payee, at * SECOND, amount, accounts, opening)
    transfer = draw(st.integers(0, len(ledger) - 1))
    fen = draw(st.integers(1, int(ledger.amount[transfer])))
    ends = np.array(draw(st.lists(st.sampled_from((0, 0, 0, 1, 4)), min_size=accounts, max_size=accounts)), np.int8)
    limits = Limits(draw(st.integers(1, 5)), timedelta(seconds=draw(st.integers(1, 9))), least)
    return Case(ledger, Origin(transfer, fen), limits, ends)


def rests_of(found: Trace) -> Counter[tuple[int, int]]:
    """Account and kind → fen."""
    told: Counter[tuple[int, int]] = Counter()
    for account, fen, _, kind, _ in found.rests.tolist():
        told[account, kind] += fen
    return told


def flows_of(found: Trace) -> Counter[tuple[int, int]]:
    """Transfer and hop → stolen fen in it."""
    told: Counter[tuple[int, int]] = Counter()
    for transfer, fen, hop, _ in found.flows.tolist():
        told[transfer, hop] += fen
    return told


def by_hand(case: Case, method: Method) -> tuple[Counter[tuple[int, int]], Counter[tuple[int, int]]]:
    """FIFO and LIFO with every fen on a pile: a fen is None, or the hop by which stolen money came in. Returns rests and flows."""
    ledger, rests, flows = case.ledger, Counter[tuple[int, int]](), Counter[tuple[int, int]]()
    piles: list[deque[int | None]] = [deque([None] * int(ledger.opening[account])) for account in range(ledger.accounts)]
    for out in range(len(ledger)):
        if ledger.at[out] > case.until and out > case.origin.transfer:
            break
        source, target, amount = int(ledger.payer[out]), int(ledger.payee[out]), int(ledger.amount[out])
        take = piles[source].popleft if method is Method.FIFO else piles[source].pop
        moved = [take() for _ in range(amount)]
        if method is Method.LIFO:
            moved.reverse()
        if out == case.origin.transfer:
            clean = [None] * (amount - case.origin.fen)
            stolen: list[int | None] = [1] * case.origin.fen
            moved = stolen + clean if method is Method.FIFO else clean + stolen
            flows[out, 1] += case.origin.fen
            if case.ends[target]:
                rests[target, int(case.ends[target])] += case.origin.fen
                moved = [None] * amount
        else:
            moved = [_step(case, hop, out, source, target, rests, flows) for hop in moved]
        piles[target].extend(moved)
    for account, pile in enumerate(piles):
        held = sum(hop is not None for hop in pile)
        if held:
            rests[account, Rest.HELD] += held
    return rests, flows


def _step(case: Case, hop: int | None, out: int, source: int, target: int, rests: Counter[tuple[int, int]], flows: Counter[tuple[int, int]]) -> int | None:
    if hop is None:
        return None
    if hop >= case.limits.hops:
        rests[source, Rest.MOVED_ON] += 1
        return None
    flows[out, hop + 1] += 1
    if case.ends[target]:
        rests[target, int(case.ends[target])] += 1
        return None
    return hop + 1


@pytest.mark.parametrize("method", [Method.FIFO, Method.LIFO])
@given(case=cases())
def test_pieces_are_what_moving_every_fen_by_hand_gives(method: Method, case: Case) -> None:
    found = trace(case.ledger, [case.origin], method, case.limits, case.ends)
    rests, flows = by_hand(case, method)
    assert rests_of(found) == rests
    assert flows_of(found) == flows


def shared_by_hand(case: Case, *, poison: bool) -> Counter[tuple[int, int]]:
    """Haircut and poison over all transfers in turn. Returns rests."""
    ledger, rests = case.ledger, Counter[tuple[int, int]]()
    stolen, hops = [0] * ledger.accounts, [99] * ledger.accounts
    balance = [int(each) for each in ledger.opening]
    for out in range(len(ledger)):
        source, target, amount = int(ledger.payer[out]), int(ledger.payee[out]), int(ledger.amount[out])
        part = 0
        hop = 1
        if out == case.origin.transfer:
            part = case.origin.fen
        elif stolen[source] and ledger.at[out] <= case.until and not case.ends[source]:
            part = min(stolen[source], amount) if poison or amount == balance[source] else stolen[source] * amount // balance[source]
            part = max(part, stolen[source] - (balance[source] - amount))
            stolen[source] -= part
            hop = hops[source] + 1
        balance[source] -= amount
        balance[target] += amount
        if hop > case.limits.hops:
            rests[source, Rest.MOVED_ON] += part
        elif 0 < part < case.limits.least_fen and out != case.origin.transfer:
            rests[source, Rest.SMALL] += part
        elif part:
            stolen[target] += part
            hops[target] = min(hops[target], hop)
    for account, held in enumerate(stolen):
        rests[account, int(case.ends[account])] += held
    return +rests


@pytest.mark.parametrize("method", [Method.HAIRCUT, Method.POISON])
@given(case=cases())
def test_shares_are_what_a_balance_carried_through_every_transfer_gives(method: Method, case: Case) -> None:
    found = trace(case.ledger, [case.origin], method, case.limits, case.ends)
    assert rests_of(found) == shared_by_hand(case, poison=method is Method.POISON)


@pytest.mark.parametrize("method", list(Method))
@given(case=cases(least=3))
def test_money_is_conserved_to_the_fen(method: Method, case: Case) -> None:
    """Stolen = still there + withdrawn + left the data (+ gone beyond the limits asked for), and what enters an account leaves it or rests in it."""
    found = trace(case.ledger, [case.origin], method, case.limits, case.ends)
    assert int(found.rests[:, 1].sum()) == case.origin.fen
    assert bool(np.all(found.rests[:, 1] > 0))
    net: Counter[int] = Counter()
    for transfer, fen, *_ in found.flows.tolist():
        net[int(case.ledger.payee[transfer])] += fen
        if transfer != case.origin.transfer:
            net[int(case.ledger.payer[transfer])] -= fen
    for account, fen, *_ in found.rests.tolist():
        net[account] -= fen
    assert not any(net.values())


@pytest.mark.parametrize("method", list(Method))
@given(case=cases())
def test_no_transfer_carries_more_stolen_money_than_its_amount_nor_before_or_after_its_time(method: Method, case: Case) -> None:
    found = trace(case.ledger, [case.origin], method, case.limits, case.ends)
    carried: Counter[int] = Counter()
    for transfer, fen, hop, _ in found.flows.tolist():
        carried[transfer] += fen
        assert hop <= case.limits.hops
        assert transfer >= case.origin.transfer
        assert case.ledger.at[transfer] <= case.until
    assert all(fen <= case.ledger.amount[transfer] for transfer, fen in carried.items())


def reached_by_hand(case: Case) -> dict[int, int]:
    """Account → fewest hops, over every path."""
    ledger, least = case.ledger, case.limits.least_fen
    best: dict[int, int] = {}

    def go(transfer: int, hop: int) -> None:
        account = int(ledger.payee[transfer])
        best[account] = min(best.get(account, 99), hop)
        if case.ends[account] or hop == case.limits.hops:
            return
        for out in range(transfer + 1, len(ledger)):
            if ledger.payer[out] == account and ledger.at[out] <= case.until and ledger.amount[out] >= least:
                go(out, hop + 1)

    go(case.origin.transfer, 1)
    return best


@given(case=cases(least=5))
def test_reach_is_every_path_in_time(case: Case) -> None:
    found = reachable(case.ledger, case.origin.transfer, case.limits, case.ends)
    assert dict(zip(found.accounts.tolist(), found.hops.tolist(), strict=True)) == reached_by_hand(case)


@given(case=cases(least=5))
def test_a_path_is_one_of_fewest_hops_in_time_order(case: Case) -> None:
    ledger = case.ledger
    found = reachable(ledger, case.origin.transfer, case.limits, case.ends)
    for account, hops in zip(found.accounts.tolist(), found.hops.tolist(), strict=True):
        path = found.path(account)
        assert len(path) == hops
        assert path[0] == case.origin.transfer
        assert ledger.payee[path[-1]] == account
        assert all(before < after and ledger.payee[before] == ledger.payer[after] for before, after in pairwise(path))
    assert found.path(ledger.accounts) == []


@given(case=cases())
def test_whatever_a_method_finds_was_reachable(case: Case) -> None:
    reached = set(reachable(case.ledger, case.origin.transfer, case.limits, case.ends).accounts.tolist())
    for method in Method:
        found = trace(case.ledger, [case.origin], method, case.limits, case.ends)
        assert set(found.rests[:, 0].tolist()) <= reached


@given(case=cases(), data=st.data())
def test_many_origins_are_followed_as_each_alone(case: Case, data: st.DataObject) -> None:
    others = data.draw(st.lists(st.integers(0, len(case.ledger) - 1), max_size=3, unique=True))
    origins = [case.origin, *(Origin(each, int(case.ledger.amount[each])) for each in others)]
    for method in (Method.FIFO, Method.LIFO, Method.HAIRCUT, Method.POISON):
        together = trace(case.ledger, origins, method, case.limits, case.ends)
        for number, origin in enumerate(origins):
            alone = trace(case.ledger, [origin], method, case.limits, case.ends)
            assert rests_of(alone) == rests_of(Trace(method, (), together.flows, together.rests[together.rests[:, 4] == number]))


@given(case=cases())
def test_the_order_in_which_rows_are_given_matters_only_among_equal_times(case: Case) -> None:
    back = np.argsort(-case.ledger.at, kind="stable")
    ledger = case.ledger
    again = Ledger.build(ledger.payer[back], ledger.payee[back], ledger.at[back], ledger.amount[back], ledger.accounts, ledger.opening)
    assert again.at.tolist() == ledger.at.tolist()
    assert again.amount.tolist() == ledger.amount.tolist()


def test_an_opening_balance_that_nobody_told_is_the_smallest_possible_and_marked() -> None:
    payer, payee = np.array([0, 1], np.int32), np.array([1, 2], np.int32)
    ledger = Ledger.build(payer, payee, np.array([1, 2], np.int64), np.array([100, 150], np.int64), 3)
    assert ledger.opening.tolist() == [100, 50, 0]
    assert ledger.guessed.tolist() == [1, 1, 1]
    told = Ledger.build(payer, payee, np.array([1, 2], np.int64), np.array([100, 150], np.int64), 3, np.array([500, 20, 0], np.int64))
    assert told.opening.tolist() == [500, 50, 0]  # 20 fen cannot be: 150 left after 100 had come
    assert told.guessed.tolist() == [0, 1, 0]


def test_a_wrong_amount_is_refused_with_its_row() -> None:
    with pytest.raises(UnfitTransfer, match="row 2"):
        Ledger.build(np.array([0, 0], np.int32), np.array([1, 1], np.int32), np.array([1, 2], np.int64), np.array([5, 0], np.int64), 2)
    frame = pl.DataFrame({"time": [None], "payer": ["a"], "payee": ["b"], "amount_fen": [1]}, schema_overrides={"time": pl.Datetime("us", "UTC")})
    with pytest.raises(UnfitTransfer, match="no time in row 1"):
        Named.build(frame)


def test_no_more_can_be_claimed_than_was_sent() -> None:
    ledger = Ledger.build(np.array([0], np.int32), np.array([1], np.int32), np.array([1], np.int64), np.array([5], np.int64), 2)
    for fen in (0, 6):
        with pytest.raises(UnfitLimits):
            trace(ledger, [Origin(0, fen)], Method.FIFO)
