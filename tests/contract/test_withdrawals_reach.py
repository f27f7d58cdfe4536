"""A withdrawn indicator reaches every place where it was used: one walk through all of them, on real detection. Every identifier is made up."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text
from tests.desks.detection_kit import World
from tests.desks.series.series_kit import report
from tests.desks.warnings_kit import SYSTEM, City, build_city

from fanzha.desks import cases, controls, identity, indicators, screening, series, warnings
from fanzha.desks.controls import Officer, Request
from fanzha.desks.detection.tasks import detect
from fanzha.desks.indicators import IndicatorRow, IndicatorState, withdrawing
from fanzha.desks.indicators.errors import NoticeNotFound
from fanzha.desks.indicators.sharing import Recipient
from fanzha.desks.indicators.withdrawing import Outcome, Place
from fanzha.desks.screening.listeners import INDICATORS
from fanzha.desks.series import tasks as series_tasks
from fanzha.desks.sharing.reaching import follow
from fanzha.desks.sharing.tasks import due
from fanzha.faces.common.platform import Platform
from fanzha.faces.worker import run_waiting
from fanzha.kit import clock
from fanzha.kit.paging import PageRequest
from fanzha.lake.schemas import EventKind
from fanzha.store import Principal, Scope
from fanzha.store.database import WORKER_ROLE
from fanzha.vocab.roles import Role

SUSPECT, PAYER = 22_000_000_000_001, 22_000_000_000_777
ACCOUNT = f"62{SUSPECT:014d}"
DAY = datetime(2026, 5, 4, 3, 0, tzinfo=UTC)
MORNING = datetime(2026, 5, 5, 1, 0, tzinfo=UTC)


@dataclass
class Used:
    """Where the account is used before it is cleared."""

    entry: str
    warning: str
    order: str
    series: str
    city: City
    head: Principal


@pytest.fixture
def used(platform: Platform) -> Iterator[Used]:
    city = build_city(platform)
    with clock.frozen(MORNING):
        with platform.database.work(SYSTEM) as work:
            rows = [report("1", ACCOUNT, day=3), report("2", ACCOUNT, day=3, region="350304")]
            cases.service.import_many(work, rows, platform.tokens)
            entry = indicators.service.add_one(work, IndicatorRow(ACCOUNT, source="list", state=IndicatorState.CONFIRMED), platform.tokens).id
            recipient = Recipient(city.banker.org_id, city.banker.org_name, "share", "核对可疑收款账户")
            list(indicators.service.export(work, recipient=recipient))
        _events(platform)
        detect(platform)
        run_waiting(platform)
        series_tasks.relinked(platform)
        due(platform)
        head, order = _orders(platform, city)
        _decided(platform, city)
        with platform.database.work(SYSTEM) as work:
            warning = work.session.execute(text("SELECT id, state FROM warnings")).one()
            (linked,) = series.service.search(work, series.service.Filters(), PageRequest()).rows
            number = linked.id
        yield Used(entry, warning.id, order, number, city, head)


def _events(platform: Platform) -> None:
    world = World(Path(platform.lake.location), platform.tokens)
    world.add(EventKind.SIMS, [world.sim(7, 7, region="350302001")])
    world.add(EventKind.ACCOUNTS, [world.bank_account(PAYER, 7, 7)])
    world.add(EventKind.TRANSFERS, [world.pay("pay-1", DAY, PAYER, SUSPECT), world.pay("pay-2", DAY + timedelta(minutes=9), PAYER, SUSPECT, 900_000)])


def _orders(platform: Platform, city: City) -> tuple[Principal, str]:
    """A stop in force asked for by a county and approved by the city's head."""
    with platform.database.work(SYSTEM) as work:
        county, centre = (identity.service.organisation(work, who.org_id) for who in (city.county, city.centre))

        def person(login: str, org: identity.Organisation, role: Role) -> Principal:
            made = identity.service.create_user(work, login=login, name=login, org=org, roles=[role], password_hash="none", must_change_password=False)
            return identity.sessions.principal_of(made.user)

        second, head = person("second", county, Role.DUTY_OFFICER), person("head", centre, Role.LEADER)
    officers = (Officer(city.county.user_id, "P000001"), Officer(second.user_id, "P000002"))
    asked = Request(
        kind="stop", basis="atfl:20", reason="被害人刚转出，款项可能被转移", key="k1", officers=officers, receiver_org_id=city.banker.org_id, account=ACCOUNT,
        holder_name="王某某", holder_type="01", disputed_fen=500_000, amount_fen=500_000, transfer_fen=500_000, transfer_at=MORNING - timedelta(minutes=20),
        payer_bank="测试银行", payer_name="林某某", payer_account="6222000000000000999", tier=1,
    )  # fmt: skip
    with platform.database.work(Scope.of(city.county)) as work:
        order = controls.service.request(work, asked).id
    with platform.database.work(Scope.of(head)) as work:
        controls.service.approve(work, order)
    return head, order


