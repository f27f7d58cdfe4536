"""Amounts in a narrative: which figures are money."""

from __future__ import annotations

import re
from dataclasses import dataclass

from fanzha.engine.reading.amounts import AMOUNT, MEASURES, Money, amounts_in, looks_approximate, value_of
from fanzha.engine.reading.figures import is_counted, is_measured, sum_of_figures
from fanzha.engine.reading.folding import Folded
from fanzha.engine.reading.model import Amount, MoneyRole
from fanzha.engine.reading.taken import Taken

_PAYING = re.compile(
    r"(?:转(?:账|帐|出|了|入|给|走|过去|去|来)?|汇(?:款|了|出|去)?|打(?:了|款|过去|去|来|给|入)?|充(?:值|了|进)?|投(?:资|入|了)?|支付|付(?:款|了)?|损失|被骗|"
    r"骗(?:走|了|去)|返(?:还|现|"
    r"了|利|给)?|提(?:现|出|取)?|存(?:了|入)?|刷(?:了|走|卡)?|"
    r"借(?:了|款|出)?|贷(?:了|款|出)?|交(?:了|纳)?|缴(?:了|纳)?|共计?|合计|累计|总共|一共|赚(?:了|到)?|亏(?:了|损)?|垫(?:付|了)?|花(?:了|费|掉|去)?|退(?:还|了|回)?|"
    r"扣(?:了|走|除|掉)?|金额|"
    r"收(?:到|了)?|额度|佣金|本金|给(?:了|他|她|对方)?|取(?:了|出|现)?|要(?!求)|卖|开价|喊价|一天|每天|[费款金税险]|挣(?:了)?|得(?:了|到)?|分红|利息|收益|底薪|"
    r"赔(?:我|了|付)?|说好|谈好|讲好|"
    r"来(?:了)?|整整?|足足|一笔|凑(?:够|齐|到)|押(?:了)?|月供|每月|笔:|返过|发(?:了)?|一半|入金|凑(?:了)?|送|少|多|分别|拿(?:了|出|走)?|没(?:了)?|补(?:了|交)?|拼(?:成|了)?|房租|学费|第[一二三四五六七八九十\d]+[单笔回次期]|"
    r"还(?:了|给|款)|每[期月年]还|又扫|扫(?:了|走|码)|剩(?:下|了)?|做(?:了|到)|放(?:了|进去?)?|摆(?:了|进去?)?|搁(?:了|进去?)?|[提取开借贷套搞]出来|[拿取收]回(?:来)?|便宜|原价|优惠|[卡行户]里|押注|下注|认购|认缴)"
    r"(?:了|我|他|她|对方|其|过去|人民币|大概|大约|约|将近|差不多|有|近|共|第[一二三四五六七八九十\d]+[笔次单]|一笔|一次|一单|两笔|的|是|为|一次|过一?次?|[:\s“\"¥]|"
    r"去|进去|出去|给我|给他|给她|给对方|\d笔){0,4}$"
)
_PIECES = re.compile(
    rf"(?:^|[^第])[一两二三四五六七八九十\d](?:个(?!月|人)|[{MEASURES}])[^，。；\d叫名]{{0,4}}(?<![号码群点岁年月天日楼室分元])\s?$"
)
_PRICED = re.compile(r"(?:买|订|租|卖|价)(?:了|个|一|[两三四五六七八九十]|\d|[只棵台件套张部双箱头盒份股枚])[^，。；\d]{0,5}$")
_OTHER_MONEY = re.compile(
    r"\s?多?(?:个|枚|多个)?\s?(?:美[元金刀]|港[币元纸]|日元|欧元|英镑|泰铢|卢布|韩元|台币|新台币|澳元|加元|比索|USD|usd|U(?![A-Za-z])|u(?![A-Za-z])|BTC|ETH|积分|点券|钻石|"
    r"(?:泰达|比特|以太|狗狗|金|银|Q|q|抖|快|虚拟|游戏|彩虹|哈夫|欢乐|平台|个)?币(?!安|圈|商))"
)
_OTHER_BEFORE = re.compile(
    r"(?:美[元金刀]|港[币元纸]|日元|欧元|英镑|游戏币|金币|原石|哈夫币|点券|积分|USDT)\s?:?(?:储备|余额|资产|共|约|大约)?\s?$"
)
"""Money that is not yuan, behind the figures and before them."""
_FOREIGN = re.compile(r"\s?(?:美[元金刀]|港[币元纸]|日元|欧元|英镑|泰铢|卢布|韩元|新?台币|澳元|加元|比索|USD|usd|U(?![A-Za-z])|u(?![A-Za-z]))")
"""What makes even 块 no yuan; 三百元点券 is paid in yuan."""
_EACH = re.compile(r"[元块钱]\s?一块")
"""5 元一块: a piece, not a yuan."""
_NO_SUM = re.compile(
    r"一(?:块(?=儿|\d{3}|[去来开做干玩走吃住坐弄搞过填砖石板货表玻木肉布地牌玉])|(?:块钱?|毛钱?|分钱?|蚊|角|元钱?)(?=[都也不冇没]))|三角(?=[梅洲债形恋函裤])|(?<=正经)八百(?=[滴的地]|$)"
)
"""一块儿 (together), 一分不少: no sums, though they look like some."""
_LISTED = re.compile(r"\s?[、,，和及与/+]\s?(?:又|再|还有|后来|然后|接着|最后|第[一二三四五]笔)?\s?|\s")
_HAN_PLACE = re.compile(r"[万萬千仟百佰wWkK]")
_PLATE = re.compile("[A-Z]·$")
_GLUED = re.compile("[A-Za-z0-9]")
_CLOSED = re.compile(r"(?![A-Za-z0-9@*._]|\s?[-·]\s?\d)")
_WORDS = frozenset({"万", "千", "百", "亿", "千万", "百万", "万千", "百千"})
_IDIOM = re.compile("十万(?:火急|个为什么)|千万(?:别|不|要)")


