"""Accounts of messengers in letters: 加V：fake_agent01, wxid_…, 飞机号 @agent; and payment accounts that are an e-mail."""

from __future__ import annotations

import re
from collections.abc import Iterator

from fanzha.engine.reading.labels import (
    ANOTHER,
    Label,
    label_before,
    only_messenger,
    paid_through,
    platform_before,
    service_after,
    service_before,
)
from fanzha.engine.reading.taken import Taken
from fanzha.engine.reading.web import Found, try_clean
from fanzha.vocab.identifiers import Kind

_HANDLE = re.compile(r"(?:(?<![A-Za-z0-9_.@/-])@?|(?<=TG)@|(?<=tg)@|(?<=Telegram)@|(?<=telegram)@)(?:[A-Za-z_][A-Za-z0-9_-]|\d{1,8}[a-z])(?:[A-Za-z0-9_-]|"
    r"\.(?=[A-Za-z0-9])){2,31}(?:#\d{1,4})?(?![A-Za-z0-9_])(?!@(?!我))(?!\.[A-Za-z0-9])")
_GLUED = re.compile(
    r"(?i:whatsapp|telegram|skype|kakaotalk|potato|batchat|facebook|instagram|discord|viber|zalo|u?id)(?=[A-Za-z0-9])|"
    r"(?:LINE|Line|TG|tg)(?=[a-z]+[\d_])|[Ss]oul(?=[A-Za-z]{1,3}\d)|(?-i:(?<=微)X(?=[a-z]))|(?<=加)V(?=[a-z]{2,}[\d_])")
"""The name of a messenger that stands before its account without a space."""
_INTERNAL = re.compile(r"wxid_[a-z0-9]{5,24}|gh_[a-z0-9]{8,24}", re.IGNORECASE)
_WORDS = frozenset({
    "wechat", "weixin", "alipay", "taobao", "telegram", "whatsapp", "facebook", "instagram", "messenger", "signal", "skype", "line", "android",
    "iphone", "windows", "batchat", "potato", "douyin", "kuaishou", "weibo", "momo", "soul", "tantan", "zoom", "teams", "usdt", "bitcoin", "apple",
    "huawei", "xiaomi", "oppo", "vivo", "samsung", "http", "https", "token", "wallet", "imtoken", "binance", "okex", "steam", "video", "admin",
    "online", "market", "business",
})  # fmt: skip
"""Words that stand where an account could, and are none."""


def find_handles(text: str, taken: Taken) -> Iterator[Found]:
    """Non-overlapping, outside of what is already something else."""
    end, label = -1, None
    named = Taken()
    for match in (*_NAMED_IN_CHINESE.finditer(text), *_SHOP.finditer(text)):
        found = _named_in_chinese(match)
        if found is not None and not (taken.overlaps(found.start, found.end) or named.overlaps(found.start, found.end)):
            named.add([found])
            yield found
    for match in _HANDLE.finditer(text):
        if match[0].lower() in _WORDS or taken.overlaps(*match.span()) or named.overlaps(*match.span()):
            continue
        glued = _GLUED.match(text, match.start(), match.end())
        start = glued.end() if glued else match.start()
        stop = match.end() - len(match[0]) + len(match[0].rstrip("-"))
        follows = end >= 0 and _LISTED.fullmatch(text[end:start])
        label = label if follows else _label(text, start, stop)
        found = _read(text, start, stop, label)
        if found is not None:
            yield found
            end = found.end


def _label(text: str, start: int, end: int) -> Label | None:
    """The service whose account it is: by the label, by the name behind, or by the name in the clause before."""
    label = label_before(text, start)
    named = label not in (None, Label.PHONE, Label.ACCOUNT, Label.QQ)
    if named and text[start - 1 : start] not in (",", "，", "、"):
        return label
    after = service_after(text, end, loosely=not named and bool(_FIGURE.search(text, start, end)))
    if after is not None and after.label is not Label.QQ:
        return after.label
    if named:
        return label
    if _TAG.search(text, start, end) and (platform_before(text, start, _FAR) or "").lower() == "discord":
        return Label.IM
    if _WECHAT_AFTER.match(text, end) or paid_through(text, start) is Label.WECHAT:
        return Label.WECHAT
    service = service_before(text, start) if _LIKE_AN_ACCOUNT.match(text, start) else None
    near = service is not None and len(service.gap) <= _NEAR and _TOLD_AS_ONE.search(service.gap) and not _OTHERWISE.search(service.gap)
    if service and near and service.label in (Label.WECHAT, Label.IM):
        return service.label
    if label in (None, Label.ACCOUNT) and _LIKE_AN_ACCOUNT.match(text, start) and _is_called_one(text[max(0, start - _NEAR) : start]) and only_messenger(text):
        return Label.IM
    return label


def _is_called_one(before: str) -> bool:
    """Whether an account is spoken of, and none of a bank, a site or a game."""
    return bool(_CALLED.search(before)) and not (_OTHERWISE.search(before) or _ELSEWHERE.search(before))


def _named_in_chinese(match: re.Match[str]) -> Found | None:
    """闲鱼号老友数码01: a shop's or a seller's account that is a name with figures."""
    identifier = try_clean(Kind.IM, f"{match['platform']}:{match['account']}")
    return Found(match.start("account"), match.end("account"), identifier, 0.85) if identifier else None


