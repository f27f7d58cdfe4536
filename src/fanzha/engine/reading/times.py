"""Times in Chinese prose: 3月5日14时许, 2026-03-05 14:05, 当日下午3点半, 昨天晚上八点多.

A date without a year is the last such day that is at most 30 days after the report; 当日 is the day last named before it. Without a report's date these stay open (None).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from fanzha.engine.reading.folding import Folded
from fanzha.engine.reading.model import Moment, Precision
from fanzha.kit import clock

_N = r"(?:\d{1,2}|[一二三四五六七八九十两零〇]{1,3})"
_YEAR = r"(?:(?P<year>20\d{2}|[零〇一二三四五六七八九]{4})\s?年\s?|(?P<named>去年|今年|本年|前年)(?:的)?\s?)"
_CHINESE_DATE = rf"(?:{_YEAR}?(?P<month>{_N})\s?月(?:\s?(?P<day>{_N})\s?[日号]|(?P<part>份|初|中旬|底|上旬|下旬|(?=间))|(?(year)|(?(named)|(?!)))))"
_PLAIN_DATE = r"(?<![\d.-])(?:(?P<y2>20\d{2})\s?(?P<sep>[-/.])\s?(?P<m2>\d{1,2})\s?(?P=sep)\s?(?P<d2>\d{1,2}))(?![\d-])"
_SHORT_DATE = r"(?<![\d.-])(?P<m3>0?[1-9]|1[0-2])-(?P<d5>[0-3]?\d)(?=\s{1,2}\d{1,2}:\d{2})"
"""As banks write it, and with a clock behind it alone: 03-05 13:07."""
_RELATIVE = (
    r"(?P<relative>大前天|前天|前日|昨[天日]|昨儿个?|昨(?=[晚夜早])|今[天日](?!头条)|今(?=[晚早晨])|(?<!演出)(?<!婚礼)(?<!考试)(?<!比赛)(?<!活动)当[天日](?!到账|放款|下款|结|返|提现|可|就能|发货|即)|当(?=[晚])|同[一]?[天日]|次日|"
    r"第二天|翌日|隔天|上周[一二三四五六日天])"
)
_MONTH_BEFORE = rf"(?P<lately>上个?月|本月|这个月|上上个月)\s?(?P<d3>{_N})\s?[日号]"
_ONLY_DAY = rf"(?<![\d月.-])(?P<d4>{_N})\s?[日号](?=\s?(?:凌晨|清晨|早上|上午|中午|下午|傍晚|晚|{_N}\s?(?:时|点|:)))"
_PART = r"(?P<when>凌晨|清晨|早上|早晨|一早|早|上午|中午|午后|下午|傍晚|晚上|晚间|夜里|夜间|深夜|半夜|晚)"
_CLOCK = (
    rf"(?:(?<!\d)(?P<hour>{_N})\s?(?:时|点钟|点(?![赞击评卡券数名餐单差]))(?:\s?(?P<minute>{_N})\s?分(?!钟)(?:\s?(?P<second>\d{{1,2}})\s?秒)?|(?P<half>半)|"
    rf"(?P<quarter>[一三])刻|(?P<bare>\d{{2}}|[一二三四五]?十[一二三四五六七八九]?)(?![\d.万千元块]))?"
    r"|(?<![\d:])(?P<h2>[01]?\d|2[0-4])\s?:\s?(?P<mi2>[0-5]\d)(?:\s?:\s?(?P<s2>[0-5]\d))?(?![\d:])\s?(?:分)?)"
)
_ABOUT = r"(?P<about>\s?(?:许|左右|前后|多(?!次|笔|个|元|万)|来钟|过))?"
_GAP = r"[\s,的T]{0,2}(?:大概|大约|约|差不多|的?时候)?\s?"
_TIME = re.compile(
    rf"(?:(?P<date>{_CHINESE_DATE}|{_PLAIN_DATE}|{_SHORT_DATE}|{_RELATIVE}|{_MONTH_BEFORE}|{_ONLY_DAY})(?:{_GAP}{_PART})?(?:{_GAP}(?P<clock>{_CLOCK}))?"
    rf"|{_PART.replace('when', 'when2')}?\s?(?P<clock2>{re.sub(r'P<(?!=)', 'P<c', _CLOCK)}))"
    rf"{_ABOUT}"
)
_DIGITS = {char: place for place, char in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_DAYS_BACK = {"大前": 3, "前": 2, "昨": 1, "今": 0}
_AHEAD = timedelta(days=30)
"""A report speaks of days to come as well, of a concert or a term; those farther off are rather last year's."""
_AFTERNOON = frozenset({"下午", "午后", "傍晚", "晚上", "晚间", "晚", "夜里", "夜间", "深夜"})
_STARTS = {"凌晨": 0, "清晨": 6, "早上": 7, "早晨": 7, "一早": 7, "早": 7, "上午": 9, "中午": 12, "午后": 13, "下午": 14, "傍晚": 18, "晚上": 20, "晚间": 20, "晚": 20,
           "夜里": 22, "夜间": 22, "深夜": 23, "半夜": 0}  # fmt: skip


