"""Households and the people in them."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl

from fanzha.simulator import rates
from fanzha.simulator.dice import Flags, Ints, dice, pick
from fanzha.simulator.names import names, surnames
from fanzha.simulator.numbers import id_cards
from fanzha.simulator.places import homes, townships
from fanzha.simulator.plan import Plan

STUDENT, FARMER, WORKER, TRADER, FINANCE, OFFICIAL, RETIRED, CHILD, AT_HOME = (
    "学生",
    "务农",
    "务工",
    "个体经营",
    "财务人员",
    "公职人员",
    "退休",
    "学龄前",
    "居家",
)
_GROWN = (WORKER, TRADER, FINANCE, OFFICIAL, FARMER, AT_HOME)
_GROWN_WEIGHTS = (0.48, 0.16, 0.03, 0.07, 0.14, 0.12)


def people(plan: Plan) -> pl.DataFrame:
    """Everybody, one row a person in household order.

    Columns: person, household, name, male, born (date), age (whole years at the start), id_card, region, county, address, occupation.
    """
    rng = dice(plan.seed, "people")
    household, place = _households(rng, plan.people)
    age = _ages(rng, household, place)
    male = np.where(place == 1, rng.random(plan.people) < 0.3, rng.random(plan.people) < 0.52)
    born = _birthdays(rng, plan.start, age)
    towns = townships()
    town, address = homes(rng, towns, int(household[-1]) + 1)
    family = surnames(rng, int(household[-1]) + 1)
    frame = pl.DataFrame(
        {
            "person": np.arange(plan.people),
            "household": household,
            "name": names(rng, male, family[household]),
            "male": male,
            "born": born,
            "age": age,
            "region": towns["region"][town][household],
            "county": towns["county"][town][household],
            "address": address[household],
            "occupation": _occupations(rng, age),
        }
    )
    return frame.with_columns(_cards(frame, male))


def _households(rng: np.random.Generator, count: int) -> tuple[Ints, Ints]:
    """The household of each person, and the person's place in it (0 head, 1 partner, 2 … children and parents)."""
    sizes = pick(rng, rates.HOUSEHOLD_SIZES, count) + 1
    number = int(np.searchsorted(np.cumsum(sizes), count)) + 1
    sizes = sizes[:number]
    household = np.repeat(np.arange(number), sizes)[:count]
    first = np.cumsum(sizes) - sizes
    return household, np.arange(count) - first[household]


def _ages(rng: np.random.Generator, household: Ints, place: Ints) -> Ints:
    """Heads 22–85, partners near them, children a generation below, the fifth and sixth a generation above."""
    head = np.clip(rng.normal(48, 15, int(household[-1]) + 1), 22, 85)[household]
    child = head - rng.uniform(22, 36, len(head))
    child = np.where(child < 0, rng.uniform(0, 12, len(head)), child)
    choices = [head, head + rng.normal(-1, 3, len(head)), child, np.maximum(child - rng.uniform(1, 6, len(head)), 0)]
    parents = head + rng.uniform(22, 30, len(head))
    age: Ints = np.clip(np.select([place == 0, place == 1, place == 2, place == 3], choices, parents), 0, 99).astype(np.int64)
    return age


def _birthdays(rng: np.random.Generator, start: date, age: Ints) -> pl.Series:
    """A birthday for each age: whole years before the start and part of one more."""
    ago = (age * 365.25 + rng.uniform(1, 364, len(age))).astype(np.int64)
    return pl.select((pl.lit(start) - pl.duration(days=pl.lit(pl.Series(ago)))).cast(pl.Date)).to_series()


def _occupations(rng: np.random.Generator, age: Ints) -> pl.Series:
    grown = np.array(_GROWN)[pick(rng, _GROWN_WEIGHTS, len(age))]
    studies = rng.random(len(age)) < np.select([age < 18, age < 23], [1.0, 0.55], 0.0)
    rests = (age >= 60) & (grown != FARMER)
    return pl.Series(np.select([age < 6, studies, rests], [CHILD, STUDENT, RETIRED], grown))


def _cards(frame: pl.DataFrame, male: Flags) -> pl.Series:
    day = frame.select(pl.col("born").dt.strftime("%Y%m%d").cast(pl.Int64)).to_series()
    rank = frame.with_columns(day=day).select(pl.int_range(pl.len()).over("county", "day", "male")).to_series()
    return id_cards(frame["county"].cast(pl.Int64).to_numpy(), day.to_numpy(), male, rank.to_numpy()).alias("id_card")
