"""Whose an identifier is: what the words around it say, the nearest counting most; without any, what such an identifier usually is."""

from __future__ import annotations

import re

from fanzha.engine.reading.model import Role
from fanzha.engine.reading.role_clauses import SPEAKER, clause_pulls, settled_unknown
from fanzha.engine.reading.web import Found
from fanzha.vocab.identifiers import Kind

_ANYONE = frozenset(Kind)
_MACHINES = frozenset({Kind.IP, Kind.CRYPTO, Kind.URL, Kind.DOMAIN, Kind.APP})
"""Whoever is spoken of beside them: they are the trick's unless the text calls them somebody's own."""
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
    r"(?:转|打|汇|存)去|向(?!我|本人|其本人|报警人|受害人)|往(?!我)|转入(?:账户|卡号?|方|账号)|对方(?:账户|账号|卡|卡号)|流入|流向|入账"
)
_FROM = (
    r"(?:从|用|通过|使用|由|以|经)(?:自己|本人|我|其|名下|她|他|我的|自己的|本人的|其本人|其名下|父亲|母亲|老公|丈夫|妻子|老婆|儿子|"
    r"女儿)?(?:的)?[^，。；]{0,12}?(?:卡|账户|账号|帐户|帐号|银行|支付宝|"
    r"农商|信用社|[建工农招中交]行|邮储|农信|信合)(?:卡)?(?:号)?(?!.{0,4}(?:转|汇|打)(?:到|至|入|给))|"
    r"[转汇]出(?:账户|卡号?|方|账号)(?:为|是)?|付款(?:账户|卡号?|方|人|账号)|支出账户|汇款人|扣款(?:账户|卡)|出账|被(?:扣|刷|划)|绑定的?"
)
_VICTIM = (
    r"报[警案]人|事主|受害(?:人|者)|被害人|当事人|群众|本人|我(?:的|自己|本人|名下|用的|这边|爱人|老公|老婆|妈|爸|儿子|女儿)|我是|"
    r"我叫|我[^，。；]{0,3}(?:电话|手机号?|号码|微信|卡号?|账号|QQ|身份证|户口|住)|我(?=[:：])|"
    r"自己(?:的|名下)?|其(?:本人|名下|自己)|名下|联系(?:电话|方式)|监护人|家长|现住|家住|户籍|住址|"
    r"回访|本机|机主|报警电话|居民|市民|老(?:人|伯|太)|学生|家属|来电人|"
    r"他?(?:儿子|女儿|丈夫|妻子|老伴|母亲|父亲)的?(?:电话|手机|卡)|男，|女，|\d{2}岁|单位(?:是|为)|工作单位|报警称|报案称|来所|求助"
)
_STRONG_SUSPECT = (
    r"换(?:了|成)?(?:个|新)?(?:手机)?号(?:码|了)?|"
    r"(?:对方|嫌疑人|骗子|客服|导师|老师|该人|他|她|这人|那人|卖家|买家|派单员|业务员|中介|网友)(?:的|留的|用的|给的|"
    r"留下的)?(?:联系)?(?:电话|手机号?|号码|微信号?|QQ号?|账[户号]|帐[户号]|卡号?|银行卡|联系方式|身份证(?:号码?)?)|"
    r"(?:接|收)到[^，。；]{0,14}(?:电话|来电|短信|号码|信息)|电话(?:打)?来了|打(?:我|给我|了我|他|给他)[^，。；]{0,4}(?:电话|手机)?|"
    r"来电(?:号码|显示|为|是)?|陌生(?:号码|电话|来电)|"
    r"发[件信](?:人|邮箱|地址)[^，。；]{0,4}|(?:他|她|他们|对方)的?邮箱|他发的[^，。；]{0,6}|短信里[^，。；]{0,10}(?:电话|号码)|(?:犯罪)?嫌疑人[^，。；]{0,6}|(?:户名|户主|开户人|卡主)[为是:]?[^，。；]{1,4}[，,（(]?[^，。；]{0,4}|(?:出示|发来|发了|提供)[^，。；]{0,14}(?:身份证|工作证|军官证|公函|证件)[^，。；]{0,10}|"
    r"(?:证件|工作证|身份证照片|公函)[^，。；]{0,6}(?:显示|中|上|为)[^，。；]{0,8}|自称[^，。；]{0,16}|加我(?:这个|的)?|发来[^，。；]{0,6}身份证|(?:对方|客服|他|她)[^，。；]{0,8}(?:发|出示|提供)[^，。；]{0,8}(?:身份证|证件|工作证)"
)
_STRONG_VICTIM = (
    r"(?:市民|群众|居民|村民|业主|学生|老人)[^，。；对他她骗]{0,3}(?:来电|致电|来访|报警)|(?:注册|绑定|登录|预留|填写?了?)[^，。；]{0,8}手机号?|填写?了?[^，。；]{0,4}(?:邮箱|号码)|(?:输入?了?|填写?了?|念了?|提供)[^，。；]{0,10}(?:卡号|银行卡|身份证(?:号)?)[^，。；]{0,4}$|"
    r"(?:找|打|联系)我[,，]?[^，。；]{0,3}(?:微信|QQ|电话|手机号?)?|(?:额|俺|咱|偶)的[^，。；]{0,4}(?:卡|号|账户|电话|手机|微信)|[打拨]?我(?:家)?座机|到我(?:的)?邮箱|我邮箱|我公司[^，。；]{0,4}账户|单位账户|(?:父|母|其父|其母|爸|妈)的?手机|"
    r"(?:报[警案]人|事主|受害(?:人|者)|被害人|本人|(?<![打给加])我(?!加)|自己|其本人|当事人|来电人|群众)(?:的|名下的?|使用的?|"
    r"用的)?(?:[^，。；：:加对他她骗]{0,6}?)(?:联系)?(?:电话|手机号?|号码|"
    r"微信号?|QQ号?|账[户号]|帐[户号]|卡号?|卡|银行卡|联系方式|邮箱(?:号码?|地址)?|座机|身份证(?:号码?)?)|汇出卡[^，。；]{0,4}|"
    r"(?:返|退|转|打|汇|还)(?:了|给|回|到|还)+(?:到|至|给)?(?:我|报警人|其|本人|受害人)|向(?:我|报警人|本人|受害人|其本人)|(?:我|报警人|本人|其)收到"
)
_CUES = (
    (re.compile(_STRONG_SUSPECT), Role.SUSPECT, 2.0, _ANYONE), (re.compile(_STRONG_VICTIM), Role.VICTIM, 2.2, _ANYONE), (re.compile(_TO), Role.SUSPECT, 2.4, _MONEY),
    (re.compile(_FROM), Role.VICTIM, 2.4, _MONEY), (re.compile(_SUSPECT), Role.SUSPECT, 1.0, _ANYONE), (re.compile(_VICTIM), Role.VICTIM, 1.0, _ANYONE - _MESSENGERS),
    (re.compile(r"身份证(?:号码?|号)?(?!照)|公民身份"), Role.VICTIM, 1.0, _ANYONE - _MESSENGERS - {Kind.ID_CARD}),
)  # fmt: skip
_AFTER_SUSPECT = re.compile(
    r"[)）”\"]?\s?(?:\([^)]{0,12}\)|（[^）]{0,12}）)?\s?的?[^，。；\d]{0,4}?(?:的警官|的工作证|系?伪造|系?冒用|是假的|是[Pp]的|伙同|在出租屋|来电|打来|打进|发来|打电话|给我打|呼入|自称|联系(?:我|"
    r"其|报警人|受害人|他|她|上)|加我|添加|给(?:我|"
    r"其|他|她)(?:打|发)|冒充|说|称|境外|收款|\(?户名|（户名|的?(?:电话|来电|号码)，?[^，。]{0,4}(?:自称|称|对方))")