@dataclass(frozen=True)
class _Day:
    """The day last named: None where it rests on a report's date that nobody gave."""

    day: date | None
    precision: Precision = Precision.DAY


@dataclass(frozen=True)
class FoundTime:
    """A time and its place in the folded text."""

    start: int
    end: int
    moment: Moment


def find_times(folded: Folded, reported_at: datetime | None) -> list[FoundTime]:
    """All times in the order of the text. `reported_at` is aware."""
    reported = clock.local_day(reported_at) if reported_at else None
    found: list[FoundTime] = []
    last = _Day(reported)
    for match in _TIME.finditer(folded.text):
        named = match["date"]
        if not named and not _stands_alone(match):
            continue
        day = _day_of(match, last.day, reported) if named else last
        moment = _moment(folded, match, day) if day is not None else None
        if moment is None:
            continue
        found.append(FoundTime(match.start(), _right_end(match), moment))
        last = replace(day, precision=Precision.DAY) if named and day is not None else last
    return found


def _stands_alone(match: re.Match[str]) -> bool:
    """A clock without a date: 一点 and 两点 are words ('a little', 'two points') unless a part of the day or minutes stand beside them."""
    certain = match["when2"] or match["ch2"] or match["cminute"] or match["chalf"] or match["cquarter"] or match["about"]
    return bool(certain) or (match["chour"] or "").isdigit() or "点钟" in match[0]


def _day_of(match: re.Match[str], last: date | None, reported: date | None) -> _Day | None:
    """The day that a date names; None where there is no such day."""
    if match["month"] or match["m3"]:
        return _month_day(match, reported)
    if match["y2"]:
        day = _date(int(match["y2"]), int(match["m2"]), int(match["d2"]))
        return _Day(day) if day else None
    if match["relative"]:
        return _Day(_relative(match["relative"], last, reported))
    return _day_of_month(match, last, reported)


def _month_day(match: re.Match[str], reported: date | None) -> _Day | None:
    named = match["day"] or match["d5"]
    month, day = _number(match["month"] or match["m3"]), _number(named) if named else 1
    precision = Precision.DAY if named else Precision.MONTH
    if not 1 <= month <= 12 or not 1 <= day <= 31:
        return None
    if match["year"]:
        given = _date(_number(match["year"]), month, day)
        return _Day(given, precision) if given else None
    if reported is None:
        return _Day(None, precision)
    if match["named"]:
        given = _date(reported.year - {"去年": 1, "前年": 2}.get(match["named"], 0), month, day)
        return _Day(given, precision) if given else None
    latest = next((found for year in range(reported.year, reported.year - 5, -1) if (found := _date(year, month, day)) and found <= reported + _AHEAD), None)
    return _Day(latest, precision) if latest else None