def _decided(platform: Platform, city: City) -> None:
    """A hold of a bank's transfer whose term still runs, and one that is over."""
    token = platform.tokens.seal("bank_account", ACCOUNT)
    insert = text("""
        INSERT INTO screening_decisions (id, org_id, request_id, digest, asked, answer, other_token, at, decided_at, event, signals, basis,
                                         term_minutes, ends_at, body, degraded, spooled)
        VALUES (:id, :org, :id, 'd', 'transfer', 'hold', :token, :at, :at, '{}', '[{"signal": "indicator:confirmed"}]', 'atfl:20', 60,
            :ends, '{}', false, false)""")
    with platform.database.work(SYSTEM) as work:
        for name, ends in (("runs", MORNING + timedelta(hours=5)), ("over", MORNING - timedelta(hours=1))):
            work.session.execute(insert, {"id": name, "org": city.banker.org_id, "token": token, "at": MORNING - timedelta(hours=2), "ends": ends})


def reached(platform: Platform, entry: str) -> dict[Place, set[str]]:
    """Place → outcomes of the newest withdrawal."""
    with platform.database.work(SYSTEM) as work:
        (_, rows), *_ = withdrawing.reach_of(work, entry)
        found: dict[Place, set[str]] = {}
        for row in rows:
            found.setdefault(Place(row.place), set()).add(row.outcome)
        return found


def notices(platform: Platform, who: Principal) -> set[str]:
    with platform.database.work(Scope.of(who)) as work:
        return {notice.place for notice, _ in withdrawing.inbox(work)}


def test_a_withdrawal_reaches_every_place(platform: Platform, used: Used) -> None:
    holder = used.city.officer
    with clock.frozen(MORNING + timedelta(minutes=5)), platform.database.work(Scope.of(holder)) as work:
        warnings.service.sign(work, used.warning)
    with (
        clock.frozen(MORNING + timedelta(hours=1)),
        psycopg.connect(platform.database.conninfo(WORKER_ROLE), autocommit=True) as listener,
    ):
        listener.execute(f'LISTEN "{INDICATORS}"')
        with platform.database.work(Scope.of(used.city.centre)) as work:
            indicators.service.clear(work, used.entry, "机主被冒用，已核实")
        assert [each.channel for each in listener.notifies(timeout=5, stop_after=1)] == [INDICATORS]
        follow(platform.database, platform.lake)
        assert Outcome.PENDING in reached(platform, used.entry)[Place.FINDING]
    with clock.frozen(MORNING + timedelta(hours=1, minutes=5)):
        detect(platform)
        run_waiting(platform)
        follow(platform.database, platform.lake)
    assert reached(platform, used.entry) == {
        Place.EXPORT: {Outcome.TOLD}, Place.SCREENING: {Outcome.RENEWED}, Place.DECISION: {Outcome.TOLD, Outcome.ENDED}, Place.ORDER: {Outcome.TOLD},
        Place.REPORT: {Outcome.MARKED}, Place.SERIES: {Outcome.UNLINKED}, Place.BRIEFING: {Outcome.TOLD}, Place.DETECTION: {Outcome.RENEWED},
        Place.FINDING: {Outcome.WITHDRAWN}, Place.WARNING: {Outcome.TOLD},
    }  # fmt: skip
    _proven(platform, used)
    assert Place.WARNING in notices(platform, holder)
    assert Place.ORDER in notices(platform, used.city.county)
    assert notices(platform, used.head) == {Place.ORDER}
    assert Place.DECISION in notices(platform, used.city.banker)
    assert notices(platform, used.city.deputy) == set()
    with platform.database.work(SYSTEM) as work:
        assert withdrawing.unsettled(work) == []
        assert follow(platform.database, platform.lake) == 0


