"""Ordinary calls: within circles of family and friends, to services, from couriers and marketing, from elsewhere and abroad."""

from __future__ import annotations

import numpy as np
import polars as pl

from fanzha.simulator import rates
from fanzha.simulator.city import City
from fanzha.simulator.dice import Ints, around, dice, moments, pick
from fanzha.simulator.events import shaped

CIRCLE = 12
_BRIEF = (2, 3)  # couriers and marketing are never long on the phone
_CLOSENESS = tuple(1 / (rank + 1) for rank in range(CIRCLE))


def life_calls(city: City) -> pl.DataFrame:
    """Every ordinary call of the span (events.CALLS), in no order."""
    plan = city.plan
    rng = dice(plan.seed, "life calls")
    total = rng.poisson(rates.CALLS * len(city.sims) * plan.days)
    activity = rng.lognormal(0, 0.7, len(city.sims))
    me = city.sims[pick(rng, activity, total)]
    kind, caller, callee = _parties(rng, city, me)
    talked = np.where(np.isin(kind, _BRIEF), around(rng, total, 20, 0.6, 2, 170), around(rng, total, 48, 1.0, 2, 5400))
    frame = {
        "t": moments(rng, total, plan.weekdays(), rates.HOURS_OF_LIFE, 1.1),
        "caller": caller,
        "callee": callee,
        "seconds": np.where(rng.random(total) < rates.UNANSWERED, 0, talked),
    }
    return shaped("calls", pl.DataFrame(frame).filter(pl.col("caller") != pl.col("callee")))


def circles(city: City) -> Ints:
    """The lines each resident line calls most, closest first, shape (sims, CIRCLE): household, then the neighbourhood, then anybody."""
    rng = dice(city.plan.seed, "circles")
    count = len(city.sims)
    near = np.clip(np.arange(count)[:, None] + rng.integers(-4, 5, (count, 3)), 0, count - 1)
    local = np.clip(np.arange(count)[:, None] + rng.integers(-600, 601, (count, 6)), 0, count - 1)
    anywhere = rng.integers(0, count, (count, CIRCLE - 9))
    circle: Ints = city.sims[np.concatenate([near, local, anywhere], axis=1)]
    return circle


def _parties(rng: np.random.Generator, city: City, me: Ints) -> tuple[Ints, Ints, Ints]:
    """Kind, caller and callee of each call, `me` being the resident in it. Kind 0 is a call within the circle, the others stand in the order below."""
    total = len(me)
    friend = circles(city)[me - city.sims[0], pick(rng, _CLOSENESS, total)]
    courier = city.couriers[rng.integers(0, len(city.couriers), total)]
    others = [
        (rates.TO_SERVICES, me, city.services[rng.integers(0, len(city.services), total)]),
        (rates.FROM_COURIERS, courier, me),
        (rates.FROM_MARKETING, city.marketing[rng.integers(0, len(city.marketing), total)], me),
        (rates.FROM_ELSEWHERE, city.outsiders[rng.integers(0, len(city.outsiders), total)], me),
        (rates.WITH_ABROAD, city.abroad[me % len(city.abroad)], me),
    ]
    kind = pick(rng, [1 - sum(share for share, _, _ in others), *(share for share, _, _ in others)], total)
    caller = np.choose(kind, [me, *(caller for _, caller, _ in others)])
    callee = np.choose(kind, [friend, *(callee for _, _, callee in others)])
    return kind, caller, callee
