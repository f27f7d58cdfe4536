"""Names of apps that stand without quotes: what calls, installs, enters or answers with one, and where the name ends.

A cue says that a name may begin here; the name ends before a stop, a word for an app, a place inside (里, 上头) or a verb. A candidate that holds a word of
grammar, or that is made of words of every day (`ordinary.txt`) and names of known services, is no name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources
from itertools import chain

from fanzha.engine.reading.platforms import shipped_platforms

_NOUN = r"(?:APP|聊天工具|(?<![A-Za-z])[Aa]pp|APK|apk|软件|软体|应用程序|应用|客户端|小程序|程序|平台|交易所|钱包|理财产品)"
_THING = rf"(?:{_NOUN}|东西|(?<![优键地磁硬光])盘(?!点|问|查))"
_KINDS = (
    r"(?:会议|聊天|通讯|通信|交易|投资|购物|贷款|借款|借贷|网贷|社交|交友|婚恋|相亲|约会|同城|直播|视频|短视频|短剧|影视|理财|炒股|股票|证券|基金|期货|外汇|黄金|炒币|数字|数藏|藏品|虚拟币|办公|"
    r"刷单|做单|抢单|派单|接单|任务|点赞|兼职|返利|抢购|挣钱|赚钱|博彩|赌博|彩票|棋牌|娱乐|下注|游戏|养老|健康|助农|医疗|教育|招聘|租房|代购|拍卖|充值|认证|验证|退费|清退|监管|远程|控制|投屏|共享|"
    r"加密|保密|安全|即时|语音|专用|专属|内部|境外|国外|国际|海外|虚假|假冒|仿冒|山寨|陌生|手机|第三方|所谓|的|贷|小|新)"
)
"""What kind of an app it is, before the word for an app: 短剧软件, 境外聊天软件."""
_FILLS = (
    r"(?:\s|并?安装|并?登录|并?打开|并?注册|并?使用|了|过|好|的|一个|一款|一种|两[个款]|[个款]|那[个款]|这[个款]|什么|啥子?|么子|嘞|勒|咗|咾|仔|到|上(?=一?个)|"
    r"名[为叫]|叫[做作]?|"
    r"(?:他|她|对方|客服|其)(?:们)?(?:发来|提供|推荐|开发|给|发|说)的?|所谓的?|手机|安卓|:){0,5}+"
)
_HEARD = r"(?:[啥什][子么]?来着|[啥什]么?(?:名字)?)?(?:[,，]?\s?(?:哦|噢|喔|对|嗯|好像是?|像是|大概是?|记得是?))?[,，]?\s?(?:叫[做作]?|是)?"
_NO_OBJECT = r"[载单班午楼面次来去线架注款车跪手修作配货]"
"""What follows 下 or 装 where nothing is installed: 下单, 下班, 装修."""
_CALLS = re.compile(
    rf"(?P<called>(?:{_THING}|"
    rf"图标)(?:[^，。！？!?;；“”\"「叫名人他她群]{{0,8}}[,，])?[^，。！？!?;；“”\"「叫名人他她群师服]{{0,8}}(?:名[字称]?\s?(?:我?记得|我?印象中?|好像|大概|应该)?(?:叫[做作]?|[是为:])|"
    rf"名[叫为]|叫[做作]?(?:个|的)?)\s?{_HEARD}"
    r"|(?:软件|APP|[Aa]pp|平台)[?？]\s?(?:就|好像)?(?:叫(?:什么|啥子?)?|是)\s?|(?:软件|APP|[Aa]pp)的?名[字称]我?(?:记得|印象中)(?:好像)?(?:叫|是)\s?"
    rf"|(?:软件|APP|[Aa]pp|小程序|安装包)(?:的?名[字称]?)?(?:就?是|为|叫|:|】)\s?|(?:软件|APP|[Aa]pp)的?名[字称]\s?|平台(?:名称?(?:为|是|:)|:)\s?"
    r"|(?<![喊他她我])(?<!他们)(?:(?:一|那|这)[个款种]|有个|有款|所谓)\s?(?:名?叫[做作]?(?:个)?|名为)\s?)"
)
_CUES = re.compile(
    rf"(?P<put>(?:下载|安装(?!包)|卸载|删(?:除|掉|了)){_FILLS}(?:(?:QQ|微信|支付宝|腾讯会议)\s?[、和跟与]\s?)?(?:{_KINDS}{{0,3}}{_NOUN}(?:名?叫[做作]?|名为|:)?)?)"
    rf"|(?P<load>(?:(?<![地楼乡脚手底余剩一当以之名旗如拍买订拿租看留写签存接放丢扔欠打定记打])下|(?<![西服包伪假安组改精吃武军男女着盛])装)(?:了一?[个款]|"
    rf"一?[个款](?![月星礼周])|上了?一?[个款]|的(?:是|叫)|咗[个只]?|[嘞勒]?[啥个](?![月星礼周])|完是|完叫){_FILLS}|"
    rf"(?<![冒费作信应利使可享惯雇租采])用(?:[的嘞勒](?:是|叫|啥子?)|[了的]?一?[个款]){_FILLS})"
    rf"|(?P<via>(?:走|用|上|到|去|在|进)平台\s)|(?P<apart>(?:{_KINDS}{{1,3}}(?:软件|平台|"
    rf"程序|APP|[Aa]pp|应用|客户端)|(?<![A-Za-z])(?:APP|[Aa]pp)(?!\s?[Ss]tore)|交易所|"
    rf"小程序|(?<![号户])平台(?:就?是|(?=[A-Za-z])))(?:的?名[字称]?|的)?\s?[（(]?)"
    r"|(?P<shown>(?:手机|桌面)(?:上|里)?(?:就|又|还|突然)?(?:的|出现(?:了)?(?:一个)?|多了(?:一?个)?)|装完?(?:好|后|以后)?(?:就)?显示|(?:图标|桌面|界面|屏幕)[^。；;\d]{{0,12}}?(?:写着|标着|显示着?))"
    rf"|(?P<bid>(?:让|叫|喊|要|帮|给|教|催|求|引导|诱导|指导)(?:我|俺|他|她|其|佢|伊|阿拉|受害人|报警人|事主|被害人)(?:们|再|先|去|又|也|都|赶紧){{0,2}}"
    rf"(?:下|装)(?!{_NO_OBJECT})(?![了好]?一?[个款])(?:[了好]?[那这][个款])?)"
    r"|(?P<some>(?:有|是|多|装|下)了?一?个(?:什么|啥子?|么子|[嘞勒])|有[个款](?:软件|平台|APP|[Aa]pp|小程序))"
    r"|(?P<kind>一款|(?:仿冒|假冒|山寨)的?|(?<![喊他她我师友总])(?<!他们)叫[做作]?(?:什么|啥子?|个)?\s?)"
    r"|(?P<listed>、)"
    r"|(?P<start>(?:(?<=后来)|(?<![^，。；,;！？\n的:：个该把]))(?=[A-Za-z0-9\u4e00-\u9fff]{2,8}?(?:APP|(?<![A-Za-z])[Aa]pp|这[个款]软件|软件|[卸删]|\.apk|[就也又]?(?:打不开|登不上|登不了|登录不了|进不去|上不去)|[（(](?:假|仿冒|山寨)?(?:APP|[Aa]pp|软件)|(?:上面?|里面?|里头)(?:还?显示|还有|的余额))))"
    r"|(?P<bareput>(?<![地楼乡脚手底余剩当以之名旗如拍买订拿租看留写签存接放丢扔欠打定记])下(?![载单班午楼面次来去线架注款车跪手])(?:[了好]?[那这][个款]|[了好]?)|"
    r"(?<![西服包伪假安组改精吃武军男女着盛])装(?!修|作|配|货|车)(?:了?[那这][个款]|了?))"
    r"|(?P<move>(?:换|搬家?|转|跳|挪|移|迁)(?:到|去|至)|转战|统一到|都到)"
    r"|(?P<asked>(?:软件|平台|APP|[Aa]pp|[在从]哪里?|用(?:的)?(?:什么|啥)|什么渠道)[^。？?！!\n]{0,12}[？?]\s?[^：:，。？?\n]{1,4}[：:](?:(?:就)?(?:在)?(?:手机|"
    r"电脑|网|微信)上?(?:的|搜的)?[,，]?|(?:好像)?(?:叫[做作]?|是|在|用(?:的)?)(?:个|一个|那个|什么|啥)?)?\s?)"
    r"|(?P<enter>(?:(?<![冒费作信应利使可享惯雇租])(?:用(?![品户处来于心完力餐车工人款法量电水钱卡身])|玩)|[在佇伫喺](?!线)(?:啥子?|么子|什么|一?个)?|(?<![收达找看听接])到|去|通过|使用|经由|登录|打开|进(?![行一去来货口度展步])入?|加入|推荐(?!人)(?:了|我)?[去用下装玩]?|(?<=引导)[至到]|(?<=诱导)[至到]|就是|讲|说(?!法)|"
    r"(?<![可所加])以(?![后前下上内外为便及防致])|(?<![取拿转骗划刷卷行])走(?![了到进出账]))(?:(?:境外|国外|虚假|加密|聊天|社交|通讯|通信|交友|投资|贷款|购物|直播|会议|即时|所谓的?|叫|名为){0,3}(?:平台|软件|APP|[Aa]pp|小程序|聊天工具|工具|应用)?)?+)"
)
_NAME = r"[A-Za-z0-9_\u4e00-\u9fff+-]"
_STOP = r"[,，。、；;:：)）(（】\]…！!？?\n\s]|$"
_INNER = r"(?:里面|里头|里边|里厢|内|里|上面|上头|上边|上(?!海|市)|那边|那里|那儿|那头|这边|顶头|高头|里背|里向|入面|上便)"
_SUBJECT = (
    rf"(?:(?:的(?:一[个款])?|这[个款]|那[个款]){_KINDS}{{1,2}}{_NOUN}|(?:聊天|会议|社交|交友)软件|"
    rf"(?:交易|投资|交友)平台|(?:的(?:一[个款])?|这[个款]|那[个款]|手机|安卓|苹果|视频)?(?:{_NOUN}|图标|东西|下载(?:链接|地址|二维码)|安装包))"
)
_ACT = (
    r"(?:前后|先后|担保|开(?:共享|屏|视频|会)|共享|后|之后|以后|然后|参[与加]|并|和|跟|与|及|进行|聊天|联系|联络|沟通|私聊|投资|投入|充值|充钱|买|购|申请|办理|下单|拼单|下注|注册|登录|"
    r"开户|炒|赚|挣|操作|指挥|下达|发布|派单|接单|做任务|做单|抢单|转账|贷|借款?了?|借钱|共享|看看|看行情|"
    r"视频|直播|结识|认识|相识|质押|提现|入金|订|交易|跟我|给我|让我|要我|叫我|(?:就|都|也|把|要|说|让)|收取|出售|领|聊|卸|删|(?:就|也|又)?(?:打不开|登不上|登不了|登录不了|进不去|上不去)|作为|拼|租|挂|卖|付款|结算|裸聊|刷|打赏|点单|报名|匹配)"
)
_OPEN, _CLOSE = "[“\"「『《【‘']?", "[”\"」』》】’']?\\s?"
_HARD = re.compile(rf"{_OPEN}(?P<name>[A-Za-z][A-Za-z0-9]*(?: [A-Za-z0-9]+){{1,2}}|{_NAME}{{2,12}}?){_CLOSE}(?:(?P<noun>(?:等|两[款个])*{_SUBJECT}|\.apk)|"
    rf"(?P<inner>{_INNER})(?!当|门)|(?P<stop>(?:的|来着|呢|哦)?(?:{_STOP})))")
_SOFTS = tuple(
    re.compile(
        rf"{_OPEN}(?P<name>[A-Za-z][A-Za-z0-9+-]{{2,19}}[\u4e00-\u9fff]{{0,4}}?|{_NAME}{{{least},8}}?){_CLOSE}(?:(?P<noun>{_SUBJECT})|(?P<inner>{_INNER})|(?P<act>{_ACT}))"
    )
    for least in range(2, 7)
)
"""By the least length of the name: of 小蜜直播与他人 the shortest that could end before a verb is 小蜜, the next 小蜜直播."""
_PACKED = re.compile(rf"(?<![A-Za-z0-9+-])(?P<name>{_NAME}{{2,12}}?)\.apk")
_TOLD = re.compile(r"[（(][^）)]{0,6}(?:非官方|仿冒|冒用|假冒|山寨|APP|app|软件|网址|网站|链接|版|不是)|"
    r"[,，]\s?(?:就?是)?(?:一[个款]|个)[^，,。；]{0,8}(?:软件|APP|[Aa]pp|平台|程序)")
"""What a text adds in brackets after the name of an app."""
_GRAMMAR = re.compile(
    r"^走|^[里上][头面边]|^作(?![业文品])|[上里内]$|(?<=[\u4e00-\u9fff])(?:APP|[Aa]pp)|无法|(?:平台|软件|程序|应用|交易所|客户端|工具).|.(?:后|参与|注册)|^(?:用|一款|仿冒|假冒|冒充|就是|使用|后来)|便|详细|店里|一步|举行|[的了是在把让叫我你您他她它这那其给被将从向而又也都还就才已吗呢吧啊着个们么谁啥哪怎没不要有说到去某于俺伊佢嘅咗阿以为对因由按称该于]|开[共屏视会]|共享|"
    r"^[开看听做点免交后再试达线和与及]|^名[字称]|^[字完]|^(?:下载|安装|使用|加入|进入|打开|登录|进行|稍后|即可|添加)|下载|安装|等|通过|添加|回复|退订|进行|"
    r"可以|女士$|先生$|小姐$|[请您并或]|.[和与及].|过$|银行$|自己|一[下次些直起样条张份]|[两三四五六七八九十几多\d][次笔天块元万千百单号]|尾号"
)
_SENTENCE = re.compile(r"[我你您他她它们的了吗呢]|下载|安装|使用|[里上内]$")
"""What is no part of a name even between 叫 and 的软件, where grammar is no sign: 叫友邻说的聊天软件."""
_LATIN = re.compile(r"[A-Za-z][A-Za-z0-9_+-]{2,}(?:[\u4e00-\u9fff]{1,4})?|[A-Z]{2}[\u4e00-\u9fff]{1,4}|"
    r"[A-Za-z0-9\u4e00-\u9fff]*[\u4e00-\u9fff][A-Za-z][A-Za-z0-9\u4e00-\u9fff]*")
_TYPICAL = re.compile(
    r"(?:通|宝|宝盒|盒子|贷|借|花|汇|投|盾|会议|会话|约|秀|缘|财富|资本|国际|助手|优选|商城|钱包|管家|卫士|视讯|钱庄|易购|优品|数藏|农场|牧场|交易所|量化|云|享|"
    r"信|盈|赢|侠|密|觅|语|聊|蜜|潮|圈|淘|拼|链|币|智投|"
    r"金服|基金|证券|快讯|花园|直播|同城|世家|之家|严选|猫|狗|鸟|鱼|派|吧|极速版|专业版|游|惠|返|赚|优|帮|牛|虎|熊|兔|鹿|鸽|鹰|"
    r"购物|影视|商盟|联盟|在线|速批|快贷|普惠|投顾|智选)$"
)
_DOUBLED = re.compile(r"[\u4e00-\u9fff]?([\u4e00-\u9fff])\1[\u4e00-\u9fff]?")
"""团咚咚, 恋恋同: no word of every day is like that, but for those of the list."""
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
    for cue in chain(_CALLS.finditer(text), _CUES.finditer(text)):
        kind = str(cue.lastgroup)
        found = _name_at(text, cue.end(), kind)
        if found is not None:
            yield found
            yield from _another(text, found, kind)
    for packed in _PACKED.finditer(text):
        if not _GRAMMAR.search(packed["name"]):
            yield Named(packed.start("name"), packed.end("name"), 0.85)


def _another(text: str, first: Named, kind: str) -> Iterator[Named]:
    """The second of two that are installed: 蝙聊和纸飞鸽."""
    joined = re.compile(r"\s?[和跟、及与]\s?").match(text, first.end) if kind in (*_SAYING, "bid") else None
    second = _HARD.match(text, joined.end()) if joined else None
    if second is not None and second["noun" if joined and "、" in joined[0] else "name"] and not _GRAMMAR.search(second["name"]) and not is_ordinary(second["name"], 0):
        yield Named(second.start("name"), second.end("name"), first.confidence - 0.05)


def _name_at(text: str, start: int, kind: str) -> Named | None:
    """The name that begins at `start`: the reading that ends before a stop or a word for an app, else the shortest that ends before a verb."""
    least = 0
    for pattern in (_HARD, *_SOFTS):
        found = pattern.match(text, start)
        if found is None or len(found["name"]) == least:
            continue
        if _holds(text, found, kind):
            end = found.end("name") + _ends_in_chat(text, found) - (1 if kind == "move" and found["name"].endswith("聊") and len(found["name"]) > 2 else 0)
            return Named(found.start("name"), end, 0.8 if kind in ("called", "put", "apart") else 0.7)
        least = len(found["name"])
    return None


def _ends_in_chat(text: str, found: re.Match[str]) -> int:
    """1 where the verb 聊 is the name's own end, since another verb follows: 用云谷微聊联系."""
    return int(found.re is not _HARD and found["act"] == "聊" and re.match(f"来着|{_ACT}", text[found.end("act") : found.end("act") + 6]) is not None)


