"""Phones, cards, accounts, identity cards and QQ numbers: runs of figures, spoken ones and those with blanks, dashes or other signs between among them.

A run is cut into groups where signs stand between figures. Groups next to one another are joined in every way, each joint reading is judged by its length, its
own check digits and the label before it, and the set of readings with the highest sum is kept: a longer identifier beats a shorter one inside it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from fanzha.engine.reading.labels import ANOTHER, Label, label_before, paid_through, platform_before, service_after, service_before
from fanzha.engine.reading.runs import LONGEST, MOST_BETWEEN_COMMAS, SHORTEST, SHORTEST_CARD, Group, find_runs
from fanzha.engine.reading.taken import Taken
from fanzha.engine.reading.web import Found, try_clean
from fanzha.vocab.identifiers import Identifier, Kind
from fanzha.vocab.identifiers.phones import PhoneKind

_FORWARDED = re.compile(r"\*(?:21|61|62|67|004)\*$")
"""The code by which calls are sent on to a number: **21*…#."""
_OFFICIAL = frozenset({
    "110", "112", "114", "119", "120", "122", "96110", "12381", "12321", "12345", "12315", "12377", "12386", "12363",
     "12378", "12389", "12348", "12110", "12306", "12333", "12123", "12366", "12368", "12309", "12329", "12350", "12355", "12358", "12367", "12369",
})  # fmt: skip
_CALLED = re.compile(r"(?:本机|打不通|接到|收到|来自|显示|号码|来电|电话|短信|拨打|打来|致电|主叫|号|回拨|用|客服)[^\d，。]{0,8}$")
_CALLS = re.compile(r"\s?[)）]?\s?的?\s?(?:[^\d，。]{0,4})?(?:来电|打来|打进|发来|发的|发送|短信|的?电话|号码|呼入|给我打|打给|联系|境外|打不通|无人接|关机|停机)")
_LISTED = re.compile(
    rf"\s?(?:[(（][^()（）]{{1,12}}[)）])?[\s、,，和及与或;；/(（①②③④⑤⑥⑦⑧⑨]{{1,3}}{ANOTHER}|"
    r"[，,]?(?:后来|之后|又|再)?(?:换|改)(?:成|为|了)(?:个|一个)?号?:?\s?|[，,][^，。；,\d]{1,4}(?:的|那个)是|"
    r"\s?[，,]?(?:后来?|之后)?(?:对方|他|她)?[说称]?换(?:了|过)?(?:个|一个)?号[,，]?\s?加?\s?")
_ADDED = re.compile(r"(?:添加|加了|加他|加她|加我|加好友)(?:的是|:)?\s?$")
_NAMED_AFTER = re.compile(r"\s?(?:[(（]?\s?(?:户名|开户|账户名|户主)|(?:[)）](?!的)|[”\"])?(?:的|这个|这张|等|为|两个|多个)?"
    r"(?:账户|帐户|账号|帐号|(?:银行|信用|储蓄|[Vv][Ii][Ss][Aa])?卡(?![点顿]))|(?:收款|入账|进账)(?=[^，。]{0,4}[\d一二两三四五六七八九]))")
_TO_THE_CENT = re.compile(r"[1-9]\d*\.\d{2}")
_SAME_NUMBER = re.compile(
    r"(?:微信|(?P<payment>支付[宝寶]|[财財]付通))(?:[^。；,，\d]{0,3}(?:就是|也是|[和跟同与为是:，,])|[^。；]{0,24}一个(?:直接|也)?就?是)[^，。；\d]{0,5}(?:电话|手机|[我他她这]的?号)(?:号码?)?"
    r"(?:都?是|用)?(?:同?一个号码?|同号)?\s?[是为:,，]?\s?$")
"""微信就是手机号…, 支付宝，号就是我手机…: the number by which a service's account is found."""
_QQ_AFTER = re.compile(r"\s?(?:[(（]\s?|[这呢]个)(?:QQ|qq|扣扣|企鹅)")
_PAID_TO = re.compile(
    r"(?:转(?:账|帐|入|到|至|给|进|了)|汇(?:入|到|至|款|给)|打(?:到|入|进|款|给)|存(?:入|到|进)|付(?:到|给|至|款)|钱到了?|收款|账户|账号|帐号|"
    r"卡)[^。；\d]{0,14}$|(?:向|往|至)[^，。；\d]{0,10}$|\bto\s?$|(?:转|打|汇|付|存|寄|充)(?:款|账|钱)?(?:去|了[^。；]{0,16}(?:给|到|去|至|进|入))[^。；\d]{0,8}$")


