"""A series as a dossier (卷宗): what leaves the platform is masked, names its reader, and is audited."""

from __future__ import annotations

from datetime import datetime

from fanzha.desks import series
from fanzha.desks.series.service import Detail
from fanzha.faces.common import formats
from fanzha.faces.common.context import PageContext
from fanzha.faces.common.documents import Document, Part, TableOf
from fanzha.faces.common.i18n import Locale, catalogues
from fanzha.faces.common.templating import fraud_type_name, region_name
from fanzha.kit import clock


def dossier(page: PageContext, detail: Detail, ties: list[series.reading.ShownTie]) -> Document:
    """Everything that the reader may see of the series, personal data masked."""
    say, locale = page.say, page.locale
    of = detail.series
    facts = [
        (say("诈骗类型"), fraud_type_name(locale, of.fraud_type)),
        (say("状态"), catalogues().term(locale, "series_state", of.state)),
        (say("案件"), say("{n} 起", n=of.cases)),
        (say("损失"), formats.yuan(of.loss_fen, say=say)),
        (say("首起"), _day(of.first_at)),
        (say("末起"), _day(of.last_at)),
    ]
    notes = [say("另有 {n} 起在其他辖区，此处不列。", n=detail.hidden)] if detail.hidden else []
    counties = [[region_name(locale, code), str(count)] for code, count in series.reading.by_county(of.by_region).items()]
    parts = [
        Part(say("辖区分布"), notes, TableOf([say("县区"), say("案件")], counties, frozenset({1}))),
        Part(say("共用的标识"), (), _ties(page, ties), say("没有共用的标识，由话术相近而串并。")),
        Part(say("案件清单"), (), _cases(page, detail)),
        Part(say("研判记录"), (), _decisions(page, detail), say("还没有研判。")),
    ]  # fmt: skip
    stamp = clock.to_local(clock.now()).strftime("%Y-%m-%d %H:%M")
    return Document(
        say("串并案件卷宗 第 {n} 号", n=of.number), page.me.org_name, say("内部资料 注意保管"), facts, parts, say("{name} {at} 导出", name=page.me.name, at=stamp),
        "en" if locale is Locale.EN else "zh",
    )  # fmt: skip


def _ties(page: PageContext, ties: list[series.reading.ShownTie]) -> TableOf:
    place = 1 if page.locale is Locale.EN else 0
    rows = [[str(number), tie.shown or page.say("话术"), tie.words[place]] for number, tie in enumerate(ties, 1)]
    return TableOf([page.say("序号"), page.say("标识"), page.say("串并依据")], rows, frozenset({0}))


def _cases(page: PageContext, detail: Detail) -> TableOf:
    heads = [page.say(head) for head in ("编号", "接报时间", "辖区", "诈骗类型", "报案人", "损失（元）")]
    rows = [
        [case.name, _day(case.received_at), region_name(page.locale, case.region), fraud_type_name(page.locale, case.fraud_type),
         case.masked_name or formats.NOTHING, f"{case.loss_fen / 100:,.2f}"]
        for _, case in detail.cases
    ]  # fmt: skip
    return TableOf(heads, rows, frozenset({5}))


def _decisions(page: PageContext, detail: Detail) -> TableOf:
    heads = [page.say(head) for head in ("时间", "研判", "案件", "经办", "理由")]
    rows = [
        [_day(each.at), catalogues().term(page.locale, "series_decision", each.kind), str(each.cases), each.actor_name, each.reason] for each in detail.decisions
    ]
    return TableOf(heads, rows, frozenset({2}))


def _day(at: datetime | None) -> str:
    return clock.to_local(at).strftime("%Y-%m-%d %H:%M") if at is not None else formats.NOTHING
