"""The registry of suspect identifiers, on PostgreSQL. Every identifier here is made up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from fanzha.desks.indicators import Answer, IndicatorRow, IndicatorsChanged, IndicatorState, service
from fanzha.desks.indicators.domain import may_become
from fanzha.desks.indicators.errors import BadKnownGood, IndicatorNotFound, ReasonNeeded, RowRefused, WrongState
from fanzha.desks.indicators.known_good import parse, shipped
from fanzha.faces.common.platform import Platform
from fanzha.kit import clock
from fanzha.store import Principal, Scope
from fanzha.store.audit import verify
from fanzha.vocab.fraud_types import FraudType
from fanzha.vocab.identifiers import Kind
from fanzha.vocab.organisations import OrgKind
from fanzha.vocab.risk import RiskLevel
from fanzha.vocab.roles import Role

PHONE, SITE, ACCOUNT = "13800000001", "app.made-up-invest.top", "6220000000000001"
WORKER = Scope.system("test")
NOON = datetime(2026, 5, 1, 4, 0, tzinfo=UTC)


def staff(kind: OrgKind = OrgKind.POLICE_CITY, role: Role = Role.ANALYST, region: str = "3503") -> Scope:
    return Scope.of(Principal("u1", "分析员", "o1", "反诈中心", kind, region, frozenset({role})))


def row(value: str, **more: object) -> IndicatorRow:
    return IndicatorRow(value=value, source=str(more.pop("source", "list")), **more)  # type: ignore[arg-type]


def test_a_list_is_taken_once(platform: Platform) -> None:
    rows = [
        row(PHONE, row_number=1),
        row(f"+86 {PHONE}", row_number=2),
        row(SITE, row_number=3, fraud_type=FraudType.INVESTMENT),
        row("96110", row_number=4),
        row("1.2E+10", row_number=5, kind=Kind.PHONE),
        row("…", row_number=6),
    ]
    for expected in ((2, 1), (0, 3)):
        with platform.database.work(WORKER) as work:
            added = service.add_many(work, rows, platform.tokens)
        assert (added.accepted, added.duplicates) == expected
        assert [(one.row_number, one.reason) for one in added.refused] == [(4, "known_good"), (5, "excel_destroyed"), (6, "unrecognised")]
        assert added.received == len(rows)
    with platform.database.work(WORKER) as work:
        assert service.search(work).total == 2
        assert {entry.sightings for entry in service.search(work).rows} == {1}


def test_flagged_tokens_are_those_of_the_lake(platform: Platform) -> None:
    with platform.database.work(WORKER) as work:
        service.add_many(work, [row(PHONE), row(SITE, state=IndicatorState.CONFIRMED), row(ACCOUNT, kind=Kind.CARD, confidence=30)], platform.tokens)
    with platform.database.work(WORKER) as work:
        flags = service.flagged_tokens(work)
        assert set(service.flagged_tokens(work, (Kind.PHONE,))) == {platform.tokens.seal("phone", f"+86{PHONE}")}
    levels = {token: flag.level for token, flag in flags.items()}
    assert levels == {
        platform.tokens.seal("phone", f"+86{PHONE}"): RiskLevel.YELLOW,
        platform.tokens.seal("domain", SITE): RiskLevel.RED,
        platform.tokens.seal("domain", "made-up-invest.top"): RiskLevel.RED,
        platform.tokens.seal("bank_account", ACCOUNT): RiskLevel.BLUE,
    }


def test_a_page_on_a_public_platform_does_not_flag_the_platform(platform: Platform) -> None:
    with platform.database.work(WORKER) as work:
        sites = ["play.google.com/store/apps/details?id=made.up", "made-up.github.io", "www.qq.com", "fake.gov.cn/x"]
        added = service.add_many(work, [row(site) for site in sites], platform.tokens)
        flags = service.flagged_tokens(work)
    assert (added.accepted, [refused.reason for refused in added.refused]) == (2, ["known_good", "known_good"])
    assert platform.tokens.seal("domain", "google.com") not in flags
    assert platform.tokens.seal("domain", "github.io") not in flags
    assert platform.tokens.seal("domain", "made-up.github.io") in flags


def test_sources_stand_side_by_side_and_the_surer_one_counts(platform: Platform) -> None:
    heard: list[IndicatorsChanged] = []
    platform.database.events.on(IndicatorsChanged, lambda _, event: heard.append(event))
    said = (
        (IndicatorState.SUSPECTED, "a", FraudType.OTHER),
        (IndicatorState.CONFIRMED, "b", FraudType.LOAN),
        (IndicatorState.SUSPECTED, "c", FraudType.ROMANCE),
    )
    for state, source, kind in said:
        with platform.database.work(WORKER) as work:
            service.add_many(work, [row(PHONE, state=state, source=source, fraud_type=kind)], platform.tokens)
    with platform.database.work(WORKER) as work:
        (entry,) = service.search(work, words=PHONE).rows
        detail = service.get(work, entry.id)
    assert (entry.state, entry.fraud_type, entry.sightings, entry.source) == ("confirmed", "loan", 3, "a")
    assert {(claim.source, claim.fraud_type) for claim in detail.claims} == {("a", "other"), ("b", "loan"), ("c", "romance")}
    assert len(heard) == 2  # the third row brought no news


def test_a_judgement_needs_a_reason_and_is_kept(platform: Platform) -> None:
    with platform.database.work(staff()) as work:
        entry = service.add_one(work, row(PHONE), platform.tokens)
    with platform.database.work(staff()) as work, pytest.raises(ReasonNeeded):
        service.clear(work, entry.id, " ab ")
    with platform.database.work(staff()) as work:
        service.clear(work, entry.id, "机主为外卖员，已核实")
    with platform.database.work(staff()) as work, pytest.raises(WrongState):
        service.clear(work, entry.id, "机主为外卖员，已核实")
    with platform.database.work(WORKER) as work:
        assert service.flagged_tokens(work) == {}
        service.add_many(work, [row(PHONE, source="later", state=IndicatorState.CONFIRMED)], platform.tokens)
        assert service.flagged_tokens(work) == {}  # who was cleared is not flagged again by a list
    with platform.database.work(staff()) as work:
        (judgement,) = service.get(work, entry.id).judgements
        assert (judgement.actor_name, judgement.state_after, judgement.reason) == ("分析员", "cleared", "机主为外卖员，已核实")
        with pytest.raises(IndicatorNotFound):
            service.get(work, "nothing")
    with platform.database.work(WORKER) as work:
        assert verify(work.session) == 3  # two lists and one judgement


def test_an_entry_expires_and_comes_back(platform: Platform) -> None:
    with clock.frozen(NOON), platform.database.work(WORKER) as work:
        service.add_many(work, [row(PHONE, expires_at=NOON + timedelta(days=1))], platform.tokens)
        assert service.expire(work) == 0
    with clock.frozen(NOON + timedelta(days=1)), platform.database.work(WORKER) as work:
        assert service.flagged_tokens(work) == {}  # before the job has run
        assert service.check(work, PHONE).answer is Answer.NO_RECORD
        assert (service.expire(work), service.expire(work)) == (1, 0)
        service.add_many(work, [row(PHONE, expires_at=NOON + timedelta(days=9))], platform.tokens)
        assert len(service.flagged_tokens(work)) == 1


ASKED = {
    PHONE: Answer.CAUTION,
    "138-0000-0001": Answer.CAUTION,
    "13800000002": Answer.NO_RECORD,
    "https://www.made-up-invest.top/register?code=1": Answer.DANGER,
    "other.made-up-invest.top": Answer.DANGER,
    "made-up-invest.example": Answer.NO_RECORD,
    "1234567": Answer.CAUTION,
    "96110": Answer.KNOWN_GOOD,
    "www.icbc.com.cn": Answer.KNOWN_GOOD,
    "": Answer.UNREADABLE,
    "…": Answer.UNREADABLE,
}


def test_check(platform: Platform) -> None:
    rows = [row(PHONE), row("made-up-invest.top", state=IndicatorState.CONFIRMED, fraud_type=FraudType.INVESTMENT), row("1234567", kind=Kind.QQ)]
    with platform.database.work(WORKER) as work:
        service.add_many(work, rows, platform.tokens)
        verdicts = {asked: service.check(work, asked) for asked in ASKED}
    assert {asked: verdict.answer for asked, verdict in verdicts.items()} == ASKED
    assert all((verdict.fraud_type is not None) == (verdict.answer in (Answer.DANGER, Answer.CAUTION)) for verdict in verdicts.values())


def test_searching(platform: Platform) -> None:
    with platform.database.work(WORKER) as work:
        service.add_many(work, [row(PHONE), row(SITE, fraud_type=FraudType.LOAN), row("other.example", source="b")], platform.tokens)
        assert [entry.masked for entry in service.search(work, words="0138-0000-0001").rows] == ["138****0001"]
        assert [entry.site for entry in service.search(work, words="UP-invest").rows] == [SITE]
        assert service.search(work, words="%").total == 0
        assert service.search(work, source="b").total == 1
        assert service.search(work, fraud_type=FraudType.LOAN, kind=Kind.DOMAIN).total == 1
        assert service.search(work, state=IndicatorState.CLEARED).total == 0
        assert service.counts(work) == {("suspected", "phone"): 1, ("suspected", "domain"): 2}
        assert service.sources(work) == ["b", "list"]
        assert len(list(service.export(work, kind=Kind.DOMAIN))) == 2


def test_what_is_personal_lies_sealed(platform: Platform) -> None:
    with platform.database.work(WORKER) as work:
        service.add_many(work, [row(PHONE, note="张三的号码")], platform.tokens)
    with platform.database.work(WORKER) as work:
        stored = str(work.session.execute(text("SELECT row_to_json(i)::text FROM indicators i")).scalar_one())
        (entry,) = service.search(work).rows
    assert PHONE not in stored
    assert "张三" not in stored
    assert (entry.value, entry.note) == (f"+86{PHONE}", "张三的号码")


def test_row_security_by_kind_of_organisation(platform: Platform) -> None:
    with platform.database.work(staff()) as work:
        service.add_one(work, row(PHONE), platform.tokens)
    with platform.database.work(staff(OrgKind.BANK, Role.BANK_AGENT)) as work:
        assert service.check(work, PHONE).answer is Answer.CAUTION
    with platform.database.work(staff(OrgKind.CONGRESS, Role.DEPUTY)) as work:
        assert service.search(work).total == 0
    with pytest.raises(ProgrammingError), platform.database.work(staff(OrgKind.BANK, Role.BANK_AGENT)) as work:
        service.add_one(work, row("13800000009"), platform.tokens)


def test_what_is_known_good_is_refused_by_hand_too(platform: Platform) -> None:
    with platform.database.work(staff()) as work, pytest.raises(RowRefused) as refused:
        service.add_one(work, row("110"), platform.tokens)
    assert refused.value.params["reason"] == "known_good"
    assert "110" in shipped().phones
    with pytest.raises(BadKnownGood):
        parse("phones: []")


def test_a_job_expires(platform: Platform) -> None:
    from fanzha.desks.indicators.tasks import TASKS

    with platform.database.work(WORKER) as work:
        service.add_many(work, [row(PHONE, expires_at=clock.now() - timedelta(hours=1))], platform.tokens)
    for task in TASKS:
        task.run(platform)
    with platform.database.work(WORKER) as work:
        assert service.counts(work) == {("expired", "phone"): 1}


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(IndicatorState), min_size=1, max_size=6))
def test_no_state_is_a_dead_end_and_none_leads_to_itself(path: list[IndicatorState]) -> None:
    for state in path:
        assert not may_become(state, state)
        assert any(may_become(state, following) for following in IndicatorState)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.tuples(st.sampled_from([PHONE, f"86{PHONE}", SITE, ACCOUNT, "96110", "bad", "13800000003"]), st.sampled_from(["a", "b"])), max_size=12))
def test_every_row_is_accounted_for(platform: Platform, rows: list[tuple[str, str]]) -> None:
    with platform.database.work(WORKER) as work:
        before = service.search(work).total
        added = service.add_many(work, [row(value, source=source) for value, source in rows], platform.tokens)
        assert added.received == len(rows)
        assert service.search(work).total == before + added.accepted
        again = service.add_many(work, [row(value, source=source) for value, source in rows], platform.tokens)
        assert (again.accepted, again.duplicates) == (0, added.accepted + added.duplicates)