_INHERITED = {Kind.CARD: Label.ACCOUNT, Kind.BANK_ACCOUNT: Label.ACCOUNT, Kind.QQ: Label.QQ, Kind.WECHAT: Label.WECHAT}


@dataclass(frozen=True)
class _Reading:
    found: Found
    worth: float


def find_numbers(text: str, taken: Taken) -> Iterator[Found]:
    """Non-overlapping, outside of the stretches that are already something else."""
    inherited: tuple[int, Label | None] = (-1, None)
    for run in find_runs(text, taken):
        for reading, label in _best(text, run, inherited):
            yield reading
            inherited = (reading.end, label or _INHERITED.get(reading.identifier.kind))


def _best(text: str, groups: list[Group], inherited: tuple[int, Label | None]) -> list[tuple[Found, Label | None]]:
    """The readings of highest total worth. best[i] is for the groups before i."""
    best: list[tuple[float, tuple[tuple[Found, Label | None], ...]]] = [(0.0, ())]
    labels = [_label(text, group.start, inherited) for group in groups]
    for place, (one, two) in enumerate(pairwise(groups), 1):
        if labels[place - 1] is Label.NOT_ONE and text[one.end : two.start].strip(" -") == "":
            labels[place] = Label.NOT_ONE  # the rest of an order's or a case's number
    for until in range(1, len(groups) + 1):
        choice = best[until - 1]
        length = 0
        for since in range(until - 1, -1, -1):
            length += len(groups[since].digits)
            if length > LONGEST:
                break
            if length < SHORTEST:
                continue
            reading = _judge(text, groups[since:until], labels[since])
            if reading is not None and best[since][0] + reading.worth > choice[0]:
                choice = (best[since][0] + reading.worth, (*best[since][1], (reading.found, labels[since])))
        best.append(choice)
    return list(best[-1][1])


def _label(text: str, start: int, inherited: tuple[int, Label | None]) -> Label | None:
    end, label = inherited
    if 0 <= end <= start and _LISTED.fullmatch(text[end:start]):
        return label
    return label_before(text, start)


def _judge(text: str, groups: list[Group], label: Label | None) -> _Reading | None:
    start, end = groups[0].start, groups[-1].end
    digits = "".join(group.digits for group in groups)
    if label is Label.NOT_ONE or _is_masked(text, start, end) or (len(set(digits)) == 1 and len(digits) < 10):
        return None
    if text[end : end + 1] in ("X", "x") and len(digits) == 17:
        digits, end = digits + "X", end + 1
    elif re.match(r"[A-Za-z_]", text[end : end + 1]) and not re.match(r"(?:APP|app|QQ|qq|VX|vx|WX|wx|V|v|W|w)(?![A-Za-z0-9])", text[end : end + 3]):
        return None
    if text[start - 1 : start] == "(" and ")" in text[start:end]:
        start -= 1
    if _TO_THE_CENT.fullmatch(text, start, end):
        return None
    seen = _identify(text, start, end, digits, _label_of(text, start, end, digits, label))
    if seen is None:
        return None
    identifier, confidence = seen
    if _is_list(text, groups, label):
        return None
    joints = sum(_joint(text, one, two) for one, two in pairwise(groups))
    confidence = round(max(0.3, confidence - 0.1 * joints), 3)
    return _Reading(Found(start, end, identifier, confidence), len(digits) * confidence)


def _label_of(text: str, start: int, end: int, digits: str, label: Label | None) -> Label | None:
    """The label before, unless a service named behind is more exact: '…(扣扣)', '…（支付宝）', '…是他微信'; else '…这个账户', '… (户名: 某某)'."""
    if label is Label.CARD and _MOBILE.fullmatch(digits):
        label = None  # a telephone's card
    if label in (None, Label.ACCOUNT, Label.PHONE):
        after = service_after(text, end)
        if after is not None:
            return after.label
    if label in (None, Label.ACCOUNT) and _MOBILE.fullmatch(digits):
        label = paid_through(text, start) or label
    same = _SAME_NUMBER.search(text, max(0, start - _SAME_REACH), start) if _MOBILE.fullmatch(digits) else None
    if same is not None:
        return Label.PAYMENT if same["payment"] else Label.WECHAT
    if label in (None, Label.PHONE) and _is_of_a_messenger_abroad(text, start, end, digits):
        return Label.IM
    if label is not None:
        return label
    if _QQ_AFTER.match(text, end):
        return Label.QQ
    return Label.ACCOUNT if _NAMED_AFTER.match(text, end) else None


