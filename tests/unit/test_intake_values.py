"""Times, amounts, durations and sides as banks and operators write them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fanzha.desks.intake import amounts, times
from fanzha.desks.intake.columns import Column, Columns, IntakeKind, find_header, fold, match, missing
from fanzha.desks.intake.readers.base import ROW
from fanzha.desks.intake.reasons import Reason, sentence
from fanzha.desks.intake.shapes.directions import INWARD, OUTWARD, outward
from fanzha.desks.intake.shapes.durations import seconds
from fanzha.desks.intake.shapes.transfers import shape
from fanzha.desks.intake.sheet import Sheet
from fanzha.desks.intake.subjects import Subjects
from fanzha.kit.clock import SHANGHAI
from fanzha.lake import Tokens

SUBJECTS = Subjects(Tokens(bytes(64)))

moments = st.datetimes(datetime(1992, 1, 1), datetime(2099, 12, 31)).map(lambda at: at.replace(microsecond=0))

FORMS: list[Callable[[datetime], str]] = [
    lambda at: at.strftime("%Y-%m-%d %H:%M:%S"),
    lambda at: at.strftime("%Y/%m/%d %H:%M:%S"),
    lambda at: f"{at.year}/{at.month}/{at.day} {at.hour}:{at.minute:02}:{at.second:02}",
    lambda at: at.strftime("%Y.%m.%d %H:%M:%S"),
    lambda at: at.strftime("%Y%m%d%H%M%S"),
    lambda at: at.strftime("%Y%m%d %H:%M:%S"),
    lambda at: at.strftime("%Y-%m-%dT%H:%M:%S"),
    lambda at: at.strftime("%Y-%m-%d %H:%M:%S.000"),
    lambda at: f"{at.year}年{at.month}月{at.day}日{at.hour}时{at.minute}分{at.second}秒",
    lambda at: f"{at.year}年{at.month}月{at.day}日 {at.hour}:{at.minute:02}:{at.second:02}",
    lambda at: f"{at.year}/{at.month}/{at.day} {'上午' if at.hour < 12 else '下午'}{at.hour % 12 or 12}:{at.minute:02}:{at.second:02}",
    lambda at: f"{at.year}-{at.month}-{at.day} {at.hour % 12 or 12}:{at.minute:02}:{at.second:02} {'AM' if at.hour < 12 else 'PM'}",
    lambda at: at.replace(tzinfo=SHANGHAI).isoformat(),
    lambda at: at.replace(tzinfo=SHANGHAI).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    lambda at: at.replace(tzinfo=SHANGHAI).astimezone(timezone(timedelta(hours=-5, minutes=-30))).strftime("%Y-%m-%d %H:%M:%S%z"),
    lambda at: "　" + at.strftime("%Y-%m-%d %H:%M:%S").translate({code: code + 0xFEE0 for code in range(0x30, 0x3A)}) + "\t",
]


def instant(at: datetime) -> datetime:
    return (at - timedelta(hours=8)).replace(tzinfo=UTC)


@given(st.lists(st.tuples(moments, st.sampled_from(FORMS)), min_size=1, max_size=8))
@settings(max_examples=100, deadline=None)
def test_every_form_gives_the_instant_however_they_are_mixed(written: list[tuple[datetime, Callable[[datetime], str]]]) -> None:
    parsed = times.parse(pl.Series([form(at) for at, form in written]))
    assert parsed.to_list() == [instant(at) for at, _ in written]


@given(moments)
@settings(max_examples=60, deadline=None)
def test_counts_from_an_epoch(at: datetime) -> None:
    epoch = int(instant(at).timestamp())
    if epoch < 10**9:
        return  # nine digits: not told from other numbers
    expected = [instant(at)] * 4
    assert times.parse(pl.Series([str(epoch), str(epoch * 1000), str(epoch * 10**6), f"{epoch}.0"])).to_list() == expected
    assert times.parse(pl.Series([epoch, epoch * 1000])).to_list() == expected[:2]
    assert times.parse(pl.Series([float(epoch)])).to_list() == expected[:1]


@given(moments)
@settings(max_examples=60, deadline=None)
def test_spreadsheet_days_and_typed_columns(at: datetime) -> None:
    days = (at - datetime(1899, 12, 30)) / timedelta(days=1)
    (parsed,) = times.parse(pl.Series([days])).to_list()
    if days >= 40_000:
        assert abs(parsed - instant(at)) < timedelta(milliseconds=2)
    assert times.parse(pl.Series([at])).to_list() == [instant(at)]
    assert times.parse(pl.Series([instant(at)])).to_list() == [instant(at)]
    assert times.parse(pl.Series([at.date()])).to_list() == [instant(datetime(at.year, at.month, at.day))]


@given(moments)
@settings(max_examples=60, deadline=None)
def test_date_and_clock_in_two_columns(at: datetime) -> None:
    days = pl.Series([at.strftime("%Y%m%d"), at.strftime("%Y-%m-%d"), at.strftime("%Y/%m/%d"), at.strftime("%Y-%m-%d 00:00:00")])
    clocks = pl.Series([at.strftime("%H%M%S"), at.strftime("%H:%M:%S"), str(int(at.strftime("1%H%M%S")))[1:].lstrip("0") or "0", at.strftime("%H:%M:%S")])
    assert times.parse(times.join(days, clocks)).to_list() == [instant(at)] * 4


def test_hours_and_minutes_in_a_clock_column() -> None:
    joined = times.join(pl.Series(["20260305", "20260305"]), pl.Series(["920", "1420"]))
    assert times.parse(joined).to_list() == [instant(datetime(2026, 3, 5, 9, 20)), instant(datetime(2026, 3, 5, 14, 20))]


@pytest.mark.parametrize(
    "text", ["", "x", "05/03/2026", "26-03-05 10:00:00", "2026-02-30 10:00:00", "2026-13-01", "2026-03-05 24:00:00", "2026-03-05 10:60:00", "12", "-5", "20261301"]
)
def test_what_is_no_time_is_not_guessed_at(text: str) -> None:
    assert times.parse(pl.Series([text, "2026-03-05 14:20:33"])).to_list()[0] is None


def test_summer_time_of_long_ago() -> None:
    assert times.parse(pl.Series(["1988-07-01 12:00:00"])).to_list() == [datetime(1988, 7, 1, 3, tzinfo=UTC)]


def test_the_day_is_the_one_in_china() -> None:
    days = times.local_day(pl.Series([datetime(2026, 3, 4, 15, 59, tzinfo=UTC), datetime(2026, 3, 4, 16, 0, tzinfo=UTC)]))
    assert days.to_list() == [date(2026, 3, 4), date(2026, 3, 5)]


fens = st.integers(-(10**12), 10**12)


@given(st.lists(fens, min_size=1, max_size=6), st.sampled_from(["{}", "¥{}", "{}元", " {} ", "RMB{}", "{:,}", "人民币{:,}元", "'{}", "{}0"]))
@settings(max_examples=100, deadline=None)
def test_yuan_become_fen_exactly(values: list[int], form: str) -> None:
    written = [form.format(Decimal(fen) / 100 if "{}0" not in form else (Decimal(fen) / 100).quantize(Decimal("0.01"))) for fen in values]
    if form == "{}":
        assert amounts.parse(pl.Series([float(Decimal(fen) / 100) for fen in values])).to_list() == values
    assert amounts.parse(pl.Series(written)).to_list() == values


@given(fens)
@settings(max_examples=60, deadline=None)
def test_other_units_and_forms(fen: int) -> None:
    wan = Decimal(fen) / 1_000_000
    assert amounts.parse(pl.Series([format(wan, "f")]), "wan").to_list() == [fen]
    assert amounts.parse(pl.Series([format(wan, "f") + "万"])).to_list() == [fen]
    assert amounts.parse(pl.Series([str(fen)]), "fen").to_list() == amounts.parse(pl.Series([fen]), "fen").to_list() == [fen]
    assert amounts.parse(pl.Series([f"({abs(fen) // 100})"])).to_list() == [-(abs(fen) // 100 * 100)]
    assert amounts.parse(pl.Series([Decimal(fen) / 100], dtype=pl.Decimal(20, 2))).to_list() == [fen]


@pytest.mark.parametrize("text", ["", "x", "1.234", "1,23", "1 234,00", "--5", "1.2.3", "1e99", "12345678901234567890", "１.２３４", "."])
def test_what_is_no_amount_is_none(text: str) -> None:
    assert amounts.parse(pl.Series([text, "5"])).to_list() == [None, 500]


def sheet(cells: dict[str, list[str | None]], units: dict[str, str] | None = None) -> Sheet:
    height = len(next(iter(cells.values())))
    frame = pl.DataFrame({ROW: list(range(height)), **cells}, schema={ROW: pl.Int64, **dict.fromkeys(cells, pl.String)})
    return Sheet(frame, Columns({name: Column(name, (units or {}).get(name, "")) for name in cells}, {}, ()))


accounts = st.integers(10**15, 10**16 - 1).map(str)


@given(accounts, accounts, st.integers(1, 10**9), st.sampled_from(sorted(OUTWARD | INWARD)), st.booleans())
@settings(max_examples=100, deadline=None)
def test_a_statement_and_its_directed_form_are_the_same_transfer(own: str, other: str, fen: int, flag: str, minus: bool) -> None:
    amount = f"{'-' if minus else ''}{fen // 100}.{fen % 100:02}"
    told = sheet({"own": [own], "counterparty": [other], "direction": [flag], "amount": [amount]})
    shaped = shape(told, SUBJECTS)
    out = flag in OUTWARD
    if own == other:
        assert [rejection.reason for rejection in told.rejections][:1] == [Reason.SAME_PARTY] or minus
        return
    if minus and not out:
        assert [rejection.reason for rejection in told.rejections] == [Reason.SIGN_CONFLICT]
        return
    assert told.rejections == []
    plain = sheet({"payer": [own if out else other], "payee": [other if out else own], "amount": [f"{fen // 100}.{fen % 100:02}"]})
    expected = shape(plain, SUBJECTS)
    assert {name: shaped[name].to_list() for name in ("payer", "payee", "amount_fen")} == {name: expected[name].to_list() for name in ("payer", "payee", "amount_fen")}
    signed = sheet({"own": [own], "counterparty": [other], "amount": [f"{'-' if out else ''}{fen // 100}.{fen % 100:02}"]})
    two = sheet({"own": [own], "counterparty": [other], "amount_out": [amount.strip("-") if out else "0.00"], "amount_in": [None if out else amount.strip("-")]})
    for form in (signed, two):
        found = shape(form, SUBJECTS)
        assert form.rejections == []
        assert [found[name].to_list() for name in ("payer", "payee", "amount_fen")] == [expected[name].to_list() for name in ("payer", "payee", "amount_fen")]


def test_flags_are_known_in_their_usual_dress() -> None:
    flags = pl.Series([" 借 ", "贷(收入)", "Ｄ", "CR", "出", "进", "?", None])
    assert outward(flags).to_list() == [True, False, True, False, True, False, None, None]


def test_both_columns_or_neither_filled_is_set_aside() -> None:
    told = sheet({"own": ["6200000000000001"] * 2, "counterparty": ["6200000000000002"] * 2, "amount_out": ["1", "0"], "amount_in": ["1", None]})
    shape(told, SUBJECTS)
    assert told.verdicts().to_list() == [1, 0]
    assert [rejection.reason for rejection in told.rejections][:2] == [Reason.MISSING, Reason.BAD_DIRECTION]


@pytest.mark.parametrize(
    ("text", "unit", "expected"),
    [
        ("65", "", 65), ("65.0", "", 65), ("1:05", "", 65), ("1:01:05", "", 3665), ("1小时1分5秒", "", 3665), ("5秒", "", 5), ("2", "min", 120),
        ("1500", "ms", 2), (None, "", None),
    ],
)  # fmt: skip
def test_durations(text: str | None, unit: str, expected: int | None) -> None:
    told = sheet({"seconds": [text]}, {"seconds": unit})
    assert seconds(told).to_list() == [expected]
    assert told.rejections == []


@pytest.mark.parametrize("text", ["-1", "x", "1:2:3:4", "分"])
def test_what_is_no_duration_is_set_aside(text: str) -> None:
    told = sheet({"seconds": [text]})
    seconds(told)
    assert [rejection.reason for rejection in told.rejections] == [Reason.BAD_NUMBER]


def test_headers_are_folded_and_their_units_kept() -> None:
    assert fold("交易金额（元）") == ("交易金额", "yuan")
    assert fold(" 通话 时长(秒)") == ("通话时长", "s")
    assert fold("Start_Time") == ("starttime", "")
    found = match(IntakeKind.TRANSFERS, ["交易卡号", "对手账号", "借贷标志", "交易金额(万元)", "交易时间", "摘要说明"])
    assert {name: column.name for name, column in found.found.items()} == {
        "own": "交易卡号",
        "counterparty": "对手账号",
        "direction": "借贷标志",
        "amount": "交易金额(万元)",
        "at": "交易时间",
    }
    assert found.found["amount"].unit == "wan"
    assert found.ignored == ("摘要说明",)
    assert missing(IntakeKind.TRANSFERS, found) == []


def test_the_header_is_found_below_titles() -> None:
    rows = [["某银行交易明细"], ["户名：某人", "", ""], ["交易时间", "付款账号", "收款账号", "金额"], ["1", "2", "3", "4"]]
    assert find_header(IntakeKind.TRANSFERS, rows) == 2


def test_every_reason_has_both_sentences() -> None:
    for reason in Reason:
        assert sentence(reason, "金额", "x") != sentence(reason, "amount", "x", locale="en")
