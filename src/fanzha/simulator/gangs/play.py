"""Plays scripts: turns each gang's steps into calls, messages, visits and payments of its victims, and lures of those not taken in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from fanzha.simulator import rates
from fanzha.simulator.city import City
from fanzha.simulator.dice import HOUR, Ints, dice, moments, shares
from fanzha.simulator.events import SCHEMAS, shaped
from fanzha.simulator.gangs.model import Gang
from fanzha.simulator.gangs.steps import Bait, By, Call, Step, Text, Visit
from fanzha.vocab.stages import Stage

_CURIOUS = 0.06  # of the lured, those who open the gang's site once and leave


@dataclass(frozen=True)
class Targets:
    """People one step is aimed at: their fraud number (−1 where they are not taken in) and line, and when it happens."""

    fraud: Ints
    line: Ints
    t: Ints


def payments_of(gang: Gang, frauds: pl.DataFrame, seed: int) -> pl.DataFrame:
    """What the victims of a gang pay (events.TRANSFERS): planned_fen in all, unless the victim stops and the later payments never happen."""
    rng = dice(seed, f"payments {gang.number}")
    script, most = gang.script, gang.script.payments[1]
    planned, number = frauds["planned_fen"].to_numpy(), frauds["payments"].to_numpy()
    gaps = (rng.uniform(*script.apart, (frauds.height, most)) * HOUR).astype(np.int64)
    gaps[:, 0] = 0
    t = frauds["first_pay"].to_numpy()[:, None] + np.cumsum(gaps, axis=1)
    cut = np.sort(shares(rng, planned, most), axis=1)
    # Fewer payments than the most: the last one carries what is left, so the sum stays whole.
    later = np.arange(most)[None, :] >= number[:, None]
    left = np.where(later, cut, 0).sum(axis=1)
    cut[np.arange(frauds.height), number - 1] += left
    keep = ~later & (t <= frauds["cut"].to_numpy()[:, None])
    row = np.nonzero(keep)[0]
    frame = {
        "fraud": frauds["fraud"].to_numpy()[row],
        "t": t[keep],
        "payer": frauds["account"].to_numpy()[row],
        "payee": gang.layers[0][rng.integers(0, len(gang.layers[0]), len(row))],
        "amount_fen": cut[keep],
    }
    return shaped(
        "transfers",
        pl.DataFrame(frame).with_columns(gang=pl.lit(gang.number), stage=pl.lit(Stage.TRANSFER.value), channel=pl.lit(script.channel)),
    )


def steps_of(gang: Gang, frauds: pl.DataFrame, paid: pl.DataFrame, city: City) -> dict[str, pl.DataFrame]:
    """Everything but payments that happens to the victims of a gang, by kind of event."""
    rng = dice(city.plan.seed, f"steps {gang.number}")
    out: dict[str, list[pl.DataFrame]] = {"calls": [], "messages": [], "visits": []}
    for step in gang.script.steps:
        aimed = _before_payments(rng, step, frauds, paid) if step.before_pay else _along(rng, step, frauds)
        kind, frame = _play(rng, gang, step, aimed)
        out[kind].append(_not_cut(frame, frauds))
    return {kind: pl.concat(frames) if frames else pl.DataFrame(schema=SCHEMAS[kind]) for kind, frames in out.items()}


def baits_of(gang: Gang, frauds: pl.DataFrame, seed: int) -> pl.DataFrame:
    """Small payments that come back with a gain (events.TRANSFERS); empty where the script has none."""
    bait = gang.script.bait
    if bait is None or not frauds.height:
        return pl.DataFrame(schema=SCHEMAS["transfers"])
    return _baits(dice(seed, f"baits {gang.number}"), gang, bait, frauds)


def lures_of(gang: Gang, city: City) -> tuple[str, pl.DataFrame, pl.DataFrame]:
    """The script's first step aimed at many who are not taken in: its kind, its events, and the visits of the curious."""
    rng = dice(city.plan.seed, f"lures {gang.number}")
    count = int(rng.poisson(rates.lured_per_fraud(city.plan.fraud_rate) * gang.frauds))
    t = moments(rng, count, city.plan.weekdays(), rates.HOURS_OF_WORK, 0.6)
    aimed = Targets(np.full(count, -1), city.sims[rng.integers(0, len(city.sims), count)], t)
    kind, frame = _play(rng, gang, gang.script.steps[0], aimed)
    if kind == "calls":
        short = np.where(rng.random(count) < 0.55, 0, rng.integers(3, 75, count))
        frame = frame.with_columns(pl.Series("seconds", short, dtype=pl.Int32))
    curious = rng.random(count) < _CURIOUS
    look = Targets(aimed.fraud[curious], aimed.line[curious], t[curious] + rng.integers(60, 4 * HOUR, int(curious.sum())))
    return kind, frame, _visits(rng, gang, Visit(Stage.LEAD_IN, By.SITE, (5, 60)), look)