def _is_list(text: str, groups: list[Group], label: Label | None) -> bool:
    """Whether commas between groups part numbers of a list; only those of a labelled number in short groups can belong to it."""
    if len(groups) > 1 and len(groups[0].digits) <= 2 and text[groups[0].end : groups[1].start] == ".":
        return True  # the number of an item
    commas = [text[one.end : two.start].strip() in (",", "，", "、") for one, two in pairwise(groups)]
    if sum(len(group.digits) for group in groups) <= 2 * MOST_BETWEEN_COMMAS and label in (Label.ACCOUNT, Label.CARD) and any(commas):
        return True  # sums that were paid there
    whole = label is not None or groups[0].digits.startswith("62") or (groups[0].spoken and len(commas) == 2)
    return any(commas) and not (all(commas) and whole and all(3 <= len(group.digits) <= MOST_BETWEEN_COMMAS for group in groups))


def _joint(text: str, one: Group, two: Group) -> float:
    """How much a joint costs: nothing for one blank or dash, more for a change of script and for odd signs."""
    between = text[one.end : two.start]
    cost = 0.0 if between.strip(" -\t") == "" and len(between) <= 2 else 0.5
    return cost + (0.5 if one.spoken != two.spoken else 0.0) + (0.5 if "\n" in between else 0.0)


def _is_masked(text: str, start: int, end: int) -> bool:
    if _FORWARDED.search(text, max(0, start - 6), start) and text[end : end + 1] == "#":
        return False
    return text[max(0, start - 1) : start] in ("*", "●", "•", "×") or text[end : end + 1] in ("*", "●", "•", "×") or "*" in text[start:end]


def _identify(text: str, start: int, end: int, digits: str, label: Label | None) -> tuple[Identifier, float] | None:
    """What the figures are. The label decides where the figures alone could be several things."""
    for attempt in _ATTEMPTS:
        found = attempt(text, start, end, digits, label)
        if found is not None:
            return found
    return None


def _messenger(text: str, start: int, end: int, digits: str, label: Label | None) -> tuple[Identifier, float] | None:
    mobile = bool(_MOBILE.fullmatch(digits))
    if label is Label.QQ and 5 <= len(digits) <= 11:
        return None if _LETTERS_TOO.search(text, max(0, start - 8), start) or _is_taken_off(text, start, digits) else _sure(Kind.QQ, digits, 0.96)
    if label is None and 6 <= len(digits) <= 11 and not mobile and (_ADDED.search(text, max(0, start - 6), start) or _is_of_qq(text, start)):
        return _sure(Kind.QQ, digits, 0.7)
    if label is Label.WECHAT and (mobile or 5 <= len(digits) <= 10):
        return _sure(Kind.WECHAT, digits, 0.9)
    if label is Label.IM and len(digits) < SHORTEST_CARD:
        return _of_platform(text, start, end, digits)
    if label is Label.PAYMENT and _SHORTEST_PAYMENT <= len(digits) <= 20 and not digits.startswith("62"):
        return _sure(Kind.BANK_ACCOUNT, digits, 0.85)
    return None


def _is_taken_off(text: str, start: int, digits: str) -> bool:
    """扣 before a sum takes it off; before a number it is QQ."""
    return bool(_TAKES_OFF.search(text, max(0, start - 3), start)) and (len(digits) < 8 or digits.endswith("000"))


def _of_platform(text: str, start: int, end: int, digits: str) -> tuple[Identifier, float] | None:
    after = service_after(text, end, loosely=text[start] == "+")
    platform = after.name if after and after.label is Label.IM else platform_before(text, start)
    plus = "+" if text[start] == "+" else ""
    if digits.startswith("00") and (platform or "").lower() in _OF_A_PHONE:
        plus, digits = "+", digits[2:]
    if after is None and len(digits) > _LONGEST_OWN and _SAID_ACCOUNT.search(text, max(0, start - 6), start) and (platform or "").lower() not in _OF_A_PHONE:
        return None
    if after is None and platform in _OTHER_WORDS and not plus and not _NAMED_ACCOUNT.search(text, max(0, start - 8), start):
        return None
    return _sure(Kind.IM, f"{platform}:{plus}{digits}", 0.9) if platform else None


def _is_of_a_messenger_abroad(text: str, start: int, end: int, digits: str) -> bool:
    """A number with a country's code is the account of a messenger that finds people by it, where one is named beside and no call or message."""
    if text[start] != "+" and not _WITH_CODE.match(digits):
        return False
    if _BY_A_PHONE.search(text, max(0, start - _ABROAD_REACH), start):
        return True
    after = service_after(text, end, loosely=True)
    return after is not None and after.name.lower().replace(" ", "") in _OF_A_PHONE


