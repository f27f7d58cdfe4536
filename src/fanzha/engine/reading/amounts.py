"""Amounts of money in Chinese prose: 12万3千元, 1.5万, 3万5, 八千六百元, 两万余元, ¥5,000.00, 3w.

Reading is by places of value: a figure followed by 万, 千, 百 or 十 counts so much; a last bare figure after a place counts the next lower place
(3万5 is 35,000), unless 零 stands before it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from fanzha.kit.money import Fen

_DIGITS = {**{char: place for place, char in enumerate("零一二三四五六七八九")}, "〇": 0, "幺": 1, "两": 2, "俩": 2, "仨": 3,
           **{char: place for place, char in enumerate("零壹贰叁肆伍陆柒捌玖")}}  # fmt: skip
_PLACES = {"千": 1000, "万": 10_000}
_UNITS = {"毛": Decimal("0.1"), "角": Decimal("0.1"), "皮": Decimal(10_000), "分": Decimal("0.01")}
"""Units by their first sign that are not a yuan."""
_HAN = "".join(char for char in _DIGITS)
_ARABIC = r"(?:\d{1,3}(?:,\d{3})+(?:\.\d{1,2})?|\d+(?:\.\d{1,6}(?=\s?[万萬亿wW])|\.\d{1,2}(?!\d))?)"
MOST_FEN = 10**15
_LONGEST = 40
"""Characters of a number: more state no sum, and places of value are read by recursion."""
_PLAIN_NUMBER = re.compile(r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d{1,6})?")
_RANGE = re.compile(r"(\d{1,3})[、~～\-到至](\d{1,3})([百千万wW])")
"""The lower end of a range counts: at least that much."""
_EITHER = re.compile(r"([一二两三四五六七八九])([二三四五六七八九])(?=[十百千万])|(?<=十)([一二三四五六七八])([二三四五六七八九])(?=万)")

_SMALL = r"十拾百佰千仟廿卅"
MEASURES = "笔单次张台件套条只位名人家部棵年月天日周瓶桌粒顶双床把根盒箱桶斤份股枚头匹辆间晚夜期节票注包袋杯道场趟回"
"""Words that count things, besides 个."""
_NO_COUNT = rf"(?!\s?(?:个(?!人所得|税)|[{MEASURES}]))"
"""A Chinese figure before such a word counts it and ends no amount: 5万一个月."""
_A_PIECE = rf"(?:(?<=[万萬千仟百佰])|(?<=[万萬千仟百佰][{_HAN}]))一(?=个|[{MEASURES}哈下并起共直齐同])"
"""一万一年, 一百五一张: the last 一 counts what the sum is paid for; 九万一共, 九万一并: it begins another word."""
_CORE = (
    rf"(?:(?:(?P<low>\d{{1,3}})\s?[、~～\-到至]\s?(?=\d{{1,3}}\s?[百千万wW]))?{_ARABIC}\s?(?:[百佰千仟万萬亿]|[kKwW](?![A-Za-z]))"
    rf"(?:(?!\s\d{{1,4}}(?:\.\d{{1,6}})?\s?[万萬wW])\s?(?:{_ARABIC}|(?:(?!{_A_PIECE})[{_HAN}{_SMALL}]{_NO_COUNT})+)\s?[百佰千仟十拾万萬]?)*"
    rf"|[1-9]\d?(?:，\d{{3}}|(?: \d{{3}})+)(?=\s?元)|{_ARABIC}|(?:(?!{_A_PIECE})[{_HAN}{_SMALL}万萬亿])+)"
)
_UNIT = (
    r"(?:块钱|蚊(?:人民币|人仔)?|箍|[元圆]整(?![改理治数个])|元钱|元人民币|人民币元?|元|块(?!链|儿头)|圆|RMB|rmb|大洋|"
    r"皮嘢|皮(?=[,，。])|洋钿|(?<=[百千万])银(?![行币两联监保企河])|(?<=\d)分钱|毛钱?|角(?:钱|洋钿|(?![色度落梅洲债形恋函裤])))"
)
_SUBUNITS = (
    rf"(?:\s?(?P<jiao>[\d{_HAN}])\s?[角毛]\s?|(?<=块)(?P<half>\d(?!\s?[\d.千百万十亿元块个点分岁折{MEASURES}])|"
    rf"一(?![\d\u4e00-\u9fff.])|[二三四五六七八九](?![{_HAN}{_SMALL}{MEASURES}\d.个点成倍万岁分]))\s?)?(?:(?P<fen>[\d{_HAN}])(?:\s?分(?!钟)|(?<=[角毛][{_HAN}])(?![{_HAN}{_SMALL}{MEASURES}个\d])))?"
)
AMOUNT = re.compile(
    rf"(?:(?<![A-Za-z0-9.#_-])|(?<=[:;；，,、。\s(（]\d\.)|(?<=[每1]U)|(?<=\d-)(?=\d{{2,6}}\s?[元块]))(?P<before>(?:人民币|[¥]|RMB|"
    rf"rmb)\s?)?(?P<core>{_CORE})(?P<more>\s?(?:[多余来](?=\s?[万千元块圆]|[,，。;；、!！?？]|$)|(?<=[百千万])多(?!\s?[{_HAN}{_SMALL}{MEASURES}个倍岁亩米里])|(?<=[千万])几(?=[都蚊块元,，。]))(?P<after>\s?[万千])?)?"
    rf"\s?(?:(?P<unit>{_UNIT})(?P<more2>[多余])?{_SUBUNITS})?"
)
_ABOUT = re.compile(r"(?:约|大约|大概|近|差不多|将近|接近|上下|估计|约计|约合|快)\s?(?:有|是|为|人民币)?\s?[¥]?$")
_ABOUT_AFTER = re.compile(r"\s?(?:左右|上下|不到|以上|许|多(?!次|笔|个)|出头|余)")


@dataclass(frozen=True)
class Money:
    """A parsed amount in fen."""

    fen: Fen
    approximate: bool


def parse_amount(text: str) -> Money | None:
    """The money that a whole text states ('12万3千元' → 12,300,000 fen); None where it states none. Currency other than yuan is none."""
    found = AMOUNT.fullmatch(text.strip())
    return value_of(found) if found else None


def value_of(found: re.Match[str]) -> Money | None:
    """The value of a match of `AMOUNT`."""
    core = re.sub(r"\s", "", found["core"]).replace("，", ",").replace("廿", "二十").replace("卅", "三十")
    if len(core) > _LONGEST:
        return None
    yuan = number(_RANGE.sub(r"\1\3", core) if found["low"] else core)
    if yuan is None or (found["low"] and not _rises(core)):
        return None
    if found["after"]:
        yuan *= _PLACES[found["after"].strip()]
    yuan *= _UNITS.get((found["unit"] or "")[:1], 1)
    fen = yuan * 100 + 10 * _figure(found["jiao"] or found["half"]) + _figure(found["fen"])
    if fen != fen.to_integral_value() or not 0 < fen <= MOST_FEN:
        return None
    return Money(int(fen), bool(found["more"] or found["more2"] or found["low"] or _EITHER.search(core)))


def amounts_in(text: str) -> Iterator[re.Match[str]]:
    """Matches of `AMOUNT`; where Chinese numerals are several sums without a stop between (一千二四千六), each of them."""
    at = 0
    while found := AMOUNT.search(text, at):
        found = _first_of(text, found)
        yield found
        at = found.end()


def _first_of(text: str, found: re.Match[str]) -> re.Match[str]:
    """The match itself; of Chinese numerals that are no number the longest beginning that is one of hundreds or more."""
    start, end = found.span("core")
    if found["before"] or not 4 <= end - start <= _LONGEST or found["core"][0].isdigit() or number(found["core"]) is not None:
        return found
    for cut in range(end - 1, start + 1, -1):
        head = AMOUNT.match(text, start, cut) if text[cut] in _DIGITS and text[cut + 1 : cut + 2] not in _DIGITS else None
        if head and head.end() == cut and re.search("[百千万]", head["core"]) and number(head["core"]) is not None:
            return head
    return found


def _rises(core: str) -> bool:
    """Whether the first number of a range is the smaller one (3、4万; in 4、3万 the 4 numbers something)."""
    ends = _RANGE.match(core)
    return ends is not None and int(ends[1]) < int(ends[2])


def looks_approximate(text: str, start: int, end: int) -> bool:
    """Whether the words around an amount say that it is not exact."""
    return bool(_ABOUT.search(text[max(0, start - 6) : start]) or _ABOUT_AFTER.match(text, end))


def number(text: str) -> Decimal | None:
    """A number in Arabic figures, Chinese numerals or both ('12万3千', '三万五', '1.5'); None where it is none."""
    for place, signs in ((10**8, "亿"), (10_000, "万萬wW")):
        at = max(text.rfind(sign) for sign in signs)
        if at > 0:
            head, tail = number(text[:at]), _rest(text[at + 1 :], place)
            return None if head is None or tail is None or any(sign in text[:at] for sign in signs) else head * place + tail
    return _below_ten_thousand(text)


def _rest(text: str, place: int) -> Decimal | None:
    """What follows a place of value and must be less than it: a bare figure counts the next lower place, after 零 it counts itself."""
    if not text:
        return Decimal(0)
    bare = text.lstrip("零〇")
    if bare in _DIGITS or (len(bare) == 1 and bare.isdigit()):
        return Decimal(_figure(bare)) * (1 if bare != text else place // 10)
    value = number(bare)
    return value if value is not None and value < place else None


def _below_ten_thousand(text: str) -> Decimal | None:
    """Thousands, hundreds and tens; or one figure; or Chinese digits read one by one (五〇〇〇)."""
    for place, signs in ((1000, "千仟kK"), (100, "百佰"), (10, "十拾")):
        at = next((found for found, char in enumerate(text) if char in signs), -1)
        if at == 0 and place == 10:
            tail = _rest(text[1:], place)
            return None if tail is None else place + tail
        if at > 0:
            head, tail = _bare(text[:at]), _rest(text[at + 1 :], place)
            return None if head is None or tail is None else head * place + tail
    return _bare(text)


def _bare(text: str) -> Decimal | None:
    """A figure without places. Chinese digits side by side count only from three on: 五六 means five or six."""
    if _PLAIN_NUMBER.fullmatch(text):
        return Decimal(text.replace(",", ""))
    if text in _DIGITS:
        return Decimal(_DIGITS[text])
    if len(text) == 2 and text[0] in _DIGITS and text[1] in _DIGITS and 0 < _DIGITS[text[0]] < _DIGITS[text[1]] <= _DIGITS[text[0]] + 2:
        return Decimal(_DIGITS[text[0]])  # 三四万: three or four, the lower counts
    if len(text) >= 3 and all(char in _DIGITS and char not in "两俩仨" for char in text):
        return Decimal("".join(str(_DIGITS[char]) for char in text))
    return None


def _figure(text: str | None) -> int:
    return 0 if text is None else int(text) if text.isascii() else _DIGITS[text]