def _along(rng: np.random.Generator, step: Step, frauds: pl.DataFrame) -> Targets:
    """`times` happenings a fraud, within the step's part of the way from lead-in to first payment; the lure is the start itself."""
    row = np.repeat(np.arange(frauds.height), rng.integers(step.times[0], step.times[1] + 1, frauds.height))
    starts = frauds["starts"].to_numpy()[row]
    way = frauds["first_pay"].to_numpy()[row] - starts
    part = rng.uniform(*step.at, len(row)) if step.at != (0.0, 1.0) else np.zeros(len(row))
    return Targets(frauds["fraud"].to_numpy()[row], frauds["line"].to_numpy()[row], starts + (part * way).astype(np.int64))


def _before_payments(rng: np.random.Generator, step: Step, frauds: pl.DataFrame, paid: pl.DataFrame) -> Targets:
    """One happening before each payment."""
    assert step.before_pay is not None
    each = paid.join(frauds.select("fraud", "line"), on="fraud", how="left", maintain_order="left")
    before = (rng.uniform(*step.before_pay, each.height) * 60).astype(np.int64)
    return Targets(each["fraud"].to_numpy(), each["line"].to_numpy(), each["t"].to_numpy() - before)


def _not_cut(frame: pl.DataFrame, frauds: pl.DataFrame) -> pl.DataFrame:
    """Without what would happen after the victim stopped."""
    return (
        frame.join(frauds.select("fraud", "cut"), on="fraud", how="left", maintain_order="left")
        .filter(pl.col("t") <= pl.col("cut"))
        .drop("cut")
    )


def _play(rng: np.random.Generator, gang: Gang, step: Step, aimed: Targets) -> tuple[str, pl.DataFrame]:
    match step:
        case Call():
            return "calls", _calls(rng, gang, step, aimed)
        case Text():
            return "messages", _texts(rng, gang, step, aimed)
        case Visit():
            return "visits", _visits(rng, gang, step, aimed)


def _senders(rng: np.random.Generator, gang: Gang, by: By, aimed: Targets) -> Ints:
    """A victim's handler keeps one number abroad; SIM-box cards and ports change every time."""
    pool = {By.LINE: gang.lines, By.FOREIGN: gang.foreign, By.PORT: gang.ports}[by]
    spot = (
        np.where(aimed.fraud >= 0, aimed.fraud, rng.integers(0, len(pool), len(aimed.t)))
        if by is By.FOREIGN
        else rng.integers(0, len(pool), len(aimed.t))
    )
    return pool[spot % len(pool)]


def _calls(rng: np.random.Generator, gang: Gang, step: Call, aimed: Targets) -> pl.DataFrame:
    seconds = rng.integers(step.seconds[0], step.seconds[1] + 1, len(aimed.t))
    return _marked("calls", gang, aimed, step.stage, caller=_senders(rng, gang, step.by, aimed), callee=aimed.line, seconds=seconds)


