"""Trace-back (倒查): which outlet sold the flagged cards, which branch opened the flagged accounts; compared with the like of the same operator or bank.

Flagged is a card or account that the registry of suspect identifiers holds, that a finding stands on, or that a measure is in force on. A rate here is a reason to
look at an outlet's files, no proof of anything: whoever opened a card honestly for somebody who then misused it is counted, too.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

import numpy as np
import polars as pl
from sqlalchemy import select

from fanzha.desks import indicators
from fanzha.desks.controls import Term, Unit
from fanzha.desks.detection import Target
from fanzha.desks.detection.domain import FindingState
from fanzha.desks.detection.model import Finding
from fanzha.desks.lines import numbers, repository
from fanzha.desks.lines.register import CARRIERS
from fanzha.engine import outlets as engine
from fanzha.kit import clock
from fanzha.lake.lake import Lake
from fanzha.lake.schemas import EventKind
from fanzha.store import Work
from fanzha.vocab.identifiers import Kind


class Opening(StrEnum):
    """What an outlet opens."""

    CARDS = "cards"  # 电话卡
    ACCOUNTS = "accounts"  # 银行账户


_TABLE = {Opening.CARDS: (EventKind.SIMS, "phone", "outlet", "carrier"), Opening.ACCOUNTS: (EventKind.ACCOUNTS, "account", "branch", "bank")}
_KINDS = {Opening.CARDS: (Kind.PHONE,), Opening.ACCOUNTS: (Kind.BANK_ACCOUNT, Kind.CARD)}
_TARGET = {Opening.CARDS: Target.NUMBER, Opening.ACCOUNTS: Target.ACCOUNT}
OTHER = "其他"


@dataclass(frozen=True)
class Outlet:
    """One outlet: `rate` with `low` and `high` is the shrunken rate with its 95 % credible interval, `wilson_*` the interval of the plain rate, `usual` the rate
    of its like; None where it is not compared. `q`: the share of outlets at least so striking that would be so by chance."""

    name: str
    group: str
    opened: int
    flagged: int
    rate: float | None
    low: float | None
    high: float | None
    wilson_low: float
    wilson_high: float
    usual: float | None
    q: float | None
    singled_out: bool


@dataclass(frozen=True)
class Comparison:
    """What was compared: openings from `since` to `until`; the singled out first, then by the lower bound. `unnamed`: openings whose outlet nobody gave."""

    what: Opening
    since: date
    until: date
    rule: numbers.OutletRule
    outlets: tuple[Outlet, ...]
    unnamed: int
    flagged_unnamed: int

    @property
    def singled_out(self) -> tuple[Outlet, ...]:
        return tuple(one for one in self.outlets if one.singled_out)

    @property
    def compared(self) -> tuple[Outlet, ...]:
        return tuple(one for one in self.outlets if one.rate is not None)


def flagged_tokens(work: Work, what: Opening) -> set[str]:
    """Tokens of what counts as flagged, as far as it is in sight."""
    tokens = set(indicators.service.flagged_tokens(work, _KINDS[what]))
    found = select(Finding.subject_token).where(Finding.target == _TARGET[what].value, Finding.state == FindingState.STANDING.value).distinct()
    tokens |= set(work.session.scalars(found))
    return tokens | (repository.numbers_under_measures(work, clock.now()) if what is Opening.CARDS else set())


def compare(work: Work, lake: Lake, what: Opening, *, until: datetime | None = None) -> Comparison:
    """Compare the outlets of the actor's region over the months that are set, up to now. Reading is audited by whoever shows it."""
    rule, end = numbers.outlet_rule(work, work.scope.region), until or clock.now()
    since = _before(end, rule.months)
    table = counted(lake, what, flagged_tokens(work, what), work.scope.region, since, end)
    named = table.filter(pl.col("outlet") != "")
    unnamed = table.filter(pl.col("outlet") == "")
    return Comparison(
        what, clock.local_day(since), clock.local_day(end), rule, judged(named, rule), int(unnamed["opened"].sum()), int(unnamed["flagged"].sum())
    )


def _before(end: datetime, months: int) -> datetime:
    return Term(-months, Unit.MONTHS).after(end)


def counted(lake: Lake, what: Opening, flagged: set[str], region: str, since: datetime, until: datetime) -> pl.DataFrame:
    """Columns outlet, group, opened, flagged: openings from `since` to `until`, each card or account by its first row. The group is the operator or bank that
    the outlet mostly opens for, over all its time; cards of virtual operators count where they were sold."""
    kind, key, outlet, keeper = _TABLE[what]
    rows = lake.scan(kind).filter(pl.col("at") <= until)
    if region:
        rows = rows.filter(pl.col("region").fill_null("").str.starts_with(region))
    first = rows.sort("at", "event_key").group_by(key, maintain_order=True).first().select(
        "at", token=pl.col(key), outlet=pl.col(outlet).fill_null(""), keeper=pl.col(keeper).fill_null("")
    ).with_columns(group=_group(what)).collect()  # fmt: skip
    groups = first.filter(pl.col("group") != OTHER).group_by("outlet", "group").len().sort("len", "group", descending=[True, False])
    of_outlet = groups.group_by("outlet", maintain_order=True).first().select("outlet", "group")
    marked = first.filter(pl.col("at") > since).with_columns(is_flagged=pl.col("token").is_in(sorted(flagged)))
    summed = marked.group_by("outlet").agg(opened=pl.len(), flagged=pl.col("is_flagged").sum())
    return summed.join(of_outlet, on="outlet", how="left").with_columns(pl.col("group").fill_null(OTHER)).sort("group", "outlet")


def _group(what: Opening) -> pl.Expr:
    """The carrier in one of the four names, the bank as written."""
    if what is Opening.ACCOUNTS:
        return pl.when(pl.col("keeper") == "").then(pl.lit(OTHER)).otherwise(pl.col("keeper"))
    named = pl.lit(OTHER)
    for carrier in CARRIERS:
        named = pl.when(pl.col("keeper").str.contains(carrier, literal=True)).then(pl.lit(carrier)).otherwise(named)
    return named


def judged(table: pl.DataFrame, rule: numbers.OutletRule) -> tuple[Outlet, ...]:
    """The outlets of such a table, the singled out first, then by the lower bound of the rate, those not compared last."""
    if not table.height:
        return ()
    codes = np.unique(table["group"].to_numpy(), return_inverse=True)[1].astype(np.int64)
    opened, flagged = table["opened"].cast(pl.Int64).to_numpy(), table["flagged"].cast(pl.Int64).to_numpy()
    found = engine.compare(codes, opened, flagged, engine.Demand(rule.least_opened, rule.least_flagged, rule.times, rule.false_share))
    names, groups = table["outlet"].to_list(), table["group"].to_list()
    rows = [
        Outlet(names[at], groups[at], int(opened[at]), int(flagged[at]), _known(found.rate[at]), _known(found.low[at]), _known(found.high[at]),
               float(found.wilson_low[at]), float(found.wilson_high[at]), _known(found.usual[at]), _known(found.q[at]), bool(found.singled_out[at]))
        for at in range(table.height)
    ]  # fmt: skip
    return tuple(sorted(rows, key=lambda one: (not one.singled_out, one.low is None, -(one.low or 0.0), -one.flagged, one.name)))


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
