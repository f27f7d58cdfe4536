"""What the centre knows of the gangs: part of what they own, later than it was first used, and now and then wrong."""

from __future__ import annotations

import numpy as np
import polars as pl

from fanzha.kit import clock
from fanzha.simulator.city import City
from fanzha.simulator.dice import DAY, HOUR, dice, pick
from fanzha.simulator.files import instants
from fanzha.simulator.gangs import new_trick
from fanzha.simulator.gangs.work import Work

_KNOWN = {
    "sim_box": 0.45,
    "foreign": 0.35,
    "port": 0.5,
    "site": 0.55,
    "app_host": 0.45,
    "app": 0.45,
    "contact": 0.3,
    "layer1": 0.4,
    "layer2": 0.25,
    "layer3": 0.2,
    "cash": 0.1,
}
_BEFORE = 0.4  # of the known, those known from other cities before the span begins
_WRONG = 0.01
_SOURCES = ("省反诈中心", "本市案件", "运营商推送", "银行推送", "群众举报", "部级平台")
_COLUMNS = ("kind", "value", "fraud_type", "source", "confidence", "seen_at")


def indicators(city: City, work: Work, suspects: pl.DataFrame) -> pl.DataFrame:
    """The list as the centre would import it, oldest first: kind, value, fraud_type, source, confidence, seen_at (local time as text)."""
    rng = dice(city.plan.seed, "known")
    unheard = [gang.number for gang in work.teams if gang.script is new_trick.SCRIPT]
    chance = suspects["role"].replace_strict(_KNOWN, return_dtype=pl.Float64).to_numpy() * ~suspects["gang"].is_in(unheard).to_numpy()
    first_use = _first_use(work, suspects)
    early = rng.random(suspects.height) < _BEFORE
    delay = np.exp(rng.normal(np.log(20), 0.8, suspects.height)).clip(3, 240) * HOUR
    seen = np.where(early, -rng.integers(HOUR, 20 * DAY, suspects.height), first_use + delay).astype(np.int64)
    listed = suspects.with_columns(
        t=pl.Series(seen), fraud_type=pl.col("type"), confidence=pl.Series(rng.integers(55, 96, suspects.height))
    )
    known = listed.filter(pl.Series(rng.random(suspects.height) < chance) & (pl.col("t") < city.plan.seconds))
    both = pl.concat([known, _wrong(rng, city, known.height)], how="diagonal")
    source = pl.Series("source", _SOURCES)[pick(rng, [1.0] * len(_SOURCES), both.height)]
    at = instants(city.plan, both["t"]).dt.convert_time_zone(str(clock.SHANGHAI)).dt.strftime("%Y-%m-%d %H:%M:%S")
    return both.with_columns(source=source, seen_at=at).sort("t", "kind", "value").select(_COLUMNS)


def _first_use(work: Work, suspects: pl.DataFrame) -> np.ndarray:
    starts = (
        work.frauds.group_by("gang").agg(pl.col("starts").min())
        if work.frauds.height
        else pl.DataFrame(schema={"gang": pl.Int64, "starts": pl.Int64})
    )
    return suspects.join(starts, on="gang", how="left", maintain_order="left")["starts"].fill_null(0).to_numpy()


def _wrong(rng: np.random.Generator, city: City, known: int) -> pl.DataFrame:
    """Numbers of honest people that somebody reported in error, with low confidence."""
    count = int(np.ceil(known * _WRONG)) if known else 0
    numbers = city.lines.frame()["number"]
    line = city.outsiders[rng.integers(0, len(city.outsiders), count)]
    frame = {"value": numbers[line], "t": -rng.integers(24 * HOUR, 500 * HOUR, count), "confidence": rng.integers(20, 45, count)}
    return pl.DataFrame(frame).with_columns(kind=pl.lit("phone"), fraud_type=pl.lit("other"))
