"""Reports of fraud, on PostgreSQL. Every person and number here is made up."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from fanzha.desks.cases import Imported, ReportReceived, ReportRow, ReportState, policy, service
from fanzha.desks.cases.domain import may_become, next_states
from fanzha.desks.cases.errors import NothingToReveal, PurposeNeeded, ReasonNeeded, ReportNotFound, WrongState
from fanzha.faces.common.platform import Platform
from fanzha.kit import clock
from fanzha.store import Principal, Scope
from fanzha.vocab.fraud_types import FraudType
from fanzha.vocab.identifiers.people import check_character
from fanzha.vocab.organisations import OrgKind
from fanzha.vocab.roles import Role

WORKER = Scope.system("test")
NOON = datetime(2026, 5, 1, 4, 0, tzinfo=UTC)
PHONE = "13800000001"
CARD = "35030219900101123" + check_character("35030219900101123")


def staff(kind: OrgKind = OrgKind.POLICE_CITY, region: str = "3503", role: Role = Role.DUTY_OFFICER) -> Scope:
    return Scope.of(Principal("u1", "值班员", "o1", "反诈中心", kind, region, frozenset({role})))


def row(number: str = "J1", **more: Any) -> ReportRow:
    given: dict[str, Any] = {
        "source": "110", "report_no": number, "received_at": NOON, "narrative": "报警人称在示例平台刷单被骗", "region": "350302",
        "fraud_type": FraudType.REBATE_TASKS, "loss_fen": 123_400, "victim_name": "张小三", "victim_phone": PHONE, "victim_id_card": CARD,
        "suspects": ("13800000002", "https://made-up.example/x", "某某平台客服……"),
    }  # fmt: skip
    return ReportRow(**(given | more))


def take(platform: Platform, *rows: ReportRow) -> Imported:
    with clock.frozen(NOON + timedelta(hours=1)), platform.database.work(WORKER) as work:
        return service.import_many(work, rows, platform.tokens)


def test_a_report_is_taken_once(platform: Platform) -> None:
    heard: list[ReportReceived] = []
    platform.database.events.on(ReportReceived, lambda _, event: heard.append(event))
    first = take(platform, row(), row("J2", row_number=2), row(row_number=3))
    again = take(platform, row(), row("J2"))
    assert (first.accepted, first.duplicates, first.refused, first.received) == (2, 1, (), 3)
    assert (again.accepted, again.duplicates) == (0, 2)
    assert [(event.victim_phone_token, event.victim_person_token, event.loss_fen) for event in heard] == [
        (platform.tokens.seal("phone", f"+86{PHONE}"), platform.tokens.seal("id_card", CARD), 123_400)
    ] * 2


def test_another_content_under_a_number_is_seen_and_not_lost(platform: Platform) -> None:
    take(platform, row())
    changed = take(platform, row(loss_fen=1, row_number=7))
    assert (changed.accepted, changed.duplicates) == (0, 0)
    assert [(refused.row_number, refused.reason) for refused in changed.refused] == [(7, "conflicting_duplicate")]
    within_one_list = take(platform, row("J9", row_number=1), row("J9", narrative="别的内容", row_number=2))
    assert (within_one_list.accepted, [refused.row_number for refused in within_one_list.refused]) == (1, [2])


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ({"report_no": "  "}, "no_report_number"),
        ({"loss_fen": -1}, "negative_loss"),
        ({"received_at": NOON + timedelta(days=2)}, "future_time"),
        ({"region": "999999"}, "unknown_region"),
    ],
)
def test_what_is_refused(wrong: dict[str, Any], reason: str) -> None:
    from fanzha.desks.cases.domain import Refused
    from fanzha.desks.cases.reading import read
    from fanzha.lake.tokens import Tokens

    with clock.frozen(NOON + timedelta(hours=1)):
        got = read(row(row_number=4, **wrong), Tokens(bytes(range(64))), "test")
    assert isinstance(got, Refused)
    assert (got.row_number, got.reason) == (4, reason)


def test_an_unreadable_phone_is_a_doubt_and_stays_in_the_narrative(platform: Platform) -> None:
    assert take(platform, row(victim_phone="138****0001", victim_id_card="")).accepted == 1
    with platform.database.work(staff()) as work:
        (report,) = service.search(work).rows
        assert (report.doubts, report.victim_phone, report.masked_phone) == (["victim_phone:masked"], None, "")
        assert "138****0001" in service.reveal(work, report.id, "narrative", "核对报警人电话")


def test_pages_see_masks_and_open_for_a_purpose(platform: Platform) -> None:
    take(platform, row())
    with platform.database.work(staff()) as work:
        (report,) = service.search(work).rows
        detail = service.get(work, report.id)
        assert (report.masked_name, report.masked_phone, report.masked_id_card) == ("张*三", "138****0001", f"350302********{CARD[-4:]}")
        assert [one.masked for one in detail.suspects] == ["138****0002", "made-up.example/***", "***"]
        with pytest.raises(PurposeNeeded):
            service.reveal(work, report.id, "victim_phone", "看看")
        assert service.reveal(work, report.id, "victim_phone", "联系报警人止付") == f"+86{PHONE}"
        assert service.reveal(work, report.id, "suspects", "录入涉诈标识").splitlines()[0] == "+8613800000002"
    with platform.database.work(WORKER) as work:
        stored = str(work.session.execute(text("SELECT (SELECT json_agg(r) FROM reports r)::text || (SELECT json_agg(s) FROM report_suspects s)::text")).scalar_one())
        trail = work.session.execute(text("SELECT action, detail FROM audit_log WHERE action = 'report.revealed' ORDER BY number")).all()
    assert not any(secret in stored for secret in (PHONE, CARD, "张小三", "刷单被骗", "made-up"))
    assert [("联系报警人止付" in line.detail, PHONE in line.detail) for line in trail] == [(True, False), (False, False)]


def test_steps_of_a_report(platform: Platform) -> None:
    take(platform, row(victim_name=""))
    with platform.database.work(staff()) as work:
        (report,) = service.search(work).rows
        with pytest.raises(NothingToReveal):
            service.reveal(work, report.id, "victim_name", "联系报警人")
        with pytest.raises(ReasonNeeded):
            service.advance(work, report.id, ReportState.ACCEPTED, "")
        service.advance(work, report.id, ReportState.ACCEPTED, "符合立案条件")
        with pytest.raises(WrongState):
            service.advance(work, report.id, ReportState.ACCEPTED, "符合立案条件")
        assert [(step.actor_name, step.state_after) for step in service.get(work, report.id).steps] == [("值班员", "accepted")]
        with pytest.raises(ReportNotFound):
            service.get(work, "nothing")


def test_searching_and_counting(platform: Platform) -> None:
    yesterday = NOON - timedelta(days=1)
    take(
        platform, row(), row("J2", region="莆田市涵江区", received_at=yesterday, victim_phone="", victim_name="李四", suspects=()),
        row("J3", state=ReportState.NOT_A_CASE), row("J4", source="12345", fraud_type=FraudType.LOAN, region=""),
    )  # fmt: skip
    with platform.database.work(WORKER) as work:
        with_phone = {"J1", "J3", "J4"}
        wanted = {"J2": {"J2"}, "李四": {"J2"}, "138-0000-0001": with_phone, CARD: {"J2", *with_phone}, "+8613800000002": with_phone}
        for words, found in wanted.items():
            assert {report.report_no for report in service.search(work, words=words).rows} == found
        assert service.search(work, state=ReportState.NOT_A_CASE, fraud_type=FraudType.REBATE_TASKS, region="3503").total == 1
        assert service.search(work, since=date(2026, 5, 1), until=date(2026, 5, 1)).total == 3
        totals = service.today(work, day=date(2026, 5, 1))
        assert (totals.reports, totals.loss_fen, totals.reports_before) == (2, 246_800, 1)
        assert service.today(work, "350303", date(2026, 5, 1)).reports == 0
        day = (clock.local_midnight(date(2026, 4, 30)), clock.local_midnight(date(2026, 5, 2)))
        assert [(count.key, count.reports) for count in service.by_type(work, *day)] == [("rebate_tasks", 2), ("loan", 1)]
        assert {count.key: count.reports for count in service.by_region(work, *day)} == {"": 1, "350302": 1, "350303": 1}
        assert [count.reports for count in service.by_day(work, date(2026, 4, 29), date(2026, 5, 1))] == [0, 1, 2]


def test_row_security_by_region_and_kind_of_organisation(platform: Platform) -> None:
    take(platform, row(), row("J2", region="350303"))

    def seen(scope: Scope) -> set[str]:
        with platform.database.work(scope) as work:
            return {report.report_no for report in service.search(work).rows}

    assert seen(staff()) == {"J1", "J2"}
    assert seen(staff(OrgKind.POLICE_COUNTY, "350302")) == {"J1"}
    for kind in OrgKind:
        assert bool(seen(staff(kind, "3503"))) == (kind in policy.ORG_KINDS)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(ReportState), max_size=6))
def test_states(path: list[ReportState]) -> None:
    for state in path:
        assert not may_become(state, state)
        assert all(may_become(state, following) for following in next_states(state))
    assert next_states(ReportState.TRANSFERRED) == ()


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(["A1", "A2", "A3", ""]), st.integers(-1, 2)), max_size=8))
def test_every_row_is_accounted_for(platform: Platform, drawn: list[tuple[str, int]]) -> None:
    rows = [row(number, loss_fen=loss) for number, loss in drawn]
    with platform.database.work(WORKER) as work:
        before = service.search(work).total
    imported = take(platform, *rows)
    with platform.database.work(WORKER) as work:
        assert imported.received == len(rows)
        assert service.search(work).total == before + imported.accepted
    again = take(platform, *(replace(one) for one in rows))
    assert (again.accepted, len(again.refused)) == (0, len(imported.refused))
