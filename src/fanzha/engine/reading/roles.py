"""Whose an identifier is: what the words around it say, the nearest counting most; without any, what such an identifier usually is."""

from __future__ import annotations

import re

from fanzha.engine.reading.model import Role
from fanzha.engine.reading.web import Found
from fanzha.vocab.identifiers import Kind

_ANYONE = frozenset(Kind)
_MONEY = frozenset({Kind.BANK_ACCOUNT, Kind.CARD})
_MESSENGERS = frozenset({Kind.QQ, Kind.WECHAT, Kind.IM})

_SUSPECT = (
    r"对方(?:的)?(?:提供|指定|发来|给)?|嫌疑人|嫌犯|骗子|诈骗(?:分子|人员|犯)|不法分子|犯罪分子|自称|冒充|陌生(?:人|号码|男子|女子|"
    r"来电|电话)?|所谓的?|假(?:客服|警官|平台)|客服|导师|老师|派单员|接待员|群主|助理|"
    r"业务员|专员|经理|卖家|买家|收款(?:人|方|账[户号]|帐[户号]|卡)?|转入(?:账户|卡|方)|嫌疑(?:账户|电话|人)?|涉案|接到|收到|来电|"
    r"打来|加(?:了|上|他|她|其|我)?(?:一个|对方)?(?:微信|QQ|qq|扣扣|V|v|薇|好友)|"
    r"添加|网址|链接|网站|平台|下载|一个(?:叫|号码|手机号|微信|QQ|女|男|人)|一名|一女|一男|一自称|另一|该(?:号码|账户|卡|男|女|人|微信|QQ)|此号码|"
    r"他(?:的|说|让|给|用)|她(?:的|说|让|给|用)|那(?:个|边|头)|人家|有人|有个|指定|提供的?|发(?:来|给)|户名|主叫|回拨|拨打|短信|网友|"
    r"男友|女友|领导|主播|房东|中介|代理|上家|下家|车手|卡主|供货商|厂家|厂商|"
    r"货主|警官|佢|伊|那人|此人|好友|骗我|冒充者"
)
_TO = (
    r"转(?:账|帐|款|钱)?(?:到|至|给|入|进|往|向)|(?:转|汇|打|付|存|划)(?:了|出|走)?[^，。；]{0,14}?(?:到|至|给|入|进|往|去)|汇(?:款|"
    r"到|至|入|给)?|打(?:到|入|进|给|款)|存(?:入|到|"
    r"进)|付(?:给|到|至|款)|充(?:值)?(?:到|至|入|进)|收款(?:方|人|账户|账号|卡号?)?|"
    r"向(?!我|本人|其本人|报警人|受害人)|往(?!我)|转入(?:账户|卡号?|方|账号)|对方(?:账户|账号|卡|卡号)|流入|流向|入账"
)
_FROM = (
    r"(?:从|用|通过|使用|由|以|经)(?:自己|本人|我|其|名下|她|他|我的|自己的|本人的|其本人|其名下|父亲|母亲|老公|丈夫|妻子|老婆|儿子|"
    r"女儿)?(?:的)?[^，。；]{0,12}?(?:卡|账户|账号|帐户|帐号|银行|支付宝|"
    r"农商|信用社)(?:卡)?(?:号)?(?!.{0,4}(?:转|汇|打)(?:到|至|入|给))|"
    r"转出(?:账户|卡号?|方|账号)|付款(?:账户|卡号?|方|人|账号)|支出账户|汇款人|扣款(?:账户|卡)|出账|被(?:扣|刷|划)|绑定的?"
)
_VICTIM = (
    r"报[警案]人|事主|受害(?:人|者)|被害人|当事人|群众|本人|我(?:的|自己|本人|名下|用的|这边|爱人|老公|老婆|妈|爸|儿子|女儿)|我是|"
    r"我叫|我[^，。；]{0,3}(?:电话|手机号?|号码|微信|卡号?|账号|QQ|身份证|户口|住)|我(?=[:：])|"
    r"自己(?:的|名下)?|其(?:本人|名下|自己)|名下|联系(?:电话|方式)|监护人|家长|身份证(?:号码?|号)?(?!照)|公民身份|现住|家住|户籍|住址|"
    r"回访|本机|机主|报警电话|居民|市民|老(?:人|伯|太)|学生|家属|来电人|"
    r"他?(?:儿子|女儿|丈夫|妻子|老伴|母亲|父亲)的?(?:电话|手机|卡)|男，|女，|\d{2}岁|单位(?:是|为)|工作单位|报警称|报案称|来所|求助"
)
_STRONG_SUSPECT = (
    r"换(?:了|成)?(?:个|新)?(?:手机)?号(?:码|了)?|"
    r"(?:对方|嫌疑人|骗子|客服|导师|老师|该人|他|她|这人|那人|卖家|买家|派单员|业务员|中介|网友)(?:的|留的|用的|给的|"
    r"留下的)?(?:联系)?(?:电话|手机号?|号码|微信号?|QQ号?|账[户号]|帐[户号]|卡号?|银行卡|联系方式|身份证(?:号码?)?)|"
    r"(?:接|收)到[^，。；]{0,14}(?:电话|来电|短信|号码|信息)|电话(?:打)?来了|打(?:我|给我|了我|他|给他)[^，。；]{0,4}(?:电话|手机)?|"
    r"来电(?:号码|显示|为|是)?|陌生(?:号码|电话|来电)|"
    r"自称[^，。；]{0,16}|加我(?:这个|的)?|发来[^，。；]{0,6}身份证|(?:对方|客服|他|她)[^，。；]{0,8}(?:发|出示|提供)[^，。；]{0,8}(?:身份证|证件|工作证)"
)
_STRONG_VICTIM = (
    r"(?:市民|群众|居民|村民|业主|学生|老人)[^，。；对他她骗]{0,3}(?:来电|致电|来访|报警)|(?:注册|绑定|登录)[^，。；]{0,8}手机号?|"
    r"(?:报[警案]人|事主|受害(?:人|者)|被害人|本人|(?<![打给加])我(?!加)|自己|其本人|当事人|来电人|群众)(?:的|名下的?|使用的?|"
    r"用的)?(?:[^，。；：:加对他她骗]{0,6}?)(?:联系)?(?:电话|手机号?|号码|"
    r"微信号?|QQ号?|账[户号]|帐[户号]|卡号?|卡|银行卡|联系方式|身份证(?:号码?)?)|"
    r"(?:返|退|转|打|汇|还)(?:了|给|回|到|还)+(?:到|至|给)?(?:我|报警人|其|本人|受害人)|向(?:我|报警人|本人|受害人|其本人)|(?:我|报警人|本人|其)收到"
)
_CUES = (
    (re.compile(_STRONG_SUSPECT), Role.SUSPECT, 2.0, _ANYONE), (re.compile(_STRONG_VICTIM), Role.VICTIM, 2.2, _ANYONE), (re.compile(_TO), Role.SUSPECT, 2.4, _MONEY),
    (re.compile(_FROM), Role.VICTIM, 2.4, _MONEY), (re.compile(_SUSPECT), Role.SUSPECT, 1.0, _ANYONE), (re.compile(_VICTIM), Role.VICTIM, 1.0, _ANYONE - _MESSENGERS),
)  # fmt: skip
_AFTER_SUSPECT = re.compile(
    r"[)）”\"]?\s?(?:\([^)]{0,12}\)|（[^）]{0,12}）)?\s?的?[^，。；\d]{0,4}?(?:来电|打来|打进|发来|打电话|给我打|呼入|自称|联系(?:我|"
    r"其|报警人|受害人|他|她|上)|加我|添加|给(?:我|"
    r"其|他|她)(?:打|发)|冒充|说|称|境外|收款|\(?户名|（户名|的?(?:电话|来电|号码)，?[^，。]{0,4}(?:自称|称|对方))")
