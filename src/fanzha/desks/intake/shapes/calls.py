"""Calls (通话详单): directed (主叫, 被叫) or one subscriber's list (本机, 对方, 呼叫类型)."""

from __future__ import annotations

import polars as pl

from fanzha.desks.intake.reasons import Reason
from fanzha.desks.intake.shapes.directions import directed
from fanzha.desks.intake.shapes.durations import seconds
from fanzha.desks.intake.sheet import Sheet
from fanzha.desks.intake.subjects import Subjects
from fanzha.vocab.identifiers import Kind

IDENTITY = ("caller", "callee", "seconds")


def shape(sheet: Sheet, subjects: Subjects) -> dict[str, pl.Series]:
    """The columns of the lake's `calls`. A mark such as 漫游 or an unreadable device number costs no row."""
    caller_raw, callee_raw = _parties(sheet)
    caller = subjects.phones(sheet, "caller", caller_raw)
    callee = subjects.phones(sheet, "callee", callee_raw)
    sheet.reject(caller.token == callee.token, Reason.SAME_PARTY)
    return {
        "caller": caller.token,
        "callee": callee.token,
        "caller_kind": caller.kind,
        "callee_kind": callee.kind,
        "caller_region": caller.region,
        "callee_region": callee.region,
        "caller_foreign": caller.foreign,
        "seconds": seconds(sheet),
        "imei": subjects.others(sheet, Kind.IMEI, "imei", sheet.text("imei"), strict=False),
        "imsi": subjects.others(sheet, Kind.IMSI, "imsi", sheet.text("imsi"), strict=False),
        "cell": sheet.text("cell"),
        "roaming_region": sheet.text("roaming_region"),
        "call_type": sheet.text("call_type"),
    }


def _parties(sheet: Sheet) -> tuple[pl.Series, pl.Series]:
    if sheet.has("caller", "callee"):
        return sheet.text("caller"), sheet.text("callee")
    return directed(sheet, sheet.text("own"), sheet.text("counterparty"), sheet.text("direction"))
