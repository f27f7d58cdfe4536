"""Telephone numbers of every sort that Chinese call and message records hold.

Real numbers are kept in E.164 (`+8613800138000`, `+865942123456`, `+85291234567`); service numbers (110, 10086, 95588, 400…, 106…) as digits.
Sources: number ranges per the public numbering lists as of 2023-03 (virtual operators 162/165/167/170/171; satellite 174/1349/1619);
106 are message ports; the lengths of 13-digit machine numbers, 400, 95 and 96 numbers are general knowledge.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from fanzha.vocab.identifiers import phone_places
from fanzha.vocab.identifiers.base import Cleaned, InvalidIdentifier, Kind, require_number, tidy


class PhoneKind(StrEnum):
    MOBILE = "mobile"  # 境内手机
    VIRTUAL = "virtual"  # 虚拟运营商手机
    SATELLITE = "satellite"  # 卫星电话
    IOT = "iot"  # 物联网号码
    LANDLINE = "landline"  # 固定电话
    SHORT = "short"  # 110、10086、12345 等短号
    HOTLINE = "hotline"  # 95、96 客服号码
    VOIP = "voip"  # 95013 等中继号码
    TOLL_FREE = "toll_free"  # 400、800
    SMS_PORT = "sms_port"  # 106 短信端口
    FOREIGN = "foreign"  # 境外号码
    SPOOFED = "spoofed"  # 伪造来电显示


@dataclass(frozen=True)
class PhoneFacts:
    """What a clean number tells. `region` is a GB/T 2260 code of 4 digits (6 for a county directly under its province), None where unknown."""

    kind: PhoneKind
    carrier: str | None = None
    region: str | None = None
    foreign: bool = False
    virtual_operator: bool = False


_VIRTUAL = ("162", "165", "167", "170", "171")
_SATELLITE = ("174", "1349", "1619")
_NOISE = re.compile(r"[\s\-().·_]")
_LABEL = re.compile(r"^(?:手机号?|电话|tel|phone|mobile)[:：]?", re.IGNORECASE)
_EXTENSION = re.compile(r"^(?P<number>.*\d{3})\s*(?:转|分机|[,;#x]|ext\.?)\s*\d{1,6}$", re.IGNORECASE)
_DASHED_EXTENSION = re.compile(r"^(?P<number>\(?0.*\d{7})-\d{1,6}$")  # of landlines only: 0594-2123456-801
_CALL_CARRIER = re.compile(r"^(?:17951|17911|17909|12593|17950|17910|17908|10193|17900)(?=0?1[3-9]\d{9}$|0\d{9,11}$)")

_MOBILE = re.compile(r"1[3-9]\d{9}")
_IOT = re.compile(r"14[0-9]\d{10}|1064[6-9]\d{8}")
_LANDLINE = re.compile(r"(?:10|2\d)\d{8}|(?![48]00)[3-9]\d{2}\d{7,8}")  # without the leading 0; 400 and 800 are no area codes
_SERVICE: tuple[tuple[PhoneKind, re.Pattern[str]], ...] = (
    (PhoneKind.TOLL_FREE, re.compile(r"[48]00\d{7}")),
    (PhoneKind.VOIP, re.compile(r"950\d{7,12}")),
    (PhoneKind.HOTLINE, re.compile(r"9[56]\d{3,9}")),
    (PhoneKind.SMS_PORT, re.compile(r"106\d{3,17}")),
    (PhoneKind.SHORT, re.compile(r"1[12][0-9]|100\d{2,3}|1[12]\d{2,4}|1259\d{1,6}|101\d{2,3}")),
)
_COUNTRY = re.compile(  # calling codes in use (ITU-T E.164 assignments)
    r"1[2-9]|2(?:0|1[12368]|[2346]\d|5[0-8]|7|9[01789])|3(?:[0-469]|5\d|7[0-9]|8[0-35-79])|4(?:[013-9]|2[013])|5(?:0\d|[1-8]|9\d)|6(?:[0-6]|7[02-9]|8[0-35-9]|9[0-2])"
    r"|7|8(?:0[08]|[124]|5[02356]|7[08]|8[01236-8])|9(?:[0-58]|6[0-8]|7[0-79]|9[2-68])"
)
_FOREIGN = re.compile(r"[1-9]\d{6,14}")
_LOCAL = re.compile(r"[2-8]\d{6,7}")


def clean_phone(text: str) -> Cleaned:
    """`text` is tidied. Raises InvalidIdentifier."""
    number = _LABEL.sub("", require_number(Kind.PHONE, text)).strip()
    extended = _EXTENSION.match(number) or _DASHED_EXTENSION.match(number)
    warnings: tuple[str, ...] = ("extension_dropped",) if extended else ()
    number = _NOISE.sub("", extended["number"] if extended else number)
    dialled = _CALL_CARRIER.sub("", number)
    if dialled != number:
        warnings += ("ip_prefix_dropped",)
    value = _settle(dialled)
    told = facts(value)
    warnings += _doubts(told.kind)
    return Cleaned(value, warnings, {"phone_kind": told.kind.value, "foreign": told.foreign, "virtual_operator": told.virtual_operator})


def _doubts(kind: PhoneKind) -> tuple[str, ...]:
    doubted = {PhoneKind.VIRTUAL: "virtual_operator", PhoneKind.SATELLITE: "satellite", PhoneKind.SPOOFED: "spoofed"}
    return (doubted[kind],) if kind in doubted else ()


def _settle(number: str) -> str:
    """The clean form of digits with an optional plus."""
    if not re.fullmatch(r"\+?\d{3,21}", number):
        raise InvalidIdentifier(Kind.PHONE, "not_a_phone")
    if number.startswith("+"):
        return _international(number[1:])
    if number.startswith("00"):
        return _international(number[2:])
    inland = _inland(number)
    if inland is not None:
        return inland
    if number.startswith("86") and (inland := _inland(number[2:], after_country=True)) is not None:
        return inland
    raise InvalidIdentifier(Kind.PHONE, "no_area_code" if _LOCAL.fullmatch(number) else "not_a_phone")


def _international(digits: str) -> str:
    """After the plus. What no exchange can have sent (+00…, +110, +1 0…) is kept as it was shown: it is the mark of a spoofed call."""
    if digits.startswith("86"):
        inland = _inland(digits[2:], after_country=True)
        if inland is not None:
            return inland
    if not 3 <= len(digits) <= 20:
        raise InvalidIdentifier(Kind.PHONE, "not_a_phone")
    return f"+{digits}"


def _inland(number: str, *, after_country: bool = False) -> str | None:
    """The clean form of a mainland number, None if it is none. After +86 an area code may stand without its 0 and wins over a service number of its length."""
    bare = number.removeprefix("0")
    if _MOBILE.fullmatch(bare) or _IOT.fullmatch(number):
        return f"+86{bare}"
    if (number.startswith("0") or after_country) and _LANDLINE.fullmatch(bare):
        return f"+86{bare}"
    if _is_service(number):
        return number
    return None


def _is_service(number: str) -> bool:
    return any(pattern.fullmatch(number) for _, pattern in _SERVICE)


def clean_fast(raw: str) -> str | None:
    """The clean number, None where there is none. For the intake's hot path: a plain mobile costs no more than the test of its digits."""
    if len(raw) == 11 and raw.isdigit() and raw.isascii() and raw[0] == "1" and raw[1] in "3456789":
        return f"+86{raw}"
    return _clean_slow(raw)


