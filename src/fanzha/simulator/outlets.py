"""Where cards were sold and accounts opened: halls and dealers, branches, and a few that look away (the truth keeps which).

Only names are given here, from a stream of their own, after everything else is drawn: the city is otherwise the same to the last row. All shares are assumptions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from fanzha.simulator.accounts import BANKS
from fanzha.simulator.dice import Floats, Ints, dice, pick
from fanzha.simulator.gangs.model import Gang
from fanzha.simulator.plan import Plan

CARRIERS: Final = ("移动", "电信", "联通")
_COUNTIES: Final = ("350302", "350303", "350304", "350305", "350322")
CARDS_AN_OUTLET: Final = 350
ACCOUNTS_A_BRANCH: Final = 250
FEWEST, MOST_BRANCHES = 6, 12
BAD_DEALERS: Final = {"移动": 2, "电信": 1, "联通": 0}
BAD_BANKS: Final = ("农业银行", "建设银行")
THROUGH_BAD: Final = 0.75
"""Share of a gang's cards bought where somebody looks away, and of its accounts at a bank that has such a branch."""


@dataclass(frozen=True)
class Named:
    """`lines` and `accounts` with outlet and branch; `truth`: kind (cards, accounts), outlet, is_bad, opened, by_gangs."""

    lines: pl.DataFrame
    accounts: pl.DataFrame
    truth: pl.DataFrame


@dataclass(frozen=True)
class _Shops:
    """The outlets of one operator or bank; the first `bad` ones look away. Sizes differ as those of shops do."""

    names: tuple[str, ...]
    weights: Floats
    bad: int


def name_outlets(plan: Plan, teams: Sequence[Gang], lines: pl.DataFrame, accounts: pl.DataFrame) -> Named:
    """Say where each card was sold and each local account opened."""
    of_gangs = np.unique(np.concatenate([gang.lines for gang in teams])) if teams else np.zeros(0, dtype=np.int64)
    borrowed = np.unique(np.concatenate([part for gang in teams for part in (*gang.layers, gang.cash)])) if teams else np.zeros(0, dtype=np.int64)
    sold = _sold(plan, lines, of_gangs)
    opened = _opened(plan, accounts, borrowed)
    cards = _truth("cards", lines.with_columns(outlet=sold)["outlet"], of_gangs, _dealers(plan, lines, of_gangs))
    branches = _truth("accounts", opened, borrowed, _branches(accounts))
    return Named(lines.with_columns(outlet=sold), accounts.with_columns(branch=opened), pl.concat([cards, branches]))


def _dealers(plan: Plan, lines: pl.DataFrame, of_gangs: Ints) -> dict[str, _Shops]:
    """Dealers and own halls of each operator, as many as its residents' cards keep busy."""
    rng = dice(plan.seed, "outlet-places")
    carriers = lines["carrier"].fill_null("").to_numpy()
    shops: dict[str, _Shops] = {}
    for carrier in CARRIERS:
        count = max(FEWEST, round((np.count_nonzero(carriers == carrier) - np.count_nonzero(carriers[of_gangs] == carrier)) / CARDS_AN_OUTLET))
        bad = BAD_DEALERS[carrier]
        kinds = ["代理点"] * bad + ["营业厅" if at % 3 == 0 else "代理点" for at in range(count - bad)]
        names = tuple(f"{carrier}{kind}{_COUNTIES[int(rng.integers(0, len(_COUNTIES)))]}-{at + 1}" for at, kind in enumerate(kinds))
        weights = rng.permutation((1 + np.arange(count)) ** -0.5)
        weights[:bad] = np.median(weights)
        shops[carrier] = _Shops(names, weights, bad)
    return shops


def _branches(accounts: pl.DataFrame) -> dict[str, _Shops]:
    counted = accounts.filter(pl.col("local") & pl.col("person").is_not_null())["bank"].value_counts()
    sizes = dict(zip(counted["bank"].to_list(), counted["count"].to_list(), strict=True))
    shops: dict[str, _Shops] = {}
    for bank in BANKS:
        count = min(MOST_BRANCHES, max(FEWEST, round(sizes.get(bank, 0) / ACCOUNTS_A_BRANCH)))
        shops[bank] = _Shops(tuple(f"{bank}莆田{at + 1}支行" for at in range(count)), (1 + np.arange(count)) ** -0.3, 1 if bank in BAD_BANKS else 0)
    return shops


def _sold(plan: Plan, lines: pl.DataFrame, of_gangs: Ints) -> pl.Series:
    """Residents buy at any shop of their operator; a gang's cards, those of virtual operators too, come mostly from dealers that look away."""
    shops = _dealers(plan, lines, of_gangs)
    rng = dice(plan.seed, "outlets")
    carriers, by_gang = lines["carrier"].fill_null("").to_numpy(), np.zeros(lines.height, dtype=bool)
    by_gang[of_gangs] = True
    names = np.full(lines.height, None, dtype=object)
    for carrier in CARRIERS:
        rows = np.flatnonzero((carriers == carrier) & ~by_gang)
        names[rows] = np.array(shops[carrier].names, dtype=object)[pick(rng, shops[carrier].weights, len(rows))]
    everywhere = _Shops(tuple(name for one in shops.values() for name in one.names), np.concatenate([one.weights for one in shops.values()]), 0)
    bad = [name for one in shops.values() for name in one.names[: one.bad]]
    draw = rng.random(len(of_gangs)), rng.integers(0, len(bad), len(of_gangs)), pick(rng, everywhere.weights, len(of_gangs))
    names[of_gangs] = [bad[which] if chance < THROUGH_BAD else everywhere.names[other] for chance, which, other in zip(*draw, strict=True)]
    names[lines["opened"].is_null().to_numpy()] = None
    return pl.Series("outlet", names.tolist(), dtype=pl.String)


def _opened(plan: Plan, accounts: pl.DataFrame, borrowed: Ints) -> pl.Series:
    shops = _branches(accounts)
    rng = dice(plan.seed, "branches")
    banks, by_gang = accounts["bank"].to_numpy(), np.zeros(accounts.height, dtype=bool)
    by_gang[borrowed] = True
    names = np.full(accounts.height, None, dtype=object)
    for bank, one in shops.items():
        rows = np.flatnonzero(banks == bank)
        places = pick(rng, one.weights, len(rows))
        places[by_gang[rows] & (rng.random(len(rows)) < (THROUGH_BAD if one.bad else 0.0))] = 0
        names[rows] = np.array(one.names, dtype=object)[places]
    names[~accounts["local"].to_numpy()] = None
    return pl.Series("branch", names.tolist(), dtype=pl.String)


def _truth(kind: str, outlet: pl.Series, of_gangs: Ints, shops: dict[str, _Shops]) -> pl.DataFrame:
    bad = [name for one in shops.values() for name in one.names[: one.bad]]
    mark = np.zeros(len(outlet), dtype=bool)
    mark[of_gangs] = True
    counted = pl.DataFrame({"outlet": outlet, "by_gang": mark}).drop_nulls("outlet").group_by("outlet").agg(opened=pl.len(), by_gangs=pl.col("by_gang").sum())
    return counted.select(pl.lit(kind).alias("kind"), "outlet", pl.col("outlet").is_in(bad).alias("is_bad"), "opened", "by_gangs").sort("outlet")
