"""All that the gangs do in the city, as frames of events, with the plan of every fraud."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from fanzha.simulator import rates
from fanzha.simulator.city import City
from fanzha.simulator.dice import dice
from fanzha.simulator.events import SCHEMAS
from fanzha.simulator.gangs import new_trick
from fanzha.simulator.gangs.laundering import launder, outside_inflows
from fanzha.simulator.gangs.model import Gang, gangs
from fanzha.simulator.gangs.play import baits_of, lures_of, payments_of, steps_of
from fanzha.simulator.gangs.victims import planned_frauds


@dataclass(frozen=True)
class Work:
    """`events` by kind (fanzha.simulator.events), `frauds` as planned (gangs.victims)."""

    teams: list[Gang]
    frauds: pl.DataFrame
    events: dict[str, pl.DataFrame]


def work(city: City) -> Work:
    """Let the gangs loose: as many frauds as the rate gives for this many people and days, drawn by Poisson."""
    plan = city.plan
    expected = plan.people * rates.FRAUDS_A_PERSON_MONTH * plan.months * plan.fraud_rate
    count = min(int(dice(plan.seed, "frauds").poisson(expected)), int((city.account_of >= 0).sum()) // 2)
    teams = gangs(city, count)
    if plan.new_trick:
        teams.append(new_trick.new_gang(city, len(teams), plan.new_trick))
    frauds = planned_frauds(city, teams)
    parts: dict[str, list[pl.DataFrame]] = {kind: [pl.DataFrame(schema=schema)] for kind, schema in SCHEMAS.items()}
    for gang in teams:
        mine = frauds.filter(pl.col("gang") == gang.number)
        (new_trick.play if gang.script is new_trick.SCRIPT else _one_gang)(city, gang, mine, parts)
    return Work(teams, frauds, {kind: pl.concat(frames) for kind, frames in parts.items()})


def _one_gang(city: City, gang: Gang, frauds: pl.DataFrame, parts: dict[str, list[pl.DataFrame]]) -> None:
    seed = city.plan.seed
    paid = payments_of(gang, frauds, seed)
    for kind, frame in steps_of(gang, frauds, paid, city).items():
        parts[kind].append(frame)
    kind, lures, looks = lures_of(gang, city)
    parts[kind].append(lures)
    parts["visits"].append(looks)
    arriving = pl.concat([paid, outside_inflows(city, gang)]).filter(pl.col("t").is_between(0, city.plan.seconds, closed="left"))
    parts["transfers"] += [arriving, baits_of(gang, frauds, seed), launder(gang, arriving, seed)]
