"""A warning's life on real PostgreSQL: sign, call, meet, answer, revisit, undo, hand over, escalate, reveal."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text
from sqlalchemy.exc import ProgrammingError
from tests.desks.warnings_kit import NOON, OTHER_TOWN, SYSTEM, City, build_city, finding, merge, minutes

from fanzha.desks.warnings import (
    CancelReason,
    DissuasionRecord,
    Feedback,
    Filters,
    Reached,
    View,
    overview,
    queue,
    reading,
    reveal,
    service,
    transfers,
)
from fanzha.desks.warnings.domain import FINAL, Action, State
from fanzha.desks.warnings.errors import (
    KeyUsedOtherwise,
    ReasonNeeded,
    RecordIncomplete,
    StepNotAllowed,
    TooManyReveals,
    UndoTooLate,
    WarningNotFound,
)
from fanzha.desks.warnings.escalation import let_time_pass
from fanzha.desks.warnings.model import Assignment, Escalation, FeedbackEntry, History, WarningFinding, WarningOrder
from fanzha.desks.warnings.plan import Due
from fanzha.desks.warnings.policy import ORG_KINDS
from fanzha.faces.common.platform import Platform
from fanzha.faces.worker.run import all_tasks
from fanzha.kit import clock
from fanzha.kit.errors import FanzhaError, Forbidden
from fanzha.kit.paging import PageRequest
from fanzha.store import Principal, Scope, Work, audit
from fanzha.vocab.outcomes import ContactResult, Outcome
from fanzha.vocab.risk import RiskLevel

FIELDS_OF_THE_REFERENCE = {
    # Record
    "warning_id", "source", "risk", "fraud_type", "subject_pseudonym", "issued_at", "due_at", "channel", "assignee_role", "contact_result", "persuaded",
    "amount_protected", "app_installed", "next_visit_at", "later_victimised", "evidence",
    # Feedback record of a dissuasion
    "sign_time", "call_attempts", "reached", "meeting_time", "meeting_place", "meeting_officer", "identity_verified", "scam_type", "scam_stage",
    "transferred", "transferred_amount", "result_code", "transfer_target",
}  # fmt: skip
DISSUADED = Feedback(Outcome.DISSUADED, Reached.SELF, scam_type="authority", stage="transfer", transferred=False, amount_protected_fen=500_000)


@pytest.fixture
def city(platform: Platform) -> City:
    return build_city(platform)


@pytest.fixture
def warning_id(platform: Platform, city: City) -> str:
    merge(platform, finding("a"))
    with platform.database.work(SYSTEM) as work:
        return work.session.scalars(select(WarningOrder.id)).one()


def act(platform: Platform, who: Principal, at: datetime, step: Callable[[Work], object]) -> object:
    with clock.frozen(at), platform.database.work(Scope.of(who)) as work:
        return step(work)


def state_of(platform: Platform, warning_id: str) -> str:
    with platform.database.work(SYSTEM) as work:
        return work.session.scalars(select(WarningOrder.state).where(WarningOrder.id == warning_id)).one()


def answer(platform: Platform, city: City, warning_id: str, feedback: Feedback = DISSUADED) -> None:
    act(platform, city.officer, NOON + minutes(3), lambda work: service.sign(work, warning_id))
    act(platform, city.officer, NOON + minutes(5), lambda work: service.record_attempt(work, warning_id, ContactResult.REACHED))
    act(platform, city.officer, NOON + minutes(20), lambda work: service.record_meeting(work, warning_id, "家中", identity_verified=True))
    act(platform, city.officer, NOON + minutes(25), lambda work: service.give_feedback(work, warning_id, feedback))


def read(platform: Platform, who: Principal, warning_id: str, at: datetime = NOON) -> View:
    found = act(platform, who, at, lambda work: reading.read(work, warning_id))
    assert isinstance(found, View)
    return found


def test_the_whole_way_to_closed(platform: Platform, city: City, warning_id: str) -> None:
    answer(platform, city, warning_id)
    view = read(platform, city.officer, warning_id, NOON + minutes(26))
    assert view.card.state is State.FED_BACK
    assert view.revisit_on == clock.local_day(NOON) + timedelta(days=3)
    with pytest.raises(StepNotAllowed, match="revisit"):
        act(platform, city.county, NOON + minutes(30), lambda work: service.close(work, warning_id))
    with clock.frozen(NOON + timedelta(days=3)), platform.database.work(SYSTEM) as work:
        assert let_time_pass(work).revisits_due == 1
    assert state_of(platform, warning_id) == "revisit_due"
    act(platform, city.officer, NOON + timedelta(days=3), lambda work: service.record_revisit(work, warning_id, still_convinced=False, note="已回访"))
    view = read(platform, city.officer, warning_id)
    assert view.card.state is State.CLOSED
    assert view.allowed == ()
    kinds = [line.kind for line in view.timeline]
    assert {"history", "attempt", "meeting", "feedback", "revisit"} <= set(kinds)
    with platform.database.work(SYSTEM) as work:
        assert audit.verify(work.session) > 5


def test_every_step_has_actor_time_and_the_states_around_it(platform: Platform, city: City, warning_id: str) -> None:
    answer(platform, city, warning_id)
    with platform.database.work(SYSTEM) as work:
        entries = work.session.scalars(select(History).order_by(History.at, History.id)).all()
    assert [entry.action for entry in entries][-4:] == ["sign", "attempt", "meet", "feed_back"]
    assert all(entry.actor and entry.at and entry.state_after for entry in entries)
    signed = next(entry for entry in entries if entry.action == "sign")
    assert (signed.actor, signed.actor_name, signed.detail) == (city.officer.user_id, "officer", {"in_time": True})


def test_signing_names_who_of_the_organisation_acts(platform: Platform, city: City, warning_id: str) -> None:
    def named() -> set[str | None]:
        with platform.database.work(SYSTEM) as work:
            return set(work.session.scalars(select(Assignment.assignee_user_id).where(Assignment.role == "lead")))

    act(platform, city.officer, NOON, lambda work: service.sign(work, warning_id))
    assert named() == {city.officer.user_id}
    act(platform, city.officer, NOON, lambda work: service.undo_sign(work, warning_id, "点错"))
    assert named() == {None}


def test_the_overview_says_what_each_share_is_made_of(platform: Platform, city: City, warning_id: str) -> None:
    answer(platform, city, warning_id)
    merge(platform, finding("late", "2"), finding("text", "3", RiskLevel.GREEN), finding("gone", "4"))
    with platform.database.work(SYSTEM) as work:
        gone = work.session.scalars(select(WarningOrder.id).join(WarningFinding).where(WarningFinding.finding_id == "gone")).one()
    act(platform, city.county, NOON, lambda work: service.cancel(work, gone, CancelReason.DUPLICATE, "重复"))
    with clock.frozen(NOON + minutes(180)), platform.database.work(Scope.of(city.centre)) as work:
        seen = overview.overview(work)
    for due in ("sign", "call", "meet", "feedback"):
        ratio = seen.compliance[Due(due)]
        assert (ratio.numerator, ratio.denominator, ratio.share) == (1, 2, 0.5), due
        assert ratio.exclusions
    assert (seen.met.numerator, seen.met.denominator) == (1, 2)
    assert (seen.dissuaded.numerator, seen.dissuaded.denominator) == (1, 1)
    assert (seen.issued, seen.open_total, seen.overdue, seen.amount_protected_fen) == (4, 3, 1, 500_000)
    with clock.frozen(NOON), platform.database.work(Scope.of(city.deputy)) as work:
        assert overview.overview(work).issued == 0


def test_no_step_can_be_skipped(platform: Platform, city: City, warning_id: str) -> None:
    for step in (
        lambda work: service.record_attempt(work, warning_id, ContactResult.REACHED),
        lambda work: service.give_feedback(work, warning_id, DISSUADED),
        lambda work: service.record_revisit(work, warning_id, still_convinced=False),
    ):
        with pytest.raises(StepNotAllowed):
            act(platform, city.officer, NOON, step)
    act(platform, city.officer, NOON, lambda work: service.sign(work, warning_id))
    with pytest.raises(RecordIncomplete, match="must be seen"):
        act(platform, city.officer, NOON, lambda work: service.give_feedback(work, warning_id, DISSUADED))
    assert state_of(platform, warning_id) == "signed"


def test_the_same_key_changes_nothing_and_another_request_may_not_use_it(platform: Platform, city: City, warning_id: str) -> None:
    for _ in range(2):
        act(platform, city.officer, NOON, lambda work: service.sign(work, warning_id, key="k1"))
    for _ in range(3):
        act(platform, city.officer, NOON, lambda work: service.record_attempt(work, warning_id, ContactResult.NO_ANSWER, key="k2"))
    assert read(platform, city.officer, warning_id).attempts == 1
    with pytest.raises(KeyUsedOtherwise):
        act(platform, city.officer, NOON, lambda work: service.record_attempt(work, warning_id, ContactResult.NO_ANSWER, key="k1"))


def test_the_record_holds_every_field_of_the_domain_reference(platform: Platform, city: City, warning_id: str) -> None:
    assert {field.name for field in fields(DissuasionRecord)} >= FIELDS_OF_THE_REFERENCE
    full = Feedback(
        Outcome.DISSUADED, Reached.SELF, "authority", "transfer", True, 100_000, 400_000, True, "看过聊天记录", "photo-1", "350304", NOON.date() + timedelta(days=9)
    )  # fmt: skip
    answer(platform, city, warning_id, full)
    with clock.frozen(NOON + minutes(30)), platform.database.work(Scope.of(city.officer)) as work:
        record = reading.record(work, warning_id)
    missing = [name for name in sorted(FIELDS_OF_THE_REFERENCE) if getattr(record, name) in (None, (), "")]
    assert missing == []
    assert (record.persuaded, record.contact_result, record.transferred_amount, record.amount_protected) == (True, "met", 100_000, 400_000)
    assert record.sign_time == NOON + minutes(3)
    assert record.call_attempts[0]["result"] == "reached"


def test_undo_keeps_what_was_undone(platform: Platform, city: City, warning_id: str) -> None:
    act(platform, city.officer, NOON, lambda work: service.sign(work, warning_id))
    assert Action.UNDO_SIGN in read(platform, city.officer, warning_id, NOON + minutes(1)).allowed
    with pytest.raises(ReasonNeeded):
        act(platform, city.officer, NOON + minutes(1), lambda work: service.undo_sign(work, warning_id, " "))
    with pytest.raises(Forbidden):
        act(platform, city.grid_worker, NOON + minutes(1), lambda work: service.undo_sign(work, warning_id, "点错"))
    act(platform, city.officer, NOON + minutes(1), lambda work: service.undo_sign(work, warning_id, "点错"))
    assert state_of(platform, warning_id) == "dispatched"
    answer(platform, city, warning_id)
    act(platform, city.officer, NOON + minutes(27), lambda work: service.undo_feedback(work, warning_id, "选错结果"))
    assert state_of(platform, warning_id) == "met"
    act(platform, city.officer, NOON + minutes(28), lambda work: service.give_feedback(work, warning_id, Feedback(Outcome.MISMATCH)))
    with platform.database.work(SYSTEM) as work:
        first, second = work.session.scalars(select(FeedbackEntry).order_by(FeedbackEntry.at)).all()
    assert (first.outcome, first.void_at is not None, second.corrects_id) == ("dissuaded", True, first.id)
    with pytest.raises(UndoTooLate):
        act(platform, city.officer, NOON + minutes(60), lambda work: service.undo_feedback(work, warning_id, "晚了"))


def test_row_security_hides_other_counties_and_other_kinds_of_organisation_also_from_raw_sql(platform: Platform, city: City, warning_id: str) -> None:
    tables = ["warnings", "warning_findings", "warning_history", "warning_assignments", "warning_attempts", "warning_feedback"]
    answer(platform, city, warning_id)
    for stranger in (city.other_officer, city.other_county, city.deputy, city.banker):
        with platform.database.work(Scope.of(stranger)) as work:
            assert [work.session.scalar(text(f"SELECT count(*) FROM {table}")) for table in tables] == [0] * len(tables)
            assert work.session.execute(text("UPDATE warnings SET level = 'green' RETURNING id")).all() == []
            with pytest.raises(WarningNotFound):
                reading.read(work, warning_id)
    for insider in (city.officer, city.grid_worker, city.county, city.centre):
        with platform.database.work(Scope.of(insider)) as work:
            assert all(work.session.scalar(text(f"SELECT count(*) FROM {table}")) for table in tables)


def test_the_kinds_of_organisation_in_the_policy_are_those_of_row_security(platform: Platform) -> None:
    with platform.database.work(SYSTEM) as work:
        rule = work.session.scalar(text("SELECT pg_get_expr(polqual, polrelid) FROM pg_policy WHERE polname = 'warnings_app'"))
    assert all(f"'{kind.value}'" in str(rule) for kind in ORG_KINDS)
    assert "'bank'" not in str(rule)
    assert "'congress'" not in str(rule)


def test_nobody_can_rewrite_history(platform: Platform, city: City, warning_id: str) -> None:
    for table in ("warning_history", "warning_attempts", "warning_meetings", "warning_reveals"):
        for statement in (f"DELETE FROM {table}", f"UPDATE {table} SET actor = 'x'"):
            with pytest.raises(ProgrammingError, match="permission denied"), platform.database.work(Scope.of(city.centre)) as work:
                work.session.execute(text(statement))


def test_openings_asked_for_at_the_same_moment_are_counted_one_by_one(platform: Platform, city: City, warning_id: str) -> None:
    with platform.database.work(SYSTEM) as work:
        columns = "key, region, effective_from, value, source, set_by"
        work.session.execute(text(f"INSERT INTO dated_settings ({columns}) VALUES ('warnings.reveals_an_hour', '', '2026-01-01', '3', 't', 't')"))

    def opened(_: int) -> bool:
        try:
            with platform.database.work(Scope.of(city.officer)) as work:
                reveal.reveal(work, warning_id, "上门劝阻")
        except TooManyReveals:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(opened, range(8))) == 3


def test_a_warning_whose_next_escalation_is_noted_wrongly_does_not_stop_the_others(platform: Platform, city: City) -> None:
    merge(platform, finding("y", "2", RiskLevel.YELLOW), finding("z", "3", RiskLevel.YELLOW))
    with platform.database.work(SYSTEM) as work:
        wrong = work.session.scalars(select(WarningOrder).order_by(WarningOrder.id)).first()
        assert wrong is not None
        wrong.escalate_at, wrong.escalated = NOON - minutes(1), [due.value for due in Due]
    with clock.frozen(NOON + minutes(31)), platform.database.work(SYSTEM) as work:
        let_time_pass(work)
    with platform.database.work(SYSTEM) as work:
        orders = work.session.scalars(select(WarningOrder).order_by(WarningOrder.id)).all()
        assert [order.escalations for order in orders] == [0, 1]
        assert orders[0].escalate_at is None


def test_overdue_rises_one_grade_and_one_organisation_once_a_deadline(platform: Platform, city: City) -> None:
    merge(platform, finding("y", "2", RiskLevel.YELLOW))
    with clock.frozen(NOON + minutes(29)), platform.database.work(SYSTEM) as work:
        assert let_time_pass(work).escalated == 0
    for _ in range(2):
        with clock.frozen(NOON + minutes(31)), platform.database.work(SYSTEM) as work:
            let_time_pass(work)
    with platform.database.work(SYSTEM) as work:
        order = work.session.scalars(select(WarningOrder)).one()
        assert (order.level, order.found_level, order.escalations, order.org_rung) == ("red", "yellow", 1, 1)
        assert order.must_meet
        assert order.state == "dispatched"
        supervisors = select(Assignment.assignee_org_id).where(Assignment.role == "supervise")
        assert work.session.scalars(supervisors).all() == [city.county.org_id]
    for at in (minutes(42), minutes(62), minutes(300)):
        with clock.frozen(NOON + at), platform.database.work(SYSTEM) as work:
            let_time_pass(work)
    with platform.database.work(SYSTEM) as work:
        steps = work.session.scalars(select(Escalation.step).order_by(Escalation.at)).all()
        assert sorted(steps) == sorted(set(steps)), "each deadline once"
        assert work.session.scalars(select(Assignment.assignee_org_id).where(Assignment.role == "supervise").order_by(Assignment.at)).all() == [
            city.county.org_id,
            city.centre.org_id,
        ]


def test_the_job_of_every_minute_is_known_to_the_worker_and_does_the_same(platform: Platform, warning_id: str) -> None:
    task = next(task for task in all_tasks() if task.name == "warnings.pass_time")
    assert task.every == "* * * * *"
    with clock.frozen(NOON + minutes(6)):
        task.run(platform)
        task.run(platform)
    with platform.database.work(SYSTEM) as work:
        assert work.session.scalars(select(Escalation.step)).all() == ["sign"]


def test_time_closes_answered_and_lets_text_messages_lapse(platform: Platform, city: City) -> None:
    merge(platform, finding("g", "5", RiskLevel.GREEN), finding("m", "6", RiskLevel.BLUE))
    with platform.database.work(SYSTEM) as work:
        blue = work.session.scalars(select(WarningOrder.id).where(WarningOrder.level == "blue")).one()
    act(platform, city.officer, NOON, lambda work: service.sign(work, blue))
    act(platform, city.officer, NOON, lambda work: service.record_attempt(work, blue, ContactResult.WRONG_NUMBER))
    act(platform, city.officer, NOON, lambda work: service.give_feedback(work, blue, Feedback(Outcome.MISMATCH)))
    with clock.frozen(NOON + timedelta(days=31)), platform.database.work(SYSTEM) as work:
        passed = let_time_pass(work)
        assert (passed.closed, passed.lapsed) == (1, 1)
        assert let_time_pass(work).closed == 0


def test_a_hand_over_is_reviewed_and_accepted_by_others(platform: Platform, city: City, warning_id: str) -> None:
    act(platform, city.officer, NOON, lambda work: service.sign(work, warning_id))
    act(platform, city.officer, NOON, lambda work: transfers.ask(work, warning_id, OTHER_TOWN, "人在外区"))
    with pytest.raises(WarningNotFound):
        read(platform, city.other_county, warning_id)
    with pytest.raises(Forbidden):
        act(platform, city.officer, NOON, lambda work: transfers.review(work, warning_id, approve=True))
    act(platform, city.county, NOON, lambda work: transfers.review(work, warning_id, approve=True))
    assert Action.ACCEPT_TRANSFER in read(platform, city.other_officer, warning_id).allowed
    assert Action.ACCEPT_TRANSFER not in read(platform, city.officer, warning_id).allowed
    act(platform, city.other_officer, NOON, lambda work: transfers.answer(work, warning_id, accept=False, reason="查无此人"))
    act(platform, city.county, NOON, lambda work: transfers.review(work, warning_id, approve=True, reason="已核实"))
    act(platform, city.other_officer, NOON + minutes(30), lambda work: transfers.answer(work, warning_id, accept=True))
    with pytest.raises(WarningNotFound):
        read(platform, city.officer, warning_id)
    view = read(platform, city.other_officer, warning_id, NOON + minutes(30))
    assert (view.card.state, view.card.region, view.deadlines["sign"]) == (State.DISPATCHED, OTHER_TOWN, NOON + minutes(35))
    assert [line.org_id for line in view.assignees if line.role == "lead" and not line.released] == [city.other_officer.org_id]


def test_a_refused_hand_over_goes_back_to_where_it_was(platform: Platform, city: City, warning_id: str) -> None:
    act(platform, city.officer, NOON, lambda work: service.sign(work, warning_id))
    with pytest.raises(RecordIncomplete):
        act(platform, city.officer, NOON, lambda work: transfers.ask(work, warning_id, "350302", "同区"))
    act(platform, city.officer, NOON, lambda work: transfers.ask(work, warning_id, OTHER_TOWN, "人在外区"))
    act(platform, city.county, NOON, lambda work: transfers.review(work, warning_id, approve=False, reason="仍在本区"))
    assert state_of(platform, warning_id) == "signed"


def test_reveal_needs_a_purpose_is_audited_and_counted(platform: Platform, city: City, warning_id: str) -> None:
    view = read(platform, city.officer, warning_id)
    assert "13900000001" not in repr(view)
    assert "林测试" not in repr(view)
    with pytest.raises(ReasonNeeded):
        act(platform, city.officer, NOON, lambda work: reveal.reveal(work, warning_id, "  "))
    with platform.database.work(SYSTEM) as work:
        columns = "key, region, effective_from, value, source, set_by"
        work.session.execute(text(f"INSERT INTO dated_settings ({columns}) VALUES ('warnings.reveals_an_hour', '3503', '2026-01-01', '2', 't', 't')"))
    for _ in range(2):
        clear = act(platform, city.officer, NOON, lambda work: reveal.reveal(work, warning_id, "上门劝阻"))
    assert clear.phone == "13900000001"  # type: ignore[attr-defined]
    with pytest.raises(TooManyReveals):
        act(platform, city.officer, NOON, lambda work: reveal.reveal(work, warning_id, "上门劝阻"))
    act(platform, city.officer, NOON + minutes(61), lambda work: reveal.reveal(work, warning_id, "上门劝阻"))
    with platform.database.work(SYSTEM) as work:
        assert work.session.scalar(text("SELECT count(*) FROM audit_log WHERE action = 'warning.revealed'")) == 3
    assert sum(line.kind == "reveal" for line in read(platform, city.officer, warning_id).timeline) == 3


def test_cancel_says_why_and_only_the_duty_room_may(platform: Platform, city: City, warning_id: str) -> None:
    with pytest.raises(Forbidden):
        act(platform, city.officer, NOON, lambda work: service.cancel(work, warning_id, CancelReason.DUPLICATE, "重复"))
    with pytest.raises(ReasonNeeded):
        act(platform, city.county, NOON, lambda work: service.cancel(work, warning_id, CancelReason.DUPLICATE, ""))
    act(platform, city.county, NOON, lambda work: service.cancel(work, warning_id, CancelReason.DUPLICATE, "与另一预警重复"))
    assert state_of(platform, warning_id) == "cancelled"


def test_my_tasks_are_those_of_my_organisation_and_my_own_by_deadline(platform: Platform, city: City) -> None:
    merge(platform, finding("r", "1"), finding("y", "2", RiskLevel.YELLOW), finding("b", "3", RiskLevel.BLUE))
    with clock.frozen(NOON), platform.database.work(Scope.of(city.officer)) as work:
        tasks = queue.my_tasks(work)
    assert [task.level for task in tasks] == [RiskLevel.RED, RiskLevel.YELLOW, RiskLevel.BLUE]
    act(platform, city.officer, NOON, lambda work: service.sign(work, tasks[0].id))
    with clock.frozen(NOON), platform.database.work(Scope.of(city.grid_worker)) as work:
        assert [task.level for task in queue.my_tasks(work)] == [RiskLevel.YELLOW, RiskLevel.BLUE]
    with clock.frozen(NOON), platform.database.work(Scope.of(city.officer)) as work:
        assert len(queue.my_tasks(work)) == 3
        assert queue.queue(work, Filters(state="signed"), PageRequest()).total == 1


STEPS_OF_PEOPLE = st.sampled_from(["sign", "undo_sign", "attempt", "meet", "dissuaded", "yet", "undo_feedback", "revisit", "close", "cancel", "ask", "refuse"])


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(STEPS_OF_PEOPLE, min_size=6, max_size=14))
def test_whatever_is_tried_the_record_stays_whole(platform: Platform, names: list[str]) -> None:
    people = build_city(platform)
    with platform.database.work(SYSTEM) as work:
        person = str(work.session.scalar(text("SELECT count(*) FROM warnings")))
    merge(platform, finding(f"walk-{person}", person))
    with platform.database.work(SYSTEM) as work:
        one = work.session.scalars(select(WarningOrder.id).order_by(WarningOrder.id.desc()).limit(1)).one()
    steps: dict[str, tuple[Principal, Callable[[Work], object]]] = {
        "sign": (people.officer, lambda work: service.sign(work, one)),
        "undo_sign": (people.officer, lambda work: service.undo_sign(work, one, "点错")),
        "attempt": (people.officer, lambda work: service.record_attempt(work, one, ContactResult.NO_ANSWER)),
        "meet": (people.officer, lambda work: service.record_meeting(work, one, "家中", identity_verified=True)),
        "dissuaded": (people.officer, lambda work: service.give_feedback(work, one, DISSUADED)),
        "yet": (people.officer, lambda work: service.give_feedback(work, one, Feedback(Outcome.NOT_FOUND_YET))),
        "undo_feedback": (people.officer, lambda work: service.undo_feedback(work, one, "选错")),
        "revisit": (people.officer, lambda work: service.record_revisit(work, one, still_convinced=False)),
        "close": (people.county, lambda work: service.close(work, one)),
        "cancel": (people.county, lambda work: service.cancel(work, one, CancelReason.MISMATCH, "不符")),
        "ask": (people.officer, lambda work: transfers.ask(work, one, OTHER_TOWN, "外区")),
        "refuse": (people.county, lambda work: transfers.review(work, one, approve=False, reason="本区")),
    }
    for place, name in enumerate(names):
        who, step = steps[name]
        allowed_before = set(read(platform, who, one, NOON + timedelta(seconds=place)).allowed)
        try:
            act(platform, who, NOON + timedelta(seconds=place), step)
        except FanzhaError:
            continue
        action = {"dissuaded": "feed_back", "yet": "feed_back", "ask": "request_transfer", "refuse": "refuse_transfer"}.get(name, name)
        assert Action(action) in allowed_before, "the page offered every step that worked"
    with platform.database.work(SYSTEM) as work:
        order = work.session.get_one(WarningOrder, one)
        entries = work.session.scalars(select(History).where(History.warning_id == one).order_by(History.at, History.id)).all()
    for before, after in pairwise(entries):
        assert after.state_before in {before.state_after, None}, "the history is a chain"
    assert entries[-1].state_after == order.state
    taken = [entry.action for entry in entries]
    if order.state == State.CLOSED:
        assert order.signed_at is not None
        assert order.fed_back_at is not None
        assert {"sign", "feed_back"} <= set(taken)
    assert (order.ended_at is not None) == (State(order.state) in FINAL)