def _holds(text: str, found: re.Match[str], kind: str) -> bool:
    """Whether what stands at a cue of this kind is a name: no word of grammar, not of every day, no place; and as much more as the cue is weaker."""
    name, noun = found["name"], found["noun"]
    spoken = kind == "called" and (noun or "").startswith("的")
    if (_SENTENCE if spoken else _GRAMMAR).search(name) or re.fullmatch(_NOUN, name) or name.isdigit():
        return False
    if len(name) > _LONGEST_HAN and not (name.isascii() or _LATIN.fullmatch(name)):
        return False
    known = _known_first().match(name)
    if known is not None and re.match(_ACT, name[known.end() :]):
        return False
    if kind not in _SAYING and _known_last(name):
        return False
    looks = _looks(name)
    if kind == "called" and noun and noun[0] in "的这那" and len(name) > 3:
        return True
    if is_ordinary(name, 0 if looks or kind in _SAYING or kind == "apart" else 1) or (_PLACE.search(name) and not (looks or noun)):
        return False
    told = _TOLD.match(text, found.end("name")) or _TOLD.match(text, found.end("name") + 1)
    return _enough(text, found, kind, looks=looks, told=told is not None)


def _looks(name: str) -> bool:
    """Whether it looks like a name: Latin letters that are no word of every day (no USDT), an ending that apps like, or a doubled character."""
    if _LATIN.fullmatch(name):
        return re.search("[A-Za-z]", _every_day().sub("", name)) is not None
    ending = _TYPICAL.search(name)
    if ending is None:
        return _DOUBLED.fullmatch(name) is not None and _strange(name)
    if len(name) == 2:
        return name[1] in "聊遇觅约" and _strange(name)
    return len(ending[0]) > 1 or not is_ordinary(name[-2:], 0)


