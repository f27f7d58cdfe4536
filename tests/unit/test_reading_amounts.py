"""Amounts: every spelling of a sum of money reads back as that sum."""

from __future__ import annotations

import cn2an
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fanzha.engine.reading import Money, MoneyRole, parse_amount, read_narrative

YUAN = st.integers(min_value=1, max_value=99_999_999)
_FULL = str.maketrans("0123456789.,", "０１２３４５６７８９．，")


@pytest.mark.parametrize(
    ("text", "yuan"),
    [
        ("12万3千元", 123_000), ("1.5万", 15_000), ("3万5", 35_000), ("八千六百元", 8_600), ("两万余元", 20_000), ("¥5,000.00", 5_000), ("3w", 30_000),
        ("一万二", 12_000),
        ("10万零5百元", 100_500), ("三万五千二百零一块", 35_201), ("3千5", 3_500), ("贰拾叁万元整", 230_000), ("1亿2千万元", 120_000_000),
        ("二十多万元", 200_000),
        ("1万零50元", 10_050), ("五〇〇〇元", 5_000),
        ("两百五", 250), ("十五块", 15), ("8k", 8_000), ("22w", 220_000), ("12 万 3 千 元", 123_000), ("三十五万八", 358_000),
    ],
)  # fmt: skip
def test_spellings(text: str, yuan: int) -> None:
    found = parse_amount(text)
    assert found is not None
    assert found.fen == yuan * 100


@pytest.mark.parametrize("text", ["", "元", "十几万", "万", "3万4万", "1.234元", "三三两两", "0元", "第3名", "5千克"])
def test_what_is_no_sum(text: str) -> None:
    assert parse_amount(text) is None


def test_fen_and_jiao() -> None:
    assert parse_amount("50元5角") == Money(5_050, approximate=False)
    assert parse_amount("50元5角3分") == Money(5_053, approximate=False)
    assert parse_amount("98765.43元") == Money(9_876_543, approximate=False)


@given(YUAN)
def test_arabic_and_chinese_spellings_read_back(yuan: int) -> None:
    for text in (
        f"{yuan}元",
        f"{yuan:,}元",
        f"¥{yuan}",
        f"{yuan}.00元",
        f"{cn2an.an2cn(str(yuan))}元",
        f"{cn2an.an2cn(str(yuan), 'up')}元",
    ):
        assert parse_amount(text) == Money(yuan * 100, approximate=False), text


@given(st.integers(1, 9_999), st.integers(0, 9), st.integers(0, 9))
def test_places_of_value_read_back(wan: int, qian: int, bai: int) -> None:
    yuan = wan * 10_000 + qian * 1_000 + bai * 100
    spelled = f"{wan}万" + (f"{qian}千" if qian else "") + (f"{bai}百" if bai else "")
    assert parse_amount(f"{spelled}元") == Money(yuan * 100, approximate=False)
    decimal = f"{yuan / 10_000:.4f}".rstrip("0").rstrip(".")
    for sign in ("万", "万元", "w"):
        assert parse_amount(f"{decimal}{sign}") == Money(yuan * 100, approximate=False)
    if qian and not bai:
        assert parse_amount(f"{wan}万{qian}") == Money(yuan * 100, approximate=False)


@given(YUAN, st.sampled_from(["多", "余"]))
def test_about_is_said(yuan: int, about: str) -> None:
    found = parse_amount(f"{yuan}{about}元")
    assert found == Money(yuan * 100, approximate=True)


@given(YUAN)
def test_in_a_sentence_with_full_width_figures(yuan: int) -> None:
    text = f"我给对方转账{str(yuan).translate(_FULL)}元。"
    (amount,) = read_narrative(text).amounts
    assert (amount.fen, amount.role, amount.raw) == (yuan * 100, MoneyRole.LOST, text[6:-1])


