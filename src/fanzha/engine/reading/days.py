"""Days in Chinese prose: 2026年3月5日, 03-05, 3/5 before a clock, 昨天, 寻日, 上周五, 元宵节, a day of the month alone (28日).

A date without a year is the last such day that is at most 30 days after the report; 当日 and 次日 rest on the day last named before them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

from fanzha.engine.reading.model import Precision

N = r"(?:\d{1,2}|[一二三四五六七八九十两零〇]{1,3})"
_YEAR = r"(?:(?P<year>20\d{2}|[零〇一二三四五六七八九]{4})\s?年\s?|(?P<named>去年|旧年|今年|本年|前年)(?:的)?\s?)"
_CHINESE_DATE = (
    rf"(?:(?<!\d)|(?<=\D1\d{{10}})|(?<=62\d{{14}})|(?<=62\d{{17}}))(?:{_YEAR}?(?P<month>{N})\s?月(?:\s?(?P<day>{N})\s?[日号]|(?P<part>份|初|中旬|底|上旬|下旬|(?=间|起(?!诉)|嗰阵))|"
    r"(?P<d6>(?:二?十|三十)[一二三四五六七八九]?)(?![一二三四五六七八九十百千万多几余元块个])|(?P<d10>[12]\d|3[01]|0?[1-9])(?=[，。；、]|[上下]午|早上|晚上|凌晨|中午|[绑办转打充开收接去来加交给买被在到](?![件号]))|(?(year)|(?(named)|(?!)))))"
)
"""With 日 or 号; without, in numerals from ten on (二月二十六) or before a stop (2月28，)."""
_PLAIN_DATE = r"(?<![\d.-])(?:(?P<y2>20\d{2})\s?(?P<sep>[-/.])\s?(?P<m2>\d{1,2})\s?(?P=sep)\s?(?P<d2>\d{1,2}))(?![\d-])"
_SHORT_DATE = (
    r"(?<![\d.\-/A-Za-z])(?<!\d:)(?<![息率分价涨跌]\s)(?P<apart>(?<=[\s，。；、,;:\])】])|^)?(?P<m3>0?[1-9]|1[0-2])(?:-(?P<d5>[0-3]?\d)(?=\s{1,2}\d{1,2}:\d{2})"
    r"|/(?P<d7>[0-3]?\d)(?=\s{0,2}(?:\d{1,2}:\d{2}|[早晚上下中凌傍]|\d{1,2}[点时]|(?<=\s)[\u4e00-\u9fff]|之?[前后]|起|[收接转报在]))"
    r"|\.(?P<d8>[0-3]?\d)(?:号|(?=\s?(?:\d{1,2}:\d{2}|\d{1,2}[点时]|[上下中]午|[早晚夜](?=[上里\d一二三四五六七八九十])|凌晨|傍晚|之[前后]|[收接]到?(?!的)))|"
    r"(?(apart)(?=\s?[他她其对我又再装入收付转充提取交投打报接加下开网称拉换给发买补缴去来被卡客说让约中在申登])|(?!))))"
)
"""As banks write it, with a clock behind it (03-05 13:07), and as chats do, before what only a date has behind it (3/3 19:00, 3.1下午, 3.3号),
or between a stop and what was done (。3.4提)."""
_RELATIVE = (
    r"(?P<relative>前天的前一天|大前(?:[天日]|儿个?)|(?<![目以之提])前(?:[天日](?:个(?![“人])|(?!个月))|儿个?)(?!天)|前一[天日]|昨(?:[天日]子?|儿个?|个|昏)|昨(?=[晚夜早上下中暝]|暗(?!晡))|夜儿个?|夜来(?=[\d一二两三四五六七八九十])|"
    r"[寻琴噚]日|[寻琴噚](?=晚)|(?<![之以目提])前(?=晚)|今(?:[天日](?!头条)|儿个?|个|朝|旦)|今(?=[晚早晨夜]|\d{1,2}:\d)|(?<![证声])明(?:[天日](?![期历])|儿个?)|明(?=[早晚])|(?<![以今之先前])大?后天(?!性)|"
    r"(?<!演出)(?<!婚礼)(?<!考试)(?<!比赛)(?<!活动)当[天日](?!到账|放款|下款|结|返|提现|可|就能|发货|即|牌价|汇率|行情|金价)|当(?=[晚夜])|(?:(?<![\u4e00-\u9fff])|(?<=[我他她]))那天|那(?=晚)|同[一]?[天日]|次日(?!返|到账|结|起息|达)|第二天|翌日|隔天|转天)"
)
_WEEKDAY = (
    r"(?P<week>上上个?|上个?|这个?|本|下下个?|下个?)?(?<![每双逢到至工\d一二三四五六日天周])(?:周|礼拜|星期)(?P<weekday>[一二三四五六日天])"
    r"(?![至天-]|到(?:周|礼拜|星期|[一二三四五六日天])|(?:周|礼拜|星期)|[某岁年]|(?<=周六)福)"
)
_FEAST = (
    r"(?P<feast>元旦|情人节|元宵节?|除夕|腊八|(?<![大从])小年(?!轻|纪)|(?:(?:正月|大年|腊月|(?<![今去本前新大])年)初|(?:正月|腊月)(?=[十二三]))[一二三四五六七八九十]{1,3})"
    r"(?!假期|期间|快乐|礼[物盒]|活动|晚会|套餐|红包|联欢|会餐|灯会|福利|专场|特惠)"
)
_AGO = r"(?<![\d.第十前])(?P<ago>[1-9]\d?|[一二两三四五六七八九]|十[一二三四五六七八九]?)\s?天(?:之前|以前|前)(?![的还后往台])"
_LAST_MONTH = r"(?<!上)(?P<lastmonth>上个?月)(?!\s?(?:\d|[一二三十]|底|初|中|末|工资|的|份|账单|话费|电费))"
"""By itself; with a day it is `_MONTH_BEFORE`."""
_MONTH_BEFORE = rf"(?P<lately>上个?月|本月|这个月|上上个月|下个?月)\s?(?P<d3>{N})\s?[日号]"
_ONLY_DAY = (
    rf"(?<![\d月.-])(?P<d4>{N})\s?[日号](?=\s?(?:凌晨|清晨|早上|早起|上午|中午|下午|傍晚|晚|{N}\s?(?:时|点|:)))"
    r"|(?:(?<=[我他她方人])(?=\d{1,2}号[又才就转打汇付充交给存投])|(?<=[\u4e00-\u9fff])(?=\d{1,2}号(?:开始|发现)))(?P<d11>[12]?\d|3[01])号"
    r"|(?:(?<=[，。；、,;:至和让说及于自从\s“])|(?<=[^签]到)|(?<=到了)|^)(?<!\d[至、到和])(?P<d9>[12]?\d|3[01]|十[一二三四五六七八九]?|二十[一二三四五六七八九]?|[一二三四五六七八九])"
    r"(?:(?<=\d)日(?![内游均本龄夜前元语报化用常子无]|[以之][内后前上]|左右)|号(?=[\u4e00-\u9fff]|(?<=到\d号)[，,。]|(?<=到\d\d号)[，,。])(?![楼线店房院机仓棚卡桌厅门床选员技车库厂站台口链球令柜窗井坑馆码位电池文服区的是为]))"
    r"|(?<=\d[、和])(?P<d12>[12]?\d|3[01])(?:(?=[、和]\d)|[日号])"
)
"""A day of the month last named; without a clock behind it only after a stop, 到, 至, 和 or 说, unless it numbers a thing (7号楼) or counts days (5日内)."""
DATE = rf"{_CHINESE_DATE}|{_PLAIN_DATE}|{_SHORT_DATE}|{_WEEKDAY}|{_RELATIVE}|{_FEAST}|{_MONTH_BEFORE}|{_LAST_MONTH}|{_AGO}|{_ONLY_DAY}"

_DIGITS = {char: place for place, char in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_DAYS_BACK = {"大前": 3, "前天的": 3, "前": 2, "昨": 1, "夜": 1, "寻": 1, "琴": 1, "噚": 1, "今": 0, "明": -1, "后": -2, "大后": -3}
_LISTED = re.compile(r"月\s?\d{1,2}[日号]?(?:[、和]\d{1,2}[日号]?){0,9}[、和]$")
_LONGEST_LIST = 44
"""Of days after their month: 3月1、2、3日."""
_AHEAD = timedelta(days=30)
"""A report speaks of days to come as well, of a concert or a term; those farther off are rather last year's."""
_COUNTED_ON = ("当", "那", "同", "次日", "第二天", "翌日", "隔天", "转天")
_TO_COME = ("让", "说", "等", "约")
"""Before a day that was promised: 让8号送到; any other that is later than the report is of the month before."""
_NEW_YEARS = {2020: (1, 25, 30), 2021: (2, 12, 30), 2022: (2, 1, 29), 2023: (1, 22, 30), 2024: (2, 10, 30), 2025: (1, 29, 29), 2026: (2, 17, 29),
              2027: (2, 6, 29), 2028: (1, 26, 29), 2029: (2, 13, 29), 2030: (2, 3, 30)}  # fmt: skip
