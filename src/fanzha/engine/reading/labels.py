"""What the words before a number say it is: a card number, a QQ number, an order number."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from fanzha.vocab.identifiers import Kind
from fanzha.vocab.identifiers.im import PLATFORMS

ANOTHER = r"(?:(?:还有|另有|另外)(?:是)?(?:一个|个)?|以及|非|不是|备用|小号|又)?(?:是|:)?\s?"
"""What introduces the next item of a list, behind its comma."""


class Label(StrEnum):
    """Kinds of identifiers by their label; `NOT_ONE`: the number names an order, a parcel, a case, a meeting."""

    PHONE = Kind.PHONE.value
    CARD = Kind.CARD.value
    ACCOUNT = Kind.BANK_ACCOUNT.value
    ID_CARD = Kind.ID_CARD.value
    QQ = Kind.QQ.value
    WECHAT = Kind.WECHAT.value
    PAYMENT = "payment"  # 支付宝: an account, a phone number or an e-mail
    IM = Kind.IM.value
    NOT_ONE = "not_one"


_NOT_ONE = (
    r"订单(?:编?号|号码)?|(?:快递|运|物流|包裹|托运|邮件|面)单(?:编?号)?|单号|包裹号|取件码|验证码|校验码|动态码|激活码|邀请码|推荐码|"
    r"识别码|(?:追踪|跟踪|执业证?)号|提货码|兑换码|案件编号|(?<!涉)案号|警情(?:编?号)?|接处?警单?(?:编?号)|"
    r"受案(?:登记表?)?(?:编?号)?|立案(?:编?号|字)?|工单(?:编?号)?|工号|警官?证号|警官号(?!码)|警号|(?<!身份证)(?<!账户)编号|流水号?|交易(?:单)?号|"
    r"凭证号|发票(?:号码?|代码)|会议(?:号码?|ID|id|室)|房间号|股票代码|"
    r"基金代码|证券代码|代码|口令|密码|车牌号?|合同(?:编?号)|保单(?:编?号)|学号|学籍号|邮编|护照号?|尾号|末四位|后四位|批次号|票号|"
    r"座位号|航班号?|业务号|执法证号?|许可证号?|工作证号?|统一社会信用代码|"
    r"注册号|编码|序列号|设备号|芯片号?|耳标号?|条码|(?:工牌|病案|医保|快递|学籍辅|机身|准字)号|准字|出票码|IMEI|imei|串号|文号|通缉令|逮捕令|字第|第(?!\s?[一二两三四五六七八九十\d]+\s?[张笔个次])|时间戳|协议号|借据号?|参考号|版本号?|回执号?|登记号|房号|"
    r"游戏(?:ID|id|UID|编号)|角色(?:ID|id)|车架号?|发动机号|户号|表号|(?:房产|不动产权?|准考|驾驶|行驶|残疾|军官|士兵)证号?|汇票号?|船号|MMSI|航次|联行号|行号|"
    r"营业执照(?:号|注册号)?|(?:会员|玩家|任务|期|货|批|型|(?<![发收来])件|柜|条|受理|申请|委托|转账单|支付单|交易|频道)号|门牌号?|邮政编码|积分|IMSI|ICCID|SN|MAC|TXID|哈希|授权码|付款码|提取码|(?:宽带|公积金|游戏|会员|登[录陆]|注册|平台|网站|后台|淘宝|京东|拼多多|证券|期货|基金|学生)(?:账号|帐号|账户)|"
    r"资金账号|(?:ETC|公交|饭|会员|校园|购物|加油|礼品|医保|一卡通)卡(?:卡?号|编号)|(?:客户|合约|保险|学生|考生|用户|房源|商户|商品)(?:编?号)"
)
_WORDS_TOO = frozenset({"alipay", "支付宝", "其他", "other", "line", "ig", "ins", "fb", "飞机", "飛機", "蝙蝠", "土豆", "tg", "soul", "x", "lark"})
"""Names that are no messenger's, or are common words besides and need 号 or an account after them."""
_NAMES = sorted((alias for aliases in PLATFORMS.values() for alias in aliases if alias not in _WORDS_TOO), key=len, reverse=True)
_IM_NAMES = rf"(?<![A-Za-z])(?:{'|'.join(name for name in _NAMES if name.isascii())})|{'|'.join(name for name in _NAMES if not name.isascii())}"
_IM = (
    rf"(?:{_IM_NAMES}|(?<![A-Za-z])(?:line|ig|ins|fb|tg|soul)(?=[^，。；\d]{{0,6}}[,，]?\s?(?:他的?|她的?|对方的?)?(?:账号|帐号|号码?|ID|id|用户名))|(?<![A-Za-z])(?:line|ig|ins|fb|飞机|蝙蝠|土豆|tg|soul)(?=\s?(?:APP|app|聊天|软件|平台|群主?)?\s?(?:账号|帐号|[,，]?号码?|ID|id|用户名?|[::@]|[（(]\s?[A-Za-z0-9]|"
    rf"[,，]?(?:备用)?(?:的?是|叫|为|上)?\s?[（(]?\s?$)))"
)
_LABELS = re.compile(
    rf"(?P<not_one>{_NOT_ONE})"
    r"|(?P<id_card>(?:公民)?身份(?:证(?:件)?(?:号码?|编号)?|号码?|编号)|证件号码?)"
    rf"|(?P<im>(?i:{_IM}))(?:\s?(?:APP|app|聊天|软件|平台|好友|群|联系|沟通))?(?:[,，]?\s?(?:账号|帐号|账户|号码?|[Uu]?(?:ID|id)|用户名?))?"
    r"|(?P<payment>支付[宝寶]|alipay|[财財]付通)(?:\s?(?:账[号户]|帐[号户]|收款|号码?))?"
    r"|(?P<qq>(?:(?<![A-Za-z])[QqＱ]{1,2}|扣\s?扣|抠抠|叩叩|球球|企鹅|(?<=[加的])扣(?=\s?[:,，]?\s?$)|扣(?=\s?:\s?$)|(?:(?<=[哥姐弟妹师服长家\s，,。“者])|^)扣(?=\s?$))\s?(?:群号?|号码?|账号|帐号|好友|ID|id)?|[QＱ]群|[Qq]号|企鹅号|(?<!微信)(?<!钉钉)(?<!飞机)(?<!蝙蝠)群(?:号码?|(?=\s?[:(（]?\s?$))|[QＱ]{2}[,，（(]号码?)"
    r"|(?P<wechat>(?:微[^\w，。；、：]{0,2}信|威信|薇信|徽信|维信|唯信|溦信|微亻言|[Vv]\s?信|绿泡泡|绿色软件|wechat|WeChat|Wechat|weixin|(?<![A-Za-z])(?:[Vv][Xx]|"
    r"[Ww][Xx])(?![A-Za-z])|(?<=[加他她的])(?:[Vv薇威卫])(?![A-Za-z]|[\u4e00-\u9fff])|(?<![A-Za-z])[Vv]\s?(?=[::])|(?<=[,，、])[Vv](?=\s$)|(?<![稍略])微[xX芯心]|(?<=[加他她的])微(?=\s?[A-Za-z])|[微威薇]\s?[❤♥♡💗💚💬](?!\s?信)|薇(?=\s?$)|[薇➕徽]\s?(?=[^\w，。；、]{0,3}[::]))\s?(?:账号|帐号|号码?|ID|id|好友|"
    r"公众号)?)"
    r"|(?P<card>(?:银行|储蓄|借记|信用|工资|社保|收款|转入|转出|对方|付款|涉案)?卡(?:的)?(?:号码?|账号|帐号)|银行卡|储蓄卡|信用卡|借记卡|工资卡|(?<![打刷点])卡(?=\s?:?\s?$))"
    r"|(?P<account>账\s?[号户](?:号码?)?|帐\s?[号户](?:号码?)?|户头|户口(?![本簿册在迁页所])|存折|公司账|账上(?=\s?$)|(?:监管|一般|基本|专用?)户|对公户?|收款方|收款人|收款户|公户|(?<=[司的])户(?=\s?[（(:是]?\s?$))"
    r"|(?P<phone>(?:联系|来电|固定|移动|客服|主叫|被叫|办公|家庭|咨询|服务|报警|单位|手机|陌生|境外|境内|外地|本地)?(?:电\s?话(?:卡(?=号))?|"
    r"手\s?机(?!银行|营业厅)(?:卡(?=号))?|座机|(?:SIM|sim)卡(?=号))(?:号码?)?|号码|本机|来电|致电|拨打|热线|短信|呼叫|去电|"
    r"话机|联系方式|whatsapp电话)"
    r"|(?P<whose>(?<![A-Za-z])[Uu]?(?:ID|id|Id)(?:号码?)?|用户名|会员名|主页后缀|(?<![A-Za-z])handle|(?<=[,，、(（\s])号码?(?=[是为:叫]?\s?[“\"]?$)|(?:专|專|主)页|博主|[Uu][Pp]主)"
)  # fmt: skip
_OWNER = re.compile(
    rf"(?=[A-Za-z{''.join(sorted({name[0] for name in _NAMES}))}飞飛蝙土微薇威绿扣企支财財])(?:"
    rf"(?P<im>(?i:{_IM_NAMES})|(?<![A-Za-z])(?i:line|ig|ins|fb|tg|soul)(?![A-Za-z])|[飞飛]机(?=群|上联|聊|联系|账|软件|里的|[(（])|蝙蝠|土豆|(?<=[在从])X(?=[上平(（]))"
    r"|(?P<wechat>微信|[薇威]信|(?<![A-Za-z])[Vv]信|绿泡泡|(?<![A-Za-z])(?i:wechat|[vw]x)(?![A-Za-z]))|(?P<qq>(?<![A-Za-z])[Qq]{2}(?!飞车|炫舞|音乐|邮箱|空间|浏览|阅读)|扣扣|企鹅)|(?P<payment>支付[宝寶]|[财財]付通))")
