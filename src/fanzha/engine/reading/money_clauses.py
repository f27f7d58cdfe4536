"""What the clause of an amount says by its verb and by what comes after: who gives, who gets, whether what was asked for was paid."""

from __future__ import annotations

import re

from fanzha.engine.reading.model import MoneyRole

_CLAUSE = re.compile(r"[，,。；;！!？?：:\n]")
_REACH, _AHEAD = 34, 30
_AGAIN = r"(?:又|再|还|后来?|接着|继续|最后|另外?)?"
_PAY = r"(?:转账?|汇款?|打款?|付款?|支付|缴纳?|交纳?|充值?|投入?|存入?|垫付?|补交?|给|拿|借|出|搞|凑)"
_ASKED = re.compile(
    rf"(?:要(?!是|么)|索要|索取|要求|让|叫|喊|催|逼|提出|想|打算|准备|计划|需|还得|还差|必须|应|(?:说|讲|又|还)(?:再|又)?来)(?:我|其|他|她|报警人|受害人|当事人|"
    rf"俺|阿拉|再次|再|次|继续|先|多|也|把|去|来|对方|支付|缴纳|[^，,。；;]{{0,7}}?{_PAY}){{0,3}}"
    r"(?:了|人民币|[^，,。；;了\d]{0,6})\s?[¥]?$"
)
_PAID_UP = re.compile(
    rf"(?:{_PAY}|照(?:着)?[做办]|信|做|搞)(?:了|完|清|齐|掉|脱|埋|哒|咧|咗|过去|进去|给(?:了)?[他她对])|照[做办]|就(?:转|打|付|交|给|汇)|(?:又|再|都|也)(?:转|"
    rf"打|付|交|给|汇)|向[^，。]{{0,14}}转|骗取|提现时|拿到|均|未(?:退|返|到账|找回)"
)
_REFUSED = re.compile(
    r"(?:没|未|不)(?:有|敢|再|肯|想|能|愿意?|曾)?(?:再)?(?:给(?!我|你|提|退|返|货|钱|放)|交|付|转(?!人)|打(?!开|通)|投|办(?!法)|借|理(?!赔)|汇|充|缴|支付|信|"
    r"上当|垫|参与)|没那么多|没(?:有|得)?(?:这么多)?钱|(?:俺|我)(?:就)?没有?了|拒绝(?!退|返|还|提)|识破|"
    r"(?:感觉|觉得|发现|意识)[^，。]{0,4}(?:不对|有问题|是假|被骗|受骗|上当|可疑)|不对劲|(?:与|向|和)[^，。]{0,6}核实|才(?:知道|晓得|发现)|(?:给|"
    r"被)?[^，。]{0,3}(?:拦|劝)(?:下|住|到|阻|了|起)|就(?:来)?报(?:了)?警|就想报警|后?(?:报警|报案)(?!人|称)"
)
_PAID_LESS = re.compile(r"[，,](?:我|其|他|她|俺|报警人|受害人|被害人|当事人)(?:就|只|先|便)*(?:给|付|交|转|打|支付)(?:了)?(?:他|她|"
    r"对方)?(?:人民币)?\s?[\d一二两三四五六七八九]")
