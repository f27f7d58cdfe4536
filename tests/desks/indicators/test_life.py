"""An indicator's life on PostgreSQL: two people, votes, sightings, decay, overrides, exports and their retraction. Every identifier is made up."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from fanzha.desks.indicators import (
    Answer,
    IndicatorRow,
    IndicatorsChanged,
    IndicatorState,
    SightingKind,
    SightingOf,
    bulk,
    nearby,
    numbers,
    service,
    sharing,
)
from fanzha.desks.indicators.errors import (
    AlreadyProposed,
    NotKnownGood,
    OwnProposal,
    ProposalNotFound,
    ReasonNeeded,
    RowRefused,
    TooManyAtOnce,
)
from fanzha.desks.indicators.sharing import Recipient
from fanzha.engine.nearness import Form
from fanzha.faces.common.platform import Platform
from fanzha.kit import clock
from fanzha.store import Principal, Scope, dated
from fanzha.vocab.identifiers import Kind
from fanzha.vocab.organisations import OrgKind
from fanzha.vocab.roles import Role

PHONE, SITE, ACCOUNT = "13800000001", "app.made-up-invest.top", "6220000000000001"
WORKER = Scope.system("test")
NOON = datetime(2026, 5, 1, 4, 0, tzinfo=UTC)
BANK = Recipient("bank-1", "测试银行", "share", "核对可疑收款账户")


def voter(number: int) -> Scope:
    """One officer and two people of two banks."""
    return staff(f"v{number}", OrgKind.BANK if number else OrgKind.POLICE_CITY, Role.BANK_AGENT if number else Role.ANALYST, f"bank-{number}")


def staff(name: str = "u1", kind: OrgKind = OrgKind.POLICE_CITY, role: Role = Role.ANALYST, org: str = "o1") -> Scope:
    return Scope.of(Principal(name, f"分析员{name}", org, "反诈中心", kind, "3503", frozenset({role})))


def bank(org: str = "bank-1") -> Scope:
    return staff("b1", OrgKind.BANK, Role.BANK_AGENT, org)


def row(value: str, **more: object) -> IndicatorRow:
    return IndicatorRow(value=value, source=str(more.pop("source", "list")), **more)  # type: ignore[arg-type]


def add(platform: Platform, *rows: IndicatorRow) -> list[str]:
    with platform.database.work(WORKER) as work:
        service.add_many(work, rows, platform.tokens)
        return [next(iter(service.search(work, words=each.value).rows)).id for each in rows]


def state(platform: Platform, entry: str) -> str:
    with platform.database.work(WORKER) as work:
        return service.get(work, entry).indicator.state


def set_number(platform: Platform, key: str, value: str) -> None:
    with platform.database.work(WORKER) as work:
        dated.decide(work, key, value, region="", effective_from=date(2026, 1, 1), source="test")


def test_where_the_policy_says_so_a_second_person_decides(platform: Platform) -> None:
    (entry,) = add(platform, row(PHONE))
    set_number(platform, numbers.TWO_PEOPLE.key, "confirmed cleared")
    with platform.database.work(staff("maker")) as work:
        service.judge(work, entry, IndicatorState.CONFIRMED, "三名被害人指认")
    assert state(platform, entry) == "suspected"
    with platform.database.work(staff("maker")) as work, pytest.raises(AlreadyProposed):
        service.clear(work, entry, "机主已核实")
    with platform.database.work(staff("maker")) as work, pytest.raises(OwnProposal):
        service.decide(work, entry, accept=True, reason="我自己同意")
    with platform.database.work(staff("checker")) as work:
        service.decide(work, entry, accept=False, reason="证据不足")
    assert state(platform, entry) == "suspected"
    with platform.database.work(staff("checker")) as work, pytest.raises(ProposalNotFound):
        service.decide(work, entry, accept=True, reason="再次同意")
    with platform.database.work(staff("maker")) as work:
        service.judge(work, entry, IndicatorState.CONFIRMED, "又有两名被害人指认")
    with platform.database.work(staff("checker")) as work:
        service.decide(work, entry, accept=True, reason="证据充分")
    assert state(platform, entry) == "confirmed"
    with platform.database.work(staff()) as work:
        (judgement,) = service.get(work, entry).judgements
    assert judgement.reason == "又有两名被害人指认"


def test_votes_call_for_a_review_and_a_judgement_ends_it(platform: Platform) -> None:
    (entry,) = add(platform, row(PHONE))
    for number in range(3):
        with platform.database.work(voter(number)) as work:
            service.vote(work, entry, "客户本人来行核实")
    with platform.database.work(staff()) as work:
        detail = service.get(work, entry)
        assert (len(detail.votes), detail.is_under_review, service.review_count(work)) == (3, True, 1)
        assert [each.id for each in service.search(work, review=True).rows] == [entry]
        with pytest.raises(ReasonNeeded):
            service.vote(work, entry, " ")
    with platform.database.work(bank("bank-1")) as work:
        assert [each.org_id for each in service.get(work, entry).votes] == ["bank-1"]  # a bank sees its own vote alone
    with platform.database.work(staff()) as work:
        service.judge(work, entry, IndicatorState.CONFIRMED, "复核后仍确认")
        assert (service.get(work, entry).is_under_review, service.review_count(work)) == (False, 0)


def test_trust_wears_off_and_a_sighting_brings_it_back(platform: Platform) -> None:
    heard: list[IndicatorsChanged] = []
    with clock.frozen(NOON):
        phone, account = add(platform, row(PHONE), row(ACCOUNT, kind=Kind.BANK_ACCOUNT))
    platform.database.events.on(IndicatorsChanged, lambda _, event: heard.append(event))
    with clock.frozen(NOON + timedelta(days=90)), platform.database.work(WORKER) as work:
        assert (service.decay(work), service.decay(work)) == (0, 0)
        assert (service.get(work, phone).indicator.confidence, service.get(work, account).indicator.confidence) == (42, 51)
    assert [event.flagged for event in heard] == [(platform.tokens.seal("phone", f"+86{PHONE}"),)]  # below 50 it counts no more in detection
    with clock.frozen(NOON + timedelta(days=300)), platform.database.work(WORKER) as work:
        assert service.decay(work) == 1
        assert service.get(work, phone).runs_out_at is None
    assert (state(platform, phone), state(platform, account)) == ("expired", "suspected")
    later = NOON + timedelta(days=301)
    token = platform.tokens.seal("phone", f"+86{PHONE}")
    seen = SightingOf((token, "ph.unknown"), SightingKind.REPORT, "report-1", "测试派出所", later, "350302")
    with clock.frozen(later), platform.database.work(staff()) as work:
        assert (service.sight(work, [seen]), service.sight(work, [seen])) == (1, 1)
        detail = service.get(work, phone)
        assert (detail.indicator.state, detail.indicator.confidence, detail.indicator.last_seen_at) == ("suspected", 60, later)
        assert [(each.kind, each.seen_by) for each in detail.sightings] == [("report", "测试派出所"), ("import", "list")]
        assert detail.runs_out_at is not None


def test_the_same_list_does_not_renew_and_a_newer_one_does(platform: Platform) -> None:
    with clock.frozen(NOON):
        (entry,) = add(platform, row(PHONE))
    with clock.frozen(NOON + timedelta(days=300)), platform.database.work(WORKER) as work:
        service.decay(work)
        service.add_many(work, [row(PHONE)], platform.tokens)
        assert service.get(work, entry).indicator.state == "expired"
        service.add_many(work, [row(PHONE, seen_at=NOON + timedelta(days=299))], platform.tokens)
        assert (service.get(work, entry).indicator.state, service.get(work, entry).indicator.confidence) == ("suspected", 60)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(days=st.integers(0, 900), confidence=st.integers(0, 100))
def test_the_database_wears_off_as_the_formula(platform: Platform, days: int, confidence: int) -> None:
    value = f"138{days:04d}{confidence:04d}"
    with clock.frozen(NOON):
        (entry,) = add(platform, row(value, confidence=confidence))
    with clock.frozen(NOON + timedelta(days=days)), platform.database.work(WORKER) as work:
        rule = numbers.decay(work)
        service.decay(work)
        held = service.get(work, entry).indicator
        assert held.confidence == rule.confidence(Kind.PHONE, confidence, NOON, clock.now())
        assert (held.state == "expired") == rule.has_run_out(held.confidence, confidence)


def test_what_is_known_good_is_listed_only_by_who_answers_for_it(platform: Platform) -> None:
    bad_row = row("fake.made-up.gov.cn")
    with platform.database.work(staff()) as work, pytest.raises(NotKnownGood):
        service.override(work, row(PHONE), "不在名单里")
    with platform.database.work(staff()) as work, pytest.raises(RowRefused):
        service.override(work, row("…"), "认不出的内容")
    with platform.database.work(staff()) as work:
        service.override(work, bad_row, "该子域名已被攻陷，技术组核实")
        service.override(work, bad_row, "该子域名已被攻陷，技术组核实")
        assert service.add_one(work, bad_row, platform.tokens).state == "suspected"
        added = service.add_many(work, [bad_row, row("other.gov.cn")], platform.tokens)
        assert (added.duplicates, [each.reason for each in added.refused]) == (1, ["known_good"])
        assert platform.tokens.seal("domain", "gov.cn") not in service.flagged_tokens(work)


def test_a_withdrawal_reaches_whoever_was_handed_it(platform: Platform) -> None:
    phone, account = add(platform, row(PHONE), row(ACCOUNT, kind=Kind.BANK_ACCOUNT))
    with platform.database.work(staff()) as work:
        assert len(list(service.export(work, recipient=BANK))) == 2
        list(service.export(work, kind=Kind.PHONE))  # a masked list for one's own unit
    with platform.database.work(bank()) as work:
        assert sharing.retractions(work) == []
        assert [each.rows for each in sharing.exports(work)] == [2]
    with platform.database.work(staff()) as work:
        service.clear(work, phone, "机主为外卖员，已核实")
        assert len(sharing.retractions(work)) == 2
    with platform.database.work(bank("bank-2")) as work:
        assert (sharing.retractions(work), list(sharing.exports(work))) == ([], [])  # another bank learns nothing
    with platform.database.work(bank()) as work:
        (told,) = sharing.retractions(work, open_only=True)
        assert (told.indicator.value, told.state) == (f"+86{PHONE}", IndicatorState.CLEARED)
        assert (sharing.acknowledge(work, "bank-1", clock.now()), sharing.acknowledge(work, "bank-1", clock.now())) == (1, 0)
        assert sharing.retractions(work, open_only=True) == []
    with platform.database.work(staff()) as work:
        service.judge(work, phone, IndicatorState.SUSPECTED, "又有人报案")
        assert all(each.lifted_at for each in sharing.retractions(work))
        service.clear(work, phone, "再次核实为误报")
        assert len(sharing.retractions(work, open_only=True)) == 2  # it stands anew, whoever acknowledged before
        assert [each.org_id for each, back in service.get(work, phone).exports if back] == ["o1", "bank-1"]
        assert all(back is None for _, back in service.get(work, account).exports)


def test_what_expires_is_taken_back_too(platform: Platform) -> None:
    with clock.frozen(NOON):
        add(platform, row(PHONE, expires_at=NOON + timedelta(days=1)), row(SITE))
        with platform.database.work(staff()) as work:
            list(service.export(work, recipient=BANK))
    with clock.frozen(NOON + timedelta(days=1)), platform.database.work(WORKER) as work:
        service.expire(work)
        assert [each.state for each in sharing.retractions(work)] == [IndicatorState.EXPIRED]
    with clock.frozen(NOON + timedelta(days=400)), platform.database.work(WORKER) as work:
        service.decay(work)
        assert len(sharing.retractions(work)) == 2


ASKED = [
    PHONE, f"+86 {PHONE}", "13800000002", SITE, f"https://{SITE}/in?c=1", "x.made-up-invest.top", ACCOUNT, "96110", "icbc.com.cn", "…", "", "QQ:1234567", "com.made.up",
]  # fmt: skip


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(asked=st.lists(st.sampled_from(ASKED) | st.from_regex(r"138000000[0-9]{2}|[a-z]{1,3}\.made-up-invest\.top", fullmatch=True), max_size=12))
def test_many_at_once_are_answered_as_one_by_one(platform: Platform, asked: list[str]) -> None:
    rows = [row(PHONE), row("made-up-invest.top", state=IndicatorState.CONFIRMED), row(ACCOUNT, kind=Kind.CARD), row("1234567", kind=Kind.QQ), row(f"{SITE}/in?c=1")]
    with platform.database.work(WORKER) as work:
        service.add_many(work, rows, platform.tokens)
        questions = [*((value, None) for value in asked), (PHONE, Kind.WECHAT), (PHONE, Kind.EMAIL)]
        checked = bulk.check_many(work, questions)
        assert list(checked.verdicts) == [service.check(work, value, kind) for value, kind in questions]
        assert sum(checked.counts.values()) == len(questions)


def test_what_was_asked_is_kept_nowhere(platform: Platform) -> None:
    with platform.database.work(WORKER) as work:
        bulk.check_many(work, [(PHONE, None), (SITE, None)])
        with pytest.raises(TooManyAtOnce):
            bulk.check_many(work, [(PHONE, None)] * (bulk.MOST + 1))
    with platform.database.work(WORKER) as work:
        logged = str(work.session.execute(text("SELECT string_agg(a::text, ' ') FROM audit_log a")).scalar_one())
    assert re.search(r'"asked"+: ?2\b', logged)
    assert PHONE not in logged
    assert "made-up-invest" not in logged


def test_near_forms_are_explained_and_end_with_a_withdrawal(platform: Platform) -> None:
    phone, _site = add(platform, row(PHONE), row(SITE))
    with platform.database.work(WORKER) as work:
        (near,) = nearby.near(work, "13800000009")
        assert (near.form, near.indicator_id, near.is_brand) == (Form.ONE_DIGIT, phone, False)
        assert near.sentence_zh == "与“138****0001”只有第14位不同：“1”与“9”"
        assert nearby.near(work, "made-up-lnvest.top")[0].form is Form.HOMOGRAPH
        assert [each.is_brand for each in nearby.near(work, "a1ipay.com")] == [True]
        assert nearby.near(work, "www.icbc.com.cn") == nearby.near(work, "…") == nearby.near(work, PHONE) == []
    with platform.database.work(staff()) as work:
        service.clear(work, phone, "机主为外卖员，已核实")
        assert nearby.near(work, "13800000009") == []
    with platform.database.work(WORKER) as work:
        assert bulk.check_many(work, [(PHONE, None)]).verdicts[0].answer is Answer.NO_RECORD
