"""Who is taken in, when, for how much, and who stops in time: the plan of every fraud before its steps are played."""

from __future__ import annotations

import numpy as np
import polars as pl

from fanzha.simulator import rates
from fanzha.simulator.city import City
from fanzha.simulator.dice import DAY, HOUR, Flags, Floats, Ints, around, dice, moments, pick, whole_yuan
from fanzha.simulator.gangs.model import Gang
from fanzha.simulator.gangs.steps import Script, Victims

COMPLETED, STOPPED_AFTER_LOSS, STOPPED_BEFORE_LOSS = "completed", "stopped_after_loss", "stopped_before_loss"
_OUTCOMES = (COMPLETED, STOPPED_AFTER_LOSS, STOPPED_BEFORE_LOSS)
NEVER = np.iinfo(np.int64).max // 4


def planned_frauds(city: City, teams: list[Gang]) -> pl.DataFrame:
    """One row a fraud, numbered from 0.

    Columns: fraud, gang, type, person, line, account, starts and first_pay (seconds), payments, planned_fen, outcome, cut (nothing after it happens).
    No person is a victim twice while there are others.
    """
    rng = dice(city.plan.seed, "victims")
    taken = np.zeros(city.plan.people, dtype=np.bool_)
    parts = [_frauds(rng, city, gang, taken) for gang in teams]
    return pl.concat(parts).with_row_index("fraud").with_columns(pl.col("fraud").cast(pl.Int64)) if parts else pl.DataFrame()


def _frauds(rng: np.random.Generator, city: City, gang: Gang, taken: Flags) -> pl.DataFrame:
    script, count = gang.script, gang.frauds
    person = _chosen(rng, city, script.victims, taken, count)
    starts, first_pay = _times(rng, city, script, count)
    outcome = pick(
        rng, (1 - rates.STOPPED_AFTER_LOSS - rates.STOPPED_BEFORE_LOSS, rates.STOPPED_AFTER_LOSS, rates.STOPPED_BEFORE_LOSS), count
    )
    doubt = starts + (rng.uniform(0.5, 0.97, count) * (first_pay - starts)).astype(np.int64)
    columns = {
        "gang": np.full(count, gang.number),
        "type": [script.type.value] * count,
        "person": person,
        "line": city.line_of[person],
        "account": city.account_of[person],
        "starts": starts,
        "first_pay": first_pay,
        "payments": rng.integers(script.payments[0], script.payments[1] + 1, count),
        "planned_fen": whole_yuan(around(rng, count, script.loss * 100, script.spread, script.loss * 8, script.loss * 2500)),
        "outcome": pl.Series(_OUTCOMES)[outcome],
        "cut": np.choose(outcome, [np.full(count, NEVER), first_pay + 60, doubt]),
    }
    return pl.DataFrame(columns)


def _times(rng: np.random.Generator, city: City, script: Script, count: int) -> tuple[Ints, Ints]:
    """Lead-in and first payment. A fraud longer than the span is squeezed to six tenths of it, so that short simulations show whole frauds."""
    span = max(city.plan.seconds, HOUR)
    longest = min(script.hours[1], 0.6 * span / HOUR)
    shortest = min(script.hours[0], 0.5 * longest)
    lasts = (rng.uniform(shortest, longest, count) * HOUR).astype(np.int64)
    starts = moments(rng, count, city.plan.weekdays(), rates.HOURS_OF_WORK, 0.7)
    late = starts + lasts > span + int(0.25 * lasts.max(initial=0))
    starts = np.where(late, np.maximum(starts - (span // DAY // 2) * DAY, 0), starts)
    return starts, starts + lasts


def _chosen(rng: np.random.Generator, city: City, who: Victims, taken: Flags, count: int) -> Ints:
    able = (city.line_of >= 0) & (city.account_of >= 0)
    weight: Floats = able * _susceptible(city.crowd, who) * ~taken
    enough = np.count_nonzero(weight) >= count
    weight = weight if enough else able.astype(np.float64)
    person = rng.choice(len(weight), size=count, replace=False, p=weight / weight.sum())
    taken[person] = True
    return person.astype(np.int64)


def _susceptible(crowd: pl.DataFrame, who: Victims) -> Floats:
    """A weight a person: within the ages 1, times the pull of the occupation and, for men, theirs."""
    age = crowd["age"].to_numpy()
    pull = crowd["occupation"].replace_strict(who.drawn, default=1.0, return_dtype=pl.Float64).to_numpy()
    within: Floats = ((age >= who.ages[0]) & (age <= who.ages[1])) * pull * np.where(crowd["male"].to_numpy(), who.men, 1.0)
    return within
