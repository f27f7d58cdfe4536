"""The kinds of order on a number, registered with the orders desk. Codes beginning with FZ are ours: the platform's vocabulary names none for numbers."""

from __future__ import annotations

from fanzha.desks.controls import Effect, OrderKind, Result, Subject, Unit, kinds
from fanzha.desks.lines.domain import BAR, CANCEL, LIMIT, MEASURES, PROTECT, RENEWALS, RESTORE, SUSPEND, VERIFY
from fanzha.vocab.organisations import OrgKind

SCOPES = ("calls_out", "sms_out", "foreign", "forwarding")
RESTORED_NOW = "FZ0203"
"""Message code (ours): a check was passed, the measure holds no more; the receiver restores the service and answers nothing."""

_TO = frozenset({OrgKind.OPERATOR})
_CHECKS = frozenset({Result.PASSED, Result.NOT_PASSED, Result.NOT_REACHED, Result.NO_SUCH_NUMBER, Result.REFUSED})
_DONE = frozenset({Result.DONE, Result.NO_SUCH_NUMBER, Result.REFUSED})
_WHY_ZH = "原因：该号码有涉嫌用于电信网络诈骗的异常情形，或按规定核验后未通过、未核验。"
_WHY_EN = "Reason: the number shows signs of use in telecom and online fraud, or its holder was not verified again as required."
_LONGER_ZH = "原因：该号码的涉诈异常情形没有消除，机主没有通过核验，原措施延长。"
_LONGER_EN = "Reason: the signs of fraud remain and the holder was not verified, so that the measure lasts longer."
_RENEWED = {measure: renewal for renewal, measure in RENEWALS.items()}


def _measure(key: str, zh: str, en: str, code: int, bases: tuple[str, ...], unit: Unit, why: tuple[str, str] = (_WHY_ZH, _WHY_EN), clock: str = "line_measure",
             scopes: tuple[str, ...] = ()) -> OrderKind:  # fmt: skip
    return OrderKind(
        key, zh, en, Effect.IMPOSE, f"FZ{code:04d}", f"FZ{code + 1:04d}", bases, unit, Subject.NUMBER, _TO, slot=key, may_be_major=True,
        extended_by=_RENEWED.get(key, ""), released_by=RESTORE, results=_DONE, scopes=scopes, clock=clock, why_zh=why[0], why_en=why[1],
    )  # fmt: skip


def _renewal(measure: str, zh: str, en: str, code: int) -> OrderKind:
    return OrderKind(
        _RENEWED[measure], zh, en, Effect.EXTEND, f"FZ{code:04d}", f"FZ{code + 1:04d}", ("atfl:11", "atfl:12"), Unit.DAYS, Subject.NUMBER, _TO,
        acts_on=frozenset({measure}), may_be_major=True, results=_DONE, clock="line_measure", why_zh=_LONGER_ZH, why_en=_LONGER_EN,
    )  # fmt: skip


kinds.register(
    OrderKind(
        VERIFY, "二次实人认证", "Verify the holder again", Effect.ASK, "FZ0301", "FZ0302", ("atfl:11", "atfl:12"), None, Subject.NUMBER, _TO,
        results=_CHECKS, clock=VERIFY,
        why_zh="原因：该号码有涉诈异常情形，须由机主本人重新核验身份和用途。请在规定时间内完成，逾期未核验的，将依法限制或暂停服务。",
        why_en="Reason: the number shows signs of fraud; its holder must be verified again in person. Unless done in time its service is limited or suspended.",
    ),
    _measure(LIMIT, "限制通信功能", "Limit the service", 303, ("atfl:11", "atfl:12", "atfl:14"), Unit.DAYS, scopes=SCOPES),
    _measure(SUSPEND, "暂停服务（停机）", "Suspend the service", 305, ("atfl:11", "atfl:12", "atfl:14"), Unit.DAYS),
    _renewal(LIMIT, "延长限制通信功能", "Limit the service for longer", 315),
    _renewal(SUSPEND, "延长停机", "Suspend the service for longer", 317),
    _measure(CANCEL, "注销号码", "Cancel the number", 307, ("atfl:11", "atfl:31", "joint_punishment:12"), Unit.MONTHS),
    _measure(BAR, "限制新办业务", "Bar new business", 309, ("atfl:31", "joint_punishment:12"), Unit.MONTHS),
    _measure(
        PROTECT, "保护性停机", "Protective suspension", 311, ("atfl:34",), Unit.HOURS, clock=PROTECT,
        why=("原因：为保护您的财产安全，防止您正在遭遇的诈骗继续得逞，临时暂停该号码的通信。您没有违法，紧急呼叫不受影响。",
             "Reason: to protect your property from a fraud under way the number is suspended for a short time. You did nothing wrong; emergency calls still work."),
    ),
    OrderKind(
        RESTORE, "恢复服务（复通）", "Restore the service", Effect.RELEASE, "FZ0313", "FZ0314", ("atfl:32", "atfl:11"), None, Subject.NUMBER, _TO, acts_on=MEASURES,
        results=_DONE, clock=RESTORE, why_zh="原因：核验通过，或措施已无必要。", why_en="Reason: the check was passed, or the measure is needed no more.",
    ),
)  # fmt: skip
