"""Puts events into the files that an operator or a bank would send."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from fanzha.simulator.balances import with_balances
from fanzha.simulator.city import City
from fanzha.simulator.dice import Ints
from fanzha.simulator.plan import Plan

_TRUTH = ("gang", "fraud", "stage")


@dataclass(frozen=True)
class Sent:
    """A file as sent, and the truth of its rows that are a gang's (event_id, kind, t, gang, fraud, stage; fraud −1: aimed at others)."""

    sent: pl.DataFrame
    truth: pl.DataFrame


def instants(plan: Plan, seconds: pl.Series) -> pl.Series:
    """Seconds from the first midnight as UTC instants."""
    begins = int(plan.begins.timestamp())
    return pl.select(pl.from_epoch(seconds + begins).dt.cast_time_unit("us").dt.replace_time_zone("UTC")).to_series()


def in_order(plan: Plan, parts: list[pl.DataFrame], letter: str) -> pl.DataFrame:
    """The parts as one frame in time order with event ids; what happens outside the span is left out."""
    frame = pl.concat(parts, how="diagonal").filter(pl.col("t").is_between(0, plan.seconds, closed="left"))
    ordered = frame[np.argsort(frame["t"].to_numpy(), kind="stable")]
    number = pl.int_range(1, ordered.height + 1, dtype=pl.Int64, eager=True).cast(pl.String).str.zfill(9)
    return ordered.with_columns(event_id=pl.lit(f"{letter}{plan.seed}-") + number, at=instants(plan, ordered["t"]))


def calls_file(city: City, lines: pl.DataFrame, events: pl.DataFrame) -> Sent:
    """Calls: event_id, at, caller, callee, seconds, imei, imsi, cell (the caller's, where a local operator serves it)."""
    caller = events["caller"].to_numpy()
    columns = {
        "caller": lines["number"][caller],
        "callee": lines["number"][events["callee"].to_numpy()],
        "seconds": events["seconds"],
        "imei": lines["imei"][caller],
        "imsi": lines["imsi"][caller],
        "cell": lines["cell"][caller],
    }
    return _sent(events, "calls", columns)


def messages_file(city: City, lines: pl.DataFrame, events: pl.DataFrame) -> Sent:
    """Messages: event_id, at, sender, receiver, text."""
    columns = {
        "sender": lines["number"][events["sender"].to_numpy()],
        "receiver": lines["number"][events["receiver"].to_numpy()],
        "text": events["text"],
    }
    return _sent(events, "messages", columns)


def visits_file(city: City, lines: pl.DataFrame, events: pl.DataFrame) -> Sent:
    """Visits: event_id, at, visitor, host, app, seconds, bytes."""
    columns = {"visitor": lines["number"][events["visitor"].to_numpy()]} | {
        name: events[name] for name in ("host", "app", "seconds", "bytes")
    }
    return _sent(events, "visits", columns)


def transfers_file(city: City, accounts: pl.DataFrame, events: pl.DataFrame) -> tuple[Sent, Ints]:
    """Transfers: event_id, at, payer, payee, amount_fen, banks, channel, balances after (of accounts in the city's banks); and the opening balances."""
    full, opening = with_balances(events, len(city.accounts), city.plan.seed)
    payer, payee = events["payer"].to_numpy(), events["payee"].to_numpy()
    local = accounts["local"]
    columns = {
        "payer": accounts["account"][payer],
        "payee": accounts["account"][payee],
        "amount_fen": events["amount_fen"],
        "payer_bank": accounts["bank"][payer],
        "payee_bank": accounts["bank"][payee],
        "channel": events["channel"],
        "payer_balance_fen": pl.select(pl.when(local[payer]).then(full["payer_balance_fen"])).to_series(),
        "payee_balance_fen": pl.select(pl.when(local[payee]).then(full["payee_balance_fen"])).to_series(),
    }
    return _sent(events, "transfers", columns), opening


def sims_file(city: City, lines: pl.DataFrame) -> pl.DataFrame:
    """Cards that local operators sold: event_id, at, phone, holder … state."""
    sold = lines.filter(pl.col("opened").is_not_null())
    who = city.crowd[sold["person"].to_numpy()]
    columns = {
        "event_id": _numbered("S", city.plan, sold.height),
        "at": instants(city.plan, sold["opened"]),
        "phone": sold["number"],
        "holder": who["id_card"],
        "holder_name": who["name"],
        **{name: sold[name] for name in ("imsi", "imei", "carrier", "outlet")},
        "region": who["region"],
        "address": who["address"],
        "birth_year": who["born"].dt.year(),
        "sex": who.select(pl.when("male").then(pl.lit("男")).otherwise(pl.lit("女"))).to_series(),
        "occupation": who["occupation"],
        "state": sold["state"],
    }
    return pl.DataFrame(columns)


def accounts_file(city: City, lines: pl.DataFrame, accounts: pl.DataFrame) -> pl.DataFrame:
    """Accounts opened at the city's branches: event_id, at, account, holder … state. A firm's account has a name and no ID card."""
    opened = accounts.filter("local")
    who = city.crowd.select("person", "id_card", "name")
    held = opened.join(who, on="person", how="left", maintain_order="left")
    phone = held.join(
        lines.with_row_index("line").select(pl.col("line").cast(pl.Int64), "number"), on="line", how="left", maintain_order="left"
    )["number"]
    columns = {
        "event_id": _numbered("A", city.plan, held.height),
        "at": instants(city.plan, held["opened"]),
        "account": held["account"],
        "holder": held["id_card"],
        "holder_name": held.select(pl.coalesce("name", "entity_name")).to_series(),
        "phone": phone,
        **{name: held[name] for name in ("bank", "branch", "holder_kind", "region", "state")},
    }
    return pl.DataFrame(columns)


def write(frame: pl.DataFrame, file: Path) -> None:
    """Write a Parquet file, small and fast to read."""
    frame.write_parquet(file, compression="zstd", compression_level=1, statistics=False)


def _sent(events: pl.DataFrame, kind: str, columns: dict[str, pl.Series]) -> Sent:
    named = [series.alias(name) for name, series in columns.items()]
    sent = events.select("event_id", "at").with_columns(named)
    truth = events.filter(pl.col("gang").is_not_null()).select("event_id", pl.lit(kind).alias("kind"), "t", *_TRUTH)
    return Sent(sent, truth)


def _numbered(letter: str, plan: Plan, count: int) -> pl.Series:
    return f"{letter}{plan.seed}-" + pl.int_range(1, count + 1, dtype=pl.Int64, eager=True).cast(pl.String).str.zfill(9)
