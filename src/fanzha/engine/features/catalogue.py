"""The features that exist."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import polars as pl

from fanzha.engine.features.behaviour import behaviour
from fanzha.engine.features.families import NO_KEY, family
from fanzha.engine.features.graph import graph
from fanzha.engine.features.measures import ROUND_FEN
from fanzha.engine.features.model import ALL_KINDS, Feature, Field, Formula, Key, Measure, Needs, Over, Registry, Special
from fanzha.engine.rules.expression import Type
from fanzha.engine.windows import WINDOWS
from fanzha.lake.schemas import EventKind
from fanzha.vocab.fraud_types import ENTRIES, FraudType

C, M, V, T = EventKind.CALLS, EventKind.MESSAGES, EventKind.VISITS, EventKind.TRANSFERS

NEVER = "never"
NOT_SENT = "the source does not send it"

MONTH = timedelta(days=30)
MOST_ZEROS = 9  # ten million yuan


def _field(name: str, kinds: tuple[EventKind, ...], type_: Type, unit: str, zh: str, en: str, value: pl.Expr | None = None) -> Feature:
    return Feature(name, type_, unit, zh, en, NOT_SENT, Field(pl.col(name) if value is None else value, kinds))


def _fields() -> Iterator[Feature]:
    hour = pl.col("at").dt.convert_time_zone("Asia/Shanghai").dt.hour().cast(pl.Int64)
    yield Feature(
        "hour",
        Type.NUMBER,
        "hour 0–23",
        "事件发生的钟点（北京时间）",
        "hour of the event on a Chinese clock",
        NEVER,
        Field(hour, ALL_KINDS),
    )
    yield _field("seconds", (C, V), Type.NUMBER, "s", "通话或访问时长", "duration of the call or visit; 0: not answered")
    yield _field("caller_foreign", (C,), Type.BOOLEAN, "", "主叫为境外号码", "the caller is a foreign number")
    yield _field("caller_kind", (C,), Type.TEXT, "PhoneKind", "主叫号码种类", "kind of the caller's number")
    yield _field("callee_kind", (C,), Type.TEXT, "PhoneKind", "被叫号码种类", "kind of the callee's number")
    yield _field("sender_foreign", (M,), Type.BOOLEAN, "", "短信发自境外", "the sender is a foreign number")
    yield _field("sender_kind", (M,), Type.TEXT, "PhoneKind", "发送方号码种类", "kind of the sender's number")
    yield _field("text_type", (M,), Type.TEXT, "FraudType", "短信话术类型", "fraud type of the text by the phrase lexicon")
    yield _field("bytes", (V,), Type.NUMBER, "bytes", "访问流量", "traffic of the visit")
    yield _field("amount_fen", (T,), Type.NUMBER, "fen", "转账金额", "amount of the transfer")
    fen = pl.col("amount_fen")
    yield _field("amount_round", (T,), Type.BOOLEAN, "", "整百元金额", "the amount is a round sum: a positive multiple of 100 yuan",
                 (fen > 0) & (fen % ROUND_FEN == 0))  # fmt: skip
    zeros = pl.sum_horizontal(((fen != 0) & (fen % 10**power == 0)).cast(pl.Int64) for power in range(1, MOST_ZEROS + 1))
    yield _field("amount_zeros", (T,), Type.NUMBER, "digits", "金额（分）末尾的0的个数", f"zeros at the end of the amount in fen, {MOST_ZEROS} at most",
                 pl.when(fen.is_not_null()).then(zeros))  # fmt: skip
    yield _field("channel", (T,), Type.TEXT, "", "转账渠道", "channel of the transfer")
    yield _field("payer_balance_fen", (T,), Type.NUMBER, "fen", "付款方转后余额", "the payer's balance after the transfer")
    yield _field("payee_balance_fen", (T,), Type.NUMBER, "fen", "收款方转后余额", "the payee's balance after the transfer")
    same = pl.col("payer_bank") == pl.col("payee_bank")
    yield _field("same_bank", (T,), Type.BOOLEAN, "", "同行转账", "payer and payee are at one bank", same)
    marked = frozenset({Needs.FLAGGED})
    yield Feature("other_flagged", Type.BOOLEAN, "", "对方（号码、账户、网址、应用）为涉诈标识", "the other side, or a site or contact it names, is flagged", NEVER,
                  Special(ALL_KINDS, marked))  # fmt: skip
    yield Feature("subject_flagged", Type.BOOLEAN, "", "规则主体自己的号码、账户为涉诈标识", "the rule's own subject is flagged", NEVER,
                  Special(ALL_KINDS, marked))  # fmt: skip
    yield Feature("other_fraud_type", Type.TEXT, "FraudType", "对方涉诈标识的诈骗类型", "the fraud type for which it is flagged", "it is not flagged",
                  Special(ALL_KINDS, marked))  # fmt: skip


def _windows() -> Iterator[Feature]:
    yield from family("caller_calls", "calls_made", Key.CALLER, "主叫拨出", "calls the caller made",
                       parties=("caller_callees", "主叫拨打的不同号码数", "different numbers the caller called"),
                       total=("caller_seconds", "s", "主叫通话总时长", "seconds the caller's calls lasted"))  # fmt: skip
    yield from family(
        "caller_short_calls", "short_calls_made", Key.CALLER, "主叫未接或15秒内挂断", "calls of the caller not answered or under 15 s"
    )
    yield from family("caller_received", "calls_received", Key.CALLER, "主叫被呼入", "calls the caller received",
                       parties=("caller_received_from", "呼入主叫的不同号码数", "different numbers that called the caller"))  # fmt: skip
    yield from family("callee_calls", "calls_received", Key.CALLEE, "被叫接到来电", "calls the callee received",
                       parties=("callee_callers", "呼叫被叫的不同号码数", "different numbers that called the callee"),
                       total=("callee_seconds", "s", "被叫通话总时长", "seconds of calls the callee received"))  # fmt: skip
    yield from family("device_calls", "device_calls", Key.DEVICE, "该终端（IMEI）拨出", "calls made from the telephone set",
                       parties=("device_sims", "该终端（IMEI）用过的不同卡（IMSI）数", "different SIMs (IMSI) used in the set"))  # fmt: skip
    yield from family("sender_messages", "messages_sent", Key.SENDER, "发送方发出短信", "messages the sender sent",
                       parties=("sender_receivers", "发送方发给的不同号码数", "different receivers of the sender"))  # fmt: skip
    yield from family("sender_scam_texts", "scam_texts_sent", Key.SENDER, "发送方发出涉诈话术短信", "messages of the sender with scam phrases",
                       parties=("sender_scam_receivers", "收到其涉诈话术的不同号码数", "different receivers of its scam phrases"))  # fmt: skip
    yield from family("receiver_messages", "messages_received", Key.RECEIVER, "接收方收到短信", "messages the receiver got",
                       parties=("receiver_senders", "向接收方发短信的不同号码数", "different senders to the receiver"))  # fmt: skip
    yield from family("visitor_visits", "visits_made", Key.VISITOR, "访问网站或应用", "visits of the visitor",
                       parties=("visitor_domains", "访问的不同域名数", "different domains visited"),
                       total=("visitor_seconds", "s", "访问总时长", "seconds the visitor's visits lasted"))  # fmt: skip
    yield from family("payer_payments", "payments_made", Key.PAYER, "付款账户转出", "payments out of the paying account",
                       parties=("payer_payees", "付款账户的不同收款方数", "different payees of the paying account"),
                       total=("payer_paid", "fen", "付款账户转出金额", "money paid out of the paying account"))  # fmt: skip
    yield from family("payer_receipts", "payments_into_payer", Key.PAYER, "付款账户收款", "payments into the paying account",
                       parties=("payer_sources", "向付款账户汇入的不同账户数", "different accounts that paid into the paying account"),
                       total=("payer_received", "fen", "付款账户收到金额", "money received by the paying account"))  # fmt: skip
    yield from family("payee_receipts", "payments_received", Key.PAYEE, "收款账户收款", "payments into the receiving account",
                       parties=("payee_payers", "收款账户的不同付款方数", "different payers of the receiving account"),
                       total=("payee_received", "fen", "收款账户收到金额", "money received by the receiving account"))  # fmt: skip
    yield from family("payee_payments", "payments_out_of_payee", Key.PAYEE, "收款账户转出", "payments out of the receiving account",
                       total=("payee_paid", "fen", "收款账户转出金额", "money paid out of the receiving account"))  # fmt: skip


def _exposures() -> Iterator[Feature]:
    """What the person behind the rule's subject has been through, over all kinds of event."""

    def over(name: str, type_: Type, unit: str, source: str, measure: Measure, window: timedelta, zh: str, en: str, null: str = NO_KEY,
             needs: frozenset[Needs] = frozenset({Needs.FLAGGED}), key: Key = Key.PERSON) -> Feature:  # fmt: skip
        return Feature(name, type_, unit, zh, en, null, Over(source, key, measure, window, needs))

    hour, day, week = WINDOWS["1h"], WINDOWS["24h"], WINDOWS["7d"]
    plain: frozenset[Needs] = frozenset()
    number = Type.NUMBER
    yield over("flagged_call_seconds_1h", number, "s", "flagged_calls", Measure.SECONDS, hour,
               "前1小时与涉诈号码通话时长", "time on the phone with flagged numbers in the hour before, running call included")  # fmt: skip
    yield over("flagged_call_seconds_24h", number, "s", "flagged_calls", Measure.SECONDS, day,
               "前24小时与涉诈号码通话时长", "time on the phone with flagged numbers in the 24 hours before")  # fmt: skip
    yield over("flagged_calls_24h", number, "events", "flagged_calls", Measure.COUNT, day,
               "前24小时与涉诈号码通话次数", "calls with flagged numbers in the 24 hours before")  # fmt: skip
    yield over("flagged_callers_7d", number, "counterparties", "flagged_calls", Measure.DISTINCT, week,
               "前7天通话的不同涉诈号码数", "different flagged numbers spoken with in the 7 days before")  # fmt: skip
    yield over("on_flagged_call", Type.BOOLEAN, "", "flagged_calls", Measure.ONGOING, timedelta(minutes=5),
               "正与涉诈号码通话，或挂断不足5分钟", "a call with a flagged number still runs or ended under 5 minutes ago")  # fmt: skip
    yield over("flagged_messages_7d", number, "events", "flagged_messages", Measure.COUNT, week,
               "前7天收到涉诈号码或含涉诈网址、联系方式的短信数", "messages from flagged senders or naming flagged sites or contacts in the 7 days before")  # fmt: skip
    yield over("flagged_visits_24h", number, "events", "flagged_visits", Measure.COUNT, day,
               "前24小时访问涉诈网站、应用次数", "visits to flagged sites or applications in the 24 hours before")  # fmt: skip
    yield over("flagged_visits_7d", number, "events", "flagged_visits", Measure.COUNT, week,
               "前7天访问涉诈网站、应用次数", "visits to flagged sites or applications in the 7 days before")  # fmt: skip
    yield over("minutes_since_flagged_contact", number, "min", "flagged_contacts", Measure.MINUTES_SINCE, week,
               "距上次接触涉诈标识的分钟数", "minutes since the last contact with anything flagged, by phone, message or visit", "none in the 7 days before")  # fmt: skip
    yield over("flagged_payments_24h", number, "events", "flagged_payments", Measure.COUNT, day,
               "前24小时向涉诈账户转账次数", "payments to flagged accounts in the 24 hours before")  # fmt: skip
    yield over("flagged_paid_24h_fen", number, "fen", "flagged_payments", Measure.SUM, day,
               "前24小时向涉诈账户转账金额", "money paid to flagged accounts in the 24 hours before")  # fmt: skip
    yield over("foreign_call_seconds_24h", number, "s", "foreign_calls", Measure.SECONDS, day,
               "前24小时与境外来电通话时长", "time on the phone with foreign callers in the 24 hours before", needs=plain)  # fmt: skip
    yield over("foreign_calls_24h", number, "events", "foreign_calls", Measure.COUNT, day,
               "前24小时境外来电次数", "calls from foreign numbers in the 24 hours before", needs=plain)  # fmt: skip
    yield over("scam_texts_7d", number, "events", "scam_texts", Measure.COUNT, week,
               "前7天收到涉诈话术短信数", "messages with scam phrases in the 7 days before", needs=plain)  # fmt: skip
    yield over("scam_text_types_7d", number, "types", "scam_texts", Measure.DISTINCT, week,
               "前7天收到的涉诈话术类型数", "different fraud types among them", needs=plain)  # fmt: skip
    yield over("remote_app_visits_24h", number, "events", "remote_app_visits", Measure.COUNT, day,
               "前24小时使用远程控制、屏幕共享应用次数", "uses of remote-control or screen-sharing applications in the 24 hours before", needs=plain)  # fmt: skip
    yield over("inflow_24h_fen", number, "fen", "person_income", Measure.SUM, day,
               "本人名下账户前24小时转入金额", "money received on any of the person's accounts in the 24 hours before", needs=plain)  # fmt: skip
    yield over("paid_24h_fen", number, "fen", "person_payments", Measure.SUM, day,
               "本人名下账户前24小时转出金额", "money paid from any of the person's accounts in the 24 hours before", needs=plain)  # fmt: skip
    yield over("payments_24h", number, "events", "person_payments", Measure.COUNT, day,
               "本人名下账户前24小时转出次数", "payments from any of the person's accounts in the 24 hours before", needs=plain)  # fmt: skip
    yield over("payments_30d", number, "events", "person_payments", Measure.COUNT, MONTH,
               "本人名下账户前30天转出次数", "payments from any of the person's accounts in the 30 days before", needs=plain)  # fmt: skip
    yield over("paid_30d_fen", number, "fen", "person_payments", Measure.SUM, MONTH,
               "本人名下账户前30天转出金额", "money paid from any of the person's accounts in the 30 days before", needs=plain)  # fmt: skip
    yield over("pair_payments_30d", number, "events", "pair_payments", Measure.COUNT, MONTH,
               "本人前30天向该收款账户转账次数", "payments of the person to this payee in the 30 days before", needs=plain, key=Key.PAIR)  # fmt: skip
    yield over("payee_victims_7d", number, "counterparties", "payments_by_victims", Measure.DISTINCT, week,
               "前7天向收款账户付款的潜在被害人账户数", "different accounts of potential victims that paid the payee in the 7 days before",
               needs=frozenset({Needs.VICTIMS}), key=Key.PAYEE)  # fmt: skip
    for kind in FraudType:
        entry = ENTRIES[kind]
        yield over(f"{kind.value}_signs_7d", number, "events", f"signs_{kind.value}", Measure.COUNT, week,
                   f"前7天的“{entry.zh}”迹象数（话术短信，及与该类涉诈标识的接触）",
                   f"signs of “{entry.en}” in the 7 days before: texts with its phrases, and contacts with identifiers flagged for it")  # fmt: skip


