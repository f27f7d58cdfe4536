"""The written answer to an appeal (申诉答复书), as PDF: reasons, basis and further remedy. It names no officer and shows the account masked."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from fanzha.desks import controls
from fanzha.desks.appeals import Appeal, Verdict
from fanzha.desks.appeals.errors import AppealNotFound
from fanzha.faces.common.context import PageContext
from fanzha.faces.common.documents import Document, Part, to_pdf
from fanzha.faces.common.i18n import N_, Locale
from fanzha.kit import clock
from fanzha.vocab import legal
from fanzha.vocab.notice_numbers import grouped

Moment = Callable[[datetime | None], str]


def moment_in(page: PageContext) -> Moment:
    """A time in full, on a Chinese clock, in the page's language."""
    form = "%Y年%-m月%-d日 %H:%M" if page.locale is Locale.ZH else "%Y-%m-%d %H:%M"
    return lambda at: clock.to_local(at).strftime(form) if at is not None else "—"


VERDICTS = {
    Verdict.UPHELD: N_("申诉成立。相关措施予以解除，各执行单位的解除情况可在申诉查询页查看。"), Verdict.PARTLY: N_("申诉部分成立。其中不当的措施予以解除。"),
    Verdict.REJECTED: N_("申诉不成立。措施继续有效，到期自动解除。"), Verdict.INADMISSIBLE: N_("不予受理。"),
}  # fmt: skip


def answer_pdf(page: PageContext, appeal: Appeal) -> bytes:
    """Raises AppealNotFound: it has not been answered; FontsMissing."""
    if appeal.answer is None or appeal.decided_at is None:
        raise AppealNotFound
    lang, moment = page.locale.value, moment_in(page)
    at = moment(appeal.decided_at)
    basis = legal.by_key(appeal.basis)
    facts = [
        (page.say("回执号"), grouped(appeal.receipt)), (page.say("措施"), measure_name(page, appeal)), (page.say("账户或号码"), appeal.masked_subject),
        (page.say("作出措施的单位"), appeal.measure_org_name), (page.say("申诉时间"), moment(appeal.filed_at)),
        (page.say("答复单位"), appeal.unit_name), (page.say("答复时间"), at),
    ]  # fmt: skip
    remedy = (appeal.remedy_zh if page.locale is Locale.ZH else appeal.remedy_en) or ""
    law = [f"{basis.citation(lang)} · {basis.version}", legal.by_key("atfl:32").citation(lang)]
    parts = (
        Part(page.say("答复"), (page.say(VERDICTS[appeal.answer]),)), Part(page.say("理由"), ((appeal.reasons or ""),)), Part(page.say("依据"), law),
        Part(page.say("不服怎么办"), (remedy,)),
    )  # fmt: skip
    title = page.say("申诉答复书") if appeal.instance == 1 else page.say("申诉复核答复书")
    foot = page.say("电子印章占位 · {unit} · {at}", unit=appeal.unit_name, at=at)
    return to_pdf(Document(title, appeal.unit_name, page.say("仅供申诉人本人使用"), facts, parts, foot, lang), page.services.settings.home)


_OTHERS = {"hold": N_("交易或通信延迟"), "block": N_("交易或通信拦截"), "warning": N_("预警劝阻")}


def measure_name(page: PageContext, appeal: Appeal) -> str:
    """What the appeal is against, in the page's language."""
    if appeal.measure in _OTHERS:
        return page.say(_OTHERS[appeal.measure])
    kind = controls.kinds.by_key(appeal.measure)
    return kind.zh if page.locale is Locale.ZH else kind.en
