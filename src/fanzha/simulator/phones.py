"""Phone lines: residents' SIMs, and numbers that answer or call from outside the city."""

from __future__ import annotations

import numpy as np
import polars as pl

from fanzha.simulator import rates
from fanzha.simulator.dice import DAY, Ints, dice, pick
from fanzha.simulator.numbers import ELSEWHERE, MOBILE, TELECOM, UNICOM, imeis, imsis, mobiles
from fanzha.simulator.plan import Plan
from fanzha.simulator.register import Register, Schema

LINES: Schema = {
    "number": pl.String,
    "person": pl.Int64,  # null: nobody the city knows
    "opened": pl.Int64,  # seconds from the first midnight; null where no local operator sold it
    "imsi": pl.String,
    "imei": pl.String,
    "carrier": pl.String,
    "outlet": pl.String,
    "cell": pl.String,
    "state": pl.String,
}

_RANGES = {"移动": MOBILE, "电信": TELECOM, "联通": UNICOM}


def resident_sims(plan: Plan, crowd: pl.DataFrame, lines: Register) -> Ints:
    """Give every resident old enough one to three SIMs; returns their lines, in order of person. A person's SIMs share one phone half of the time."""
    rng = dice(plan.seed, "phones")
    users = crowd.filter(pl.col("age") >= rates.PHONE_FROM_AGE)
    owner = np.repeat(np.arange(users.height), pick(rng, rates.SIMS_OF_ONE, users.height) + 1)
    second = np.concatenate([[False], owner[1:] == owner[:-1]])
    device = np.cumsum(~(second & (rng.random(len(owner)) < 0.5))) - 1
    carrier = pl.Series("carrier", list(_RANGES))[pick(rng, (0.5, 0.27, 0.23), len(owner))]
    region = users["region"][owner]
    block = pl.DataFrame(
        {
            "number": _numbers(plan, carrier),
            "person": users["person"][owner],
            "opened": -rng.integers(20 * DAY, 4000 * DAY, len(owner)),
            "imsi": imsis(carrier, 0),
            "imei": imeis(0, int(device[-1]) + 1)[device],
            "carrier": carrier,
            "outlet": carrier + "营业厅" + region + "-" + pl.Series(rng.integers(1, 4, len(owner))).cast(pl.String),
            "cell": cells(rng, region),
        }
    )
    return lines.add(block.with_columns(state=pl.lit("正常")))


def cells(rng: np.random.Generator, region: pl.Series) -> pl.Series:
    """A cell in each region, written as region and sector."""
    return region + "-" + pl.Series(rng.integers(1, 31, len(region))).cast(pl.String)


def outsiders(plan: Plan, lines: Register, count: int) -> Ints:
    """Mobiles of people elsewhere in the country; returns their lines."""
    return lines.add(pl.DataFrame({"number": mobiles(ELSEWHERE, 0, count, plan.seed)}))


def named(lines: Register, numbers: list[str]) -> Ints:
    """Lines of these numbers (service numbers, foreign numbers); returns them in the same order."""
    return lines.add(pl.DataFrame({"number": numbers}))


def _numbers(plan: Plan, carrier: pl.Series) -> pl.Series:
    """One number a row from the carrier's ranges."""
    out = pl.Series([""] * 0, dtype=pl.String)
    order: list[np.ndarray] = []
    for name, ranges in _RANGES.items():
        rows = np.flatnonzero((carrier == name).to_numpy())
        out = out.append(mobiles(ranges, 0, len(rows), plan.seed))
        order.append(rows)
    return out[np.argsort(np.concatenate(order), kind="stable")]
