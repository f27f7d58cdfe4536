"""What became of an amount: paid, given back, asked as a fee, or only spoken of."""

from __future__ import annotations

import re
from itertools import chain

from fanzha.engine.reading.model import MoneyRole
from fanzha.engine.reading.money_clauses import clause_pulls
from fanzha.engine.reading.money_story import story_pulls

_FEES = (
    r"(?:解冻|解封|解锁|手续|服务|会员|激活|认证|验证|保证|工本|清关|邮|运|快递|车|路|机票|代办|中介|介绍|律师|公证|税|关税|个税|"
    r"个人所得税|滞纳|违约|罚|担保|开户|提现|通道|押|定|订|诚意|入会|报名|培训|材料|包装|流水|风险|公关|打点|"
    r"代付|疏通|加急|检测|保险|上门|审核|升级|信誉|诚信|转账|平台|管理|代理|版权|差旅|登记|查询|检验|消毒|保管|安检|过户)(?:费用?|金|"
    r"款|税)|关税|税费|税款|押金|定金|订金|保证金|刷流水|手续费|费用|解冻金|个人所得税|"
    r"年费|运费险|红包费|[\u4e00-\u9fff]{1,3}(?:(?<![花消耗扣])费|险)(?=(?:是|要|又要|:)?\s?$)|解冻(?=[,，。]|$)|加急(?=要)|认证金|风险金|包装费"
)
_PRETEXTS = (
    r"清关|消毒|会员|贵宾|健康证|个人税|个税|税金?|反?[恐洗]?证明|无风险证明|担保|解锁|解封|激活(?:卡|码)?|认证|首期|首付款?利息|评估|资金托管|托管|过户|公证|加急|质保|纠错|改名|补分|贵宾|升级|风险(?:评估|保证)?|验资|刷分|缴税|通道|"
    r"取保|赎身|版权|赔付险|包装险|运费险|意外险|工本|备案|开通|提额|解除|申诉|立案|技术(?:支持|解锁)?|整改|质押|“?gas费|“?gas"
)
_CUES = (
    (MoneyRole.FEE, 1.7, re.compile(rf"(?:{_PRETEXTS})[”\"]?(?:的|要|先交|再交|又|是|为|了|共|:)?\s?$|(?:流水|利息)(?:先?[交打做]一?下?|要|再交|又)\s?$")),
    (MoneyRole.FEE, 1.15, re.compile(
        r"为由[^，。]{0,10}(?:要求|让|收取|索要|要|缴纳|存入|补|骗取)(?:其|他|她|我)?(?:再|先|又)?(?:缴纳|存入|支付|付|交|补|转入?|打)?\s?$|(?:被|又|再|后)[^，。]{0,4}(?:索要|收取|加收)(?:了)?\s?$|"
        r"(?:说|称|需)[^，。]{0,8}(?:才能|不够|有误|输错|填错|写错|超时|冻结|被锁|异常)[^，。]{0,6}[，,][^，。]{0,8}(?:再|需|要|得|先)(?:交|缴|打|转|充|存|付|补)(?:纳|入)?\s?$|"
        r"要求(?:其|他|她|我|受害人|报警人)?(?:再|先)?(?:缴纳|交纳)\s?$|被要求(?:再|补)?(?:付|交|缴纳?|存入?|补)\s?$")),
    (MoneyRole.OTHER, 1.5, re.compile(
        r"(?<![第头])(?:一|每|单)(?:天|年|月|单|条|张|套|位|斤|件|份|瓶|头|棵|个|台|股|盒|名)(?:能|可以|可|挣|赚|给|结|要|也就|下|返|卖|收|给付|为|是)?\s?$|申请(?:了)?(?:贷款|借款|借|贷|额度)?\s?$|约定以\s?$|"
        r"赔(?:我|他|她|其)?\s?$|可以?兑(?:换)?\s?$|扣费\s?$|流水\s?$|订购[^，。]{0,12}$|(?:个税|税款?)?能退\s?$|[帮助]忙?取现\s?$|获利\s?$|卖(?:了|得|价|价?是)?\s?$|[^交]送\s?$|(?<![转汇借打提取付])出\s?$|过账\s?$|(?:涨|变)(?:到|成)(?:了)?\s?$|[要会将就月]扣(?:费|款|除)?\s?$|(?:满|可|能|说|诺|完)返\s?$|能不能[^，。]{0,6}$|"
        r"(?:又|再|还)(?:喊|叫|让|要)(?:我|他|她|其)?(?:再)?(?:转|打|汇|搞|借)\s?$|[打砍]麻将[^，。]{0,8}$|(?:流水|账上)走了\s?$")),
    (MoneyRole.RETURNED, 1.3, re.compile(r"(?<!能)(?<!天)(?<!每单)(?:挣|赚|赢)(?:了|到)\s?$|领(?:到|回|取)(?:了)?(?:利息|分红|工资)?\s?$|只?拿回(?:来|了)?\s?$|"
        r"收回\s?$|回来\s?$")),
    (MoneyRole.LOST, 1.6, re.compile(
        r"冲(?:了|进去?|入)?\s?$|发(?:了|去|过)\s?$|骗(?:取|走|去|了)?\s?$|(?:尾款|余款|货款|房款|全款)\s?$|取走[^，。]{0,6}$|(?:被|给)[^，。]{0,4}(?:划|刷|转|盗|扣)(?:走|去|了|掉)\s?$|[寄砸塞花](?:了|费|去)?\s?$")),
    (MoneyRole.FEE, 1.3, re.compile(_FEES)),
    (MoneyRole.RETURNED, 1.2, re.compile(
        r"返(?!回|程|乡)(?:还|现|利|了|给|回|佣|到|款|本)?|(?:真|真的|就|都|也|还|确实|先)给(?:了)?我|退(?:还|回|款|了|给|赔)|提(?:现|出|"
        r"取|了|得)(?:了|到|成功|出)?|拿(?:到|回)|到账|"
        r"收(?:到|回|益)|回款|佣金|返点|得到|赚(?:了|到|取)|拿到|入账|进账|追回|挽回|止付|拦截|冻结|本息|转回|打回|给(?:了)?我(?:返|转|打|"
        r"发)|向我|返我|分红|红包(?!费)|盈利|奖励|出金|回款|取回|取过|出来了?")),
    (MoneyRole.LOST, 1.0, re.compile(
        r"(?:转|汇|打|付|充|投|存|刷|扣|划|交|缴|支|花|垫|借|入|补)(?:账|帐|款|钱|值|资|入|出|走|给|到|进|去|付|了|过|过去|过来|支付|"
        r"纳|费)+|转|汇|打款|充值|投资|投入|支付|付款|消费|下单|购买|"
        r"买(?:了|入)?|损失|被骗|骗走|骗(?:了|去|取)|被(?:转|扣|刷|划|盗)|盗刷|亏|没了|共计|合计|累计|总共|一共|总计|前后|先后|分别|"
        r"取(?:现|出|了)|现金|涉案|案值|给了|还款|打赏|刷了|垫付|补(?:了|单)|"
        r"做单|本金|诈骗")),
    (MoneyRole.OTHER, 1.25, re.compile(
        r"额度|贷款|余额|存款|工资|售价|标价|原价|价格|价值|价(?:是|为)?|每(?:天|月|单|日|个月|次)|月(?:薪|入|息)|日(?:赚|入|结)|承诺|"
        r"称可|可以?(?:赚|返|贷|借|领)|能(?:赚|返|贷|借|领|挣)|显示|"
        r"利息|收入|保额|理赔|赔(?:偿|付)|补偿|奖金|中奖|补贴|批(?:了|下)|账面|收益|盈利|市值|(?:又|再|还)?(?:要求?|让|叫|喊)(?:我|其|"
        r"他|她|报警人|受害人)?(?:再|继续|还要)(?:转|交|充|缴|支付|补|"
        r"给|打)|还(?:要|得|差|需)|否则|才能|未(?:转|付)|没有?转|差点|准备|打算|拒绝|欲|试图|企图|如果|挣|薪|租金|房租|开价|报价|谈好|"
        r"商定|标的|起投|最低|门槛|面额|面值|单价|销售")),
)  # fmt: skip
_AFTER = (
    (MoneyRole.FEE, 1.6, re.compile(
        rf"(?:人民币|RMB)?\s?(?:的|做|当|作为|去|来|给)?(?:那个|个|换)?[“\"]?(?:验证|解冻|{_PRETEXTS}|[\u4e00-\u9fff]{{0,3}}(?<![本佣奖现资黄基薪租])金(?![额融卡条币])[”\"]?|流水(?!账)|\s?for\s)")),
    (MoneyRole.FEE, 1.6, re.compile(rf"(?:人民币)?的?(?:“|\"|所谓的?“?)?(?:{_FEES}|(?:保险|[\u4e00-\u9fff]{{1,5}}(?:费|押金|税|保险))(?!用))")),
    (MoneyRole.OTHER, 1.6, re.compile(
        r"(?:人民币)?的?(?:贷款)?(?:额度|余额|存款|底薪|工资|奖金|补贴|手机|门票|价格|利息|月薪|一天|一单|每|/天|/单|一张|一个月|的货|"
        r"的手机|起投|起步|赔偿|理赔|补偿|收益|利润|盈利|保额|以上的|才能(?!解|提|退|放|补)|才给(?!提|退|放|补|解)|就能|"
        r"就可以)")),
    (MoneyRole.OTHER, 1.4, re.compile(r"[^，。\d]{0,3}(?:没|未|不)(?:给(?!我)|返|到账|退(?!了))|黑钱|[的]?(?:贷款|借款|额度)")),
    (MoneyRole.RETURNED, 1.5, re.compile(r"(?:人民币)?的?(?:佣金|返利|返现|提现|本息|红包(?!封)|好处|回扣|返佣|退款|到账|返还|提(?:出|现)来?了|"
        r"已?(?:被)?(?:止付|冻结|追回|挽回))")),
    (MoneyRole.LOST, 0.9, re.compile(
        r"(?:人民币)?(?:被[^，。]{0,5}?(?:转|骗|划|扣|刷)|转(?:到|给|至|入|出|过去|走)|打(?:到|给|过去)|汇(?:到|给|入)|过去|没了|都没|就没|"
        r"的?(?:转账|汇款|损失)|被?骗)")),
)  # fmt: skip
_TOTAL = re.compile(
    r"(?:共计?|合计|累计|总共|一共|总计|总额|损失(?:金额)?|被骗(?:走|了|去|取)?(?:金额|人民币|现金)?|骗(?:走|去|了)|涉案(?:金额|"
    r"价值)?|案值|金额|前后|全部|总的|统共|拢共|满共)(?:人民币|约|为|是|共|"
    r"大约|大概|近|了|转账|转出|转了|损失|被骗|:|大致|计|有|将近|差不多|金额|走|接近|超过|的钱|达|到|转|高达|充值|支付|被)*\s?[¥]?$")