"""The first day of the lunar year, and how long the month before it is."""
_BEFORE_NEW_YEAR = {"腊八": 7, "小年": 22}
"""Days of the month before it that have names, counted from nought."""


@dataclass(frozen=True)
class Day:
    """A named day: `day` is None where it rests on a report's date that nobody gave."""

    day: date | None
    precision: Precision = Precision.DAY


def day_of(match: re.Match[str], last: date | None, reported: date | None) -> Day | None:
    """The day that a match of `DATE` names, `last` being the one named before; None where there is no such day."""
    if match["month"] or match["m3"]:
        return _month_day(match, reported)
    if match["y2"]:
        given = _date(int(match["y2"]), int(match["m2"]), int(match["d2"]))
        return Day(given) if given else None
    if match["weekday"]:
        return Day(_weekday(match["week"] or "", match["weekday"], reported) if reported else None)
    if match["feast"]:
        return Day(_feast(match["feast"], reported) if reported else None)
    if match["ago"]:
        return Day(reported - timedelta(days=number(match["ago"])) if reported else None)
    if match["lastmonth"]:
        return Day(_in_month(reported, -1, 1) if reported else None, Precision.MONTH)
    if match["d12"] and not _LISTED.search(match.string, max(0, match.start() - _LONGEST_LIST), match.start()):
        return None
    if match["relative"]:
        return Day(_relative(match["relative"], last, reported))
    return _day_of_month(match, last, reported)


