"""Briefings (通报): a unit's inbox, one briefing, signing for it, and who has read."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response

from fanzha.desks.sharing import BriefingKind, policy, service
from fanzha.desks.sharing.domain import Rise
from fanzha.desks.sharing.service import Detail
from fanzha.faces.common import formats
from fanzha.faces.common.context import NavEntry, PageContext, signed_in
from fanzha.faces.common.documents import Document, Part, TableOf, to_pdf
from fanzha.faces.common.i18n import Locale, catalogues
from fanzha.faces.common.templating import fraud_type_name, region_name
from fanzha.faces.console.indicators import one_of
from fanzha.kit import clock
from fanzha.kit.paging import PageRequest

router = APIRouter()
NAV = NavEntry("briefings", "通报", "Briefings", "/briefings", "speakerphone", policy.READ, order=34)

Reader = Annotated[PageContext, Depends(signed_in(policy.READ))]


@router.get("/briefings")
def listing(page: Reader, kind: str = "", unread: str = "", number: Annotated[int, Query(alias="page", ge=1)] = 1) -> Response:
    with page.work() as work:
        found = service.inbox(work, kind=one_of(BriefingKind, kind), unread=unread == "1", page=PageRequest(number))
        waiting = service.unread(work)
    return page.render("console/briefings/list.html", found=found, waiting=waiting)


@router.get("/briefings/{briefing_id}")
def one(page: Reader, briefing_id: str) -> Response:
    with page.work() as work:
        detail = service.get(work, briefing_id)
    names = [fraud_type_name(page.locale, each.fraud_type) for each in detail.content.by_type]
    return page.render("console/briefings/one.html", detail=detail, briefing=detail.briefing, content=detail.content, lead=_lead(page, detail), type_names=names)


@router.post("/briefings/{briefing_id}/sign")
def sign(page: Reader, briefing_id: str) -> Response:
    with page.work() as work:
        service.sign(work, briefing_id)
    return page.redirect(f"/briefings/{briefing_id}", page.say("已签收。"))


@router.post("/briefings/{briefing_id}/pdf")
def export(page: Reader, briefing_id: str) -> Response:
    """The briefing as it stands now, what was taken back marked. A POST because it is written to the audit log."""
    with page.work() as work:
        detail = service.get(work, briefing_id)
        body = to_pdf(_document(page, detail), page.services.settings.home)
        work.audit("briefing.exported", f"briefing:{briefing_id}", {"format": "pdf"})
    headers = {"Content-Disposition": f'attachment; filename="briefing-{detail.briefing.first_day}.pdf"', "Cache-Control": "no-store"}
    return Response(body, media_type="application/pdf", headers=headers)


def _lead(page: PageContext, detail: Detail) -> str:
    """The briefing in one sentence."""
    told = detail.content
    return page.say(
        "接报电信网络诈骗警情 {n} 起（上期 {before} 起），损失 {loss}（上期 {loss_before}）。", n=told.reports, before=told.reports_before,
        loss=formats.yuan_short(told.loss_fen, say=page.say), loss_before=formats.yuan_short(told.loss_fen_before, say=page.say),
    )  # fmt: skip


def _document(page: PageContext, detail: Detail) -> Document:
    say, of = page.say, detail.briefing
    kind = catalogues().term(page.locale, "briefing_kind", of.kind)
    stamp = clock.to_local(clock.now()).strftime("%Y-%m-%d %H:%M")
    facts = [(say("辖区"), region_name(page.locale, of.region)), (say("期间"), f"{of.first_day} — {of.last_day}")]
    parts = [
        Part(say("概况"), [_lead(page, detail)], _types(page, detail), say("本期没有警情。")),
        Part(say("上升的类型"), [_rise(page, each) for each in detail.content.rising] or [say("没有明显上升的类型。")]),
        Part(say("新手法"), (), _tricks(page, detail), say("本期没有发现新手法。")),
        Part(say("高频涉诈标识"), [say("标识已脱敏；核验与查询请走涉诈标识库。")], _items(page, detail), say("没有多起警情共用的标识。")),
        Part(say("跨县区串并"), (), _series(page, detail), say("没有跨县区的串并。")),
    ]  # fmt: skip
    return Document(
        say("电信网络诈骗情况通报（{kind}）", kind=kind), region_name(page.locale, of.region), say("内部资料 注意保管"), facts, parts,
        say("{name} {at} 导出", name=page.me.name, at=stamp), "en" if page.locale is Locale.EN else "zh",
    )  # fmt: skip


def _types(page: PageContext, detail: Detail) -> TableOf:
    rows = [[fraud_type_name(page.locale, each.fraud_type), str(each.reports), str(each.before)] for each in detail.content.by_type]
    return TableOf([page.say("诈骗类型"), page.say("本期"), page.say("上期")], rows, frozenset({1, 2}))


def _rise(page: PageContext, each: Rise) -> str:
    name = fraud_type_name(page.locale, each.fraud_type)
    chance = "<0.1%" if each.chance < 0.001 else f"{each.chance:.1%}"
    if each.share is None or each.usual is None:
        return page.say("{name}：{n} 起，此前没有（偶然的可能 {chance}）。", name=name, n=each.reports, chance=chance)
    return page.say(
        "{name}：{n} 起，通常 {usual} 起，上升 {share}（偶然的可能 {chance}）。", name=name, n=each.reports, usual=f"{each.usual:.1f}", share=formats.percent(each.share),
        chance=chance,
    )  # fmt: skip


def _tricks(page: PageContext, detail: Detail) -> TableOf:
    rows = [
        [fraud_type_name(page.locale, each.fraud_type), str(each.cases), each.first_known_at[:10], page.say("已有预警") if each.warned else page.say("尚无预警")]
        for each in detail.content.tricks
    ]
    return TableOf([page.say("诈骗类型"), page.say("警情"), page.say("首起获知"), page.say("预警")], rows, frozenset({1}))


def _items(page: PageContext, detail: Detail) -> TableOf:
    rows = [
        [catalogues().term(page.locale, "identifier_kind", each.kind), each.masked, fraud_type_name(page.locale, each.fraud_type), str(each.reports), str(each.counties),
         page.say("已撤回") if each.retracted_at else ""]
        for each in detail.items
    ]  # fmt: skip
    return TableOf([page.say(head) for head in ("类别", "标识", "诈骗类型", "警情", "县区", "备注")], rows, frozenset({3, 4}))


def _series(page: PageContext, detail: Detail) -> TableOf:
    rows = [
        [page.say("第 {n} 号", n=each.number), fraud_type_name(page.locale, each.fraud_type), str(each.cases), f"{each.loss_fen / 100:,.2f}",
         "；".join(f"{region_name(page.locale, code)} {count}" for code, count in each.counties.items())]
        for each in detail.content.series
    ]  # fmt: skip
    return TableOf([page.say(head) for head in ("串并", "诈骗类型", "案件", "损失（元）", "县区")], rows, frozenset({2, 3}))
