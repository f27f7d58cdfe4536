"""What really happened, kept beside the files and never inside them."""

from __future__ import annotations

import numpy as np
import polars as pl

from fanzha.simulator.city import City
from fanzha.simulator.files import instants
from fanzha.simulator.gangs.model import Gang
from fanzha.simulator.gangs.victims import COMPLETED
from fanzha.simulator.gangs.work import Work
from fanzha.simulator.register import Schema
from fanzha.vocab.identifiers import Kind
from fanzha.vocab.stages import Stage

IN_PROGRESS = "in_progress"


def frauds_truth(
    city: City, work: Work, lines: pl.DataFrame, accounts: pl.DataFrame, transfers: pl.DataFrame, marked: pl.DataFrame
) -> pl.DataFrame:
    """One row a fraud.

    Columns: fraud_id, type, gang, victim (ID card), phone, account, region, lead_in_at, grooming_at, first_loss_at, last_loss_at, laundering_at (null: not
    reached within the span), planned_fen, loss_fen, outcome (completed, stopped_after_loss, stopped_before_loss, in_progress at the end of the span).
    `transfers` and `marked` are the events written, with their fraud.
    """
    if not work.frauds.height:
        return pl.DataFrame(schema=_FRAUD_SCHEMA)
    paid = (
        transfers.filter((pl.col("stage") == Stage.TRANSFER.value) & (pl.col("fraud") >= 0))
        .group_by("fraud")
        .agg(loss_fen=pl.col("amount_fen").sum(), paid_times=pl.len(), first=pl.col("t").min(), last=pl.col("t").max())
    )
    reached = (
        marked.filter(pl.col("fraud") >= 0)
        .group_by("fraud")
        .agg(pl.col("t").filter(pl.col("stage") == stage.value).min().alias(stage.value) for stage in Stage)
    )
    full = work.frauds.join(paid, on="fraud", how="left", maintain_order="left").join(
        reached, on="fraud", how="left", maintain_order="left"
    )
    ongoing = _ongoing(full, city.plan.seconds)
    who = city.crowd[full["person"].to_numpy()]
    columns = {
        "fraud_id": fraud_ids(full["fraud"]),
        "type": full["type"],
        "gang": gang_names(full["gang"]),
        "victim": who["id_card"],
        "phone": lines["number"][full["line"].to_numpy()],
        "account": accounts["account"][full["account"].to_numpy()],
        "region": who["region"],
        "lead_in_at": instants(city.plan, full["lead_in"]),
        "grooming_at": instants(city.plan, full["grooming"]),
        "first_loss_at": instants(city.plan, full["first"]),
        "last_loss_at": instants(city.plan, full["last"]),
        "laundering_at": instants(city.plan, full["laundering"]),
        "planned_fen": full["planned_fen"],
        "loss_fen": full["loss_fen"].fill_null(0),
        "outcome": full.select(pl.when(ongoing).then(pl.lit(IN_PROGRESS)).otherwise("outcome")).to_series(),
    }
    return pl.DataFrame(columns)


_FRAUD_SCHEMA: Schema = {
    **dict.fromkeys(("fraud_id", "type", "gang", "victim", "phone", "account", "region"), pl.String),
    **dict.fromkeys(("lead_in_at", "grooming_at", "first_loss_at", "last_loss_at", "laundering_at"), pl.Datetime("us", "UTC")),
    "planned_fen": pl.Int64,
    "loss_fen": pl.Int64,
    "outcome": pl.String,
}


def _ongoing(full: pl.DataFrame, end: int) -> pl.Series:
    """Whether the span ends before the fraud has: payments still to come, or the doubt that will stop it."""
    complete = pl.col("outcome") == COMPLETED
    missing = pl.col("paid_times").fill_null(0) < pl.col("payments")
    return full.select((complete & missing) | (~complete & (pl.col("cut") >= end))).to_series()


def marked_truth(city: City, marked: pl.DataFrame) -> pl.DataFrame:
    """Every event of a gang: event_id, kind, at, gang, fraud_id (null: aimed at somebody not taken in, or victims elsewhere), stage."""
    frame = marked.with_columns(at=instants(city.plan, marked["t"]), fraud_id=fraud_ids(marked["fraud"]), gang=gang_names(marked["gang"]))
    return frame.select("event_id", "kind", "at", "gang", "fraud_id", "stage").sort("kind", "event_id")


def mule_edges(city: City, accounts: pl.DataFrame, transfers: pl.DataFrame) -> pl.DataFrame:
    """The laundering hops: event_id, at, payer, payee, amount_fen, layer (1 from a collector, 2 from a mover, 3 out), gang, fraud_id."""
    hops = transfers.filter(pl.col("layer").is_not_null())
    columns = {
        "event_id": hops["event_id"],
        "at": instants(city.plan, hops["t"]),
        "payer": accounts["account"][hops["payer"].to_numpy()],
        "payee": accounts["account"][hops["payee"].to_numpy()],
        "amount_fen": hops["amount_fen"],
        "layer": hops["layer"],
        "gang": gang_names(hops["gang"]),
        "fraud_id": fraud_ids(hops["fraud"]),
    }
    return pl.DataFrame(columns)


def suspects(work: Work, lines: pl.DataFrame, accounts: pl.DataFrame) -> pl.DataFrame:
    """Everything the gangs own: kind (vocab), value, role, gang (number), type."""
    rows: list[tuple[str, str, str, int, str]] = []
    for gang in work.teams:
        owned = [
            (Kind.PHONE, "sim_box", _values(lines["number"], gang.lines)),
            (Kind.PHONE, "foreign", _values(lines["number"], gang.foreign)),
            (Kind.PHONE, "port", _values(lines["number"], gang.ports)),
            (Kind.DOMAIN, "site", list(gang.sites)),
            (Kind.DOMAIN, "app_host", [host.split(".", 1)[1] for host in (*gang.app_hosts, *_own_share(gang)[1:])]),
            (Kind.APP, "app", [*gang.apps, *_own_share(gang)[:1]]),
            (Kind.QQ, "contact", list(gang.contacts)),
            *((Kind.CARD, f"layer{depth}", _values(accounts["account"], layer)) for depth, layer in enumerate(gang.layers, start=1)),
            (Kind.CARD, "cash", _values(accounts["account"], gang.cash)),
        ]
        rows += [(kind.value, value, role, gang.number, gang.script.type.value) for kind, role, values in owned for value in values]
    return pl.DataFrame(
        rows, schema={"kind": pl.String, "value": pl.String, "role": pl.String, "gang": pl.Int64, "type": pl.String}, orient="row"
    )


def _own_share(gang: Gang) -> tuple[str, ...]:
    """Application and host; nothing where the gang uses an honest tool, which is no suspect."""
    return gang.share if gang.shares_by_own_app else ()


def _values(names: pl.Series, index: np.ndarray) -> list[str]:
    return names[index].to_list()


def fraud_ids(number: pl.Series) -> pl.Series:
    """−1 → null."""
    frame = pl.DataFrame({"n": number})
    return frame.select(pl.when(pl.col("n") >= 0).then("F" + pl.col("n").cast(pl.String).str.zfill(6))).to_series()


def gang_names(number: pl.Series) -> pl.Series:
    return pl.select("G" + pl.lit(number).cast(pl.String).str.zfill(3)).to_series()
