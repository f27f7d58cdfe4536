"""Visits of web sites and apps (上网访问). A row names a site or an app, or both."""

from __future__ import annotations

import polars as pl

from fanzha.desks.intake.reasons import Reason
from fanzha.desks.intake.shapes.durations import seconds
from fanzha.desks.intake.sheet import Sheet
from fanzha.desks.intake.subjects import Subjects
from fanzha.vocab.identifiers import Kind

IDENTITY = ("visitor", "host", "app")


def shape(sheet: Sheet, subjects: Subjects) -> dict[str, pl.Series]:
    """The columns of the lake's `visits`; `domain` is the registered domain of `host`."""
    host_raw, app_raw = sheet.text("host"), sheet.text("app")
    sheet.reject(host_raw.is_null() & app_raw.is_null(), Reason.MISSING, "host")
    host, domain = subjects.sites(sheet, "host", host_raw)
    return {
        "visitor": subjects.phones(sheet, "visitor", sheet.text("visitor")).token,
        "host": host,
        "domain": domain,
        "app": subjects.others(sheet, Kind.APP, "app", app_raw),
        "seconds": seconds(sheet),
        "bytes": sheet.count("bytes", pl.Int64),
    }
