"""What the story around a sum makes of it: a withdrawal that was blocked, a task that was done, an account that was lent, a demand that ends the story, a price."""

from __future__ import annotations

import re

from fanzha.engine.reading.amounts import MEASURES
from fanzha.engine.reading.model import MoneyRole

_BLOCKED = re.compile(
    r"冻结|冻(?:住|了|到)|锁(?:了|住|定|掉|死)|风控|异常|超时|(?:卡号|账号|账户|姓名|信息|备注)[^，,。；]{0,6}(?:错|有误|不符|不一致)|(?:填|写|输)(?:写|入)?(?:错|有误)|提(?:现)?不(?:出|了|到|成)|"
    r"(?:无法|不能|没法)(?:提现|提款|取出|到账)|提现(?:失败|不成功|的时候|时)|(?:征信|信[用誉]分?|积分)[^，,。；]{0,4}(?:不够|不足|太?低|差|花)"
)
"""Why the money does not come: what is paid afterwards is paid to free it."""
_BLOCK_REACH = 44
_PAYS = re.compile(r"(?:充|交|缴|付|转|打|存|刷|补|要|汇|收|给)(?:值|纳|款|账|入|了|我|他|她|其)*(?:人民币|同等金额)?\s?[¥“”]?$")
_NO_FEE = re.compile(r"(?:投资|入金|买|货款|本金|共计?|损失|余额|显示|盈利|赚|返|退|到账|贷款?|借)[^，,。；]{0,6}$")
_TASK = re.compile(r"任务|点赞|做单|刷单|关注|好评|抢单|第[一1]次|第[一1]天|头一[天次单]")
_EARNED = re.compile(r"(?:获利?|得|赚|挣|领)(?:得|了|到|取)?\s?$|(?:给|返|退|打|结)(?:了|给)?我(?:了)?\s?$")
_CAME_BACK = re.compile(r"(?:^|[，,。；\s])(?:就|又|还|真|也|他|她|对方|平台)?(?:退|返)(?:了|给|还)?我(?:了)?\s?$")
_MULE = re.compile(
    r"跑分|走账|过账|猫池|[Gg][Oo][Ii][Pp]|架设|(?:卖|租|收|借|办)(?:给|了|过)?[^，,。；]{0,6}(?:银行卡|电话卡|手机卡|对公户|营业执照|执照)|(?:卡|账户|执照)[^，,。；]{0,8}(?:卖|租|借)给?(?:了)?他|"
    r"帮[^，,。；]{0,10}(?:取款|取现|取钱)|开(?:了)?个户给|收款码[^，,。；]{0,6}给他"
)
_AGAIN = re.compile(
    r"(?:又|再|还|继续)(?:要求?|让|叫|喊|罚|索要)[^，,。；\d费金税险补到]{0,3}\s?[¥]?$|"
    r"(?:要求|让|叫|喊|说|来一?句)[^，,。；\d]{0,3}(?:再|又)(?:借|交|付|充|转|打|加)(?:款|值)?\s?[¥]?$"
)
_PAID_AFTER = re.compile(
    r"(?:转|汇|打|付|充|交|缴|给|存|刷|补|照|扫|凑|借)(?:了|完|掉|齐|清|脱|咗|给|过去|进去|办|做)|"
    r"(?:又|也|就|再)(?:转|汇|打|付|充|交|缴|给|存)|被骗|损失|共"
)
_NAMED = re.compile(r"(?:的|作为)?[^，,。；\d]{1,5}[费金税险钱]")
_GOES_ON = re.compile(r"(?!才)[^\u4e00-\u9fff]{0,3}[\u4e00-\u9fff]{2}")
_UNPAID_REACH = 40
_PIECES = MEASURES.translate({ord(sign): None for sign in "笔次把"})
_PER = re.compile(rf"(?:^|[^第头后])(?P<one>[一每](?:个(?!月内|人账)|[{_PIECES}]))[^，,。；\d]{{0,3}}$")
_PER_AFTER = re.compile(rf"\s?(?:[一每/](?:个(?!月内|账)|[{_PIECES}]))(?!性|共)")


def is_mules(text: str) -> bool:
    """Whether the teller lent an account, drew cash or housed machines for others: what came to such a one is a wage and comes from no loss of theirs."""
    return _MULE.search(text) is not None


def story_pulls(text: str, start: int, end: int, *, mules: bool) -> dict[MoneyRole, float]:
    """How far the story pulls the sum at [start, end) towards each role; none where it says nothing. Text and place are folded."""
    left, ahead = text[max(0, start - _BLOCK_REACH) : start], text[end : end + _UNPAID_REACH]
    pulls: dict[MoneyRole, float] = {}
    if _was_blocked(left):
        pulls[MoneyRole.FEE] = 1.7
    if _EARNED.search(left):
        if mules:
            pulls[MoneyRole.OTHER] = 2.0
        elif _TASK.search(left) or _CAME_BACK.search(left):
            pulls[MoneyRole.RETURNED] = 2.0
    if _AGAIN.search(left) and _GOES_ON.match(ahead) and not (_PAID_AFTER.search(ahead) or _NAMED.match(ahead)):
        pulls[MoneyRole.OTHER] = 1.6
    price = _price_pull(left, ahead)
    if price:
        pulls[MoneyRole.OTHER] = max(price, pulls.get(MoneyRole.OTHER, price))
    return pulls


def _was_blocked(left: str) -> bool:
    """Whether it is paid after the money was blocked, with no account or date between the two."""
    blocks = list(_BLOCKED.finditer(left)) if _PAYS.search(left) and not _NO_FEE.search(left) else []
    return bool(blocks) and re.search(r"\d{6}|\d[日号]", left[blocks[-1].end() :]) is None


def _price_pull(left: str, ahead: str) -> float:
    """Above 0 where it is told for one piece (一桌1288, 1499一瓶), below where for one after the other (一张七千，一张12800)."""
    per = _PER.search(left)
    if per is None:
        return 1.2 if _PER_AFTER.match(ahead) else 0.0
    several = per["one"] in left[: per.start("one")] or per["one"] in ahead[:12]
    return -2.7 if several else 1.2