def _formulas() -> Iterator[Feature]:
    def formula(name: str, type_: Type, unit: str, zh: str, en: str, null: str, text: str) -> Feature:
        return Feature(name, type_, unit, zh, en, null, Formula(text))

    yield formula("new_payee", Type.BOOLEAN, "", "前30天未向该收款账户转过账", "the person has not paid this payee in the 30 days before",
                  NO_KEY, "pair_payments_30d = 0")  # fmt: skip
    yield formula("amount_ratio_30d", Type.NUMBER, "times", "金额与前30天笔均之比", "amount over the mean payment of the 30 days before",
                  "no payment in the 30 days before", "amount_fen * payments_30d / paid_30d_fen")  # fmt: skip
    yield formula("caller_short_share_24h", Type.NUMBER, "share", "前24小时短通话占比", "share of the caller's calls not answered or under 15 s",
                  "no call in the 24 hours before", "caller_short_calls_24h / caller_calls_24h")  # fmt: skip
    yield formula("caller_dispersion_24h", Type.NUMBER, "share", "前24小时被叫离散度", "different callees over calls of the caller",
                  "no call in the 24 hours before", "caller_callees_24h / caller_calls_24h")  # fmt: skip
    yield formula("payer_pass_through_24h", Type.NUMBER, "share", "前24小时（含本笔）转出与转入之比",
                  "money out (this payment included) over money in, of the paying account", "nothing received in the 24 hours before",
                  "(payer_paid_24h_fen + amount_fen) / payer_received_24h_fen")  # fmt: skip


FAMILIES: tuple[Callable[[], Iterator[Feature]], ...] = (_fields, _windows, _exposures, _formulas, behaviour, graph)
"""What makes the features, in the order of the registry; a formula may use those that stand before it. A new family is a generator here."""

FEATURES = Registry(feature for family in FAMILIES for feature in family())
"""All features of the product."""
