"""What every kind of identifier shares: the words, the tidying and the reasons."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from fanzha.kit.errors import InvalidInput

Fact = str | bool | None

_NOTHING: Mapping[str, Fact] = MappingProxyType({})


class Kind(StrEnum):
    PHONE = "phone"  # 电话号码
    BANK_ACCOUNT = "bank_account"  # 银行账户、支付账户
    CARD = "card"  # 银行卡
    ID_CARD = "id_card"  # 居民身份证
    URL = "url"  # 网址
    DOMAIN = "domain"  # 域名
    QQ = "qq"
    WECHAT = "wechat"  # 微信
    IM = "im"  # 其他即时通讯账号
    APP = "app"  # 应用
    IMEI = "imei"  # 设备识别码
    IMSI = "imsi"  # 用户识别码
    IP = "ip"
    EMAIL = "email"
    CRYPTO = "crypto"  # 虚拟货币地址


@dataclass(frozen=True)
class Identifier:
    """A clean identifier. `warnings` are codes of `REASONS`; `facts` are what the value itself tells (they differ by kind)."""

    kind: Kind
    value: str
    raw: str
    warnings: tuple[str, ...] = ()
    facts: Mapping[str, Fact] = field(default_factory=lambda: _NOTHING)


@dataclass(frozen=True)
class Problem:
    """Something wrong with a value. An error means that it cannot be used; otherwise it is a doubt worth showing."""

    code: str
    is_error: bool
    zh: str
    en: str


@dataclass(frozen=True)
class Cleaned:
    """What a family's cleaner returns."""

    value: str
    warnings: tuple[str, ...] = ()
    facts: Mapping[str, Fact] = field(default_factory=lambda: _NOTHING)


REASONS: dict[str, tuple[str, str]] = {
    # errors
    "empty": ("内容为空", "it is empty"),
    "masked": ("号码已打码，无法使用", "digits are masked"),
    "excel_destroyed": ("号码被表格软件改成了科学计数法，末尾数字已丢失", "a spreadsheet turned it into scientific notation and its last digits are lost"),
    "not_a_phone": ("不是有效的电话号码", "it is not a telephone number"),
    "no_area_code": ("固定电话缺少区号", "a landline needs its area code"),
    "not_an_account": ("账号应为 5 至 34 位数字或字母", "an account has 5 to 34 letters or digits"),
    "not_a_card": ("银行卡号应为 13 至 19 位数字", "a card number has 13 to 19 digits"),
    "not_an_id_card": ("身份证号应为 18 位（或 15 位旧证）", "an identity number has 18 digits, or 15 on an old card"),
    "bad_check_digit": ("校验位不符", "the check digit does not match"),
    "bad_birth_date": ("出生日期不存在或在未来", "the birth date does not exist or lies in the future"),
    "bad_region": ("行政区划代码不存在", "no province has this code"),
    "not_a_domain": ("不是有效的域名", "it is not a domain name"),
    "not_a_url": ("不是有效的网址", "it is not a web address"),
    "not_an_ip": ("不是有效的 IP 地址", "it is not an IP address"),
    "not_an_email": ("不是有效的电子邮箱", "it is not an e-mail address"),
    "not_a_qq": ("QQ 号应为 5 至 11 位数字，不以 0 开头", "a QQ number has 5 to 11 digits and does not begin with 0"),
    "not_a_wechat": ("微信号应为 6 至 20 位，以字母开头", "a WeChat id has 6 to 20 characters and begins with a letter"),
    "not_an_im": ("即时通讯账号应写作“平台:账号”", "write the account as platform:account"),
    "not_an_app": ("不是有效的应用包名或名称", "it is not an app's package or name"),
    "not_an_imei": ("IMEI 应为 14 至 16 位数字", "an IMEI has 14 to 16 digits"),
    "not_an_imsi": ("IMSI 应为 14 或 15 位数字", "an IMSI has 14 or 15 digits"),
    "not_a_crypto_address": ("不是可识别的虚拟货币地址", "it is not a known kind of cryptocurrency address"),
    "not_clean": ("写法不规范", "it is not in its clean form"),
    # warnings
    "luhn": ("卡号校验位不符，请核对", "the Luhn check digit does not match"),
    "maybe_rounded": ("末尾数字全为 0，可能被表格软件截断", "it ends in zeros and may have been rounded by a spreadsheet"),
    "iban_check": ("国际账号校验不符", "the IBAN check digits do not match"),
    "virtual_operator": ("虚拟运营商号段", "a virtual operator's range"),
    "satellite": ("卫星电话号段", "a satellite range"),
    "spoofed": ("来电显示疑似伪造", "the number shown cannot be real: it is probably spoofed"),
    "extension_dropped": ("已去掉分机号", "the extension was dropped"),
    "ip_prefix_dropped": ("已去掉 IP 拨号前缀", "the call-carrier prefix was dropped"),
    "old_id_card": ("由 15 位旧证号转换", "converted from an old 15-digit number"),
    "unknown_county": ("区县代码不在现行区划表中", "the county code is not in today's table"),
    "userinfo_dropped": ("已去掉网址中 @ 之前的部分", "the part before @ was dropped"),
    "homograph": ("域名混用形近字符", "the name mixes look-alike characters"),
    "unknown_suffix": ("域名后缀不在公共后缀表中", "the suffix is not in the public suffix list"),
    "port_dropped": ("已去掉端口", "the port was dropped"),
    "search_handle": ("是手机号或 QQ 号，而非微信号", "a phone or QQ number used to find the WeChat account"),
    "check_digit_filled": ("已补全校验位", "the check digit was filled in"),
    "software_version_dropped": ("已去掉软件版本号", "the software version was dropped"),
    "eip55": ("大小写校验不符，请核对", "the EIP-55 checksum does not match"),
}