@dataclass(frozen=True)
class FoundAmount:
    """An amount and its place in the folded text."""

    start: int
    end: int
    amount: Amount


def find_amounts(folded: Folded, taken: Taken, *, bare: bool) -> list[FoundAmount]:
    """Amounts of yuan in the order of the text, outside of what is already something else (folded places); what became of them is said later (`money_roles`).
    `bare`: those that are figures alone, else the others."""
    text, found = folded.text, []
    listed = -1
    for match in amounts_in(text):
        is_bare = not (match["unit"] or match["before"] or _HAN_PLACE.search(match["core"]) or match["after"])
        if is_bare is not bare or (bare and len(match["core"]) < 2) or taken.overlaps(*match.span()):
            continue
        follows = 0 <= listed <= match.start() and _LISTED.fullmatch(text[listed : match.start()]) is not None
        sure = _sureness(text, match, follows=follows)
        stated = _stated(text, match) if sure else None
        if stated is None:
            continue
        start, end, money = stated
        listed = end
        begins, ends = folded.span(start, end)
        approximate = money.approximate or looks_approximate(text, start, end)
        amount = Amount(begins, ends, folded.original[begins:ends], money.fen, MoneyRole.OTHER, approximate, is_total=False, confidence=sure)
        found.append(FoundAmount(start, end, amount))
    return found


def _stated(text: str, match: re.Match[str]) -> tuple[int, int, Money] | None:
    """(start, end, money) of a match; of 先后转了5、3万, which is two numbers and no range, the second."""
    money = value_of(match)
    if money is None and match["low"]:
        again = AMOUNT.match(text, match.end("low") + 1)
        if again is None or (money := value_of(again)) is None:
            return None
        match = again
    if money is None:
        return None
    start = match.start("core") if match["before"] and "¥" not in match["before"] else match.start()
    return start, match.start() + len(match[0].rstrip()), money


def _sureness(text: str, match: re.Match[str], *, follows: bool) -> float:
    """How sure these figures are money; 0 where they count something else or belong to a longer number."""
    start, end = match.start(), match.start() + len(match[0].rstrip())
    if _NO_SUM.match(text, start) or _is_other_money(text, start, end, of_yuan=bool(match["unit"])):
        return 0.0
    if match["unit"] or match["before"] or match["after"]:
        return 0.0 if _EACH.fullmatch(text[max(0, start - 1) : end]) else 0.98
    if (
        _GLUED.match(text, end)
        or is_counted(text, end)
        or text[max(0, start - 1) : start] in ("第", "尾", "-", ".")
        or _PLATE.search(text, max(0, start - 3), start)
    ):
        return 0.0
    paying = follows or _is_paid(text, start)
    if _HAN_PLACE.search(match["core"]):
        return _with_places(text, match, end, paying=paying)
    return sum_of_figures(text, start, match["core"], paying=paying, follows=follows)


def _is_other_money(text: str, start: int, end: int, *, of_yuan: bool) -> bool:
    """Whether another currency is named beside the figures; what games sell for yuan is none."""
    if of_yuan:
        return _FOREIGN.match(text, end) is not None
    return bool(_OTHER_MONEY.match(text, end) or _OTHER_BEFORE.search(text, max(0, start - 12), start))


def _is_paid(text: str, start: int) -> bool:
    """Whether the words before speak of paying, or give a price."""
    return any(pattern.search(text, max(0, start - reach), start) for pattern, reach in ((_PAYING, 16), (_PRICED, 10), (_PIECES, 10)))


def _with_places(text: str, match: re.Match[str], end: int, *, paying: bool) -> float:
    plain = match["core"].strip()
    if len(plain) < 2 or (plain in _WORDS and not paying) or _IDIOM.match(text, match.start()) or is_measured(text, match.start()):
        return 0.0
    return 0.9 if paying else 0.75 if _CLOSED.match(text, end) else 0.0
