"""Two sides of one transfer, and the chance that money is still there."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from fanzha.desks.funds.matching import Side, Telling, Tolerance, match
from fanzha.desks.funds.proposals import Decay

NOON = datetime(2026, 5, 1, 4, 0, tzinfo=UTC)
TOLERANCE = Tolerance(timedelta(seconds=30), timedelta(seconds=90))
ROWS = st.lists(st.tuples(st.sampled_from(list(Side)), st.sampled_from(["ab", "ba", "ac"]), st.integers(1, 2), st.integers(0, 200)), max_size=30)


def tellings(rows: list[tuple[Side, str, int, int]]) -> list[Telling]:
    return [Telling(f"{place:03d}", side, pair[0], pair[1], fen, NOON + timedelta(seconds=at)) for place, (side, pair, fen, at) in enumerate(rows)]


@given(ROWS, st.randoms(use_true_random=False))
def test_the_set_alone_decides_and_no_telling_is_lost(rows: list[tuple[Side, str, int, int]], chance: random.Random) -> None:
    told = tellings(rows)
    found = match(told, TOLERANCE)
    assert sorted(each.key for transfer in found for each in transfer.tellings) == sorted(each.key for each in told)
    shuffled = list(told)
    chance.shuffle(shuffled)
    assert match(shuffled, TOLERANCE) == found
    for transfer in found:
        sides = [each.side for each in transfer.tellings]
        assert len(set(sides)) == len(sides)
        assert len({(each.payer, each.payee, each.fen) for each in transfer.tellings}) == 1
        for each in transfer.tellings:
            assert abs(each.at - transfer.lead.at) <= (TOLERANCE.victims if each.side is Side.VICTIM else TOLERANCE.banks)


@given(ROWS, ROWS)
def test_another_bank_row_adds_one_transfer_at_most(rows: list[tuple[Side, str, int, int]], more: list[tuple[Side, str, int, int]]) -> None:
    banks = [row for row in rows if row[0] in {Side.PAYER, Side.PAYEE}]
    further = [row for row in more if row[0] in {Side.PAYER, Side.PAYEE}]
    before, after = match(tellings(banks), TOLERANCE), match(tellings([*banks, *further]), TOLERANCE)
    assert 0 <= len(after) - len(before) <= len(further)


def test_the_chance_halves() -> None:
    decay = Decay(timedelta(minutes=30), 0.02)
    assert [decay.chance(timedelta(minutes=minutes)) for minutes in (-5, 0, 30, 60, 6000)] == [1.0, 1.0, 0.5, 0.25, 0.02]
