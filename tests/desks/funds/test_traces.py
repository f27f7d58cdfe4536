"""The trace desk on PostgreSQL."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import permutations
from pathlib import Path

import pytest
from sqlalchemy import text
from tests.desks.funds.funds_kit import (
    FIRST,
    FOURTH,
    HEAD,
    NOON,
    SECOND,
    STATEMENTS,
    THIRD,
    TOLD,
    VICTIM,
    give,
    opened,
    report,
    staff,
    tokens_of,
)

from fanzha.desks.cases.errors import ReportNotFound
from fanzha.desks.funds import TraceComputed, repository, service
from fanzha.desks.funds.errors import FundsPurposeNeeded, NoSuchAccount, TraceNotFound, UnfitVictimTransfer
from fanzha.desks.funds.proposals import Decay, proposals, statements
from fanzha.engine.tracing.trace import Limits, Method
from fanzha.faces.common.platform import Platform
from fanzha.kit.errors import Forbidden
from fanzha.store import Scope
from fanzha.vocab.organisations import OrgKind
from fanzha.vocab.roles import Role

ALL = [VICTIM, FIRST, SECOND, THIRD, FOURTH]


def resting(platform: Platform, trace_id: str) -> dict[tuple[str, str], int]:
    """Yuan by account and way of resting."""
    names = tokens_of(platform, ALL) | service.nameless(platform.tokens)
    with platform.database.work(staff()) as work:
        found = service.view(work, trace_id).found
    assert found is not None
    return {(names[each.account], each.kind): each.fen // 100 for each in found.holdings}


def test_the_flow_grows_with_every_statement(platform: Platform, tmp_path: Path) -> None:
    heard: list[int] = []
    platform.database.events.on(TraceComputed, lambda _, event: heard.append(event.version))
    trace_id = opened(platform)
    assert resting(platform, trace_id) == {(FIRST, "unreported"): 10000}
    assert give(platform, trace_id, tmp_path, STATEMENTS["示例一行"], "示例一行") == (6, 4, 1, 1, False)
    assert resting(platform, trace_id) == {(SECOND, "unreported"): 4000, (THIRD, "unreported"): 3000, ("cash", "cash"): 2000, (FIRST, "held"): 1000}
    assert give(platform, trace_id, tmp_path, STATEMENTS["示例乙行"], "示例乙行") == (2, 1, 1, 0, False)
    assert resting(platform, trace_id)[SECOND, "held"] == 3000
    assert resting(platform, trace_id)[FOURTH, "unreported"] == 1000
    assert give(platform, trace_id, tmp_path, STATEMENTS["示例乙行"], "示例乙行")[-1]
    assert give(platform, trace_id, tmp_path, STATEMENTS["示例受害行"], "示例受害行") == (1, 0, 1, 0, False)
    assert heard == sorted(set(heard))
    with platform.database.work(staff()) as work:
        shown = service.view(work, trace_id)
        assert shown.found is not None
        assert shown.found.lacking == 0
        assert shown.found.transfers == 6
        assert shown.found.summary["stolen_fen"] == 1_000_000
        first = service.view(work, trace_id, version=1).found
        assert first is not None
        assert first.lacking == 1
        assert [row.reason for row in repository.rows_aside(work, [one.id for one in shown.statements], 10)] == ["invalid_identifier"]


def test_the_order_of_statements_does_not_matter(platform: Platform, tmp_path: Path) -> None:
    outcomes = []
    for place, order in enumerate(permutations(STATEMENTS)):
        report_id = report(platform, f"K{place}")
        with platform.database.work(staff()) as work:
            trace_id = service.open_trace(work, platform.tokens, report_id=report_id).id
        counts = [give(platform, trace_id, tmp_path, STATEMENTS[bank], bank) for bank in (*order, *order)]
        assert all(received == accepted + duplicates + aside for received, accepted, duplicates, aside, _ in counts)
        with platform.database.work(staff()) as work:
            service.add_victim(work, trace_id, replace(TOLD, victim_name="张小三"), platform.tokens)
            found = service.view(work, trace_id).found
        assert found is not None
        assert sum(count[1] for count in counts[:3]) == found.transfers == 6
        outcomes.append((found.holdings, found.flows, found.accounts))
    assert all(outcome == outcomes[0] for outcome in outcomes)


def test_proposals_come_in_the_order_of_expected_saving(platform: Platform, tmp_path: Path) -> None:
    trace_id = opened(platform)
    for bank, statement in STATEMENTS.items():
        give(platform, trace_id, tmp_path, statement, bank)
    nameless = frozenset(service.nameless(platform.tokens))
    with platform.database.work(staff()) as work:
        found = service.view(work, trace_id).found
    assert found is not None
    made = proposals(found, NOON + timedelta(minutes=36), Decay(timedelta(minutes=30), 0.02), nameless)
    names = tokens_of(platform, ALL)
    assert [(names[one.account], one.fen // 100, one.confirmed) for one in made] == [
        (SECOND, 3000, True), (THIRD, 3000, False), (FOURTH, 1000, False), (FIRST, 1000, True),
    ]  # fmt: skip
    assert made[1].chance == pytest.approx(0.5)
    assert made[1].expected_fen == 150_000
    assert [names[one.account] for one in statements(found, nameless)] == [THIRD, FOURTH]
    late = proposals(found, NOON + timedelta(days=30), Decay(timedelta(minutes=30), 0.02), nameless)
    assert {one.chance for one in late} == {0.02}


def test_another_method_is_another_version(platform: Platform, tmp_path: Path) -> None:
    trace_id = opened(platform)
    give(platform, trace_id, tmp_path, STATEMENTS["示例一行"], "示例一行")
    with platform.database.work(staff()) as work:
        before = service.view(work, trace_id).trace.version
        service.choose(work, trace_id, Method.POISON, Limits(3, timedelta(hours=2), 100))
        shown = service.view(work, trace_id)
        assert (shown.trace.version, shown.result.method if shown.result else "") == (before + 1, "poison")
        service.choose(work, trace_id, Method.POISON, Limits(3, timedelta(hours=2), 100))
        assert service.view(work, trace_id).trace.version == before + 1


def test_equal_payments_of_one_second_are_two_and_the_same_file_in_pieces_is_one(platform: Platform, tmp_path: Path) -> None:
    trace_id = opened(platform, victim=False)
    row = f"{FIRST},{SECOND},2026-05-01 12:05:00,借,100.00,,转账,,\n"
    assert give(platform, trace_id, tmp_path, f"{HEAD}\n{row}{row}", "示例一行")[:3] == (2, 2, 0)
    assert give(platform, trace_id, tmp_path, f"{HEAD}\n{row}", "示例一行")[:3] == (1, 0, 1)
    assert give(platform, trace_id, tmp_path, f"{HEAD}\n{row}{row}{row}", "示例一行")[:3] == (3, 1, 2)
    numbered = f"{FIRST},{SECOND},2026-05-01 12:15:00,借,100.00,,转账,N1,\n"
    assert give(platform, trace_id, tmp_path, f"{HEAD}\n{numbered}{numbered}", "示例一行")[:3] == (2, 1, 1)


def test_an_account_may_be_an_end(platform: Platform, tmp_path: Path) -> None:
    trace_id = opened(platform)
    give(platform, trace_id, tmp_path, STATEMENTS["示例一行"], "示例一行")
    third = service.ref_of(platform.tokens.seal("bank_account", THIRD))
    with platform.database.work(staff()) as work:
        service.describe_account(work, trace_id, third, holder="李某某", bank="示例丙行", kind="payment")
        assert service.view(work, trace_id).accounts[platform.tokens.seal("bank_account", THIRD)].holder == "李某某"
    assert resting(platform, trace_id)[THIRD, "payment"] == 3000


def test_what_is_refused(platform: Platform) -> None:
    trace_id = opened(platform)
    first = service.ref_of(platform.tokens.seal("bank_account", FIRST))
    with platform.database.work(staff()) as work:
        for wrong in ({"fen": 0}, {"payee": VICTIM}, {"at": NOON + timedelta(days=9999)}):
            with pytest.raises(UnfitVictimTransfer):
                service.add_victim(work, trace_id, type(TOLD)(**(vars(TOLD) | wrong)), platform.tokens)
        with pytest.raises(FundsPurposeNeeded):
            service.reveal(work, trace_id, first, "看", platform.tokens)
        with pytest.raises(NoSuchAccount):
            service.reveal(work, trace_id, "0" * 16, "研判案情", platform.tokens)
        assert service.reveal(work, trace_id, first, "研判案情", platform.tokens) == FIRST
        service.remove_victim(work, trace_id, service.view(work, trace_id).victims[0].key)
    with platform.database.work(staff(Role.LEADER)) as work, pytest.raises(Forbidden):
        service.add_victim(work, trace_id, TOLD, platform.tokens)


def test_another_area_and_a_bank_see_nothing(platform: Platform) -> None:
    trace_id = opened(platform)
    for scope in (staff(region="350303"), staff(region="3501"), staff(Role.BANK_AGENT, kind=OrgKind.BANK)):
        with platform.database.work(scope) as work:
            with pytest.raises(TraceNotFound):
                service.view(work, trace_id)
            for table in ("traces", "trace_tellings", "trace_victims", "trace_accounts", "trace_results", "trace_statements", "trace_rows_aside"):
                assert work.session.scalar(text(f"SELECT count(*) FROM {table}")) == 0
            with pytest.raises((ReportNotFound, Forbidden)):
                service.open_trace(work, platform.tokens, report_id=report_id_of(platform, trace_id))


def report_id_of(platform: Platform, trace_id: str) -> str:
    with platform.database.work(Scope.system("test")) as work:
        return repository.trace(work, trace_id).report_id or ""


def test_account_numbers_and_names_lie_sealed(platform: Platform, tmp_path: Path) -> None:
    trace_id = opened(platform)
    give(platform, trace_id, tmp_path, STATEMENTS["示例一行"], "示例一行")
    with platform.database.work(Scope.system("test")) as work:
        for table in ("trace_tellings", "trace_victims", "trace_accounts", "trace_results", "trace_statements", "trace_rows_aside"):
            for row in work.session.execute(text(f"SELECT {table}::text FROM {table}")).scalars():
                assert not any(account in row for account in ALL)
