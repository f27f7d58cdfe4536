"""Names of apps as narratives give them: “XX”APP, 下载了XX软件, 名为XX的平台."""

from __future__ import annotations

import re
from collections.abc import Iterator

from fanzha.engine.reading.naming import is_ordinary, named_apps
from fanzha.engine.reading.taken import Taken
from fanzha.engine.reading.web import Found, try_clean
from fanzha.vocab.identifiers import Kind

_NOUN = r"(?:APP|App|app|APK|apk|软件|软体|应用程序|应用|客户端|小程序|交易平台|投资平台|平台|系统)"
_VERB = r"(?:下载(?:安装)?|下(?=[个一了])|安装|名为|名叫|叫做?|叫|打开|登[录陆]|注册|使用|用|进入|卸载|一[个款]|所谓的?|假冒的?|在)"
_BEFORE = re.compile(rf"(?P<verb>{_VERB})(?P<between>[^，。；\d“”\"]{{0,8}}?)$")
_QUOTED = re.compile(
    r"[“\"「『【《'‘](?P<name>[^“”\"「」『』【】《》‘’'，。；：:\s][^“”\"「」『』【】《》‘’'，。；：:]{0,19})[”\"」』】》'’]\s?"
    rf"(?P<after>的?(?:[^，。；\d“”\"]{{0,4}}?){_NOUN})?"
)
_PLAIN = re.compile(
    r"(?:下载(?:安装)?|下(?=[个一了])|安装|名为|名叫|叫做|叫|打开|登[录陆]|注册|卸载)(?:并安装|并登录|了|的|一个|一款|个|名为|名叫|"
    r"叫做|叫|对方(?:发来|提供|推荐|开发)的?|所谓的?|安装|使用|客服发来的?|用|啥子|什么){0,3}\s?"
    r"(?P<name>(?!对方|一个|一款|相关|指定|该|此|这|那|某|所谓|手机|这种|其他|会议|聊天|安装|软件|里面|对应|网页|交易|投资|任务|购物|"
    r"炒股|理财|贷款|借款|办公|远程|视频|直播|屏幕|"
    r"游戏)[A-Za-z0-9\u4e00-\u9fff]{2,10}?)\s?的?(?:APP|App|app|软件|应用程序|这个软件|这款软件)"
)
_LIKE = (
    r"(?:通|宝|宝盒|贷|借|花|汇|投|盾|会议|会话|会议室|聊|约|秀|缘|证券|财富|资本|国际|助手|金|购|优选|商城|钱包|管家|卫士|云盾|视讯|视频会|钱庄|速借|速贷|易购|优品|数藏|农场|牧场|矿机|交易所|量化|云|安"
    r"|享|信|盈|赢|家|乐|侠|密|遇|语|蜜|潮|铺|仓|圈|选|淘|拼|链|币|证|清|推广|银联|同步|相册|认证)"
)
_HAN_NAME = r"[A-Za-z0-9\u4e00-\u9fff]"
_ENDS = r"(?=[，。、；,;.\s)）】⟩…!！?？]|$|里|内|上面|开[共屏视]|共享|申请|收取|认购|裸聊|结识)"
_SAID = re.compile(
    rf"(?:(?:APP|App|app|软件|程序|小程序|应用|网贷)(?:的?名[字称])?(?:就?[一两俩二三四]个?字)?\s?(?:[,，]\s?)?(?:叫做?|名叫|名为|是|为|[::】\]])|(?:APP|App|app|软件|应用)名称?|(?:APP|App|app)(?=[\u4e00-\u9fff]{2,6}[；;，。、\n])|包名为?)\s?[:：]?\s?"
    rf"(?P<name>{_HAN_NAME}{{2,8}}?)(?=[，。、；,;\s)）】\n]|$)"
)
_PUT_ON = re.compile(
    rf"(?:(?:下载|安装(?!包))(?:安装|登录|注册|并|了|过|个|一个|一款|上|好|名为|名叫|叫|什么|啥){{0,3}}(?P<name>{_HAN_NAME}{{2,8}}?)|"
    rf"(?:(?<![地楼乡脚手底])下(?!单|班|午|楼|面|次|来|去|面|线|架)|(?<![西服包伪假安组])装(?!修|作|配)|用|打开|点开)(?:了|过|个|一个|上|那个|这个|的|一款|app叫|叫){{0,3}}"
    rf"(?P<liked>{_HAN_NAME}{{1,6}}?{_LIKE})|在(?P<inside>{_HAN_NAME}{{1,6}}?{_LIKE})(?=里|内|上?收取|上?购买|上?认购|上?注册|上?认识|上?结识)){_ENDS}"
)
_NO_NAME = re.compile(
    r"[嘞啥勒咗的了是在把用要让叫个和与我他她你们这那其您于向从到给被将]|对方|一款|相关|指定|所谓|手机|其他|会议软件|聊天|安装|软件|里面|网页|任务|视频|直播|屏幕|银行|支付|微信|信用卡|现金|信息|身份|认证码|短信|链接|文件|二维码|"
    r"红包|贷款|借款|资金|保证|佣金|本金|押金|定金|订金|基金|黄金|奖金|现金|资料|照片|应用|平台|程序|APP|app|号|单$|手续|材料|合同|证件|公司|以后|之后|后$|完$|看看|什么|怎么|没有|不"
)
_INSIDE = re.compile(r"\s?(?:里|内|上|中|会议|下载|安装|里面?|内|上|中)?\s?(?:购|买|投|认购|充|入金|开户|发布|注册|登录|办理|办|交易|结识|认识|裸聊|抽|提现|"
    r"操作|共享|开屏|参与|炒|借|收取|租|挂|出售|卖|申请|加)")
