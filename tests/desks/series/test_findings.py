"""What links cases though no victim can name it: accounts that the money reached, and the telephone set behind several numbers. Everything here is made up."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import polars as pl
from tests.desks.funds.funds_kit import FIRST, FIRST_BANK, NOON, SECOND, THIRD, VICTIM, give, staff
from tests.desks.series.series_kit import WORKER, city, groups, ids, report, take, the_series, worked

from fanzha.desks.funds import VictimTransfer
from fanzha.desks.funds import service as funds_service
from fanzha.desks.series import reading, service
from fanzha.faces.common.platform import Platform
from fanzha.kit import clock
from fanzha.lake.schemas import SCHEMAS, EventKind


def traced(platform: Platform, number: str, payer: str, payee: str) -> str:
    """The trace of a report, with the transfer of its victim; the trace's id."""
    with platform.database.work(staff()) as work:
        trace = funds_service.open_trace(work, platform.tokens, report_id=ids(platform)[number])
        funds_service.add_victim(work, trace.id, VictimTransfer(payer, payee, NOON, 1_000_000), platform.tokens)
        return trace.id


def together(platform: Platform) -> set[frozenset[str]]:
    return {frozenset(numbers) for numbers in groups(platform).values()}


def test_an_account_that_the_money_of_both_reached_links_them(platform: Platform, tmp_path: Path) -> None:
    take(platform, report("1"), report("2"), report("3", SECOND))
    first = traced(platform, "1", VICTIM, FIRST)
    traced(platform, "2", "6200000000000000077", THIRD)
    give(platform, first, tmp_path, FIRST_BANK, "示例一行")
    worked(platform)
    assert together(platform) == {frozenset("123")}
    with platform.database.work(city()) as work:
        ties = reading.ties(work, service.get(work, the_series(platform, "1")))
    assert {(tie.kind, tie.shown[-4:], tie.cases) for tie in ties} == {("account", "0033", 2), ("money", "0044", 2)}
    assert "资金到达的账户" in next(tie.words[0] for tie in ties if tie.kind == "money")

    with platform.database.work(staff()) as work:  # a merchant's account: everybody's money goes there
        ref = funds_service.ref_of(platform.tokens.seal("bank_account", THIRD))
        funds_service.describe_account(work, first, ref, holder="", bank="", kind="merchant")
    worked(platform)
    assert together(platform) == {frozenset("13")}


def test_numbers_of_one_telephone_set_are_one_hand(platform: Platform) -> None:
    calls = [("17000000001", "869999900000017"), ("17000000002", "869999900000017"), ("17000000003", "869999900000025"), ("17000000004", None)]
    seal = platform.tokens.seal
    rows = [
        {"event_key": place, "event_id": f"e{place}", "source": "test", "batch_id": "b", "at": NOON, "day": clock.local_day(NOON), "caller": seal("phone", f"+86{caller}"),
         "callee": seal("phone", "+8613800000001"), "imei": seal("imei", imei) if imei else None}
        for place, (caller, imei) in enumerate(calls)
    ]  # fmt: skip
    schema = SCHEMAS[EventKind.CALLS]
    frame = pl.DataFrame(rows, schema_overrides={name: schema[name] for name in rows[0]})
    platform.lake.append(EventKind.CALLS, [frame.with_columns(pl.lit(None, kind).alias(name) for name, kind in schema.items() if name not in rows[0])], "b")
    with clock.frozen(NOON + timedelta(days=1)):
        take(platform, *(report(str(place), caller) for place, (caller, _) in enumerate(calls, 1)))
        worked(platform)
    assert together(platform) == {frozenset("12")}
    with platform.database.work(WORKER) as work:
        (tie,) = reading.ties(work, service.get(work, the_series(platform, "1")))
    assert (tie.kind, tie.cases, "8699999" in tie.shown) == ("device", 2, False)