def _texts(rng: np.random.Generator, gang: Gang, step: Text, aimed: Targets) -> pl.DataFrame:
    count = len(aimed.t)
    text = pl.Series("text", step.texts, dtype=pl.String)[rng.integers(0, len(step.texts), count)]
    for slot, values in (("{site}", _links(gang)), ("{contact}", gang.contacts)):
        value = pl.Series("value", values)[rng.integers(0, len(values), count)]
        text = (
            pl.DataFrame({"text": text, "value": value}).select(pl.col("text").str.replace(slot, pl.col("value"), literal=True)).to_series()
        )
    number = pl.Series("value", rng.integers(10, 99, count)).cast(pl.String)
    text = (
        pl.DataFrame({"text": text, "value": number}).select(pl.col("text").str.replace("{n}", pl.col("value"), literal=True)).to_series()
    )
    return _marked("messages", gang, aimed, step.stage, sender=_senders(rng, gang, step.by, aimed), receiver=aimed.line, text=text)


def _links(gang: Gang) -> Sequence[str]:
    return [f"https://{site}/{path}" for site in gang.sites for path in ("a", "reg", "h5")]


def _visits(rng: np.random.Generator, gang: Gang, step: Visit, aimed: Targets) -> pl.DataFrame:
    count = len(aimed.t)
    seconds = rng.integers(step.seconds[0], step.seconds[1] + 1, count)
    if step.by is By.SITE:
        host, app = (
            pl.Series(gang.sites, dtype=pl.String)[rng.integers(0, len(gang.sites), count)],
            pl.Series([None] * count, dtype=pl.String),
        )
    else:
        names = reversed(gang.share) if step.by is By.SHARE else (gang.app_hosts[0], gang.apps[0])
        host, app = (pl.Series([name] * count, dtype=pl.String) for name in names)
    return _marked(
        "visits",
        gang,
        aimed,
        step.stage,
        visitor=aimed.line,
        host=host,
        app=app,
        seconds=seconds,
        bytes=seconds * rng.integers(2_000, 90_000, count),
    )


def _marked(kind: str, gang: Gang, aimed: Targets, stage: Stage, **columns: Ints | pl.Series) -> pl.DataFrame:
    """A frame of one kind with the truth's columns; people not taken in have fraud −1, which is kept apart from ordinary life's null."""
    frame = pl.DataFrame({"t": aimed.t, "fraud": aimed.fraud, **columns})
    return shaped(kind, frame.with_columns(gang=pl.lit(gang.number), stage=pl.lit(stage.value)))


def _baits(rng: np.random.Generator, gang: Gang, bait: Bait, frauds: pl.DataFrame) -> pl.DataFrame:
    row = np.repeat(np.arange(frauds.height), rng.integers(bait.times[0], bait.times[1] + 1, frauds.height))
    starts, way = frauds["starts"].to_numpy()[row], (frauds["first_pay"] - frauds["starts"]).to_numpy()[row]
    t = starts + (rng.uniform(*bait.at, len(row)) * way).astype(np.int64)
    kept = t <= frauds["cut"].to_numpy()[row]
    row, t = row[kept], t[kept]
    paid = rng.integers(bait.paid[0], bait.paid[1] + 1, len(row)) * 100
    back = paid + (rng.uniform(*bait.gain, len(row)) * paid).astype(np.int64) // 100 * 100
    victim = frauds["account"].to_numpy()[row]
    mule = gang.layers[0][rng.integers(0, len(gang.layers[0]), len(row))]
    common = {"fraud": frauds["fraud"].to_numpy()[row]}
    out = pl.DataFrame(common | {"t": t, "payer": victim, "payee": mule, "amount_fen": paid})
    home = pl.DataFrame(common | {"t": t + rng.integers(300, 3600, len(row)), "payer": mule, "payee": victim, "amount_fen": back})
    both = pl.concat([out, home]).with_columns(
        gang=pl.lit(gang.number), stage=pl.lit(Stage.GROOMING.value), channel=pl.lit(gang.script.channel)
    )
    return shaped("transfers", both)