def _is_of_qq(text: str, start: int) -> bool:
    """Whether QQ was spoken of just before, and neither money nor the number of something else."""
    if _QQ_SIGN.search(text, max(0, start - _QQ_REACH - 2), start) is None:
        return False
    service = service_before(text, start)
    return service is not None and service.label is Label.QQ and len(service.gap) <= _QQ_REACH and not _NO_ACCOUNT.search(service.gap)


def _identity_card(_: str, __: int, ___: int, digits: str, label: Label | None) -> tuple[Identifier, float] | None:
    if len(digits) == 18 and (label is Label.ID_CARD or label not in (Label.CARD, Label.ACCOUNT)) and digits[0] in "1234568":
        found = _sure(Kind.ID_CARD, digits, 0.97 if label is Label.ID_CARD else 0.93)
        if found is not None and (label is Label.ID_CARD or not digits.startswith("62")):
            return found
    return _sure(Kind.ID_CARD, digits, 0.9) if len(digits) == 15 and label is Label.ID_CARD else None


def _mobile(text: str, start: int, _: int, digits: str, label: Label | None) -> tuple[Identifier, float] | None:
    if label in (Label.ACCOUNT, Label.CARD, Label.ID_CARD, Label.QQ, Label.WECHAT) and not (label in (Label.ACCOUNT, Label.WECHAT) and len(digits) == 11):
        return None
    if text[start] == "+" or (digits.startswith("00") and 10 <= len(digits) <= 17):
        plus = "+" if text[start] == "+" else ""
        return _sure(Kind.PHONE, plus + digits, 0.93) if 8 <= len(digits) <= 17 else None
    if re.fullmatch(r"(?:86|0|0086)?1[3-9]\d{9}", digits):
        return _sure(Kind.PHONE, digits, 0.97 if label is Label.PHONE else 0.94)
    return None


def _landline(text: str, start: int, end: int, digits: str, label: Label | None) -> tuple[Identifier, float] | None:
    if label in (Label.ACCOUNT, Label.CARD, Label.ID_CARD, Label.QQ, Label.WECHAT):
        return None
    said = label is Label.PHONE or _CALLED.search(text, max(0, start - 14), start) or _CALLS.match(text, end)
    grouped = bool(re.search(r"[-() ]", text[start:end].strip("()")))
    if re.fullmatch(r"0(?:10|2\d|[3-9]\d{2})\d{7,8}", digits) and (said or grouped) and not digits.startswith("0000"):
        return _sure(Kind.PHONE, digits, 0.95 if said else 0.85)
    if re.fullmatch(r"[48]00\d{7}", digits) and (said or grouped):
        return _sure(Kind.PHONE, digits, 0.95 if said else 0.88)
    return None


def _service(text: str, start: int, end: int, digits: str, label: Label | None) -> tuple[Identifier, float] | None:
    """Hotlines, message ports and machine numbers only where the text speaks of a call or message; the lines that victims report to never."""
    said = label is Label.PHONE or _CALLED.search(text, max(0, start - 14), start) or _CALLS.match(text, end)
    if not said or digits in _OFFICIAL or label in (Label.ACCOUNT, Label.CARD, Label.ID_CARD):
        return None
    if not re.fullmatch(r"9[56]\d{3,10}|100\d{2}|100[1-9]\d{2}|106\d{5,17}|1[12]\d{3}|14\d{11}", digits):
        return None
    found = _sure(Kind.PHONE, digits, 0.85)
    return found if found and found[0].facts.get("phone_kind") != PhoneKind.SPOOFED.value else None


def _card(text: str, start: int, _: int, digits: str, label: Label | None) -> tuple[Identifier, float] | None:
    if not digits.isdigit() or not 15 <= len(digits) <= 19:
        return None
    paid = bool(_PAID_TO.search(text, max(0, start - 22), start))
    named = label in (Label.CARD, Label.ACCOUNT) or paid
    if digits.startswith("62") and len(digits) >= 16:
        found = try_clean(Kind.CARD, digits)
        doubt = 0.05 if found and "luhn" in found.warnings else 0.0
        return (found, (0.97 if named else 0.93) - doubt) if found else None
    if label is Label.CARD or (named and _FOREIGN_CARD.fullmatch(digits) and not (try_clean(Kind.CARD, digits) or _NONE).warnings):
        return _sure(Kind.CARD, digits, 0.92)
    return None