_STOP = re.compile(r"[。！!？?；;\n]")
_REACH = 30
_PLAINLY_PAID = re.compile(
    r"(?:转|汇|打|付|充|投|刷|贷|寄|砸|花|垫)(?:了|出|过去|进去|给了?他|给了?她|走了?)(?:人民币|第.笔)?\s?[¥]?$|(?:存单|房租|价值|"
    r"价款|折合)[^，。]{0,8}$")
_GOES_ON = re.compile(
    r"\s?[、,，;；和及与]?\s?(?:又|再|还|然后|接着|后来|另|后|最后|第[二三四五六七八九]次|其次|先)?(?:要|是|让我)?(?:转|打|付|交|给|充|汇|投|存|借|刷|补)?(?:了|去|出)?(?:[\u4e00-\u9fff]{2})?\s?|[。.]?\s?\d\.\s?")
_ASKED_AGAIN = re.compile(r"[^。！!？?\n]{0,22}(?:然后|又|再|还|继续|接着)(?:让|要|叫|说|称|喊|催|得|需|被要求)(?:我|俺|其|他|她|再|[付交转充打缴补要来给拿]){0,4}|"
    r"[^。！!？?\n]{0,16}(?:然后|接着)(?:又|再|还)|"
    r"(?:的)?[\u4e00-\u9fff]{1,4}[费金税][^。\d]{0,8}(?:我|其|他|她)(?:只|就|先|便)(?:付|交|转|给|打)(?:了)?")
