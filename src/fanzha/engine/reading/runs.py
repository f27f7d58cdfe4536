"""Runs of figures: those that stand together and those with blanks, dashes or other signs between, spoken ones among them, cut into groups.

Invariant: the groups of a run are those that could be one number; what parts two numbers for sure parts two runs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from fanzha.engine.reading.taken import Taken
from fanzha.vocab.identifiers.base import passes_luhn

_CIRCLED = "⓪①②③④⑤⑥⑦⑧⑨"
_SPOKEN = str.maketrans("零〇洞幺妖壹一贰二两叁三肆四伍五陆六柒七拐捌八玖九勾oO" + _CIRCLED, "0001111222334455667778899900" + "0123456789")
_HAN = "零〇洞幺妖一二两三四五六七拐八九勾壹贰叁肆伍陆柒捌玖" + _CIRCLED
_BETWEEN = r"(?:(?:[^\w，。；：！？、,;:!?\"“”‘’'《》【】<>%¥$@#&=|→⇒➔➜]|杠|横杠|_){0,3}?|(?<=\d)[,，、](?=\d{3,5}(?!\d))"
_BETWEEN += rf"|(?<=[{_HAN}])[,，、]\s?(?=[{_HAN}]{{3,5}}(?![{_HAN}])|[二两三四五六七八]个[零〇0]))"
_RUN = re.compile(
    rf"(?:(?<![A-Za-z0-9_@])|(?<=[Qq])|(?<=[VvWw][Xx])|(?<=[Ii][Dd]))\+?\(?[0-9{_HAN}](?:{_BETWEEN}(?:[二两三四五六七八]个[零〇0]|[0-9{_HAN}]|"
    rf"(?<=[0-9])[oO](?![A-Za-z])|(?<=[oO])[oO](?![A-Za-z])))*")
_GROUP = re.compile(rf"[0-9oO]+|(?P<times>[二两三四五六七八])个[零〇0]|(?:[{_HAN}](?!个[零〇0]))+")
_SUM_BEHIND = re.compile(r"(?:\.\d{1,4})?(?:[万千]|元(?!宝))|月\d{1,2}日|年\d{1,2}月")
"""What follows the figures of a sum or of a date that stand without a space behind a card."""
_COMMA = re.compile(r"[,，、]")
MOST_BETWEEN_COMMAS = 5
"""Figures of one group where commas part the groups of a number: 6222,0000,…"""
SHORTEST = 5
SHORTEST_CARD = 16
_CARD_SIZES = (19, 16, 17, 18)
"""The lengths of a card, the commonest first."""
_ACCOUNT_SIZES = (17, 20, 19, 16, 18, 15)
"""The lengths of other accounts of banks, the commonest first."""
_MOBILE_SIZE = 11
_MOBILE = re.compile(r"1[3-9]")
LONGEST = 30
_MOST_GROUPS = 24
_MEASURE = re.compile(r"[共次个笔起直边样下天万千百十元块分毛点些种条名位张人家套件台部月日号时年周岁层楼单]")
_COUNTED = re.compile(rf"卡|{_MEASURE.pattern}")
"""What one figure by itself counts: …0022两卡."""


@dataclass(frozen=True)
class Group:
    """Figures that stand together: where, and which."""

    start: int
    end: int
    digits: str
    spoken: bool


def find_runs(text: str, taken: Taken) -> Iterator[list[Group]]:
    """In the order of the text, outside of what is already something else; each long enough to be a number."""
    for match in _RUN.finditer(text):
        groups = [group for group in _groups(text, match) if not taken.overlaps(group.start, group.end)]
        for part in _apart(text, groups, taken):
            if sum(len(group.digits) for group in part) >= SHORTEST:
                yield part


def _groups(text: str, run: re.Match[str]) -> list[Group]:
    found: list[Group] = []
    for group in _GROUP.finditer(text, run.start(), run.end()):
        start, end = group.span()
        if group["times"]:
            found.append(Group(start, end, "0" * int(group["times"].translate(_SPOKEN)), spoken=True))  # 四个零
            continue
        spoken = group[0][0] in _HAN
        if spoken and end - start > 1 and _MEASURE.match(text, end) and text[end - 1] in "一二两三四五六七八九":
            end -= 1  # '…零零一共': the last one counts what follows
        elif spoken and end - start == 1 and (_COUNTED.match(text, end) or _beside_words(text, start, end)):
            continue
        if text[start - 1 : start] == "+" and not text[max(0, start - 2) : start - 1].isdecimal():
            start -= 1  # between figures it adds sums
        digits = text[start:end].lstrip("+").translate(_SPOKEN)
        own = _before_a_sum(text, end, digits)
        found.append(Group(start, end - len(digits) + own if own else end, digits[:own] if own else digits, spoken))
        if own:
            break  # what is left of the run is the sum's
    return found


def _before_a_sum(text: str, end: int, digits: str) -> int:
    """How many of the figures are an identifier's where the rest begins a sum or a date (62…3月4日, 17…4.7万元); 0: they are not so made.
    More figures than any card has hold a sum whatever follows."""
    if len(digits) <= _MOBILE_SIZE or len(digits) > LONGEST:
        return 0
    behind = _SUM_BEHIND.match(text, end)
    is_card = digits.startswith("62")
    if behind is None and not (is_card and len(digits) > _CARD_SIZES[0]):
        return 0
    sizes = [size for size in _sizes(digits) if size < len(digits) and _is_begun(digits[size:], behind[0] if behind else "")]
    passing = [size for size in sizes if is_card and passes_luhn(digits[:size])]
    return next(iter([*passing, *sizes]), 0)


def _sizes(digits: str) -> tuple[int, ...]:
    if digits.startswith("62"):
        return _CARD_SIZES
    if len(digits) <= _MOBILE_SIZE + 4:
        return (_MOBILE_SIZE,) if _MOBILE.match(digits) else ()
    return _ACCOUNT_SIZES


def _is_begun(rest: str, behind: str) -> bool:
    if behind.startswith(("月", "年")):
        return rest[0] != "0" and int(rest) <= 12 if behind[0] == "月" else bool(re.fullmatch(r"20[0-4]\d", rest))
    longest = 3 if "万" in behind else 7 if behind else 5
    return len(rest) <= longest and (rest[0] != "0" or (rest == "0" and behind.startswith(".")))


def _beside_words(text: str, start: int, end: int) -> bool:
    """One Chinese figure between words is a word; one beside other figures may be part of a number."""
    before, after = text[start - 1 : start], text[end : end + 1]
    return not (before.isdigit() or after.isdigit() or before in _HAN or after in _HAN or before in "- ·" or after in "- ·") or not (before and after)


def _apart(text: str, groups: list[Group], taken: Taken) -> Iterator[list[Group]]:
    """The groups, cut where something else stands between them, where a comma parts the items of a list, and where there are too many."""
    part: list[Group] = []
    for group in groups:
        if part and (len(part) >= _MOST_GROUPS or taken.between(part[-1].end, group.start) or _is_next_item(text, part, group)):
            yield part
            part = []
        part.append(group)
    if part:
        yield part


def _is_next_item(text: str, part: list[Group], group: Group) -> bool:
    """A comma joins only groups that commas join: behind a long one, or one joined by blanks, the next number of a list begins."""
    if not _COMMA.search(text, part[-1].end, group.start):
        return False
    return len(part[-1].digits) > MOST_BETWEEN_COMMAS or any(not _COMMA.search(text, one.end, two.start) for one, two in pairwise(part))