def _enough(text: str, found: re.Match[str], kind: str, *, looks: bool, told: bool) -> bool:
    """What a cue of this kind asks for besides."""
    noun, inner, hard, long = found["noun"], found["inner"], found.re is _HARD, len(found["name"]) > 2
    if hard and (found["stop"] or "").startswith("的"):
        return kind == "called" and (looks or not _is_person(found["name"]))
    if kind in _SAYING:
        return hard or looks or long or found["act"] in (None, "后", "之后", "以后")
    shown = noun is not None and long and _SHOWN.match(noun) is not None
    asks: dict[str, Callable[[], bool]] = {
        "asked": lambda: hard and not inner,
        "move": lambda: looks or told or bool(noun) or _is_done_in(text, found) or _CHATS.search(text, max(0, found.start() - 24), found.start()) is not None,
        "apart": lambda: told or _in_brackets(text, found) or bool(inner) or (looks and (not hard or _is_stated(text, found))),
        "bareput": lambda: told or looks or (hard and not inner and _strange(found["name"]) and _near_apps(text, found)),
        "bid": lambda: looks or ((hard or found["act"] in ("和", "跟", "与", "及")) and not inner and _strange(found["name"])),
        "some": lambda: hard and looks,
        "kind": lambda: (noun is not None and not (noun.startswith("的") and text.endswith("一款", 0, found.start()))) or (hard and _among_apps(text, found)),
        "via": lambda: hard and _strange(found["name"]),
        "shown": lambda: looks,
        "listed": lambda: noun is not None,
        "start": lambda: _is_taken_off(text, found) or (looks if told or inner or (not hard and found["act"]) else shown or (noun is not None and long and looks)),
        "enter": lambda: told or shown or (looks and (bool(noun or inner or not hard) or _tells_more(text, found))) or _is_entered(text, found),
    }
    return asks[kind]()


