"""Accounts of instant messaging: QQ, WeChat, and any other written platform:account."""

from __future__ import annotations

import re

from fanzha.vocab.identifiers.base import Cleaned, InvalidIdentifier, Kind, cover, require_number

_QQ = re.compile(r"[1-9]\d{4,10}")
_QQ_LABEL = re.compile(r"^q{1,2}(?:号码?)?[:：\s]*", re.IGNORECASE)
_WECHAT = re.compile(r"[a-z][a-z0-9_-]{5,19}|wxid_[a-z0-9]{8,24}|gh_[a-z0-9]{8,20}")
_WECHAT_LABEL = re.compile(r"^(?:微信(?:号码?)?|wechat|weixin|wx|v信|vx)[:：\s]+", re.IGNORECASE)
_SEARCHED = re.compile(r"1[3-9]\d{9}|[1-9]\d{4,10}")
_HANDLE = re.compile(r"[^\s:@/]{2,64}")

PLATFORMS: dict[str, tuple[str, ...]] = {
    "telegram": ("telegram", "tg", "电报", "飞机", "纸飞机", "飛机", "飛機"),
    "whatsapp": ("whatsapp", "whats app"),
    "line": ("line",),
    "skype": ("skype",),
    "facebook": ("facebook", "fb", "messenger", "脸书"),
    "instagram": ("instagram", "ig", "ins"),
    "signal": ("signal",),
    "potato": ("potato", "土豆"),
    "batchat": ("batchat", "蝙蝠"),
    "douyin": ("douyin", "抖音"),
    "kuaishou": ("kuaishou", "快手"),
    "xiaohongshu": ("xiaohongshu", "小红书", "小紅書", "小紅书", "小红薯"),
    "weibo": ("weibo", "微博"),
    "momo": ("momo", "陌陌"),
    "soul": ("soul",),
    "tantan": ("tantan", "探探"),
    "alipay": ("alipay", "支付宝"),
    "dingtalk": ("dingtalk", "钉钉"),
    "xianyu": ("xianyu", "闲鱼", "咸鱼", "閒魚", "閑魚"),
    "wangwang": ("wangwang", "旺旺", "阿里旺旺"),
    "lianxin": ("lianxin", "连信"),
    "feishu": ("feishu", "飞书", "lark"),
    "yidui": ("yidui", "伊对", "一对号"),
    "bilibili": ("bilibili", "b站", "哔哩哔哩"),
    "twitter": ("twitter", "推特", "x"),
    "discord": ("discord",),
    "viber": ("viber",),
    "zalo": ("zalo",),
    "kakaotalk": ("kakaotalk", "kakao", "卡考"),
    "other": ("other", "其他"),
}
_BY_ALIAS = {alias: platform for platform, aliases in PLATFORMS.items() for alias in aliases}


def clean_qq(text: str) -> Cleaned:
    """5 to 11 digits; `QQ:` before it and @qq.com after it are dropped. Raises InvalidIdentifier."""
    value = re.sub(r"[\s-]", "", _QQ_LABEL.sub("", require_number(Kind.QQ, text)).lower().removesuffix("@qq.com"))
    if not _QQ.fullmatch(value):
        raise InvalidIdentifier(Kind.QQ, "not_a_qq")
    return Cleaned(value)


def clean_wechat(text: str) -> Cleaned:
    """Lower case. A phone or QQ number by which the account is found is kept, with a warning. Raises InvalidIdentifier."""
    value = _WECHAT_LABEL.sub("", require_number(Kind.WECHAT, text)).strip().lower()
    if _SEARCHED.fullmatch(value):
        return Cleaned(value, ("search_handle",))
    if not _WECHAT.fullmatch(value):
        raise InvalidIdentifier(Kind.WECHAT, "not_a_wechat")
    return Cleaned(value, facts={"internal": value.startswith(("wxid_", "gh_"))})


def clean_im(text: str) -> Cleaned:
    """`platform:account`, lower case; platforms and their other names stand in `PLATFORMS`. Raises InvalidIdentifier."""
    platform, colon, handle = require_number(Kind.IM, text).lower().partition(":")
    name = _BY_ALIAS.get(platform.strip())
    account = handle.strip().lstrip("@")
    if not colon or name is None or not _HANDLE.fullmatch(account):
        raise InvalidIdentifier(Kind.IM, "not_an_im")
    return Cleaned(f"{name}:{account}", facts={"platform": name})


def mask_account(value: str) -> str:
    """The first 2 and last 2 characters, never more than half."""
    return cover(value, 2, 2)


def mask_im(value: str) -> str:
    platform, _, account = value.partition(":")
    return f"{platform}:{cover(account, 2, 2)}"
