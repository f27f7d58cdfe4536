"""The list as a file: masked, safe to open in a spreadsheet, audited."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Literal

import xlsxwriter

from fanzha.desks.warnings import policy
from fanzha.desks.warnings.queue import Filters, all_matching
from fanzha.desks.warnings.views import Card
from fanzha.kit import clock
from fanzha.kit.errors import Forbidden
from fanzha.store import Work

MOST_ROWS = 50_000
Format = Literal["csv", "xlsx"]

COLUMNS = (
    ("number", "预警编号"), ("level", "等级"), ("state", "状态"), ("fraud_type", "诈骗类型"), ("region", "区划"), ("name", "姓名（脱敏）"), ("phone", "电话（脱敏）"),
    ("issued_at", "生成时间"), ("due_at", "到期时间"), ("due_step", "待办步骤"), ("overdue", "是否超期"), ("escalations", "升级次数"), ("lead_org", "承办单位"),
    ("outcome", "反馈结果"), ("later_victim", "后续是否受骗"),
)  # fmt: skip
"""Key and Chinese heading. Codes stand as in the API, so that a file can be read back by a program."""

_DANGEROUS = ("=", "+", "-", "@", "\t", "\r")


def export(work: Work, filters: Filters, form: Format, *, zh: bool = True) -> bytes:
    """The matching warnings, 50,000 at most, in the list's order. Personal data stay masked; the audit log says who took what.

    Raises:
        Forbidden, BadFilter.
    """
    principal = work.scope.principal
    if principal is None or not principal.may(policy.EXPORT):
        raise Forbidden(permission=policy.EXPORT.name)
    rows = [_row(card) for card in all_matching(work, filters, MOST_ROWS)]
    heads = [chinese if zh else key for key, chinese in COLUMNS]
    body = to_csv(heads, rows) if form == "csv" else to_xlsx(heads, rows)
    narrowed = {key: str(value) for key, value in asdict(filters).items() if value and key != "q"}
    work.audit("warnings.exported", "warnings", {"rows": len(rows), "format": form, "filters": narrowed, "searched": bool(filters.q)})
    return body


def to_csv(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """UTF-8 with a byte-order mark, which spreadsheets need for Chinese."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(heads)
    writer.writerows([safe_cell(cell) for cell in row] for row in rows)
    return out.getvalue().encode("utf-8-sig")


def to_xlsx(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """One sheet; every cell is text, so that nothing is taken for a formula or a number."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}) as book:
        sheet = book.add_worksheet("warnings")
        sheet.write_row(0, 0, heads)
        sheet.freeze_panes(1, 0)
        for place, row in enumerate(rows, start=1):
            for column, cell in enumerate(row):
                sheet.write_string(place, column, cell)
    return out.getvalue()


def safe_cell(cell: str) -> str:
    """A cell that a spreadsheet would take for a formula gets an apostrophe in front (OWASP, CSV injection)."""
    return f"'{cell}" if cell.startswith(_DANGEROUS) else cell


def _row(card: Card) -> list[str]:
    return [
        card.number, card.level.value, card.state.value, card.fraud_type, card.region if card.region_known else "", card.subject.name,
        card.subject.phone, _time(card.issued_at), _time(card.due_at), card.due_step or "", str(card.overdue).lower(), str(card.escalations),
        card.lead_org, card.outcome or "", str(card.later_victim).lower(),
    ]  # fmt: skip


def _time(at: datetime | None) -> str:
    return clock.to_local(at).strftime("%Y-%m-%d %H:%M:%S") if at else ""