def _in_brackets(text: str, found: re.Match[str]) -> bool:
    """一个投资平台（聚鑫荟）."""
    return found.re is _HARD and text[found.start() - 1 : found.start()] in ("（", "(") and _strange(found["name"])


def _is_stated(text: str, found: re.Match[str]) -> bool:
    """交友APP心动一刻, but for a mini program, behind which mostly one's own words follow."""
    return _strange(found["name"]) and not text.endswith("小程序", 0, found.start())


def _is_entered(text: str, found: re.Match[str]) -> bool:
    """Whether what is entered or used is a place to trade, or a deed of apps follows."""
    return _is_used(text, found) or _is_done_in(text, found) or (found["noun"] is not None and "平台" in found["noun"] and _strange(found["name"]))


def _tells_more(text: str, found: re.Match[str]) -> bool:
    """Whether an account, a site or the like is told next: 他用蝴蝶密信，网名叫老乡."""
    return found.re is _HARD and _FOLLOWS.match(text, found.end("name")) is not None and _ENDS_ACTING.search(found["name"]) is None


_FOLLOWS = re.compile(r"[,，]\s?(?:里面|里头|上面)?(?:的)?(?:网名|昵称|账号|帐号|用户名|域名|网址|客服|安装包|图标|邀请码|ID)")
"""What is told next of something that was used."""
_ENDS_ACTING = re.compile(rf".{_ACT}$")
_OF_APPS = re.compile(r"软件|APP|[Aa]pp|平台|安装包|服务器|图标|下载|域名|网址|交易所|小程序|软体")
_OF_PEOPLE = re.compile(r"[人男女]|老师|导师|客服|经理|主管|助理|昵称|网名|群|公司|户名|同学|同事|朋友|老板|[他她我]$")
_SURNAMES = frozenset(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐"
    "许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤小阿老"
)


