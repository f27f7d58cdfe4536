"""The fund-flow table (资金流向表) as a file: one row a hop, the bank's own times; account numbers masked, or in clear for a purpose that the audit log keeps."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

import xlsxwriter

from fanzha.desks.funds import policy, service
from fanzha.desks.funds.errors import NothingTraced
from fanzha.desks.funds.following import Flow, Found
from fanzha.kit import clock
from fanzha.lake.tokens import Tokens
from fanzha.store import Work
from fanzha.vocab import identifiers
from fanzha.vocab.identifiers import Kind

Named: TypeAlias = Callable[[str], str]

HEADS = ("序号", "层级", "交易时间", "付款账号", "付款开户行", "收款账号", "收款开户行", "交易金额（元）", "其中涉案（元）", "交易方式", "数据来源")
HEADS_EN = ("No.", "Tier", "Time", "Payer", "Payer's bank", "Payee", "Payee's bank", "Amount (yuan)", "Stolen part (yuan)", "Channel", "Told by")
METHODS = {"fifo": "先进先出", "lifo": "后进先出", "haircut": "按比例", "poison": "污染优先", "largest": "大额优先"}
REST_HEADS = ("账号", "状态", "金额（元）", "层级", "是否存疑")
REST_HEADS_EN = ("Account", "State", "Amount (yuan)", "Tier", "Uncertain")
REST_NAMES = {
    "held": "仍在账户", "cash": "取现", "merchant": "消费", "payment": "支付机构", "unreported": "缺流水", "moved_on": "超出层级", "small": "金额过小",
}  # fmt: skip
REST_NAMES_EN = {
    "held": "still there", "cash": "cashed out", "merchant": "spent", "payment": "payment institution", "unreported": "statement missing",
    "moved_on": "beyond the last hop", "small": "too small to follow",
}  # fmt: skip
_SIDES = {"payer": "付款行", "payee": "收款行", "both": "交易清单", "victim": "被害人"}
KIND_NAMES = {"cash": "现金", "merchant": "商户消费", "payment": "支付机构", "unreported": "未列明对手"}


@dataclass(frozen=True)
class Taken:
    """A trace's newest result as somebody takes it out; `name` shows an account, `clear` tells how."""

    ref: str
    method: str
    version: int
    computed_at: datetime
    found: Found
    name: Named
    clear: bool

    def rests(self, *, zh: bool) -> list[tuple[object, ...]]:
        """Where the money rests, what is still there first, under `REST_HEADS`."""
        words = REST_NAMES if zh else REST_NAMES_EN
        return [
            (self.name(one.account), words[one.kind], yuan(one.fen), one.hop, ("是" if zh else "yes") if one.uncertain else "")
            for one in sorted(self.found.holdings, key=lambda one: one.order)
        ]

    def rows(self) -> list[tuple[object, ...]]:
        """The fund-flow table under `HEADS`."""
        return [_flow(place, flow, self.name) for place, flow in enumerate(self.found.flows, 1)]


def take_out(work: Work, trace_id: str, tokens: Tokens, *, purpose: str = "") -> Taken:
    """The newest result for a file. Without a purpose account numbers are masked.

    Raises:
        Forbidden, TraceNotFound, NothingTraced, FundsPurposeNeeded.
    """
    service.require(work, policy.EXPORT)
    clear = bool(purpose.strip())
    if clear:
        service.require(work, policy.REVEAL)
    why = service.purpose_of(purpose) if clear else ""
    shown = service.view(work, trace_id)
    found = shown.found
    if found is None or shown.result is None:
        raise NothingTraced
    work.audit("trace.exported", f"trace:{trace_id}", {"version": shown.trace.version, "rows": len(found.flows), "masked": not clear, "purpose": why})
    return Taken(shown.trace.ref, shown.result.method, shown.result.version, shown.result.computed_at, found, naming(tokens, clear=clear), clear)


def naming(tokens: Tokens, *, clear: bool = False) -> Named:
    """How a token is shown: masked, or in clear; stand-ins of nameless counterparties by their kind."""
    stand_ins = service.nameless(tokens)

    def name(token: str) -> str:
        if token in stand_ins:
            return f"（{KIND_NAMES[stand_ins[token]]}）"
        number = tokens.open(token)[1]
        return number if clear else identifiers.mask(Kind.BANK_ACCOUNT, number)

    return name


def workbook(taken: Taken, *, zh: bool = True) -> bytes:
    """The table, and where the money rests, as xlsx; amounts are numbers, everything else text."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}) as book:
        formats = {"yuan": book.add_format({"num_format": "#,##0.00"}), "head": book.add_format({"bold": True})}
        flows = book.add_worksheet("资金流向表" if zh else "Fund flow")
        title = f"资金流向表 · 方法 {METHODS[taken.method]} · 第 {taken.version} 版" if zh else f"Fund-flow table · method {taken.method} · version {taken.version}"
        flows.write_string(0, 0, title, formats["head"])
        _write(flows, formats, 1, HEADS if zh else HEADS_EN, taken.rows())
        rests = book.add_worksheet("资金去向" if zh else "Where it rests")
        _write(rests, formats, 0, REST_HEADS if zh else REST_HEADS_EN, taken.rests(zh=zh))
    return out.getvalue()


def _write(sheet: Any, formats: dict[str, Any], at: int, heads: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    sheet.write_row(at, 0, heads, formats["head"])
    sheet.freeze_panes(at + 1, 0)
    sheet.set_column(0, len(heads) - 1, 18)
    for place, row in enumerate(rows, at + 1):
        for column, cell in enumerate(row):
            if isinstance(cell, str):
                sheet.write_string(place, column, cell)
            else:
                sheet.write_number(place, column, cell, formats["yuan"] if isinstance(cell, float) else None)


def _flow(place: int, flow: Flow, name: Named) -> tuple[object, ...]:
    told = "、".join(_SIDES[side] for side in flow.told_by)
    return (
        place, flow.hop, stamp(flow.at), name(flow.payer), flow.payer_bank, name(flow.payee), flow.payee_bank, yuan(flow.of_fen), yuan(flow.fen), flow.channel, told,
    )  # fmt: skip


def stamp(at: datetime) -> str:
    """On a Chinese clock."""
    return clock.to_local(at).strftime("%Y-%m-%d %H:%M:%S")


def yuan(fen: int) -> float:
    """For a spreadsheet's number cell: exact to the fen below 90 trillion yuan, as a double holds 15 digits."""
    return fen / 100
