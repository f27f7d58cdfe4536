"""The paper of a refund round (返还决定书 with its annexes), as the excerpts of 银监发〔2016〕41号 name its fields."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fanzha.desks.controls import Order
from fanzha.desks.funds import sheets
from fanzha.desks.funds.refund_model import RefundAccount, RefundRound, RefundVictim
from fanzha.desks.funds.refunds import RoundView
from fanzha.faces.common.context import PageContext
from fanzha.faces.common.documents import Document, Part, TableOf
from fanzha.faces.common.i18n import N_
from fanzha.kit import clock
from fanzha.kit.money import format_yuan


def decision_of(page: PageContext, shown: RoundView, orders: Mapping[str, Order], unit: str, *, clear: bool) -> Document:
    """The decision (返还决定书) with the fields of Annexes 1 and 3 of 银监发〔2016〕41号 as far as the excerpts name them; what the platform does not know is left
    to be filled in by hand."""
    of = shown.round
    facts = [
        (page.say("案件或警情"), of.ref), (page.say("办案单位"), unit or "—"), (page.say("轮次"), str(of.number)), (page.say("决定书编号"), of.decision_no or "—"),
        (page.say("追踪方法"), of.method.upper()), (page.say("比例分母"), page.say(_DENOMINATORS[of.denominator])), (page.say("公告"), _notice(page, of)),
        (page.say("拟稿"), of.drafter_name), (page.say("决定人"), f"{of.decider_name} {sheets.stamp(of.decided_at)}" if of.decided_at else page.say("尚未决定")),
    ]  # fmt: skip
    name = sheets.naming(page.services.tokens, clear=clear)
    people = [_person(page, shown, one, clear=clear) for one in shown.victims]
    pool = [_account(page, shown, one, orders.get(one.account), name) for one in shown.accounts]
    parts = (
        Part(page.say("返还明细"), (), TableOf(_said(page, _HEADS), _paid(page, shown, name, clear=clear), frozenset({6}))),
        Part(page.say("被害人（附件一）"), (), TableOf(_said(page, _PERSON_HEADS), people, frozenset({7, 8, 9}))),
        Part(page.say("冻结账户"), (), TableOf(_said(page, _POOL_HEADS), pool, frozenset({2, 3}))),
    )  # fmt: skip
    marking = page.say("内部资料 · 账号未脱敏") if clear else page.say("内部资料 · 账号已脱敏")
    title = page.say("电信网络诈骗资金返还决定书") if of.decided_at else page.say("电信网络诈骗资金返还方案（未决定）")
    return Document(title, page.me.org_name, marking, facts, parts, page.say("{who} 于 {at} 导出", who=page.me.name, at=sheets.stamp(clock.now())), page.locale.value)


def _said(page: PageContext, heads: Sequence[str]) -> list[str]:
    return [page.say(text) for text in heads]


def _notice(page: PageContext, of: RefundRound) -> str:
    if of.noticed_at and of.notice_ends_at:
        return f"{sheets.stamp(of.noticed_at)} — {sheets.stamp(of.notice_ends_at)}"
    return page.say("尚未公告") if of.shared else page.say("全部溯源，无须公告")


def _paid(page: PageContext, shown: RoundView, name: sheets.Named, *, clear: bool) -> list[tuple[str, ...]]:
    people = {each.victim: each for each in shown.victims}
    return [
        (
            (person.name if clear else person.masked_name), ((person.id_card or "") if clear else "***"), name(each.account),
            person.refund_account if clear else person.masked_account, person.refund_bank,
            page.say("溯源返还") if each.direct else page.say("按比例返还"), format_yuan(each.fen),
        )
        for each in shown.division.payments
        for person in (people[each.victim],)
    ]  # fmt: skip


def _person(page: PageContext, shown: RoundView, one: RefundVictim, *, clear: bool) -> tuple[str, ...]:
    """A row of Annex 1: the sex follows from the identity card, the address is not kept here."""
    sums = (format_yuan(fen) for fen in (one.loss_fen, one.returned_fen, shown.division.of(one.victim)))
    if not clear:
        return (one.masked_name, "***", "***", "***", "***", one.masked_account, one.refund_bank, *sums)
    return (one.name, page.say(_SEX.get(_sex(one.id_card), "—")), one.id_card or "", "", one.phone or "", one.refund_account, one.refund_bank, *sums)


def _sex(id_card: str | None) -> str:
    """'1' a man, '0' a woman (GB 11643: the sequence number's last digit, odd for men); '' where no card says it."""
    plain = (id_card or "").strip()
    return str(int(plain[16]) % 2) if len(plain) == len("110101199001011234") and plain[16].isdigit() else ""


def _account(page: PageContext, shown: RoundView, one: RefundAccount, order: Order | None, name: sheets.Named) -> tuple[str, ...]:
    sums = (format_yuan(one.frozen_fen), format_yuan(shown.division.residue[one.account]))
    if order is None:
        return (name(one.account), one.bank, *sums, "", "", "", one.typed_reason or "")
    term = f"{sheets.stamp(order.starts_at)} — {sheets.stamp(order.ends_at)}" if order.starts_at and order.ends_at else ""
    officers = page.say("{one}、{two}", one=order.officer_one_name, two=order.officer_two_name)
    return (name(one.account), one.bank, *sums, order.org_name, order.application_id, term, officers)


_SEX = {"1": N_("男"), "0": N_("女")}
_DENOMINATORS = {"claims": N_("本轮未返还的损失"), "losses": N_("本轮被害人的原始损失"), "case": N_("全案被害人的损失")}
_HEADS = (N_("被害人"), N_("身份证号"), N_("涉案账户"), N_("返还账户"), N_("返还开户行"), N_("方式"), N_("金额（元）"))
_PERSON_HEADS = (
    N_("姓名"), N_("性别"), N_("身份证号"), N_("住址"), N_("联系电话"), N_("返还账户"), N_("返还开户行"), N_("损失（元）"), N_("以前已返还（元）"), N_("本轮返还（元）"),
)  # fmt: skip
_POOL_HEADS = (
    N_("涉案账户"), N_("冻结银行"), N_("冻结金额（元）"), N_("返还后余额（元）"), N_("冻结单位"), N_("冻结文书编号"), N_("冻结期限"), N_("承办民警或说明"),
)  # fmt: skip
