"""Times in Chinese prose: 3月5日14时许, 2026-03-05 14:05, 当日下午3点半, 昨天晚上八点多. Days are read in `days`.

A clock without a day is of the day last named before it; without a report's date these stay open (None).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta

from fanzha.engine.reading.days import DATE, Day, N, counts_on, day_of, number
from fanzha.engine.reading.folding import Folded
from fanzha.engine.reading.model import Moment, Precision
from fanzha.kit import clock

_PART = (
    r"(?P<when>凌晨|清晨|大?清早|一?大早|早上|早晨|早起|早浪向?|早间|一早|朝早|晨|早|上午|上昼|头晌|中午|晌午|晏昼|午间|午后|下午|下昼|后晌|后半晌|下晡|下半[天日]|夜快|傍晚|傍黑|下晚|晚上|晚间|晚黑|"
    r"暗时|暗(?=[讲打来转，,\d一二三四五六七八九十])|暝(?=[\d一二三四五六七八九十])|黑(?:了|地)?(?=[\d一二两三四五六七八九十])|夜里|夜间|夜头|夜晚|[前后下上大]?半夜|深夜|晚)"
)
"""The parts of a day, with those of the dialects."""
_CLOCK = (
    rf"(?:(?<!\d)(?<!\d\.)(?P<hour>{N})\s?(?:时|点钟|点(?![赞击评卡券数名餐单差]|套餐|抢券))(?:\s?(?P<minute>{N})\s?分(?!钟)(?:\s?(?P<second>\d{{1,2}})\s?秒)?|(?P<half>半)|"
    rf"(?P<quarter>[一三])刻|搭(?P<fives>[一二三四五六七八九]|十一?)|(?P<bare>\d{{2}}|[零〇][一二三四五六七八九]|[一二三四五]?十(?:[一二三四五六七八九](?!个))?)(?![\d.万千元块]))?"
    r"|(?<!\d)(?<!\d:)(?<!计时)(?P<h2>[01]?\d|2[0-4])\s?:\s?(?P<mi2>[0-5]\d)(?:\s?:\s?(?P<s2>[0-5]\d))?(?![\d:])\s?(?:分)?)"
)
_ABOUT = r"(?P<about>\s?(?:许|左右|前后|整(?![天个])|多(?!次|笔|个|元|万)|几(?![个笔次万千百元])|来钟|过(?![了后程户来去渠嘅])))?"
_GAP = r"[\s,的T]{0,2}(?:[那当][天日](?=\s?\d{1,2}[时点:]))?(?:大概|大约|约|差不多|的?时候|快(?!递))?\s?"
_SUCH = r"(?:那天|\s?\((?:(?:周|星期|礼拜)[一二三四五六日天]|[昨今前][天日])\))?"
"""What names the same day once more."""
_FIRST = r"\d零〇一二三四五六七八九十两大前昨夜寻琴噚今明后当同次第翌隔转小腊上这本下周礼星元情除正去旧凌清早腊朝晨头中晌晏午傍晚暗暝黑深半年那"
"""What a time can begin with: most characters of a text are passed by this alone."""
_TIME = re.compile(
    rf"(?=[{_FIRST}])(?:(?P<date>{DATE}){_SUCH}(?:{_GAP}{_PART})?(?:{_GAP}(?P<clock>{_CLOCK}){_ABOUT}|(?P<days>\s?(?:左右|前后)))?"
    rf"|(?:{_PART.replace('when', 'when2')}\s?)?(?P<clock2>{re.sub(r'P<(?!=)', 'P<c', _CLOCK)}){_ABOUT.replace('about', 'about2')})"
)
_STARTS = {"凌晨": 0, "半夜": 0, "清晨": 6, "清早": 6, "大早": 6, "早": 7, "早上": 7, "早晨": 7, "早起": 7, "早浪": 7, "早浪向": 7, "早间": 7,
           "晨": 7, "上午": 9, "上昼": 9, "头晌": 9, "中午": 12, "晌午": 12, "晏昼": 12, "午间": 12, "午后": 13, "下午": 14, "下昼": 14,
           "后晌": 14, "后半晌": 14, "下晡": 14, "下半天": 14, "下半日": 14, "傍晚": 18, "傍黑": 18, "下晚": 17, "夜快": 18, "晚": 20, "晚上": 20, "晚间": 20,
           "晚黑": 20, "暗时": 20, "暗": 20, "暝": 20, "黑": 20, "黑了": 20, "黑地": 20, "夜里": 22, "夜间": 22, "夜头": 22, "夜晚": 22, "深夜": 23}  # fmt: skip
_NOON, _EVENING, _NIGHT = 12, 20, 22
_RECURS = re.compile(r"(?:每(?:[天日]|(?:周|星期|礼拜)[一二三四五六日天]?|个?(?:工作|交易)日)?|天天)的?\s?$")
"""Before a clock or a part of the day that is of no one day."""
_LONGEST_RECURRING = 8
_SMALL_HOURS, _AFTER_NOON = 6, 4


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
    last = Day(reported)
    for match in _TIME.finditer(folded.text):
        named = match["date"]
        if (not named and not _stands_alone(match)) or _RECURS.search(folded.text, max(0, match.start() - _LONGEST_RECURRING), match.start()):
            continue
        if not found and counts_on(match):
            continue
        day = day_of(match, last.day, reported) if named else last
        moment = _moment(folded, match, day) if day is not None else None
        if moment is None:
            continue
        found.append(FoundTime(match.start(), _right_end(match), moment))
        last = replace(day, precision=Precision.DAY) if named and day is not None else last
    return found


def _stands_alone(match: re.Match[str]) -> bool:
    """A clock without a date: 一点 and 两点钟 are words ('a little', 'two hours') unless a part of the day or minutes stand beside them."""
    certain = match["when2"] or match["ch2"] or match["cminute"] or match["chalf"] or match["cquarter"] or match["about2"]
    hour = match["chour"] or ""
    return bool(certain) or hour.isdigit() or bool(match["cbare"] and hour != "一") or ("点钟" in match[0] and hour not in ("一", "两"))


def _moment(folded: Folded, match: re.Match[str], day: Day) -> Moment | None:
    clocked = _clock_of(match)
    if clocked is None:
        return None
    at_time, precision, next_day = clocked
    if at_time is None:
        at_time, precision = time(0), day.precision
    at = None if day.day is None else datetime.combine(day.day + timedelta(days=next_day), at_time, tzinfo=clock.SHANGHAI)
    begins, ends = folded.span(match.start(), _right_end(match))
    about = match["about"] or match["about2"] or match["days"]
    approximate = (about is not None and about.strip() != "整") or day.precision is Precision.MONTH
    return Moment(begins, ends, folded.original[begins:ends], at, precision, approximate, 0.95 if at else 0.6)


def _right_end(match: re.Match[str]) -> int:
    """Without the blanks that the pattern may have run over."""
    return match.start() + len(match[0].rstrip(" ,的T"))


def _clock_of(match: re.Match[str]) -> tuple[time | None, Precision, int] | None:
    """(time of day, precision, days to add for 24:00); time None where only a date stands there; None where there is no such time."""
    prefix = "" if match["date"] else "c"
    part = match["when"] if match["date"] else match["when2"]
    begins = _begins(part) if part else None
    hour_text, minute_text, second_text = _clock_words(match, prefix)
    if hour_text is None:
        return (time(begins), Precision.HOUR, 0) if begins is not None else (None, Precision.DAY, 0)
    hour, minute, second = number(hour_text), number(minute_text or "0"), number(second_text or "0")
    if hour > 24 or minute > 59 or second > 59 or (hour == 24 and minute):
        return None
    hour = _of_the_day(hour, begins)
    precision = Precision.SECOND if second_text else Precision.MINUTE if minute_text else Precision.HOUR
    return time(hour % 24, minute, second), precision, hour // 24


def _begins(part: str) -> int:
    """The hour at which a part of the day begins."""
    return next(_STARTS[part[at:]] for at in range(len(part)) if part[at:] in _STARTS)


def _of_the_day(hour: int, begins: int | None) -> int:
    """An hour as it is said, of a part of the day that begins so: 下午3点 is 15, 凌晨12点 0, 晚上12点 24, 夜里2点 2."""
    if begins is None:
        return hour
    if hour == _NOON:
        return 0 if begins == 0 else 24 if begins >= _EVENING else hour
    later = begins > _NOON and not (begins >= _NIGHT and hour < _SMALL_HOURS)
    return hour + 12 if 1 <= hour < _NOON and (later or (begins == _NOON and hour < _AFTER_NOON)) else hour


def _clock_words(match: re.Match[str], prefix: str) -> tuple[str | None, str | None, str | None]:
    def said(name: str) -> str | None:
        return match[prefix + name]

    if said("h2"):
        return said("h2"), said("mi2"), said("s2")
    fives, quarter = said("fives"), said("quarter")
    minute = said("minute") or said("bare") or ("30" if said("half") else None) or ({"一": "15", "三": "45"}[quarter] if quarter else None)
    return said("hour"), str(5 * number(fives)) if fives else minute, said("second")
