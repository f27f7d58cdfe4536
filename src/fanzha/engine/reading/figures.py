"""Figures without a unit: money by default where they have the size of a sum, unless something says what else they are.

In a report of a fraud a free number of three to six figures is nearly always a sum; what is none stands before a word that counts, behind a word that
numbers or measures, or is a piece of a longer number. Smaller numbers are money only behind a word of giving or taking.
"""

from __future__ import annotations

import re

from fanzha.engine.reading.amounts import MEASURES

COUNTED = re.compile(
    r"[多几来余]?(?:个(?!人所得税|人养老|税|体|啥)|人(?!所得税|家|民|工)|次(?!日)|粉|名|户(?!头|名|里)|股(?!东|市)|条(?!件)|(?<!多)点(?!击|开|进|了|我|的提)|步|公?米|公里|"
    r"年(?!底|初|化|前|后|利)|天(?!天|然)|日(?!后|前|付|利|息)|号|月(?!底|初|供|息|付)|分钟|小时|钟头|单(?!价|位|子|独|笔|方)|笔|张(?!某|总|姓|老师|先生|女士|经理)|部(?!分|队)|"
    r"台(?!湾|州)|件|只(?!有|能|是|剩|给|退|好|返|到|收|要|付|转|提|够)|岁|位(?!于)|楼|层|栋|室|房|厅|区|期(?!货|间|权|限)|倍|%|％|度(?!小满)|级|克|斤|吨|升(?![级到至为成VS“”一二三四五六七八九十])|兆|"
    r"[MG][Bb]?(?![a-z])|份|家(?!人|里|属|长|具|庭)|种|遍|页|章(?!某)|票(?![据务价])|礼包|豆(?!瓣)|两(?=[,，。;；”\"])|集|关(?!闭|机)|局|字|星(?!期)|[-/:](?!\d{2,6}\s?[元块])|周(?!转|[一二三四五六日末])|代(?!办|理|付|购|充|替|买|扣)|路(?!费|上)|"
    r"那天|这天|情人|万里|比(?!较|特)|折(?!合|算|现)|幢|套(?![出现走了]|路)|平(?!台|时)|分(?![一二两三四五六七八九十几多\d别批期次笔成付作为红])|"
    r"秒(?![到杀批没退拍])|[床袋箱瓶粒颗顶桌双辆匹罐碗捆桶扇盏盆首具棵组朵枚列封束头](?!一|天|回|上)|根(?!据|本)|支(?!付|援|取)|把(?!钱|我|他|她|卡|这|那)|听(?!说|他|她)|盒(?!马)|"
    r"对(?!方|公|面|账|接|冲)|手(?!机|续|里|上|头|把|工|术)|金(?![,，,。])|毫升|开头|打头|结尾|光点|转警|指令|附近|医院|急救(?:电话|中心)|国道|省道|公交|线(?!上|下)|频道|热线|[这那]只)"
)
"""What stands behind figures that count something; with what the same sign may begin instead (支付, 家里)."""
_SUM = re.compile(r"[1-9]\d{2,5}|\d{1,3}(?:,\d{3})+(?:\.\d{1,2})?|[1-9]\d{3,}\.\d{2}")
_SMALL_SUM = re.compile(r"[1-9]\d|[1-9]\d*\.\d{1,2}|[1-9]\d{4}00|[二三四五六七八九]?十[一二三四五六七八九]?")
_HANDED = re.compile(
    r"(?:(?:挣|赚|返|得|送|领|垫|花|给|收|退|扣|补|充|提|付|转|交|投|回|减|便宜|借|套|佣金|到账|提现|收到|过(?=[咗了])|发|赔|打|变|结|免|另[算付加]|(?<![支付提])出|佢话|一(?:小时|钟头))(?:了|来|咗|哒|咯|我|俺|他|她|佢|到|个)?|[费金价](?:要|是|付)?[,，:\s]?|宝到了|第[一二三四五六七八九十\d][单笔次])$"
)
"""Words of giving and taking that make even two figures a sum."""
_NUMBERED = re.compile(
    r"(?:第|[^卖买租收的挂]号码?|编号|尾号?|[^扫]码|[#№.*$·]|(?<!\d)\+|(?<!\d)1:|\.\d{1,3}:|邮编|刑初|民初|执|型号|备注|附言|口令|密码|端口|代码|股票|区服|尺码|版本|版|USDT|U|ID|id|QQ|GPS|ERROR|酒店|宾馆|单元|门牌|[\dA-Za-z一二三四五六七八九十][栋座幢排]|接|拨打|打那个|(?<!\d:\d)(?<!\d{12})\d转|隔壁|楼[上下]|公寓)"
    r"[是为叫写成:\s“”\"(]{0,3}$|尾号[^，。；\d]{0,6}$"
)
_MEASURED = re.compile(
    r"(?:[水油电气]表|考了?|格口|存储|显卡|排到|排队|好友|群友|学员|[KＫk]线|大盘|指数|(?<![一每])(?:总|评)?分数?|成绩|排名|名次|血压|血糖|心率|时速|气温|海拔|容量|像素|排量|功率|电压|内存|示数|经验值?|转发|评论|收藏|批次|批号|车次|分机|区号|(?<!档)位数?|芝麻分?|信用[分值]?|信誉[分值]?|征信|评级|积分|等级|段位|战斗?力值?|攻击力?|防御力?|身高|体重|粉丝|点赞|浏览量?|阅读量?|库存号?|人数|销量|播放量?|关注|热度|里程表?|读数|点位|杠杆|面积|步数|点券(?:余额)?|金币|流量|度数|后头?几位[^，。]{0,8},?|红线|低于|不满)"
    r"(?:只?有|已有|还有|才|为|是|显示|低于|高于|不足|从|扣到|降到|提升?[高至到]|满|须|刷到|将由|达到?|至|[:,，\s])?$"
)
_LIST_OF_NUMBERS = re.compile(r"(?:输入|[^扫]码|[议案文警工学单票编区房尾件订]号)[\d、,\s先后和及是为:“”\"-]{0,20}$")
_LINE = re.compile(r"110|96110|12[13]\d{2}|95[15]\d{2}|1008\d|1001[01]|10000")
_DIALLED = re.compile(r"(?:打|拨|电话|报警?|致电|热线|咨询|联系)[^，。；元]{0,10}$")
_WELL_KNOWN = frozenset({"360", "5173", "1688", "7881", "4399", "8684", "400"})
"""Names of services that are written in figures."""
_CODE = re.compile(r"\d{5}[1-9]")
"""Six figures that are not round and not paid number something; so do those of a share."""
_SHARE = re.compile(r"(?:60[0135]|688|30[01])\d{3}(?<!00)")
_YEAR = re.compile(r"20[12][1-9]")
_PRICE_OF_ONE = re.compile(rf"\s?(?:一|每|/)(?:个(?!月内)|[{MEASURES}])")
"""1499一瓶."""
_NAMED_AFTER = re.compile(r"\s?(?:[\u4e00-\u9fff]{0,2}[费税]|押金|定金|保证金|门票|红包)(?!用)")
"""50换绑费, 30门票: what is paid stands behind."""
_TO_SUM = re.compile(r"\s?-\s?\d{2,6}\s?[元块]")
"""300-800元: the lower end of sums."""
_GROUPS_BEFORE, _GROUPS_AFTER = re.compile(r"[\d -]*$"), re.compile(r"[\d -]*")
_MOST_BEFORE = 20
_OPENS, _SHUTS = '“"‘「(〔[', '”"’」)〕]'