"""A service whose accounts are called only 账号, ID or 号 later in the sentence."""
_OWNED_ELSEWHERE = re.compile(
    r"银行|网银|卡|户名|开户|对公|公司|公户|汇[款到至入给]|往|[转打存][到入至]|链接|下载|注册|登[录陆]|安装|网[站址]|后台|游戏|邮箱|证券|尾号|充值|\d{4}|[A-Za-z_]\d"
)
_PAID_ELSEWHERE = re.compile(r"银行|卡|对公|公司|公户|注册|登[录陆]|\d{5}")
_OWNER_REACH = 60
_IM_NAME = re.compile(_IM, re.IGNORECASE)
_REACH = 26
_STOPS = re.compile(r"[。！!?？;；]")
_GAP_TOO_FAR = 16
_ANSWER = re.compile(
    r"(?:[。;；]\s?问:\s?)?(?:是)?(?:多少|什么|哪个|几|呢|(?:还)?(?:看得到|看得见|记得|知道|有)吗|(?:还)?是[^。？?，,]{1,10}吗)?(?:(?<![账帐])号)?[?？]\s?(?:来电人|报警人|答|报|市民|群众|当事人|事主|我)\s?:\s?(?:(?:不是[,，])?(?:我)?(?:仔细|好像|应该|记得|大概)?[看想]?是|就是|"
    r"他的?是)?\s?[“\"]?$")


