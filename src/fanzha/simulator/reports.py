"""Case reports (警情): which victims report, when, and what they hand in."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import numpy as np
import polars as pl

from fanzha.kit import clock
from fanzha.kit.money import format_yuan
from fanzha.simulator import rates
from fanzha.simulator.city import City
from fanzha.simulator.dice import HOUR, dice
from fanzha.simulator.files import instants
from fanzha.simulator.gangs.model import Gang
from fanzha.simulator.gangs.work import Work
from fanzha.simulator.narratives import Story, narrate
from fanzha.vocab import fraud_types

_HEADERS = (
    "警情编号",
    "报警时间",
    "报警人",
    "身份证号",
    "联系电话",
    "案发地区划",
    "案件类别",
    "简要案情",
    "损失金额",
    "首次转账时间",
    "涉案账号",
    "涉案电话",
    "涉案网址",
)
_UNTYPED = 0.15  # reports that come in without a type


def reports(
    city: City, work: Work, truth: pl.DataFrame, lines: pl.DataFrame, accounts: pl.DataFrame, events: dict[str, pl.DataFrame]
) -> pl.DataFrame:
    """The reports in order of time under Chinese headers, with a last column fraud_id for the truth alone."""
    rng = dice(city.plan.seed, "reports")
    chosen = _who_reports(rng, city, work, truth)
    seen = _seen(lines, accounts, events)
    rows = [_row(rng, city, work.teams[fraud["gang_number"]], fraud, seen) for fraud in chosen.iter_rows(named=True)]
    schema = dict.fromkeys(_HEADERS, pl.String) | {"fraud_id": pl.String}
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    number = "JQ" + city.plan.start.strftime("%Y%m") + pl.int_range(1, frame.height + 1, eager=True).cast(pl.String).str.zfill(6)
    return frame.with_columns(number.alias("警情编号"))


def _who_reports(rng: np.random.Generator, city: City, work: Work, truth: pl.DataFrame) -> pl.DataFrame:
    """Frauds that are reported within the span, by the time of the report (`reported`, seconds)."""
    if not truth.height:
        return truth.with_columns(reported=pl.lit(0), gang_number=pl.lit(0), person=pl.lit(0))
    plan = city.plan
    begins = int(plan.begins.timestamp())
    base = truth.select(pl.coalesce("last_loss_at", "lead_in_at").dt.epoch("s") - begins).to_series()
    lost = (truth["loss_fen"] > 0).to_numpy()
    wait = np.exp(rng.normal(np.log(6), 1.1, truth.height)).clip(0.2, 240) * HOUR
    willing = rng.random(truth.height) < np.where(lost, rates.REPORTS_A_LOSS, rates.REPORTS_AN_ATTEMPT)
    told = truth.with_columns(
        reported=base + pl.Series(wait.astype(np.int64)),
        number=work.frauds["fraud"],
        gang_number=work.frauds["gang"],
        person=work.frauds["person"],
        account_index=work.frauds["account"],
    )
    return told.filter(pl.Series(willing) & pl.col("reported").is_between(0, plan.seconds, closed="left")).sort("reported", "number")


def _seen(lines: pl.DataFrame, accounts: pl.DataFrame, events: dict[str, pl.DataFrame]) -> dict[str, dict[int, list[Any]]]:
    """What each victim met, in order, by fraud: numbers, accounts, sites and the number of payments."""
    mine = pl.col("fraud") >= 0
    paid = events["transfers"].filter(mine & (pl.col("stage") == "transfer"))
    paid = paid.with_columns(name=accounts["account"][paid["payee"].to_numpy()])
    calls = events["calls"].filter(mine)
    texts = events["messages"].filter(mine)
    numbers = pl.concat([calls.select("fraud", "t", who="caller"), texts.select("fraud", "t", who="sender")]).sort("t", maintain_order=True)
    numbers = numbers.with_columns(name=lines["number"][numbers["who"].to_numpy()])
    sites = events["visits"].filter(mine & pl.col("app").is_null()).with_columns(name=pl.col("host"))
    return {what: _by_fraud(frame) for what, frame in (("paid", paid), ("numbers", numbers), ("sites", sites))}


def _by_fraud(frame: pl.DataFrame) -> dict[int, list[Any]]:
    grouped = frame.group_by("fraud", maintain_order=True).agg(pl.col("name"))
    return dict(zip(grouped["fraud"].to_list(), grouped["name"].to_list(), strict=True))


def _row(
    rng: np.random.Generator, city: City, gang: Gang, fraud: dict[str, Any], seen: dict[str, dict[int, list[Any]]]
) -> tuple[str | None, ...]:
    number = fraud["number"]
    who = city.crowd.row(fraud["person"], named=True)
    payees = seen["paid"].get(number, [])
    story = Story(
        type=gang.script.type,
        name=who["name"],
        age=who["age"],
        met_at=fraud["lead_in_at"] or fraud["grooming_at"] or fraud["first_loss_at"],
        paid_at=fraud["first_loss_at"],
        loss_fen=fraud["loss_fen"],
        times=len(payees),
        numbers=_first(seen["numbers"].get(number, []), 3),
        accounts=_first(payees, 3),
        sites=_first(seen["sites"].get(number, []), 2),
        contact=gang.contacts[number % len(gang.contacts)],
        bank=city.accounts.frame()["bank"][fraud["account_index"]],
    )
    typed = None if rng.random() < _UNTYPED else fraud_types.ENTRIES[gang.script.type].zh
    reported = instants(city.plan, pl.Series([fraud["reported"]]))[0]
    loss = format_yuan(story.loss_fen) if story.loss_fen else None
    paid_at = _local(story.paid_at) if story.paid_at else None
    named = (who["name"], who["id_card"], fraud["phone"], who["region"])
    return (
        "",
        _local(reported),
        *named,
        typed,
        narrate(rng, story),
        loss,
        paid_at,
        *map(";".join, (story.accounts, story.numbers, story.sites)),
        fraud["fraud_id"],
    )


def _first(values: list[str], most: int) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))[:most]


def _local(at: datetime) -> str:
    return clock.to_local(at).strftime("%Y-%m-%d %H:%M:%S")