def test_the_loss_is_the_stated_total_or_what_was_paid_less_what_came_back() -> None:
    assert read_narrative("先转了5000元，又转了3万元，共计损失3.5万元。").loss_fen == 3_500_000
    assert read_narrative("先返了我50元佣金，后来我转了5000元。").loss_fen == 495_000
    assert read_narrative("对方要求转5000元解冻，没有转账。").loss_fen == 0


@pytest.mark.parametrize(
    "text",
    [
        "来了5个人",
        "等了30分钟",
        "第3次",
        "涨了20%",
        "2点赞",
        "转了5000USDT",
        "花了300美元",
        "版本3.5",
        "尾号0606",
        "座机0594-2000001转8001",
    ],
)
def test_figures_that_are_no_money(text: str) -> None:
    assert read_narrative(f"他说{text}，就这样。").amounts == ()


@pytest.mark.parametrize(
    ("text", "sums"),
    [
        ("大单四连：1200、3800、9800、29800。", ["1200", "3800", "9800", "29800"]),
        ("垫了260 980 4680 说最后一单", ["260", "980", "4680"]),
        ("后面就5万 8万 12万这么加", ["5万", "8万", "12万"]),
        ("①200，返260；②1088未返", ["200", "260", "1088"]),
        ("改了工本费，99。", ["99"]),
        ("头一回让我垫五十，回我六十八", ["五十", "六十八"]),
        ("天天发一块五红包，又发九块九的", ["一块五", "九块九"]),
        ("给的12万一并转走，九万一下就没了", ["12万", "九万"]),
        ("买了一千三百八两回", ["一千三百八"]),
        ("卡里有四千三百多会不会丢", ["四千三百多"]),
        ("扣了6000整 还在聊", ["6000"]),
        ("被分5万元4笔转走", ["5万元"]),
        ("给了两千支付宝转的，贷5万周转，充5000时卡住", ["两千", "5万", "5000"]),
        ("额度批了十万，还有七千只给了我三千", ["十万", "七千", "三千"]),
        ("供货方报1480一瓶", ["1480"]),
        ("第一单88第二单388", ["88", "388"]),
        ("卡里有一万多点", ["一万多"]),
        ("抢着两块八角八", ["两块八角八"]),
        ("我先买五千银，又一角洋钿，转1分钱验证", ["五千银", "一角洋钿", "1分钱"]),
        ("一百蚊换三百蚊点券，充100元得300元点券", ["一百蚊", "三百蚊", "100元", "300元"]),
        ("日薪300-800元", ["300", "800元"]),
        ("回购每U7.35元", ["7.35元"]),
        ("要30门票，再加50换绑费", ["30", "50"]),
        ("合1.44万升VIP，充480升三级", ["1.44万", "480"]),
        ("18:22转1888，一分200", ["1888", "200"]),
        ("赔我八十九，油费另算80", ["八十九", "80"]),
    ],
)
def test_sums_without_a_unit_are_told_by_size_and_company(text: str, sums: list[str]) -> None:
    assert [amount.raw for amount in read_narrative(text).amounts] == sums


@pytest.mark.parametrize(
    "text",
    [
        "信誉分从100掉到75", "芝麻分596低于600", "说走5173担保网", "邮编835000", "依次输入999、3300等数字", "要采购三角梅200盆", "三角洲行动里的号",
        "一块儿去的", "一分钱都没给", "游戏币储备2200万", "里面有美金80万", "账面两万多U", "充一万彩虹币", "会议号400 881 220", "报暗号“9527”", "宾馆302房间",
        "里程表读数68120", "车牌粤R·17054", "买了600519", "考了512", "小说1200章", "K线在3120附近",
        "战力620万", "装备评分88000", "投1000票", "购“648礼包”", "收到一块砖", "住楼上1802", "验证码先是3321后是8876",
    ],
)  # fmt: skip
def test_figures_that_number_or_measure_are_no_money(text: str) -> None:
    assert read_narrative(f"他说{text}。").amounts == ()