_AFTER_VICTIM = re.compile(
    r"[)）]?\s?的?[^，。；\d]{0,6}?(?:报[警案称](?!后|号)|到所|来所|到案|来我所|到我所|到派出所|来电(?:求助|报警|反映|咨询)|求助|"
    r"(?:转出|汇出|支出|付款|向(?:对方|上述|指定|该|下列|以下)|"
    r"分\d?[一二三四五六七八九]?[次笔]向))")
_DEFAULTS: dict[Kind, Role] = {
    Kind.PHONE: Role.SUSPECT, Kind.CARD: Role.SUSPECT, Kind.BANK_ACCOUNT: Role.SUSPECT,
    Kind.URL: Role.SUSPECT, Kind.DOMAIN: Role.SUSPECT, Kind.APP: Role.SUSPECT, Kind.CRYPTO: Role.SUSPECT, Kind.QQ: Role.SUSPECT, Kind.WECHAT: Role.SUSPECT,
    Kind.IM: Role.SUSPECT, Kind.EMAIL: Role.SUSPECT, Kind.IP: Role.SUSPECT, Kind.ID_CARD: Role.VICTIM,
}  # fmt: skip
_PULL = {
    Kind.PHONE: 0.28, Kind.CARD: 0.28, Kind.BANK_ACCOUNT: 0.28, Kind.URL: 1.6, Kind.DOMAIN: 1.6, Kind.APP: 2.5,
    Kind.CRYPTO: 0.8, Kind.QQ: 0.6, Kind.WECHAT: 0.6, Kind.IM: 0.6, Kind.EMAIL: 0.3, Kind.IP: 0.8, Kind.ID_CARD: 1.2,
}  # fmt: skip
_STOP = re.compile(r"[。！!？?；;\n]")
_REACH = 48
_ENOUGH = 1.5
"""From here on further cues for the same role only compete, they do not add up."""


