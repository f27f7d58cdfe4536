"""What an appellant is told in plain words: what to bring, and what can be done against the answer (反电信网络诈骗法 arts 32, 48). Pure.

Measures of criminal procedure are no matter for reconsideration or suit: one turns to the procuratorate (刑事诉讼法 §117). The others are administrative acts:
reconsideration (行政复议法 §20), suit (行政诉讼法 §46).
"""

from __future__ import annotations

from dataclasses import dataclass

from fanzha.desks.appeals.domain import Track, Verdict


@dataclass(frozen=True)
class Told:
    """A sentence in both languages."""

    zh: str
    en: str


_PAPERS = Told("您的身份证", "your identity card")
_BRING: dict[Track, tuple[Told, ...]] = {
    Track.LINE: (_PAPERS, Told("这张电话卡", "the SIM card"), Told("说明平时怎么用这个号码（例如工作证、快递或家里人的联系记录）", "what shows how you use the number")),
    Track.WARNING: (Told("这次预警的短信或通知", "the text message or note of the warning"),),
}
_MONEY = (
    _PAPERS,
    Told("银行卡或存折", "the bank card or passbook"),
    Told(
        "能说明钱从哪里来、做什么用的材料（例如合同、工资单、收据、聊天记录）",
        "what shows where the money came from and what it was for: a contract, pay slip, receipt, chat",
    ),
)


def to_bring(track: Track) -> tuple[Told, ...]:
    """What to bring, or to send as photos."""
    return _BRING.get(track, _MONEY)


_QUICK: dict[Track, Told] = {
    Track.LINE: Told(
        "带身份证和电话卡到运营商营业厅重新核验身份（也可以视频办）。核验通过，马上恢复，不用等申诉的结果。",
        "Be verified again: go to a shop of the operator with your identity card and the SIM, or do so by video. If the check passes, service comes back at once,"
        " whatever becomes of an appeal.",
    ),
}


def quick(track: Track) -> Told | None:
    """What ends the measure sooner than an appeal, where there is such a thing (a passed check: 反电信网络诈骗法 arts 11, 32)."""
    return _QUICK.get(track)


def further(track: Track, verdict: Verdict, *, instance: int, again_days: int, review_days: int, suit_months: int) -> Told:
    """What can be done if one does not agree with the answer."""
    if verdict is Verdict.UPHELD:
        return Told("您的申诉成立，不需要再做什么。", "Your appeal is upheld; there is nothing more to do.")
    zh, en = [], []
    if instance == 1:
        zh.append(f"收到答复后{again_days}天内，可以请上一级单位复核一次。")
        en.append(f"Within {again_days} days you may once ask the unit above to look again.")
    if track.is_criminal:
        zh.append("对处理不服的，可以向同级人民检察院申诉（《刑事诉讼法》第117条）。")
        en.append("You may turn to the people's procuratorate at the same level (Criminal Procedure Law, art. 117).")
    elif track is not Track.WARNING:
        zh.append(f"也可以在知道决定后{review_days}天内申请行政复议，或者{suit_months}个月内向人民法院起诉（《反电信网络诈骗法》第48条）。")
        en.append(
            f"You may also apply for administrative reconsideration within {review_days} days of learning of the measure, or sue within {suit_months} months"
            " (Anti-Telecom and Online Fraud Law, art. 48)."
        )
    if not zh:
        return Told("如果情况有变化，可以再来说明。", "If things have changed, tell us again.")
    return Told("".join(zh), " ".join(en))
