"""What no text may break: spans are raw slices, folding twice changes nothing, sums equal a slow oracle, and the work grows with the text and no faster."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fanzha.engine.reading import (
    amounts,
    apps,
    days,
    figures,
    folding,
    handles,
    judging,
    labels,
    learned,
    money,
    money_roles,
    narrative,
    numbers,
    parse_amount,
    read_narrative,
    roles,
    runs,
    times,
    web,
)
from fanzha.engine.reading.folding import fold
from fanzha.engine.reading.learned import TYPES, shipped
from fanzha.kit import clock

MODULES = (amounts, apps, days, figures, folding, handles, judging, labels, learned, money, money_roles, narrative, numbers, roles, runs, times, web)
AT = datetime(2026, 3, 6, 10, tzinfo=clock.SHANGHAI)
_PLACES = (("亿", 10**8), ("万", 10**4), ("千", 1000), ("百", 100), ("十", 10))
_HAN = "零一二三四五六七八九"


@settings(max_examples=120, deadline=None)
@given(st.text(max_size=80))
def test_folding_twice_is_folding_once_and_every_span_leads_back(text: str) -> None:
    once = fold(text)
    assert fold(once.text).text == once.text
    for place in range(len(once.text)):
        start, end = once.span(place, place + 1)
        assert 0 <= start < end <= len(text)
        assert fold(text[start:end]).text == once.text[place]


def spoken(value: int) -> str:
    """A number in Chinese numerals by long division: the oracle that knows nothing of the parser."""
    if value < 10:
        return _HAN[value]
    sign, place = next((sign, place) for sign, place in _PLACES if value >= place)
    head, rest = divmod(value, place)
    gap = "零" if rest and rest < place // 10 else ""
    return spoken(head) + sign + (gap + spoken(rest) if rest else "")


def mixed(value: int) -> str:
    """The same with Arabic figures before each sign: 12万3千."""
    told, rest = "", value
    for sign, place in _PLACES[1:4]:
        head, rest = divmod(rest, place)
        told += f"{head}{sign}" if head else ""
    return told + (str(rest) if rest else "")


@settings(max_examples=250, deadline=None)
@given(st.integers(1, 10**8 - 1))
def test_spoken_sums_equal_the_oracle(value: int) -> None:
    found = parse_amount(spoken(value) + "元")
    assert found is not None
    assert found.fen == value * 100
    plain = parse_amount(f"{value:,}.00元")
    assert plain is not None
    assert plain.fen == value * 100


@settings(max_examples=150, deadline=None)
@given(st.integers(1, 9999), st.integers(0, 9), st.integers(0, 9))
def test_mixed_sums_equal_the_oracle(wan: int, qian: int, bai: int) -> None:
    value = wan * 10_000 + qian * 1000 + bai * 100
    found = parse_amount(mixed(value).replace("零", "") + "元") if wan < 10_000 else None
    assert found is not None
    assert found.fen == value * 100


@settings(max_examples=100, deadline=None)
@given(st.integers(1, 10**7), st.integers(0, 9), st.integers(0, 9))
def test_jiao_and_fen_are_added(yuan: int, jiao: int, fen: int) -> None:
    told = f"{yuan}元{jiao}角{fen}分" if fen else f"{yuan}元{jiao}角"
    found = parse_amount(told)
    assert found is not None
    assert found.fen == yuan * 100 + jiao * 10 + fen
    short = Decimal(yuan) / 10_000
    ten_thousands = parse_amount(f"{short.normalize():f}万元") if -int(short.normalize().as_tuple().exponent) <= 6 else None
    assert ten_thousands is None or ten_thousands.fen == yuan * 100


@pytest.mark.parametrize(
    ("told", "yuan", "approximate"),
    [
        ("12万3千元", 123_000, False), ("十二万三千", 123_000, False), ("3、4万元", 30_000, True), ("3到5万", 30_000, True), ("三四万", 30_000, True),
        ("十七八万", 170_000, True), ("5W", 50_000, False), ("3k", 3_000, False), ("2万6千7", 26_700, False), ("叁拾贰万元", 320_000, False),
        ("7.352万元", 73_520, False), ("5块3", Decimal("5.3"), False), ("8毛", Decimal("0.8"), False), ("12元5角", Decimal("12.5"), False),
        ("五角钱", Decimal("0.5"), False),
    ],
)  # fmt: skip
def test_sums_as_they_are_said(told: str, yuan: Decimal | int, *, approximate: bool) -> None:
    found = parse_amount(told)
    assert found is not None
    assert (found.fen, found.approximate) == (int(yuan * 100), approximate)


def test_a_number_without_end_is_no_sum() -> None:
    assert read_narrative("转账" + "1万" * 5_000, AT).amounts == ()


def test_numbers_that_are_no_range() -> None:
    assert parse_amount("4、3万") is None
    assert [amount.raw for amount in read_narrative("先后转了5、3万元给他。", AT).amounts] == ["3万元"]


HOSTILE = (
    "1 ", "1-", "一", "一二", "a.", "a-", "@a", "http://", "点", "0x", "¥1", "1,", "1，", "1万", "“", "“下载", "下载了", "APP叫", "3月", "3月5日", "昨天",
    "转账给", "微信", "QQ", "(", "（户名", "某", "报警人林某", "又转", "0.", "+86", "①", "\u200b1", "以手续费为由", "的", "a@a.", "2001:", "1.1.1.", "支付宝",
    "软件叫", "下个", "装了个", "平台，", "手机上的", "Ab ", "坐席：用什么软件？市民：", "要我转", "让转交付给", "以为由再付",
    "叫", "一款", "在聊天", "用软件", "后来X登不上", "“X”打不开", "让我装", "有个什么", "QQ群“", "QQ昵称", "微信转账至", "需解冻，又转", "以费骗其", "才能解", "被转",
    "*21*1", "第1单", "X（假", "X.apk", "非诈骗", "投进去",
    "要100，我没给，", "把额度提", "卡里", "从1", "办公室电话",
    "一千二", "廿", "9 800", "冻结要充", "又要100，", "一张1，", "退我1", "跑分得1", "在甜上聊",
    "支付宝转账", "支付宝，账号", "微信，号", "ID1", "QQ上1", "62170000000000000003", "一个零", "零零零，", "旺旺甜甜", "DE89 3704 ", "NRA1", "a.b.",
    "打开甜，", "叫甜的", "短剧软件", "图标写着", "“甜”和", "Line认识，账号", "03-05 1:00", "1.00",
)  # fmt: skip


def _steps(work: Callable[[], object]) -> int:
    """Function calls, Python's and C's: a count that another machine gives too."""
    count = 0

    def counted(_: object, event: str, __: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(counted)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize("piece", HOSTILE)
def test_calls_grow_no_faster_than_the_text(piece: str) -> None:
    read_narrative("预热", AT)
    short, long = (_steps(lambda size=size: read_narrative(piece * size, AT)) for size in (50, 200))  # type: ignore[misc]  # the size is bound now
    assert long < 4 * short * 1.8 + 3_000, (short, long)


def test_no_part_is_repeated_inside_a_repeat() -> None:
    """A repeat without bound inside a repeat without bound is what makes an expression take forever; expressions of the package have none."""
    for module in MODULES:
        for name, value in vars(module).items():
            if isinstance(value, re.Pattern):
                assert not _nested(value.pattern), (module.__name__, name)


def _nested(pattern: str) -> bool:
    """Whether a group that is repeated without bound consists of one thing that is repeated without bound: (x+)+, (x*)*."""
    return bool(re.search(r"\((?:\?:)?(?:\[[^\]]+\]|\\?.)[+*]\)[+*]", pattern))


def test_every_type_is_taught() -> None:
    taught = shipped()
    assert taught.weights.shape == (len(taught.grams), len(TYPES))
    for kind, told in (
        ("rebate_tasks", "派单员让做任务返佣金"),
        ("authority", "检察官出示通缉令和逮捕令"),
        ("game_trade", "买游戏皮肤被骗"),
    ):
        weighed = taught.weigh(told)
        logs = taught.logs(weighed)
        assert TYPES[int(logs.argmax())].value == kind
        assert taught.reasons(weighed, TYPES[int(logs.argmax())])
    assert not taught.logs(taught.weigh("123 abc")).any()