def _account(text: str, start: int, _: int, digits: str, label: Label | None) -> tuple[Identifier, float] | None:
    if not digits.isdigit() or (digits.startswith("8986") and len(digits) in (19, 20)):  # the number of a SIM
        return None
    if (label in (Label.ACCOUNT, Label.CARD, Label.PAYMENT) and 8 <= len(digits) <= 30) or (
        label in (Label.QQ, Label.WECHAT, Label.IM) and 12 <= len(digits) <= 30 and _SAID_ACCOUNT.search(text, max(0, start - 6), start)
    ):
        return _sure(Kind.BANK_ACCOUNT, digits, 0.92 if len(digits) >= 12 else 0.8)
    if 12 <= len(digits) <= 25 and label is None and (_PAID_TO.search(text, max(0, start - 22), start) or _is_of_a_payment(text, start, digits)):
        return _sure(Kind.BANK_ACCOUNT, digits, 0.8)
    return None


def _is_of_a_payment(text: str, start: int, digits: str) -> bool:
    """Figures as many as an account has, in a sentence of money, that nothing names otherwise and that are neither a day's number, a SIM's nor a telephone's own."""
    plain = text.startswith(digits, start) or _FOURS.match(text, start)
    if not plain or not 14 <= len(digits) <= 20 or _OWN_FORM.match(digits):
        return False
    return _MONEY.search(text, max(0, start - _MONEY_REACH), start) is not None


def _sure(kind: Kind, raw: str, confidence: float) -> tuple[Identifier, float] | None:
    found = try_clean(kind, raw)
    return (found, confidence) if found else None


_MOBILE = re.compile(r"1[3-9]\d{9}")
_SAME_REACH = 40
_SHORTEST_PAYMENT = 7
"""Fewer figures beside 支付宝 are a sum."""
_LETTERS_TOO = re.compile(r"(?:号码?|[Ii][Dd]|账号)\s?[是为:]?\s?q{1,2}$")
"""探探号qq2200881: the letters belong to the account."""
_OWN_FORM = re.compile(r"20[0-4]\d[01]\d|8986|(?:86|35)\d{13}$")
_MONEY = re.compile("[转付汇打存交倒缴给钱]|账|公司|一家|户|收款|[万元块]")
_FOURS = re.compile(r"(?!(?:[1-9]\d{3} )+[1-9])\d{4}(?: \d{4}){2,4}(?: \d{1,4})?(?![\d ]\d)")
"""An account in groups of four; a list of sums has no group that begins with 0."""
_MONEY_REACH = 40
_QQ_REACH = 18
_QQ_SIGN = re.compile("[Qq扣鹅]")
_NO_ACCOUNT = re.compile(r"[转充付打花买赚返存提元块]|红包|金额|密码|编号|单号|订单|\d")
_OTHER_WORDS = frozenset({"飞机", "土豆", "line", "Line"})
"""Messengers whose names mean something else besides: a number after them is an account only where it is called one."""
_NAMED_ACCOUNT = re.compile(r"(?:号|[Ii][Dd]|账|:|@)[码户]?\s?[为是:]?\s?[“\"(]?$")
_LONGEST_OWN = 11
_OF_A_PHONE = frozenset({"whatsapp", "signal", "viber", "zalo", "telegram", "line"})
"""Their accounts are numbers with a country's code; a longer number that is called an account elsewhere is a bank's."""
_TAKES_OFF = re.compile(r"(?<![扣加的])扣\s?$")
_ABROAD_REACH = 26
_WITH_CODE = re.compile(r"00[1-9]\d{8,13}$|861[3-9]\d{9}$")
_BY_A_PHONE = re.compile(
    r"(?<![A-Za-z])(?i:whats ?app|telegram|signal|viber|zalo|line)(?![A-Za-z])"
    r"(?:(?!来电|致电|拨|[^视音]电话|短信|座机|本机|国际|转到|[A-Za-z_]\d|。|；|;|\d{4})[^+]){0,22}$")
_FOREIGN_CARD = re.compile(r"4\d{15}|5[1-5]\d{14}|35(?:2[89]|[3-8]\d)\d{12}|9(?:55[89]|00[03])\d{12,15}")
"""Numbers of cards that do not begin with 62: of other networks, and of banks before there was one. A company's account begins as it likes."""
_SAID_ACCOUNT = re.compile(r"账[号户][是为:]?\s?$")
_NONE = Identifier(Kind.CARD, "", "", ("none",))
_ATTEMPTS = (_messenger, _identity_card, _mobile, _landline, _service, _card, _account)