_LOOSE = re.compile(r"(?:(?:他|她|对方|客服|老师|导师|卖家|买家|上家|中介|[前后另]一个)的?是|(?<![讯聊间页密通])号(?:码)?(?:给(?:我|他|她|其))?(?:[为是:,，]|叫)?|"
    r"加[了的]?(?:他|她|我|其|对方)?|推给我|用的是|(?:经理|股友))\s?$")
_CODE = re.compile(r"[A-Z]{1,3}[\d-]+")
"""Capitals and figures: the number of a thing or a badge, unless a service is named."""
_FIGURE = re.compile(r"[\d_]")
_TAG = re.compile(r"#\d{4}")
_FAR = 60
_NEAR = 14
_LIKE_AN_ACCOUNT = re.compile(r"(?!(?:iphone|ipad|imac|macbook|airpods|mate|redmi|galaxy|note|switch|xbox|rtx|gtx|core|chatgpt|gpt|usdt|trc|erc|office|win|http)[-_ ]?\d)"
    r"(?:[A-Z]?[a-z][A-Za-z.-]*[\d_]|[A-Z]_|\d+[a-z])")
"""Letters with figures, not all of them capitals, and no product's name."""
_TOLD_AS_ONE = re.compile(r"^(?:账?号|帐号|[Ii][Dd]|就)|(?:[是系係为叫就向找加搜,，、:(（“\"]|显示|博主|主播|专页|看到|号码?)\s?[“\"]?$")
"""Between a service and letters that are an account of it: it begins with 号, or ends as what introduces a name."""
_OTHERWISE = re.compile(r"转|汇|付|密码|验证码|订单|编号|单号|型号|昵称|文件|平台|软件|APP|app|QQ|邮箱|\d{3}")
"""Words after which letters with figures are something else than the account of the service that is named before."""
_LISTED = re.compile(
    rf"[\s、,，和及与或/(（;；]{{1,3}}{ANOTHER}|[，,]?(?:后来|之后|又|再|被封[以之]?后)?(?:换|改)(?:成|为|了)(?:个|一个)?(?:号|微信)?:?\s?|"
    r"[,，](?:[另又]?一个|同号)\s?|(?:是我(?:自己)?的)?[,，][^，。；,\d]{1,4}的是")
_NAMED_IN_CHINESE = re.compile(
    r"(?P<platform>旺旺|(?:[闲咸]鱼|微博|抖音|快手|小红书|B站)(?=账?号|帐号|[Ii][Dd]|会员名|用户名))(?:账?号|帐号|[Ii][Dd]|会员名|用户名|名)?[是为:]?\s?[“\"]?"
    r"(?P<account>(?!账?号|帐号|[码碼])(?:(?![了的是为係叫我是他她你在被给转发联系有让把和与])[\u4e00-\u9fff]){2,12}[A-Za-z_-]{0,6}\d{2,6})(?![\dA-Za-z_.-])(?!\s?[元万块千百年月日号点个条次多余箱盒袋包瓶件台单人天])")
_SHOP = re.compile(
    r"(?<=[(（家宝])(?P<platform>旺旺)(?:账?号|[Ii][Dd])?[是为:]?\s?[“\"]?"
    r"(?P<account>(?:(?![了的是在联系有让])[\u4e00-\u9fff]){3,12}店)(?=[,，。;；)）”\"])")
_CALLED = re.compile(r"(?:账号|帐号|帳號|用户名|号头|[Uu]?[Ii][Dd]|account|(?<![讯聊间页密通信])号)(?:叫做?|是|系|为|:)?\s?[“\"]?$")
"""What an account is called where its messenger is named elsewhere."""
_ELSEWHERE = re.compile(r"网银|银行|登[录陆]|注册|后台|网站|游戏|系统|证券|店铺|工号|牌号")
_FLIGHT = re.compile(r"[A-Z]{2}\d{3,4}")
_WECHAT_AFTER = re.compile(r"\s?(?:[（(]\s?|这个)(?:微信|[Vv][Xx]|wx)")


def _read(text: str, start: int, end: int, label: Label | None) -> Found | None:
    handle = text[start:end]
    if _INTERNAL.fullmatch(handle) or label is Label.WECHAT:
        identifier = try_clean(Kind.WECHAT, handle.lstrip("@"))
        shift = 1 if handle.startswith("@") else 0
        sure = 0.98 if _INTERNAL.fullmatch(handle) else 0.95 if re.search(r"[\d_-]", handle) else 0.85
        return Found(start + shift, end, identifier, sure) if identifier else None
    if label is None and handle[0] != "@" and not _CODE.fullmatch(handle) and re.search(r"[\d_-]", handle) and _LOOSE.search(text, max(0, start - 8), start):
        identifier = try_clean(Kind.WECHAT, handle)
        return Found(start, end, identifier, 0.65) if identifier else None
    if (label is Label.IM and not _FLIGHT.fullmatch(handle)) or handle.startswith("@"):
        after = service_after(text, end, loosely=True)
        named = after.name if after and after.label is Label.IM else platform_before(text, start, _FAR)
        platform = named or ("telegram" if handle.startswith("@") else only_messenger(text))
        identifier = try_clean(Kind.IM, f"{platform}:{handle}") if platform else None
        return Found(start, end, identifier, 0.9) if identifier else None
    return None