def _proven(platform: Platform, used: Used) -> None:
    """Each place itself says the same."""
    tokens = [platform.tokens.seal("bank_account", ACCOUNT)]
    with platform.database.work(SYSTEM) as work:
        assert not set(tokens) & screening.service.marks(work).keys()
        assert work.session.scalar(text("SELECT count(*) FROM findings WHERE state = 'standing'")) == 0
        assert work.session.scalar(text("SELECT state FROM warnings")) == "signed"  # a person holds it, so the machine cancels nothing
        assert work.session.scalar(text("SELECT count(*) FROM warning_history WHERE action = 'basis_withdrawn'")) == 1
        assert controls.service.get(work, used.order).state_now not in controls.FINAL
        assert series.service.get(work, used.series).series.state == "dissolved"
        assert len(indicators.sharing.retractions(work, org_id=used.city.banker.org_id)) == 1
        assert work.session.scalar(text("SELECT count(*) FROM briefing_items WHERE retracted_at IS NOT NULL")) > 0  # type: ignore[operator]
        assert [row.place for row, _ in withdrawing.of_target(work, Place.ORDER, used.order)] == [Place.ORDER]


def test_an_unsigned_warning_is_cancelled_and_a_relisted_identifier_links_again(platform: Platform, used: Used) -> None:
    with clock.frozen(MORNING + timedelta(hours=1)):
        with platform.database.work(Scope.of(used.city.centre)) as work:
            indicators.service.clear(work, used.entry, "机主被冒用，已核实")
        run_waiting(platform)
    with clock.frozen(MORNING + timedelta(hours=2)):
        detect(platform)
        run_waiting(platform)
        assert reached(platform, used.entry)[Place.WARNING] == {Outcome.CANCELLED}
        with platform.database.work(Scope.of(used.city.centre)) as work:
            indicators.service.judge(work, used.entry, IndicatorState.SUSPECTED, "又有被害人指认")
        run_waiting(platform)
        series_tasks.relinked(platform)
    with platform.database.work(SYSTEM) as work:
        assert work.session.scalar(text("SELECT count(*) FROM series_muted")) == 0
        assert withdrawing.of_target(work, Place.ORDER, used.order) == []
        assert [each.cases for each in series.service.search(work, series.service.Filters(), PageRequest()).rows] == [2]


def test_what_another_entry_flags_is_kept(platform: Platform) -> None:
    build_city(platform)
    with clock.frozen(MORNING):
        with platform.database.work(SYSTEM) as work:
            site = indicators.service.add_one(work, IndicatorRow("made-up-invest.top", source="list"), platform.tokens).id
            indicators.service.add_one(work, IndicatorRow("https://made-up-invest.top/a", source="list"), platform.tokens)
            indicators.service.clear(work, site, "整站已核实")
        follow(platform.database, platform.lake)
    assert reached(platform, site) == {Place.REGISTRY: {Outcome.KEPT}}


def test_a_notice_is_read_once_by_those_it_is_for(platform: Platform, used: Used) -> None:
    with clock.frozen(MORNING + timedelta(hours=1)):
        with platform.database.work(Scope.of(used.city.centre)) as work:
            indicators.service.clear(work, used.entry, "机主被冒用，已核实")
        follow(platform.database, platform.lake)
        with platform.database.work(Scope.of(used.head)) as work:
            ((notice, gone),) = withdrawing.inbox(work)
            assert (gone.masked[:6], withdrawing.unread(work)) == (ACCOUNT[:6], 1)
        with platform.database.work(Scope.of(used.city.banker)) as work, pytest.raises(NoticeNotFound):
            withdrawing.acknowledge(work, notice.id)
        with platform.database.work(Scope.of(used.head)) as work:
            assert withdrawing.acknowledge(work, notice.id).reader_name == used.head.name
            assert withdrawing.unread(work) == 0
    with clock.frozen(MORNING + timedelta(days=3)), platform.database.work(SYSTEM) as work:
        left = withdrawing.remind(work, clock.now() - timedelta(days=1))
        assert left > 0
        assert withdrawing.remind(work, clock.now() - timedelta(days=1)) == 0


def test_what_merely_ran_out_asks_nobody_to_review(platform: Platform, used: Used) -> None:
    with platform.database.work(SYSTEM) as work:
        work.session.execute(text("UPDATE indicators SET expires_at = :at"), {"at": MORNING})
    with clock.frozen(MORNING + timedelta(hours=1)):
        with platform.database.work(SYSTEM) as work:
            indicators.service.expire(work)
        follow(platform.database, platform.lake)
    assert reached(platform, used.entry).keys() == {Place.EXPORT, Place.SCREENING, Place.DECISION, Place.DETECTION}
    assert notices(platform, used.head) == set()