_AFTER_VICTIM = re.compile(
    r"[)）]?\s?的?[^，。；\d]{0,6}?(?:报[警案称](?!后|号)|到所|来所|到案|来我所|到我所|到派出所|来电(?:求助|报警|反映|咨询)|求助|"
    r"(?:转出|汇出|支出|付款|向(?:对方|上述|指定|该|下列|以下)|"
    r"分\d?[一二三四五六七八九]?[次笔]向))|[)）]?\s?(?:和|及|、|跟|与|还有)(?:短信)?(?:验证码|动态码|密码)|[)）]?\s?(?:卡)?[内里](?:的)?[^，。；]{0,14}被")
_DEFAULTS: dict[Kind, Role] = {
    Kind.PHONE: Role.SUSPECT, Kind.CARD: Role.SUSPECT, Kind.BANK_ACCOUNT: Role.SUSPECT,
    Kind.URL: Role.SUSPECT, Kind.DOMAIN: Role.SUSPECT, Kind.APP: Role.SUSPECT, Kind.CRYPTO: Role.SUSPECT, Kind.QQ: Role.SUSPECT, Kind.WECHAT: Role.SUSPECT,
    Kind.IM: Role.SUSPECT, Kind.EMAIL: Role.SUSPECT, Kind.IP: Role.SUSPECT, Kind.ID_CARD: Role.VICTIM,
}  # fmt: skip
_PULL = {
    Kind.PHONE: 0.28, Kind.CARD: 0.28, Kind.BANK_ACCOUNT: 0.28, Kind.URL: 1.6, Kind.DOMAIN: 1.6, Kind.APP: 2.5,
    Kind.CRYPTO: 0.8, Kind.QQ: 0.6, Kind.WECHAT: 0.6, Kind.IM: 0.6, Kind.EMAIL: 0.3, Kind.IP: 0.8, Kind.ID_CARD: 1.2,
}  # fmt: skip
_OWN = re.compile(r"(?:我|本人|自己|报警人|受害人|被害人|事主|家里|单位|公司)(?:的|家的?|本人的?|自己的?)?(?:钱包|冷钱包|网站|IP|ip|店铺?|官网|"
    r"公众号)(?:地址)?[:是为]?\s?$")