def _relative(word: str, last: date | None, reported: date | None) -> date | None:
    if word in ("次日", "第二天", "翌日", "隔天"):
        return last + timedelta(days=1) if last else None
    if word[0] in "当同":
        return last
    if reported is None:
        return None
    if word.startswith("上周"):
        weekday = "一二三四五六日天".index(word[2]) % 7 if word[2] != "天" else 6
        return reported - timedelta(days=reported.weekday() + 7 - weekday)
    back = next(days for begins, days in _DAYS_BACK.items() if word.startswith(begins))
    return reported - timedelta(days=back)


def _day_of_month(match: re.Match[str], last: date | None, reported: date | None) -> _Day | None:
    day = _number(match["d3"] or match["d4"])
    if not 1 <= day <= 31:
        return None
    base = reported if match["lately"] else last
    if base is None:
        return _Day(None)
    for _ in range({"上个月": 1, "上月": 1, "上上个月": 2}.get(match["lately"] or "", 0)):
        base = base.replace(day=1) - timedelta(days=1)
    given = _date(base.year, base.month, day)
    if given and reported and given > reported and not match["lately"]:
        before = base.replace(day=1) - timedelta(days=1)
        given = _date(before.year, before.month, day)
    return _Day(given) if given else None


def _moment(folded: Folded, match: re.Match[str], day: _Day) -> Moment | None:
    clocked = _clock_of(match)
    if clocked is None:
        return None
    at_time, precision, next_day = clocked
    if at_time is None:
        at_time, precision = time(0), day.precision
    at = None if day.day is None else datetime.combine(day.day + timedelta(days=next_day), at_time, tzinfo=clock.SHANGHAI)
    start, end = match.start(), _right_end(match)
    begins, ends = folded.span(start, end)
    return Moment(begins, ends, folded.original[begins:ends], at, precision, bool(match["about"]) or day.precision is Precision.MONTH, 0.95 if at else 0.6)


def _right_end(match: re.Match[str]) -> int:
    """Without the blanks that the pattern may have run over."""
    return match.start() + len(match[0].rstrip(" ,的T"))


def _clock_of(match: re.Match[str]) -> tuple[time | None, Precision, int] | None:
    """(time of day, precision, days to add for 24:00); time None where only a date stands there; None where there is no such time."""
    prefix = "" if match["date"] else "c"
    part = match["when"] if match["date"] else match["when2"]
    hour_text, minute_text, second_text = _clock_words(match, prefix)
    if hour_text is None:
        return (time(_STARTS[part]), Precision.HOUR, 0) if part else (None, Precision.DAY, 0)
    hour, minute, second = _number(hour_text), _number(minute_text or "0"), _number(second_text or "0")
    if hour > 24 or minute > 59 or second > 59 or (hour == 24 and minute):
        return None
    if part in _AFTERNOON and 1 <= hour < 12 and not (part in ("深夜", "夜里", "夜间") and hour < 6):
        hour += 12
    if part == "中午" and hour < 4:
        hour += 12
    precision = Precision.SECOND if second_text else Precision.MINUTE if minute_text else Precision.HOUR
    return time(hour % 24, minute, second), precision, hour // 24


def _clock_words(match: re.Match[str], prefix: str) -> tuple[str | None, str | None, str | None]:
    def said(name: str) -> str | None:
        return match[prefix + name]

    if said("h2"):
        return said("h2"), said("mi2"), said("s2")
    minute = said("minute") or said("bare") or ("30" if said("half") else None) or ({"一": "15", "三": "45"}[said("quarter") or ""] if said("quarter") else None)
    return said("hour"), minute, said("second")


def _number(text: str) -> int:
    """One or two places of Arabic figures or Chinese numerals, or a year's four digits."""
    if text.isdigit() and text.isascii():
        return int(text)
    if "十" in text:
        tens, _, ones = text.partition("十")
        return _DIGITS.get(tens, 1) * 10 + _DIGITS.get(ones, 0)
    return int("".join(str(_DIGITS[char]) for char in text))


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
