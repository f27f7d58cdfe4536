"""Names of apps that stand without quotes: what calls, installs, enters or answers with one, and where the name ends.

A cue says that a name may begin here; the name ends before a stop, a word for an app, a place inside (里, 上头) or a verb. A candidate that holds a word of
grammar, or that is made of words of every day (`ordinary.txt`) and names of known services, is no name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources

from fanzha.engine.reading.platforms import shipped_platforms

_NOUN = r"(?:APP|聊天工具|(?<![A-Za-z])[Aa]pp|APK|apk|软件|软体|应用程序|应用|客户端|小程序|程序|平台|交易所|钱包|理财产品)"
_THING = rf"(?:{_NOUN}|东西|(?<![优键地磁硬光])盘(?!点|问|查))"
_FILLS = (
    r"(?:\s|并?安装|并?登录|并?打开|并?注册|并?使用|了|过|好|的|一个|一款|一种|两[个款]|[个款]|那[个款]|这[个款]|什么|啥子?|么子|嘞|勒|咗|咾|仔|到|上(?=一?个)|"
    r"名[为叫]|叫[做作]?|"
    r"(?:他|她|对方|客服|其)(?:们)?(?:发来|提供|推荐|开发|给|发|说)的?|所谓的?|手机|安卓|:){0,5}+"
)
_HEARD = r"(?:[啥什][子么]?来着|[啥什]么?(?:名字)?)?(?:[,，]?\s?(?:哦|噢|喔|对|嗯|好像是?|像是|大概是?|记得是?))?[,，]?\s?(?:叫[做作]?|是)?"
_CUES = re.compile(
    rf"(?P<called>(?:{_THING}|"
    rf"图标)(?:[^，。！？!?;；“”\"「叫名人他她群]{{0,8}}[,，])?[^，。！？!?;；“”\"「叫名人他她群师服]{{0,8}}(?:名[字称]?\s?(?:好像)?(?:叫[做作]?|[是为:])|"
    rf"名[叫为]|叫[做作]?(?:个|的)?)\s?{_HEARD}"
    rf"|(?:软件|APP|[Aa]pp|小程序|安装包)(?:的?名[字称]?)?(?:就?是|为|叫|:)\s?|(?:软件|APP|[Aa]pp)的?名[字称]\s?|平台(?:名称?(?:为|是|:)|:)\s?"
    r"|(?<![喊他她我])(?<!他们)(?:(?:一|那|这)[个款种]|有个|有款|所谓)\s?(?:名?叫[做作]?(?:个)?|名为)\s?)"
    rf"|(?P<put>(?:下载|安装(?!包)|卸载|删(?:除|掉|了)){_FILLS}(?:(?:QQ|微信|支付宝|腾讯会议)\s?[、和跟与]\s?)?(?:{_NOUN}(?:名?叫[做作]?|名为|:)?)?)"
    rf"|(?P<load>(?:(?<![地楼乡脚手底余剩一当以之名旗如拍买订拿租看留写签存接放丢扔欠打定记打])下|(?<![西服包伪假安组改精吃武军男女着盛])装)(?:了一?[个款]|"
    rf"一?[个款](?![月星礼周])|上了?一?[个款]|的(?:是|叫)|咗[个只]?|[嘞勒]?[啥个](?![月星礼周])|完是|完叫){_FILLS}|"
    rf"(?<![冒费作信应利使可享惯雇租采])用(?:[的嘞勒](?:是|叫|啥子?)|[了的]?一?[个款]){_FILLS})"
    rf"|(?P<apart>(?:(?:会议|聊天|通讯|通信|交易|投资|购物|贷款|借款|社交|交友|婚恋|直播|视频|理财|炒股|办公|刷单|虚假|挣钱|赚钱|博彩|赌博|贷|小)(?:软件|平台|"
    rf"程序|APP|[Aa]pp|应用|客户端)|(?<![A-Za-z])(?:APP|[Aa]pp)|交易所|小程序|(?<![号户])平台(?:就?是))(?:的)?\s?[（(]?)"
    r"|(?P<shown>(?:手机|桌面)(?:上|里)?(?:的|出现(?:了)?(?:一个)?|多了(?:一?个)?)|装完?(?:好|后|以后)?(?:就)?显示)"
    r"|(?P<listed>、)"
    r"|(?P<start>(?<![^，。；,;！？\n的:：个该把])(?=[A-Za-z0-9\u4e00-\u9fff]{2,8}?(?:APP|(?<![A-Za-z])[Aa]pp|这[个款]软件|软件|[卸删]|\.apk)))"
    r"|(?P<bareput>(?<![地楼乡脚手底余剩当以之名旗如拍买订拿租看留写签存接放丢扔欠打定记])下(?!单|班|午|楼|面|次|来|去|线|架|注|款)|"
    r"(?<![西服包伪假安组改精吃武军男女着盛])装(?!修|作|配|货|车))"
    r"|(?P<move>(?:换|搬家?|转|跳|挪|移|迁)(?:到|去|至)|转战|统一到|都到)"
    r"|(?P<asked>(?:软件|平台|APP|[Aa]pp|[在从]哪里?|用(?:的)?(?:什么|啥)|什么渠道)[^。？?！!\n]{0,12}[？?]\s?[^：:，。？?\n]{1,4}[：:](?:(?:就)?(?:在)?(?:手机|"
    r"电脑|网|微信)上?(?:的|搜的)?[,，]?|(?:好像)?(?:叫[做作]?|是|在|用(?:的)?)(?:个|一个|那个|什么|啥)?)?\s?)"
    r"|(?P<enter>(?<![冒费作信应利使可享惯雇租])(?:用|玩)|在(?!线)|(?<![收达找看听接])到|去|通过|使用|经由|登录|打开|进入?(?!行)|加入|推荐(?!人)我?去?|讲|说(?!法))"
)
_NAME = r"[A-Za-z0-9\u4e00-\u9fff+-]"
_STOP = r"[,，。、；;:：)）(（】\]…！!？?\n\s]|$"
_INNER = r"(?:里面|里头|里边|里厢|内|里|上面|上头|上(?!海|市))"
_SUBJECT = rf"(?:的|这[个款]|那[个款]|手机|安卓|苹果|视频)?(?:{_NOUN}|图标|东西)"
_ACT = (
    r"(?:开(?:共享|屏|视频|会)|共享|后|之后|以后|然后|并|和|跟|与|及|进行|聊天|联系|联络|沟通|私聊|投资|投入|充值|充钱|买|购|申请|办理|下单|拼单|下注|注册|登录|"
    r"开户|炒|赚|挣|操作|指挥|下达|发布|派单|接单|做任务|做单|抢单|转账|贷|借款?了?|借钱|共享|看看|看行情|"
    r"视频|直播|结识|认识|相识|质押|提现|入金|订|交易|跟我|给我|让我|要我|叫我|(?:就|都|也|把|要|说|让)|收取|出售|领|聊|卸|删)"
)
_OPEN, _CLOSE = "[“\"「『《【‘']?", "[”\"」』》】’']?\\s?"
_HARD = re.compile(rf"{_OPEN}(?P<name>[A-Za-z][A-Za-z0-9]*(?: [A-Za-z0-9]+){{1,2}}|{_NAME}{{2,12}}?){_CLOSE}(?:(?P<noun>(?:等|两[款个])*{_SUBJECT}|\.apk)|"
    rf"(?P<inner>{_INNER})(?!当|门)|(?P<stop>{_STOP}))")
_SOFT = re.compile(rf"{_OPEN}(?P<name>{_NAME}{{2,8}}?){_CLOSE}(?:(?P<noun>{_SUBJECT})|(?P<inner>{_INNER})|(?P<act>{_ACT}))")
_TOLD = re.compile(r"[（(][^）)]{0,6}(?:非官方|仿冒|冒用|假冒|山寨|APP|app|软件|网址|网站|链接|版|不是)")
"""What a text adds in brackets after the name of an app."""
_GRAMMAR = re.compile(
    r"[的了是在把让叫我你您他她它这那其给被将从向而又也都还就才已吗呢吧啊着个们么谁啥哪怎没不要有说到去某于俺伊佢嘅咗阿以为对因由按称该于]|开[共屏视会]|共享|"
    r"^[开看听做点免交后再试达线和与及]|^名[字称]|^[字完]|^(?:下载|安装|使用|加入|进入|打开|登录|进行|稍后|即可|添加)|下载|安装|等|通过|添加|回复|退订|进行|"
    r"可以|女士$|先生$|小姐$|[请您并或]|.[和与及].|过$|银行$|自己|一[下次些直起样条张份]|[两三四五六七八九十几多\d][次笔天块元万千百单号]|尾号"
)
_LATIN = re.compile(r"[A-Za-z][A-Za-z0-9+-]{2,}(?:[\u4e00-\u9fff]{1,4})?|[A-Za-z0-9\u4e00-\u9fff]*[\u4e00-\u9fff][A-Za-z][A-Za-z0-9\u4e00-\u9fff]*")
_TYPICAL = re.compile(
    r"(?:通|宝|宝盒|盒子|贷|借|花|汇|投|盾|会议|会话|约|秀|缘|财富|资本|国际|助手|优选|商城|钱包|管家|卫士|视讯|钱庄|易购|优品|数藏|农场|牧场|交易所|量化|云|享|"
    r"信|盈|赢|侠|密|觅|语|聊|蜜|潮|圈|淘|拼|链|币|智投|"
    r"金服|基金|证券|快讯|花园|直播|同城|世家|之家|严选|平台|猫|狗|鸟|鱼|派|吧|极速版|专业版)$"
)
_PLACE = re.compile(
    r"(?:[省市县区镇乡村路街店楼厅室车院校所站场城山岛屯湾口家处局部队司厂港机柜卡号群码人员上下内外中里]|银行|分行|支行|公司|时候|方面|法院|学校|医院|ATM|atm|"
    r"POS机?|KTV|WiFi|GPS|GOIP)$",
    re.IGNORECASE,
)
_SHOWN = re.compile(r"[这那手安苹]|\.apk|的?(?:APP|[Aa]pp)")
_CHATS = re.compile(r"群|聊|软件|微信|QQ")
_LONGEST_HAN = 8
_SAYING = ("called", "put", "load")
"""Cues that say by themselves that an app is meant."""


@dataclass(frozen=True)
class Named:
    """A candidate that holds: [start, end) of the folded text."""

    start: int
    end: int
    confidence: float


def named_apps(text: str) -> Iterator[Named]:
    """Names without quotes, each where it is first met, in the order of their cues; candidates may overlap."""
    for cue in _CUES.finditer(text):
        kind = str(cue.lastgroup)
        found = _name_at(text, cue.end(), kind)
        if found is not None:
            yield found
            yield from _another(text, found, kind)


def _another(text: str, first: Named, kind: str) -> Iterator[Named]:
    """The second of two that are installed: 蝙聊和纸飞鸽."""
    joined = re.compile(r"\s?[和跟、及与]\s?").match(text, first.end) if kind in ("called", "put", "load") else None
    second = _HARD.match(text, joined.end()) if joined else None
    if second is not None and second["noun" if joined and "、" in joined[0] else "name"] and not _GRAMMAR.search(second["name"]) and not is_ordinary(second["name"], 0):
        yield Named(second.start("name"), second.end("name"), first.confidence - 0.05)


def _name_at(text: str, start: int, kind: str) -> Named | None:
    """The name that begins at `start`: the reading that ends before a stop or a word for an app, else the one that ends before a verb."""
    for pattern in (_HARD, _SOFT):
        found = pattern.match(text, start)
        if found is not None and _holds(text, found, kind):
            name = found["name"]
            end = found.end("name") - (1 if kind == "move" and name.endswith("聊") and len(name) > 2 else 0)
            return Named(found.start("name"), end, 0.8 if kind in ("called", "put", "apart") else 0.7)
    return None


def _holds(text: str, found: re.Match[str], kind: str) -> bool:
    """Whether what stands at a cue of this kind is a name: no word of grammar, not of every day, no place; and as much more as the cue is weaker."""
    name, noun = found["name"], found["noun"]
    if _GRAMMAR.search(name) or re.fullmatch(_NOUN, name) or name.isdigit() or (len(name) > _LONGEST_HAN and not name.isascii()):
        return False
    looks = bool(_LATIN.fullmatch(name) or (_TYPICAL.search(name) and len(name) > 2))
    if is_ordinary(name, 0 if looks or kind in _SAYING or kind == "apart" else 1) or (_PLACE.search(name) and not (looks or noun)):
        return False
    told = _TOLD.match(text, found.end("name")) or _TOLD.match(text, found.end("name") + 1)
    return _enough(text, found, kind, looks=looks, told=told is not None)


def _enough(text: str, found: re.Match[str], kind: str, *, looks: bool, told: bool) -> bool:
    """What a cue of this kind asks for besides."""
    noun, inner, hard, long = found["noun"], found["inner"], found.re is _HARD, len(found["name"]) > 2
    if kind in _SAYING:
        return hard or looks or long or found["act"] in (None, "后", "之后", "以后")
    shown = noun is not None and long and _SHOWN.match(noun) is not None
    asks = {
        "asked": hard and not inner,
        "move": looks or told or bool(noun) or _CHATS.search(text, max(0, found.start() - 24), found.start()) is not None,
        "apart": looks or told or bool(inner),
        "bareput": told or looks,
        "shown": looks,
        "listed": noun is not None,
        "start": looks if text.startswith(("卸", "删"), found.end("name")) else shown or (noun is not None and long and looks),
        "enter": told or (looks and bool(noun or inner or not hard)) or shown,
    }
    return asks[kind]


@cache
def _every_day() -> re.Pattern[str]:
    lines = resources.files("fanzha.engine.reading").joinpath("ordinary.txt").read_text("utf-8").splitlines()
    words = {word.lower() for line in lines if not line.startswith("#") for word in line.split()} | shipped_platforms().names
    return re.compile("|".join(sorted(map(re.escape, words), key=len, reverse=True)), re.IGNORECASE)


def is_ordinary(name: str, left_over: int) -> bool:
    """Whether at most `left_over` characters of it belong to no word of every day."""
    return len(_every_day().sub("", name)) <= left_over
