"""The wrongly-hit rate counts measures once, by the last answer, for every detector that had spoken; and only of the reader's area."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import text
from tests.desks.appeals.appeals_kit import NOON, REASONS, SYSTEM, Town, answered, asking, decided, file, filed, in_force

from fanzha.desks import appeals, screening
from fanzha.desks.appeals import AppealDecided, Filed, Origin, Verdict, tasks
from fanzha.desks.appeals.rates import PEOPLE, By, Rates, of_figure, rates
from fanzha.desks.controls import Officer
from fanzha.faces.common.platform import Platform
from fanzha.kit import clock
from fanzha.store import Scope, Work

_FINDING = """INSERT INTO findings (id, rule_id, rule_version, target, level, fraud_type, score, subject_kind, subject_token, region, day, at, reason_zh, reason_en,
 evidence, digest, state, run_id, recorded_at, changed_at)
 VALUES (:id, :rule, 3, 'account', 'red', 'loan', 0.9, 'account', :token, '350302', :day, :at, '', '', '[]', '', 'standing', 'r', :at, :at)"""


@pytest.fixture(autouse=True)
def _at_noon() -> Iterator[None]:
    with clock.frozen(NOON):
        yield


def found(platform: Platform, account: str, *rules: str) -> None:
    """Findings of these rules about an account, an hour ago."""
    with platform.database.work(SYSTEM) as work:
        work.session.execute(text(
            "INSERT INTO detection_runs (id, started_at, ended_at, cause, versions, rules, flags, events, found, fresh, changed, withdrawn)"
            " VALUES ('r', now(), now(), 'first', '{}', '', '', 0, 0, 0, 0, 0) ON CONFLICT DO NOTHING"
        ))  # fmt: skip
        for rule in rules:
            at = NOON - timedelta(hours=1)
            work.session.execute(
                text(_FINDING), {"id": f"{rule}{account}", "rule": rule, "token": platform.tokens.seal("bank_account", account), "at": at, "day": at.date()}
            )


def counted(platform: Platform, by: By = "detector", region: str = "3503") -> Rates:
    tasks.let_time_pass(platform)
    with platform.database.work(SYSTEM) as work:
        return rates(work, by, NOON - timedelta(days=1), NOON + timedelta(days=1), region)


def test_each_measure_counts_once_for_each_detector(platform: Platform, town: Town) -> None:
    told: list[AppealDecided] = []

    def hear(work: Work, event: AppealDecided) -> None:
        told.append(event)

    platform.database.events.on(AppealDecided, hear)
    accounts = [f"62220000000001000{number}" for number in range(4)]
    found(platform, accounts[0], "mule", "fan_in")
    found(platform, accounts[1], "mule")
    orders = [in_force(platform, town.places, asking(town.places, account=account)) for account in accounts]
    wrong, right = file(platform, None, orders[0]), file(platform, None, orders[1])
    answered(platform, town, wrong)
    answered(platform, town, right, Verdict.REJECTED)
    file(platform, None, orders[2])
    got = counted(platform)
    rows = {row.key: (of_figure(row.decided), of_figure(row.overall), row.open) for row in got.rows}
    assert {key: (one["numerator"], one["denominator"]) for key, (one, _, _) in rows.items()} == {"mule": (1, 2), "fan_in": (1, 1), PEOPLE: (0, 0)}
    assert {key: (one["numerator"], one["denominator"]) for key, (_, one, _) in rows.items()} == {"mule": (1, 2), "fan_in": (1, 1), PEOPLE: (0, 2)}
    assert rows[PEOPLE][2] == 1
    assert rows[PEOPLE][0]["value"] is None
    assert 0 < rows["mule"][0]["low"] < 0.5 < rows["mule"][0]["high"] < 1
    assert (got.total.overall.numerator, got.total.overall.denominator, got.total.decided.denominator) == (1, 4, 2)
    (unit,) = counted(platform, "unit").rows
    assert (unit.key, unit.overall.denominator) == (town.places.asker.org_id, 4)
    assert counted(platform, "target", "350304").rows == []
    assert [(event.verdict, event.is_final, event.detectors) for event in told] == [("upheld", True, ("fan_in@3", "mule@3")), ("rejected", False, ("mule@3",))]
    assert told[0].subject_token == platform.tokens.seal("bank_account", accounts[0])


def test_the_last_answer_counts(platform: Platform, town: Town) -> None:
    _, first = filed(platform, town)
    answered(platform, town, first, Verdict.REJECTED)
    with platform.database.work(SYSTEM) as work:
        second = appeals.filing.reconsider(work, first.id, Filed(Origin.ONLINE, "我有新的工资证明", "", "k1"))
    with clock.frozen(NOON + timedelta(minutes=5)):
        with platform.database.work(Scope.of(town.city_clerk)) as work:
            appeals.handling.accept(work, second.id)
            appeals.handling.take(work, second.id)
            officers = (Officer(town.clerk.user_id, "P1"), Officer(town.mate.user_id, "P2"))
            appeals.handling.propose(work, second.id, Verdict.UPHELD, REASONS, appeals.Ordered(officers))
        decided(platform, town.city_chief, second)
    assert counted(platform).total.decided.numerator == counted(platform).total.decided.denominator == 1


def test_what_an_upheld_appeal_clears_is_forgotten_in_flight(platform: Platform, town: Town) -> None:
    now = clock.now()
    with clock.frozen(now):
        order, appeal = filed(platform, town)
        found(platform, order.subject_no, "mule")
        token = platform.tokens.seal("bank_account", order.subject_no)
        since = (NOON - timedelta(days=5)).date()
        with platform.database.work(SYSTEM) as work:
            assert [row[0] for row in screening.repository.found_suspects(work, since)] == [token]
        answered(platform, town, appeal)
        with platform.database.work(SYSTEM) as work:
            work.session.execute(text("UPDATE appeal_clearances SET until = now() + interval '1 day'"))
            assert screening.repository.found_suspects(work, since) == []