def role_of(text: str, found: Found) -> tuple[Role, float]:
    """(role, how sure in 0..1). Text and place are folded."""
    kind = found.identifier.kind
    pull = {Role.SUSPECT: 0.0, Role.VICTIM: 0.0}
    pull[_DEFAULTS.get(kind, Role.SUSPECT)] += 1.2 if found.identifier.facts.get("foreign") is True else _PULL.get(kind, 0.3)
    left = _sentence_before(text, found.start)
    for pattern, role, strength, kinds in _CUES:
        if kind not in kinds:
            continue
        ends = [cue.end() for cue in pattern.finditer(left)]
        if ends:
            pulled = _pull(strength, left, ends[-1])
            pull[role] = max(pull[role], pulled) if pull[role] > _ENOUGH else pull[role] + pulled
    if _AFTER_VICTIM.match(text, found.end):
        pull[Role.VICTIM] += 1.6
    elif _AFTER_SUSPECT.match(text, found.end):
        pull[Role.SUSPECT] += 1.2
    return _decide(pull)


def _pull(strength: float, left: str, end: int) -> float:
    """A cue weakens with distance and with every comma between."""
    between = left[end:]
    return float(strength * 0.955 ** len(between) * 0.65 ** (between.count("，") + between.count(",")))


def _decide(pull: dict[Role, float]) -> tuple[Role, float]:
    suspect, victim = pull[Role.SUSPECT], pull[Role.VICTIM]
    if max(suspect, victim) < 0.25 or abs(suspect - victim) < 0.05:
        return Role.UNKNOWN, 0.5
    sure = 0.55 + 0.4 * min(1.0, abs(suspect - victim) / 1.5)
    return (Role.SUSPECT if suspect > victim else Role.VICTIM), sure


def _sentence_before(text: str, start: int) -> str:
    """The words before, back to the sentence's beginning."""
    left = text[max(0, start - _REACH) : start]
    return left[max((found.end() for found in _STOP.finditer(left)), default=0) :]