_SAME_PERSON = re.compile(
    r"\s?[)）】]?[，,、;；\s/]{0,2}[（(【]?(?:其|绑定)?(?:联系)?(?:电话|手机|身份证|邮箱|住址|QQ|微信|卡号|银行卡|卡)?(?:号码?)?[)）】]?\s?[:为是]?\s?")
"""Between two identifiers of one person: (身份证…，手机…)."""
_NAMED = re.compile(
    r"(?:(?:(?P<suspect>户名|户主|开户人|卡主|犯罪嫌疑人|嫌疑人|上线|上家|介绍人|冒充|经查[，,])|(?P<victim>报警人|报案人|受害人|被害人|事主|当事人|群众|市民|未成年人|学生))[为是叫:(（“]?\s?"
    r"(?P<name>[\u4e00-\u9fff]某(?:某|甲|乙)?)|(?P<other>[\u4e00-\u9fff]某)(?:伙同|为诈骗|受上家|供述|控制钱包))")
_MOST_NAMES = 40
_STOP = re.compile(r"[。！!？?；;\n]")
_REACH = 48
_ENOUGH = 1.5
"""From here on further cues for the same role only compete, they do not add up."""


def role_of(text: str, found: Found, before: tuple[int, Role] | None = None, people: dict[str, Role] | None = None) -> tuple[Role, float]:
    """(role, how sure in 0..1). Text and place are folded; `before`: where the identifier before it ends and whose it is; `people`: see `people_of`."""
    kind = found.identifier.kind
    if kind in _MACHINES:
        own = _OWN.search(text, max(0, found.start - 16), found.start)
        return (Role.VICTIM, 0.75) if own else (Role.SUSPECT, 0.9)
    if settled_unknown(text, found.start, found.end, kind):
        return Role.UNKNOWN, 0.7
    pull = {Role.SUSPECT: 0.0, Role.VICTIM: 0.0}
    for role, strength in clause_pulls(text, found.start, found.end, kind).items():
        pull[role] += strength
    pull[_DEFAULTS.get(kind, Role.SUSPECT)] += 1.2 if found.identifier.facts.get("foreign") is True else _PULL.get(kind, 0.3)
    left = _sentence_before(text, found.start)
    if before is not None and before[1] is not Role.UNKNOWN and _SAME_PERSON.fullmatch(text[before[0] : found.start]):
        pull[before[1]] += 2.0
    _add_people(pull, left, people or {})
    _add_cues(pull, left, kind)
    if _AFTER_VICTIM.match(text, found.end) and not left.rstrip().endswith(("向", "往", "给", "到", "至")):
        pull[Role.VICTIM] += 1.6
    elif _AFTER_SUSPECT.match(text, found.end):
        pull[Role.SUSPECT] += 1.2
    return _decide(pull)


def _add_people(pull: dict[Role, float], left: str, people: dict[str, Role]) -> None:
    for name, whose in people.items():
        if name in left:
            pull[whose] += 3.0 * 0.955 ** (len(left) - left.rindex(name) - len(name))


def _add_cues(pull: dict[Role, float], left: str, kind: Kind) -> None:
    """The last of each kind of words before the identifier."""
    for pattern, role, strength, kinds in _CUES:
        ends = [cue.end() for cue in pattern.finditer(left)] if kind in kinds else []
        if ends:
            pulled = _pull(strength, left, ends[-1])
            pull[role] = max(pull[role], pulled) if pull[role] > _ENOUGH else pull[role] + pulled


def people_of(text: str) -> dict[str, Role]:
    """Names that the text introduces as somebody's (户名陈某, 受害人林某) → whose side they are on; a name on both sides is left out."""
    found: dict[str, set[Role]] = {}
    for match in _NAMED.finditer(text):
        found.setdefault(match["name"] or match["other"], set()).add(Role.VICTIM if match["victim"] else Role.SUSPECT)
    return {name: next(iter(roles)) for name, roles in list(found.items())[:_MOST_NAMES] if len(roles) == 1}


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
    return SPEAKER.sub("", left[max((found.end() for found in _STOP.finditer(left)), default=0) :])
