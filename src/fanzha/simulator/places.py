"""Putian: five counties, their townships, and how many people live where."""

from __future__ import annotations

import numpy as np
import polars as pl

from fanzha.simulator.dice import Ints, pick
from fanzha.vocab import regions

CITY = "3503"

COUNTY_WEIGHTS = {"350302": 17.0, "350303": 15.0, "350304": 21.0, "350305": 17.0, "350322": 30.0}
"""Share of the residents (per cent, rounded; the order of size is the 2020 census's)."""

_ROADS = ("梅园路", "文献路", "胜利街", "荔园路", "东圳路", "学园路", "霞林街", "天妃路", "兰溪街", "南园路", "石室路", "九华路")
_VILLAGES = ("东埔", "西厝", "南箕", "北坂", "前沟", "后亭", "上塘", "下林", "溪尾", "洋中", "港头", "埔柳", "坂尾", "石西", "沙坂", "湖东")


def townships() -> pl.DataFrame:
    """Every township of the city: region (9 digits), county (6 digits), county_name, name, weight. Those listed first are the towns and weigh more."""
    rows = []
    for county, weight in COUNTY_WEIGHTS.items():
        below = regions.children(county)
        whole = len(below) + 0.6 * min(4, len(below))
        for order, region in enumerate(below):
            rows.append((region, county, regions.name(county), regions.name(region), weight * (1.6 if order < 4 else 1.0) / whole))
    return pl.DataFrame(rows, schema=["region", "county", "county_name", "name", "weight"], orient="row")


def homes(rng: np.random.Generator, towns: pl.DataFrame, households: int) -> tuple[Ints, pl.Series]:
    """Where each household lives: the row in `towns`, and a written address."""
    town = pick(rng, towns["weight"].to_numpy(), households)
    names = towns.select(pl.concat_str("county_name", "name")).to_series()
    street = pl.Series(_ROADS + _VILLAGES)[rng.integers(0, len(_ROADS) + len(_VILLAGES), households)]
    number = pl.Series(rng.integers(1, 400, households)).cast(pl.String)
    return town, pl.Series("address", "莆田市" + names[town] + street + number + "号")
