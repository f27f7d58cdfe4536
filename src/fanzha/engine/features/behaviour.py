"""How a number, an account or a visitor behaves: how evenly it spreads over others, how many of them are new, when and in what rhythm it acts, in what
sums, and how long it and each of its counterparties have been known."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from fanzha.engine.features.families import NO_KEY, ago, family
from fanzha.engine.features.model import Feature, Formula, Key, Measure, Over
from fanzha.engine.features.sources import ACQUAINTED
from fanzha.engine.rules.expression import Type
from fanzha.engine.windows import WINDOWS

DAY, WEEK = WINDOWS["24h"], WINDOWS["7d"]
LONG = {"24h": DAY, "7d": WEEK}
MONTH = timedelta(days=30)

_NONE = "no such event in the window"
_NO_PARTY = "no event in the window names a counterparty"
_UNDER_TWO = "fewer than two events in the window"
_UNDER_THREE = "fewer than three events in the window"


@dataclass(frozen=True)
class Actor:
    """One side of one kind of event, in words. `events` stands in “share of the caller's calls”, `others` in “entropy of the numbers called”."""

    name: str  # how its features begin
    key: Key
    source: str
    zh: str
    events_zh: str
    others_zh: str
    en: str
    events: str
    others: str
    new: tuple[str, str]  # name and source of its new counterparties
    counted: str  # the feature that counts its events, less the window


ACTORS = (
    Actor("caller", Key.CALLER, "calls_made", "主叫", "拨出", "被叫号码", "the caller", "calls made", "numbers called",
          ("caller_new_callees", "new_callees"), "caller_calls"),
    Actor("callee", Key.CALLEE, "calls_received", "被叫", "来电", "主叫号码", "the callee", "calls received", "numbers calling",
          ("callee_new_callers", "new_callers"), "callee_calls"),
    Actor("sender", Key.SENDER, "messages_sent", "发送方", "发出短信", "接收号码", "the sender", "messages sent", "receivers",
          ("sender_new_receivers", "new_receivers"), "sender_messages"),
    Actor("receiver", Key.RECEIVER, "messages_received", "接收方", "收到短信", "发送号码", "the receiver", "messages received", "senders",
          ("receiver_new_senders", "new_senders"), "receiver_messages"),
    Actor("visitor", Key.VISITOR, "visits_made", "访问者", "访问", "域名", "the visitor", "visits", "domains visited",
          ("visitor_new_domains", "new_domains"), "visitor_visits"),
    Actor("payer", Key.PAYER, "payments_made", "付款账户", "转出", "收款账户", "the paying account", "payments made", "payees",
          ("payer_new_payees", "new_payees"), "payer_payments"),
    Actor("payee", Key.PAYEE, "payments_received", "收款账户", "收款", "付款账户", "the receiving account", "payments received", "payers",
          ("payee_new_payers", "new_payers"), "payee_receipts"),
)  # fmt: skip


def behaviour() -> Iterator[Feature]:
    """All features of this module, in the order of the registry."""
    for actor in ACTORS:
        yield from _spread(actor)
        yield from _rhythm(actor)
        yield from _acquaintance(actor)
    for actor in ACTORS[-2:]:
        yield from _round_sums(actor)
    yield from _pairs()
    yield from _ratios()


def _number(name: str, unit: str, zh: str, en: str, null: str, over: Over) -> Feature:
    return Feature(name, Type.NUMBER, unit, zh, en, f"{NO_KEY}; {null}", over)


def _share(name: str, zh: str, en: str, null: str, text: str, unit: str = "share") -> Feature:
    return Feature(name, Type.NUMBER, unit, zh, en, null, Formula(text))


def _spread(actor: Actor) -> Iterator[Feature]:
    for window, span in LONG.items():
        ago_zh, ago_en = ago(window)
        yield _number(
            f"{actor.name}_entropy_{window}",
            "bits",
            f"{ago_zh}{actor.zh}{actor.others_zh}的分散程度（香农熵，以2为底）",
            f"entropy of the {actor.others} {ago_en}, to base 2: 0 where all are one, log2 n where n differ",
            _NO_PARTY,
            Over(actor.source, actor.key, Measure.ENTROPY, span),
        )


def _rhythm(actor: Actor) -> Iterator[Feature]:
    name, key, source = actor.name, actor.key, actor.source
    yield _number(f"{name}_since_last", "s", f"距{actor.zh}上次{actor.events_zh}的秒数（前7天内）",
                  f"time since the last of {actor.en}'s {actor.events} in the 7 days before began", _NONE,
                  Over(source, key, Measure.SINCE_LAST, WEEK))  # fmt: skip
    for window, span in LONG.items():
        ago_zh, ago_en = ago(window)
        yield _number(f"{name}_gap_mean_{window}", "s", f"{ago_zh}{actor.zh}相邻两次{actor.events_zh}的平均间隔",
                      f"mean time from one of {actor.en}'s {actor.events} to the next {ago_en}", _UNDER_TWO,
                      Over(source, key, Measure.GAP_MEAN, span))  # fmt: skip
        yield _number(f"{name}_gap_spread_{window}", "s", f"{ago_zh}{actor.zh}相邻两次{actor.events_zh}间隔的标准差",
                      f"standard deviation of these times {ago_en}: near 0 where a machine keeps the beat", _UNDER_THREE,
                      Over(source, key, Measure.GAP_SPREAD, span))  # fmt: skip
        yield _number(f"{name}_night_share_{window}", "share", f"{ago_zh}{actor.zh}夜间（22时至6时）{actor.events_zh}占比",
                      f"share of {actor.en}'s {actor.events} that began from 22 to 6 o'clock, Chinese time, {ago_en}", _NONE,
                      Over(source, key, Measure.NIGHT_SHARE, span))  # fmt: skip