@lru_cache(maxsize=65_536)
def _clean_slow(raw: str) -> str | None:
    try:
        return clean_phone(tidy(raw)).value
    except InvalidIdentifier:
        return None


def facts(value: str) -> PhoneFacts:
    """What a clean number tells; place and carrier from the offline number table.

    Raises:
        RegionsNotBuilt: the table of regions is missing.
    """
    if value.startswith("+86"):
        return _inland_facts(value[3:])
    if value.startswith("+"):
        return PhoneFacts(_abroad(value[1:]), foreign=True)
    return PhoneFacts(next((kind for kind, pattern in _SERVICE if pattern.fullmatch(value)), PhoneKind.SHORT))


def _abroad(digits: str) -> PhoneKind:
    if not (_FOREIGN.fullmatch(digits) and _COUNTRY.match(digits)):
        return PhoneKind.SPOOFED  # no such country, or (+1 0…, +1 1…) an area code that cannot exist
    return PhoneKind.SATELLITE if digits.startswith(("870", "881")) else PhoneKind.FOREIGN


def _inland_facts(number: str) -> PhoneFacts:
    if _IOT.fullmatch(number):
        return PhoneFacts(PhoneKind.IOT, carrier=None)
    if _MOBILE.fullmatch(number):
        return _mobile_facts(number[:7])
    if _LANDLINE.fullmatch(number):
        return PhoneFacts(PhoneKind.LANDLINE, region=phone_places.region_of_area_code(number))
    return PhoneFacts(PhoneKind.SPOOFED, foreign=False)


@lru_cache(maxsize=131_072)
def _mobile_facts(prefix: str) -> PhoneFacts:
    place = phone_places.of_mobile(prefix)
    carrier, region = (place.carrier, place.region) if place else (None, None)
    if prefix.startswith(_SATELLITE):
        return PhoneFacts(PhoneKind.SATELLITE, carrier, region)
    is_virtual = prefix.startswith(_VIRTUAL)
    return PhoneFacts(PhoneKind.VIRTUAL if is_virtual else PhoneKind.MOBILE, carrier, region, virtual_operator=is_virtual)


def mask_phone(value: str) -> str:
    """Mainland mobile: first 3 and last 4 digits. Landline: area code and last 4. Foreign: country's first 3 digits and last 3. Service numbers in full."""
    if not value.startswith("+"):
        return value
    number = value.removeprefix("+86")
    if _MOBILE.fullmatch(number):
        return f"{number[:3]}****{number[7:]}"
    if value.startswith("+86") and _LANDLINE.fullmatch(number):
        area = 2 if number.startswith(("10", "2")) else 3
        return f"0{number[:area]}{'*' * (len(number) - area - 4)}{number[-4:]}"
    if len(value) < 9:
        return value if len(value) <= 6 else f"{value[:4]}{'*' * (len(value) - 4)}"
    return f"{value[:4]}{'*' * (len(value) - 7)}{value[-3:]}"