"""Another sum is paid than the one that was asked for."""
_GOT = re.compile(
    r"(?:得了|得到(?:了)?|(?:赚|挣)(?:了|到)?|到手(?:了)?|回来(?:过|了)?|回了|回过|只?拿回(?:来)?(?:过|了)?|[出提取](?:出来)?过(?:一次|几次)?|拿出来(?:过|了)?|"
    r"(?:人家?|对方|平台|客服)(?:又|就|也|还|真|便)?给(?:了)?(?:我|俺|咱|其)|还(?:给)?(?:了)?我(?:了)?|[转退打返汇](?:还|回)(?:来|给我)?(?:过|了)?|返过|返(?:了|还了?)|"
    r"给我(?:返|退|转|打|发|结)(?:了|过)?|(?:给|让)(?:我|其|他|她)提(?:现)?(?:了|出)?|(?:成功)?提现(?:成功|了|过|到账)?|(?:先后|陆续|共)?返还|收到(?:返|"
    r"佣)[利现金]|的(?:给|返|得)|\d(?:元|块)?(?:给|返)|收到(?:了)?)(?:我|了|过|[两几一]次|两单|共|只有|大概|大约|约|前后|:)*\s?[¥]?$"
)
_COULD = re.compile(r"(?:能|可以?|会|每[单天次]|一[单天次]|承诺|保证|说|称|最高)[^，,。；;]{0,6}$")
_PUT = re.compile(
    r"(?:^|我|俺|又|再|就|先|也|后|其|人|共|前后|次|笔|里|头|来)(?:又|再|就|先|后|一共|前后|陆续|也)?(?:放|摆|搁|扔|砸|冲|投|充|打|转|汇|付|垫|存|入|买|押|刷|"
    r"跟)(?:了|进去?(?:了)?|入|过去?|出去?|给(?:了)?[他她]?|脱|咗|哒|咧|值|账|款)?(?:大概|大约|约|一共|共|有)?\s?[¥]?$"
    r"|做(?:了|到)\s?$|支出\s?$|(?:被|给)[^，,。；;]{0,4}(?:扣|刷|划|转)(?:了|走|掉|去)?(?:费|款)?\s?$"
)
_PUT_AFTER = re.compile(r"(?:人民币)?的(?:给|返|得)\s?[\d一二两三四五六七八九]|(?:人民币)?(?:[，,]?(?:全|都|一起)(?:部|都)?)?(?:转|打|汇|存|划|归集|汇总|打款|"
    r"转账|汇款)(?:入|进|至|到|给|去)")
_BORROWED = re.compile(
    r"(?:贷|借呗|额度|花呗|备用金|微粒贷|白条|金条|美团|分期|信用卡)(?:里|中|上|的钱|的额度)?[^，,。；;]{0,6}(?:提|取|借|套)(?:现|出来|出|了|走)*\s?$|(?:把|"
    r"将)[^，,。；;]{0,10}(?:提|取|借|赎|套)(?:现|回|出来|出|了)*\s?$"
    r"|(?:网贷|借呗|额度|花呗|备用金|微粒贷|白条|金条)[^。；;]{0,22}(?:提|取|借|贷|套)(?:现|出来|出|了)*[，,]?(?:一共|共)?\s?$"
)
_PRETEXT = re.compile(
    r"(?:解除|激活|验证|解冻|解封|解锁|认证|开通|恢复|纠正|修复|改正|审核|加急|放行|扣押|验资|补税|缴税|信誉|信用分|备注)[^，,。；;]{0,8}(?:再|又|先|要|需|须|"
    r"得|才|必须|重新)?(?:付|交|充|转|打|缴|支付|存|补)(?:纳|值|账|款|入)?(?:了)?\s?$|"
    r"(?:以|因)[^。；;]{0,22}(?:为由|为名)[^。；;]{0,8}(?:重新|再次?|另行|补)[^，。；;]{0,3}(?:付|交|充|转|打|缴|支付|存)(?:纳|值|账|款|入)?(?:了)?\s?$"
)
_PRETEXT_WORDS = (
    r"(?:解冻|解封|解锁|激活|验证|认证|保证(?!书)|信[用誉]分|补分|流水(?:不够|不足)|备注|填错|写错|输错|超时|[交缴补]税|清关|手续费|押金|诚意金)"
)
_UNDER_PRETEXT = re.compile(
    rf"(?:需|要|须|得|让|必须|称|说|因|以|不)[^。；;！？\n]{{0,16}}?{_PRETEXT_WORDS}[^，。；;\n]{{0,6}}[，,](?:我|俺|其|他|她|受害人|报警人|被害人)?"
    r"(?:就|又|便|遂|再|只好|分[一二两三四五六七八九十\d]+[次笔])*(?:转账|转|打款|打|支付|付款|付|充值|充|交|缴纳|汇款|汇|来)(?:了|过去|款)?(?:人民币)?\s?$"
)
"""A sum that is paid in the clause after the one that demands it: 称需认证解冻，其又转6000元."""
_CHEATED_UNDER = re.compile(
    rf"(?:以|因|称|用|说)[^。；;]{{0,16}}?{_PRETEXT_WORDS}[^。；;]{{0,6}}?(?:为由|为名)?[，,]?(?:再次?|又|先后|多次|分[一二两三四五六七八九十\d]+次)?"
    r"(?:骗取?|诈骗|收取|索要)(?:其|他|她|我|走|了|去|受害人|被害人|报警人)*(?:人民币)?\s?$"
)
_SO_THAT = re.compile(r"(?:人民币)?[，,]?才(?:能|给|可以?|会)(?:我|你|他|其)?(?:解|提|退|放|下款|补|激活|开|取|出款|到账|恢复|返|转|继续)")
_NEED = re.compile(
    r"(?:住院|生病|手术|看病|生日|车票|路费|房租|周转|开店|装修|回家|丧事|车祸|过年|父亲|母亲|孩子)[^。；;]{0,14}(?:为由|为名)[^。；;]{0,8}$"
)
"""What a lover asks for is no fee."""
_STOLEN_AFTER = re.compile(r"(?:的)?[^，。；\d]{0,8}被(?:全部)?(?:转|盗|划|提)")
_WANTED = re.compile(r"(?:想|要|我|申请|能)贷(?:款)?\s?$")
_WANTED_AFTER = re.compile(r"[，,](?:他|她|对方|客服)(?:说|称|让|要)")
_PRICE = re.compile(
    r"(?:走账|过账|跑分|流水|收入|获利|合同(?:金额|价)?|(?:贷款|借款|授信)(?:金额|总额)|原价|只要|限额|总价|市价|每(?:小时|人|张|套|单|天|月)|一(?:套|张|个|"
    r"小时|单|天)(?:给|得|是|能赚|能得|可得|卖)?|便宜|优惠|减免|补卡|双倍|赔(?:付|偿)?|(?<=[要说可能会])退我|多退|月扣|卡内|卡里(?:有|还有)|余额|起步|最少投?|最低|价值|要订|订购|订)\s?$|"
    r"(?:说|称|写|看)[^，,。；;]{0,6}(?:有|是)\s?$"
)
_PRICE_AFTER = re.compile(r"(?:人民币)?(?:的?(?:截图|回单|假|余额|合同|定单|订单|假截图)|一(?:套|张|个(?!账|月内)|小时|单|天|次(?!性))|的(?!钱|货款|款|佣|费|转|"
    r"账|损|保|押|定|税)[\u4e00-\u9fff]{1,4}(?=[，。,、]|$))")