"""What stands between a fee and a further one: 付了又让付, 保证金，我只付了."""
_INHERITED = 0.6
_FEE_TRICK = re.compile(r"[贷放下]款|考[^，。]{0,4}证|拿证|不用考|不消考|包过|代办|办[^，。]{0,4}信用卡|额度的大额卡|[要想]借[^，。]{0,6}(?:钱|万)")
_FEE_PRIOR = 0.4
_FEE_AGAIN = 1.0
"""An amount that goes on a list is what the one before it was, unless its own words say otherwise."""
_BY_ITSELF = 0.3
"""An amount without any word for it is one that was paid, in a narrative."""


def asks_fees(text: str) -> bool:
    """Whether the text is of a trick that lives from fees: a loan, a certificate, a licence. What is paid there without a word for it is rather a fee."""
    return _FEE_TRICK.search(text) is not None


def money_role(text: str, start: int, end: int, before: tuple[int, MoneyRole] | None = None, *, fees: bool = False, mules: bool = False) -> tuple[MoneyRole, bool, float]:
    """(role, whether the text calls it a sum, how sure in 0..1). Text and place are folded.

    `before`: where the amount before it ends, and its role; `fees`: `asks_fees`; `mules`: `is_mules`.
    """
    left = text[max(0, start - _REACH) : start]
    stop = max((found.end() for found in _STOP.finditer(left)), default=0)
    left = left[stop:]
    pull = dict.fromkeys(MoneyRole, 0.0) | {MoneyRole.LOST: _BY_ITSELF}
    for role, strength, pattern in _CUES:
        ends = [found.end() for found in pattern.finditer(left)]
        if ends:
            between = left[ends[-1] :]
            pull[role] = max(pull[role], strength * 0.9 ** len(between) * 0.6 ** (between.count("，") + between.count(",")))
    after = ((role, strength) for role, strength, pattern in _AFTER if pattern.match(text, end))
    for role, strength in chain(after, clause_pulls(text, start, end).items(), story_pulls(text, start, end, mules=mules).items()):
        pull[role] += strength
    if fees:
        pull[MoneyRole.FEE] += _FEE_PRIOR
    if before is not None:
        pull[before[1]] += _carried_on(text[before[0] : start], before[1])
    if _PLAINLY_PAID.search(left):
        pull[MoneyRole.LOST] += 0.8
    is_total = bool(_TOTAL.search(left))
    if is_total and max(pull[MoneyRole.RETURNED], pull[MoneyRole.OTHER]) < 0.95:
        pull[MoneyRole.LOST] += 1.0
    best = max(pull, key=lambda role: pull[role])
    others = max(value for role, value in pull.items() if role is not best)
    return best, is_total and best is MoneyRole.LOST, 0.55 + 0.4 * min(1.0, (pull[best] - others) / 1.0)


def _carried_on(between: str, role: MoneyRole) -> float:
    """How far an amount is what the one before it was, by the words between the two."""
    if _GOES_ON.fullmatch(between):
        return _INHERITED
    return _FEE_AGAIN if role is MoneyRole.FEE and _ASKED_AGAIN.fullmatch(between) else 0.0
