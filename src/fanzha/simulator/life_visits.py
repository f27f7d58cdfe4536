"""Ordinary visits to sites and apps."""

from __future__ import annotations

import polars as pl

from fanzha.simulator import rates
from fanzha.simulator.city import City
from fanzha.simulator.dice import around, dice, moments, pick
from fanzha.simulator.events import shaped
from fanzha.simulator.surroundings import APPS, MEETING_APP, MEETING_SITE, SITES, SMALL_SITES

_MEETINGS = 0.004
_SMALL = 0.12


def life_visits(city: City) -> pl.DataFrame:
    """Every ordinary visit of the span (events.VISITS), in no order."""
    plan = city.plan
    rng = dice(plan.seed, "life visits")
    total = rng.poisson(rates.VISITS * len(city.sims) * plan.days)
    hosts = [*SITES, *SMALL_SITES, MEETING_SITE]
    popular = [(1 - _SMALL - _MEETINGS) / (rank + 2) for rank in range(len(SITES))]
    scale = sum(popular) / (1 - _SMALL - _MEETINGS)
    weights = [*(weight / scale for weight in popular), *[_SMALL / len(SMALL_SITES)] * len(SMALL_SITES), _MEETINGS]
    site = pick(rng, weights, total)
    apps = APPS | {MEETING_SITE: MEETING_APP}
    app = pl.Series([apps.get(host) for host in hosts], dtype=pl.String)[site]
    by_app = pl.Series(rng.random(total) < 0.7)
    seconds = around(rng, total, 140, 1.1, 1, 14_000)
    frame = pl.DataFrame(
        {
            "t": moments(rng, total, plan.weekdays(), rates.HOURS_OF_SCREENS, 1.25),
            "visitor": city.sims[pick(rng, rng.lognormal(0, 0.6, len(city.sims)), total)],
            "host": pl.Series(hosts)[site],
            "app": pl.select(pl.when(by_app).then(app)).to_series(),
            "seconds": seconds,
            "bytes": seconds * around(rng, total, 9_000, 1.0, 300, 400_000),
        }
    )
    return shaped("visits", frame)
