"""Amounts in a narrative: which figures are money, and what became of it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from fanzha.engine.reading.amounts import AMOUNT, MEASURES, Money, amounts_in, looks_approximate, value_of
from fanzha.engine.reading.folding import Folded
from fanzha.engine.reading.model import Amount
from fanzha.engine.reading.money_roles import asks_fees, money_role
from fanzha.engine.reading.money_story import is_mules
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
_PIECES = re.compile(rf"(?:^|[^第])[一两二三四五六七八九十\d](?:个(?!月|人)|[{MEASURES}])[^，。；\d叫名]{{0,4}}(?<![号码群点岁年月天日楼室分元])\s?$")
_A_PIECE_AFTER = re.compile(rf"\s?(?:一|每|/)(?:个(?!月内)|[{MEASURES}])")
"""Prices: 两张内场5160, 一桌1288; 1499一瓶."""
_TO_THE_CENT = re.compile(r"[1-9]\d*(?:,\d{3})*\.\d{2}")
_OF_MONEY = re.compile("[余额扣付款账剩钱费价元收支转充欠]")
_HOTLINE = re.compile(r"110|96110|12381|12321|12315|12345|12377|95\d{3}|100\d{2}")
_DIALLED = re.compile(r"(?:打|拨|电话|报警?|致电|热线|咨询|联系)[^，。；元]{0,10}$")
_PRICED = re.compile(r"(?:买|订|租|卖|价)(?:了|个|一|[两三四五六七八九十]|\d|[只棵台件套张部双箱头盒份股枚])[^，。；\d]{0,5}$")
_COUNTED = re.compile(
    r"\s?(?:人(?!所得税)|个(?!人所得税|税)|次|粉|名|户|股|条|点|步|公?米|公?里|年|天|日|号|月|时|分钟|秒|小时|单(?!价)|笔|张|部|台|件|只|岁|位|楼|层|栋|室|期|"
    r"倍|%|％|度|级|克|斤|吨|升|兆|[MG][Bb]?|份|家|种|遍|"
    r"页|字|星|[-/:]|周|代|路|多?(?:人(?!所得税)|个(?!人所得税|税)|[次名条天年岁位])|那天|这天|情人|米|万里|比|折|楼|幢|套(?![出现走了])|平|[床袋箱瓶粒颗把顶桌双根支对辆匹罐听碗捆桶扇盏]|金(?![,，。])|毫升|公斤)"
)
_OTHER_MONEY = re.compile(
    r"\s?(?:个|枚|多个)?\s?(?:美[元金刀]|港[币元]|日元|欧元|英镑|泰铢|卢布|韩元|台币|新台币|澳元|加元|比索|USD|usd|U(?![A-Za-z])|u(?![A-Za-z])|泰达币|比特币|"
    r"以太坊|BTC|ETH|积分|"
    r"金币|点券|钻石|Q币|虚拟币|个?币)")
_EACH = re.compile(r"[元块钱]\s?一块")
"""5 元一块: a piece, not a yuan."""
_LISTED = re.compile(r"\s?[、,，和及与/]\s?(?:又|再|还有|后来|然后|接着|最后|第[一二三四五]笔)?\s?")
_SMALL = re.compile(r"(?:挣|赚|返|得|返了|赚了|挣了|给我|送|佣金|到账|提现|付|转)(?:了|到)?$")
_ALONE = re.compile(r"[,，、;；:先后再又]\d{3,7}[,，、。;；呢啊吧哦]")
_SPOKEN_OF = re.compile(r"(?:一笔一?笔|(?:出|划|刷|转|扣)[去走]|[转汇投充付打](?:了|出|入|账|款|过去|进去)|分[一二两三四五六七八九十几多\d]+[次回笔]|"
    r"搭|损失|明细|金额|多少)")
_AT_END = re.compile(r"[,，。；;、！!？?]|(?:就|都|也|才|没|不|我|他|她|说|的)[\u4e00-\u9fff]")
_SPOKEN_BEFORE = re.compile(r"(?:^|"
    r"[^号码编第尾期楼房室路牌警证卡户群站线版型区栋届零到至是为叫话线座位页])[\u4e00-\u9fff](?<![号码编第尾期楼房室路牌警证卡户群站线版型区栋届零到至是为叫话线座位页拨按打播])(?<!身高)(?<!体重)(?<!粉丝)(?<!战力)(?<!等级)(?<!尺寸)(?<!点赞)(?<!浏览)(?<!分罚)(?<!阅读)(?<!评分)(?<!库存)(?<!人数)(?<!销量)(?<!播放)(?<!关注)(?<!热度)(?<!积分)(?<!分数)(?<!重量)(?<!长度)(?<!面积)(?<!步数)$")
"""Figures after these and at the end of a clause are no money."""
_SENT_ON = re.compile(r"\s?(?:又|再)?(?:打|转|汇|存|充)(?:到|给|进|入|至|了?他|了?她)")
_STARTS_CLAUSE = frozenset(",，。;；、:")
"""21000打到6217…: figures that begin a clause and are sent somewhere."""
_LINES = re.compile(r"95\d{3}|96\d{3,4}|100\d{2}|123\d{2}|1[12]\d")
_HAN_PLACE = re.compile(r"[万萬千仟百佰wWkK]")


_BEGINS = re.compile(rf"(?:^|[，,、。；;！\s])$|{_SPOKEN_BEFORE.pattern}")


@dataclass(frozen=True)
class FoundAmount:
    """An amount and its place in the folded text."""

    start: int
    end: int
    amount: Amount


def find_amounts(folded: Folded, taken: Taken, *, bare: bool) -> list[FoundAmount]:
    """Amounts of yuan in the order of the text, outside of what is already something else (folded places). `bare`: those that are figures alone, else the others."""
    text, found = folded.text, []
    listed, before, fees, mules = -1, None, asks_fees(text), is_mules(text)
    for match in amounts_in(text):
        is_bare = not (match["unit"] or match["before"] or _HAN_PLACE.search(match["core"]) or match["after"])
        if is_bare is not bare or taken.overlaps(*match.span()):
            continue
        follows = 0 <= listed <= match.start() and _LISTED.fullmatch(text[listed : match.start()]) is not None
        sure = _sureness(text, match, follows=follows)
        stated = _stated(text, match) if sure else None
        if stated is None:
            continue
        start, end, money = stated
        listed = end
        role, is_total, how_sure = money_role(text, start, end, before, fees=fees, mules=mules)
        before = (end, role)
        begins, ends = folded.span(start, end)
        approximate = money.approximate or looks_approximate(text, start, end)
        confidence = round(sure * (0.7 + 0.3 * how_sure), 3)
        amount = Amount(begins, ends, folded.original[begins:ends], money.fen, role, approximate, is_total, confidence)
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
    end = match.end()
    if _OTHER_MONEY.match(text, end) or re.match(r"[A-Za-z0-9]", text[end : end + 1]):
        return 0.0
    if match["unit"] or match["before"] or match["after"]:
        return 0.0 if _EACH.fullmatch(text[max(0, match.start() - 1) : match.end()]) else 0.98
    if _COUNTED.match(text, end) or text[max(0, match.start() - 1) : match.start()] in ("第", "尾", "号", "-", "+", "."):
        return 0.0
    if _HAN_PLACE.search(match["core"]):
        return _with_places(text, match, paying=follows or _is_paid(text, match.start()))
    return _plain_figures(text, match, paying=follows or _is_paid(text, match.start()))


def _is_paid(text: str, start: int) -> bool:
    """Whether the words before speak of paying, or give a price."""
    return any(pattern.search(text, max(0, start - reach), start) for pattern, reach in ((_PAYING, 16), (_PRICED, 10), (_PIECES, 10)))


def _with_places(text: str, match: re.Match[str], *, paying: bool) -> float:
    plain = match["core"].strip()
    lone_word = plain in ("万", "千", "百", "亿", "千万", "百万", "十万", "万千", "百千") and not paying
    return 0.0 if lone_word or (len(plain) < 2) else 0.9 if paying else 0.75 if _closes(text, match.end()) else 0.0


def _plain_figures(text: str, match: re.Match[str], *, paying: bool) -> float:
    core, end = match["core"], match.end()
    if not core[0].isdigit() or (_HOTLINE.fullmatch(core) and _DIALLED.search(text, max(0, match.start() - 14), match.start())):
        return 0.0
    closes = _closes(text, end)
    if closes and paying:
        return _paid_figures(text, match)
    if closes and _TO_THE_CENT.fullmatch(core) and _OF_MONEY.search(text, max(0, match.start() - 8), match.start()):
        return 0.8
    if _A_PIECE_AFTER.match(text, end) and core.isdigit() and 2 <= len(core) <= 6 and core[0] != "0" and _BEGINS.search(text, max(0, match.start() - 8), match.start()):
        return 0.7
    if _SENT_ON.match(text, end) and core.isdigit() and 3 <= len(core) <= 7 and core[0] != "0" and text[match.start() - 1 : match.start()] in _STARTS_CLAUSE:
        return 0.7
    if _round_at_end(text, match):
        return 0.6
    return 0.7 if _ALONE.fullmatch(text[match.start() - 1 : end + 1]) and _SPOKEN_OF.search(text, max(0, match.start() - 28), match.start()) else 0.0


def _paid_figures(text: str, match: re.Match[str]) -> float:
    """Figures behind a word of paying; no hotline that was called, no extension (转8006)."""
    core = match["core"]
    before = text[match.start() - 1 : match.start()]
    if (_LINES.fullmatch(core) and before in ("打", "拨", "了", "到", "话")) or (before == "转" and text[match.start() - 2 : match.start() - 1].isdigit()):
        return 0.0
    digits = re.sub(r"[,.]", "", core)
    small = len(digits) == 2 and _SMALL.search(text, max(0, match.start() - 6), match.start())
    return 0.8 if (3 <= len(digits) <= 7 and not core.startswith("0")) or "." in core or small else 0.0


def _round_at_end(text: str, match: re.Match[str]) -> bool:
    """Whether three to six figures that end in 0 close their clause after a word that measures or numbers nothing: 卖家要我先付清6800。"""
    core = match["core"]
    plain = core.isdigit() and 3 <= len(core) <= 6 and core[0] != "0" and core[-1] == "0"
    return plain and bool(_AT_END.match(text, match.end()) and _SPOKEN_BEFORE.search(text, max(0, match.start() - 8), match.start()))


def _closes(text: str, end: int) -> bool:
    """Whether what follows lets an amount end here."""
    return not re.match(r"[A-Za-z0-9@*._]", text[end : end + 1]) and not re.match(r"\s?[-·]\s?\d|\s\d", text[end : end + 3])
