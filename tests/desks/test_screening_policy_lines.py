"""Who may change what leads to a hold or a block: two persons, by the code and by the tables."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError, ProgrammingError
from tests.desks.detectors.kit import ANALYST, DUTY, person

from fanzha.desks.screening import Answer, Asked, PolicyRow, service
from fanzha.desks.screening.errors import LineNotFound, OwnLine
from fanzha.faces.common.platform import Platform
from fanzha.kit import clock
from fanzha.kit.errors import Forbidden
from fanzha.store import Scope
from fanzha.vocab.organisations import OrgKind
from fanzha.vocab.roles import Role

SYSTEM = Scope.system("test")
LEVEL = "level:red"


def line(day: date | None = None) -> PolicyRow:
    today = day or clock.local_day(clock.now())
    return PolicyRow(Asked.CALL, LEVEL, Answer.HOLD, "test order 1", today, 0, "atfl:25", 30, "申诉渠道", "where to object")


def decided(platform: Platform, row: PolicyRow, scope: Scope = ANALYST) -> PolicyRow:
    with platform.database.work(scope) as work:
        return service.decide_line(work, row)


def approved(platform: Platform, row: PolicyRow, scope: Scope = DUTY) -> PolicyRow:
    with platform.database.work(scope) as work:
        return service.approve_line(work, row.asked, row.signal, row.effective_from, row.version)


def answer(platform: Platform) -> Answer:
    with platform.database.work(SYSTEM) as work:
        return service.policy(work).rows[Asked.CALL, LEVEL].answer


def test_a_line_counts_once_a_second_person_approves_it(platform: Platform) -> None:
    row = decided(platform, line())
    assert decided(platform, line()) == row, "the same again adds nothing"
    assert answer(platform) is Answer.WARN, "the shipped line, as long as one person alone has spoken"
    with platform.database.work(SYSTEM) as work:
        assert service.waiting_lines(work) == [row]
    assert approved(platform, row) == approved(platform, row) == row
    assert answer(platform) is Answer.HOLD
    with platform.database.work(SYSTEM) as work:
        assert service.waiting_lines(work) == []
        told = work.session.execute(text("SELECT action, actor FROM audit_log WHERE action LIKE 'screening.policy%' ORDER BY number")).all()
    assert told == [("screening.policy_decided", ANALYST.actor), ("screening.policy_approved", DUTY.actor)]


def test_nobody_approves_their_own(platform: Platform) -> None:
    row = decided(platform, line(), DUTY)
    with pytest.raises(OwnLine):
        approved(platform, row)
    values = "asked, signal, effective_from, version, set_by"
    for maker in ("set_by", "'somebody else'"):  # neither as it is nor under another name
        chosen = values.replace("set_by", maker)
        with pytest.raises(IntegrityError), platform.database.work(DUTY) as work:
            work.session.execute(text(f"INSERT INTO screening_approvals ({values}, approved_by) SELECT {chosen}, '{DUTY.actor}' FROM screening_policies"))
    with pytest.raises(ProgrammingError, match="row-level security"), platform.database.work(DUTY) as work:
        work.session.execute(text(f"INSERT INTO screening_approvals ({values}, approved_by) SELECT {values}, 'a colleague' FROM screening_policies"))
    with pytest.raises(ProgrammingError, match="permission denied"), platform.database.work(SYSTEM) as work:
        work.session.execute(text(f"INSERT INTO screening_approvals ({values}, approved_by) SELECT {values}, 'a colleague' FROM screening_policies"))
    assert answer(platform) is Answer.WARN


def test_who_may(platform: Platform) -> None:
    county = person("county", Role.DUTY_OFFICER, kind=OrgKind.POLICE_COUNTY, region="350302")
    for scope in (SYSTEM, county, person("bank", Role.BANK_AGENT, kind=OrgKind.BANK)):
        with pytest.raises(Forbidden):
            decided(platform, line(), scope)
    row = decided(platform, line())
    with pytest.raises(Forbidden):
        approved(platform, row, person("another analyst"))
    with pytest.raises(LineNotFound):
        approved(platform, replace(row, version=7))


def test_a_line_for_later_counts_from_its_day_on(platform: Platform) -> None:
    day = clock.local_day(clock.now()).replace(year=2099)
    approved(platform, decided(platform, line(day)))
    assert answer(platform) is Answer.WARN
    with platform.database.work(SYSTEM) as work:
        assert service.policy(work, day).rows[Asked.CALL, LEVEL].answer is Answer.HOLD
