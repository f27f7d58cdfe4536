"""Times: the day and the clock that a report's words name, in the standard language and in dialects."""

from __future__ import annotations

from datetime import datetime

import pytest

from fanzha.engine.reading import read_narrative
from fanzha.kit import clock

AT = datetime(2026, 3, 6, 20, tzinfo=clock.SHANGHAI)
"""A Friday."""


def told(text: str) -> list[tuple[str, str]]:
    return [(moment.raw, f"{clock.to_local(moment.at):%m-%d %H:%M}" if moment.at else "?") for moment in read_narrative(text, AT).times]


@pytest.mark.parametrize(
    ("text", "words", "at"),
    [
        ("今儿个才晓得", "今儿个", "03-06 00:00"), ("寻日下昼四点五十分打来", "寻日下昼四点五十分", "03-05 16:50"), ("尋日佢block咗我", "尋日", "03-05 00:00"),
        ("夜来九点来钟接了个电话", "夜来九点来钟", "03-05 09:00"), ("昨儿黑9点多他发信", "昨儿黑9点多", "03-05 21:00"), ("前儿个来的", "前儿个", "03-04 00:00"),
        ("今朝早浪八点半接着电话", "今朝早浪八点半", "03-06 08:30"), ("明天来取", "明天", "03-07 00:00"), ("今晨7时50分接电话", "今晨7时50分", "03-06 07:50"),
        ("噚晚八點搭三過嘅數", "噚晚八點搭三", "03-05 20:15"), ("上个礼拜五开始审核", "上个礼拜五", "02-27 00:00"), ("周日充了钱", "周日", "03-01 00:00"),
        ("下周一打钱", "下周一", "03-09 00:00"), ("礼拜二下午两点来钟来取", "礼拜二下午两点来钟", "03-03 14:00"), ("元宵节那天", "元宵节", "03-03 00:00"),
        ("从正月初八开始", "正月初八", "02-24 00:00"), ("情人节我给发了红包", "情人节", "02-14 00:00"), ("二月二十六有一个少年", "二月二十六", "02-26 00:00"),
        ("3/4 13:18在浏览器点广告", "3/4 13:18", "03-04 13:18"), ("3.1下午刷到广告", "3.1下午", "03-01 14:00"), ("这个人3.3号才进群", "3.3号", "03-03 00:00"),
        ("今天凌晨十二点半转的", "今天凌晨十二点半", "03-06 00:30"), ("过程：12:40通话", "12:40", "03-06 12:40"), ("系前一日进群", "前一日", "03-05 00:00"),
        ("让8号送到学校", "8号", "03-08 00:00"), ("28日被引导下载", "28日", "02-28 00:00"),
    ],
)  # fmt: skip
def test_a_day_as_it_is_said(text: str, words: str, at: str) -> None:
    assert told(text) == [(words, at)]


def test_days_of_the_month_last_named() -> None:
    assert told("2月12日、13日、25日分别转账") == [("2月12日", "02-12 00:00"), ("13日", "02-13 00:00"), ("25日", "02-25 00:00")]
    assert told("2月3日至5日充值") == [("2月3日", "02-03 00:00"), ("5日", "02-05 00:00")]


@pytest.mark.parametrize(
    "text",
    [
        "坐5号线，3号楼",
        "签到3日，5日内到账",
        "一日三百",
        "每周一例会",
        "当日牌价每克1120元",
        "伊讲一点钟就转回来",
        "目前日均",
        "开具证明日期",
        "元旦礼盒",
        "佢1/2的钱",
        "版本3.5",
    ],
)
def test_what_names_no_day(text: str) -> None:
    assert told(text) == []
