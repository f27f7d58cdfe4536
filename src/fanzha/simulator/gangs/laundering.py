"""How the money leaves: within minutes from collectors over movers to outlets (跑分), split and joined, and out in cash or to a trader of coins.

Invariant: every hop passes on what came in less a cut that stays on the mule's account; amounts are whole fen and sum exactly.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from fanzha.simulator.city import City
from fanzha.simulator.dice import Ints, dice, shares
from fanzha.simulator.events import shaped
from fanzha.simulator.gangs.model import Gang
from fanzha.vocab.stages import Stage

_PARTS = (3, 2, 1)
_WAIT_MINUTES = ((1, 9), (2, 25), (5, 120))
_CUT_PER_MILLE = (2, 12)
_CHANNELS = ("手机银行", "手机银行", "ATM")
OUTSIDE_INFLOWS_PER_FRAUD = 1


def outside_inflows(city: City, gang: Gang) -> pl.DataFrame:
    """Victims elsewhere pay the same collectors (events.TRANSFERS, fraud −1)."""
    rng = dice(city.plan.seed, f"outside {gang.number}")
    count = int(rng.poisson(OUTSIDE_INFLOWS_PER_FRAUD * gang.frauds))
    collectors = gang.layers[0]
    amount = (np.exp(rng.normal(np.log(gang.script.loss * 30), 0.9, count)).astype(np.int64) // 10_000 + 1) * 10_000
    frame = {
        "fraud": np.full(count, -1),
        "t": rng.integers(0, max(1, city.plan.seconds), count),
        "payer": city.strangers[rng.integers(0, len(city.strangers), count)],
        "payee": collectors[rng.integers(0, len(collectors), count)],
        "amount_fen": amount,
    }
    return shaped(
        "transfers",
        pl.DataFrame(frame).with_columns(gang=pl.lit(gang.number), stage=pl.lit(Stage.TRANSFER.value), channel=pl.lit("手机银行")),
    )


def launder(gang: Gang, paid: pl.DataFrame, seed: int) -> pl.DataFrame:
    """Every hop after these payments (events.TRANSFERS with the layer)."""
    rng = dice(seed, f"laundering {gang.number}")
    pools = (gang.layers[1], gang.layers[2], gang.cash)
    hops: list[pl.DataFrame] = []
    arrived = paid.select("fraud", "t", pl.col("payee").alias("holder"), "amount_fen")
    for layer, (parts, wait, pool, channel) in enumerate(zip(_PARTS, _WAIT_MINUTES, pools, _CHANNELS, strict=True), start=1):
        hop = _hop(rng, arrived, parts, wait, pool)
        marks = {"gang": pl.lit(gang.number), "stage": pl.lit(Stage.LAUNDERING.value), "channel": pl.lit(channel), "layer": pl.lit(layer)}
        hops.append(shaped("transfers", hop.with_columns(**marks)))
        arrived = hop.select("fraud", "t", pl.col("payee").alias("holder"), "amount_fen")
    return pl.concat(hops)


def _hop(rng: np.random.Generator, arrived: pl.DataFrame, parts: int, wait: tuple[int, int], pool: Ints) -> pl.DataFrame:
    amount = arrived["amount_fen"].to_numpy()
    kept = amount * rng.integers(*_CUT_PER_MILLE, len(amount)) // 1000
    pieces = shares(rng, amount - kept, parts)
    row, part = np.nonzero(pieces > 0)
    # A collector pays different movers, never one of them twice for the same money.
    first = rng.integers(0, len(pool), len(amount))[row]
    frame = {
        "fraud": arrived["fraud"].to_numpy()[row],
        "t": arrived["t"].to_numpy()[row] + rng.integers(wait[0] * 60, wait[1] * 60, len(row)),
        "payer": arrived["holder"].to_numpy()[row],
        "payee": pool[(first + part) % len(pool)],
        "amount_fen": pieces[row, part],
    }
    return pl.DataFrame(frame)