def is_counted(text: str, end: int) -> bool:
    """Whether what follows says that the figures count something."""
    return COUNTED.match(text, end) is not None


def is_measured(text: str, start: int) -> bool:
    """Whether what stands before says that the figures measure something."""
    return text[start - 1 : start] != "分" and _MEASURED.search(text, max(0, start - _MOST_BEFORE), start) is not None


def sum_of_figures(text: str, start: int, core: str, *, paying: bool, follows: bool) -> float:
    """How sure figures without a unit (at `start`, not counting anything) are a sum; 0 where they are none. `paying`: a word of paying stands before."""
    end = start + len(core)
    if _TO_SUM.match(text, end) and _SUM.fullmatch(core):
        return 0.8
    if not _closes(text, end) or _is_number(text, start, end, core, paying=paying):
        return 0.0
    if _SUM.fullmatch(core):
        return 0.8 if paying or follows else 0.7
    told = (
        follows
        or _HANDED.search(text, max(0, start - 8), start)
        or _PRICE_OF_ONE.match(text, end)
        or _NAMED_AFTER.match(text, end)
        or (paying and len(core) > 3)
    )
    small = _SMALL_SUM.fullmatch(core) and told
    return 0.75 if small else 0.0


def _is_number(text: str, start: int, end: int, core: str, *, paying: bool) -> bool:
    """Whether the figures number or measure something, or belong to a longer number."""
    low = max(0, start - _MOST_BEFORE)
    if any(pattern.search(text, low, start) for pattern in (_NUMBERED, _MEASURED, _LIST_OF_NUMBERS)):
        return True
    if _LINE.fullmatch(core) and (not paying or _DIALLED.search(text, low, start)):
        return True
    if _SHARE.fullmatch(core) or (not paying and _CODE.fullmatch(core)):
        return True
    enclosed = text[start - 1 : start] in _OPENS and text[end : end + 1] in _SHUTS and start > 0 and end < len(text)
    closed = re.match(r"[,，。;；、]", text[end : end + 1]) is not None
    if not paying and (enclosed or (not closed and (core in _WELL_KNOWN or _YEAR.fullmatch(core)))):
        return True
    return _is_piece(text, start, end, paying=paying)


def _is_piece(text: str, start: int, end: int, *, paying: bool) -> bool:
    """Whether groups of figures beside it make it a part of a number: a list of sums has none that begins with 0 or is short, nor all of one length."""
    before = _GROUPS_BEFORE.search(text, max(0, start - 24), start)
    after = _GROUPS_AFTER.match(text, end, end + 24)
    whole = (before[0] if before else "") + text[start:end] + (after[0] if after else "")
    groups = whole.split()
    if len(groups) < 2:
        return "-" in whole
    sums = all(group.isdigit() and 3 <= len(group) <= 6 and group[0] != "0" for group in groups)
    return not sums or (not paying and len({len(group) for group in groups}) == 1)


def _closes(text: str, end: int) -> bool:
    """Whether what follows lets figures end here."""
    return not re.match(r"[A-Za-z0-9@*._:/]|\s?[-·]\s?\d", text[end : end + 3])
