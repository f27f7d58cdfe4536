"""Frames of events before files are written: people and things by index, time in seconds from the first midnight.

Ordinary events have null `gang`; a gang's events carry its number, the fraud's (−1: aimed at somebody who is not taken in, or at victims elsewhere)
and the stage, which go to the truth and never to the files.
"""

from __future__ import annotations

import polars as pl

from fanzha.simulator.register import Schema

_TRUTH: Schema = {"gang": pl.Int64, "fraud": pl.Int64, "stage": pl.String}

CALLS: Schema = {
    "t": pl.Int64,
    "caller": pl.Int64,
    "callee": pl.Int64,
    "seconds": pl.Int32,
    **_TRUTH,
}
MESSAGES: Schema = {"t": pl.Int64, "sender": pl.Int64, "receiver": pl.Int64, "text": pl.String, **_TRUTH}
VISITS: Schema = {
    "t": pl.Int64,
    "visitor": pl.Int64,
    "host": pl.String,
    "app": pl.String,
    "seconds": pl.Int32,
    "bytes": pl.Int64,
    **_TRUTH,
}
TRANSFERS: Schema = {
    "t": pl.Int64,
    "payer": pl.Int64,
    "payee": pl.Int64,
    "amount_fen": pl.Int64,
    "channel": pl.String,
    "layer": pl.Int64,  # of a laundering hop: 1 from the collector, 2 from the mover, 3 out
    **_TRUTH,
}

SCHEMAS = {"calls": CALLS, "messages": MESSAGES, "visits": VISITS, "transfers": TRANSFERS}


def shaped(kind: str, frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with exactly the columns of its kind; missing ones are null."""
    schema = SCHEMAS[kind]
    return frame.select(pl.col(name).cast(to) if name in frame.columns else pl.lit(None, to).alias(name) for name, to in schema.items())
