"""What the figures cannot see, in Chinese and English."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from fanzha.desks.learning.domain import Delay, Selection

Pair = tuple[str, str]
"""(Chinese, English)."""

NOTHING: Pair = ("", "")
RECALL: Pair = (
    "分母只含报了警、同一诈骗类型的被害人；没有报警的不在其中，召回率因此偏高还是偏低无从得知。",
    "The denominator holds the victims of its fraud types who reported; who did not report is not in it, and whether that flatters the figure is not known.",
)
LOAD: Pair = (
    "一条预警可由多个模型共同触发，各模型的日均预警数之和大于预警总数。",
    "Several detectors may stand behind one warning, so the loads add up to more than all warnings.",
)
WRONGLY_HIT: Pair = (
    "只计已核实为不符的；未核实的算作没有误伤，因此是下限。",
    "Counts only those found to be wrong; who was not looked at counts as rightly hit, so this is a lower bound.",
)
REWEIGHTED: Pair = (
    "按预警等级以核实率的倒数加权：弥补红色预警核实多、绿色预警核实少的偏差；同一等级内愿意配合与拒绝沟通者的差别无法弥补。",
    "Weighs each outcome by the inverse of its level's share of known ones: mends that red is answered more often than green, not who refuses to talk.",
)

_SOURCES: dict[str, Pair] = {
    "warning": ("预警反馈", "answers to warnings"),
    "later_victim": ("预警后被骗", "victims after a warning"),
    "report": ("警情", "reports"),
    "report_suspect": ("警情中的涉诈标识", "suspects named in reports"),
    "indicator": ("标识研判", "judged indicators"),
    "vote": ("误报意见", "false-positive votes"),
    "measure": ("管控结果", "measures"),
    "appeal": ("申诉答复", "answers to appeals"),
}


def joined(*pairs: Pair) -> Pair:
    return " ".join(pair[0] for pair in pairs if pair[0]), " ".join(pair[1] for pair in pairs if pair[1])


MEASURES: Pair = (
    "管控措施多由检测结果引起，生效只说明没有被推翻；不知情、不申诉的人不会留下反例。",
    "Measures mostly follow what detectors said: that one holds means only that nobody has overturned it; who does not appeal leaves no counter-example.",
)


def caveat(delays: Sequence[Delay], selection: Selection) -> Pair:
    """Delay and bias of the labels behind a figure, to stand beside it."""
    told = MEASURES if any(each.source == "measure" for each in delays) else NOTHING
    return joined(delay_words(delays), selection_words(selection), told)


def delay_words(delays: Sequence[Delay]) -> Pair:
    if not delays:
        return "该时段尚无已知结果。", "No outcome of this window is known yet."
    zh = "；".join(f"{_SOURCES[each.source][0]} {each.labels} 条，半数在 {_zh(each.half)}内、九成在 {_zh(each.ninety)}内得知" for each in delays)
    en = "; ".join(
        f"{_SOURCES[each.source][1]}: {each.labels}, half known within {_en(each.half)}, nine in ten within {_en(each.ninety)}" for each in delays
    )
    return f"结果的滞后：{zh}。越近的日子越不全。", f"Delay of outcomes: {en}. The newest days are the least complete."


def selection_words(selection: Selection) -> Pair:
    share = f"{selection.propensity:.0%}" if selection.propensity is not None else "–"
    warned = f"{selection.positives_warned / selection.positives:.0%}" if selection.positives else "–"
    zh = (
        f"结果的偏差：{selection.issued} 条预警中 {selection.answered} 条（{share}）有结论；已知的 {selection.positives} 名被害或险些被害者中 {warned} 事先收到过预警。"
        "劝阻成功者没有损失可以佐证；既没有收到预警也没有报警的人不在任何一栏。"
    )
    en = (
        f"Bias of outcomes: {selection.answered} of {selection.issued} warnings ({share}) have a known outcome; of the {selection.positives} people known to have"
        f" been (nearly) defrauded {warned} had been warned. Who was dissuaded has no loss to prove it; who was neither warned nor reported stands nowhere."
    )
    return zh, en


def _zh(length: timedelta) -> str:
    hours = length / timedelta(hours=1)
    return f"{hours / 24:.1f} 天" if hours >= 48 else f"{hours:.1f} 小时"


def _en(length: timedelta) -> str:
    hours = length / timedelta(hours=1)
    return f"{hours / 24:.1f} days" if hours >= 48 else f"{hours:.1f} h"