def _acquaintance(actor: Actor) -> Iterator[Feature]:
    yield _number(f"{actor.name}_first_seen_days", "days", f"距{actor.zh}首次{actor.events_zh}的天数（前30天内）",
                  f"time since the first of {actor.en}'s {actor.events} in the 30 days before began", "none in the 30 days before: the key is new",
                  Over(actor.source, actor.key, Measure.SINCE_FIRST, MONTH))  # fmt: skip
    name, source = actor.new
    yield from family(
        name,
        source,
        actor.key,
        f"{actor.zh}与30天内未联系过的对方{actor.events_zh}",
        f"{actor.events} of {actor.en} with someone not met in the 30 days before,",
        memory=ACQUAINTED,
    )
    for window in LONG:
        ago_zh, ago_en = ago(window)
        yield _share(f"{actor.name}_new_share_{window}", f"{ago_zh}{actor.zh}{actor.events_zh}中新对方占比",
                     f"share of {actor.en}'s {actor.events} with someone new {ago_en}", _NONE,
                     f"{name}_{window} / {actor.counted}_{window}")  # fmt: skip


def _round_sums(actor: Actor) -> Iterator[Feature]:
    for window, span in LONG.items():
        ago_zh, ago_en = ago(window)
        yield _number(f"{actor.name}_round_share_{window}", "share", f"{ago_zh}{actor.zh}{actor.events_zh}中整百元金额占比",
                      f"share of {actor.en}'s {actor.events} in round sums (multiples of 100 yuan) {ago_en}", _NONE,
                      Over(actor.source, actor.key, Measure.ROUND_SHARE, span))  # fmt: skip


def _pairs() -> Iterator[Feature]:
    """How long and how often the two sides of the event have known each other, in this direction."""
    for name, key, source, zh, en in (
        ("call_pair", Key.CALL_PAIR, "pair_calls", "主叫首次拨打该被叫", "the caller first called this callee"),
        ("message_pair", Key.MESSAGE_PAIR, "pair_messages", "发送方首次向该号码发短信", "the sender first wrote to this receiver"),
        ("visit_pair", Key.VISIT_PAIR, "pair_visits", "访问者首次访问该域名", "the visitor first visited this domain"),
        ("transfer_pair", Key.TRANSFER_PAIR, "pair_transfers", "付款账户首次向该收款账户转账", "this account first paid this payee"),
        ("pair", Key.PAIR, "pair_payments", "本人首次向该收款账户转账", "the person first paid this payee, from any account"),
    ):
        yield _number(f"{name}_first_seen_days", "days", f"距{zh}的天数（前30天内）", f"time since {en}, within the 30 days before",
                      "never in the 30 days before: the two are new to each other", Over(source, key, Measure.SINCE_FIRST, MONTH))  # fmt: skip


def _ratios() -> Iterator[Feature]:
    """Of one thing to another in the same window."""
    yield from family("caller_unanswered", "unanswered_calls_made", Key.CALLER, "主叫拨出未接通", "calls the caller made that nobody answered")
    yield from family("callee_unanswered", "unanswered_calls_received", Key.CALLEE, "被叫未接来电", "calls the callee did not answer")
    yield from family("sender_received", "messages_received", Key.SENDER, "发送方收到短信", "messages the sender got")
    for window in LONG:
        ago_zh, ago_en = ago(window)
        yield _share(f"caller_unanswered_share_{window}", f"{ago_zh}主叫拨出未接通占比", f"share of the caller's calls that nobody answered {ago_en}",
                     _NONE, f"caller_unanswered_{window} / caller_calls_{window}")  # fmt: skip
        yield _share(f"callee_unanswered_share_{window}", f"{ago_zh}被叫未接来电占比", f"share of the calls to the callee not answered {ago_en}",
                     _NONE, f"callee_unanswered_{window} / callee_calls_{window}")  # fmt: skip
        yield _share(f"caller_out_in_{window}", f"{ago_zh}主叫拨出与被呼入次数之比", f"calls the caller made over calls it received {ago_en}",
                     "it received none in the window", f"caller_calls_{window} / caller_received_{window}", "times")  # fmt: skip
        yield _share(f"sender_out_in_{window}", f"{ago_zh}发送方发出与收到短信数之比", f"messages the sender sent over those it got {ago_en}",
                     "it got none in the window", f"sender_messages_{window} / sender_received_{window}", "times")  # fmt: skip
        yield _share(f"payee_out_in_{window}", f"{ago_zh}收款账户转出与转入金额之比", f"money paid out of the receiving account over money in {ago_en}",
                     "nothing received in the window", f"payee_paid_{window}_fen / payee_received_{window}_fen", "times")  # fmt: skip
