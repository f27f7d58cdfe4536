"""The settled city before anything happens in it: who lives there, what they own, and whom they deal with."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from fanzha.simulator import rates, surroundings
from fanzha.simulator.accounts import ACCOUNTS, elsewhere, entities, resident_accounts
from fanzha.simulator.dice import Ints
from fanzha.simulator.people import people
from fanzha.simulator.phones import LINES, named, outsiders, resident_sims
from fanzha.simulator.plan import Plan
from fanzha.simulator.register import Register


@dataclass(frozen=True)
class City:
    """Arrays hold indices into `lines` or `accounts`; `line_of` and `account_of` give each person's first one, −1 where there is none."""

    plan: Plan
    crowd: pl.DataFrame
    lines: Register
    accounts: Register
    sims: Ints
    line_of: Ints
    couriers: Ints
    outsiders: Ints
    services: Ints
    bank_numbers: Ints
    operator_numbers: Ints
    marketing: Ints
    abroad: Ints
    ports: Ints
    own_accounts: Ints
    own_account_person: Ints
    account_of: Ints
    shops: Ints
    firms: Ints
    strangers: Ints


def settle(plan: Plan) -> City:
    """Lay out the city of this plan."""
    crowd = people(plan)
    lines, accounts = Register(LINES), Register(ACCOUNTS)
    sims = resident_sims(plan, crowd, lines)
    owned = lines.frame()
    own = resident_accounts(plan, crowd, owned, accounts)
    holder = accounts.frame()["person"].to_numpy()
    services = named(lines, list(surroundings.SERVICE_NUMBERS))
    operators = len(surroundings.OPERATOR_NUMBERS)
    return City(
        plan=plan,
        crowd=crowd,
        lines=lines,
        accounts=accounts,
        sims=sims,
        line_of=_first_of(owned["person"].to_numpy(), plan.people),
        couriers=sims[:: max(1, len(sims) // max(3, plan.people // 400))],
        outsiders=outsiders(plan, lines, min(100_000, max(200, plan.people // 2))),
        services=services,
        operator_numbers=services[:operators],
        bank_numbers=services[operators : operators + len(surroundings.BANK_NUMBERS)],
        marketing=named(lines, list(surroundings.MARKETING_NUMBERS)),
        abroad=named(lines, list(surroundings.ABROAD)),
        ports=named(lines, list(surroundings.SHORT_MESSAGE_PORTS)),
        own_accounts=own,
        own_account_person=holder,
        account_of=_first_of(holder, plan.people),
        shops=entities(plan, crowd, accounts, rates.PEOPLE_A_MERCHANT, "shops"),
        firms=entities(plan, crowd, accounts, rates.PEOPLE_AN_EMPLOYER, "firms"),
        strangers=elsewhere(plan, accounts, max(200, plan.people // 20), "strangers"),
    )


def _first_of(person: np.ndarray, people_count: int) -> Ints:
    """The first row of each person in an array of persons, −1 where a person has none, shape (people_count,)."""
    first = np.full(people_count, -1, dtype=np.int64)
    first[person[::-1]] = np.arange(len(person))[::-1]
    return first
