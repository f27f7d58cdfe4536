"""What the affected person is told (反电信网络诈骗法 art. 32: reason, remedy channel, documents needed), and the seal's place. Pure."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from fanzha.desks.controls.domain import Effect, OrderKind, Subject, Term, Unit
from fanzha.vocab import legal
from fanzha.vocab.notice_numbers import grouped

_REMEDY_OF_NUMBERS_ZH = (
    "救济途径：请机主本人携带有效身份证件和电话卡，到运营商营业厅办理二次实人认证，也可在线视频认证；如有异议，可拨打{phone}，或向{office}、运营商提出申诉。"
    "核验通过的，全部措施即时解除，恢复通信。"
)
_REMEDY_OF_NUMBERS_EN = (
    "Remedy: go to a shop of the operator with your identity document and the SIM to be verified again, or do so by video; or call {phone}, or appeal to {office} or"
    " the operator. If the check passes, every measure on the number is lifted at once."
)
_UNIT_ZH = {Unit.HOURS: "小时", Unit.DAYS: "天", Unit.MONTHS: "个月"}


@dataclass(frozen=True)
class Told:
    """What a notice is made of. `subject` is masked; `office` is the unit that decided."""

    kind: OrderKind
    subject: str
    amount: str
    term: Term | None
    basis: str
    office: str
    phone: str
    number: str = ""
    """By which the affected person finds the measure at the public pages and appeals against it (vocab.notice_numbers)."""


def notice_zh(told: Told) -> str:
    """Chinese notice text."""
    basis = legal.by_key(told.basis)
    lines = [f"告知书编号：{grouped(told.number)}。凭编号可在“全民反诈”申诉页查询、申诉。"] if told.number else []
    lines.append(f"根据{basis.citation('zh')}，{told.office}对{told.subject}作出“{told.kind.zh}”决定。")
    if told.amount:
        lines.append(f"数额：{told.amount}元以内。")
    if told.kind.effect is Effect.IMPOSE or told.kind.why_zh:
        lines.append(told.kind.why_zh or "原因：该账户（号码）涉嫌被用于电信网络诈骗资金往来或相关活动。")
    if told.term is not None:
        lines.append(f"期限：自执行之时起{told.term.count}{_UNIT_ZH[told.term.unit]}，期满未续即自动解除。")
    if told.kind.subject is Subject.NUMBER:
        lines.append(_REMEDY_OF_NUMBERS_ZH.format(phone=told.phone, office=told.office))
        return "\n".join(lines)
    lines.append(
        f"救济途径：如有异议，可拨打{told.phone}，或向{told.office}、账户开户机构提出申诉；请携带本人有效身份证件、账户（号码）开立凭证，以及说明资金来源和用途的材料。"
        "经核查无涉诈情形的，将即时解除。"
    )
    return "\n".join(lines)


def notice_en(told: Told) -> str:
    """The same in English."""
    basis = legal.by_key(told.basis)
    lines = [f"Notice number: {grouped(told.number)}. With it you can look the measure up at the public pages and appeal."] if told.number else []
    lines.append(f"Under {basis.citation('en')}, {told.office} has decided on {told.subject}: {told.kind.en}.")
    if told.amount:
        lines.append(f"Sum: at most {told.amount} yuan.")
    if told.kind.effect is Effect.IMPOSE or told.kind.why_en:
        lines.append(told.kind.why_en or "Reason: it is suspected of being used for money or other dealings of telecom and online fraud.")
    if told.term is not None:
        lines.append(f"Term: {told.term.count} {told.term.unit.value} from its execution; unless renewed it ends by itself.")
    if told.kind.subject is Subject.NUMBER:
        lines.append(_REMEDY_OF_NUMBERS_EN.format(phone=told.phone, office=told.office))
        return "\n".join(lines)
    lines.append(
        f"Remedy: call {told.phone}, or appeal to {told.office} or to the institution that keeps it; bring your identity document, the proof of opening, and what shows"
        " where the money came from and what it was for. If the check finds no fraud, the measure is lifted at once."
    )
    return "\n".join(lines)


def seal(office: str, *parts: object) -> str:
    """The place of the electronic seal: the unit's name and a digest over what was approved, so that a later change shows. A real seal takes its place."""
    digest = hashlib.sha256("\x1f".join(str(part) for part in parts).encode()).hexdigest()
    return f"[电子印章占位] {office} sha256:{digest}"