class InvalidIdentifier(InvalidInput):
    """The identifier is not valid."""

    code = "invalid_identifier"
    remedy = "Correct it and send it again."

    def __init__(self, kind: Kind, reason: str) -> None:
        self.kind = kind
        self.reason = reason
        self.zh, self.en = REASONS[reason]
        super().__init__(f"Not a valid {kind.value.replace('_', ' ')}: {self.en}.", kind=kind.value, reason=reason)


_SCIENTIFIC = re.compile(r"[+-]?\d(?:\.\d+)?[eE][+]?\d{1,3}")
_EXCEL_FRACTION = re.compile(r"(\d{3,})\.0+")
_INVISIBLE = re.compile(r"[\u0000-\u0008\u000e-\u001f\u007f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]")
_DASHES = re.compile(r"[\u2010-\u2015\u2212\u30fc]")


def tidy(raw: str) -> str:
    """NFKC (full-width digits become plain), invisible characters and Excel's leading apostrophe removed, all dashes '-', trimmed."""
    if raw.isascii():
        return _INVISIBLE.sub("", raw).strip().lstrip("'`").strip()
    plain = unicodedata.normalize("NFKC", _INVISIBLE.sub("", raw))
    return _DASHES.sub("-", _INVISIBLE.sub("", plain)).strip().lstrip("'`‘’").strip()


def require_number(kind: Kind, text: str) -> str:
    """The text without the '.0' that a spreadsheet adds.

    Raises:
        InvalidIdentifier: it is empty, masked, or in scientific notation.
    """
    if not text:
        raise InvalidIdentifier(kind, "empty")
    if _SCIENTIFIC.fullmatch(text):
        raise InvalidIdentifier(kind, "excel_destroyed")
    if "*" in text or "●" in text or "•" in text:
        raise InvalidIdentifier(kind, "masked")
    fraction = _EXCEL_FRACTION.fullmatch(text)
    return fraction[1] if fraction else text


def luhn_digit(digits: str) -> str:
    """The check digit that makes `digits` + it pass Luhn (ISO/IEC 7812-1 annex B)."""
    total = 0
    for place, char in enumerate(reversed(digits)):
        number = int(char) * (2 if place % 2 == 0 else 1)
        total += number - 9 if number > 9 else number
    return str(-total % 10)


def passes_luhn(digits: str) -> bool:
    return luhn_digit(digits[:-1]) == digits[-1]


def cover(value: str, head: int, tail: int) -> str:
    """The first `head` and last `tail` characters, stars between; never more than half of the value is shown, at least one is hidden."""
    spare = len(value) // 2
    head, tail = (head, tail) if head + tail <= spare else _shrink(head, tail, spare)
    shown_tail = value[len(value) - tail :] if tail else ""
    return f"{value[:head]}{'*' * max(1, len(value) - head - tail)}{shown_tail}"


def _shrink(head: int, tail: int, spare: int) -> tuple[int, int]:
    small = min(tail, (spare + 1) // 2)
    return min(head, spare - small), small