def label_before(text: str, start: int) -> Label | None:
    """The label of what begins at `start`: the nearest one whose distance is bridged by names and punctuation, no sentence's end and no other figure."""
    left = text[max(0, start - _REACH) : start]
    answer = _ANSWER.search(left)
    if answer:
        left = text[max(0, start - _REACH - len(answer[0])) : start - len(answer[0])]
    stop = max((found.end() for found in _STOPS.finditer(left)), default=0)
    left = left[stop:]
    last = next(iter(reversed(list(_LABELS.finditer(left)))), None)
    if last is None:
        return None
    gap = left[last.end() :]
    name = last.lastgroup or ""
    if len(gap) > _GAP_TOO_FAR or re.search(r"\d{3}", gap) or (name == "not_one" and len(_PREFIX.sub("", gap)) > 4) or _BREAKS.search(gap):
        return None
    if name in _CLOSE and not _NEAR.fullmatch(_CALLED_SO.sub("", gap) if name in ("qq", "im") else gap):
        return None
    end = start - len(answer[0]) if answer else start
    of_group = last[0].startswith("群")
    if name not in ("account", "phone", "whose") and not of_group:
        return _BY_NAME[name]
    owner = service_before(text, end - len(left) + last.start()) if name != "phone" or _THEIR_NUMBER.search(left) else None
    if of_group:
        return Label.IM if owner is not None and owner.label is Label.IM else _BY_NAME[name]
    if owner is not None:
        return owner.label
    return Label.NOT_ONE if last[0].lower().startswith("uid") else _BY_NAME.get(name)


