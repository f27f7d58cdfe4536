"""Two frauds played to the end of a day against the real services: money is conserved, no order goes without approval, none beyond what is in dispute."""

from __future__ import annotations

from dataclasses import replace

from fanzha.faces.cli.bench_rescue import figures
from fanzha.faces.cli.rescue import assumptions
from fanzha.faces.cli.rescue.assumptions import Span
from fanzha.faces.cli.rescue.play import Play
from fanzha.faces.common.platform import Platform


def test_money_is_conserved_and_no_order_breaks_a_rule(platform: Platform) -> None:
    delays = replace(assumptions.WITH_PLATFORM, notice=Span(15, 16))
    play = Play(platform, range(2), 3, delays)
    before = play.world.total()
    done = play.run()
    assert play.world.total() == before
    assert [play.faults(case) for case in done] == [[], []]
    assert all(case.rescue is not None and case.read_right for case in done)
    told = figures(done)
    assert 0 < told["saved_fen"] <= told["bound_fen"] <= told["disputed_fen"]
    assert told["saved_fen"] + told["lost_fen"] == told["disputed_fen"] == sum(case.fraud.fen for case in done)
    assert told["minutes"]["from_report"]["count"] == 2


def test_the_same_luck_meets_both_ways_of_working() -> None:
    ours, hand = assumptions.WITH_PLATFORM, assumptions.BY_HAND
    assert ours.notice.draw("1:2:notice") == hand.notice.draw("1:2:notice")
    assert all(ours.request.draw(f"{place}") < hand.request.draw(f"{place}") for place in range(50))
    assert set(ours.told()) == set(hand.told())