def _is_person(name: str) -> bool:
    """Whether it could be somebody's name: a surname or a form of address with one or two characters."""
    return len(name) <= 3 and name[0] in _SURNAMES


def _among_apps(text: str, found: re.Match[str]) -> bool:
    """Whether the sentence spoke of an app before it says 叫 and not of a person: 服务器要选她给的那个，叫GoldCrest."""
    left = re.split(r"[。！!？?；;\n]", text[max(0, found.start() - 36) : found.start()])[-1]
    called = re.search(r"叫[做作]?\s?$", left)
    if called is None or _OF_PEOPLE.search(left, max(0, called.start() - 6), called.start()) or not (_OF_APPS.search(left) or _FOLLOWS.match(text, found.end("name"))):
        return False
    return _LATIN.fullmatch(found["name"]) is not None or (_looks(found["name"]) and not _is_person(found["name"]))


_USED = re.compile(r"(?:操作|聊|提现|做|跟|竞猜|抽奖|开会|里?投|"
    r"下注|玩|直播|办|结识|认识|相识|相亲|配到|匹配|投|买|购|订|下单|充|借|贷|刷|注册|开户|炒|理财|赚|做任务|接单|抢单|租|卖)")


def _is_used(text: str, found: re.Match[str]) -> bool:
    """Whether people meet, buy or borrow on it (在甜觅上配到), and no word of every day is in its name."""
    inner = found["inner"] or ""
    return (inner.startswith("上") or len(inner) > 1 or inner in ("里", "内")) and _USED.match(text, found.end("inner")) is not None and _strange(found["name"])


