"""Suspect numbers from evidence to their operators: queue, ladder, clocks, restoration, protection of victims' lines."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, ProgrammingError
from tests.desks.lines.lines_kit import (
    NOON,
    NUMBERS,
    SYSTEM,
    Places,
    answer,
    approve,
    asked,
    carried_out,
    officers,
    piece,
    proposer,
    request,
    state_of,
    suspects,
)

from fanzha.desks import controls, indicators, lines
from fanzha.desks.controls import Result, State
from fanzha.desks.controls import repository as orders
from fanzha.desks.controls import tasks as order_tasks
from fanzha.desks.controls.errors import ApproverTooLow, BadAnswer, BadOrder, NotYourOwn
from fanzha.desks.indicators import IndicatorRow, IndicatorState
from fanzha.desks.lines import tasks
from fanzha.desks.lines.domain import Check, Source, SuspectState
from fanzha.desks.lines.errors import LevelNotOpen, NotALine, NumberProtected
from fanzha.desks.lines.repository import Filters
from fanzha.faces.common.platform import Platform
from fanzha.kit import clock
from fanzha.kit.paging import PageRequest
from fanzha.store import Scope, dated
from fanzha.vocab.fraud_types import FraudType
from fanzha.vocab.identifiers import Kind
from fanzha.vocab.risk import RiskLevel


@pytest.fixture(autouse=True)
def _at_noon() -> Iterator[None]:
    with clock.frozen(NOON):
        yield


def test_evidence_makes_a_queue_and_people_empty_it(platform: Platform, places: Places) -> None:
    first, second = suspects(platform, piece(NUMBERS[0]), piece(NUMBERS[1], "f2", level=RiskLevel.YELLOW))
    again = suspects(platform, piece(NUMBERS[0]), piece(NUMBERS[0], "f3", "caller_burst"))
    assert again[0] == first
    with platform.database.work(Scope.of(places.asker)) as work:
        page = lines.reading.queue(work, Filters(state="open"), PageRequest())
        assert [row.suspect.id for row in page.rows] == [first, second]
        assert page.rows[0].suspect.pieces == 2
        assert page.rows[0].open_kinds == (lines.VERIFY,)
        lines.service.dismiss(work, first, "机主为客服外包公司，已核实")
    suspects(platform, piece(NUMBERS[0], "f4"))  # the same rule on another day: stays out
    assert _state(platform, first) is SuspectState.DISMISSED
    suspects(platform, piece(NUMBERS[0], "i1", "公安通报", source=Source.INDICATOR))
    assert _state(platform, first) is SuspectState.OPEN
    with platform.database.work(SYSTEM) as work:
        assert lines.proposing.withdraw(work, Source.FINDING, ["f2"]) == 1
    assert _state(platform, second) is SuspectState.WITHDRAWN


@pytest.mark.parametrize("number", ["110", "96110", "95588", "10086", "+85261234567"])
def test_known_good_and_foreign_numbers_are_never_proposed_nor_ordered(platform: Platform, places: Places, number: str) -> None:
    assert suspects(platform, piece(number)) == []
    with platform.database.work(Scope.of(places.asker)) as work, pytest.raises((NumberProtected, NotALine)):
        lines.service.propose(work, proposer(platform), number, reference="r1", name="警情1", reason="被害人指认")
    ask = asked(places)
    with platform.database.work(Scope.of(places.asker)) as work, pytest.raises(BadOrder) as refused:
        controls.service.request(work, controls.Request(lines.VERIFY, "atfl:11", ask.reason, ask.officers, "", ask.receiver_org_id, account=number))
    assert refused.value.params["fields"] == {"account": "no_operator" if number.startswith("+") else "known_good"}


def test_confirmed_indicators_propose_and_cleared_ones_leave(platform: Platform, places: Places) -> None:
    with platform.database.work(SYSTEM) as work:
        row = IndicatorRow(NUMBERS[2], Kind.PHONE, FraudType.AUTHORITY, source="公安通报", state=IndicatorState.CONFIRMED, confidence=90)
        entry = indicators.service.add_one(work, row, platform.tokens)
        held, tokens = entry.id, list(entry.tokens)
    assert tasks.take_indicators(platform, tokens).fresh == 1
    assert tasks.take_indicators(platform, tokens).added == 0
    with platform.database.work(SYSTEM) as work:
        suspect = lines.reading.find(work, lines.proposing.index_of(NUMBERS[2]))
        assert suspect is not None
        assert (suspect.sources, suspect.fraud_type, suspect.carrier[:2]) == (["indicator"], "authority", "移动")
        assert suspect.operator_org_id == places.operator.org_id
        indicators.service.clear(work, held, "核查后不是涉诈号码")
        kept = suspect.id
    tasks.take_indicators(platform, tokens)
    assert _state(platform, kept) is SuspectState.WITHDRAWN


def test_from_check_to_bar_and_back(platform: Platform, places: Places) -> None:
    """Each level in its turn and with its approver; a passed check lifts everything, also what another operator holds."""
    (one,) = suspects(platform, piece(NUMBERS[0]))
    assert request(platform, places, one, "line_limit").faults == (("ground", "check_first"),)
    check = request(platform, places, one, lines.VERIFY).order
    assert check is not None
    assert approve(platform, places.head, check.id).answer_by == NOON + timedelta(hours=24)
    assert answer(platform, places.operator, check.id, Result.NOT_REACHED).state == State.DONE
    limit = carried_out(platform, places, one, "line_limit")
    assert (limit.scope, limit.ends_at) == ("calls_out sms_out", NOON + timedelta(days=30))
    suspend = carried_out(platform, places, one, "line_suspend")
    assert request(platform, places, one, "line_bar").faults == (("ground", "level_skipped"),)
    cancel = request(platform, places, one, "line_cancel").order
    assert cancel is not None
    assert cancel.major
    with pytest.raises(ApproverTooLow):
        approve(platform, places.head, cancel.id)
    approve(platform, places.city_head, cancel.id)
    answer(platform, places.operator, cancel.id, Result.DONE)
    bar = request(platform, places, one, "line_bar", receiver_org_id=places.other_operator.org_id).order
    assert bar is not None
    approve(platform, places.city_head, bar.id)
    answer(platform, places.operator, bar.id, Result.DONE)
    again = carried_out(platform, places, one, lines.VERIFY, Result.PASSED)
    assert again.state == State.DONE
    assert {state_of(platform, order.id) for order in (limit, suspend, cancel, bar)} == {"released"}
    tasks.settle_restored(platform, again.subject_index)
    assert _state(platform, one) is SuspectState.RESTORED
    assert request(platform, places, one, "line_limit").faults == (("kind", "check_passed"),)


def test_what_other_operators_hold_ends_by_the_job(platform: Platform, places: Places) -> None:
    (one,) = suspects(platform, piece("+8616205940001"))  # a virtual operator's number: a person names the receiver
    bar = carried_out(platform, places, one, "line_bar", ground="certified", receiver_org_id=places.other_operator.org_id)
    check = carried_out(platform, places, one, lines.VERIFY, Result.PASSED)
    assert state_of(platform, bar.id) == "in_force"
    assert tasks.settle_restored(platform, check.subject_index) == 1
    assert tasks.settle_restored(platform, check.subject_index) == 0
    assert state_of(platform, bar.id) == "released"
    with platform.database.work(Scope.of(places.other_operator)) as work:
        codes = [message.tx_code for message in orders.messages_of(work, bar.id)]
    assert codes == ["FZ0309", "FZ0203"]


def test_a_check_that_came_too_late_opens_suspension_and_what_was_open_is_asked_again_at_approval(platform: Platform, places: Places) -> None:
    (one,) = suspects(platform, piece(NUMBERS[0]))
    check = request(platform, places, one, lines.VERIFY).order
    assert check is not None
    approve(platform, places.head, check.id)
    with clock.frozen(NOON + timedelta(hours=25)):
        suspend = request(platform, places, one, "line_suspend").order
        assert suspend is not None
        answer(platform, places.operator, check.id, Result.PASSED)
        with pytest.raises(LevelNotOpen):
            approve(platform, places.head, suspend.id)
        tasks.settle_restored(platform, suspend.subject_index)
        assert state_of(platform, suspend.id) == "lapsed"


def test_nobody_approves_their_own_and_a_measure_ends_by_itself(platform: Platform, places: Places) -> None:
    (one,) = suspects(platform, piece(NUMBERS[0]))
    asking = request(platform, places, one, "line_suspend", ground="case_confirmed").order
    assert asking is not None
    with pytest.raises(NotYourOwn):
        approve(platform, places.asker, asking.id)
    approve(platform, places.head, asking.id)
    with pytest.raises(BadAnswer):
        answer(platform, places.operator, asking.id, Result.PASSED)
    answer(platform, places.operator, asking.id, Result.DONE)
    with clock.frozen(NOON + timedelta(days=90)):
        assert state_of(platform, asking.id) == "expired"
        order_tasks.let_time_pass(platform)
        assert state_of(platform, asking.id) == "expired"


def test_a_victims_line_is_protected_briefly_on_its_own_basis(platform: Platform, places: Places) -> None:
    with platform.database.work(Scope.of(places.asker)) as work:
        with pytest.raises(BadOrder):
            lines.service.protect(work, NUMBERS[3], asked(places, lines.PROTECT, ground="case_confirmed"))
        order = lines.service.protect(work, NUMBERS[3], asked(places, lines.PROTECT, ground="family_request", term=1))
        held = order.id
    approve(platform, places.head, held)
    answer(platform, places.operator, held, Result.DONE)
    with platform.database.work(Scope.of(places.asker)) as work:
        order = controls.service.get(work, held)
        assert order.ends_at == NOON + timedelta(hours=1)
        assert "没有违法" in (order.notice_zh or "")
        view = lines.reading.number(work, order.subject_index)
        assert (view.suspect, view.standing.reached, view.standing.check) == (None, 0, Check.NONE)
        lifted = lines.service.restore(work, order.subject_index, officers(places), "本人已脱离诈骗", "k1")
        assert lines.service.restore(work, order.subject_index, officers(places), "本人已脱离诈骗", "k2") == []
    approve(platform, places.head, lifted[0].id)
    answer(platform, places.operator, lifted[0].id, Result.DONE)
    assert state_of(platform, held) == "released"


def test_many_numbers_in_one_request_each_with_its_own_fate(platform: Platform, places: Places) -> None:
    ids = suspects(platform, *(piece(number, f"f{number}") for number in NUMBERS[:4]))
    carried_out(platform, places, ids[0], lines.VERIFY, Result.NOT_PASSED)
    with platform.database.work(Scope.of(places.asker)) as work:
        ask = asked(places, "line_suspend")
        done = {outcome.suspect.id: outcome for outcome in lines.service.request_many(work, ids, ask)}
        assert [done[one].order is not None for one in ids] == [True, False, False, False]
        twice = lines.service.request_many(work, [ids[0]], ask)
        assert twice[0].order is done[ids[0]].order
    with platform.database.work(Scope.of(places.head)) as work:
        orders = [order.id for order in lines.reading.waiting(work)]
        assert [error for _, error in lines.service.approve_many(work, orders)] == [None]


def test_the_ladder_is_a_dated_setting(platform: Platform, places: Places) -> None:
    (one,) = suspects(platform, piece(NUMBERS[0]))
    with platform.database.work(SYSTEM) as work:
        for key, value in (("lines.ladder", "line_suspend line_bar"), ("lines.after.not_reached", "none"), ("lines.approver.line_bar", "county")):
            dated.decide(work, key, value, region="3503", effective_from=clock.local_day(NOON), source="市局通知")
    carried_out(platform, places, one, lines.VERIFY, Result.NOT_REACHED)
    assert request(platform, places, one, "line_suspend").faults == (("ground", "level_skipped"),)
    carried_out(platform, places, one, "line_suspend", ground="imminent_harm")
    assert request(platform, places, one, "line_limit", ground="sim_box").faults == (("kind", "not_a_level"),)
    assert request(platform, places, one, "line_bar").order is not None


def test_the_database_holds_ground_and_scope_and_the_queue_is_the_polices(platform: Platform, places: Places) -> None:
    (one,) = suspects(platform, piece(NUMBERS[0]))
    order = request(platform, places, one, "line_limit", ground="sim_box").order
    assert order is not None
    with pytest.raises(IntegrityError), platform.database.work(Scope.of(places.asker)) as work:
        work.session.execute(text("UPDATE orders SET ground = '' WHERE id = :id"), {"id": order.id})
    with platform.database.work(Scope.of(places.operator)) as work:
        assert work.session.scalar(text("SELECT count(*) FROM line_suspects")) == 0
        assert work.session.scalar(text("SELECT count(*) FROM orders")) == 0
    with pytest.raises(ProgrammingError), platform.database.work(Scope.of(places.asker)) as work:
        work.session.execute(text("DELETE FROM line_evidence"))


def _state(platform: Platform, suspect_id: str) -> SuspectState:
    with platform.database.work(SYSTEM) as work:
        return SuspectState(lines.service.get(work, suspect_id).state)
