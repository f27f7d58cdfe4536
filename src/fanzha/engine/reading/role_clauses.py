"""What stands right at an identifier and settles whose it is: who speaks, who is added or called, who gives away a password, whom one asks whether it is true."""

from __future__ import annotations

import re

from fanzha.engine.reading.model import Role
from fanzha.vocab.identifiers import Kind

_MONEY = frozenset({Kind.BANK_ACCOUNT, Kind.CARD})
_CONTACTS = frozenset({Kind.PHONE, Kind.QQ, Kind.WECHAT, Kind.IM, Kind.EMAIL})
_MESSENGERS = frozenset({Kind.QQ, Kind.WECHAT, Kind.IM})
_REACH, _AHEAD = 40, 24
SPEAKER = re.compile(r"(?:^|(?<=[。！？!?；;\n\s]))(?:市民|来电人|报警人|求助人|群众|坐席|接线员|话务员|接警员|民警|老人|女士|先生|答|问)[:：]\s?")
"""Whose words follow in the transcript of a call; no cue for what is told in them."""
_ASKED = re.compile(r"(?P<asked>[^。！？!?；;\n]{2,40})[？?]\s?(?:市民|来电人|报警人|群众|求助人|老人|答)[:：][^。！？!?；;\n\d]{0,8}$")
_YOURS = re.compile(r"您|你(?!们)|留(?:个|一下|下)|方便.{0,4}(?:留|联系)|回访")
_THEIRS = re.compile(r"对方|骗子|他(?!人)|她|联系(?:的)?(?:您|你)|找(?:的)?(?:您|你)")
_KIN = r"(?:他|她|其|人家|儿子|女儿|表[哥姐弟妹]|亲戚|老师|领导|老板|朋友|同学|同事|妹妹|哥哥|姐姐|舅舅|叔叔|班主任|办公室|学校|单位|派出所|公安局|银行)"
_REAL_BEFORE = re.compile(rf"真(?:正|实)?的?(?:电话|手机号?|号码?|微信|QQ|邮箱)(?:是|:)?\s?$|(?:以前|原来|原先|本来)[^，,。；;]{{0,6}}(?:电话|手机|号码?|微信|"
    rf"QQ|邮箱)(?:是|:)?\s?$|{_KIN}本人的?(?:电话|手机|号码?)\s?$")
_REAL_AFTER = re.compile(r"\s?[)）]?\s?(?:才(?:知道?|晓得|发现|清楚)|核实|确认(?!收)|(?:他|她)?说(?:号|手机)?(?:被盗|没有?|不是|丢))")
_CALLED = re.compile(rf"(?:打|拨|问|致电|与|和|跟|向|联系)(?:通|了|给|到)?[^，,。；;]{{0,4}}{_KIN}[^，,。；;]{{0,6}}(?:电话|手机|号码|办公室|座机)?号?\s?[（(]?\s?$")
_ADDED = re.compile(r"(?:拉(?:入|进|到)|加(?:入|了|上)?|添加|进(?:入|了)?|关注|搜索?)[^，,。；;\d]{0,12}(?:QQ|qq|微信|扣扣|V|v|群|号|"
    r"好友)[号群”\"]{0,2}[:：]?\s?$|群(?:号码?)?(?:[是为:])?\s?$")
_GETS_CALL = re.compile(r"(?:接|收)(?:到|听|了)?\s?(?:自称)?$")
_CALLS = re.compile(r"\s?[)）]?\s?(?:的)?(?:来电|电话|短信|呼入)")
_PASSWORD = re.compile(r"\s?[)）]?(?:卡)?[里内]?[,，]?\s?(?:的|连同|和|及|把)?(?:卡)?(?:密码|验证码|动态码|网银|U盾)(?:也|都|等)?(?:[^，,。；;]{0,4})?(?:给|"
    r"告诉|发|念|提供|交)(?!我)")
_LEAVES = re.compile(
    r"\s?[)）]?\s?(?:的)?(?:卡|账户)?[里内](?:的)?[^，,。；;]{0,14}?(?:被|没了|少了|不见|转走|划走|扣走|盗|刷|都没|转出|汇出)|[,，][^，,。；;]{0,8}(?:发现|看到|"
    r"一看)[^，,。；;]{0,4}(?:少了|没了|被(?:划|刷|转|扣|盗))"
)
_FROM = re.compile(r"(?:^|[，,；;、（(])[^，,。；;]{0,10}(?<![^，,；;。]到)(?:从|由|自)\s?$")
_OUT_OF = re.compile(r"(?:[转汇付支]出|付款|扣款|被扣|被刷)(?:的)?(?:卡|账户|账号|方|银行卡)(?:号)?(?:分别)?[为是:]?\s?$")
_SENT = re.compile(r"[^。；;]{0,60}?(?:转(?:出|到|至|入|给)|汇(?:出|到|至|入|给|款)|打(?:到|给|入)|支出|付款)")
_LENT = re.compile(r"\s?[)）]?[^，,。；;]{0,16}(?:提供|出租|出借|出售|转卖|寄|交|借)给(?:上家|他人|别人|收卡|贩卡|境外|诈骗)")


def settled_unknown(text: str, start: int, end: int, kind: Kind) -> bool:
    """Whether an account is that of a third person, who was only asked, called or played: 打他本人电话…才知道."""
    if kind not in _CONTACTS:
        return False
    left = text[max(0, start - _REACH) : start]
    return bool(_REAL_BEFORE.search(left) or (_CALLED.search(left) and _REAL_AFTER.match(text, end)))


def clause_pulls(text: str, start: int, end: int, kind: Kind) -> dict[Role, float]:
    """How far the words right at the identifier pull towards each side; none where they say nothing. Text and place are folded."""
    left = text[max(0, start - _REACH) : start]
    suspect = victim = 0.0
    answer = _ASKED.search(left)
    if answer:
        yours = _YOURS.search(answer["asked"]) and not _THEIRS.search(answer["asked"])
        victim, suspect = (1.4, 0.0) if yours else (0.0, 1.4)
    if (kind in _MESSENGERS and _ADDED.search(left)) or (kind is Kind.PHONE and _GETS_CALL.search(left) and _CALLS.match(text, end)):
        suspect += 2.6
    if kind in _MONEY:
        if _LENT.match(text, end):
            suspect += 2.6
        elif _PASSWORD.match(text, end) or _LEAVES.match(text, end):
            victim += 3.2
        if _OUT_OF.search(left) or (_FROM.search(left) and _SENT.match(text, end)):
            victim += 3.0
    return {role: strength for role, strength in ((Role.SUSPECT, suspect), (Role.VICTIM, victim)) if strength}
