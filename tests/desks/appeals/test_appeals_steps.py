"""An appeal from its filing to the proof of release; who may do what, and what nobody sees."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from tests.desks.appeals.appeals_kit import (
    NOON,
    REASONS,
    SYSTEM,
    Town,
    answer,
    answered,
    approve,
    asking,
    decided,
    file,
    filed,
    in_force,
    on_review,
    ordered,
    request,
)  # fmt: skip

from fanzha.desks import appeals, controls
from fanzha.desks.appeals import Filed, Filters, Origin, State, Target, Verdict, errors, tasks
from fanzha.desks.appeals.domain import STEPS, AlarmKind, ReleaseState
from fanzha.desks.appeals.policy import POLICE
from fanzha.desks.controls import Officer, Result
from fanzha.faces.common.platform import Platform
from fanzha.kit import clock
from fanzha.kit.errors import FanzhaError
from fanzha.kit.ids import new_id
from fanzha.kit.paging import PageRequest
from fanzha.store import Scope
from fanzha.store.migrations.versions import __path__ as versions
from fanzha.vocab.notice_numbers import NoticeOf, notice_number, notice_stem

PDF, JPG = b"%PDF-1.7 test", b"\xff\xd8\xff\xe0 test"


@pytest.fixture(autouse=True)
def _at_noon() -> Iterator[None]:
    with clock.frozen(NOON):
        yield


def lifted(platform: Platform, appeal_id: str) -> list[Any]:
    with platform.database.work(SYSTEM) as work:
        return appeals.relief.lifted(work, appeals.filing.get(work, appeal_id))


def state_of(platform: Platform, appeal_id: str) -> State:
    with platform.database.work(SYSTEM) as work:
        return appeals.filing.get(work, appeal_id).state_now


def alarms_of(platform: Platform, appeal_id: str) -> set[str]:
    with platform.database.work(SYSTEM) as work:
        return set(work.session.scalars(text("SELECT kind FROM appeal_alarms WHERE appeal_id = :id"), {"id": appeal_id}))


def test_an_upheld_appeal_lifts_the_measure_and_waits_for_the_proof(platform: Platform, town: Town) -> None:
    order, appeal = filed(platform, town)
    assert appeal.accept_by == NOON + timedelta(hours=24)
    assert appeal.answer_by == NOON + timedelta(hours=24)
    assert appeal.unit_org_id == town.places.head.org_id
    done = answered(platform, town, appeal)
    assert done.verdict == "upheld"
    (one,) = lifted(platform, appeal.id)
    assert (one.order.id, one.state) == (order.id, ReleaseState.SENT)
    assert one.release.basis == "atfl:32"
    assert one.release.approver_id == town.chief.user_id
    answer(platform, town.places.bank, one.release.id)
    tasks.let_time_pass(platform)
    (one,) = lifted(platform, appeal.id)
    assert (one.state, one.proof, one.order.state) == (ReleaseState.PROVEN, "released", "released")
    assert state_of(platform, appeal.id) is State.CLOSED
    with platform.database.work(SYSTEM) as work:
        bodies = [one.body for one in appeals.repository.texts(work, 10)]
    assert any("申诉成立" in body for body in bodies)
    assert tasks.let_time_pass(platform) == appeals.passing.Passed(0, 0, 0, 0)


def test_every_receiver_of_the_ground_is_reached_and_another_ground_is_not(platform: Platform, town: Town) -> None:
    places = town.places
    first = in_force(platform, places, asking(places, case_number="A1"))
    freeze = request(platform, places.asker, asking(places, "freeze", case_number="A1", basis="procedure:239", receiver_org_id=places.other_bank.org_id))
    approve(platform, places.head, freeze.id)  # sent, and not answered yet
    other = in_force(platform, places, asking(places, "noncounter", case_number="B2"))
    appeal = file(platform, None, first)
    answered(platform, town, appeal)
    found = {one.order.id: one for one in lifted(platform, appeal.id)}
    assert set(found) == {first.id, freeze.id}
    assert found[freeze.id].state is ReleaseState.WAITING
    answer(platform, places.other_bank, freeze.id)
    tasks.let_time_pass(platform)
    assert AlarmKind.CAME_INTO_FORCE.value in alarms_of(platform, appeal.id)
    with platform.database.work(Scope.of(town.clerk)) as work:
        assert appeals.relief.ask_again(work, appeal.id, ordered(town).officers) == 1
    release = {one.order.id: one for one in lifted(platform, appeal.id)}[freeze.id].release
    approve(platform, town.chief, release.id)
    answer(platform, places.other_bank, release.id)
    answer(platform, places.bank, found[first.id].release.id)
    tasks.let_time_pass(platform)
    assert {one.state for one in lifted(platform, appeal.id)} == {ReleaseState.PROVEN}
    with platform.database.work(SYSTEM) as work:
        assert controls.service.get(work, other.id).state == "in_force"


def test_a_release_that_fails_or_is_late_raises_alarms_and_goes_up(platform: Platform, town: Town) -> None:
    _, appeal = filed(platform, town)
    answered(platform, town, appeal)
    (one,) = lifted(platform, appeal.id)
    answer(platform, town.places.bank, one.release.id, Result.REFUSED)
    tasks.let_time_pass(platform)
    assert alarms_of(platform, appeal.id) == {"release_failed"}
    with clock.frozen(NOON + timedelta(hours=25)):
        tasks.let_time_pass(platform)
        assert alarms_of(platform, appeal.id) == {"release_failed", "proof_late"}
        with platform.database.work(SYSTEM) as work:
            assert appeals.filing.get(work, appeal.id).escalated_org_id == town.city_chief.org_id
    with clock.frozen(NOON + timedelta(hours=49)):  # the stop has ended by itself
        tasks.let_time_pass(platform)
        assert [one.proof for one in lifted(platform, appeal.id)] == ["expired"]
        assert state_of(platform, appeal.id) is State.CLOSED


def test_nobody_who_took_part_reviews_or_decides(platform: Platform, town: Town) -> None:
    _, appeal = filed(platform, town)
    took_part = (town.places.asker, town.places.second, town.places.head)
    with platform.database.work(Scope.of(town.clerk)) as work:
        appeals.handling.accept(work, appeal.id)
    for involved in took_part:
        with pytest.raises(errors.Involved), platform.database.work(Scope.of(involved)) as work:
            appeals.handling.take(work, appeal.id)
    with platform.database.work(Scope.of(town.clerk)) as work:
        appeals.handling.take(work, appeal.id)
        appeals.handling.propose(work, appeal.id, Verdict.REJECTED, REASONS)
    for involved in took_part:
        with pytest.raises(errors.Involved):
            decided(platform, involved, appeal)
    with pytest.raises(errors.NotYourProposal):
        decided(platform, town.clerk, appeal)


def test_another_county_and_other_units_see_nothing(platform: Platform, town: Town) -> None:
    _, appeal = filed(platform, town)
    with platform.database.work(Scope.of(town.clerk)) as work:
        one = appeals.filing.add_document(work, appeal.id, "证明.pdf", PDF)
    for who in (town.far_chief, town.places.bank, town.places.other_bank, town.places.deputy):
        with platform.database.work(Scope.of(who)) as work:
            assert appeals.reading.search(work, Filters(), PageRequest()).total == 0
            assert appeals.repository.documents(work, appeal.id) == []
            assert appeals.repository.steps(work, appeal.id) == []
            with pytest.raises(errors.AppealNotFound):
                appeals.filing.get(work, appeal.id)
            with pytest.raises(errors.AppealNotFound):
                appeals.reading.document(work, appeal.id, one.id)
    with platform.database.work(Scope.of(town.city_chief)) as work:
        assert appeals.reading.search(work, Filters(state="open"), PageRequest()).total == 1


def test_a_receiver_answers_what_it_is_asked_and_sees_no_more(platform: Platform, town: Town) -> None:
    _, appeal = filed(platform, town)
    on_review(platform, town, appeal)
    with platform.database.work(Scope.of(town.clerk)) as work:
        asked = appeals.handling.ask_facts(work, appeal.id, town.places.bank.org_id, "请核实该账户近三个月的工资入账")
        with pytest.raises(errors.BadAppeal):
            appeals.handling.ask_facts(work, appeal.id, town.places.other_bank.org_id, "请核实该账户近三个月的工资入账")
    with platform.database.work(Scope.of(town.places.other_bank)) as work:
        assert appeals.repository.inquiries_to(work, town.places.other_bank.org_id) == []
        with pytest.raises(errors.InquiryNotFound):
            appeals.handling.answer_facts(work, asked.id, "我们没有发现这个账户")
    said = "每月十日有工资入账，单位为本地企业"
    for _ in range(2):
        with platform.database.work(Scope.of(town.places.bank)) as work:
            appeals.handling.answer_facts(work, asked.id, said)
    with pytest.raises(errors.InquiryAnswered), platform.database.work(Scope.of(town.places.bank)) as work:
        appeals.handling.answer_facts(work, asked.id, "改口：没有任何工资入账记录")


def test_documents_stop_the_clock_once_and_for_a_limited_time(platform: Platform, town: Town) -> None:
    _, appeal = filed(platform, town)
    on_review(platform, town, appeal)
    with platform.database.work(Scope.of(town.clerk)) as work:
        appeals.handling.ask_documents(work, appeal.id, "请补充近三个月的工资单")
    with clock.frozen(NOON + timedelta(days=3)):
        tasks.let_time_pass(platform)
        assert "answer_late" not in alarms_of(platform, appeal.id)
        with platform.database.work(SYSTEM) as work:
            appeals.filing.add_document(work, appeal.id, "工资单.jpg", JPG)
            assert appeals.filing.get(work, appeal.id).answer_by == NOON + timedelta(days=4)
        with pytest.raises(errors.PausedBefore), platform.database.work(Scope.of(town.clerk)) as work:
            appeals.handling.ask_documents(work, appeal.id, "请再补充一份收入证明")
    with clock.frozen(NOON + timedelta(days=4, minutes=1)):
        tasks.let_time_pass(platform)
        assert "answer_late" in alarms_of(platform, appeal.id)


def test_a_pause_without_documents_ends_by_itself(platform: Platform, town: Town) -> None:
    _, appeal = filed(platform, town)
    on_review(platform, town, appeal)
    with platform.database.work(Scope.of(town.clerk)) as work:
        appeals.handling.ask_documents(work, appeal.id, "请补充近三个月的工资单")
    with clock.frozen(NOON + timedelta(days=12)):
        tasks.let_time_pass(platform)
        with platform.database.work(SYSTEM) as work:
            assert appeals.filing.get(work, appeal.id).answer_by == NOON + timedelta(days=11)
        assert "answer_late" in alarms_of(platform, appeal.id)


def test_lateness_is_told_before_and_goes_up_after(platform: Platform, town: Town) -> None:
    _, appeal = filed(platform, town)
    with clock.frozen(NOON + timedelta(hours=19)):
        tasks.let_time_pass(platform)
    assert alarms_of(platform, appeal.id) == {"accept_soon", "answer_soon"}
    with clock.frozen(NOON + timedelta(hours=24)):
        tasks.let_time_pass(platform)
        tasks.let_time_pass(platform)
    assert {"accept_late", "answer_late"} <= alarms_of(platform, appeal.id)
    with platform.database.work(SYSTEM) as work:
        late = appeals.filing.get(work, appeal.id)
        assert late.escalated_org_id == town.city_chief.org_id
        steps = [step.action for step in appeals.repository.steps(work, appeal.id)]
    assert steps.count("escalated") == 2
    with platform.database.work(Scope.of(town.city_clerk)) as work:
        appeals.handling.accept(work, appeal.id)


def test_what_is_sent_back_takes_its_releases_back(platform: Platform, town: Town) -> None:
    _, appeal = filed(platform, town)
    on_review(platform, town, appeal)
    with platform.database.work(Scope.of(town.clerk)) as work:
        appeals.handling.propose(work, appeal.id, Verdict.UPHELD, REASONS, ordered(town))
    (prepared,) = lifted(platform, appeal.id)
    assert prepared.release.state == "requested"
    with platform.database.work(Scope.of(town.chief)) as work:
        appeals.handling.send_back(work, appeal.id, "请先向银行核实工资入账情况")
    with platform.database.work(SYSTEM) as work:
        assert controls.service.get(work, prepared.release.id).state == "declined"
    assert lifted(platform, appeal.id) == []
    with platform.database.work(Scope.of(town.clerk)) as work:
        appeals.handling.propose(work, appeal.id, Verdict.REJECTED, REASONS)
    assert decided(platform, town.chief, appeal).verdict == "rejected"
    assert lifted(platform, appeal.id) == []


def test_granting_needs_two_officers_and_all_of_the_ground(platform: Platform, town: Town) -> None:
    order, appeal = filed(platform, town)
    on_review(platform, town, appeal)
    wrong: list[Any] = [
        (Verdict.UPHELD, None), (Verdict.UPHELD, ordered(town, order_ids=())), (Verdict.PARTLY, ordered(town, order_ids=(new_id(),))),
        (Verdict.UPHELD, ordered(town, officers=(Officer(town.clerk.user_id, "P1"), Officer(town.clerk.user_id, "P1")))), (Verdict.INADMISSIBLE, None),
    ]  # fmt: skip
    for verdict, given in wrong:
        with pytest.raises(FanzhaError), platform.database.work(Scope.of(town.clerk)) as work:
            appeals.handling.propose(work, appeal.id, verdict, REASONS, given)
    assert state_of(platform, appeal.id) is State.REVIEWING
    with platform.database.work(SYSTEM) as work:
        assert controls.service.get(work, order.id).state == "in_force"


def test_the_unit_above_looks_again_once(platform: Platform, town: Town) -> None:
    order, appeal = filed(platform, town)
    first = answered(platform, town, appeal, Verdict.REJECTED)
    assert "上一级" in (first.remedy_zh or "")
    again = Filed(Origin.ONLINE, "我有新的工资证明", "13900000011", "k1")
    with platform.database.work(SYSTEM) as work:
        second = appeals.filing.reconsider(work, appeal.id, again)
        assert appeals.filing.reconsider(work, appeal.id, again).id == second.id
    assert second.unit_org_id == town.city_chief.org_id
    assert {town.chief.user_id, town.clerk.user_id} <= set(second.involved)
    with pytest.raises(errors.NoReconsideration), platform.database.work(SYSTEM) as work:
        appeals.filing.reconsider(work, appeal.id, Filed(Origin.ONLINE, "再看一次", "13900000011", "k2"))
    with pytest.raises(errors.NotYourAppeal), platform.database.work(Scope.of(town.mate)) as work:
        appeals.handling.accept(work, second.id)
    with platform.database.work(Scope.of(town.city_clerk)) as work:
        appeals.handling.accept(work, second.id)
        appeals.handling.take(work, second.id)
        officers = (Officer(town.clerk.user_id, "P1"), Officer(town.mate.user_id, "P2"))
        appeals.handling.propose(work, second.id, Verdict.UPHELD, REASONS, appeals.Ordered(officers))
    assert decided(platform, town.city_chief, second).reconsider_by is None
    assert [one.order.id for one in lifted(platform, second.id)] == [order.id]
    tasks.let_time_pass(platform)
    assert state_of(platform, appeal.id) is State.CLOSED
    with pytest.raises(errors.NoReconsideration), platform.database.work(SYSTEM) as work:
        appeals.filing.reconsider(work, second.id, again)


def test_one_appeal_at_a_time_and_the_same_key_once(platform: Platform, town: Town) -> None:
    order, appeal = filed(platform, town)
    assert file(platform, None, order, key=appeal.request_key).id == appeal.id
    with pytest.raises(errors.AppealUnderWay):
        file(platform, None, order)
    with platform.database.work(SYSTEM) as work:
        appeals.filing.withdraw(work, appeal.id)
        appeals.filing.withdraw(work, appeal.id)
    assert file(platform, town.clerk, order, by_holder=False).origin == "walk_in"


def test_files_are_taken_by_what_they_are(platform: Platform, town: Town) -> None:
    _, appeal = filed(platform, town)
    for name, content in (("a.pdf", b""), ("a.pdf", b"MZ program"), ("a.jpg", b"<html><script>"), ("a.pdf", b"%PDF-" + b"x" * (5 * 2**20))):
        with pytest.raises(errors.BadDocument), platform.database.work(SYSTEM) as work:
            appeals.filing.add_document(work, appeal.id, name, content)
    with platform.database.work(SYSTEM) as work:
        one = appeals.filing.add_document(work, appeal.id, "../../etc/证明.exe", PDF)
        assert appeals.filing.add_document(work, appeal.id, "again.pdf", PDF).id == one.id
        assert (one.file_name, one.media) == ("证明.exe", "application/pdf")
        for number in range(9):
            appeals.filing.add_document(work, appeal.id, "x.jpg", JPG + bytes([number]))
        with pytest.raises(errors.TooManyDocuments):
            appeals.filing.add_document(work, appeal.id, "x.jpg", JPG + b"one more")
        kept = bytes(work.session.scalar(text("SELECT content FROM appeal_documents LIMIT 1")) or b"")
    assert PDF not in kept


def test_the_database_moves_appeals_along_the_same_table(platform: Platform, town: Town) -> None:
    from pathlib import Path

    migration = (Path(next(iter(versions))) / "0026_appeals.py").read_text(encoding="utf-8")
    for state, following in STEPS.items():
        for after in State:
            assert (f"'{state}>{after}'" in migration) == (after in following), (state, after)
    assert all(f"'{kind}'" in migration for kind in POLICE)
    _, appeal = filed(platform, town)
    tricks = (
        "UPDATE appeals SET state = 'upheld'", "UPDATE appeals SET answer_by = answer_by + interval '1 day'", "UPDATE appeals SET involved = '{}'",
        "UPDATE appeals SET state = 'inadmissible', verdict = 'inadmissible', reasons = 'x', remedy_zh = '', decided_at = now(), decider_id = 'system:worker'",
    )  # fmt: skip
    for trick in tricks:
        with pytest.raises(Exception, match=r"an appeal|what was filed|the clock"), platform.database.work(SYSTEM) as work:
            work.session.execute(text(trick))
    assert state_of(platform, appeal.id) is State.FILED


def test_what_names_somebody_is_sealed_and_notice_numbers_are_those_of_the_database(platform: Platform, town: Town) -> None:
    order, _ = filed(platform, town)
    number = notice_number(NoticeOf.ORDER, order.id)
    assert number[:4] in (order.notice_zh or "")
    with platform.database.work(SYSTEM) as work:
        rows = [str(row) for row in work.session.execute(text("SELECT a::text, s::text FROM appeals a JOIN appeal_steps s ON s.appeal_id = a.id"))]
        assert work.session.scalar(text("SELECT notice_stem('1', :id)"), {"id": order.id}) == notice_stem(NoticeOf.ORDER, order.id)
        assert appeals.targets.by_notice(work, number) == (Target.ORDER, order.id)
    assert rows
    assert not any(secret in row for row in rows for secret in (order.subject_no, "13900000011", "工资卡"))
