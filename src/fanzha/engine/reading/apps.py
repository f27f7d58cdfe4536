"""Names of apps as narratives give them: “XX”APP, 下载了XX软件, 名为XX的平台."""

from __future__ import annotations

import re
from collections.abc import Iterator

from fanzha.engine.reading.naming import is_well_known, named_apps
from fanzha.engine.reading.taken import Taken
from fanzha.engine.reading.web import Found, try_clean
from fanzha.vocab.identifiers import Kind

_NOUN = r"(?:APP|App|app|APK|apk|软件|软体|应用程序|应用|客户端|小程序|交易平台|投资平台|平台|系统)"
_INSTALLS = re.compile(r"(?:下载|安装|打开|登[录陆]|卸载)[^，。；\d“”\"群]{0,8}$")
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
_CALLED_AFTER = re.compile(r"(?:软件|APP|App|app|平台|小程序)[^。；;“”加群友评]{0,14}(?:叫|名为|名字是)(?:个|啥子?|什么)?\s?$")
_CALLED_INSIDE = re.compile(r"(?:叫(?:个|啥子?|什么|作|做)?|名为)\s?$")
_PERSONS = re.compile(r"\s?的?(?:微信|QQ|好友|人|女|男|用户|网友|主播|账号|客服|老师|导师|群)")
_INNER = re.compile(r"\s?(?:里面?|里头|上面?|上头|内|那边)(?!的?(?:聊天)?群)")
_BY_MEANS = re.compile(r"通过|用|在|给|向|让|以")
_JOINED = re.compile(r"[”\"」』】》]\s?(?:和|及|与|跟|、|以及|还有)\s?[“\"「『【《]")


def find_apps(text: str, taken: Taken, platforms: frozenset[str]) -> Iterator[Found]:
    """Apps by name. Well-known services are platforms, not apps to be shut, and the police's own app is none of the trick's."""
    quoted = list(_quoted(text))
    found = sorted([*quoted, *_second_quoted(text, quoted), *_unquoted(text)], key=lambda one: (one.start, -one.end))
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
        named = _NOUN_BEFORE.search(text, max(0, match.start() - 12), match.start()) is not None
        named = named or (_CALLED_AFTER.search(text, max(0, match.start() - 24), match.start()) is not None and not _PERSONS.match(text, match.end()))
        installs = named or _INSTALLS.search(text, max(0, match.start() - 14), match.start()) is not None
        generic = (_SURELY_NOT if installs or text[match.start() - 1 : match.start()] in ("下", "装") or re.search("APP|App|app|软件|"
            "小程序", after) else _GENERIC).search(match["name"])
        enters = not (after or installs) and (_enters(text, match) or _is_called_inside(text, match))
        if not (after or installs or enters) or generic or "群" in after or (_BY_MEANS.search(after) and not installs):
            continue
        name = re.sub(rf"(?<=.)\s?{_NOUN}$", "", match["name"]) if re.search(r"(?:APP|app|App|软件)$", match["name"]) else match["name"]
        yield from _app(match.start("name"), name, 0.9 if after else 0.75)


def _second_quoted(text: str, first: list[Found]) -> Iterator[Found]:
    """The second of two in quotes: “star-trade”和“鲸聊”."""
    for one in first:
        joined = _JOINED.match(text, one.end)
        match = _QUOTED.match(text, joined.end() - 1) if joined else None
        if match is not None and not _GENERIC.search(match["name"]):
            yield from _app(match.start("name"), match["name"], one.confidence - 0.05)


def _is_called_inside(text: str, match: re.Match[str]) -> bool:
    """Whether something is done inside of what is called so: 在一个叫“XX”上面买藏品."""
    return _CALLED_INSIDE.search(text, max(0, match.start() - 6), match.start()) is not None and _INNER.match(text, match.end()) is not None


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
