"""Words of the field as files write them → our codes."""

from __future__ import annotations

from functools import cache
from typing import Final

from fanzha.desks.indicators import IndicatorState
from fanzha.vocab.fraud_types import ENTRIES, FraudType, from_fcc12
from fanzha.vocab.identifiers import Kind

_KINDS: Final[dict[Kind, tuple[str, ...]]] = {
    Kind.PHONE: ("电话", "手机", "手机号", "手机号码", "电话号码", "号码", "固话"),
    Kind.BANK_ACCOUNT: ("账号", "银行账号", "银行账户", "账户", "account", "支付账号"),
    Kind.CARD: ("卡号", "银行卡", "银行卡号"),
    Kind.ID_CARD: ("身份证", "身份证号", "证件号码"),
    Kind.URL: ("网址", "链接", "网页", "link"),
    Kind.DOMAIN: ("域名", "网站", "site", "host"),
    Kind.QQ: ("qq号", "qq号码", "扣扣"),
    Kind.WECHAT: ("微信", "微信号", "weixin"),
    Kind.IM: ("即时通讯", "社交账号", "telegram", "纸飞机"),
    Kind.APP: ("应用", "app名称", "涉诈app", "包名", "软件"),
    Kind.IMEI: ("设备号", "串号"),
    Kind.IMSI: (),
    Kind.IP: ("ip地址",),
    Kind.EMAIL: ("邮箱", "电子邮箱", "电子邮件"),
    Kind.CRYPTO: ("钱包地址", "虚拟货币地址", "数字货币地址", "币址", "wallet"),
}
_STATES: Final[dict[IndicatorState, tuple[str, ...]]] = {
    IndicatorState.CONFIRMED: ("已确认", "确认", "涉诈", "涉案", "黑名单", "确认涉诈"),
    IndicatorState.SUSPECTED: ("涉嫌", "可疑", "疑似", "灰名单"),
    IndicatorState.CLEARED: ("已排除", "排除", "白名单"),
    IndicatorState.EXPIRED: ("已过期", "过期", "失效"),
}
_FRAUDS: Final[dict[FraudType, tuple[str, ...]]] = {
    FraudType.REBATE_TASKS: ("刷单", "刷单类", "刷单返利类", "兼职刷单"),
    FraudType.INVESTMENT: ("投资理财", "虚假投资理财", "虚假投资理财类", "假投资", "假投資", "投资诈骗", "杀猪盘"),
    FraudType.SHOPPING: ("虚假购物", "购物诈骗", "假网拍", "假網路拍賣", "网络购物", "虚假购物服务"),
    FraudType.LOGISTICS_AGENT: ("冒充客服", "冒充客服类", "冒充电商客服", "假客服", "冒充物流客服"),
    FraudType.LOAN: ("贷款", "贷款类", "网络贷款", "假贷款", "虚假贷款类"),
    FraudType.CREDIT_RECORD: ("征信", "征信类", "虚假征信类", "注销校园贷"),
    FraudType.ACQUAINTANCE: ("冒充领导", "冒充熟人", "冒充领导熟人", "冒充亲友", "冒充领导熟人类"),
    FraudType.AUTHORITY: ("冒充公检法", "冒充公检法类", "公检法", "假检警", "假檢警"),
    FraudType.ROMANCE: ("婚恋交友", "网络交友", "网络婚恋", "假交友", "裸聊", "网络婚恋交友"),
    FraudType.GAME_TRADE: ("游戏交易", "网络游戏", "网游交易", "虚假游戏交易", "网络游戏虚假交易"),
}


def fraud_type_of(text: str) -> FraudType:
    """The type that a code, a name of either list or a usual short form means; `OTHER` for anything else."""
    plain = text.strip()
    if not plain:
        return FraudType.OTHER
    known = _fraud_words().get(plain.lower())
    return known if known is not None else from_fcc12(plain)


def kind_of(text: str | None) -> Kind | None:
    """The kind of identifier that a word means; None where it means none."""
    return None if text is None else _kind_words().get(text.strip().lower())


def indicator_state_of(text: str) -> IndicatorState:
    """`SUSPECTED` unless the word says otherwise: nothing counts as confirmed by accident."""
    plain = text.strip().lower()
    return next((state for state, words in _STATES.items() if plain == state.value or plain in words), IndicatorState.SUSPECTED)


@cache
def _fraud_words() -> dict[str, FraudType]:
    words = {entry.code.value: entry.code for entry in ENTRIES.values()} | {entry.zh: entry.code for entry in ENTRIES.values()}
    return words | {word: code for code, some in _FRAUDS.items() for word in some}


@cache
def _kind_words() -> dict[str, Kind]:
    return {kind.value: kind for kind in Kind} | {word: kind for kind, words in _KINDS.items() for word in words}
