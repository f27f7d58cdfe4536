"""Briefings of a region's day and week, their inboxes, and taking back what was cleared. Every number is made up."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from tests.desks.series.series_kit import WORKER, report

from fanzha.desks import cases, identity, indicators
from fanzha.desks.indicators import IndicatorRow
from fanzha.desks.series import tasks as series_tasks
from fanzha.desks.sharing import repository, service
from fanzha.desks.sharing.domain import BriefingKind, Content, Rise, period_before
from fanzha.desks.sharing.errors import BriefingNotFound, NothingToSign
from fanzha.desks.sharing.rising import chance_of, is_rising
from fanzha.desks.sharing.tasks import due
from fanzha.faces.common.platform import Platform
from fanzha.faces.worker import run_waiting
from fanzha.kit import clock
from fanzha.store import Principal, Scope
from fanzha.vocab.fraud_types import FraudType
from fanzha.vocab.organisations import OrgKind
from fanzha.vocab.roles import Role

PHONE, ACCOUNT, SITE = "13900000001", "6222020000000000017", "https://made-up-shop.example/pay"
MORNING = datetime(2026, 5, 5, 0, 30, tzinfo=UTC)  # half past eight in China, on a Tuesday


@pytest.fixture
def units(platform: Platform) -> dict[str, identity.Organisation]:
    told = {"centre": (OrgKind.POLICE_CITY, "3503"), "county": (OrgKind.POLICE_COUNTY, "350302"), "bank": (OrgKind.BANK, "3503"), "deputies": (OrgKind.CONGRESS, "3503")}
    with platform.database.work(WORKER) as work:
        return {name: identity.service.create_organisation(work, code=name, kind=kind, name=f"机构 {name}", region=region) for name, (kind, region) in told.items()}


@pytest.fixture
def morning(platform: Platform, units: dict[str, identity.Organisation]) -> Iterator[datetime]:
    """Four reports of the day before, made into the briefings that are due."""
    del units
    rows = [
        report("1", PHONE, SITE, day=3), report("2", PHONE, day=3, region="350303"), report("3", ACCOUNT, SITE, day=3), report("4", ACCOUNT, "96110", day=3),
        report("5", "96110", day=2, fraud_type=FraudType.LOAN), report("6", day=-4, fraud_type=FraudType.LOAN),
    ]  # fmt: skip
    with clock.frozen(MORNING):
        with platform.database.work(WORKER) as work:
            cases.service.import_many(work, rows, platform.tokens)
        series_tasks.relinked(platform)
        due(platform)
        yield MORNING


def member(unit: identity.Organisation, role: Role = Role.BANK_AGENT) -> Scope:
    return Scope.of(Principal("u9", "联络员", unit.id, unit.name, OrgKind(unit.kind), unit.region, frozenset({role})))


def of_city(platform: Platform, kind: str = "daily", day: date = date(2026, 5, 4)) -> str:
    with platform.database.work(WORKER) as work:
        query = text("SELECT id FROM briefings WHERE region = '3503' AND kind = :kind AND first_day <= :day ORDER BY first_day DESC LIMIT 1")
        return str(work.session.scalar(query, {"kind": kind, "day": day}))


def test_a_briefing_says_what_the_day_came_to(platform: Platform, units: dict[str, identity.Organisation], morning: datetime) -> None:
    del morning
    with platform.database.work(member(units["bank"])) as work:
        detail = service.get(work, of_city(platform))
        assert (detail.content.reports, detail.content.reports_before, detail.content.loss_fen) == (4, 1, 40_000)
        assert detail.content.rising == [Rise("rebate_tasks", 4, 0, 0.0, 8.0**-4)]
        (across,) = detail.content.series
        assert (across.cases, across.counties) == (4, {"350302": 3, "350303": 1})
        told = {item.masked: (item.reports, item.counties) for item in detail.items}
        assert (told["139****0001"], told["made-up-shop.example/***"], len(told)) == ((2, 2), (2, 1), 3)
        assert not any(secret in str(told) for secret in (PHONE, ACCOUNT, "96110"))
        assert detail.receipts == ()


def test_each_is_made_once_and_sent_to_the_units_of_its_area(platform: Platform, units: dict[str, identity.Organisation], morning: datetime) -> None:
    del morning
    with clock.frozen(MORNING + timedelta(hours=1)):
        assert due(platform) == []
    with platform.database.work(WORKER) as work:
        names = "array_agg(DISTINCT r.org_name ORDER BY r.org_name)"
        rows = work.session.execute(text(f"SELECT b.kind, b.region, {names} FROM briefings b JOIN briefing_receipts r ON r.briefing_id = b.id GROUP BY 1, 2"))
        sent = {(row[0], row[1]): row[2] for row in rows}
    everybody = ["机构 bank", "机构 centre", "机构 county"]
    assert sent == {("daily", "3503"): everybody, ("weekly", "3503"): everybody, ("daily", "350302"): ["机构 county"], ("weekly", "350302"): ["机构 county"]}
    with platform.database.work(member(units["deputies"], Role.DEPUTY)) as work, pytest.raises(BriefingNotFound):
        service.get(work, of_city(platform))
    with clock.frozen(MORNING + timedelta(days=2)):
        assert len(due(platform)) == 4  # two days, two regions


def test_a_unit_signs_and_the_centre_sees_who_has(platform: Platform, units: dict[str, identity.Organisation], morning: datetime) -> None:
    del morning
    briefing = of_city(platform)
    with platform.database.work(member(units["bank"])) as work:
        waiting = service.unread(work)
        service.sign(work, briefing)
        assert service.unread(work) == waiting - 1
        with pytest.raises(NothingToSign):
            service.sign(work, briefing)
    with platform.database.work(member(units["centre"], Role.ANALYST)) as work:
        detail = service.get(work, briefing)
        assert (detail.read, len(detail.receipts)) == (1, 3)
        assert [each.reader_name for each in detail.receipts if each.read_at] == ["联络员"]


def test_what_is_cleared_is_taken_back_from_every_inbox(platform: Platform, units: dict[str, identity.Organisation], morning: datetime) -> None:
    del morning
    briefing = of_city(platform)
    with platform.database.work(member(units["bank"])) as work:
        service.sign(work, briefing)
    with clock.frozen(MORNING + timedelta(hours=2)):
        with platform.database.work(WORKER) as work:
            entry = indicators.service.add_one(work, IndicatorRow(PHONE, source="test"), platform.tokens)
            indicators.service.clear(work, entry.id, "机主已核实")
        run_waiting(platform)
        with platform.database.work(member(units["bank"])) as work:
            detail = service.get(work, briefing)
            assert [item.masked for item in detail.items if item.retracted_at] == ["139****0001"]
            assert detail.mine is not None
            assert detail.mine.is_open
    with clock.frozen(MORNING + timedelta(hours=3)), platform.database.work(member(units["bank"])) as work:
        service.sign(work, briefing)
    with platform.database.work(WORKER) as work:
        assert repository.retract(work, entry.tokens) == set()


@given(st.dates(date(2020, 1, 1), date(2040, 1, 1)), st.sampled_from(BriefingKind))
def test_periods_are_over_and_follow_each_other(today: date, kind: BriefingKind) -> None:
    period = period_before(kind, today)
    assert period.first <= period.last < today
    assert period.before.last == period.first - timedelta(days=1)
    assert (today - period.last).days <= 7
    assert kind is BriefingKind.DAILY or period.first.weekday() == 0


@given(st.builds(Rise, st.sampled_from(["loan", "other"]), st.integers(0, 99), st.integers(0, 99), st.none() | st.floats(0, 99), st.floats(0, 1)))
def test_what_is_kept_comes_back(rise: Rise) -> None:
    content = Content(1, 2, 3, 4, [rise], [], [], [])
    assert Content.of(content.as_json()) == content


def test_a_unit_that_does_not_sign_is_reminded_so_many_times(platform: Platform, units: dict[str, identity.Organisation], morning: datetime) -> None:
    del morning
    briefing, counts = of_city(platform), []
    with platform.database.work(member(units["county"], Role.ANALYST)) as work:
        service.sign(work, briefing)
    for hours in (1, 25, 26, 50, 75, 100):
        with clock.frozen(MORNING + timedelta(hours=hours)), platform.database.work(WORKER) as work:
            service.remind(work)
            rows = work.session.execute(text("SELECT org_name, reminders FROM briefing_receipts WHERE briefing_id = :id"), {"id": briefing}).all()
        counts.append({row.org_name.removeprefix("机构 "): row.reminders for row in rows})
    assert [each["bank"] for each in counts] == [0, 1, 1, 2, 3, 3]
    assert {each["county"] for each in counts} == {0}


@given(st.integers(0, 30), st.integers(0, 60), st.integers(1, 8))
def test_more_reports_are_less_likely_by_chance(reports: int, before: int, periods: int) -> None:
    here = chance_of(reports, before, periods)
    assert 0 < here <= 1
    assert chance_of(0, before, periods) == pytest.approx(1)
    assert chance_of(reports + 1, before, periods) <= here + 1e-12
    assert chance_of(reports, before + 1, periods) >= here - 1e-12


@pytest.mark.parametrize(
    ("reports", "before", "periods", "rises"),
    [(3, 1, 1, False), (3, 0, 1, False), (4, 0, 7, True), (2, 0, 7, False), (30, 140, 7, False), (40, 140, 7, True), (9, 0, 0, False)],
)
def test_a_percentage_of_tiny_counts_is_no_rise(reports: int, before: int, periods: int, rises: bool) -> None:
    assert is_rising(reports, before, periods, least=3, growth=0.5, error=0.01) is rises
