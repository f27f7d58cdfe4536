"""Names of apps as narratives give them: “XX”APP, 下载了XX软件, 名为XX的平台."""

from __future__ import annotations

import re
from collections.abc import Iterator

from fanzha.engine.reading.naming import is_well_known, named_apps
from fanzha.engine.reading.taken import Taken
from fanzha.engine.reading.web import Found, try_clean
from fanzha.vocab.identifiers import Kind

_NOUN = r"(?:APP|App|app|APK|apk|软件|软体|应用程序|应用|客户端|小程序|交易平台|投资平台|平台|系统)"
_VERB = r"(?:下载(?:安装)?|下(?=[个一了])|安装|名为|名叫|叫做?|叫|打开|登[录陆]|注册|使用|用|进入|卸载|一[个款]|所谓的?|假冒的?|在)"
_BEFORE = re.compile(rf"(?P<verb>{_VERB})(?P<between>[^，。；\d“”\"]{{0,8}}?)$")
_SHUT = r"(?:就|也|又|都|突然|已经?)?(?:打不开|登不上|登不了|无法登录|登录不了|进不去|上不去)"
_QUOTED = re.compile(
    r"[“\"「『【《'‘](?P<name>[^“”\"「」『』【】《》‘’'，。；：:\s][^“”\"「」『』【】《》‘’'，。；：:]{0,19})[”\"」』】》'’]\s?"
    rf"(?P<after>的?(?:[^，。；\d“”\"]{{0,4}}?){_NOUN}|的?(?:下载|安装)(?:链接|包|二维码|地址)|{_SHUT}|[里中内]?(?:面|头)?(?:的?余额|显示|还有))?"
)
_INSIDE = re.compile(r"\s?(?:里|内|上|中|会议|下载|安装|里面?|内|上|中)?\s?(?:购|买|投|认购|充|入金|开户|发布|注册|登录|办理|办|交易|结识|认识|裸聊|抽|提现|"
    r"操作|共享|开屏|参与|炒|借|收取|租|挂|出售|卖|申请|加)")
_ENTERING = re.compile(r"(?:搜索?了?|至|到|在|于|通过|走|从|经|进入|[充投]进|登|用|上|下|装|装了|下了|下个|下了个|装了?个|装的|下的|用的)\s?$")
_GETTING = re.compile(r"\s?(?:下载|安装)")
_GENERIC = re.compile(
    r"安全账户|早安|封存|通道|渠道|清查|我们|官方|登录|注册|提供|体验|流量|公安|检察|法院|通缉令|逮捕|客服|老师|导师|助理|经理|领导|专员|主任|警官|民警|男友|女友|群|任务|解冻|保证金|佣金|返利|"
    r"手续费|流水|百万保障|注销|征信|福利|理财师|投资|刷单|卡单|连单|会员|"
    r"单$|费$|金$|局$|院$|部$|哥$|姐$|总$|战友|儿子|女儿|同学|闺蜜|贷款|证明|文件|公告|合同|协议|账户$|卡$|码$|验证|操作|充值|提现|转账|退款|理赔|确认|双倍"
)
_SURELY_NOT = re.compile(r"订单|安全账户|通缉令|逮捕|解冻|保证金$|手续费|证明$|文件$|公告$|合同$|协议$|账户$|公司$|[店厂]$")
_NOUN_BEFORE = re.compile(r"(?:(?:APP|App|app|软件|应用|小程序)(?:的?名[字称]?)?|平台(?:名称?)?|(?<![司户群号品动目铺单店书剧片型队])名称)\s?(?:叫做?|名为|是|为|:)?\s?$")
_INSTALLING = frozenset({"下载", "安装", "下载安装", "打开", "登录", "登陆", "卸载"})


def find_apps(text: str, taken: Taken, platforms: frozenset[str]) -> Iterator[Found]:
    """Apps by name. Well-known services are platforms, not apps to be shut, and the police's own app is none of the trick's."""
    found = sorted([*_quoted(text), *_unquoted(text)], key=lambda one: (one.start, -one.end))
    last = -1
    for one in found:
        known = one.identifier.value.lower() in platforms or is_well_known(text, one.start, one.end)
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
    return bool(re.search(r"(?:(?<![取拿转骗划刷卷])走|[充投]进|[下装个]|[下装]了|[下装用]的)$", text[max(0, match.start() - 2) : match.start()]))


def _app(start: int, name: str, confidence: float) -> Iterator[Found]:
    identifier = try_clean(Kind.APP, name)
    if identifier is not None:
        yield Found(start, start + len(name), identifier, confidence)
