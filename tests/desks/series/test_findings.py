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
        {"event_key": place, "event_id": f"e{place}", "source": "test", "batch_id": "b", "at": NOON, "day": clock.local_day(NOON),
         "caller": seal("phone", f"+86{caller}"), "callee": seal("phone", "+8613800000001"), "imei": seal("imei", imei) if imei else None}
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


SAME_STORY = (
    "报警人称刷短视频时点进一条招聘广告，对方让下载云鼎优选软件做任务，先返了几笔小额佣金，之后说系统卡单要连做三单才能提现，让把钱转到指定账户，转完后被对方拉黑。",
    "事主讲前几天刷短视频时点进一条招聘广告，客服让下载云鼎优选软件做任务，先返了几笔小额佣金，接着又说系统卡单要连做三单才能提现，让把钱转到指定账户，转完后被对方拉黑。",
)
OTHER_STORY = (
    "受害人接到电话，来电者冒充航空公司工作人员，谎称机票改签可以领取延误补偿，引导其开启会议软件共享屏幕并输入银行验证码，随后账户资金被分多次划走，遂到派出所报案。"
)
APP = "com.example.renwu"  # known to two cases that lie a hundred days apart, it does not suffice by itself


def test_the_same_story_in_other_words_adds_to_what_is_shared_until_an_analyst_says_no(platform: Platform) -> None:
    take(platform, report("1", APP, day=-50, narrative=SAME_STORY[0]), report("2", APP, day=50, narrative=SAME_STORY[1]), report("3", narrative=OTHER_STORY))
    assert together(platform) == {frozenset("12")}
    with platform.database.work(city()) as work:
        series = the_series(platform, "1")
        ties = reading.ties(work, service.get(work, series))
        assert {(tie.kind, tie.cases) for tie in ties} == {("app", 2), ("meaning", 2)}
        assert any("用不同的说法讲同一套话术" in tie.words[0] for tie in ties)
        service.reject(work, series, "两案互不相干")
    take(platform, report("4", narrative=OTHER_STORY.replace("受害人接到", "来电人说接到")))
    assert together(platform) == {frozenset("34")}  # nearly the same words
