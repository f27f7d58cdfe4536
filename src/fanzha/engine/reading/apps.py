"""Names of apps as narratives give them: “XX”APP, 下载了XX软件, 名为XX的平台."""

from __future__ import annotations

import re
from collections.abc import Iterator

from fanzha.engine.reading.web import Found, try_clean
from fanzha.vocab.identifiers import Kind

_NOUN = r"(?:APP|App|app|APK|apk|软件|应用程序|应用|客户端|小程序|交易平台|投资平台|平台|系统)"
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
_GENERIC = re.compile(
    r"安全账户|公安|检察|法院|通缉令|逮捕|客服|老师|导师|助理|经理|领导|专员|主任|警官|民警|男友|女友|群|任务|解冻|保证金|佣金|返利|"
    r"手续费|流水|百万保障|注销|征信|福利|理财师|投资|刷单|卡单|连单|会员|"
    r"单$|费$|金$|局$|院$|部$|哥$|姐$|总$|战友|儿子|女儿|同学|闺蜜|贷款|证明|文件|公告|合同|协议|账户$|卡$|码$|验证|操作|充值|提现|转账|退款|理赔|确认|双倍"
)
_SURELY_NOT = re.compile(r"安全账户|通缉令|逮捕|解冻|保证金$|手续费|证明$|文件$|公告$|合同$|协议$|账户$")
_NOUN_BEFORE = re.compile(r"(?:APP|App|app|软件|应用|小程序)(?:的?名[字称]?)?\s?(?:叫做?|名为|是|为|:)?\s?$")
_INSTALLING = frozenset({"下载", "安装", "下载安装", "打开", "登录", "登陆", "卸载"})
_OFFICIAL = frozenset({"国家反诈中心", "手机银行", "云闪付", "学习强国"})


def find_apps(text: str, taken: list[tuple[int, int]], platforms: frozenset[str]) -> Iterator[Found]:
    """Apps by name. Well-known services are platforms, not apps to be shut, and the police's own app is none of the trick's."""
    found = sorted([*_quoted(text), *_plain(text)], key=lambda one: one.start)
    last = -1
    for one in found:
        known = one.identifier.value.lower() in platforms or one.identifier.value in _OFFICIAL
        if one.start >= last and not known and not any(one.start < end and start < one.end for start, end in taken):
            yield one
            last = one.end


def _quoted(text: str) -> Iterator[Found]:
    for match in _QUOTED.finditer(text):
        after = match["after"] or ""
        before = _BEFORE.search(text, max(0, match.start() - 14), match.start())
        named = _NOUN_BEFORE.search(text, max(0, match.start() - 12), match.start()) is not None
        installs = named or (before is not None and before["verb"] in _INSTALLING and "群" not in before["between"])
        generic = (_SURELY_NOT if installs or re.search("APP|App|app|软件|小程序", after) else _GENERIC).search(match["name"])
        if not (after or installs) or generic or "群" in after:
            continue
        name = re.sub(rf"(?<=.)\s?{_NOUN}$", "", match["name"]) if re.search(r"(?:APP|app|App|软件)$", match["name"]) else match["name"]
        yield from _app(match.start("name"), name, 0.9 if after else 0.75)


def _plain(text: str) -> Iterator[Found]:
    for match in _PLAIN.finditer(text):
        if not _GENERIC.search(match["name"]) and not re.search(r"[的了是在把用要让叫个和与]", match["name"]):
            yield from _app(match.start("name"), match["name"], 0.85)


def _app(start: int, name: str, confidence: float) -> Iterator[Found]:
    identifier = try_clean(Kind.APP, name)
    if identifier is not None:
        yield Found(start, start + len(name), identifier, confidence)