@dataclass(frozen=True)
class Service:
    """A service whose account is spoken of, by the name that the text gives it."""

    label: Label
    name: str
    gap: str


def service_before(text: str, start: int) -> Service | None:
    """The last service named in the sentence before `start`, unless what stands between speaks of a bank's, a site's or another account."""
    left = text[max(0, start - _OWNER_REACH) : start]
    left = left[max((found.end() for found in _STOPS.finditer(left)), default=0) :]
    last = next(iter(reversed(list(_OWNER.finditer(left)))), None)
    if last is None:
        return None
    label, gap = _BY_NAME[last.lastgroup or ""], left[last.end() :]
    elsewhere = _PAID_ELSEWHERE if label is Label.PAYMENT else _OWNED_ELSEWHERE
    return None if elsewhere.search(gap) else Service(label, last[0], gap)


_AFTER = re.compile(
    rf"\s?(?:[(（]\s?(?:(?P<im>(?i:{_IM_NAMES}|line|蝙蝠|土豆|飞机|soul|tg|ig|ins|fb))|(?P<wechat>微信|[Vv][Xx]|wx)|(?P<payment>支付[宝寶]|[财財]付通))\s?(?:聊天|软件|APP|app)?(?:号码?|账[号户]|ID|id|上)?"
    r"\s?(?:也?是(?:他|她|对方)?)?[)）]|[这呢]个(?P<this>微信|[Vv][Xx]|wx)(?!群)|(?:的|[这那呢嗰](?:个)?|[就也]?是(?:他|她|对方|我|那人)?的?)(?:(?P<paid>支付[宝寶])(?!客服|官方|工作|安全|平台|公司|理赔)|"
    rf"(?<=是)(?P<his>微信)(?!同|客服|官方|好友|群)|(?<=[他她方])(?P<theirs>微信)(?!客服|官方|好友|群))|[,，]\s?[这那]个?就?是(?P<told>(?i:{_IM_NAMES})))"
)


_SAID_BEHIND = re.compile(
    rf"(?:[、和及]\d{{8,10}})?\s?(?:[,，]\s?|--|——)?(?:[这那][个串]?号?)?(?:[才就也还]?[是系](?:在|[他她佢我]的?|[他她佢]?喺|对方的?|[他她]发我让我加的)?|叫我?加)"
    rf"(?:(?P<im>(?i:{_IM_NAMES}|line(?![a-z]))|蝙蝠|飞机)|(?P<wechat>微信)|(?P<qq>QQ|扣扣))(?:号|的)?(?=[\s,，。;；嘅]|也是|不是|$)"
)
"""…才是微信, 这个号是他扣扣, …，那是电报."""
_PLACED = re.compile(rf"[”\"]?[,，]?\s?(?:在|用)?(?P<im>(?i:{_IM_NAMES}|(?<![A-Za-z])(?:ig|soul))|蝙蝠)(?:[上里中]|的(?=[\s,，。]|$)|(?=[,，]))")
"""…在Soul里, …，WhatsApp的: where letters or a number from abroad are used."""