_ENTERING = re.compile(r"(?:搜索?了?|至|到|在|于|通过|走|从|经|进入|登|用|上|下|装|装了|下了|下个|下了个|装了?个|装的|下的|用的)\s?$")
_GETTING = re.compile(r"\s?(?:下载|安装)")
_GENERIC = re.compile(
    r"安全账户|早安|封存|通道|渠道|清查|我们|官方|登录|注册|提供|体验|流量|公安|检察|法院|通缉令|逮捕|客服|老师|导师|助理|经理|领导|专员|主任|警官|民警|男友|女友|群|任务|解冻|保证金|佣金|返利|"
    r"手续费|流水|百万保障|注销|征信|福利|理财师|投资|刷单|卡单|连单|会员|"
    r"单$|费$|金$|局$|院$|部$|哥$|姐$|总$|战友|儿子|女儿|同学|闺蜜|贷款|证明|文件|公告|合同|协议|账户$|卡$|码$|验证|操作|充值|提现|转账|退款|理赔|确认|双倍"
)
_SURELY_NOT = re.compile(r"安全账户|通缉令|逮捕|解冻|保证金$|手续费|证明$|文件$|公告$|合同$|协议$|账户$")
_NOUN_BEFORE = re.compile(r"(?:(?:APP|App|app|软件|应用|小程序)(?:的?名[字称]?)?|平台(?:名称?)?|(?<![司户群号])名称)\s?(?:叫做?|名为|是|为|:)?\s?$")
_INSTALLING = frozenset({"下载", "安装", "下载安装", "打开", "登录", "登陆", "卸载"})
_OFFICIAL = frozenset({"国家反诈中心", "手机银行", "云闪付", "学习强国"})


def find_apps(text: str, taken: Taken, platforms: frozenset[str]) -> Iterator[Found]:
    """Apps by name. Well-known services are platforms, not apps to be shut, and the police's own app is none of the trick's."""
    found = sorted([*_quoted(text), *_plain(text), *_bare(text), *_unquoted(text)], key=lambda one: (one.start, -one.end))
    last = -1
    for one in found:
        known = one.identifier.value.lower() in platforms or one.identifier.value in _OFFICIAL
        if one.start >= last and not known and not taken.overlaps(one.start, one.end):
            yield one
            last = one.end


def _unquoted(text: str) -> Iterator[Found]:
    for one in named_apps(text):
        yield from _app(one.start, text[one.start : one.end], one.confidence)


def _quoted(text: str) -> Iterator[Found]:
    for match in _QUOTED.finditer(text):
        after = match["after"] or ""
        before = _BEFORE.search(text, max(0, match.start() - 14), match.start())
        named = _NOUN_BEFORE.search(text, max(0, match.start() - 12), match.start()) is not None
        installs = named or (before is not None and before["verb"] in _INSTALLING and "群" not in before["between"])
        generic = (_SURELY_NOT if installs or text[match.start() - 1 : match.start()] in ("下", "装") or re.search("APP|App|app|软件|"
            "小程序", after) else _GENERIC).search(match["name"])
        enters = not (after or installs) and _enters(text, match)
        if not (after or installs or enters) or generic or "群" in after:
            continue
        name = re.sub(rf"(?<=.)\s?{_NOUN}$", "", match["name"]) if re.search(r"(?:APP|app|App|软件)$", match["name"]) else match["name"]
        yield from _app(match.start("name"), name, 0.9 if after else 0.75)


def _enters(text: str, match: re.Match[str]) -> bool:
    """Whether one goes into what stands in the quotes, puts it on, or buys and borrows there."""
    if not _ENTERING.search(text, max(0, match.start() - 6), match.start()):
        return False
    if _INSIDE.match(text, match.end()) or _GETTING.match(text, match.end()):
        return True
    return bool(re.search(r"(?:(?<![取拿转骗划刷卷])走|[下装个]|[下装用]的)$", text[max(0, match.start() - 2) : match.start()]))


def _bare(text: str) -> Iterator[Found]:
    """Names without quotes: after APP叫 or 名称:, and after a verb of installing where the name ends with its clause."""
    for pattern, confidence in ((_SAID, 0.8), (_PUT_ON, 0.7)):
        for match in pattern.finditer(text):
            group = match.lastgroup or "name"
            name = match[group]
            generic = (_GENERIC if pattern is _SAID else _SURELY_NOT).search(name)
            if not generic and not _NO_NAME.search(name) and not name.isdigit() and not is_ordinary(name, 0):
                yield from _app(match.start(group), name, confidence)


def _plain(text: str) -> Iterator[Found]:
    for match in _PLAIN.finditer(text):
        if not _GENERIC.search(match["name"]) and not re.search(r"[的了是在把用要让叫个和与]|^(?:加入|进入|使用|通过)", match["name"]):
            yield from _app(match.start("name"), match["name"], 0.85)


def _app(start: int, name: str, confidence: float) -> Iterator[Found]:
    identifier = try_clean(Kind.APP, name)
    if identifier is not None:
        yield Found(start, start + len(name), identifier, confidence)
