"""Outlets (网点): who opened more flagged cards or accounts than their like, with intervals; a picture with its table, and a workbook."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import Response

from fanzha.desks.lines import outlets, policy, reading
from fanzha.desks.lines.outlets import Comparison, Opening, Outlet
from fanzha.faces.common.context import PageContext, signed_in
from fanzha.faces.common.documents import Document, Part, TableOf, to_xlsx
from fanzha.faces.console.indicators import one_of
from fanzha.kit import clock

router = APIRouter()

Reader = Annotated[PageContext, Depends(signed_in(policy.OUTLETS))]
SHOWN = 20
_LEFT, _RIGHT, _TOP, _ROW = 190, 20, 26, 26
_WIDTH = 720


@dataclass(frozen=True)
class Bar:
    """One outlet in the picture: the interval from `low` to `high`, the rate and the usual rate, across; `y` the middle of its row. In pixels."""

    outlet: Outlet
    y: int
    low: float
    high: float
    rate: float
    usual: float


@dataclass(frozen=True)
class Picture:
    """Intervals of rates, the highest lower bound on top; `ticks` are (x, share)."""

    width: int
    height: int
    bars: tuple[Bar, ...]
    ticks: tuple[tuple[float, float], ...]
    left: int = _LEFT


def picture(found: Comparison) -> Picture:
    """The first outlets that are compared, on one scale from nothing to the highest upper bound."""
    shown = found.compared[:SHOWN]
    most = max((one.high or 0.0 for one in shown), default=0.0) or 1.0
    step = next(step for step in (0.01, 0.02, 0.05, 0.1, 0.2, 0.25) if most / step <= 6 or step == 0.25)

    def across(share: float | None) -> float:
        return round(_LEFT + (share or 0.0) / most * (_WIDTH - _LEFT - _RIGHT), 1)

    bars = tuple(Bar(one, _TOP + _ROW * at + _ROW // 2, across(one.low), across(one.high), across(one.rate), across(one.usual)) for at, one in enumerate(shown))
    return Picture(_WIDTH, _TOP + _ROW * len(shown) + 6, bars, tuple((across(step * n), step * n) for n in range(int(most / step) + 1)))


@router.get("/lines/outlets")
def listing(page: Reader, what: str = "") -> Response:
    """`what`: cards (default) or accounts."""
    kind = one_of(Opening, what) or Opening.CARDS
    with page.work() as work:
        found, counts = outlets.compare(work, page.services.lake, kind), reading.counts(work)
    return page.render("console/lines/outlets.html", found=found, what=kind, picture=picture(found), counts=counts, shown=SHOWN)


@router.post("/lines/outlets/xlsx")
def workbook(page: Reader, what: str = "") -> Response:
    """Every outlet of the comparison; audited."""
    kind = one_of(Opening, what) or Opening.CARDS
    with page.work() as work:
        found = outlets.compare(work, page.services.lake, kind)
        work.audit("lines.outlets_exported", "lines", {"what": kind.value, "outlets": len(found.outlets)})
    body = to_xlsx(document(page, found))
    headers = {"Content-Disposition": f'attachment; filename="outlets-{kind.value}-{found.until}.xlsx"', "Cache-Control": "no-store"}
    return Response(body, media_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", headers=headers)


def document(page: PageContext, found: Comparison) -> Document:
    say, rule = page.say, found.rule
    heads = (
        say("网点"), say("同类"), say("开办数"), say("涉诈数"), say("涉诈率（收缩后）"), say("95% 区间下限"), say("95% 区间上限"), say("同类涉诈率"), say("误报率 q"),
        say("结论"),
    )  # fmt: skip
    rows = [
        (one.name, one.group, str(one.opened), str(one.flagged), _percent(one.rate), _percent(one.low), _percent(one.high), _percent(one.usual),
         f"{one.q:.4f}" if one.q is not None else "—", say("需倒查核实") if one.singled_out else say("未比较") if one.rate is None else say("未见异常"))
        for one in found.outlets
    ]  # fmt: skip
    facts = (
        (say("统计期"), f"{found.since} – {found.until}"), (say("最少开办数"), str(rule.least_opened)), (say("最少涉诈数"), str(rule.least_flagged)),
        (say("至少高于同类"), say("{n} 倍", n=rule.times)), (say("误报控制"), _percent(rule.false_share)),
    )  # fmt: skip
    part = Part(say("开办网点"), (say("列出不等于违法：须调取开办资料逐一核实。"),), TableOf(heads, rows, frozenset(range(2, 9))))
    return Document(
        say("开办网点倒查"), page.me.org_name, say("内部使用"), facts, (part,), f"{page.me.name} · {clock.to_local(clock.now()):%Y-%m-%d %H:%M}", page.locale.value,
    )  # fmt: skip


def _percent(share: float | None) -> str:
    return f"{share * 100:.1f}%" if share is not None else "—"