def counts_on(match: re.Match[str]) -> bool:
    """Whether the day is told by another (当天, 那晚, 次日), so that it names none where none was named before."""
    word = match["relative"] or ""
    return word.startswith(_COUNTED_ON)


def number(text: str) -> int:
    """One or two places of Arabic figures or Chinese numerals, or a year's four digits."""
    if text.isdigit() and text.isascii():
        return int(text)
    if "十" in text:
        tens, _, ones = text.partition("十")
        return _DIGITS.get(tens, 1) * 10 + _DIGITS.get(ones, 0)
    return int("".join(str(_DIGITS[char]) for char in text))


def _month_day(match: re.Match[str], reported: date | None) -> Day | None:
    named = match["day"] or match["d6"] or match["d10"] or match["d5"] or match["d7"] or match["d8"]
    month, day = number(match["month"] or match["m3"]), number(named) if named else 1
    precision = Precision.DAY if named else Precision.MONTH
    if not 1 <= month <= 12 or not 1 <= day <= 31:
        return None
    if match["year"]:
        given = _date(number(match["year"]), month, day)
        return Day(given, precision) if given else None
    if reported is None:
        return Day(None, precision)
    if match["named"]:
        given = _date(reported.year - {"去年": 1, "旧年": 1, "前年": 2}.get(match["named"], 0), month, day)
        return Day(given, precision) if given else None
    latest = _latest([_date(year, month, day) for year in range(reported.year, reported.year - 5, -1)], reported)
    return Day(latest, precision) if latest else None


def _latest(days: list[date | None], reported: date) -> date | None:
    """The first of the days, latest first, that is not too far ahead."""
    return next((day for day in days if day and day <= reported + _AHEAD), None)


def _relative(word: str, last: date | None, reported: date | None) -> date | None:
    if word in ("次日", "第二天", "翌日", "隔天", "转天"):
        return last + timedelta(days=1) if last else None
    if word.startswith("前一"):
        return last - timedelta(days=1) if last else None
    if word[0] in "当同那":
        return last
    if reported is None:
        return None
    back = next(days for begins, days in _DAYS_BACK.items() if word.startswith(begins))
    return reported - timedelta(days=back)


def _weekday(week: str, weekday: str, reported: date) -> date:
    """The day of the week named; without a word for the week the last one."""
    place = 6 if weekday == "天" else "一二三四五六日".index(weekday)
    weeks = week.count("下") - week.count("上")
    given = reported + timedelta(days=place - reported.weekday() + 7 * weeks)
    return given - timedelta(days=7) if not week and given > reported else given


def _feast(name: str, reported: date) -> date | None:
    years = range(reported.year + 1, reported.year - 3, -1)
    if name in ("元旦", "情人节"):
        return _latest([date(year, 1, 1) if name == "元旦" else date(year, 2, 14) for year in years], reported)
    return _latest([_of_new_year(name, year) for year in years if year in _NEW_YEARS], reported)


def _of_new_year(name: str, year: int) -> date:
    """A day of the lunar months on either side of that new year."""
    month, day, length = _NEW_YEARS[year]
    if name == "除夕":
        after = -1
    elif name in _BEFORE_NEW_YEAR:
        after = _BEFORE_NEW_YEAR[name] - length
    elif name.startswith("元宵"):
        after = 14
    else:
        after = number(name.partition("初")[2] or name[2:]) - 1 - (length if name[0] == "腊" else 0)
    return date(year, month, day) + timedelta(days=after)


def _day_of_month(match: re.Match[str], last: date | None, reported: date | None) -> Day | None:
    day = number(match["d3"] or match["d4"] or match["d9"] or match["d11"] or match["d12"])
    if not 1 <= day <= 31:
        return None
    base = reported if match["lately"] else last
    if base is None:
        return Day(None)
    months = {"上个月": -1, "上月": -1, "上上个月": -2, "下月": 1, "下个月": 1}.get(match["lately"] or "", 0)
    given = _in_month(base, months, day)
    to_come = match["lately"] or match.string[match.start() - 1 : match.start()] in _TO_COME
    if given and reported and given > reported and not to_come:
        given = _in_month(base, -1, day)
    return Day(given) if given else None


def _in_month(base: date, months: int, day: int) -> date | None:
    """The day of the month that is so many months after that of `base`."""
    place = base.year * 12 + base.month - 1 + months
    return _date(place // 12, place % 12 + 1, day)


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
