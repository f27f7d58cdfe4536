"""Accounts of messengers in letters: 加V：fake_agent01, wxid_…, 飞机号 @agent; and payment accounts that are an e-mail."""

from __future__ import annotations

import re
from collections.abc import Iterator

from fanzha.engine.reading.labels import Label, label_before, platform_before
from fanzha.engine.reading.taken import Taken
from fanzha.engine.reading.web import Found, try_clean
from fanzha.vocab.identifiers import Kind

_HANDLE = re.compile(r"(?:(?<![A-Za-z0-9_.@/-])@?|(?<=TG)@|(?<=tg)@|(?<=Telegram)@|(?<=telegram)@)[A-Za-z](?:[A-Za-z0-9_-]|"
    r"\.(?=[A-Za-z0-9])){3,31}(?![A-Za-z0-9_@])(?!\.[A-Za-z0-9])")
_INTERNAL = re.compile(r"(?:wxid|gh)_[a-z0-9]{8,24}", re.IGNORECASE)
_WORDS = frozenset({
    "wechat", "weixin", "alipay", "taobao", "telegram", "whatsapp", "facebook", "instagram", "messenger", "signal", "skype", "line", "android",
    "iphone", "windows", "batchat", "potato", "douyin", "kuaishou", "weibo", "momo", "soul", "tantan", "zoom", "teams", "usdt", "bitcoin", "apple",
    "huawei", "xiaomi", "oppo", "vivo", "samsung", "http", "https", "token", "wallet", "imtoken", "binance", "okex", "steam", "video", "admin",
    "online", "market",
})  # fmt: skip
"""Words that stand where an account could, and are none."""


def find_handles(text: str, taken: Taken) -> Iterator[Found]:
    """Non-overlapping, outside of what is already something else."""
    end, label = -1, None
    for match in _HANDLE.finditer(text):
        if match[0].lower() in _WORDS or taken.overlaps(*match.span()):
            continue
        follows = end >= 0 and re.fullmatch(r"[\s、,，和及与或/(（;；]{1,3}(?:还有|以及|非|不是|另有|备用|小号|又)?(?:是|:)?\s?|[，,]?(?:后来|之后|又|"
            r"再)?(?:换|改)(?:成|为|了)(?:个|一个)?(?:号|微信)?:?\s?", text[end : match.start()])
        label = label if follows else label_before(text, match.start())
        if label is None and (_WECHAT_AFTER.match(text, match.end()) or _PAID_BY.search(text, max(0, match.start() - 24), match.start())):
            label = Label.WECHAT
        found = _read(text, match, label)
        if found is not None:
            yield found
            end = found.end


_LOOSE = re.compile(r"(?:(?:他|她|对方|客服|老师|导师|卖家|买家|上家|中介)的?是|号(?:码)?(?:给(?:我|他|她|其))?(?:[为是:,，]|叫)?|加(?:了)?(?:他|她|我|其|对方)?)\s?$")
_FAR = 60
_WECHAT_AFTER = re.compile(r"\s?(?:[（(]\s?|这个)(?:微信|[Vv][Xx]|wx)")
_PAID_BY = re.compile(r"微信(?:转账|支付|转|付|扫码)[^。；;，,]{0,12}(?:至|到|给)\s?$")
"""通过微信转账7600元至 an account."""


def _read(text: str, match: re.Match[str], label: Label | None) -> Found | None:
    handle = match[0]
    if _INTERNAL.fullmatch(handle) or label is Label.WECHAT:
        identifier = try_clean(Kind.WECHAT, handle.lstrip("@"))
        shift = 1 if handle.startswith("@") else 0
        sure = 0.98 if _INTERNAL.fullmatch(handle) else 0.95 if re.search(r"[\d_-]", handle) else 0.85
        return Found(match.start() + shift, match.end(), identifier, sure) if identifier else None
    if label is None and handle[0] != "@" and re.search(r"[\d_-]", handle) and _LOOSE.search(text, max(0, match.start() - 8), match.start()):
        identifier = try_clean(Kind.WECHAT, handle)
        return Found(match.start(), match.end(), identifier, 0.65) if identifier else None
    if label is Label.IM or handle.startswith("@"):
        platform = platform_before(text, match.start(), _FAR) or ("telegram" if handle.startswith("@") else None)
        identifier = try_clean(Kind.IM, f"{platform}:{handle}") if platform else None
        return Found(match.start(), match.end(), identifier, 0.9) if identifier else None
    return None