_DEEDS = re.compile(r"(?:聊|联系|联络|沟通|私聊|视频|开(?:视频|会|共享|屏)|跟我|投资|充|入金|炒|开户|下注|提现|接单|派单|抢单|做任务|做单|直播|购|买|下单|拼单)")
_OPENED = re.compile(r"[,，]?(?:就|里面|里头|上面|后|发现|显示|提示|账户|余额|查看|输入|填写|注册|充值|充|点击|按|跟|看)")


def _is_done_in(text: str, found: re.Match[str]) -> bool:
    """Whether a deed of apps follows what is used or entered (用甜觅联系, 在聚鑫荟接单) or it is opened and shows something, where the text spoke of apps."""
    if not _strange(found["name"]) or _PLACE.search(found["name"]) or not _near_apps(text, found):
        return False
    if found.re is _HARD:
        opens = re.search(r"(?:打开|登录|登陆|点开)了?$", text[max(0, found.start() - 4) : found.start()])
        return opens is not None and _OPENED.match(text, found.end("name")) is not None
    return _DEEDS.match(text, found.end("name")) is not None


def _is_taken_off(text: str, found: re.Match[str]) -> bool:
    """把聚鑫荟卸载了."""
    return text.endswith("把", 0, found.start()) and text.startswith("卸载", found.end("name")) and _strange(found["name"])