_BACK_AFTER = re.compile(r"(?:人民币)?(?:的?(?:返现|返利|佣金|回款)|(?:已|现)?(?:被)?(?:银行|警方|公安|民警)?[^，。]{0,4}(?:返还|追回|退还))")


def clause_pulls(text: str, start: int, end: int) -> dict[MoneyRole, float]:
    """How far the amount's own clause pulls towards each role (0 … 2.5); none where it says nothing. Text and place are folded."""
    left = text[max(0, start - _REACH) : start]
    clause = left[max((found.end() for found in _CLAUSE.finditer(left)), default=0) :]
    ahead = text[end : end + _AHEAD]
    pulls: dict[MoneyRole, float] = {}
    if _asked_in_vain(clause, ahead):
        pulls[MoneyRole.OTHER] = 2.5
    if _PRICE.search(clause) or _PRICE_AFTER.match(ahead):
        pulls[MoneyRole.OTHER] = max(pulls.get(MoneyRole.OTHER, 0.0), 1.2)
    if (_GOT.search(clause) and not _COULD.search(clause[:-1])) or _BACK_AFTER.match(ahead):
        pulls[MoneyRole.RETURNED] = 1.3
    if _BORROWED.search(left) or _PUT.search(clause) or _PUT_AFTER.match(ahead):
        pulls[MoneyRole.LOST] = 1.2
    if _PRETEXT.search(left) or _SO_THAT.match(ahead):
        pulls[MoneyRole.FEE] = 1.6
    if _UNDER_PRETEXT.search(left) or _CHEATED_UNDER.search(left):
        pulls[MoneyRole.FEE] = 2.8
    if _NEED.search(left) or _STOLEN_AFTER.match(ahead):
        pulls[MoneyRole.LOST] = 2.6
    if _WANTED.search(clause) and _WANTED_AFTER.match(ahead):
        pulls[MoneyRole.OTHER] = 1.6
    return pulls


def _asked_in_vain(clause: str, ahead: str) -> bool:
    """Whether the sum is asked for and the words after it say, before they say that it was paid, that it was not."""
    if not _ASKED.search(clause):
        return False
    if _PAID_LESS.match(ahead):
        return True
    refused = _REFUSED.search(ahead)
    if refused is None:
        return False
    paid = _PAID_UP.search(ahead)
    return paid is None or refused.start() <= paid.start()