def service_after(text: str, end: int, loosely: bool = False) -> Service | None:
    """The service that is named behind an account: 12345（蝙蝠号）, …是他微信; `loosely` also where the account is only said to be used there."""
    found = _AFTER.match(text, end) or _SAID_BEHIND.match(text, end) or (_PLACED.match(text, end) if loosely else None)
    if found is None:
        return None
    name = found.lastgroup or ""
    label = {"this": Label.WECHAT, "his": Label.WECHAT, "theirs": Label.WECHAT, "paid": Label.PAYMENT, "told": Label.IM}.get(name) or _BY_NAME[name]
    return Service(label, found[name], "")


_PAID_THROUGH = re.compile(
    r"(?:(?P<payment>支付[宝寶]|[财財]付通)|(?P<wechat>微信))(?:先|再|又|就)?(?:扫码|扫)?(?:转账?|支付|付款?|汇款?|打)[^。；;，,银卡户]{0,14}[至到给](?:[^。；;，,银卡户\d]{0,8}[(（]|[^。；;，,银卡户\d]{0,4})\s?$")
_PAID_BACK = 32


def paid_through(text: str, start: int) -> Label | None:
    """通过微信转账7600元至 an account: it is one of the service that paid."""
    found = _PAID_THROUGH.search(text, max(0, start - _PAID_BACK), start)
    return _BY_NAME[found.lastgroup or ""] if found else None


_PREFIX = re.compile(r"[A-Z]{1,4}-?$")
"""The letters with which the number of a parcel or a contract begins."""
_THEIR_NUMBER = re.compile(r"(?:whats ?app|telegram|signal|viber|zalo)[^。；;，,\d转汇款]{0,10}[,，]?\s?号码?(?:就?是|系|为|:)?\s?$", re.IGNORECASE)
_CLOSE = frozenset({"wechat", "qq", "im", "payment", "whose"})
_BREAKS = re.compile(r"转(?:账|给|到|入|至|了|走|出)|[汇打](?:到|入|给|款)|充值|付(?:款|了)|(?:元|万|块)[,，]|来电|打来|联系")
_CALLED_SO = re.compile(r"(?:昵称|名叫|叫)?[“「][^”」\d]{1,8}[”」]|昵称[\u4e00-\u9fff]{1,4}")
"""The name of an account or a group between the word for the messenger and the number: QQ群“财富群”12345678."""
_NEAR = re.compile(
    r"(?:\s|[收转付]的|(?:那|这)一?[栏串](?:写的)?|写作|显示|先是|[抄记]下来|数字|同名|[小大新]号|[那这嗰]個?个?|me(?![A-Za-z])|收款|收铜钿|邮箱|私信|有人|只|[系係]|找|我?记得|[\u2600-\u27bf\U0001f300-\U0001faff]|[::()（）\"“”'‘’\[\]【】<>《》@,，=-]|[是为叫即至到向]|就是|号码?|账号|帐号|账户|名为|用户|名|昵称|聊天?|认识的?|上|好友|同号|搜索?|搜|名片|内|语音|视频|电话|"
    r"群|里|的|ID|id|一个|了|换成|改成|在|我|他|她|他们|对方|备用|添加|加|群主|管理员|用户|(?:客服|"
    r"专员|经理|老师|助理)\s?[:是为]){0,9}"
)
_BY_NAME = {
    "not_one": Label.NOT_ONE, "id_card": Label.ID_CARD, "im": Label.IM, "payment": Label.PAYMENT, "qq": Label.QQ, "wechat": Label.WECHAT, "card": Label.CARD,
    "account": Label.ACCOUNT, "phone": Label.PHONE,
}  # fmt: skip


def only_messenger(text: str) -> str | None:
    """The one messenger that a text names at all; None where it names several, or WeChat or QQ beside it."""
    named = [*_OWNER.finditer(text)]
    names = {one[0].lower() for one in named if one["im"]}
    return next(iter(names)) if len(names) == 1 and not any(one["wechat"] or one["qq"] for one in named) else None


def platform_before(text: str, start: int, reach: int = _REACH) -> str | None:
    """The platform's name as it stands before an account of instant messaging."""
    named = [*_IM_NAME.finditer(text, max(0, start - reach), start), *(one for one in _OWNER.finditer(text, max(0, start - reach), start) if one["im"])]
    return max(named, key=lambda one: one.end())[0] if named else None