def _near_apps(text: str, found: re.Match[str]) -> bool:
    """Whether the words around it speak of apps."""
    return _APP_WORDS.search(text, max(0, found.start() - 40), found.start()) is not None or _APP_WORDS.search(text, found.end(), found.end() + 24) is not None


_APP_WORDS = re.compile(r"软件|APP|[Aa]pp|下载|安装|二维码|链接|注册|邀请码|登录|网址|小程序|客户端|共享屏幕|刷单|抢单")


def _strange(name: str) -> bool:
    """Whether no word of every day is in it."""
    return len(name) > 1 and _every_day().search(name) is None


_SERVICE = re.compile(r"(?:平台|软件|APP|app|客户端|会议|上|网)$")


def is_well_known(text: str, start: int, end: int) -> bool:
    """Whether [start, end), or with one or two characters before it (个人所得税), is a service of everybody."""
    known = _well_known()
    plain = start + len(_SERVICE.sub("", text[start:end]))
    return any(text[max(0, start - more) : last].lower() in known for more in range(3) for last in (end, plain))


@cache
def _well_known() -> frozenset[str]:
    return frozenset(_words("well_known.txt")) | shipped_platforms().names


@cache
def _known_first() -> re.Pattern[str]:
    """A well-known service at the beginning: 币安购买USDT is none of its own name."""
    return re.compile("|".join(sorted(map(re.escape, _well_known()), key=len, reverse=True)), re.IGNORECASE)


def _known_last(name: str) -> bool:
    """Whether it is somebody's account with a well-known service: 母亲微信."""
    return any(name[place:].lower() in shipped_platforms().names for place in range(1, len(name) - 1))


@cache
def _every_day() -> re.Pattern[str]:
    words = {rf"(?<![a-z]){re.escape(word)}(?![a-z])" if word.isascii() else re.escape(word) for word in (*_words("ordinary.txt"), *shipped_platforms().names)}
    return re.compile("|".join(sorted(words, key=len, reverse=True)), re.IGNORECASE)


def is_ordinary(name: str, left_over: int) -> bool:
    """Whether at most `left_over` characters of it belong to no word of every day."""
    return len(_every_day().sub("", name)) <= left_over


def _words(file: str) -> Iterator[str]:
    for line in resources.files("fanzha.engine.reading").joinpath(file).read_text("utf-8").splitlines():
        if not line.startswith("#"):
            yield from line.lower().split()
