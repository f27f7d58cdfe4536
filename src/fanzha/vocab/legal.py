"""Legal bases: which article a step rests on, in which version, from when.

Summaries are ours, shortened from the domain reference; the tag says how sure their source is (`A` text of a law, `B` official page, `C` excerpt in the
press that the deployer must check against the original). No step may rest on a basis that was not in force on its day.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from fanzha.kit.errors import NotFound

Tag = Literal["A", "B", "C"]


class UnknownLegalBasis(NotFound):
    """No legal basis has this key."""

    code = "unknown_legal_basis"


@dataclass(frozen=True)
class Act:
    """A law or rule in one version. `effective_until` is the first day on which it no longer applies, None while it does."""

    key: str
    zh: str
    en: str
    version: str
    effective_from: date
    tag: Tag
    effective_until: date | None = None


@dataclass(frozen=True)
class LegalBasis:
    """One article of an act. `article` is '13' or '239'; '' names the act as a whole."""

    key: str
    act: Act
    article: str
    summary_zh: str
    summary_en: str

    @property
    def law_zh(self) -> str:
        return self.act.zh

    @property
    def law_en(self) -> str:
        return self.act.en

    @property
    def version(self) -> str:
        return self.act.version

    @property
    def effective_from(self) -> date:
        return self.act.effective_from

    def citation(self, lang: str = "zh") -> str:
        """《反电信网络诈骗法》第34条, or Anti-Telecom and Online Fraud Law, art. 34."""
        if lang == "zh":
            return f"《{self.act.zh}》第{self.article}条" if self.article else f"《{self.act.zh}》"
        return f"{self.act.en}, art. {self.article}" if self.article else self.act.en


_ATFL = Act("atfl", "反电信网络诈骗法", "Anti-Telecom and Online Fraud Law", "2022", date(2022, 12, 1), "A")
_PROCEDURE = Act("procedure", "公安机关办理刑事案件程序规定", "Provisions on police procedure in criminal cases", "2020", date(2020, 9, 1), "A")
_REFUND = Act("refund", "电信网络新型违法犯罪案件冻结资金返还若干规定", "Rules on returning frozen funds (银监发〔2016〕41号)", "2016", date(2016, 9, 18), "C")
_PAYMENT_261 = Act("payment_261", "银发〔2016〕261号", "PBoC notice 261 of 2016 on payment settlement", "2016", date(2016, 9, 30), "C")
_PAYMENT_85 = Act("payment_85", "银发〔2019〕85号", "PBoC notice 85 of 2019 on payment settlement", "2019", date(2019, 4, 1), "C")
_PUNISHMENT = Act("joint_punishment", "电信网络诈骗及其关联违法犯罪联合惩戒办法", "Measures on joint punishment for telecom fraud", "2024", date(2024, 12, 1), "B")
_SUPERVISION = Act("supervision", "各级人民代表大会常务委员会监督法", "Supervision Law", "2024", date(2024, 11, 8), "A")
_DEPUTIES = Act("deputies", "全国人民代表大会和地方各级人民代表大会代表法", "Law on Deputies", "2025", date(2025, 3, 11), "A")

_ARTICLES: tuple[tuple[Act, str, str, str], ...] = (
    (_ATFL, "5", "依法开展工作；对国家秘密、商业秘密和个人隐私、个人信息保密", "Act lawfully; keep secrets and personal data confidential"),
    (_ATFL, "7", "跨行业、跨地域协同配合、快速联动", "Coordinate quickly across sectors and regions"),
    (_ATFL, "8", "宣传教育，面向老年人、青少年等群体", "Publicity, aimed at the elderly, the young and others at risk"),
    (_ATFL, "10", "电话卡开卡数量限制与异常办卡核查", "Limits on the number of SIM cards; checks of abnormal applications"),
    (_ATFL, "11", "对涉诈异常电话卡重新实名核验；未按规定核验的限制、暂停功能", "Re-verify SIM cards with signs of fraud; else limit or suspend them"),
    (_ATFL, "12", "物联网卡风险评估、登记、功能锁定与监测", "Machine SIM cards: assess, register, lock functions, monitor"),
    (_ATFL, "13", "真实主叫传送；封堵改号电话；标识境外来电", "Transmit true caller numbers; block spoofing; label foreign calls"),
    (_ATFL, "14", "禁止批量插卡、改号、接码等设备软件；发现须处置报告", "Ban SIM boxes, spoofing and code-receiving devices; detect and report"),
    (_ATFL, "15", "客户尽职调查与受益所有人识别", "Customer due diligence, beneficial owners"),
    (_ATFL, "16", "开户数量限制与异常开户核查；信息仅用于反诈", "Limits on accounts; checks of abnormal openings; data for anti-fraud use only"),
    (_ATFL, "17", "企业账户异常情形的监测与信息共享", "Abnormal enterprise accounts: monitoring and shared queries"),
    (_ATFL, "18", "监测异常账户和可疑交易；核实交易、重新核验身份、延迟结算、限制或中止业务",
     "Monitor abnormal accounts and suspicious transactions; verify, re-identify, delay, limit or suspend"),
    (_ATFL, "20", "涉案资金即时查询、紧急止付、快速冻结、及时解冻和资金返还", "Instant query, emergency stop, fast freeze, timely unfreeze and refund"),
    (_ATFL, "22", "互联网账号异常核验与处置", "Abnormal internet accounts: re-verify, limit, suspend, close"),
    (_ATFL, "25", "电信业务经营者、互联网服务提供者对涉诈支持、帮助活动的合理注意义务：监测识别和处置",
     "Duty of care of telecom and internet services: detect and deal with support of fraud"),
    (_ATFL, "26", "协助取证；移送线索须反馈", "Support evidence; refer leads; recipients give feedback"),
    (_ATFL, "30", "从业人员培训、用户提示；单位和个人可以举报并获奖励", "Train staff, warn users; the public may report and be rewarded"),
    (_ATFL, "31", "禁止买卖、出租、出借两卡账户；经设区的市级以上公安机关认定的惩戒与申诉、信用修复",
     "Ban on trading, renting or lending cards and accounts; measures, appeal and credit repair"),
    (_ATFL, "32", "采取措施须告知原因、救济渠道和所需材料；受理申诉，核查通过即解除",
     "Tell the reason, the remedy and the documents needed; accept appeals and lift at once if they pass"),
    (_ATFL, "34", "会同建立预警劝阻系统，对潜在被害人及时劝阻；追赃挽损，依法返还", "Early-warning dissuasion of potential victims; recover and return property"),
    (_ATFL, "36", "对重大涉诈嫌疑人员、刑满人员的出境限制", "Exit restrictions for major suspects and the convicted"),
    (_PROCEDURE, "239", "冻结须经县级以上公安机关负责人批准，载明账户、数额、期限等", "A freeze needs the approval of a police head at county level or above"),
    (_PROCEDURE, "242", "冻结不得重复，可以轮候", "No double freeze; queueing is allowed"),
    (_PROCEDURE, "243", "冻结存款期限六个月，可续；重大案件经批准为一年", "A freeze lasts six months and may be renewed; one year in major cases"),
    (_PROCEDURE, "247", "与案件无关的，三日以内通知解除", "Unrelated funds are released within three days"),
    (_REFUND, "", "能溯源的直接返还，否则按比例返还；银行三个工作日内办结", "Traceable funds directly, else pro rata; the bank acts within three working days"),
    (_PAYMENT_261, "", "自助柜员机转账二十四小时后到账等支付结算安全措施", "Payment safety, such as the 24-hour delay of ATM transfers"),
    (_PAYMENT_85, "", "对买卖账户者五年内暂停非柜面业务等", "Five-year suspension of non-counter business for account sellers, and more"),
    (_PUNISHMENT, "12", "书面告知惩戒依据、期限、措施与申诉权利", "Written notice of basis, term, measures and the right to appeal"),
    (_PUNISHMENT, "14", "申诉、核查、答复与解除", "Appeal, verification, reply and lifting"),
    (_SUPERVISION, "17", "审议意见的研究处理与书面报告", "Handling review opinions and reporting in writing"),
    (_DEPUTIES, "31", "代表不直接处理具体案件", "Deputies do not handle cases directly"),
    (_DEPUTIES, "51", "代表建议的答复期限", "Time limits for answering deputies' suggestions"),
    (_DEPUTIES, "59", "代表不干涉具体案件", "Deputies do not interfere in specific cases"),
)  # fmt: skip

BASES: dict[str, LegalBasis] = {
    key: LegalBasis(key, act, article, zh, en)
    for act, article, zh, en in _ARTICLES
    for key in (f"{act.key}:{article}" if article else act.key,)
}


def by_key(key: str) -> LegalBasis:
    """`atfl:34` → the article on early-warning dissuasion. Raises UnknownLegalBasis."""
    if key not in BASES:
        raise UnknownLegalBasis(key=key)
    return BASES[key]


def in_force(key: str, on: date) -> bool:
    """Whether the act of this basis applied on that day. Raises UnknownLegalBasis."""
    act = by_key(key).act
    return act.effective_from <= on and (act.effective_until is None or on < act.effective_until)
