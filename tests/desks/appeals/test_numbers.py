"""Relief on numbers: an upheld appeal lifts every level that one suspicion led to, at every operator, each with its proof."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import text
from tests.desks.appeals.appeals_kit import NOON, NUMBER, REASONS, SYSTEM, Town, answer, answered, file, on_number, on_review, ordered

from fanzha.desks import appeals, controls, lines
from fanzha.desks.appeals import Appeal, State, Target, Verdict, errors, tasks
from fanzha.desks.appeals.domain import ReleaseState
from fanzha.desks.appeals.relief import Lifted
from fanzha.desks.controls import Order, Result
from fanzha.desks.controls import repository as orders
from fanzha.desks.lines import SuspectState
from fanzha.desks.lines.proposing import Piece, Proposer
from fanzha.desks.lines.register import LakeRegister
from fanzha.faces.common.platform import Platform
from fanzha.kit import clock
from fanzha.store import Scope
from fanzha.vocab.risk import RiskLevel


@pytest.fixture(autouse=True)
def _at_noon() -> Iterator[None]:
    with clock.frozen(NOON):
        yield


def lifted(platform: Platform, appeal: Appeal) -> dict[str, Lifted]:
    with platform.database.work(SYSTEM) as work:
        return {one.order.id: one for one in appeals.relief.lifted(work, appeals.filing.get(work, appeal.id))}


def standing_of(platform: Platform, *some: Order) -> list[str]:
    with platform.database.work(SYSTEM) as work:
        return [controls.service.get(work, order.id).state for order in some]


def suspected(platform: Platform) -> str:
    piece = Piece(NUMBER, lines.Source.FINDING, "f1", "sim_box", "7天内插用12张不同的卡", "12 different SIMs in 7 days", RiskLevel.RED, "authority", NOON)
    with platform.database.work(SYSTEM) as work:
        Proposer(LakeRegister(platform.lake), platform.tokens, "350302").take(work, [piece])
        found = lines.reading.find(work, lines.proposing.index_of(NUMBER))
        assert found is not None
        return found.id


def test_every_operator_lifts_what_rests_on_the_suspicion_and_each_proves_it(platform: Platform, town: Town) -> None:
    suspect = suspected(platform)
    far = on_number(platform, town, "line_limit", town.operator, "sim_box", far=True)
    suspend = on_number(platform, town, "line_suspend", town.operator, "case_confirmed")
    bar = on_number(platform, town, "line_bar", town.other_operator, "certified", basis="atfl:31", major=True)
    protect = on_number(platform, town, "line_protect", town.operator, "family_request", basis="atfl:34")
    appeal = file(platform, None, suspend)
    assert (appeal.track, appeal.answer_by) == ("line", NOON + timedelta(hours=24))
    answered(platform, town, appeal)
    found = lifted(platform, appeal)
    assert set(found) == {suspend.id, bar.id}, "both articles, one suspicion; the protection is another ground, the other county decides for itself"
    releases = {key: one.release for key, one in found.items()}
    assert {(one.kind, one.basis, one.receiver_org_id) for one in releases.values() if one} == {
        ("line_restore", "atfl:32", town.operator.org_id), ("line_restore", "atfl:32", town.other_operator.org_id),
    }  # fmt: skip
    for key, who in ((suspend.id, town.operator), (bar.id, town.other_operator)):
        release = releases[key]
        assert release is not None
        with platform.database.work(Scope.of(who)) as work:
            assert [message.tx_code for message in orders.messages_of(work, release.id)] == ["FZ0313"]
        assert state_of(platform, appeal) is State.UPHELD, "not closed before the last proof"
        answer(platform, who, release.id)
        tasks.let_time_pass(platform)
    assert {one.proof for one in lifted(platform, appeal).values()} == {"released"}
    assert state_of(platform, appeal) is State.CLOSED
    assert standing_of(platform, suspend, bar, protect, far) == ["released", "released", "in_force", "in_force"]
    with platform.database.work(SYSTEM) as work:
        assert lines.service.get(work, suspect).state == SuspectState.RESTORED
        assert list(work.session.scalars(text("SELECT order_id FROM order_alarms WHERE kind = 'ground_withdrawn'"))) == [far.id]


def state_of(platform: Platform, appeal: Appeal) -> State:
    with platform.database.work(SYSTEM) as work:
        return appeals.filing.get(work, appeal.id).state_now


def test_an_operator_that_refuses_is_asked_again(platform: Platform, town: Town) -> None:
    suspend = on_number(platform, town, "line_suspend", town.operator, "case_confirmed")
    appeal = file(platform, None, suspend)
    answered(platform, town, appeal)
    release = lifted(platform, appeal)[suspend.id].release
    assert release is not None
    answer(platform, town.operator, release.id, Result.REFUSED)
    tasks.let_time_pass(platform)
    assert lifted(platform, appeal)[suspend.id].state is ReleaseState.FAILED
    with platform.database.work(SYSTEM) as work:
        assert "release_failed" in set(work.session.scalars(text("SELECT kind FROM appeal_alarms")))
    with clock.frozen(NOON + timedelta(hours=1)), platform.database.work(Scope.of(town.clerk)) as work:
        assert appeals.relief.ask_again(work, appeal.id, ordered(town).officers) == 1
    again = lifted(platform, appeal)[suspend.id].release
    assert again is not None
    with platform.database.work(Scope.of(town.chief)) as work:
        controls.service.approve(work, again.id)
    answer(platform, town.operator, again.id)
    tasks.let_time_pass(platform)
    assert state_of(platform, appeal) is State.CLOSED


def test_a_check_passed_while_the_appeal_runs_is_proof_as_well(platform: Platform, town: Town) -> None:
    suspend = on_number(platform, town, "line_suspend", town.operator, "case_confirmed")
    appeal = file(platform, None, suspend)
    on_review(platform, town, appeal)
    with platform.database.work(Scope.of(town.clerk)) as work:
        appeals.handling.propose(work, appeal.id, Verdict.UPHELD, REASONS, ordered(town))
    on_number(platform, town, lines.VERIFY, town.operator, "", answered=Result.PASSED)
    with platform.database.work(Scope.of(town.chief)) as work:
        appeals.handling.decide(work, appeal.id)
    tasks.let_time_pass(platform)
    assert lifted(platform, appeal)[suspend.id].state is ReleaseState.PROVEN
    assert state_of(platform, appeal) is State.CLOSED


def test_part_of_the_levels_may_be_lifted_by_name_alone(platform: Platform, town: Town) -> None:
    suspend = on_number(platform, town, "line_suspend", town.operator, "case_confirmed")
    bar = on_number(platform, town, "line_bar", town.other_operator, "certified", basis="atfl:31", major=True)
    appeal = file(platform, None, bar, Target.ORDER)
    on_review(platform, town, appeal)
    with pytest.raises(errors.BadAppeal), platform.database.work(Scope.of(town.clerk)) as work:
        appeals.handling.propose(work, appeal.id, Verdict.UPHELD, REASONS, ordered(town, order_ids=[bar.id]))
    with platform.database.work(Scope.of(town.clerk)) as work:
        appeals.handling.propose(work, appeal.id, Verdict.PARTLY, REASONS, ordered(town, order_ids=[bar.id]))
    with platform.database.work(Scope.of(town.chief)) as work:
        appeals.handling.decide(work, appeal.id)
    assert set(lifted(platform, appeal)) == {bar.id}
    assert standing_of(platform, suspend) == ["in_force"]
