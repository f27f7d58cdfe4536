"""Findings become warnings: one open warning a person, raised but never lowered, never lost, never doubled."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine, select, text
from sqlalchemy.exc import IntegrityError
from tests.desks.warnings_kit import HOME, NOON, SYSTEM, TOWN, Register, build_city, finding, merge, minutes

from fanzha.desks.cases import ReportReceived
from fanzha.desks.detection import FindingsRecorded, FindingsWithdrawn, SubjectKind, Target
from fanzha.desks.warnings import Feedback, Reached, merging, service
from fanzha.desks.warnings.aftermath import mark_later_victims
from fanzha.desks.warnings.directory import RegisterDirectory
from fanzha.desks.warnings.domain import FINAL, CancelReason, State
from fanzha.desks.warnings.listeners import listen
from fanzha.desks.warnings.merging import Merger
from fanzha.desks.warnings.model import Assignment, History, Outbox, WarningFinding, WarningOrder
from fanzha.faces.common.platform import Platform
from fanzha.kit import clock
from fanzha.kit.events import Events
from fanzha.lake.schemas import SCHEMAS, EventKind
from fanzha.store import Database, Scope
from fanzha.store.crypto import blind_index
from fanzha.vocab.fraud_types import FraudType
from fanzha.vocab.outcomes import Outcome
from fanzha.vocab.risk import RiskLevel


def orders(platform: Platform) -> Sequence[WarningOrder]:
    with platform.database.work(SYSTEM) as work:
        return work.session.scalars(select(WarningOrder).order_by(WarningOrder.issued_at, WarningOrder.id)).all()


def test_findings_about_one_person_are_one_warning_with_the_highest_level(platform: Platform) -> None:
    result = merge(platform, finding("a", level=RiskLevel.BLUE), finding("b", level=RiskLevel.RED), finding("c", level=RiskLevel.YELLOW), finding("d", "2"))
    assert (result.issued, result.merged) == (2, 0)
    assert {(order.person_key, order.level) for order in orders(platform)} == {(blind_index("person", "p1"), "red"), (blind_index("person", "p2"), "red")}


def test_a_later_finding_raises_and_never_lowers_and_no_deadline_gets_longer(platform: Platform) -> None:
    merge(platform, finding("a", level=RiskLevel.BLUE))
    before = orders(platform)[0]
    assert merge(platform, finding("b", level=RiskLevel.RED), at=NOON + minutes(1)).raised == 1
    raised = orders(platform)[0]
    assert raised.level == raised.found_level == "red"
    assert raised.feedback_by is not None
    assert before.feedback_by is not None
    assert raised.feedback_by < before.feedback_by
    assert raised.must_meet
    assert merge(platform, finding("c", level=RiskLevel.GREEN), at=NOON + minutes(2)).raised == 0
    assert orders(platform)[0].level == "red"


def test_the_same_finding_again_changes_nothing(platform: Platform) -> None:
    merge(platform, finding("a"))
    again = merge(platform, finding("a"), at=NOON + minutes(5))
    assert (again.issued, again.merged, again.repeated) == (0, 0, 1)
    with platform.database.work(SYSTEM) as work:
        assert work.session.scalar(text("SELECT count(*) FROM warning_findings")) == 1
        assert work.session.scalar(text("SELECT count(*) FROM warning_history WHERE action = 'issue'")) == 1


def test_what_a_batch_did_is_audited_as_its_last_step(platform: Platform) -> None:
    with platform.database.work(SYSTEM) as work:
        Merger(work, Register(), HOME).take([finding("a")])
        assert work.session.scalar(text("SELECT count(*) FROM audit_log")) == 0, "rows are locked before the audit log is"
    with platform.database.work(SYSTEM) as work:
        assert "warnings.merged" in work.session.scalars(text("SELECT action FROM audit_log")).all()


def test_only_findings_about_victims_make_warnings(platform: Platform) -> None:
    result = merge(platform, finding("a", target=Target.NUMBER), finding("b", "2", target=Target.ACCOUNT))
    assert (result.issued, result.passed_over) == (0, 2)


def test_after_the_end_a_new_finding_opens_a_new_warning_that_names_the_earlier(platform: Platform) -> None:
    city = build_city(platform)
    merge(platform, finding("a"))
    first = orders(platform)[0]
    with platform.database.work(Scope.of(city.centre)) as work:
        service.cancel(work, first.id, CancelReason.MISMATCH, "另有其人")
    merge(platform, finding("a"), at=NOON + minutes(10))
    assert len(orders(platform)) == 1, "the same finding does not reopen what has ended"
    merge(platform, finding("b"), at=NOON + minutes(20))
    second = orders(platform)[1]
    assert second.previous_id == first.id


def test_a_warning_opened_by_phone_alone_is_the_persons_once_the_person_is_known(platform: Platform) -> None:
    class Nobody:
        def find(self, phones: object, persons: object) -> dict[str, object]:
            return {}

    unknown = replace(finding("a"), person_token=None, subject_token="ph1", subject_kind=SubjectKind.PHONE)
    merge(platform, unknown, register=Nobody())  # type: ignore[arg-type]
    merge(platform, finding("b"), at=NOON + minutes(1))
    assert [order.person_key for order in orders(platform)] == [blind_index("person", "p1")]


def test_two_workers_at_once_make_one_warning(platform: Platform) -> None:
    gate = threading.Barrier(2)

    def take(names: tuple[str, str]) -> None:
        gate.wait()
        merge(platform, *(finding(name) for name in names))

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(take, [("a", "b"), ("b", "c")]))
    assert len(orders(platform)) == 1
    with platform.database.work(SYSTEM) as work:
        assert set(work.session.scalars(select(WarningFinding.finding_id))) == {"a", "b", "c"}


def test_the_database_itself_refuses_a_second_open_warning_and_a_reopened_one(platform: Platform) -> None:
    merge(platform, finding("a"))
    order = orders(platform)[0]
    copy = "INSERT INTO warnings (id, number, person_key, state, level, found_level, fraud_type, region, region_known, channels, must_meet, issued_at)"
    with pytest.raises(IntegrityError, match="uq_warnings_open_person"), platform.database.work(SYSTEM) as work:
        work.session.execute(
            text(f"{copy} SELECT 'other', 'other', person_key, state, level, found_level, fraud_type, region, region_known, channels, must_meet, issued_at FROM warnings")
        )
    with pytest.raises(IntegrityError, match="ck_warnings_closed"), platform.database.work(SYSTEM) as work:
        work.session.execute(text("UPDATE warnings SET state = 'closed', ended_at = now() WHERE id = :id"), {"id": order.id})
    with platform.database.work(SYSTEM) as work:
        work.session.execute(text("UPDATE warnings SET state = 'cancelled', ended_at = now() WHERE id = :id"), {"id": order.id})
    with pytest.raises(IntegrityError, match="stays so"), platform.database.work(SYSTEM) as work:
        work.session.execute(text("UPDATE warnings SET state = 'signed', ended_at = NULL WHERE id = :id"), {"id": order.id})


def test_withdrawn_before_anyone_signed_is_cancelled_with_that_reason(platform: Platform) -> None:
    city = build_city(platform)
    merge(platform, finding("a"), finding("b"), finding("c", "2"))
    mine = next(order for order in orders(platform) if order.person_key == blind_index("person", "p2"))
    with clock.frozen(NOON), platform.database.work(Scope.of(city.officer)) as work:
        service.sign(work, mine.id)
    with platform.database.work(SYSTEM) as work:
        assert merging.withdraw(work, ["a"]) == 0
        assert merging.withdraw(work, ["b", "c"]) == 1
        assert merging.withdraw(work, ["b", "c"]) == 0
    states = {order.person_key: order.state for order in orders(platform)}
    assert states == {blind_index("person", "p1"): "cancelled", mine.person_key: "signed"}
    with platform.database.work(SYSTEM) as work:
        last = work.session.scalars(select(History).where(History.action == "cancel")).one()
        assert last.reason == "withdrawn"


def test_a_green_warning_is_a_recorded_text_message_and_a_raise_brings_people(platform: Platform) -> None:
    build_city(platform)
    merge(platform, finding("a", level=RiskLevel.GREEN))
    order = orders(platform)[0]
    assert (order.state, order.due_at) == ("informed", None)
    with platform.database.work(SYSTEM) as work:
        message = work.session.scalars(select(Outbox)).one()
        assert (message.recipient, message.sent_at) == ("+8613900000001", None)
        assert "http" not in message.body
    merge(platform, finding("b", level=RiskLevel.YELLOW), at=NOON + minutes(1))
    assert orders(platform)[0].state == "dispatched"
    with platform.database.work(SYSTEM) as work:
        assert len(work.session.scalars(select(Outbox)).all()) == 1, "one text message is enough"


def test_dispatched_to_the_station_and_the_grid_of_the_region(platform: Platform) -> None:
    city = build_city(platform)
    merge(platform, finding("a"))
    with platform.database.work(SYSTEM) as work:
        rows = {(row.role, row.assignee_org_id) for row in work.session.scalars(select(Assignment))}
    assert rows == {("lead", city.officer.org_id), ("support", city.grid_worker.org_id)}


def test_a_person_whose_region_nobody_knows_is_in_the_city_centres_queue(platform: Platform) -> None:
    city = build_city(platform)
    merge(platform, finding("a", region=None), register=Register(region=None))
    order = orders(platform)[0]
    assert (order.region, order.region_known, order.lead_org_id) == (HOME, False, city.centre.org_id)


def test_without_any_organisation_it_stays_issued_and_its_clock_runs(platform: Platform) -> None:
    merge(platform, finding("a"))
    order = orders(platform)[0]
    assert (order.state, order.due_step) == ("issued", "sign")


def test_a_new_finding_after_the_answer_makes_the_revisit_due(platform: Platform) -> None:
    city = build_city(platform)
    merge(platform, finding("a"))
    order = orders(platform)[0]
    with clock.frozen(NOON + minutes(5)), platform.database.work(Scope.of(city.officer)) as work:
        service.sign(work, order.id)
        service.record_meeting(work, order.id, "家中", identity_verified=True)
        service.give_feedback(work, order.id, Feedback(Outcome.DISSUADED, Reached.SELF))
    merge(platform, finding("b", at=NOON + minutes(60)), at=NOON + minutes(61))
    assert orders(platform)[0].state == "revisit_due"


def test_the_events_of_the_detection_desk_are_heard(platform: Platform) -> None:
    events = Events()
    listen(events, platform.lake, platform.tokens, HOME)
    database = Database(platform.database.owner_url.render_as_string(hide_password=False), platform.database._passwords, events)
    phone, person = platform.tokens.seal("phone", "+8613912345678"), platform.tokens.seal("id_card", "350302198001010015")
    register(platform, phone, person)
    view = replace(finding("a"), phone_token=phone, person_token=person, subject_token=person)
    with database.work(SYSTEM) as work:
        work.publish(FindingsRecorded((view,)))
    order = orders(platform)[0]
    assert (order.subject_phone, order.subject_name, order.subject_birth_year, order.region) == ("+8613912345678", "林测试", "1980", TOWN)
    with database.work(SYSTEM) as work:
        raw = work.session.execute(text("SELECT subject_phone, subject_name, phone_index FROM warnings")).one()
        assert b"139" not in bytes(raw.subject_phone)
        assert raw.phone_index == blind_index("phone", "+8613912345678")
        work.publish(FindingsWithdrawn(("a",)))
    assert orders(platform)[0].state == "cancelled"
    database.close()


def test_a_report_after_the_warning_marks_it_and_one_before_it_does_not(platform: Platform) -> None:
    phone, person = platform.tokens.seal("phone", "+8613900000001"), "p1"
    merge(platform, finding("a"))

    def report(name: str, happened_at: datetime) -> ReportReceived:
        return ReportReceived(name, TOWN, FraudType.AUTHORITY, 100, NOON + minutes(600), happened_at, phone, person)

    with platform.database.work(SYSTEM) as work:
        assert mark_later_victims(work, report("r1", NOON - minutes(1)), platform.tokens) == 0
        assert mark_later_victims(work, report("r2", NOON + timedelta(days=91)), platform.tokens) == 0
        assert mark_later_victims(work, report("r3", NOON + minutes(60)), platform.tokens) == 1
        assert mark_later_victims(work, report("r3", NOON + minutes(60)), platform.tokens) == 0
    assert orders(platform)[0].later_victim


def register(platform: Platform, phone: str, person: str) -> None:
    """Two rows of the register for one phone: the later one counts."""
    tokens, rows = platform.tokens, []
    for place, (name, region) in enumerate([("旧名字", "350304"), ("林测试", TOWN)]):
        row: dict[str, object] = dict.fromkeys(SCHEMAS[EventKind.SIMS])
        at = NOON + minutes(place)
        row |= {
            "event_key": place, "event_id": str(place), "source": "t", "batch_id": "b", "at": at, "day": clock.local_day(at), "phone": phone, "holder": person,
            "holder_name": tokens.seal("name", name), "region": region, "address": tokens.seal("address", "某街道测试小区1号"), "birth_year": 1980,
        }  # fmt: skip
        rows.append(row)
    platform.lake.append(EventKind.SIMS, [pl.DataFrame(rows, schema=SCHEMAS[EventKind.SIMS])], "b")


def test_the_directory_gives_the_latest_row_and_always_opens_the_number(platform: Platform) -> None:
    phone, person = platform.tokens.seal("phone", "+8613912345678"), platform.tokens.seal("id_card", "350302198001010015")
    stranger = platform.tokens.seal("phone", "+8613900000000")
    directory = RegisterDirectory(platform.lake, platform.tokens)
    assert directory.find({phone}, set())[phone].phone == "+8613912345678"
    register(platform, phone, person)
    found = directory.find({phone, stranger}, {person})
    assert found[phone] == found[person]
    assert (found[phone].name, found[phone].region, found[stranger].name, found[stranger].phone) == ("林测试", TOWN, None, "+8613900000000")


def _forget_warnings(platform: Platform) -> None:
    """As the owner: not even the pipeline may remove history."""
    engine = create_engine(platform.database.owner_url)
    with engine.begin() as connection:
        for table in ("warning_history", "warning_assignments", "warning_outbox", "warning_findings", "warnings"):
            connection.execute(text(f"DELETE FROM {table}"))
    engine.dispose()


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.lists(st.tuples(st.integers(0, 7), st.integers(0, 3), st.sampled_from(list(RiskLevel))), min_size=1, max_size=4),
        min_size=1, max_size=4,
    )
)  # fmt: skip
def test_however_findings_arrive_there_is_one_open_warning_a_person_with_the_highest_level(
    platform: Platform, batches: list[list[tuple[int, int, RiskLevel]]]
) -> None:  # fmt: skip
    _forget_warnings(platform)
    highest: dict[str, RiskLevel] = {}
    for batch in batches:
        named = {f"{person}-{number}-{level}": (str(person), level) for number, person, level in batch}
        merge(platform, *(finding(name, person, level) for name, (person, level) in named.items()))
        for person, level in named.values():
            highest[blind_index("person", f"p{person}")] = RiskLevel.highest(level, highest.get(blind_index("person", f"p{person}"), level))
    found = [order for order in orders(platform) if State(order.state) not in FINAL]
    assert {order.person_key: RiskLevel(order.level) for order in found} == highest
    assert len(found) == len(highest)
