"""The simulated city's files cut by time, as operators, banks and stations would have sent them up to a moment."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import polars as pl

from fanzha.kit import clock
from fanzha.simulator import Plan

_SENT_BY = {
    "sims": "运营商入网数据",
    "accounts": "银行开户数据",
    "calls": "运营商话单",
    "messages": "运营商短信",
    "visits": "运营商上网日志",
    "transfers": "银行交易流水",
    "indicators": "涉诈标识通报",
    "reports": "接处警平台",
}
_TABLES = {"indicators": "seen_at", "reports": "报警时间"}
OWNED = ("sims", "accounts")
EVENTS = ("calls", "messages", "visits", "transfers")
KINDS = (*OWNED, *_TABLES, *EVENTS)
"""In the order of sending: who owns what, what is known, what happened."""


@dataclass(frozen=True)
class Slice:
    """One file to be sent: its kind and the name of who sends it."""

    kind: str
    source: str
    file: Path


def moments(plan: Plan, near: tuple[float, ...], apart: float) -> list[datetime]:
    """The moments at which the demonstration looks, oldest first: every `apart` hours, and `near` hours before the end."""
    hours = set(near) | {0.0}
    span = plan.seconds / 3600
    step = max(near, default=0.0) + apart
    while step < span:
        hours.add(step)
        step += apart
    return [plan.ends - timedelta(hours=before) for before in sorted(hours, reverse=True) if before < span]


def cut(city: Path, out: Path, since: datetime | None, until: datetime) -> Iterator[Slice]:
    """Write what happened after `since` (None: from the beginning) and up to `until`; a kind without rows is left out."""
    out.mkdir(parents=True, exist_ok=True)
    mark = clock.to_local(until).strftime("%Y%m%d-%H%M")
    for kind in KINDS:
        file = _cut_table(city, out, kind, mark, since, until) if kind in _TABLES else _cut_events(city, out, kind, mark, since, until)
        if file is not None:
            yield Slice(kind, _SENT_BY[kind], file)


def _cut_events(city: Path, out: Path, kind: str, mark: str, since: datetime | None, until: datetime) -> Path | None:
    whole = pl.scan_parquet(city / f"{kind}.parquet")
    chosen = whole.filter(pl.col("at") <= until if since is None else (pl.col("at") > since) & (pl.col("at") <= until)).collect()
    if not chosen.height:
        return None
    file = out / f"{kind}-{mark}.parquet"
    chosen.write_parquet(file, compression="lz4", statistics=False)
    return file


def _cut_table(city: Path, out: Path, kind: str, mark: str, since: datetime | None, until: datetime) -> Path | None:
    """CSV files carry local times as text, which compare as times do."""
    column = _TABLES[kind]
    upto = clock.to_local(until).strftime("%Y-%m-%d %H:%M:%S")
    after = clock.to_local(since).strftime("%Y-%m-%d %H:%M:%S") if since else ""
    chosen = pl.read_csv(city / f"{kind}.csv", infer_schema=False).filter((pl.col(column) > after) & (pl.col(column) <= upto))
    if not chosen.height:
        return None
    file = out / f"{kind}-{mark}.csv"
    chosen.write_csv(file)
    return file
