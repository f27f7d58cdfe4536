"""Quarantined rows as CSV, to be corrected outside and sent again."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from fanzha.desks.intake.model import QuarantinedRow
from fanzha.desks.intake.reasons import Reason, sentence

CONTROL: Final = ("批次", "行号", "原因", "说明", "状态", "原始内容")
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")


def guarded(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula: an apostrophe before what could start one. Reading it back drops the apostrophe."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def explained(row: QuarantinedRow, locale: str = "zh") -> str:
    """Why the row was set aside, in a sentence."""
    return explain(row.reason, row.field, row.detail, locale)


def explain(reason: str, field: str, detail: str, locale: str = "zh") -> str:
    """As `explained`; a refusal's detail holds the sentence in Chinese and, on the next line, in English."""
    zh, _, en = detail.partition("\n")
    return sentence(Reason(reason), field_name(field, locale), en if locale.startswith("en") and en else zh, locale=locale)


def as_csv(rows: Iterable[tuple[QuarantinedRow, dict[str, Any] | None]], header: Sequence[str], locale: str = "zh") -> Iterator[str]:
    """Lines of CSV with a mark of UTF-8 at the head, as spreadsheets want it: what is known of the row, then its cells under the batch's own columns."""
    yield "\ufeff" + _line([*CONTROL, *header])
    for row, cells in rows:
        known = cells or {}
        raw = "" if cells is not None else row.raw.encode("latin-1").decode("utf-8", "replace")
        about = [row.batch_id, str(row.row_number), row.reason, explained(row, locale), row.state, raw]
        yield _line([*about, *("" if known.get(name) is None else str(known[name]) for name in header)])


def _line(cells: Sequence[str]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerow([guarded(cell) for cell in cells])
    return text.getvalue()


_FIELDS: Final[dict[str, tuple[str, str]]] = {
    "at": ("时间", "time"),
    "date": ("日期", "date"),
    "clock": ("时刻", "clock time"),
    "event_id": ("编号", "event id"),
    "caller": ("主叫号码", "caller"),
    "callee": ("被叫号码", "callee"),
    "seconds": ("时长", "duration"),
    "ended": ("结束时间", "end time"),
    "sender": ("发送号码", "sender"),
    "receiver": ("接收号码", "receiver"),
    "text": ("短信内容", "text"),
    "visitor": ("用户号码", "visitor"),
    "host": ("域名", "host"),
    "app": ("应用", "app"),
    "bytes": ("流量", "traffic"),
    "payer": ("付款账号", "payer"),
    "payee": ("收款账号", "payee"),
    "amount": ("金额", "amount"),
    "amount_fen": ("金额（分）", "amount in fen"),
    "amount_out": ("支出金额", "amount out"),
    "amount_in": ("收入金额", "amount in"),
    "direction": ("借贷标志", "direction"),
    "state": ("状态", "state"),
    "account": ("账号", "account"),
    "phone": ("手机号码", "phone"),
    "birth_year": ("出生年份", "birth year"),
    "narrative": ("案情", "narrative"),
    "loss": ("损失金额", "loss"),
    "loss_fen": ("损失金额（分）", "loss in fen"),
    "happened_at": ("案发时间", "time of the offence"),
    "value": ("标识", "identifier"),
    "confidence": ("置信度", "confidence"),
    "expires_at": ("失效时间", "expiry time"),
}


def field_name(field: str, locale: str = "zh") -> str:
    """The field's name in a language; the field itself where it has none."""
    zh, en = _FIELDS.get(field, (field, field))
    return en if locale.startswith("en") else zh
